#!/usr/bin/env bats
# The short cut of a build with nothing to do: it is taken when nothing changed, and only then.
load common

CLEAN=build/.skep/clean

# Builds until there is a snapshot: nothing may be too young for one.
settle() {
  local n
  for n in {1..100}; do
    sleep 0.03
    run -0 skep build "$@"
    [ ! -e "${OUTPUT:-build}/.skep/clean" ] || return 0
  done
  echo "no snapshot is made"
  return 1
}

# short_cut [OPTION...]: a build finds nothing to do, and planned nothing: that writes a new snapshot.
short_cut() {
  local file=${OUTPUT:-build}/.skep/clean before
  before=$(stat -c '%i %z' "$file")
  rests "$@"
  [ "$before" = "$(stat -c '%i %z' "$file")" ] || {
    echo "the snapshot was not used"
    return 1
  }
}

# long_way [OPTION...]: a build finds nothing to do, and needed a plan to know.
long_way() {
  local before
  before=$(stat -c '%i %z' $CLEAN)
  rests "$@"
  [ "$before" != "$(stat -c '%i %z' $CLEAN 2>/dev/null)" ] || {
    echo "the snapshot was used"
    return 1
  }
}

# edit FILE OLD NEW: another content as long as before, with the same time, in the same inode.
edit() {
  touch -r "$1" "$TOP/time"
  sed "s/$2/$3/" "$1" >"$TOP/text"
  refute cmp -s "$TOP/text" "$1"
  cat "$TOP/text" >"$1"
  touch -r "$TOP/time" "$1"
}

@test "the second build after the last change takes the short cut, and says what the first said" {
  write_program one.bpf.c
  write_program two.bpf.c
  run -0 skep build
  sleep 0.03
  run -0 skep build
  before=$output
  short_cut
  [ "$output" = "$before" ]
  [ "$output" = "nothing to do: 2 objects are up to date" ]
  rm two.bpf.c
  settle
  short_cut
  [ "$output" = "nothing to do: 1 object is up to date" ]
}

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

@test "after a mere touch nothing is built, and there is a new snapshot" {
  write_program one.bpf.c
  settle
  touch one.bpf.c
  sleep 0.03
  long_way
  short_cut
  touch -d 2001-01-01 vmlinux.h
  sleep 0.03
  long_way
  short_cut
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

@test "outputs that were removed or changed" {
  write_plain one.bpf.c
  settle
  for file in build/one.bpf.o build/one.skel.h build/compile_commands.json; do
    before=$(digest build/one.bpf.o build/one.skel.h build/compile_commands.json)
    rm $file
    run -0 skep build
    [ "$before" = "$(digest build/one.bpf.o build/one.skel.h build/compile_commands.json)" ]
    settle
    touch -r $file "$TOP/time"
    printf X | dd of=$file bs=1 conv=notrunc status=none
    touch -r "$TOP/time" $file
    run -0 skep build
    [ "$before" = "$(digest build/one.bpf.o build/one.skel.h build/compile_commands.json)" ]
    settle
    short_cut
  done
}

@test "without the state everything is done again" {
  write_plain one.bpf.c
  settle
  rm build/.skep/state
  builds_only one.bpf.c
  settle
  printf X | dd of=build/.skep/state bs=1 seek=40 conv=notrunc status=none
  builds_only one.bpf.c
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
  short_cut --manifest skep.yaml || long_way_elsewhere=yes
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

@test "another question gets an answer of its own" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  settle
  run -0 skep build --debug
  says "compile one.bpf.c"
  says "compile two.bpf.c"
  settle --debug
  short_cut --debug
  builds_only one.bpf.c two.bpf.c
  settle
  long_way one
  settle one
  short_cut one
  long_way two
  settle
  for option in "--cache $TOP/store" --no-cache "--arch $(uname -m)" --full-types --separate-arch; do
    settle
    short_cut
    before=$(stat -c '%i %z' $CLEAN)
    # shellcheck disable=SC2086
    run -0 skep build $option
    [ "$(stat -c '%i %z' $CLEAN 2>/dev/null)" != "$before" ]
  done
  settle
  SKEP_CACHE=$TOP/store long_way
  settle
  # What does not matter to it.
  short_cut -j3 -k
  TMPDIR=$TOP NO_COLOR=1 short_cut
}

@test "options that want more than an answer are not answered by a snapshot" {
  write_plain one.bpf.c
  settle
  short_cut -v
  before=$(stat -c %i $CLEAN)
  run -0 skep build -n
  says "nothing to do"
  [ "$before" = "$(stat -c %i $CLEAN)" ]
  run -0 --separate-stderr skep build -q
  [ -z "$output$stderr" ]
  [ "$before" = "$(stat -c %i $CLEAN)" ]
  for option in --explain --refresh "--depfile $TOP/one.d" --check-reproducible; do
    settle
    # shellcheck disable=SC2086
    run -0 skep build $option
    says "nothing to do"
    [ ! -e $CLEAN ]
  done
  grep -q one.bpf.c "$TOP/one.d"
}

@test "another compiler, in PATH or named" {
  CLANG=$(find_clang)
  [ "$(head -c 4 "$(realpath "$CLANG")" | tail -c 3)" = ELF ] || skip "clang is a script here"
  mkdir "$TOP/bin" "$TOP/other"
  PATH=$TOP/bin:$PATH
  write_plain one.bpf.c
  settle
  short_cut
  PATH=$TOP/other:$PATH long_way
  settle
  SKEP_CLANG=$CLANG long_way
  settle
  # The newest, and it tells of another version: so it is another compiler.
  fake_clang clang-49 <<'END'
if [[ " $* " == *" -v "* ]]; then
  "$CLANG" "$@" 2>&1 | sed 's/clang version [0-9]*/clang version 49/' >&2
else
  exec "$CLANG" "$@"
fi
END
  builds_only one.bpf.c
  # A script may answer otherwise at any time.
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
  CLANG=$(find_clang)
  [ "$(head -c 4 "$(realpath "$CLANG")" | tail -c 3)" = ELF ] || skip "clang is a script here"
  mkdir "$TOP/bin"
  ln -s "$(realpath "$CLANG")" "$TOP/bin/clang-49"
  PATH=$TOP/bin:$PATH
  write_plain one.bpf.c
  settle
  short_cut
  rm "$TOP/bin/clang-49"
  fake_clang clang-49 <<'END'
if [[ " $* " == *" -v "* ]]; then
  "$CLANG" "$@" 2>&1 | sed 's/clang version [0-9]*/clang version 49/' >&2
else
  exec "$CLANG" "$@"
fi
END
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

@test "a file from the future: another edit might not show, so there is no snapshot" {
  write_plain one.bpf.c
  touch -d '2100-01-01' one.bpf.c
  run -0 skep build
  sleep 0.03
  rests
  [ ! -e $CLEAN ]
}

@test "a warning comes with each build" {
  write_plain one.bpf.c
  ln -s nowhere two.bpf.c
  for n in 1 2 3; do
    sleep 0.03
    run -0 skep build
    says "leads nowhere"
  done
  write_plain nowhere
  run -0 skep build
  says "compile two.bpf.c"
}

@test "a store that cannot be used is warned of each time" {
  need_root
  need_command setpriv
  # Where another user gets to, too.
  cd "$(mktemp -d)"
  chmod 777 .
  as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
  as_user test -x "$SKEP" || skip "the program is in a folder that is closed to others"
  write_plain one.bpf.c
  mkdir closed
  for n in 1 2 3; do
    sleep 0.03
    run -0 as_user "$SKEP" build --cache closed/store
    says "no more results are kept there"
  done
  rm -r "$PWD"
}

@test "what is never up to date never gets a snapshot" {
  write_plain one.bpf.c
  echo 'char when[] = __TIME__;' >>one.bpf.c
  for n in 1 2 3; do
    sleep 0.03
    builds_only one.bpf.c
    [ ! -e $CLEAN ]
  done
}

@test "a failure is not forgotten" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  settle
  echo 'error' >>two.bpf.c
  for n in 1 2 3; do
    sleep 0.03
    run -1 skep build
    [ ! -e $CLEAN ]
  done
}

@test "a project that is moved, copied or entered by another way" {
  write_plain one.bpf.c
  settle
  short_cut
  short_cut -C "$PWD"
  cp -a . ../copy
  cd ../copy
  long_way
  cd ..
  mv p q
  cd q
  long_way
  settle
  mv one.bpf.c ../copy
  run skep build -C ../copy
  [ "$status" -eq 0 ]
  says "nothing to do"
}

@test "no snapshot, damaged ones, and those that cannot be written" {
  write_program one.bpf.c
  settle
  rm $CLEAN
  rests
  settle
  for damage in 'truncate -s 0' 'truncate -s 100' 'truncate -s +1' 'sed -i s/one/two/' \
    'cp /bin/true'; do
    # shellcheck disable=SC2086
    ${damage} $CLEAN 2>/dev/null || cp /bin/true $CLEAN
    long_way
    settle
    short_cut
  done
  rm $CLEAN
  mkdir $CLEAN
  touch $CLEAN/file
  run -0 --separate-stderr skep build
  [ "$output" = "nothing to do: 1 object is up to date" ]
  [ -z "$stderr" ]
  no_leftovers .
}

@test "while another build holds the output directory, the short cut waits as well" {
  need_command flock
  write_plain one.bpf.c
  settle
  flock build/.skep/lock sleep 1 &
  wait_for refute flock -n build/.skep/lock true
  run -0 --separate-stderr skep build
  says "another build is using build"
  says "nothing to do"
  wait
}

@test "temporaries that a killed build left are removed, though nothing else changed" {
  write_plain one.bpf.c
  settle
  fake_clang clang-49 <<'END'
[ ! "$compiles" ] || { touch "$TOP/compiling"; sleep 30 & wait; }
exec "$CLANG" "$@"
END
  PATH=$TOP/bin:$PATH setsid "$SKEP" build --debug &
  build=$!
  wait_for test -e "$TOP/compiling"
  [ ! -e $CLEAN ]
  touch build/.one.bpf.o.skep-1-1
  kill -9 -- -$build
  wait $build || true
  run -0 skep build
  says "nothing to do"
  no_leftovers .
}

# The last run's words, without times, and without the order in which steps ended.
tidy() {
  echo "$status"
  sed 's/ in [0-9.]* s / /; s/^\[[0-9/]*\] //' <<<"$output" | sort
}

@test "a random series of changes is answered as without a snapshot" {
  mkdir inc sub
  for n in 1 2 3; do
    echo "#define X$n 1" >inc/x$n.h
    write_program p$n.bpf.c "X$n" x$n.h
  done
  echo 'include: [more, inc]' >skep.yaml
  settle
  RANDOM=${SEED:-$(date +%N | sed 's/^0*//')}
  echo "SEED=$RANDOM"
  used=0
  for round in {1..60}; do
    n=$((RANDOM % 3 + 1)) what=$((RANDOM % 16))
    case $what in
      0) edit inc/x$n.h "X$n [0-9]" "X$n $((RANDOM % 10))" || true ;;
      1) touch p$n.bpf.c ;;
      2) mkdir -p more && echo "#define X$n $((RANDOM % 5))" >more/x$n.h ;;
      3) rm -rf more ;;
      4) write_plain sub/s$n.bpf.c $((RANDOM % 3)) ;;
      5) rm -f sub/*.c ;;
      6) rm -f build/p$n.bpf.o ;;
      7) echo "/* $RANDOM */" >>p$n.bpf.c ;;
      8) printf 'include: [more, inc]\ncpu: v%d\n' $((RANDOM % 2 + 3)) >skep.yaml ;;
      9) echo x >>build/p$n.skel.h ;;
      10) cp -p p$n.bpf.c t && mv t p$n.bpf.c ;;
      11) echo "#define X$n 3" >x$n.h ;;
      12) rm -f x?.h ;;
      *) ;;
    esac
    rm -rf ../copy
    cp -a . ../copy
    rm -f ../copy/$CLEAN
    run skep build -C ../copy
    there=$(tidy)
    run skep build
    diff <(echo "$there") <(tidy) || {
      echo "round $round, change $what of $n"
      return 1
    }
    diff <(cd ../copy/build && sha256sum *.o *.h) <(cd build && sha256sum *.o *.h)
    if ((RANDOM % 2)); then
      settle
      short_cut
      used=$((used + 1))
    fi
  done
  [ $used -gt 10 ]
}
