/* Which source line an instruction comes from, as .BTF.ext says. */
#ifndef SKEP_BTF_LINES_H
#define SKEP_BTF_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object_lines;

struct object_line {
	const char *file, *text; /* into object_lines; text may have blanks in front */
	uint32_t line, column;
};

/*
 * Reads the line records of an object, which must outlive the result. Negative errno after a
 * message when it is damaged. Without records nothing will be found.
 */
int object_lines_open(const void *object, size_t size, const char *what, struct object_lines **ret);
void object_lines_free(struct object_lines *l);
static inline void object_lines_freep(struct object_lines **l)
{
	object_lines_free(*l);
}

/* The line of a function's instruction: its own record, or the last one before it. */
bool object_lines_at(const struct object_lines *l, const char *function, uint32_t instruction,
		     struct object_line *ret);

/*
 * The line whose text, blanks around it aside, is this: the first one in the function, else the
 * first one anywhere. Kernels before 6.10 print the text of a line without its place.
 */
bool object_lines_of_text(const struct object_lines *l, const char *function, const char *text,
			  struct object_line *ret);

#endif
