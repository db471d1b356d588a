#include "run/record.h"

#include "base/map.h"
#include "base/path.h"
#include "store/codec.h"

#define STEP_KEY 's'

static void add_part(struct identity *id, struct digest_state *all, enum part part,
		     const char *name, const struct digest *digest)
{
	struct digest content = digest ? *digest : digest_of(name, strlen(name));
	char letter = (char)part;

	digest_add(all, &letter, 1);
	digest_add_string(all, name);
	digest_add(all, content.bytes, DIGEST_SIZE);
	put_u32(&id->parts, (uint32_t)strlen(name) + 2);
	buf_putc(&id->parts, letter);
	buf_add(&id->parts, name, strlen(name) + 1);
	buf_add(&id->parts, content.bytes, PART_DIGEST_SIZE);
}

static void add_command(struct identity *id, struct digest_state *all, const struct command *c)
{
	_cleanup_buf_ struct buf line = {0};
	struct digest_state exact;
	struct digest digest;

	digest_begin(&exact);
	for (size_t i = 0; i < c->argv.n; i++) {
		if (*c->argv.v[i] == *WORK_UNHASHED)
			continue;
		if (i)
			buf_putc(&line, ' ');
		buf_put_shell(&line, c->argv.v[i]);
		digest_add_string(&exact, c->argv.v[i]);
	}
	digest = digest_end(&exact);
	add_part(id, all, PART_COMMAND, line.v, &digest);
}

/* Where the output directory lies is no concern of who reads what another step made. */
static void add_input(struct identity *id, struct digest_state *all, const struct step *s,
		      const struct file *f)
{
	vec_foreach (need, &s->needs) {
		if (str_eq((*need)->output, f->path)) {
			add_part(id, all, PART_STEP, path_base(f->path), &f->digest);
			return;
		}
	}
	add_part(id, all, PART_INPUT, f->path, &f->digest);
}

int identity_of(struct files *files, const struct step *s, const struct work *w,
		struct identity *ret)
{
	_cleanup_free_ char *kind = xasprintf("%s %u", s->kind->name, s->kind->revision);
	struct identity id = {0};
	struct digest_state all;

	digest_begin(&all);
	add_part(&id, &all, PART_KIND, kind, NULL);
	for (size_t i = 0; i < w->commands.n; i++)
		add_command(&id, &all, &w->commands.v[i]);
	for (size_t i = 0; i < w->params.n; i++)
		add_part(&id, &all, PART_PARAM, w->params.v[i], NULL);
	for (size_t i = 0; i < w->inputs.n; i++) {
		int err = files_digest(files, w->inputs.v[i]);

		if (err < 0) {
			identity_free(&id);
			return err;
		}
		add_input(&id, &all, s, w->inputs.v[i]);
	}
	vec_foreach (m, &w->made)
		add_part(&id, &all, PART_MADE, m->name, &m->digest);
	id.digest = digest_end(&all);
	if (s->kind->options) {
		_cleanup_free_ char *options = s->kind->options(s);

		digest_begin(&all);
		add_part(&id, &all, PART_OPTIONS, options, NULL);
	}
	*ret = id;
	return 0;
}

void identity_free(struct identity *id)
{
	buf_free(&id->parts);
}

static char *record_key(const char *output)
{
	return xasprintf("%c%s", STEP_KEY, output);
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
	_cleanup_free_ char *key = record_key(output);

	return decode(state_get(state, key, strlen(key)), ret_extra);
}

void record_write(struct state *state, const struct step *s, const struct identity *id, bool keep,
		  const struct digest *output, uint64_t milliseconds)
{
	static const struct digest none;
	_cleanup_free_ char *key = record_key(s->output);
	_cleanup_buf_ struct buf value = {0};

	put_digest(&value, keep ? &id->digest : &none);
	put_digest(&value, output);
	put_u64(&value, milliseconds);
	put_u32(&value, (uint32_t)s->extra.n);
	for (size_t i = 0; i < s->extra.n; i++)
		put_string(&value, s->extra.v[i]);
	buf_add(&value, id->parts.v, id->parts.n);
	state_put(state, key, strlen(key), value.v, value.n);
}

void record_forget(struct state *state, const char *output)
{
	_cleanup_free_ char *key = record_key(output);

	state_delete(state, key, strlen(key));
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

static void explain_names(struct buf *b, const struct map *old, const struct map *new)
{
	for (size_t i = 0; i < new->n; i++) {
		const char *name = new->entries[i].key;
		const void *was = map_get(old, name);

		if (name[0] == PART_COMMAND || name[0] == PART_OPTIONS)
			continue;
		if (!was)
			buf_printf(b, "%s%s is new", b->n ? ", " : "", name + 1);
		else if (memcmp(was, new->entries[i].value, PART_DIGEST_SIZE) != 0)
			buf_printf(b, "%s%s changed", b->n ? ", " : "", name + 1);
	}
	for (size_t i = 0; i < old->n; i++) {
		const char *name = old->entries[i].key;

		if (name[0] != PART_COMMAND && name[0] != PART_OPTIONS && !map_get(new, name))
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
