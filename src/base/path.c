#include "base/path.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

char *path_join(const char *dir, const char *name)
{
	if (*name == '/' || !*dir || str_eq(dir, "."))
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}

char *path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	if (slash == path)
		return xstrdup("/");
	return xstrndup(path, (size_t)(slash - path));
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_tidy(char *path)
{
	const char *in = path;
	char *out = path;

	if (*in == '/')
		*out++ = *in++;
	while (*in) {
		size_t len = strcspn(in, "/");

		if (len && !(len == 1 && *in == '.')) {
			if (out != path && out[-1] != '/')
				*out++ = '/';
			memmove(out, in, len);
			out += len;
		}
		in += len;
		in += *in == '/';
	}
	if (out == path && *path)
		*out++ = '.';
	*out = '\0';
	return path;
}

bool path_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (str_eq(dir, "."))
		return *path != '/' && !str_eq(path, "..") && !str_starts(path, "../");
	if (str_eq(dir, "/"))
		return *path == '/';
	return strncmp(path, dir, n) == 0 && (path[n] == '/' || !path[n]);
}

const char *path_relative(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (!path_below(path, dir) || str_eq(dir, ".") || str_eq(path, dir))
		return path;
	return path + n + (dir[n - 1] != '/');
}
