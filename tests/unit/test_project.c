/* What a project is made of: defaults, manifests wherever they are, files that patterns find. */
#include "loaded_room.h"

static void defaults_are_applied(void **state)
{
	_cleanup_project_ struct project p = {0};

	(void)state;
	make_file("a.bpf.c", "");
	assert_int_equal(project_load(NULL, "build", &p), 0);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.targets[0].compile.cpu, "v3");
	assert_string_equal(p.targets[0].compile.optimize, "2");
	assert_false(p.targets[0].compile.debug);
	assert_true(p.targets[0].skeleton);
	assert_null(p.targets[0].skeleton_name);
	assert_null(p.targets[0].compile.vmlinux);
	assert_int_equal(p.targets[0].compile.cflags.n, 0);
	assert_string_equal(p.targets[0].origin, "a.bpf.c");
	assert_null(p.manifest);
	assert_null(p.output);
	assert_null(p.clang);
}

static void load_unreadable_manifest(void)
{
	assert_fails("skep.yaml", -EACCES, "cannot read manifest: skep.yaml: Permission denied\n");
	/* Nor is it passed over in silence. */
	assert_fails(NULL, -EACCES, "cannot read manifest: skep.yaml: Permission denied\n");
}

static void manifests_that_cannot_be_read(void **state)
{
	(void)state;
	make_file("a.bpf.c", "");
	assert_fails("absent.yaml", -ENOENT,
		     "cannot read manifest: absent.yaml: No such file or directory\n");
	assert_fails("a.bpf.c/x", -ENOTDIR, "cannot read manifest: a.bpf.c/x: Not a directory\n");
	make_file("skep.yml", "cpu: v2\n");
	assert_fails(NULL, -EINVAL, "skep.yml: a manifest is called skep.yaml; rename it\n");
	assert_int_equal(mkdir("skep.yaml", 0777), 0);
	assert_fails(NULL, -EISDIR, "skep.yaml: is a directory; a manifest is a file\n");
	assert_int_equal(rmdir("skep.yaml"), 0);
	assert_int_equal(symlink("nowhere", "skep.yaml"), 0);
	assert_fails(NULL, -ENOENT, "cannot read manifest: skep.yaml: No such file or directory\n");
	assert_int_equal(unlink("skep.yaml"), 0);
	assert_fails("/dev/zero", -EFBIG, "/dev/zero: larger than 4 MiB; is this a manifest?\n");
	make_file("skep.yaml", "cpu: v2\n");
	assert_int_equal(truncate("skep.yaml", 4 * 1024 * 1024 + 1), 0);
	assert_fails(NULL, -EFBIG, "skep.yaml: larger than 4 MiB; is this a manifest?\n");
	assert_int_equal(chmod("skep.yaml", 0), 0);
	as_nobody(load_unreadable_manifest);
}

static void manifest_elsewhere_is_relative_to_here(void **state)
{
	_cleanup_project_ struct project p = {0};

	(void)state;
	make_file("src/a.bpf.c", "");
	make_file("conf/my.yaml", "output: ./out//\nobjects:\n  - sources: src/*.bpf.c\n");
	assert_int_equal(project_load("conf/my.yaml", "build", &p), 0);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.manifest, "conf/my.yaml");
	assert_string_equal(p.output, "out");
	assert_string_equal(p.targets[0].sources.v[0], "src/a.bpf.c");
	assert_string_equal(p.targets[0].origin, "conf/my.yaml:3:5");
}

/* The sources that a pattern finds, one a line and sorted, or the error. */
static void assert_finds(const char *sources, const char *expected)
{
	_cleanup_free_ char *text = xasprintf("objects:\n  - name: x\n    sources: %s\n", sources);
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};

	messages_begin();
	make_file("skep.yaml", text);
	buf_puts(&b, "");
	if (project_load(NULL, "build", &p) == 0)
		for (size_t i = 0; i < p.targets[0].sources.n; i++)
			buf_printf(&b, "%s\n", p.targets[0].sources.v[i]);
	else
		buf_puts(&b, messages.v);
	assert_string_equal(b.v, expected);
}

static void patterns_find_files(void **state)
{
	_cleanup_free_ char *absolute = xasprintf("%s/?.c", (char *)*state);
	_cleanup_free_ char *found = xasprintf("%s/a.c\n%s/b.c\n", (char *)*state, (char *)*state);

	make_file("a.c", "");
	make_file("b.c", "");
	make_file("d/e/c.c", "");
	make_file("d/e/d.c", "");
	make_file("build/z.c", "");
	make_file(".h/h.c", "");
	make_file("odd [1].c", "");
	assert_int_equal(symlink("d", "link"), 0);
	assert_finds("a.c", "a.c\n");
	assert_finds("./a.c", "a.c\n");
	assert_finds("[b.c, a.c, '*.c', '!odd*']", "a.c\nb.c\n");
	assert_finds("'**/[cd].c'", "d/e/c.c\nd/e/d.c\n");
	assert_finds("'*/*/c.c'", "d/e/c.c\n");
	assert_finds("'d/**'", "d/e/c.c\nd/e/d.c\n");
	assert_finds("'link/*/c.c'", "link/e/c.c\n");
	assert_finds("'**/e/../e/c.c'",
		     "skep.yaml:3:14: '**/e/../e/c.c' does not name files: '..' cannot follow a "
		     "wildcard\n");
	assert_finds("d/../a.c", "d/../a.c\n");
	/* Spelled out, hidden directories, the output and links are entered. */
	assert_finds("'.h/*.c'", ".h/h.c\n");
	assert_finds("'build/*.c'", "build/z.c\n");
	assert_finds("'**/z.c'", "skep.yaml:3:14: no file matches '**/z.c'\n");
	assert_finds("'*/z.c'", "skep.yaml:3:14: no file matches '*/z.c'\n");
	assert_finds("'**/link/*/c.c'", "link/e/c.c\n");
	assert_finds("'odd \\[1].c'", "odd [1].c\n");
	assert_finds("'*[[]1].c'", "odd [1].c\n");
	assert_finds(absolute, found);
	assert_finds("d",
		     "skep.yaml:3:14: d is a directory; write d/*.bpf.c for the sources in it\n");
	assert_finds("d/e/",
		     "skep.yaml:3:14: d/e is a directory; write d/e/*.bpf.c for the sources "
		     "in it\n");
	assert_finds("a.c/b.c", "skep.yaml:3:14: no file matches 'a.c/b.c'\n");
	assert_finds("absent/*.c", "skep.yaml:3:14: no file matches 'absent/*.c'\n");
	assert_finds("/dev/null", "skep.yaml:3:14: /dev/null is not a regular file\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_dir(defaults_are_applied),
		in_dir(manifests_that_cannot_be_read),
		in_dir(manifest_elsewhere_is_relative_to_here),
		in_dir(patterns_find_files),
	};

	return cmocka_run_group_tests_name("project", tests, NULL, NULL);
}
