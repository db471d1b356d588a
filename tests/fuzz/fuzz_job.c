/*
 * Any bytes as a job for an agent and as a verdict from one: refused, or what was read is written
 * and read again as the same.
 */
#include <assert.h>
#include <stdint.h>

#include "kernel/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_job(const uint8_t *data, size_t size)
{
	_cleanup_load_job_ struct load_job first = {0}, second = {0};
	_cleanup_buf_ struct buf a = {0}, b = {0};

	if (load_job_get(data, size, &first) < 0)
		return;
	load_job_put(&first, &a);
	assert(load_job_get(a.v, a.n, &second) == 0);
	load_job_put(&second, &b);
	assert(a.n == b.n && memcmp(a.v, b.v, a.n) == 0);
}

static void read_verdict(const uint8_t *data, size_t size)
{
	_cleanup_verdict_ struct verdict first = {0}, second = {0};
	_cleanup_buf_ struct buf a = {0}, b = {0};

	if (verdict_get(data, size, &first) < 0)
		return;
	verdict_put(&first, &a);
	assert(verdict_get(a.v, a.n, &second) == 0);
	verdict_put(&second, &b);
	assert(a.n == b.n && memcmp(a.v, b.v, a.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *log = xstrndup((const char *)data, size);
	struct verdict_figures figures;

	read_job(data, size);
	read_verdict(data, size);
	verdict_read_figures(log, &figures);
	return 0;
}
