/* The parts of one skeleton, shared by the files that write it. Private to skeleton*.c. */
#ifndef SKEP_GEN_SKELETON_PARTS_H
#define SKEP_GEN_SKELETON_PARTS_H

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* bpftool cuts the object's name there, before it takes ".o" off a file's. */
#define SKELETON_NAME_MAX 63

/* Longer names of maps and variables are cut, as bpftool cuts them. */
#define SKELETON_IDENT_MAX 255

struct skeleton_map {
	const struct bpf_map *map;
	const char *name;	     /* what libbpf finds it by; libbpf's */
	char *ident;		     /* its member of maps */
	char *memory;		     /* the member that points to its value, NULL: not mapped */
	const struct btf_type *data; /* the DATASEC that describes that memory, NULL: none does */
	bool struct_ops;
};

struct skeleton {
	const char *file; /* for messages */
	char *name;	  /* of the struct and, with "__", of its functions */
	const void *object;
	size_t size;
	struct buf twin; /* what libbpf reads in place of a foreign object */
	struct bpf_object *obj;
	struct btf *btf; /* libbpf's; NULL when the object has none */
	VEC(struct skeleton_map) maps;
	VEC(const char *) programs; /* libbpf's */
	bool has_struct_ops;
};

/* --- skeleton_name.c --- */

/* The struct's name for an object file: "dir/a-b.bpf.o" gives "a_b_bpf". Caller frees. */
char *skeleton_name_of_file(const char *file_name);
/* Whether C can use s as a name: not empty, letters, digits and '_', and no keyword. */
bool skeleton_is_identifier(const char *s);
/* The member's name for a variable: at most 255 bytes, others than [A-Za-z0-9_] made '_'. */
char *skeleton_variable_ident(const char *name);
/* The member's name for a map, or NULL when an internal map is of an unknown section. */
char *skeleton_map_ident(const char *map_name, bool internal);
/* The member's name for a data section, or NULL when it has none. */
char *skeleton_section_ident(const char *section);

/* --- skeleton_types.c: everything that depends on BTF --- */

/* Finds the DATASEC of every mapped map. */
void skeleton_find_sections(struct skeleton *s);
/* Appends the member struct_ops: a struct per map that mirrors its kernel type. */
int skeleton_put_struct_ops(const struct skeleton *s, struct buf *ret);
/* Appends one struct pointer per mapped section, its members at the section's offsets. */
int skeleton_put_sections(const struct skeleton *s, struct buf *ret);
/* Appends NAME__assert, which checks at compile time the sizes of all variables. */
void skeleton_put_asserts(const struct skeleton *s, struct buf *ret);

/* --- skeleton_code.c: the functions --- */

/* Appends text with every '@' replaced by the skeleton's name. */
void skeleton_put_text(const struct skeleton *s, struct buf *ret, const char *text);
/* Appends what comes before the struct. */
void skeleton_put_head(const struct skeleton *s, struct buf *ret);
/* Appends the declarations that end the struct, and every function but NAME__assert. */
void skeleton_put_functions(const struct skeleton *s, struct buf *ret);
/* Appends the end of the include guard. */
void skeleton_put_tail(const struct skeleton *s, struct buf *ret);

/* --- skeleton_bytes.c --- */

/* Appends data as the inside of one C string literal, its lines joined by backslashes. */
void skeleton_put_bytes(const void *data, size_t size, struct buf *ret);

/* --- skeleton_check.c --- */

/*
 * Whether everything an ELF file of BPF code, of this machine's byte order, points at lies inside
 * it: libbpf and libelf trust more of it than they should. -EBADMSG after a message otherwise.
 */
int skeleton_check_object(const void *object, size_t size, const char *file);

#endif
