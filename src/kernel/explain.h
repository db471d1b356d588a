/* A rejection in terms of the source: where it happened, what the verifier said, and why. */
#ifndef SKEP_KERNEL_EXPLAIN_H
#define SKEP_KERNEL_EXPLAIN_H

#include "btf/lines.h"
#include "kernel/verdict.h"

struct explanation {
	char *file;	   /* or NULL: it is not known */
	uint32_t line;	   /* 0: likewise */
	char *text;	   /* the C text of that line, or NULL */
	char *instruction; /* "12: (61) r1 = *(u32 *)(r1 +0)", or NULL */
	char *message;	   /* the verifier's last word, or libbpf's; or NULL */
	char *reason;	   /* in a sentence, when it is one of the common ones; or NULL */
};

/* lines may be NULL. */
void verdict_explain(const struct verdict *v, const struct object_lines *lines,
		     struct explanation *ret);
void explanation_free(struct explanation *e);
#define _cleanup_explanation_ _cleanup_(explanation_free)

/* What is behind one of the common messages, as a sentence; NULL: not known. Caller frees. */
char *reason_of(const char *message);

#endif
