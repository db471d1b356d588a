/* What the files of macros.h share: prepared files, and the flow of words through parameters. */
#ifndef SKEP_SLICE_MACROS_PARTS_H
#define SKEP_SLICE_MACROS_PARTS_H

#include "slice/macros.h"

/* What an argument, a parameter or a macro's expansion may be besides single words. */
enum flow {
	FLOW_EMPTY = 1,	  /* nothing at all */
	FLOW_MULTI = 2,	  /* several tokens */
	FLOW_NUMBER = 4,  /* a number that stands in no file */
	FLOW_COMMA = 8,	  /* with a comma outside of parentheses */
	FLOW_PAREN = 16,  /* with parentheses that do not match */
	FLOW_PASTED = 32, /* the result of a paste */
	FLOW_CALLEE = 64, /* the name of a macro that takes arguments, without them */
};

struct definition {
	uint32_t name;
	uint32_t body, end; /* in the file's tokens */
	uint32_t first_param, n_params;
	uint32_t first_word, n_words; /* of the body, without parameters */
	bool takes_arguments, variadic;
	uint8_t flow; /* of the body alone */
};

/* An operand of a chain is a word's id, or one of these. */
#define OPERAND_PARAM (1U << 31) /* and the parameter's index */
#define OPERAND_WILD (1U << 30)	 /* unknown: what __VA_OPT__ gives */
#define OPERAND_NONE UINT32_MAX

/* Operands joined by ##, at least one of them a parameter or unknown. */
struct chain {
	uint32_t definition;
	uint32_t first, n; /* into operands */
};

struct file_macros {
	const struct file_tokens *tokens;
	VEC(struct definition) definitions; /* in their order */
	VEC(uint32_t) params, words, operands;
	VEC(struct chain) chains;
	VEC(uint32_t) names; /* made without parameters */
	/* Where uniq[i] is used as a word of code: mentions[first_mention[i]] and on. */
	uint32_t *first_mention, *mentions;
	bool unbalanced; /* some definition is FLOW_PAREN */
};

/* The index of a definition's parameter, or WORDS_NONE. */
static inline uint32_t definition_param(const struct file_macros *m, const struct definition *d,
					uint32_t word)
{
	for (uint32_t k = 0; k < d->n_params; k++)
		if (m->params.v[d->first_param + k] == word)
			return k;
	return WORDS_NONE;
}

/* What a word that no file defines may become. */
static inline unsigned word_flow(uint32_t word)
{
	if (word >= WORD_N_KNOWN)
		return 0;
	if (word >= WORD_LINE)
		return FLOW_NUMBER;
	if (word == WORD_VA_OPT)
		return FLOW_EMPTY | FLOW_MULTI | FLOW_COMMA;
	return word == WORD_PRAGMA_OPERATOR ? FLOW_EMPTY | FLOW_MULTI : 0;
}

#define NO_INDEX UINT32_MAX

/* A macro of the unit: all definitions of one name. */
struct macro {
	uint32_t name;
	uint32_t first_definition; /* chained by next */
	uint32_t first_mention;
	uint32_t first_site;
	uint32_t stamp;	   /* the last search that met it */
	uint8_t expansion; /* enum flow of what it may expand to, if has_expansion */
	bool has_expansion;
	bool is_plain; /* some definition takes no arguments */
	bool wanted;   /* its parameters matter: they have nodes */
	bool open;     /* it may be called with anything */
};

struct unit_definition {
	const struct file_macros *file;
	const struct definition *d;
	uint32_t macro, next;
	uint32_t first_node; /* one for each parameter, if the macro is wanted */
};

struct unit_mention {
	uint32_t file, index, next;
};

/* A parameter. */
struct node {
	uint32_t definition, param;
	uint32_t stamp;
	uint8_t flow;
};

/* Arguments may follow the parameter, should it be the name of a macro. */
#define REF_CALLED (1U << 31)
/* No arguments follow the word, so that it does not expand. */
#define WORD_BARE (1U << 31)

struct argument {
	uint32_t first_word, n_words; /* words that are no parameters; may be WORD_BARE */
	uint32_t first_ref, n_refs;   /* nodes of the parameters in it; may be REF_CALLED */
	uint8_t flow;
};

/* A call in the text. */
struct site {
	uint32_t macro, next;
	uint32_t first_argument, n_arguments;
	uint32_t shift; /* from this argument on, commas may come or go */
};

struct unit {
	const struct words *words;
	const struct file_macros *const *files;
	size_t n_files;
	uint32_t *macro_of;	    /* by word: index plus one */
	uint32_t *first_definition; /* by file */
	uint32_t *word_stamp;	    /* by word */
	uint32_t stamp;
	uint8_t open_flow; /* of an open macro's parameters */
	VEC(struct macro) macros;
	VEC(struct unit_definition) definitions;
	VEC(struct unit_mention) mentions;
	VEC(struct node) nodes;
	VEC(struct site) sites;
	VEC(struct argument) arguments;
	VEC(uint32_t) arg_words, arg_refs, queue;
};

/* Follows words to the parameters that matter: those of chains, and what leads to them. */
void unit_begin(struct unit *u, const struct words *w, const struct file_macros *const *files,
		size_t n);
/* Makes a macro's parameters take anything. */
void unit_open(struct unit *u, struct macro *m);
/* Brings the nodes' flow up to date, after macros were opened. */
void unit_settle(struct unit *u);
/* The words a parameter may receive, each once, unsorted; appended to ret. */
void unit_gather(struct unit *u, uint32_t node, size_t max, struct patterns *ret);
void unit_end(struct unit *u);

#endif
