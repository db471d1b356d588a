/*
 * What the object fuzzer starts from; tests/fuzz/meson.build compiles it for both byte orders.
 */
#define SEC(name) __attribute__((section(name)))
#define CORE __attribute__((preserve_access_index))

struct node {
	struct node *next;
	struct hidden *data;
	int kind;
} CORE;

enum color { RED, GREEN = 7 };
typedef struct {
	enum color color;
	const volatile char *text;
} paint;

struct {
	int (*type)[2];
	unsigned int *key;
	paint *value;
} numbers SEC(".maps"), more SEC(".maps");

static int hits;
const volatile int limit = 3;
extern int CONFIG_HZ __attribute__((weak)) SEC(".kconfig");
extern void external(struct node *n) __attribute__((weak)) SEC(".ksyms");
char LICENSE[] SEC("license") = "GPL";

static void *(*lookup)(void *map, const void *key) = (void *)1;

__attribute__((noinline, btf_decl_tag("helper"))) static int walk(struct node *n)
{
	for (int i = 0; i < 3 && n; i++) {
		hits += n->kind;
		n = n->next;
	}
	return hits + CONFIG_HZ;
}

SEC("raw_tp/sys_enter") int enter(struct node *n)
{
	unsigned int key = __builtin_btf_type_id(*(paint *)0, 0);
	paint *p = lookup(&numbers, &key);

	if (external)
		external(n);
	return p ? walk(n) + limit + __builtin_preserve_type_info(*(struct node *)0, 0) : 0;
}

SEC("raw_tp/sys_exit") int leave(struct node *n)
{
	unsigned int key = __builtin_btf_type_id(*(struct node *)0, 1);

	return lookup(&more, &key) ? walk(n) : (int)__builtin_btf_type_id(*(enum color *)0, 0);
}
