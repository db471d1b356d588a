#include "kernel/verdict.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/codec.h"

#define MAGIC 0x31647673 /* "svd1" */

/* The strings of a verdict, in the order in which they travel. */
static const size_t strings[] = {
	offsetof(struct verdict, object),     offsetof(struct verdict, program),
	offsetof(struct verdict, section),    offsetof(struct verdict, type),
	offsetof(struct verdict, log),	      offsetof(struct verdict, said),
	offsetof(struct verdict, translated),
};

static char **string_at(const struct verdict *v, size_t i)
{
	return (char **)((char *)v + strings[i]);
}

void verdict_free(struct verdict *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(*string_at(v, i));
	*v = (struct verdict){0};
}

/* Where a number stands in the log's summary, behind the word before it. */
static const struct {
	const char *word;
	size_t at;
	unsigned scale;
} numbers[] = {
	{"processed ", offsetof(struct verdict_figures, instructions), 1},
	{"max_states_per_insn ", offsetof(struct verdict_figures, max_states_per_instruction), 1},
	{"total_states ", offsetof(struct verdict_figures, total_states), 1},
	{"peak_states ", offsetof(struct verdict_figures, peak_states), 1},
	{"mark_read ", offsetof(struct verdict_figures, mark_read), 1},
	{"verification time ", offsetof(struct verdict_figures, nanoseconds), 1000},
};

/* "8+16+0": one number per function, 0 when there is none. */
static uint32_t read_stack(const char *s)
{
	uint64_t sum = 0;
	char *end;

	for (;; s = end + 1) {
		if (!isdigit((unsigned char)*s))
			break;
		sum += strtoull(s, &end, 10);
		if (*end != '+')
			break;
	}
	return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

static void read_line(const char *line, const char *end, struct verdict_figures *f)
{
	_cleanup_free_ char *text = xstrndup(line, (size_t)(end - line));

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *s = strstr(text, numbers[i].word);

		if (s && isdigit((unsigned char)s[strlen(numbers[i].word)]))
			*(uint64_t *)((char *)f + numbers[i].at) =
				strtoull(s + strlen(numbers[i].word), NULL, 10) * numbers[i].scale;
	}
	if (str_starts(text, "stack depth "))
		f->stack = read_stack(text + strlen("stack depth "));
}

/* A program's own text can look like the summary (a name, a string); only lines that begin as the
 * kernel's do count, and the last of them. */
static bool is_summary(const char *line)
{
	return str_starts(line, "processed ") || str_starts(line, "verification time ") ||
	       str_starts(line, "stack depth ");
}

void verdict_read_figures(const char *log, struct verdict_figures *ret)
{
	const char *end = log + strlen(log), *line;
	struct verdict_figures f = {0};
	unsigned wanted = 3;

	/* The summary comes last: reading begins there, since logs are many megabytes long. */
	while (end > log && wanted) {
		for (line = end; line > log && line[-1] != '\n'; line--)
			;
		if (is_summary(line)) {
			wanted--;
			read_line(line, end, &f);
		}
		end = line > log ? line - 1 : log;
	}
	*ret = f;
}

static void put_figures(struct buf *b, const struct verdict_figures *f)
{
	put_u64(b, f->instructions);
	put_u64(b, f->total_states);
	put_u64(b, f->peak_states);
	put_u64(b, f->max_states_per_instruction);
	put_u64(b, f->mark_read);
	put_u64(b, f->nanoseconds);
	put_u32(b, f->stack);
}

static struct verdict_figures get_figures(struct reader *r)
{
	struct verdict_figures f;

	f.instructions = get_u64(r);
	f.total_states = get_u64(r);
	f.peak_states = get_u64(r);
	f.max_states_per_instruction = get_u64(r);
	f.mark_read = get_u64(r);
	f.nanoseconds = get_u64(r);
	f.stack = get_u32(r);
	return f;
}

void verdict_put(const struct verdict *v, struct buf *ret)
{
	put_u32(ret, MAGIC);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		put_string(ret, *string_at(v, i) ? *string_at(v, i) : "");
	put_u32(ret, v->unprivileged);
	put_u32(ret, v->kind);
	put_u32(ret, (uint32_t)v->error);
	put_u32(ret, v->size);
	put_figures(ret, &v->figures);
	put_u32(ret, v->was_run);
	put_u32(ret, (uint32_t)v->run_error);
	put_u32(ret, v->run_result);
}

int verdict_get(const void *data, size_t size, struct verdict *ret)
{
	struct reader r = reader_of((struct state_value){data, size});
	struct verdict v = {0};
	uint32_t kind;

	if (get_u32(&r) != MAGIC)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		*string_at(&v, i) = xstrdup(get_string(&r));
	v.unprivileged = get_u32(&r) != 0;
	kind = get_u32(&r);
	v.kind = (enum verdict_kind)kind;
	v.error = (int)get_u32(&r);
	v.size = get_u32(&r);
	v.figures = get_figures(&r);
	v.was_run = get_u32(&r) != 0;
	v.run_error = (int)get_u32(&r);
	v.run_result = get_u32(&r);
	if (r.bad || r.at != r.end || kind > VERDICT_CRASHED) {
		verdict_free(&v);
		return -EBADMSG;
	}
	*ret = v;
	return 0;
}
