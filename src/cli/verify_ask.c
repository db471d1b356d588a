#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"
#include "cli/verify_parts.h"
#include "run/run.h"

/* Troubles of a kernel that are shown. */
#define MAX_TOLD 3

/* The deadline of a program in a machine, which may be emulated: for one that the verifier gives up
 * after a million instructions, 60 are too few. */
#define MACHINE_SECONDS 240

/* One kernel and what it is asked. */
struct inquiry {
	const struct kernel *kernel;
	size_t nth;	     /* in the matrix */
	struct load_job job; /* what the store does not know; its objects are borrowed */
	struct vm_options vm;
	char *agent;
	struct worker *worker; /* while it runs */
	bool has_begun;	       /* it answers */
	bool is_over;
	VEC(verdict_list) answers; /* by object of the job */
	struct strv troubles;
	size_t n_objects, n_rejected; /* that were begun; of programs */
	size_t n_stored;
};

struct asking {
	const struct ask_options *options;
	subject_list *subjects;
	struct rows *rows;
	VEC(struct inquiry) inquiries;
	bool on_terminal, is_drawn;
};

static void clear_line(struct asking *a)
{
	if (a->is_drawn)
		fputs("\r\033[K", stderr);
	a->is_drawn = false;
}

/* "6.12: 12 of 58 objects, 3 rejected · 6.1: booting" */
static void draw(struct asking *a)
{
	_cleanup_buf_ struct buf line = {0};

	if (!a->on_terminal)
		return;
	vec_foreach (i, &a->inquiries) {
		if (!i->worker)
			continue;
		buf_printf(&line, "%s%s: ", line.n ? "  " : "", i->kernel->name);
		if (!i->has_begun)
			buf_puts(&line, "starting");
		else
			buf_printf(&line, "%zu of %zu", i->n_objects, i->job.objects.n);
		if (i->n_rejected)
			buf_printf(&line, ", %zu rejected", i->n_rejected);
	}
	if (!line.n)
		return;
	fprintf(stderr, "\r\033[K%.100s", line.v);
	fflush(stderr);
	a->is_drawn = true;
}

static bool number_of(const char *name, size_t max, size_t *ret)
{
	unsigned long n;

	if (!str_to_ulong(name, max, &n) || n == max)
		return false;
	*ret = n;
	return true;
}

/* Takes what the store knows; the rest goes into the job. */
static void recall(struct asking *a, struct inquiry *i)
{
	const struct ask_options *o = a->options;

	for (size_t n = 0; n < a->subjects->n; n++) {
		const struct subject *s = &a->subjects->v[n];
		verdict_list known = {0};
		struct digest key;

		if (!subject_is_for(s, i->nth, i->kernel->arch))
			continue;
		vec_push(&i->job.objects, s->object);
		key = recall_key(&i->job, i->job.objects.n - 1, i->kernel);
		if (!o->store || o->refresh || recall_get(o->store, &key, &known) < 0) {
			vec_push(&i->answers, ((verdict_list){0}));
			continue;
		}
		i->job.objects.n--;
		i->n_stored++;
		vec_foreach (v, &known)
			rows_put(a->rows, i->nth, n, v, true);
		vec_free(&known);
	}
}

static struct verdict copy_of(const struct verdict *v)
{
	_cleanup_buf_ struct buf bytes = {0};
	struct verdict copy;

	verdict_put(v, &bytes);
	return verdict_get(bytes.v, bytes.n, &copy) == 0 ? copy : (struct verdict){0};
}

static void take_verdict(struct asking *a, struct inquiry *i, struct verdict *v)
{
	size_t subject;

	if (!number_of(v->object, a->subjects->n, &subject)) {
		verdict_free(v);
		return;
	}
	i->n_rejected += v->kind != VERDICT_ACCEPTED;
	for (size_t n = 0; n < i->job.objects.n; n++)
		if (str_eq(i->job.objects.v[n].name, v->object))
			vec_push(&i->answers.v[n], copy_of(v));
	rows_put(a->rows, i->nth, subject, v, false);
}

static void keep(struct asking *a, struct inquiry *i)
{
	for (size_t n = 0; n < i->job.objects.n && a->options->store; n++) {
		struct digest key = recall_key(&i->job, n, i->kernel);

		if (i->answers.v[n].n)
			recall_put(a->options->store, &key, &i->answers.v[n]);
	}
}

/*
 * What a kernel had trouble with, once it is known what came of it: the reason why it cannot be
 * asked, or what it was asked without, such as modules that it does not load.
 */
static void tell(struct asking *a, const struct inquiry *i, bool is_lost)
{
	size_t n = i->troubles.n < MAX_TOLD ? i->troubles.n : MAX_TOLD;

	clear_line(a);
	for (size_t t = 0; t < n; t++)
		if (is_lost)
			message_error(-EIO, "verify: %s: %s", i->kernel->name, i->troubles.v[t]);
		else
			message_warning("verify: %s: %s", i->kernel->name, i->troubles.v[t]);
	if (i->troubles.n > n)
		message_warning("verify: %s: %zu more like that", i->kernel->name,
				i->troubles.n - n);
}

/* why: what kept it from being asked everything, or NULL. */
static void end_inquiry(struct asking *a, struct inquiry *i, const char *why)
{
	if (!why)
		keep(a, i);
	else
		a->rows->matrix->kernels.v[i->nth].trouble = xstrdup(why);
	worker_free(i->worker);
	i->worker = NULL;
	i->is_over = true;
}

/* how: it ended before everything was answered, or NULL. */
static void finish(struct asking *a, struct inquiry *i, const char *how)
{
	_cleanup_buf_ struct buf all = {0};

	if (how && !i->troubles.n)
		strv_add(&i->troubles, how);
	tell(a, i, how != NULL);
	for (size_t n = 0; n < i->troubles.n; n++)
		buf_printf(&all, "%s%s", n ? "; " : "", i->troubles.v[n]);
	end_inquiry(a, i, how ? all.v : NULL);
}

static void take_news(struct asking *a, struct inquiry *i)
{
	struct worker_news news;

	do {
		worker_next(i->worker, &news);
		switch (news.event) {
		case WORKER_NOTHING:
			break;
		case WORKER_BEGUN:
			i->has_begun = true;
			break;
		case WORKER_OBJECT:
			i->n_objects++;
			break;
		case WORKER_VERDICT:
			take_verdict(a, i, &news.verdict);
			break;
		case WORKER_TROUBLE:
			strv_add(&i->troubles, news.text);
			break;
		case WORKER_DONE:
			finish(a, i, NULL);
			return;
		case WORKER_LOST:
			finish(a, i, news.text);
			return;
		}
	} while (news.event != WORKER_NOTHING);
}

/* What keeps a kernel from being asked at all has been said where it was found. */
static void start(struct asking *a, struct inquiry *i)
{
	if (i->kernel->is_running && load_check_rights() < 0) {
		end_inquiry(a, i, "this process may not load programs");
		return;
	}
	if (!i->kernel->is_running) {
		i->agent = vm_find_agent(i->kernel->arch);
		i->vm.agent = i->agent;
		i->vm.emulate = a->options->emulate;
		if (!i->agent) {
			end_inquiry(a, i, "there is no agent for it");
			return;
		}
	}
	if (worker_start(i->kernel, &i->job, &i->vm, &i->worker) < 0)
		end_inquiry(a, i, "it could not be asked");
}

/* As many at a time as may be; false when nothing is left. */
static bool start_more(struct asking *a)
{
	unsigned running = 0;

	vec_foreach (i, &a->inquiries)
		running += i->worker != NULL;
	vec_foreach (i, &a->inquiries) {
		if (i->is_over || i->worker || running >= a->options->jobs)
			continue;
		start(a, i);
		running += i->worker != NULL;
	}
	return running > 0;
}

static void wait_for_news(struct asking *a, int signal_fd)
{
	VEC(struct pollfd) fds = {0};

	vec_push(&fds, ((struct pollfd){signal_fd, POLLIN, 0}));
	vec_foreach (i, &a->inquiries)
		if (i->worker)
			vec_push(&fds, ((struct pollfd){worker_fd(i->worker), POLLIN, 0}));
	poll(fds.v, fds.n, -1);
	vec_free(&fds);
}

static int ask_all(struct asking *a, int signal_fd)
{
	while (start_more(a)) {
		struct signalfd_siginfo info;

		draw(a);
		wait_for_news(a, signal_fd);
		if (read(signal_fd, &info, sizeof(info)) == sizeof(info)) {
			clear_line(a);
			message_error(-EINTR, "stopped by %s", strsignal((int)info.ssi_signo));
			return (int)info.ssi_signo;
		}
		vec_foreach (i, &a->inquiries)
			if (i->worker)
				take_news(a, i);
	}
	clear_line(a);
	return 0;
}

static void begin(struct asking *a, const kernel_list *kernels)
{
	vec_reserve(&a->inquiries, kernels->n);
	for (size_t k = 0; k < kernels->n; k++) {
		struct inquiry *i;

		vec_push(&a->inquiries, ((struct inquiry){.kernel = &kernels->v[k], .nth = k}));
		i = &a->inquiries.v[k];
		i->job = a->options->way;
		/* What a program does in a machine of its own is gone with it. */
		i->job.allow_run |= !i->kernel->is_running;
		if (!i->job.seconds && !i->kernel->is_running)
			i->job.seconds = MACHINE_SECONDS;
		recall(a, i);
		i->is_over = i->job.objects.n == 0;
	}
}

static void end(struct asking *a)
{
	vec_foreach (i, &a->inquiries) {
		worker_free(i->worker);
		vec_foreach (l, &i->answers)
			verdicts_free(l);
		vec_free(&i->answers);
		vec_free(&i->job.objects);
		strv_free(&i->troubles);
		free(i->agent);
	}
	vec_free(&a->inquiries);
}

int ask_kernels(const kernel_list *kernels, subject_list *subjects, const struct ask_options *o,
		struct rows *rows)
{
	struct asking a = {
		.options = o,
		.subjects = subjects,
		.rows = rows,
		.on_terminal = !o->quiet && isatty(STDERR_FILENO),
	};
	sigset_t watched, before;
	int signal_fd, stopped;

	run_stopping_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, &before);
	signal_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return message_error(-errno, "verify: signals: %s", strerror(errno));
	begin(&a, kernels);
	stopped = ask_all(&a, signal_fd);
	end(&a);
	close(signal_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return stopped;
}
