#!/usr/bin/env python3
"""Says where the time of a cold build goes: bench/breakdown.py [OPTION...] SKEP

Takes some programs of each corpus, spread over its list, and runs each step of theirs alone, one
after the other, with the command that skep uses: with the slice of vmlinux.h that the program needs
and, beside it, with all of it. Inside clang the time is taken from its own -ftime-trace. Each number
is the least of several runs, as anything else on the machine only adds to it. Prints Markdown:
milliseconds for a program, on average; and what indexing and slicing cost (bench/slice_time.c).
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time

import measure
import project

# What clang calls its phases, and what they are called here.
PHASES = {"Total Frontend": "front end: reading and parsing headers and source",
          "Total Optimizer": "optimiser",
          "Total CodeGenPasses": "code generation, with DWARF and BTF"}
START = "starting clang, options, ending"
REST = "clang, the rest"
STAGES = [START, *PHASES.values(), REST, "finishing (skep)", "skeleton (skep)"]
PEERS = ["llvm-strip -g", "bpftool gen skeleton"]


class Steps:
    """Runs the steps of programs alone."""

    def __init__(self, options, p):
        self.runs = options.runs
        self.skep = options.skep
        self.folder = p.folder
        self.header = p.path("out-skep/.skep/types/kernel/vmlinux.h") if p.needs_types() else None
        subprocess.run([options.skep, "build", "-q", "-o", "out-skep", "--clang", project.CLANG],
                       cwd=p.folder, check=True)
        with open(p.path("out-skep", "compile_commands.json"), encoding="utf-8") as f:
            self.commands = {os.path.basename(c["output"]): c for c in json.load(f)}

    def least(self, argv, read=None):
        """Least milliseconds of several runs, and what `read` returned for that one."""
        best = None
        for _ in range(self.runs):
            began = time.perf_counter()
            with open(os.devnull, "wb") as null:
                subprocess.run(argv, cwd=self.folder, check=True, stdin=subprocess.DEVNULL,
                               stdout=null, stderr=null)
            took = (time.perf_counter() - began) * 1000
            if best is None or took < best[0]:
                best = took, read() if read else None
        return best

    def read_trace(self):
        with open(os.path.join(self.folder, "trace.json"), encoding="utf-8") as f:
            events = json.load(f)["traceEvents"]
        return {e["name"]: e["dur"] / 1000 for e in events if e.get("name", "").startswith("Total ")}

    def show_slice(self, program, argv):
        """Makes the program's slice, and gives the flags that put it in the header's place."""
        words = [w for w in argv if w.startswith(("-I", "-D"))]
        subprocess.run([self.skep, "vmlinux", "--for", "--vmlinux", self.header, "-o", "slice.h",
                        "--clang", project.CLANG, *words, *program.sources], cwd=self.folder,
                       check=True)
        subprocess.run([self.skep, "step", "overlay", "overlay.json", "slice.h", self.header],
                       cwd=self.folder, check=True)
        return ["-ivfsoverlay", "overlay.json"]

    def measure(self, program, whole):
        """Milliseconds by stage."""
        obj = f"{program.name}.bpf.o"
        argv = self.commands[obj]["arguments"]
        shown = [] if whole or not self.header else self.show_slice(program, argv)
        argv = argv[:argv.index("-o")] + [*shown, "-o", "raw.o", "-ftime-trace=trace.json",
                                          "-ftime-trace-granularity=1000000"]
        wall, trace = self.least(argv, self.read_trace)
        inside = trace["Total ExecuteCompiler"]
        result = {name: trace.get(phase, 0) for phase, name in PHASES.items()}
        result[START] = wall - inside
        result[REST] = inside - sum(trace.get(phase, 0) for phase in PHASES)
        # In a build these are forks of skep, not programs that have to be started.
        start = self.least([self.skep, "--version"])[0]
        finish = [self.skep, "step", "finish", "raw.o", obj, "plain"]
        result["finishing (skep)"] = self.least(finish)[0] - start
        result[PEERS[0]] = self.least([project.STRIP, "-g", "raw.o", "-o", "stripped.o"])[0]
        if program.skeleton:
            skeleton = [self.skep, "step", "skeleton", obj, "skel.h"]
            result["skeleton (skep)"] = self.least(skeleton)[0] - start
            result[PEERS[1]] = self.least(["bpftool", "gen", "skeleton", obj])[0]
        return result


def choose(programs, most):
    """Programs of one source, spread over the list."""
    single = [p for p in programs if len(p.sources) == 1]
    step = max(1, len(single) // most)
    return single[::step][:most]


def report(p, results, wholes):
    """A table: the steps with slices and, where that is another thing, with the whole header."""
    columns = [("skep", results)] + ([("whole header", wholes)] if wholes else [])
    print(f"\n{p.name}, {len(results)} of {len(p.programs)} programs:\n")
    print("| step | " + " | ".join(f"{name}, ms | part" for name, _ in columns) + " |")
    print("|---|" + "--:|--:|" * len(columns))
    for stage in STAGES:
        print(f"| {stage} |" + "".join(cells(of, stage) for _, of in columns))
    print("| **together** |" + "".join(f" {total(of):.1f} | |" for _, of in columns))
    for stage in PEERS:
        print(f"| for comparison: {stage} |" + "".join(
            f" {mean(of, stage):.1f} | |" for _, of in columns), flush=True)


def mean(results, stage):
    return sum(r.get(stage, 0) for r in results) / len(results)


def total(results):
    return sum(mean(results, stage) for stage in STAGES)


def cells(results, stage):
    return f" {mean(results, stage):.1f} | {mean(results, stage) / total(results) * 100:.0f} % |"


def report_slicing(options, p, steps, programs):
    """What it costs to index the header and to cut each program's slice."""
    dirs = [flag[2:] for flag in p.flags if flag.startswith("-I")] + ["/usr/include"]
    defines = [flag for flag in p.flags if flag.startswith("-D")]
    sources = [source for q in programs for source in q.sources]
    done = subprocess.run([options.slice_time, steps.header, *dirs, "--", *defines, "--", *sources],
                          cwd=p.folder, capture_output=True, text=True, check=True)
    print("\n" + "\n".join(f"- {line}" for line in done.stdout.splitlines()), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    project.add_arguments(parser, "perf", "perf-types", "selftests")
    parser.add_argument("--programs", type=int, default=40, help="of each corpus at most")
    parser.add_argument("--runs", type=int, default=5, help="of each step (default: 5)")
    parser.add_argument("--slice-time", help="the built bench/slice_time.c")
    options = parser.parse_args()
    for line in measure.describe_machine(options.skep, project.CLANG):
        print(line)
    work = os.path.join(options.cache, "work-breakdown")
    for p in project.open_projects(options, work):
        steps = Steps(options, p)
        programs = choose(p.programs, options.programs)
        report(p, [steps.measure(q, False) for q in programs],
               [steps.measure(q, True) for q in programs] if steps.header else None)
        if steps.header and options.slice_time:
            report_slicing(options, p, steps, p.programs)
        shutil.rmtree(p.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
