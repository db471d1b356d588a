#!/usr/bin/env python3
"""Writes a project of many small BPF programs: bench/generate.py N DIR

What a build with nothing to do costs depends on how many programs and files there are and on how
they include each other, not on what is in them. Each program lies in one of a hundred folders and
includes the types it needs (`vmlinux.h`, some 180 lines of it, written here), libbpf's helpers, and
five of the project's fifty headers, of which two in five include another. Compiling one is as
cheap as clang can be.
"""
import os
import sys

FOLDERS = 100
HEADERS = 50
INCLUDED = 5  # of those, by each program
STRUCTS = 32  # in vmlinux.h

INTEGERS = {"__u8": "unsigned char", "__s8": "signed char", "__u16": "unsigned short",
            "__s16": "short", "__u32": "unsigned int", "__s32": "int",
            "__u64": "unsigned long long", "__s64": "long long",
            "__be16": "__u16", "__be32": "__u32", "__wsum": "__u32"}


def types():
    """What libbpf's headers ask for, and some structures."""
    lines = ["#ifndef __VMLINUX_H__", "#define __VMLINUX_H__",
             "#pragma clang attribute push (__attribute__((preserve_access_index)), "
             "apply_to = record)"]
    lines += [f"typedef {of} {name};" for name, of in INTEGERS.items()]
    lines += ["enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2 };", "enum { BPF_ANY = 0 };"]
    for i in range(STRUCTS):
        lines += [f"struct part_{i} {{", "\t__u64 first;", "\t__u32 second;",
                  f"\tstruct part_{(i + 1) % STRUCTS} *next;", "};"]
    return "\n".join(lines + ["#pragma clang attribute pop", "#endif"]) + "\n"


def header_path(i):
    return f"include/shared/shared_{i}.h"


def header_includes(i):
    """The header that a header includes, if any; that one includes none."""
    return [i - i % 5] if i % 5 in (1, 2) else []


def header(i):
    """Small, and no two alike."""
    lines = [f"#ifndef SHARED_{i}_H", f"#define SHARED_{i}_H"]
    lines += [f'#include "shared_{k}.h"' for k in header_includes(i)]
    lines += [f"struct event_{i} {{", "\t__u32 pid;", f"\t__u64 values[{i + 1}];", "};",
              f"#define LIMIT_{i} {i * 3}", "#endif"]
    return "\n".join(lines) + "\n"


def program_path(i):
    return f"programs/{i % FOLDERS:02}/program_{i:05}.bpf.c"


def program_includes(i):
    """Each header is included by a tenth of the programs, neighbours include different ones."""
    return [(i * 7 + k * 11) % HEADERS for k in range(INCLUDED)]


def program_reads(i):
    """The project's headers that compiling a program reads."""
    own = program_includes(i)
    return ["include/vmlinux.h"] + [header_path(h) for h in sorted(
        {*own, *(k for h in own for k in header_includes(h))})]


def program(i):
    own = program_includes(i)
    lines = ['#include "vmlinux.h"', "#include <bpf/bpf_helpers.h>"]
    lines += [f'#include "shared/shared_{h}.h"' for h in own]
    lines += ["", f"__u64 seen_{i};", "", 'SEC("socket")', f"int count_{i}(void *ctx)", "{",
              f"\tseen_{i} += LIMIT_{own[0]} + {i};", "\treturn 0;", "}", "",
              'char LICENSE[] SEC("license") = "GPL";']
    return "\n".join(lines) + "\n"


def write_file(folder, path, text):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def write_project(folder, programs):
    """Sources, headers, a manifest, and `flags` as in the folders of bench/corpora.sh."""
    write_file(folder, "flags", "-Iinclude\n")
    write_file(folder, "skep.yaml", "include: [include]\n")
    write_file(folder, "include/vmlinux.h", types())
    for i in range(HEADERS):
        write_file(folder, header_path(i), header(i))
    for i in range(programs):
        write_file(folder, program_path(i), program(i))


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("usage: bench/generate.py N DIR")
    write_project(sys.argv[2], int(sys.argv[1]))
