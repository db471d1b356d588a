/*
 * Texts to look for, with regular expressions in them: "R{{[0-9]+}} is bad". Both the text and what
 * is searched are outside data, so no text makes a search slow: its time is at most a multiple of
 * the sizes of both, and its memory a multiple of the text's. That is why back-references do not
 * exist here.
 */
#ifndef SKEP_KERNEL_MATCH_H
#define SKEP_KERNEL_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text with regular expressions has at most this many characters, the braces aside, ... */
#define MATCH_MAX_TEXT 1024
/* ...is nested this deep, ... */
#define MATCH_MAX_DEPTH 64
/* ...repeats something this often, ... */
#define MATCH_MAX_REPEAT 255
/* ...and has this many characters once what it repeats is written out. */
#define MATCH_MAX_NODES 8192

struct match;

struct match_span {
	size_t begin, end;
};

/*
 * What is between {{ and }} is a POSIX extended regular expression, in which ".", "[^x]" stay in
 * their line and "^", "$" are its begin and end; what is around it stands for itself. is_regex: all
 * of the text is an expression, without braces. -EINVAL without a message: *ret_why says why.
 */
int match_compile(const char *text, bool is_regex, struct match **ret, const char **ret_why);
void match_free(struct match *m);
static inline void match_freep(struct match **m)
{
	match_free(*m);
}

/*
 * Looks at data from `from` on for the first place with the text, as long as can be: 1, or 0 when
 * there is none. *steps is how much work may be done; it is taken off, and when there is none left
 * the answer is -ETIME.
 */
int match_find(const struct match *m, const char *data, size_t size, size_t from, uint64_t *steps,
	       struct match_span *ret);

#endif
