#include "cli/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/message.h"

/* A bar is worth drawing only when there is time to look at it. */
#define BAR_AFTER_MS 2000
#define BAR_WIDTH 20

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t progress_elapsed(const struct progress *p)
{
	return now() - p->began;
}

static void clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stdout);
	fflush(stdout);
	p->drawn = false;
}

static void take_message(enum message_level level, const char *text, void *arg)
{
	struct progress *p = arg;

	if (p->quiet && level == MESSAGE_NOTE)
		return;
	clear(p);
	message_write(STDERR_FILENO, level, text);
}

void progress_begin(struct progress *p, bool quiet, bool dry_run)
{
	const char *term = getenv("TERM");

	*p = (struct progress){.quiet = quiet, .began = now()};
	/* So that a log has the lines in the order in which things happened. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	p->terminal = !quiet && !dry_run && isatty(STDOUT_FILENO) && term && !str_eq(term, "dumb");
	message_set_sink(take_message, p);
}

void progress_print(struct progress *p, const char *fmt, ...)
{
	_cleanup_buf_ struct buf line = {0}, shown = {0};
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, fmt);
	buf_vprintf(&line, fmt, ap);
	va_end(ap);
	buf_put_visible(&shown, line.v);
	clear(p);
	puts(shown.v);
}

static size_t terminal_width(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;
}

/* "execsnoop.bpf.c", "execsnoop.bpf.c for arm64" */
static char *name_of(const struct step *s)
{
	return s->variant ? xasprintf("%s for %s", s->label, s->variant) : xstrdup(s->label);
}

/* "[12/57] ########------------ compile execsnoop.bpf.c  3.2 s" */
static void draw(struct progress *p, const struct run_event *e, const char *name)
{
	_cleanup_buf_ struct buf line = {0};
	int64_t elapsed = now() - p->began;
	size_t width = terminal_width();

	if (!p->terminal || !e->total)
		return;
	buf_printf(&line, "[%u/%u] ", e->done, e->total);
	if (elapsed > BAR_AFTER_MS) {
		unsigned full = BAR_WIDTH * e->done / e->total;

		for (unsigned i = 0; i < BAR_WIDTH; i++)
			buf_putc(&line, i < full ? '#' : '-');
		buf_putc(&line, ' ');
	}
	buf_printf(&line, "%s ", e->step->kind->name);
	buf_put_visible(&line, name);
	buf_printf(&line, "  %lld.%lld s", (long long)elapsed / 1000,
		   (long long)elapsed % 1000 / 100);
	if (line.n >= width)
		line.n = width - 1;
	/* Not cut inside a character. */
	while (line.n && ((unsigned char)line.v[line.n] & 0xc0) == 0x80)
		line.n--;
	printf("\r\033[K%.*s", (int)line.n, line.v);
	fflush(stdout);
	p->drawn = true;
}

/* A compiler's own words, unmangled. */
static void print_said(struct progress *p, const char *text)
{
	if (!text || !*text)
		return;
	clear(p);
	fputs(text, stderr);
	if (!str_ends(text, "\n"))
		fputc('\n', stderr);
}

static void report_failure(struct progress *p, const struct run_event *e, const char *name)
{
	const char *kind = e->step->kind->name;

	strv_add(&p->failed, name);
	print_said(p, e->text);
	if (e->why)
		message_error(-1, "%s: %s: the command %s", kind, name, e->why);
	if (e->hint)
		message_note("%s: %s: %s", kind, name, e->hint);
}

static void report_done(struct progress *p, const struct run_event *e, const char *name)
{
	const char *how = e->restored ? " (from the store)" : e->shared ? " (shared)" : "";

	p->compiles += !e->restored && !e->shared && str_eq(e->step->kind->name, "compile");
	print_said(p, e->text);
	if (p->terminal)
		draw(p, e, name);
	else
		progress_print(p, "[%u/%u] %s %s%s", e->done, e->total, e->step->kind->name, name,
			       how);
}

void progress_event(const struct run_event *e, void *arg)
{
	struct progress *p = arg;
	const struct step *s = e->step;
	_cleanup_free_ char *name = name_of(s);

	switch (e->type) {
	case RUN_REASON:
		progress_print(p, "%s %s: %s", s->kind->name, name, e->text);
		break;
	case RUN_COMMAND:
		clear(p);
		puts(e->text);
		break;
	case RUN_START:
	case RUN_TICK:
		draw(p, e, name);
		break;
	case RUN_DONE:
		report_done(p, e, name);
		break;
	case RUN_FAILED:
		report_failure(p, e, name);
		break;
	case RUN_NOTE:
		message_note("%s: %s: %s", s->kind->name, name, e->text);
		break;
	case RUN_WOULD_RUN:
		progress_print(p, "would run: %s %s", s->kind->name, name);
		break;
	case RUN_CLEAN:
		break;
	}
}

void progress_end(struct progress *p)
{
	clear(p);
	message_set_sink(NULL, NULL);
	strv_free(&p->failed);
}
