#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <time.h>

#include <cmocka.h>

#include "base/path.h"
#include "project/manifest.h"
#include "project/manifest_schema.h"
#include "project/target.h"
#include "project_room.h"

static int parse(const char *text, size_t len, struct project *p)
{
	_cleanup_finder_ struct finder f;
	int err;

	finder_init(&f);
	f.find = fixed_find;
	messages_begin();
	err = manifest_parse("skep.yaml", text, len, &f, p);
	return err ?: target_sort_unique(p);
}

static void show_list(struct buf *b, const char *name, const struct strv *list)
{
	for (size_t i = 0; i < list->n; i++)
		buf_printf(b, "%s%s", i ? "," : name, list->v[i]);
}

/* A target on one line: its name, sources, and what is not the default. */
static void show_target(struct buf *b, const struct target *t)
{
	const struct compile_options *c = &t->compile;

	buf_printf(b, "%s", t->name);
	show_list(b, " = ", &t->sources);
	if (!str_eq(c->cpu, "v3"))
		buf_printf(b, " cpu:%s", c->cpu);
	if (!str_eq(c->optimize, "2"))
		buf_printf(b, " optimize:%s", c->optimize);
	show_list(b, " cflags:", &c->cflags);
	show_list(b, " defines:", &c->defines);
	show_list(b, " include:", &c->include);
	if (c->vmlinux)
		buf_printf(b, " vmlinux:%s", c->vmlinux);
	if (c->debug)
		buf_puts(b, " debug");
	if (!t->skeleton)
		buf_puts(b, " no-skeleton");
	if (t->skeleton_name)
		buf_printf(b, " skeleton:%s", t->skeleton_name);
	buf_puts(b, "\n");
}

static void assert_targets(const char *text, const char *expected)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};
	int err = parse(text, strlen(text), &p);

	if (err)
		fail_msg("%s\n%s", text, messages.v);
	buf_puts(&b, messages.v);
	for (size_t i = 0; i < p.n; i++)
		show_target(&b, &p.targets[i]);
	assert_string_equal(b.v, expected);
}

/* Expects every message, which must begin with the file's name unless `expected` says more. */
static void assert_error(const char *text, const char *expected)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};
	int err = parse(text, strlen(text), &p);

	/* Expectations leave out "skep.yaml:" and the last newline. */
	for (const char *line = messages.v; *line;) {
		size_t len = strcspn(line, "\n");

		if (str_starts(line, "skep.yaml:"))
			buf_add(&b, line + 10, len - 10);
		else
			buf_add(&b, line, len);
		line += len + 1;
		if (*line)
			buf_putc(&b, '\n');
	}
	if (!b.v || !str_eq(b.v, expected))
		print_error("for: %s\n", text);
	assert_string_equal(b.v ? b.v : "", expected);
	assert_true(err < 0);
}

struct example {
	const char *text, *result;
};

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
	static const char text[] = "output: ./out/\nclang: /opt/clang 19\n"
				   "objects: [{sources: tc.c}]\n";

	(void)state;
	assert_int_equal(parse(text, strlen(text), &p), 0);
	assert_string_equal(p.manifest, "skep.yaml");
	assert_string_equal(p.output, "out");
	assert_string_equal(p.clang, "/opt/clang 19");
	assert_string_equal(p.targets[0].origin, "skep.yaml:3:11");
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
	/* Labels are text, whatever YAML would make of them. */
	assert_targets("objects:\n"
		       "  - name: 'x{a}'\n"
		       "    sources: tc.c\n"
		       "    matrix: {a: {on: , 1: , null: , 2.50: }}\n"
		       "    exclude: [{a: 1}, {a: null}]\n",
		       "x2.50 = tc.c\nxon = tc.c\n");
}

static void text_that_is_no_yaml(void **state)
{
	static const struct example cases[] = {
		{"", " is empty; a manifest needs 'objects', or settings for the sources found "
		     "without it"},
		{"\xef\xbb\xbf# only a comment\n\n",
		 " is empty; a manifest needs 'objects', or settings for the sources found without "
		 "it"},
		{"---\n...\n",
		 " is empty; a manifest needs 'objects', or settings for the sources found without "
		 "it"},
		{"{}", " is empty; a manifest needs 'objects', or settings for the sources found "
		       "without it"},
		{"text", "1:1: a manifest is a mapping of keys to values, not text"},
		{"- a", "1:1: a manifest is a mapping of keys to values, not a list"},
		{"\n  [a]", "2:3: a manifest is a mapping of keys to values, not a list"},
		{"cpu: v1\n\xc3\xa9: \xff\n",
		 "2:4: invalid leading UTF-8 octet; a manifest is UTF-8 "
		 "text without control characters"},
		{"cpu: v1\r\n\r\xef\xbb\xbf"
		 "cpu: \x01\n",
		 "3:7: control characters are not allowed; a manifest is UTF-8 text without "
		 "control "
		 "characters"},
		{"cpu: v1\n---\ncpu: v2\n",
		 "2:1: a second document begins here; a manifest is one document"},
		{"---\n---\ncpu: v2\n",
		 "2:1: a second document begins here; a manifest is one document"},
		{"cpu: &x v1",
		 "1:6: anchors and aliases are not understood; write the value out, or "
		 "put quotes around one that starts with & or *"},
		{"cflags: &x [a]",
		 "1:9: anchors and aliases are not understood; write the value out, "
		 "or put quotes around one that starts with & or *"},
		{"defines: &x {a: 1}",
		 "1:10: anchors and aliases are not understood; write the value out, or put quotes "
		 "around one that starts with & or *"},
		{"cpu: *x",
		 "1:6: anchors and aliases are not understood; write the value out, or put "
		 "quotes around one that starts with & or *"},
		{"objects:\n- sources: *.bpf.c\n",
		 "2:13: did not find expected alphabetic or numeric character (while scanning an "
		 "alias, line 2); put quotes around a value that starts with *"},
		{"objects:\n- sources: **/x\n",
		 "2:13: did not find expected alphabetic or numeric character (while scanning an "
		 "alias, line 2); put quotes around a value that starts with *"},
		{"cpu: !!str v1",
		 "1:6: tags are not understood; leave it out, or put quotes around "
		 "a value that starts with !"},
		{"cflags: !x [a]",
		 "1:9: tags are not understood; leave it out, or put quotes around "
		 "a value that starts with !"},
		{"defines: ! {a: 1}", "1:10: tags are not understood; leave it out, or put quotes "
				      "around a value that starts with !"},
		{"objects:\n- sources: [a.bpf.c, !b.bpf.c]\n",
		 "2:30: did not find expected whitespace or line break (while scanning a tag, line "
		 "2); put quotes around a value that starts with !"},
		{"objects:\n- sources: a\n  <<: {cpu: v1}\n",
		 "3:3: merge keys (<<) are not understood; settings for all objects go to the top "
		 "level"},
		{"%YAML 1.2\n---\ncpu: v1\n",
		 "1:1: directives (lines that begin with %) are not understood"},
		{"# x\n%TAG ! x:\n---\ncpu: v1\n",
		 "2:1: directives (lines that begin with %) are not understood"},
		{"objects:\n\t- sources: a\n",
		 "2:1: found character that cannot start any token (while scanning for the next "
		 "token, line 2); indent with spaces, not tabs"},
		{"clang: @x",
		 "1:8: found character that cannot start any token (while scanning for "
		 "the next token, line 1); put quotes around a value that starts with "
		 "this character"},
		{"cflags: [a,\nb", "3:1: did not find expected ',' or ']' (while parsing a flow "
				   "sequence, line 1)"},
		{"cpu: 'v1\n",
		 "2:1: found unexpected end of stream (while scanning a quoted scalar, "
		 "line 1)"},
		{"cpu: v1: v2\n", "1:8: mapping values are not allowed in this context"},
		{"[a]: b\n", "1:1: a key must be plain text, not a list"},
		{"? {a: 1}\n: b\n", "1:3: a key must be plain text, not a mapping"},
		{"clang: \"a\\0b\"\n", "1:8: text cannot contain a NUL character"},
		{"clang: [\"\\x00\": x]\n", "1:9: text cannot contain a NUL character"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_error(cases[i].text, cases[i].result);
}

static void binary_is_refused(void **state)
{
	static const char elf[] = "\x7f"
				  "ELF\x02\x01\x01\0\0\0";
	static const char utf16[] = "c\0p\0u\0";
	_cleanup_project_ struct project p = {0};

	(void)state;
	assert_int_equal(parse(elf, sizeof(elf), &p), -EINVAL);
	assert_string_equal(messages.v, "skep.yaml:1:8: a NUL byte; a manifest is UTF-8 text\n");
	assert_int_equal(parse(utf16, sizeof(utf16), &p), -EINVAL);
	assert_string_equal(messages.v, "skep.yaml:1:2: a NUL byte; a manifest is UTF-8 text\n");
}

static void unknown_keys(void **state)
{
	static const struct example cases[] = {
		{"cflag: -g\n",
		 "1:1: unknown key 'cflag' (did you mean 'cflags'?); known here: output, clang, "
		 "objects, cpu, optimize, cflags, defines, include, vmlinux, skeleton, debug"},
		{"zzz: 1\n", "1:1: unknown key 'zzz'; known here: output, clang, objects, cpu, "
			     "optimize, cflags, defines, include, vmlinux, skeleton, debug"},
		{"objects:\n- source: tc.c\n  sources: tc.c\n",
		 "2:3: unknown key 'source' (did you mean 'sources'?); known here: name, sources, "
		 "matrix, exclude, cpu, optimize, cflags, defines, include, vmlinux, skeleton, "
		 "debug"},
		{"objects:\n- sources: tc.c\n  name: '{a}'\n  matrix:\n    a:\n      b: {CPU: "
		 "v1}\n",
		 "6:11: unknown key 'CPU' (did you mean 'cpu'?); known here: cpu, optimize, "
		 "cflags, "
		 "defines, include, vmlinux, skeleton, debug"},
		{"name: x\n", "1:1: 'name' belongs to an entry of 'objects'"},
		{"sources: x\nmatrix: {}\nexclude: []\n",
		 "1:1: 'sources' belongs to an entry of 'objects'\n"
		 "2:1: 'matrix' belongs to an entry of 'objects'\n"
		 "3:1: 'exclude' belongs to an entry of 'objects'"},
		{"objects:\n- sources: tc.c\n  output: x\n  clang: x\n  objects: x\n",
		 "3:3: 'output' belongs to the top level of the file\n"
		 "4:3: 'clang' belongs to the top level of the file\n"
		 "5:3: 'objects' belongs to the top level of the file"},
		{"objects:\n- sources: tc.c\n  name: '{a}'\n  matrix:\n    a:\n"
		 "      b: {name: x, sources: y, matrix: z, exclude: w, output: v}\n",
		 "6:11: 'name' belongs to an entry of 'objects'\n"
		 "6:20: 'sources' belongs to an entry of 'objects'\n"
		 "6:32: 'matrix' belongs to an entry of 'objects'\n"
		 "6:43: 'exclude' belongs to an entry of 'objects'\n"
		 "6:55: 'output' belongs to the top level of the file"},
		{"cpu: v1\ndebug: on\ncpu: v2\n'debug': off\n",
		 "3:1: 'cpu' is given twice, first in line 1\n"
		 "4:1: 'debug' is given twice, first in line 2"},
		{"objects:\n- sources: tc.c\n  defines: {A: 1, A: 2}\n",
		 "3:19: 'A' is given twice, first in line 3"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_error(cases[i].text, cases[i].result);
}

static void wrong_values(void **state)
{
	static const struct example cases[] = {
		{"output: [x]", "1:9: 'output' takes text, not a list"},
		{"output:", "1:8: 'output' takes text, not nothing"},
		{"output: ''", "1:9: 'output' takes no empty text"},
		{"clang: no",
		 "1:8: 'clang' takes text, not a boolean; put quotes around it if it is "
		 "text"},
		{"clang: {}", "1:8: 'clang' takes text, not a mapping"},
		{"objects: x", "1:10: 'objects' takes a list, not text"},
		{"objects: {sources: x}", "1:10: 'objects' takes a list, not a mapping"},
		{"objects:", "1:9: 'objects' takes a list, not nothing"},
		{"objects: []", "1:10: 'objects' lists nothing"},
		{"objects: [tc.c]", "1:11: an entry of 'objects' is a mapping with 'sources', not "
				    "text"},
		{"objects:\n-\n", "2:2: an entry of 'objects' is a mapping with 'sources', not "
				  "nothing"},
		{"\xef\xbb\xbf"
		 "cpu: v5",
		 "1:6: 'cpu' takes one of v1, v2, v3, v4, probe, not 'v5'"},
		{"cpu: v5", "1:6: 'cpu' takes one of v1, v2, v3, v4, probe, not 'v5'"},
		{"cpu: [v1]", "1:6: 'cpu' takes one of v1, v2, v3, v4, probe, not a list"},
		{"cpu: ~", "1:6: 'cpu' takes one of v1, v2, v3, v4, probe, not nothing"},
		{"cpu: ''", "1:6: 'cpu' takes one of v1, v2, v3, v4, probe, not ''"},
		{"optimize: 4", "1:11: 'optimize' takes one of 0, 1, 2, 3, s, z, not '4'"},
		{"optimize: 02", "1:11: 'optimize' takes one of 0, 1, 2, 3, s, z, not '02'"},
		{"cflags: {-g: }", "1:9: 'cflags' takes text or a list of texts, not a mapping"},
		{"cflags:", "1:8: 'cflags' takes text or a list of texts, not nothing"},
		{"cflags:\n- -g\n- [-O2]\n- ''\n- true\n-\n",
		 "3:3: 'cflags' takes only text in its list, not a list\n"
		 "4:3: 'cflags' takes no empty text\n"
		 "5:3: 'cflags' takes only text in its list, not a boolean; put quotes around it "
		 "if "
		 "it is text\n"
		 "6:2: 'cflags' takes only text in its list, not nothing"},
		{"include: [{a: b}]", "1:11: 'include' takes only text in its list, not a mapping"},
		{"vmlinux: off",
		 "1:10: 'vmlinux' takes text, not a boolean; put quotes around it if "
		 "it is text"},
		{"defines:", "1:9: 'defines' takes text or a list of texts, not nothing"},
		{"defines: {1A: 1, B-C: , 'D()': 1, '': 2, '\xc3\xa9': 1}",
		 "1:11: '1A' cannot be defined: a name is letters, digits and underscores (a macro "
		 "with parameters can go into 'cflags')\n"
		 "1:18: 'B-C' cannot be defined: a name is letters, digits and underscores (a "
		 "macro "
		 "with parameters can go into 'cflags')\n"
		 "1:25: 'D()' cannot be defined: a name is letters, digits and underscores (a "
		 "macro "
		 "with parameters can go into 'cflags')\n"
		 "1:35: '' cannot be defined: a name is letters, digits and underscores (a macro "
		 "with parameters can go into 'cflags')\n"
		 "1:42: '\xc3\xa9' cannot be defined: a name is letters, digits and underscores (a "
		 "macro with parameters can go into 'cflags')"},
		{"defines: {A=B: 1}", "1:11: 'A=B' cannot be defined: a name is letters, digits "
				      "and underscores (a macro "
				      "with parameters can go into 'cflags')"},
		{"defines: {A: [1], B: {}}",
		 "1:14: 'defines' takes a text, a number or nothing for each name, not a list\n"
		 "1:22: 'defines' takes a text, a number or nothing for each name, not a mapping"},
		{"defines: [A, B=1, A=2]", "1:19: 'A' is defined twice"},
		{"defines: [=1, A B]",
		 "1:11: '=1' cannot be defined: a name is letters, digits and underscores (a macro "
		 "with parameters can go into 'cflags')\n"
		 "1:15: 'A B' cannot be defined: a name is letters, digits and underscores (a "
		 "macro "
		 "with parameters can go into 'cflags')"},
		{"defines: [{A: 1}]", "1:11: 'defines' takes only text in its list, not a mapping"},
		{"defines: {A: \"x\\ny\"}", "1:14: the value of 'A' contains a line break"},
		{"defines: [\"A=x\\ry\"]", "1:11: the value of 'A' contains a line break"},
		{"skeleton: [x]", "1:11: 'skeleton' takes true, false or a name, not a list"},
		{"skeleton:", "1:10: 'skeleton' takes true, false or a name, not nothing"},
		{"skeleton: ''", "1:11: 'skeleton' takes no empty text"},
		{"skeleton: 'true'", "1:11: 'skeleton' takes true or false without quotes"},
		{"debug: 1", "1:8: 'debug' takes true or false, not text"},
		{"debug: 'yes'", "1:8: 'debug' takes true or false without quotes"},
		{"debug:", "1:7: 'debug' takes true or false, not nothing"},
		{"debug: []", "1:8: 'debug' takes true or false, not a list"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_error(cases[i].text, cases[i].result);
}

static void wrong_objects(void **state)
{
	static const struct example cases[] = {
		{"- name: x", "2:3: this entry lacks 'sources'"},
		{"- {}", "2:3: this entry lacks 'sources'"},
		{"- sources: []", "2:12: 'sources' lists nothing"},
		{"- sources:", "2:11: 'sources' takes text or a list of texts, not nothing"},
		{"- sources: [tc.c, nope.c, 'x*', 'a[b']",
		 "2:19: no file matches 'nope.c'\n"
		 "2:27: no file matches 'x*'\n"
		 "2:33: 'a[b' does not name files: '[' has no ']'; write \\[ for the character "
		 "itself"},
		{"- sources: unreadable.c", "2:12: unreadable.c: Permission denied"},
		{"- sources: ['!tc.c']", "2:12: every source is excluded"},
		{"- sources: [tc.c, '!*']", "2:12: every source is excluded"},
		{"- sources: [tc.c, '!']", "2:19: '!' does not name files: it is empty"},
		{"- sources: '**.c'", "2:12: '**.c' does not name files: '**' must stand alone "
				      "between slashes, as in **/*.bpf.c"},
		{"- {sources: tc.c, name: a/b}",
		 "2:25: 'a/b' cannot name an object: it contains a slash"},
		{"- {sources: tc.c, name: .a}",
		 "2:25: '.a' cannot name an object: it starts with a dot"},
		{"- {sources: tc.c, name: ''}", "2:25: 'name' takes no empty text"},
		{"- {sources: tc.c, name: [a]}", "2:25: 'name' takes text, not a list"},
		{"- {sources: tc.c, name: {stem}}", "2:25: 'name' takes text, not a mapping"},
		{"- {sources: tc.c, name: '{stm}'}",
		 "2:25: unknown placeholder 'stm' (did you mean 'stem'?); known here: stem"},
		{"- {sources: tc.c, name: '{name}'}",
		 "2:25: unknown placeholder 'name'; known here: stem"},
		{"- {sources: tc.c, name: '{}'}", "2:25: unknown placeholder ''; known here: stem"},
		{"- {sources: tc.c, name: 'a{stem'}",
		 "2:25: 'a{stem': braces come in pairs around a placeholder, such as {stem}"},
		{"- {sources: tc.c, name: 'a}b'}",
		 "2:25: 'a}b': braces come in pairs around a placeholder, such as {stem}"},
		{"- {sources: tc.c, name: '{a{stem}}'}",
		 "2:25: '{a{stem}}': braces come in pairs around a placeholder, such as {stem}"},
		{"- {sources: tc.c, skeleton: a-b}",
		 "2:29: 'a-b' cannot name a skeleton in C: letters, digits and underscores can"},
		{"- {sources: tc.c, skeleton: '1{stem}'}",
		 "2:29: '1tc' cannot name a skeleton in C: letters, digits and underscores can"},
		{"- {sources: '?.bpf.c', name: x, skeleton: '{stem}'}",
		 "2:43: {stem} has no meaning for 'x', which is linked from several sources; use "
		 "{name}"},
		{"- sources: tc.c\n- sources: '?c.c'", "skep.yaml:3:3: an object called 'tc' comes "
						       "from skep.yaml:2:3 already; give one of "
						       "them another name" +
							       10},
		{"- sources: '**/a.bpf.c'", "2:3: a.bpf.c and dir/a.bpf.c both make an object "
					    "called 'a'; list them apart, each "
					    "with a name"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = xasprintf("objects:\n%s\n", cases[i].text);

		assert_error(text, cases[i].result);
	}
}

static void wrong_matrices(void **state)
{
	static const struct example cases[] = {
		{"matrix: {}", "4:11: 'matrix' is empty"},
		{"matrix: [a]", "4:11: 'matrix' takes a mapping, not a list"},
		{"matrix:", "4:10: 'matrix' takes a mapping, not nothing"},
		{"matrix: {a: }", "4:15: axis 'a' takes a mapping of alternatives, such as {debug: "
				  "{defines: [DEBUG]}, plain: {}}"},
		{"matrix: {a: [x, y]}", "4:15: axis 'a' takes a mapping of alternatives, such as "
					"{debug: {defines: [DEBUG]}, plain: {}}"},
		{"matrix: {a: {}}",
		 "4:15: axis 'a' takes a mapping of alternatives, such as {debug: "
		 "{defines: [DEBUG]}, plain: {}}"},
		{"matrix: {a: {x: [y]}}",
		 "4:19: alternative 'x' takes a mapping of settings, not a "
		 "list"},
		{"matrix: {a: {x: y}}", "4:19: alternative 'x' takes a mapping of settings, not "
					"text"},
		{"matrix: {a: {x: {cpu: y}}}",
		 "4:25: 'cpu' takes one of v1, v2, v3, v4, probe, not "
		 "'y'"},
		{"matrix: {a-b: {x: }}", "4:12: 'a-b' cannot name an axis: letters, digits and "
					 "underscores can"},
		{"matrix: {stem: {x: }, name: {x: }}",
		 "4:12: an axis cannot be called 'stem': {stem} has a meaning\n"
		 "4:25: an axis cannot be called 'name': {name} has a meaning"},
		{"matrix: {b: {x: }}", "3:9: unknown placeholder 'a'; known here: b, stem"},
		{"matrix: {a: {x/y: }}", "3:9: 'x/y' cannot name an object: it contains a slash"},
		{"matrix: {a: {'': }}", "3:9: '' cannot name an object: it is empty"},
		{"matrix: {a: {x: , y: }, b: {x: , y: }}",
		 "2:3: several combinations of the matrix make an object called 'x'; put every "
		 "axis "
		 "into 'name', as in {axis}\n"
		 "2:3: several combinations of the matrix make an object called 'y'; put every "
		 "axis "
		 "into 'name', as in {axis}"},
		{"exclude: [{a: x}]", "4:3: 'exclude' needs a 'matrix' to exclude from"},
		{"exclude: {a: x}\n  matrix: {a: {x: }}", "4:12: 'exclude' takes a list, not a "
							  "mapping"},
		{"exclude: []\n  matrix: {a: {x: }}", "4:12: 'exclude' lists nothing"},
		{"exclude: [x, {}]\n  matrix: {a: {x: }}",
		 "4:13: an entry of 'exclude' is a mapping of axes to alternatives, such as {dir: "
		 "to, "
		 "kind: wep}\n"
		 "4:16: an entry of 'exclude' is a mapping of axes to alternatives, such as {dir: "
		 "to, "
		 "kind: wep}"},
		{"exclude: [{b: x}, {a: longwird}]\n  matrix: {a: {longword: , y: }}",
		 "4:14: unknown axis 'b'; known here: a\n"
		 "4:25: unknown alternative 'longwird' (did you mean 'longword'?); known here: "
		 "longword, y"},
		{"exclude: [{a: [x]}]\n  matrix: {a: {x: , y: }}",
		 "4:17: takes an alternative of axis 'a', not a list"},
		{"exclude: [{a: x}, {a: y}]\n  matrix: {a: {x: , y: }}",
		 "4:12: every combination is excluded"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = xasprintf(
			"objects:\n- sources: tc.c\n  name: '{a}'\n  %s\n", cases[i].text);

		assert_error(text, cases[i].result);
	}
	assert_error("objects:\n- sources: tc.c\n  matrix: {a: {x: }}\n",
		     "3:3: a matrix needs 'name' with a placeholder for each axis");
}

/* One run tells every error, up to ten; objects are made only when nothing is wrong. */
static void errors_are_collected(void **state)
{
	(void)state;
	assert_error(
		"cpu: v9\nobjects:\n- sources: nope.c\n- sources: tc.c\n  debug: 7\n- 5\n"
		"colour: red\n",
		"1:6: 'cpu' takes one of v1, v2, v3, v4, probe, not 'v9'\n"
		"7:1: unknown key 'colour'; known here: output, clang, objects, cpu, optimize, "
		"cflags, defines, include, vmlinux, skeleton, debug\n"
		"3:12: no file matches 'nope.c'\n"
		"5:10: 'debug' takes true or false, not text\n"
		"6:3: an entry of 'objects' is a mapping with 'sources', not text");
	assert_error("cflags: ['', '', '', '', '', '', '', '', '', '', '']\n",
		     "1:10: 'cflags' takes no empty text\n1:14: 'cflags' takes no empty text\n"
		     "1:18: 'cflags' takes no empty text\n1:22: 'cflags' takes no empty text\n"
		     "1:26: 'cflags' takes no empty text\n1:30: 'cflags' takes no empty text\n"
		     "1:34: 'cflags' takes no empty text\n1:38: 'cflags' takes no empty text\n"
		     "1:42: 'cflags' takes no empty text\n1:46: 'cflags' takes no empty text\n"
		     " 1 more error");
	assert_error("cflags: ['', '', '', '', '', '', '', '', '', '']\ndebug: \n",
		     "1:10: 'cflags' takes no empty text\n1:14: 'cflags' takes no empty text\n"
		     "1:18: 'cflags' takes no empty text\n1:22: 'cflags' takes no empty text\n"
		     "1:26: 'cflags' takes no empty text\n1:30: 'cflags' takes no empty text\n"
		     "1:34: 'cflags' takes no empty text\n1:38: 'cflags' takes no empty text\n"
		     "1:42: 'cflags' takes no empty text\n1:46: 'cflags' takes no empty text\n"
		     " 1 more error");
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
	assert_error(b.v,
		     "1:1: unknown key 'a'; known here: output, clang, objects, cpu, optimize, "
		     "cflags, defines, include, vmlinux, skeleton, debug");
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

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each of these takes 0.3 s or less; quadratic behaviour would take minutes. */
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
		start = seconds();
		parse(b.v, b.n, &p);
		project_free(&p);
		if (seconds() - start > 5)
			fail_msg("%s%s... took %.1f s", cases[i].head, cases[i].unit,
				 seconds() - start);
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
	start = seconds();
	assert_int_equal(parse(b.v, b.n, &p), 0);
	assert_int_equal(p.n, 25000);
	assert_true(seconds() - start < 5);
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
		cmocka_unit_test(text_that_is_no_yaml),
		cmocka_unit_test(binary_is_refused),
		cmocka_unit_test(unknown_keys),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(wrong_objects),
		cmocka_unit_test(wrong_matrices),
		cmocka_unit_test(errors_are_collected),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(number_of_objects_is_limited),
		cmocka_unit_test(memory_of_objects_is_limited),
		cmocka_unit_test(huge_manifests_are_quick),
		cmocka_unit_test(hundred_thousand_lines_are_quick),
		cmocka_unit_test(every_key_is_documented),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
