/*
 * Archives (ar): members one after another, each behind a header of text. Long names as GNU and
 * BSD write them, tables of symbols of 32 and 64 bits, thin archives.
 */
#ifndef SKEP_LLVM_AR_H
#define SKEP_LLVM_AR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ar {
	const uint8_t *data;
	size_t size, at;   /* at: the next header */
	const char *names; /* GNU's table of long names, or NULL */
	size_t names_size;
	const char *what; /* for messages */
	bool is_thin;
};

struct ar_member {
	char *name;	     /* the caller frees it */
	const uint8_t *data; /* NULL when it is a file beside a thin archive, called name */
	size_t size;
};

/* Whether it begins as archives do. */
bool ar_is(const uint8_t *data, size_t size);
/* Gets ready to read one that does; what is the archive's name and must live as long. */
void ar_open(struct ar *a, const uint8_t *data, size_t size, const char *what);
/*
 * Gives the next member that is not a table: 1, or 0 at the end. -EBADMSG after a message when a
 * header is no header or a size reaches beyond the end.
 */
int ar_next(struct ar *a, struct ar_member *ret);

#endif
