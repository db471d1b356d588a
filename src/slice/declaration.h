/* Parses one declaration of a header: private to this room. */
#ifndef SKEP_SLICE_DECLARATION_H
#define SKEP_SLICE_DECLARATION_H

#include "slice/index_make.h"

/*
 * Tells m what a declaration declares and refers to; its tokens end with one of TOKEN_END. The
 * grammar is C's with attributes and, after declarators, macros that expand to such. Gives false
 * when that does not fit: what was told until then is true, and not enough.
 */
bool declaration_parse(struct index_maker *m, const struct parsed_token *tokens);

/* Teaches m the keywords; before any name is made. */
void declaration_keywords(struct index_maker *m);

#endif
