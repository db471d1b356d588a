#include "project/manifest_yaml.h"

#include <errno.h>
#include <yaml.h>

#include "base/map.h"
#include "base/message.h"
#include "base/str.h"

#define MAX_MESSAGES 10

struct reader {
	struct manifest_report *report;
	const char *text;
	size_t len;
	yaml_parser_t parser;
	size_t nodes;
};

struct place {
	uint32_t line, column;
};

static int report_at(struct manifest_report *r, struct place at, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf b = {0};

	if (r->errors++ >= MAX_MESSAGES)
		return -EINVAL;
	buf_vprintf(&b, fmt, ap);
	return message_error(-EINVAL, "%s:%u:%u: %s", r->file, at.line, at.column, b.v);
}

int manifest_error(struct manifest_report *r, const struct node *at, const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = report_at(r, (struct place){at->line, at->column}, fmt, ap);
	va_end(ap);
	return err;
}

/* For what is no node, and may never become one. */
__attribute__((format(printf, 3, 4))) static int error_at(struct manifest_report *r,
							  struct place at, const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = report_at(r, at, fmt, ap);
	va_end(ap);
	return err;
}

bool manifest_shows_more(const struct manifest_report *r)
{
	return r->errors < MAX_MESSAGES;
}

int manifest_end_report(const struct manifest_report *r)
{
	if (!r->errors)
		return 0;
	if (r->errors == MAX_MESSAGES + 1)
		return message_error(-EINVAL, "%s: 1 more error", r->file);
	if (r->errors > MAX_MESSAGES)
		return message_error(-EINVAL, "%s: %u more errors", r->file,
				     r->errors - MAX_MESSAGES);
	return -EINVAL;
}

/* The place of the byte at offset; YAML counts lines and characters as this does. */
static struct place place_of(const char *text, size_t offset)
{
	struct place at = {1, 1};

	for (size_t i = 0; i < offset; i++) {
		bool crlf = text[i] == '\r' && i + 1 < offset && text[i + 1] == '\n';

		if (text[i] == '\n' || (text[i] == '\r' && !crlf)) {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static struct place place(const yaml_mark_t *mark)
{
	return (struct place){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1};
}

/* The byte at a mark, which counts in characters; 0 at the end. */
static char byte_at(const struct reader *r, const yaml_mark_t *mark)
{
	size_t i = 0;

	for (size_t n = mark->index; n && i < r->len; n--)
		do
			i++;
		while (i < r->len && ((unsigned char)r->text[i] & 0xc0) == 0x80);
	return i < r->len ? r->text[i] : '\0';
}

/* What users meet most often, and libyaml's words do not explain. */
static const char *syntax_hint(const struct reader *r)
{
	const yaml_parser_t *p = &r->parser;

	if (p->context && strstr(p->context, "alias"))
		return "; put quotes around a value that starts with *";
	if (p->context && strstr(p->context, "anchor"))
		return "; put quotes around a value that starts with &";
	if (p->context && strstr(p->context, "tag"))
		return "; put quotes around a value that starts with !";
	switch (byte_at(r, &p->problem_mark)) {
	case '\t':
		return "; indent with spaces, not tabs";
	case '%':
	case '@':
	case '`':
		return "; put quotes around a value that starts with this character";
	}
	return "";
}

static int report_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct place at = place(&p->problem_mark);

	switch (p->error) {
	case YAML_READER_ERROR:
		at = place_of(r->text, p->problem_offset < r->len ? p->problem_offset : r->len);
		return error_at(r->report, at,
				"%s; a manifest is UTF-8 text without control characters",
				p->problem);
	case YAML_SCANNER_ERROR:
	case YAML_PARSER_ERROR:
		if (!p->context)
			return error_at(r->report, at, "%s%s", p->problem, syntax_hint(r));
		return error_at(r->report, at, "%s (%s, line %zu)%s", p->problem, p->context,
				p->context_mark.line + 1, syntax_hint(r));
	default:
		return error_at(r->report, at, "cannot be read: %s",
				p->problem ? p->problem : "out of memory");
	}
}

static void end_event(yaml_event_t *e)
{
	yaml_event_delete(e);
}

#define _cleanup_event_ _cleanup_(end_event)

static int next_event(struct reader *r, yaml_event_t *ret)
{
	if (!yaml_parser_parse(&r->parser, ret)) {
		*ret = (yaml_event_t){0};
		return report_syntax(r);
	}
	return 0;
}

/* Anchors and tags come with the event they belong to. */
static int check_properties(struct reader *r, const yaml_event_t *e)
{
	struct place at = place(&e->start_mark);
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		anchor = e->data.alias.anchor;
		break;
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return error_at(r->report, at,
				"anchors and aliases are not understood; write the value out, or "
				"put quotes around one that starts with & or *");
	if (tag)
		return error_at(r->report, at,
				"tags are not understood; leave it out, or put quotes around a "
				"value that starts with !");
	return 0;
}

static int new_node(struct reader *r, const yaml_event_t *e, enum node_kind kind, const char *text,
		    size_t len, struct node **ret)
{
	struct place at = place(&e->start_mark);
	struct node *n;

	if (++r->nodes > MANIFEST_MAX_NODES)
		return error_at(r->report, at, "more than %d keys and values", MANIFEST_MAX_NODES);
	if (memchr(text, '\0', len))
		return error_at(r->report, at, "text cannot contain a NUL character");
	n = xcalloc(1, sizeof(*n) + len + 1);
	*n = (struct node){.kind = kind, .line = at.line, .column = at.column};
	memcpy(n->text, text, len);
	*ret = n;
	return 0;
}

static int read_node(struct reader *r, const yaml_event_t *e, unsigned depth, struct node **ret);

static int read_scalar(struct reader *r, const yaml_event_t *e, struct node **ret)
{
	int err = new_node(r, e, NODE_TEXT, (const char *)e->data.scalar.value,
			   e->data.scalar.length, ret);

	if (!err)
		(*ret)->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return err;
}

/* Appends a member of a list or mapping; tail points to where the next one goes. */
static void append(struct node *parent, struct node *member, struct node ***tail)
{
	**tail = member;
	*tail = &member->next;
	parent->n++;
}

static int read_list(struct reader *r, unsigned depth, struct node *list)
{
	struct node **tail = &list->first;

	for (;;) {
		_cleanup_event_ yaml_event_t e;
		struct node *member;
		int err = next_event(r, &e);

		if (err)
			return err;
		if (e.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		err = read_node(r, &e, depth, &member);
		if (err)
			return err;
		append(list, member, &tail);
	}
}

static int check_key(struct reader *r, const struct node *key, struct map *seen)
{
	struct map_entry *e;

	if (key->kind != NODE_TEXT)
		return manifest_error(r->report, key, "a key must be plain text, not %s",
				      node_describe(key));
	if (!key->quoted && str_eq(key->text, "<<"))
		return manifest_error(
			r->report, key,
			"merge keys (<<) are not understood; settings for all objects "
			"go to the top level");
	e = map_add(seen, key->text, strlen(key->text));
	/* No reason to stop: what follows can still be read and checked. */
	if (e->value)
		manifest_error(r->report, key, "'%.60s' is given twice, first in line %u",
			       key->text, ((struct node *)e->value)->line);
	e->value = (void *)key;
	return 0;
}

static int read_member(struct reader *r, unsigned depth, const yaml_event_t *key_event,
		       struct map *seen, struct node **ret)
{
	_cleanup_event_ yaml_event_t e = {0};
	struct node *key, *value = NULL;
	int err = read_node(r, key_event, depth, &key);

	if (err)
		return err;
	err = check_key(r, key, seen);
	err = err ?: next_event(r, &e);
	err = err ?: read_node(r, &e, depth, &value);
	if (err) {
		node_free(key);
		return err;
	}
	value->key = key;
	*ret = value;
	return 0;
}

static int read_mapping(struct reader *r, unsigned depth, struct node *mapping)
{
	struct node **tail = &mapping->first;
	struct map seen = {0};
	int err;

	for (;;) {
		_cleanup_event_ yaml_event_t e;
		struct node *member;

		err = next_event(r, &e);
		if (err || e.type == YAML_MAPPING_END_EVENT)
			break;
		err = read_member(r, depth, &e, &seen, &member);
		if (err)
			break;
		append(mapping, member, &tail);
	}
	map_free(&seen);
	return err;
}

/* Reads the node that begins with an event; depth counts the collections around it. */
static int read_node(struct reader *r, const yaml_event_t *e, unsigned depth, struct node **ret)
{
	bool is_list = e->type == YAML_SEQUENCE_START_EVENT;
	struct place at = place(&e->start_mark);
	struct node *n;
	int err = check_properties(r, e);

	if (err)
		return err;
	if (e->type == YAML_SCALAR_EVENT)
		return read_scalar(r, e, ret);
	if (depth == MANIFEST_MAX_DEPTH)
		return error_at(r->report, at, "nested deeper than %d levels", MANIFEST_MAX_DEPTH);
	err = new_node(r, e, is_list ? NODE_LIST : NODE_MAPPING, "", 0, &n);
	if (err)
		return err;
	err = is_list ? read_list(r, depth + 1, n) : read_mapping(r, depth + 1, n);
	if (err) {
		node_free(n);
		return err;
	}
	*ret = n;
	return 0;
}

/* Expects an event of a type, or else one that ends the stream before any document. */
static int skip_event(struct reader *r, yaml_event_type_t type, bool *ret_end)
{
	_cleanup_event_ yaml_event_t e;
	int err = next_event(r, &e);
	struct place at;

	if (err)
		return err;
	*ret_end = e.type == YAML_STREAM_END_EVENT;
	if (e.type == type || *ret_end)
		return 0;
	at = place(&e.start_mark);
	return error_at(r->report, at, "a second document begins here; a manifest is one document");
}

static int read_document(struct reader *r, struct node **ret)
{
	struct node *root = NULL;
	bool end;
	int err = skip_event(r, YAML_STREAM_START_EVENT, &end);

	err = err ?: skip_event(r, YAML_DOCUMENT_START_EVENT, &end);
	if (err || end)
		return err;

	_cleanup_event_ yaml_event_t e = {0};

	err = next_event(r, &e);
	err = err ?: read_node(r, &e, 0, &root);
	err = err ?: skip_event(r, YAML_DOCUMENT_END_EVENT, &end);
	err = err ?: skip_event(r, YAML_STREAM_END_EVENT, &end);
	if (err || node_is_null(root)) {
		node_free(root);
		return err;
	}
	*ret = root;
	return 0;
}

/* What libyaml is not to see: bytes it would take for UTF-16, and the directives it is slow with.
 */
static int check_text(struct manifest_report *report, const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len);

	if (nul)
		return error_at(report, place_of(text, (size_t)(nul - text)),
				"a NUL byte; a manifest is UTF-8 text");
	for (size_t i = 0; i < len; i++) {
		const char *percent = memchr(text + i, '%', len - i);

		if (!percent)
			break;
		i = (size_t)(percent - text);
		if (!i || text[i - 1] == '\n' || text[i - 1] == '\r')
			return error_at(report, place_of(text, i),
					"directives (lines that begin with %%) are not understood");
	}
	return 0;
}

int manifest_read_yaml(struct manifest_report *report, const char *text, size_t len,
		       struct node **ret)
{
	size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	struct reader r = {.report = report, .text = text + mark, .len = len - mark};
	struct node *root = NULL;
	int err = check_text(report, r.text, r.len);

	if (err)
		return err;
	if (!yaml_parser_initialize(&r.parser))
		return message_error(-ENOMEM, "%s: out of memory", report->file);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.text, r.len);
	err = read_document(&r, &root);
	yaml_parser_delete(&r.parser);
	if (!err)
		*ret = root;
	return err;
}

void node_free(struct node *n)
{
	while (n) {
		struct node *next = n->next;

		node_free(n->first);
		node_free(n->key);
		free(n);
		n = next;
	}
}

bool node_is_null(const struct node *n)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (n && n->kind == NODE_TEXT && !n->quoted && str_eq(n->text, words[i]))
			return true;
	return false;
}

bool node_is_bool(const struct node *n, bool *ret)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"False", "True"}, {"FALSE", "TRUE"},
		{"no", "yes"},	   {"No", "Yes"},     {"NO", "YES"},
		{"off", "on"},	   {"Off", "On"},     {"OFF", "ON"},
	};

	if (n->kind != NODE_TEXT || n->quoted)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (int value = 0; value < 2; value++) {
			if (!str_eq(n->text, words[i][value]))
				continue;
			if (ret)
				*ret = value;
			return true;
		}
	}
	return false;
}

const char *node_describe(const struct node *n)
{
	if (n->kind == NODE_LIST)
		return "a list";
	if (n->kind == NODE_MAPPING)
		return "a mapping";
	if (node_is_null(n))
		return "nothing";
	if (node_is_bool(n, NULL))
		return "a boolean";
	return "text";
}
