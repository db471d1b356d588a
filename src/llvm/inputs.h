/*
 * What is given to the linker, told apart by its first bytes and taken apart to modules: LLVM
 * bitcode (also with a wrapper, also several modules one after another), textual IR, ELF objects
 * with bitcode in a section, archives of all these. Everything is bounds-checked here; LLVM sees
 * only ranges that were found sound in shape.
 */
#ifndef SKEP_LLVM_INPUTS_H
#define SKEP_LLVM_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/mem.h"
#include "base/str.h"

enum module_kind {
	MODULE_BITCODE,
	MODULE_IR,  /* text, without a NUL in it or after it */
	MODULE_ELF, /* an object for BPF without bitcode */
};

/*
 * One unit of input. data points into a file's content and may lie at any address: members of
 * archives begin at even offsets, sections anywhere. Bitcode is one stream with one module,
 * from its magic number to the end of its last block, without wrapper and padding.
 */
struct input_module {
	enum module_kind kind;
	char *name; /* for messages: "FILE", "ARCHIVE(MEMBER)", "FILE(module 2)" */
	const uint8_t *data;
	size_t size;
	char *producer; /* of bitcode: "LLVM22.1.2-rust-1.95.0-stable"; NULL when it has none */
};

/* A file, mapped where that is possible: what nobody looks at is never read. */
struct input_file {
	char *path;
	const uint8_t *data;
	size_t size;
	bool is_mapped;
	dev_t device;
	ino_t inode;
};

struct inputs {
	VEC(struct input_file) files;	  /* also those that thin archives name */
	VEC(struct input_module) modules; /* in the order of the command line */
	VEC(uint8_t *) assembled;	  /* modules whose parts did not lie side by side */
	struct strv notes; /* what was left out and why, a line each: for who asks for details */
};

/*
 * Opens a file and adds what is in it. Members that are of no use to a linker (rustc's metadata and
 * symbols.o, tables of symbols, objects for other machines in an archive) are left out, and so is
 * a file that was added before, by this name or another. Thin archives may name files anywhere, as
 * those that linkers make do; only regular files are opened for them. Negative errno after a
 * message: the file cannot be read, is none of these, or is damaged.
 */
int inputs_add(struct inputs *in, const char *path);
/*
 * The same with bytes in memory, which must live as long as the inputs; name is for messages. A
 * relative name in a thin archive is looked for in name's folder.
 */
int inputs_add_bytes(struct inputs *in, const char *name, const uint8_t *data, size_t size);
/* Whether the file is one that was added, by this name or another. */
bool inputs_has(const struct inputs *in, const char *path);
void inputs_free(struct inputs *in);
#define _cleanup_inputs_ _cleanup_(inputs_free)

/* What a producer says of itself; false when it is not of the form that LLVM and rustc write. */
struct producer {
	unsigned major, minor, patch;
	char rust[40]; /* "1.95.0-stable", or "" */
};
bool producer_parse(const char *text, struct producer *ret);
/* Less than, equal to or greater than 0 as a is older or newer than b. */
int producer_compare(const struct producer *a, const struct producer *b);
/* Compares "1.95.0-stable" and its like: numbers as numbers, the rest by byte value. */
int producer_compare_versions(const char *a, const char *b);

#endif
