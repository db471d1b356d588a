/*
 * For tests/cli/report.bats: reports of matrices that no kernel was asked for.
 *
 *	report_made four|one|many|nasty FORMAT
 *
 * FORMAT is table, json, csv, junit, html, or a CSV file to compare with.
 */
#include "../unit/report_room.h"
#include "base/file.h"

static void make_one(struct matrix *m)
{
	make_kernel(m, "6.12", "6.12.117+deb12-amd64");
	make_accepted(make_row(m, "build/disk.bpf.o", "disk_start"), 0, 1234, 20);
	make_rejected(make_row(m, "build/disk.bpf.o", "disk_done"), 0);
	make_accepted(make_row(m, "build/net.bpf.o", "accept"), 0, 100, 3);
}

static void make_many(struct matrix *m)
{
	char object[64], program[64];

	make_four(m);
	for (int i = 0; i < 300; i++) {
		struct matrix_row *r;

		snprintf(object, sizeof(object), "build/tool%d.bpf.o", i / 3);
		snprintf(program, sizeof(program), "handle_event_%d", i);
		r = make_row(m, object, program);
		for (size_t k = 0; k < 4; k++) {
			if (i % 90 == 5 && k < 2)
				make_rejected(r, k);
			else
				make_accepted(r, k, (uint64_t)(100 + 37 * i) * (k + 1), 10);
		}
	}
}

static void make_nasty(struct matrix *m)
{
	static const char html[] = "</pre></script><script>document.title='stolen'</script>"
				   "<img src=x onerror=\"document.title='stolen'\">" NASTY;
	struct matrix_row *r;

	make_kernel(m, html, html);
	make_kernel(m, NASTY, NASTY);
	m->kernels.v[1].trouble = xstrdup(html);
	r = make_row(m, html, html);
	r->preset = xstrdup(html);
	r->description = xstrdup(html);
	set_text(&r->section, html);
	set_text(&r->type, html);
	for (size_t k = 0; k < 2; k++) {
		struct matrix_cell *c = make_rejected(r, k);

		set_text(&c->why, html);
		set_text(&c->explanation.file, html);
		set_text(&c->explanation.text, html);
		set_text(&c->explanation.instruction, html);
		set_text(&c->explanation.message, html);
		set_text(&c->explanation.reason, html);
		set_text(&c->verdict.log, html);
		set_text(&c->verdict.said, html);
		set_text(&c->verdict.translated, html);
	}
}

static const struct {
	const char *name;
	void (*make)(struct matrix *m);
} kinds[] = {{"four", make_four}, {"one", make_one}, {"many", make_many}, {"nasty", make_nasty}};

static const struct {
	const char *name;
	void (*report)(const struct matrix *m, struct buf *ret);
} formats[] = {
	{"json", report_json},
	{"csv", report_csv},
	{"junit", report_junit},
	{"html", report_html},
};

/* As `skep verify --compare` ends. */
static int compare(const struct matrix *m, const char *old, struct buf *ret)
{
	_cleanup_buf_ struct buf text = {0};
	struct compare_limits limits = {.percent = 5};
	bool is_worse = false;

	if (file_read(old, FILE_MAX_SIZE, &text) < 0 ||
	    report_compare(m, old, text.v, text.n, &limits, ret, &is_worse) < 0)
		return 2;
	return is_worse ? 1 : 0;
}

int main(int argc, char **argv)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf text = {0};
	struct table_options o = {.log_lines = 6};
	bool is_done = false;
	int status = 0;

	if (argc != 3)
		return 2;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_eq(argv[1], kinds[i].name))
			kinds[i].make(&m);
	for (size_t i = 0; i < ARRAY_SIZE(formats) && !is_done; i++) {
		is_done = str_eq(argv[2], formats[i].name);
		if (is_done)
			formats[i].report(&m, &text);
	}
	if (!is_done && str_eq(argv[2], "table"))
		report_table(&m, &o, &text);
	else if (!is_done)
		status = compare(&m, argv[2], &text);
	return text.n && file_write_fd(STDOUT_FILENO, text.v, text.n) < 0 ? 2 : status;
}
