#!/usr/bin/env -S python3 -B
"""Builds random programs with what they need of vmlinux.h and with all of it, and compares.

usage: random_types.py [--count N] [--seed S] [--btf BTF] [--keep] SKEP

Programs come from generate.py, a hundred at a time, and SKEP build --check-types judges them.
Prints every difference with the program's name, which says the seed ("seed7_12" is program 12 of
seed 7), and last "N programs, N differences, N needed the whole header". Exit status 1 when there
was a difference, or a program that the whole header does not compile: that is a fault of
generate.py.
"""
import os
import re
import subprocess
import sys
import tempfile

import generate

# The folder of what the tests share.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import random_batch

PROGRAM = re.compile(r"\b(seed\d+_\d+)\b")
NOISE = re.compile(r"\[\d+/\d+\] |(compile|index) \S+: ")
NEEDED_WHOLE = ": needs the whole of "


class Batch(random_batch.Batch):
    """Some programs, and what skep says of them."""

    def __init__(self, skep, kernel, header, seed, count):
        super().__init__(skep, "types")
        generate.generate(kernel, seed, count, self.folder)
        os.symlink(header, os.path.join(self.folder, "vmlinux.h"))
        self.different, self.broken, self.whole, self.said = set(), set(), set(), ""

    def check(self):
        status, self.said = self.build("--explain", "--check-types")
        for line in self.said.splitlines():
            found = PROGRAM.search(line)
            if not found:
                continue
            if ": error: " in line:
                self.broken.add(found[1])
            elif NEEDED_WHOLE in line:
                self.whole.add(found[1])
            elif line.startswith("skep: check-types: build/"):
                self.different.add(found[1])
        # Whatever made it fail must not be lost because nobody expected its words.
        return status == 0 or self.different or self.broken


def main():
    parser = random_batch.option_parser(__doc__)
    parser.add_argument("--btf", default="/sys/kernel/btf/vmlinux")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="random-types-") as folder:
        header = os.path.join(folder, "vmlinux.h")
        with open(header, "w", encoding="utf-8") as f:
            subprocess.run([args.skep, "vmlinux", args.btf], stdout=f, check=True)
        kernel = generate.load_kernel(args.btf, header)
        different = broken = whole = 0
        failed = False
        for seed, count in random_batch.seeds(args):
            batch = Batch(args.skep, kernel, header, seed, count)
            understood = batch.check()
            different += len(batch.different)
            broken += len(batch.broken)
            whole += len(batch.whole)
            bad = batch.different or batch.broken or not understood
            if bad:
                failed = True
                print("\n".join(line for line in batch.said.splitlines()
                                if not NOISE.match(line)), flush=True)
            batch.end(bad and args.keep)
    if broken:
        print(f"{broken} do not compile")
    print(f"{args.count} programs, {different} differences, {whole} needed the whole header")
    return failed


if __name__ == "__main__":
    sys.exit(main())
