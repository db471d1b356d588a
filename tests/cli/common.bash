# What the tests of the real binary share. A test starts in an empty project of its own, with
# little in its environment; $TOP is the folder that holds the project.
#
# Run one file by hand with: SKEP=out/skep bats tests/cli/build.bats

bats_require_minimum_version 1.5.0

setup() {
  start_project
}

start_project() {
  SKEP=${SKEP:-$BATS_TEST_DIRNAME/../../out/skep}
  [ -x "$SKEP" ] || {
    echo "no skep at $SKEP: build it, or name it with SKEP=" >&2
    return 1
  }
  SKEP=$(realpath "$SKEP")
  # What would reach skep from `make check` or from the user's own settings.
  unset MAKEFLAGS MFLAGS MAKELEVEL SKEP_CLANG NO_COLOR CPATH C_INCLUDE_PATH CCC_OVERRIDE_OPTIONS
  # Steps are to run, unless a test is about those that need not.
  export LC_ALL=C SKEP SKEP_CACHE=
  TOP=$BATS_TEST_TMPDIR
  mkdir "$TOP/p"
  cd "$TOP/p" || return
}

skep() {
  "$SKEP" "$@"
}

# --- programs that compile in a moment, because their vmlinux.h is small

write_types() {
  cat >"${1:-vmlinux.h}" <<'END'
#ifndef __VMLINUX_H__
#define __VMLINUX_H__
typedef unsigned int __u32;
typedef unsigned long long __u64;
struct task_struct {
	int pid;
	int tgid;
};
#endif
END
}

# write_large_types: prints them with more structs, enough to be sliced.
write_large_types() {
  local i
  write_types /dev/stdout | sed '$d'
  for i in {1..3000}; do
    printf 'struct large_%d {\n\tint first_member;\n\tlong second_member[%d];\n};\n' "$i" "$i"
  done
  echo '#endif'
}

# write_program FILE [VALUE [HEADER...]]: a socket filter that returns VALUE. It includes the
# HEADERs, or the vmlinux.h beside it, which is made when it is missing.
write_program() {
  local file=$1 value=${2:-1} dir
  dir=$(dirname "$file")
  shift
  [ $# -eq 0 ] || shift
  if [ $# -eq 0 ]; then
    set -- vmlinux.h
    [ -e "$dir/vmlinux.h" ] || write_types "$dir/vmlinux.h"
  fi
  {
    printf '#include "%s"\n' "$@"
    print_filter "$value"
  } >"$file"
}

# write_plain FILE [VALUE]: one that includes nothing.
write_plain() {
  print_filter "${2:-1}" >"$1"
}

print_filter() {
  cat <<END
#define SEC(name) __attribute__((section(name), used))
int value = $1;
SEC("socket") int filter(void *ctx)
{
	return value;
}
char LICENSE[] SEC("license") = "GPL";
END
}

# --- what commands say

# bats leaves the stderr of an earlier run in place when a later one does not take it apart.
eval "original_$(declare -f run)"
run() {
  unset stderr stderr_lines
  original_run "$@"
}

# fails STATUS COMMAND...: one clear line on stderr and that exit status; stdout in $output.
fails() {
  local want=$1
  shift
  run --separate-stderr "$@"
  show
  # Of stderr, only the lines of skep itself.
  [ "$status" -eq "$want" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == "skep: "* ]]
  no_leftovers .
}

# Shows the last run's output when the test fails.
show() {
  echo "status $status"
  echo "$output"
  [ -z "${stderr:-}" ] || echo "stderr: $stderr"
}

# says TEXT: the last run printed it, on stdout or stderr.
says() {
  [[ "$output${stderr:+$'\n'$stderr}" == *"$1"* ]] || {
    echo "expected: $1"
    show
    return 1
  }
}

# open_to_others: other users can reach the project by its name, as far as that is ours to allow.
open_to_others() {
  local dir=$TOP
  chmod 777 . "$TOP"
  while [[ $dir == "$BATS_RUN_TMPDIR"* ]]; do
    chmod o+x "$dir"
    dir=$(dirname "$dir")
  done
}

# silent_on TEXT: the last run did not print it.
silent_on() {
  [[ "$output${stderr:+$'\n'$stderr}" != *"$1"* ]] || {
    echo "not expected: $1"
    show
    return 1
  }
}

# refute COMMAND...: it fails. (A mere `!` does not fail a test.)
refute() {
  if "$@"; then
    echo "succeeded: $*"
    return 1
  fi
}

# ran: the last build's steps that ran, as "compile a.bpf.c", sorted, one a line.
ran() {
  sed -n 's,^\[[0-9]*/[0-9]*\] ,,p' <<<"$output" | sort
}

# builds_only LABEL...: a build succeeds, and compiles exactly these sources.
builds_only() {
  run -0 skep build
  [ "$(ran | sed -n 's/^compile //p')" = "$(printf '%s\n' "$@" | sort)" ] || {
    echo "expected to compile: $*"
    show
    return 1
  }
}

# rests: a build finds nothing to do.
rests() {
  run -0 skep build "$@"
  says "nothing to do"
  [ -z "$(ran)" ]
}

# no_leftovers DIR: no temporary file of ours or of clang's is there.
no_leftovers() {
  local found
  found=$(find "$1" -name '.*skep-[0-9]*' -o -name '*.tmp')
  [ -z "$found" ] || {
    echo "left over: $found"
    return 1
  }
}

# digest FILE...: changes when a file's content does.
digest() {
  sha256sum "$@" | sha256sum
}

# is_object FILE: a whole ELF file for BPF.
is_object() {
  readelf -h "$1" 2>&1 | grep -q 'Machine:.*BPF'
  refute grep -qi warning <(readelf -S "$1" 2>&1)
}

# print_section FILE NAME: a section's bytes.
print_section() {
  local line
  line=$(readelf -SW "$1" | sed 's/^ *\[ *[0-9]*\] *//' | grep -F "$2 ")
  # shellcheck disable=SC2086
  set -- "$1" $line
  tail -c +$((0x$5 + 1)) "$1" | head -c $((0x$6))
}

# --- compilers

# The newest clang here, as skep should find it.
find_clang() {
  local n
  for n in {30..14}; do
    command -v "clang-$n" && return
  done
  command -v clang
}

# fake_clang NAME: makes $TOP/bin/NAME from stdin, a shell script in which $CLANG is the real one,
# and $compiles is set when it is called to compile something.
fake_clang() {
  mkdir -p "$TOP/bin"
  CLANG=${CLANG:-$(find_clang)}
  {
    echo '#!/bin/bash'
    echo "CLANG=$CLANG TOP=$TOP"
    # shellcheck disable=SC2016
    echo 'compiles=; [[ " $* " == *" /dev/null "* ]] || compiles=1'
    cat
  } >"$TOP/bin/$1"
  chmod +x "$TOP/bin/$1"
}

# A PATH without any compiler but those in $TOP/bin.
path_without_clang() {
  if [ ! -e "$TOP/tools" ]; then
    mkdir -p "$TOP/tools" "$TOP/bin"
    ln -s -t "$TOP/tools" /usr/bin/*
    rm -f "$TOP/tools/"*clang*
  fi
  echo "$TOP/bin:$TOP/tools"
}

# --- what is there

need_root() {
  [ "$(id -u)" -eq 0 ] || skip "needs root"
}

need_command() {
  command -v "$1" >/dev/null || skip "needs $1"
}

need_kernel_types() {
  [ -r /sys/kernel/btf/vmlinux ] || skip "the running kernel shows no BTF"
}

# Mount namespaces of our own, for small disks.
need_mounts() {
  need_root
  unshare -m true 2>/dev/null || skip "needs mount namespaces"
}

# wait_for COMMAND...: until it succeeds, 10 seconds at most.
wait_for() {
  local n
  for n in {1..200}; do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.05
  done
  echo "waited in vain for: $*"
  return 1
}
