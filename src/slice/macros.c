#include "slice/macros_parts.h"

/* A chain of more operands is taken to make anything. */
#define MAX_OPERANDS 64

struct preparation {
	struct words *words;
	struct file_macros *m;
	VEC(uint32_t) at; /* mentions in the order of the text */
	VEC(uint32_t) chain;
	struct buf text;
};

/* The first token of the next line. */
static uint32_t end_of_line(const struct file_tokens *t, uint32_t i)
{
	do
		i++;
	while (i < t->n && !(t->v[i] & TOKEN_BEGINS_LINE));
	return i;
}

static void add_mentions(struct preparation *p, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		if (!(p->m->tokens->v[i] & TOKEN_MARK))
			vec_push(&p->at, i);
}

/* Reads parameters up to the closing parenthesis; gives where the body begins. */
static uint32_t read_params(struct file_macros *m, struct definition *d, uint32_t i, uint32_t end)
{
	const uint32_t *v = m->tokens->v;

	for (; i < end && !tokens_is(v[i], ')'); i++) {
		uint32_t word = tokens_word(v[i]);

		if (tokens_is(v[i], TOKEN_DOTS)) {
			d->variadic = true;
			if (i > 0 && tokens_word(v[i - 1]) != WORDS_NONE)
				continue; /* "args..." */
			word = WORD_VA_ARGS;
		}
		if (word == WORDS_NONE)
			continue;
		vec_push(&m->params, word);
		d->n_params++;
	}
	return i < end ? i + 1 : i;
}

/* Notes a body's words, and what it may expand to whatever its arguments and other macros are. */
static void read_body(struct file_macros *m, struct definition *d)
{
	const uint32_t *v = m->tokens->v;
	long depth = 0, lowest = 0;
	unsigned flow = 0;

	if (d->body == d->end || d->takes_arguments)
		flow |= FLOW_EMPTY;
	if (d->end - d->body > 1 || d->takes_arguments)
		flow |= FLOW_MULTI;
	for (uint32_t i = d->body; i < d->end; i++) {
		uint32_t word = tokens_word(v[i]);
		uint32_t param = word == WORDS_NONE ? word : definition_param(m, d, word);

		if (word != WORDS_NONE && param == WORDS_NONE)
			vec_push(&m->words, word);
		if (tokens_is(v[i], '('))
			depth++;
		else if (tokens_is(v[i], ')'))
			lowest = --depth < lowest ? depth : lowest;
		else if (tokens_is(v[i], TOKEN_PASTE) && i > d->body && !tokens_is(v[i - 1], ','))
			flow |= FLOW_PASTED;
		else if (depth == 0 &&
			 (tokens_is(v[i], ',') || (d->variadic && param == d->n_params - 1)))
			flow |= FLOW_COMMA;
	}
	if (depth != 0 || lowest < 0) {
		flow |= FLOW_PAREN | FLOW_COMMA;
		m->unbalanced = true;
	}
	d->n_words = (uint32_t)m->words.n - d->first_word;
	d->flow = (uint8_t)flow;
}

static bool uses_va_opt(const struct file_macros *m, const struct definition *d)
{
	for (uint32_t i = 0; i < d->n_words; i++)
		if (m->words.v[d->first_word + i] == WORD_VA_OPT)
			return true;
	return false;
}

static uint32_t operand_at(const struct file_macros *m, const struct definition *d, uint32_t i)
{
	uint32_t token = m->tokens->v[i], word = tokens_word(token), param;

	if (word == WORD_VA_OPT || (tokens_is(token, ')') && uses_va_opt(m, d)))
		return OPERAND_WILD;
	if (word == WORDS_NONE)
		return OPERAND_NONE;
	param = definition_param(m, d, word);
	return param == WORDS_NONE ? word : OPERAND_PARAM | param;
}

static bool is_text(uint32_t operand)
{
	return operand <= TOKEN_ID_MAX;
}

/* Adds an operand; words without a parameter between them become one. */
static void push_operand(struct preparation *p, uint32_t operand)
{
	uint32_t *last = p->chain.n ? &p->chain.v[p->chain.n - 1] : NULL;

	if (!last || !is_text(*last) || !is_text(operand)) {
		vec_push(&p->chain, operand);
		return;
	}
	p->text.n = 0;
	buf_add(&p->text, words_text(p->words, *last), words_size(p->words, *last));
	buf_add(&p->text, words_text(p->words, operand), words_size(p->words, operand));
	*last = words_add(p->words, p->text.v, p->text.n);
}

static void end_chain(struct preparation *p, uint32_t definition, size_t n_operands)
{
	struct file_macros *m = p->m;

	if (p->chain.n > MAX_OPERANDS) {
		p->chain.n = 1;
		p->chain.v[0] = OPERAND_WILD;
	}
	if (n_operands > 1 && p->chain.n == 1 && is_text(p->chain.v[0])) {
		vec_push(&m->names, p->chain.v[0]);
	} else if (n_operands > 1) {
		vec_push(&m->chains, ((struct chain){definition, (uint32_t)m->operands.n,
						     (uint32_t)p->chain.n}));
		for (size_t i = 0; i < p->chain.n; i++)
			vec_push(&m->operands, p->chain.v[i]);
	}
	p->chain.n = 0;
}

/* Finds the chains in a body. What can be no part of a name ends one and begins another. */
static void read_chains(struct preparation *p, uint32_t definition)
{
	const struct definition *d = &p->m->definitions.v[definition];
	const uint32_t *v = p->m->tokens->v;

	for (uint32_t i = d->body; i + 2 < d->end; i++) {
		size_t n = 0;

		if (!tokens_is(v[i + 1], TOKEN_PASTE))
			continue;
		for (;; i += 2) {
			uint32_t operand = operand_at(p->m, d, i);

			if (operand == OPERAND_NONE) {
				end_chain(p, definition, n);
				n = 0;
			} else {
				push_operand(p, operand);
				n++;
			}
			if (i + 2 >= d->end || !tokens_is(v[i + 1], TOKEN_PASTE))
				break;
		}
		end_chain(p, definition, n);
	}
}

/* A definition whose name is token i; its line ends before end. */
static void read_definition(struct preparation *p, uint32_t i, uint32_t end)
{
	struct file_macros *m = p->m;
	const uint32_t *v = m->tokens->v;
	struct definition d = {
		.name = tokens_word(v[i]),
		.first_param = (uint32_t)m->params.n,
		.first_word = (uint32_t)m->words.n,
		.end = end,
	};

	i++;
	d.takes_arguments = i < end && tokens_is(v[i], '(') && !(v[i] & TOKEN_AFTER_SPACE);
	d.body = d.takes_arguments ? read_params(m, &d, i + 1, end) : i;
	read_body(m, &d);
	vec_push(&m->definitions, d);
	if (d.flow & FLOW_PASTED)
		read_chains(p, (uint32_t)m->definitions.n - 1);
	add_mentions(p, d.body, d.end);
}

/* Of other directives than these nothing reaches the compiler: conditions only choose. */
static void read_directive(struct preparation *p, uint32_t i, uint32_t end)
{
	const uint32_t *v = p->m->tokens->v;
	uint32_t word = i + 1 < end ? tokens_word(v[i + 1]) : WORDS_NONE;

	if (word == WORD_DEFINE && i + 2 < end && tokens_word(v[i + 2]) != WORDS_NONE)
		read_definition(p, i + 2, end);
	else if (word == WORD_PRAGMA)
		add_mentions(p, i, end);
}

/* Orders the mentions by word. */
static void index_mentions(struct preparation *p)
{
	struct file_macros *m = p->m;
	const struct file_tokens *t = m->tokens;
	uint32_t *index = words_scratch(p->words), n = 0;
	uint32_t *first = xcalloc(t->n_uniq + 2, sizeof(*first));

	for (uint32_t i = 0; i < t->n_uniq; i++)
		index[t->uniq[i]] = i;
	/* Numbers have no place in the index, which may say anything of them. */
	vec_foreach (at, &p->at) {
		uint32_t word = tokens_word(t->v[*at]), i = index[word];

		if (i < t->n_uniq && t->uniq[i] == word)
			p->at.v[n++] = *at;
	}
	p->at.n = n;
	/* Counted two places on, so that filling leaves each start where it belongs. */
	vec_foreach (at, &p->at)
		first[index[tokens_word(t->v[*at])] + 2]++;
	for (size_t i = 2; i < t->n_uniq + 2; i++)
		first[i] += first[i - 1];
	m->mentions = xmalloc(p->at.n * sizeof(*m->mentions));
	vec_foreach (at, &p->at)
		m->mentions[first[index[tokens_word(t->v[*at])] + 1]++] = *at;
	m->first_mention = first;
}

struct file_macros *macros_prepare(struct words *w, const struct file_tokens *tokens)
{
	struct preparation p = {.words = w, .m = xcalloc(1, sizeof(*p.m))};
	uint32_t next;

	p.m->tokens = tokens;
	for (uint32_t i = 0; i < tokens->n; i = next) {
		next = end_of_line(tokens, i);
		if (tokens_is(tokens->v[i], '#'))
			read_directive(&p, i, next);
		else
			add_mentions(&p, i, next);
	}
	index_mentions(&p);
	vec_free(&p.at);
	vec_free(&p.chain);
	buf_free(&p.text);
	return p.m;
}

void macros_free(struct file_macros *m)
{
	if (!m)
		return;
	vec_free(&m->definitions);
	vec_free(&m->params);
	vec_free(&m->words);
	vec_free(&m->operands);
	vec_free(&m->chains);
	vec_free(&m->names);
	free(m->first_mention);
	free(m->mentions);
	free(m);
}

void macros_put_definition(struct buf *text, const char *definition)
{
	size_t name = strcspn(definition, "=\r\n");
	bool has_value = definition[name] == '=';
	const char *value = has_value ? definition + name + 1 : "1";

	buf_puts(text, "#define ");
	buf_add(text, definition, name);
	buf_putc(text, ' ');
	/* Compilers take a value up to its first newline. */
	buf_add(text, value, strcspn(value, "\r\n"));
	buf_putc(text, '\n');
}
