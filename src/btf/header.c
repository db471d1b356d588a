#include "btf/header.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/child.h"
#include "base/mem.h"
#include "base/message.h"
#include "btf/check.h"
#include "btf/format.h"
#include "btf/sort.h"

/* A kernel takes a quarter of a second; more than this is a hang. */
#define PRINT_SECONDS 60
/* What libbpf keeps ready for nested declarations from the start. */
#define LIBBPF_STACK_MIN 16

static const char begin[] =
	"#ifndef __VMLINUX_H__\n"
	"#define __VMLINUX_H__\n"
	"\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
	"#endif\n"
	"\n"
	"#ifndef __ksym\n"
	"#define __ksym __attribute__((section(\".ksyms\")))\n"
	"#endif\n"
	"\n"
	"#ifndef __weak\n"
	"#define __weak __attribute__((weak))\n"
	"#endif\n"
	"\n";

static const char end[] = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
			  "#pragma clang attribute pop\n"
			  "#endif\n"
			  "\n"
			  "#endif /* __VMLINUX_H__ */\n";

/* Where libbpf's fragments go. */
struct printer {
	const struct btf_source *source;
	struct btf *btf, *base;
	struct btf_dump *dump;
	struct buf *text;
	void (*grown)(const struct buf *text, void *arg); /* or NULL */
	void *arg;
	bool opened; /* the last fragment was a parenthesis, which may open parameters */
};

/* libbpf before 1.5 prints a prototype without parameters as "()", which is not one in C17. */
static void append(void *ctx, const char *fmt, va_list ap)
{
	struct printer *p = ctx;
	bool closes = p->opened && str_eq(fmt, ")");

	p->opened = str_eq(fmt, "(");
	if (closes)
		buf_puts(p->text, "void");
	format_append(p->text, fmt, ap);
}

static int libbpf_failed(const struct printer *p, int err)
{
	return message_error(-EBADMSG, "printing types: %s: libbpf: %s", p->source->path,
			     strerror(-err));
}

/*
 * libbpf goes on using a declaration's types at their old place after making room for those nested
 * in it. Room for the deepest nesting there will be, made while nothing is nested, avoids that: a
 * chain of so many pointers is added and printed to nowhere.
 */
static int make_room(struct printer *p, unsigned depth)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts, .field_name = "");
	size_t before = p->text->n;
	int id = 0, err;

	if (depth <= LIBBPF_STACK_MIN)
		return 0;
	for (unsigned i = 0; i < depth && id >= 0; i++)
		id = btf__add_ptr(p->btf, id);
	if (id < 0)
		return libbpf_failed(p, id);
	err = btf_dump__emit_type_decl(p->dump, (uint32_t)id, &opts);
	p->text->n = before;
	return err < 0 ? libbpf_failed(p, err) : 0;
}

/* Whether a type is the tag that pahole gives a function the kernel lets BPF programs call. */
static bool is_kfunc_tag(const struct btf *btf, const struct btf_type *t)
{
	return btf_is_decl_tag(t) && btf_decl_tag(t)->component_idx == -1 &&
	       str_eq(btf__name_by_offset(btf, t->name_off), "bpf_kfunc") &&
	       btf_is_func(btf__type_by_id(btf, t->type));
}

static int print_kfuncs(struct printer *p, uint32_t n)
{
	buf_puts(p->text, "\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n");
	for (uint32_t id = 1; id < n; id++) {
		LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts);
		const struct btf_type *t = btf__type_by_id(p->btf, id);
		int err;

		if (!is_kfunc_tag(p->btf, t))
			continue;
		t = btf__type_by_id(p->btf, t->type);
		opts.field_name = btf__name_by_offset(p->btf, t->name_off);
		buf_puts(p->text, "extern ");
		err = btf_dump__emit_type_decl(p->dump, t->type, &opts);
		if (err < 0)
			return libbpf_failed(p, err);
		buf_puts(p->text, " __weak __ksym;\n");
	}
	buf_puts(p->text, "#endif\n\n");
	return 0;
}

static int print_types(struct printer *p, uint32_t n)
{
	uint32_t n_order;
	_cleanup_free_ uint32_t *order = btf_sort_for_header(p->btf, n, &n_order);
	int err = 0;

	for (uint32_t i = 0; i < n_order && !err; i++) {
		err = btf_dump__dump_type(p->dump, order[i]);
		if (p->grown && !err)
			p->grown(p->text, p->arg);
	}
	return err < 0 ? libbpf_failed(p, err) : 0;
}

static int print_all(struct printer *p)
{
	uint32_t n = btf__type_cnt(p->btf);
	unsigned depth;
	int err = btf_check_printable(p->btf, p->source->path, &depth);

	if (err < 0)
		return err;
	p->dump = btf_dump__new(p->btf, append, p, NULL);
	if (!p->dump)
		return libbpf_failed(p, -errno);
	err = make_room(p, depth);
	if (err < 0)
		return err;
	buf_puts(p->text, begin);
	err = print_types(p, n);
	if (err < 0)
		return err;
	err = print_kfuncs(p, n);
	if (err < 0)
		return err;
	buf_puts(p->text, end);
	return 0;
}

/* Parses and prints; what libbpf allocated stays in p. */
static int print_source(struct printer *p)
{
	int err = btf_source_parse(p->source, &p->btf, &p->base);

	return err < 0 ? err : print_all(p);
}

int btf_print_header(const struct btf_source *s, struct buf *ret)
{
	return btf_print_header_while(s, ret, NULL, NULL);
}

int btf_print_header_while(const struct btf_source *s, struct buf *ret,
			   void (*grown)(const struct buf *text, void *arg), void *arg)
{
	struct printer p = {.source = s, .text = ret, .grown = grown, .arg = arg};
	size_t before = ret->n;
	int err;

	if (s->kind == BTF_SOURCE_HEADER) {
		buf_add(ret, s->data.v, s->data.n);
		return 0;
	}
	err = print_source(&p);
	if (err < 0 && ret->n > before) {
		ret->n = before;
		ret->v[before] = '\0';
	}
	btf_dump__free(p.dump);
	btf__free(p.btf);
	btf__free(p.base);
	return err;
}

/* Frees nothing: the child ends here, and that is quicker. */
static int print_in_child(void *arg, struct buf *ret)
{
	struct printer p = {.source = arg, .text = ret};

	libbpf_set_print(NULL);
	return print_source(&p);
}

int btf_print_header_in_child(const struct btf_source *s, struct buf *ret)
{
	_cleanup_free_ char *what = xasprintf("printing types: %s", s->path);

	if (s->kind == BTF_SOURCE_HEADER)
		return btf_print_header(s, ret);
	return child_run(what, PRINT_SECONDS, print_in_child, (void *)s, ret);
}
