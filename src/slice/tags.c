#include "slice/tags.h"

#include "base/cleanup.h"
#include "base/mem.h"

static bool begins_directive(uint32_t token)
{
	return tokens_is(token, '#') && token & TOKEN_BEGINS_LINE;
}

static size_t end_of_line(const struct file_tokens *f, size_t i)
{
	while (i < f->n && !(f->v[i] & TOKEN_BEGINS_LINE))
		i++;
	return i;
}

static bool is_marked(const uint8_t *marks, uint32_t token)
{
	uint32_t word = tokens_word(token);

	return word != WORDS_NONE && marks[word];
}

/* Marks macros whose bodies mention what is marked; true when there are new ones. */
static bool mark_macros(const struct file_tokens *f, uint8_t *marks)
{
	bool more = false;

	for (size_t i = 0; i + 2 < f->n; i++) {
		size_t end;
		uint32_t name;

		if (!begins_directive(f->v[i]) || tokens_word(f->v[i + 1]) != WORD_DEFINE)
			continue;
		name = tokens_word(f->v[i + 2]);
		end = end_of_line(f, i + 1);
		for (size_t k = i + 3; k < end && name != WORDS_NONE && !marks[name]; k++)
			if (is_marked(marks, f->v[k]))
				marks[name] = more = true;
		i = end - 1;
	}
	return more;
}

static bool mentions(const struct file_tokens *f, const uint8_t *marks)
{
	for (size_t i = 0; i < f->n; i++) {
		if (begins_directive(f->v[i]))
			i = end_of_line(f, i + 1) - 1;
		else if (is_marked(marks, f->v[i]))
			return true;
	}
	return false;
}

bool tags_used(const struct words *w, uint32_t word, const struct file_tokens *const *files,
	       size_t n)
{
	_cleanup_free_ uint8_t *marks = xcalloc(words_count(w), 1);
	bool more = true;

	marks[word] = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++)
			more |= mark_macros(files[i], marks);
	}
	for (size_t i = 0; i < n; i++)
		if (mentions(files[i], marks))
			return true;
	return false;
}
