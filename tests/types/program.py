"""The text of one random program, and what its features are put together from."""
import os

from kernel_types import btf

# A global variable or map value above this is refused, or makes objects large.
LARGE = 16384


class Barren(Exception):
    """The chosen struct has nothing to read: the feature is left out."""


class Program:
    """The text of one program: its include, what stands outside of functions, and statements."""

    def __init__(self, kernel, r, name):
        self.kernel = kernel
        self.r = r
        self.name = name
        self.include, self.globals, self.body = [], [], []
        self.numbers = 0
        self.defined = set()

    def try_feature(self, method):
        parts = self.include, self.globals, self.body
        before = [len(part) for part in parts]
        try:
            method(self)
        except Barren:
            for part, length in zip(parts, before):
                del part[length:]

    def fresh(self, what):
        self.numbers += 1
        return f"gen_{what}{self.numbers}"

    def struct(self, small=False):
        while True:
            t = self.r.choice(self.kernel.structs)
            if not small or t.own[4] <= LARGE:
                return t

    def record(self):
        return self.r.choice(self.kernel.records)

    def pointer(self, record):
        """A new local variable that points to a record."""
        name = self.fresh("p")
        self.body.append(f"{self.kernel.spell(record)} *{name} = gen_base;")
        return name

    def add(self, expression):
        self.body.append(f"gen_sum += (u64)({expression});")

    def path(self, hops=3, record=None, plain=False):
        """(record, a path to a scalar in it); the record is random when none is given."""
        for _ in range(20):
            start = record or self.record()
            path = self.kernel.scalar_path(self.r, start, hops)
            if path and not (plain and path.bits):
                return start, path
        raise Barren

    def plain_path(self, hops=3, record=None):
        """As path(), and not to a bit-field."""
        return self.path(hops, record, plain=True)

    def zero(self, number):
        return "(void *)0" if self.kernel.strip(number).kind == btf.PTR else "0"

    def cut(self, name):
        """A name in two parts, both of which are tokens that ## can join."""
        at = self.r.randrange(1, len(name)) if len(name) > 1 else 1
        return name[:at], name[at:]

    def text(self):
        body = "".join(f"\t{line}\n" for line in self.body)
        return (f'#include "vmlinux.h"\n#include <bpf/bpf_helpers.h>\n'
                '#include <bpf/bpf_tracing.h>\n'
                f'#include <bpf/bpf_core_read.h>\n#include "{self.name}.h"\n\n'
                + "".join(f"{text}\n\n" for text in self.globals)
                + 'SEC("raw_tp/sys_enter")\nint gen_main(void *ctx)\n{\n'
                "\tvoid *gen_base = (void *)bpf_get_current_task();\n"
                "\tu64 gen_sum = 0;\n\tu32 gen_key = 0;\n\n"
                + body + "\treturn gen_sum + gen_key + !gen_base;\n}\n\n"
                'char LICENSE[] SEC("license") = "GPL";\n')

    def write(self, folder):
        with open(os.path.join(folder, f"{self.name}.bpf.c"), "w", encoding="utf-8") as f:
            f.write(self.text())
        with open(os.path.join(folder, f"{self.name}.h"), "w", encoding="utf-8") as f:
            f.write("".join(f"{text}\n\n" for text in self.include))
