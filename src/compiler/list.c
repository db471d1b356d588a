#include "compiler/list.h"

#include <errno.h>
#include <stdlib.h>

#include "base/path.h"
#include "base/process.h"
#include "compiler/probe.h"

/* Names below COMPILER_MIN_MAJOR are listed, too, to say that they are too old. */
#define OLDEST_MAJOR 9

/* Listing processors takes a tenth of one; what takes longer hangs. */
#define SECONDS_MAX 10

/* The version in "Debian clang version 19.1.7 (3~deb12u1)"; 0 when there is none. */
static unsigned long major_in(const char *text)
{
	const char *at = strstr(text, "clang version ");

	return at ? strtoul(at + strlen("clang version "), NULL, 10) : 0;
}

/* One name a line, behind a tab. */
static char *collect_cpus(char *lines)
{
	_cleanup_buf_ struct buf cpus = {0};
	char *line;

	while ((line = strsep(&lines, "\n")))
		if (*line == '\t')
			buf_printf(&cpus, "%s%s", cpus.n ? " " : "", line + 1);
	return buf_steal(&cpus);
}

/* Listing processors is the one thing that takes a target, no input, and little time. */
static void ask(const char *path, struct compiler_facts *ret)
{
	_cleanup_strv_ struct strv env = {0};
	_cleanup_buf_ struct buf out = {0};
	char *argv[] = {(char *)path, (char *)"-target", (char *)"bpf",
			(char *)"--print-supported-cpus", NULL};
	int status = 0, err;
	char *rest;

	compiler_environment(&env);
	strv_take(&env, NULL);
	err = process_capture_within(SECONDS_MAX, argv, env.v, &out, &status);
	ret->path = xstrdup(path);
	if (err < 0 || !out.n) {
		ret->version = err == -ETIMEDOUT
				       ? xasprintf("hangs: no answer within %d s", SECONDS_MAX)
			       : err < 0 ? xstrdup(strerror(-err))
					 : process_describe_status(status);
		ret->cpus = xstrdup("");
		return;
	}
	rest = out.v;
	ret->version = xstrdup(strsep(&rest, "\n"));
	ret->cpus = status == 0 && rest ? collect_cpus(rest) : xstrdup("");
	ret->is_suitable = *ret->cpus && major_in(ret->version) >= COMPILER_MIN_MAJOR;
}

/* Links to one clang are one; ccache is not a clang, whatever it is called. */
static bool is_listed(const struct strv *seen, const char *real)
{
	return str_starts(path_base(real), "clang") && strv_has(seen, real);
}

static void list_name(const char *name, struct strv *seen, compiler_list *ret)
{
	_cleanup_free_ char *path = process_find(name);
	_cleanup_free_ char *real = path ? realpath(path, NULL) : NULL;
	struct compiler_facts facts = {0};

	if (!real || is_listed(seen, real))
		return;
	strv_add(seen, real);
	ask(path, &facts);
	vec_push(ret, facts);
}

void compiler_list_all(compiler_list *ret)
{
	_cleanup_strv_ struct strv seen = {0};

	for (int major = COMPILER_MAX_MAJOR; major >= OLDEST_MAJOR; major--) {
		_cleanup_free_ char *name = xasprintf("clang-%d", major);

		list_name(name, &seen, ret);
	}
	list_name("clang", &seen, ret);
}

void compiler_list_free(compiler_list *list)
{
	vec_foreach (c, list) {
		free(c->path);
		free(c->version);
		free(c->cpus);
	}
	vec_free(list);
}
