#include "run/record.h"

#include "base/map.h"
#include "base/path.h"
#include "store/codec.h"

#define STEP_KEY 's'

/* Where the parts of a step go: into one digest, or into the list that explains it. */
struct parts {
	struct digest_state *all; /* or NULL */
	struct buf *list;	  /* or NULL */
};

static void list_part(struct buf *list, enum part part, const char *name,
		      const struct digest *digest)
{
	struct digest content = digest ? *digest : digest_of(name, strlen(name));
	size_t size = strlen(name) + 1;

	put_u32(list, (uint32_t)size + 1);
	buf_putc(list, (char)part);
	buf_add(list, name, size);
	buf_add(list, content.bytes, PART_DIGEST_SIZE);
}

/* digest: of what the name stands for, or NULL when it is all there is. */
static void add_part(struct parts *x, enum part part, const char *name, const struct digest *digest)
{
	char letter = (char)part;

	if (x->list)
		list_part(x->list, part, name, digest);
	if (!x->all)
		return;
	digest_add(x->all, &letter, 1);
	digest_add_string(x->all, name);
	if (digest)
		digest_add(x->all, digest->bytes, DIGEST_SIZE);
}

static void list_command(struct buf *list, const struct command *c, const struct digest *digest)
{
	_cleanup_buf_ struct buf line = {0};

	for (size_t i = 0; i < c->argv.n; i++) {
		if (*c->argv.v[i] == *WORK_UNHASHED)
			continue;
		if (i)
			buf_putc(&line, ' ');
		buf_put_shell(&line, c->argv.v[i]);
	}
	list_part(list, PART_COMMAND, line.v ? line.v : "", digest);
}

static void add_command(struct parts *x, const struct command *c)
{
	struct digest_state exact;
	struct digest digest;

	digest_begin(&exact);
	for (size_t i = 0; i < c->argv.n; i++)
		if (*c->argv.v[i] != *WORK_UNHASHED)
			digest_add_string(&exact, c->argv.v[i]);
	digest = digest_end(&exact);
	if (x->list)
		list_command(x->list, c, &digest);
	else
		add_part(x, PART_COMMAND, "", &digest);
}

/* Where the output directory lies is no concern of who reads what another step made. */
static void add_input(struct parts *x, const struct step *s, const struct file *f)
{
	vec_foreach (need, &s->needs) {
		if (str_eq((*need)->output, f->path)) {
			add_part(x, PART_STEP, path_base(f->path), &f->digest);
			return;
		}
	}
	add_part(x, PART_INPUT, f->path, &f->digest);
}

/* The digests of inputs are known. */
static void add_parts(struct parts *x, const struct step *s, const struct work *w)
{
	_cleanup_free_ char *kind = xasprintf("%s %u", s->kind->name, s->kind->revision);

	add_part(x, PART_KIND, kind, NULL);
	vec_foreach (c, &w->commands)
		add_command(x, c);
	for (size_t i = 0; i < w->params.n; i++)
		add_part(x, PART_PARAM, w->params.v[i], NULL);
	vec_foreach (f, &w->inputs)
		add_input(x, s, *f);
	vec_foreach (m, &w->made)
		add_part(x, PART_MADE, m->name, &m->digest);
}

int identity_of(struct files *files, const struct step *s, const struct work *w,
		struct identity *ret)
{
	struct digest_state all;

	vec_foreach (f, &w->inputs) {
		int err = files_digest(files, *f);

		if (err < 0)
			return err;
	}
	digest_begin(&all);
	add_parts(&(struct parts){.all = &all}, s, w);
	*ret = (struct identity){.digest = digest_end(&all)};
	return 0;
}

void identity_list_parts(const struct step *s, const struct work *w, struct identity *id)
{
	struct parts x = {.list = &id->parts};

	id->parts.n = 0;
	add_parts(&x, s, w);
	vec_foreach (f, &w->beside)
		if ((*f)->has_digest)
			add_part(&x, PART_BESIDE, (*f)->path, &(*f)->digest);
	if (s->kind->options) {
		_cleanup_free_ char *options = s->kind->options(s);

		add_part(&x, PART_OPTIONS, options, NULL);
	}
}

void identity_free(struct identity *id)
{
	buf_free(&id->parts);
}

static struct record decode(struct state_value value, struct strv *ret_extra)
{
	struct reader r = reader_of(value);
	struct record rec = {0};
	uint32_t n_extra;
	const char *parts;

	rec.identity = get_digest(&r);
	rec.output = get_digest(&r);
	rec.milliseconds = get_u64(&r);
	n_extra = get_u32(&r);
	for (uint32_t i = 0; i < n_extra && !r.bad; i++) {
		const char *extra = get_string(&r);

		if (ret_extra && !r.bad)
			strv_add(ret_extra, extra);
	}
	parts = r.at;
	if (r.bad)
		return (struct record){0};
	rec.parts = (struct reader){parts, r.end, false};
	rec.exists = true;
	return rec;
}

struct record record_read(struct state *state, const char *output, struct strv *ret_extra)
{
	size_t size;
	_cleanup_free_ char *key = state_key(STEP_KEY, output, &size);

	return decode(state_get(state, key, size), ret_extra);
}

void record_write(struct state *state, const struct step *s, const struct identity *id, bool keep,
		  const struct digest *output, uint64_t milliseconds)
{
	static const struct digest none;
	size_t size;
	_cleanup_free_ char *key = state_key(STEP_KEY, s->output, &size);
	_cleanup_buf_ struct buf value = {0};

	put_digest(&value, keep ? &id->digest : &none);
	put_digest(&value, output);
	put_u64(&value, milliseconds);
	put_u32(&value, (uint32_t)s->extra.n);
	for (size_t i = 0; i < s->extra.n; i++)
		put_string(&value, s->extra.v[i]);
	buf_add(&value, id->parts.v, id->parts.n);
	state_put(state, key, size, value.v, value.n);
}

void record_forget(struct state *state, const char *output)
{
	size_t size;
	_cleanup_free_ char *key = state_key(STEP_KEY, output, &size);

	state_delete(state, key, size);
}

struct each {
	void (*fn)(const char *output, const struct record *r, void *arg);
	void *arg;
};

static void each_record(const char *key, size_t size, struct state_value value, void *arg)
{
	struct each *e = arg;
	_cleanup_free_ char *output = xstrndup(key + 1, size - 1);
	struct record r = decode(value, NULL);

	e->fn(output, &r, e->arg);
}

void record_each(struct state *state,
		 void (*fn)(const char *output, const struct record *r, void *arg), void *arg)
{
	struct each e = {fn, arg};

	state_each(state, STEP_KEY, each_record, &e);
}

/* Parts by name, digests as values. */
static void index_parts(struct reader r, struct map *ret)
{
	while (!r.bad && r.at < r.end) {
		const char *name = get_string(&r);
		const void *digest = get_bytes(&r, PART_DIGEST_SIZE);

		if (!r.bad)
			map_put(ret, name, (void *)digest);
	}
}

static struct reader reader_of_parts(const struct identity *id)
{
	return (struct reader){id->parts.v, id->parts.v + id->parts.n, false};
}

void record_each_part(struct reader parts,
		      void (*fn)(enum part part, const char *name, const void *digest, void *arg),
		      void *arg)
{
	while (!parts.bad && parts.at < parts.end) {
		const char *name = get_string(&parts);
		const void *digest = get_bytes(&parts, PART_DIGEST_SIZE);

		if (!parts.bad && *name)
			fn((enum part) * name, name + 1, digest, arg);
	}
}

/* Words of a command line that the other lacks, such as "-DX=1". */
static void add_new_words(struct buf *b, const char *line, const char *other, const char *sign)
{
	_cleanup_free_ char *copy = xstrdup(line);
	char *rest = copy, *word;

	while ((word = strsep(&rest, " "))) {
		size_t len = strlen(word);
		bool found = false;

		for (const char *p = other; len && (p = strstr(p, word)); p += len)
			if ((p == other || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
				found = true;
		if (len && !found)
			buf_printf(b, " %s%s", sign, word);
	}
}

static const char *next_of_kind(const struct map *parts, const struct map *others, char letter,
				size_t *at)
{
	for (; *at < parts->n; ++*at) {
		const char *name = parts->entries[*at].key;

		if (name[0] == letter && !map_get(others, name)) {
			++*at;
			return name + 1;
		}
	}
	return NULL;
}

static void explain_commands(struct buf *b, const struct map *old, const struct map *new)
{
	size_t i = 0, k = 0;
	const char *was, *is;

	while ((is = next_of_kind(new, old, PART_COMMAND, &i))) {
		was = next_of_kind(old, new, PART_COMMAND, &k);
		buf_printf(b, "%scommand changed:", b->n ? ", " : "");
		add_new_words(b, was ? was : "", is, "-");
		add_new_words(b, is, was ? was : "", "+");
	}
}

/* No part of the identity. */
static bool is_beside(const char *name)
{
	return name[0] == PART_OPTIONS || name[0] == PART_BESIDE;
}

static void explain_names(struct buf *b, const struct map *old, const struct map *new)
{
	for (size_t i = 0; i < new->n; i++) {
		const char *name = new->entries[i].key;
		const void *was = map_get(old, name);

		if (name[0] == PART_COMMAND || is_beside(name))
			continue;
		if (!was)
			buf_printf(b, "%s%s is new", b->n ? ", " : "", name + 1);
		else if (memcmp(was, new->entries[i].value, PART_DIGEST_SIZE) != 0)
			buf_printf(b, "%s%s changed", b->n ? ", " : "", name + 1);
	}
	for (size_t i = 0; i < old->n; i++) {
		const char *name = old->entries[i].key;

		if (name[0] != PART_COMMAND && !is_beside(name) && !map_get(new, name))
			buf_printf(b, "%s%s is gone", b->n ? ", " : "", name + 1);
	}
}

char *record_explain(const struct record *r, const struct identity *id)
{
	static const struct digest none;
	struct map old = {0}, new = {0};
	struct buf b = {0};

	if (!r->exists)
		return xstrdup("not built before");
	index_parts(r->parts, &old);
	index_parts(reader_of_parts(id), &new);
	explain_names(&b, &old, &new);
	explain_commands(&b, &old, &new);
	map_free(&old);
	map_free(&new);
	if (!b.n)
		buf_puts(&b, digest_eq(&r->identity, &none) ? "the last result was not kept"
							    : "order of inputs changed");
	return buf_steal(&b);
}
