#!/usr/bin/env python3
"""Measures a clean checkout whose results are known: bench/store.py [OPTION...] SKEP

skep with its store beside make with ccache, and beside make alone: from nothing with nothing known;
again after the output directory was removed; and again in a copy of the project in another folder.
The order alternates, all times are medians. Prints Markdown.

ccache is given what its manual recommends, and looked after: every compiler call of a measured run
has to be a direct hit, or the script fails.
 - It has to be in the commands: Makefile.ccache says `ccache clang-19` itself. (A variable given to
   make that the Makefile does not use changes nothing, and ccache stays idle.)
 - CCACHE_NOHASHDIR, CCACHE_BASEDIR: with -g the folder is a part of the key otherwise, and a moved
   checkout misses everything. Debug information then names the first folder; llvm-strip -g removes
   it. All paths are relative.
 - CCACHE_SLOPPINESS: vmlinux.h was made a moment ago, which alone would rule out direct hits.
 - Compression, the inode cache and statistics make no difference that could be measured; hard
   links cannot be used, as llvm-strip changes the object in place.
What ccache cannot know are the steps that are no compiler calls: vmlinux.h, llvm-strip, bpftool.
"""
import argparse
import filecmp
import os
import re
import shutil
import subprocess

import measure
import project
import series
from series import Builder, Series, median

# What the project promises, for so many programs or more: ratios of wall time.
MOST_CCACHE, MOST_MAKE, MANY_PROGRAMS = 1 / 15, 1 / 60, 57

RESTORED = re.compile(r"\(0 of (\d+) steps ran, \1 came from the store\)")


class Bench(Series):
    """One corpus in two folders."""

    def __init__(self, options, p, moved):
        make = ["make", "-s", "-j", str(os.cpu_count())]
        store, self.ccache_dir = p.folder + "-store", p.folder + "-ccache"
        self.ccache_env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CCACHE_")},
            "CCACHE_DIR": self.ccache_dir,
            "CCACHE_CONFIGPATH": os.devnull,
            "CCACHE_BASEDIR": os.path.dirname(p.folder),
            "CCACHE_NOHASHDIR": "1",
            "CCACHE_SLOPPINESS": "include_file_mtime,include_file_ctime",
        }
        skep = [options.skep, "build", "-o", "out-skep", "--clang", project.CLANG, "--cache", store]
        builders = {"make": Builder("make", [*make, "all"], p.folder)}
        for where, q in (("", p), ("-moved", moved)):
            builders["skep" + where] = Builder("skep", skep, q.folder)
            builders["ccache" + where] = Builder(
                "make, ccache", [*make, "-f", "Makefile.ccache", "all"], q.folder, self.ccache_env)
        super().__init__(options, p.name, builders, p.path("log"))
        self.project, self.moved, self.store = p, moved, store
        self.units = sum(len(program.sources) for program in p.programs)

    def remove(self, builder):
        out = "out-" + builder.removesuffix("-moved")
        shutil.rmtree(os.path.join(self.builders[builder].cwd, out), ignore_errors=True)

    def forget(self, builder):
        """Removes outputs and all that is known."""
        self.remove(builder)
        for known in {"skep": [self.store], "ccache": [self.ccache_dir]}.get(builder, []):
            shutil.rmtree(known, ignore_errors=True)

    def count_ccache(self):
        done = subprocess.run(["ccache", "--print-stats"], env=self.ccache_env, check=True,
                              capture_output=True, text=True)
        return {name: int(n) for name, n in (line.split("\t") for line in done.stdout.splitlines())}

    def start_clean(self, builder):
        self.remove(builder)
        if builder.startswith("ccache"):
            subprocess.run(["ccache", "-z"], env=self.ccache_env, check=True, capture_output=True)

    def check_known(self, builder):
        """That nothing was compiled in the run that ended just now."""
        if builder.startswith("skep") and not RESTORED.search(self.said()):
            raise measure.Failed(f"{self.name}: skep ran steps:\n{self.said()[-300:]}")
        if builder.startswith("ccache"):
            counts = self.count_ccache()
            if counts["direct_cache_hit"] != self.units or counts["cache_miss"]:
                raise measure.Failed(f"{self.name}: ccache found {counts['direct_cache_hit']} of "
                                     f"{self.units} at once and missed {counts['cache_miss']}")

    def check_same(self):
        """That what skep restored in the other folder is what was built in the first."""
        names = [f"{q.name}.bpf.o" for q in self.project.programs]
        _, other, missing = filecmp.cmpfiles(self.project.path("out-skep"),
                                             self.moved.path("out-skep"), names, shallow=False)
        if other or missing:
            raise measure.Failed(f"{self.name}: the moved checkout has other objects: "
                                 f"{(other + missing)[:5]}")

    def measure(self):
        """Rows of the table: what was measured, skep's samples, and by peer the others'."""
        o = self.options
        self.say(f"{len(self.project.programs)} objects, nothing is known")
        # Once before it counts, so that all files are in memory.
        self.run_once("skep")
        cold = self.series(["skep", "ccache", "make"], o.cold, self.forget)
        self.say("everything is known")
        clean, moved = (self.series(["skep" + where, "ccache" + where], o.runs, self.start_clean,
                                    self.check_known) for where in ("", "-moved"))
        self.check_same()
        return [("cold, filling the store", cold["skep"],
                 [("make, ccache", cold["ccache"]), ("make", cold["make"])]),
                ("clean, known", clean["skep"],
                 [("make, ccache", clean["ccache"]), ("make", cold["make"])]),
                ("moved checkout, known", moved["skep-moved"],
                 [("make, ccache", moved["ccache-moved"]), ("make", cold["make"])])]


def targets(p, rows):
    """What was promised and does not hold."""
    for what, ours, peers in rows[1:]:
        for (label, theirs), most in zip(peers, (MOST_CCACHE, MOST_MAKE)):
            times = median(theirs, "wall") / median(ours, "wall")
            if len(p.programs) >= MANY_PROGRAMS and times < 1 / most:
                yield f"{p.name}, {what}: {times:.1f} times faster than {label}, " \
                      f"{1 / most:.0f} are promised"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    project.add_arguments(parser, "selftests-types")
    parser.add_argument("--cold", type=int, default=3, help="runs from nothing (default: 3)")
    parser.add_argument("--runs", type=int, default=11, help="runs with all known (default: 11)")
    series.add_arguments(parser)
    options = parser.parse_args()
    return options


def main():
    options = parse_arguments()
    for line in measure.describe_machine(options.skep, project.CLANG):
        print(line)
    print(f"- {measure.first_line(['ccache', '--version'])}\n\n{series.heading()}")
    notes, broken, work = [], [], os.path.join(options.cache, "work-store")
    shutil.rmtree(work, ignore_errors=True)
    for p in project.open_projects(options, work):
        moved = project.Project(p.name, p.folder, p.folder + "-moved")
        bench = Bench(options, p, moved)
        rows = bench.measure()
        for what, ours, peers in rows:
            for label, theirs in peers:
                name = f"{p.name} ({len(p.programs)})"
                print(series.row(name, what, ours, label, theirs), flush=True)
        notes.append(f"- {p.name}: others took at most {bench.noise * 100:.0f} % of the processors.")
        broken += targets(p, rows)
    print("\n" + "\n".join(notes))
    shutil.rmtree(work)
    return broken


if __name__ == "__main__":
    series.main(main)
