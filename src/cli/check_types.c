#include "cli/check_types.h"

#include <errno.h>
#include <unistd.h>

#include "base/child.h"
#include "base/message.h"
#include "base/path.h"
#include "btf/compare.h"
#include "cli/cli.h"
#include "cli/rebuild.h"

#define OPTION "check-types"

/* An object takes milliseconds. */
#define COMPARE_SECONDS 60

/* What was built, and the same made with the whole vmlinux.h. */
struct both {
	const char *mine;
	char *other;
	struct file_content contents[2];
};

static void free_both(struct both *b)
{
	free(b->other);
	file_content_free(&b->contents[0]);
	file_content_free(&b->contents[1]);
}

static int load_both(const struct step *s, const char *output_dir, const char *temp,
		     struct both *ret)
{
	const char *name = s->output;
	int err;

	if (path_below(s->output, output_dir) && !str_eq(output_dir, "."))
		name += strlen(output_dir) + 1;
	ret->mine = s->output;
	ret->other = path_join(temp, name);
	err = file_load(ret->mine, &ret->contents[0]);
	err = err < 0 ? err : file_load(ret->other, &ret->contents[1]);
	if (err < 0)
		return message_error(err, OPTION ": %s and %s: %s", ret->mine, ret->other,
				     strerror(-err));
	return 0;
}

static int compare_in_child(void *arg, struct buf *out)
{
	const struct both *b = arg;
	const struct file_content *x = &b->contents[0], *y = &b->contents[1];
	_cleanup_strv_ struct strv lines = {0};
	int err = object_compare(x->data, x->size, b->mine, y->data, y->size, b->other, &lines);

	(void)out;
	for (size_t i = 0; i < lines.n; i++)
		err = message_error(-EILSEQ, OPTION ": %s: %s", b->mine, lines.v[i]);
	return err;
}

static int compare_objects(struct both *b)
{
	_cleanup_free_ char *what = xasprintf(OPTION ": %s", b->mine);
	_cleanup_buf_ struct buf out = {0};

	return child_run(what, COMPARE_SECONDS, compare_in_child, b, &out);
}

/* A skeleton's text before and after the string that is its object; all before, if there is none.
 */
struct text {
	const char *head, *tail;
	size_t n_head, n_tail;
};

static struct text split_skeleton(const struct file_content *c)
{
	const char *start = (const char *)c->data, *end = start + c->size;
	const char *p = memmem(start, c->size, " data[] ", 8), *string;

	p = p ? memchr(p, '"', (size_t)(end - p)) : NULL;
	if (!p)
		return (struct text){start, end, c->size, 0};
	string = ++p;
	while (p < end && *p != '"')
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	return (struct text){start, p, (size_t)(string - start), (size_t)(end - p)};
}

/* Where two texts first differ, or NULL. */
static const char *find_difference(const char *a, size_t n, const char *b, size_t m)
{
	size_t i = 0;

	while (i < n && i < m && a[i] == b[i])
		i++;
	return i < n || i < m ? a + i : NULL;
}

static int compare_skeletons(struct both *b)
{
	struct text x = split_skeleton(&b->contents[0]), y = split_skeleton(&b->contents[1]);
	const char *at = find_difference(x.head, x.n_head, y.head, y.n_head);
	unsigned line = 1;

	at = at ? at : find_difference(x.tail, x.n_tail, y.tail, y.n_tail);
	if (!at)
		return 0;
	for (const char *p = x.head; p < at; p++)
		line += *p == '\n';
	return message_error(-EILSEQ, OPTION ": %s: line %u differs from %s", b->mine, line,
			     b->other);
}

/* How the comparison goes on. */
struct result {
	unsigned same, different;
};

/* Compares what a step made. Negative errno, after a message, when that was not possible. */
static int compare_step(const struct step *s, const struct check_types_options *o,
			const struct rebuild *r, int (*compare)(struct both *b), struct result *ret)
{
	_cleanup_(free_both) struct both b = {0};
	int err;

	if (!s || !s->wanted)
		return 0;
	if (rebuild_is_stopped())
		return -EINTR;
	err = load_both(s, o->output_dir, r->temp, &b);
	err = err < 0 ? err : compare(&b);
	ret->different += err == -EILSEQ;
	ret->same += err == 0 && compare == compare_objects;
	return err == -EILSEQ ? 0 : err;
}

static int compare_all(const struct plan *p, const struct check_types_options *o,
		       const struct rebuild *r, struct result *ret)
{
	int err = 0;

	vec_foreach (s, &p->compiles)
		err = err < 0 ? err : compare_step(*s, o, r, compare_objects, ret);
	vec_foreach (t, &p->targets) {
		/* That of one unit was among the compiles. */
		if (err == 0 && t->target->sources.n > 1)
			err = compare_step(t->object, o, r, compare_objects, ret);
		err = err < 0 ? err : compare_step(t->skeleton, o, r, compare_skeletons, ret);
	}
	return err;
}

static int build_with_all_types(const struct check_types_options *o, const struct rebuild *r)
{
	_cleanup_strv_ struct strv arguments = {0};
	int status;

	strv_add(&arguments, "-q");
	strv_add(&arguments, "--full-types");
	strv_add(&arguments, "-o");
	strv_add(&arguments, r->temp);
	strv_add_all(&arguments, &o->arguments);
	status = rebuild_run(r, &arguments, environ);
	if (status == CLI_FAILED)
		return message_error(-ECANCELED,
				     OPTION ": what was built with slices of vmlinux.h cannot be "
					    "built with all of it");
	if (status > 0)
		return message_error(-EIO, OPTION ": the build in %s failed", r->temp);
	return status;
}

static int check(const struct plan *p, const struct check_types_options *o, const struct rebuild *r)
{
	struct result result = {0};
	int err = build_with_all_types(o, r);

	err = err < 0 ? err : compare_all(p, o, r, &result);
	if (err < 0)
		return err;
	if (result.different)
		return message_error(-EILSEQ,
				     OPTION ": %u file%s from what is made with the whole "
					    "vmlinux.h; that is left in %s",
				     result.different,
				     result.different == 1 ? " differs" : "s differ", r->temp);
	progress_print(o->progress, "types: %u object%s the same with the whole vmlinux.h",
		       result.same, result.same == 1 ? " is" : "s are");
	return 0;
}

int check_types(const struct plan *p, const struct check_types_options *o)
{
	struct rebuild r;
	int err = rebuild_begin(OPTION, &r);

	if (err < 0)
		return err;
	err = check(p, o, &r);
	/* What differs is left for a look at it. */
	return rebuild_end(&r, err, err == -EILSEQ);
}
