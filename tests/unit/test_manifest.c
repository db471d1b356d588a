#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "base/path.h"
#include "project/manifest_schema.h"
#include "base/file.h"
#include "manifest_room.h"

static void every_key_sets_what_it_says(void **state)
{
	static const struct example cases[] = {
		{"cpu: v1", " cpu:v1"},
		{"cpu: v2", " cpu:v2"},
		{"cpu: 'v3'", ""},
		{"cpu: v4", " cpu:v4"},
		{"cpu: probe", " cpu:probe"},
		{"optimize: 0", " optimize:0"},
		{"optimize: 1", " optimize:1"},
		{"optimize: '2'", ""},
		{"optimize: 3", " optimize:3"},
		{"optimize: s", " optimize:s"},
		{"optimize: z", " optimize:z"},
		{"cflags: -Wall -g", " cflags:-Wall -g"},
		{"cflags: [-Wall, 'no']", " cflags:-Wall,no"},
		{"cflags: []", ""},
		{"defines: {A: 1, B: , C: ~, D: null, E: '', F: no, G: 'null', H: -0x1}",
		 " defines:A=1,B,C,D,E=,F=no,G=null,H=-0x1"},
		{"defines: [A=1, B, C=, D==, 'E=a b']", " defines:A=1,B,C=,D==,E=a b"},
		{"defines: A", " defines:A"},
		{"defines: {}", ""},
		{"include: inc", " include:inc"},
		{"include: [./inc//x/, /abs, ..]", " include:inc/x,/abs,.."},
		{"vmlinux: ./btf/vmlinux.h", " vmlinux:btf/vmlinux.h"},
		{"vmlinux: {x86_64: ./a//b.btf, aarch64: /c}",
		 " vmlinux/x86_64:a/b.btf vmlinux/arm64:/c"},
		{"vmlinux: {arm64: '{stem}.btf'}", " vmlinux/arm64:{stem}.btf"},
		{"skeleton: true", ""},
		{"skeleton: false", " no-skeleton"},
		{"skeleton: off", " no-skeleton"},
		{"skeleton: my_{stem}", " skeleton:my_tc"},
		{"skeleton: 'off'", " skeleton:off"},
		{"skeleton: '{name}_{name}'", " skeleton:tc_tc"},
		{"debug: true", " debug"},
		{"debug: Yes", " debug"},
		{"debug: ON", " debug"},
		{"debug: FALSE", ""},
		{"debug: no", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *expected = xasprintf("tc = tc.c%s\n", cases[i].result);
		_cleanup_free_ char *project =
			xasprintf("%s\nobjects:\n- sources: tc.c\n", cases[i].text);
		_cleanup_free_ char *object =
			xasprintf("objects:\n- sources: tc.c\n  %s\n", cases[i].text);
		_cleanup_free_ char *alternative = xasprintf(
			"objects:\n- sources: tc.c\n  name: '{x}'\n  matrix:\n    x:\n      tc:\n"
			"        %s\n",
			cases[i].text);

		assert_targets(project, expected);
		assert_targets(object, expected);
		assert_targets(alternative, expected);
	}
}

static void project_wide_keys(void **state)
{
	_cleanup_project_ struct project p = {0};
	static const char text[] =
		"output: ./out/\nclang: /opt/clang 19\n"
		"cache: {dir: ./store//, remote: 'https://cache.test:8080/a@b'}\n"
		"objects: [{sources: tc.c}]\n";

	(void)state;
	assert_int_equal(parse(text, strlen(text), &p), 0);
	assert_string_equal(p.manifest, "skep.yaml");
	assert_string_equal(p.output, "out");
	assert_string_equal(p.clang, "/opt/clang 19");
	assert_string_equal(p.cache, "store");
	assert_string_equal(p.remote, "https://cache.test:8080/a@b");
	assert_int_equal(p.archs.n, 0);
	assert_string_equal(p.targets[0].origin, "skep.yaml:4:11");
}

static void inner_settings_go_over_outer_ones(void **state)
{
	(void)state;
	assert_targets(
		"cpu: v1\noptimize: 1\ncflags: [-a]\ninclude: [i]\nvmlinux: p\ndebug: yes\n"
		"skeleton: no\ndefines: {A: 1, B: 1, C: 1}\n"
		"objects:\n"
		"- sources: tc.c\n"
		"- sources: a.bpf.c\n"
		"  cpu: v2\n  cflags: -b\n  include: j\n  vmlinux: o\n  debug: no\n"
		"  skeleton: s\n  defines: [B=2, D]\n"
		"- name: '{x}{y}'\n"
		"  sources: b.bpf.c\n"
		"  cpu: v2\n  cflags: [-b]\n  defines: {B: 2, D: 2}\n  skeleton: x\n"
		"  matrix:\n"
		"    x: {1: {cpu: v4, cflags: [-c], defines: {C: 3, E: 3}, skeleton: yes}}\n"
		"    y: {2: {optimize: 3, cflags: [-d], defines: {E: 4, A: }}}\n",
		"12 = b.bpf.c cpu:v4 optimize:3 cflags:-a,-b,-c,-d defines:A,B=2,C=3,D=2,E=4"
		" include:i vmlinux:p debug\n"
		"a = a.bpf.c cpu:v2 optimize:1 cflags:-a,-b defines:A=1,B=2,C=1,D include:i,j"
		" vmlinux:o skeleton:s\n"
		"tc = tc.c cpu:v1 optimize:1 cflags:-a defines:A=1,B=1,C=1 include:i vmlinux:p"
		" debug no-skeleton\n");
}

static void without_objects_settings_go_to_what_is_found(void **state)
{
	(void)state;
	/* The fixed files hold two of one stem; that is told like in discovery. */
	assert_error("cpu: v2\n",
		     "two sources make an object called 'a': a.bpf.c and dir/a.bpf.c; rename one, "
		     "or list them with names in skep.yaml");
	assert_error("skeleton: '{nme}'\n",
		     "1:11: unknown placeholder 'nme' (did you mean 'name'?); known here: stem, "
		     "name");
}

static void sources_and_names(void **state)
{
	static const struct example cases[] = {
		{"[{sources: tc.c}]", "tc = tc.c\n"},
		{"[{sources: '?.bpf.c'}]", "a = a.bpf.c\nb = b.bpf.c\n"},
		{"[{sources: [b.bpf.c, '*.bpf.c', ./tc.c]}]",
		 "a = a.bpf.c\nb = b.bpf.c\ntc = tc.c\n"},
		{"[{sources: ['**/*.bpf.c', '!dir/**']}]", "a = a.bpf.c\nb = b.bpf.c\n"},
		{"[{sources: ['!**/a.*', '!**/b.*', '**/*.bpf.c']}]", "c = dir/deep/c.bpf.c\n"},
		{"[{sources: '**/*.bpf.c', name: all}]",
		 "all = a.bpf.c,b.bpf.c,dir/a.bpf.c,dir/deep/c.bpf.c\n"},
		{"[{sources: '?.bpf.c', name: 'x-{stem}.y'}]",
		 "x-a.y = a.bpf.c\nx-b.y = b.bpf.c\n"},
		{"[{sources: tc.c, name: '{stem}{stem}'}]", "tctc = tc.c\n"},
		{"[{sources: 'with*'}]", "with {braces} = with {braces}.c\n"},
		{"[{sources: tc.c, name: yes it is}]", "yes it is = tc.c\n"},
		{"[{sources: tc.c, name: 'yes'}]", "yes = tc.c\n"},
		{"[{sources: tc.c, name: 10}]", "10 = tc.c\n"},
		{"[{sources: tc.c, name: \"a\\tb\\u00e9\"}]", "a\tb\xc3\xa9 = tc.c\n"},
		{"[{sources: '?.bpf.c', name: all, skeleton: '{name}'}]",
		 "all = a.bpf.c,b.bpf.c skeleton:all\n"},
		{"[{sources: tc.c, name: one, skeleton: '{stem}'}]", "one = tc.c skeleton:tc\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = xasprintf("objects: %s\n", cases[i].text);

		assert_targets(text, cases[i].result);
	}
}

static void matrix_makes_every_combination(void **state)
{
	(void)state;
	assert_targets("objects:\n"
		       "  - name: \"{dir}_{kind}_{log}\"\n"
		       "    sources: tc.c\n"
		       "    skeleton: '{name}'\n"
		       "    matrix:\n"
		       "      dir:  {to: {defines: {INGRESS: 1}}, from: {}}\n"
		       "      kind: {hep: {defines: {HEP: }}, wep: {cpu: v2, skeleton: '{kind}'}}\n"
		       "      log:\n"
		       "        debug:\n"
		       "          defines: {LOG: 10}\n"
		       "        no_log:\n"
		       "    exclude: [{dir: to, kind: wep}, {log: debug, dir: from, kind: hep}]\n",
		       "from_hep_no_log = tc.c defines:HEP skeleton:from_hep_no_log\n"
		       "from_wep_debug = tc.c cpu:v2 defines:LOG=10 skeleton:wep\n"
		       "from_wep_no_log = tc.c cpu:v2 skeleton:wep\n"
		       "to_hep_debug = tc.c defines:INGRESS=1,HEP,LOG=10 skeleton:to_hep_debug\n"
		       "to_hep_no_log = tc.c defines:INGRESS=1,HEP skeleton:to_hep_no_log\n");
	/* With {stem} for each source, with an empty label, and with an axis of one. */
	assert_targets("objects:\n"
		       "  - name: '{stem}{opt}'\n"
		       "    sources: ?.bpf.c\n"
		       "    matrix: {opt: {'': {}, _fast: {optimize: 3}}, one: {x: {debug: on}}}\n",
		       "a = a.bpf.c debug\na_fast = a.bpf.c optimize:3 debug\n"
		       "b = b.bpf.c debug\nb_fast = b.bpf.c optimize:3 debug\n");
	/* An axis may have a name that begins like another placeholder. */
	assert_targets("objects:\n"
		       "  - name: '{stems}'\n"
		       "    sources: ?.bpf.c\n"
		       "    matrix: {stems: {x: }}\n",
		       "x = a.bpf.c,b.bpf.c\n");
	/* Labels are text, whatever YAML would make of them. */
	assert_targets("objects:\n"
		       "  - name: 'x{a}'\n"
		       "    sources: tc.c\n"
		       "    matrix: {a: {on: , 1: , null: , 2.50: }}\n"
		       "    exclude: [{a: 1}, {a: null}]\n",
		       "x2.50 = tc.c\nxon = tc.c\n");
}

static void add_times(struct buf *b, const char *s, int n)
{
	while (n--)
		buf_puts(b, s);
}

static void limits_are_kept(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	buf_puts(&b, "a: ");
	add_times(&b, "[", 31);
	add_times(&b, "]", 31);
	assert_error(b.v, "1:1: unknown key 'a'; known here: " TOP_KEYS);
	b.n = 0;
	buf_puts(&b, "a: ");
	add_times(&b, "[", 32);
	add_times(&b, "]", 32);
	assert_error(b.v, "1:35: nested deeper than 32 levels");

	b.n = 0;
	buf_puts(&b, "objects:\n- name: x\n  sources: tc.c\n  matrix:\n");
	for (int i = 0; i < 17; i++)
		buf_printf(&b, "    a%d: {x: }\n", i);
	assert_error(b.v, "21:5: a matrix has at most 16 axes");

	b.n = 0;
	buf_puts(&b, "objects:\n- name: x{a}\n  sources: tc.c\n  matrix: {a: {x: , y: }}\n"
		     "  exclude: [");
	add_times(&b, "{a: x}, ", 1000);
	buf_puts(&b, "]\n");
	assert_targets(b.v, "xy = tc.c\n");
	b.n -= 2;
	buf_puts(&b, "{a: x}]\n");
	assert_error(b.v, "5:3: 'exclude' has more than 1000 entries");

	b.n = 0;
	buf_puts(&b, "cflags: [");
	add_times(&b, "a,", MANIFEST_MAX_NODES - 2);
	buf_puts(&b, "a]");
	assert_error(b.v, "1:2000004: more than 1000000 keys and values");
}

static void number_of_objects_is_limited(void **state)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	/* 10^5 combinations are fine, one more object is not, nor is a product beyond 64 bits. */
	buf_puts(&b, "objects:\n- name: '{a}{b}{c}{d}{e}'\n  sources: tc.c\n  matrix:\n");
	for (char axis = 'a'; axis <= 'e'; axis++)
		buf_printf(&b, "    %c: {0: , 1: , 2: , 3: , 4: , 5: , 6: , 7: , 8: , 9: }\n",
			   axis);
	assert_int_equal(parse(b.v, b.n, &p), 0);
	assert_int_equal(p.n, 100000);
	assert_string_equal(p.targets[99999].name, "99999");
	buf_puts(&b, "- name: x\n  sources: tc.c\n");
	assert_error(b.v,
		     "10:3: more than 100000 objects up to here, excluded combinations counted");

	/* Two sources make twice as many. */
	b.n = 0;
	buf_puts(&b, "objects:\n- name: '{stem}{a}'\n  sources: ?.bpf.c\n  matrix:\n    a: {");
	for (int i = 0; i < 50000; i++)
		buf_printf(&b, "%d: , ", i);
	_cleanup_free_ char *more = xasprintf("%sx: }\n", b.v);

	buf_puts(&b, "}\n");
	project_free(&p);
	assert_int_equal(parse(b.v, b.n, &p), 0);
	assert_int_equal(p.n, 100000);
	assert_error(more,
		     "2:3: more than 100000 objects up to here, excluded combinations counted");

	b.n = 0;
	buf_puts(&b, "objects:\n- name: x\n  sources: tc.c\n  matrix:\n");
	for (char axis = 'a'; axis <= 'p'; axis++) {
		buf_printf(&b, "    %c: {", axis);
		for (int i = 0; i < 256; i++)
			buf_printf(&b, "%d: , ", i);
		buf_puts(&b, "}\n");
	}
	assert_error(b.v,
		     "2:3: more than 100000 objects up to here, excluded combinations counted");
}

static void memory_of_objects_is_limited(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	buf_puts(&b, "vmlinux: ");
	add_times(&b, "x", 100000);
	buf_puts(&b, "\nobjects:\n- name: '{a}{b}{c}{d}'\n  sources: tc.c\n  matrix:\n");
	for (char axis = 'a'; axis <= 'd'; axis++)
		buf_printf(&b, "    %c: {0: , 1: , 2: , 3: , 4: , 5: , 6: , 7: , 8: , 9: }\n",
			   axis);
	assert_error(b.v, "3:3: the objects up to here need more than 256 MiB for their settings");
}

/* Each of these takes 0.5 s or less; quadratic behaviour would take minutes. */
static void huge_manifests_are_quick(void **state)
{
	static const struct {
		const char *head, *unit;
		int n;
	} cases[] = {
		{"a: ", "[", 4000000},
		{"a: ", "{a: ", 1000000},
		{"", "- ", 2000000},
		{"", "? ", 2000000},
		{"", " ", 4000000},
		{"", "#\n", 2000000},
		{"", "x", 4000000},
		{"", ":", 4000000},
		{"", "&", 4000000},
		{"", "!", 4000000},
		{"", "%TAG !a! b:\n", 300000},
		{"clang: ", "x\n ", 1300000},
		{"clang: \"", "\\\n", 2000000},
		{"clang: |\n", " x\n", 1300000},
		{"cflags: [", "'',", 1300000},
		{"arch:\n", "- a\n", 999000},
		{"arch:\n", "- arm64\n", 500000},
		{"arch:\n", " a:\n", 490000},
		{"vmlinux:\n", " arm64: x\n", 400000},
		{"", "cpu: v1\n", 500000},
		{"defines: {", "\n", 4000000},
		{"clang: x", "\r", 4000000},
	};
	_cleanup_project_ struct project p = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = {0};
		double start;

		buf_puts(&b, cases[i].head);
		add_times(&b, cases[i].unit, cases[i].n);
		start = cpu_seconds();
		parse(b.v, b.n, &p);
		project_free(&p);
		if (cpu_seconds() - start > 10)
			fail_msg("%s%s... took %.1f s", cases[i].head, cases[i].unit,
				 cpu_seconds() - start);
	}
}

static void hundred_thousand_lines_are_quick(void **state)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};
	double start;

	(void)state;
	buf_puts(&b, "objects:\n");
	for (int i = 0; i < 25000; i++)
		buf_printf(&b, "- name: n%d\n  sources: tc.c\n  cpu: v2\n  defines: {A: %d, B: }\n",
			   i, i);
	start = cpu_seconds();
	assert_int_equal(parse(b.v, b.n, &p), 0);
	assert_int_equal(p.n, 25000);
	assert_true(cpu_seconds() - start < 5);
}

/* docs/manifest.md has a heading for each key: "### `name`". */
static void every_key_is_documented(void **state)
{
	_cleanup_free_ char *here = path_dir(__FILE__);
	_cleanup_free_ char *path = path_join(here, "../../docs/manifest.md");
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	/* The name of this file is relative to where it was compiled. */
	if (file_read(path, 1 << 20, &b) < 0)
		skip();
	for (size_t i = 0; i < KEY_COUNT; i++) {
		_cleanup_free_ char *heading = xasprintf("\n### `%s`", manifest_keys[i].name);

		if (!strstr(b.v, heading))
			fail_msg("docs/manifest.md does not describe '%s'", manifest_keys[i].name);
		for (const char *const *c = manifest_keys[i].choices; c && *c; c++) {
			_cleanup_free_ char *choice = xasprintf("`%s`", *c);

			if (!strstr(strstr(b.v, heading), choice))
				fail_msg("docs/manifest.md lacks the choice '%s'", *c);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_sets_what_it_says),
		cmocka_unit_test(project_wide_keys),
		cmocka_unit_test(inner_settings_go_over_outer_ones),
		cmocka_unit_test(without_objects_settings_go_to_what_is_found),
		cmocka_unit_test(sources_and_names),
		cmocka_unit_test(matrix_makes_every_combination),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(number_of_objects_is_limited),
		cmocka_unit_test(memory_of_objects_is_limited),
		cmocka_unit_test(huge_manifests_are_quick),
		cmocka_unit_test(hundred_thousand_lines_are_quick),
		cmocka_unit_test(every_key_is_documented),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
