#include "slice/outline.h"

#include "base/str.h"
#include "slice/keywords.h"

/* How deep the text is nested at some point. */
struct depth {
	long braces, parens; /* brackets count as parentheses */
};

/* An #if that is not closed yet. */
struct open_conditional {
	uint32_t index;
	/* At the #if: */
	struct depth before;
	uint32_t first_segment; /* of the declaration around it */
	bool is_inside;		/* there is one */
};

struct maker {
	struct outline *o;
	const struct words *words;
	uint32_t first_keyword;
	VEC(struct open_conditional) open;
	struct depth depth;
	/* The declaration that is being read. */
	uint32_t first_segment;
	uint32_t segment; /* its first token, or OUTLINE_NONE between segments */
	uint32_t within;  /* its first token's conditional */
	bool is_cut, has_params, has_value;
	unsigned linkages;     /* of extern "C" { that are open */
	uint32_t before_paren; /* the word before the parenthesis that is open, or WORDS_NONE */
};

static bool same_depth(struct depth a, struct depth b)
{
	return a.braces == b.braces && a.parens == b.parens;
}

static uint32_t within(const struct maker *m)
{
	return m->open.n ? m->open.v[m->open.n - 1].index : OUTLINE_NONE;
}

static void end_segment(struct maker *m, uint32_t end)
{
	if (m->segment != OUTLINE_NONE && end > m->segment)
		vec_push(&m->o->segments,
			 ((struct outline_segment){m->segment, end - m->segment, within(m)}));
	m->segment = OUTLINE_NONE;
}

static void end_declaration(struct maker *m, uint32_t end)
{
	uint32_t n;

	end_segment(m, end);
	n = (uint32_t)m->o->segments.n - m->first_segment;
	if (n)
		vec_push(&m->o->items, ((struct outline_item){.kind = OUTLINE_DECLARATION,
							      .is_cut = m->is_cut,
							      .within = within(m),
							      .first = m->first_segment,
							      .n = n}));
	m->first_segment = (uint32_t)m->o->segments.n;
	m->is_cut = m->has_params = m->has_value = false;
}

/* Between segments: whether a declaration has begun and is to go on. */
static bool is_inside(const struct maker *m)
{
	return m->o->segments.n > m->first_segment;
}

/* At the end of one side of a conditional: it must leave the text as it was at the #if. */
static void end_side(struct maker *m, const struct open_conditional *c)
{
	if (!same_depth(c->before, m->depth) || is_inside(m) != c->is_inside ||
	    (c->is_inside && m->first_segment != c->first_segment))
		m->o->torn = true;
}

static void add_conditions(struct maker *m, struct outline_conditional *c, uint32_t from,
			   uint32_t end)
{
	/* All conditions of one conditional lie together unless another is inside: then anew. */
	if (c->first + c->n != m->o->conditions.n) {
		uint32_t first = (uint32_t)m->o->conditions.n;

		for (uint32_t i = 0; i < c->n; i++) {
			uint32_t token = m->o->conditions.v[c->first + i];

			vec_push(&m->o->conditions, token);
		}
		c->first = first;
	}
	for (uint32_t i = from; i < end; i++) {
		if (tokens_word(m->o->tokens->v[i]) == WORDS_NONE)
			continue;
		vec_push(&m->o->conditions, i);
		c->n++;
	}
}

static void begin_conditional(struct maker *m, uint32_t from, uint32_t end)
{
	struct outline_conditional c = {.outer = within(m), .first = (uint32_t)m->o->conditions.n};

	add_conditions(m, &c, from, end);
	vec_push(&m->o->conditionals, c);
	vec_push(&m->open, ((struct open_conditional){.index = (uint32_t)m->o->conditionals.n - 1,
						      .before = m->depth,
						      .first_segment = m->first_segment,
						      .is_inside = is_inside(m)}));
}

static void next_side(struct maker *m, uint32_t from, uint32_t end)
{
	struct open_conditional *c;

	if (!m->open.n)
		return;
	c = &m->open.v[m->open.n - 1];
	end_side(m, c);
	m->depth = c->before;
	m->o->conditionals.v[c->index].has_sides = true;
	add_conditions(m, &m->o->conditionals.v[c->index], from, end);
}

static void end_conditional(struct maker *m)
{
	if (m->open.n)
		end_side(m, &m->open.v[--m->open.n]);
}

static bool is_word(const struct maker *m, uint32_t word, const char *text)
{
	return word != WORDS_NONE && str_eq(words_text(m->words, word), text);
}

/* A conditional, or one of its other sides; false when it is another directive. */
static bool read_conditional(struct maker *m, uint32_t word, uint32_t from, uint32_t end)
{
	const char *name = word == WORDS_NONE ? "" : words_text(m->words, word);

	if (str_eq(name, "if") || str_eq(name, "ifdef") || str_eq(name, "ifndef"))
		begin_conditional(m, from, end);
	else if (str_eq(name, "else"))
		next_side(m, end, end);
	else if (str_starts(name, "elif"))
		next_side(m, from, end);
	else if (str_eq(name, "endif"))
		end_conditional(m);
	else
		return false;
	return true;
}

/* What a declaration says so far stands before another file's text, or the end of this one. */
static void add_joint(struct maker *m)
{
	uint32_t n = (uint32_t)m->o->segments.n - m->first_segment;

	if (n)
		vec_push(&m->o->joints, ((struct outline_joint){m->first_segment, n}));
	m->o->ajar |= m->depth.braces != 0 || m->depth.parens != 0;
}

bool outline_is_linkage(const uint32_t *v, uint32_t n, uint32_t first_keyword)
{
	return n == 3 && tokens_word(v[0]) != WORDS_NONE &&
	       keyword_of(first_keyword, tokens_word(v[0])) == KEYWORD_EXTERN &&
	       tokens_is(v[1], TOKEN_LITERAL) && tokens_is(v[2], '{');
}

/* Whether a macro may leave braces or parentheses open, as the first half of a declaration. */
static bool opens(const struct maker *m, const struct outline_item *item)
{
	const uint32_t *v = m->o->tokens->v + item->first;
	long depth = 0;

	for (uint32_t i = 0; i < item->n; i++) {
		if (tokens_is(v[i], '(') || tokens_is(v[i], '[') || tokens_is(v[i], '{'))
			depth++;
		else if (tokens_is(v[i], ')') || tokens_is(v[i], ']') || tokens_is(v[i], '}'))
			depth -= depth > 0;
	}
	return depth > 0 && !outline_is_linkage(v, item->n, m->first_keyword);
}

/* The line from token i, a '#', up to end. */
static void read_directive(struct maker *m, uint32_t i, uint32_t end)
{
	const uint32_t *v = m->o->tokens->v;
	uint32_t word = i + 1 < end ? tokens_word(v[i + 1]) : WORDS_NONE;
	struct outline_item item = {.kind = OUTLINE_DIRECTIVE, .first = i, .n = end - i};

	/* The null directive. */
	if (i + 1 == end || read_conditional(m, word, i + 2, end))
		return;
	item.within = within(m);
	if ((word == WORD_DEFINE || is_word(m, word, "undef")) && i + 2 < end) {
		item.kind = word == WORD_DEFINE ? OUTLINE_DEFINE : OUTLINE_UNDEF;
		item.name = tokens_word(v[i + 2]);
		item.first = i + 3;
		item.n = end - item.first;
		if (item.name == WORDS_NONE)
			return;
		m->o->ajar |= item.kind == OUTLINE_DEFINE && opens(m, &item);
	} else if (is_word(m, word, "include") || is_word(m, word, "include_next") ||
		   is_word(m, word, "import") || is_word(m, word, "embed")) {
		item.kind = OUTLINE_INCLUDE;
		add_joint(m);
	}
	vec_push(&m->o->items, item);
}

/* A parenthesis after an attribute's name holds no parameters. */
static void open_paren(struct maker *m, uint32_t i)
{
	if (m->depth.braces == 0 && m->depth.parens == 0)
		m->before_paren = i ? tokens_word(m->o->tokens->v[i - 1]) : WORDS_NONE;
	m->depth.parens++;
}

static void close_paren(struct maker *m)
{
	enum keyword before = m->before_paren == WORDS_NONE
				      ? KEYWORD_NONE
				      : keyword_of(m->first_keyword, m->before_paren);

	m->depth.parens--;
	if (m->depth.braces == 0 && m->depth.parens == 0 && before != KEYWORD_ATTRIBUTE &&
	    before != KEYWORD_TYPEOF && !keyword_emits(before))
		m->has_params = true;
}

/* A struct or an enum: what stood in parentheses before it were no parameters. */
static void read_keyword(struct maker *m, uint32_t word)
{
	enum keyword k = keyword_of(m->first_keyword, word);

	if (k == KEYWORD_TAG || k == KEYWORD_ENUM)
		m->has_params = false;
}

/* The brace of extern "C" { is none: what is inside are declarations like others. */
static bool opens_linkage(const struct maker *m, uint32_t i)
{
	return m->depth.braces == 0 && m->segment + 2 == i &&
	       outline_is_linkage(m->o->tokens->v + m->segment, 3, m->first_keyword);
}

/* Whether a declaration ends with the brace at token i. */
static bool read_brace(struct maker *m, uint32_t i)
{
	if (tokens_is(m->o->tokens->v[i], '{')) {
		m->linkages += opens_linkage(m, i);
		m->depth.braces += !opens_linkage(m, i);
		return opens_linkage(m, i);
	}
	if (m->depth.braces == 0 && m->linkages) {
		m->linkages--;
		return true;
	}
	m->depth.braces--;
	/* A function's body; after others something may follow. */
	return m->depth.braces == 0 && m->depth.parens == 0 && m->has_params && !m->has_value;
}

static bool is_outside(const struct maker *m)
{
	return m->depth.braces == 0 && m->depth.parens == 0;
}

/* Token i is part of a declaration. */
static void read_token(struct maker *m, uint32_t i)
{
	uint32_t token = m->o->tokens->v[i];
	bool ends = false, outside = is_outside(m);

	if (m->segment == OUTLINE_NONE)
		m->segment = i;
	if (m->segment == i && !is_inside(m))
		m->within = within(m);
	if (tokens_is(token, '('))
		open_paren(m, i);
	else if (tokens_is(token, ')'))
		close_paren(m);
	else if (tokens_is(token, '['))
		m->depth.parens++;
	else if (tokens_is(token, ']'))
		m->depth.parens--;
	else if (tokens_is(token, '{') || tokens_is(token, '}'))
		ends = read_brace(m, i);
	else if (outside && tokens_word(token) != WORDS_NONE)
		read_keyword(m, tokens_word(token));
	else if (outside) {
		m->has_value |= tokens_is(token, '=');
		ends = tokens_is(token, ';');
	}
	if ((outside || is_outside(m)) && m->within != within(m))
		m->is_cut = true;
	if (m->depth.braces < 0 || m->depth.parens < 0) {
		m->o->torn = m->o->ajar = ends = true;
		m->depth = (struct depth){0};
	}
	if (ends)
		end_declaration(m, i + 1);
}

/* Whether tokens i and on begin a digraph or a trigraph: "<%", "??=" and the like. */
static bool is_other_spelling(const struct file_tokens *t, uint32_t i)
{
	uint32_t a = t->v[i], b = i + 1 < t->n ? t->v[i + 1] : TOKEN_AFTER_SPACE;

	if (b & TOKEN_AFTER_SPACE)
		return false;
	return (tokens_is(a, '<') && (tokens_is(b, '%') || tokens_is(b, ':'))) ||
	       ((tokens_is(a, '%') || tokens_is(a, ':')) && tokens_is(b, '>')) ||
	       (tokens_is(a, '?') && tokens_is(b, '?'));
}

/* Whether token i begins a label, asm("name"), and no statement, which has operands or qualifiers.
 */
static bool is_asm_label(const struct file_tokens *t, size_t i)
{
	if (i + 1 >= t->n || !tokens_is(t->v[i + 1], '('))
		return false;
	for (i += 2; i < t->n && !tokens_is(t->v[i], ')'); i++)
		if (tokens_is(t->v[i], ':'))
			return false;
	return true;
}

/* Whether something is used by way of a string that names it: alias("name"), asm("name"). */
static bool names_by_string(const struct file_tokens *t, uint32_t first_keyword)
{
	for (size_t i = 0; i + 1 < t->n; i++) {
		uint32_t word = tokens_word(t->v[i]);
		enum keyword k =
			word == WORDS_NONE ? KEYWORD_NONE : keyword_of(first_keyword, word);

		/* Kernels have members of that name. */
		if (k == KEYWORD_ALIAS && !tokens_is(t->v[i + 1], ';'))
			return true;
		if (k == KEYWORD_ASM && is_asm_label(t, i))
			return true;
	}
	return false;
}

struct outline *outline_make(const struct file_tokens *tokens, const struct words *words,
			     uint32_t first_keyword)
{
	struct maker m = {.o = xcalloc(1, sizeof(*m.o)),
			  .words = words,
			  .first_keyword = first_keyword,
			  .segment = OUTLINE_NONE};

	m.o->tokens = tokens;
	m.o->by_string = names_by_string(tokens, first_keyword);
	for (uint32_t i = 0; i < tokens->n; i++)
		m.o->ajar |= is_other_spelling(tokens, i);
	for (uint32_t i = 0; i < tokens->n;) {
		uint32_t end = i + 1;

		if (!tokens_is(tokens->v[i], '#') || !(tokens->v[i] & TOKEN_BEGINS_LINE)) {
			read_token(&m, i++);
			continue;
		}
		while (end < tokens->n && !(tokens->v[end] & TOKEN_BEGINS_LINE))
			end++;
		end_segment(&m, i);
		read_directive(&m, i, end);
		i = end;
	}
	m.o->torn |= m.depth.braces != 0 || m.depth.parens != 0;
	m.open.n = 0;
	end_segment(&m, (uint32_t)tokens->n);
	add_joint(&m);
	end_declaration(&m, (uint32_t)tokens->n);
	vec_free(&m.open);
	return m.o;
}

void outline_free(struct outline *o)
{
	if (!o)
		return;
	vec_free(&o->conditionals);
	vec_free(&o->conditions);
	vec_free(&o->items);
	vec_free(&o->segments);
	vec_free(&o->joints);
	free(o);
}
