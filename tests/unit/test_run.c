#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/message.h"
#include "run/record.h"
#include "run/run.h"

static char dir[] = "/tmp/skep-run-XXXXXX";
static struct state *memory;
static struct files *files;
static struct graph graph; /* the test's */
static struct buf events;  /* what happened, one word each */

/* A step for tests: reads one input, writes its name and the input's text. */
struct fake {
	const char *input;
	const char *setting;	 /* a parameter of the identity */
	const char *unhashed;	 /* an argument that is none */
	const char *edit_during; /* a file the command changes while it runs */
	bool fails, makes_nothing;
	unsigned times_completed;
};

/* write OUTPUT INPUT MODE EDIT [UNHASHED] */
static int builtin_write(int argc, char **argv)
{
	_cleanup_buf_ struct buf b = {0};

	(void)argc;
	if (str_eq(argv[3], "fail")) {
		fprintf(stderr, "this step fails\n");
		return 3;
	}
	if (str_eq(argv[3], "nothing"))
		return 0;
	buf_printf(&b, "made of ");
	if (*argv[2])
		file_read(argv[2], 1000, &b);
	if (*argv[4])
		file_write(argv[4], "edited", 6);
	printf("wrote %zu bytes\n", b.n);
	fflush(stdout);
	return file_write(argv[1], b.v, b.n) < 0;
}

static int prepare(struct step *s, struct work *w)
{
	struct fake *f = s->data;
	const char *mode = f->fails ? "fail" : f->makes_nothing ? "nothing" : "write";

	work_add_builtin(w, builtin_write, "write", WORK_OUTPUT, f->input ? f->input : "", mode,
			 f->edit_during ? f->edit_during : "", NULL);
	if (f->setting)
		strv_add(&w->params, f->setting);
	if (f->unhashed)
		strv_addf(&w->commands.v[0].argv, WORK_UNHASHED "%s", f->unhashed);
	if (f->input)
		vec_push(&w->inputs, files_get(files, f->input));
	return 0;
}

static int complete(struct step *s, struct work *w)
{
	struct fake *f = s->data;

	(void)w;
	f->times_completed++;
	return 0;
}

static const struct step_kind kind = {
	.name = "fake", .revision = 1, .prepare = prepare, .complete = complete};

static void log_event(const struct run_event *e, void *arg)
{
	static const char *const names[] = {
		[RUN_REASON] = "reason",   [RUN_START] = "start",   [RUN_CLEAN] = "clean",
		[RUN_DONE] = "done",	   [RUN_FAILED] = "failed", [RUN_WOULD_RUN] = "would",
		[RUN_COMMAND] = "command", [RUN_NOTE] = "note",	    [RUN_TICK] = "tick",
	};

	(void)arg;
	buf_printf(&events, "%s%s:%s", events.n ? " " : "", names[e->type], e->step->label);
	if (e->type == RUN_REASON)
		buf_printf(&events, "(%s)", e->text);
}

static struct run_result run(struct run_options o)
{
	struct run_result r;

	o.jobs = o.jobs ? o.jobs : 1;
	o.state = memory;
	o.files = files;
	o.on_event = log_event;
	vec_foreach (s, &graph.steps)
		step_want(*s);
	assert_int_equal(run_graph(&graph, &o, &r), 0);
	return r;
}

static void new_build(void)
{
	files_free(files);
	files = files_new(memory, NULL);
}

static void forget_graph(void)
{
	graph_free(&graph);
	graph = (struct graph){0};
	buf_free(&events);
}

/* Builds a graph of one step. */
static void expect_one(struct fake *f, bool reasons, const char *want)
{
	forget_graph();
	new_build();
	graph_add(&graph, &kind, f, "out", "a");
	run((struct run_options){.want_reasons = reasons});
	assert_string_equal(events.v, want);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text)), 0);
}

static void expect_content(const char *path, const char *want)
{
	_cleanup_buf_ struct buf b = {0};

	assert_int_equal(file_read(path, 1000, &b), 0);
	assert_string_equal(b.v, want);
}

static void only_what_changed_runs(void **state)
{
	struct fake f = {.input = "in", .setting = "one"};

	(void)state;
	put("in", "x");
	expect_one(&f, true, "reason:a(not built before) start:a done:a");
	expect_content("out", "made of x");
	expect_one(&f, true, "clean:a");
	put("in", "y");
	expect_one(&f, true, "reason:a(in changed) start:a done:a");
	expect_content("out", "made of y");
	put("in", "y");
	expect_one(&f, true, "clean:a");
	f.setting = "two";
	expect_one(&f, true, "reason:a(two is new, one is gone) start:a done:a");
	f.unhashed = "anything";
	expect_one(&f, true, "clean:a");
	put("out", "an edit");
	expect_one(&f, true, "reason:a(out was changed by something else) start:a done:a");
	unlink("out");
	expect_one(&f, true, "reason:a(out is missing) start:a done:a");
	f.edit_during = "other";
	expect_one(&f, true, "reason:a(command changed: -'' +other) start:a done:a");
}

static void edit_during_a_step_is_not_lost(void **state)
{
	struct fake f = {.input = "in", .edit_during = "in"};

	(void)state;
	put("in", "x");
	expect_one(&f, false, "start:a done:a note:a");
	expect_content("out", "made of x");
	f.edit_during = NULL;
	expect_one(&f, false, "start:a done:a");
	expect_content("out", "made of edited");
	expect_one(&f, false, "clean:a");
}

static void failure_keeps_the_old_output(void **state)
{
	struct fake f = {.input = "in"};

	(void)state;
	put("in", "x");
	expect_one(&f, false, "start:a done:a");
	put("in", "y");
	f.fails = true;
	expect_one(&f, false, "start:a failed:a");
	expect_content("out", "made of x");
	f.fails = false;
	f.makes_nothing = true;
	expect_one(&f, false, "start:a failed:a");
	expect_content("out", "made of x");
}

static void missing_input_fails(void **state)
{
	struct fake f = {.input = "not there"};

	(void)state;
	expect_one(&f, false, "failed:a");
}

static void failure_cancels_what_depends_on_it(void **state)
{
	struct fake bad = {.fails = true}, good = {0};
	struct run_result r;
	struct step *a, *b, *c;

	(void)state;
	a = graph_add(&graph, &kind, &bad, "a", "a");
	b = graph_add(&graph, &kind, &good, "b", "b");
	c = graph_add(&graph, &kind, &good, "c", "c");
	graph_add(&graph, &kind, &good, "d", "d");
	step_add_need(b, a);
	step_add_need(c, b);
	a->cost = 100;
	r = run((struct run_options){.keep_going = true});
	assert_string_equal(events.v, "start:a failed:a start:d done:d");
	assert_int_equal(r.failed, 1);
	assert_int_equal(r.blocked, 2);
	assert_int_equal(r.cancelled, 0);
	assert_int_equal(r.ran, 1);

	forget_graph();
	graph_add(&graph, &kind, &bad, "a", "a")->cost = 100;
	graph_add(&graph, &kind, &good, "e", "e");
	r = run((struct run_options){0});
	assert_string_equal(events.v, "start:a failed:a");
	assert_int_equal(r.cancelled, 1);
}

static void longest_chain_goes_first(void **state)
{
	struct fake f = {0};
	struct step *a, *b;

	(void)state;
	graph_add(&graph, &kind, &f, "short", "short")->cost = 50;
	a = graph_add(&graph, &kind, &f, "a", "a");
	b = graph_add(&graph, &kind, &f, "b", "b");
	a->cost = 10;
	b->cost = 60;
	step_add_need(b, a);
	run((struct run_options){0});
	assert_string_equal(events.v, "start:a done:a start:b done:b start:short done:short");
}

/* Steps with one action: the first is done, the others take what came of it. */
static void twins_are_done_once(void **state)
{
	struct fake f = {.input = "in", .setting = "twins"}, other = {.setting = "no twin"};
	struct run_cache cache = {0};
	struct run_result r;

	(void)state;
	new_build();
	put("in", "x");
	graph_add(&graph, &kind, &f, "twin-a", "a");
	graph_add(&graph, &kind, &f, "twin-b", "b");
	graph_add(&graph, &kind, &other, "twin-c", "c");
	graph_add(&graph, &kind, &f, "twin-d", "d");
	r = run((struct run_options){.jobs = 4, .cache = &cache});
	assert_int_equal(r.ran, 4);
	assert_int_equal(r.shared, 2);
	assert_int_equal(f.times_completed, 1);
	expect_content("twin-a", "made of x");
	expect_content("twin-b", "made of x");
	expect_content("twin-c", "made of ");
	expect_content("twin-d", "made of x");
}

/* What came of the first is of no use to the others: each is done by itself. */
static void twins_fail_each(void **state)
{
	struct fake f = {.setting = "failing twins", .fails = true};
	struct run_cache cache = {0};
	struct run_result r;

	(void)state;
	new_build();
	graph_add(&graph, &kind, &f, "failing-a", "a");
	graph_add(&graph, &kind, &f, "failing-b", "b");
	r = run((struct run_options){.jobs = 2, .keep_going = true, .cache = &cache});
	assert_int_equal(r.failed, 2);
	assert_string_equal(events.v, "start:a failed:a start:b failed:b");
}

static void dry_run_touches_nothing(void **state)
{
	struct fake f = {0};
	struct run_result r;
	struct step *a, *b;

	(void)state;
	a = graph_add(&graph, &kind, &f, "dry-a", "a");
	b = graph_add(&graph, &kind, &f, "dry-b", "b");
	step_add_need(b, a);
	r = run((struct run_options){.dry_run = true});
	assert_string_equal(events.v, "would:a would:b");
	assert_int_equal(r.would_run, 2);
	assert_false(file_exists("dry-a"));
}

/* Many steps in layers, each needing some of the layer before: everything runs once, in order. */
static void wide_graph_runs_in_order(void **state)
{
	enum { LAYERS = 5, WIDTH = 40 };
	static struct fake fakes[LAYERS * WIDTH];
	struct run_result r;

	(void)state;
	for (int i = 0; i < LAYERS * WIDTH; i++) {
		_cleanup_free_ char *name = xasprintf("w%03d", i);
		struct step *s;

		fakes[i] = (struct fake){0};
		s = graph_add(&graph, &kind, &fakes[i], name, name);
		for (int k = 0; i >= WIDTH && k < 3; k++)
			step_add_need(
				s,
				graph.steps.v[(i / WIDTH - 1) * WIDTH + (i * 7 + k * 5) % WIDTH]);
	}
	r = run((struct run_options){.jobs = 4});
	assert_int_equal(r.ran, LAYERS * WIDTH);
	for (int i = 0; i < LAYERS * WIDTH; i++) {
		struct step *s = graph.steps.v[i];
		_cleanup_free_ char *start = xasprintf("start:%s", s->label);

		assert_int_equal(fakes[i].times_completed, 1);
		vec_foreach (n, &s->needs) {
			_cleanup_free_ char *done = xasprintf("done:%s", (*n)->label);

			assert_true(strstr(events.v, done) < strstr(events.v, start));
		}
	}
}

static void swallow(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static int enter(void **state)
{
	(void)state;
	message_set_sink(swallow, NULL);
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	return chdir("/") == 0 ? file_remove_tree(dir) : -1;
}

static int begin(void **state)
{
	(void)state;
	files = NULL;
	state_open(NULL, false, &memory);
	new_build();
	return 0;
}

static int end(void **state)
{
	(void)state;
	forget_graph();
	files_free(files);
	state_close(memory);
	unlink("out");
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_changed_runs),
		TEST(edit_during_a_step_is_not_lost),
		TEST(failure_keeps_the_old_output),
		TEST(missing_input_fails),
		TEST(failure_cancels_what_depends_on_it),
		TEST(longest_chain_goes_first),
		TEST(twins_are_done_once),
		TEST(twins_fail_each),
		TEST(dry_run_touches_nothing),
		TEST(wide_graph_runs_in_order),
	};

	return cmocka_run_group_tests_name("run", tests, enter, leave);
}
