#!/usr/bin/env bats
# Where vmlinux.h comes from, and skep vmlinux, which prints it.
load common

# uses_field NAME: writes one.bpf.c, which compiles only when struct task_struct has that field.
uses_field() {
  cat >one.bpf.c <<END
#include "vmlinux.h"
int size = sizeof(((struct task_struct *)0)->$1);
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
}

# types_with FIELD: prints a header whose task_struct has that field.
types_with() {
  echo "#pragma once"
  echo "struct task_struct { int $1; };"
}

# elf_with FIELD: prints an object for BPF, with BTF of such a struct.
elf_with() {
  {
    types_with "$1"
    echo "struct task_struct task;"
  } >"$TOP/types.h"
  echo '#include "types.h"' >"$TOP/types.c"
  "$(find_clang)" -target bpf -g -O2 -c "$TOP/types.c" -o -
}

# raw_with FIELD: prints its BTF alone.
raw_with() {
  elf_with "$1" >"$TOP/types.o"
  print_section "$TOP/types.o" .BTF
}

# --- the order of places

@test "a vmlinux.h beside the source comes before all others" {
  uses_field beside
  types_with beside >vmlinux.h
  mkdir include
  types_with include >include/vmlinux.h
  echo "include: include" >skep.yaml
  run -0 skep build
  [ ! -e build/.skep/types ]
}

@test "a vmlinux.h on the include path comes before the running kernel's types" {
  uses_field include
  mkdir include
  types_with include >include/vmlinux.h
  echo "include: include" >skep.yaml
  run -0 skep build
  [ ! -e build/.skep/types ]
}

@test "the running kernel's types come last" {
  need_kernel_types
  uses_field tgid
  run -0 skep build
  says "types /sys/kernel/btf/vmlinux"
  says "compile one.bpf.c"
  rests
}

@test "no vmlinux.h is made when no program wants one" {
  write_plain one.bpf.c
  run -0 skep build
  [ ! -e build/.skep/types ]
}

@test "no kernel BTF and no vmlinux.h is an error that names the choices" {
  need_mounts
  need_kernel_types
  uses_field tgid
  hide_and_build() {
    unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$0" build "$@"' "$SKEP" "$@"
  }
  fails 2 hide_and_build
  says "--vmlinux"
  says "skep.yaml"
  says "one.bpf.c"
  says "BTF"
  # Programs that want no types are not bothered.
  write_plain two.bpf.c
  run -0 hide_and_build two
  is_object build/two.bpf.o
}

# --- what --vmlinux takes

@test "--vmlinux takes a header" {
  uses_field named
  types_with named >kernel-6.1.h
  run -0 skep build --vmlinux kernel-6.1.h
  run -0 skep build --vmlinux kernel-6.1.h
  says "nothing to do"
}

@test "--vmlinux takes an ELF file with BTF" {
  uses_field elf
  elf_with elf >vmlinux
  run -0 skep build --vmlinux vmlinux
}

@test "--vmlinux takes raw BTF" {
  uses_field raw
  raw_with raw >vmlinux.btf
  run -0 skep build --vmlinux vmlinux.btf
}

@test "the one that is named wins over a vmlinux.h beside the source" {
  uses_field named
  types_with beside >vmlinux.h
  types_with named >other.h
  run -0 skep build --vmlinux other.h
  run -0 skep build --vmlinux other.h
  says "nothing to do"
  # Not the other way round.
  uses_field beside
  run -1 skep build --vmlinux other.h
  run -0 skep build
}

@test "the one that is named wins over headers of other folders, however they are included" {
  mkdir -p src/lib include
  types_with beside | tee src/vmlinux.h include/vmlinux.h src/lib/vmlinux.h >/dev/null
  types_with named >other.h
  # By <>, through another header, and both in one unit.
  echo '#include "vmlinux.h"' >src/lib/types.h
  uses_field named
  sed '1i #include <vmlinux.h>\n#include "lib/types.h"' one.bpf.c >src/one.bpf.c
  rm one.bpf.c
  cat >skep.yaml <<'END'
include: [include, src]
vmlinux: other.h
END
  run -0 skep build
  rests
}

@test "the header that is hidden by a named one is no input" {
  uses_field named
  types_with beside >vmlinux.h
  types_with named >other.h
  run -0 skep build --vmlinux other.h
  types_with changed >vmlinux.h
  run -0 skep build --vmlinux other.h
  says "nothing to do"
  echo "struct more { int x; };" >>other.h
  run -0 skep build --vmlinux other.h
  says "compile one.bpf.c"
}

@test "the named one may be called vmlinux.h, too" {
  mkdir kernel
  uses_field named
  types_with beside >vmlinux.h
  types_with named >kernel/vmlinux.h
  run -0 skep build --vmlinux kernel/vmlinux.h
}

@test "the named one may be the one beside the source" {
  uses_field beside
  types_with beside >vmlinux.h
  run -0 skep build --vmlinux vmlinux.h
  run -0 skep build --vmlinux ./vmlinux.h
}

@test "-n with a named header says what would run and makes nothing" {
  uses_field named
  types_with beside >vmlinux.h
  types_with named >other.h
  run --separate-stderr -0 skep build -n -v --vmlinux other.h
  says "would run: compile one.bpf.c"
  [ -z "$stderr" ]
  [ ! -e build ]
}

@test "the manifest takes what --vmlinux takes, for all objects or for one" {
  uses_field elf
  sed 's/elf/header/' one.bpf.c >two.bpf.c
  elf_with elf >kernel.o
  types_with header >kernel.h
  cat >skep.yaml <<'END'
vmlinux: kernel.h
objects:
  - {sources: one.bpf.c, vmlinux: kernel.o}
  - {sources: two.bpf.c}
END
  run -0 skep build
  rests
}

@test "a BTF that changes rebuilds its users, one that stays does not" {
  uses_field elf
  write_plain two.bpf.c
  elf_with elf >kernel.o
  run -0 skep build --vmlinux kernel.o
  touch kernel.o
  run -0 skep build --vmlinux kernel.o
  says "nothing to do"
  echo "struct task_struct { int elf; } task; struct more { int x; } more;" >more.c
  "$(find_clang)" -target bpf -g -c more.c -o kernel.o
  run -0 skep build --vmlinux kernel.o
  says "types kernel.o"
  silent_on "compile"
  echo "struct task_struct { int elf; int x; } task; struct more { int x; } more;" >more.c
  "$(find_clang)" -target bpf -g -c more.c -o kernel.o
  run -0 skep build --vmlinux kernel.o
  says "types kernel.o"
  says "compile one.bpf.c"
  silent_on "compile two.bpf.c"
}

@test "BTF of another place with the same types rebuilds nothing but the header" {
  uses_field elf
  elf_with elf >kernel.o
  run -0 skep build --vmlinux kernel.o
  before=$(digest build/one.bpf.o)
  cp kernel.o copy.o
  run -0 skep build --vmlinux copy.o
  [ "$before" = "$(digest build/one.bpf.o)" ]
}

# --- bad sources of types

@test "--vmlinux with a file that is not there" {
  uses_field x
  fails 2 skep build --vmlinux nowhere.btf
  says "nowhere.btf"
  says "no such file"
  [ ! -e build/one.bpf.o ]
}

@test "--vmlinux with something else: a folder, an empty file, a picture, an ELF without BTF" {
  uses_field x
  mkdir folder
  fails 2 skep build --vmlinux folder
  says "folder: is not a file"
  : >empty
  printf '\211PNG\r\n\032\n\0\0\0\rIHDR' >picture
  cp "$(command -v ls)" elf
  for f in empty picture elf; do
    run --separate-stderr -1 skep build --vmlinux $f
    says "$f"
    [ "$(grep -c 'build failed' <<<"$stderr")" -eq 1 ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    [ ! -e build/one.bpf.o ]
    no_leftovers build
  done
}

@test "truncated and damaged BTF is refused in one line, whatever is wrong with it" {
  need_command bpftool
  uses_field raw
  raw_with raw >good.btf
  size=$(stat -c %s good.btf)
  for n in 0 1 2 8 23 24 25 $((size / 2)) $((size - 1)); do
    head -c "$n" good.btf >cut.btf
    run --separate-stderr -1 skep build --vmlinux cut.btf
    says "cut.btf"
    [ "${#stderr_lines[@]}" -eq 2 ]
  done
  # A word of all ones at each place: refused, or harmless. Never a crash, a hang or odd noise.
  for ((at = 0; at < size - 4; at += 4)); do
    { head -c "$at" good.btf; printf '\377\377\377\377'; tail -c +$((at + 5)) good.btf; } >bad.btf
    run --separate-stderr timeout 20 "$SKEP" build --vmlinux bad.btf
    [ "$status" -le 1 ]
    silent_on "signal"
    silent_on "libbpf:"
    if [ "$status" -eq 1 ] && [[ $stderr != *one.bpf.c:* ]]; then says "bad.btf"; fi
  done
  no_leftovers build
}

@test "a truncated ELF file is refused in one line" {
  uses_field elf
  elf_with elf >good.o
  size=$(stat -c %s good.o)
  for n in 4 16 63 64 $((size / 4)) $((size / 2)) $((size - 1)); do
    head -c "$n" good.o >cut.o
    run --separate-stderr -1 skep build --vmlinux cut.o
    says "cut.o"
    [ "${#stderr_lines[@]}" -eq 2 ]
    no_leftovers build
  done
}

# --- skep vmlinux

@test "skep vmlinux prints the running kernel's types, as bpftool does, and they compile" {
  need_kernel_types
  "$SKEP" vmlinux >vmlinux.h
  grep -q '^struct task_struct {' vmlinux.h
  uses_field tgid
  "$(find_clang)" -target bpf -g -c one.bpf.c -o one.o
  need_command bpftool
  declared() {
    grep -oE '^(struct|union|enum) [A-Za-z_0-9]+ \{' "$1" | sort
  }
  bpftool btf dump file /sys/kernel/btf/vmlinux format c >theirs.h
  diff <(declared vmlinux.h) <(declared theirs.h)
}

@test "skep vmlinux FILE reads raw BTF, ELF and a header" {
  elf_with elf >some.o
  raw_with raw >some.btf
  types_with header >some.h
  run -0 skep vmlinux some.o
  says "int elf;"
  run -0 skep vmlinux some.btf
  says "int raw;"
  run -0 skep vmlinux some.h
  says "int header;"
}

@test "skep vmlinux with what cannot be read" {
  fails 2 skep vmlinux nowhere
  says nowhere
  : >empty
  run --separate-stderr skep vmlinux empty
  [ "$status" -ne 0 ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [ -z "$output" ]
  run -2 skep vmlinux --nosuch
  run -2 skep vmlinux a b
}

@test "skep vmlinux on a full disk fails" {
  [ -c /dev/full ] || skip "needs /dev/full"
  types_with header >some.h
  run -2 bash -c '"$SKEP" vmlinux some.h >/dev/full'
  says "No space left"
}

@test "a header that was named may include what lies beside it" {
  mkdir types
  echo 'typedef unsigned int wide;' >types/sibling.h
  printf '#include "sibling.h"\n' >types/mine.h
  printf '#include "vmlinux.h"\nwide answer = 42;\n' >a.bpf.c
  run -0 skep build --vmlinux types/mine.h
  run -0 skep build --vmlinux types/mine.h
  says "nothing to do"
  echo 'typedef unsigned long wide;' >types/sibling.h
  run -0 skep build --vmlinux types/mine.h --explain
  says "types/sibling.h changed"
}

@test "a declaration of an enum without values is printed" {
  printf 'enum later;\nenum later *which;\n' >a.bpf.c
  run -0 skep build
  run -0 skep vmlinux build/a.bpf.o
  says "enum later;"
}
