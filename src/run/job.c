#include "run/job.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/message.h"
#include "base/path.h"
#include "run/action.h"
#include "run/cache.h"

int64_t job_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct job *job_new(struct step *s)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->step = s;
	j->child.fd = -1;
	return j;
}

/* Fails early and clearly where renaming into place would fail late. */
static int check_output_place(const char *output)
{
	struct stat st;
	int err;

	if (stat(output, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return message_error(-EISDIR,
					     "output: %s: is a directory; move it away or build "
					     "elsewhere with -o",
					     output);
		return 0;
	}
	err = file_make_parent(output);
	if (err < 0)
		return message_error(err, "output: %s: cannot make its directory: %s", output,
				     strerror(-err));
	return 0;
}

static bool is_clean(const struct job *j, const struct run_options *o, const struct record *r)
{
	struct file *output = files_get(o->files, j->step->output);

	return r->exists && !j->work.never_keep && digest_eq(&r->identity, &j->identity.digest) &&
	       output->exists && files_digest(o->files, output) == 0 &&
	       digest_eq(&r->output, &output->digest);
}

/* Why it is not. */
static char *explain(const struct job *j, const struct run_options *o, const struct record *r)
{
	struct file *output = files_get(o->files, j->step->output);

	if (r->exists && j->work.never_keep)
		return xstrdup(j->work.never_keep);
	if (!r->exists || !digest_eq(&r->identity, &j->identity.digest))
		return record_explain(r, &j->identity);
	if (!output->exists)
		return xasprintf("%s is missing", output->path);
	return xasprintf("%s was changed by something else", output->path);
}

int job_check(struct job *j, const struct run_options *o, char **ret_reason)
{
	struct step *s = j->step;
	struct record r;
	int err;

	strv_free(&s->extra);
	identity_free(&j->identity);
	r = record_read(o->state, s->output, &s->extra);
	j->is_new = !r.exists;
	err = s->kind->prepare(s, &j->work);
	err = err < 0 ? err : identity_of(o->files, s, &j->work, &j->identity);
	if (err < 0)
		return err;
	if (is_clean(j, o, &r))
		return JOB_CLEAN;
	identity_list_parts(s, &j->work, &j->identity);
	if (o->want_reasons)
		*ret_reason = explain(j, o, &r);
	return JOB_DIRTY;
}

/* The name behind a placeholder: temporary ones while running, final ones for people. */
static const char *resolve_arg(const struct job *j, const char *arg, bool for_people)
{
	if (str_eq(arg, WORK_OUTPUT))
		return for_people ? j->step->output : j->temp;
	if (str_starts(arg, WORK_SCRATCH)) {
		int i = arg[strlen(WORK_SCRATCH)] - '0';

		return j->work.scratch[i] ? j->work.scratch[i] : "TEMPORARY";
	}
	if (*arg == *WORK_UNHASHED)
		return arg + 1;
	return arg;
}

void job_print_command(const struct job *j, const struct command *c, struct buf *ret)
{
	for (size_t i = 0; i < c->argv.n; i++) {
		if (i)
			buf_putc(ret, ' ');
		buf_put_shell(ret, resolve_arg(j, c->argv.v[i], true));
	}
}

/* Names temporary files. */
static int name_files(struct job *j)
{
	int err = check_output_place(j->step->output);

	if (err < 0)
		return err;
	j->began = job_clock();
	j->temp = file_temp_name(j->step->output);
	for (size_t i = 0; i < WORK_MAX_SCRATCH; i++)
		j->work.scratch[i] = file_temp_name(j->step->output);
	return 0;
}

static int begin(struct job *j)
{
	int err = j->temp ? 0 : name_files(j);

	j->has_begun = true;
	if (err == 0 && j->step->kind->begin)
		err = j->step->kind->begin(j->step, &j->work);
	return err;
}

int job_start_command(struct job *j)
{
	const struct command *c;
	VEC(char *) argv = {0}, env = {0};
	int err;

	if (j->next_command == 0) {
		err = begin(j);
		if (err < 0)
			return err;
	}
	if (j->next_command == j->work.commands.n)
		return 0;
	c = &j->work.commands.v[j->next_command++];
	/* A builtin's argv begins with "skep step"; the function wants what follows. */
	for (size_t i = c->builtin ? 2 : 0; i < c->argv.n; i++)
		vec_push(&argv, (char *)resolve_arg(j, c->argv.v[i], false));
	vec_push(&argv, NULL);
	for (size_t i = 0; j->work.env && i < j->work.env->n; i++)
		vec_push(&env, j->work.env->v[i]);
	vec_push(&env, NULL);
	err = child_start(&j->child, argv.v, env.v, c->builtin);
	if (err < 0)
		message_error(err, "start: %s: %s", argv.v[0], strerror(-err));
	vec_free(&argv);
	vec_free(&env);
	return err < 0 ? err : 1;
}

/*
 * The first input that is not what it was when the step began. What was done before with the same
 * inputs read none of these: that it belongs to its identity is true whatever becomes of them.
 */
static const struct file *find_changed(const struct job *j, struct files *files)
{
	const struct work *w = &j->work;

	if (j->origin != JOB_RAN)
		return NULL;
	vec_foreach (f, &w->inputs)
		if (files_changed(files, *f))
			return *f;
	vec_foreach (f, &w->beside)
		if (files_changed(files, *f))
			return *f;
	vec_foreach (f, &w->absent)
		if (files_changed(files, *f))
			return *f;
	return NULL;
}

int job_finish(struct job *j, const struct run_options *o, char **ret_note)
{
	struct step *s = j->step;
	const struct file *changed;
	struct file *output;
	bool keep = true;
	int err;

	*ret_note = NULL;
	err = s->kind->complete && j->origin == JOB_RAN ? s->kind->complete(s, &j->work) : 0;
	if (err < 0)
		return err;
	changed = find_changed(j, o->files);
	if (changed) {
		*ret_note = xasprintf("%s changed while it was being used; the next build will "
				      "do this step again",
				      changed->path);
		keep = false;
	} else if (j->work.never_keep) {
		keep = false;
	}
	if (rename(j->temp, s->output) < 0) {
		err = errno == ENOENT && !file_exists(j->temp) ? -EIO : -errno;
		return message_error(err, "output: %s: %s", s->output,
				     err == -EIO ? "the command made nothing" : strerror(-err));
	}
	free(steal(&j->temp));
	output = files_get(o->files, s->output);
	files_refresh(o->files, output);
	if (j->origin != JOB_RAN)
		files_note(output, &j->output.hash, j->output.size);
	err = files_digest(o->files, output);
	if (err < 0)
		return err;
	j->output = (struct reapi_digest){output->digest, output->stamp.size};
	j->kept = keep;
	record_write(o->state, s, &j->identity, keep, &output->digest,
		     (uint64_t)(job_clock() - j->began));
	if (o->cache && o->cache->store && keep && j->origin == JOB_RAN)
		cache_keep(j, o, output);
	return 0;
}

/* Removes temporaries and forgets all that the step was prepared with. */
static void clear(struct job *j)
{
	if (j->temp)
		unlink(j->temp);
	free(steal(&j->temp));
	for (size_t i = 0; i < WORK_MAX_SCRATCH; i++)
		if (j->has_begun && j->work.scratch[i])
			unlink(j->work.scratch[i]);
	j->has_begun = false;
	work_free(&j->work);
	identity_free(&j->identity);
	child_release(&j->child);
}

int job_name(struct job *j, const struct run_options *o)
{
	int err = name_files(j);

	if (err == 0 && o->cache)
		j->action = action_digest(j->step, &j->work, o->cache);
	return err;
}

enum cache_answer job_restore(struct job *j, const struct run_options *o)
{
	enum cache_answer answer = cache_fetch(j, o, &j->child.said, &j->output);

	if (answer == CACHE_HIT)
		j->origin = JOB_FROM_STORE;
	return answer;
}

bool job_copy(struct job *j, const char *path, const struct digest *digest)
{
	_cleanup_content_ struct file_content content = {0};
	struct digest found;

	if (file_load(path, &content) < 0)
		return false;
	found = digest_of(content.data, content.size);
	if (!digest_eq(&found, digest) || file_write(j->temp, content.data, content.size) < 0)
		return false;
	j->origin = JOB_FROM_TWIN;
	j->output = (struct reapi_digest){found, content.size};
	return true;
}

bool job_reconsider(struct job *j, const struct run_options *o, bool failed)
{
	const struct step_kind *kind = j->step->kind;
	const char *said = j->child.said.v ? j->child.said.v : "";

	if (!kind->reconsider || !kind->reconsider(j->step, &j->work, said, failed))
		return false;
	if (o->cache && o->cache->store)
		cache_keep_useless(j, o);
	clear(j);
	j->next_command = 0;
	return true;
}

void job_release(struct job *j)
{
	clear(j);
	free(j);
}
