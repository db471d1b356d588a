/* Kernel variables whose type is that of a member, by typeof; an extern may be incomplete in C. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

extern const typeof(*((struct keeper *)0)->favourite) a __ksym;
extern const typeof(**((struct hive *)0)->foragers) b __ksym;
extern const typeof(*((struct hive *)0)->guards[0]) c __ksym;
extern const typeof(**((struct deep_d *)0)->e) d __ksym;

SEC("tc")
int use(struct __sk_buff *skb)
{
	return (long)&a + (long)&b + (long)&c + (long)&d;
}
