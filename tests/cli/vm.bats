#!/usr/bin/env bats
# Jobs in virtual machines, by way of tests/harness/vm_run: what is said of programs, and what becomes
# of a job when a kernel, QEMU or this process comes to an early end.

load common

setup_file() {
  # The agent and the harness lie in the build folder, of which skep is the best known part.
  local skep=${SKEP:-$BATS_TEST_DIRNAME/../../out/skep}
  BUILD=${BUILD:-$(dirname "$skep")}
  BUILD=$(realpath "$BUILD")
  AGENT=$BUILD/agent/skep-agent-x86_64
  KERNEL=${SKEP_TEST_KERNEL:-$(newest_kernel x86_64)}
  export BUILD AGENT KERNEL
}

setup() {
  start_project
  [ -x "$BUILD/tests/harness/vm_run" ] || {
    echo "no vm_run in $BUILD/tests/harness: build it"
    return 1
  }
}

# newest_kernel ARCH: the image of the newest that is kept, of the line that most is tested with.
newest_kernel() {
  find "${XDG_CACHE_HOME:-$HOME/.cache}/skep/kernels" -path "*/6.12.*_$1/image" 2>/dev/null |
    sort -V | tail -n 1
}

# need_machine: a kernel, QEMU and the agent are here.
need_machine() {
  need_command qemu-system-x86_64
  [ -x "$AGENT" ] || skip "there is no agent: no static libraries when this was built"
  [ -s "$KERNEL" ] || skip "there is no kernel 6.12 for x86-64: skep kernel fetch 6.12"
}

# machine [OPTION...] [-- OBJECT...]: a job; objects are made of nothing.
machine() {
  local options=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  [ $# -eq 0 ] || shift
  "$BUILD/tests/harness/vm_run" "${options[@]}" "$KERNEL" "$AGENT" "$@"
}

# make_objects NAME...: each has one program that is accepted.
make_objects() {
  local name
  for name; do
    write_plain "$name.c"
    "$(find_clang)" -target bpf -g -O2 -c "$name.c" -o "$name"
  done
}

# verdicts: of the last run, a line each.
verdicts() {
  sed -n 's/^verdict //p' <<<"$output"
}

# fails_early TEXT: the last run ended with one line that says this, and no verdict.
fails_early() {
  show
  [ "$status" -eq 1 ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == "skep: "* ]]
  says "$1"
  [ -z "$output" ]
}

# fake_qemu: makes $TOP/qemu from stdin, a shell script that can start $QEMU.
fake_qemu() {
  {
    echo '#!/bin/sh'
    echo "QEMU=$(command -v qemu-system-x86_64) TOP=$TOP"
    cat
  } >"$TOP/qemu"
  chmod +x "$TOP/qemu"
}

# --- what goes well

@test "a machine tells the verdicts of all objects, in order" {
  need_machine
  make_objects a.o b.o
  cat >c.c <<'END'
#define SEC(name) __attribute__((section(name), used))
SEC("xdp") int pass(void *ctx) { return 2; }
SEC("xdp") int astray(void *ctx) { return *(int *)((long)ctx * 8); }
char LICENSE[] SEC("license") = "GPL";
END
  "$(find_clang)" -target bpf -g -O2 -c c.c -o c.o
  export TMPDIR=$TOP/tmp
  mkdir "$TMPDIR"
  run -0 machine -- a.o b.o c.o
  show
  [[ ${lines[0]} == "hello 6.12."* ]]
  [ "$(grep ^object <<<"$output")" = "object a.o
object b.o
object c.o" ]
  [ "$(verdicts)" = "a.o filter accepted
b.o filter accepted
c.o pass accepted
c.o astray rejected error 13" ]
  [ "${lines[-1]}" = "done" ]
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "an arm64 machine does the same" {
  need_command qemu-system-aarch64
  [ -x "$BUILD/agent/skep-agent-arm64" ] ||
    skip "there is no agent for arm64: no cross compiler and libraries when this was built"
  KERNEL=$(newest_kernel arm64)
  AGENT=$BUILD/agent/skep-agent-arm64
  [ -n "$KERNEL" ] || skip "there is no kernel 6.12 for arm64: skep kernel fetch 6.12/arm64"
  make_objects a.o b.o
  run -0 machine -A arm64 -a agent.fault=panic:b.o -- a.o b.o
  show
  [[ ${lines[0]} == "hello 6.12."*"-arm64" ]]
  [ "$(verdicts)" = "a.o filter accepted
b.o filter crashed" ]
  [ "${lines[-1]}" = "done" ]
}

@test "modules are loaded first; what is no module is told once, and the job goes on" {
  need_machine
  make_objects a.o
  local module
  module=$(find "${KERNEL%/*}/modules" -name 'nf_defrag_ipv4.ko' 2>/dev/null)
  [ -n "$module" ] || skip "the kernel has no modules here"
  run -0 machine -m "$module" -m a.o -- a.o
  show
  [ "${lines[1]}" = "trouble module 0001-a.o: Exec format error" ]
  [ "$(grep -c ^trouble <<<"$output")" -eq 1 ]
  [ "$(verdicts)" = "a.o filter accepted" ]
}

@test "what a device says before the agent does is not minded" {
  need_machine
  make_objects a.o
  run -0 machine -a agent.fault=noise -- a.o
  [ "$(verdicts)" = "a.o filter accepted" ]
}

@test "the machine has no network, no disk and none of the user's settings" {
  make_objects a.o
  touch agent kernel
  fake_qemu <<'END'
printf '%s\n' "$*" >>"$TOP/called"
exit 3
END
  run -1 --separate-stderr "$BUILD/tests/harness/vm_run" -e -q "$TOP/qemu" kernel agent a.o
  fails_early "skep: the kernel does not start in a virtual machine: QEMU exited with status 3"
  # Once more, since some boots fail for no reason of the kernel's.
  [ "$(wc -l <"$TOP/called")" -eq 2 ]
  grep -qe ' -nic none ' "$TOP/called"
  grep -qe ' -nodefaults -no-user-config ' "$TOP/called"
  refute grep -E -e '-(drive|hd.|netdev|device virtio-net|fsdev|virtfs|usb|blockdev)' "$TOP/called"
  refute grep mitigations "$TOP/called"
}

# --- what ends too early

@test "a kernel that crashes at a program costs that program's verdict, not the others'" {
  need_machine
  make_objects a.o b.o c.o
  run -0 machine -a agent.fault=panic:b.o -- a.o b.o c.o
  show
  [ "$(verdicts)" = "a.o filter accepted
b.o filter crashed
c.o filter accepted" ]
  says "ended twice: QEMU stopped: Kernel panic - not syncing: sysrq triggered crash"
  says "sysrq_handle_crash"
  [ "$(grep -c ^hello <<<"$output")" -eq 1 ]
  [ "$(grep -c ^object <<<"$output")" -eq 3 ]
  [ "${lines[-1]}" = "done" ]
}

@test "a machine that falls silent is ended and the job goes on" {
  need_machine
  make_objects a.o b.o
  run -0 machine -s 4 -a agent.fault=silent:a.o -- a.o b.o
  [ "$(verdicts)" = "a.o filter crashed
b.o filter accepted" ]
  says "ended twice: it said nothing for 4 seconds"
}

@test "damage between frames is noticed" {
  need_machine
  make_objects a.o b.o
  run -0 machine -a agent.fault=noise:a.o -- a.o b.o
  [ "$(verdicts)" = "a.o filter crashed
b.o filter accepted" ]
  says "what the agent said is damaged"
}

@test "a kernel that panics at boot: one line with the panic" {
  need_machine
  make_objects a.o
  run --separate-stderr machine -a agent.fault=exit -- a.o
  fails_early "does not start in a virtual machine: QEMU stopped: Kernel panic - not syncing: Attempted to kill init!"
}

@test "an agent that never answers: one line" {
  need_machine
  make_objects a.o
  run --separate-stderr machine -b 8 -a agent.fault=silent -- a.o
  fails_early "does not start in a virtual machine: it said nothing for 8 seconds"
}

@test "a QEMU that fails once is started again" {
  need_machine
  make_objects a.o
  fake_qemu <<'END'
[ -e "$TOP/was-here" ] && exec "$QEMU" "$@"
touch "$TOP/was-here"
kill -SEGV $$
END
  run -0 machine -q "$TOP/qemu" -- a.o
  [ "$(verdicts)" = "a.o filter accepted" ]
}

# start_machine ARGS...: in the background; waits until it says what $wanted is.
start_machine() {
  # Commands in the background ignore SIGINT unless told otherwise.
  env --default-signal=INT "$BUILD/tests/harness/vm_run" -a agent.fault=silent:a.o \
    "$KERNEL" "$AGENT" "$@" >"$TOP/said" 2>"$TOP/err" 3>&- &
  pid=$!
  for _ in {1..600}; do
    grep -q "^object a.o" "$TOP/said" && break
    sleep 0.1
  done
  qemu=$(pgrep -P "$pid" qemu)
  [ -n "$qemu" ]
}

# is_gone PID: within two seconds.
is_gone() {
  for _ in {1..20}; do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "process $1 is still there"
  kill -KILL "$1"
  return 1
}

@test "a QEMU that is killed is noticed at once" {
  need_machine
  make_objects a.o b.o
  start_machine a.o b.o
  kill -KILL "$qemu"
  # The next machine, not the deadline of a silent one, which is two minutes.
  for _ in {1..20}; do
    again=$(pgrep -P "$pid" qemu) && [ "$again" != "$qemu" ] && break
    sleep 0.1
  done
  [ -n "$again" ]
  kill -KILL "$pid"
  is_gone "$again"
}

@test "interrupted, terminated or killed: no QEMU is left" {
  need_machine
  make_objects a.o
  local signal
  for signal in INT TERM KILL; do
    start_machine a.o
    kill "-$signal" "$pid"
    is_gone "$qemu"
    wait "$pid" || true
  done
}

# --- what is missing

@test "no QEMU: the package that has it" {
  make_objects a.o
  touch agent kernel
  run --separate-stderr env PATH=/nowhere "$BUILD/tests/harness/vm_run" kernel agent a.o
  fails_early "qemu-system-x86_64 is not in PATH: install it (Debian: apt-get install qemu-system-x86)"
  run --separate-stderr env PATH=/nowhere "$BUILD/tests/harness/vm_run" -A arm64 kernel agent a.o
  fails_early "qemu-system-aarch64 is not in PATH: install it (Debian: apt-get install qemu-system-arm)"
  run --separate-stderr "$BUILD/tests/harness/vm_run" -q "$TOP/qemu" kernel agent a.o
  fails_early "$TOP/qemu: there is no such program"
}

@test "a machine of which there is no kind" {
  make_objects a.o
  touch agent kernel
  run --separate-stderr "$BUILD/tests/harness/vm_run" -A s390x kernel agent a.o
  fails_early "kernels of s390x cannot be started"
}

@test "no agent, no kernel, a file that is no kernel" {
  need_command qemu-system-x86_64
  make_objects a.o
  touch agent
  run --separate-stderr "$BUILD/tests/harness/vm_run" a.o missing a.o
  fails_early "missing: No such file or directory"
  run --separate-stderr "$BUILD/tests/harness/vm_run" missing agent a.o
  fails_early "skep: the kernel does not start in a virtual machine: QEMU exited with status 1"
  says "could not open kernel file"
  run --separate-stderr "$BUILD/tests/harness/vm_run" a.o agent a.o
  fails_early "skep: the kernel does not start in a virtual machine: QEMU exited with status 1"
}

@test "no room for a machine's files: one line" {
  make_objects a.o
  fake_qemu </dev/null
  head -c 2000000 /dev/zero >agent
  touch kernel
  # shellcheck disable=SC2016
  run --separate-stderr sh -c 'trap "" XFSZ; ulimit -f 100; exec "$@"' - \
    "$BUILD/tests/harness/vm_run" -e -q "$TOP/qemu" kernel agent a.o
  fails_early "no room for its 20"
  says "File too large"
}
