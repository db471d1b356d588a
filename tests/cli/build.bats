#!/usr/bin/env bats
# skep build without a manifest: what it finds, what it makes, its options and exit statuses.
load common

@test "every *.bpf.c below becomes an object and a skeleton" {
  mkdir -p src/deep
  write_program one.bpf.c
  write_program src/deep/two.bpf.c
  write_plain src/other.c
  run -0 skep build
  [ "$(cd build && echo *)" = "compile_commands.json one.bpf.o one.skel.h two.bpf.o two.skel.h" ]
  is_object build/one.bpf.o
  is_object build/two.bpf.o
  grep -q 'struct two_bpf {' build/two.skel.h
  says "built 2 objects"
}

@test "hidden folders and the output directory are not searched" {
  mkdir -p .git/x out/y
  write_plain .git/x/hidden.bpf.c
  write_plain out/y/inside.bpf.c
  write_plain seen.bpf.c
  run -0 skep build -o out
  says "built 1 object "
  [ -e out/seen.bpf.o ]
  [ ! -e build ]
}

@test "a folder without programs is an error that says what was looked for" {
  fails 2 skep build
  says "*.bpf.c"
  [ ! -e build/compile_commands.json ]
}

@test "one target is named by its name, its source, its object or its skeleton" {
  mkdir src
  write_plain src/one.bpf.c
  write_plain src/two.bpf.c
  for word in one src/one.bpf.c ./src/one.bpf.c one.bpf.o build/one.bpf.o build/one.skel.h; do
    rm -rf build
    run -0 skep build "$word"
    says "built 1 object "
    [ -e build/one.skel.h ]
    [ ! -e build/two.bpf.o ]
  done
}

@test "several targets can be named" {
  for name in one two three; do write_plain $name.bpf.c; done
  run -0 skep build one three
  [ "$(cd build && echo *.o)" = "one.bpf.o three.bpf.o" ]
}

@test "a misspelt target is an error with a suggestion" {
  write_plain execsnoop.bpf.c
  fails 2 skep build execsnop
  says "did you mean execsnoop?"
  [ ! -e build/execsnoop.bpf.o ]
}

@test "-C goes to a folder first" {
  mkdir -p "a b/src"
  write_plain "a b/src/one.bpf.c"
  run -0 skep build -C "a b"
  [ -e "a b/build/one.bpf.o" ]
  [ ! -e build ]
  fails 2 skep build -C nowhere
  says "nowhere"
}

@test "-o puts results elsewhere: deeper, outside, absolute" {
  write_plain one.bpf.c
  for dir in x/y/z ../outside "$TOP/absolute dir" ./dotted/; do
    run -0 skep build -o "$dir"
    [ -e "$dir/one.bpf.o" ]
    [ -e "$dir/one.skel.h" ]
    run -0 skep build -o "$dir"
    says "nothing to do"
  done
  [ ! -e build ]
}

@test "-o . puts results beside the sources" {
  mkdir src
  write_plain src/one.bpf.c
  run -0 skep build -o .
  [ -e one.bpf.o ]
  [ -e one.skel.h ]
  rests -o .
}

@test "the same output directory spelt differently rebuilds nothing" {
  write_plain one.bpf.c
  run -0 skep build
  rests -o ./build/
  rests -o build//
}

@test "-n says what would run and makes nothing" {
  write_plain one.bpf.c
  run -0 skep build -n
  says "would run: compile one.bpf.c"
  says "would run: skeleton one.skel.h"
  [ ! -e build ]
  run -0 skep build
  run -0 skep build -n
  says "nothing to do"
  write_plain one.bpf.c 2
  before=$(digest build/*.* build/.skep/*)
  run -0 skep build -n
  says "would run: compile one.bpf.c"
  [ "$before" = "$(digest build/*.* build/.skep/*)" ]
}

@test "-n -v shows commands without running them" {
  write_plain one.bpf.c
  run -0 skep build -n -v
  says "clang"
  says "-mcpu=v3"
  [ ! -e build ]
}

@test "-v shows the commands as a shell would take them" {
  write_plain "a b.bpf.c"
  run -0 skep build -v
  says "-target bpfel"
  says "-O2"
  says "'a b.bpf.c'"
}

@test "-q says nothing unless something is wrong" {
  write_plain one.bpf.c
  run -0 skep build -q
  [ -z "$output" ]
  run -0 skep build -q
  [ -z "$output" ]
  echo "broken" >one.bpf.c
  run -1 skep build -q
  says "one.bpf.c:1:"
}

@test "--explain says why each step runs, and nothing when none does" {
  write_program one.bpf.c
  run -0 skep build --explain
  says "compile one.bpf.c: not built before"
  run -0 skep build --explain
  [ "$output" = "nothing to do: 1 object is up to date" ]
  echo "struct more { int x; };" >>vmlinux.h
  run -0 skep build --explain
  says "compile one.bpf.c: vmlinux.h changed"
  rm build/one.skel.h
  run -0 skep build --explain
  says "skeleton one.skel.h: build/one.skel.h is missing"
  silent_on "compile one.bpf.c:"
}

@test "-j limits how many compilers run at a time" {
  for n in 1 2 3 4; do write_plain p$n.bpf.c $n; done
  fake_clang clang <<'END'
if [ $compiles ]; then
  touch $TOP/running.$$
  ls $TOP/running.* | wc -l >>$TOP/counts
  sleep 0.1
  rm $TOP/running.$$
fi
exec $CLANG "$@"
END
  run -0 skep build --clang "$TOP/bin/clang" -j 1
  [ "$(sort -n "$TOP/counts" | tail -n 1)" -eq 1 ]
  rm -r build "$TOP/counts"
  run -0 skep build --clang "$TOP/bin/clang" -j 4
  [ "$(sort -n "$TOP/counts" | tail -n 1)" -gt 1 ]
}

@test "-j takes a number from 1 up" {
  write_plain one.bpf.c
  for n in 0 -1 x 1x "" 99999999999999999999; do
    run -2 skep build -j "$n"
    says "-j"
  done
}

@test "a failing program fails the build; what was built before it stays" {
  write_plain a.bpf.c
  run -0 skep build
  echo "int x = ;" >bad.bpf.c
  run -1 skep build
  says "bad.bpf.c:1:9: error: expected expression"
  says "build failed: bad.bpf.c"
  [ -e build/a.bpf.o ]
  [ ! -e build/bad.bpf.o ]
  [ ! -e build/bad.skel.h ]
  no_leftovers build
}

@test "the compiler's words appear once, then a summary" {
  echo "int x = ;" >bad.bpf.c
  run -1 skep build
  [ "$(grep -c "expected expression" <<<"$output")" -eq 1 ]
  [ "$(grep -c "build failed" <<<"$output")" -eq 1 ]
  [[ ${lines[-1]} == "skep: build failed: bad.bpf.c"* ]]
}

@test "a failure keeps the object of the last good build" {
  write_plain one.bpf.c
  run -0 skep build
  before=$(digest build/one.*)
  echo "int x = ;" >one.bpf.c
  run -1 skep build
  [ "$before" = "$(digest build/one.*)" ]
  write_plain one.bpf.c
  run -0 skep build
}

@test "after a failure nothing more is started, and the summary says so" {
  for n in 1 2 3 4 5 6; do echo "int x = ;" >p$n.bpf.c; done
  run -1 skep build -j 1
  [ "$(grep -c ': error: ' <<<"$output")" -eq 1 ]
  says "not started"
  says "-k"
}

@test "-k builds what does not depend on the failure" {
  for n in 1 2 3 4 5; do write_plain p$n.bpf.c; done
  echo "bad" >p3.bpf.c
  run -1 skep build -k -j 1
  [ "$(cd build && echo *.skel.h)" = "p1.skel.h p2.skel.h p4.skel.h p5.skel.h" ]
  says "build failed: p3.bpf.c"
  run -1 skep build -k
  says "p3.bpf.c:1:1: error"
  [ -z "$(ran)" ]
}

@test "warnings are shown, and do not fail the build" {
  write_plain one.bpf.c
  echo "#warning look here" >>one.bpf.c
  run -0 skep build
  says "look here"
  [ -e build/one.bpf.o ]
}

@test "wrong usage ends with status 2" {
  run -2 skep
  run -2 skep nosuch
  says "no such command"
  run -2 skep biuld
  says "did you mean \`skep build\`?"
  run -2 skep build --nosuch
  run -2 skep build -C
}

@test "help and version" {
  run -0 skep --help
  says "build"
  says "vmlinux"
  run -0 skep --version
  [[ $output == "skep "[0-9]* ]]
  for command in build vmlinux; do
    run -0 skep $command --help
    says "Usage: skep $command"
    # Fits a terminal of 80 columns.
    refute grep -E '^.{81}' <<<"$output"
  done
}

@test "the object is compiled for this machine's byte order, with -g -O2 -mcpu=v3" {
  write_plain one.bpf.c
  run -0 skep build -v
  case $(printf '\1\0' | od -An -td2 | tr -d ' ') in
  1) says "-target bpfel" ;;
  *) says "-target bpfeb" ;;
  esac
  says "-g -O2 -mcpu=v3"
  says "-D__TARGET_ARCH_"
}

@test "the host's own headers are found as by a native compile" {
  [ -e /usr/include/linux/types.h ] || skip "needs the kernel's user-space headers"
  write_program one.bpf.c 1 linux/types.h
  run -0 skep build
}

@test "a header beside the source, and one in a folder above" {
  mkdir -p src lib
  echo "#define X 1" >src/near.h
  echo "#define Y 1" >lib/far.h
  write_program src/one.bpf.c "X + Y" near.h ../lib/far.h
  run -0 skep build
}

@test "DWARF is gone from objects unless --debug, BTF stays" {
  write_program one.bpf.c
  run -0 skep build
  readelf -SW build/one.bpf.o >sections
  grep -q '\.BTF ' sections
  grep -q '\.BTF\.ext' sections
  refute grep debug_ sections
  run -0 skep build --debug
  readelf -SW build/one.bpf.o >sections
  grep -q '\.debug_info' sections
  grep -q '\.BTF ' sections
  run -0 skep build
  refute grep debug_ <(readelf -SW build/one.bpf.o)
}

@test "BTF keeps the source lines" {
  need_command bpftool
  write_plain one.bpf.c
  run -0 skep build
  # Line information lies in .BTF.ext, its text in .BTF's strings.
  grep -aq 'return value;' build/one.bpf.o
  grep -aq 'one.bpf.c' build/one.bpf.o
}

@test "compile_commands.json tells editors how each source is compiled" {
  mkdir src
  write_program "src/a b.bpf.c"
  write_plain 'quo"te\.bpf.c'
  run -0 skep build
  python3 - build/compile_commands.json <<'END'
import json, os, subprocess, sys
commands = json.load(open(sys.argv[1]))
assert {c["file"] for c in commands} == {"src/a b.bpf.c", 'quo"te\\.bpf.c'}, commands
for c in commands:
    assert os.path.isabs(c["directory"]), c
    assert os.path.samefile(c["directory"], "."), c
    assert os.path.exists(os.path.join(c["directory"], c["file"])), c
    assert os.path.exists(c["output"]), c
    # It works as it is: clangd runs the like.
    subprocess.run(c["arguments"] + ["-fsyntax-only"], cwd=c["directory"], check=True)
END
}

@test "compile_commands.json is there after a failing build, and not touched when it is the same" {
  echo bad >one.bpf.c
  run -1 skep build
  [ -e build/compile_commands.json ]
  write_plain one.bpf.c
  run -0 skep build
  touch -d '2001-01-01' build/compile_commands.json
  rests
  [ "$(stat -c %y build/compile_commands.json | cut -c 1-4)" = 2001 ]
}

@test "closed stdin, stdout and stderr spoil nothing" {
  write_plain one.bpf.c
  "$SKEP" build <&- >&- 2>&-
  is_object build/one.bpf.o
  rests
  write_plain one.bpf.c 2
  "$SKEP" build -v --explain >&-
  rests
  [ ! -s build/.skep/lock ]
  echo "bad" >one.bpf.c
  refute "$SKEP" build 2>&-
  [ ! -s build/.skep/lock ]
}
