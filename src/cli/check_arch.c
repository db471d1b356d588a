#include <errno.h>

#include "base/message.h"
#include "cli/check_again.h"

static int compare(const struct both *b)
{
	const struct file_content *x = &b->contents[0], *y = &b->contents[1];

	if (x->size == y->size && memcmp(x->data, y->data, x->size) == 0)
		return 0;
	return message_error(-EILSEQ, "check-arch: %s: is not the same as %s", b->mine, b->other);
}

const struct check_again check_arch = {
	.option = "check-arch",
	.flag = "--separate-arch",
	.object = compare,
	.skeleton = compare,
	.other = "when each architecture is compiled alone",
	.what = "architectures",
};
