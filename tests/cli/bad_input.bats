#!/usr/bin/env bats
# Bad input costs one clear line, and nothing that was there. (More: compiler.bats on compilers,
# vmlinux.bats on sources of types, outputs.bats on disks and output directories.)
load common

# --- sources

@test "a syntax error in one of many programs: the others are built with -k" {
  for n in {1..5}; do write_program p$n.bpf.c; done
  echo 'int x = ;' >>p3.bpf.c
  run -1 skep build -k
  [ "$(cd build && echo *.bpf.o)" = "p1.bpf.o p2.bpf.o p4.bpf.o p5.bpf.o" ]
  [ "$(grep -c '^skep: ' <<<"$output")" -eq 1 ]
  says "skep: build failed: p3.bpf.c"
}

@test "two sources with one stem" {
  mkdir a b
  write_plain a/same.bpf.c
  write_plain b/same.bpf.c
  write_plain other.bpf.c
  fails 2 skep build
  says "a/same.bpf.c"
  says "b/same.bpf.c"
  says "rename"
  [ ! -e build ]
}

@test "names with spaces, quotes, shell's and make's letters" {
  local names=('a b' "it's" 'dou"ble' 'dollar$HOME' 'back\slash' 'semi;colon' 'star*' '-dash' '@at'
    '#hash' '%percent' 'b[ra]cket' 'q?' '~tilde' 'x=y' 'a,b' 'p(aren)' '&and' ' lead' 'trail '
    'colon:x' '{b}' '!bang' 'a  b' 'a\ b' 'back\\')
  for name in "${names[@]}"; do write_plain "$name.bpf.c"; done
  run -0 skep build
  for name in "${names[@]}"; do
    is_object "build/$name.bpf.o"
    [ -e "build/$name.skel.h" ]
  done
  rests
  # One of them at a time, by any of its names.
  write_plain "-dash.bpf.c" 2
  run -0 skep build -- -dash
  says "compile -dash.bpf.c"
  write_plain "it's.bpf.c" 2
  run -0 skep build "it's.bpf.c"
  says "compile it's.bpf.c"
}

@test "names with newlines, control characters and bytes that are not UTF-8" {
  local names=($'new\nline' $'tab\tx' $'esc\033[31m' $'bad\377\376' $'\303\274' $'bell\a' $'cr\r')
  for name in "${names[@]}"; do write_plain "$name.bpf.c"; done
  run -0 skep build
  for name in "${names[@]}"; do
    is_object "build/$name.bpf.o"
  done
  # Nothing of that reaches the terminal as it is, but letters do.
  refute grep -q $'[\001-\010\013-\037]' <<<"$output"
  says $'\303\274'
  [ "${#lines[@]}" -eq $((2 * ${#names[@]} + 1)) ]
  python3 -c 'import json; json.load(open("build/compile_commands.json", encoding="utf-8"))'
  # One with a newline cannot be told apart in the compiler's list of files: it is built each time.
  builds_only 'new\x0aline.bpf.c'
  rm $'new\nline.bpf.c'
  run -0 skep build
  rests
}

@test "odd names in folders, headers and include directories" {
  local dir=$'an odd\n"dir" $x'
  mkdir -p "$dir/inc lude" "$dir/-I"
  echo '#define X 1' >"$dir/inc lude/a b.h"
  echo '#define Y 1' >"$dir/-I/y.h"
  cd "$dir"
  write_program "one.bpf.c" "X + Y" "a b.h" "y.h"
  echo 'include: ["inc lude", "-I"]' >skep.yaml
  run -0 skep build
  rests
  echo '#define X 2' >"inc lude/a b.h"
  builds_only one.bpf.c
}

@test "a project in a folder that is not UTF-8" {
  local dir=$'bad\377dir'
  mkdir "$dir"
  write_program "$dir/one.bpf.c"
  run -0 skep build -C "$dir"
  is_object "$dir/build/one.bpf.o"
}

@test "names as long as a file system takes" {
  name=$(printf 'a%0239d' 1)
  write_plain "$name.bpf.c"
  run -0 skep build
  is_object "build/$name.bpf.o"
  rests
  mv "$name.bpf.c" "a$name.bpf.c"
  fails 2 skep build
  says "longer"
}

@test "sources that cannot be read: one line, the others are built with -k" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  chmod 000 one.bpf.c
  open_to_others
  as_user() { "$@"; }
  if [ "$(id -u)" -eq 0 ]; then
    need_command setpriv
    as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    as_user test -r "$PWD/two.bpf.c" -a -x "$SKEP" || skip "the test's folder is closed to others"
  fi
  run --separate-stderr -1 as_user "$SKEP" build -k
  says "one.bpf.c: Permission denied"
  [ "${#stderr_lines[@]}" -eq 2 ]
  is_object build/two.bpf.o
  # Not a word of it when only the other is wanted.
  run --separate-stderr -0 as_user "$SKEP" build two
  [ -z "$stderr" ]
}

@test "a header that cannot be read" {
  echo '#define X 1' >x.h
  write_program one.bpf.c X x.h
  write_plain two.bpf.c
  chmod 000 x.h
  open_to_others
  as_user() { "$@"; }
  if [ "$(id -u)" -eq 0 ]; then
    need_command setpriv
    as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    as_user test -r "$PWD/two.bpf.c" -a -x "$SKEP" || skip "the test's folder is closed to others"
  fi
  run --separate-stderr -1 as_user "$SKEP" build -k
  says "x.h: Permission denied"
  [ "${#stderr_lines[@]}" -eq 2 ]
  is_object build/two.bpf.o
}

@test "a source that disappears during the build" {
  write_plain a.bpf.c
  write_plain b.bpf.c
  write_plain c.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && rm -f $TOP/p/b.bpf.c $TOP/p/c.bpf.c
exec $CLANG "$@"
END
  run skep build -k -j 1 --clang "$TOP/bin/clang"
  [ "$status" -eq 1 ]
  says "No such file"
  [ "$(grep -c "build failed" <<<"$output")" -eq 1 ]
  no_leftovers build
  run -0 skep build
}

@test "a header that disappears during the build" {
  echo '#define X 1' >x.h
  write_program a.bpf.c X x.h
  write_program b.bpf.c X x.h
  fake_clang clang <<'END'
[ $compiles ] && { $CLANG "$@"; status=$?; rm -f $TOP/p/x.h; exit $status; }
exec $CLANG "$@"
END
  run skep build -k -j 1 --clang "$TOP/bin/clang"
  [ "$status" -eq 1 ]
  says "x.h"
  silent_on "signal"
  # What was built with the header that is gone is not taken for up to date.
  echo '#define X 2' >x.h
  run -0 skep build
  [ "$(ran | grep -c compile)" -eq 2 ]
}

@test "a missing include: the compiler's words, once" {
  write_program one.bpf.c 1 nowhere/to/be/found.h
  run -1 skep build
  [ "$(grep -c "file not found" <<<"$output")" -eq 1 ]
  says "one.bpf.c:1:10"
  # It is seen when it appears.
  mkdir -p nowhere/to/be
  : >nowhere/to/be/found.h
  builds_only one.bpf.c
}

@test "an include cycle" {
  echo '#include "b.h"' >a.h
  echo '#include "a.h"' >b.h
  write_program one.bpf.c 1 a.h
  run timeout 30 "$SKEP" build
  [ "$status" -eq 1 ]
  says "nested too deeply"
  says "build failed: one.bpf.c"
  # With guards it is no error.
  for h in a b; do printf '#ifndef %s\n#define %s\n%s\n#endif\n' $h $h "$(cat $h.h)" >$h.h; done
  run -0 skep build
  rests
}

@test "a header that includes itself, a thousand headers deep, and one that is a directory" {
  echo '#include "x.h"' >x.h
  write_program one.bpf.c 1 x.h
  run timeout 30 "$SKEP" build
  [ "$status" -eq 1 ]
  for n in {1..1000}; do echo "#include \"h$((n + 1)).h\"" >h$n.h; done
  write_program one.bpf.c 1 h1.h
  run timeout 30 "$SKEP" build
  [ "$status" -eq 1 ]
  mkdir dir.h
  write_program one.bpf.c 1 dir.h
  run -1 skep build
  says "dir.h"
}

@test "symbolic links that lead in circles" {
  write_plain one.bpf.c
  ln -s loop loop
  ln -s .. up
  ln -s . here
  mkdir sub
  ln -s ../sub sub/again
  run -0 timeout 30 "$SKEP" build
  says "built 1 object "
  # A source that is such a link.
  ln -s two.bpf.c two.bpf.c
  run timeout 30 "$SKEP" build
  show
  [ "$status" -ne 139 ] && [ "$status" -ne 124 ]
  # A header that is.
  rm two.bpf.c
  ln -s x.h x.h
  write_program one.bpf.c 1 x.h
  run -1 timeout 30 "$SKEP" build
  says "x.h"
}

@test "a source that is a link to nowhere, a directory, a pipe" {
  write_plain one.bpf.c
  mkdir dir.bpf.c
  mkfifo pipe.bpf.c
  ln -s nowhere.c link.bpf.c
  run timeout 30 "$SKEP" build
  show
  [ "$status" -le 2 ]
  silent_on "signal"
  rm link.bpf.c
  run -0 timeout 30 "$SKEP" build
  says "1 object"
}

@test "a source that is a link to a file elsewhere" {
  mkdir src
  write_plain src/real.c
  ln -s src/real.c one.bpf.c
  run -0 skep build
  is_object build/one.bpf.o
  write_plain src/real.c 2
  builds_only one.bpf.c
}

@test "a source that is empty, binary, or without a newline at its end" {
  : >empty.bpf.c
  printf 'int x;' >cut.bpf.c
  run -0 skep build
  head -c 5000 "$(command -v ls)" >binary.bpf.c
  run -1 skep build -k
  says "build failed: binary.bpf.c"
  [ -e build/empty.bpf.o ]
  [ -e build/cut.bpf.o ]
}

@test "a source of many megabytes" {
  write_plain one.bpf.c
  head -c 5000000 /dev/zero | tr '\0' '\n' >>one.bpf.c
  run -0 timeout 60 "$SKEP" build
  rests
}

# --- manifests

@test "a manifest that is empty, a comment, or nothing but settings without sources" {
  write_plain one.bpf.c
  for text in '' '# nothing' '---' '{}' 'null' '[]' 'text' $'\n\n\n'; do
    printf '%s' "$text" >skep.yaml
    fails 2 skep build
    says "skep.yaml"
    [ ! -e build ]
  done
}

@test "a manifest that is binary, not UTF-8, or holds a NUL" {
  write_plain one.bpf.c
  head -c 3000 "$(command -v ls)" >skep.yaml
  fails 2 skep build
  says "skep.yaml"
  printf 'cpu: v3\n# \377\376\n' >skep.yaml
  fails 2 skep build
  printf 'cpu: "v\0003"\n' >skep.yaml
  fails 2 skep build
  printf '\377\376c\0p\0u\0' >skep.yaml
  run -2 skep build
  [ ! -e build ]
}

@test "a manifest that is huge" {
  write_plain one.bpf.c
  truncate -s 3G skep.yaml
  run timeout 20 "$SKEP" build
  [ "$status" -eq 2 ]
  says "skep.yaml"
  says "larger"
  { echo "defines:"; seq -f '  - X%.0f' 1 500000; } >skep.yaml
  run timeout 20 "$SKEP" build
  [ "$status" -eq 2 ]
  [ "${#lines[@]}" -eq 1 ]
}

@test "a manifest that is nested very deeply" {
  write_plain one.bpf.c
  for open in '[' '{a: ' '- '; do
    awk -v s="$open" 'BEGIN { for (n = 0; n < 100000; n++) printf "%s", s }' >skep.yaml
    run timeout 20 "$SKEP" build
    [ "$status" -eq 2 ]
    says "skep.yaml:1:"
    [ "${#lines[@]}" -eq 1 ]
  done
}

@test "a manifest with aliases that would grow without end" {
  write_plain one.bpf.c
  cat >skep.yaml <<'END'
cflags: &a [x, x, x, x, x, x, x, x, x]
defines: &b [*a, *a, *a, *a, *a, *a, *a]
include: [*b, *b, *b, *b, *b, *b, *b, *b]
END
  run timeout 20 "$SKEP" build
  [ "$status" -eq 2 ]
  says "skep.yaml:1:"
}

@test "a manifest that cannot be parsed: where, and one line" {
  write_plain one.bpf.c
  for text in 'cpu: [v3' 'cpu: "v3' $'\tcpu: v3' 'cpu: v3: v4' '%YAML 9' '!!tag x' '*alias'; do
    printf '%s\n' "$text" >skep.yaml
    fails 2 skep build
    [[ $stderr =~ ^"skep: skep.yaml:"[0-9]+":"[0-9]+": " ]]
  done
}

@test "a manifest that is a directory, a link to nowhere, a loop, unreadable" {
  write_plain one.bpf.c
  mkdir skep.yaml
  fails 2 skep build
  says "skep.yaml"
  rmdir skep.yaml
  ln -s nowhere skep.yaml
  fails 2 skep build
  ln -sf skep.yaml skep.yaml
  fails 2 skep build
  rm skep.yaml
  fails 2 skep build --manifest /dev/null
}

@test "a manifest with a million objects" {
  write_plain one.bpf.c
  cat >skep.yaml <<END
objects:
  - name: "{a}{b}{c}"
    sources: one.bpf.c
    matrix:
      a: {$(seq -s, -f 'a%.0f: {}' 1 100)}
      b: {$(seq -s, -f 'b%.0f: {}' 1 100)}
      c: {$(seq -s, -f 'c%.0f: {}' 1 100)}
END
  run timeout 20 "$SKEP" build -n
  [ "$status" -eq 2 ]
  says "skep.yaml:2:"
  [ "${#lines[@]}" -eq 1 ]
}

# --- everything else

@test "SIGCHLD ignored by whoever starts us" {
  write_plain one.bpf.c
  env --ignore-signal=CHLD true 2>/dev/null || skip "needs env --ignore-signal"
  run -0 env --ignore-signal=CHLD "$SKEP" build
}

@test "few open files" {
  for n in {1..30}; do write_plain p$n.bpf.c; done
  (ulimit -n 24 && "$SKEP" build -q -j 4)
  rests
}

@test "the current directory was removed" {
  mkdir gone
  cd gone
  rmdir ../gone
  run -2 skep build
  silent_on "signal"
}

@test "an object that the compiler makes and that is no object" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  fake_clang clang <<'END'
[ $compiles ] || exec $CLANG "$@"
$CLANG "$@" || exit
for word; do
  if [ "$last" = -o ]; then out=$word; fi
  last=$word
done
[[ " $* " == *" one.bpf.c "* ]] && head -c 300 $out >$out.cut && mv $out.cut $out
exit 0
END
  run --separate-stderr -1 skep build -k --clang "$TOP/bin/clang"
  says "one.bpf"
  silent_on "signal"
  [ "${#stderr_lines[@]}" -eq 2 ]
  [ ! -e build/one.bpf.o ]
  is_object build/two.bpf.o
}

@test "no folder for temporary files is needed" {
  write_program one.bpf.c
  TMPDIR=/nowhere run -0 skep build
  TMPDIR=/nowhere run skep build --check-reproducible
  [ "$status" -eq 1 ]
  says "/nowhere"
}
