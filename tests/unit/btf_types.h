/* Small BTF for the tests of the btf room, and the messages they cause. */
#ifndef SKEP_TESTS_BTF_TYPES_H
#define SKEP_TESTS_BTF_TYPES_H

#include <bpf/btf.h>
#include <stdint.h>
#include <string.h>

#include "base/message.h"
#include "base/str.h"
#include "btf/check.h"
#include "btf/header.h"

/* The last message. */
static struct buf said;

static inline void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	said.n = 0;
	buf_puts(&said, text);
}

static inline void assert_said(const char *part)
{
	if (!said.v || !strstr(said.v, part))
		fail_msg("expected \"%s\" in \"%s\"", part, said.v ? said.v : "");
	said.n = 0;
	said.v[0] = '\0';
}

/* What is done with BTF that is called "file". */
static inline int check(const struct buf *raw)
{
	return btf_check(raw->v, raw->n, 0, 0, "file");
}

static inline int print(const struct buf *raw, struct buf *ret)
{
	struct btf_source s = {.kind = BTF_SOURCE_RAW, .path = (char *)"file", .data = *raw};

	return btf_print_header(&s, ret);
}

/* Takes libbpf's BTF over and gives its bytes, in the byte order it is set to. */
static inline struct buf raw_of(struct btf *btf)
{
	struct buf b = {0};
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);

	assert_non_null(data);
	buf_add(&b, data, size);
	btf__free(btf);
	return b;
}

static inline void add_functions(struct btf *btf, int node)
{
	int pointer = btf__add_ptr(btf, node), proto, func;

	proto = btf__add_func_proto(btf, 1);
	btf__add_func_param(btf, "n", pointer);
	btf__add_func_param(btf, "", 0);
	func = btf__add_func(btf, "walk", BTF_FUNC_GLOBAL, proto);
	btf__add_decl_tag(btf, "bpf_kfunc", func, -1);
	btf__add_decl_tag(btf, "of any\ntext", func, 0);
	btf__add_decl_tag(btf, "bpf_kfunc", func, 0);
	proto = btf__add_func_proto(btf, 0);
	func = btf__add_func(btf, "stop", BTF_FUNC_GLOBAL, proto);
	btf__add_decl_tag(btf, "bpf_kfunc", func, -1);
	func = btf__add_func(btf, "hidden", BTF_FUNC_STATIC, proto);
	btf__add_decl_tag(btf, "bpf_kfunc_not", func, -1);
}

/* A struct that leads to itself, with bit fields, an array and an unnamed union. */
static inline int add_node(struct btf *btf)
{
	int node = btf__add_struct(btf, "node", 48);

	btf__add_field(btf, "next", node + 1, 0, 0);
	btf__add_field(btf, "low", 1, 64, 3);
	btf__add_field(btf, "high", 1, 67, 5);
	btf__add_field(btf, "numbers", 4, 128, 0);
	btf__add_field(btf, "", node + 2, 320, 0);
	btf__add_ptr(btf, node);
	btf__add_union(btf, "", 8);
	btf__add_field(btf, "other", node + 3, 0, 0);
	btf__add_field(btf, "ratio", 3, 0, 0);
	btf__add_ptr(btf, node + 4);
	btf__add_const(btf, node + 5);
	btf__add_fwd(btf, "other", BTF_FWD_STRUCT);
	return node;
}

/* BTF with every kind of type. Type 1 is "int", 2 "long", 3 "double", 5 "struct node". */
static inline struct btf *all_kinds(void)
{
	struct btf *btf = btf__new_empty();
	int node, id;

	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	btf__add_float(btf, "double", 8);
	btf__add_array(btf, 1, 2, 3);
	node = add_node(btf);
	btf__add_enum64(btf, "", 8, false);
	btf__add_enum64_value(btf, "HUGE_VALUE", 1ull << 40);
	id = btf__add_enum(btf, "color", 4);
	btf__add_enum_value(btf, "RED", 0);
	btf__add_enum_value(btf, "GREEN", -7);
	btf__add_typedef(btf, "color_t", id);
	id = btf__add_volatile(btf, 1);
	id = btf__add_ptr(btf, id);
	id = btf__add_restrict(btf, id);
	btf__add_typedef(btf, "fast_t", id);
	id = btf__add_type_tag(btf, "user", 1);
	id = btf__add_ptr(btf, id);
	btf__add_typedef(btf, "user_t", id);
	id = btf__add_var(btf, "counter", BTF_VAR_GLOBAL_ALLOCATED, 1);
	btf__add_datasec(btf, ".data", 4);
	btf__add_datasec_var_info(btf, id, 0, 4);
	add_functions(btf, node);
	return btf;
}

#endif
