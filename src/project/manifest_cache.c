#include "project/manifest_value.h"

#include <stddef.h>
#include <strings.h>

#include "project/manifest_schema.h"

/* The part of a URL between its scheme and its path; NULL when it is no URL we take. */
static const char *find_authority(const char *url)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url + strlen(schemes[i]);
	return NULL;
}

static bool has_blank_or_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return true;
	return false;
}

/* The URL itself is in no message: it may hold a password, and messages end up in logs. */
static void check_remote(struct manifest_report *r, const struct manifest_key *key,
			 const struct node *value)
{
	const char *authority;
	size_t size;

	if (!value_check_text(r, key, value, "a URL"))
		return;
	authority = find_authority(value->text);
	size = authority ? strcspn(authority, "/?#") : 0;
	if (!authority)
		manifest_error(r, value, "'%s' takes a URL that begins with http:// or https://",
			       key->name);
	else if (memchr(authority, '@', size))
		manifest_error(r, value,
			       "'%s' contains a user name or password; credentials never belong "
			       "into a manifest: netrc or the environment carries them, see "
			       "docs/caching.md",
			       key->name);
	else if (has_blank_or_control(authority))
		manifest_error(r, value, "'%s' contains a space or a control character", key->name);
	else if (strpbrk(authority, "?#"))
		manifest_error(r, value, "'%s' contains a query or fragment ('?', '#')", key->name);
	else if (!size || *authority == ':')
		manifest_error(r, value, "'%s' names no host", key->name);
}

static void apply_remote(const struct manifest_key *key, const struct node *value, void *to)
{
	value_text.apply(key, value, to);
}

static const struct value_kind value_remote = {check_remote, apply_remote};

static const struct manifest_key cache_keys[] = {
	{"dir", &value_path, 0, offsetof(struct project, cache)},
	{"remote", &value_remote, 0, offsetof(struct project, remote)},
};

static void check_cache(struct manifest_report *r, const struct manifest_key *key,
			const struct node *value)
{
	if (value->kind != NODE_MAPPING)
		value_report_kind(r, key, value, "a mapping with 'dir' or 'remote'");
	else if (!value->n)
		manifest_error(r, value, "'%s' is empty", key->name);
	else
		value_check_members(r, value, cache_keys, ARRAY_SIZE(cache_keys));
}

static void apply_cache(const struct manifest_key *key, const struct node *value, void *to)
{
	(void)key;
	value_apply_members(value, cache_keys, ARRAY_SIZE(cache_keys), to);
}

const struct value_kind value_cache = {check_cache, apply_cache};
