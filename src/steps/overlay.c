#include "steps/steps.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"

/* The absolute name of a file as it is spelled: the compiler does not look where links lead. */
static char *absolute(const char *path)
{
	_cleanup_free_ char *here = *path == '/' ? NULL : realpath(".", NULL);

	return path_join(here ? here : "/", path);
}

bool overlay_can_name(const char *path)
{
	_cleanup_buf_ struct buf json = {0};

	buf_put_json(&json, path);
	return !strstr(json.v, "\xef\xbf\xbd");
}

int overlay_write(const char *path, const char *shown, const struct strv *hidden)
{
	_cleanup_free_ char *content = absolute(shown);
	_cleanup_buf_ struct buf json = {0};
	int err;

	buf_puts(&json, "{\"version\": 0, \"use-external-names\": false, \"roots\": [");
	for (size_t i = 0; i < hidden->n; i++) {
		_cleanup_free_ char *name = absolute(hidden->v[i]);

		buf_puts(&json, i ? ",\n" : "\n");
		buf_puts(&json, "{\"type\": \"file\", \"name\": ");
		buf_put_json(&json, name);
		buf_puts(&json, ", \"external-contents\": ");
		buf_put_json(&json, content);
		buf_putc(&json, '}');
	}
	buf_puts(&json, "]}\n");
	if (strstr(json.v, "\xef\xbf\xbd"))
		return message_error(
			-EILSEQ,
			"types: %s: cannot be put in place of %s: their names are not UTF-8", shown,
			hidden->n ? hidden->v[0] : "vmlinux.h");
	err = file_write(path, json.v, json.n);
	if (err < 0)
		message_error(err, "write: %s: %s", path, strerror(-err));
	return err;
}
