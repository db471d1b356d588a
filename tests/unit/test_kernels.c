/* Kernels that are kept: adding, finding, listing. */
#include "kernels_room.h"

/* --- what is kept */

static void a_kernel_is_kept_with_all_its_parts(void **state)
{
	_cleanup_kernel_ struct kernel k = {0}, again = {0};
	_cleanup_buf_ struct buf btf = {0}, want = {0};

	(void)state;
	write_image("boot/vmlinuz", "6.12.9+test-amd64", "kernel_int");
	write_text("boot/config-6.12.9+test-amd64", "CONFIG_BPF=y\n");
	assert_int_equal(add("boot/vmlinuz", NULL, NULL, &k), 0);
	assert_string_equal(k.release, "6.12.9+test-amd64");
	assert_string_equal(k.name, "6.12.9+test-amd64");
	assert_ptr_equal(k.arch, arch_find("x86_64"));
	assert_true(path_below(k.image, dir) && file_exists(k.image) && file_exists(k.config));
	assert_int_equal(k.modules.n, 0);
	assert_int_equal(file_read(k.btf, 1 << 20, &btf), 0);
	put_btf(&want, "kernel_int", false);
	assert_int_equal(btf.n, want.n);
	assert_memory_equal(btf.v, want.v, want.n);
	assert_int_equal(kernel_check(&k), 0);
	assert_int_equal(kernel_find("6.12", &again), 0);
	assert_true(digest_eq(&k.digest, &again.digest));
	assert_int_equal(n_kept(NULL), 1);
}

static void names_and_versions_find_kernels(void **state)
{
	static const char *const good[][2] = {
		{"6.12", "6.12.9+test-amd64"},
		{"6.12.9", "6.12.9+test-amd64"},
		{"6.12.9+test-amd64", "6.12.9+test-amd64"},
		{"6", "6.12.9+test-amd64"},
		{"6.1", "6.1.22+test-amd64"},
		{"newest", "6.12.9+test-amd64"},
		{"mine", "6.1.22+test-amd64"},
		{"6.12/x86_64", "6.12.9+test-amd64"},
		{"6.12/amd64", "6.12.9+test-amd64"},
		{"6.12/arm64", "6.12.9+test-amd64"},
	};

	(void)state;
	if (arch_host() != arch_find("x86_64"))
		skip();
	write_image("a", "6.12.9+test-amd64", "kernel_int");
	write_image("b", "6.1.22+test-amd64", "kernel_int");
	write_arm64("c");
	added("a", NULL, NULL);
	added("b", NULL, "mine");
	assert_lacks("6.12/arm64", -ENOENT, "skep kernel fetch 6.12/arm64");
	added("c", NULL, NULL);
	assert_int_equal(n_kept(NULL), 3);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_finds(good[i][0], good[i][1]);
	assert_lacks("6.2", -ENOENT, "skep kernel fetch 6.2`");
	assert_lacks("6.12.90", -ENOENT, "no such kernel");
	assert_lacks("min", -ENOENT, "no such file, and no kernel of that name");
	assert_lacks("", -ENOENT, "no such file");
}

static void the_running_kernel_is_one(void **state)
{
	_cleanup_kernel_ struct kernel k = {0};
	struct utsname u;

	(void)state;
	uname(&u);
	assert_int_equal(kernel_find("running", &k), 0);
	assert_true(k.is_running);
	assert_string_equal(k.release, u.release);
	assert_null(k.image);
	assert_int_equal(kernel_check(&k), 0);
}

static void a_path_is_unpacked_once(void **state)
{
	_cleanup_kernel_ struct kernel first = {0}, second = {0};
	_cleanup_free_ char *a = in_dir("a"), *b = in_dir("b");
	struct stat before, after;

	(void)state;
	write_image("a", "6.12.9+test-amd64", "kernel_int");
	write_image("b", "6.12.9+test-amd64", "kernel_int");
	assert_int_equal(kernel_find(a, &first), 0);
	assert_string_equal(first.name, a);
	assert_int_equal(stat(first.image, &before), 0);
	assert_int_equal(kernel_find(b, &second), 0);
	assert_string_equal(second.name, b);
	assert_string_equal(first.image, second.image);
	assert_int_equal(stat(second.image, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	/* A version does not mean it: it was not added. */
	assert_lacks("6.12", -ENOENT, "no such kernel");
}

static void types_are_found_by_name(void **state)
{
	_cleanup_free_ char *path = NULL, *same = NULL, *running = NULL, *none = NULL;
	_cleanup_kernel_ struct kernel k = {0};

	(void)state;
	if (arch_host() != arch_find("x86_64"))
		skip();
	write_image("a", "6.12.9+test-amd64", "kernel_int");
	write_image("b", "6.1.22+test-amd64", NULL);
	assert_int_equal(add("a", NULL, NULL, &k), 0);
	added("b", NULL, "typeless");
	assert_int_equal(kernel_find_types("6.12", NULL, &path), 0);
	assert_string_equal(path, k.btf);
	assert_int_equal(kernel_find_types("not/there.h", NULL, &same), 0);
	assert_string_equal(same, "not/there.h");
	assert_int_equal(kernel_find_types("6.12", arch_find("arm64"), &none), -ENOENT);
	assert_said("skep kernel fetch 6.12/arm64");
	assert_int_equal(kernel_find_types("typeless", NULL, &none), -ENODATA);
	assert_said("CONFIG_DEBUG_INFO_BTF");
	if (file_exists("/sys/kernel/btf/vmlinux")) {
		assert_int_equal(kernel_find_types("running", NULL, &running), 0);
		assert_string_equal(running, "/sys/kernel/btf/vmlinux");
	}
}

static void names_are_checked(void **state)
{
	static const char *const bad[] = {"",	 "a/b",	    "../x",   ".x",
					  "a b", "running", "newest", "a\n"};
	struct kernel k;

	(void)state;
	write_image("a", "6.12.9+test-amd64", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(add("a", NULL, bad[i], &k), -EINVAL);
		assert_said("no name for a kernel");
	}
	assert_int_equal(add("not there", NULL, NULL, &k), -ENOENT);
	assert_said("No such file");
	write_text("text", "some text\n");
	assert_int_equal(add("text", NULL, NULL, &k), -EBADMSG);
	assert_said("no kernel");
	assert_int_equal(n_kept(NULL), 0);
}

/* --- modules */

/* more: lines of its description, each with a newline. */
static void write_module_with(const char *file, const char *depends, const char *more, bool pack)
{
	_cleanup_buf_ struct buf info = {0}, elf = {0}, packed = {0};

	buf_puts(&info, "license=GPL");
	buf_putc(&info, '\0');
	buf_printf(&info, "depends=%s", depends);
	buf_putc(&info, '\0');
	for (; *more; more++)
		buf_putc(&info, *more == '\n' ? '\0' : *more);
	put_kernel_elf(&elf, ET_REL, EM_X86_64, false, ".modinfo", &info);
	if (pack)
		put_xz(&packed, &elf);
	write_to(file, pack ? &packed : &elf);
}

static void write_module(const char *file, const char *depends, bool pack)
{
	write_module_with(file, depends, "", pack);
}

static void assert_modules(const struct kernel *k, const char *names)
{
	_cleanup_buf_ struct buf got = {0};

	for (size_t i = 0; i < k->modules.n; i++) {
		_cleanup_buf_ struct buf elf = {0};

		buf_printf(&got, "%s ", path_base(k->modules.v[i]));
		assert_int_equal(file_read(k->modules.v[i], 1 << 20, &elf), 0);
		assert_memory_equal(elf.v, ELFMAG, SELFMAG);
	}
	assert_string_equal(got.v ? got.v : "", names);
}

static void modules_come_behind_what_they_need(void **state)
{
	_cleanup_kernel_ struct kernel k = {0};

	(void)state;
	write_image("a", "6.12.9+test-amd64", NULL);
	write_module("lib/kernel/fs/xfs/xfs.ko.xz", "libcrc32c,not_there", true);
	write_module("lib/kernel/drivers/md/md-mod.ko", "", false);
	write_module("lib/kernel/lib/libcrc32c.ko.xz", "", true);
	write_module("lib/kernel/net/nf_nat.ko", "nf_conntrack,libcrc32c", false);
	write_module("lib/kernel/net/nf_conntrack.ko", "nf-defrag-ipv4", false);
	write_module("lib/kernel/net/nf_defrag_ipv4.ko", "", false);
	write_module("lib/kernel/net/unwanted.ko", "", false);
	write_text("lib/config", "CONFIG_BPF=y\n");
	assert_int_equal(add("a", "lib", NULL, &k), 0);
	assert_modules(&k, "nf_defrag_ipv4.ko nf_conntrack.ko libcrc32c.ko nf_nat.ko xfs.ko "
			   "md_mod.ko ");
	assert_non_null(k.config);
}

/* What modprobe would load first, though nothing in the module's symbols asks for it. */
static void modules_come_behind_what_they_wish_for(void **state)
{
	_cleanup_kernel_ struct kernel k = {0};

	(void)state;
	write_image("a", "6.12.9+test-amd64", NULL);
	write_module_with("soft/kernel/xfs.ko", "libcrc32c", "softdep=pre: zfirst post: nf_nat\n",
			  false);
	write_module_with("soft/kernel/libcrc32c.ko.xz", "",
			  "softdep=pre: crypto-crc32c built_in\nsoftdep=post: unwanted\n", true);
	write_module_with("soft/kernel/crc32c-intel.ko", "", "alias=crypto-crc32c\n", false);
	write_module_with("soft/kernel/crc32c_generic.ko.xz", "",
			  "alias=crc32c\nalias=crypto-crc32c\n", true);
	write_module_with("soft/kernel/test_crc32c.ko", "", "alias=crc32c-test\n", false);
	/* A wish may go round in a circle. */
	write_module_with("soft/kernel/zfirst.ko", "", "softdep=pre: xfs\n", false);
	write_module("soft/kernel/unwanted.ko", "", false);
	assert_int_equal(add("a", "soft", NULL, &k), 0);
	assert_modules(&k, "zfirst.ko crc32c_generic.ko libcrc32c.ko xfs.ko ");
}

static void bad_modules_are_errors(void **state)
{
	struct kernel k;

	(void)state;
	write_image("a", "6.12.9+test-amd64", NULL);
	write_module("circle/kernel/xfs.ko", "nf_nat", false);
	write_module("circle/kernel/nf_nat.ko", "xfs", false);
	assert_int_equal(add("a", "circle", NULL, &k), -EBADMSG);
	assert_said("in a circle");
	write_text("text/kernel/xfs.ko", "no module");
	assert_int_equal(add("a", "text", NULL, &k), -EBADMSG);
	assert_said("no module of a kernel");
	write_text("cut/kernel/xfs.ko.xz", "\xfd"
					   "7zXZ");
	assert_int_equal(add("a", "cut", NULL, &k), -EBADMSG);
	assert_int_equal(n_kept(NULL), 0);
}

static void versions_are_ordered_as_debian_does(void **state)
{
	/* Each is older than the next. */
	static const char *const versions[] = {
		"5.10.0-9",
		"5.10.0-46",
		"6.1.0-0.deb11.48",
		"6.1.0-5",
		"6.1.192-2",
		"6.2~rc1-1",
		"6.2-1~bpo12+1",
		"6.2-1~deb12u1",
		"6.2-1",
		"6.2-1+b1",
		"6.2a-1",
		"6.12.95-1~bpo12+1",
		"6.12.117-1~deb12u1",
		"6.12.117-1",
		"7.3.4-1~bpo13+1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		for (size_t j = 0; j < ARRAY_SIZE(versions); j++) {
			int got = version_compare(versions[i], versions[j]);

			if ((got > 0) - (got < 0) != (i > j) - (i < j))
				fail_msg("%s %s: %d", versions[i], versions[j], got);
		}
	assert_int_equal(version_compare("6.01", "6.1"), 0);
	assert_true(version_means("6.1", "6.1.5") && version_means("6.1", "6.1-rc1"));
	assert_false(version_means("6.1", "6.12") || version_means("", "6.12"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_kernel_is_kept_with_all_its_parts),
		CASE(names_and_versions_find_kernels),
		CASE(the_running_kernel_is_one),
		CASE(a_path_is_unpacked_once),
		CASE(types_are_found_by_name),
		CASE(names_are_checked),
		CASE(modules_come_behind_what_they_need),
		CASE(modules_come_behind_what_they_wish_for),
		CASE(bad_modules_are_errors),
		CASE(versions_are_ordered_as_debian_does),
	};

	return cmocka_run_group_tests(tests, set_up_all, NULL);
}
