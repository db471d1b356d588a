#include "scan/walk.h"

#include <errno.h>

#include "base/map.h"
#include "base/path.h"
#include "scan/directives.h"
#include "store/codec.h"

#define DIRECTIVES_KEY 'd'

/* Where one directive led: the file found, if any, and the places that lack it. */
struct resolution {
	struct file *found;
	size_t dir;	   /* index into the search path where it was found, for include_next */
	struct node *node; /* the file's */
	file_list absent;
};

/* A file as met through one search path, with what its directives lead to. */
struct node {
	struct file *file;
	size_t dir;
	bool expanded;
	unsigned refreshed;	       /* the file's, when it was expanded */
	unsigned visited;	       /* number of the last walk that met it */
	struct directives *directives; /* the file's */
	struct resolution **to;	       /* one for each directive */
};

/* What is known about one search path. */
struct paths {
	struct map nodes;	/* file path -> node */
	struct map resolutions; /* see put_key -> resolution */
	VEC(char *) keys;
};

struct scanner {
	struct state *state;
	struct files *files;
	unsigned walks;
	struct buf key; /* of the resolution that is looked for */
};

void walk_free(struct walk *w)
{
	vec_free(&w->read);
	vec_free(&w->absent);
	vec_free(&w->types);
}

struct scanner *scanner_new(struct state *state, struct files *files)
{
	struct scanner *s = xcalloc(1, sizeof(*s));

	s->state = state;
	s->files = files;
	return s;
}

static void paths_free(struct paths *p)
{
	for (size_t i = 0; i < p->nodes.n; i++) {
		struct node *n = p->nodes.entries[i].value;

		free(n->to);
		free(n);
	}
	for (size_t i = 0; i < p->resolutions.n; i++) {
		struct resolution *r = p->resolutions.entries[i].value;

		vec_free(&r->absent);
		free(r);
	}
	for (size_t i = 0; i < p->keys.n; i++)
		free(p->keys.v[i]);
	vec_free(&p->keys);
	map_free(&p->nodes);
	map_free(&p->resolutions);
	free(p);
}

void scanner_free(struct scanner *s)
{
	if (s)
		buf_free(&s->key);
	free(s);
}

void search_free(struct search *s)
{
	strv_free(&s->dirs);
	if (s->known)
		paths_free(s->known);
	*s = (struct search){0};
}

/*
 * The directives in a file, from the state when its content was scanned before. A file that cannot
 * be read has none: who uses it as an input will find out, and can tell who wanted it.
 */
static void find_directives(struct scanner *s, struct file *file)
{
	_cleanup_content_ struct file_content content = {0};
	_cleanup_buf_ struct buf value = {0};
	char key[1 + DIGEST_SIZE] = {DIRECTIVES_KEY};

	if (file->directives)
		return;
	if (file->has_digest) {
		memcpy(key + 1, file->digest.bytes, DIGEST_SIZE);
		file->directives = directives_decode(state_get(s->state, key, sizeof(key)));
		if (file->directives)
			return;
	}
	if (files_try_load(s->files, file, &content) < 0) {
		file->directives = directives_scan("", 0);
		return;
	}
	file->directives = directives_scan((const char *)content.data, content.size);
	memcpy(key + 1, file->digest.bytes, DIGEST_SIZE);
	directives_encode(file->directives, &value);
	state_put(s->state, key, sizeof(key), value.v, value.n);
}

static bool try_dir(struct scanner *s, const char *dir, const char *name, size_t index,
		    struct resolution *r)
{
	_cleanup_free_ char *path = path_join(dir, name);
	struct file *file = files_get(s->files, path_tidy(path));

	if (file->exists) {
		r->found = file;
		r->dir = index;
		return true;
	}
	vec_push(&r->absent, file);
	return false;
}

/* No index: found beside the includer, or named on the command line. */
#define NO_DIR SIZE_MAX

static void search_name(struct scanner *s, const struct search *search, const char *includer_dir,
			size_t includer_index, const struct directive *d, struct resolution *r)
{
	bool angle = d->flags & DIRECTIVE_ANGLE;
	size_t first = angle ? search->n_quote : 0;

	if (*d->name == '/') {
		try_dir(s, "/", d->name, NO_DIR, r);
		return;
	}
	if (d->flags & DIRECTIVE_NEXT && includer_index != NO_DIR)
		first = includer_index + 1;
	else if (!angle && !(d->flags & DIRECTIVE_NEXT) &&
		 try_dir(s, includer_dir, d->name, NO_DIR, r))
		return;
	for (size_t i = first; i < search->dirs.n; i++)
		if (try_dir(s, search->dirs.v[i], d->name, i, r))
			return;
}

static struct node *node_for(struct paths *p, struct file *file, size_t dir)
{
	struct map_entry *e = map_add(&p->nodes, file->path, strlen(file->path));
	struct node *n = e->value;

	if (!n) {
		n = xcalloc(1, sizeof(*n));
		n->file = file;
		n->dir = dir;
		e->value = n;
	}
	return n;
}

/* Only what matters for this kind of directive is in the key, so that most are shared. */
static void put_key(const struct node *from, const char *dir, const struct directive *d,
		    struct buf *ret)
{
	bool angle = d->flags & DIRECTIVE_ANGLE, next = d->flags & DIRECTIVE_NEXT;

	ret->n = 0;
	put_u32(ret, d->flags & ~(unsigned)DIRECTIVE_LEAF);
	put_u64(ret, next ? from->dir : 0);
	put_string(ret, angle ? "" : dir);
	put_string(ret, d->name);
}

/* dir: the folder of the file with the directive. */
static struct resolution *resolve(struct scanner *s, struct paths *p, const struct search *search,
				  const struct node *from, const char *dir,
				  const struct directive *d)
{
	struct map_entry *e;
	struct resolution *r;

	put_key(from, dir, d, &s->key);
	e = map_find(&p->resolutions, s->key.v, s->key.n);
	if (e)
		return e->value;
	r = xcalloc(1, sizeof(*r));
	search_name(s, search, dir, from->dir, d, r);
	if (r->found)
		r->node = node_for(p, r->found, r->dir);
	vec_push(&p->keys, xstrndup(s->key.v, s->key.n));
	map_add(&p->resolutions, p->keys.v[p->keys.n - 1], s->key.n)->value = r;
	return r;
}

static void expand(struct scanner *s, struct paths *p, const struct search *search, struct node *n)
{
	_cleanup_free_ char *dir = path_dir(n->file->path);

	find_directives(s, n->file);
	n->directives = n->file->directives;
	free(n->to);
	n->to = xcalloc(n->directives->n, sizeof(*n->to));
	for (size_t i = 0; i < n->directives->n; i++)
		n->to[i] = resolve(s, p, search, n, dir, &n->directives->v[i]);
	n->expanded = true;
	n->refreshed = n->file->refreshed;
}

typedef VEC(struct node *) node_stack;

static void add_read(const struct scanner *s, struct walk *w, struct file *f)
{
	if (f->read_by == s->walks)
		return;
	f->read_by = s->walks;
	vec_push(&w->read, f);
}

static void add_absent(const struct scanner *s, struct walk *w, struct file *f)
{
	if (f->missed_by == s->walks)
		return;
	f->missed_by = s->walks;
	vec_push(&w->absent, f);
}

static void meet(struct scanner *s, struct node *n, bool leaf, node_stack *todo, struct walk *w)
{
	add_read(s, w, n->file);
	/* A file that is only looked for may be included by another directive. */
	if (leaf || n->visited == s->walks)
		return;
	n->visited = s->walks;
	vec_push(todo, n);
}

static void walk_nodes(struct scanner *s, struct paths *p, const struct search *search,
		       node_stack *todo, struct walk *w)
{
	while (todo->n) {
		struct node *n = todo->v[--todo->n];

		if (!n->expanded || n->refreshed != n->file->refreshed)
			expand(s, p, search, n);
		w->computed |= n->directives->computed;
		w->volatile_ |= n->directives->volatile_;
		for (size_t i = 0; i < n->directives->n; i++) {
			const struct directive *d = &n->directives->v[i];
			struct resolution *r = n->to[i];
			bool leaf = d->flags & DIRECTIVE_LEAF;

			for (size_t k = 0; k < r->absent.n; k++)
				add_absent(s, w, r->absent.v[k]);
			if (r->found)
				meet(s, r->node, leaf, todo, w);
			if (!leaf && str_eq(d->name, TYPES_HEADER)) {
				w->wants_types = true;
				if (r->found)
					vec_push(&w->types, r->found);
			}
		}
	}
}

static int compare_files(const void *a, const void *b)
{
	const struct file *x = *(struct file *const *)a, *y = *(struct file *const *)b;

	return strcmp(x->path, y->path);
}

/* Sorts by path and drops repetitions. */
static void make_unique(file_list *list)
{
	size_t n = 0;

	if (list->n)
		qsort(list->v, list->n, sizeof(list->v[0]), compare_files);
	for (size_t i = 0; i < list->n; i++)
		if (n == 0 || list->v[n - 1] != list->v[i])
			list->v[n++] = list->v[i];
	list->n = n;
}

static void add_root(struct scanner *s, struct paths *p, const char *root, node_stack *todo,
		     struct walk *w)
{
	_cleanup_free_ char *path = path_tidy(xstrdup(root));
	struct file *file = files_get(s->files, path);

	if (file->exists)
		meet(s, node_for(p, file, NO_DIR), false, todo, w);
	else
		add_absent(s, w, file);
}

void walk_from(struct scanner *s, struct search *search, const char *root, const struct strv *more,
	       struct walk *ret)
{
	struct paths *p = search->known;
	struct walk w = {0};
	node_stack todo = {0};

	if (!p)
		p = search->known = xcalloc(1, sizeof(*p));
	s->walks++;
	add_root(s, p, root, &todo, &w);
	for (size_t i = 0; i < more->n; i++)
		add_root(s, p, more->v[i], &todo, &w);
	walk_nodes(s, p, search, &todo, &w);
	vec_free(&todo);
	make_unique(&w.types);
	*ret = w;
}

void walk_add_extra(struct scanner *s, const struct search *search, const char *path,
		    struct walk *w)
{
	_cleanup_free_ char *tidy = path_tidy(xstrdup(path));
	struct file *file = files_get(s->files, tidy);

	vec_push(file->exists ? &w->read : &w->absent, file);
	for (size_t i = 0; i < search->dirs.n; i++) {
		const char *dir = search->dirs.v[i];
		struct resolution r = {0};

		if (!path_below(tidy, dir) || str_eq(tidy, dir))
			continue;
		const char *name = str_eq(dir, ".") ? tidy : tidy + strlen(dir) + 1;

		for (size_t k = 0; k < i; k++)
			try_dir(s, search->dirs.v[k], name, k, &r);
		for (size_t k = 0; k < r.absent.n; k++)
			vec_push(&w->absent, r.absent.v[k]);
		vec_free(&r.absent);
	}
	make_unique(&w->read);
	make_unique(&w->absent);
}
