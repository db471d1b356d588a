#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "manifest_room.h"

static void show_values(struct buf *b, const struct verify_values *v)
{
	show_list(b, " set:", &v->globals);
	show_list(b, " target:", &v->targets);
	show_list(b, " type:", &v->types);
	show_list(b, " map_size:", &v->map_sizes);
}

/* What was said, on one line. */
static void show_verify(struct buf *b, const struct verify_options *o)
{
	buf_puts(b, "");
	show_list(b, " kernels:", &o->kernels);
	show_list(b, " optional:", &o->optional);
	vec_foreach (group, &o->one_of)
		show_list(b, " one_of:", group);
	show_values(b, &o->values);
	vec_foreach (p, &o->presets) {
		buf_printf(b, " <%s", p->name);
		show_values(b, &p->values);
		buf_putc(b, '>');
	}
	if (o->seconds)
		buf_printf(b, " timeout:%lu", o->seconds);
}

static void assert_verify(const struct verify_options *o, const char *expected)
{
	_cleanup_buf_ struct buf b = {0};

	show_verify(&b, o);
	assert_string_equal(b.v, expected);
}

/* At the top: each says all that there is to say. */
static const struct example said[] = {
	{"kernels: 6.12", " kernels:6.12"},
	{"kernels: [5.10, 6.1, running, ./vmlinuz]", " kernels:5.10,6.1,running,./vmlinuz"},
	{"optional: kprobe_*", " optional:kprobe_*"},
	{"optional: ['*_btf', a/b, 'net_*/[!k]?']", " optional:*_btf,a/b,net_*/[!k]?"},
	{"one_of: [[a_btf, a], ['fentry_*', 'kprobe_*', c]]",
	 " one_of:a_btf,a one_of:fentry_*,kprobe_*,c"},
	{"set: {pid: 1, 'list[2].x': -0x1, debug: true, name: 'a=b', no: no}",
	 " set:pid=1,list[2].x=-0x1,debug=true,name=a=b,no=no"},
	{"target: {dummy_open: ext4_file_open}", " target:dummy_open=ext4_file_open"},
	{"type: {tail: cgroup_skb:ingress}", " type:tail=cgroup_skb:ingress"},
	{"map_size: {events: 64, .bss: 4294967295}", " map_size:events=64,.bss=4294967295"},
	{"presets: {small: {set: {n: 1}, map_size: {m: 2}}, 'with blank': {target: {a: b}}}",
	 " <small set:n=1 map_size:m=2> <with blank target:a=b>"},
};

static void all_that_can_be_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		_cleanup_free_ char *top =
			xasprintf("verify:\n  %s\nobjects: [{sources: tc.c}]\n", said[i].text);
		_cleanup_free_ char *entry =
			xasprintf("objects:\n- sources: tc.c\n  verify:\n    %s\n", said[i].text);
		_cleanup_project_ struct project p = {0}, q = {0};

		if (parse(top, strlen(top), &p) < 0 || parse(entry, strlen(entry), &q) < 0)
			fail_msg("%s\n%s", said[i].text, messages.v);
		assert_verify(&p.verify, said[i].result);
		assert_verify(&p.targets[0].verify, "");
		assert_verify(&q.verify, "");
		assert_verify(&q.targets[0].verify, said[i].result);
	}
}

static void the_project_alone_says_how_long(void **state)
{
	static const char text[] = "verify: {timeout: 86400}\n";
	_cleanup_project_ struct project p = {0};

	(void)state;
	assert_int_equal(parse(text, strlen(text), &p) < 0, true); /* nothing is found */
	assert_verify(&p.verify, " timeout:86400");
	assert_error("objects: [{sources: tc.c, verify: {timeout: 1}}]",
		     "1:36: unknown key 'timeout'; known here: kernels, optional, one_of, set, "
		     "target, type, map_size, presets");
}

static void alternatives_go_over_their_entry(void **state)
{
	static const char text[] = "verify: {set: {a: 0}}\n"
				   "objects:\n"
				   "- name: 'x{k}'\n"
				   "  sources: tc.c\n"
				   "  verify:\n"
				   "    kernels: [5.10, 6.1]\n"
				   "    optional: a\n"
				   "    one_of: [[a, b]]\n"
				   "    set: {a: 1, b: 1}\n"
				   "    presets: {p: {set: {a: 1, b: 1}}, q: {set: {a: 1}}}\n"
				   "  matrix:\n"
				   "    k:\n"
				   "      1: {verify: {kernels: 6.12, optional: [b], one_of: [[c, "
				   "d]], set: {b: 2, c: 2},"
				   " presets: {r: {set: {z: 2}}, p: {set: {b: 2, c: 2}}}}}\n"
				   "      2: {}\n";
	_cleanup_project_ struct project p = {0};

	(void)state;
	if (parse(text, strlen(text), &p) < 0)
		fail_msg("%s", messages.v);
	assert_verify(&p.verify, " set:a=0");
	assert_verify(&p.targets[0].verify,
		      " kernels:6.12 optional:a,b one_of:a,b one_of:c,d set:a=1,b=2,c=2"
		      " <p set:a=1,b=2,c=2> <q set:a=1> <r set:z=2>");
	assert_verify(&p.targets[1].verify, " kernels:5.10,6.1 optional:a one_of:a,b set:a=1,b=1"
					    " <p set:a=1,b=1> <q set:a=1>");
}

#define GROUP                                                                                    \
	"a group of 'one_of' is a list of two programs or more, such as [[fentry_a, kprobe_a], " \
	"[fentry_b, kprobe_b]]"

static void wrong_values(void **state)
{
	static const struct example cases[] = {
		{"verify:", "1:8: 'verify' takes a mapping, not nothing"},
		{"verify: [a]", "1:9: 'verify' takes a mapping, not a list"},
		{"verify: {}", "1:9: 'verify' is empty"},
		{"verify: {one-of: [[a, b]]}",
		 "1:10: unknown key 'one-of' (did you mean 'one_of'?); known here: kernels, "
		 "optional, one_of, set, target, type, map_size, presets, timeout"},
		{"verify: {kernels: []}", "1:19: 'kernels' lists nothing"},
		{"verify: {kernels: [6.1, [x]]}",
		 "1:25: 'kernels' takes only text in its list, not a list"},
		{"verify: {timeout: 0}",
		 "1:19: 'timeout' takes a number of seconds from 1 to 86400, not '0'"},
		{"verify: {timeout: 1s}",
		 "1:19: 'timeout' takes a number of seconds from 1 to 86400, not '1s'"},
		{"verify: {timeout: [1]}", "1:19: 'timeout' takes a number of seconds, not a list"},
		{"verify: {optional: [a/b/c, /a, 'x[', true]}",
		 "1:21: 'a/b/c' does not name programs: a pattern is PROGRAM or OBJECT/PROGRAM\n"
		 "1:28: '/a' does not name programs: a pattern is PROGRAM or OBJECT/PROGRAM\n"
		 "1:32: 'x[' does not name programs: '[' has no ']'; write \\[ for the character "
		 "itself\n"
		 "1:38: 'optional' takes only patterns in its list, not a boolean; put quotes "
		 "around it if it is text"},
		{"verify: {optional: {a: b}}",
		 "1:20: 'optional' takes a pattern of programs or a list of them, not a mapping"},
		{"verify: {one_of: a}", "1:18: 'one_of' takes a list, not text"},
		{"verify: {one_of: [a, b]}", "1:19: " GROUP "\n1:22: " GROUP},
		{"verify: {one_of: [[a]]}", "1:19: " GROUP},
		{"verify: {one_of: [[a, [b]]]}",
		 "1:23: 'one_of' takes only patterns in its groups, not a list"},
		{"verify: {set: [a=1]}",
		 "1:15: 'set' takes a mapping of names to values, not a list"},
		{"verify: {set: {a: , b: [1], 'c=d': 1, '': 1, e: ''}}",
		 "1:19: 'set' takes a text or a number for each name, not nothing\n"
		 "1:24: 'set' takes a text or a number for each name, not a list\n"
		 "1:29: 'c=d' is no name that 'set' could give a value\n"
		 "1:39: '' is no name that 'set' could give a value\n"
		 "1:49: 'set' gives 'e' no value"},
		{"verify: {map_size: {a: 0, b: many, c: 4294967296, d: }}",
		 "1:54: 'map_size' takes a text or a number for each name, not nothing\n"
		 "1:24: 'map_size' takes numbers of entries, not '0'\n"
		 "1:30: 'map_size' takes numbers of entries, not 'many'\n"
		 "1:39: 'map_size' takes numbers of entries, not '4294967296'"},
		{"verify: {presets: [a]}", "1:19: 'presets' takes a mapping, not a list"},
		{"verify: {presets: {a: , b: {}, c: [d], '': {set: {a: 1}}}}",
		 "1:23: preset 'a' takes a mapping of settings, such as {set: {VAR: 1}}\n"
		 "1:28: preset 'b' takes a mapping of settings, such as {set: {VAR: 1}}\n"
		 "1:35: preset 'c' takes a mapping of settings, such as {set: {VAR: 1}}\n"
		 "1:40: a preset needs a name"},
		{"verify: {presets: {a: {kernels: 6.1}}}",
		 "1:24: unknown key 'kernels'; known here: set, target, type, map_size"},
	};

	(void)state;
	assert_errors(cases, ARRAY_SIZE(cases));
}

static void patterns_of_programs(void **state)
{
	static const struct {
		const char *pattern, *object, *program;
		bool matches;
	} cases[] = {
		{"prog", "obj", "prog", true},	   {"prog", "obj", "prog2", false},
		{"p*", "obj", "prog", true},	   {"*", "obj", "prog", true},
		{"obj/prog", "obj", "prog", true}, {"obj/prog", "job", "prog", false},
		{"o?j/p*", "obj", "prog", true},   {"*/prog", "obj", "prog", true},
		{"obj/*", "obj2", "prog", false},  {"obj", "obj", "prog", false},
		{"**", "obj", "prog", true},	   {"**/prog", "obj", "prog", true},
		{"[a-o]*", "obj", "prog", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_null(verify_pattern_problem(cases[i].pattern));
		if (verify_pattern_matches(cases[i].pattern, cases[i].object, cases[i].program) !=
		    cases[i].matches)
			fail_msg("%s %s/%s", cases[i].pattern, cases[i].object, cases[i].program);
	}
	assert_non_null(verify_pattern_problem(""));
	assert_non_null(verify_pattern_problem("a/b/c"));
	assert_non_null(verify_pattern_problem("/b"));
	assert_non_null(verify_pattern_problem("["));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_can_be_said),
		cmocka_unit_test(the_project_alone_says_how_long),
		cmocka_unit_test(alternatives_go_over_their_entry),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(patterns_of_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
