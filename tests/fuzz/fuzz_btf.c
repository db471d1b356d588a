/*
 * Any bytes as a source of types: raw BTF, an ELF file with it, or, after "split" and a byte n,
 * raw BTF of 16 * n bytes and BTF that continues it. What the check lets through is printed.
 */
#include <assert.h>
#include <bpf/libbpf.h>
#include <stdint.h>

#include "base/message.h"
#include "btf/check.h"
#include "btf/elf_section.h"
#include "btf/header.h"
#include "btf/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static void read_source(const uint8_t *data, size_t size, struct btf_source *s)
{
	struct elf_image image = {.data = data, .size = size};
	size_t base = 0;

	if (elf_is_image(&image)) {
		s->pointer_size = elf_pointer_size(&image);
		if (elf_read_section(&image, ".BTF", BTF_SIZE_MAX, "fuzz", &s->data) < 0)
			s->data.n = 0;
		return;
	}
	if (size > 6 && memcmp(data, "split", 5) == 0) {
		base = 16 * (size_t)data[5];
		data += 6;
		size -= 6;
		base = base < size ? base : size;
	}
	buf_add(&s->base, data, base);
	buf_add(&s->data, data + base, size - base);
}

static int check_source(const struct btf_source *s)
{
	struct btf_view base = {0};

	if (s->base.n) {
		if (btf_check(s->base.v, s->base.n, 0, 0, "fuzz") < 0)
			return -1;
		assert(btf_view_open(s->base.v, s->base.n, 0, 0, "fuzz", &base) == 0);
		btf_view_close(&base);
	}
	return btf_check(s->data.v, s->data.n, base.end, base.strings_size, "fuzz");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_source_ struct btf_source s = {.kind = BTF_SOURCE_RAW};
	_cleanup_buf_ struct buf once = {0}, twice = {0};

	message_set_sink(discard_message, NULL);
	libbpf_set_print(NULL);
	s.path = xstrdup("fuzz");
	read_source(data, size, &s);
	if (check_source(&s) < 0)
		return 0;
	if (btf_print_header(&s, &once) < 0) {
		assert(once.n == 0);
		return 0;
	}
	assert(btf_print_header(&s, &twice) == 0);
	assert(once.n == twice.n && memcmp(once.v, twice.v, once.n) == 0);
	return 0;
}
