#include "cli/reproducible.h"

#include <errno.h>

#include "base/map.h"
#include "base/message.h"
#include "base/path.h"

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
static int collect_inputs(const struct plan *p, const struct rebuild_options *o, struct strv *ret)
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

static int build_copy(const struct rebuild *r, const struct round *round, const char *copy,
		      const char *output_dir, const struct rebuild_options *o)
{
	_cleanup_strv_ struct strv arguments = {0}, env = {0};
	_cleanup_buf_ struct buf filler = {0};
	const char *path = getenv("PATH");
	int status;

	for (const char *const *p = (const char *const[]){"-q", "-C", copy, "-o", output_dir, NULL};
	     *p; p++)
		strv_add(&arguments, *p);
	strv_add_all(&arguments, &o->arguments);
	if (path)
		strv_addf(&env, "PATH=%s", path);
	while (filler.n < round->env_size)
		buf_putc(&filler, 'x');
	strv_addf(&env, "SKEP_FILLER=%s", filler.v);
	strv_take(&env, NULL);
	status = rebuild_run(r, &arguments, env.v);
	if (status > 0)
		return message_error(-EIO, "check-reproducible: the build in %s failed", copy);
	return status;
}

static int compare(const struct step *s, const char *mine_dir, const char *copy,
		   const char *output_dir)
{
	_cleanup_free_ char *dir = path_join(copy, output_dir);
	_cleanup_free_ char *other = path_join(dir, path_relative(s->output, mine_dir));
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

static int check_round(const struct round *round, const struct rebuild *r,
		       const struct strv *inputs, const struct plan *p,
		       const struct rebuild_options *o, unsigned *ret_same)
{
	/* The generated vmlinux.h lies in the output directory: keep its relative name. */
	const char *output_dir = path_below(o->output_dir, ".") ? o->output_dir : "build";
	struct buf b = {0};
	int err, different = 0;

	buf_printf(&b, "%s/%s", r->temp, round->folder);
	for (size_t i = 0, n = count_parents(inputs); i < n; i++)
		buf_printf(&b, "/level%zu", i);
	_cleanup_free_ char *copy = buf_steal(&b);

	err = file_make_dirs(copy);
	err = err < 0 ? err : copy_inputs(inputs, copy);
	err = err < 0 ? err : build_copy(r, round, copy, output_dir, o);
	if (err < 0)
		return err;
	vec_foreach (t, &p->targets) {
		if (!t->object->wanted)
			continue;
		err = compare(t->object, o->output_dir, copy, output_dir);
		if (err == 0 && t->skeleton)
			err = compare(t->skeleton, o->output_dir, copy, output_dir);
		different += err < 0;
		*ret_same += err == 0;
	}
	return different ? -EILSEQ : 0;
}

int reproducible_check(const struct plan *p, const struct rebuild_options *o)
{
	_cleanup_strv_ struct strv inputs = {0};
	struct rebuild r;
	unsigned same = 0;
	int err = collect_inputs(p, o, &inputs);

	err = err < 0 ? err : rebuild_begin("check-reproducible", &r);
	if (err < 0)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(rounds) && err == 0; i++)
		err = check_round(&rounds[i], &r, &inputs, p, o, &same);
	if (err == 0)
		progress_print(o->progress,
			       "reproducible: %zu more builds of %zu object%s gave the same bytes",
			       ARRAY_SIZE(rounds), same / ARRAY_SIZE(rounds),
			       same == ARRAY_SIZE(rounds) ? "" : "s");
	/* What differs is left for a look at it. */
	return rebuild_end(&r, err, err == -EILSEQ);
}
