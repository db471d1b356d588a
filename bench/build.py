#!/usr/bin/env python3
"""Measures skep build beside make and ninja: bench/build.py [OPTION...] SKEP

The same programs, the same compiler, the same run, one after the other in alternating order; all
times are medians. Prints Markdown. Each corpus (bench/corpora.sh) is built from nothing, again with
nothing to do, again after a header was touched, after every line of a header moved, and after one
program changed. A run during which others took more than a given part of the processors is
repeated, a few times.
"""
import argparse
import os
import shutil

import measure
import project
import series
from series import Builder, Series, median

# What the project promises: ratios to make's wall time, and bytes.
MOST_COLD, MOST_NOOP, MOST_MEMORY = 1.0, 0.5, 50 << 20
# Where the peer compiles all of a generated vmlinux.h: to make's wall time, and to its user time.
MOST_COLD_TYPES, MOST_USER_TYPES = 1 / 4, 1 / 5

# Seconds of processor time with nothing to do, for so many programs at most.
MOST_NOOP_CPU, FEW_PROGRAMS = 0.012, 58


class Bench(Series):
    """One corpus with its builders."""

    def __init__(self, options, p):
        jobs = str(os.cpu_count())
        skep = [options.skep, "build", "--clang", project.CLANG]
        builders = {
            "skep": ("skep", [*skep, "-o", "out-skep", "--no-cache"]),
            "store": ("skep", [*skep, "-o", "out-store", "--cache", p.path("store")]),
            "make": ("make", ["make", "-s", "-j", jobs, "all"]),
            "lean": ("make, lean", ["make", "-s", "-j", jobs, "-f", "Makefile.lean", "all"]),
            "ninja": ("ninja", ["ninja", "--quiet"]),
        }
        super().__init__(options, p.name, {name: Builder(label, argv, p.folder)
                                           for name, (label, argv) in builders.items()},
                         p.path("log"))
        self.project = p
        self.edits = 0

    def stamps(self, builder):
        """When each object was made."""
        out = self.project.path(f"out-{builder}")
        return {name: os.stat(os.path.join(out, name)).st_mtime_ns
                for name in os.listdir(out) if name.endswith(".bpf.o")}

    def header(self):
        """The project's own header with the most users, short of a tenth of the objects."""
        users, out = {}, self.project.path("out-make")
        for folder, _, names in os.walk(out):
            for name in names:
                if name.endswith(".d"):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        words = f.read().replace("\\\n", " ").split()
                    for word in {os.path.normpath(w) for w in words[1:]}:
                        users[word] = users.get(word, 0) + 1
        most = max(1, len(self.project.programs) // 10)
        own = [h for h in sorted(users) if h.endswith(".h") and users[h] <= most
               and not os.path.isabs(h) and not h.startswith(("include/", "tools/include/", "out-"))]
        return max(own, key=lambda h: users[h], default=None)

    def edit(self, header, text):
        """Moves every line of a header: objects and skeletons change with it."""
        self.edits += 1
        lines = "".join(f"/* {self.edits} */\n" for _ in range(self.edits % 2 + 1))
        with open(self.project.path(header), "w", encoding="utf-8") as f:
            f.write(lines + text)

    def edit_program(self, source, text):
        """A change that reaches the object: the license's bytes are one more."""
        self.edits += 1
        with open(self.project.path(source), "w", encoding="utf-8") as f:
            f.write(text + f"\nint bench_edit_{self.edits} __attribute__((used));\n")

    def measure_program(self, builders):
        """One program in the middle of the list changes."""
        program = self.project.programs[len(self.project.programs) // 2]
        source = program.sources[0]
        with open(self.project.path(source), encoding="utf-8") as f:
            text = f.read()
        changed = self.series(builders, self.options.runs, lambda b: self.edit_program(source, text))
        return os.path.basename(source), changed

    def measure_header(self, builders):
        header = self.header()
        with open(self.project.path(header), encoding="utf-8") as f:
            text = f.read()
        touched = self.series(builders, self.options.runs,
                              lambda b: os.utime(self.project.path(header)))
        # Each builder sees one edit for each of its runs.
        before = {b: self.stamps(b) for b in builders}
        changed = self.series(builders, self.options.runs, lambda b: self.edit(header, text))
        made = {b: sum(before[b][k] != v for k, v in self.stamps(b).items()) for b in builders}
        if len(set(made.values())) != 1:
            self.say(f"not the same objects were built again: {made}")
        return header, made, touched, changed

    def memory(self):
        self.remove("skep")
        return self.peak_memory("skep"), self.peak_memory("skep")

    def measure(self):
        """Rows of the table."""
        o, builders = self.options, ["skep", "make"]
        self.say(f"{len(self.project.programs)} objects, from nothing")
        # Once before it counts: files in memory, and outputs for everybody. Lean has make's.
        for builder in self.builders:
            self.run_once(builder)
        rows = []
        cold = (3 if len(self.project.programs) > 200 else 5) if o.cold is None else o.cold
        if cold:
            rows.append(("cold", self.series(builders, cold, self.remove)))
            known = self.series(["store"], cold, self.remove)
            rows.append(("clean, known to the store",
                         {"skep": known["store"], "make": rows[0][1]["make"]}))
        self.say("nothing to do")
        peers = [builder for builder in self.builders if builder != "store"]
        for builder in peers:
            self.run_once(builder)
        rows.append(("nothing to do", self.series(peers, o.noop)))
        self.say("a header")
        if o.runs and self.header():
            header, made, touched, changed = self.measure_header(builders)
            name = os.path.basename(header)
            rows.append((f"{name} touched only", touched))
            rows.append((f"{name} changed ({made['skep']} objects)", changed))
        if o.runs:
            name, changed = self.measure_program(builders)
            rows.append((f"{name} changed", changed))
        self.say("memory")
        return rows, self.memory()


def targets(p, rows, memory):
    """What was promised and does not hold."""
    name, results, types = p.name, dict(rows), p.needs_types()
    for what, kind, most in (
            ("cold", "wall", MOST_COLD_TYPES if types else MOST_COLD),
            ("cold", "user", MOST_USER_TYPES if types else MOST_COLD),
            ("nothing to do", "wall", MOST_NOOP)):
        if what not in results:
            continue
        ratio = median(results[what]["skep"], kind) / median(results[what]["make"], kind)
        if ratio > most:
            yield f"{name}, {what}: {ratio:.2f} of make's {kind} time, at most {most} is promised"
    cpu = median(results["nothing to do"]["skep"], "cpu")
    if len(p.programs) <= FEW_PROGRAMS and cpu > MOST_NOOP_CPU:
        yield f"{name}, nothing to do: {series.seconds(cpu)} of processor time, at most " \
              f"{series.seconds(MOST_NOOP_CPU)} is promised"
    if max(memory) > MOST_MEMORY:
        yield f"{name}: {max(memory) >> 20} MB of memory, at most {MOST_MEMORY >> 20} are promised"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    project.add_arguments(parser, "perf", "perf-types", "selftests-types")
    parser.add_argument("--cold", type=int, help="runs from nothing (default: 5, of big sets 3; 0: none)")
    parser.add_argument("--runs", type=int, default=5, help="runs after an edit (default: 5; 0: none)")
    parser.add_argument("--noop", type=int, default=21, help="runs with nothing to do")
    series.add_arguments(parser)
    options = parser.parse_args()
    return options


def main():
    options = parse_arguments()
    for line in measure.describe_machine(options.skep, project.CLANG):
        print(line)
    print("\n" + series.heading())
    notes, broken = [], []
    work = os.path.join(options.cache, "work")
    for p in project.open_projects(options, work):
        bench = Bench(options, p)
        rows, memory = bench.measure()
        name = f"{p.name} ({len(p.programs)})"
        for what, result in rows:
            for builder in result:
                if builder != "skep":
                    label = bench.builders[builder].label
                    print(series.row(name, what, result["skep"], label, result[builder]), flush=True)
        notes.append(f"- {p.name}: skep itself needed {memory[0] / 2**20:.1f} MiB of memory cold, "
                     f"{memory[1] / 2**20:.1f} MiB with nothing to do; others took at most "
                     f"{bench.noise * 100:.0f} % of the processors.")
        broken += targets(p, rows, memory)
        shutil.rmtree(p.folder)
    print("\n" + "\n".join(notes))
    return broken


if __name__ == "__main__":
    series.main(main)
