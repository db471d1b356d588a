#include "btf/canonical_strings.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"

/* Room for other names of paths. */
#define GROWTH_MAX (16u << 20)

void canonical_strings_init(struct canonical_strings *s, const char *old, uint32_t size,
			    const struct object_options *options)
{
	*s = (struct canonical_strings){.old = old, .options = options};
	s->known = xcalloc(size, sizeof(*s->known));
	buf_putc(&s->out, '\0');
	s->max = (size_t)size + GROWTH_MAX;
}

void canonical_strings_free(struct canonical_strings *s)
{
	free(s->known);
	map_free(&s->offsets);
	map_free(&s->paths);
	strv_free(&s->texts);
	buf_free(&s->out);
}

/* text must live as long as s. */
static uint32_t add_text(struct canonical_strings *s, const char *text)
{
	struct map_entry *m;
	size_t len;

	if (!*text || canonical_strings_full(s))
		return 0;
	len = strlen(text);
	m = map_add(&s->offsets, text, len);
	if (!m->value) {
		m->value = (void *)s->out.n;
		buf_add(&s->out, text, len + 1);
	}
	return (uint32_t)(uintptr_t)m->value;
}

uint32_t canonical_string(struct canonical_strings *s, uint32_t old)
{
	if (!s->known[old])
		s->known[old] = add_text(s, s->old + old);
	return s->known[old];
}

/* What a path is called wherever it lies: by the longest fitting rule, and tidy. */
static char *rename_path(const struct object_options *o, const char *path)
{
	_cleanup_free_ char *tidy = path_tidy(xstrdup(path));
	const struct object_path *best = NULL;
	size_t best_len = 0;
	const char *rest;

	for (size_t i = 0; i < o->n_paths; i++) {
		const struct object_path *p = &o->paths[i];
		size_t len = strlen(p->from);

		if (len > best_len && path_below(tidy, p->from)) {
			best = p;
			best_len = len;
		}
	}
	if (!best)
		return steal(&tidy);
	rest = str_eq(best->from, ".") ? tidy : tidy + best_len;
	while (*rest == '/')
		rest++;
	if (!*rest && !*best->to)
		return xstrdup("."); /* path_tidy has no room to make it that */
	return path_tidy(path_join(best->to, rest));
}

uint32_t canonical_string_path(struct canonical_strings *s, uint32_t old)
{
	const char *path = s->old + old;
	struct map_entry *m;

	if (!*path)
		return 0;
	if (s->last_path == old)
		return s->last_path_new;
	m = map_add(&s->paths, path, strlen(path));
	if (!m->value) {
		char *text = rename_path(s->options, path);

		strv_take(&s->texts, text);
		m->value = (void *)(uintptr_t)add_text(s, text);
	}
	s->last_path = old;
	s->last_path_new = (uint32_t)(uintptr_t)m->value;
	return s->last_path_new;
}
