#!/usr/bin/env python3
"""Runs all tests and counts them: scripts/check.py [--jobs N] BUILD

What meson knows (unit tests, fuzz targets) runs through `meson test`; every tests/*/*.bats file
and every executable tests/*/run is a suite of its own, with SKEP naming the binary and BUILD its
folder. Nearly all speak TAP, so that every test case counts. What failed is shown with its output,
what was skipped with its reason. The last line is the sum; exit status 1 when anything failed.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys

# A suite that says nothing for this long hangs.
TIMEOUT_SECONDS = 900

RESULT = re.compile(r"^(not )?ok\b\s*\d*\s*(?:- )?(.*)$")
SKIP = re.compile(r"#\s*skip\S*\s*(.*)$", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)")


class Suite:
    """What one test program or file reported."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = []  # (test, output, number of tests)
        self.skipped = []  # (test, reason)

    def fail(self, test, output, count=1):
        self.failed.append((test, output, count))

    def count_failed(self):
        return sum(count for _, _, count in self.failed)

    def read_tap(self, text, status, errors=""):
        """Counts a TAP report. `status` is the program's exit status, None after a timeout."""
        planned, comments = None, []
        for line in text.splitlines():
            plan, result = PLAN.match(line), RESULT.match(line)
            if plan:
                planned = (planned or 0) + int(plan[1])
            elif result:
                # bats explains a failure after its line, so this list goes on growing.
                comments = self.read_result(result, comments)
            else:
                comments.append(line)
        seen = self.passed + len(self.failed) + len(self.skipped)
        how = f"ended by signal {-status}" if (status or 0) < 0 else f"exit status {status}"
        if status is None:
            self.fail("did not end", text + errors)
        elif planned is not None and seen < planned:
            lost = planned - seen
            self.fail(f"{lost} of {planned} tests did not run", f"{how}\n{errors}", lost)
        elif (status != 0 and not self.failed) or seen == 0 and planned is None:
            self.fail("the program as a whole", f"{how}\n{text}{errors}")

    def read_result(self, result, comments):
        """Counts one line, given those before it; returns the list for those after it."""
        test = result[2].strip()
        skip = SKIP.search(test)
        if skip:
            # bats: "ok 1 name # skip reason"; cmocka: "not ok 1 # SKIP name", the reason before.
            test, rest = test[: skip.start()].strip(), skip[1].strip()
            said = re.sub(r"^[# ]*(skip\w*:)? *", "", comments[-1]) if comments else ""
            self.skipped.append((test, rest) if test else (rest, said))
            return []
        if not result[1]:
            self.passed += 1
            return []
        explanation = []
        self.fail(test, explanation)
        return explanation


def run(command, env):
    """Exit status (None after a timeout), stdout, stderr."""
    try:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=TIMEOUT_SECONDS)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode(errors="replace"), f"after {TIMEOUT_SECONDS} s"


def read_meson_test(test):
    """One line of meson's log. A program that does not speak TAP counts as one test."""
    suite = Suite(test["name"].split(":", 1)[-1].replace(" / ", "/"))
    out, err = test.get("stdout") or "", test.get("stderr") or ""
    speaks_tap = any(PLAN.match(line) for line in out.splitlines())
    if not speaks_tap and test["result"] == "OK":
        suite.passed = 1
    elif not speaks_tap and test["result"] == "SKIP":
        said = (out + err).strip().splitlines()
        suite.skipped.append((suite.name, said[-1] if said else ""))
    else:
        suite.read_tap(out, None if test["result"] == "TIMEOUT" else test["returncode"], err)
    return suite


def run_meson_tests(build, jobs, env):
    """One suite per test program."""
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    status, out, err = run(["meson", "test", "-C", build, "--num-processes", str(jobs)], env)
    suites = []
    if os.path.exists(log):
        with open(log, encoding="utf-8") as lines:
            for test in map(json.loads, lines):
                suites.append(read_meson_test(test))
    if not suites:
        suite = Suite("unit")
        suite.fail("meson test did not run", f"exit status {status}\n{out}{err}")
        suites.append(suite)
    return suites


def run_suite(path, env):
    """One bats file or one executable that prints TAP."""
    suite = Suite(path[len("tests/"):])
    bats = ["bats", "--print-output-on-failure", "--formatter", "tap"]
    command = bats + [path] if path.endswith(".bats") else [path]
    status, out, err = run(command, env)
    suite.read_tap(out, status, err)
    return suite


def show(suite):
    text = f"{suite.name}: {suite.passed} passed"
    if suite.failed:
        text += f", {suite.count_failed()} FAILED"
    if suite.skipped:
        text += f", {len(suite.skipped)} skipped"
    print(text)
    for test, reason in suite.skipped:
        print(f"  skipped: {test}: {reason or 'no reason given'}")
    for test, output, _ in suite.failed:
        print(f"  FAILED: {test}")
        for line in output.splitlines() if isinstance(output, str) else output:
            print(f"    {line}")
    sys.stdout.flush()


def summarise(suites):
    passed = sum(s.passed for s in suites)
    failed = sum(s.count_failed() for s in suites)
    skipped = sum(len(s.skipped) for s in suites)
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("build")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    env = dict(os.environ, BUILD=build, SKEP=os.path.join(build, "skep"))

    suites = run_meson_tests(build, args.jobs, env)
    suites.sort(key=lambda suite: suite.name)
    for suite in suites:
        show(suite)
    paths = sorted(glob.glob("tests/*/*.bats") + glob.glob("tests/*/run"))
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for suite in pool.map(lambda path: run_suite(path, env), paths):
            show(suite)
            suites.append(suite)

    total, failed = summarise(suites)
    with open(os.path.join(build, "check-summary"), "w", encoding="utf-8") as out:
        out.write(total + "\n")
    print(total)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
