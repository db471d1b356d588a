#!/usr/bin/env python3
"""Asks the running kernel about programs built with slices and with all of vmlinux.h.

usage: bench/verdicts.py [--cache DIR] [--corpus NAME] [--extra NAME=DIR] SKEP

Builds the corpora both ways and loads every program of every object, one at a time, with libbpf.
Nothing is attached. What the kernel says of a program has to be the same; every difference is
named, and the exit status is 1 then. Objects of several sources are also linked both ways: what
loads with `link: elf` has to load with `link: lto`. Needs the rights to load programs.
"""
import argparse
import ast
import collections
import concurrent.futures
import ctypes
import os
import subprocess
import sys

import project

SECONDS = 60


class Libbpf:
    """The few functions of libbpf that loading one program needs."""

    def __init__(self):
        self.lib = ctypes.CDLL("libbpf.so.1", use_errno=True)
        for name in ("bpf_object__open_file", "bpf_object__next_program", "bpf_program__name"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.lib.libbpf_set_print(None)

    def programs(self, obj):
        program = None
        while program := self.lib.bpf_object__next_program(ctypes.c_void_p(obj),
                                                           ctypes.c_void_p(program)):
            yield program

    def name(self, program):
        return ctypes.string_at(self.lib.bpf_program__name(ctypes.c_void_p(program))).decode()

    def verdicts(self, path):
        """(program, errno of loading it alone) for each; of the object if that cannot be opened."""
        count, result = 1, []
        while len(result) < count:
            obj = self.lib.bpf_object__open_file(path.encode(), None)
            if not obj:
                return [("(open)", ctypes.get_errno())]
            programs = list(self.programs(obj))
            count = len(programs)
            if not programs:
                self.lib.bpf_object__close(ctypes.c_void_p(obj))
                return [("(none)", 0)]
            wanted = programs[len(result)]
            for program in programs:
                self.lib.bpf_program__set_autoload(ctypes.c_void_p(program), program == wanted)
            result.append((self.name(wanted), self.lib.bpf_object__load(ctypes.c_void_p(obj))))
            self.lib.bpf_object__close(ctypes.c_void_p(obj))
        return result


def ask(path):
    """The verdicts of one object, asked for in a process of its own: objects may crash readers."""
    code = f"import verdicts; print(verdicts.Libbpf().verdicts({path!r}))"
    try:
        done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True,
                              timeout=SECONDS, check=False, cwd=os.path.dirname(__file__) or ".")
    except subprocess.TimeoutExpired:
        return "it took too long"
    return done.stdout.strip() or f"status {done.returncode}"


def build(options, p, out, *flags):
    subprocess.run([options.skep, "build", "-q", "-k", "-o", out, "--clang", project.CLANG, *flags],
                   cwd=p.folder, check=False)
    return {q.name: p.path(out, f"{q.name}.bpf.o") for q in p.programs
            if os.path.exists(p.path(out, f"{q.name}.bpf.o"))}


def compare(options, p):
    ours, theirs = build(options, p, "out-slice"), build(options, p, "out-whole", "--full-types")
    wrong, counts = sorted(ours.keys() ^ theirs.keys()), collections.Counter()
    names = sorted(ours.keys() & theirs.keys())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        a, b = (list(pool.map(ask, [of[n] for n in names])) for of in (ours, theirs))
    for name, x, y in zip(names, a, b):
        if x != y:
            wrong.append(name)
            print(f"- {name}: with a slice {x}, with the whole header {y}")
        if x.startswith("["):
            counts.update("loads" if status == 0 else "is refused" for _, status in ast.literal_eval(x))
    print(f"- {p.name}: {len(names)} objects; of their programs {counts['loads']} load and "
          f"{counts['is refused']} are refused, {len(wrong)} objects differ", flush=True)
    return len(wrong)


def loaded(answer):
    """Of what `ask` said: the programs that load; none when the object cannot be opened."""
    verdicts = ast.literal_eval(answer) if answer.startswith("[") else []
    return {name for name, status in verdicts if status == 0}


def compare_linking(options, p):
    """Links objects of several sources with libbpf's linker and with LLVM."""
    p.programs = [q for q in p.programs if len(q.sources) > 1]
    if not p.programs:
        return 0
    p.write()
    elf = build(options, p, "out-elf")
    with open(p.path("skep.yaml"), "a", encoding="utf-8") as f:
        f.write("link: lto\n")
    lto = build(options, p, "out-lto")
    wrong, counts = sorted(elf.keys() - lto.keys()), collections.Counter()
    for name in sorted(elf.keys() & lto.keys()):
        before, after = loaded(ask(elf[name])), loaded(ask(lto[name]))
        counts.update(elf=len(before), lto=len(after))
        if before - after:
            wrong.append(name)
            print(f"- {name}: loads with link: elf, and not with lto: {sorted(before - after)}")
    print(f"- {p.name}: {len(elf)} objects of several sources; {counts['elf']} programs load with "
          f"link: elf and {counts['lto']} with lto, {len(wrong)} objects are worse", flush=True)
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    project.add_arguments(parser, "perf-types", "selftests")
    options = parser.parse_args()
    work = os.path.join(options.cache, "work-verdicts")
    wrong = 0
    for p in project.open_projects(options, work):
        wrong += compare(options, p)
        wrong += compare_linking(options, p)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
