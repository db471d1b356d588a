#include "kernel/explain.h"

#include <ctype.h>

#define MAX_TEXT 2000 /* bytes */

/* One line of a log, without its end. */
struct span {
	const char *at;
	size_t n;
};

/* A log from its end to its begin. */
struct backward {
	const char *begin, *end;
};

static bool line_before(struct backward *b, struct span *ret)
{
	const char *at = b->end;

	if (at == b->begin)
		return false;
	if (at[-1] == '\n')
		at--;
	ret->at = memrchr(b->begin, '\n', (size_t)(at - b->begin));
	ret->at = ret->at ? ret->at + 1 : b->begin;
	ret->n = (size_t)(at - ret->at);
	b->end = ret->at;
	return true;
}

static bool starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.at, prefix, n) == 0;
}

/* The figures at a log's end, and frames around it. */
static bool is_trailer(struct span s)
{
	static const char *const begins[] = {"processed ",   "verification time ",
					     "stack depth ", "subprog ",
					     "-- END ",	     "mark_precise: "};

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (starts(s, begins[i]))
			return true;
	return s.n == 0;
}

/* "12: (61) r1 = ...", the number in *ret_index. */
static bool is_instruction(struct span s, uint32_t *ret_index)
{
	size_t i = 0;
	uint32_t index = 0;

	for (; i < s.n && isdigit((unsigned char)s.at[i]) && i < 8; i++)
		index = index * 10 + (uint32_t)(s.at[i] - '0');
	if (!i || s.n < i + 3 || memcmp(s.at + i, ": (", 3) != 0)
		return false;
	*ret_index = index;
	return true;
}

/* What the verifier knows at some point: "12: R0=…", "from 3 to 5: R1=…", " R0_w=…". */
static bool is_state(struct span s)
{
	size_t i = 0;

	if (starts(s, "from ") || starts(s, "func#"))
		return true;
	while (i < s.n && (isdigit((unsigned char)s.at[i]) || s.at[i] == ':' || s.at[i] == ' '))
		i++;
	if (i == s.n)
		return true;
	if (i && s.at[i] == 'R' && s.n > i + 1 && isdigit((unsigned char)s.at[i + 1]))
		return true;
	return i && s.n >= i + 5 && memcmp(s.at + i, "frame", 5) == 0;
}

/* "text @ file.c:12", as kernels since 6.10 write it: the file and the line, and the text's end. */
static bool split_place(struct span *s, struct span *ret_file, uint32_t *ret_line)
{
	size_t digits = s->n;
	uint32_t line = 0;

	while (digits && isdigit((unsigned char)s->at[digits - 1]))
		digits--;
	if (digits == s->n || s->n - digits > 8 || digits < 4 || s->at[digits - 1] != ':')
		return false;
	for (size_t i = digits; i < s->n; i++)
		line = line * 10 + (uint32_t)(s->at[i] - '0');
	for (size_t i = digits - 1; i-- >= 3;) {
		if (memcmp(s->at + i - 2, " @ ", 3) != 0)
			continue;
		*ret_file = (struct span){s->at + i + 1, digits - 1 - (i + 1)};
		*ret_line = line;
		s->n = i - 2;
		return true;
	}
	return false;
}

/* Without blanks around it, and never more than a screen: logs are outside data. */
static char *copy(struct span s)
{
	while (s.n && isspace((unsigned char)*s.at)) {
		s.at++;
		s.n--;
	}
	while (s.n && isspace((unsigned char)s.at[s.n - 1]))
		s.n--;
	return xstrndup(s.at, s.n < MAX_TEXT ? s.n : MAX_TEXT);
}

/* The source line that the log shows, "; text" or "; text @ file:line". */
static void take_source(struct span s, const char *program, const struct object_lines *lines,
			struct explanation *e)
{
	struct object_line found;
	struct span file;

	s.at += 2;
	s.n -= 2;
	if (split_place(&s, &file, &e->line))
		e->file = copy(file);
	e->text = copy(s);
	if (lines && !e->file && object_lines_of_text(lines, program, e->text, &found)) {
		e->file = xstrdup(found.file);
		e->line = found.line;
	}
}

/* Names of files are known by their last components alone where kernels print them. */
static void take_line(const struct object_line *l, struct explanation *e)
{
	e->file = xstrdup(l->file);
	e->line = l->line;
	e->text = copy((struct span){l->text, strlen(l->text)});
}

/*
 * Since 7.2 kernels explain the last line of the log in a text of their own behind it, which has
 * the line once more as "Reason:". Where that text begins, or the end of the log.
 */
static const char *find_diagnosis(const char *log)
{
	static const char begin[] = "\nVerification failed: ";
	const char *at = NULL;

	for (const char *p = log; (p = strstr(p, begin)); p++)
		at = p;
	return at ? at + 1 : log + strlen(log);
}

/* What it says is the reason, on one line. Caller frees; NULL when there is none. */
static char *read_reason(const char *diagnosis)
{
	static const char title[] = "\nReason:\n";
	const char *at = strstr(diagnosis, title);
	struct buf b = {0};

	for (at = at ? at + strlen(title) : ""; *at == ' ' && b.n < MAX_TEXT;) {
		_cleanup_free_ char *line = copy((struct span){at, strcspn(at, "\n")});

		buf_printf(&b, "%s%s", b.n ? " " : "", line);
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return b.n ? buf_steal(&b) : NULL;
}

static void read_log(const struct verdict *v, const struct object_lines *lines,
		     struct explanation *e)
{
	struct backward log = {v->log, find_diagnosis(v->log)};
	struct object_line found;
	uint32_t index = 0;
	struct span s;

	while (line_before(&log, &s) && !e->text) {
		uint32_t number;

		if (!e->message && is_trailer(s))
			continue;
		if (is_instruction(s, &number)) {
			if (!e->instruction) {
				e->instruction = copy(s);
				index = number;
			}
		} else if (starts(s, "; ")) {
			take_source(s, v->program, lines, e);
		} else if (!e->message && !e->instruction && !is_state(s)) {
			e->message = copy(s);
		}
	}
	if (lines && !e->text && e->instruction &&
	    object_lines_at(lines, v->program, index, &found))
		take_line(&found, e);
}

/* The first of libbpf's lines that has a reason, else its first line. */
static void read_said(const char *said, struct explanation *e)
{
	_cleanup_free_ char *copy_of_said = xstrdup(said);
	char *rest = copy_of_said, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *reason = *line ? reason_of(line) : NULL;

		if (*line && (!e->message || reason)) {
			free(e->message);
			e->message = xstrdup(line);
		}
		if (reason) {
			e->reason = reason;
			return;
		}
	}
}

/* A rejection without a word. */
static void explain_error(int error, struct explanation *e)
{
	const char *name = strerrorname_np(error);

	e->message =
		name ? xasprintf("%s (%s)", name, strerror(error)) : xasprintf("error %d", error);
	e->reason = reason_of(e->message);
}

void verdict_explain(const struct verdict *v, const struct object_lines *lines,
		     struct explanation *ret)
{
	*ret = (struct explanation){0};
	if (v->kind == VERDICT_REJECTED)
		read_log(v, lines, ret);
	if (ret->message)
		ret->reason = reason_of(ret->message);
	else
		read_said(v->said, ret);
	if (!ret->reason && v->kind == VERDICT_REJECTED)
		ret->reason = read_reason(find_diagnosis(v->log));
	if (!ret->message && v->error)
		explain_error(v->error, ret);
}

void explanation_free(struct explanation *e)
{
	free(e->file);
	free(e->text);
	free(e->instruction);
	free(e->message);
	free(e->reason);
	*e = (struct explanation){0};
}
