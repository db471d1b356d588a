#include "project/manifest_value.h"

#include <ctype.h>

#include "base/map.h"
#include "base/path.h"
#include "project/manifest_schema.h"

#define MAX_LISTED 24

bool value_is_identifier(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(isascii(s[i]) && isalpha(s[i])) && s[i] != '_' &&
		    !(i && s[i] >= '0' && s[i] <= '9'))
			return false;
	return len > 0;
}

const struct node *value_first(const struct node *value)
{
	return value->kind == NODE_TEXT ? value : value->first;
}

const struct node *value_next(const struct node *value, const struct node *before)
{
	return value == before ? NULL : before->next;
}

void value_report_unknown(struct manifest_report *r, const struct node *at, const char *what,
			  const char *name, const struct strv *known)
{
	value_report_unmeant(r, at, what, name, strv_nearest(known, name), known);
}

void value_report_unmeant(struct manifest_report *r, const struct node *at, const char *what,
			  const char *name, const char *meant, const struct strv *known)
{
	_cleanup_buf_ struct buf b = {0};

	if (meant)
		buf_printf(&b, " (did you mean '%s'?)", meant);
	buf_printf(&b, "; known here: %s", known->n ? "" : "none");
	for (size_t i = 0; i < known->n && i < MAX_LISTED; i++)
		buf_printf(&b, "%s%.60s", i ? ", " : "", known->v[i]);
	if (known->n > MAX_LISTED)
		buf_puts(&b, ", ...");
	manifest_error(r, at, "unknown %s '%.60s'%s", what, name, b.v);
}

void value_report_kind(struct manifest_report *r, const struct manifest_key *key,
		       const struct node *value, const char *expected)
{
	bool is_word = value->kind == NODE_TEXT && !node_is_null(value);

	manifest_error(
		r, value, "'%s' takes %s, not %s%s", key->name, expected, node_describe(value),
		is_word && node_is_bool(value, NULL) ? "; put quotes around it if it is text" : "");
}

bool value_check_text(struct manifest_report *r, const struct manifest_key *key,
		      const struct node *value, const char *expected)
{
	if (value->kind != NODE_TEXT || node_is_null(value) || node_is_bool(value, NULL))
		value_report_kind(r, key, value, expected);
	else if (!*value->text)
		manifest_error(r, value, "'%s' takes no empty text", key->name);
	else
		return true;
	return false;
}

static void check_text(struct manifest_report *r, const struct manifest_key *key,
		       const struct node *value)
{
	value_check_text(r, key, value, "text");
}

static bool check_all_texts(struct manifest_report *r, const struct manifest_key *key,
			    const struct node *value)
{
	bool good = true;

	if (value->kind != NODE_LIST)
		return value_check_text(r, key, value, "text or a list of texts");
	for (const struct node *t = value->first; t; t = t->next)
		good &= value_check_text(r, key, t, "only text in its list");
	return good;
}

static void check_texts(struct manifest_report *r, const struct manifest_key *key,
			const struct node *value)
{
	check_all_texts(r, key, value);
}

static void set_string(char **to, char *text)
{
	free(*to);
	*to = text;
}

static void *field(const struct manifest_key *key, void *to)
{
	return (char *)to + key->offset;
}

static void apply_text(const struct manifest_key *key, const struct node *value, void *to)
{
	set_string(field(key, to), xstrdup(value->text));
}

static void apply_path(const struct manifest_key *key, const struct node *value, void *to)
{
	set_string(field(key, to), path_tidy(xstrdup(value->text)));
}

static void apply_texts(const struct manifest_key *key, const struct node *value, void *to)
{
	for (const struct node *t = value_first(value); t; t = value_next(value, t))
		strv_add(field(key, to), t->text);
}

static void apply_paths(const struct manifest_key *key, const struct node *value, void *to)
{
	for (const struct node *t = value_first(value); t; t = value_next(value, t))
		strv_take(field(key, to), path_tidy(xstrdup(t->text)));
}

static void check_word(struct manifest_report *r, const struct manifest_key *key,
		       const struct node *value)
{
	_cleanup_buf_ struct buf b = {0};

	if (value->kind == NODE_TEXT)
		for (size_t i = 0; key->choices[i]; i++)
			if (str_eq(key->choices[i], value->text))
				return;
	buf_puts(&b, "one of ");
	for (size_t i = 0; key->choices[i]; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", key->choices[i]);
	if (value->kind != NODE_TEXT || node_is_null(value))
		value_report_kind(r, key, value, b.v);
	else
		manifest_error(r, value, "'%s' takes %s, not '%.60s'", key->name, b.v, value->text);
}

static void check_bool(struct manifest_report *r, const struct manifest_key *key,
		       const struct node *value)
{
	if (node_is_bool(value, NULL))
		return;
	if (value->quoted)
		manifest_error(r, value, "'%s' takes true or false without quotes", key->name);
	else
		value_report_kind(r, key, value, "true or false");
}

static void apply_bool(const struct manifest_key *key, const struct node *value, void *to)
{
	node_is_bool(value, field(key, to));
}

/* "NAME" or "NAME=VALUE" for one member of a mapping or list. */
static char *define_of(const struct node *member, bool of_mapping)
{
	if (!of_mapping)
		return xstrdup(member->text);
	if (node_is_null(member))
		return xstrdup(member->key->text);
	return xasprintf("%s=%s", member->key->text, member->text);
}

static size_t define_name_size(const char *define)
{
	return strcspn(define, "=");
}

static bool check_define(struct manifest_report *r, const struct node *name,
			 const struct node *value)
{
	size_t size = value == name ? define_name_size(name->text) : strlen(name->text);

	if (!value_is_identifier(name->text, size))
		manifest_error(r, name,
			       "'%.60s' cannot be defined: a name is letters, digits and "
			       "underscores (a macro with parameters can go into 'cflags')",
			       name->text);
	else if (strpbrk(value->text, "\n\r"))
		manifest_error(r, value, "the value of '%.*s' contains a line break",
			       (int)(size < 60 ? size : 60), name->text);
	else
		return true;
	return false;
}

/* A list may hold a name only once, as a mapping does. */
static void check_define_list(struct manifest_report *r, const struct manifest_key *key,
			      const struct node *value)
{
	struct map seen = {0};

	if (!check_all_texts(r, key, value))
		return;
	for (const struct node *t = value_first(value); t; t = value_next(value, t)) {
		size_t size = define_name_size(t->text);
		struct map_entry *e;

		if (!check_define(r, t, t))
			continue;
		e = map_add(&seen, t->text, size);
		if (e->value)
			manifest_error(r, t, "'%.*s' is defined twice",
				       (int)(size < 60 ? size : 60), t->text);
		e->value = (void *)t;
	}
	map_free(&seen);
}

static void check_defines(struct manifest_report *r, const struct manifest_key *key,
			  const struct node *value)
{
	if (value->kind != NODE_MAPPING) {
		check_define_list(r, key, value);
		return;
	}
	for (const struct node *member = value->first; member; member = member->next) {
		if (member->kind != NODE_TEXT)
			value_report_kind(r, key, member,
					  "a text, a number or nothing for each name");
		else
			check_define(r, member->key, member);
	}
}

static void apply_defines(const struct manifest_key *key, const struct node *value, void *to)
{
	struct strv *list = field(key, to);
	struct map at = {0}; /* by name, the place in the list plus one */

	for (size_t i = 0; i < list->n; i++)
		map_add(&at, list->v[i], define_name_size(list->v[i]))->value = (void *)(i + 1);
	for (const struct node *m = value_first(value); m; m = value_next(value, m)) {
		char *define = define_of(m, value->kind == NODE_MAPPING);
		struct map_entry *e = map_add(&at, define, define_name_size(define));

		if (e->value) {
			set_string(&list->v[(size_t)e->value - 1], define);
			e->key = define;
		} else {
			strv_take(list, define);
			e->value = (void *)list->n;
		}
	}
	map_free(&at);
}

/* Placeholders in the name are checked where they get their values. */
static void check_skeleton(struct manifest_report *r, const struct manifest_key *key,
			   const struct node *value)
{
	if (node_is_bool(value, NULL))
		return;
	if (value->quoted && (str_eq(value->text, "true") || str_eq(value->text, "false")))
		manifest_error(r, value, "'%s' takes true or false without quotes", key->name);
	else
		value_check_text(r, key, value, "true, false or a name");
}

static void apply_skeleton(const struct manifest_key *key, const struct node *value, void *to)
{
	struct target *t = to;
	bool wanted;

	(void)key;
	if (node_is_bool(value, &wanted)) {
		t->skeleton = wanted;
		set_string(&t->skeleton_name, NULL);
	} else {
		t->skeleton = true;
		set_string(&t->skeleton_name, xstrdup(value->text));
	}
}

static void check_list(struct manifest_report *r, const struct manifest_key *key,
		       const struct node *value)
{
	if (value->kind != NODE_LIST)
		value_report_kind(r, key, value, "a list");
	else if (!value->n)
		manifest_error(r, value, "'%s' lists nothing", key->name);
}

static void check_mapping(struct manifest_report *r, const struct manifest_key *key,
			  const struct node *value)
{
	if (value->kind != NODE_MAPPING)
		value_report_kind(r, key, value, "a mapping");
	else if (!value->n)
		manifest_error(r, value, "'%s' is empty", key->name);
}

static const struct manifest_key *find_key(const struct manifest_key *keys, size_t n,
					   const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(keys[i].name, name))
			return &keys[i];
	return NULL;
}

void value_check_members(struct manifest_report *r, const struct node *mapping,
			 const struct manifest_key *keys, size_t n)
{
	_cleanup_strv_ struct strv known = {0};

	for (size_t i = 0; i < n; i++)
		strv_add(&known, keys[i].name);
	for (const struct node *member = mapping->first; member; member = member->next) {
		const struct manifest_key *key = find_key(keys, n, member->key->text);

		if (key)
			key->kind->check(r, key, member);
		else
			value_report_unknown(r, member->key, "key", member->key->text, &known);
	}
}

void value_apply_members(const struct node *mapping, const struct manifest_key *keys, size_t n,
			 void *to)
{
	for (const struct node *member = mapping->first; member; member = member->next) {
		const struct manifest_key *key = find_key(keys, n, member->key->text);

		key->kind->apply(key, member, to);
	}
}

const struct value_kind value_word = {check_word, apply_text};
const struct value_kind value_bool = {check_bool, apply_bool};
const struct value_kind value_text = {check_text, apply_text};
const struct value_kind value_path = {check_text, apply_path};
const struct value_kind value_texts = {check_texts, apply_texts};
const struct value_kind value_paths = {check_texts, apply_paths};
const struct value_kind value_defines = {check_defines, apply_defines};
const struct value_kind value_skeleton = {check_skeleton, apply_skeleton};
const struct value_kind value_name = {check_text, NULL};
const struct value_kind value_patterns = {check_texts, NULL};
const struct value_kind value_list = {check_list, NULL};
const struct value_kind value_mapping = {check_mapping, NULL};
