#!/usr/bin/env python3
"""Compares our skeletons with those of bpftool, object by object.

usage: compare.py [--compile] [--verbose] COMMAND OBJECT...

COMMAND makes a skeleton; {in} and {out} in it stand for the object and the header, for example
'skep step skeleton {in} {out}'. Wording, comments and layout may differ. What must be the same, in
the same order: the members of the struct with their types, the functions with their parameters,
the sizes that are asserted, the names libbpf is told, and the bytes of the object. With --compile,
a user of every member and function must also compile wherever one of bpftool's header does, as C
and as C++, with -Wall -Wextra -Werror. Objects that bpftool refuses must be refused.

Prints "N same, M different", and "K refused by both" where there are any; exit status 1 when any
differs.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

LITERAL = re.compile(r'(?:[^"\\]+|\\.)*', re.S)
ESCAPE = re.compile(r'\\(\n|x[0-9a-fA-F]+|[0-7]{1,3}|.)', re.S)
LETTERS = {"n": "\n", "t": "\t", "r": "\r"}


class Refused(Exception):
    """No header was made."""


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def peer_header(obj, path):
    done = run(["bpftool", "gen", "skeleton", obj])
    if done.returncode:
        raise Refused(done.stderr.decode(errors="replace").strip().split("\n")[-1])
    with open(path, "wb") as f:
        f.write(done.stdout)
    return done.stdout.decode("latin-1")


def our_header(command, obj, path):
    words = [w.replace("{in}", obj).replace("{out}", path) for w in shlex.split(command)]
    done = run(words)
    message = done.stderr.decode(errors="replace").strip()
    if done.returncode < 0:
        raise AssertionError(f"killed by signal {-done.returncode}: {message}")
    if done.returncode:
        if message.count("\n") or not message:
            raise AssertionError(f"not one line of message: {message!r}")
        raise Refused(message)
    with open(path, encoding="latin-1") as f:
        return f.read()


def unescape(match):
    c = match.group(1)
    if c == "\n":
        return ""
    if c[0] == "x":
        return chr(int(c[1:], 16))
    if c[0].isdigit():
        return chr(int(c, 8))
    return LETTERS.get(c, c)


def signature(tokens):
    """A declaration without storage and attributes, which say nothing to a caller."""
    text = " ".join(tokens)
    text = re.sub(r"__attribute__ \( \( \w+ \) \)", "", text)
    text = re.sub(r"\b(static|inline)\b", "", text)
    return " ".join(text.split())


def split_top_level(text):
    """Yields the tokens before every block or ';' outside of braces, and those of the block."""
    tokens = re.findall(r"\w+|[^\s\w]", text)
    head, body, depth = [], [], 0
    for token in tokens:
        if token == "{":
            depth += 1
            if depth == 1:
                continue
        elif token == "}":
            depth -= 1
            if depth == 0:
                yield head, body
                head, body = [], []
                continue
        if depth:
            body.append(token)
        elif token == ";":
            if head:
                yield head, None
            head = []
        else:
            head.append(token)


def split_bytes(text):
    """A header without the object's bytes, and their spelling."""
    start = text.index("data[]")
    start = text.index('"', start) + 1
    end = LITERAL.match(text, start).end()
    return text[:start] + text[end:], text[start:end]


def model(text):
    """What a header says, as lists by topic; the object's bytes are taken out before."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    result = {}
    result["guard"] = re.findall(r"^#ifndef (\w+)", text, re.M)
    result["includes"] = re.findall(r"^#include (\S+)", text, re.M)
    result["macros"] = re.findall(r"^\s*#define (BPF_\w+ .*)", text, re.M)
    result["maps"] = re.findall(
        r"map->name = (\S+);\s*map->map = (\S+);(?:\s*map->mmaped = \(void \*\*\)(\S+);)?"
        r"(?:[^;]*?map->link = (\S+);)?", text)
    result["progs"] = re.findall(r"s->progs\[(\d+)\].(name|prog|link) = (\S+);", text)
    result["counts"] = re.findall(r"s->(map_cnt|prog_cnt) = (\d+)", text)
    result["struct_ops"] = re.findall(
        r"obj->(struct_ops\.\w+) = .*\s*bpf_map__initial_value\((.*)\)", text)
    result["asserts"] = re.findall(r"\(sizeof\((s->\w+->\w+)\) == (\d+),", text)
    text = re.sub(r"^\s*#.*", "", text, flags=re.M)
    result["struct"] = []
    result["functions"] = []
    for head, body in split_top_level(text):
        if head[0] == "struct" and len(head) == 2:
            result["struct"] += [" ".join(head), *re.findall(r"[^;{}]*[;{}]", " ".join(body))]
        elif "(" in head:
            result["functions"].append(signature(head))
    return result


def differences(peer, ours):
    for topic in peer:
        a, b = peer[topic], ours[topic]
        if a == b:
            continue
        n = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        yield f"{topic}, entry {n}: bpftool {a[n:n + 1]}, ours {b[n:n + 1]}"


def user_code(said, header):
    """A program that names every function and every member of the outer struct."""
    name = said["struct"][0].split()[1]
    lines = [
        "#include <stdbool.h>",
        "#include <linux/types.h>",
        f'#include "{header}"',
        "int main(void)",
        "{",
        "\tsize_t size;",
        f"\tstruct {name} *s = {name}__open_and_load();",
        f"\ts = {name}__open();",
        f"\ts = {name}__open_opts(NULL);",
        f"\tif ({name}__load(s) || {name}__attach(s) || !{name}__elf_bytes(&size))",
        "\t\treturn 1;",
    ]
    for path, _ in said["asserts"]:
        lines.append(f"\t(void)&{path};")
    for _, ident, memory, link in said["maps"]:
        for what in filter(None, (ident, memory, link)):
            lines.append(f"\t(void){what.replace('&obj', '&s')};")
    lines += [
        "#ifdef __cplusplus",
        f"\t{name}::open();\n\t{name}::open_and_load();\n\t{name}::load(s);",
        f"\t{name}::attach(s);\n\t{name}::detach(s);\n\t{name}::elf_bytes(&size);",
        f"\t{name}::destroy(nullptr);",
        "#endif",
        f"\t{name}__detach(s);",
        f"\t{name}__destroy(s);",
        "\treturn 0;",
        "}",
        "",
    ]
    return "\n".join(lines)


def compiles(language, text, folder):
    """An empty string, or the first error."""
    compiler = {"c": "gcc", "c++": "g++"}[language]
    path = os.path.join(folder, "user.code")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    flags = os.environ.get("SKELETON_CFLAGS", "").split()
    done = run([compiler, "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                *flags, path])
    errors = [x for x in done.stderr.decode().split("\n") if "error:" in x]
    return errors[0] if done.returncode and errors else "?" if done.returncode else ""


def compile_differences(said, peer_path, our_path, folder, counts):
    for language in ("c", "c++"):
        error = compiles(language, user_code(said, our_path), folder)
        if not error:
            counts[language] = counts.get(language, 0) + 1
        elif not compiles(language, user_code(said, peer_path), folder):
            yield f"as {language}: {error}"


def compare(options, obj, folder, counts):
    """None when both refuse, else a list of differences."""
    peer_path, our_path = os.path.join(folder, "peer.h"), os.path.join(folder, "ours.h")
    peer_refusal = our_refusal = None
    try:
        peer, _ = split_bytes(peer_header(obj, peer_path))
    except Refused as e:
        peer_refusal = str(e)
    try:
        ours, data = split_bytes(our_header(options.command, obj, our_path))
    except Refused as e:
        our_refusal = str(e)
    except AssertionError as e:
        return [str(e)]
    if peer_refusal and our_refusal:
        if options.verbose:
            print(f"{obj}: refused by both: {our_refusal}")
        return None
    if peer_refusal or our_refusal:
        return [f"bpftool: {peer_refusal or 'accepts'}; ours: {our_refusal or 'accepts'}"]
    peer, ours = model(peer), model(ours)
    found = list(differences(peer, ours))
    with open(obj, "rb") as f:
        if ESCAPE.sub(unescape, data).encode("latin-1") != f.read():
            found.append("the bytes are not those of the object")
    if options.compile:
        found += compile_differences(ours, peer_path, our_path, folder, counts)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--compile", action="store_true", help="compile users of each header")
    parser.add_argument("--verbose", action="store_true", help="say why objects are refused")
    parser.add_argument("command", help="makes a header; holds {in} and {out}")
    parser.add_argument("objects", nargs="+")
    options = parser.parse_args()
    for tool in ["bpftool"] + ["gcc", "g++"] * options.compile:
        if not shutil.which(tool):
            print(f"compare.py: {tool}: not found; install it to compare", file=sys.stderr)
            return 2
    same = different = refused = 0
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        for obj in options.objects:
            found = compare(options, obj, folder, counts)
            if found is None:
                refused += 1
                continue
            for line in found:
                print(f"{obj}: {line}")
            different += bool(found)
            same += not found
    tail = f", {refused} refused by both" if refused else ""
    print(f"{same} same, {different} different{tail}")
    if options.compile:
        print(f"{counts.get('c', 0)} compiled as C, {counts.get('c++', 0)} as C++")
    return 1 if different or not same + refused else 0


if __name__ == "__main__":
    sys.exit(main())
