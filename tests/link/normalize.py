#!/usr/bin/env python3
"""Prints the code of a BPF object function by function, in the order of their names.

Two links of the same program may order local functions and variables differently. What is called
or referred to is printed with its name, so that the text does not depend on where it lies.

usage: normalize.py LLVM_OBJDUMP OBJECT
"""
import re
import subprocess
import sys


def read(objdump, path):
    text = subprocess.run([objdump, "-d", "-r", path], check=True,
                          capture_output=True, text=True).stdout
    section, functions, starts = None, {}, {}
    lines = None
    for line in text.splitlines():
        if m := re.match(r"Disassembly of section (.*):$", line):
            section = m[1]
        elif m := re.match(r"([0-9a-f]+) <(.*)>:$", line):
            lines = functions.setdefault((section, m[2]), [])
            starts[section, int(m[1], 16) // 8] = m[2]
        elif m := re.match(r"\s+[0-9a-f]+:\s+(R_BPF_\S+)\s+(.*)$", line):
            lines[-1][2] = (m[1], m[2])
        elif m := re.match(r"\s+([0-9]+):\s+((?:[0-9a-f]{2}[ \t])+)\s*(.*)$", line):
            # A call of a function of the program, not of a helper, has 1 as its source.
            local = m[2].startswith("85 1")
            lines.append([int(m[1]), m[3], None, local])
    return functions, starts


def read_symbols(objdump, path):
    text = subprocess.run([objdump, "-t", path], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^([0-9a-f]{16}) .{7} (\S+)\s+([0-9a-f]{16}) (?:\.\w+ )?(\S+)$", text, re.M)
    return [(section, int(at, 16), int(size, 16), name) for at, section, size, name in found]


def data_target(text, reloc, symbols):
    """A reference to a variable by its section and offset, as one by its name."""
    if not reloc or reloc[0] != "R_BPF_64_64":
        return text, reloc
    value = int(re.search(r"= (-?0x[0-9a-f]+) ll", text)[1], 16)
    for section, at, size, name in symbols:
        if section == reloc[1] and at <= value < at + size:
            return text.replace(hex(value), f"{name}+{value - at}", 1), None
    return text, reloc


def call_target(section, at, text, reloc, starts):
    imm = int(text.split()[1], 16)
    if reloc and reloc[1] not in {s for s, _ in starts}:
        return reloc[1]
    if reloc:
        return starts.get((reloc[1], imm + 1), f"{reloc[1]}+{imm}")
    return starts.get((section, at + 1 + imm))


def main():
    objdump, path = sys.argv[1:]
    functions, starts = read(objdump, path)
    symbols = read_symbols(objdump, path)
    for (section, name), lines in sorted(functions.items()):
        print(f"{section} {name}:")
        first = lines[0][0] if lines else 0
        for at, text, reloc, local in lines:
            target = call_target(section, at, text, reloc, starts) if local else None
            if target:
                text, reloc = f"call {target}", None
            text, reloc = data_target(text, reloc, symbols)
            text = re.sub(r"\s+<.*>", "", text)
            print(f"\t{at - first}: {text}" + (f" {reloc[0]} {reloc[1]}" if reloc else ""))


if __name__ == "__main__":
    main()
