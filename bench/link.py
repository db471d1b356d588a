#!/usr/bin/env python3
"""Measures skep link beside bpf-linker: bench/link.py [OPTION...] SKEP

Links a Rust program with all of libcore, and a single small C module, without and with BTF. Both
linkers get the same files, the same options and the same libLLVM, in the same run, one after the
other in alternating order; all times are medians. Memory is that of the largest process. Then how
long it takes from the start until skep has found out which libLLVM fits and loaded it, beside a
program that does nothing but dlopen the same one. Prints Markdown.

The Rust inputs are what rustc gives its linker, made once from tests/link/rust and kept: with
libcore as one unit of code generation, and as sixteen. That takes Debian's rustc-web, cargo-web and
rust-web-src.

bpf-linker has to be linked with the libLLVM that reads what rustc wrote: 22, for Debian's rustc.
With llvm-22-dev installed, this brings one to where it is found without being named:

    LLVM_PREFIX=/usr/lib/llvm-22 cargo install bpf-linker --no-default-features \\
      --features llvm-22 --root ~/.cache/skep-bench/bpf-linker

Without it skep link --link-all takes its place, which links as much as bpf-linker does.
"""
import argparse
import hashlib
import os
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

# What the project promises: to bpf-linker's wall time and memory, and seconds.
MOST_RUST, MOST_RUST_MEMORY, MOST_C, MOST_OPEN = 0.33, 0.7, 1.0, 0.005
# A small module takes a few ticks of the clock, and the machine is noisy: so many times as many
# runs of it.
SMALL = 8

HERE = os.path.dirname(os.path.abspath(__file__))
CRATES = os.path.join(HERE, "..", "tests", "link", "rust")
LIBRARY = "/usr/lib/rustlib/src/rust/library"
RUSTC, CARGO = "/usr/bin/rustc", "/usr/bin/cargo"
UNITS = (1, 16)

CARGO_CONFIG = f"""[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "{LIBRARY}/vendor"
"""

# What rustc calls to link: keeps the files, and the command with the files that were kept.
RECORDER = """#!/bin/bash
set -e
for word; do
  case $word in
    *.o | *.rlib | */symbols)
      if [ -e "$word" ]; then
        cp "$word" "$KEEP/"
        word=$KEEP/${word##*/}
      fi ;;
  esac
  if [ "$last" = -o ]; then
    : >"$word"
    word=OUTPUT
  fi
  last=$word
  printf '%s\\n' "$word"
done >"$KEEP/command"
"""

C_MODULE = """#define SEC(name) __attribute__((section(name), used))

struct {
	int (*type)[1];
	int (*max_entries)[64];
	unsigned *key;
	unsigned long *value;
} counts SEC(".maps");

static void *(*lookup)(void *map, const void *key) = (void *)1;

SEC("socket") int count(void *ctx)
{
	unsigned key = *(unsigned *)ctx & 63;
	unsigned long *value = lookup(&counts, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
"""


class Case:
    """Something to link: the words of a linker's command without the output."""

    def __init__(self, name, words, is_rust):
        self.name = name
        self.words = words
        self.is_rust = is_rust


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def stamp():
    """What the kept inputs depend on."""
    digest = hashlib.sha256()
    for tool in (RUSTC, project.CLANG):
        digest.update(measure.first_line([tool, "--version"]).encode())
    names = [os.path.join(folder, name) for folder, _, found in os.walk(CRATES) for name in found]
    for name in [__file__, *sorted(names)]:
        with open(name, "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()


def make_rust(folder, units):
    """Builds the crates, with all of libcore in so many units, and keeps what the linker got."""
    keep, source = os.path.join(folder, f"rust-{units}"), os.path.join(folder, "source")
    os.makedirs(keep)
    shutil.copytree(CRATES, source)
    os.makedirs(os.path.join(source, ".cargo"))
    write(os.path.join(source, ".cargo", "config.toml"), CARGO_CONFIG)
    recorder = os.path.join(source, "bpf-linker")
    write(recorder, RECORDER, 0o755)
    env = {**os.environ, "RUSTC_BOOTSTRAP": "1", "RUSTC": RUSTC, "KEEP": keep,
           "CARGO_HOME": os.path.join(folder, "cargo"), "CARGO_TARGET_DIR":
           os.path.join(source, "target"), "RUSTFLAGS": f"-C linker={recorder}",
           "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": str(units)}
    subprocess.run(["nice", "-n", "19", CARGO, "build", "--quiet", "--offline", "--release",
                    "--target=bpfel-unknown-none", "-Z", "build-std=core"], cwd=source, env=env,
                   check=True)
    shutil.rmtree(source)


def make_c(folder):
    write(os.path.join(folder, "count.c"), C_MODULE)
    subprocess.run([project.CLANG, "-target", "bpf", "-O2", "-g", "-emit-llvm", "-c", "count.c",
                    "-o", "count.bc"], cwd=folder, check=True)


def has_rust():
    return os.access(RUSTC, os.X_OK) and os.access(CARGO, os.X_OK) and os.path.isdir(LIBRARY)


def open_inputs(options):
    """The kept inputs' folder; they are made anew when what they depend on has changed."""
    folder, mark = os.path.join(options.cache, "link"), stamp()
    done = os.path.join(folder, "stamp")
    if os.path.exists(done):
        with open(done, encoding="ascii") as f:
            if f.read() == mark:
                return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    make_c(folder)
    for units in UNITS if has_rust() else ():
        print(f"bench: link: building libcore in {units} units, once", file=sys.stderr, flush=True)
        make_rust(folder, units)
    shutil.rmtree(os.path.join(folder, "cargo"), ignore_errors=True)
    write(done, mark)
    return folder


def read_cases(folder):
    """All that is linked, by name."""
    result = {"c": Case("one C module", ["--export", "count,LICENSE,counts",
                                         os.path.join(folder, "count.bc")], False)}
    for units in UNITS:
        keep = os.path.join(folder, f"rust-{units}")
        if os.path.exists(keep):
            with open(os.path.join(keep, "command"), encoding="utf-8") as f:
                words = f.read().splitlines()
            at = words.index("-o")
            name = f"Rust, libcore in {units} unit{'s' * (units > 1)}"
            result[f"rust{units}"] = Case(name, words[:at] + words[at + 2:], True)
    return result


def find_peer(options):
    """A bpf-linker that is not skep, or None."""
    own = os.path.join(options.cache, "bpf-linker", "bin", "bpf-linker")
    for path in (options.peer, own, shutil.which("bpf-linker")):
        if path and os.access(path, os.X_OK) and "skep" not in measure.first_line(
                [path, "--version"]):
            return os.path.abspath(path)
    return None


def chosen_library(skep, case, folder):
    """The libLLVM that skep link takes by itself."""
    done = subprocess.run([skep, "link", *case.words, "--log-level", "info", "-o",
                           os.path.join(folder, "out")], capture_output=True, text=True,
                          check=False)
    found = re.search(r"^info: LLVM \d+: (\S+)", done.stderr, re.MULTILINE)
    if done.returncode or not found:
        raise measure.Failed(f"{case.name}: status {done.returncode}\n{done.stderr[-500:]}")
    return os.path.realpath(found.group(1))


def linked_library(peer):
    """The libLLVM that the peer is linked with."""
    said = subprocess.run(["ldd", peer], capture_output=True, text=True, check=True).stdout
    found = re.search(r"libLLVM\S* => (\S+)", said)
    if not found:
        raise measure.Failed(f"{peer} is linked with no shared libLLVM, so skep link cannot be "
                             "measured with the same one")
    return os.path.realpath(found.group(1))


class Bench(Series):
    """All cases, each with the two linkers."""

    def __init__(self, options, folder, peer):
        self.cases = read_cases(folder)
        self.peer = "bpf-linker" if peer else "--link-all"
        self.chosen = {key: chosen_library(options.skep, case, folder)
                       for key, case in self.cases.items()}
        # The peer has one LLVM for everything.
        self.library = linked_library(peer) if peer else None
        builders = {}
        for key, case in self.cases.items():
            ours = [options.skep, "link", *case.words]
            theirs = [peer, *case.words] if peer else [*ours, "--link-all"]
            if peer and self.chosen[key] != self.library:
                ours += ["--llvm", self.library]
            for btf in (False, True):
                for label, argv in (("skep", ours), (self.peer, theirs)):
                    out = os.path.join(folder, f"out-{label.strip('-')}")
                    words = [*argv, *["--btf"] * btf, "-o", out]
                    builders[key, btf, label] = Builder(label, words, folder)
        super().__init__(options, "link", builders, os.path.join(folder, "log"))
        self.folder = folder
        self.open_command = [options.skep, "link", "--log-level", "info", "-o",
                             os.path.join(folder, "out")]

    def memory(self, builder):
        """Bytes that the largest process of a command had: skep links in a child process."""
        b = self.builders[builder]
        child = subprocess.Popen(b.argv, cwd=b.cwd, stdin=subprocess.DEVNULL, stdout=self.log,
                                 stderr=self.log)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        measure.check(child.returncode, b.argv, self.log)
        return usage.ru_maxrss * 1024

    def measure(self, key, btf):
        """Samples and bytes of memory by linker."""
        pair = [(key, btf, "skep"), (key, btf, self.peer)]
        self.say(f"{self.cases[key].name}{', BTF' * btf}")
        for builder in pair:
            self.run_once(builder)
        runs = self.options.runs * (1 if self.cases[key].is_rust else SMALL)
        samples = self.series(pair, runs)
        memory = {b: statistics.median(self.memory(b) for _ in range(3)) for b in pair}
        return [(samples[b], memory[b]) for b in pair]

    def seconds_to_line(self, argv):
        """From the start of a command to its line that says LLVM is loaded; it goes on then."""
        if self.options.wait > 0:
            self.options.wait = measure.wait_until_quiet(self.options.noise, self.options.wait)
        began = time.perf_counter()
        with subprocess.Popen(argv, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
            took = None
            for line in child.stderr:
                if took is None and line.startswith((b"LLVM", b"info: LLVM")):
                    took = time.perf_counter() - began
        if child.returncode or took is None:
            raise measure.Failed(f"{' '.join(argv)}: status {child.returncode}")
        return took

    def measure_open(self, key):
        """Seconds until the library is loaded: by skep link, and by what does nothing else."""
        self.say(f"loading libLLVM, {self.cases[key].name}")
        bare = os.path.join(self.folder, "link_open")
        subprocess.run(["cc", "-O2", os.path.join(HERE, "link_open.c"), "-o", bare], check=True)
        commands = ([*self.open_command, *self.cases[key].words], [bare, self.chosen[key]])
        took = ([], [])
        for i in range(self.options.runs * SMALL):
            for which in (0, 1) if i % 2 == 0 else (1, 0):
                took[which].append(self.seconds_to_line(commands[which]))
        return [statistics.median(t) for t in took]


def row(bench, key, btf, results):
    """A line of the table, and what it breaks of what was promised."""
    case, (ours, theirs) = bench.cases[key], results
    wall = median(ours[0], "wall") / median(theirs[0], "wall")
    cpu = median(ours[0], "cpu") / median(theirs[0], "cpu")
    memory = ours[1] / theirs[1]
    print(f"| {case.name} | {'yes' if btf else 'no'} | {len(ours[0])} | " + " | ".join(
        f"{series.seconds(median(ours[0], kind))} | {series.seconds(median(theirs[0], kind))} "
        f"| {ratio:.2f}" for kind, ratio in (("wall", wall), ("cpu", cpu))) +
        f" | {ours[1] / 2**20:.1f} MiB | {theirs[1] / 2**20:.1f} MiB | {memory:.2f} |", flush=True)
    what = f"{case.name}{', BTF' * btf}"
    most = MOST_RUST if case.is_rust else MOST_C
    # As printed: of equals either may come first.
    if round(wall, 2) > most:
        yield f"{what}: {wall:.2f} of {bench.peer}'s time, at most {most:.2f} is promised"
    if case.is_rust and memory > MOST_RUST_MEMORY:
        yield f"{what}: {memory:.2f} of {bench.peer}'s memory, at most {MOST_RUST_MEMORY} is " \
              "promised"


def describe(options, peer, bench):
    """What is measured, and what is missing, aloud."""
    lines = measure.describe_machine(options.skep, project.CLANG)
    versions = [measure.first_line([peer, "--version"]) if peer else "no bpf-linker",
                measure.first_line([RUSTC, "--version"]) if has_rust() else "no rustc-web"]
    lines.append(f"- {'; '.join(versions)}; both linkers with "
                 f"{', '.join({bench.library} if peer else sorted({*bench.chosen.values()}))}")
    if not peer:
        lines.append("- bpf-linker is not installed: compared with skep link --link-all instead; "
                     "bench/link.py --help says how to get it")
    if not has_rust():
        lines.append("- rustc-web, cargo-web and rust-web-src are not installed: no Rust program "
                     "was linked")
    return lines


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    project.add_arguments(parser)
    parser.add_argument("--peer", metavar="FILE", help="a bpf-linker (default: the one in the "
                        "cache, or in PATH)")
    parser.add_argument("--runs", type=int, default=15, help="runs of each (default: 15)")
    series.add_arguments(parser)
    return parser.parse_args()


def main():
    options = parse_arguments()
    os.environ.pop("SKEP_LLVM", None)
    folder, peer = open_inputs(options), find_peer(options)
    bench, broken = Bench(options, folder, peer), []
    print("\n".join(describe(options, peer, bench)))
    kinds = " | ".join(f"skep{kind} | {bench.peer} | ratio" for kind in ("", ", CPU", ", memory"))
    print(f"\n| inputs | BTF | runs | {kinds} |\n|---|---|--:|{'--:|--:|--:|' * 3}")
    for key in bench.cases:
        for btf in (False, True):
            broken += row(bench, key, btf, bench.measure(key, btf))
    print("\n| from the start to a loaded libLLVM | library | skep link | dlopen alone | more |\n"
          "|---|---|--:|--:|--:|")
    for key, case in bench.cases.items():
        ours, bare = bench.measure_open(key)
        more, name = (ours - bare) * 1000, os.path.basename(bench.chosen[key])
        print(f"| {case.name} | {name} | {series.seconds(ours)} | {series.seconds(bare)} "
              f"| {more:.1f} ms |", flush=True)
        if ours - bare > MOST_OPEN:
            broken.append(f"{case.name}: libLLVM is loaded {more:.1f} ms later than by dlopen "
                          f"alone, at most {MOST_OPEN * 1000:.0f} are promised")
    print(f"\n- others took at most {bench.noise * 100:.0f} % of the processors")
    return broken


if __name__ == "__main__":
    series.main(main)
