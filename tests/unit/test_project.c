#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "project/discover.h"
#include "project/project.h"
#include "project/target.h"
#include "project_room.h"

static int in_temp_dir(void **state)
{
	messages_begin();
	*state = enter_temp_dir();
	return 0;
}

static int out_of_temp_dir(void **state)
{
	leave_temp_dir(*state);
	return 0;
}

/* Targets as "name=source" lines, in their order. */
static void assert_targets(const char *output_dir, const char *expected)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};

	buf_puts(&b, "");
	assert_int_equal(project_load(NULL, output_dir, &p), 0);
	for (size_t i = 0; i < p.n; i++)
		buf_printf(&b, "%s=%s\n", p.targets[i].name, p.targets[i].sources.v[0]);
	assert_string_equal(b.v, expected);
}

static void assert_fails(const char *path, int err, const char *message)
{
	_cleanup_project_ struct project p = {0};

	messages_begin();
	assert_int_equal(project_load(path, "build", &p), err);
	assert_string_equal(messages.v, message);
	assert_int_equal(p.n, 0);
}

/* Runs a function as a user who may not read everything; tests may run as root. */
static void as_nobody(void (*fn)(void))
{
	bool is_root = geteuid() == 0;

	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	fn();
	if (is_root)
		assert_int_equal(seteuid(0), 0);
}

static void finds_sources_everywhere(void **state)
{
	(void)state;
	make_file("b.bpf.c", "");
	make_file("a/x/y/c.bpf.c", "");
	make_file("a.bpf.c", "");
	make_file("Z.bpf.c", "");
	make_file("plain.c", "");
	make_file("header.bpf.h", "");
	make_file("dir.bpf.c/inside.bpf.c", "");
	make_file(".git/hidden.bpf.c", "");
	make_file("a/.cache/hidden.bpf.c", "");
	make_file(".hidden.bpf.c", "");
	make_file(".bpf.c", "");
	make_file("build/built.bpf.c", "");
	make_file("a/build/kept.bpf.c", "");
	assert_int_equal(mkfifo("pipe.bpf.c", 0600), 0);
	assert_targets("build", "Z=Z.bpf.c\n"
				"a=a.bpf.c\n"
				"b=b.bpf.c\n"
				"c=a/x/y/c.bpf.c\n"
				"inside=dir.bpf.c/inside.bpf.c\n"
				"kept=a/build/kept.bpf.c\n");
	assert_string_equal(messages.v, "");
}

static void output_directory_is_left_out_however_it_is_written(void **state)
{
	_cleanup_free_ char *absolute = path_join(*state, "out/bpf");

	make_file("a.bpf.c", "");
	make_file("out/bpf/b.bpf.c", "");
	assert_targets(absolute, "a=a.bpf.c\n");
	assert_targets("out/bpf", "a=a.bpf.c\n");
	assert_targets("out/../out/bpf", "a=a.bpf.c\n");
	/* What lies here is not hidden because results go here, or above. */
	assert_targets(".", "a=a.bpf.c\nb=out/bpf/b.bpf.c\n");
	assert_targets("..", "a=a.bpf.c\nb=out/bpf/b.bpf.c\n");
	assert_targets("absent", "a=a.bpf.c\nb=out/bpf/b.bpf.c\n");
	assert_targets(NULL, "a=a.bpf.c\nb=out/bpf/b.bpf.c\n");
	make_file("skep.yaml", "output: out\n");
	assert_targets("absent", "a=a.bpf.c\n");
}

static void links_to_files_count_and_links_to_directories_do_not(void **state)
{
	(void)state;
	make_file("real/a.bpf.c", "");
	make_file("real/other.c", "");
	assert_int_equal(symlink("../real", "real/loop"), 0);
	assert_int_equal(symlink("other.c", "real/linked.bpf.c"), 0);
	assert_int_equal(symlink("real", "folder.bpf.c"), 0);
	assert_targets("build", "a=real/a.bpf.c\nlinked=real/linked.bpf.c\n");
	assert_string_equal(messages.v, "");
	assert_int_equal(symlink("nowhere", "broken.bpf.c"), 0);
	assert_int_equal(symlink("nowhere", "broken.c"), 0);
	assert_int_equal(symlink("round.bpf.c", "round.bpf.c"), 0);
	assert_targets("build", "a=real/a.bpf.c\nlinked=real/linked.bpf.c\n");
	assert_true(strstr(messages.v, "warning: broken.bpf.c: a symbolic link that leads nowhere; "
				       "looking for sources without it\n") != NULL);
	assert_true(strstr(messages.v, "warning: round.bpf.c: ") != NULL);
	assert_true(strstr(messages.v, "broken.c:") == NULL);
}

static void odd_names_work(void **state)
{
	static const char *const names[] = {
		" ", "\"", "$x", "'", "*", "-v", "\\", "a b", "line\nbreak", "{stem}", "\xff\xfe",
	};
	_cleanup_project_ struct project p = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = xasprintf("d %zu/%s.bpf.c", i, names[i]);

		make_file(path, "");
	}
	assert_int_equal(project_load(NULL, "build", &p), 0);
	assert_int_equal(p.n, ARRAY_SIZE(names));
	for (size_t i = 0; i < p.n; i++)
		assert_string_equal(p.targets[i].name, names[i]);
}

static void too_long_a_name_is_refused(void **state)
{
	_cleanup_buf_ struct buf name = {0};

	(void)state;
	for (int i = 0; i < 240; i++)
		buf_putc(&name, 'x');
	buf_puts(&name, ".bpf.c");
	make_file(name.v, "");
	name.v[240] = '\0';
	_cleanup_free_ char *expected = xasprintf("%s=%s.bpf.c\n", name.v, name.v);

	assert_targets("build", expected);
	_cleanup_free_ char *longer = xasprintf("d/x%s.bpf.c", name.v);
	struct project p;

	make_file(longer, "");
	assert_int_equal(project_load(NULL, "build", &p), -EINVAL);
	assert_true(strstr(messages.v, "it is longer than 240 bytes\n") != NULL);
}

static void same_stem_names_both_sources(void **state)
{
	(void)state;
	make_file("x/main.bpf.c", "");
	make_file("y/main.bpf.c", "");
	make_file("other.bpf.c", "");
	assert_fails(NULL, -EEXIST,
		     "two sources make an object called 'main': x/main.bpf.c and y/main.bpf.c; "
		     "rename one, or list them with names in skep.yaml\n");
	/* A list of many is cut short. */
	for (int i = 0; i < 30; i++) {
		_cleanup_free_ char *path = xasprintf("z%d/main.bpf.c", i);

		make_file(path, "");
	}
	struct project p;
	size_t lines = 0;

	messages_begin();
	assert_int_equal(project_load(NULL, "build", &p), -EEXIST);
	for (const char *s = messages.v; (s = strchr(s, '\n')); s++)
		lines++;
	assert_int_equal(lines, 10);
}

static void nothing_found_says_what_was_looked_for(void **state)
{
	_cleanup_free_ char *expected = xasprintf(
		"no sources: %s: nothing called *.bpf.c here or below (hidden directories "
		"and the output directory are left out); name a source so, or list others "
		"in skep.yaml\n",
		(char *)*state);

	make_file(".git/a.bpf.c", "");
	assert_fails(NULL, -ENOENT, expected);
	make_file("skep.yaml", "cpu: v2\n");
	assert_fails(NULL, -ENOENT, expected);
}

static void load_with_unreadable_directory(void)
{
	assert_targets("build", "a=a.bpf.c\n");
}

static void unreadable_directory_is_a_warning(void **state)
{
	(void)state;
	make_file("a.bpf.c", "");
	make_file("locked/b.bpf.c", "");
	assert_int_equal(chmod("locked", 0), 0);
	as_nobody(load_with_unreadable_directory);
	assert_string_equal(messages.v, "warning: locked: Permission denied; looking for sources "
					"without it\n");
}

static void warnings_come_in_order(void **state)
{
	_cleanup_buf_ struct buf expected = {0};

	(void)state;
	make_file("a.bpf.c", "");
	for (int i = 10; i < 40; i++) {
		_cleanup_free_ char *dir = xasprintf("d%d", i);

		assert_int_equal(mkdir(dir, 0), 0);
		buf_printf(&expected,
			   "warning: %s: Permission denied; looking for sources without it\n", dir);
	}
	as_nobody(load_with_unreadable_directory);
	assert_string_equal(messages.v, expected.v);
}

static void load_where_nothing_can_be_looked_up(void)
{
	assert_fails(NULL, -EACCES, "cannot read manifest: skep.yaml: Permission denied\n");
}

static void load_in_unreadable_directory(void)
{
	assert_fails(NULL, -EACCES, "looking for **/*.bpf.c: .: Permission denied\n");
}

static void unreadable_start_is_an_error(void **state)
{
	make_file("a.bpf.c", "");
	assert_int_equal(chmod(*state, 0311), 0);
	as_nobody(load_in_unreadable_directory);
	assert_int_equal(chmod(*state, 0644), 0);
	as_nobody(load_where_nothing_can_be_looked_up);
}

static void too_deep_a_tree_is_an_error(void **state)
{
	_cleanup_buf_ struct buf path = {0};
	struct project p;

	(void)state;
	for (int i = 0; i < FINDER_MAX_DEPTH; i++)
		buf_puts(&path, "d/");
	buf_puts(&path, "a.bpf.c");
	make_file(path.v, "");
	_cleanup_free_ char *expected = xasprintf("a=%s\n", path.v);

	assert_targets("build", expected);
	path.n -= strlen("a.bpf.c");
	buf_puts(&path, "d/b.bpf.c");
	make_file(path.v, "");
	assert_int_equal(project_load(NULL, "build", &p), -ELOOP);
	assert_true(strstr(messages.v, "directories are nested deeper than 64\n") != NULL);
}

static void too_long_a_path_is_an_error(void **state)
{
	char name[201];
	struct project p;

	memset(name, 'd', 200);
	name[200] = '\0';
	for (int i = 0; i < 21; i++) {
		assert_int_equal(mkdir(name, 0777), 0);
		assert_int_equal(chdir(name), 0);
	}
	make_file("a.bpf.c", "");
	assert_int_equal(chdir(*state), 0);
	assert_int_equal(project_load(NULL, "build", &p), -ENAMETOOLONG);
	assert_true(strstr(messages.v, "/a.bpf.c: File name too long\n") != NULL);
}

static int find_too_many(struct finder *f, const struct pattern *p, struct strv *ret,
			 struct buf *why)
{
	(void)f;
	(void)p;
	(void)why;
	for (int i = 0; i <= TARGET_MAX; i++)
		strv_addf(ret, "%d.bpf.c", i);
	return 0;
}

static void too_many_sources_are_an_error(void **state)
{
	_cleanup_project_ struct project p = {0};
	struct finder f = {.find = find_too_many};

	(void)state;
	messages_begin();
	assert_int_equal(discover_targets(&f, &p), -E2BIG);
	assert_string_equal(messages.v,
			    "100001 sources found, more than 100000; list those to build "
			    "in skep.yaml\n");
}

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

static void big_trees_are_quick(void **state)
{
	_cleanup_project_ struct project p = {0};
	double start;

	(void)state;
	for (int i = 0; i < 200; i++) {
		_cleanup_free_ char *dir = xasprintf("d%d/e", i);

		assert_int_equal(file_make_dirs(dir), 0);
		for (int j = 0; j < 50; j++) {
			_cleanup_free_ char *path =
				xasprintf("%s/%d.%s", dir, i * 100 + j, j ? "o" : "bpf.c");
			int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);

			assert_true(fd >= 0);
			close(fd);
		}
	}
	start = cpu_seconds();
	assert_int_equal(project_load(NULL, "build", &p), 0);
	assert_int_equal(p.n, 200);
	/* About 10 ms; the bound leaves room for a slow machine under a sanitizer. */
	assert_true(cpu_seconds() - start < 5);
}

#define in_dir(test) cmocka_unit_test_setup_teardown(test, in_temp_dir, out_of_temp_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_dir(finds_sources_everywhere),
		in_dir(output_directory_is_left_out_however_it_is_written),
		in_dir(links_to_files_count_and_links_to_directories_do_not),
		in_dir(odd_names_work),
		in_dir(too_long_a_name_is_refused),
		in_dir(same_stem_names_both_sources),
		in_dir(nothing_found_says_what_was_looked_for),
		in_dir(unreadable_directory_is_a_warning),
		in_dir(warnings_come_in_order),
		in_dir(unreadable_start_is_an_error),
		in_dir(too_deep_a_tree_is_an_error),
		in_dir(too_long_a_path_is_an_error),
		cmocka_unit_test(too_many_sources_are_an_error),
		in_dir(defaults_are_applied),
		in_dir(manifests_that_cannot_be_read),
		in_dir(manifest_elsewhere_is_relative_to_here),
		in_dir(patterns_find_files),
		in_dir(big_trees_are_quick),
	};

	return cmocka_run_group_tests_name("project", tests, NULL, NULL);
}
