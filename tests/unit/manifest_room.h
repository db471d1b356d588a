/* What tests of manifests share; sources are those of fixed_find. */
#ifndef SKEP_TESTS_MANIFEST_ROOM_H
#define SKEP_TESTS_MANIFEST_ROOM_H

#include "project/manifest.h"
#include "project/target.h"
#include "project_room.h"

static inline int parse(const char *text, size_t len, struct project *p)
{
	_cleanup_finder_ struct finder f;
	int err;

	finder_init(&f);
	f.find = fixed_find;
	messages_begin();
	err = manifest_parse("skep.yaml", text, len, &f, p);
	return err ?: target_sort_unique(p);
}

/* Expects every message, which must begin with the file's name unless `expected` says more. */
static inline void assert_error(const char *text, const char *expected)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};
	int err = parse(text, strlen(text), &p);

	/* Expectations leave out "skep.yaml:" and the last newline. */
	for (const char *line = messages.v; *line;) {
		size_t len = strcspn(line, "\n");

		if (str_starts(line, "skep.yaml:"))
			buf_add(&b, line + 10, len - 10);
		else
			buf_add(&b, line, len);
		line += len + 1;
		if (*line)
			buf_putc(&b, '\n');
	}
	if (!b.v || !str_eq(b.v, expected))
		print_error("for: %s\n", text);
	assert_string_equal(b.v ? b.v : "", expected);
	assert_true(err < 0);
}

static inline void show_list(struct buf *b, const char *name, const struct strv *list)
{
	for (size_t i = 0; i < list->n; i++)
		buf_printf(b, "%s%s", i ? "," : name, list->v[i]);
}

/* A target on one line: its name, sources, and what is not the default. */
static inline void show_target(struct buf *b, const struct target *t)
{
	const struct compile_options *c = &t->compile;

	buf_printf(b, "%s", t->name);
	show_list(b, " = ", &t->sources);
	if (!str_eq(c->cpu, "v3"))
		buf_printf(b, " cpu:%s", c->cpu);
	if (!str_eq(c->optimize, "2"))
		buf_printf(b, " optimize:%s", c->optimize);
	show_list(b, " cflags:", &c->cflags);
	show_list(b, " defines:", &c->defines);
	show_list(b, " include:", &c->include);
	if (c->vmlinux)
		buf_printf(b, " vmlinux:%s", c->vmlinux);
	vec_foreach (f, &c->vmlinux_for)
		buf_printf(b, " vmlinux/%s:%s", f->arch->name, f->path);
	if (c->debug)
		buf_puts(b, " debug");
	if (!t->skeleton)
		buf_puts(b, " no-skeleton");
	if (t->skeleton_name)
		buf_printf(b, " skeleton:%s", t->skeleton_name);
	buf_puts(b, "\n");
}

static inline void assert_targets(const char *text, const char *expected)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};
	int err = parse(text, strlen(text), &p);

	if (err)
		fail_msg("%s\n%s", text, messages.v);
	buf_puts(&b, messages.v);
	for (size_t i = 0; i < p.n; i++)
		show_target(&b, &p.targets[i]);
	assert_string_equal(b.v, expected);
}

struct example {
	const char *text, *result;
};

static inline void assert_errors(const struct example *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_error(list[i].text, list[i].result);
}

static inline void assert_all_targets(const struct example *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_targets(list[i].text, list[i].result);
}

/* What messages list as known: everywhere, in an object, in an alternative of a matrix, at the top.
 */
#define SETTINGS "cpu, optimize, cflags, defines, include, vmlinux, types, link, skeleton, debug"
#define OBJECT_KEYS "name, sources, matrix, exclude, " SETTINGS ", verify"
#define ALTERNATIVE_KEYS SETTINGS ", verify"
#define TOP_KEYS "output, clang, arch, cache, verify, objects, " SETTINGS

#endif
