#!/usr/bin/env bats
# What a build reads, from headers to compilers: no change of it is hidden by the short cut.
load common
load snapshot

@test "an edit that leaves size and time as they were is seen" {
  write_plain one.bpf.c
  write_program two.bpf.c
  settle
  short_cut
  edit one.bpf.c 'value = 1' 'value = 2'
  builds_only one.bpf.c
  settle
  edit vmlinux.h tgid gtid
  builds_only two.bpf.c
  rests
}

@test "a build right after an edit leaves no snapshot that could hide another edit" {
  write_plain one.bpf.c
  settle
  for value in 2 3 4 5 6 7 8 9; do
    edit one.bpf.c "value = $((value - 1))" "value = $value"
    builds_only one.bpf.c
    # Looked at in the tick of the edit, perhaps.
    edit one.bpf.c "value = $value" "value = 1"
    builds_only one.bpf.c
    edit one.bpf.c "value = 1" "value = $value"
    builds_only one.bpf.c
    run -0 skep build
  done
}

@test "a header that shadows another is seen, and one that disappears" {
  mkdir first second
  echo '#define X 1' >second/x.h
  write_program one.bpf.c X x.h
  echo 'include: [first, second]' >skep.yaml
  settle
  short_cut
  echo '#define X 2' >first/x.h
  builds_only one.bpf.c
  settle
  echo '#define X 3' >x.h
  builds_only one.bpf.c
  settle
  rm x.h
  builds_only one.bpf.c
  settle
  rm first/x.h second/x.h
  run -1 skep build
  says "x.h"
}

# A manifest whose sources are found without reading a folder: that would show what comes there.
list_one() {
  printf '%s\n' "$@" >skep.yaml
  printf 'objects:\n  - sources: one.bpf.c\n' >>skep.yaml
}

@test "a folder of the search path that did not exist, and then does" {
  mkdir second "$TOP/made"
  echo '#define X 1' >second/x.h
  echo '#define X 2' >"$TOP/made/x.h"
  write_program one.bpf.c X x.h
  list_one 'include: [first, second]'
  settle
  short_cut
  # Older than any build.
  ln -s "$TOP/made" first
  builds_only one.bpf.c
  settle
  short_cut
  rm first
  builds_only one.bpf.c
}

@test "a word among the flags that becomes the name of a file" {
  write_plain one.bpf.c
  list_one 'cflags: [-std=gnu17, -Wno-unused]'
  settle
  short_cut
  echo text >gnu17
  builds_only one.bpf.c
  settle
  rm gnu17
  builds_only one.bpf.c
}

@test "sources come and go" {
  mkdir sub
  write_plain one.bpf.c
  settle
  short_cut
  write_plain sub/two.bpf.c
  builds_only two.bpf.c sub/two.bpf.c || [[ $(ran) == *"compile sub/two.bpf.c"* ]]
  settle
  short_cut
  mv sub/two.bpf.c sub/three.bpf.c
  run -0 skep build
  says "removed build/two.bpf.o"
  says "compile sub/three.bpf.c"
  settle
  short_cut
  rm -r sub
  run -0 skep build
  says "removed build/three.bpf.o"
  settle
  mkdir -p new/deep
  settle
  short_cut
  write_plain new/deep/four.bpf.c
  run -0 skep build
  says "compile new/deep/four.bpf.c"
}

@test "sources of a pattern with names behind its wildcard" {
  mkdir a b c
  write_plain a/main.c
  cat >skep.yaml <<'END'
objects:
  - sources: ["*/first.c", "*/deep/second.c", "a/deeper/*.c"]
END
  mkdir a/deep a/deeper c/deep
  write_plain a/first.c
  write_plain a/deep/second.c
  write_plain a/deeper/third.c
  settle
  short_cut
  # Nothing of the kind.
  write_plain a/deep/other.c
  write_plain b/other.c
  short_cut
  for file in a/deeper/fourth.c b/first.c c/deep/second.c b/deep/second.c; do
    mkdir -p "$(dirname $file)"
    settle
    short_cut
    write_plain $file
    run skep build
    silent_on "nothing to do"
    says "$(basename $file .c)"
    rm $file
    settle
    short_cut
  done
}

@test "the manifest: changed, new, removed, another" {
  write_plain one.bpf.c
  settle
  short_cut
  echo 'cpu: v2' >skep.yaml
  builds_only one.bpf.c
  settle
  short_cut
  edit skep.yaml v2 v4
  builds_only one.bpf.c
  settle
  mv skep.yaml other.yaml
  builds_only one.bpf.c
  settle
  short_cut
  run -0 skep build --manifest other.yaml
  says "compile one.bpf.c"
  rm -f other.yaml
  echo 'cpu: v1' >skep.yml
  fails 2 skep build
  says "skep.yml"
}

@test "the output directory that a manifest names" {
  write_plain one.bpf.c
  printf 'cpu: v3\noutput: "deep/out"  # here\n' >skep.yaml
  OUTPUT=deep/out
  settle
  short_cut
  long_way --manifest skep.yaml
  settle --manifest skep.yaml
  short_cut --manifest skep.yaml
  settle -o other
  OUTPUT=other settle -o other
  OUTPUT=other short_cut -o other
  settle
  short_cut
  # What was built there before must not answer.
  echo 'cpu: v3' >skep.yaml
  run -0 skep build
  says "compile one.bpf.c"
  [ -e build/one.bpf.o ]
  OUTPUT=build
  settle
  short_cut
  echo 'output: deep/out' >skep.yaml
  run -0 skep build
  rm -r deep
  run -0 skep build
  says "compile one.bpf.c"
  [ -e deep/out/one.bpf.o ]
}

# $CLANG is the real one. A script may answer otherwise at any time: a build with one leaves no
# snapshot.
need_compiled_clang() {
  CLANG=$(find_clang)
  [ "$(head -c 4 "$(realpath "$CLANG")" | tail -c 3)" = ELF ] || skip "clang is a script here"
}

# clang-49 in $TOP/bin: the newest, and it tells of another version, so it is another compiler.
add_newer_clang() {
  fake_clang clang-49 <<'END'
if [[ " $* " == *" -v "* ]]; then
  "$CLANG" "$@" 2>&1 | sed 's/clang version [0-9]*/clang version 49/' >&2
else
  exec "$CLANG" "$@"
fi
END
}

@test "another compiler, in PATH or named" {
  need_compiled_clang
  mkdir "$TOP/bin" "$TOP/other"
  PATH=$TOP/bin:$PATH
  write_plain one.bpf.c
  settle
  short_cut
  PATH=$TOP/other:$PATH long_way
  settle
  SKEP_CLANG=$CLANG long_way
  settle
  add_newer_clang
  builds_only one.bpf.c
  sleep 0.03
  rests
  [ ! -e $CLEAN ]
  rm "$TOP/bin/clang-49"
  builds_only one.bpf.c
  settle
  short_cut
  # Refused today.
  printf '#!/bin/sh\nexit 1\n' >"$TOP/bin/clang-48"
  chmod +x "$TOP/bin/clang-48"
  sleep 0.03
  rests
  sleep 0.03
  rests
  [ ! -e $CLEAN ]
}

@test "the compiler is replaced by another under its name" {
  need_compiled_clang
  mkdir "$TOP/bin"
  ln -s "$(realpath "$CLANG")" "$TOP/bin/clang-49"
  PATH=$TOP/bin:$PATH
  write_plain one.bpf.c
  settle
  short_cut
  rm "$TOP/bin/clang-49"
  add_newer_clang
  builds_only one.bpf.c
}

@test "links on the way to a header, a source or a folder of sources" {
  mkdir one two
  for n in one two; do
    echo "#define X $n" >$n/x.h
    write_plain $n/program.c
  done
  sed -i '1i #define one 1' one/x.h
  sed -i '1i #define two 2' two/x.h
  ln -s one include
  ln -s one sources
  write_program main.bpf.c X x.h
  cat >skep.yaml <<'END'
include: include
objects:
  - sources: main.bpf.c
  - sources: sources/program.c
END
  settle
  short_cut
  ln -sfn two include
  builds_only main.bpf.c
  settle
  short_cut
  # Nobody looks at that one.
  edit two/program.c 'value = 1' 'value = 7'
  short_cut
  ln -sfn two sources
  run -0 skep build
  says "compile sources/program.c"
}

@test "a link that leads to a source elsewhere, and then to another" {
  mkdir "$TOP/elsewhere"
  write_plain "$TOP/elsewhere/1"
  write_plain "$TOP/elsewhere/2" 2
  ln -s "$TOP/elsewhere/1" "$TOP/elsewhere/current"
  ln -s "$TOP/elsewhere/current" one.bpf.c
  settle
  short_cut
  ln -sfn 2 "$TOP/elsewhere/current"
  builds_only one.bpf.c
}

@test "a link with a source's name that leads to a folder, and then to a file" {
  mkdir "$TOP/elsewhere"
  write_plain one.bpf.c
  ln -s "$TOP/elsewhere" two.bpf.c
  settle
  short_cut
  rmdir "$TOP/elsewhere"
  write_plain "$TOP/elsewhere"
  run -0 skep build
  says "compile two.bpf.c"
}
