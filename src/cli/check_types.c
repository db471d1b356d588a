#include <errno.h>

#include "base/child.h"
#include "base/message.h"
#include "btf/compare.h"
#include "cli/check_again.h"

#define OPTION "check-types"

/* An object takes milliseconds. */
#define COMPARE_SECONDS 60

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

static int compare_objects(const struct both *b)
{
	_cleanup_free_ char *what = xasprintf(OPTION ": %s", b->mine);
	_cleanup_buf_ struct buf out = {0};

	return child_run(what, COMPARE_SECONDS, compare_in_child, (void *)b, &out);
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

static int compare_skeletons(const struct both *b)
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

const struct check_again check_types = {
	.option = OPTION,
	.flag = "--full-types",
	.object = compare_objects,
	.skeleton = compare_skeletons,
	.other = "with the whole vmlinux.h",
	.what = "types",
};
