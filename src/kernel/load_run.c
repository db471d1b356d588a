#include <bpf/bpf.h>
#include <errno.h>

#include "kernel/load_parts.h"

/* A packet of zeros: long enough for the headers that programs look for first. */
#define PACKET_SIZE 64

/* Those that the kernel runs without a packet, and refuses to run with one. */
static bool takes_packet(enum bpf_prog_type type)
{
	return type != BPF_PROG_TYPE_SYSCALL && type != BPF_PROG_TYPE_RAW_TRACEPOINT &&
	       type != BPF_PROG_TYPE_STRUCT_OPS && type != BPF_PROG_TYPE_SK_LOOKUP;
}

void load_run(const struct bpf_program *p, struct verdict *v)
{
	char in[PACKET_SIZE] = {0}, out[4 * PACKET_SIZE] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (takes_packet(bpf_program__type(p))) {
		opts.data_in = in;
		opts.data_size_in = sizeof(in);
		opts.data_out = out;
		opts.data_size_out = sizeof(out);
		opts.repeat = 1;
	}
	v->was_run = true;
	v->run_error = bpf_prog_test_run_opts(bpf_program__fd(p), &opts) < 0 ? errno : 0;
	v->run_result = v->run_error ? 0 : opts.retval;
}
