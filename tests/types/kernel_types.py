"""The types of a kernel as a program can name them: BTF, and the header that was made from it."""
import importlib.util
import os
import re


def load_btf_reader():
    """The reader that the benchmarks use."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(here, "..", "..", "bench", "btf.py")
    spec = importlib.util.spec_from_file_location("btf", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


btf = load_btf_reader()
KEYWORD = {btf.STRUCT: "struct", btf.UNION: "union", btf.ENUM: "enum", btf.ENUM64: "enum"}
TRANSPARENT = (btf.TYPEDEF, btf.CONST, btf.VOLATILE, btf.RESTRICT, btf.TYPE_TAG)
SCALAR = (btf.INT, btf.ENUM, btf.ENUM64, btf.PTR)


class Path:
    """
    A way from a struct to one of its members, or further through pointers: the text between the
    pointers, and where it ends.
    """

    def __init__(self, parts, end, bits):
        self.parts = parts
        self.end = end
        self.bits = bits

    def direct(self, pointer):
        return "->".join([pointer, *self.parts])

    def accessors(self):
        """As BPF_CORE_READ() wants them."""
        return ", ".join(self.parts)


class Kernel:
    """What can be named, by kind; lists are in the order of the BTF, so that choices repeat."""

    def __init__(self, data, header):
        self.types = btf.Btf(data).types
        defined = set(re.findall(r"^(?:struct|union|enum) (\w+) \{", header, re.M))
        declared = set(re.findall(r"^struct (\w+);", header, re.M))
        typedefs = set(re.findall(r"^typedef .*?\b(\w+)(?:\[\d+\])*;$", header, re.M))
        typedefs |= set(re.findall(r"^typedef .*?\(\*?(\w+)\)\(", header, re.M))
        typedefs |= set(re.findall(r"^\}.* (\w+);$", header, re.M))
        enumerators = set(re.findall(r"^\t(\w+) = ", header, re.M))
        externs = set(re.findall(r"^extern [^(]*?\b(\w+)\(", header, re.M))
        self.forward = sorted(declared - defined)

        seen = {}
        for t in self.types:
            if t.name:
                seen.setdefault((KEYWORD.get(t.kind, t.kind), t.name), []).append(t)
        known = [found[0] for found in seen.values() if len(found) == 1]
        self.records = [t for t in known if t.kind in (btf.STRUCT, btf.UNION)
                        and t.name in defined and t.refs]
        self.typedefs = [t for t in known if t.kind == btf.TYPEDEF and t.name in typedefs]
        self.structs = [t for t in self.records if t.kind == btf.STRUCT]
        self.by_tag = {t.name: t for t in self.records}
        self._find_enumerators(enumerators, {id(t) for t in known if t.name in defined})
        kfuncs = {id(self.types[t.refs[0]]) for t in self.types
                  if t.kind == btf.DECL_TAG and t.name == "bpf_kfunc"}
        self.kfuncs = [t for t in known if id(t) in kfuncs and t.name in externs
                       and self._callable(t)]
        self.with_bits = [t for t in self.structs if any(bits for _, _, bits in self.fields(t))]
        self.callbacks = [t for t in self.structs if t.name.endswith("_ops")
                          and self.function_members(t)]

    def _find_enumerators(self, printed, known):
        """Sorts enumerators that exist once: those of enums with a name, and those without."""
        times = {}
        enums = [t for t in self.types if t.kind in (btf.ENUM, btf.ENUM64)]
        for t in enums:
            for value in t.own[5]:
                times[value[0]] = times.get(value[0], 0) + 1
        self.enums, self.loose = [], []
        for t in enums:
            values = [v for v in t.own[5] if times[v[0]] == 1 and v[0] in printed]
            if values and t.name and id(t) in known:
                self.enums.append((t, values))
            elif values and not t.name:
                self.loose += values

    def strip(self, number):
        """The type behind typedefs, qualifiers and tags."""
        t = self.types[number]
        while t.kind in TRANSPARENT:
            t = self.types[t.refs[0]]
        return t

    def _callable(self, func):
        """Few enough arguments for BPF, all of which a plain zero can stand for."""
        proto = self.types[func.refs[0]]
        return len(proto.refs) <= 6 and self.takes_zeros(proto)

    def takes_zeros(self, proto):
        return all(r and self.strip(r).kind in SCALAR for r in proto.refs[1:])

    def pointee(self, number):
        """What a pointer points to, or None when it is none."""
        t = self.strip(number)
        return self.strip(t.refs[0]) if t.kind == btf.PTR else None

    def fields(self, record):
        """(name, number of the type, width of a bit-field or 0), nameless structs opened."""
        flag, members = record.own[2], record.own[5]
        for (name, offset), number in zip(members, record.refs):
            if name:
                yield name, number, offset >> 24 if flag else 0
            elif self.strip(number).kind in (btf.STRUCT, btf.UNION):
                yield from self.fields(self.strip(number))

    def function_members(self, record):
        """Members that point to functions."""
        return [name for name, number, _ in self.fields(record)
                if self.strip(number).kind == btf.PTR
                and self.strip(self.strip(number).refs[0]).kind == btf.PROTO]

    def _step(self, r, number, text):
        """Follows arrays: (text with indices, the type of what they lead to)."""
        t = self.strip(number)
        while t.kind == btf.ARRAY:
            text += f"[{r.randrange(min(max(t.own[4], 1), 8))}]"
            t = self.strip(t.refs[0])
        return text, t

    def walk(self, r, record, hops):
        """A random path through up to `hops` pointers."""
        parts, text = [], ""
        while True:
            fields = list(self.fields(record))
            if not fields:
                return Path(parts + [text], record, 0) if text else None
            leading = [f for f in fields if self._leads_on(f[1])]
            onward = leading and hops and r.random() < .8
            name, number, bits = r.choice(leading if onward else fields)
            text, t = self._step(r, number, f"{text}.{name}" if text else name)
            if t.kind == btf.PTR and hops:
                target = self.strip(t.refs[0])
                if target.kind == btf.PTR and r.random() < .5:
                    text += "[0]"
                    t, target = target, self.strip(target.refs[0])
                if target.kind in (btf.STRUCT, btf.UNION):
                    parts.append(text)
                    text, record, hops = "", target, hops - 1
                    continue
            if t.kind in (btf.STRUCT, btf.UNION) and r.random() < .9 and t.refs:
                record = t
                continue
            return Path(parts + [text], t, bits)

    def _leads_on(self, number):
        t = self.strip(number)
        while t.kind in (btf.ARRAY, btf.PTR):
            t = self.strip(t.refs[0])
        return t.kind in (btf.STRUCT, btf.UNION)

    def scalar_path(self, r, record, hops):
        """A path to something that can be added to a number, or None."""
        for _ in range(8):
            path = self.walk(r, record, hops)
            if path and path.end.kind in SCALAR:
                return path
        return None

    def is_object(self, number):
        """Whether a variable can have this type: it is complete and no function."""
        t = self.strip(number)
        while t.kind == btf.ARRAY:
            t = self.strip(t.refs[0])
        return t.kind in (*SCALAR, btf.STRUCT, btf.UNION, btf.FLOAT) and bool(t.own)

    def size(self, number):
        """In bytes; an estimate for pointers and enums, which are small."""
        t, count = self.strip(number), 1
        while t.kind == btf.ARRAY:
            count, t = count * t.own[4], self.strip(t.refs[0])
        return count * (t.own[4] if t.kind in (btf.STRUCT, btf.UNION) else 8)

    def spell(self, record):
        return f"{KEYWORD[record.kind]} {record.name}"
