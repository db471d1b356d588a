#include "store/reapi.h"

#include <errno.h>

/* Protocol Buffers' wire types. */
enum wire {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

static void put_varint(struct buf *b, uint64_t v)
{
	while (v >= 0x80) {
		buf_putc(b, (char)(v | 0x80));
		v >>= 7;
	}
	buf_putc(b, (char)v);
}

static void put_number(struct buf *b, unsigned field, uint64_t v)
{
	if (!v)
		return;
	put_varint(b, field << 3 | WIRE_VARINT);
	put_varint(b, v);
}

static void put_bytes(struct buf *b, unsigned field, const void *data, size_t size)
{
	put_varint(b, field << 3 | WIRE_BYTES);
	put_varint(b, size);
	buf_add(b, data, size);
}

static void put_text(struct buf *b, unsigned field, const char *text)
{
	put_bytes(b, field, text, strlen(text));
}

static void put_message(struct buf *b, unsigned field, const struct buf *message)
{
	put_bytes(b, field, message->v ? message->v : "", message->n);
}

/* Digest */
static void put_digest(struct buf *b, unsigned field, const struct reapi_digest *d)
{
	_cleanup_buf_ struct buf m = {0};
	char hex[DIGEST_HEX_SIZE];

	digest_hex(&d->hash, hex);
	put_text(&m, 1, hex);
	put_number(&m, 2, d->size);
	put_message(b, field, &m);
}

/* A message of two texts: EnvironmentVariable, Platform.Property. */
static void put_pair(struct buf *b, unsigned field, const char *pair)
{
	_cleanup_buf_ struct buf m = {0};
	const char *equals = strchr(pair, '=');
	size_t n = equals ? (size_t)(equals - pair) : strlen(pair);

	put_bytes(&m, 1, pair, n);
	if (equals && equals[1])
		put_text(&m, 2, equals + 1);
	put_message(b, field, &m);
}

struct reapi_digest reapi_digest_of(const void *data, size_t size)
{
	return (struct reapi_digest){digest_of(data, size), size};
}

/* Where messages go that others name by their digest. */
struct sink {
	void (*blob)(const struct reapi_digest *d, const void *data, void *arg);
	void *arg;
};

static struct reapi_digest finish(const struct buf *message, const struct sink *s)
{
	const char *data = message->v ? message->v : "";
	struct reapi_digest d = reapi_digest_of(data, message->n);

	if (s->blob)
		s->blob(&d, data, s->arg);
	return d;
}

/* FileNode and DirectoryNode differ in nothing that is used here. */
static void put_node(struct buf *b, unsigned field, const char *name, size_t size,
		     const struct reapi_digest *d)
{
	_cleanup_buf_ struct buf m = {0};

	put_bytes(&m, 1, name, size);
	put_digest(&m, 2, d);
	put_message(b, field, &m);
}

/*
 * Sorts paths so that those of one directory, and of one below it, are neighbours: '/' comes before
 * every other character.
 */
static int compare_inputs(const void *a, const void *b)
{
	const unsigned char *p = (const void *)((const struct reapi_input *)a)->path;
	const unsigned char *q = (const void *)((const struct reapi_input *)b)->path;

	while (*p && *p == *q)
		p++, q++;
	return (*p == '/' ? 1 : *p) - (*q == '/' ? 1 : *q);
}

/* Names of files, then names of directories, each sorted: two lists of one message. */
struct tree {
	const struct reapi_input *inputs;
	const struct sink *sink;
};

/* The Directory of inputs [from, to), whose paths have `skip` bytes of it before their own name. */
static struct reapi_digest make_directory(const struct tree *t, size_t from, size_t to, size_t skip)
{
	_cleanup_buf_ struct buf files = {0}, directories = {0};

	while (from < to) {
		const char *name = t->inputs[from].path + skip;
		const char *slash = strchr(name, '/');
		size_t size = slash ? (size_t)(slash - name) : strlen(name), next = from + 1;
		struct reapi_digest d;

		if (!slash) {
			/* The first of several counts. */
			if (from == 0 || !str_eq(t->inputs[from - 1].path, t->inputs[from].path))
				put_node(&files, 1, name, size, &t->inputs[from].digest);
			from = next;
			continue;
		}
		while (next < to && strncmp(t->inputs[next].path + skip, name, size + 1) == 0)
			next++;
		d = make_directory(t, from, next, skip + size + 1);
		put_node(&directories, 2, name, size, &d);
		from = next;
	}
	buf_add(&files, directories.v ? directories.v : "", directories.n);
	return finish(&files, t->sink);
}

static struct reapi_digest make_command(const struct reapi_action *a, const struct buf *platform,
					const struct sink *sink)
{
	_cleanup_buf_ struct buf m = {0};

	for (size_t i = 0; i < a->arguments.n; i++)
		put_text(&m, 1, a->arguments.v[i]);
	for (size_t i = 0; i < a->environment.n; i++)
		put_pair(&m, 2, a->environment.v[i]);
	put_message(&m, 5, platform);
	for (size_t i = 0; i < a->outputs.n; i++)
		put_text(&m, 7, a->outputs.v[i]);
	return finish(&m, sink);
}

struct reapi_digest reapi_action_digest(struct reapi_action *a,
					void (*blob)(const struct reapi_digest *d, const void *data,
						     void *arg),
					void *arg)
{
	const struct sink sink = {blob, arg};
	const struct tree tree = {a->inputs.v, &sink};
	_cleanup_buf_ struct buf m = {0}, platform = {0};
	struct reapi_digest command, root;

	if (a->inputs.n)
		qsort(a->inputs.v, a->inputs.n, sizeof(a->inputs.v[0]), compare_inputs);
	for (size_t i = 0; i < a->platform.n; i++)
		put_pair(&platform, 1, a->platform.v[i]);
	command = make_command(a, &platform, &sink);
	root = make_directory(&tree, 0, a->inputs.n, 0);
	put_digest(&m, 1, &command);
	put_digest(&m, 2, &root);
	put_message(&m, 10, &platform);
	return finish(&m, &sink);
}

void reapi_action_free(struct reapi_action *a)
{
	strv_free(&a->arguments);
	strv_free(&a->environment);
	strv_free(&a->outputs);
	strv_free(&a->platform);
	vec_foreach (i, &a->inputs)
		free(i->path);
	vec_free(&a->inputs);
}

void reapi_result_free(struct reapi_result *r)
{
	vec_free(&r->outputs);
}

void reapi_result_write(const struct reapi_result *r, struct buf *ret)
{
	vec_foreach (o, &r->outputs) {
		_cleanup_buf_ struct buf m = {0};

		put_bytes(&m, 1, o->path, o->path_size);
		put_digest(&m, 2, &o->digest);
		put_message(ret, 2, &m);
	}
	put_number(ret, 4, (uint64_t)(int64_t)r->exit_code);
	if (r->said_size)
		put_bytes(ret, 7, r->said, r->said_size);
}

/* Reading: a cursor over a message. */
struct cursor {
	const uint8_t *at, *end;
	bool bad;
};

/* One field: a number, or bytes. */
struct field {
	unsigned number;
	enum wire wire;
	uint64_t value;
	const uint8_t *data;
	size_t size;
};

static uint64_t get_varint(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (c->at == c->end)
			break;
		byte = *c->at++;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	c->bad = true;
	return 0;
}

/* The next field; false at the end, or when the message is not sound. */
static bool get_field(struct cursor *c, struct field *ret)
{
	uint64_t tag, size = 0;

	if (c->bad || c->at == c->end)
		return false;
	tag = get_varint(c);
	*ret = (struct field){.number = (unsigned)(tag >> 3), .wire = tag & 7};
	switch (ret->wire) {
	case WIRE_VARINT:
		ret->value = get_varint(c);
		break;
	case WIRE_BYTES:
		size = get_varint(c);
		break;
	case WIRE_FIXED64:
		size = 8;
		break;
	case WIRE_FIXED32:
		size = 4;
		break;
	default:
		c->bad = true;
	}
	if (c->bad || size > (uint64_t)(c->end - c->at) || tag >> 3 > UINT32_MAX) {
		c->bad = true;
		return false;
	}
	ret->data = c->at;
	ret->size = size;
	c->at += size;
	return true;
}

static struct cursor cursor_of(const struct field *f)
{
	return (struct cursor){f->data, f->data + f->size, f->wire != WIRE_BYTES};
}

static bool read_hex(const struct field *f, struct digest *ret)
{
	return f->wire == WIRE_BYTES && f->size == 2 * DIGEST_SIZE &&
	       digest_parse((const char *)f->data, ret);
}

static bool read_digest(const struct field *from, struct reapi_digest *ret)
{
	struct cursor c = cursor_of(from);
	bool found = false;
	struct field f;

	while (get_field(&c, &f)) {
		if (f.number == 1)
			found = read_hex(&f, &ret->hash);
		else if (f.number == 2 && f.wire == WIRE_VARINT)
			ret->size = f.value;
	}
	return found && !c.bad;
}

static bool read_output(const struct field *from, struct reapi_output *ret)
{
	struct cursor c = cursor_of(from);
	bool found = false;
	struct field f;

	while (get_field(&c, &f)) {
		if (f.number == 1 && f.wire == WIRE_BYTES) {
			ret->path = (const char *)f.data;
			ret->path_size = f.size;
		} else if (f.number == 2) {
			found = read_digest(&f, &ret->digest);
		}
	}
	return found && ret->path && !c.bad;
}

int reapi_result_read(const void *data, size_t size, struct reapi_result *ret)
{
	_cleanup_reapi_result_ struct reapi_result r = {0};
	struct cursor c = {data, (const uint8_t *)data + size, false};
	struct field f;

	while (get_field(&c, &f)) {
		if (f.number == 2) {
			struct reapi_output o = {0};

			if (!read_output(&f, &o))
				return -EBADMSG;
			vec_push(&r.outputs, o);
		} else if (f.number == 4 && f.wire == WIRE_VARINT) {
			r.exit_code = (int)f.value;
		} else if (f.number == 7 && f.wire == WIRE_BYTES) {
			r.said = (const char *)f.data;
			r.said_size = f.size;
		}
	}
	if (c.bad)
		return -EBADMSG;
	*ret = r;
	r = (struct reapi_result){0};
	return 0;
}
