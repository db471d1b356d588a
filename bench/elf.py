"""Reads what a comparison of BPF objects needs from an ELF file: 64 bits, little-endian."""
import struct

SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_NOBITS, SHT_REL = 0, 2, 3, 4, 8, 9
STT_SECTION, STT_FILE = 3, 4
SPECIAL = {0: "undefined", 0xfff1: "absolute", 0xfff2: "common"}


class Malformed(Exception):
    """Not an object that can be compared."""


class Section:
    def __init__(self, fields, data):
        (_, self.type, self.flags, self.addr, self.offset, self.size, self.link, self.info,
         self.align, self.entsize) = fields
        self.name = ""
        self.data = b"" if self.type == SHT_NOBITS else data[self.offset:self.offset + self.size]


def text_at(strings, offset):
    return strings[offset:strings.index(b"\0", offset)].decode(errors="replace")


class Object:
    """Sections, symbols and relocations, with indices turned into names."""

    def __init__(self, path):
        with open(path, "rb") as f:
            data = f.read()
        if data[:6] != b"\x7fELF\x02\x01":
            raise Malformed(f"{path}: not a little-endian ELF file of 64 bits")
        start, = struct.unpack_from("<Q", data, 40)
        size, count, names = struct.unpack_from("<HHH", data, 58)
        self.sections = [Section(struct.unpack_from("<IIQQQQIIQQ", data, start + i * size), data)
                         for i in range(count)]
        for s, i in zip(self.sections, range(count)):
            offset, = struct.unpack_from("<I", data, start + i * size)
            s.name = text_at(self.sections[names].data, offset)
        self.symbols = self._read_symbols()

    def section(self, name):
        return next((s for s in self.sections if s.name == name), None)

    def _section_name(self, index):
        return SPECIAL.get(index) or self.sections[index].name

    def _read_symbols(self):
        """(name, section, value, size, type, binding, visibility), in the table's order."""
        table = next((s for s in self.sections if s.type == SHT_SYMTAB), None)
        result = []
        for offset in range(0, len(table.data) if table else 0, 24):
            name, info, other, index, value, size = struct.unpack_from("<IBBHQQ", table.data, offset)
            text = text_at(self.sections[table.link].data, name)
            section = self._section_name(index)
            if info & 15 == STT_SECTION:
                text = section
            result.append((text, section, value, size, info & 15, info >> 4, other))
        return result

    def relocations(self, section):
        """(offset, type, symbol) of the relocations that apply to a section, sorted."""
        index, result = self.sections.index(section), []
        for s in self.sections:
            if s.type not in (SHT_REL, SHT_RELA) or s.info != index:
                continue
            step = 24 if s.type == SHT_RELA else 16
            for at in range(0, len(s.data), step):
                offset, info = struct.unpack_from("<QQ", s.data, at)
                addend = struct.unpack_from("<q", s.data, at + 16)[0] if step == 24 else 0
                result.append((offset, info & 0xffffffff, self.symbols[info >> 32][0], addend))
        return sorted(result)
