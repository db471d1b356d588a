#include "cli/check_again.h"

#include <errno.h>
#include <unistd.h>

#include "base/message.h"
#include "cli/cli.h"

/* How it goes on. */
struct check {
	const struct check_again *kind;
	const struct rebuild_options *options;
	struct rebuild rebuild;
	unsigned same, different; /* of objects, of all files */
};

static void free_both(struct both *b)
{
	free(b->other);
	file_content_free(&b->contents[0]);
	file_content_free(&b->contents[1]);
}

static int load_both(const struct check *c, const struct step *s, struct both *ret)
{
	int err;

	ret->mine = s->output;
	ret->other = rebuild_path(&c->rebuild, s->output, c->options->output_dir);
	err = file_load(ret->mine, &ret->contents[0]);
	err = err < 0 ? err : file_load(ret->other, &ret->contents[1]);
	if (err < 0)
		return message_error(err, "%s: %s and %s: %s", c->kind->option, ret->mine,
				     ret->other, strerror(-err));
	return 0;
}

/* Compares what a step made. Negative errno, after a message, when that was not possible. */
static int compare_step(struct check *c, const struct step *s, bool is_object)
{
	_cleanup_(free_both) struct both b = {0};
	int err;

	if (!s || !s->wanted)
		return 0;
	if (rebuild_is_stopped())
		return -EINTR;
	err = load_both(c, s, &b);
	err = err < 0 ? err : (is_object ? c->kind->object : c->kind->skeleton)(&b);
	c->different += err == -EILSEQ;
	c->same += err == 0 && is_object;
	return err == -EILSEQ ? 0 : err;
}

static int compare_all(struct check *c, const struct plan *p)
{
	int err = 0;

	vec_foreach (s, &p->compiles) {
		/* Bitcode is compared as what is made of it. */
		if (err == 0 && !step_compile_of(*s)->way->bitcode)
			err = compare_step(c, *s, true);
	}
	vec_foreach (t, &p->targets) {
		/* That of one unit, unless it is linked all the same, was among the compiles. */
		if (err == 0 &&
		    (t->target->sources.n > 1 || str_eq(t->target->compile.link, "lto")))
			err = compare_step(c, t->object, true);
		err = err < 0 ? err : compare_step(c, t->skeleton, false);
	}
	return err;
}

static int build(const struct check *c)
{
	_cleanup_strv_ struct strv arguments = {0};
	int status;

	strv_add(&arguments, "-q");
	strv_add(&arguments, c->kind->flag);
	strv_add(&arguments, "-o");
	strv_add(&arguments, c->rebuild.temp);
	strv_add_all(&arguments, &c->options->arguments);
	status = rebuild_run(&c->rebuild, &arguments, environ);
	if (status == CLI_FAILED)
		return message_error(-ECANCELED, "%s: what was built cannot be built %s",
				     c->kind->option, c->kind->other);
	if (status > 0)
		return message_error(-EIO, "%s: the build in %s failed", c->kind->option,
				     c->rebuild.temp);
	return status;
}

static int check(struct check *c, const struct plan *p)
{
	int err = build(c);

	err = err < 0 ? err : compare_all(c, p);
	if (err < 0)
		return err;
	if (c->different)
		return message_error(
			-EILSEQ, "%s: %u file%s from what is made %s; that is left in %s",
			c->kind->option, c->different, c->different == 1 ? " differs" : "s differ",
			c->kind->other, c->rebuild.temp);
	progress_print(c->options->progress, "%s: %u object%s the same %s", c->kind->what, c->same,
		       c->same == 1 ? " is" : "s are", c->kind->other);
	return 0;
}

int check_again(const struct plan *p, const struct check_again *kind,
		const struct rebuild_options *o)
{
	struct check c = {.kind = kind, .options = o};
	int err = rebuild_begin(kind->option, &c.rebuild);

	if (err < 0)
		return err;
	err = check(&c, p);
	/* What differs is left for a look at it. */
	return rebuild_end(&c.rebuild, err, err == -EILSEQ);
}
