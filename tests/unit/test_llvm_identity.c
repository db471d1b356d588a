/* What tells a libLLVM from any other, with libraries that are none but in name. */
#include "input_room.h"

#include <elf.h>

#include "llvm/find.h"

/* A shared library without code: a header, two segments with notes, and the notes. */
static void make_library(const char *owner, const char *id, uint32_t id_size, struct buf *ret)
{
	struct {
		Elf64_Ehdr h;
		Elf64_Phdr segments[2];
		struct {
			Elf64_Nhdr h;
			char owner[8];
			uint8_t content[4];
		} first;
		struct {
			Elf64_Nhdr h;
			char owner[4];
			char content[8];
		} second;
	} f = {
		.h = {.e_type = ET_DYN,
		      .e_phoff = sizeof(Elf64_Ehdr),
		      .e_phnum = 2,
		      .e_phentsize = sizeof(Elf64_Phdr)},
		.first = {{6, 3, NT_GNU_BUILD_ID}, "Other", {1, 2, 3}},
		.second = {{4, id_size, NT_GNU_BUILD_ID}, "", ""},
	};

	memcpy(f.h.e_ident, ELFMAG, SELFMAG);
	memcpy(f.second.owner, owner, 4);
	memcpy(f.second.content, id, 8);
	f.segments[0].p_type = PT_LOAD;
	f.segments[1] = (Elf64_Phdr){.p_type = PT_NOTE,
				     .p_offset = offsetof(__typeof__(f), first),
				     .p_filesz = sizeof(f.first) + sizeof(f.second)};
	buf_add(ret, &f, sizeof(f));
}

static char *identify(const char *name, const char *owner, const char *id, uint32_t id_size,
		      const char *more)
{
	_cleanup_buf_ struct buf b = {0};
	_cleanup_free_ char *path = NULL;
	char *identity;

	make_library(owner, id, id_size, &b);
	buf_puts(&b, more);
	path = put_file(name, &b);
	assert_int_equal(llvm_identify(path, &identity), 0);
	return identity;
}

/* Its build's identity counts, and nothing else in it. */
static void a_build_id_is_the_identity(void **state)
{
	_cleanup_free_ char *a = identify("libLLVM.so.19.1", "GNU",
					  "\x01\xab"
					  "34567\xff",
					  8, "");
	_cleanup_free_ char *b = identify("elsewhere/libLLVM.so.19.1", "GNU",
					  "\x01\xab"
					  "34567\xff",
					  8, "more");
	_cleanup_free_ char *c = identify("libLLVM.so.19.1", "GNU",
					  "\x01\xab"
					  "34567\xfe",
					  8, "");

	(void)state;
	assert_string_equal(a, "libLLVM.so.19.1 01ab3334353637ff");
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
}

/* Without one, or with one that is damaged, the content does. */
static void else_the_content_is(void **state)
{
	_cleanup_free_ char *a = identify("libLLVM.so.19.1", "XYZ", "12345678", 8, "");
	_cleanup_free_ char *b = identify("libLLVM.so.19.1", "XYZ", "12345678", 8, "more");
	_cleanup_free_ char *c = identify("libLLVM.so.19.1", "GNU", "12345678", 9, "");
	_cleanup_free_ char *d = identify("libLLVM.so.19.1", "GNU", "12345678", UINT32_MAX, "");

	(void)state;
	assert_int_equal(strlen(a), strlen("libLLVM.so.19.1 ") + 64);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(c), strlen(a));
	assert_int_equal(strlen(d), strlen(a));
}

/* A compiler's major version is enough to choose by. */
static void a_missing_one_is_named(void **state)
{
	char *path = NULL;

	(void)state;
	assert_int_equal(llvm_choose_for("clang-9998", 9998, NULL, &path), -ENOENT);
	assert_null(path);
	assert_non_null(strstr(said.v, "clang-9998: written by LLVM 9998.0.0"));
	assert_non_null(strstr(said.v, "install LLVM 9998"));
	assert_ptr_equal(strchr(said.v, '\n') + 1, said.v + said.n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_build_id_is_the_identity, forget, forget),
		cmocka_unit_test_setup_teardown(else_the_content_is, forget, forget),
		cmocka_unit_test_setup_teardown(a_missing_one_is_named, forget, forget),
	};

	return cmocka_run_group_tests_name("llvm_identity", tests, make_room, remove_room);
}
