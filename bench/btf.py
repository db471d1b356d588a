"""BTF for comparisons: what the types are, whatever numbers they have."""
import struct

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, PROTO, VAR, \
    DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(1, 20)
KINDS = ["void", "int", "ptr", "array", "struct", "union", "enum", "fwd", "typedef", "volatile",
         "const", "restrict", "func", "func_proto", "var", "datasec", "float", "decl_tag",
         "type_tag", "enum64"]


class Type:
    """One type: what it says of itself, and the numbers of the types it names, in order."""

    def __init__(self, kind, name, own, refs):
        self.kind = kind
        self.name = name
        self.own = own
        self.refs = refs


class Btf:
    """The .BTF section of an object, and its .BTF.ext."""

    def __init__(self, data, ext=None):
        magic, _, _, header, type_off, type_len, str_off, str_len = struct.unpack_from(
            "<HBBIIIII", data)
        if magic != 0xeb9f:
            raise ValueError("not BTF")
        self._strings = data[header + str_off:header + str_off + str_len]
        self.types = [Type(0, "void", (), [])]
        # What lies where relocations apply: in .BTF the offsets of variables, in .BTF.ext those
        # of instructions.
        self.places, self.ext_places = {}, {}
        self._read_types(data[header + type_off:header + type_off + type_len])
        self.places = {header + type_off + at: (section, self.types[entry].name)
                       for at, (section, entry) in self.places.items()}
        self.func_info, self.line_info, self.relos = [], [], []
        if ext:
            self._read_ext(ext)

    def string(self, offset):
        return self._strings[offset:self._strings.index(b"\0", offset)].decode(errors="replace")

    def _read_types(self, data):
        at = 0
        while at < len(data):
            name, info, size = struct.unpack_from("<III", data, at)
            kind, vlen, flag = info >> 24 & 31, info & 0xffff, info >> 31
            t, more = self._read_type(kind, vlen, size, data, at + 12)
            t.name = self.string(name)
            t.own = (kind, t.name, flag, vlen, *t.own)
            self.types.append(t)
            for i in range(vlen if kind == DATASEC else 0):
                entry, = struct.unpack_from("<I", data, at + 12 + i * 12)
                self.places[at + 16 + i * 12] = (t.name, entry)
            at += 12 + more

    def _read_type(self, kind, vlen, size, data, at):
        """The rest of a type, and how many bytes that was. `size` may be a type as well."""
        def rows(layout):
            step = struct.calcsize(layout)
            return [struct.unpack_from(layout, data, at + i * step) for i in range(vlen)], vlen * step

        if kind in (PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG, FUNC):
            return Type(kind, "", (), [size]), 0
        if kind == INT:
            return Type(kind, "", (size, *struct.unpack_from("<I", data, at)), []), 4
        if kind == ARRAY:
            element, index, count = struct.unpack_from("<III", data, at)
            return Type(kind, "", (count,), [element, index]), 12
        if kind in (STRUCT, UNION):
            members, more = rows("<III")
            own = tuple((self.string(n), offset) for n, _, offset in members)
            return Type(kind, "", (size, own), [t for _, t, _ in members]), more
        if kind in (ENUM, ENUM64):
            values, more = rows("<Ii" if kind == ENUM else "<III")
            return Type(kind, "", (size, tuple((self.string(v[0]), *v[1:]) for v in values)), []), more
        if kind == PROTO:
            params, more = rows("<II")
            own = tuple(self.string(n) for n, _ in params)
            return Type(kind, "", own, [size, *(t for _, t in params)]), more
        if kind == VAR:
            return Type(kind, "", struct.unpack_from("<I", data, at), [size]), 4
        if kind == DATASEC:
            # A section's variables are a set: sorted by name, as their order says nothing.
            entries, more = rows("<III")
            entries.sort(key=lambda e: (self.types[e[0]].name if e[0] < len(self.types) else "", e))
            own = tuple((offset, bytes_) for _, offset, bytes_ in entries)
            return Type(kind, "", (size, own), [t for t, _, _ in entries]), more
        if kind == DECL_TAG:
            return Type(kind, "", struct.unpack_from("<i", data, at), [size]), 4
        if kind in (FWD, FLOAT):
            return Type(kind, "", (size,), []), 0
        raise ValueError(f"kind {kind} is unknown")

    def _read_ext(self, data):
        header = struct.unpack_from("<I", data, 4)[0]
        parts = struct.unpack_from(f"<{(header - 8) // 4}I", data, 8)
        lists = (self.func_info, self.line_info, self.relos)
        for table, (into, offset, length) in enumerate(zip(lists, parts[0::2], parts[1::2])):
            if length:
                start = header + offset
                self._read_records(data, start, start + length, table, into)

    def _read_records(self, data, at, end, table, into):
        """(section, instruction offset, ...) of one of the tables."""
        size, = struct.unpack_from("<I", data, at)
        at += 4
        while at < end:
            name, count = struct.unpack_from("<II", data, at)
            at += 8
            for _ in range(count):
                into.append((self.string(name), *struct.unpack_from(f"<{size // 4}I", data, at)))
                self.ext_places[at] = (table, *into[-1][:2])
                at += size

    def lines(self):
        """(section, instruction, file, text, line and column)."""
        return [(section, insn, self.string(file), self.string(text), where)
                for section, insn, file, text, where in self.line_info]

    def describe(self, number, depth=0):
        """A type in words, for people."""
        t = self.types[number]
        text = f"{KINDS[t.kind]} {t.name}".strip()
        if depth < 3 and t.refs and (depth == 0 or not t.name):
            text += " (" + ", ".join(self.describe(r, depth + 1) for r in t.refs[:8]) + ")"
        return text


def classify(*several):
    """
    For each Btf a list: the class of each type. Two types, of the same or of different Btf, are in
    one class when nothing that can be reached from them tells them apart.
    """
    classes = [[0] * len(b.types) for b in several]
    count = 0
    while True:
        known = {}
        refined = [[known.setdefault((t.own, tuple(c[r] for r in t.refs), c[i]), len(known))
                    for i, t in enumerate(b.types)]
                   for b, c in zip(several, classes)]
        if len(known) == count:
            return refined
        classes, count = refined, len(known)
