#!/usr/bin/env bats
# A store where things go wrong: builds succeed all the same, and what they make is right.
load common

setup() {
  start_project
  export TOP SKEP_CACHE=$TOP/store
  write_program one.bpf.c
  write_plain two.bpf.c 2
}

# learn_truth: what a build makes that has no store.
learn_truth() {
  run -0 skep build --no-cache -o "$TOP/truth"
}

# is_true [DIR]: what the last build left in DIR is that, and nothing else.
is_true() {
  local file dir=${1:-build}
  for file in "$TOP"/truth/*.bpf.o "$TOP"/truth/*.skel.h; do
    cmp "$file" "$dir/${file##*/}"
  done
  no_leftovers "$dir"
}

# builds_true [COMMAND...]: a build (by that command) from nothing succeeds and is right.
builds_true() {
  rm -rf build
  [ $# -gt 0 ] || set -- skep
  run -0 "$@" build
  is_true
}

# says_once TEXT
says_once() {
  [ "$(grep -cF "$1" <<<"$output")" -eq 1 ] || {
    echo "expected once: $1"
    show
    return 1
  }
}

found_all() {
  says "(0 of "
  says "came from the store"
}

# entries: how many there are of every kind.
entries() {
  find "$TOP/store/v1" -mindepth 3 -type f | wc -l
}

# on_disk OPTIONS COMMAND...: with a file system of its own, made by mount with these options, below
# $TOP/store.
on_disk() {
  local options=$1
  shift
  mkdir -p "$TOP/store"
  # shellcheck disable=SC2086
  unshare -m bash -c 'mount $1 "$TOP/store" || exit 99; shift; "$@"' - "$options" "$@"
}

# as_other COMMAND...: as a user who may not write here.
as_other() {
  setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# move_to_other: the project moves to where as_other may read it, and belongs to that user.
move_to_other() {
  need_root
  need_command setpriv
  as_other test -x "$SKEP" || skip "skep is where others may not look"
  OPEN=$(mktemp -d /tmp/skep-adversity-XXXXXX)
  chmod 755 "$OPEN"
  cp -r . "$OPEN/p"
  chown -R 65534 "$OPEN"
  cd "$OPEN/p"
  export SKEP_CACHE=$OPEN/store
}

teardown() {
  touch "$TOP/enough"
  [ -z "${OPEN:-}" ] || rm -rf "$OPEN"
}

# --- disks

@test "a full disk: one warning, and the build is right" {
  need_mounts
  learn_truth
  run -0 skep build
  n=$(entries)
  rm -r "$TOP/store"
  # Nothing fits, some entries fit, all but the last one fit.
  for options in size={4,$((n * 2)),$((n * 4 - 4))}k nr_inodes={2,4,"$n"}; do
    builds_true on_disk "-t tmpfs -o mode=700,$options none" "$SKEP"
    says_once "no more results are kept there"
    says_once "No space left on device"
    [ "$(grep -c "^skep: " <<<"$output")" -eq 1 ]
  done
}

@test "a disk that was full: what was kept is found, and the rest is kept when there is room" {
  need_mounts
  learn_truth
  twice() {
    "$SKEP" build -o a || return
    "$SKEP" cache verify || return
    mount -o remount,size=4m "$TOP/store" || return
    "$SKEP" build -o b || return
    "$SKEP" build -o c || return
    "$SKEP" cache verify
  }
  export -f twice
  run -0 on_disk "-t tmpfs -o mode=700,size=60k none" bash -c twice
  says_once "No space left on device"
  [ "$(grep -c " 0 were damaged, 0 incomplete" <<<"$output")" -eq 2 ]
  # The second build had to make what did not fit, the third nothing.
  [ "$(grep -c "(0 of .* came from the store)" <<<"$output")" -eq 1 ]
  for dir in a b c; do is_true $dir; done
}

@test "a full disk and cleaning: room is made" {
  need_mounts
  learn_truth
  clean() {
    "$SKEP" build -o a
    dd if=/dev/zero of="$TOP/store/filler" bs=4k 2>/dev/null
    "$SKEP" cache gc --max-size 0 || return
    rm "$TOP/store/filler"
    "$SKEP" build -o b && "$SKEP" build -o c
  }
  export -f clean
  run -0 on_disk "-t tmpfs -o mode=700,size=300k none" bash -c clean
  says "kept 0, 0.0 MB"
  [ "$(grep -c "(0 of .* came from the store)" <<<"$output")" -eq 1 ]
  for dir in a b c; do is_true $dir; done
}

@test "a read-only store: what it has is found, what it lacks is made, and it stays as it is" {
  need_mounts
  run -0 skep build
  echo "int more;" >>two.bpf.c
  learn_truth
  before=$(find "$TOP/store" -printf '%P %s %T@\n' | sort)
  frozen() {
    unshare -m bash -c '
      mount --bind "$TOP/store" "$TOP/store" && mount -o remount,ro,bind "$TOP/store" || exit 99
      "$@"' - "$SKEP" "$@"
  }
  builds_true frozen
  says "compile one.bpf.c (from the store)"
  says "compile two.bpf.c"
  silent_on "compile two.bpf.c (from"
  says_once "Read-only file system"
  # What would change it says so, what reads it does.
  fails 2 frozen cache clear
  says "Read-only file system"
  run -0 frozen cache stats
  run -0 frozen cache verify
  says " 0 were damaged"
  run -0 frozen cache gc --max-size 0
  says "removed 0 entries"
  [ "$(find "$TOP/store" -printf '%P %s %T@\n' | sort)" = "$before" ]
}

@test "a store whose folders one may not write to is as good as a read-only one" {
  move_to_other
  learn_truth
  run -0 as_other "$SKEP" build
  find "$SKEP_CACHE" -type d -exec chmod 500 {} +
  before=$(find "$SKEP_CACHE/v1" -mindepth 2 -printf '%P %s\n' | sort)
  builds_true as_other "$SKEP"
  found_all
  echo "int more;" >>two.bpf.c
  learn_truth
  builds_true as_other "$SKEP"
  says_once "Permission denied"
  says "compile two.bpf.c"
  silent_on "compile two.bpf.c (from"
  [ "$(find "$SKEP_CACHE/v1" -mindepth 2 -printf '%P %s\n' | sort)" = "$before" ]
}

@test "a store that cannot be made, as there may nobody write" {
  move_to_other
  learn_truth
  mkdir "$OPEN/closed"
  export SKEP_CACHE=$OPEN/closed/store
  builds_true as_other "$SKEP"
  says_once "$OPEN/closed/store: Permission denied; no more results are kept there"
}

@test "a file system without reflinks, and another one than the project's" {
  need_mounts
  learn_truth
  twice() { "$SKEP" build -o a && "$SKEP" build -o b; }
  export -f twice
  run -0 on_disk "-t tmpfs -o mode=700 none" bash -c twice
  found_all
  silent_on "skep: "
  is_true a
  is_true b
}

@test "a file system without links, owners or modes, where time goes by two seconds" {
  need_mounts
  PATH=$PATH:/sbin:/usr/sbin
  need_command mkfs.vfat
  truncate -s 8M "$TOP/disk"
  mkfs.vfat "$TOP/disk" >/dev/null
  on_disk "-t vfat -o loop,umask=077 $TOP/disk" true 2>/dev/null ||
    skip "vfat cannot be mounted here"
  learn_truth
  twice() {
    "$SKEP" build -o a && "$SKEP" build -o b && "$SKEP" cache verify
  }
  export -f twice
  run -0 on_disk "-t vfat -o loop,umask=077 $TOP/disk" bash -c twice
  says "came from the store"
  silent_on "skep: "
  says " 0 were damaged, 0 incomplete"
  is_true a
  is_true b
}

# --- owners

@test "a store of somebody else, in whole or in part, is refused by every command" {
  need_root
  run -0 skep build
  mkdir "$TOP/file"
  for part in "" /v1 /v1/blobs; do
    chown 65534 "$TOP/store$part"
    rm -rf build
    fails 2 skep build
    says "$TOP/store$part: it belongs to user 65534, not to you"
    fails 2 skep build --prebuilt
    for command in stats gc verify clear "export $TOP/x" "import $TOP/x"; do
      # shellcheck disable=SC2086
      fails 2 skep cache $command
      says "it belongs to user 65534"
    done
    run -0 skep build --no-cache
    chown 0 "$TOP/store$part"
  done
  run -0 skep build -o other
  found_all
}

@test "a store that others may write to is refused" {
  run -0 skep build
  for part in "" /v1 /v1/actions; do
    chmod g+w "$TOP/store$part"
    rm -rf build
    fails 2 skep build
    says "$TOP/store$part: others may write there"
    says "chmod go-w $TOP/store$part"
    chmod g-w "$TOP/store$part"
  done
  run -0 skep build
  found_all
}

# --- other versions

# other_version OLD NEW: makes $TOP/other, a skep in which a text of the same length stands.
other_version() {
  [ ${#1} -eq ${#2} ]
  grep -q "$1" "$SKEP"
  sed "s/$1/$2/g" "$SKEP" >"$TOP/other"
  chmod +x "$TOP/other"
  "$TOP/other" --version >/dev/null
}

@test "two versions of skep that do not make the same share a store, and each finds its own" {
  # Every step of the other one has another identity.
  other_version "step=%s %u" "stop=%s %u"
  learn_truth
  builds_true
  builds_true "$TOP/other"
  silent_on "from the store"
  n=$(entries)
  for i in 1 2; do
    builds_true
    found_all
    builds_true "$TOP/other"
    found_all
    silent_on "skep: "
  done
  [ "$(entries)" -eq "$n" ]
  run -0 skep cache verify
  says " 0 were damaged, 0 incomplete"
  run -0 "$TOP/other" cache verify
}

@test "a version that writes records in another form costs time, and nothing else" {
  other_version "skepac1" "skepac9"
  learn_truth
  for i in 1 2; do
    for version in "$SKEP" "$TOP/other"; do
      builds_true "$version"
      silent_on "from the store"
      builds_true "$version"
      found_all
    done
  done
}

@test "what another version keeps beside v1 stays, whatever is done" {
  learn_truth
  builds_true
  hex=$(printf 'ab%062d' 0)
  mkdir -p "$TOP/store/v2/blobs/ab" "$TOP/store/v2/actions" "$TOP/store/v1/trees/ab"
  for file in README v2/blobs/ab/$hex v2/actions/.$hex.skep-1-1 v2/size v1/trees/ab/$hex \
    v1/trees/ab/.$hex.skep-1-1 v1/index v1/blobs/notes; do
    echo "not yours" >"$TOP/store/$file"
    touch -d '2001-01-01' "$TOP/store/$file"
  done
  ln -s nowhere "$TOP/store/latest"
  foreign() {
    (cd "$TOP/store" && find . \( -path './v1/trees*' -o -path './v2*' -o -path ./README -o \
      -path ./v1/index -o -path ./v1/blobs/notes -o -name latest \) -printf '%p %y %s %t\n' | sort)
  }
  before=$(foreign)
  [ "$(wc -l <<<"$before")" -eq 15 ]
  builds_true
  found_all
  for command in stats verify "gc --max-size 0" "gc --max-age 0" clear; do
    # shellcheck disable=SC2086
    run -0 skep cache $command
    silent_on "skep: "
  done
  [ "$(entries)" -eq 2 ]
  builds_true
  [ "$(foreign)" = "$before" ]
}

# --- clocks

@test "files from the future: edits are seen, and nothing is removed for its age" {
  touch -d '2040-01-01' ./*
  builds_true_after_edit() {
    learn_truth
    run -0 skep build
    is_true
    says "compile two.bpf.c"
  }
  builds_true_after_edit
  for value in 3 4 5; do
    # As long as before, and as old.
    write_plain two.bpf.c $value
    touch -d '2040-01-01' two.bpf.c
    builds_true_after_edit
  done
  find "$TOP/store" -type f -exec touch -d '2040-01-01' {} +
  builds_true
  found_all
  run -0 skep cache gc --max-age 30d
  says "removed 0 entries"
  # From now on they grow old like others.
  [ -z "$(find "$TOP/store/v1" -mindepth 3 -type f -newermt '2039-01-01')" ]
  builds_true
  found_all
}

@test "a clock that goes backwards between builds" {
  need_command faketime
  faketime '2001-01-01' "$SKEP" --version >/dev/null 2>&1 || skip "faketime does not work here"
  learn_truth
  for when in "2030-01-01" "2001-01-01" "+1 year" "-1 day"; do
    builds_true faketime "$when" "$SKEP"
    silent_on "skep: "
  done
  found_all
  run -0 faketime '2001-01-01' "$SKEP" build
  says "nothing to do"
  for value in 3 4 5; do
    write_plain two.bpf.c $value
    learn_truth
    run -0 faketime "200$value-01-01" "$SKEP" build
    is_true
  done
  # To this clock all entries are from the future.
  n=$(entries)
  run -0 faketime '2001-01-01' "$SKEP" cache gc --max-age 1d
  says "removed 0 entries"
  [ "$(entries)" -eq "$n" ]
}

# --- races

@test "ten builds at once that have the same to do" {
  for i in {1..4}; do write_program "p$i.bpf.c" "$i"; done
  learn_truth
  pids=()
  for i in {1..10}; do
    mkdir "$TOP/$i"
    cp ./*.c ./*.h "$TOP/$i"
    "$SKEP" build -C "$TOP/$i" -j 2 >"$TOP/log$i" 2>&1 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  refute grep "^skep: " "$TOP"/log*
  for i in {1..10}; do is_true "$TOP/$i/build"; done
  no_leftovers "$TOP/store"
  run -0 skep cache verify
  says " 0 were damaged, 0 incomplete"
  # An action for each step, and nothing twice.
  [ "$(find "$TOP/store/v1/actions" -type f | wc -l)" -eq \
    "$(sed -n 's/.* of \([0-9]*\) steps ran.*/\1/p' "$TOP/log1")" ]
}

@test "builds while the store is emptied again and again" {
  for i in {1..4}; do write_program "p$i.bpf.c" "$i"; done
  learn_truth
  while [ ! -e "$TOP/enough" ]; do
    "$SKEP" cache clear && "$SKEP" cache gc --max-size 0 || touch "$TOP/failed"
  done >/dev/null 2>&1 3>&- &
  for i in {1..6}; do
    builds_true
    silent_on "skep: "
  done
  touch "$TOP/enough"
  wait
  [ ! -e "$TOP/failed" ]
  builds_true
}
