/* Jobs and verdicts of random content, for the tests of how they travel. */
#ifndef SKEP_TESTS_UNIT_JOB_ROOM_H
#define SKEP_TESTS_UNIT_JOB_ROOM_H

#include "../harness/random.h"
#include "base/mem.h"
#include "kernel/load.h"

static inline char *random_text(uint64_t *state)
{
	size_t n = random_below(state, 20);
	char *s = xmalloc(n + 1);

	for (size_t i = 0; i < n; i++)
		s[i] = (char)(1 + random_below(state, 255));
	s[n] = '\0';
	return s;
}

static inline bool random_bool(uint64_t *state)
{
	return random_below(state, 2);
}

static inline struct verdict random_verdict(uint64_t *state)
{
	return (struct verdict){
		.object = random_text(state),
		.program = random_text(state),
		.section = random_text(state),
		.type = random_text(state),
		.unprivileged = random_bool(state),
		.kind = (enum verdict_kind)random_below(state, VERDICT_CRASHED + 1),
		.error = (int)random_below(state, 600),
		.size = (uint32_t)random_next(state),
		.figures = {random_next(state), random_next(state), random_next(state),
			    random_next(state), random_next(state), random_next(state),
			    (uint32_t)random_next(state)},
		.was_run = random_bool(state),
		.run_error = (int)random_below(state, 600),
		.run_result = (uint32_t)random_next(state),
		.log = random_text(state),
		.said = random_text(state),
		.translated = random_text(state),
	};
}

static inline struct load_try random_try(uint64_t *state)
{
	struct load_try t = {
		.program = random_bool(state) ? random_text(state) : NULL,
		.unprivileged = random_bool(state),
		.run = random_bool(state),
		.want_translated = random_bool(state),
		.log_level = (uint32_t)random_next(state),
		.flags = (uint32_t)random_next(state),
	};

	for (size_t n = random_below(state, 3); n; n--)
		strv_take(&t.with, random_text(state));
	return t;
}

static inline void random_pairs(uint64_t *state, struct load_pairs *ret)
{
	for (size_t n = random_below(state, 3); n; n--) {
		struct load_pair p = {.name = random_text(state)};

		p.value = random_text(state);
		vec_push(ret, p);
	}
}

static inline struct load_object random_object(uint64_t *state)
{
	struct load_object o = {.name = random_text(state)};

	for (size_t n = random_below(state, 40); n; n--)
		buf_putc(&o.data, (char)random_next(state));
	for (size_t n = random_below(state, 4); n; n--)
		vec_push(&o.tries, random_try(state));
	random_pairs(state, &o.globals);
	random_pairs(state, &o.targets);
	random_pairs(state, &o.types);
	random_pairs(state, &o.map_sizes);
	return o;
}

static inline struct load_job random_job(uint64_t *state)
{
	struct load_job j = {
		.seconds = (uint32_t)random_next(state),
		.log_limit = (uint32_t)random_next(state),
		.allow_run = random_bool(state),
		.want_all_logs = random_bool(state),
		.own_machine = random_bool(state),
	};

	for (size_t n = random_below(state, 4); n; n--)
		vec_push(&j.objects, random_object(state));
	return j;
}

#endif
