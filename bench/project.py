"""A folder of BPF programs, told to three builders: skep, make and ninja.

make and ninja get what projects write today: clang, llvm-strip -g and bpftool gen skeleton for each
program, bpftool gen object where several sources make one object, vmlinux.h from bpftool, and the
compiler's own dependency files. The Makefile is written as they write theirs; Makefile.lean does
the same in the same folder as fast as make can; Makefile.ccache is the first with ccache before
the compiler, in a folder of its own.
"""
import glob
import os
import platform
import shutil

CLANG = os.environ.get("CLANG", "clang-19")
STRIP = os.environ.get("LLVM_STRIP", "llvm-strip-19")
KERNEL_BTF = "/sys/kernel/btf/vmlinux"

ARCH = {"x86_64": "x86", "aarch64": "arm64", "ppc64le": "powerpc", "s390x": "s390"}


class Program:
    """One object: its name, whether it has a skeleton, its own flags, its sources."""

    def __init__(self, name, skeleton, flags, sources):
        self.name = name
        self.skeleton = skeleton
        self.flags = flags
        self.sources = sources


class Project:
    """A copy of a corpus in which everything happens, or the corpus itself in its own folder."""

    def __init__(self, name, corpus, folder):
        self.name = name
        self.folder = folder
        if corpus != folder:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(corpus, folder, symlinks=True, ignore=shutil.ignore_patterns("build"))
        self.listed = os.path.isfile(self.path("programs"))
        self.programs = self._read_programs() if self.listed else self._find_programs()
        self.flags = self._read("flags").split() if os.path.isfile(self.path("flags")) else []

    def _read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as f:
            return f.read()

    def _read_programs(self):
        result = []
        for line in self._read("programs").splitlines():
            name, kind, flags, sources = line.split("\t")
            result.append(Program(name, kind == "skeleton", flags.split(), sources.split()))
        return result

    def _find_programs(self):
        found = glob.glob("**/*.bpf.c", root_dir=self.folder, recursive=True)
        return [Program(os.path.basename(source).removesuffix(".bpf.c"), True, [], [source])
                for source in sorted(found)]

    def refused(self):
        """Sources that were left out of the list, with the reason."""
        if not self.listed:
            return {}
        lines = self._read("refused").splitlines()
        return dict(line.split(": ", maxsplit=1) for line in lines if ": clang: " in line)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def needs_types(self):
        """Whether vmlinux.h has to be made: no include directory of the project has one."""
        dirs = [flag[2:] for flag in self.flags if flag.startswith("-I")]
        return not any(os.path.exists(self.path(d, "vmlinux.h")) for d in dirs)

    def compile_flags(self, out):
        """The usual flags; `out` is where a generated vmlinux.h lies."""
        machine = platform.machine()
        flags = ["-g", "-O2", "-target", "bpf", "-mcpu=v3",
                 f"-D__TARGET_ARCH_{ARCH.get(machine, machine)}", *self.flags]
        if self.needs_types():
            flags.append(f"-I{out}")
        return [*flags, "-idirafter", f"/usr/include/{machine}-linux-gnu"]

    def write(self):
        """Writes skep.yaml (unless skep finds everything by itself), Makefile, build.ninja."""
        if self.listed:
            self._write_file("skep.yaml", manifest(self))
        self._write_file("Makefile", makefile(self, "out-make"))
        self._write_file("Makefile.ccache", makefile(self, "out-ccache", f"ccache {CLANG}"))
        self._write_file("Makefile.lean", lean_makefile(self, "out-make"))
        self._write_file("build.ninja", ninjafile(self, "out-ninja"))

    def _write_file(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)


def manifest(project):
    include = [flag[2:] for flag in project.flags if flag.startswith("-I")]
    cflags = [flag for flag in project.flags if not flag.startswith("-I")]
    lines = [f"include: [{', '.join(include)}]", f"cflags: [{', '.join(cflags)}]", "objects:"]
    for p in project.programs:
        lines.append(f"  - name: {p.name}")
        lines.append(f"    sources: [{', '.join(p.sources)}]")
        if p.flags:
            lines.append(f"    cflags: [{', '.join([*cflags, *p.flags])}]")
        if not p.skeleton:
            lines.append("    skeleton: false")
    return "\n".join(lines) + "\n"


def units(program, out):
    """(source, object) for each source."""
    if len(program.sources) == 1:
        return [(program.sources[0], f"{out}/{program.name}.bpf.o")]
    return [(source, f"{out}/units/{program.name}/{os.path.basename(source)}.o")
            for source in program.sources]


COMPILE = ["$(COMPILER) $(FLAGS) $(OWN) -MD -MF $@.d -c $< -o $@", f"{STRIP} -g $@"]
LINK = "bpftool gen object $@ $^"
SKELETON = "bpftool gen skeleton $< >$@"


def rule(target, needs, *recipe):
    return [f"{target}: {needs}", *("\t" + line for line in recipe)]


def makefile(project, out, compiler=CLANG):
    """As projects write it: pattern rules, one for each folder of sources."""
    lines = [f"COMPILER := {compiler}", f"FLAGS := {' '.join(project.compile_flags(out))}", "all:"]
    order = types_rule(project, out, lines)
    patterns, dirs, depfiles, goals = {}, {out}, [], []
    for p in project.programs:
        for source, obj in units(p, out):
            dirs.add(os.path.dirname(obj))
            depfiles.append(f"{obj}.d")
            if p.flags:
                lines.append(f"{obj}: OWN := {' '.join(p.flags)}")
            stem, suffix = split_source(source)
            if obj == f"{out}/{os.path.basename(stem)}.bpf.o":
                patterns[f"{out}/%.bpf.o", f"{os.path.dirname(stem) or '.'}/%{suffix}"] = True
            else:
                lines += rule(obj, source + order, *COMPILE)
        if len(p.sources) > 1:
            objects = " ".join(obj for _, obj in units(p, out))
            lines += rule(f"{out}/{p.name}.bpf.o", objects, LINK)
        goals.append(f"{out}/{p.name}.skel.h" if p.skeleton else f"{out}/{p.name}.bpf.o")
    for target, source in patterns:
        lines += rule(target, source + order, *COMPILE)
    lines += rule(f"{out}/%.skel.h", f"{out}/%.bpf.o", SKELETON)
    return "\n".join(lines + ending(dirs, goals, depfiles)) + "\n"


def lean_makefile(project, out):
    """Written for speed: nothing but explicit rules, and make's own are switched off."""
    lines = ["MAKEFLAGS += -rR", f"COMPILER := {CLANG}",
             f"FLAGS := {' '.join(project.compile_flags(out))}", "all:"]
    order = types_rule(project, out, lines)
    dirs, depfiles, goals = {out}, [], []
    for p in project.programs:
        for source, obj in units(p, out):
            if p.flags:
                lines.append(f"{obj}: OWN := {' '.join(p.flags)}")
            lines += rule(obj, source + order, *COMPILE)
            dirs.add(os.path.dirname(obj))
            depfiles.append(f"{obj}.d")
        if len(p.sources) > 1:
            objects = " ".join(obj for _, obj in units(p, out))
            lines += rule(f"{out}/{p.name}.bpf.o", objects, LINK)
        goals.append(f"{out}/{p.name}.skel.h" if p.skeleton else f"{out}/{p.name}.bpf.o")
        if p.skeleton:
            lines += rule(goals[-1], f"{out}/{p.name}.bpf.o", SKELETON)
    return "\n".join(lines + ending(dirs, goals, depfiles)) + "\n"


def split_source(source):
    suffix = ".bpf.c" if source.endswith(".bpf.c") else ".c"
    return source.removesuffix(suffix), suffix


def types_rule(project, out, lines):
    """Adds the rule that makes vmlinux.h; returns what compiling has to wait for."""
    if not project.needs_types():
        return ""
    lines += rule(f"{out}/vmlinux.h", KERNEL_BTF, "bpftool btf dump file $< format c >$@")
    return f" | {out}/vmlinux.h"


def ending(dirs, goals, depfiles):
    return [f"$(shell mkdir -p {' '.join(sorted(dirs))})", f"all: {' '.join(goals)}",
            ".DELETE_ON_ERROR:", ".SECONDARY:", f"-include {' '.join(depfiles)}"]


def ninjafile(project, out):
    lines = [
        f"flags = {' '.join(project.compile_flags(out))}",
        f"builddir = {out}",
        "rule compile",
        f"  command = {CLANG} $flags $own -MD -MF $out.d -c $in -o $out && {STRIP} -g $out",
        "  depfile = $out.d",
        "  deps = gcc",
        "rule link",
        "  command = bpftool gen object $out $in",
        "rule skeleton",
        "  command = bpftool gen skeleton $in >$out",
        "rule types",
        "  command = bpftool btf dump file $in format c >$out",
    ]
    order = ""
    if project.needs_types():
        order = f" || {out}/vmlinux.h"
        lines.append(f"build {out}/vmlinux.h: types {KERNEL_BTF}")
    for p in project.programs:
        for source, obj in units(p, out):
            lines.append(f"build {obj}: compile {source}{order}")
            if p.flags:
                lines.append(f"  own = {' '.join(p.flags)}")
        if len(p.sources) > 1:
            objects = " ".join(obj for _, obj in units(p, out))
            lines.append(f"build {out}/{p.name}.bpf.o: link {objects}")
        if p.skeleton:
            lines.append(f"build {out}/{p.name}.skel.h: skeleton {out}/{p.name}.bpf.o")
    return "\n".join(lines) + "\n"


def add_arguments(parser, *corpora):
    """What all scripts understand that open projects: where corpora are, and which."""
    parser.add_argument("--cache", default=os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "skep-bench"))
    if corpora:
        parser.add_argument("--corpus", action="append", help=f"default: {', '.join(corpora)}")
        parser.add_argument("--extra", action="append", default=[], metavar="NAME=DIR",
                            help="a folder of *.bpf.c files to look at as well")
        parser.set_defaults(corpora=corpora)
    parser.add_argument("skep", type=os.path.abspath)


def open_projects(options, work):
    """Copies of the corpora that were named, and of folders beside them, below `work`."""
    sources = {name: os.path.join(options.cache, name)
               for name in options.corpus or options.corpora}
    for word in options.extra:
        name, _, folder = word.partition("=")
        sources[name] = folder
    for name, folder in sources.items():
        project = Project(name, folder, os.path.join(work, name))
        project.write()
        yield project
