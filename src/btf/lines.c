#include "btf/lines.h"

#include <ctype.h>

#include <linux/bpf.h>

#include "btf/canonical_ext.h"

struct object_lines {
	struct canonical_elf elf;
	struct canonical_types types;
	struct canonical_ext ext;
};

/* A line record's words. */
enum { WORD_OFFSET, WORD_FILE, WORD_TEXT, WORD_PLACE };

/* As the kernel's BPF_LINE_INFO_LINE_NUM and its column part the last word. */
#define COLUMN_BITS 10

/* The instructions of one function, in bytes from the begin of its section. */
struct extent {
	uint32_t section;
	uint64_t begin, end;
};

typedef const struct canonical_record *const_record;

int object_lines_open(const void *object, size_t size, const char *what, struct object_lines **ret)
{
	struct object_lines *l = xcalloc(1, sizeof(*l));
	int err = canonical_elf_read(object, size, what, &l->elf);

	err = err < 0 ? err : canonical_debug_open(&l->elf, &l->types, &l->ext);
	if (err < 0)
		object_lines_free(l);
	else
		*ret = l;
	return err;
}

void object_lines_free(struct object_lines *l)
{
	if (!l)
		return;
	canonical_ext_close(&l->ext);
	canonical_types_close(&l->types);
	canonical_elf_free(&l->elf);
	free(l);
}

static bool find_function(const struct object_lines *l, const char *name, struct extent *ret)
{
	vec_foreach (s, &l->elf.symbols) {
		if (ELF64_ST_TYPE(s->s.st_info) != STT_FUNC || !str_eq(s->name, name))
			continue;
		*ret = (struct extent){s->s.st_shndx, s->s.st_value, s->s.st_value + s->s.st_size};
		return true;
	}
	return false;
}

static void fill(const struct object_lines *l, const_record r, struct object_line *ret)
{
	const char *strings = l->types.view.strings;
	uint32_t place = r->words[WORD_PLACE];

	*ret = (struct object_line){
		.file = strings + r->words[WORD_FILE],
		.text = strings + r->words[WORD_TEXT],
		.line = place >> COLUMN_BITS,
		.column = place & ((1u << COLUMN_BITS) - 1),
	};
}

bool object_lines_at(const struct object_lines *l, const char *function, uint32_t instruction,
		     struct object_line *ret)
{
	const_record found = NULL;
	struct extent f;
	uint64_t at;

	if (!find_function(l, function, &f))
		return false;
	at = f.begin + (uint64_t)instruction * sizeof(struct bpf_insn);
	if (at >= f.end)
		return false;
	vec_foreach (g, &l->ext.lists[CANONICAL_LINES].groups) {
		const_record r = l->ext.lists[CANONICAL_LINES].records.v + g->first;

		if (g->section != f.section)
			continue;
		/* They are in order of instructions. */
		for (uint32_t i = 0; i < g->n && r[i].words[WORD_OFFSET] <= at; i++)
			if (r[i].words[WORD_OFFSET] >= f.begin)
				found = &r[i];
	}
	if (found)
		fill(l, found, ret);
	return found != NULL;
}

/* Whether two texts are the same but for blanks around them. */
static bool is_same_text(const char *a, const char *b)
{
	size_t n, m;

	while (isspace((unsigned char)*a))
		a++;
	while (isspace((unsigned char)*b))
		b++;
	n = strlen(a);
	m = strlen(b);
	while (n && isspace((unsigned char)a[n - 1]))
		n--;
	while (m && isspace((unsigned char)b[m - 1]))
		m--;
	return n == m && memcmp(a, b, n) == 0;
}

bool object_lines_of_text(const struct object_lines *l, const char *function, const char *text,
			  struct object_line *ret)
{
	const_record found = NULL;
	struct extent f = {0};
	bool has_function = find_function(l, function, &f);

	vec_foreach (g, &l->ext.lists[CANONICAL_LINES].groups) {
		for (uint32_t i = 0; i < g->n; i++) {
			const_record r = l->ext.lists[CANONICAL_LINES].records.v + g->first + i;
			uint32_t at = r->words[WORD_OFFSET];
			bool is_inside = has_function && g->section == f.section && at >= f.begin &&
					 at < f.end;

			if ((found && !is_inside) ||
			    !is_same_text(l->types.view.strings + r->words[WORD_TEXT], text))
				continue;
			found = r;
			if (is_inside) {
				fill(l, found, ret);
				return true;
			}
		}
	}
	if (found)
		fill(l, found, ret);
	return found != NULL;
}
