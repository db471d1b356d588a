#!/usr/bin/env python3
"""Takes the BTF out of a kernel image: kernel_btf.py IMAGE OUT

No format of images is known here. What is compressed inside is found by its first bytes and
unpacked, and the BTF is found by its header, in either byte order, wherever it lies."""

import struct
import subprocess
import sys

HEADER_SIZE = 24
LEAST = 1 << 20  # bytes; a kernel's own BTF is larger, a module's is smaller


def find_btf(data):
    for order, magic in (("<", b"\x9f\xeb\x01"), (">", b"\xeb\x9f\x01")):
        at = data.find(magic)
        while at >= 0:
            header = data[at + 4 : at + HEADER_SIZE]
            if len(header) == HEADER_SIZE - 4:
                size, types_at, types, strings_at, strings = struct.unpack(order + "5I", header)
                end = at + size + strings_at + strings
                if (size, types_at, strings_at) == (HEADER_SIZE, 0, types) \
                        and types + strings >= LEAST and end <= len(data):
                    return data[at:end]
            at = data.find(magic, at + 1)
    return None


def unpack(command, data):
    """What comes behind the packed data makes these commands fail after they have done all."""
    return subprocess.run(command, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False).stdout


PACKED = (
    (b"\x28\xb5\x2f\xfd", ["zstd", "-dcq"]),
    (b"\x1f\x8b\x08", ["gzip", "-dcq"]),
    (b"\xfd7zXZ\x00", ["xz", "-dcq"]),
    (b"\x02\x21\x4c\x18", ["lz4", "-dcq"]),
)


def find_anywhere(data):
    btf = find_btf(data)
    for magic, command in PACKED:
        at = data.find(magic)
        while at >= 0 and btf is None:
            btf = find_btf(unpack(command, data[at:]))
            at = data.find(magic, at + 1)
    return btf


def main():
    image, out = sys.argv[1:]
    with open(image, "rb") as f:
        btf = find_anywhere(f.read())
    if btf is None:
        sys.exit(f"kernel_btf: {image}: no BTF is in it")
    with open(out, "wb") as f:
        f.write(btf)


main()
