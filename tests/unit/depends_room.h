/* Units, and whether and why they depend on the architecture's macros, for tests. */
#ifndef SKEP_TESTS_UNIT_DEPENDS_ROOM_H
#define SKEP_TESTS_UNIT_DEPENDS_ROOM_H

#include "cutter_room.h"

#include "base/arch.h"

/* A unit, and why it depends. */
struct unit {
	const char *text;
	const char *why;    /* the answer begins with this, less the folder; NULL: it does not */
	const char *header; /* h.h, or NULL */
	const char *flags;  /* besides -D__TARGET_ARCH_x86, with spaces between */
	const char *slice;
	const char *other; /* a header that each architecture has its own of, or NULL */
	const char *prefix;
};

/* Caller frees; NULL: it does not. */
static inline char *ask(struct room *r, const struct unit *u)
{
	_cleanup_strv_ struct strv flags = {0}, macros = {0}, prefixes = {0};
	_cleanup_free_ char *why = NULL;
	file_list files = {0}, others = {0};
	char *ret = NULL;
	struct cut_question q = {.files = &files,
				 .name = "vmlinux.h",
				 .flags = &flags,
				 .macros = &macros,
				 .others = &others,
				 .prefixes = &prefixes};

	arch_macros(&macros);
	strv_add(&flags, "-D__TARGET_ARCH_x86");
	add_words(&flags, u->flags ? u->flags : "-O2");
	vec_push(&files, add_file(r, "unit.c", u->text));
	q.source = files.v[0]->path;
	if (u->header)
		vec_push(&files, add_file(r, "h.h", u->header));
	if (u->other) {
		vec_push(&files, add_file(r, "other.h", u->other));
		vec_push(&others, files.v[files.n - 1]);
	}
	if (u->prefix)
		strv_add(&prefixes, u->prefix);
	q.text = u->slice;
	q.size = u->slice ? strlen(u->slice) : 0;
	assert_int_equal(cutter_find_dependence(r->cutter, &q, &why), 0);
	if (why) {
		_cleanup_free_ char *folder = xasprintf("%s/%u/", dir, r->n);

		ret = xstrdup(str_starts(why, folder) ? why + strlen(folder) : why);
	}
	r->n++;
	vec_free(&files);
	vec_free(&others);
	return ret;
}

static inline void expect(struct room *r, const struct unit *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *why = ask(r, &list[i]);

		if (why && list[i].why && str_starts(why, list[i].why))
			continue;
		if (!why && !list[i].why)
			continue;
		print_message("%s\n", list[i].text);
		if (list[i].header)
			print_message("h.h:\n%s\n", list[i].header);
		fail_msg("%s, expected %s", why ? why : "neutral",
			 list[i].why ? list[i].why : "neutral");
	}
}

#define X86 "__TARGET_ARCH_x86"
#define DEPENDS "unit.c:" /* and a line */
#define ELSEWHERE ""
#define IF "#ifdef __TARGET_ARCH_x86\n"
#define ELSE "#else\n"
#define END "#endif\n"
#define ARCH IF "#define A 1\n" ELSE "#define A 2\n" END
#define PROG "int prog(void *c) { return 0; }\n"
#define PROG_USES(x) "int prog(void *c) { return " x "; }\n"

#endif
