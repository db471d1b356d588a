#!/usr/bin/env python3
"""Measures skep verify: bench/verify.py [OPTION...] SKEP

How long an emulated machine takes until its agent speaks; how long all objects of a corpus take on
one kernel, and which part of that is boot, the verifier, and libbpf with all the rest; the same
when the store knows the verdicts, with no QEMU in PATH; two kernels at once beside one after the
other; and the running kernel, beside loading each program alone with the same libbpf, and beside
veristat when one is there. Then what is said: on the running kernel the same as of each program
alone, of the kernel's own verifier tests what their annotations expect, and of all other selftests
no crash and no hang. In a series the order alternates, all times are medians. Prints Markdown.

Nothing here builds veristat, which Debian does not package; --peer names one. The programs of
tests/harness come from the same build as skep (ninja load_run load_alone).
"""
import argparse
import collections
import json
import os
import pty
import re
import shutil
import statistics
import subprocess
import sys
import time

import measure
import project
import series
from series import Builder, Series, median

# What the project promises: seconds, bytes, and parts of the expectations.
MOST_BOOT, MOST_JOB, MOST_REPEAT, MOST_MEMORY = 3.0, 25.0, 0.2, 2**30
JOB_OBJECTS = 58  # more may take longer
LEAST_MET = {False: 0.985, True: 0.97}  # by "unprivileged"

PARTS = ("boot", "job", "store", "kernels", "running", "verdicts", "expectations", "selftests")
# A verifier that is emulated may need minutes to find out that a program is too large.
DEADLINE = 300
# An object whose verdict takes longer is not measured.
SLOW = 30
# skep verify ends with 1 when a program was rejected.
TOLERANT = ["sh", "-c", '"$@"; [ $? -le 1 ]', "sh"]

HERE = os.path.dirname(os.path.abspath(__file__))
COMPARE = os.path.join(HERE, "..", "tests", "harness", "load_compare")
PROGRESS = re.compile(rb": \d+ of \d+")


class Set(Series):
    """The objects of one corpus, and what is done with them."""

    def __init__(self, options, p, objects, boot):
        self.folder, self.objects, self.boot = p.folder, objects, boot
        self.json = p.path("verdicts.json")
        one, two = options.kernel, f"{options.kernel},{options.second}"
        known = {**os.environ, "SKEP_CACHE": p.path("store")}
        # With nothing in PATH there is no QEMU.
        alone = {**known, "PATH": "/nonexistent"}
        builders = {
            "job": self.verify(options, "--emulate", "--no-cache", "-k", one),
            "fill": Builder("skep", self.verify(options, "--emulate", "-k", one).argv, p.folder,
                            known),
            "repeat": Builder("skep", ["/bin/sh", *self.verify(options, "-k", one).argv[1:]],
                              p.folder, alone),
            "at once": self.verify(options, "--emulate", "--no-cache", "-j2", "-k", two),
            "in turn": self.verify(options, "--emulate", "--no-cache", "-j1", "-k", two),
            "running": self.verify(options, "--no-cache", "-k", "running"),
            "alone": Builder("each alone", [tool(options, "load_alone"), *objects], p.folder),
        }
        if options.peer:
            builders["veristat"] = Builder("veristat", [options.peer, *objects], p.folder)
        super().__init__(options, p.name, builders, p.path("log"))

    def verify(self, options, *words):
        return Builder("skep", [*TOLERANT, options.skep, "verify", "-q", "--json", self.json,
                                *words, *self.objects], self.folder)

    def verdicts(self):
        """What the last run said: (row, its verdict on the first kernel)."""
        with open(self.json, encoding="utf-8") as f:
            said = json.load(f)
        for kernel in said["kernels"]:
            if kernel["trouble"]:
                raise measure.Failed(f"{self.name}: {kernel['name']}: {kernel['trouble']}")
        return [(row, row["verdicts"][0]) for row in said["programs"]]

    def memory(self, builder):
        """Bytes that the largest process of a command had, which is QEMU."""
        b = self.builders[builder]
        child = subprocess.Popen(b.argv, cwd=b.cwd, stdin=subprocess.DEVNULL, stdout=self.log,
                                 stderr=self.log)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        measure.check(child.returncode, b.argv, self.log)
        return usage.ru_maxrss * 1024


def tool(options, name):
    return os.path.join(options.harness, name)


def seconds_to_hello(argv):
    """From the start of skep, which draws on a terminal how far it is, until the agent spoke."""
    began, took, said = time.perf_counter(), None, b""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    while True:
        try:
            block = os.read(fd, 1 << 16)
        except OSError:  # the other side is closed
            break
        if not block:
            break
        said += block
        if took is None and PROGRESS.search(said):
            took = time.perf_counter() - began
    os.close(fd)
    _, status = os.waitpid(pid, 0)
    if took is None or os.waitstatus_to_exitcode(status) not in (0, 1):
        raise measure.Failed(f"{' '.join(argv)}:\n{said[-500:].decode(errors='replace')}")
    return took


def measure_boot(options, kernel, obj):
    argv = [options.skep, "verify", "--emulate", "--no-cache", "-k", kernel, obj]
    took = []
    for _ in range(options.boots):
        if options.wait > 0:
            options.wait = measure.wait_until_quiet(options.noise, options.wait)
        took.append(seconds_to_hello(argv))
    return took


def report_boot(options, obj):
    """Prints a line for each kernel; returns the median of the first, and what it breaks."""
    print("\n| kernel | boots | until the agent speaks: median | least | most |\n"
          "|---|--:|--:|--:|--:|")
    result = {}
    for kernel in (options.kernel, options.second):
        took = measure_boot(options, kernel, obj)
        result[kernel] = statistics.median(took)
        print(f"| {kernel} | {len(took)} | " + " | ".join(
            series.seconds(t) for t in (result[kernel], min(took), max(took))) + " |", flush=True)
    boot = result[options.kernel]
    late = f"the agent speaks after {boot:.2f} s, at most {MOST_BOOT:.0f} are promised"
    return boot, [late] if boot >= MOST_BOOT else []


def report_job(s):
    samples, verifier = [], []
    for _ in range(s.options.runs):
        samples.append(s.run("job"))
        said = s.verdicts()
        verifier.append(sum(v["nanoseconds"] for _, v in said) / 1e9)
    counts = collections.Counter(v["verdict"] for _, v in said)
    wall, own, memory = median(samples, "wall"), statistics.median(verifier), s.memory("job")
    parts = [series.seconds(t) for t in (wall, median(samples, "cpu"), s.boot, own,
                                         wall - s.boot - own)]
    print("\n| objects | programs | accepted | rejected | runs | whole | CPU | boot | verifier "
          "| libbpf and the rest | memory |\n|---|" + "--:|" * 10 + "\n"
          f"| {s.name} ({len(s.objects)}) | {len(said)} | {counts['accepted']} "
          f"| {counts['rejected']} | {len(samples)} | {' | '.join(parts)} "
          f"| {memory / 2**20:.0f} MiB |", flush=True)
    if wall > MOST_JOB and len(s.objects) <= JOB_OBJECTS:
        yield f"{s.name}: {wall:.1f} s on one kernel, at most {MOST_JOB:.0f} are promised"
    if memory > MOST_MEMORY:
        yield f"{s.name}: QEMU had {memory / 2**20:.0f} MiB, at most 1024 are promised"


def report_store(s):
    s.run_once("fill")
    samples = s.series(["repeat"], s.options.runs * 3)["repeat"]
    unknown = [row["program"] for row, v in s.verdicts() if not v["stored"]]
    wall = median(samples, "wall")
    print(f"\n- {s.name}: from the store, no QEMU in PATH: {series.seconds(wall)} "
          f"({len(samples)} runs)", flush=True)
    if unknown:
        yield f"{s.name}: the store does not know {len(unknown)} programs: {unknown[0]}"
    if wall >= MOST_REPEAT:
        yield f"{s.name}: a repeat takes {wall:.2f} s, less than {MOST_REPEAT} is promised"


def report_kernels(s):
    samples = s.series(["at once", "in turn"], s.options.runs)
    once, turn = (median(samples[b], "wall") for b in ("at once", "in turn"))
    print(f"\n| two kernels | runs | at once | one after the other | ratio |\n|---|" + "--:|" * 4 +
          f"\n| {s.name}: {s.options.kernel}, {s.options.second} | {len(samples['at once'])} "
          f"| {series.seconds(once)} | {series.seconds(turn)} | {once / turn:.2f} |", flush=True)
    if once >= turn and os.cpu_count() > 1:
        yield f"{s.name}: two kernels at once are not faster than one after the other"


def report_running(s):
    beside = [b for b in ("alone", "veristat") if b in s.builders]
    samples = s.series(["running", *beside], s.options.runs)
    print("\n" + series.heading())
    for b in beside:
        print(series.row(f"{s.name} ({len(s.objects)})", "running kernel", samples["running"],
                         s.builders[b].label, samples[b]), flush=True)
        ratio = median(samples["running"], "wall") / median(samples[b], "wall")
        if round(ratio, 2) > 1:
            yield f"{s.name}: the running kernel takes {ratio:.2f} of the time of {b}"


def report_verdicts(options, name, objects):
    """The running kernel's answers, with as little code as possible and with skep's."""
    done = subprocess.run([COMPARE, tool(options, "load_run"), tool(options, "load_alone"),
                           *objects], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if not lines or "objects" not in lines[-1]:
        raise measure.Failed(f"{COMPARE}: status {done.returncode}\n{done.stderr[-500:]}")
    print(f"\n- {name}, each program alone on the running kernel: {lines[-1]}", flush=True)
    for line in lines[:-1]:
        print(f"  - {line}")
    if done.returncode:
        yield f"{name}: {len(lines) - 1} programs are not judged as each alone"


def ask(options, name, objects, out, deadline=DEADLINE):
    """Everything one kernel says of objects, and the seconds that took."""
    path = os.path.join(out, f"{name}.json")
    argv = [options.skep, "verify", "--emulate", "--no-cache", "-q", "--timeout", str(deadline),
            "-k", options.kernel, "--json", path, *objects]
    began = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode not in (0, 1) or not os.path.exists(path):
        raise measure.Failed(f"{name}: status {done.returncode}\n{done.stderr[-500:]}")
    with open(path, encoding="utf-8") as f:
        return json.load(f), took


def report_unmet(said, unprivileged):
    """Prints what a table of causes has room for; returns how many results were asked for and met."""
    asked = met = 0
    causes = collections.defaultdict(list)
    for row in said["programs"]:
        v = row["verdicts"][0]
        # Those of other architectures are not asked of this one.
        if row["unprivileged"] != unprivileged or v["verdict"] is None:
            continue
        asked += 1
        met += v["state"] == "passed"
        if v["state"] != "passed":
            name = os.path.basename(row["object"]).removesuffix(".bpf.o")
            causes[v["state"], v["why"]].append(f"{name}:{row['program']}")
    for (state, why), names in sorted(causes.items(), key=lambda c: -len(c[1])):
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        print(f"  - {len(names)} {state}: {why}: {', '.join(names[:8])}{more}")
    return asked, met


def report_expectations(options, objects, out):
    said, took = ask(options, "verifier tests", objects, out)
    kernel = said["kernels"][0]
    print(f"\n- {len(objects)} verifier tests on {kernel['release']}: {took:.0f} s", flush=True)
    for unprivileged, least in LEAST_MET.items():
        who = "without rights" if unprivileged else "with rights"
        asked, met = report_unmet(said, unprivileged)
        part = met / asked if asked else 0
        print(f"  - {who}: {met} of {asked} expectations met ({100 * part:.1f} %)", flush=True)
        if part < least:
            yield f"{who}: {100 * part:.1f} % of the expectations are met, at least " \
                  f"{100 * least:.1f} are promised"
    if kernel["trouble"]:
        yield f"verifier tests: {kernel['trouble']}"


def report_selftests(options, objects, out):
    said, took = ask(options, "selftests", objects, out)
    verdicts = [(row, row["verdicts"][0]) for row in said["programs"]]
    kinds = collections.Counter(v["verdict"] or "none" for _, v in verdicts)
    print(f"\n- {len(objects)} other selftests on {said['kernels'][0]['release']}: {took:.0f} s; "
          f"{len(verdicts)} programs: " +
          ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())), flush=True)
    for row, v in verdicts:
        if v["verdict"] in ("crashed", "timeout"):
            yield f"{os.path.basename(row['object'])}: {row['program']}: {v['verdict']}: " \
                  f"{v['said'][:200]}"
    if said["kernels"][0]["trouble"]:
        yield f"selftests: {said['kernels'][0]['trouble']}"


def build(options, p):
    """The objects of a project, by its programs' names."""
    subprocess.run([options.skep, "build", "-q", "-k", "-o", "out", "--clang", project.CLANG],
                   cwd=p.folder, check=False, stderr=subprocess.DEVNULL)
    found = [p.path("out", f"{q.name}.bpf.o") for q in p.programs]
    found = [path for path in found if os.path.exists(path)]
    if not found:
        raise measure.Failed(f"{p.name}: nothing was built")
    return found


def open_kernels(options):
    """Fetches those that are not there; returns lines that say which they are."""
    def listed():
        said = subprocess.run([options.skep, "kernel", "list"], capture_output=True, text=True,
                              check=True).stdout
        rows = [line.split() for line in said.splitlines()[1:]]
        return {row[0]: row[1] for row in rows if row[2:3] == [options.arch]}
    for kernel in (options.kernel, options.second):
        if kernel not in listed():
            subprocess.run([options.skep, "kernel", "fetch", kernel], check=True)
    return ", ".join(listed()[k] for k in (options.kernel, options.second))


def describe(options):
    lines = measure.describe_machine(options.skep, project.CLANG)
    qemu = measure.first_line([f"qemu-system-{options.arch}", "--version"])
    lines.append(f"- {qemu}, software emulation; kernels {open_kernels(options)}")
    if not options.peer:
        lines.append("- no veristat: the running kernel is compared with loading each program "
                     "alone only; --peer names one")
    return lines


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    project.add_arguments(parser, "perf-types")
    parser.add_argument("--kernel", default="6.12", help="(default: 6.12)")
    parser.add_argument("--second", default="6.1", metavar="KERNEL", help="asked at the same time "
                        "(default: 6.1)")
    parser.add_argument("--arch", default="x86_64", help="of the kernels (default: x86_64)")
    parser.add_argument("--harness", metavar="DIR", help="where load_run and load_alone are "
                        "(default: tests/harness beside SKEP)")
    parser.add_argument("--peer", metavar="FILE", default=shutil.which("veristat"),
                        help="a veristat (default: the one in PATH)")
    parser.add_argument("--boots", type=int, default=11, help="machines started (default: 11)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--part", action="append", choices=PARTS, help="only these (default: all)")
    series.add_arguments(parser)
    options = parser.parse_args()
    options.harness = os.path.abspath(options.harness or os.path.join(
        os.path.dirname(options.skep), "tests", "harness"))
    options.part = options.part or PARTS
    return options


def leave_out_slow(options, p, objects):
    """Those the verifier has an answer to; how long it takes to give up is no measurement."""
    said, _ = ask(options, p.name, objects, p.folder, SLOW)
    slow = {row["object"] for row in said["programs"] if row["verdicts"][0]["verdict"] == "timeout"}
    for path in sorted(slow):
        print(f"- {p.name}: {os.path.basename(path)} is left out: no answer in {SLOW} s")
    return [path for path in objects if path not in slow]


def measure_set(options, p, boot):
    """All that is measured of one corpus; yields what it breaks."""
    s = Set(options, p, leave_out_slow(options, p, build(options, p)), boot)
    for part, report in (("job", report_job), ("store", report_store),
                         ("kernels", report_kernels), ("running", report_running)):
        if part in options.part:
            s.say(part)
            yield from report(s)
    if "verdicts" in options.part:
        yield from report_verdicts(options, p.name, s.objects)
    print(f"\n- {p.name}: others took at most {s.noise * 100:.0f} % of the processors")


def check_selftests(options, work):
    """The kernel's own tests: what is said of them; yields what that breaks."""
    p = project.Project("selftests", os.path.join(options.cache, "selftests"),
                        os.path.join(work, "selftests"))
    p.write()
    print("bench: selftests: building", file=sys.stderr, flush=True)
    objects = build(options, p)
    tests = [path for path in objects if os.path.basename(path).startswith("verifier_")]
    if "verdicts" in options.part:
        yield from report_verdicts(options, p.name, objects)
    if "expectations" in options.part:
        yield from report_expectations(options, tests, p.folder)
    if "selftests" in options.part:
        yield from report_selftests(options, sorted({*objects} - {*tests}), p.folder)


def main():
    options, broken, boot = parse_arguments(), [], 0.0
    print("\n".join(describe(options)), flush=True)
    work = os.path.join(options.cache, "work-verify")
    shutil.rmtree(work, ignore_errors=True)
    for i, p in enumerate(project.open_projects(options, work)):
        if i == 0 and {"boot", "job"} & {*options.part}:
            smallest = min(build(options, p), key=os.path.getsize)
            boot, late = report_boot(options, smallest)
            broken += late
        broken += measure_set(options, p, boot)
    if {"verdicts", "expectations", "selftests"} & {*options.part}:
        broken += check_selftests(options, work)
    shutil.rmtree(work)
    return broken


if __name__ == "__main__":
    series.main(main)
