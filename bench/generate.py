#!/usr/bin/env python3
"""Writes a project of many small BPF programs: bench/generate.py N DIR

A hundred programs to a folder, one header of their own for every ten, one header for all.
"""
import os
import sys

COMMON = """#ifndef COMMON_H
#define COMMON_H
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 pid;
	__u32 group;
	__u64 when;
};

char LICENSE[] SEC("license") = "GPL";
#endif
"""

GROUP = """#define GROUP {group}

struct group_{group} {{
	__u64 count;
	__u32 limit;
}};
"""

PROGRAM = """#include "../common.h"
#include "group{group}.h"

struct {{
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct group_{group});
}} counts SEC(".maps");

const volatile __u32 only_pid;

SEC("tracepoint/sched/sched_switch")
int count_{number}(void *ctx)
{{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct group_{group} *g = bpf_map_lookup_elem(&counts, &pid);

	if (only_pid && pid != only_pid)
		return 0;
	if (g && g->limit < {number})
		__sync_fetch_and_add(&g->count, GROUP);
	return 0;
}}
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("usage: bench/generate.py N DIR")
    count, root = int(sys.argv[1]), sys.argv[2]
    os.makedirs(root)
    write(os.path.join(root, "common.h"), COMMON)
    for number in range(count):
        folder, group = os.path.join(root, f"d{number // 100:03}"), number // 10
        if number % 100 == 0:
            os.mkdir(folder)
        if number % 10 == 0:
            write(os.path.join(folder, f"group{group}.h"), GROUP.format(group=group))
        write(os.path.join(folder, f"p{number:05}.bpf.c"),
              PROGRAM.format(group=group, number=number))


if __name__ == "__main__":
    main()
