#include "steps/slicer.h"

#include <errno.h>

#include "base/map.h"
#include "base/message.h"
#include "base/path.h"
#include "slice/cutter.h"
#include "steps/memory.h"
#include "steps/neutral.h"

/* Raised when the same files give another slice from the same index. */
#define SLICE_REVISION 2

/* A header's index, in use for the rest of the build. */
struct opened {
	struct file_content content;
	struct index index;
	bool good;
	char *why_not;
};

struct slicer {
	struct map opened; /* path -> struct opened */
	struct cutter *cutter;
	struct map verdicts;
	bool dry_run;
};

struct cutter *slicer_cutter(struct slicer *s)
{
	return s->cutter;
}

struct map *slicer_verdicts(struct slicer *s)
{
	return &s->verdicts;
}

struct slicer *slicer_new(struct files *files, bool dry_run)
{
	struct slicer *s = xcalloc(1, sizeof(*s));

	s->dry_run = dry_run;
	s->cutter = cutter_new(files);
	return s;
}

void slicer_free(struct slicer *s)
{
	if (!s)
		return;
	cutter_free(s->cutter);
	for (size_t i = 0; i < s->opened.n; i++) {
		struct opened *o = s->opened.entries[i].value;

		file_content_free(&o->content);
		free(o->why_not);
		free(o);
	}
	map_free(&s->opened);
	neutral_verdicts_free(&s->verdicts);
	free(s);
}

void slicing_clear(struct slicing *s)
{
	free(s->why_not);
	buf_free(&s->text);
	*s = (struct slicing){0};
}

/* A damaged index is removed, so that the next build makes it anew. */
static struct opened *open_index(struct slicer *s, const char *path)
{
	struct opened *o = map_get(&s->opened, path);

	if (o)
		return o;
	o = xcalloc(1, sizeof(*o));
	map_put(&s->opened, path, o);
	if (file_load(path, &o->content) == 0) {
		const char *text = (const char *)o->content.data;
		size_t prefix = strlen(INDEX_REFUSED);

		o->good = index_open(text, o->content.size, &o->index) == 0;
		if (!o->good && o->content.size > prefix &&
		    memcmp(text, INDEX_REFUSED, prefix) == 0)
			o->why_not = xstrndup(text + prefix, strcspn(text + prefix, "\n"));
	}
	if (!o->good && !o->why_not) {
		if (!s->dry_run)
			unlink(path);
		o->why_not = xstrdup("its index was damaged; the next build makes it anew");
	}
	return o;
}

int slicer_need_header(const struct compile *c)
{
	struct opened *o = open_index(c->build->slicer, c->index);
	struct file *header = files_get(c->build->files, c->way->types);
	_cleanup_content_ struct file_content now = {0};
	const char *text;
	size_t size;
	int err = index_text(o->content.data, o->content.size, &text, &size);

	if (err < 0)
		return message_error(err, "types: %s: %s", c->index, o->why_not);
	if (file_load(c->way->types, &now) == 0 && now.size == size &&
	    memcmp(now.data, text, size) == 0)
		return 0;
	err = file_write(c->way->types, text, size);
	if (err < 0)
		return message_error(err, "write: %s: %s", c->way->types, strerror(-err));
	files_refresh(c->build->files, header);
	return 0;
}

/* Bitcode has the text of the slice in it. */
static bool shows_lines(const struct compile *c)
{
	return c->way->keep_debug || c->way->bitcode;
}

static int digest_key(const struct compile *c, const file_list *files, struct digest *ret)
{
	struct file *index = files_get(c->build->files, c->index);
	struct digest_state state;
	int err = files_digest(c->build->files, index);

	digest_begin(&state);
	digest_add_u64(&state, SLICE_REVISION);
	/* What one compiler refuses another may take. */
	digest_add_string(&state, c->build->compiler.version);
	digest_add(&state, index->digest.bytes, DIGEST_SIZE);
	for (size_t i = 0; i < files->n && err == 0; i++) {
		err = files_digest(c->build->files, files->v[i]);
		/* Some headers are known by their names. */
		digest_add_string(&state, path_base(files->v[i]->path));
		digest_add(&state, files->v[i]->digest.bytes, DIGEST_SIZE);
	}
	for (size_t i = 0; i < c->way->flags.n; i++)
		digest_add_string(&state, c->way->flags.v[i]);
	digest_add_u64(&state, shows_lines(c));
	*ret = digest_end(&state);
	return err;
}

static void encode(const struct slicing *slicing, struct buf *ret)
{
	put_digest(ret, &slicing->digest);
	put_u64(ret, slicing->size);
	put_u32(ret, slicing->has_lines);
	put_string(ret, slicing->why_not ? slicing->why_not : "");
}

/* What was decided for the same key before. */
static bool recall(const struct compile *c, const struct step *s, struct slicing *slicing)
{
	struct reader r;
	const char *why_not;

	if (!memory_recall(c, MEMORY_SLICE, s, &slicing->key, &r))
		return false;
	slicing->digest = get_digest(&r);
	slicing->size = get_u64(&r);
	slicing->has_lines = get_u32(&r);
	why_not = get_string(&r);
	slicing->use = !r.bad && !*why_not;
	slicing->why_not = *why_not ? xstrdup(why_not) : NULL;
	return !r.bad;
}

static int cut(const struct compile *c, const struct index *index, const file_list *files,
	       struct slicing *slicing)
{
	const struct cut what = {
		.index = index,
		.files = files,
		.flags = &c->way->flags,
		.lines = shows_lines(c) ? CUT_LINES_ALWAYS : CUT_LINES_IF_SHOWN,
	};
	struct cut_result result;
	int err = cutter_cut(c->build->slicer->cutter, &what, &slicing->text, &result);

	if (err < 0)
		return err;
	slicing->use = true;
	slicing->has_lines = result.has_lines;
	slicing->size = slicing->text.n;
	slicing->digest = digest_of(slicing->text.v, slicing->text.n);
	return 0;
}

int slicer_decide(const struct compile *c, const struct step *s, const file_list *files,
		  bool computed, struct slicing *ret)
{
	_cleanup_buf_ struct buf value = {0};
	struct opened *o;
	int err;

	slicing_clear(ret);
	/* A dry run does not make it. */
	if (c->build->dry_run && !files_get(c->build->files, c->index)->exists) {
		ret->use = true;
		return 0;
	}
	if (computed) {
		ret->why_not = xstrdup("the name of an include is computed by a macro");
		return 0;
	}
	err = digest_key(c, files, &ret->key);
	if (err < 0 || recall(c, s, ret))
		return err;
	o = open_index(c->build->slicer, c->index);
	if (!o->good) {
		ret->why_not = xstrdup(o->why_not);
		return 0;
	}
	err = cut(c, &o->index, files, ret);
	if (err < 0)
		return err;
	encode(ret, &value);
	memory_share(c, MEMORY_SLICE, s, &ret->key, &value);
	return 0;
}

int slicer_need_text(const struct compile *c, const file_list *files, struct slicing *slicing)
{
	struct opened *o = open_index(c->build->slicer, c->index);
	struct digest expected = slicing->digest;
	int err;

	if (slicing->text.n)
		return 0;
	if (!o->good)
		return message_error(-EBADMSG, "index: %s: %s", c->sliced, o->why_not);
	err = cut(c, &o->index, files, slicing);
	/* Should a file have changed a moment ago, what is made of it will not count as up to date.
	 */
	slicing->digest = expected;
	return err;
}

int slicer_write(const struct compile *c, const file_list *files, struct slicing *slicing,
		 const char *path)
{
	int err = slicer_need_text(c, files, slicing);

	if (err < 0)
		return err;
	err = file_write(path, slicing->text.v, slicing->text.n);
	if (err < 0)
		message_error(err, "write: %s: %s", path, strerror(-err));
	buf_free(&slicing->text);
	return err;
}

void slicer_give_up(const struct compile *c, const struct step *s, const struct slicing *slicing,
		    const char *why)
{
	struct slicing given_up = {.why_not = (char *)why};
	_cleanup_buf_ struct buf value = {0};

	/* A compiler may fail for reasons that pass: this output directory alone remembers. */
	encode(&given_up, &value);
	memory_keep(c, MEMORY_SLICE, s, &slicing->key, &value);
}
