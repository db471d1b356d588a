/*
 * What a program's source says should come of loading it: the annotations of the kernel's own
 * verifier tests (tools/testing/selftests/bpf/progs/bpf_misc.h), which are BTF declaration tags on
 * functions, as Linux 6.3 and later spell them; include/skep_test.h gives them to everybody.
 * Objects are outside data, and so are their tags.
 */
#ifndef SKEP_KERNEL_EXPECT_H
#define SKEP_KERNEL_EXPECT_H

#include "base/arch.h"
#include "kernel/load.h"

struct expected_text {
	char *text;	   /* with {{regex}} parts (kernel/match.h) */
	bool must_not;	   /* appear between its neighbours */
	bool on_next_line; /* directly behind the one before */
	bool is_regex_only;
};

typedef VEC(struct expected_text) expected_texts;

/* One attempt and what should come of it. */
struct expectation {
	char *program;
	char *description; /* or NULL */
	bool unprivileged;
	bool must_fail;
	expected_texts messages;   /* in the log, in this order */
	expected_texts translated; /* in the instructions as the kernel has them */
	bool has_result;
	bool is_any_result;		/* of a run that goes well */
	uint32_t result;		/* of the test run */
	VEC(const struct arch *) archs; /* empty: all */
	struct load_try attempt;	/* how to load it */
	char *gap;			/* what nobody here can look at, as a sentence; or NULL */
	bool is_moot; /* so that its verdict says nothing: it is neither met nor missed */
};

/* Of one object; n is 0 when it says nothing: every program should be accepted then. */
typedef VEC(struct expectation) expectation_list;

/*
 * Reads an object's annotations. name is for messages. Programs without any are expected to be
 * accepted when others have some, unless a loader would not load them (SEC("?…")). -EINVAL after a
 * message that names program and tag when one is malformed, -EBADMSG when the object is, or
 * -EOPNOTSUPP when it is none.
 */
int expectations_read(const char *name, const void *object, size_t size, expectation_list *ret);
void expectations_free(expectation_list *l);

/* NULL: nothing in the verdict speaks against it. Otherwise why not, as a sentence with what was
 * looked for and the line after which it was missed. Caller frees. */
char *expectation_check(const struct expectation *e, const struct verdict *v);

/* What was not looked at, as a sentence, when nothing spoke against it; NULL: it is met in all it
 * asks for. Caller frees. */
char *expectation_gap(const struct expectation *e, const struct verdict *v);

#endif
