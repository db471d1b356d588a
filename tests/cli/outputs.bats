#!/usr/bin/env bats
# Outputs appear whole: whatever happens to a build, and whatever is in its way.
load common

# A clang that takes a while, and is killed with skep.
slow_clang() {
  fake_clang clang <<'END'
[ $compiles ] && { touch $TOP/compiling; sleep 0.05; }
exec $CLANG "$@"
END
}

# Each output is absent or whole: byte for byte that of version 1 or 2.
check_whole() {
  local f
  for f in build/*.bpf.o build/*.skel.h; do
    [ -e "$f" ] || continue
    cmp -s "$f" "v1/${f##*/}" || cmp -s "$f" "v2/${f##*/}" || {
      echo "half-written: $f"
      return 1
    }
  done
}

@test "kill -9 at any moment leaves old or new files, and the next run repairs the rest" {
  local names=(a b c d e f) n
  write_versions() {
    for name in "${names[@]}"; do write_plain $name.bpf.c "$1"; done
  }
  for v in 1 2; do
    write_versions $v
    run -0 skep build -o v$v
  done
  # How long a build takes tells which moments to choose.
  start=$(date +%s%N)
  run -0 skep build
  took=$((($(date +%s%N) - start) / 1000))
  for n in {1..25}; do
    write_versions $((n % 2 + 1))
    "$SKEP" build >"$TOP/log" 2>&1 3>&- &
    pid=$!
    sleep "$(awk "BEGIN { print $took * ($n / 25) / 1000000 }")"
    kill -9 $pid 2>/dev/null || true
    wait $pid || true
    check_whole
  done
  "$SKEP" build
  for name in "${names[@]}"; do
    cmp build/$name.bpf.o v$((25 % 2 + 1))/$name.bpf.o
    cmp build/$name.skel.h v$((25 % 2 + 1))/$name.skel.h
  done
  no_leftovers build
  rests
}

@test "after kill -9 no compiler goes on writing, and the next run cleans up" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
if [ $compiles ] && [ -e $TOP/slow ]; then
  $CLANG "$@"
  echo $$ >$TOP/compiling
  exec sleep 30
fi
exec $CLANG "$@"
END
  touch "$TOP/slow"
  "$SKEP" build --clang "$TOP/bin/clang" >"$TOP/log" 2>&1 3>&- &
  wait_for test -s "$TOP/compiling"
  kill -9 $!
  wait $! || true
  wait_for refute kill -0 "$(cat "$TOP/compiling")"
  [ ! -e build/one.bpf.o ]
  rm "$TOP/slow"
  run -0 skep build --clang "$TOP/bin/clang"
  no_leftovers build
}

@test "clang makes no temporary files of its own, which nobody would remove after kill -9" {
  need_command strace
  write_plain one.bpf.c
  strace -f -e trace=file -o "$TOP/trace" "$SKEP" build || skip "strace does not work here"
  refute grep -E 'O_CREAT.*\.tmp"' "$TOP/trace"
}

@test "what a killed build left is removed, even when its process number is in use again" {
  write_plain one.bpf.c
  run -0 skep build
  for pid in 1 $$ $BASHPID 999999; do
    : >build/.one.bpf.o.skep-$pid-0
    : >build/.skep/.state.skep-$pid-17
  done
  run -0 skep build
  no_leftovers build
}

@test "files that only look like temporaries stay" {
  mkdir build
  write_plain one.bpf.c
  for f in .notes .skep-1-2 x.skep-1-2 .a.skep-x-2 .b.skep-1- .c.skep-1-2.txt; do
    echo mine >"build/$f"
  done
  run -0 skep build
  for f in .notes x.skep-1-2 .a.skep-x-2 .b.skep-1- .c.skep-1-2.txt; do
    [ "$(cat "build/$f")" = mine ]
  done
}

@test "a reader of the old object keeps it while a new one is built" {
  write_plain one.bpf.c 1
  run -0 skep build
  cp build/one.bpf.o old
  exec 5<build/one.bpf.o
  write_plain one.bpf.c 2
  run -0 skep build
  cmp - old <&5
  exec 5<&-
}

@test "an output that is a hard or symbolic link is replaced, what it led to stays" {
  write_plain one.bpf.c
  mkdir build
  echo precious >precious
  ln precious build/one.bpf.o
  ln -s ../precious build/one.skel.h
  run -0 skep build
  [ "$(cat precious)" = precious ]
  is_object build/one.bpf.o
  [ ! -L build/one.skel.h ]
}

@test "an output path that is a directory: one line, the others are built with -k" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  mkdir -p build/one.bpf.o
  run --separate-stderr -1 skep build -k
  says "build/one.bpf.o: is a directory"
  [ "${#stderr_lines[@]}" -eq 2 ]
  is_object build/two.bpf.o
  no_leftovers build
  rmdir build/one.bpf.o
  run -0 skep build
}

@test "the output directory is a file" {
  write_plain one.bpf.c
  echo mine >build
  fails 2 skep build
  says "build"
  says "-o"
  [ "$(cat build)" = mine ]
  fails 2 skep build -o build/deeper
}

@test "the output directory is a link to elsewhere" {
  write_plain one.bpf.c
  mkdir elsewhere
  ln -s elsewhere build
  run -0 skep build
  is_object elsewhere/one.bpf.o
  ln -sfn nowhere build
  fails 2 skep build
}

@test "a read-only output directory" {
  need_mounts
  write_plain one.bpf.c
  mkdir build
  on_read_only() {
    unshare -m sh -c 'mount -t tmpfs -o ro none build && exec "$0" "$@"' "$SKEP" "$@"
  }
  fails 2 on_read_only build
  says "build: Read-only file system"
  says "-o"
  # Looking is possible.
  run -0 on_read_only build -n
  says "would run: compile one.bpf.c"
}

@test "an output directory that became read-only" {
  need_mounts
  write_plain one.bpf.c
  run -0 skep build
  freeze() {
    unshare -m sh -c 'mount --bind build build && mount -o remount,ro,bind build && exec "$0" "$@"' \
      "$SKEP" "$@"
  }
  fails 2 freeze build
  says "build"
  says "Read-only file system"
}

@test "an output directory that one may not write to" {
  write_plain one.bpf.c
  mkdir build
  chmod 555 build
  open_to_others
  if [ "$(id -u)" -eq 0 ]; then
    need_command setpriv
    as_other() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    as_other test -r "$PWD/one.bpf.c" -a -x "$SKEP" || skip "the test's folder is closed to others"
  else
    as_other() { "$@"; }
  fi
  fails 2 as_other "$SKEP" build
  says "build"
  says "Permission denied"
}

# on_small_disk SIZE COMMAND...: with build/ on a disk of that size, its content kept in $TOP/disk.
on_small_disk() {
  local size=$1
  shift
  unshare -m bash -c '
    mount -t tmpfs -o "size=$1" none build || exit 99
    shift
    "$@"
    status=$?
    cp -a build/. "$TOP/disk"
    exit $status' - "$size" "$@"
}

@test "a full disk: errors that say so, nothing half-written, and the next run goes on" {
  need_mounts
  write_plain one.bpf.c
  write_plain two.bpf.c
  # More than fits: a big table.
  echo 'const char big[300000] = {1};' >>two.bpf.c
  mkdir build
  run -0 skep build -o whole
  export TOP
  mkdir "$TOP/disk"
  run on_small_disk 200k "$SKEP" build -k
  show
  [ "$status" -eq 1 ]
  says "No space left on device"
  says "skep: compile: two.bpf.c: the disk is full"
  silent_on ".skep-"
  no_leftovers "$TOP/disk"
  for f in "$TOP"/disk/*.bpf.o "$TOP"/disk/*.skel.h; do
    [ ! -e "$f" ] || cmp "$f" "whole/${f##*/}"
  done
  # Room again.
  rm -rf build
  mv "$TOP/disk" build
  run -0 skep build
  cmp build/two.bpf.o whole/two.bpf.o
  cmp build/two.skel.h whole/two.skel.h
}

@test "a disk that is full when our own part of a step writes" {
  need_mounts
  write_plain one.bpf.c
  echo 'const char big[300000] = {1};' >>one.bpf.c
  mkdir build "$TOP/disk"
  export TOP
  for size in 400k 700k; do
    run on_small_disk $size "$SKEP" build
    [ "$status" -eq 1 ]
    # The name it would have had, and each line once.
    says "skep: write: build/one."
    says "the disk is full"
    silent_on ".skep-"
    [ "$(sort <<<"$output" | uniq -d)" = "" ]
  done
}

@test "a disk without any room at all" {
  need_mounts
  write_plain one.bpf.c
  mkdir build "$TOP/disk"
  export TOP
  run on_small_disk 4k "$SKEP" build
  [ "$status" -ne 0 ]
  says "No space left on device"
  silent_on "signal"
}

@test "the output directory disappears during the build" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && rm -rf $TOP/p/build
exec $CLANG "$@"
END
  run skep build --clang "$TOP/bin/clang"
  [ "$status" -eq 1 ]
  silent_on "signal"
  run -0 skep build
  is_object build/one.bpf.o
}

# --- state

@test "a damaged state costs a rebuild, never a failure" {
  write_program one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  cp build/.skep/state good
  cp build/one.bpf.o one.o
  size=$(stat -c %s good)
  damage() {
    cp good build/.skep/state
    "$@" build/.skep/state
    run -0 skep build
    cmp build/one.bpf.o one.o
    rests
  }
  set_byte() { printf '%b' "$2" | dd of="$3" bs=1 seek="$1" conv=notrunc status=none; }
  for ((at = 0; at < size; at += size / 15 + 1)); do
    damage set_byte $at '\0377'
  done
  for n in 0 1 7 8 9 20 $((size / 2)) $((size - 1)); do
    damage truncate -s "$n"
  done
  damage truncate -s $((size + 100))
  damage truncate -s 2G
  damage rm
  fill() { head -c 10000 /dev/urandom >"$1"; }
  damage fill
  double() { cat good good >"$1"; }
  damage double
}

@test "a state of another version of skep costs a rebuild" {
  write_plain one.bpf.c
  run -0 skep build
  printf 'skepst9\n%1000s' >build/.skep/state
  builds_only one.bpf.c
  rests
}

@test "a private folder that is gone or empty costs a rebuild" {
  write_plain one.bpf.c
  run -0 skep build
  rm -r build/.skep
  builds_only one.bpf.c
  rm build/.skep/*
  builds_only one.bpf.c
  rests
}

@test "outputs of before the state was lost are not removed, and not trusted" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  rm -r build/.skep two.bpf.c
  builds_only one.bpf.c
  [ -e build/two.bpf.o ]
}

# --- two at a time

@test "two builds in one output directory: the second waits, and says so" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && { echo x >>$TOP/compiled; touch $TOP/compiling; sleep 0.3; }
exec $CLANG "$@"
END
  "$SKEP" build --clang "$TOP/bin/clang" >"$TOP/log1" 2>&1 3>&- &
  wait_for test -e "$TOP/compiling"
  run -0 skep build --clang "$TOP/bin/clang"
  says "another build is using build; waiting for it"
  says "nothing to do"
  wait $!
  [ "$(wc -l <"$TOP/compiled")" -eq 1 ]
}

@test "many builds at once in one output directory" {
  for n in 1 2 3 4; do write_plain p$n.bpf.c $n; done
  local pids=() n
  for n in {1..8}; do
    "$SKEP" build >"$TOP/log$n" 2>&1 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid"
  done
  rests
  no_leftovers build
}

@test "builds of one project in different output directories do not wait for each other" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
if [ $compiles ] && [ -e $TOP/wait ]; then
  rm $TOP/wait
  touch $TOP/compiling
  for n in {1..100}; do [ -e $TOP/p/b/one.skel.h ] && break; sleep 0.1; done
fi
exec $CLANG "$@"
END
  touch "$TOP/wait"
  "$SKEP" build -o a --clang "$TOP/bin/clang" >"$TOP/log1" 2>&1 3>&- &
  wait_for test -e "$TOP/compiling"
  run -0 skep build -o b
  silent_on "waiting"
  wait $!
}
