/* Which libLLVM is taken for which bitcode, with libraries that are none but in name. */
#include "input_room.h"

#include <sys/stat.h>
#include <unistd.h>

#include "llvm/find.h"

static llvm_libraries list;

static int forget_all(void **state)
{
	llvm_libraries_free(&list);
	return forget(state);
}

/* The first bytes of a library for this machine, or of something else. */
static char *put_library(const char *name, bool is_library)
{
	_cleanup_buf_ struct buf b = {0};
	uint16_t type = ET_DYN;

	assert_int_equal(file_read("/proc/self/exe", FILE_MAX_SIZE, &b), 0);
	b.n = is_library ? 64 : 0;
	memcpy(b.v + EI_NIDENT, &type, sizeof(type));
	if (!is_library)
		buf_puts(&b, "INPUT(libLLVM.so.22.1-rust-1.95.0-stable)\n");
	return put_file(name, &b);
}

static void put_libraries(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *path = put_library(names[i], true);
	}
}

/* Finds in these folders of the room. */
static void find_in(const char *const *folders, size_t n)
{
	_cleanup_strv_ struct strv paths = {0};

	for (size_t i = 0; i < n; i++)
		strv_take(&paths, path_join(dir, folders[i]));
	llvm_find_in(&paths, &list);
}

#define PUT(...)                                          \
	put_libraries((const char *const[]){__VA_ARGS__}, \
		      ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))
#define FIND(...)                                   \
	find_in((const char *const[]){__VA_ARGS__}, \
		ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

static void add_module(const char *producer)
{
	struct bit_writer w = {0};

	put_module(&w, AS_FIXED8, producer);
	assert_int_equal(add_buf(&w.b), 0);
	buf_free(&w.b);
}

/* What is taken for modules of these producers, by blanks. */
static void assert_chosen(const char *producers, const char *wanted, const char *name)
{
	_cleanup_free_ char *copy = xstrdup(producers), *path = NULL;
	char *rest = copy, *word;

	forget(NULL);
	while ((word = strsep(&rest, " ")))
		if (*word)
			add_module(word);
	if (llvm_choose_from(&list, &in, wanted, &path) < 0)
		fail_msg("%s: %s", producers, said.v);
	if (!str_ends(path, name))
		fail_msg("%s: took %s, not %s", producers, path, name);
}

static void assert_nothing_fits(const char *producer, const char *wanted, const char *says)
{
	char *path = NULL;

	forget(NULL);
	if (producer)
		add_module(producer);
	assert_refused(llvm_choose_from(&list, &in, wanted, &path), -ENOENT, says);
	assert_null(path);
}

static void names_of_all_styles_are_found(void **state)
{
	_cleanup_free_ char *script = put_library("names/libLLVM-22-rust-1.95.0-stable.so", false);
	static const struct {
		unsigned major, minor;
		const char *rust, *name;
	} want[] = {
		{22, 1, NULL, "libLLVM.so.22.1"},
		{22, 1, "1.95.0-stable", "libLLVM.so.22.1-rust-1.95.0-stable"},
		{22, 1, "1.9.0-stable", "libLLVM.so.22.1-rust-1.9.0-stable"},
		{21, 0, NULL, "libLLVM.so.21.0git"},
		{20, 0, NULL, "libLLVM.so.20"},
		{18, 0, NULL, "libLLVM-18.so.1"},
		{17, 0, "1.75.0-stable", "libLLVM-17-rust-1.75.0-stable.so"},
		{16, 0, NULL, "libLLVM-16.so"},
		{14, 0, NULL, "libLLVM-14.0.6.so"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		_cleanup_free_ char *name = path_join("names", want[i].name);
		_cleanup_free_ char *path = put_library(name, true);
	}
	/* What is called otherwise. */
	PUT("names/libLLVM.so", "names/libLLVM-C.so", "names/libLLVM.so.22.1-rust-",
	    "names/libLLVM.so.22.1-rust-a b", "names/libLLVM.so.22.1.bak",
	    "names/libLLVMCore.so.22", "names/libLLVM-22.so.2", "names/libLLVM.so.99999",
	    "names/LLVM.so.22");
	FIND("names", "nosuch");
	assert_int_equal(list.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(path_base(list.v[i].path), want[i].name);
		assert_int_equal(list.v[i].major, want[i].major);
		assert_int_equal(list.v[i].minor, want[i].minor);
		if (want[i].rust)
			assert_string_equal(list.v[i].rust, want[i].rust);
		else
			assert_null(list.v[i].rust);
	}
}

static void links_to_one_library_are_one(void **state)
{
	_cleanup_free_ char *link = path_join(dir, "links/libLLVM-22.so");

	(void)state;
	PUT("links/libLLVM.so.22.1");
	assert_int_equal(symlink("libLLVM.so.22.1", link), 0);
	FIND("links", "links");
	assert_int_equal(list.n, 1);
	assert_true(str_ends(list.v[0].path, "/libLLVM.so.22.1"));
}

static void what_is_no_library_is_not_found(void **state)
{
	_cleanup_free_ char *script = put_library("none/libLLVM.so.22.1", false);
	_cleanup_free_ char *folder = path_join(dir, "none/libLLVM.so.21.1");
	_cleanup_free_ char *fifo = path_join(dir, "none/libLLVM.so.20.1");
	_cleanup_free_ char *other = put_library("none/libLLVM.so.19.1", true);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	/* For a machine that there is not. */
	assert_int_equal(file_read(other, 1000, &b), 0);
	b.v[EI_NIDENT + 2] ^= 0x55;
	assert_int_equal(file_write(other, b.v, b.n), 0);
	/* For this one, and no library. */
	b.v[EI_NIDENT + 2] ^= 0x55;
	b.v[EI_NIDENT] = ET_REL;
	free(put_file("none/libLLVM.so.23.1", &b));
	FIND("none");
	assert_int_equal(list.n, 0);
}

static void rust_takes_its_own(void **state)
{
	(void)state;
	PUT("rust/libLLVM.so.22.1-rust-1.95.0-stable", "rust/libLLVM.so.22.1-rust-1.97.0-nightly",
	    "rust/libLLVM.so.22.1", "rust/libLLVM.so.19.1", "rust/libLLVM.so.23.1");
	FIND("rust");
	assert_chosen("LLVM22.1.2-rust-1.95.0-stable", NULL, "22.1-rust-1.95.0-stable");
	assert_chosen("LLVM22.1.4-rust-1.97.0-nightly LLVM22.1.2-rust-1.95.0-stable", NULL,
		      "22.1-rust-1.97.0-nightly");
	/* What others wrote with the same major version goes with rustc's; newer does not. */
	assert_chosen("LLVM22.1.8 LLVM22.1.2-rust-1.95.0-stable", NULL, "22.1-rust-1.95.0-stable");
	assert_chosen("LLVM22.1.2-rust-1.95.0-stable LLVM22.1.8 LLVM19.1.7", NULL,
		      "22.1-rust-1.95.0-stable");
	assert_chosen("LLVM22.1.2-rust-1.95.0-stable LLVM23.1.0", NULL, "libLLVM.so.23.1");
	/* A toolchain that is not here: the system's of that version. */
	assert_chosen("LLVM22.1.2-rust-1.96.0-stable", NULL, "libLLVM.so.22.1");
}

static void same_version_then_the_oldest_newer_one(void **state)
{
	(void)state;
	PUT("same/libLLVM.so.23.1", "same/libLLVM.so.21.1", "same/libLLVM.so.19.1",
	    "same/libLLVM.so.22.1-rust-1.95.0-stable", "same/libLLVM-14.so.1");
	FIND("same");
	assert_chosen("LLVM19.1.7", NULL, "libLLVM.so.19.1");
	assert_chosen("LLVM19.1.7 LLVM21.1.0 LLVM19.1.7", NULL, "libLLVM.so.21.1");
	assert_chosen("LLVM20.1.0", NULL, "libLLVM.so.21.1");
	assert_chosen("LLVM22.1.8", NULL, "22.1-rust-1.95.0-stable");
	assert_chosen("LLVM23.0.0git", NULL, "libLLVM.so.23.1");
	/* Too old a library is not taken, even for bitcode as old. */
	assert_chosen("LLVM14.0.6", NULL, "libLLVM.so.19.1");
	/* Nobody known: the newest. */
	assert_chosen("", NULL, "libLLVM.so.23.1");
	assert_chosen("APPLE_1_1600.0.26.3_0", NULL, "libLLVM.so.23.1");
	assert_chosen("LLVM19.1.7 APPLE_1_1600.0.26.3_0", NULL, "libLLVM.so.23.1");
}

static void version_that_is_wanted(void **state)
{
	(void)state;
	PUT("wanted/libLLVM.so.22.1", "wanted/libLLVM.so.19.1", "wanted/libLLVM-14.so.1",
	    "wanted/libLLVM.so.22.1-rust-1.95.0-stable");
	FIND("wanted");
	assert_chosen("LLVM22.1.8", "19", "libLLVM.so.19.1");
	assert_chosen("LLVM22.1.8", "22.1", "libLLVM.so.22.1");
	assert_chosen("", "22.1-rust-1.95.0-stable", "22.1-rust-1.95.0-stable");
	assert_nothing_fits(NULL, "14", "no LLVM 14");
	assert_nothing_fits(NULL, "20", "libLLVM.so.19.1");
	assert_nothing_fits(NULL, "", "no LLVM");
	assert_nothing_fits(NULL, "../19", "no LLVM ../19");
}

static void nothing_fits(void **state)
{
	(void)state;
	assert_nothing_fits("LLVM22.1.8", NULL, "found none");
	assert_nothing_fits(NULL, NULL, "no LLVM from 19 on");
	PUT("old/libLLVM.so.19.1");
	FIND("old");
	assert_nothing_fits("LLVM22.1.8", NULL,
			    "x: written by LLVM 22.1.8, which no LLVM here reads");
	assert_nothing_fits("LLVM22.1.8", NULL, "libLLVM.so.19.1");
	assert_nothing_fits("LLVM22.1.8", NULL, "apt-get install libllvm22");
	assert_nothing_fits("LLVM22.1.2-rust-1.95.0-stable", NULL, "of rustc 1.95.0-stable");
}

/* --- this process's environment */

static void toolchains_of_the_environment_are_found(void **state)
{
	static const struct {
		const char *variable, *format;
	} cases[] = {
		{"PATH", "/bin:%s/sysroot/lib/rustlib/some-host/bin:relative"},
		{"LD_LIBRARY_PATH", "relative:%s/sysroot/lib/"},
		{"RUSTUP_HOME", "%s/rustup"},
	};
	_cleanup_free_ char *bin = path_join(dir, "sysroot/lib/rustlib/some-host/bin");

	(void)state;
	assert_int_equal(file_make_dirs(bin), 0);
	PUT("sysroot/lib/libLLVM.so.77.1-rust-7.7.7-stable",
	    "rustup/toolchains/t/lib/libLLVM.so.77.1-rust-7.7.7-stable");
	setenv("HOME", "/nosuch", 1);
	unsetenv("LD_LIBRARY_PATH");
	unsetenv("RUSTUP_HOME");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *end = strstr(cases[i].format, "%s");
		_cleanup_free_ char *value = xasprintf("%.*s%s%s", (int)(end - cases[i].format),
						       cases[i].format, dir, end + 2);
		_cleanup_free_ char *path = NULL;

		forget_all(NULL);
		setenv(cases[i].variable, value, 1);
		add_module("LLVM77.1.2-rust-7.7.7-stable");
		assert_int_equal(llvm_choose(&in, NULL, &path), 0);
		assert_true(str_starts(path, dir));
		setenv(cases[i].variable, "/bin", 1);
	}
}

/* It is asked only when there is no other way. */
static void rustc_in_path_is_asked(void **state)
{
	_cleanup_free_ char *rustc = path_join(dir, "bin/rustc"), *path = NULL, *value;
	_cleanup_buf_ struct buf script = {0};

	(void)state;
	PUT("asked/lib/libLLVM.so.88.1-rust-8.8.8-stable");
	buf_printf(&script,
		   "#!/bin/sh\n[ \"$*\" = '--print sysroot' ] && "
		   "[ $RUSTUP_AUTO_INSTALL = 0 ] && echo %s/asked\n",
		   dir);
	assert_int_equal(file_make_parent(rustc), 0);
	assert_int_equal(file_write(rustc, script.v, script.n), 0);
	assert_int_equal(chmod(rustc, 0755), 0);
	value = xasprintf("%s/bin:/bin", dir);
	setenv("PATH", value, 1);
	add_module("LLVM88.1.2-rust-8.8.8-stable");
	assert_int_equal(llvm_choose(&in, NULL, &path), 0);
	assert_true(str_ends(path, "/asked/lib/libLLVM.so.88.1-rust-8.8.8-stable"));
	setenv("PATH", "/bin", 1);
}

static void path_that_is_wanted(void **state)
{
	_cleanup_free_ char *library = put_library("prefix/lib/libLLVM.so.66.1", true);
	_cleanup_free_ char *prefix = path_join(dir, "prefix"), *none = path_join(dir, "empty/");
	_cleanup_free_ char *script = put_library("prefix/script.so", false);
	const char *good[] = {library, prefix};
	char *path = NULL;

	(void)state;
	assert_int_equal(mkdir(none, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(llvm_choose(&in, good[i], &path), 0);
		assert_string_equal(path, library);
		free(steal(&path));
	}
	assert_refused(llvm_choose(&in, script, &path), -ENOENT, "not a shared library");
	buf_free(&said);
	assert_refused(llvm_choose(&in, none, &path), -ENOENT, "no libLLVM");
	buf_free(&said);
	assert_refused(llvm_choose(&in, "/nosuch/lib", &path), -ENOENT, "No such file");
	assert_null(path);
}

/* --- real ones, where there are any */

/* Not everything is looked through for the usual answers, which are the same. */
static void usual_answers_are_those_of_all(void **state)
{
	unsigned n = 0;

	(void)state;
	llvm_find_all(&list);
	vec_foreach (l, &list) {
		_cleanup_free_ char *all = NULL, *usual = NULL, *wanted = xasprintf("%u", l->major);
		_cleanup_free_ char *producer =
			xasprintf("LLVM%u.1.0%s%s", l->major, l->rust ? "-rust-" : "",
				  l->rust ? l->rust : "");

		if (l->major < LLVM_MIN_MAJOR)
			continue;
		forget(NULL);
		add_module(producer);
		assert_int_equal(llvm_choose_from(&list, &in, NULL, &all), 0);
		assert_int_equal(llvm_choose(&in, NULL, &usual), 0);
		assert_string_equal(usual, all);
		free(steal(&all));
		free(steal(&usual));
		assert_int_equal(llvm_choose_from(&list, &in, wanted, &all), 0);
		assert_int_equal(llvm_choose(&in, wanted, &usual), 0);
		assert_string_equal(usual, all);
		n++;
	}
	if (!n) {
		print_message("needs a libLLVM from %d on\n", LLVM_MIN_MAJOR);
		skip();
	}
}

static void real_libraries_tell_what_they_can(void **state)
{
	struct llvm_facts f = {0};

	(void)state;
	llvm_find_all(&list);
	if (!list.n || list.v[0].major < LLVM_MIN_MAJOR) {
		print_message("needs a libLLVM from %d on\n", LLVM_MIN_MAJOR);
		skip();
	}
	assert_int_equal(llvm_inspect(list.v[0].path, &f), 0);
	assert_int_equal(atoi(f.version), list.v[0].major);
	assert_string_equal(f.targets, "bpf bpfeb bpfel");
	assert_non_null(strstr(f.cpus, "v1 v2 v3 v4"));
	llvm_facts_free(&f);
}

static void library_that_is_none_is_an_error(void **state)
{
	_cleanup_free_ char *fake = put_library("fake/libLLVM.so.22.1", true);
	struct llvm_facts f = {0};

	(void)state;
	assert_refused(llvm_inspect(fake, &f), -ELIBBAD, "cannot be loaded");
	assert_null(f.version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* Before others change the environment. */
		IN_ROOM(usual_answers_are_those_of_all, forget_all),
		IN_ROOM(names_of_all_styles_are_found, forget_all),
		IN_ROOM(links_to_one_library_are_one, forget_all),
		IN_ROOM(what_is_no_library_is_not_found, forget_all),
		IN_ROOM(rust_takes_its_own, forget_all),
		IN_ROOM(same_version_then_the_oldest_newer_one, forget_all),
		IN_ROOM(version_that_is_wanted, forget_all),
		IN_ROOM(nothing_fits, forget_all),
		IN_ROOM(toolchains_of_the_environment_are_found, forget_all),
		IN_ROOM(rustc_in_path_is_asked, forget_all),
		IN_ROOM(path_that_is_wanted, forget_all),
		IN_ROOM(real_libraries_tell_what_they_can, forget_all),
		IN_ROOM(library_that_is_none_is_an_error, forget_all),
	};

	return cmocka_run_group_tests_name("llvm_find", tests, make_room, remove_room);
}
