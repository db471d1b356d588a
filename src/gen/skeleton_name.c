/* What things are called in a skeleton. The rules are bpftool's: users' code depends on them. */
#include "gen/skeleton_parts.h"

#include "base/path.h"
#include "base/str.h"

/* The prefixes of data sections; an internal map's name holds one of them, tried in this order. */
static const char *const section_prefixes[] = {".data", ".rodata", ".bss", ".kconfig"};

/* Where LLVM puts variables of the arena's address space. */
#define ARENA_SECTION ".addr_space.1"

/* Not isalnum(): what an identifier is must not depend on the locale. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static char *make_word(const char *s, size_t max)
{
	char *word = xstrndup(s, strnlen(s, max));

	for (char *p = word; *p; p++)
		if (!is_word(*p))
			*p = '_';
	return word;
}

char *skeleton_name_of_file(const char *file_name)
{
	const char *base = path_base(file_name);
	size_t len = strnlen(base, SKELETON_NAME_MAX);

	if (len >= 2 && base[len - 2] == '.' && base[len - 1] == 'o')
		len -= 2;
	return make_word(base, len);
}

bool skeleton_is_identifier(const char *s)
{
	static const char *const keywords[] = {
		"asm",	    "auto",	"break",    "case",	"char",	    "const",
		"continue", "default",	"do",	    "double",	"else",	    "enum",
		"extern",   "float",	"for",	    "goto",	"if",	    "inline",
		"int",	    "long",	"register", "restrict", "return",   "short",
		"signed",   "sizeof",	"static",   "struct",	"switch",   "typeof",
		"union",    "unsigned", "typedef",  "void",	"volatile", "while",
	};

	if (!*s || (*s >= '0' && *s <= '9'))
		return false;
	for (const char *p = s; *p; p++)
		if (!is_word(*p))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (str_eq(s, keywords[i]))
			return false;
	return true;
}

char *skeleton_variable_ident(const char *name)
{
	return make_word(name, SKELETON_IDENT_MAX);
}

char *skeleton_map_ident(const char *map_name, bool internal)
{
	if (!internal)
		return xstrndup(map_name, strnlen(map_name, SKELETON_IDENT_MAX));
	/* libbpf puts part of the object's name before the section's. */
	for (size_t i = 0; i < ARRAY_SIZE(section_prefixes); i++) {
		const char *section = strstr(map_name, section_prefixes[i]);

		if (section)
			return make_word(section + 1, SKELETON_IDENT_MAX);
	}
	return NULL;
}

char *skeleton_section_ident(const char *section)
{
	if (str_eq(section, ARENA_SECTION))
		return xstrdup("arena");
	for (size_t i = 0; i < ARRAY_SIZE(section_prefixes); i++)
		if (str_starts(section, section_prefixes[i]))
			return make_word(section + 1, SKELETON_IDENT_MAX);
	return NULL;
}
