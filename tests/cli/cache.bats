#!/usr/bin/env bats
# What was made once is found again: in another checkout, after a clean, by anybody with the store.
load common

setup() {
  start_project
  export SKEP_CACHE=$TOP/store
}

# copy_to DIR: another checkout of this project, entered.
copy_to() {
  mkdir -p "$1"
  cp -r . "$1"
  cd "$1"
  rm -rf build
}

# found: the last build ran nothing, and some steps came from the store.
found() {
  says "(0 of "
  says "came from the store"
}

# blobs: the store's blobs.
blobs() {
  find "$TOP/store" -path '*/blobs/*' -type f
}

@test "a clean checkout, wherever it lies, is built from the store without a compiler" {
  mkdir src
  write_program src/one.bpf.c
  write_program src/two.bpf.c 2
  run -0 skep build
  before=$(digest build/*.o build/*.h)
  copy_to "$TOP/another place/deep"
  fake_clang clang-98 <<<'[ -z "$compiles" ] || exit 1; exec "$CLANG" "$@"'
  run -0 skep build
  found
  [ "$(digest build/*.o build/*.h)" = "$before" ]
  rests
  [ "$(stat -c %h build/one.bpf.o)" = 1 ]
}

@test "files that are touched, moved in time or made anew are found by what they contain" {
  write_program one.bpf.c
  run -0 skep build
  for i in 1 2; do
    rm -rf build
    cp one.bpf.c copy && rm one.bpf.c && mv copy one.bpf.c
    touch -d '2001-01-01' vmlinux.h
    run -0 skep build
    found
  done
}

@test "an old state of the sources is found again" {
  write_program one.bpf.c 1
  run -0 skep build
  write_program one.bpf.c 2
  run -0 skep build
  says "compile one.bpf.c"
  silent_on "from the store"
  write_program one.bpf.c 1
  run -0 skep build
  found
}

@test "another output directory finds the same" {
  write_program one.bpf.c
  run -0 skep build
  run -0 skep build -o elsewhere/out
  found
  cmp build/one.bpf.o elsewhere/out/one.bpf.o
  cmp build/one.skel.h elsewhere/out/one.skel.h
}

@test "another compiler, other flags, other input: not the same" {
  write_program one.bpf.c
  run -0 skep build
  rm -rf build
  echo "optimize: 1" >skep.yaml
  run -0 skep build
  says "compile one.bpf.c"
  silent_on "compile one.bpf.c (from"
}

@test "warnings are said again" {
  write_plain one.bpf.c
  echo "static int nobody(void) { return 0; }" >>one.bpf.c
  echo "cflags: [-Wall]" >skep.yaml
  run -0 skep build
  says "unused function 'nobody'"
  rm -rf build
  run -0 skep build
  found
  says "unused function 'nobody'"
}

@test "a failure is not kept" {
  write_plain one.bpf.c
  echo "nonsense" >>one.bpf.c
  run -1 skep build
  run -1 skep build
  says "nonsense"
}

@test "what needed the whole header needs no compiler the second time" {
  write_types vmlinux.h
  for i in {1..9000}; do echo "struct spare_$i { int x; };"; done >>vmlinux.h
  cat >one.bpf.c <<'END'
#include "vmlinux.h"
int a;
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
  # Says something about the header when there is little of it: the slice is of no use.
  fake_clang clang-97 <<'END'
if [ -n "$compiles" ]; then
  [ ! -e ../never ] || exit 1
  [[ $* != *vfsoverlay* ]] || { echo "one.bpf.c:1:1: error: too little"; exit 1; }
fi
exec "$CLANG" "$@"
END
  run -0 skep build --clang "$TOP/bin/clang-97" --explain
  says "needs the whole of vmlinux.h: too little"
  rm -rf build
  touch ../never
  run -0 skep build --clang "$TOP/bin/clang-97"
  found
}

@test "editing an output never reaches the store" {
  write_program one.bpf.c
  run -0 skep build
  before=$(digest build/one.bpf.o)
  echo damage >>build/one.bpf.o
  run -0 skep build
  [ "$(digest build/one.bpf.o)" = "$before" ]
}

@test "what is damaged in the store is dropped and made again" {
  write_program one.bpf.c
  run -0 skep build
  before=$(digest build/one.bpf.o)
  for blob in $(blobs); do
    chmod u+w "$blob"
    printf 'X' | dd of="$blob" bs=1 seek=100 conv=notrunc status=none
  done
  rm -rf build
  run -0 skep build
  silent_on "came from the store"
  [ "$(digest build/one.bpf.o)" = "$before" ]
  rm -rf build
  run -0 skep build
  found
  [ "$(digest build/one.bpf.o)" = "$before" ]
}

@test "--no-cache and an empty SKEP_CACHE leave the store alone, --cache names one" {
  write_program one.bpf.c
  run -0 skep build --no-cache
  SKEP_CACHE='' run -0 skep build -o other
  [ ! -e "$TOP/store" ]
  run -0 skep build -o third --cache "$TOP/mine"
  [ -e "$TOP/mine/v1" ]
  [ ! -e "$TOP/store" ]
  run -0 skep build -o fourth --cache "$TOP/mine"
  found
}

@test "--refresh runs what is known, and keeps the result" {
  write_program one.bpf.c
  run -0 skep build
  rm -rf build
  run -0 skep build --refresh
  silent_on "from the store"
}

@test "--explain says what is new compared with the nearest that is known" {
  mkdir inc
  write_program one.bpf.c 1 vmlinux.h inc/a.h
  write_types
  echo "#define A 1" >inc/a.h
  run -0 skep build
  copy_to "$TOP/other"
  echo "#define A 2" >inc/a.h
  run -0 skep build --explain
  says "compile one.bpf.c: not in the store: inc/a.h changed"
}

@test "what is not to be kept is not in the store" {
  write_plain one.bpf.c
  echo 'const char made[] = __TIME__;' >>one.bpf.c
  run -0 skep build
  rm -rf build
  run -0 skep build
  silent_on "compile one.bpf.c (from"
}

@test "a store that belongs to others is refused" {
  [ "$(id -u)" = 0 ] || skip "only root can give a folder away"
  write_program one.bpf.c
  mkdir "$TOP/store"
  chown 65534 "$TOP/store"
  fails 2 skep build
  says "$TOP/store"
}

@test "a store that cannot be is an error that says what to do" {
  write_program one.bpf.c
  touch "$TOP/file"
  SKEP_CACHE=$TOP/file/store fails 2 skep build
  says "name another folder with --cache or SKEP_CACHE"
}

@test "two builds with one store at once" {
  for i in 1 2 3 4 5 6; do write_program "p$i.bpf.c" "$i"; done
  cp -r . "$TOP/other"
  skep build -q &
  first=$!
  (cd "$TOP/other" && skep build -q)
  wait "$first"
  for i in 1 2 3 4 5 6; do cmp "build/p$i.bpf.o" "$TOP/other/build/p$i.bpf.o"; done
}

# --- skep cache

@test "skep cache stats says what is there and how often it helped" {
  write_program one.bpf.c
  run -0 skep build
  rm -rf build
  run -0 skep build
  run -0 skep cache stats
  says "$TOP/store"
  [[ $output =~ compile\ +1\ +1 ]]
  [[ $output =~ skeleton\ +1\ +1 ]]
}

@test "skep cache gc keeps what fits, verify drops what is damaged, clear drops all" {
  write_program one.bpf.c
  run -0 skep build
  run -0 skep cache gc --max-size 1G
  says "removed 0 entries"
  run -0 skep cache verify
  says "0 were damaged"
  blob=$(blobs | head -n 1)
  chmod u+w "$blob"
  echo >>"$blob"
  run -1 skep cache verify
  says "it is damaged; dropped"
  run -0 skep cache verify
  run -0 skep cache gc --max-size 0
  [ -z "$(blobs)" ]
  rm -rf build
  run -0 skep build
  [ -n "$(blobs)" ]
  run -0 skep cache clear
  [ -z "$(blobs)" ]
  run -0 skep cache stats
}

@test "what is exported and imported elsewhere is found there" {
  mkdir src
  write_program src/one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  run -0 skep cache export "$TOP/file"
  [[ $output == "exported "* ]]
  before=$(digest build/*.o build/*.h)
  copy_to "$TOP/elsewhere"
  export SKEP_CACHE=$TOP/another
  run -0 skep cache import "$TOP/file"
  run -0 skep build
  found
  [ "$(digest build/*.o build/*.h)" = "$before" ]
  # Explanations know what came.
  rm -rf build
  echo "int more;" >>two.bpf.c
  run -0 skep build --explain
  says "compile two.bpf.c: not in the store: two.bpf.c changed"
}

@test "the same results give the same file, and a target's are fewer" {
  write_program one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  run -0 skep cache export "$TOP/a"
  run -0 skep cache export "$TOP/b"
  cmp "$TOP/a" "$TOP/b"
  run -0 skep cache export "$TOP/one" one
  [ "$(stat -c %s "$TOP/one")" -lt "$(stat -c %s "$TOP/a")" ]
}

@test "export takes the options that shaped the build" {
  write_program one.bpf.c
  run -0 skep build --debug -o out
  fails 1 skep cache export -o out "$TOP/file"
  run -0 skep cache export --debug -o out "$TOP/file"
  cd /
  run -0 skep cache export -C "$TOP/p" --debug -o out "$TOP/again"
  cmp "$TOP/file" "$TOP/again"
}

@test "what is not up to date cannot be exported, nor a file that is damaged imported" {
  write_plain one.bpf.c
  run -0 skep build
  run -0 skep cache export "$TOP/file"
  for size in 0 7 100 $(($(stat -c %s "$TOP/file") - 1)); do
    head -c "$size" "$TOP/file" >"$TOP/cut"
    SKEP_CACHE=$TOP/another fails 1 skep cache import "$TOP/cut"
    says "$TOP/cut"
  done
  fails 1 skep cache import "$TOP/nowhere"
  echo "int more;" >>one.bpf.c
  fails 1 skep cache export "$TOP/other"
  says "it is not up to date; build first"
  [ ! -e "$TOP/other" ]
  fails 2 skep cache export
  fails 2 skep cache import
}

# --- without tools

@test "--prebuilt takes everything from the store, without clang and headers" {
  mkdir src
  write_program src/one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  run -0 skep cache export "$TOP/file"
  before=$(digest build/*.o build/*.h)
  copy_to "$TOP/elsewhere"
  export SKEP_CACHE=$TOP/another
  run -0 skep cache import "$TOP/file"
  PATH=$(path_without_clang) run -0 skep build --prebuilt
  says "built 2 objects"
  [ "$(digest build/*.o build/*.h)" = "$before" ]
  # What is built for real afterwards is the same.
  run -0 skep build
  [ "$(digest build/*.o build/*.h)" = "$before" ]
}

@test "--prebuilt: what changed in the project is named, and nothing is built" {
  mkdir inc
  write_program one.bpf.c 1 vmlinux.h inc/a.h
  write_types
  echo "#define A 1" >inc/a.h
  write_plain two.bpf.c
  run -0 skep build
  rm -rf build
  echo "#define A 2" >inc/a.h
  run -1 skep build --prebuilt
  says "prebuilt: build/one.bpf.o: inc/a.h changed"
  says "build failed: 2 of 4 outputs"
  [ ! -e build/one.bpf.o ]
  rm inc/a.h
  run -1 skep build --prebuilt
  says "prebuilt: build/one.bpf.o: inc/a.h is not there"
  echo "#define A 1" >inc/a.h
  run -0 skep build --prebuilt
  echo "optimize: 1" >skep.yaml
  run -1 skep build --prebuilt
  says "prebuilt: build/one.bpf.o: what the project says of it changed"
  write_plain three.bpf.c
  run -1 skep build --prebuilt three
  says "prebuilt: build/three.bpf.o: the store knows nothing of it"
}

@test "--prebuilt takes the right one of several objects of one source" {
  write_plain one.bpf.c
  cat >skep.yaml <<'END'
objects:
  - sources: one.bpf.c
    name: a
    defines: [X=1]
  - sources: one.bpf.c
    name: b
    defines: [X=2]
    optimize: 1
END
  sed -i 's/int value = 1/int value = X/' one.bpf.c
  run -0 skep build
  before=$(digest build/*.o)
  rm -rf build
  run -0 skep build --prebuilt
  [ "$(digest build/*.o)" = "$before" ]
}

@test "--prebuilt links nothing: what is linked from several sources is taken, too" {
  write_plain one.bpf.c
  echo "int more = 1;" >two.bpf.c
  printf 'objects:\n  - name: both\n    sources: [one.bpf.c, two.bpf.c]\n' >skep.yaml
  run -0 skep build
  before=$(digest build/*.o)
  rm -rf build
  run -0 skep build --prebuilt
  [ "$(digest build/*.o)" = "$before" ]
  echo "int more = 2;" >two.bpf.c
  run -1 skep build --prebuilt
  says "two.bpf.c changed"
}

@test "skep cache: wrong words" {
  run -2 skep cache
  says "which command?"
  fails 2 skep cache polish
  run -2 skep cache gc --max-size much
  says "not a size"
  run -2 skep cache gc --max-age 3y
  says "not a time"
}

@test "the manifest names a store for the project: builds and skep cache take that one" {
  unset SKEP_CACHE
  export XDG_CACHE_HOME=$TOP/xdg
  write_program one.bpf.c
  printf 'cache: {dir: kept}\n' >skep.yaml
  run -0 skep build
  [ -d kept/v1 ] && [ ! -e "$TOP/xdg" ]
  run -0 skep cache stats
  says "kept"
  rm -rf build
  run -0 skep build
  found
  SKEP_CACHE=$TOP/other run -0 skep cache stats
  says "$TOP/other"
  run -0 skep cache stats --cache "$TOP/third"
  says "$TOP/third"
}

@test "--prebuilt sees that the project's own types are others" {
  write_large_types >types.h
  printf '#include <vmlinux.h>\n' >one.bpf.c
  print_filter 'sizeof(struct large_1)' >>one.bpf.c
  run -0 skep build --vmlinux types.h
  rm -rf build
  run -0 skep build --vmlinux types.h --prebuilt
  found
  echo 'struct another { int x; };' >>types.h
  rm -rf build
  run -1 --separate-stderr skep build --vmlinux types.h --prebuilt
  says "types.h changed"
}
