/*
 * The hooks: called whenever a process in the cgroup connects a socket, or sends from one that it
 * has not connected, with the address it asked for. Answering 0 makes the call fail with EPERM.
 * Whether to is decided in policy.bpf.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "policy.h"

static bool is_this_machine4(struct bpf_sock_addr *ctx)
{
	return (bpf_ntohl(ctx->user_ip4) >> 24) == 127;
}

static bool is_this_machine6(struct bpf_sock_addr *ctx)
{
	return !ctx->user_ip6[0] && !ctx->user_ip6[1] && !ctx->user_ip6[2] &&
	       ctx->user_ip6[3] == bpf_htonl(1);
}

static int ask(struct bpf_sock_addr *ctx)
{
	/* The verifier wants to see that it is 0 or 1; of a call it knows only the type. */
	return policy_allows(bpf_ntohs(ctx->user_port), ctx->protocol) ? 1 : 0;
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr *ctx)
{
	return is_this_machine4(ctx) ? 1 : ask(ctx);
}

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr *ctx)
{
	return is_this_machine6(ctx) ? 1 : ask(ctx);
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *ctx)
{
	return is_this_machine4(ctx) ? 1 : ask(ctx);
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *ctx)
{
	return is_this_machine6(ctx) ? 1 : ask(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
