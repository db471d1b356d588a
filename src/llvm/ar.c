#include "llvm/ar.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "base/str.h"

#define MAGIC_SIZE 8
static const char magic[] = "!<arch>\n", thin_magic[] = "!<thin>\n";

/* As it lies in the file: text, filled up with blanks. */
struct header {
	char name[16], date[12], uid[6], gid[6], mode[8], size[10], end[2];
};

/* Tables rather than members, by their names. */
static const char *const tables[] = {
	"/",
	"/SYM64/",
	"__.SYMDEF",
	"__.SYMDEF SORTED",
	"__.SYMDEF_64",
	"__.SYMDEF_64 SORTED",
	"/<ECSYMBOLS>/",
	"/<XFGHASHMAP>/",
};

bool ar_is(const uint8_t *data, size_t size)
{
	return size >= MAGIC_SIZE &&
	       (memcmp(data, magic, MAGIC_SIZE) == 0 || memcmp(data, thin_magic, MAGIC_SIZE) == 0);
}

void ar_open(struct ar *a, const uint8_t *data, size_t size, const char *what)
{
	*a = (struct ar){
		.data = data,
		.size = size,
		.at = MAGIC_SIZE,
		.what = what,
		.is_thin = memcmp(data, thin_magic, MAGIC_SIZE) == 0,
	};
}

static int damaged(const struct ar *a, size_t at, const char *why)
{
	return message_error(-EBADMSG,
			     "link: %s: archive member at byte %zu: %s; the file is "
			     "damaged",
			     a->what, at, why);
}

/* A decimal number that fills a field, but for blanks at its end. */
static bool read_number(const char *field, size_t size, unsigned long *ret)
{
	_cleanup_free_ char *text = xstrndup(field, size);

	size_t n = strcspn(text, " ");

	if (text[n + strspn(text + n, " ")] != '\0')
		return false;
	text[n] = '\0';
	return str_to_ulong(text, (unsigned long)-1 >> 1, ret);
}

/* A header's own name, without what fills it up. */
static char *short_name(const struct header *h)
{
	size_t n = sizeof(h->name);

	while (n && h->name[n - 1] == ' ')
		n--;
	return xstrndup(h->name, n);
}

/* GNU: "/123" is where in the table the name begins, which ends with "/\n". */
static char *name_in_table(const struct ar *a, const char *reference)
{
	unsigned long at;
	const char *name;
	size_t n = 0;

	if (!str_to_ulong(reference, a->names_size, &at))
		return NULL;
	name = a->names + at;
	while (at + n < a->names_size && name[n] != '\n' && name[n] != '\0')
		n++;
	if (n && name[n - 1] == '/')
		n--;
	return n ? xstrndup(name, n) : NULL;
}

/* BSD: "#1/20" says that the member's first 20 bytes are its name, filled up with NULs. */
static char *name_in_member(struct ar_member *m, const char *length)
{
	unsigned long n;
	char *name;

	if (!m->data || !str_to_ulong(length, m->size, &n))
		return NULL;
	name = xstrndup((const char *)m->data, n);
	m->data += n;
	m->size -= n;
	return name;
}

/* The member's name in full, taken from text; NULL when that leads nowhere. */
static char *resolve_name(const struct ar *a, char *text, struct ar_member *m)
{
	size_t n = strlen(text);

	if (str_starts(text, "#1/"))
		return name_in_member(m, text + 3);
	if (text[0] == '/' && text[1] >= '0' && text[1] <= '9')
		return name_in_table(a, text + 1);
	if (n > 1 && text[n - 1] == '/')
		n--;
	return xstrndup(text, n);
}

static bool is_table(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (str_eq(name, tables[i]))
			return true;
	return false;
}

/* Takes a member's range and goes on to the next header; in thin archives only tables have one. */
static int take_content(struct ar *a, unsigned long size, bool is_inside, struct ar_member *m)
{
	size_t at = a->at + sizeof(struct header);

	m->size = size;
	if (is_inside) {
		if (size > a->size - at)
			return damaged(a, a->at, "it reaches beyond the end");
		m->data = a->data + at;
		at += size + size % 2;
	}
	a->at = at < a->size ? at : a->size;
	return 0;
}

/* Reads one header. ret->name stays NULL when it was a table. */
static int read_member(struct ar *a, struct ar_member *ret)
{
	const size_t begin = a->at;
	const struct header *h = (const void *)(a->data + begin);
	_cleanup_free_ char *text = NULL;
	struct ar_member m = {0};
	unsigned long size;
	bool is_names;
	int err;

	if (a->size - begin < sizeof(*h) || memcmp(h->end, "`\n", 2) != 0 ||
	    !read_number(h->size, sizeof(h->size), &size))
		return damaged(a, begin, "no header");
	text = short_name(h);
	is_names = str_eq(text, "//");
	err = take_content(a, size, !a->is_thin || is_names || is_table(text), &m);
	if (err < 0)
		return err;
	if (is_names) {
		a->names = (const char *)m.data;
		a->names_size = m.size;
		return 0;
	}
	if (is_table(text))
		return 0;
	m.name = resolve_name(a, text, &m);
	if (!m.name)
		return damaged(a, begin, "its name leads nowhere");
	if (is_table(m.name))
		free(steal(&m.name));
	*ret = m;
	return 0;
}

int ar_next(struct ar *a, struct ar_member *ret)
{
	struct ar_member m = {0};

	while (a->at < a->size) {
		int err = read_member(a, &m);

		if (err < 0)
			return err;
		if (!m.name)
			continue;
		*ret = m;
		return 1;
	}
	return 0;
}
