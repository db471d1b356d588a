/*
 * Quotes in comments, comment marks in strings, and a quote in an #if 0 block: a reader that takes
 * them for the start of something misses every name that follows.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* don't */
static const char *const text = "/* not a comment";
static const char *const other = "// struct nothing { \" ";
#if 0
It's not C: 'struct', "unfinished
#endif
static const char quote = '"', slash = '\'', back = '\\', star[] = "/*\"";

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct season *season = (void *)bpf_get_current_task_btf();

	return season->end + text[1] + other[skb->mark & 3] + quote + slash + back + star[1];
}
