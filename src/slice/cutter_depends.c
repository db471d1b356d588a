#include <errno.h>

#include "base/message.h"
#include "base/path.h"
#include "slice/cutter_parts.h"
#include "slice/depends.h"

/* A unit's files, and what they are called. */
struct question {
	struct cutter *c;
	const struct cut_question *q;
	VEC(struct depends_file) files;
	VEC(struct file *) names; /* NULL: no file, see label */
	VEC(uint32_t) seeds;
	uint8_t *is_seed; /* by word */
	struct source text, definitions;
};

static void add(struct question *x, const struct source *s, struct file *name)
{
	uint32_t word = WORDS_NONE;

	vec_foreach (other, x->q->others)
		if (*other == name)
			word = words_add(x->c->words, path_base(name->path),
					 strlen(path_base(name->path)));
	vec_push(&x->files, ((struct depends_file){s->outline, s->macros, word}));
	vec_push(&x->names, name);
}

static void need_outline(struct cutter *c, struct source *s)
{
	if (!s->outline)
		s->outline = outline_make(s->tokens, c->words, c->first_keyword);
}

/* Slices see the helpers' header as an index; here it is text like any other. */
static int need_tokens(struct cutter *c, struct file *file, struct source *s)
{
	_cleanup_content_ struct file_content content = {0};
	int err = s->tokens ? 0 : files_try_load(c->files, file, &content);

	if (err < 0)
		return message_error(err, "read: %s: %s", file->path, strerror(-err));
	if (!s->tokens)
		source_scan(c, (const char *)content.data, content.size, s);
	return 0;
}

static int add_file(struct question *x, struct file *file)
{
	struct source *s;
	int err = source_get(x->c, file, &s);

	err = err < 0 ? err : need_tokens(x->c, file, s);
	if (err < 0)
		return err;
	need_outline(x->c, s);
	add(x, s, file);
	return 0;
}

/* The unit's source first: it is what people are told of. */
static int add_files(struct question *x)
{
	int err = 0;

	vec_foreach (f, x->q->files)
		if (str_eq((*f)->path, x->q->source) && err == 0)
			err = add_file(x, *f);
	vec_foreach (f, x->q->files)
		if (!str_eq((*f)->path, x->q->source) && err == 0)
			err = add_file(x, *f);
	return err;
}

static void add_text(struct question *x, const char *text, size_t size, struct source *into)
{
	source_scan(x->c, text, size, into);
	need_outline(x->c, into);
	add(x, into, NULL);
}

/* Of the command line only definitions matter here. */
static void add_definitions(struct question *x)
{
	_cleanup_buf_ struct buf text = {0};
	const struct strv *flags = x->q->flags;

	for (size_t i = 0; i < flags->n; i++) {
		if (str_eq(flags->v[i], "-D") && i + 1 < flags->n)
			macros_put_definition(&text, flags->v[++i]);
		else if (str_starts(flags->v[i], "-D"))
			macros_put_definition(&text, flags->v[i] + 2);
	}
	add_text(x, text.v ? text.v : "", text.n, &x->definitions);
}

/* The line of a token; 0 when the file has changed meanwhile. */
static unsigned line_of(const struct file_content *content, uint32_t token)
{
	struct lexer l = lexer_begin((const char *)content->data, content->size);
	const char *at = (const char *)content->data;
	struct token t = lexer_next(&l);
	unsigned line = 1;

	for (uint32_t i = 0; i < token && t.kind != TOKEN_END; i++)
		t = lexer_next(&l);
	if (t.kind == TOKEN_END)
		return 0;
	for (; at < t.at; at++)
		line += *at == '\n';
	return line;
}

static void put_place(const struct question *x, const struct depends_reason *r, struct buf *b)
{
	_cleanup_content_ struct file_content content = {0};
	struct file *file = x->names.v[r->file];

	if (!file) {
		buf_puts(b, r->file == x->files.n - 1 ? "the command line" : x->q->name);
		return;
	}
	buf_puts(b, file->path);
	if (files_try_load(x->c->files, file, &content) == 0 && line_of(&content, r->token))
		buf_printf(b, ":%u", line_of(&content, r->token));
}

/* "a.bpf.c:12: PT_REGS_PARM1 (by way of __PT_PARM1_REG) depends on __TARGET_ARCH_x86" */
static char *describe(const struct question *x, const struct depends_reason *r)
{
	const struct words *w = x->c->words;
	struct buf b = {0};

	put_place(x, r, &b);
	buf_puts(&b, ":");
	if (r->what)
		buf_printf(&b, " %s", r->what);
	if (r->words.n > 1 && r->what)
		buf_puts(&b, " under a condition on");
	if (r->words.n > 1)
		buf_printf(&b, " %s", words_text(w, r->words.v[0]));
	if (r->words.n > 2)
		buf_printf(&b, " (by way of %s)", words_text(w, r->words.v[1]));
	if (r->words.n)
		buf_printf(&b, " depends on %s", words_text(w, r->words.v[r->words.n - 1]));
	return buf_steal(&b);
}

static void end(struct question *x)
{
	vec_free(&x->files);
	vec_free(&x->names);
	vec_free(&x->seeds);
	free(x->is_seed);
	source_clear(&x->text);
	source_clear(&x->definitions);
}

static void add_seed(struct question *x, uint32_t word)
{
	if (!x->is_seed[word])
		vec_push(&x->seeds, word);
	x->is_seed[word] = 1;
}

static void add_seeds_by_prefix(struct question *x, const char *prefix)
{
	vec_foreach (f, &x->files) {
		const struct file_tokens *t = f->outline->tokens;

		for (size_t k = 0; k < t->n_uniq; k++)
			if (str_starts(words_text(x->c->words, t->uniq[k]), prefix))
				add_seed(x, t->uniq[k]);
	}
}

static void add_seeds(struct question *x)
{
	const struct strv *macros = x->q->macros, *prefixes = x->q->prefixes;
	struct words *words = x->c->words;

	for (size_t i = 0; i < macros->n; i++)
		words_add(words, macros->v[i], strlen(macros->v[i]));
	x->is_seed = xcalloc(words_count(words), 1);
	for (size_t i = 0; i < macros->n; i++)
		add_seed(x, words_find(words, macros->v[i], strlen(macros->v[i])));
	vec_foreach (f, &x->files)
		if (f->word != WORDS_NONE)
			add_seed(x, f->word);
	for (size_t i = 0; i < prefixes->n; i++)
		add_seeds_by_prefix(x, prefixes->v[i]);
}

int cutter_find_dependence(struct cutter *c, const struct cut_question *q, char **ret_why)
{
	_cleanup_(end) struct question x = {.c = c, .q = q};
	struct depends_unit unit = {.words = c->words, .first_keyword = c->first_keyword};
	struct depends_reason reason = {0};
	int err = add_files(&x);

	if (err < 0)
		return err;
	if (q->text)
		add_text(&x, q->text, q->size, &x.text);
	add_definitions(&x);
	add_seeds(&x);
	unit.files = x.files.v;
	unit.n_files = x.files.n;
	unit.seeds = x.seeds.v;
	unit.n_seeds = x.seeds.n;
	*ret_why = depends_find(&unit, &reason) ? describe(&x, &reason) : NULL;
	vec_free(&reason.words);
	return 0;
}
