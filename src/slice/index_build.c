/*
 * From a header's text to its index: directives are told from declarations here, what a
 * declaration says is declaration.c's.
 */
#include <errno.h>

#include "slice/declaration.h"
#include "slice/index_make.h"

struct builder {
	struct index_maker m;
	struct lexer lexer;
	struct token next;
	/* The declaration or the directive at hand, TOKEN_END last. */
	VEC(struct parsed_token) tokens;
	VEC(struct token) directive;
	const char *counted; /* lines are counted up to here */
	uint32_t line;
	uint16_t depth;
	uint32_t region;
	bool pastes;
	struct buf macros; /* all #define lines */
	char **ret_why;
};

static void advance(struct builder *b)
{
	b->next = lexer_next(&b->lexer);
}

static uint32_t line_of(struct builder *b, const char *at)
{
	const char *p;

	while ((p = memchr(b->counted, '\n', (size_t)(at - b->counted)))) {
		b->line++;
		b->counted = p + 1;
	}
	return b->line;
}

static int refuse(struct builder *b, const char *at, const char *why)
{
	*b->ret_why = xasprintf("line %u: %s", line_of(b, at), why);
	return -EOPNOTSUPP;
}

static struct index_item *add_item(struct builder *b, enum index_item_kind kind, const char *begin)
{
	vec_push(&b->m.items, ((struct index_item){.begin = (uint32_t)(begin - b->m.text),
						   .line = line_of(b, begin),
						   .kind = (uint8_t)kind,
						   .depth = b->depth,
						   .region = b->region}));
	return &b->m.items.v[b->m.items.n - 1];
}

static bool is_directive(const struct token *t)
{
	return t->kind == '#' && t->begins_line;
}

/* Reads a directive, from its name on; the end of its text is given. */
static const char *collect_directive(struct builder *b)
{
	const char *end = b->next.at + b->next.size;

	b->directive.n = 0;
	for (advance(b); b->next.kind != TOKEN_END && !b->next.begins_line; advance(b)) {
		vec_push(&b->directive, b->next);
		end = b->next.at + b->next.size;
	}
	vec_push(&b->directive, ((struct token){.kind = TOKEN_END, .at = end}));
	return end;
}

static bool begins(const struct token *t, const char *const *words)
{
	for (; *words; words++, t++)
		if (!token_is(t, *words))
			return false;
	return true;
}

/* What a macro's body mentions is wanted when the macro is. */
static void note_macro(struct builder *b, const char *begin, const char *end)
{
	const struct token *t = b->directive.v;
	uint32_t name;

	if (t[0].kind != TOKEN_WORD || t[1].kind != TOKEN_WORD)
		return;
	name = index_make_name(&b->m, &t[1]);
	for (t += 2; t->kind != TOKEN_END; t++) {
		b->pastes |= t->kind == TOKEN_PASTE;
		if (t->kind == TOKEN_WORD && !t->spliced)
			vec_push(&b->m.implied, ((struct pair){name, index_make_name(&b->m, t)}));
	}
	buf_add(&b->macros, begin, (size_t)(end - begin));
	buf_putc(&b->macros, '\n');
}

/* Follows conditionals and regions. 1: a directive about them, 0: another one. */
static int follow_directive(struct builder *b, const char *at)
{
	const struct token *t = b->directive.v;

	if (token_is(t, "if") || token_is(t, "ifdef") || token_is(t, "ifndef")) {
		b->depth++;
	} else if (token_is(t, "endif")) {
		if (!b->depth)
			return refuse(b, at, "#endif without #if");
		b->depth--;
	} else if (!token_is(t, "else") && !token_is(t, "elif") && !token_is(t, "elifdef") &&
		   !token_is(t, "elifndef")) {
		return 0;
	}
	return 1;
}

static int add_directive(struct builder *b)
{
	static const char *const push[] = {"pragma", "clang", "attribute", NULL};
	struct index_item *item = add_item(b, ITEM_ALWAYS, b->next.at);
	const char *begin = b->next.at, *end = collect_directive(b);
	int err = follow_directive(b, begin);

	/* In a slice the next line would continue it. */
	if (b->directive.n > 1 && b->directive.v[b->directive.n - 2].kind == '\\')
		return refuse(b, begin, "a backslash ends the directive before its comment");
	item->end = (uint32_t)(end - b->m.text);
	if (token_is(b->directive.v, "define"))
		note_macro(b, begin, end);
	else if (begins(b->directive.v, push))
		b->region++;
	return err < 0 ? err : 0;
}

/* How a declaration ends. */
struct extent {
	const char *begin, *end;
	size_t body;	     /* the token that begins a function's body, or 0 */
	uint16_t depth;	     /* conditionals around it */
	bool has_directives; /* others than conditionals are inside */
	bool spliced;
};

/* Whether '(' after this token begins parameters: f(...) or (f)(...). */
static bool may_have_parameters(const struct parsed_token *t)
{
	return (t->kind == TOKEN_WORD && t->keyword == NO_KEYWORD) || t->kind == ')';
}

static struct parsed_token parsed(struct builder *b, const struct token *t)
{
	uint32_t name = t->kind == TOKEN_WORD ? index_make_name(&b->m, t) : INDEX_NONE;

	return (struct parsed_token){
		t->kind, name == INDEX_NONE ? NO_KEYWORD : b->m.names.v[name].keyword, name};
}

/* A directive inside a declaration. */
static int skip_inner_directive(struct builder *b, struct extent *x)
{
	const char *at = b->next.at;
	uint16_t depth = b->depth;
	int err;

	collect_directive(b);
	err = follow_directive(b, at);
	/* #else, #elif or #endif of a conditional around it. */
	if (err > 0 && b->depth <= depth && depth == x->depth)
		return refuse(b, x->begin, "a conditional divides the declaration");
	x->has_directives |= err == 0;
	return err < 0 ? err : 0;
}

/* What looks like a function may be a macro's call and a struct. */
static void take_semicolon(struct builder *b, struct extent *x)
{
	if (!x->body || b->next.kind != ';')
		return;
	x->end = b->next.at + b->next.size;
	advance(b);
}

/* Collects the tokens of one declaration, up to its semicolon or the end of its body. */
static int collect_declaration(struct builder *b, struct extent *x)
{
	bool has_parameters = false, has_value = false;
	int nest = 0, err;

	*x = (struct extent){.begin = b->next.at, .depth = b->depth};
	b->tokens.n = 0;
	for (;;) {
		struct token t = b->next;

		if (t.kind == TOKEN_END)
			return refuse(b, x->begin, "the declaration does not end");
		if (is_directive(&t)) {
			err = skip_inner_directive(b, x);
			if (err < 0)
				return err;
			continue;
		}
		if (nest == 0 && t.kind == '(' && b->tokens.n &&
		    may_have_parameters(&b->tokens.v[b->tokens.n - 1]))
			has_parameters = true;
		has_value |= nest == 0 && t.kind == '=';
		if (t.kind == '{' && nest == 0 && has_parameters && !has_value && !x->body)
			x->body = b->tokens.n;
		nest += t.kind == '(' || t.kind == '[' || t.kind == '{';
		nest -= t.kind == ')' || t.kind == ']' || t.kind == '}';
		x->spliced |= t.spliced;
		vec_push(&b->tokens, parsed(b, &t));
		advance(b);
		if (nest < 0)
			return refuse(b, t.at, "a bracket closes that was not opened");
		if (nest == 0 && (t.kind == ';' || (t.kind == '}' && x->body))) {
			x->end = t.at + t.size;
			vec_push(&b->tokens, ((struct parsed_token){.kind = TOKEN_END}));
			take_semicolon(b, x);
			return 0;
		}
	}
}

/* A function with its body is parsed as its prototype; what it mentions goes with its name. */
static bool parse_function(struct builder *b, const struct extent *x)
{
	struct parsed_token after[] = {b->tokens.v[x->body], b->tokens.v[x->body + 1]};
	size_t before = b->m.declares.n;
	bool good;

	b->tokens.v[x->body] = (struct parsed_token){.kind = ';'};
	b->tokens.v[x->body + 1] = (struct parsed_token){.kind = TOKEN_END};
	good = declaration_parse(&b->m, b->tokens.v);
	b->tokens.v[x->body] = after[0];
	b->tokens.v[x->body + 1] = after[1];
	if (!good || b->m.declares.n != before + 1)
		return false;
	uint32_t name = b->m.entities.v[b->m.declares.v[before].second].name;

	b->m.items.v[b->m.items.n - 1].is_code = true;
	vec_foreach (t, &b->tokens)
		if (t->kind == TOKEN_WORD)
			vec_push(&b->m.implied, ((struct pair){name, t->name}));
	return true;
}

/*
 * Whether the declaration declares nothing but a struct or union that it defines: the first of
 * what the item declares, from `before` on.
 */
static bool defines_tag_only(const struct builder *b, size_t before, uint32_t *ret_entity)
{
	const struct parsed_token *t = b->tokens.v;
	size_t n = b->tokens.n;

	if (t->keyword != KEYWORD_STRUCT && t->keyword != KEYWORD_UNION)
		return false;
	if (t[1].kind != TOKEN_WORD || t[2].kind != '{' || t[n - 3].kind != '}')
		return false;
	/* Tags and enumerators inside, some of which may not have been met. */
	for (size_t i = 3; i < n; i++)
		if (t[i].kind == '{' && t[i - 1].keyword != KEYWORD_STRUCT &&
		    t[i - 1].keyword != KEYWORD_UNION)
			return false;
	if (before == b->m.declares.n)
		return false;
	*ret_entity = b->m.declares.v[before].second;
	return true;
}

/* What was not understood uses whatever it mentions; what it declares beyond a tag is not known,
 * so it belongs to every slice. */
static void take_whole(struct builder *b, bool tag_only, uint32_t entity)
{
	if (!tag_only)
		b->m.items.v[b->m.items.n - 1].kind = ITEM_ALWAYS;
	vec_foreach (t, &b->tokens) {
		if (t->kind != TOKEN_WORD)
			continue;
		if (tag_only)
			index_make_use(&b->m, entity, t->name);
		else
			vec_push(&b->m.always, t->name);
	}
}

static bool is_forward(const struct builder *b)
{
	const struct parsed_token *t = b->tokens.v;

	return (t->keyword == KEYWORD_STRUCT || t->keyword == KEYWORD_UNION) &&
	       t[1].kind == TOKEN_WORD && t[2].kind == ';';
}

static int add_declaration(struct builder *b)
{
	size_t before = b->m.declares.n;
	struct extent x;
	uint32_t entity = 0;
	bool good, tag_only = false;
	int err;

	if (b->next.kind == ';') {
		advance(b);
		return 0;
	}
	/* In a slice it would begin a line. */
	if (b->next.kind == '#')
		return refuse(b, b->next.at, "a declaration begins with #");
	add_item(b, ITEM_DECLARATION, b->next.at);
	err = collect_declaration(b, &x);
	if (err < 0)
		return err;
	if (b->depth != x.depth)
		return refuse(b, x.begin, "a conditional divides the declaration");
	if (x.spliced)
		return refuse(b, x.begin, "a backslash divides a word of the declaration");
	b->m.items.v[b->m.items.n - 1].end = (uint32_t)(x.end - b->m.text);
	good = x.body ? parse_function(b, &x) : declaration_parse(&b->m, b->tokens.v);
	if (!good && !x.body)
		tag_only = defines_tag_only(b, before, &entity);
	/* A macro may stand for a function. */
	b->m.items.v[b->m.items.n - 1].is_code |= !good && !tag_only;
	if (!good || x.has_directives)
		take_whole(b, tag_only && !x.has_directives, entity);
	else if (is_forward(b))
		b->m.items.v[b->m.items.n - 1].kind = ITEM_FORWARD;
	return 0;
}

/* Whether there is more text than was known; it continues with a new line. */
static bool wait_for_more(struct builder *b, const struct index_source *source)
{
	size_t known = (size_t)(b->lexer.end - b->m.text);
	size_t size = source->wait ? source->wait(known, source->arg) : source->size;

	if (size <= known)
		return false;
	/* A byte order mark is no text. */
	if (!known)
		b->lexer = lexer_begin(b->m.text, size);
	b->lexer.end = b->m.text + size;
	b->lexer.begins_line = true;
	advance(b);
	return true;
}

static int build(struct builder *b, const struct index_source *source)
{
	int err = 0;

	while (err == 0 && (b->next.kind != TOKEN_END || wait_for_more(b, source)))
		if (b->next.kind != TOKEN_END)
			err = is_directive(&b->next) ? add_directive(b) : add_declaration(b);
	if (err == 0 && b->lexer.end - b->m.text >= INDEX_NONE / 2)
		err = refuse(b, b->lexer.end, "it is larger than 2 GiB");
	if (err == 0 && b->depth)
		err = refuse(b, b->lexer.end, "#endif is missing");
	return err;
}

int index_build_from(const struct index_source *source, struct buf *ret, char **ret_why)
{
	struct builder b = {
		.m = {.text = source->text},
		.lexer = lexer_begin(source->text, source->wait ? 0 : source->size),
		.counted = source->text,
		.line = 1,
		.ret_why = ret_why,
	};
	int err;

	declaration_keywords(&b.m);
	advance(&b);
	err = build(&b, source);
	if (!b.pastes)
		b.macros.n = 0;
	if (err == 0)
		index_make_write(&b.m, (size_t)(b.lexer.end - source->text), &b.macros, ret);
	index_make_free(&b.m);
	vec_free(&b.tokens);
	vec_free(&b.directive);
	buf_free(&b.macros);
	return err;
}

int index_build(const char *text, size_t size, struct buf *ret, char **ret_why)
{
	return index_build_from(&(struct index_source){.text = text, .size = size}, ret, ret_why);
}
