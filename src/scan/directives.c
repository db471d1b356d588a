#include "scan/directives.h"

#include <string.h>

/* Directives as they are found: flags and a name inside the text. */
struct found {
	unsigned flags;
	const char *name;
	size_t len;
};

struct scan {
	const char *text, *end;
	bool computed, volatile_;
	VEC(struct found) found;
};

static const char *skip_blanks(const char *p)
{
	for (;;) {
		if (*p == ' ' || *p == '\t' || *p == '\f' || *p == '\v') {
			p++;
		} else if (p[0] == '\\' && p[1] == '\n') {
			p += 2;
		} else if (p[0] == '/' && p[1] == '*') {
			const char *close = strstr(p + 2, "*/");

			if (!close)
				return p;
			p = close + 2;
		} else {
			return p;
		}
	}
}

/* Whether the '#' at p may begin a directive: only blanks, or a comment's end, before it. */
static bool starts_line(const struct scan *s, const char *p)
{
	while (p > s->text && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == s->text || p[-1] == '\n' || p[-1] == '/';
}

/* Reads "name" or <name> at p; false when there is none on this line. */
static bool add_name(struct scan *s, const char *p, unsigned flags)
{
	char close = *p == '"' ? '"' : *p == '<' ? '>' : '\0';
	size_t len;

	if (!close)
		return false;
	p++;
	len = strcspn(p, close == '"' ? "\"\n" : ">\n");
	if (p[len] != close || len == 0)
		return false;
	if (close == '>')
		flags |= DIRECTIVE_ANGLE;
	vec_push(&s->found, ((struct found){flags, p, len}));
	return true;
}

static bool is_word(const char *p)
{
	return *p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
	       (*p >= '0' && *p <= '9');
}

static void scan_includes(struct scan *s)
{
	static const struct {
		const char *word;
		unsigned flags;
	} words[] = {
		{"include_next", DIRECTIVE_NEXT},
		{"include", 0},
		{"import", 0},
		{"embed", DIRECTIVE_LEAF},
	};
	const char *p = s->text;

	while ((p = memchr(p, '#', (size_t)(s->end - p)))) {
		const char *word = p + 1;

		if (!starts_line(s, p)) {
			p++;
			continue;
		}
		word = skip_blanks(word);
		p = word;
		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			size_t len = strlen(words[i].word);

			if (strncmp(word, words[i].word, len) != 0 || is_word(word + len))
				continue;
			p = skip_blanks(word + len);
			if (!add_name(s, p, words[i].flags) && is_word(p))
				s->computed = true;
			break;
		}
	}
}

static void scan_tests(struct scan *s, const char *word, unsigned flags)
{
	size_t len = strlen(word);
	const char *p = s->text;

	while ((p = memmem(p, (size_t)(s->end - p), word, len))) {
		p += len;
		if (is_word(p))
			continue;
		const char *open = skip_blanks(p);

		if (*open != '(')
			continue;
		open = skip_blanks(open + 1);
		if (!add_name(s, open, flags) && is_word(open))
			s->volatile_ = true;
	}
}

static bool has(const struct scan *s, const char *word)
{
	return memmem(s->text, (size_t)(s->end - s->text), word, strlen(word)) != NULL;
}

static struct directives *pack(const struct scan *s)
{
	size_t bytes = 0;
	struct directives *d;
	char *names;

	for (size_t i = 0; i < s->found.n; i++)
		bytes += s->found.v[i].len + 1;
	d = xmalloc(sizeof(*d) + s->found.n * sizeof(d->v[0]) + bytes);
	d->computed = s->computed;
	d->volatile_ = s->volatile_;
	d->n = s->found.n;
	names = (char *)&d->v[d->n];
	for (size_t i = 0; i < d->n; i++) {
		const struct found *f = &s->found.v[i];

		memcpy(names, f->name, f->len);
		names[f->len] = '\0';
		d->v[i] = (struct directive){f->flags, names};
		names += f->len + 1;
	}
	return d;
}

struct directives *directives_scan(const char *text, size_t size)
{
	struct scan s = {.text = text, .end = text + size};
	struct directives *d;

	scan_includes(&s);
	scan_tests(&s, "__has_include", DIRECTIVE_LEAF);
	scan_tests(&s, "__has_include_next", DIRECTIVE_LEAF | DIRECTIVE_NEXT);
	scan_tests(&s, "__has_embed", DIRECTIVE_LEAF);
	if (has(&s, "__DATE__") || has(&s, "__TIME__") || has(&s, "__TIMESTAMP__") ||
	    has(&s, ".incbin"))
		s.volatile_ = true;
	d = pack(&s);
	vec_free(&s.found);
	return d;
}

void directives_encode(const struct directives *d, struct buf *ret)
{
	put_u32(ret, (d->computed ? 1 : 0) | (d->volatile_ ? 2 : 0));
	put_u32(ret, (uint32_t)d->n);
	for (size_t i = 0; i < d->n; i++) {
		put_u32(ret, d->v[i].flags);
		put_string(ret, d->v[i].name);
	}
}

struct directives *directives_decode(struct state_value value)
{
	struct reader r = reader_of(value);
	struct scan s = {0};
	uint32_t bits = get_u32(&r), n = get_u32(&r);
	struct directives *d = NULL;

	s.computed = bits & 1;
	s.volatile_ = bits & 2;
	for (uint32_t i = 0; i < n && !r.bad; i++) {
		unsigned flags = get_u32(&r);
		const char *name = get_string(&r);

		vec_push(&s.found, ((struct found){flags, name, strlen(name)}));
	}
	if (!r.bad)
		d = pack(&s);
	vec_free(&s.found);
	return d;
}
