#!/usr/bin/env python3
"""Compares what skep build makes with what the usual rule makes: bench/equivalence.py [...] SKEP

For every program of the corpora: which of the two compiles it; the disassembly with relocations
(llvm-objdump -d -r); symbols; sections, those of DWARF apart; every byte of the other sections; BTF
as a set of types, whatever their numbers; function and line information and CO-RE relocations with
types and strings resolved; and what the skeletons offer. Counts what is the same and names what is
not; exit status 1 when anything differs.

All this is done with all of vmlinux.h on both sides: a slice leaves out types that nobody follows.
That slices change nothing else, skep build --check-types tells, which is run as well.
"""
import argparse
import collections
import concurrent.futures
import importlib.util
import os
import re
import shutil
import struct
import subprocess
import sys

import btf
import elf
import project

OBJDUMP = os.environ.get("LLVM_OBJDUMP", "llvm-objdump-19")
# CO-RE relocations whose instruction holds the number of a type of the object itself.
TYPE_ID_RELOS = (6, 7)
RELO_TYPE = re.compile(r"(?<=CO-RE )(<\w+>) \[\d+\]|(<anon) \d+>")
# Left out by skep on purpose: DWARF, and a hint to ELF linkers about symbols whose address matters,
# which no reader of BPF objects knows.
LEFT_OUT = re.compile(r"\.(rel\.?)?debug_|\.llvm_addrsig")
# Compared by content elsewhere.
INDEX_SECTIONS = (".symtab", ".strtab", ".shstrtab", ".BTF", ".BTF.ext")
TOPICS = ["reading", "disassembly", "symbols", "sections", "section contents", "relocations", "BTF types",
          "func_info", "line_info", "core_relo", "skeleton"]


def load_compare():
    """The comparison of skeletons that the tests use."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(here, "..", "tests", "skeleton", "compare.py")
    spec = importlib.util.spec_from_file_location("compare", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMPARE = load_compare()


class Side:
    """What one builder made of one program."""

    def __init__(self, folder, name, out):
        self.base = os.path.join(folder, out, name)
        self.folder = os.path.realpath(folder)
        self.elf = elf.Object(f"{self.base}.bpf.o")
        data = {name: self.elf.section(name) for name in (".BTF", ".BTF.ext")}
        self.btf = btf.Btf(data[".BTF"].data,
                           data[".BTF.ext"].data if data[".BTF.ext"] else None) \
            if data[".BTF"] else None

    def disassembly(self):
        """Lines by section."""
        done = subprocess.run([OBJDUMP, "-d", "-r", f"{self.base}.bpf.o"], capture_output=True,
                              text=True, check=True)
        parts = done.stdout.split("Disassembly of section ")[1:]
        # Numbers of types differ; what they stand for is compared with core_relo.
        result = {part.split(":")[0]: RELO_TYPE.sub(r"\1", part).split("\n") for part in parts}
        for section, instruction in self.numbered_types():
            start = f"{instruction // 8:8}:"
            result[section] = [line[:len(start)] + " the number of a type"
                               if line.startswith(start) else line for line in result[section]]
        return result

    def numbered_types(self):
        """Where instructions hold the number of the type that their relocation names."""
        for section, at, number, _, kind in self.btf.relos if self.btf else []:
            if kind in TYPE_ID_RELOS:
                if struct.unpack_from("<I", self.elf.section(section).data, at + 4)[0] == number:
                    yield section, at

    def symbols(self):
        return sorted(s for s in self.elf.symbols if not LEFT_OUT.match(s[1]))

    def sections(self):
        return sorted((s.name, s.type, s.flags, s.align) for s in self.elf.sections
                      if not LEFT_OUT.match(s.name))

    def contents(self):
        result = {s.name: bytearray(s.data) for s in self.elf.sections
                  if s.type not in (elf.SHT_REL, elf.SHT_RELA) and s.name not in INDEX_SECTIONS
                  and not LEFT_OUT.match(s.name)}
        for section, at in self.numbered_types():
            result[section][at + 4:at + 8] = bytes(4)
        return result

    def relocations(self):
        result = {s.name: self.elf.relocations(s) for s in self.elf.sections
                  if not LEFT_OUT.match(s.name) and s.name not in INDEX_SECTIONS}
        places = {".BTF": self.btf.places, ".BTF.ext": self.btf.ext_places} if self.btf else {}
        for name, place in places.items():
            # By what lies there, as places in BTF differ.
            section = self.elf.section(name)
            result[name] = sorted((place.get(at, ("unknown place", at)), *rest) for at, *rest in
                                  (self.elf.relocations(section) if section else []))
        return result

    def plain_name(self, name):
        """A file's name from the project's folder or else from the root: clang has whole paths."""
        return os.path.normpath(name).removeprefix(self.folder + "/").lstrip("/")

    def lines(self):
        return [(section, insn, self.plain_name(file), *rest)
                for section, insn, file, *rest in self.btf.lines()]

    def skeleton(self):
        path = f"{self.base}.skel.h"
        if not os.path.exists(path):
            return None
        with open(path, encoding="latin-1") as f:
            return COMPARE.model(COMPARE.split_bytes(f.read())[0])


def shorten(things):
    text = "; ".join(map(str, things))
    return f"{len(things)}: {text[:150]}{'...' if len(text) > 150 else ''}" if things else "nothing"


def list_difference(ours, theirs):
    """What only one of two lists has, in words; None when they are the same."""
    a, b = collections.Counter(ours), collections.Counter(theirs)
    only_ours, only_theirs = list((a - b).elements()), list((b - a).elements())
    if not only_ours and not only_theirs:
        return None if list(ours) == list(theirs) else "the same, in another order"
    return f"only skep: {shorten(only_ours)} | only the usual rule: {shorten(only_theirs)}"


def dict_difference(ours, theirs):
    """Of two maps of lists or bytes."""
    for key in sorted(ours.keys() | theirs.keys()):
        a, b = ours.get(key), theirs.get(key)
        if a is None or b is None:
            return f"{key}: only {'the usual rule' if a is None else 'skep'} has it"
        if a != b:
            return f"{key}: {list_difference(a, b)}"
    return None


def by_section(records):
    """The order of sections says nothing, that of the records in each does."""
    return sorted(records, key=lambda record: record[0])


def compare_types(ours, theirs):
    """Differences in BTF, by topic."""
    a, b = ours.btf, theirs.btf
    if not a or not b:
        yield "BTF types", None if a == b else "only one of them has BTF"
        return
    of_a, of_b = btf.classify(a, b)
    names = {c: a.describe(i) for i, c in enumerate(of_a)}
    names.update((c, b.describe(i)) for i, c in enumerate(of_b))
    name = names.__getitem__
    yield "BTF types", list_difference(sorted(map(name, of_a)), sorted(map(name, of_b))) or \
        (None if sorted(of_a) == sorted(of_b) else "the same in words, but not in all they reach")
    yield "func_info", list_difference(
        *(by_section((s, i, of[t]) for s, i, t in x.func_info) for x, of in ((a, of_a), (b, of_b))))
    yield "line_info", list_difference(by_section(ours.lines()), by_section(theirs.lines()))
    yield "core_relo", list_difference(
        *(by_section((s, i, of[t], x.string(path), kind) for s, i, t, path, kind in x.relos)
          for x, of in ((a, of_a), (b, of_b))))


def compare_program(folder, name):
    """(topic, difference or None) for all topics; only "reading" when one cannot be read."""
    try:
        return compare_sides(folder, name)
    except (OSError, ValueError, IndexError, TypeError, struct.error, elf.Malformed,
            subprocess.CalledProcessError) as error:
        return [("reading", f"{type(error).__name__}: {error}")]


def compare_sides(folder, name):
    ours, theirs = Side(folder, name, "out-skep"), Side(folder, name, "out-make")
    result = [
        ("disassembly", dict_difference(ours.disassembly(), theirs.disassembly())),
        ("symbols", list_difference(ours.symbols(), theirs.symbols())),
        ("sections", list_difference(ours.sections(), theirs.sections())),
        ("section contents", dict_difference(ours.contents(), theirs.contents())),
        ("relocations", dict_difference(ours.relocations(), theirs.relocations())),
        *compare_types(ours, theirs),
    ]
    a, b = ours.skeleton(), theirs.skeleton()
    if a and b:
        result.append(("skeleton", next(COMPARE.differences(b, a), None)))
    elif a or b:
        result.append(("skeleton", "only " + ("skep" if a else "bpftool") + " makes one"))
    return result


def build(options, p):
    """Builds with both, as far as it goes. Returns what each said, by source or output."""
    jobs = str(os.cpu_count())
    ours = subprocess.run([options.skep, "build", "-k", "-o", "out-skep", "--clang", project.CLANG,
                           "--full-types"], cwd=p.folder, capture_output=True, text=True, check=False)
    theirs = subprocess.run(["make", "-s", "-k", "-j", jobs, "all"], cwd=p.folder,
                            capture_output=True, text=True, check=False)
    with open(p.path("said.skep"), "w", encoding="utf-8") as f:
        f.write(ours.stdout + ours.stderr)
    with open(p.path("said.make"), "w", encoding="utf-8") as f:
        f.write(theirs.stdout + theirs.stderr)


def add_refused(p):
    """Lets both try what is known not to compile: they have to agree on that as well."""
    for source in p.refused():
        name = os.path.basename(source).removesuffix(".c")
        p.programs.append(project.Program(name, True, [], [source]))
    for program in p.programs:
        program.skeleton = True
    p.write()


def report_made(p, suffix, what):
    """Counts what both, one or none of them made; returns the number of disagreements."""
    made = {out: {q.name for q in p.programs
                  if os.path.exists(p.path(out, q.name + suffix))}
            for out in ("out-skep", "out-make")}
    ours, theirs = made["out-skep"], made["out-make"]
    both, none = ours & theirs, {q.name for q in p.programs} - ours - theirs
    print(f"- {what}: {len(both)} made by both, {len(none)} by neither, "
          f"{len(ours - theirs)} by skep alone, {len(theirs - ours)} by the usual rule alone")
    for names, who in ((none, "neither"), (ours - theirs, "skep alone"),
                       (theirs - ours, "the usual rule alone")):
        if names:
            print(f"  - {who}: {', '.join(sorted(names))}")
    return len(ours ^ theirs), both


def compare_project(options, p):
    add_refused(p)
    build(options, p)
    print(f"\n## {p.name}: {len(p.programs)} objects\n")
    disagreements, both = report_made(p, ".bpf.o", "objects")
    disagreements += report_made(p, ".skel.h", "skeletons")[0]
    found = {topic: [] for topic in TOPICS}
    counts = collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        names = sorted(both)
        for name, result in zip(names, pool.map(compare_program, [p.folder] * len(names), names,
                                                chunksize=8)):
            for topic, difference in result:
                counts[topic] += 1
                if difference:
                    found[topic].append((name, difference))
    print("\n| compared | same | different |\n|---|--:|--:|")
    for topic in filter(counts.get, TOPICS):
        print(f"| {topic} | {counts[topic] - len(found[topic])} | {len(found[topic])} |")
    print()
    for topic in TOPICS:
        for name, difference in found[topic][:options.show]:
            print(f"- {name}: {topic}: {difference}")
        if len(found[topic]) > options.show:
            print(f"- {topic}: {len(found[topic]) - options.show} more")
    return disagreements + sum(map(len, found.values()))


def check_itself(options, p, check, word):
    """Has skep compare what both can build with what it makes in another way."""
    done = subprocess.run([options.skep, "build", "-o", "out-skep", "--clang", project.CLANG, check],
                          cwd=p.folder, capture_output=True, text=True, check=False)
    words = (done.stdout + done.stderr).strip().split("\n")
    lines = [w for w in words if word in w][-options.show:]
    print("\n" + "\n".join(f"- {line}" for line in lines or words[-3:]))
    return int(done.returncode != 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    project.add_arguments(parser, "perf", "perf-types", "selftests")
    parser.add_argument("--show", type=int, default=10, help="differences to name for each topic")
    parser.add_argument("--no-reproducible", action="store_true",
                        help="leave out skep build --check-reproducible")
    parser.add_argument("--keep", action="store_true", help="keep what was built")
    options = parser.parse_args()
    work, wrong = os.path.join(options.cache, "work-equivalence"), 0
    for p in project.open_projects(options, work):
        good = list(p.programs), [q.skeleton for q in p.programs]
        wrong += compare_project(options, p)
        p.programs = good[0]
        for q, skeleton in zip(*good):
            q.skeleton = skeleton
        p.write()
        wrong += check_itself(options, p, "--check-types", "types:")
        if not options.no_reproducible:
            wrong += check_itself(options, p, "--check-reproducible", "reproducible")
        if not options.keep:
            shutil.rmtree(p.folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
