#!/usr/bin/env bats
# Same input, same bytes.
load common

# rich_types: so many types that are only declared in BTF, reached by pointers, that clang by itself
# gives them another order in another folder or with another macro.
rich_types() {
  awk 'BEGIN {
    print "#pragma once"
    print "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)"
    for (n = 0; n < 400; n++) {
      printf "struct node_%d { int number; struct more_%d *more; char pad[%d]; };\n", n, n, n + 1
      printf "struct more_%d { long count; struct node_%d *node; };\n", n, n * 7 % 400
    }
    print "struct all {"
    for (n = 0; n < 400; n++)
      printf "struct node_%d *node_%d;\n", n, n
    print "};"
    print "struct root { struct all *all; };"
    print "#pragma clang attribute pop"
  }'
}

# rich: a program that uses them in CO-RE relocations, and has maps.
rich() {
  cat <<'END'
#include "vmlinux.h"
#define SEC(name) __attribute__((section(name), used))
struct key { int first; long second; };
struct {
	int (*type)[1];
	int (*max_entries)[64];
	struct key *key;
	struct node_9 *value;
} map SEC(".maps");
static void *(*lookup)(void *map, const void *key) = (void *)1;
SEC("tp_btf/sched_switch") int program(struct root *root)
{
	struct key key = {root->all->node_3->number, root->all->node_7->more->count};
	struct node_9 *value = lookup(&map, &key);

	return value ? value->number : 0;
}
char LICENSE[] SEC("license") = "GPL";
END
}

# rich_project DIR
rich_project() {
  mkdir -p "$1/src"
  rich_types >"$1/vmlinux.h"
  rich >"$1/src/rich.bpf.c"
  write_plain "$1/plain.bpf.c"
  echo "include: ." >"$1/skep.yaml"
}

# same_objects DIR OTHER...: all outputs for people are the same.
same_objects() {
  local dir=$1 other f
  shift
  for other; do
    for f in rich.bpf.o rich.skel.h plain.bpf.o plain.skel.h; do
      cmp "$dir/$f" "$other/$f"
    done
  done
}

@test "the same bytes in folders of other names and depths" {
  local dirs=(a "$TOP/a much longer name/and/deeper" "$(printf '%0200d/%0200d' 1 2)" "with=equals" 'with "quotes" $x' "ü")
  for dir in "${dirs[@]}"; do
    rich_project "$dir"
    run -0 skep build -C "$dir"
  done
  same_objects a/build "${dirs[@]/%//build}"
}

@test "the same bytes in every environment" {
  rich_project .
  run -0 skep build -o out0
  run -0 env -i "PATH=$PATH" "$SKEP" build -o out1
  run -0 env "FILLER=$(printf '%20000s')" "$SKEP" build -o out2
  run -0 env LC_ALL=de_DE.UTF-8 TZ=Asia/Tokyo HOME=/nowhere PWD=/nowhere "$SKEP" build -o out3
  (umask 077 && "$SKEP" build -o out4)
  same_objects out0 out1 out2 out3 out4
}

@test "the same bytes with other layouts of memory, in run after run" {
  rich_project .
  run -0 skep build -o out0
  run -0 setarch -R "$SKEP" build -o out1
  run -0 setarch -L "$SKEP" build -o out2
  for n in {3..12}; do
    run -0 skep build -o "out$n"
  done
  same_objects out0 out{1..12}
}

@test "the same bytes whatever the order of the work: -j 1, -j 8, one by one" {
  rich_project .
  run -0 skep build -j 1 -o one
  run -0 skep build -j 8 -o eight
  run -0 skep build -o apart plain
  run -0 skep build -o apart rich
  same_objects one eight apart
}

@test "the same bytes with one more unused macro, whatever its length" {
  rich_project .
  run -0 skep build -o plain
  for n in 1 100 1000 2000 4000 8000; do
    echo "{include: ., defines: [X$(printf "%0${n}d" 1)]}" >skep.yaml
    run -0 skep build -o "more$n"
  done
  same_objects plain more*
}

@test "the same bytes in a checkout reached through a symbolic link" {
  rich_project real
  ln -s real link
  run -0 skep build -C real -o out
  mv real/out real-out
  cd link
  run -0 env "PWD=$PWD" "$SKEP" build -o ../link-out
  cd ..
  same_objects real-out link-out
}

@test "the same bytes when an include directory is given as an absolute path" {
  for dir in one two/three; do
    mkdir -p $dir/include
    echo 'static inline int twice(int x) { volatile int y = x; return y * 2; }' >$dir/include/x.h
    echo 'const char where[] = __FILE__;' >>$dir/include/x.h
    write_program $dir/a.bpf.c "1" x.h
    sed -i 's/return value/return twice(value)/' $dir/a.bpf.c
    echo "include: $PWD/$dir/include" >$dir/skep.yaml
    run -0 skep build -C $dir
  done
  cmp one/build/a.bpf.o two/three/build/a.bpf.o
  # Through a link, where the shell's idea of the folder is another than the kernel's.
  ln -s one link
  (cd link && "$SKEP" build -o ../linked)
  cmp one/build/a.bpf.o linked/a.bpf.o
}

@test "linked objects, too" {
  for dir in one two/three; do
    mkdir -p $dir
    rich_project $dir
    echo 'int more(int x) { return x; }' >$dir/more.c
    cat >$dir/skep.yaml <<'END'
objects:
  - {name: both, sources: [src/rich.bpf.c, more.c], include: .}
END
    run -0 skep build -C $dir
  done
  cmp one/build/both.bpf.o two/three/build/both.bpf.o
  cmp one/build/both.skel.h two/three/build/both.skel.h
}

@test "no path of this machine is in the outputs, not even with --debug" {
  rich_project .
  echo "int from_header;" >>vmlinux.h
  run -0 skep build
  run -0 skep build --debug -o debug
  refute grep -raqF "$TOP" build --include=rich.* --include=plain.*
  refute grep -raqF "$TOP" debug --include=rich.* --include=plain.*
}

@test "the vmlinux.h made from the running kernel is the same each time" {
  need_kernel_types
  "$SKEP" vmlinux >one.h
  setarch -R "$SKEP" vmlinux >two.h
  cmp one.h two.h
}

# --- --check-reproducible

@test "--check-reproducible passes, and says what it compared" {
  rich_project .
  run -0 skep build --check-reproducible
  says "reproducible"
  says "2 objects"
  run -0 skep build --check-reproducible rich
  says "1 object "
  # It leaves nothing behind.
  mkdir "$TOP/tmp"
  TMPDIR=$TOP/tmp run -0 skep build --check-reproducible
  [ -z "$(ls -A "$TOP/tmp")" ]
}

@test "--check-reproducible works with --vmlinux, folders above, odd names, absolute outputs" {
  mkdir -p inner lib
  echo "#define X 1" >lib/x.h
  write_program "inner/a b.bpf.c" X ../lib/x.h vmlinux.h
  write_types kernel.h
  run -0 skep build -C inner --vmlinux ../kernel.h -o "$TOP/out" --check-reproducible
  says "reproducible"
}

@test "--check-reproducible finds a compiler that gives other bytes each time" {
  write_plain one.bpf.c "RANDOM"
  write_plain two.bpf.c
  fake_clang clang <<'END'
exec $CLANG -DRANDOM=$RANDOM$RANDOM "$@"
END
  mkdir "$TOP/tmp"
  TMPDIR=$TOP/tmp run -1 skep build --clang "$TOP/bin/clang" --check-reproducible
  says "build/one.bpf.o"
  silent_on "two.bpf.o: "
  # What differs is kept for a look at it, where the message says.
  kept=$(grep -o "$TOP/tmp/[^ ]*one.bpf.o" <<<"$output" | head -n 1)
  is_object "$kept"
}

@test "--check-reproducible warns of __TIME__, which may be the same by chance" {
  write_plain one.bpf.c "sizeof(__TIME__)"
  run skep build --check-reproducible
  says "one.bpf.c"
  says "__TIME__"
}
