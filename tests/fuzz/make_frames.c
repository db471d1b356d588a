/* Makes the files that the fuzz target wire starts from: make_frames PLAIN PACKED */
#include "base/file.h"
#include "kernel/verdict.h"
#include "kernel/wire_pack.h"

static void put_verdict(struct buf *b)
{
	_cleanup_buf_ struct buf bytes = {0};
	struct verdict v = {.object = (char *)"a.o",
			    .program = (char *)"filter",
			    .section = (char *)"socket",
			    .type = (char *)"socket",
			    .log = (char *)"R1 invalid mem access 'scalar'\n",
			    .said = (char *)"",
			    .translated = (char *)"",
			    .kind = VERDICT_REJECTED,
			    .error = 13};

	verdict_put(&v, &bytes);
	wire_put(b, WIRE_VERDICT, bytes.v, bytes.n);
}

int main(int argc, char **argv)
{
	_cleanup_buf_ struct buf plain = {0}, packed = {0};
	struct wire_packer p = {0};

	if (argc != 3)
		return 2;
	wire_put(&plain, WIRE_HELLO, "6.12", 5);
	wire_put(&plain, WIRE_OBJECT, "a.o", 4);
	put_verdict(&plain);
	wire_put(&plain, WIRE_DONE, NULL, 0);
	buf_puts(&packed, "noise");
	for (size_t at = 0; at < plain.n; at += 50)
		wire_pack(&p, plain.v + at, at + 50 < plain.n ? 50 : plain.n - at, &packed);
	wire_packer_free(&p);
	return file_write(argv[1], plain.v, plain.n) < 0 ||
	       file_write(argv[2], packed.v, packed.n) < 0;
}
