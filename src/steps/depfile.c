#include "steps/steps.h"

#include <errno.h>

#include "base/path.h"

#define DEPFILE_MAX_SIZE ((size_t)64 << 20)

/*
 * The grammar is clang's (lib/Frontend/DependencyFile.cpp, PrintFilename): a backslash before a
 * space or '#', "$$" for '$', and backslash-newline between names.
 */
static void parse_names(const char *p, struct strv *ret)
{
	struct buf name = {0};

	for (;; p++) {
		bool splice = p[0] == '\\' && p[1] == '\n';

		if (!*p || *p == ' ' || *p == '\n' || splice) {
			if (name.n)
				strv_take(ret, path_tidy(buf_steal(&name)));
			name.n = 0;
			if (!*p || *p == '\n')
				break;
			p += splice;
		} else {
			if ((p[0] == '\\' && (p[1] == ' ' || p[1] == '#')) ||
			    (p[0] == '$' && p[1] == '$'))
				p++;
			buf_putc(&name, *p);
		}
	}
	buf_free(&name);
}

int depfile_parse(const char *text, struct strv *ret)
{
	const char *colon = strstr(text, ": ");

	if (!colon)
		return -EBADMSG;
	parse_names(colon + 2, ret);
	return 0;
}

int depfile_read(const char *path, struct strv *ret)
{
	_cleanup_buf_ struct buf text = {0};
	int err = file_read(path, DEPFILE_MAX_SIZE, &text);

	return err < 0 ? err : depfile_parse(text.v ? text.v : "", ret);
}
