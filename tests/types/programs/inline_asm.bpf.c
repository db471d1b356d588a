/* Operands of inline assembly: offsets, sizes and enumerators that appear nowhere else. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
__attribute__((naked)) int naked(void)
{
	asm volatile("r0 = %[size];"
		     "r0 += %[offset];"
		     "r0 += %[value];"
		     "exit;"
		     :
		     : [size] "i"(sizeof(struct smoker)),
		       [offset] "i"(__builtin_offsetof(struct season, name)),
		       [value] "i"(HIVE_EVENT_FROST)
		     : "memory");
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct larva *larva = (void *)skb;
	u32 day;

	asm volatile("%[day] = *(u32 *)(%[p] + 0)" : [day] "=r"(day) : [p] "r"(&larva->weight));
	return day;
}
