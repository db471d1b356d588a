/* Which sources are found where no manifest lists any. */
#include "loaded_room.h"

#include "project/discover.h"

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
		in_dir(big_trees_are_quick),
	};

	return cmocka_run_group_tests_name("discover", tests, NULL, NULL);
}
