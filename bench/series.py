"""Series of runs: builders take turns, and a run that others disturbed is repeated."""
import os
import shutil
import statistics
import sys

import measure


class Builder:
    """A command that builds a project, and what it is called in tables."""

    def __init__(self, label, argv, cwd, env=None):
        self.label = label
        self.argv = argv
        self.cwd = cwd
        self.env = env


class Series:
    """The builders of one project; `noise` is the most that others took of the processors."""

    def __init__(self, options, name, builders, log):
        self.options = options
        self.name = name
        self.builders = builders
        self.log = open(log, "w+b")
        self.noise = 0.0

    def say(self, text):
        print(f"bench: {self.name}: {text}", file=sys.stderr, flush=True)

    def run_once(self, builder):
        b = self.builders[builder]
        return measure.run(b.argv, b.cwd, self.log, b.env)

    def said(self):
        """What the last run printed."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def run(self, builder, prepare=None):
        """One run; the quietest of several tries when others were busy."""
        best = None
        for _ in range(self.options.tries):
            if self.options.wait > 0:
                self.options.wait = measure.wait_until_quiet(self.options.noise, self.options.wait)
            if prepare:
                prepare()
            sample = self.run_once(builder)
            if best is None or sample.foreign < best.foreign:
                best = sample
            # Ticks of the clock say nothing about a run of a few of them.
            if best.foreign <= self.options.noise or sample.wall < 0.2:
                break
        self.noise = max(self.noise, best.foreign if best.wall >= 0.2 else 0)
        return best

    def series(self, builders, runs, prepare=lambda builder: None, check=lambda builder: None):
        """Samples by builder, the order turned round each time; `check` looks at what came of it."""
        result = {builder: [] for builder in builders}
        for i in range(runs):
            for builder in builders if i % 2 == 0 else reversed(builders):
                result[builder].append(self.run(builder, lambda b=builder: prepare(b)))
                check(builder)
        return result

    def remove(self, builder):
        """What a builder made: out-NAME in its folder."""
        shutil.rmtree(os.path.join(self.builders[builder].cwd, f"out-{builder}"),
                      ignore_errors=True)

    def peak_memory(self, builder):
        b = self.builders[builder]
        return measure.peak_memory(b.argv, b.cwd, self.log)


def median(samples, what):
    return statistics.median(getattr(s, what) for s in samples)


def seconds(x):
    return f"{x:.2f} s" if x >= 1 else f"{x * 1000:.1f} ms"


KINDS = {"wall": "", "user": ", user", "cpu": ", user and system"}


def heading():
    """Of a table of rows."""
    kinds = " | ".join(f"skep{kind} | beside | ratio" for kind in KINDS.values())
    return (f"| programs | build | runs | {kinds} |\n"
            f"|---|---|--:|{'--:|--:|--:|' * len(KINDS)}")


def row(name, what, ours, label, theirs):
    """A line of the table: skep's samples beside another builder's."""
    line = [name, what, f"{len(ours)}"]
    for kind in KINDS:
        a, b = median(ours, kind), median(theirs, kind)
        # Of a short run the kernel may count all or nothing as user time; the sum is exact.
        line += [seconds(a), f"{label} {seconds(b)}", f"{a / b:.2f}" if b else ""]
    return "| " + " | ".join(line) + " |"


def add_arguments(parser):
    """What all the measuring scripts understand."""
    parser.add_argument("--noise", type=float, default=0.05, metavar="PART",
                        help="most that others may take of the processors (default: 0.05)")
    parser.add_argument("--tries", type=int, default=3, help="how often to repeat a noisy run")
    parser.add_argument("--wait", type=float, default=0, metavar="SECONDS",
                        help="how long to wait for others to become quiet, in all")


def main(script):
    """Runs a script whose figures may break a promise: it returns those that do."""
    try:
        broken = script()
    except measure.Failed as failure:
        sys.exit(f"bench: {failure}")
    for line in broken:
        print(f"bench: {line}", file=sys.stderr)
    sys.exit(1 if broken else 0)
