/* Finding the modules in bitcode, and who wrote them. */
#include "input_room.h"

#include "llvm/bitstream.h"

/* --- who wrote it */

static void name_is_read_however_it_is_written(void **state)
{
	static const char *const names[] = {
		[PLAIN] = "LLVM19.1.7",
		[AS_CHAR6] = "LLVM19.1.7",
		[AS_FIXED8] = "LLVM22.1.2-rust-1.95.0-stable",
		[AS_VBR] = "LLVM22.1.2-rust-1.95.0-stable",
		[AS_BLOB] = "LLVM20.1.0git",
	};

	(void)state;
	for (enum name_style style = 0; style < N_NAME_STYLES; style++) {
		_cleanup_buf_ struct buf want = {0};
		struct bit_writer w = {0};

		forget(NULL);
		put_module(&w, style, names[style]);
		assert_int_equal(add_buf(&w.b), 0);
		buf_printf(&want, "bitcode x %s\n", names[style]);
		assert_modules(want.v);
		assert_int_equal(in.modules.v[0].size, w.b.n);
		buf_free(&w.b);
	}
}

static void module_without_identification_has_no_producer(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	struct bit_writer w = {0};

	(void)state;
	put_magic(&w);
	put_block(&w, MODULE, "as before LLVM 3.8");
	b = w.b;
	assert_int_equal(add_buf(&b), 0);
	assert_modules("bitcode x\n");
}

static void name_that_is_no_word_is_none(void **state)
{
	static const char *const names[] = {"LLVM 19.1.7", "LLVM19.1.7\n", "LLVM19.1.7\xc3\xa9",
					    ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct bit_writer w = {0};

		forget(NULL);
		put_module(&w, PLAIN, names[i]);
		assert_int_equal(add_buf(&w.b), 0);
		assert_modules("bitcode x\n");
		buf_free(&w.b);
	}
}

/* A hundred thousand letters; the module itself is as good as any. */
static void name_beyond_all_measure_is_none(void **state)
{
	_cleanup_free_ char *name = xmalloc(100001);
	struct bit_writer w = {0};

	(void)state;
	memset(name, 'L', 100000);
	name[100000] = '\0';
	put_module(&w, AS_FIXED8, name);
	assert_int_equal(add_buf(&w.b), 0);
	assert_modules("bitcode x\n");
	buf_free(&w.b);
}

/* Records that claim more values than there are bits, of no bits each. */
static void endless_records_end(void **state)
{
	struct bit_writer w = {0};
	size_t begin;

	(void)state;
	put_magic(&w);
	begin = begin_block(&w, IDENTIFICATION, 5);
	put_bits(&w, 2, 5);
	put_vbr(&w, 3, 5);
	put_bits(&w, 1, 1);
	put_vbr(&w, 1, 8);
	put_bits(&w, 0, 1);
	put_bits(&w, 3, 3);
	put_bits(&w, 0, 1);
	put_bits(&w, 1, 3); /* fixed, of width 0 */
	put_vbr(&w, 0, 5);
	put_bits(&w, 4, 5);
	put_vbr(&w, 1ull << 60, 6);
	end_block(&w, begin, 5);
	put_block(&w, MODULE, "m");
	assert_int_equal(add_buf(&w.b), 0);
	assert_modules("bitcode x\n");
	buf_free(&w.b);
}

/* --- several modules */

static void streams_one_after_another_are_modules(void **state)
{
	struct bit_writer w = {0};

	(void)state;
	put_module(&w, AS_CHAR6, "LLVM19.1.7");
	buf_add(&w.b, "\0\0\0\0\0\0\0", 7); /* as a section's alignment may put there, and odd */
	put_module(&w, AS_FIXED8, "LLVM22.1.8");
	put_module(&w, PLAIN, "LLVM20.0.0git");
	buf_add(&w.b, "\0\0\0", 3);
	assert_int_equal(add_buf(&w.b), 0);
	assert_modules("bitcode x LLVM19.1.7\n"
		       "bitcode x(module 2) LLVM22.1.8\n"
		       "bitcode x(module 3) LLVM20.0.0git\n");
	for (size_t i = 0; i < 3; i++) {
		assert_memory_equal(in.modules.v[i].data, "BC\xc0\xde", 4);
		assert_int_equal(in.modules.v[i].size % 4, 0);
	}
	buf_free(&w.b);
}

static void wrapper_is_taken_off(void **state)
{
	struct bit_writer w = {0};
	size_t size;

	(void)state;
	put_module(&w, AS_CHAR6, "LLVM19.1.7");
	size = w.b.n;
	wrap(&w, 0);
	buf_add(&w.b, "\0\0\0\0\0\0\0\0", 8);
	put_module(&w, AS_CHAR6, "LLVM19.1.8");
	wrap(&w, size + 28);
	assert_int_equal(add_buf(&w.b), 0);
	assert_modules("bitcode x LLVM19.1.7\nbitcode x(module 2) LLVM19.1.8\n");
	assert_memory_equal(in.modules.v[0].data, "BC\xc0\xde", 4);
	assert_int_equal(in.modules.v[0].size, size);
	buf_free(&w.b);
}

/* As `llvm-cat -b` and ThinLTO with split units do: one magic number, strings for all before. */
static void modules_that_share_a_stream_are_taken_apart(void **state)
{
	struct bit_writer w = {0};

	(void)state;
	put_magic(&w);
	put_identification(&w, AS_CHAR6, "LLVM19.1.7");
	put_block(&w, MODULE, "one");
	put_identification(&w, AS_CHAR6, "LLVM19.1.8");
	put_block(&w, MODULE, "two");
	put_block(&w, SYMTAB, "symbols");
	put_block(&w, STRTAB, "for one and two");
	put_block(&w, MODULE, "three");
	put_block(&w, STRTAB, "for three");
	assert_int_equal(add_buf(&w.b), 0);
	assert_modules("bitcode x LLVM19.1.7\n"
		       "bitcode x(module 2) LLVM19.1.8\n"
		       "bitcode x(module 3)\n");
	buf_free(&w.b);
	for (size_t i = 0; i < 3; i++) {
		static const char *const texts[][2] = {{"one", "for one and two"},
						       {"two", "for one and two"},
						       {"three", "for three"}};
		const struct input_module *m = &in.modules.v[i];
		bitcode_modules parts = {0};

		assert_int_equal(bitcode_split(m->data, m->size, "part", &parts), 0);
		assert_int_equal(parts.n, 1);
		assert_int_equal(parts.v[0].stream.size, m->size);
		for (size_t k = 0; k < 2; k++)
			assert_non_null(memmem(m->data, m->size, texts[i][k], strlen(texts[i][k])));
		for (size_t k = 0; k < 3; k++)
			assert_true(k == i || texts[k][1] == texts[i][1] ||
				    !memmem(m->data, m->size, texts[k][1], strlen(texts[k][1])));
		bitcode_modules_free(&parts);
	}
}

static void little_rubbish_at_the_end_is_padding(void **state)
{
	struct bit_writer w = {0};
	size_t size;

	(void)state;
	put_module(&w, AS_CHAR6, "LLVM19.1.7");
	size = w.b.n;
	buf_add(&w.b, "\n\n\n\n\n\n\n", 7);
	assert_int_equal(add_buf(&w.b), 0);
	assert_modules("bitcode x LLVM19.1.7\n");
	assert_int_equal(in.modules.v[0].size, size);
	buf_free(&w.b);
}

/* --- damage */

static void much_rubbish_is_damage(void **state)
{
	struct bit_writer w = {0};

	(void)state;
	put_module(&w, AS_CHAR6, "LLVM19.1.7");
	buf_puts(&w.b, "this is not bitcode");
	assert_refused(add_buf(&w.b), -EBADMSG, "damaged");
	assert_int_equal(in.modules.n, 0);
	buf_free(&w.b);
}

/* Wherever it is cut off: either it is a whole module still, or it is refused. */
static void cut_off_bitcode_is_refused(void **state)
{
	struct bit_writer w = {0};
	size_t whole = 0;

	(void)state;
	put_module(&w, AS_CHAR6, "LLVM19.1.7");
	for (size_t n = 4; n < w.b.n; n++) {
		int err;

		forget(NULL);
		err = add(w.b.v, n);
		if (err == 0)
			whole++;
		else
			assert_refused(err, -EBADMSG, "link: x: bitcode at byte");
		assert_int_equal(in.modules.n, err == 0);
	}
	/* Behind the module, before or within little of the next blocks. */
	assert_true(whole > 0 && whole < 40);
	buf_free(&w.b);
}

static void stream_without_module_is_damage(void **state)
{
	struct bit_writer w = {0};

	(void)state;
	put_magic(&w);
	put_identification(&w, AS_CHAR6, "LLVM19.1.7");
	assert_refused(add_buf(&w.b), -EBADMSG, "no module");
	buf_free(&w.b);
}

static void wrapper_that_lies_is_damage(void **state)
{
	static const struct {
		uint32_t offset, size;
	} lies[] = {{20, 0xffffffff}, {0xffffffff, 20}, {0, 20}, {0xfffffff0, 0x20}, {20, 100000}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct bit_writer w = {0};

		forget(NULL);
		put_module(&w, AS_CHAR6, "LLVM19.1.7");
		wrap(&w, 0);
		memcpy(w.b.v + 8, &(uint32_t){htole32(lies[i].offset)}, 4);
		memcpy(w.b.v + 12, &(uint32_t){htole32(lies[i].size)}, 4);
		assert_refused(add_buf(&w.b), -EBADMSG, "wrapper");
		buf_free(&w.b);
	}
}

static void wrapper_in_a_wrapper_is_damage(void **state)
{
	struct bit_writer w = {0};

	(void)state;
	put_module(&w, AS_CHAR6, "LLVM19.1.7");
	for (int i = 0; i < 10000; i++)
		wrap(&w, 0);
	assert_refused(add_buf(&w.b), -EBADMSG, "magic");
	buf_free(&w.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(name_is_read_however_it_is_written, forget),
		IN_ROOM(module_without_identification_has_no_producer, forget),
		IN_ROOM(name_that_is_no_word_is_none, forget),
		IN_ROOM(name_beyond_all_measure_is_none, forget),
		IN_ROOM(endless_records_end, forget),
		IN_ROOM(streams_one_after_another_are_modules, forget),
		IN_ROOM(wrapper_is_taken_off, forget),
		IN_ROOM(modules_that_share_a_stream_are_taken_apart, forget),
		IN_ROOM(little_rubbish_at_the_end_is_padding, forget),
		IN_ROOM(much_rubbish_is_damage, forget),
		IN_ROOM(cut_off_bitcode_is_refused, forget),
		IN_ROOM(stream_without_module_is_damage, forget),
		IN_ROOM(wrapper_that_lies_is_damage, forget),
		IN_ROOM(wrapper_in_a_wrapper_is_damage, forget),
	};

	return cmocka_run_group_tests_name("bitcode", tests, make_room, remove_room);
}
