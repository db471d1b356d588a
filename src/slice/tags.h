/* Whether a unit gives pointers a btf_type_tag. Private to this room. */
#ifndef SKEP_SLICE_TAGS_H
#define SKEP_SLICE_TAGS_H

#include "slice/words.h"

/*
 * Whether one of the files does so outside of directives, by the attribute's name or by a macro
 * that some file defines with it, such as __kptr. word is the attribute's.
 */
bool tags_used(const struct words *w, uint32_t word, const struct file_tokens *const *files,
	       size_t n);

#endif
