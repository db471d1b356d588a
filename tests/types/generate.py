#!/usr/bin/env -S python3 -B
"""Writes random BPF programs that use a kernel's types in every way we could think of.

usage: generate.py --btf BTF --header HEADER --seed N --count K DIR

Program i of seed N is DIR/seedN_i.bpf.c, with an include of its own beside it, seedN_i.h. Each
mentions a handful of random types. The same seed and types give the same programs. They are meant
to be compiled, not loaded.
"""
import argparse
import random

import kernel_types
from features import Features
from kinds import FEATURES


def generate(kernel, seed, count, folder):
    for i in range(count):
        r = random.Random(f"{seed}/{i}")
        program = Features(kernel, r, f"seed{seed}_{i}")
        for method in r.choices(FEATURES, k=r.randrange(2, 9)):
            program.try_feature(method)
        program.write(folder)


def load_kernel(btf_path, header_path):
    with open(btf_path, "rb") as f, open(header_path, encoding="utf-8") as h:
        return kernel_types.Kernel(f.read(), h.read())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--btf", default="/sys/kernel/btf/vmlinux")
    parser.add_argument("--header", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("folder")
    args = parser.parse_args()
    generate(load_kernel(args.btf, args.header), args.seed, args.count, args.folder)


if __name__ == "__main__":
    main()
