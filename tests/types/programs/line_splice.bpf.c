/*
 * Line splices inside a word, inside the include directive, inside a comment's end and before the
 * member's name. Read line by line, none of these names is seen.
 */
#inc\
lude "vmlinux.h"
#include <bpf/bpf_\
helpers.h>
// a comment that goes on \
struct in_comment not_here;
#include "spl\
iced.h"

SEC("tc")
int splice(struct __sk_buff *skb)
{
	struct colony_\
limits *limits = (void *)bpf_get_current_task_btf();

	return limits->sea\
son->start + DANCE_\
WAGGLE + spliced(limits);
}
