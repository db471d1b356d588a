#include "slice/declaration.h"

/* No parser of C goes deeper into what people or bpftool write. */
#define MAX_DEPTH 64

struct parser {
	struct index_maker *m;
	const struct parsed_token *t; /* the next one */
	unsigned depth;
	bool tagged; /* the declaration at hand has a btf_type_tag */
	/* What the item itself refers to, until it is known what it declares. */
	VEC(struct made_edge) own;
	VEC(uint32_t) declared; /* typedefs, functions and variables of the item */
	uint32_t tag;		/* that the item is about, or INDEX_NONE */
};

/* In place of an entity: the item's typedefs and variables. */
#define OWNER_ITEM (INDEX_NONE - 1)

/* Where a declaration stands, and for whom it speaks. */
struct place {
	enum { PLACE_TOP, PLACE_MEMBER, PLACE_PARAMETER } kind;
	uint32_t owner;
	bool in_body;
	uint32_t member; /* of which this is a parameter, or INDEX_NONE */
};

/* What specifiers name. */
struct specifiers {
	bool is_typedef;
	bool any;	 /* a type was among them */
	bool defined;	 /* with a body */
	uint32_t target; /* an entity, or INDEX_NONE for basic types */
};

/* What lies between a name and its base type. */
struct derivation {
	bool pointer, function, array;
	char nearest;  /* to the base: '*', '[', '(' or 0 */
	char first;    /* to the name */
	uint32_t name; /* or INDEX_NONE */
};

static const struct {
	const char *word;
	enum keyword keyword;
} keywords[] = {
	{"struct", KEYWORD_STRUCT},
	{"union", KEYWORD_UNION},
	{"enum", KEYWORD_ENUM},
	{"typedef", KEYWORD_TYPEDEF},
	{"void", KEYWORD_VOID},
	{"char", KEYWORD_TYPE},
	{"short", KEYWORD_TYPE},
	{"int", KEYWORD_TYPE},
	{"long", KEYWORD_TYPE},
	{"float", KEYWORD_TYPE},
	{"double", KEYWORD_TYPE},
	{"signed", KEYWORD_TYPE},
	{"unsigned", KEYWORD_TYPE},
	{"_Bool", KEYWORD_TYPE},
	{"__int128", KEYWORD_TYPE},
	{"__signed", KEYWORD_TYPE},
	{"__signed__", KEYWORD_TYPE},
	{"_Float16", KEYWORD_TYPE},
	{"_Float128", KEYWORD_TYPE},
	{"__float128", KEYWORD_TYPE},
	{"__bf16", KEYWORD_TYPE},
	{"_Complex", KEYWORD_TYPE},
	{"extern", KEYWORD_STORAGE},
	{"static", KEYWORD_STORAGE},
	{"inline", KEYWORD_STORAGE},
	{"__inline", KEYWORD_STORAGE},
	{"__inline__", KEYWORD_STORAGE},
	{"register", KEYWORD_STORAGE},
	{"auto", KEYWORD_STORAGE},
	{"_Noreturn", KEYWORD_STORAGE},
	{"_Thread_local", KEYWORD_STORAGE},
	{"__extension__", KEYWORD_STORAGE},
	{"const", KEYWORD_QUALIFIER},
	{"__const", KEYWORD_QUALIFIER},
	{"volatile", KEYWORD_QUALIFIER},
	{"__volatile__", KEYWORD_QUALIFIER},
	{"restrict", KEYWORD_QUALIFIER},
	{"__restrict", KEYWORD_QUALIFIER},
	{"__restrict__", KEYWORD_QUALIFIER},
	{"_Nonnull", KEYWORD_QUALIFIER},
	{"_Nullable", KEYWORD_QUALIFIER},
	{"typeof", KEYWORD_TYPEOF},
	{"__typeof", KEYWORD_TYPEOF},
	{"__typeof__", KEYWORD_TYPEOF},
	{"typeof_unqual", KEYWORD_TYPEOF},
	{"_BitInt", KEYWORD_TYPEOF},
	{"__attribute__", KEYWORD_ATTRIBUTE},
	{"__attribute", KEYWORD_ATTRIBUTE},
	{"__declspec", KEYWORD_ATTRIBUTE},
	{"asm", KEYWORD_ATTRIBUTE},
	{"__asm", KEYWORD_ATTRIBUTE},
	{"__asm__", KEYWORD_ATTRIBUTE},
	{"btf_type_tag", KEYWORD_TYPE_TAG},
	{"__btf_type_tag__", KEYWORD_TYPE_TAG},
	{"_Alignas", KEYWORD_ALIGNAS},
	{"alignas", KEYWORD_ALIGNAS},
	/* With parentheses it is another thing; the parser gives up there. */
	{"_Atomic", KEYWORD_QUALIFIER},
};

void declaration_keywords(struct index_maker *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		map_put(&m->keywords, keywords[i].word, (void *)(uintptr_t)keywords[i].keyword);
}

static void add_edge(struct parser *p, uint32_t owner, uint32_t target, enum index_edge_mode mode,
		     bool in_body, uint32_t member)
{
	if (owner == OWNER_ITEM)
		vec_push(&p->own, ((struct made_edge){.out = {.target = target,
							      .member = member,
							      .mode = (uint8_t)mode,
							      .in_body = in_body}}));
	else
		index_make_edge(p->m, owner, target, mode, in_body, member);
}

static void add_use(struct parser *p, uint32_t owner, uint32_t name)
{
	if (owner == OWNER_ITEM)
		vec_push(&p->own, ((struct made_edge){.to_name = true, .out = {.target = name}}));
	else
		index_make_use(p->m, owner, name);
}

/*
 * Skips a group such as (...) or [...], or, when it does not begin with one, up to one of the stops
 * outside of groups. Words in it that lie at least `from` groups deep are operands: what they mean
 * is used. False when the group does not end.
 */
static bool skip_expression(struct parser *p, uint32_t owner, const char *stops, int from)
{
	int nest = 0;

	for (; p->t->kind != TOKEN_END; p->t++) {
		int kind = p->t->kind;

		if (nest == 0 && kind < 128 && strchr(stops, kind))
			return true;
		if (kind == '(' || kind == '[' || kind == '{') {
			nest++;
		} else if (kind == ')' || kind == ']' || kind == '}') {
			if (--nest < 0)
				return false;
			if (nest == 0 && !*stops) {
				p->t++;
				return true;
			}
		} else if (p->t->keyword == KEYWORD_TYPE_TAG) {
			p->tagged = true;
		} else if (kind == TOKEN_WORD && nest >= from) {
			add_use(p, owner, p->t->name);
		}
	}
	return false;
}

/* Names of attributes are no operands, their arguments may be: aligned(sizeof(struct x)). */
static bool skip_qualifiers(struct parser *p, uint32_t owner)
{
	for (;;) {
		enum keyword k = p->t->keyword;

		if (k != KEYWORD_QUALIFIER && k != KEYWORD_ATTRIBUTE && k != KEYWORD_ALIGNAS)
			return true;
		p->t++;
		if (k == KEYWORD_QUALIFIER)
			continue;
		if (p->t->kind != '(' ||
		    !skip_expression(p, owner, "", k == KEYWORD_ALIGNAS ? 1 : 3))
			return false;
	}
}

static bool parse_declaration(struct parser *p, const struct place *place);

static bool parse_members(struct parser *p, uint32_t owner)
{
	const struct place place = {PLACE_MEMBER, owner, true, INDEX_NONE};

	while (p->t->kind != '}')
		if (p->t->kind == ';')
			p->t++;
		else if (p->t->kind == TOKEN_END || !parse_declaration(p, &place))
			return false;
	p->t++;
	return true;
}

static bool parse_enumerators(struct parser *p, uint32_t entity)
{
	while (p->t->kind == TOKEN_WORD) {
		index_make_enumerator(p->m, p->t->name, entity);
		p->t++;
		if (!skip_qualifiers(p, entity))
			return false;
		if (p->t->kind == '=' && !skip_expression(p, entity, ",}", 0))
			return false;
		if (p->t->kind != ',')
			break;
		p->t++;
	}
	return p->t++->kind == '}';
}

/* struct, union or enum, its tag and its body. */
static bool parse_tag(struct parser *p, const struct place *place, struct specifiers *s)
{
	enum index_entity_kind kind = p->t->keyword == KEYWORD_STRUCT  ? ENTITY_STRUCT
				      : p->t->keyword == KEYWORD_UNION ? ENTITY_UNION
								       : ENTITY_ENUM;
	uint32_t name = INDEX_NONE, entity = INDEX_NONE;

	p->t++;
	if (!skip_qualifiers(p, place->owner))
		return false;
	if (p->t->kind == TOKEN_WORD) {
		name = p->t++->name;
		entity = index_make_entity(p->m, kind, name);
	} else if (kind == ENTITY_ENUM) {
		entity = index_make_entity(p->m, kind, INDEX_NONE);
	}
	s->target = entity;
	/* enum e : unsigned char {...} */
	if (kind == ENTITY_ENUM && p->t->kind == ':' && place->kind != PLACE_MEMBER &&
	    !skip_expression(p, place->owner, "{;", 0))
		return false;
	if (p->t->kind != '{')
		return entity != INDEX_NONE;
	p->t++;
	s->defined = true;
	if (entity != INDEX_NONE)
		index_make_declares(p->m, entity, true);
	if (kind == ENTITY_ENUM)
		return parse_enumerators(p, entity);
	/* Without a tag, the members are those of whoever is being declared. */
	return parse_members(p, entity == INDEX_NONE ? place->owner : entity);
}

static bool is_typedef_name(const struct parser *p, const struct parsed_token *t)
{
	uint32_t entity = t->kind == TOKEN_WORD ? p->m->names.v[t->name].out.ordinary : INDEX_NONE;
	const struct index_entity *e = &p->m->entities.v[entity];

	return entity != INDEX_NONE && e->kind == ENTITY_TYPEDEF && e->definition != INDEX_NONE;
}

/* Such as __always_inline before u32: no declaration gives a typedef of the header another type. */
static bool is_macro_before_type(const struct parser *p, const struct place *place)
{
	return place->kind == PLACE_TOP && !is_typedef_name(p, p->t) &&
	       is_typedef_name(p, p->t + 1);
}

/* A macro's call may stand for anything, as may a macro before a type that is not known. */
static bool may_be_anything(const struct parser *p, const struct place *place)
{
	const struct parsed_token *t = p->t;

	if (t->kind != TOKEN_WORD || t->keyword != NO_KEYWORD)
		return false;
	switch (place->kind) {
	case PLACE_TOP:
		return (t[1].kind == '(' && t[2].kind != '*') || t[1].kind == ';' ||
		       (t[1].kind == TOKEN_WORD && t[2].kind == TOKEN_WORD && t[3].kind == '(' &&
			!is_typedef_name(p, t) && !is_typedef_name(p, t + 1));
	case PLACE_MEMBER:
		return t[1].kind == '(' && t[2].kind != '*';
	default:
		return false;
	}
}

static bool parse_specifiers(struct parser *p, const struct place *place, struct specifiers *s)
{
	for (;;) {
		if (!skip_qualifiers(p, place->owner))
			return false;
		switch (p->t->keyword) {
		case KEYWORD_TYPEDEF:
		case KEYWORD_STORAGE:
			s->is_typedef |= p->t->keyword == KEYWORD_TYPEDEF;
			p->t++;
			break;
		case KEYWORD_TYPE:
		case KEYWORD_VOID:
			s->any = true;
			p->t++;
			break;
		case KEYWORD_TYPEOF:
			p->t++;
			s->any = true;
			if (p->t->kind != '(' || !skip_expression(p, place->owner, "", 1))
				return false;
			break;
		case KEYWORD_STRUCT:
		case KEYWORD_UNION:
		case KEYWORD_ENUM:
			s->any = true;
			if (!parse_tag(p, place, s))
				return false;
			break;
		default:
			if (s->any || p->t->kind != TOKEN_WORD)
				return s->any;
			if (may_be_anything(p, place))
				return false;
			if (is_macro_before_type(p, place)) {
				add_use(p, place->owner, p->t++->name);
				break;
			}
			s->any = true;
			s->target = index_make_entity(p->m, ENTITY_TYPEDEF, p->t++->name);
		}
	}
}

static void derive(struct derivation *d, char what)
{
	if (!d->first)
		d->first = what;
	d->nearest = what;
	d->pointer |= what == '*';
	d->function |= what == '(';
	d->array |= what == '[';
}

/* name: what has these parameters. */
static bool parse_parameters(struct parser *p, const struct place *place, uint32_t name)
{
	const struct place inner = {PLACE_PARAMETER, place->owner, place->in_body,
				    place->kind == PLACE_MEMBER ? name : place->member};

	p->t++;
	while (p->t->kind != ')') {
		if (p->t->kind == TOKEN_DOTS)
			p->t++;
		else if (p->t->kind == TOKEN_END || !parse_declaration(p, &inner))
			return false;
		if (p->t->kind == ',')
			p->t++;
		else if (p->t->kind != ')')
			return false;
	}
	p->t++;
	return true;
}

/* Whether the '(' here surrounds a declarator rather than parameters. */
static bool is_nested(const struct parser *p)
{
	const struct parsed_token *next = p->t + 1;

	return next->kind == '*' || next->kind == '(' || next->keyword == KEYWORD_ATTRIBUTE ||
	       (next->kind == TOKEN_WORD && next->keyword == NO_KEYWORD && next[1].kind == ')');
}

static bool parse_declarator(struct parser *p, const struct place *place, struct derivation *d)
{
	bool pointer = false;

	if (++p->depth > MAX_DEPTH || !skip_qualifiers(p, place->owner))
		return false;
	while (p->t->kind == '*') {
		pointer = true;
		p->t++;
		if (!skip_qualifiers(p, place->owner))
			return false;
	}
	if (p->t->kind == '(' && is_nested(p)) {
		p->t++;
		if (!parse_declarator(p, place, d) || p->t++->kind != ')')
			return false;
	} else if (p->t->kind == TOKEN_WORD && d->name == INDEX_NONE) {
		d->name = p->t++->name;
	}
	while (p->t->kind == '[' || p->t->kind == '(') {
		derive(d, (char)p->t->kind);
		if (p->t->kind == '[' ? !skip_expression(p, place->owner, "", 1)
				      : !parse_parameters(p, place, d->name))
			return false;
	}
	if (pointer)
		derive(d, '*');
	p->depth--;
	return true;
}

/* Macros such as __ksym, bit-field widths, attributes and initialisers. */
static bool skip_after_declarator(struct parser *p, const struct place *place)
{
	for (;;) {
		if (!skip_qualifiers(p, place->owner))
			return false;
		if (p->t->kind == TOKEN_WORD) {
			add_use(p, place->owner, p->t++->name);
			if (p->t->kind == '(' && !skip_expression(p, place->owner, "", 1))
				return false;
		} else if (p->t->kind == ':' || p->t->kind == '=') {
			if (!skip_expression(p, place->owner, ",;", 0))
				return false;
		} else {
			return true;
		}
	}
}

static enum index_edge_mode edge_mode(const struct parser *p, const struct place *place,
				      const struct derivation *d)
{
	/* Compilers describe what a pointer with a tag leads to as they describe a member. */
	if (d->nearest == '[' || p->tagged)
		return EDGE_COMPLETE;
	if (place->kind == PLACE_PARAMETER)
		return d->nearest ? EDGE_PARAMETER : EDGE_ARGUMENT;
	if (d->function)
		return EDGE_RESULT;
	if (d->pointer)
		return d->array ? EDGE_POINTERS : EDGE_POINTER;
	return EDGE_VALUE;
}

static void declare(struct parser *p, const struct specifiers *s, const struct derivation *d)
{
	enum index_entity_kind kind = s->is_typedef	? ENTITY_TYPEDEF
				      : d->first == '(' ? ENTITY_FUNCTION
							: ENTITY_VARIABLE;
	uint32_t entity = index_make_entity(p->m, kind, d->name);

	index_make_declares(p->m, entity, true);
	vec_push(&p->declared, entity);
}

static bool parse_declarators(struct parser *p, const struct place *place, struct specifiers *s)
{
	for (;;) {
		struct derivation d = {.name = INDEX_NONE};
		uint32_t names[] = {INDEX_NONE, INDEX_NONE};
		enum index_edge_mode mode;

		if (!parse_declarator(p, place, &d))
			return false;
		if (place->kind == PLACE_MEMBER) {
			names[0] = d.name;
			/* struct s *__rcu next: either is the member, and the other a macro. */
			if (p->t->kind == TOKEN_WORD && p->t->keyword == NO_KEYWORD)
				names[1] = p->t->name;
		}
		if (!skip_after_declarator(p, place))
			return false;
		mode = edge_mode(p, place, &d);
		if (mode == EDGE_ARGUMENT)
			names[0] = place->member;
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (s->target != INDEX_NONE && (i == 0 || names[i] != INDEX_NONE))
				add_edge(p, place->owner, s->target, mode, place->in_body,
					 names[i]);
		if (place->kind == PLACE_TOP) {
			if (d.name == INDEX_NONE)
				return false;
			declare(p, s, &d);
		}
		if (p->t->kind != ',' || place->kind == PLACE_PARAMETER)
			return true;
		p->t++;
	}
}

static bool parse_declaration(struct parser *p, const struct place *place)
{
	struct specifiers s = {.target = INDEX_NONE};
	bool outer_tagged = p->tagged;

	p->tagged = false;
	if (++p->depth > MAX_DEPTH || !parse_specifiers(p, place, &s))
		return false;
	if (place->kind == PLACE_TOP && (s.defined || p->t->kind == ';'))
		p->tag = s.target;
	if (p->t->kind == ';') {
		/* An anonymous member, or a tag alone. */
		if (place->kind == PLACE_MEMBER && s.target != INDEX_NONE)
			add_edge(p, place->owner, s.target, EDGE_VALUE, true, INDEX_NONE);
		if (place->kind == PLACE_TOP && s.target != INDEX_NONE && !s.defined)
			index_make_declares(p->m, s.target, false);
	} else if (place->kind == PLACE_PARAMETER && (p->t->kind == ',' || p->t->kind == ')')) {
		if (s.target != INDEX_NONE)
			add_edge(p, place->owner, s.target, EDGE_ARGUMENT, place->in_body,
				 place->member);
	} else if (!parse_declarators(p, place, &s)) {
		return false;
	}
	p->depth--;
	p->tagged = outer_tagged;
	if (place->kind == PLACE_PARAMETER)
		return true;
	return p->t->kind == ';' && (p->t++, true);
}

bool declaration_parse(struct index_maker *m, const struct parsed_token *tokens)
{
	const struct place top = {PLACE_TOP, OWNER_ITEM, false, INDEX_NONE};
	struct parser p = {.m = m, .t = tokens, .tag = INDEX_NONE};
	bool good = parse_declaration(&p, &top) && p.t->kind == TOKEN_END;

	vec_foreach (entity, &p.declared)
		vec_foreach (e, &p.own)
			if (e->to_name)
				index_make_use(m, *entity, e->out.target);
			else
				index_make_edge(m, *entity, e->out.target, e->out.mode,
						e->out.in_body, e->out.member);
	/* Its attributes, the type an enum has. */
	vec_foreach (e, &p.own)
		if (e->to_name && p.tag != INDEX_NONE)
			index_make_use(m, p.tag, e->out.target);
	vec_free(&p.own);
	vec_free(&p.declared);
	return good;
}
