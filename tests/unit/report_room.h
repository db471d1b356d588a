/* Matrices that were never asked of a kernel, for the tests of reports. */
#ifndef SKEP_TESTS_REPORT_ROOM_H
#define SKEP_TESTS_REPORT_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/report.h"

static inline void make_kernel(struct matrix *m, const char *name, const char *release)
{
	vec_push(&m->kernels, ((struct matrix_kernel){
				      .name = xstrdup(name),
				      .release = xstrdup(release),
				      .arch = xstrdup("x86_64"),
			      }));
}

/* A row without verdicts. Valid until the next one is made. */
static inline struct matrix_row *make_row(struct matrix *m, const char *object, const char *program)
{
	struct matrix_row row = {
		.object = xstrdup(object),
		.program = xstrdup(program),
		.section = xstrdup("tp_btf/x"),
		.type = xstrdup("tracing"),
	};

	for (size_t k = 0; k < m->kernels.n; k++)
		vec_push(&row.cells, ((struct matrix_cell){0}));
	vec_push(&m->rows, row);
	return &m->rows.v[m->rows.n - 1];
}

static inline struct matrix_cell *make_verdict(struct matrix_row *r, size_t kernel,
					       enum cell_state state, enum verdict_kind kind)
{
	struct matrix_cell *c = &r->cells.v[kernel];

	c->state = state;
	c->verdict = (struct verdict){
		.object = xstrdup(r->object),
		.program = xstrdup(r->program),
		.section = xstrdup(r->section),
		.type = xstrdup(r->type),
		.unprivileged = r->unprivileged,
		.kind = kind,
		.log = xstrdup(""),
		.said = xstrdup(""),
		.translated = xstrdup(""),
	};
	return c;
}

static inline struct matrix_cell *make_accepted(struct matrix_row *r, size_t kernel,
						uint64_t instructions, uint64_t states)
{
	struct matrix_cell *c = make_verdict(r, kernel, CELL_PASSED, VERDICT_ACCEPTED);

	c->verdict.size = 12;
	c->verdict.figures = (struct verdict_figures){
		.instructions = instructions,
		.total_states = states,
		.peak_states = states / 2,
		.max_states_per_instruction = 2,
		.mark_read = 3,
		.nanoseconds = instructions * 250,
		.stack = 16,
	};
	return c;
}

static inline void set_text(char **text, const char *to)
{
	free(*text);
	*text = to ? xstrdup(to) : NULL;
}

/* Rejected with something to say about it. */
static inline struct matrix_cell *make_rejected(struct matrix_row *r, size_t kernel)
{
	struct matrix_cell *c = make_verdict(r, kernel, CELL_FAILED, VERDICT_REJECTED);

	c->verdict.error = 13;
	c->explanation = (struct explanation){
		.file = xstrdup("src/disk.bpf.c"),
		.line = 42,
		.text = xstrdup("return ctx->disk->id;"),
		.instruction = xstrdup("12: (61) r1 = *(u32 *)(r1 +0)"),
		.message = xstrdup("R1 invalid mem access 'scalar'"),
		.reason = xstrdup("a number in R1 is used as a pointer"),
	};
	set_text(&c->verdict.log, "10: (b7) r0 = 0\n"
				  "11: (bf) r1 = r6\n"
				  "12: (61) r1 = *(u32 *)(r1 +0)\n"
				  "R1 invalid mem access 'scalar'\n"
				  "verification time 52 usec\n"
				  "stack depth 16\n"
				  "processed 12 insns (limit 1000000) max_states_per_insn 0 "
				  "total_states 1 peak_states 1 mark_read 1\n");
	return c;
}

/* Four kernels, and one of each fate. */
static inline void make_four(struct matrix *m)
{
	struct matrix_row *r;
	struct matrix_cell *c;

	make_kernel(m, "5.10", "5.10.0-39-amd64");
	make_kernel(m, "6.1", "6.1.0-44-amd64");
	make_kernel(m, "6.12", "6.12.117+deb12-amd64");
	make_kernel(m, "running", "6.18.5");
	r = make_row(m, "build/disk.bpf.o", "disk_start");
	for (size_t k = 0; k < 4; k++)
		make_accepted(r, k, 1234 + 10000 * k, 20);
	r = make_row(m, "build/disk.bpf.o", "disk_done");
	make_rejected(r, 0);
	make_rejected(r, 1);
	set_text(&r->cells.v[1].explanation.instruction, "13: (61) r1 = *(u32 *)(r2 +0)");
	make_accepted(r, 2, 250000, 900);
	c = make_verdict(r, 3, CELL_FAILED, VERDICT_TIMEOUT);
	r = make_row(m, "build/net.bpf.o", "accept");
	c = make_verdict(r, 0, CELL_FAILED, VERDICT_REJECTED);
	c->explanation.message = xstrdup("failed to find kernel BTF type ID of 'tcp_x': -3");
	c->explanation.reason = xstrdup("there is no function tcp_x to attach to on this kernel");
	make_accepted(r, 1, 77, 3);
	c = make_verdict(r, 2, CELL_SKIPPED, VERDICT_UNTRIED);
	c->why = xstrdup("it is not for x86_64");
	r = make_row(m, "build/net.bpf.o", "refuse");
	r->must_fail = r->unprivileged = true;
	r->description = xstrdup("a pointer may not leave the kernel");
	make_verdict(r, 0, CELL_PASSED, VERDICT_REJECTED);
	c = make_accepted(r, 1, 9, 1);
	c->state = CELL_FAILED;
	c->why = xstrdup("it is to be rejected, and was accepted");
	make_verdict(r, 2, CELL_PASSED, VERDICT_REJECTED);
	r->cells.v[3].state = CELL_FAILED;
	r->cells.v[3].why = xstrdup("there is no verdict");
	m->kernels.v[3].trouble = xstrdup("the machine died: Kernel panic - not syncing");
}

/* Names that would break out of every format, and bytes that are no text. */
#define NASTY "a\"b<i>&amp;'c,\nd\x1b[31m\xff\t\xe2\x82\xac"

/* What is expected of a report, with the difference when it is something else. */
static inline void assert_report(struct buf *b, const char *expected)
{
	const char *got = b->v ? b->v : "";

	if (strcmp(got, expected) != 0)
		printf("# --- got:\n%s# --- expected:\n%s", got, expected);
	assert_string_equal(got, expected);
}

static inline size_t count_of(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

#endif
