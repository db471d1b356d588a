#!/usr/bin/env bats
# skep kernel, and kernels as a source of types.
load common

setup() {
  start_project
  REAL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}
  export XDG_CACHE_HOME=$TOP/cache
  KEPT=$XDG_CACHE_HOME/skep/kernels
}

# write_image FILE FIELD [RELEASE]: a raw Image of arm64 whose task_struct has that field; "" for no
# types.
write_image() {
  local release=${3:-6.12.9-test}
  {
    head -c 56 /dev/zero
    printf 'ARM\x64'
    head -c 1000 /dev/zero
    printf 'Linux version %s (nobody@nowhere) #1\n' "$release"
    [ -z "$2" ] || raw_with "$2"
    head -c 100 /dev/zero
  } >"$1"
}

# raw_with FIELD: prints BTF of such a struct.
raw_with() {
  echo "struct task_struct { int $1; } task;" >"$TOP/types.c"
  "$(find_clang)" -target bpf -g -O2 -c "$TOP/types.c" -o "$TOP/types.o"
  print_section "$TOP/types.o" .BTF
}

# uses_field FIELD: writes one.bpf.c, which compiles only when struct task_struct has that field.
uses_field() {
  cat >one.bpf.c <<END
#include "vmlinux.h"
int size = sizeof(((struct task_struct *)0)->$1);
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
}

# nothing_kept: no kernel, and nothing half done.
nothing_kept() {
  [ ! -d "$KEPT" ] || [ -z "$(ls -A "$KEPT")" ]
}

# --- keeping

@test "a kernel is added, listed, checked and removed" {
  write_image Image kept
  echo CONFIG_BPF=y >config-6.12.9-test
  run -0 skep kernel add Image --name mine
  says "mine: $KEPT/mine, "
  [ -s "$KEPT/mine/image" ] && [ -s "$KEPT/mine/btf" ]
  cmp config-6.12.9-test "$KEPT/mine/config"
  run -0 skep kernel list
  grep -qE '^mine +6\.12\.9-test +arm64 +0\.0 +0 +yes ' <<<"$output"
  run -0 skep kernel check
  says "read 1 kernels: none is damaged"
  run -0 skep kernel remove mine
  nothing_kept
  run -0 skep kernel list
  [ "${#lines[@]}" -eq 1 ]
}

@test "adding again takes the place of what was there, and removing goes by version too" {
  write_image Image first
  run -0 skep kernel add Image
  write_image Image second
  run -0 skep kernel add Image
  run -0 skep vmlinux 6.12/arm64
  says "int second;"
  [ "$(ls "$KEPT")" = 6.12.9-test_arm64 ]
  run -0 skep kernel remove 6.12/arm64
  nothing_kept
}

@test "several may add at the same time" {
  local pids=() pid
  write_image Image kept
  for _ in 1 2 3 4; do
    "$SKEP" kernel add Image >/dev/null &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid"
  done
  [ "$(ls -A "$KEPT")" = 6.12.9-test_arm64 ]
  run -0 skep kernel check
}

# --- types

@test "vmlinux prints the types of a kept kernel, and of an image" {
  write_image Image from_image
  gzip -k Image
  run -0 skep kernel add Image
  skep vmlinux 6.12/arm64 >by_name.h
  skep vmlinux Image >by_path.h
  skep vmlinux Image.gz >by_gzip.h
  grep -q from_image by_name.h
  cmp by_name.h by_path.h
  cmp by_name.h by_gzip.h
  # A file goes before a kernel of that name.
  mkdir 6.12
  write_image 6.12/arm64 another
  run -0 skep vmlinux 6.12/arm64
  says another
  # A folder does not.
  rm 6.12/arm64
  mkdir 6.12/arm64
  run -0 skep vmlinux 6.12/arm64
  says from_image
}

@test "build takes the types of a kept kernel, also when another takes its name" {
  uses_field old_field
  write_image Image old_field
  run -0 skep kernel add Image --name mine
  run -0 skep build --vmlinux mine
  run -0 skep build --vmlinux mine
  says "nothing to do"
  uses_field new_field
  run -1 skep build --vmlinux mine
  write_image Image new_field
  run -0 skep kernel add Image --name mine
  run -0 skep build --vmlinux mine
  run -0 skep kernel remove mine
  fails 2 skep build --vmlinux mine
  says "types: mine: no such file"
}

@test "a newer kernel of a version is seen by the next build" {
  uses_field old_field
  write_image Image old_field 6.12.8-test
  run -0 skep kernel add Image
  run -0 skep build --vmlinux 6.12/arm64
  write_image Image new_field 6.12.9-test
  run -0 skep kernel add Image
  run -1 skep build --vmlinux 6.12/arm64
  says old_field
}

@test "a manifest takes the types of kept kernels, too" {
  uses_field old_field
  write_image Image old_field 6.12.8-test
  run -0 skep kernel add Image
  echo 'vmlinux: 6.12/arm64' >skep.yaml
  run -0 skep build
  run -0 skep build
  says "nothing to do"
  printf '%s\n' 'arch: arm64' 'vmlinux: {arm64: 6.12}' >skep.yaml
  run -0 skep build
  # Another kernel has the name now; the manifest is the same.
  write_image Image new_field 6.12.9-test
  run -0 skep kernel add Image
  run -1 skep build
  says old_field
  printf '%s\n' 'arch: {arm64: {vmlinux: 6.12.8}}' >skep.yaml
  run -0 skep build
  echo 'vmlinux: 6.11' >skep.yaml
  fails 2 skep build
  says "\`skep kernel fetch 6.11\`"
  # What is for other architectures is not looked for.
  echo 'vmlinux: {x86_64: 6.12.8/arm64, arm64: 6.12.8/arm64, s390x: 6.11}' >skep.yaml
  run -0 skep build
  echo 'vmlinux: 6.11' >skep.yaml
  # The command line goes before it.
  run -0 skep build --vmlinux 6.12.8/arm64
}

@test "build takes the types of a packed kernel" {
  uses_field from_image
  write_image Image from_image
  gzip Image
  run -0 skep build --vmlinux Image.gz
  says "types Image.gz"
  write_image Image other
  gzip -f Image
  run -1 skep build --vmlinux Image.gz
}

@test "a version that is not kept is an error that says how to get it" {
  uses_field tgid
  fails 2 skep vmlinux 6.12
  says "\`skep kernel fetch 6.12\`"
  fails 2 skep build --vmlinux 6.12
  says "\`skep kernel fetch 6.12\`"
  fails 2 skep build --vmlinux arm64=6.12 --arch arm64
  says "\`skep kernel fetch 6.12/arm64\`"
}

@test "a kernel without types is kept, and is no source of types" {
  write_image Image ""
  run -0 skep kernel add Image
  says "it has no types"
  fails 1 skep vmlinux 6.12/arm64
  says CONFIG_DEBUG_INFO_BTF
  fails 1 skep vmlinux Image
  says "a kernel without BTF"
}

# --- bad input

@test "what is no kernel is refused" {
  local size
  echo "some text" >text
  : >empty
  write_plain program.c
  "$(find_clang)" -target bpf -g -O2 -c program.c -o program.o
  for file in text empty program.o "$SKEP"; do
    fails 1 skep kernel add "$file"
    says "$(basename "$file")"
  done
  fails 2 skep kernel add missing
  says "No such file"
  fails 2 skep kernel add .
  says "Is a directory"
  write_image Image kept
  gzip Image
  size=$(stat -c %s Image.gz)
  for n in 1 2 10 100 $((size / 2)) $((size - 9)); do
    head -c "$n" Image.gz >cut.gz
    fails 1 skep kernel add cut.gz
    fails 1 skep vmlinux cut.gz
  done
  nothing_kept
}

@test "modules that are none are refused" {
  write_image Image kept
  mkdir -p lib/kernel
  echo "no module" >lib/kernel/xfs.ko
  fails 1 skep kernel add Image --modules lib
  says "xfs.ko: no module of a kernel"
  fails 2 skep kernel add Image --modules missing
  nothing_kept
}

@test "wrong usage is told" {
  fails 2 skep kernel frobnicate
  says "there are fetch, list, add, remove and check"
  fails 2 skep kernel fetch
  fails 2 skep kernel add
  fails 2 skep kernel add one two
  fails 2 skep kernel list one
  fails 2 skep kernel remove
  fails 2 skep kernel remove missing
  says "no kernel of that name is kept"
  fails 2 skep kernel fetch 6.12/vax
  says "vax: no architecture"
  run -2 skep kernel
  says "which command?"
}

@test "damage is noticed, and the message says what to do" {
  write_image Image kept
  run -0 skep kernel add Image --name mine
  printf X | dd of="$KEPT/mine/image" bs=1 seek=500 conv=notrunc status=none
  fails 1 skep kernel check
  says "mine/image: it is damaged; \`skep kernel remove mine\`"
  fails 1 skep kernel check mine
  : >"$KEPT/mine/btf"
  fails 1 skep kernel list
  says "mine/btf: it is damaged"
  run -0 skep kernel remove mine
  nothing_kept
}

@test "a full disk is an error, and nothing is left behind" {
  need_mounts
  write_image Image kept
  mkdir "$TOP/small"
  add_on_small_disk() {
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount -t tmpfs -o size=8k none "$1" && XDG_CACHE_HOME=$1 "$0" kernel add Image
      status=$?
      find "$1" -name "*skep-*" >&2
      exit $status' "$SKEP" "$TOP/small"
  }
  head -c 100000 /dev/urandom >>Image
  fails 2 add_on_small_disk
  says "No space left on device"
}

@test "without a place to keep them it says so" {
  write_image Image kept
  fails 2 env -u XDG_CACHE_HOME -u HOME "$SKEP" kernel add Image
  says "set HOME"
}

# --- fetching

@test "without apt, fetching says what else there is" {
  fails 2 env PATH="$TOP/none" "$SKEP" kernel fetch -q 6.12
  says "no apt-get"
  says "skep kernel add"
  nothing_kept
}

@test "without a network, fetching gives apt's reason" {
  command -v apt-get >/dev/null || skip "needs apt-get"
  fails 2 env http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 \
    "$SKEP" kernel fetch -q 6.12
  says "Debian cannot be asked"
  says "127.0.0.1"
  nothing_kept
}

@test "an apt that fails in other ways is reported" {
  fake() {
    mkdir -p "$TOP/bin"
    printf '#!/bin/sh\n%s\n' "$2" >"$TOP/bin/$1"
    chmod +x "$TOP/bin/$1"
  }
  fake apt-config :
  fake apt-get 'case " $* " in *" download "*) echo "E: not today" >&2; exit 100 ;; esac'
  fake apt-cache 'echo "Package: linux-image-6.12.1-arm64"; echo "Version: 6.12.1-1"; echo'
  [ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || skip "needs debian-archive-keyring"
  fails 2 env PATH="$TOP/bin" "$SKEP" kernel fetch -q 6.12/arm64
  says "linux-image-6.12.1-arm64=6.12.1-1: it cannot be downloaded: E: not today"
  fails 2 env PATH="$TOP/bin" "$SKEP" kernel fetch -q 6.13/arm64
  says "Debian has no such kernel for arm64"
  # Not other flavours, and not packages that only depend on one.
  for name in 6.12.1-cloud-arm64 6.12-arm64 6.12.1-rt-arm64; do
    fake apt-cache "echo Package: linux-image-$name; echo Version: 6.12.1-1; echo"
    fails 2 env PATH="$TOP/bin" "$SKEP" kernel fetch -q 6.12/arm64
    says "no such kernel"
  done
  nothing_kept
}

# keep_real KERNEL: has Debian's, from now on in a place that all runs share.
keep_real() {
  export XDG_CACHE_HOME=$REAL_CACHE/skep-tests/kernels
  [ -d "$REAL_CACHE" ] || skip "there is no $REAL_CACHE to keep kernels in"
  "$SKEP" vmlinux "$1" >/dev/null 2>&1 || "$SKEP" kernel fetch -q "$1" >"$TOP/fetched" 2>&1 ||
    skip "Debian's kernel $1 cannot be had: $(cat "$TOP/fetched")"
  "$SKEP" vmlinux "$1" >vmlinux.h
}

# has_types KERNEL: of a real kernel: what was found is what a search finds.
has_types() {
  local folder
  folder=$("$SKEP" kernel list | grep -E "$1" | tail -n 1 | awk '{ print $2 "_" $3 }')
  folder=$XDG_CACHE_HOME/skep/kernels/$folder
  python3 "$BATS_TEST_DIRNAME/../kernel_btf.py" "$folder/image" "$TOP/found"
  cmp "$TOP/found" "$folder/btf"
  skep vmlinux "$TOP/found" | cmp - vmlinux.h
  grep -q CONFIG_DEBUG_INFO_BTF=y "$folder/config"
  [ -s "$folder/modules/nf_conntrack.ko" ]
  [ -s "$folder/modules/xfs.ko" ]
  run -0 skep kernel check
}

@test "Debian's 6.12 is fetched, with its types" {
  keep_real 6.12/x86_64
  has_types '^6\.12 .* x86_64 '
}

@test "Debian's 5.10, packed in another way, is fetched as well" {
  keep_real 5.10/x86_64
  has_types '^5\.10 .* x86_64 '
}

@test "Debian's kernel for arm64 is fetched anywhere" {
  keep_real 6.12/arm64
  has_types '^6\.12 .* arm64 '
}
