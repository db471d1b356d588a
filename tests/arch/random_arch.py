#!/usr/bin/env -S python3 -B
"""Builds random programs that are full of architectures' macros, and compares.

usage: random_arch.py [--count N] [--seed S] [--keep] [--neutral-only] SKEP

Programs come from program.py, a hundred at a time. SKEP says which of them are the same for all
architectures; each is then compiled for each architecture alone. Prints every program whose objects
differ though SKEP said that they do not, with its seed ("seed7_12" is program 12 of seed 7), and
last "N programs: N neutral, N of them different, N not neutral though the same". Exit status 1
when any was different. A program that only some architectures compile is counted apart: SKEP does
not promise to find an error in what nobody uses.
"""
import os
import random
import re
import sys

import program

# The folder of what the tests share.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import random_batch

ARCHS = ("x86_64", "arm64", "powerpc")
ALONE = re.compile(r"compile: (seed\d+_\d+)\.bpf\.c for \S+: .*is compiled for \S+ alone: (.*)")


class Batch(random_batch.Batch):
    def __init__(self, skep, seed, count):
        super().__init__(skep, "arch")
        self.names = [f"seed{seed}_{i}" for i in range(count)]
        for i, name in enumerate(self.names):
            source, header = program.generate(random.Random(f"{seed} {i}"), name)
            self.write(f"{name}.bpf.c", source)
            self.write(f"{name}.h", header)

    def build(self, *args):
        return super().build("-j1", "--no-cache", *args)

    def why_alone(self):
        """Programs that are not neutral, and why."""
        _, said = self.build("-n", "--explain", "--arch", ",".join(ARCHS))
        if "would run" not in said:
            sys.exit(f"random_arch: {said}")
        return {m[1]: m[2] for m in map(ALONE.search, said.splitlines()) if m}

    def objects(self, names):
        """Some programs' objects for all architectures; None: it does not compile."""
        ret = {name: [] for name in names}
        for arch in ARCHS if names else ():
            self.build("--arch", arch, "-o", arch, *(f"{name}.bpf.c" for name in names))
            for name in names:
                path = os.path.join(self.folder, arch, f"{name}.bpf.o")
                data = None
                if os.path.exists(path):
                    with open(path, "rb") as f:
                        data = f.read()
                ret[name].append(data)
        return ret

    def show(self, name):
        for ending in "h", "bpf.c":
            with open(os.path.join(self.folder, f"{name}.{ending}"), encoding="utf-8") as f:
                print(f"== {name}.{ending}\n{f.read()}", flush=True)


def main():
    parser = random_batch.option_parser(__doc__)
    parser.add_argument("--neutral-only", action="store_true",
                        help="leave out programs that are not neutral: they cannot be wrong")
    args = parser.parse_args()

    total = dict.fromkeys(("neutral", "different", "same", "some", "none"), 0)
    for seed, count in random_batch.seeds(args):
        batch = Batch(args.skep, seed, count)
        alone = batch.why_alone()
        objects = batch.objects([name for name in batch.names
                                 if name not in alone or not args.neutral_only])
        differed = False
        for name in objects:
            made = objects[name]
            compiled = [data for data in made if data is not None]
            same = len(set(made)) == 1
            total["none"] += not compiled
            if name in alone:
                total["same"] += same
                continue
            total["neutral"] += 1
            if len(set(compiled)) > 1:
                total["different"] += 1
                differed = True
                batch.show(name)
            elif not same:
                total["some"] += 1
                print(f"{name}.bpf.c is neutral and does not compile for all", flush=True)
        batch.end(args.keep and differed)
    print(f"{args.count} programs: {total['neutral']} neutral, {total['different']} of them "
          f"different, {total['same']} not neutral though the same ({total['none']} compile for no "
          f"architecture, {total['some']} neutral ones only for some)")
    return total["different"] > 0


if __name__ == "__main__":
    sys.exit(main())
