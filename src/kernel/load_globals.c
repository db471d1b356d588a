#include <bpf/btf.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kernel/load_parts.h"

/* A part of a global variable: its type, and where its bytes or bits are. */
struct place {
	const struct btf *btf;
	uint32_t type;
	unsigned char *data; /* of the map */
	size_t size;
	uint64_t bit;	/* where it begins, from data on */
	uint32_t width; /* bits of a bit field, 0 for what is none */
};

__attribute__((format(printf, 2, 3))) static int wrong(char **ret_why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*ret_why = xvasprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static const struct btf_type *type_at(const struct place *p)
{
	int id = btf__resolve_type(p->btf, p->type);

	return id < 0 ? NULL : btf__type_by_id(p->btf, (uint32_t)id);
}

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	const char *s = btf__name_by_offset(btf, offset);

	return s ? s : "";
}

/* What is wrong with one word, and which one may be meant. */
static int unknown(char **ret_why, const char *what, const char *word, const struct strv *known)
{
	const char *near = strv_nearest(known, word);

	return near ? wrong(ret_why, "%s \"%s\"; is it \"%s\"?", what, word, near)
		    : wrong(ret_why, "%s \"%s\"", what, word);
}

/* Looks for a variable among those of one map. */
static bool find_in_map(const struct bpf_object *obj, const struct bpf_map *m, const char *name,
			struct strv *names, struct place *ret)
{
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_type *section;
	const struct btf_var_secinfo *v;
	size_t size = 0;
	void *data;

	/* What the kernel's configuration says is no loader's to set. */
	if (!btf || !bpf_map__is_internal(m) || str_ends(bpf_map__name(m), ".kconfig"))
		return false;
	data = bpf_map__initial_value(m, &size);
	section = btf__type_by_id(btf, bpf_map__btf_value_type_id(m));
	if (!data || !section || !btf_is_datasec(section))
		return false;
	v = btf_var_secinfos(section);
	for (unsigned i = 0; i < btf_vlen(section); i++, v++) {
		const struct btf_type *t = btf__type_by_id(btf, v->type);
		const char *known = t ? name_at(btf, t->name_off) : "";

		if (!t || !btf_is_var(t))
			continue;
		strv_add(names, known);
		if (!str_eq(known, name))
			continue;
		*ret = (struct place){btf, t->type, data, size, 8ull * v->offset, 0};
		return true;
	}
	return false;
}

static int find_variable(const struct bpf_object *obj, const char *name, struct place *ret,
			 char **ret_why)
{
	_cleanup_strv_ struct strv names = {0};
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj) if (find_in_map(obj, m, name, &names, ret)) return 0;
	if (!names.n)
		return wrong(ret_why,
			     "the object describes no global variables, so \"%s\" cannot "
			     "be set (is it compiled without -g?)",
			     name);
	return unknown(ret_why, "the object has no global variable", name, &names);
}

/* Looks for a field in a struct or union, and in those without a name inside of it. */
static bool find_field(struct place *p, const char *name, struct strv *names, unsigned depth)
{
	const struct btf_type *t = type_at(p);
	const struct btf_member *m = t ? btf_members(t) : NULL;

	for (unsigned i = 0; t && btf_is_composite(t) && i < btf_vlen(t); i++, m++) {
		struct place inner = *p;
		const char *known = name_at(p->btf, m->name_off);

		inner.type = m->type;
		inner.bit += btf_member_bit_offset(t, i);
		inner.width = btf_member_bitfield_size(t, i);
		strv_add(names, known);
		if ((*known && str_eq(known, name)) ||
		    (!*known && depth && find_field(&inner, name, names, depth - 1))) {
			*p = inner;
			return true;
		}
	}
	return false;
}

/* ".field": moves the place to it and the text behind it. */
static int step_field(struct place *p, const char *so_far, const char **s, char **ret_why)
{
	size_t n = strcspn(*s + 1, ".[");
	_cleanup_free_ char *name = xstrndup(*s + 1, n);
	_cleanup_strv_ struct strv names = {0};
	const struct btf_type *t = type_at(p);

	*s += 1 + n;
	if (!t || !btf_is_composite(t))
		return wrong(ret_why, "\"%s\" is no struct, so it has no field \"%s\"", so_far,
			     name);
	if (find_field(p, name, &names, 8))
		return 0;
	{
		_cleanup_free_ char *what = xasprintf("\"%s\" has no field", so_far);

		return unknown(ret_why, what, name, &names);
	}
}

/* "[2]": the same for an element. */
static int step_element(struct place *p, const char *so_far, const char **s, char **ret_why)
{
	const struct btf_type *t = type_at(p);
	size_t n = strcspn(*s + 1, "]");
	_cleanup_free_ char *text = xstrndup(*s + 1, n);
	const struct btf_array *a;
	unsigned long index;
	long long size;

	if (!(*s)[1 + n] || !str_to_ulong(text, UINT32_MAX, &index))
		return wrong(ret_why,
			     "\"%s\" is followed by \"[%s\", not by the number of an "
			     "element in brackets",
			     so_far, text);
	*s += 2 + n;
	if (!t || !btf_is_array(t))
		return wrong(ret_why, "\"%s\" is no array, so it has no element %lu", so_far,
			     index);
	a = btf_array(t);
	if (index >= a->nelems)
		return wrong(ret_why, "\"%s\" has %u elements, so none with number %lu", so_far,
			     a->nelems, index);
	size = btf__resolve_size(p->btf, a->type);
	if (size < 0)
		return wrong(ret_why, "the elements of \"%s\" have no size", so_far);
	p->type = a->type;
	p->bit += 8ull * (uint64_t)size * index;
	p->width = 0;
	return 0;
}

/* Goes to what a name means: "VAR", "VAR[2].field". */
static int find_place(const struct bpf_object *obj, const char *path, struct place *ret,
		      char **ret_why)
{
	const char *s = path + strcspn(path, ".[");
	_cleanup_free_ char *name = xstrndup(path, (size_t)(s - path));
	int err = find_variable(obj, name, ret, ret_why);

	while (!err && *s) {
		_cleanup_free_ char *so_far = xstrndup(path, (size_t)(s - path));

		if (*s == '.')
			err = step_field(ret, so_far, &s, ret_why);
		else if (*s == '[')
			err = step_element(ret, so_far, &s, ret_why);
		else
			err = wrong(ret_why, "\"%s\" is followed by \"%s\", not by . or [", so_far,
				    s);
	}
	return err;
}

/* A number with its sign, as decimal or after 0x. */
static bool read_number(const char *text, bool *ret_negative, uint64_t *ret)
{
	bool negative = *text == '-';
	const char *digits = text + negative;
	bool hex = digits[0] == '0' && (digits[1] | 0x20) == 'x';
	char *end;

	if (!isxdigit((unsigned char)digits[hex ? 2 : 0]))
		return false;
	errno = 0;
	*ret = strtoull(digits, &end, hex ? 16 : 10);
	*ret_negative = negative;
	return !*end && !errno;
}

/* Whether a number can be kept in so many bits; one after 0x may use the sign's bit. */
static bool fits(uint64_t n, bool negative, bool is_signed, bool is_hex, uint32_t bits)
{
	uint64_t top = 1ull << (bits - 1);

	if (negative)
		return is_signed && n <= top;
	if (is_signed && !is_hex)
		return n < top;
	return bits == 64 || n >> bits == 0;
}

/* Bits count from the end at which bytes begin. */
static void write_number(const struct place *p, uint64_t n, uint32_t bits)
{
	bool is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	for (uint32_t i = 0; i < bits; i++) {
		uint64_t at = p->bit + (is_big ? bits - 1 - i : i);
		unsigned char mask = (unsigned char)(is_big ? 0x80u >> at % 8 : 1u << at % 8);

		if (n >> i & 1)
			p->data[at / 8] |= mask;
		else
			p->data[at / 8] &= (unsigned char)~mask;
	}
}

static bool value_of_enumerator(const struct place *p, const struct btf_type *t, const char *word,
				struct strv *names, uint64_t *ret)
{
	for (unsigned i = 0; i < btf_vlen(t); i++) {
		uint32_t at = btf_is_enum(t) ? btf_enum(t)[i].name_off : btf_enum64(t)[i].name_off;

		strv_add(names, name_at(p->btf, at));
		if (!str_eq(names->v[names->n - 1], word))
			continue;
		*ret = btf_is_enum(t) ? (uint64_t)(int64_t)btf_enum(t)[i].val
				      : btf_enum64_value(&btf_enum64(t)[i]);
		return true;
	}
	return false;
}

static int set_number(const struct place *p, const struct btf_type *t, const struct load_pair *pair,
		      bool is_signed, char **ret_why)
{
	uint32_t bits = p->width ? p->width : 8 * t->size;
	bool negative = false;
	uint64_t n;

	if (!read_number(pair->value, &negative, &n))
		return wrong(ret_why, "\"%s\" is a number, which \"%s\" is not", pair->name,
			     pair->value);
	if (bits > 64)
		return wrong(ret_why, "\"%s\" has %u bits; at most 64 can be set", pair->name,
			     bits);
	if (!fits(n, negative, is_signed, strchr(pair->value, 'x') || strchr(pair->value, 'X'),
		  bits))
		return wrong(ret_why, "\"%s\" has %u bits%s, which %s does not fit into",
			     pair->name, bits, is_signed ? " and a sign" : "", pair->value);
	write_number(p, negative ? -n : n, bits);
	return 0;
}

static int set_bool(const struct place *p, const struct load_pair *pair, char **ret_why)
{
	bool yes = str_eq(pair->value, "true") || str_eq(pair->value, "1");

	if (!yes && !str_eq(pair->value, "false") && !str_eq(pair->value, "0"))
		return wrong(ret_why, "\"%s\" is true or false, which \"%s\" is not", pair->name,
			     pair->value);
	write_number(p, yes, p->width ? p->width : 8);
	return 0;
}

static int set_enum(const struct place *p, const struct btf_type *t, const struct load_pair *pair,
		    char **ret_why)
{
	_cleanup_strv_ struct strv names = {0};
	uint64_t n;

	if (value_of_enumerator(p, t, pair->value, &names, &n)) {
		write_number(p, n, p->width ? p->width : 8 * t->size);
		return 0;
	}
	if (isdigit((unsigned char)*pair->value) || *pair->value == '-')
		return set_number(p, t, pair, btf_kflag(t), ret_why);
	{
		_cleanup_free_ char *what = xasprintf("the enum of \"%s\" has no name", pair->name);

		return unknown(ret_why, what, pair->value, &names);
	}
}

/* Text in an array of characters; what is behind it becomes zeros. */
static int set_text(const struct place *p, const struct btf_array *a, const struct load_pair *pair,
		    char **ret_why)
{
	size_t n = strlen(pair->value);

	if (n >= a->nelems)
		return wrong(ret_why, "\"%s\" has %u characters, too few for the %zu of \"%s\"",
			     pair->name, a->nelems, n + 1, pair->value);
	memset(p->data + p->bit / 8, 0, a->nelems);
	memcpy(p->data + p->bit / 8, pair->value, n);
	return 0;
}

static bool is_char(const struct btf *btf, uint32_t type)
{
	int id = btf__resolve_type(btf, type);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);

	return t && btf_is_int(t) && t->size == 1 &&
	       (btf_int_encoding(t) & BTF_INT_CHAR || str_eq(name_at(btf, t->name_off), "char"));
}

/* What else a variable can be, and what to do about it. */
static const char *refusal(const struct btf_type *t)
{
	if (t && btf_is_array(t))
		return "an array; name one element, as VAR[0]";
	if (t && btf_is_composite(t))
		return "a struct; name one field, as VAR.field";
	if (t && btf_is_ptr(t))
		return "a pointer, which cannot be set";
	return "of a type that cannot be set";
}

static int set_value(const struct place *p, const struct load_pair *pair, char **ret_why)
{
	const struct btf_type *t = type_at(p);
	long long size = btf__resolve_size(p->btf, p->type);
	uint64_t bits = p->width ? p->width : 8 * (uint64_t)size;

	if (!t || size <= 0 || p->bit + bits > 8 * p->size)
		return wrong(ret_why, "\"%s\" lies outside of the object's data", pair->name);
	if (btf_is_int(t) && (btf_int_encoding(t) & BTF_INT_BOOL))
		return set_bool(p, pair, ret_why);
	if (btf_is_int(t))
		return set_number(p, t, pair, btf_int_encoding(t) & BTF_INT_SIGNED, ret_why);
	if (btf_is_any_enum(t))
		return set_enum(p, t, pair, ret_why);
	if (btf_is_array(t) && is_char(p->btf, btf_array(t)->type))
		return set_text(p, btf_array(t), pair, ret_why);
	return wrong(ret_why, "\"%s\" is %s", pair->name, refusal(t));
}

int load_set_global(struct bpf_object *obj, const struct load_pair *p, char **ret_why)
{
	struct place at = {0};
	int err = find_place(obj, p->name, &at, ret_why);

	return err < 0 ? err : set_value(&at, p, ret_why);
}
