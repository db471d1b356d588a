#!/usr/bin/env python3
"""Measures a project of very many programs: bench/many.py [OPTION...] SKEP

10,000 small programs (bench/generate.py), built once and kept; what counts is a build with nothing
to do, and one after a single program changed, beside ninja with a build.ninja of the same graph in
the same run. skep finds the programs by itself and, in a second row, in a manifest that lists them
one by one, as build.ninja does. Prints Markdown: medians, and the most memory of each.

Building takes some minutes the first time, at the lowest priority. ninja's outputs are not compiled
a second time: for its first build the tools are scripts that copy what skep made and write the list
of headers that clang would write, which is compared with clang's own for some programs. Only then
do the builds that count run, with the real tools.
"""
import argparse
import hashlib
import os
import shutil
import subprocess
import time

import generate
import measure
import project
import series
from series import Builder, Series, median

# What the project promises: to ninja's wall time, and bytes.
MOST_NOOP, MOST_MEMORY = 1.5, 150 << 20
# Programs whose list of headers is compared with clang's.
COMPARED = 10

CLANG_SCRIPT = """#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    -MF) list=$2 ;;
    -c) source=$2 ;;
    -o) object=$2 ;;
  esac
  shift
done
name=${source##*/}
name=${name%.bpf.c}
cp "out-skep/$name.bpf.o" "$object" && cp "prime/$name.d" "$list"
"""
STRIP_SCRIPT = """#!/bin/sh
"""
BPFTOOL_SCRIPT = """#!/bin/sh
name=${3##*/}
exec cat "out-skep/${name%.bpf.o}.skel.h"
"""


def stamp(options):
    """What the kept project depends on."""
    text = f"{options.programs} {measure.first_line([project.CLANG, '--version'])}\n"
    for source in (generate.__file__, project.__file__):
        with open(source, encoding="utf-8") as f:
            text += f.read()
    return hashlib.sha256(text.encode()).hexdigest()


def nice(argv, cwd, **more):
    """Runs a command so that it gets in nobody's way."""
    subprocess.run(["nice", "-n", "19", *argv], cwd=cwd, check=True, **more)


def read_headers(p, source):
    """What clang says that compiling a source reads."""
    done = subprocess.run([project.CLANG, *p.compile_flags("out-ninja"), "-M", source],
                          cwd=p.folder, check=True, capture_output=True, text=True)
    return done.stdout.replace("\\\n", " ").split()[2:]


def write_lists(p, programs):
    """The dependency files that clang would write."""
    system = [h for h in read_headers(p, generate.program_path(0)) if os.path.isabs(h)]
    for i in range(programs):
        source = generate.program_path(i)
        name = os.path.basename(source).removesuffix(".bpf.c")
        headers = [*generate.program_reads(i), *system]
        if i % (programs // COMPARED or 1) == 0 and set(headers) != set(read_headers(p, source)):
            raise measure.Failed(f"{source}: clang reads other headers than were foreseen")
        generate.write_file(p.folder, f"prime/{name}.d",
                            f"out-ninja/{name}.bpf.o: {source} {' '.join(headers)}\n")


def prime_ninja(p, programs):
    """Lets ninja build with copies of what skep made."""
    write_lists(p, programs)
    for name, text in ((project.CLANG, CLANG_SCRIPT), (project.STRIP, STRIP_SCRIPT),
                       ("bpftool", BPFTOOL_SCRIPT)):
        generate.write_file(p.folder, f"prime/{name}", text)
        os.chmod(p.path("prime", name), 0o755)
    path = p.path("prime") + os.pathsep + os.environ["PATH"]
    nice(["ninja", "--quiet"], p.folder, env={**os.environ, "PATH": path})
    shutil.rmtree(p.path("prime"))


class Bench(Series):
    """The project with its builders."""

    def __init__(self, options, p):
        skep = [options.skep, "build", "--clang", project.CLANG, "--cache", p.folder + "-store"]
        super().__init__(options, p.name, {
            "skep": Builder("skep", [*skep, "-o", "out-skep"], p.folder),
            "listed": Builder("skep", [*skep, "-o", "out-listed", "--manifest", "listed.yaml"],
                              p.folder),
            "ninja": Builder("ninja", ["ninja"], p.folder),
        }, p.path("log"))
        self.project = p

    def build(self):
        """From wherever the last run left it, until there is nothing to do."""
        self.say(f"{len(self.project.programs)} programs; the first build takes minutes")
        for builder in ("skep", "listed"):
            nice([*self.builders[builder].argv, "-q"], self.project.folder)
        # What prepares ninja's first build is there until that has ended.
        prepared = os.path.exists(self.project.path("prime"))
        if prepared or not os.path.exists(self.project.path("out-ninja")):
            prime_ninja(self.project, len(self.project.programs))
        for builder in self.builders:
            self.run_once(builder)
        for builder in self.builders:
            self.run_once(builder)
            self.check_idle(builder)

    def check_idle(self, builder):
        if "nothing to do" not in self.said() and "no work to do" not in self.said():
            raise measure.Failed(f"{builder} had something to do:\n{self.said()[-300:]}")

    def measure_program(self):
        """One program in the middle of the list changes, so that its object does."""
        source = generate.program_path(len(self.project.programs) // 2)
        text = generate.program(len(self.project.programs) // 2)

        def edit(_):
            # Nothing that the store knows from another run.
            more = f"\nint bench_edit_{time.time_ns()} __attribute__((used));\n"
            generate.write_file(self.project.folder, source, text + more)

        try:
            return self.series(["skep", "ninja"], self.options.runs, edit)
        finally:
            generate.write_file(self.project.folder, source, text)
            for builder in ("skep", "ninja"):
                self.run_once(builder)

    def measure(self):
        """Samples by builder with nothing to do, and after an edit; bytes of memory by builder."""
        self.build()
        self.say("nothing to do")
        noop = self.series(["skep", "listed", "ninja"], self.options.noop, check=self.check_idle)
        self.say("memory")
        memory = {builder: self.peak_memory(builder) for builder in noop}
        self.say("a program")
        return noop, self.measure_program(), memory


def open_project(options):
    """The kept project, made anew when what it depends on has changed."""
    folder, mark = os.path.join(options.cache, "many"), stamp(options)
    done = os.path.join(folder, "stamp")
    if not os.path.exists(done) or open(done, encoding="ascii").read() != mark:
        shutil.rmtree(folder, ignore_errors=True)
        generate.write_project(folder, options.programs)
        p = project.Project("many", folder, folder)
        generate.write_file(folder, "listed.yaml", project.manifest(p))
        generate.write_file(folder, "build.ninja", project.ninjafile(p, "out-ninja"))
        generate.write_file(folder, "stamp", mark)
    return project.Project("many", folder, folder)


def targets(noop, memory):
    """What was promised and does not hold."""
    ninja = median(noop["ninja"], "wall")
    for builder in ("skep", "listed"):
        ratio = median(noop[builder], "wall") / ninja
        if ratio > MOST_NOOP:
            yield f"nothing to do ({builder}): {ratio:.2f} of ninja's time, at most {MOST_NOOP} " \
                  "is promised"
        if memory[builder] > MOST_MEMORY:
            yield f"nothing to do ({builder}): {memory[builder] >> 20} MB of memory, at most " \
                  f"{MOST_MEMORY >> 20} are promised"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--programs", type=int, default=10000, help="how many (default: 10,000)")
    parser.add_argument("--noop", type=int, default=21, help="runs with nothing to do")
    parser.add_argument("--runs", type=int, default=5, help="runs after an edit (default: 5)")
    project.add_arguments(parser)
    series.add_arguments(parser)
    options = parser.parse_args()
    for line in measure.describe_machine(options.skep, project.CLANG):
        print(line)
    bench = Bench(options, open_project(options))
    noop, changed, memory = bench.measure()
    name = f"generated ({len(bench.project.programs)})"
    print("\n" + series.heading())
    for what, ours, theirs in (("nothing to do", noop["skep"], noop["ninja"]),
                               ("nothing to do, all listed", noop["listed"], noop["ninja"]),
                               ("one program changed", changed["skep"], changed["ninja"])):
        print(series.row(name, what, ours, "ninja", theirs))
    print("\n- memory with nothing to do: " + ", ".join(
        f"{b} {size / 2**20:.1f} MiB" for b, size in memory.items()))
    print(f"- others took at most {bench.noise * 100:.0f} % of the processors")
    return list(targets(noop, memory))


if __name__ == "__main__":
    series.main(main)
