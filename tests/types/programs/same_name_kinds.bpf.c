/*
 * One word that is a tag, a typedef and a member in the header (honey), and members called like
 * tags (propolis). Each must bring its own meaning and no other must be lost.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

honey first;
struct honey second;

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct propolis *p = (void *)bpf_get_current_task_btf();

	return first.honey + second.grade + p->bee + p->nectar + p->hive->start;
}
