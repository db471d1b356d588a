#!/usr/bin/env python3
"""Says where the time of a cold build goes: bench/breakdown.py [OPTION...] SKEP

Takes some programs of each corpus, spread over its list, and runs each step of theirs alone, one
after the other, with the command that skep uses. Inside clang the time is taken from its own
-ftime-trace. Each number is the least of several runs, as anything else on the machine only adds to
it. Prints Markdown: milliseconds for a program, on average.
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

    def measure(self, program):
        """Milliseconds by stage."""
        obj = f"{program.name}.bpf.o"
        argv = self.commands[obj]["arguments"]
        argv = argv[:argv.index("-o")] + ["-o", "raw.o", "-ftime-trace=trace.json",
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


def report(p, results):
    sums = {stage: sum(r.get(stage, 0) for r in results) for stage in STAGES + PEERS}
    total = sum(sums[stage] for stage in STAGES)
    print(f"\n{p.name}, {len(results)} of {len(p.programs)} programs:\n")
    print("| step | ms | part |\n|---|--:|--:|")
    for stage in STAGES:
        print(f"| {stage} | {sums[stage] / len(results):.1f} | {sums[stage] / total * 100:.0f} % |")
    print(f"| **together** | {total / len(results):.1f} | |")
    for stage in PEERS:
        print(f"| for comparison: {stage} | {sums[stage] / len(results):.1f} | |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cache", default=os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "skep-bench"))
    parser.add_argument("--corpus", action="append", help="default: perf and selftests")
    parser.add_argument("--extra", action="append", default=[], metavar="NAME=DIR",
                        help="a folder of *.bpf.c files to look at as well")
    parser.add_argument("--programs", type=int, default=40, help="of each corpus at most")
    parser.add_argument("--runs", type=int, default=5, help="of each step (default: 5)")
    parser.add_argument("skep")
    options = parser.parse_args()
    options.skep = os.path.abspath(options.skep)
    corpora = ["perf", "selftests"] if options.corpus is None else options.corpus
    for line in measure.describe_machine(options.skep, project.CLANG):
        print(line)
    work = os.path.join(options.cache, "work-breakdown")
    for p in project.open_projects(options.cache, corpora, options.extra, work):
        steps = Steps(options, p)
        report(p, [steps.measure(q) for q in choose(p.programs, options.programs)])
        shutil.rmtree(p.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
