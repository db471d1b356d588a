#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "manifest_room.h"

#define KNOWN                                                                             \
	"known here: x86_64, i386, arm64, arm64be, arm, powerpc, ppc64, s390x, riscv64, " \
	"loongarch64, mips64, mips64el, sparc64"

/* The architectures of a manifest, one a line: our name, the spelling, what is said for it. */
static void assert_archs(const char *text, const char *expected)
{
	_cleanup_free_ char *whole = xasprintf("%s\nobjects: [{sources: tc.c}]\n", text);
	_cleanup_project_ struct project p = {0};
	_cleanup_buf_ struct buf b = {0};

	if (parse(whole, strlen(whole), &p))
		fail_msg("%s\n%s", whole, messages.v);
	vec_foreach (a, &p.archs) {
		buf_printf(&b, "%s = %s", a->name, a->arch->name);
		show_list(&b, " defines:", &a->defines);
		show_list(&b, " include:", &a->include);
		if (a->vmlinux)
			buf_printf(&b, " vmlinux:%s", a->vmlinux);
		buf_putc(&b, '\n');
	}
	assert_string_equal(b.v, expected);
	/* Nothing of it goes to the targets here. */
	b.n = 0;
	show_target(&b, &p.targets[0]);
	assert_string_equal(b.v, "tc = tc.c\n");
}

static void architectures_are_listed(void **state)
{
	static const struct example cases[] = {
		{"arch: arm64", "arm64 = arm64\n"},
		{"arch: 386", "386 = i386\n"},
		{"arch: [x86_64, aarch64, s390x]",
		 "x86_64 = x86_64\naarch64 = arm64\ns390x = s390x\n"},
		{"arch: [s390x, ppc64le, amd64]",
		 "s390x = s390x\nppc64le = powerpc\namd64 = x86_64\n"},
		{"arch: [ppc64, powerpc, arm, arm64be]",
		 "ppc64 = ppc64\npowerpc = powerpc\narm = arm\narm64be = arm64be\n"},
		{"arch: {arm64: , amd64: {}, s390x: ~}",
		 "arm64 = arm64\namd64 = x86_64\ns390x = s390x\n"},
		{"arch:\n"
		 "  amd64:\n"
		 "  arm64:\n"
		 "    defines: [HAVE_X, N=2]\n"
		 "    include: ./include/arm64/\n"
		 "    vmlinux: ./vmlinux//arm64.btf\n",
		 "amd64 = x86_64\n"
		 "arm64 = arm64 defines:HAVE_X,N=2 include:include/arm64"
		 " vmlinux:vmlinux/arm64.btf\n"},
		{"arch:\n"
		 "  amd64: {defines: {A: 1, B: }, include: [a, /b]}\n"
		 "  arm64: {defines: A}\n",
		 "amd64 = x86_64 defines:A=1,B include:a,/b\narm64 = arm64 defines:A\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_archs(cases[i].text, cases[i].result);
}

/* A path clears what is outside of it, a mapping replaces what it names. */
static void vmlinux_of_inner_levels_goes_over_outer_ones(void **state)
{
	static const struct example cases[] = {
		{"vmlinux: p\nobjects:\n- sources: tc.c\n  vmlinux: {arm64: o, s390x: n}\n",
		 "tc = tc.c vmlinux:p vmlinux/arm64:o vmlinux/s390x:n\n"},
		{"vmlinux: {arm64: p, s390x: q}\nobjects:\n- sources: tc.c\n  vmlinux: o\n",
		 "tc = tc.c vmlinux:o\n"},
		{"vmlinux: {arm64: p, s390x: q}\nobjects:\n- sources: tc.c\n"
		 "  vmlinux: {amd64: r, aarch64: o}\n",
		 "tc = tc.c vmlinux/arm64:o vmlinux/s390x:q vmlinux/x86_64:r\n"},
		{"vmlinux: {arm64: p, s390x: q}\nobjects:\n- sources: tc.c\n",
		 "tc = tc.c vmlinux/arm64:p vmlinux/s390x:q\n"},
		/* Each object begins with what is outside. */
		{"vmlinux: {arm64: p}\nobjects:\n- sources: tc.c\n  vmlinux: o\n"
		 "- sources: a.bpf.c\n",
		 "a = a.bpf.c vmlinux/arm64:p\ntc = tc.c vmlinux:o\n"},
		/* The axes of a matrix follow, in their order. */
		{"vmlinux: {arm64: p}\nobjects:\n- name: '{x}{y}'\n  sources: tc.c\n"
		 "  vmlinux: {s390x: o}\n"
		 "  matrix:\n"
		 "    x: {plain: {vmlinux: a}, map: {vmlinux: {arm64: b}}, none: }\n"
		 "    y: {P: {vmlinux: c}, M: {vmlinux: {aarch64: d}}, N: }\n",
		 "mapM = tc.c vmlinux/arm64:d vmlinux/s390x:o\n"
		 "mapN = tc.c vmlinux/arm64:b vmlinux/s390x:o\n"
		 "mapP = tc.c vmlinux:c\n"
		 "noneM = tc.c vmlinux/arm64:d vmlinux/s390x:o\n"
		 "noneN = tc.c vmlinux/arm64:p vmlinux/s390x:o\n"
		 "noneP = tc.c vmlinux:c\n"
		 "plainM = tc.c vmlinux:a vmlinux/arm64:d\n"
		 "plainN = tc.c vmlinux:a\n"
		 "plainP = tc.c vmlinux:c\n"},
	};

	(void)state;
	assert_all_targets(cases, ARRAY_SIZE(cases));
}

static void wrong_architectures(void **state)
{
	static const struct example cases[] = {
		{"arch:", "1:6: 'arch' takes an architecture, or a list or mapping of them, not "
			  "nothing"},
		{"arch: on",
		 "1:7: 'arch' takes an architecture, or a list or mapping of them, not a boolean; "
		 "put quotes around it if it is text"},
		{"arch: ''", "1:7: 'arch' takes no empty text"},
		{"arch: []", "1:7: 'arch' names no architecture"},
		{"arch: {}", "1:7: 'arch' names no architecture"},
		{"arch: vax", "1:7: unknown architecture 'vax'; " KNOWN},
		{"arch: arm65",
		 "1:7: unknown architecture 'arm65' (did you mean 'arm64'?); " KNOWN},
		/* The nearest may be another name of one that is listed. */
		{"arch: amd46",
		 "1:7: unknown architecture 'amd46' (did you mean 'amd64'?); " KNOWN},
		{"arch: [arm64, aarch65, riscy]",
		 "1:15: unknown architecture 'aarch65' (did you mean 'aarch64'?); " KNOWN
		 "\n1:24: unknown architecture 'riscy' (did you mean 'riscv'?); " KNOWN},
		{"arch: amd64 x86-64", "1:7: unknown architecture 'amd64 x86-64'; " KNOWN},
		{"arch: amd64,arm64", "1:7: unknown architecture 'amd64,arm64'; " KNOWN},
		{"arch: [[arm64], {arm64: }, ~, '', no]",
		 "1:8: 'arch' takes only names in its list, not a list\n"
		 "1:17: 'arch' takes only names in its list, not a mapping\n"
		 "1:28: 'arch' takes only names in its list, not nothing\n"
		 "1:31: 'arch' takes no empty text\n"
		 "1:35: 'arch' takes only names in its list, not a boolean; put quotes around it "
		 "if it is text"},
		{"arch: [amd64, x86_64]",
		 "1:15: 'x86_64' is the same architecture as 'amd64' in line 1"},
		{"arch:\n- arm64\n- s390x\n- arm64\n- aarch64\n",
		 "4:3: 'arm64' is given twice, first in line 2\n"
		 "5:3: 'aarch64' is the same architecture as 'arm64' in line 2"},
		{"arch: {arm64: , aarch64: }",
		 "1:17: 'aarch64' is the same architecture as 'arm64' in line 1"},
		{"arch: {arm64: , arm64: }", "1:17: 'arm64' is given twice, first in line 1"},
		{"arch: {vax: , '': }", "1:8: unknown architecture 'vax'; " KNOWN
					"\n1:15: unknown architecture ''; " KNOWN},
		{"arch: {arm64: x, s390x: [], amd64: yes}",
		 "1:15: architecture 'arm64' takes a mapping of settings, not text\n"
		 "1:25: architecture 's390x' takes a mapping of settings, not a list\n"
		 "1:36: architecture 'amd64' takes a mapping of settings, not a boolean"},
		{"arch: {arm64: {cpu: v2, vmlinu: x, vmlinux: a}}",
		 "1:16: unknown key 'cpu'; known here: defines, include, vmlinux\n"
		 "1:25: unknown key 'vmlinu' (did you mean 'vmlinux'?); known here: defines, "
		 "include, vmlinux"},
		{"arch: {arm64: {vmlinux: {arm64: a}, include: [[]], defines: [1A]}}",
		 "1:25: 'vmlinux' takes text, not a mapping\n"
		 "1:47: 'include' takes only text in its list, not a list\n"
		 "1:62: '1A' cannot be defined: a name is letters, digits and underscores (a macro "
		 "with parameters can go into 'cflags')"},
		{"arch: {arm64: {vmlinux: , vmlinux: a}}",
		 "1:27: 'vmlinux' is given twice, first in line 1\n"
		 "1:25: 'vmlinux' takes text, not nothing"},
		/* Errors of what follows are told too, and there are no targets. */
		{"arch: vax\ncpu: v9\nobjects:\n- sources: nope.c\n",
		 "1:7: unknown architecture 'vax'; " KNOWN
		 "\n2:6: 'cpu' takes one of v1, v2, v3, v4, probe, not 'v9'\n"
		 "4:12: no file matches 'nope.c'"},
	};

	(void)state;
	assert_errors(cases, ARRAY_SIZE(cases));
}

static void wrong_vmlinux(void **state)
{
	static const struct example cases[] = {
		{"vmlinux:", "1:9: 'vmlinux' takes a path, or a mapping of architectures to paths, "
			     "not nothing"},
		{"vmlinux: off",
		 "1:10: 'vmlinux' takes a path, or a mapping of architectures to paths, not a "
		 "boolean; put quotes around it if it is text"},
		{"vmlinux: [a]", "1:10: 'vmlinux' takes a path, or a mapping of architectures to "
				 "paths, not a list"},
		{"vmlinux: ''", "1:10: 'vmlinux' takes no empty text"},
		{"vmlinux: {}", "1:10: 'vmlinux' names no architecture"},
		{"vmlinux: {arm64: , s390x: '', amd64: [a], ppc64: no}",
		 "1:18: 'vmlinux' takes a path for each architecture, not nothing\n"
		 "1:27: 'vmlinux' takes no empty text\n"
		 "1:38: 'vmlinux' takes a path for each architecture, not a list\n"
		 "1:50: 'vmlinux' takes a path for each architecture, not a boolean; put quotes "
		 "around it if it is text"},
		{"vmlinux: {arm65: a, vax: {}}",
		 "1:11: unknown architecture 'arm65' (did you mean 'arm64'?); " KNOWN
		 "\n1:21: unknown architecture 'vax'; " KNOWN
		 "\n1:26: 'vmlinux' takes a path for each architecture, not a mapping"},
		{"vmlinux: {amd64: a, arm64: b, x86_64: c}",
		 "1:31: 'x86_64' is the same architecture as 'amd64' in line 1"},
		{"vmlinux:\n  amd64: a\n  amd64: b\n",
		 "3:3: 'amd64' is given twice, first in line 2"},
		{"objects:\n- sources: tc.c\n  name: '{a}'\n  vmlinux: {vax: x}\n"
		 "  matrix: {a: {b: {vmlinux: {arm64: [x]}}}}\n",
		 "4:13: unknown architecture 'vax'; " KNOWN
		 "\n5:37: 'vmlinux' takes a path for each architecture, not a list"},
	};

	(void)state;
	assert_errors(cases, ARRAY_SIZE(cases));
}

/* What an alternative maps is kept for each object, and counts. */
static void memory_for_mapped_files_is_limited(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	buf_puts(&b, "vmlinux: {arm64: ");
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "}\nobjects:\n- name: '{a}{b}{c}{d}'\n  sources: tc.c\n  matrix:\n");
	for (char axis = 'a'; axis <= 'd'; axis++)
		buf_printf(&b, "    %c: {0: , 1: , 2: , 3: , 4: , 5: , 6: , 7: , 8: , 9: }\n",
			   axis);
	assert_error(b.v, "3:3: the objects up to here need more than 256 MiB for their settings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(architectures_are_listed),
		cmocka_unit_test(vmlinux_of_inner_levels_goes_over_outer_ones),
		cmocka_unit_test(wrong_architectures),
		cmocka_unit_test(wrong_vmlinux),
		cmocka_unit_test(memory_for_mapped_files_is_limited),
	};

	return cmocka_run_group_tests_name("manifest arch", tests, NULL, NULL);
}
