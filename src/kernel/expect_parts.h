/* The parts of reading annotations: finding them in an object (expect.c), and what each of them
 * means (expect_tags.c). */
#ifndef SKEP_KERNEL_EXPECT_PARTS_H
#define SKEP_KERNEL_EXPECT_PARTS_H

#include "kernel/expect.h"

/* One annotation; the strings belong to the object. */
struct annotation {
	const char *tag;  /* as it stands in the object, for messages */
	const char *text; /* without what is the same of all, and without a number before it */
	bool is_numbered; /* in front: then there is none in the text */
	uint32_t program; /* whose */
	uint32_t order; /* by which those of a program are sorted: the number in it, and then... */
	uint32_t type;	/* ...its place in the object */
};

/* What is said of a program for one of two ways to load it: with rights and without. */
struct annotated_side {
	bool is_named, has_outcome, must_fail;
	expected_texts messages, translated;
	bool is_apart; /* the next translated line need not follow the one before */
	bool has_result, is_any_result;
	uint32_t result;
	char *gap;
	bool is_moot;
};

struct annotated {
	struct annotated_side sides[2]; /* the second one is the unprivileged */
	const char *description;
	uint32_t log_level, flags;
	VEC(const struct arch *) archs;
	bool is_auxiliary;
	bool is_numbered; /* the annotation that is taken in */
	bool is_not_run;  /* whatever its result should be */
};

/* Takes in one annotation. NULL, or why it is malformed. */
const char *annotation_take(const struct annotation *from, struct annotated *a);
void annotated_free(struct annotated *a);
void expected_texts_free(expected_texts *t);
void expected_texts_copy(const expected_texts *from, expected_texts *ret);

#endif
