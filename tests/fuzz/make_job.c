/* Seeds for fuzz_job: a job and a verdict. */
#include "base/file.h"
#include "job_room.h"

int main(int argc, char **argv)
{
	uint64_t seed = 1;
	_cleanup_load_job_ struct load_job j = {0};
	_cleanup_verdict_ struct verdict v = random_verdict(&seed);
	_cleanup_buf_ struct buf job = {0}, verdict = {0};

	for (int i = 0; i < 3; i++)
		vec_push(&j.objects, random_object(&seed));
	load_job_put(&j, &job);
	verdict_put(&v, &verdict);
	return argc != 3 || file_write(argv[1], job.v, job.n) < 0 ||
	       file_write(argv[2], verdict.v, verdict.n) < 0;
}
