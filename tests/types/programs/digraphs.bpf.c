/* Digraphs: other spellings of # and ##, braces and brackets. */
%:include "vmlinux.h"
%:include <bpf/bpf_helpers.h>

%:define JOIN(a, b) a%:%:b
%:define DEEP(x) deep_ %:%: x

SEC("tc")
int use(struct __sk_buff *skb)
<%
	struct DEEP(c) *c = (void *)bpf_get_current_task_btf();
	struct JOIN(colony_, limits) *limits = (void *)c;

	return c->ds<:1:>.depth + limits->honey_max;
%>
