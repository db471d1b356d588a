#include "llvm/input_text.h"

#include <string.h>

#include "base/str.h"

/* What declarations at the outermost level begin with: a single sign is that of a name, which is
 * followed by "=" on its line. */
static const char *const words[] = {
	"source_filename",
	"target ",
	"define ",
	"declare ",
	"module asm ",
	"attributes #",
	"@",
	"%",
	"!",
	"$",
	"^",
};

/* An empty module is nothing but this. */
static const char first_comment[] = "; ModuleID";

static bool has_prefix(const uint8_t *data, size_t size, const char *prefix)
{
	size_t n = strlen(prefix);

	return size >= n && memcmp(data, prefix, n) == 0;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool begins_declaration(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t line = end ? (size_t)(end - data) : size;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (has_prefix(data, line, words[i]))
			return words[i][1] || memchr(data, '=', line);
	return false;
}

bool text_is_ir(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (at < size && (is_blank(data[at]) || data[at] == ';')) {
		const uint8_t *end = data + at;

		if (has_prefix(data + at, size - at, first_comment))
			return true;
		if (data[at] == ';')
			end = memchr(data + at, '\n', size - at);
		at = end ? (size_t)(end - data) + 1 : size;
	}
	return begins_declaration(data + at, size - at);
}

bool text_is_whole(const uint8_t *data, size_t size, size_t *ret_at)
{
	for (size_t i = 0; i < size; i++) {
		if ((data[i] < ' ' && !is_blank(data[i])) || data[i] == 0x7f) {
			*ret_at = i;
			return false;
		}
	}
	return true;
}
