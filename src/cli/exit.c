#include <errno.h>

#include "cli/cli.h"

enum cli_exit cli_exit_of(int err)
{
	switch (err) {
	case 0:
		return CLI_OK;
	case -EBADMSG:
	case -ENODATA:
	case -EOPNOTSUPP:
	case -EFBIG:
	case -ENOTRECOVERABLE:
	case -ETIMEDOUT:
		return CLI_FAILED;
	default:
		return CLI_UNUSABLE;
	}
}
