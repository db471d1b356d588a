/* What a loader sets at run time: sizes of maps, targets, types, and that nothing is pinned. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "kernel/load_parts.h"
#include "load_room.h"

static bool may_load;

static int find_rights(void **state)
{
	(void)state;
	may_load = load_check_rights() == 0;
	return 0;
}

static void need_rights(void)
{
	if (may_load)
		return;
	print_message("# skipped: programs may not be loaded here\n");
	skip();
}

static void test_pins_are_not_made(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};
	struct stat st;

	(void)state;
	need_rights();
	LOAD_JOB(j, "struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int);"
		    " __type(value, int); __uint(max_entries, 1);"
		    " __uint(pinning, LIBBPF_PIN_BY_NAME); } skep_test_pinned SEC(\".maps\");\n"
		    "SEC(\"xdp\") int f(struct xdp_md *c) { int k = 0;"
		    " return bpf_map_lookup_elem(&skep_test_pinned, &k) != 0; }\n");
	load_answer(&j, &a);
	assert_int_equal(load_verdict_on(&a, "f")->kind, VERDICT_ACCEPTED);
	assert_int_equal(stat("/sys/fs/bpf/skep_test_pinned", &st), -1);
	assert_int_equal(errno, ENOENT);
}

/* A map of each type that is refused without a size. */
#define SIZELESS(name, kind)                                              \
	"struct { __uint(type, BPF_MAP_TYPE_" kind "); __type(key, int);" \
	" __type(value, int); } " name " SEC(\".maps\");\n"

static void test_maps_without_sizes(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	need_rights();
	LOAD_JOB(
		j,
		SIZELESS("hash", "HASH") SIZELESS("array", "ARRAY") SIZELESS("lru", "LRU_HASH")
			SIZELESS(
				"percpu",
				"PERCPU_ARRAY") "struct { __uint(type, BPF_MAP_TYPE_RINGBUF); } "
						"ring SEC(\".maps\");\n"
						"struct { __uint(type, "
						"BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, "
						"4);"
						" __uint(value_size, 4); } events SEC(\".maps\");\n"
						"struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); "
						"__type(key, int); }"
						" stacks SEC(\".maps\");\n"
						"FINE(f)");
	load_answer(&j, &a);
	assert_string_equal(load_verdict_on(&a, "f")->said, "");
	assert_int_equal(load_verdict_on(&a, "f")->kind, VERDICT_ACCEPTED);
}

#define LOOKUP_BEYOND                                           \
	"SEC(\"xdp\") int f(struct xdp_md *c) { int k = 0, *v;" \
	" v = bpf_map_lookup_elem(&sized, &k); return v ? *v : 0; }\n"

static void test_sizes_are_set(void **state)
{
	static const struct {
		const char *map, *size;
		enum verdict_kind kind;
		const char *said;
	} cases[] = {
		{"sized", "100", VERDICT_ACCEPTED, ""},
		/* More than the kernel lets an array have: the size arrives there. */
		{"sized", "4294967295", VERDICT_UNTRIED, "sized"},
		{"size", "1", VERDICT_UNTRIED, "the object has no map \"size\"; is it \"sized\"?"},
		{"sized", "many", VERDICT_UNTRIED,
		 "the size of map \"sized\" is a number of entries, not \"many\""},
	};

	(void)state;
	need_rights();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_answers_ struct load_answers a = {0};
		LOAD_JOB(j, "ARRAY(sized, 1) " LOOKUP_BEYOND);

		load_set(&j.objects.v[0].map_sizes, cases[i].map, cases[i].size);
		load_answer(&j, &a);
		assert_int_equal(a.verdicts.n, 1);
		assert_int_equal(a.verdicts.v[0].kind, cases[i].kind);
		assert_non_null(strstr(a.verdicts.v[0].said, cases[i].said));
	}
}

static void test_map_types_of_the_future(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	need_rights();
	LOAD_JOB(j, "struct { __uint(type, 250); __type(key, int); __type(value, int);"
		    " __uint(max_entries, 1); } odd SEC(\".maps\");\n"
		    "SEC(\"xdp\") int f(struct xdp_md *c) { int k = 0;"
		    " return bpf_map_lookup_elem(&odd, &k) != 0; } FINE(g)");
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 2);
	vec_foreach (v, &a.verdicts) {
		assert_int_equal(v->kind, VERDICT_UNTRIED);
		assert_string_equal(v->said, "map \"odd\" is of a type (250) that this kernel does "
					     "not have");
	}
}

static void test_targets(void **state)
{
	static const struct {
		const char *program, *target;
		enum verdict_kind kind;
		const char *said;
	} cases[] = {
		{"placeholder", "sched_switch", VERDICT_ACCEPTED, ""},
		{"placeholder", "no_such_function", VERDICT_REJECTED,
		 "this kernel has no \"no_such_function\" that a program of type tracing could be "
		 "attached to"},
		{"place_holder", "x", VERDICT_UNTRIED,
		 "the object has no program \"place_holder\"; is it \"placeholder\"?"},
	};

	(void)state;
	need_rights();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_answers_ struct load_answers a = {0};
		LOAD_JOB(j, "SEC(\"tp_btf/dummy\") int placeholder(void *c) { return 0; }\n"
			    "FINE(other)");

		load_set(&j.objects.v[0].targets, cases[i].program, cases[i].target);
		load_answer(&j, &a);
		assert_int_equal(a.verdicts.v[0].kind, cases[i].kind);
		assert_string_equal(a.verdicts.v[0].said, cases[i].said);
		if (i < 2)
			assert_int_equal(load_verdict_on(&a, "other")->kind, VERDICT_ACCEPTED);
	}
}

static void test_types(void **state)
{
	static const struct {
		const char *type;
		enum verdict_kind kind;
		const char *name, *said;
	} cases[] = {
		{"xdp", VERDICT_ACCEPTED, "xdp", ""},
		{"cgroup_skb:ingress", VERDICT_ACCEPTED, "cgroup_skb", ""},
		{"cgroup/skb", VERDICT_ACCEPTED, "cgroup_skb", ""},
		{"sched_cls", VERDICT_ACCEPTED, "sched_cls", ""},
		{"cgroup_skb:cgroup_inet_egress", VERDICT_ACCEPTED, "cgroup_skb", ""},
		{"cgroup_skb:no_such", VERDICT_UNTRIED, NULL, "\"cgroup_skb:no_such\" is no type"},
		{"nonsense", VERDICT_UNTRIED, NULL, "\"nonsense\" is no type"},
	};

	(void)state;
	need_rights();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_answers_ struct load_answers a = {0};
		LOAD_JOB(j, "SEC(\"2/5\") int f(void *c) { return 0; }\n");

		load_set(&j.objects.v[0].types, "f", cases[i].type);
		load_answer(&j, &a);
		assert_int_equal(a.verdicts.n, 1);
		assert_int_equal(a.verdicts.v[0].kind, cases[i].kind);
		assert_non_null(strstr(a.verdicts.v[0].said, cases[i].said));
		if (cases[i].name)
			assert_string_equal(a.verdicts.v[0].type, cases[i].name);
	}
}

/* Code behind a switch that is off is never looked at: the value arrives before the load. */
static void test_read_only_data_decides(void **state)
{
	(void)state;
	need_rights();
	for (int on = 0; on < 2; on++) {
		_cleanup_answers_ struct load_answers a = {0};
		LOAD_JOB(j, "const volatile _Bool on = 0;\n"
			    "SEC(\"xdp\") int f(struct xdp_md *c)\n"
			    "{ char *p = (void *)(long)c->data; return on ? p[100] : 1; }\n");

		load_set(&j.objects.v[0].globals, "on", on ? "true" : "false");
		load_answer(&j, &a);
		assert_int_equal(load_verdict_on(&a, "f")->kind,
				 on ? VERDICT_REJECTED : VERDICT_ACCEPTED);
	}
}

static void test_a_wrong_global_is_said_once_per_try(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	need_rights();
	LOAD_JOB(j, "const volatile int level = 0;\nFINE(f)");
	load_set(&j.objects.v[0].globals, "levle", "1");
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 1);
	assert_int_equal(a.verdicts.v[0].kind, VERDICT_UNTRIED);
	assert_string_equal(a.verdicts.v[0].said,
			    "the object has no global variable \"levle\"; is it \"level\"?");
}

static char last_message[512];

static void remember(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(last_message, sizeof(last_message), "%s", text);
}

static void test_missing_rights_are_named(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	need_rights();
	LOAD_JOB(j, "FINE(f)");
	assert_int_equal(load_set_privileged(false), 0);
	message_set_sink(remember, NULL);
	assert_int_equal(load_check_rights(), -EPERM);
	message_set_sink(NULL, NULL);
	load_answer(&j, &a);
	assert_int_equal(load_set_privileged(true), 0);
	assert_non_null(strstr(last_message, "loading programs needs CAP_BPF, CAP_PERFMON, "
					     "CAP_NET_ADMIN"));
	assert_non_null(strstr(last_message, "--kernel VERSION"));
	assert_int_equal(load_verdict_on(&a, "f")->kind, VERDICT_UNTRIED);
	assert_string_equal(load_verdict_on(&a, "f")->said,
			    "loading it needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN");
	assert_int_equal(load_check_rights(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pins_are_not_made),
		cmocka_unit_test(test_maps_without_sizes),
		cmocka_unit_test(test_sizes_are_set),
		cmocka_unit_test(test_map_types_of_the_future),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_read_only_data_decides),
		cmocka_unit_test(test_a_wrong_global_is_said_once_per_try),
		cmocka_unit_test(test_missing_rights_are_named),
	};

	return cmocka_run_group_tests(tests, find_rights, NULL);
}
