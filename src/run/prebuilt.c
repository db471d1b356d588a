/*
 * Building without tools: results that others made are taken from the store when the project's own
 * files, and what it says of them, are as they were there. What else went into them (headers of the
 * system, compilers, a kernel's types) is not here to be compared.
 */
#include "run/prebuilt.h"

#include <errno.h>
#include <stdio.h>

#include "base/map.h"
#include "base/message.h"
#include "base/path.h"
#include "run/cache.h"

struct prebuilt {
	const struct run_options *o;
	struct map made; /* output -> struct digest of what was taken for it; owned */
};

/* A known result of a step, and what speaks against it. */
struct candidate {
	struct prebuilt *p;
	const struct step *step;
	const char *options; /* as the project says them now */
	bool has_options;
	char *against;
};

static void speak_against(struct candidate *c, const char *name, const char *what)
{
	if (!c->against)
		c->against = xasprintf("%s %s", name, what);
}

static void check_made(struct candidate *c, const char *name, const void *digest)
{
	const struct digest *made = NULL;

	vec_foreach (need, &c->step->needs)
		if (str_eq(path_base((*need)->output), name))
			made = map_get(&c->p->made, (*need)->output);
	if (made && memcmp(made->bytes, digest, PART_DIGEST_SIZE) != 0)
		speak_against(c, name, "is another");
}

/* A file of the project. */
static void check_input(struct candidate *c, const char *name, const void *digest)
{
	struct file *file;

	/* Others are not here, or not as they were there. */
	if (*name == '/')
		return;
	file = files_get(c->p->o->files, name);
	if (!file->exists)
		speak_against(c, name, "is not there");
	else if (files_digest(c->p->o->files, file) < 0 ||
		 memcmp(file->digest.bytes, digest, PART_DIGEST_SIZE) != 0)
		speak_against(c, name, "changed");
}

static void check_part(enum part part, const char *name, const void *digest, void *arg)
{
	struct candidate *c = arg;

	if (part == PART_INPUT || part == PART_BESIDE)
		check_input(c, name, digest);
	if (part == PART_STEP)
		check_made(c, name, digest);
	if (part != PART_OPTIONS)
		return;
	c->has_options = true;
	if (!(c->step->kind->accepts ? c->step->kind->accepts(c->step, name)
				     : str_eq(name, c->options)))
		speak_against(c, "what the project says of it", "changed");
}

/* What is looked for, and what was found: why the latest does not fit, if none does. */
struct hunt {
	struct prebuilt *p;
	const struct step *step;
	char *options, *against;
	bool found;
	struct digest output;
	struct buf said;
};

static void look_at(const struct digest *action, uint64_t time, void *arg)
{
	_cleanup_buf_ struct buf value = {0};
	struct hunt *s = arg;
	struct candidate c = {.p = s->p, .step = s->step, .options = s->options};
	struct action_value v;

	(void)time;
	if (s->found || cache_read(s->p->o->cache->store, action, &value, &v) < 0)
		return;
	if (v.result.exit_code == 0 && v.result.outputs.n == 1) {
		record_each_part(v.parts, check_part, &c);
		if (!c.has_options)
			speak_against(&c, "it", "is of another kind");
		if (!c.against) {
			s->found = true;
			s->output = v.result.outputs.v[0].digest.hash;
			buf_add(&s->said, v.result.said ? v.result.said : "", v.result.said_size);
		} else if (!s->against) {
			s->against = steal(&c.against);
		}
	}
	free(c.against);
	reapi_result_free(&v.result);
}

static int place(const struct step *s, struct store *store, const struct digest *blob)
{
	_cleanup_free_ char *temp = NULL;
	int err = file_make_parent(s->output);

	if (err < 0)
		return message_error(err, "output: %s: %s", s->output, strerror(-err));
	temp = file_temp_name(s->output);
	err = store_get_file(store, blob, temp);
	if (err == -ENOENT || err == -EBADMSG)
		return message_error(err, "prebuilt: %s: it is known, and no longer in the store",
				     s->output);
	if (err == 0 && rename(temp, s->output) < 0) {
		err = message_error(-errno, "output: %s: %s", s->output, strerror(errno));
		unlink(temp);
	}
	return err;
}

/* 1: its output is in place; 0: it is not known, after a message; negative errno after one. */
static int take_found(struct prebuilt *p, struct step *s, const struct hunt *search)
{
	struct run_event e = {.type = RUN_DONE, .step = s, .restored = true};
	struct digest *made = xmalloc(sizeof(*made));
	int err;

	*made = search->output;
	map_put(&p->made, s->output, made);
	err = place(s, p->o->cache->store, made);
	if (err < 0)
		return err;
	e.text = search->said.v ? search->said.v : "";
	p->o->on_event(&e, p->o->arg);
	return 1;
}

static int take(struct prebuilt *p, struct step *s)
{
	_cleanup_free_ char *name = cache_step_name(s);
	struct hunt search = {.p = p, .step = s, .options = s->kind->options(s)};
	int result = 0;

	store_each_hint(p->o->cache->store, name, look_at, &search);
	if (search.found)
		result = take_found(p, s, &search);
	else
		message_error(-ENOENT, "prebuilt: %s: %s", s->output,
			      search.against ? search.against : "the store knows nothing of it");
	free(search.options);
	free(search.against);
	buf_free(&search.said);
	return result;
}

static bool needs_failed(const struct step *s)
{
	vec_foreach (n, &s->needs)
		if ((*n)->status == STEP_FAILED || (*n)->status == STEP_CANCELLED)
			return true;
	return false;
}

int run_prebuilt(struct graph *g, const struct run_options *o, struct run_result *ret)
{
	struct prebuilt p = {.o = o};
	int taken = 0;

	*ret = (struct run_result){0};
	vec_foreach (step, &g->steps) {
		struct step *s = *step;

		if (!s->wanted || !s->kind->options || taken < 0)
			continue;
		if (needs_failed(s)) {
			s->status = STEP_CANCELLED;
			ret->blocked++;
			continue;
		}
		taken = take(&p, s);
		s->status = taken > 0 ? STEP_DONE : STEP_FAILED;
		ret->ran += taken > 0;
		ret->restored += taken > 0;
		ret->failed += taken == 0;
	}
	for (size_t i = 0; i < p.made.n; i++)
		free(p.made.entries[i].value);
	map_free(&p.made);
	return taken < 0 ? taken : 0;
}
