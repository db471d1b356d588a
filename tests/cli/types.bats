#!/usr/bin/env bats
# Types on demand: what a program is compiled with of a large vmlinux.h, and that nobody can tell.
load common

TYPES=$BATS_TEST_DIRNAME/../types

setup_file() {
  # Large enough to be worth a slice.
  "$TYPES/make_header" "$BATS_FILE_TMPDIR/vmlinux.h"
}

setup() {
  start_project
  cp "$BATS_FILE_TMPDIR/vmlinux.h" .
}

# uses NAME EXPRESSION: writes NAME.bpf.c, whose global `value` is that expression.
uses() {
  cat >"$1.bpf.c" <<END
#include "vmlinux.h"
unsigned long value = $2;
__attribute__((section("tc"), used)) int use(void *ctx)
{
	return value;
}
END
}

# chains NAME PATH: writes NAME.bpf.c, which reads a chain of members of struct hive.
chains() {
  cat >"$1.bpf.c" <<END
#include "vmlinux.h"
__attribute__((section("tc"), used)) int use(struct hive *hive)
{
	return (long)hive->$2;
}
END
}

# bare_skeleton NAME: a skeleton's text without the object's bytes in it.
bare_skeleton() {
  sed '/static const char data\[\]/,/";$/d' "$1.skel.h"
}

# --- the slice

@test "a slice gives the object that the whole header gives" {
  chains one queen-\>caste
  run -0 skep build --check-types
  says "index vmlinux.h"
  says "types: 1 object is the same with the whole vmlinux.h"
}

@test "with --full-types and types: full nothing is sliced" {
  chains one queen-\>caste
  run -0 skep build --full-types
  silent_on "index"
  mv build whole
  run -0 skep build
  says "index vmlinux.h"
  [ "$(bare_skeleton build/one)" = "$(bare_skeleton whole/one)" ]
  echo "types: full" >skep.yaml
  run -0 skep build
  says "compile one.bpf.c"
  [ ! -e build/.skep/index ] || [ -z "$(ls build/.skep/index)" ]
}

@test "types: full can be had for one object alone" {
  chains one queen-\>caste
  chains two queen-\>caste
  cat >skep.yaml <<'END'
objects:
  - sources: one.bpf.c
  - sources: two.bpf.c
    types: full
END
  run -0 skep build
  echo "struct unrelated { int x; };" >>vmlinux.h
  builds_only two.bpf.c
}

@test "a small header is compiled as it is" {
  "$TYPES/make_header" -n 0 vmlinux.h
  chains one queen-\>caste
  run -0 skep build
  silent_on "index"
}

@test "a large header that vmlinux.h includes is sliced" {
  mv vmlinux.h vmlinux_6.1.h
  echo '#include "vmlinux_6.1.h"' >vmlinux.h
  chains one queen-\>caste
  run -0 skep build --check-types
  says "index vmlinux_6.1.h"
  says "1 object is the same"
}

@test "of two large headers neither is sliced" {
  cp vmlinux.h vmlinux_x86.h
  mv vmlinux.h vmlinux_arm64.h
  {
    echo '#ifdef __TARGET_ARCH_arm64'
    echo '#include "vmlinux_arm64.h"'
    echo '#else'
    echo '#include "vmlinux_x86.h"'
    echo '#endif'
  } >vmlinux.h
  chains one queen-\>caste
  run -0 skep build
  silent_on "index"
}

# --- what is done again, and what is not

@test "a change of the header rebuilds only the programs whose types changed" {
  chains one queen-\>caste
  uses two "sizeof(struct lonely)"
  sed -i 's/^struct flight_stats {/struct lonely {\n\tint x;\n};\n\n&/' vmlinux.h
  run -0 skep build
  rests
  echo "struct unrelated { int x; };" >>vmlinux.h
  run -0 skep build
  [ "$(ran)" = "index vmlinux.h" ]
  rests
  sed -i 's/^struct lonely {/&\n\tlong more;/' vmlinux.h
  run -0 skep build --explain
  says "compile two.bpf.c: what it needs of vmlinux.h changed"
  silent_on "compile one.bpf.c"
}

@test "declarations that move rebuild nothing" {
  chains one queen-\>caste
  run -0 skep build
  sed -i '1i/* One line more. */' vmlinux.h
  run -0 skep build
  [ "$(ran)" = "index vmlinux.h" ]
}

@test "with --debug declarations that move do rebuild" {
  chains one queen-\>caste
  run -0 skep build --debug
  sed -i '1i/* One line more. */' vmlinux.h
  run -0 skep build --debug
  says "compile one.bpf.c"
}

@test "a change of a program costs no indexing" {
  chains one queen-\>caste
  run -0 skep build
  chains one queen-\>stings
  run -0 skep build --check-types || true
  chains one guards
  run -0 skep build
  silent_on "index"
  says "compile one.bpf.c"
}

@test "a damaged index is made anew" {
  chains one queen-\>caste
  run -0 skep build
  index=$(echo build/.skep/index/*)
  before=$(digest "$index")
  printf 'XX' | dd of="$index" bs=1 seek=5000 conv=notrunc status=none
  run -0 skep build
  [ "$(ran)" = "index vmlinux.h" ]
  [ "$(digest "$index")" = "$before" ]
  rm "$index"
  run -0 skep build
  [ "$(ran)" = "index vmlinux.h" ]
  rests
}

@test "the same types from another file rebuild nothing" {
  chains one queen-\>caste
  mv vmlinux.h types.h
  cp types.h other.h
  run -0 skep build --vmlinux types.h
  run -0 skep build --vmlinux other.h
  says "types other.h"
  silent_on "compile one.bpf.c"
}

# --- when a slice is not enough

@test "an include whose name is computed: the whole header, and --explain says so" {
  cat >one.bpf.c <<'END'
#include "vmlinux.h"
#define HEADER "more.h"
#include HEADER
unsigned long value = MORE;
END
  echo "#define MORE sizeof(struct hive)" >more.h
  run -0 skep build --explain
  says "needs the whole of vmlinux.h: the name of an include is computed by a macro"
}

@test "what fails with a slice is compiled with the whole header, once" {
  # A name that no text contains: the header that does comes through a splice.
  cat >one.bpf.c <<'END'
#include "vmlinux.h"
#inc\
lude "hidden.h"
unsigned long value = HIDDEN;
END
  echo "#define HIDDEN sizeof(struct hive)" >hidden.h
  run -0 skep build --explain
  says "needs the whole of vmlinux.h"
  is_object build/one.bpf.o
  # Now the hidden file is known, and a slice is enough.
  run -0 skep build --explain
  rests
}

@test "errors are those of the whole header" {
  for broken in "$TYPES"/broken/*.bpf.c; do
    rm -rf ./*.bpf.c build
    cp "$broken" .
    name=$(basename "$broken")
    refute skep build --full-types 2>"$TOP/whole" >/dev/null
    rm -rf build
    refute skep build 2>"$TOP/slice" >/dev/null
    diff "$TOP/whole" "$TOP/slice" || {
      echo "in $name"
      return 1
    }
    [ -s "$TOP/slice" ]
  done
}

@test "an error in the header itself is shown at its place" {
  chains one queen-\>caste
  line=$(($(grep -n '^struct hive {' vmlinux.h | cut -d: -f1) + 1))
  sed -i "${line}i\\\tstruct nowhere missing;" vmlinux.h
  run -1 skep build
  says "vmlinux.h:$line:"
}

@test "a unit that failed is compiled with a slice again when it changed" {
  uses one "sizeof(struct hive) + nonsense"
  run -1 skep build
  uses one "sizeof(struct hive)"
  run -0 skep build --explain
  silent_on "needs the whole"
}

@test "a warning about the program comes once" {
  uses one "sizeof(struct hive)"
  echo "static int unused(void) { return 0; }" >>one.bpf.c
  echo "cflags: [-Wall]" >skep.yaml
  run -0 skep build --explain
  [ "$(grep -c "unused function" <<<"$output")" = 1 ]
  silent_on "needs the whole"
}

@test "a compiler that is killed says nothing about the slice" {
  uses one "sizeof(struct hive)"
  fake_clang clang-99 <<'END'
[ -z "$compiles" ] || [ ! -e ../killer ] || kill -9 $$
exec "$CLANG" "$@"
END
  touch ../killer
  run -1 skep build --clang "$TOP/bin/clang-99"
  rm ../killer
  run -0 skep build --clang "$TOP/bin/clang-99" --explain
  silent_on "needs the whole"
}

@test "names that are not UTF-8 need the whole header" {
  mkdir $'d\xfe'
  mv vmlinux.h $'d\xfe'
  cd $'d\xfe'
  uses one "sizeof(struct hive)"
  run -0 skep build --explain
  says "needs the whole of vmlinux.h: a name on the way to it is not UTF-8"
  is_object build/one.bpf.o
}

@test "a dry run of a new project wants an index and makes none" {
  uses one "sizeof(struct hive)"
  run -0 --separate-stderr skep build -n -v
  [ -z "$stderr" ]
  says "would run: index vmlinux.h"
  says "would run: compile one.bpf.c"
  says "-c one.bpf.c"
  [ ! -e build ]
}

@test "a header that is included by its path, or by an option, is sliced" {
  mkdir include src
  mv vmlinux.h include
  uses src/one "sizeof(struct hive)"
  sed -i 's,"vmlinux.h","../include/vmlinux.h",' src/one.bpf.c
  uses src/two "sizeof(struct hive)"
  sed -i '/^#include/d' src/two.bpf.c
  cat >skep.yaml <<'END'
objects:
  - sources: src/one.bpf.c
  - sources: src/two.bpf.c
    cflags: [-include, include/vmlinux.h]
END
  run -0 skep build --check-types
  says "index"
  says "2 objects are the same"
  echo "struct unrelated { int x; };" >>include/vmlinux.h
  run -0 skep build
  silent_on "compile"
}

@test "slices of the running kernel's types are small" {
  need_kernel_types
  rm vmlinux.h
  cat >one.bpf.c <<'END'
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
int value;
SEC("raw_tp/sched_switch") int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	value = BPF_CORE_READ(task, mm, exe_file, f_flags);
	return 0;
}
END
  run -0 skep vmlinux --for -o small.h one.bpf.c
  [ "$(wc -l <small.h)" -lt 5000 ]
  run -0 skep build --check-types
}

# --- what the object and others are told of the header

@test "the dependency file names the header, not a slice" {
  uses one "sizeof(struct hive)"
  run -0 skep build --depfile deps
  grep -q " vmlinux.h" deps
  refute grep -q "skep-[0-9]" deps
}

@test "with --debug DWARF tells the lines of the header" {
  uses one "sizeof(struct flight_stats); struct flight_stats stats"
  command -v llvm-dwarfdump-19 >/dev/null || skip "llvm-dwarfdump-19 is not here"
  run -0 skep build --debug
  mv build/one.bpf.o slice.o
  run -0 skep build --debug --full-types
  for o in slice.o build/one.bpf.o; do
    llvm-dwarfdump-19 --debug-info "$o" | grep -A9 '"flight_stats"' | grep decl_ >"$o.lines"
  done
  grep -q vmlinux.h slice.o.lines
  diff slice.o.lines build/one.bpf.o.lines
}

@test "with --debug a header that moved to another folder shows" {
  command -v llvm-dwarfdump-19 >/dev/null || skip "llvm-dwarfdump-19 is not here"
  mkdir a b
  mv vmlinux.h a
  echo "include: [a, b]" >skep.yaml
  uses one "sizeof(struct flight_stats); struct flight_stats stats"
  run -0 skep build --debug
  mv a/vmlinux.h b
  run -0 skep build --debug
  says "compile one.bpf.c"
  llvm-dwarfdump-19 --debug-info build/one.bpf.o | grep -A9 '"flight_stats"' | grep -q b/vmlinux.h
}

@test "inline functions of the header keep their lines" {
  cat >>vmlinux.h <<'END'
static inline __attribute__((noinline)) int hive_size(struct hive *hive)
{
	return hive->queen->caste;
}
END
  cat >one.bpf.c <<'END'
#include "vmlinux.h"
__attribute__((section("tc"), used)) int use(struct hive *hive)
{
	return hive_size(hive);
}
END
  run -0 skep build --check-types
  says "1 object is the same"
}

@test "names that two jobs' slices have in common do not meet" {
  for i in 1 2 3 4 5 6 7 8; do
    uses "p$i" "sizeof(struct hive) + $i"
  done
  run -0 skep build -j8
  says "built 8 objects"
  no_leftovers .
}

# --- the sets of programs

@test "programs for every rule: the same object as with the whole header" {
  cp -r "$TYPES"/programs/. .
  run -0 skep build -q --check-types
  run -0 skep build --explain
  # Only those that are known to need it.
  for name in $(sed -n 's/.*compile: \(.*\)\.bpf\.c: needs the whole.*/\1/p' <<<"$output"); do
    [[ $name == *whole* || $name == own_before_header ]]
  done
}

@test "programs with the running kernel's types: the same object" {
  need_kernel_types
  rm vmlinux.h
  cp "$TYPES"/kernel/* .
  run -0 skep build --check-types
  says "are the same with the whole vmlinux.h"
}

@test "random programs with the running kernel's types: the same objects" {
  need_kernel_types
  run -0 "$TYPES/random_types.py" --count "${RANDOM_TYPES:-200}" --seed 1 "$SKEP"
  show
  says "0 differences"
}

# --- skep vmlinux --for

@test "skep vmlinux --for prints what programs need, and they compile with it" {
  chains one queen-\>caste
  uses two "sizeof(struct flight_stats)"
  run -0 skep vmlinux --for --vmlinux vmlinux.h -o small.h one.bpf.c two.bpf.c
  [ "$(wc -c <small.h)" -lt 20000 ]
  grep -q "one.bpf.c two.bpf.c" small.h
  run -0 skep build
  mv build whole
  mv small.h vmlinux.h
  run -0 skep build
  cmp build/one.skel.h whole/one.skel.h
  cmp build/two.skel.h whole/two.skel.h
}

@test "skep vmlinux --for follows -I and -D" {
  mkdir include
  echo "#define SIZE sizeof(struct WHICH)" >include/size.h
  cat >one.bpf.c <<'END'
#include "vmlinux.h"
#include <size.h>
unsigned long value = SIZE;
END
  run -0 skep vmlinux --for --vmlinux vmlinux.h -I include -DWHICH=flight_stats one.bpf.c
  says "struct flight_stats {"
  run -0 skep vmlinux --for --vmlinux vmlinux.h one.bpf.c
  silent_on "struct flight_stats {"
}

@test "skep vmlinux --for: the running kernel by default" {
  need_kernel_types
  rm vmlinux.h
  echo '#include "vmlinux.h"
int size = sizeof(struct task_struct);' >one.bpf.c
  run -0 skep vmlinux --for one.bpf.c
  says "struct task_struct {"
}

@test "skep vmlinux --for: wrong words" {
  run -2 skep vmlinux --for
  says "name the programs"
  run -2 skep vmlinux -I include
  says "go with --for"
  fails 2 skep vmlinux --for --vmlinux vmlinux.h nowhere.bpf.c
  says "nowhere.bpf.c: no such file"
}
