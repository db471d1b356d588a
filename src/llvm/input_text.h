/* Telling LLVM's textual IR from other files. */
#ifndef SKEP_LLVM_INPUT_TEXT_H
#define SKEP_LLVM_INPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether it begins as IR does, behind blanks and comments. */
bool text_is_ir(const uint8_t *data, size_t size);
/* Whether there is nothing but text in it; else *ret_at is where the first other byte is. */
bool text_is_whole(const uint8_t *data, size_t size, size_t *ret_at);

#endif
