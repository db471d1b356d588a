#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "manifest_room.h"

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
	assert_errors(cases, ARRAY_SIZE(cases));
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
		 "1:1: unknown key 'cflag' (did you mean 'cflags'?); known here: " TOP_KEYS},
		{"zzz: 1\n", "1:1: unknown key 'zzz'; known here: " TOP_KEYS},
		{"objects:\n- source: tc.c\n  sources: tc.c\n",
		 "2:3: unknown key 'source' (did you mean 'sources'?); known here: " OBJECT_KEYS},
		{"objects:\n- sources: tc.c\n  name: '{a}'\n  matrix:\n    a:\n      b: {CPU: "
		 "v1}\n",
		 "6:11: unknown key 'CPU' (did you mean 'cpu'?); known here: " ALTERNATIVE_KEYS},
		{"name: x\n", "1:1: 'name' belongs to an entry of 'objects'"},
		{"sources: x\nmatrix: {}\nexclude: []\n",
		 "1:1: 'sources' belongs to an entry of 'objects'\n"
		 "2:1: 'matrix' belongs to an entry of 'objects'\n"
		 "3:1: 'exclude' belongs to an entry of 'objects'"},
		{"objects:\n- sources: tc.c\n  output: x\n  clang: x\n  objects: x\n  arch: x\n"
		 "  cache: x\n",
		 "3:3: 'output' belongs to the top level of the file\n"
		 "4:3: 'clang' belongs to the top level of the file\n"
		 "5:3: 'objects' belongs to the top level of the file\n"
		 "6:3: 'arch' belongs to the top level of the file\n"
		 "7:3: 'cache' belongs to the top level of the file"},
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
	assert_errors(cases, ARRAY_SIZE(cases));
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
	assert_errors(cases, ARRAY_SIZE(cases));
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
		{"- sources: tc.c\n- sources: '?c.c'", "3:3: an object called 'tc' comes "
						       "from skep.yaml:2:3 already; give one of "
						       "them another name"},
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
	assert_error("cpu: v9\nobjects:\n- sources: nope.c\n- sources: tc.c\n  debug: 7\n- 5\n"
		     "colour: red\n",
		     "1:6: 'cpu' takes one of v1, v2, v3, v4, probe, not 'v9'\n"
		     "7:1: unknown key 'colour'; known here: " TOP_KEYS "\n"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_no_yaml), cmocka_unit_test(binary_is_refused),
		cmocka_unit_test(unknown_keys),		cmocka_unit_test(wrong_values),
		cmocka_unit_test(wrong_objects),	cmocka_unit_test(wrong_matrices),
		cmocka_unit_test(errors_are_collected),
	};

	return cmocka_run_group_tests_name("manifest errors", tests, NULL, NULL);
}
