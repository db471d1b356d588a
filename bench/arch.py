#!/usr/bin/env python3
"""Measures builds for several architectures: bench/arch.py [OPTION...] SKEP

Of each corpus, programs that provably depend on no architecture are built from nothing: for x86_64
alone, for three little-endian architectures, and for these and s390x. The order alternates, all
times are medians. Then all programs that can be built for the four with the types given are, and
compared with what each architecture alone gives: a line says how many compiles that takes. Prints
Markdown.
"""
import argparse
import os
import re
import shutil
import subprocess

import measure
import project
import series
from series import Builder, Series, median

SETS = {"one": "x86_64", "three": "x86_64,arm64,powerpc", "four": "x86_64,arm64,powerpc,s390x"}
# What the project promises: ratios to the wall time of one architecture.
MOST = {"three": 1.15, "four": 2.2}

ALONE = re.compile(r"^skep: compile: (\S+)\.bpf\.c for \S+: is compiled for ", re.MULTILINE)
SUMMARY = re.compile(r"built (\d+) objects \((\d+) for each of (\d+) architectures\) "
                     r"with (\d+) compiles")


def sort_programs(options, p):
    """Names of programs that build for all four, and of those that depend on none."""
    out = p.path("out-sort")
    done = subprocess.run([options.skep, "build", "-k", "--no-cache", "-o", out, "--explain",
                           "--arch", SETS["four"], *options.types], cwd=p.folder, text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    dependent = {os.path.basename(name) for name in ALONE.findall(done.stdout)}
    built = [q.name for q in p.programs if all(
        os.path.exists(os.path.join(out, arch, f"{q.name}.bpf.o"))
        for arch in SETS["four"].split(","))]
    shutil.rmtree(out)
    return built, [name for name in built if name not in dependent]


class Bench(Series):
    """One corpus: the programs of it that agree."""

    def __init__(self, options, p, names):
        builders = {s: Builder(SETS[s], [options.skep, "build", "--no-cache", "-o", f"out-{s}",
                                         "--clang", project.CLANG, "--arch", archs, *names],
                               p.folder)
                    for s, archs in SETS.items()}
        super().__init__(options, p.name, builders, p.path("log"))

    def measure(self):
        self.run_once("four")
        return self.series(list(SETS), self.options.cold, self.remove)


def count_compiles(options, p, names):
    """What the summary says of a build for four architectures, when each alone gives the same."""
    done = subprocess.run([options.skep, "build", "--no-cache", "-o", "out-all", "--arch",
                           SETS["four"], "--check-arch", *options.types, *names], cwd=p.folder,
                          text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    found = SUMMARY.search(done.stdout)
    if not found or done.returncode:
        raise measure.Failed(f"{p.name}: --check-arch:\n{done.stdout[-500:]}")
    return [int(n) for n in found.groups()]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    project.add_arguments(parser, "perf", "perf-types", "selftests-types")
    parser.add_argument("--types", action="append", default=[], metavar="ARCH=FILE",
                        help="an architecture's vmlinux.h, for the count of compiles")
    parser.add_argument("--cold", type=int, default=3, help="runs from nothing (default: 3)")
    series.add_arguments(parser)
    options = parser.parse_args()
    options.types = [word for types in options.types for word in ("--vmlinux", types)]
    return options


def main():
    options = parse_arguments()
    for line in measure.describe_machine(options.skep, project.CLANG):
        print(line)
    print("\n| programs that agree | architectures | wall | user | ratio of wall | of user |\n"
          "|---|---|--:|--:|--:|--:|")
    notes, broken, work = [], [], os.path.join(options.cache, "work-arch")
    shutil.rmtree(work, ignore_errors=True)
    for p in project.open_projects(options, work):
        built, agree = sort_programs(options, p)
        bench = Bench(options, p, agree)
        bench.say(f"{len(agree)} of {len(p.programs)} programs agree")
        samples = bench.measure()
        for s, archs in SETS.items():
            wall, user = (median(samples[s], k) / median(samples["one"], k) for k in ("wall", "user"))
            print(f"| {p.name} ({len(agree)}) | {archs} | {series.seconds(median(samples[s], 'wall'))} "
                  f"| {series.seconds(median(samples[s], 'user'))} | {wall:.2f} | {user:.2f} |",
                  flush=True)
            if wall > MOST.get(s, 1):
                broken.append(f"{p.name}: {archs} take {wall:.2f} times one, {MOST[s]} are promised")
        objects, programs, archs, compiles = count_compiles(options, p, built)
        notes.append(f"- {p.name}: {programs} of {len(p.programs)} programs build for {archs} "
                     f"architectures here: {objects} objects with {compiles} compiles. "
                     f"Others took at most {bench.noise * 100:.0f} % of the processors.")
    print("\n" + "\n".join(notes))
    shutil.rmtree(work)
    return broken


if __name__ == "__main__":
    series.main(main)
