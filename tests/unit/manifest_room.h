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

struct example {
	const char *text, *result;
};

#endif
