/*
 * Compilers describe what a kptr leads to only if they meet the type elsewhere as well: through an
 * array of pointers, or the parameters of a function pointer, of another struct that is complete.
 * The kernel refuses a map whose kptr leads to a forward declaration.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct value {
	struct met_in_array __kptr *array;
	struct met_in_function __kptr *function;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct value);
} values SEC(".maps");

struct meets meets;

SEC("tc")
int use(struct __sk_buff *skb)
{
	int key = meets.number;

	return bpf_map_lookup_elem(&values, &key) != 0;
}
