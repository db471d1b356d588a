#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kernel/load_parts.h"

#define SAID_LIMIT ((size_t)16 << 10)

/* Libbpf's callback has no argument; a child works at one thing at a time. */
static struct buf said;

__attribute__((format(printf, 2, 0))) static int collect(enum libbpf_print_level level,
							 const char *fmt, va_list ap)
{
	if (level != LIBBPF_WARN || said.n > SAID_LIMIT || strstr(fmt, "-- BEGIN PROG LOAD LOG --"))
		return 0;
	buf_vprintf(&said, str_starts(fmt, "libbpf: ") ? fmt + strlen("libbpf: ") : fmt, ap);
	return 0;
}

void load_said_begin(void)
{
	libbpf_set_print(collect);
	said.n = 0;
	buf_puts(&said, "");
}

const char *load_said(void)
{
	return said.v ? said.v : "";
}

/* What says no more than the error does, or guesses wrongly at its cause. */
static bool is_noise(const char *line)
{
	static const char *const noise[] = {
		"failed to load object",     "failed to load: -",
		"BPF program load failed: ", "permission error while running as root",
		"Retrying without BTF.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(noise); i++)
		if (strstr(line, noise[i]))
			return true;
	return false;
}

char *load_said_text(const char *program)
{
	_cleanup_free_ char *text = xstrdup(load_said()),
			    *start = xasprintf("prog '%s'", program ? program : "");
	struct buf b = {0};
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line && !is_noise(line) && (!program || str_starts(line, start)))
			buf_printf(&b, "%s%s", b.n ? "\n" : "", line);
	return buf_steal(&b);
}

char *load_said_program(void)
{
	static const char start[] = "prog '";
	const char *found = NULL, *end;

	for (const char *line = load_said(); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_starts(line, start))
			found = line + strlen(start);
	}
	end = found ? strchr(found, '\'') : NULL;
	return end ? xstrndup(found, (size_t)(end - found)) : NULL;
}

char *load_cut_log(const char *log, size_t limit)
{
	size_t n = strlen(log), head = limit / 2, tail = n - (limit - limit / 2);
	const char *p;

	if (n <= limit)
		return xstrdup(log);
	/* Whole lines, where lines are not longer than all that is kept. */
	p = memrchr(log, '\n', head);
	head = p ? (size_t)(p - log) + 1 : head;
	p = strchr(log + tail, '\n');
	tail = p && p[1] ? (size_t)(p - log) + 1 : tail;
	return xasprintf("%.*s[%zu bytes are left out here]\n%s", (int)head, log, tail - head,
			 log + tail);
}
