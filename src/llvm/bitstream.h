/*
 * LLVM's bitstream container, as far as it takes to find the modules in it and who wrote them:
 * https://llvm.org/docs/BitCodeFormat.html
 */
#ifndef SKEP_LLVM_BITSTREAM_H
#define SKEP_LLVM_BITSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* A part of the bytes that were given. */
struct span {
	size_t at, size;
};

struct bitcode_module {
	struct span stream;  /* from the magic number on */
	struct span blocks;  /* its own: identification and module */
	struct span strings; /* block with its names, shared with others perhaps; size 0: none */
	char *producer;	     /* as it calls itself, printable; NULL when it does not */
};

typedef VEC(struct bitcode_module) bitcode_modules;

/* Whether it begins as bitcode does, with or without a wrapper. */
bool bitcode_is(const uint8_t *data, size_t size);

/*
 * Appends the modules in data: streams one after another, each perhaps in a wrapper, with zeros
 * between them. None are found in zeros alone. -EBADMSG after a message naming `what` when it is
 * no bitcode or when blocks reach beyond the end.
 */
int bitcode_split(const uint8_t *data, size_t size, const char *what, bitcode_modules *ret);
void bitcode_modules_free(bitcode_modules *list);

#endif
