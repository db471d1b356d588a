#!/usr/bin/env -S python3 -B
"""Builds random programs with what they need of vmlinux.h and with all of it, and compares.

usage: random_types.py [--count N] [--seed S] [--btf BTF] [--keep] SKEP

Programs come from generate.py, a hundred at a time, and SKEP build --check-types judges them.
Prints every difference with the program's name, which says the seed ("seed7_12" is program 12 of
seed 7), and last "N programs, N differences, N needed the whole header". Exit status 1 when there
was a difference, or a program that the whole header does not compile: that is a fault of
generate.py.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

import generate

BATCH = 100
PROGRAM = re.compile(r"\b(seed\d+_\d+)\b")
MANIFEST = "skeleton: false\n"
NOISE = re.compile(r"\[\d+/\d+\] |(compile|index) \S+: ")
NEEDED_WHOLE = ": needs the whole of "


class Batch:
    """Some programs in a folder of their own, and what skep says of them."""

    def __init__(self, kernel, header, seed, count):
        self.top = tempfile.mkdtemp(prefix="random-types-")
        self.folder = os.path.join(self.top, "project")
        os.mkdir(self.folder)
        generate.generate(kernel, seed, count, self.folder)
        os.symlink(header, os.path.join(self.folder, "vmlinux.h"))
        with open(os.path.join(self.folder, "skep.yaml"), "w", encoding="utf-8") as f:
            f.write(MANIFEST)
        self.different, self.broken, self.whole, self.said = set(), set(), set(), ""

    def check(self, skep):
        # What --check-types leaves for a look at it goes with the batch.
        done = subprocess.run([skep, "build", "-k", "--explain", "--check-types"], cwd=self.folder,
                              env={**os.environ, "TMPDIR": self.top}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        self.said = done.stdout
        for line in done.stdout.splitlines():
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
        return done.returncode == 0 or self.different or self.broken

    def remove(self):
        shutil.rmtree(self.top, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1,
                        help="of the first batch; the next is one more")
    parser.add_argument("--btf", default="/sys/kernel/btf/vmlinux")
    parser.add_argument("--keep", action="store_true", help="keep batches that differ")
    parser.add_argument("skep")
    args = parser.parse_args()
    skep = os.path.realpath(args.skep)

    with tempfile.TemporaryDirectory(prefix="random-types-") as folder:
        header = os.path.join(folder, "vmlinux.h")
        with open(header, "w", encoding="utf-8") as f:
            subprocess.run([skep, "vmlinux", args.btf], stdout=f, check=True)
        kernel = generate.load_kernel(args.btf, header)
        different = broken = whole = 0
        failed = False
        for start in range(0, args.count, BATCH):
            count = min(BATCH, args.count - start)
            batch = Batch(kernel, header, args.seed + start // BATCH, count)
            understood = batch.check(skep)
            different += len(batch.different)
            broken += len(batch.broken)
            whole += len(batch.whole)
            bad = batch.different or batch.broken or not understood
            if bad:
                failed = True
                print("\n".join(line for line in batch.said.splitlines()
                                if not NOISE.match(line)), flush=True)
            if bad and args.keep:
                print(f"kept: {batch.folder}")
            else:
                batch.remove()
    if broken:
        print(f"{broken} do not compile")
    print(f"{args.count} programs, {different} differences, {whole} needed the whole header")
    return failed


if __name__ == "__main__":
    sys.exit(main())
