/*
 * Any bytes as an object with annotations: what is read of them is complete, and checking it
 * against any log ends. Bytes that are no object are annotations of one program, a line each, and
 * a text to look for, which is the first line, with what it is looked for in.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "base/message.h"
#include "kernel/expect_parts.h"
#include "kernel/match.h"

#define STEPS 10000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static void check(const struct expectation *e, const char *log)
{
	struct verdict v = {
		.kind = e->must_fail ? VERDICT_REJECTED : VERDICT_ACCEPTED,
		.log = (char *)(uintptr_t)log,
		.said = (char *)(uintptr_t)log,
		.translated = (char *)(uintptr_t)log,
		.was_run = e->attempt.run,
	};
	_cleanup_free_ char *why = NULL, *gap = NULL;

	assert(e->program && e->attempt.program && str_eq(e->program, e->attempt.program));
	assert(e->unprivileged == e->attempt.unprivileged);
	assert(!e->has_result || !e->must_fail);
	why = expectation_check(e, &v);
	gap = expectation_gap(e, &v);
	assert(!why || *why);
	assert(!e->is_moot || (!why && gap));
}

static void read_object(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *log = xstrndup((const char *)data, size);
	expectation_list l = {0};
	int err = expectations_read("fuzz.o", data, size, &l);

	assert(err <= 0);
	assert(err == 0 || l.n == 0);
	vec_foreach (e, &l) {
		check(e, "");
		check(e, log);
		/* What it looks for, in the order in which it should be there. */
		vec_foreach (t, &e->messages)
			check(e, t->text);
	}
	expectations_free(&l);
}

static void take_lines(const char *lines)
{
	struct annotated a = {0};
	const char *end;

	for (const char *p = lines; *p; p = *end ? end + 1 : end) {
		_cleanup_free_ char *line = NULL;
		struct annotation from = {.is_numbered = *p & 1};
		const char *why;

		end = strchrnul(p, '\n');
		line = xstrndup(p, (size_t)(end - p));
		from.text = line;
		why = annotation_take(&from, &a);
		assert(!why || *why);
		/* It goes before the program does. */
		a.description = NULL;
	}
	annotated_free(&a);
}

/* The whole of a plain text is found in itself, at once. */
static void look_for(const char *text, bool is_regex, const char *in)
{
	_cleanup_(match_freep) struct match *m = NULL;
	const char *why = NULL;
	struct match_span at = {0};
	uint64_t steps = STEPS;
	int found;

	if (match_compile(text, is_regex, &m, &why) < 0) {
		assert(why && *why);
		return;
	}
	found = match_find(m, in, strlen(in), 0, &steps, &at);
	assert(found == 0 || found == 1 || (found == -ETIME && steps == 0));
	assert(found != 1 || (at.begin <= at.end && at.end <= strlen(in)));
	if (!is_regex && !strstr(text, "{{")) {
		assert(match_find(m, text, strlen(text), 0, &steps, &at) == 1);
		assert(at.begin == 0 && at.end == strlen(text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *all = xstrndup((const char *)data, size);
	char *line = strchr(all, '\n');

	message_set_sink(discard_message, NULL);
	read_object(data, size);
	take_lines(all);
	if (line)
		*line++ = '\0';
	look_for(all, false, line ? line : "");
	look_for(all, true, line ? line : "");
	return 0;
}
