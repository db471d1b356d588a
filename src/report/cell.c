#include "report/cell.h"

#include "base/map.h"

char *row_name(const struct matrix_row *r)
{
	/* Nobody knows the programs of an object that cannot be opened. */
	const char *program = *r->program ? r->program : "(all)";

	return xasprintf("%s%s%s%s%s", program, r->unprivileged ? " @unpriv" : "",
			 r->preset ? " [" : "", r->preset ? r->preset : "", r->preset ? "]" : "");
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void row_file_names(const struct matrix *m, struct strv *ret)
{
	static const char several[] = "/";
	struct map objects = {0}; /* by base name: the object's name, or several */

	vec_foreach (r, &m->rows) {
		const char *base = base_name(r->object), *known = map_get(&objects, base);

		map_put(&objects, base,
			(void *)(known && !str_eq(known, r->object) ? several : r->object));
	}
	vec_foreach (r, &m->rows) {
		const char *base = base_name(r->object);

		strv_add(ret, map_get(&objects, base) == several ? r->object : base);
	}
	map_free(&objects);
}

char *kernel_label(const struct matrix *m, size_t kernel)
{
	const struct matrix_kernel *k = &m->kernels.v[kernel];

	vec_foreach (other, &m->kernels)
		if (!str_eq(other->arch, k->arch))
			return xasprintf("%s %s", k->name, k->arch);
	return xstrdup(k->name);
}

/*
 * The commonest reasons in a word, by what kernels and libbpf say; the first that fits counts.
 * kernel/reasons.c has them in sentences.
 */
static const struct {
	const char *said, *word;
} words[] = {
	{"EPERM", "forbidden"},
	{"failed to find kernel BTF type ID", "no target"},
	{"unknown#195896080", "no field"},
	{"CO-RE relocation", "no field"},
	{"no matching targets found", "no field"},
	{"extern (func ksym)", "no kfunc"},
	{"calling kernel function", "no kfunc"},
	{"invalid func ", "no helper"},
	{"unknown func ", "no helper"},
	{"cannot use helper", "no helper"},
	{"helper call is not allowed", "no helper"},
	{"BPF program is too large", "too large"},
	{"jumps is too complex", "too large"},
	{"combined stack size", "stack"},
	{"BPF stack limit", "stack"},
	{"unbounded m", "unbounded"}, /* memory access, min value */
	{"_or_null", "may be NULL"},
};

static const char *word_of_rejection(const struct matrix_cell *c)
{
	const char *message = c->explanation.message ? c->explanation.message : "";

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(message, words[i].said))
			return words[i].word;
	return "rejected";
}

bool cell_is_figures(const struct matrix_cell *c)
{
	return c->state == CELL_PASSED && cell_is_accepted(c);
}

const char *cell_word(const struct matrix_row *r, const struct matrix_cell *c)
{
	if (c->state == CELL_NONE)
		return "-";
	if (c->state == CELL_SKIPPED)
		return "skipped";
	if (!cell_has_verdict(c))
		return "no verdict";
	if (c->state == CELL_PASSED)
		return cell_is_accepted(c) ? "accepted" : "expected";
	switch (c->verdict.kind) {
	case VERDICT_ACCEPTED:
		return r->must_fail ? "accepted" : "unmet";
	case VERDICT_REJECTED:
		return r->must_fail ? "unmet" : word_of_rejection(c);
	case VERDICT_UNTRIED:
		return "not tried";
	case VERDICT_TIMEOUT:
		return "timeout";
	case VERDICT_CRASHED:
		return "crashed";
	}
	return "-";
}

const char *cell_state_name(enum cell_state s)
{
	static const char *const names[] = {
		[CELL_NONE] = "none",
		[CELL_PASSED] = "passed",
		[CELL_FAILED] = "failed",
		[CELL_SKIPPED] = "skipped",
	};

	return names[s];
}

const char *cell_verdict_name(enum verdict_kind k)
{
	static const char *const names[] = {
		[VERDICT_ACCEPTED] = "accepted", [VERDICT_REJECTED] = "rejected",
		[VERDICT_UNTRIED] = "untried",	 [VERDICT_TIMEOUT] = "timeout",
		[VERDICT_CRASHED] = "crashed",
	};

	return names[k];
}
