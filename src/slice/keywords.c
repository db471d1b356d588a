#include "slice/keywords.h"

#include "base/mem.h"
#include "base/str.h"

static const struct {
	const char *text;
	enum keyword keyword;
} table[] = {
	{"typedef", KEYWORD_TYPEDEF},
	{"static", KEYWORD_STATIC},
	{"extern", KEYWORD_EXTERN},
	{"struct", KEYWORD_TAG},
	{"union", KEYWORD_TAG},
	{"enum", KEYWORD_ENUM},
	{"void", KEYWORD_TYPE},
	{"char", KEYWORD_TYPE},
	{"short", KEYWORD_TYPE},
	{"int", KEYWORD_TYPE},
	{"long", KEYWORD_TYPE},
	{"float", KEYWORD_TYPE},
	{"double", KEYWORD_TYPE},
	{"signed", KEYWORD_TYPE},
	{"__signed", KEYWORD_TYPE},
	{"__signed__", KEYWORD_TYPE},
	{"unsigned", KEYWORD_TYPE},
	{"_Bool", KEYWORD_TYPE},
	{"__int128", KEYWORD_TYPE},
	{"__int128_t", KEYWORD_TYPE},
	{"__uint128_t", KEYWORD_TYPE},
	{"_Float16", KEYWORD_TYPE},
	{"__bf16", KEYWORD_TYPE},
	{"__builtin_va_list", KEYWORD_TYPE},
	{"__auto_type", KEYWORD_TYPE},
	{"typeof", KEYWORD_TYPEOF},
	{"__typeof", KEYWORD_TYPEOF},
	{"__typeof__", KEYWORD_TYPEOF},
	{"_Atomic", KEYWORD_PLAIN},
	{"__attribute__", KEYWORD_ATTRIBUTE},
	{"__attribute", KEYWORD_ATTRIBUTE},
	{"__declspec", KEYWORD_ATTRIBUTE},
	{"_Alignas", KEYWORD_ATTRIBUTE},
	{"const", KEYWORD_PLAIN},
	{"__const", KEYWORD_PLAIN},
	{"__const__", KEYWORD_PLAIN},
	{"volatile", KEYWORD_PLAIN},
	{"__volatile", KEYWORD_PLAIN},
	{"__volatile__", KEYWORD_PLAIN},
	{"restrict", KEYWORD_PLAIN},
	{"__restrict", KEYWORD_PLAIN},
	{"__restrict__", KEYWORD_PLAIN},
	{"inline", KEYWORD_PLAIN},
	{"__inline", KEYWORD_PLAIN},
	{"__inline__", KEYWORD_PLAIN},
	{"register", KEYWORD_PLAIN},
	{"_Noreturn", KEYWORD_PLAIN},
	{"_Thread_local", KEYWORD_PLAIN},
	{"__thread", KEYWORD_PLAIN},
	{"__extension__", KEYWORD_PLAIN},
	{"_Static_assert", KEYWORD_EMITS},
	{"static_assert", KEYWORD_EMITS},
	{"asm", KEYWORD_ASM},
	{"__asm", KEYWORD_ASM},
	{"__asm__", KEYWORD_ASM},
	{"__pragma", KEYWORD_EMITS},
	/* Attributes. */
	{"used", KEYWORD_EMITS},
	{"__used__", KEYWORD_EMITS},
	{"retain", KEYWORD_EMITS},
	{"__retain__", KEYWORD_EMITS},
	{"constructor", KEYWORD_EMITS},
	{"__constructor__", KEYWORD_EMITS},
	{"destructor", KEYWORD_EMITS},
	{"__destructor__", KEYWORD_EMITS},
	{"alias", KEYWORD_ALIAS},
	{"__alias__", KEYWORD_ALIAS},
	{"ifunc", KEYWORD_ALIAS},
	{"__ifunc__", KEYWORD_ALIAS},
	{"weakref", KEYWORD_ALIAS},
	{"__weakref__", KEYWORD_ALIAS},
};

uint32_t keywords_add(struct words *w)
{
	uint32_t first = words_add(w, table[0].text, strlen(table[0].text));

	for (size_t i = 1; i < ARRAY_SIZE(table); i++)
		words_add(w, table[i].text, strlen(table[i].text));
	return first;
}

enum keyword keyword_of(uint32_t first, uint32_t word)
{
	if (word == WORD_PRAGMA_OPERATOR)
		return KEYWORD_EMITS;
	return word - first < ARRAY_SIZE(table) ? table[word - first].keyword : KEYWORD_NONE;
}
