#include "cli/reproducible.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>

#include "base/map.h"
#include "base/message.h"
#include "base/path.h"
#include "run/child.h"

/* Folders of different depth and length, and environments of different size. */
static const struct round {
	const char *folder;
	size_t env_size;
} rounds[] = {
	{"a", 1},
	{"another place/with-a-longer-name", 4000},
};

/* How many levels above the project its inputs reach ("../../lib/x.h": 2). */
static size_t count_parents(const struct strv *inputs)
{
	size_t most = 0;

	for (size_t i = 0; i < inputs->n; i++) {
		size_t n = 0;

		for (const char *p = inputs->v[i]; str_starts(p, "../"); p += 3)
			n++;
		most = n > most ? n : most;
	}
	return most;
}

/* Every relative input that no step makes. Absolute ones are used where they are. */
static int collect_inputs(const struct plan *p, const struct reproducible_options *o,
			  struct strv *ret)
{
	struct map made = {0}, seen = {0};
	int err = 0;

	vec_foreach (s, &p->graph.steps)
		map_put(&made, (*s)->output, *s);
	vec_foreach (s, &p->graph.steps) {
		struct work w = {0};

		err = err < 0 ? err : (*s)->kind->prepare(*s, &w);
		if (w.never_keep && (*s)->wanted)
			message_warning("check-reproducible: %s: %s; at another time it may come "
					"out differently",
					(*s)->label, w.never_keep);
		vec_foreach (f, &w.inputs) {
			if (*(*f)->path == '/' || map_get(&made, (*f)->path) ||
			    map_get(&seen, (*f)->path))
				continue;
			map_put(&seen, (*f)->path, *f);
			strv_add(ret, (*f)->path);
		}
		work_free(&w);
	}
	if (o->manifest && *o->manifest != '/')
		strv_add(ret, o->manifest);
	map_free(&made);
	map_free(&seen);
	return err;
}

static int copy_inputs(const struct strv *inputs, const char *to)
{
	for (size_t i = 0; i < inputs->n; i++) {
		_cleanup_free_ char *copy = path_join(to, inputs->v[i]);
		_cleanup_content_ struct file_content content = {0};
		int err = file_load(inputs->v[i], &content);

		err = err < 0 ? err : file_make_parent(copy);
		err = err < 0 ? err : file_write(copy, content.data, content.size);
		if (err < 0)
			return message_error(err, "check-reproducible: copying %s to %s: %s",
					     inputs->v[i], copy, strerror(-err));
	}
	return 0;
}

/* Whether a signal that ends a build has come; they are blocked while there are copies to remove.
 */
static bool is_stopped(void)
{
	sigset_t watched, pending, both;

	run_stopping_signals(&watched);
	sigpending(&pending);
	sigandset(&both, &watched, &pending);
	return !sigisemptyset(&both);
}

/* Waits for the child's end; a signal for us is handed on to it, and stays pending. */
static int wait_for_end(struct child *c, int *ret_status)
{
	sigset_t watched;
	int err = 0;

	run_stopping_signals(&watched);
	_cleanup_close_ int signal_fd = signalfd(-1, &watched, SFD_CLOEXEC);
	struct pollfd fds[] = {{.fd = c->fd, .events = POLLIN}, {signal_fd, POLLIN, 0}};

	if (signal_fd < 0)
		err = -errno;
	while (!child_reap(c, false, ret_status)) {
		/* With its pipe closed it ends in a moment. */
		fds[0].fd = c->fd;
		poll(fds, ARRAY_SIZE(fds), c->fd < 0 ? 5 : -1);
		child_read(c);
		if (fds[1].revents) {
			child_signal(c, SIGTERM);
			fds[1].fd = -1;
		}
	}
	return err;
}

static int build_copy(const struct round *round, const char *copy, const char *output_dir,
		      const struct reproducible_options *o)
{
	_cleanup_strv_ struct strv argv = {0}, env = {0};
	_cleanup_(child_release) struct child child = {.fd = -1};
	_cleanup_buf_ struct buf filler = {0};
	const char *path = getenv("PATH");
	int status, err;

	strv_add(&argv, "/proc/self/exe");
	for (const char *const *p =
		     (const char *const[]){"build", "-q", "-C", copy, "-o", output_dir, NULL};
	     *p; p++)
		strv_add(&argv, *p);
	strv_add_all(&argv, &o->arguments);
	strv_take(&argv, NULL);
	if (path)
		strv_addf(&env, "PATH=%s", path);
	while (filler.n < round->env_size)
		buf_putc(&filler, 'x');
	strv_addf(&env, "SKEP_FILLER=%s", filler.v);
	strv_take(&env, NULL);
	err = child_start(&child, argv.v, env.v, NULL);
	err = err < 0 ? err : wait_for_end(&child, &status);
	if (err < 0)
		return message_error(err, "check-reproducible: %s", strerror(-err));
	if (is_stopped())
		return -EINTR;
	if (status != 0) {
		fputs(child.said.v ? child.said.v : "", stderr);
		return message_error(-EIO, "check-reproducible: the build in %s failed", copy);
	}
	return 0;
}

static int compare(const struct step *s, const char *copy, const char *output_dir)
{
	_cleanup_free_ char *dir = path_join(copy, output_dir);
	_cleanup_free_ char *other = path_join(dir, path_base(s->output));
	_cleanup_content_ struct file_content mine = {0}, theirs = {0};
	int err = file_load(s->output, &mine);

	err = err < 0 ? err : file_load(other, &theirs);
	if (err < 0)
		return message_error(err, "check-reproducible: %s and %s: %s", s->output, other,
				     strerror(-err));
	if (mine.size != theirs.size || memcmp(mine.data, theirs.data, mine.size) != 0)
		return message_error(-EILSEQ,
				     "check-reproducible: %s: another build of it is not the same; "
				     "compare it with %s",
				     s->output, other);
	return 0;
}

static int check_round(const struct round *round, const char *temp, const struct strv *inputs,
		       const struct plan *p, const struct reproducible_options *o,
		       unsigned *ret_same)
{
	/* The generated vmlinux.h lies in the output directory: keep its relative name. */
	const char *output_dir = path_below(o->output_dir, ".") ? o->output_dir : "build";
	struct buf b = {0};
	int err, different = 0;

	buf_printf(&b, "%s/%s", temp, round->folder);
	for (size_t i = 0, n = count_parents(inputs); i < n; i++)
		buf_printf(&b, "/level%zu", i);
	_cleanup_free_ char *copy = buf_steal(&b);

	err = file_make_dirs(copy);
	err = err < 0 ? err : copy_inputs(inputs, copy);
	err = err < 0 ? err : build_copy(round, copy, output_dir, o);
	if (err < 0)
		return err;
	vec_foreach (t, &p->targets) {
		if (!t->object->wanted)
			continue;
		err = compare(t->object, copy, output_dir);
		if (err == 0 && t->skeleton)
			err = compare(t->skeleton, copy, output_dir);
		different += err < 0;
		*ret_same += err == 0;
	}
	return different ? -EILSEQ : 0;
}

static int check_in(const char *temp, const struct strv *inputs, const struct plan *p,
		    const struct reproducible_options *o)
{
	const struct timespec now = {0};
	sigset_t watched, before;
	unsigned same = 0;
	int err = 0, sig;

	run_stopping_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, &before);
	for (size_t i = 0; i < ARRAY_SIZE(rounds) && err == 0; i++)
		err = check_round(&rounds[i], temp, inputs, p, o, &same);
	if (err == 0)
		progress_print(o->progress,
			       "reproducible: %zu more builds of %zu object%s gave the same bytes",
			       ARRAY_SIZE(rounds), same / ARRAY_SIZE(rounds),
			       same == ARRAY_SIZE(rounds) ? "" : "s");
	/* What differs is left for a look at it. */
	if (err != -EILSEQ)
		file_remove_tree(temp);
	sig = sigtimedwait(&watched, NULL, &now);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (sig <= 0)
		return err;
	message_error(-EINTR, "stopped by %s", strsignal(sig));
	return sig;
}

int reproducible_check(const struct plan *p, const struct reproducible_options *o)
{
	const char *tmp = getenv("TMPDIR");
	_cleanup_free_ char *temp = xasprintf("%s/skep-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	_cleanup_strv_ struct strv inputs = {0};
	int err = collect_inputs(p, o, &inputs);

	if (err < 0)
		return err;
	if (!mkdtemp(temp))
		return message_error(-errno, "check-reproducible: %s: %s", temp, strerror(errno));
	return check_in(temp, &inputs, p, o);
}
