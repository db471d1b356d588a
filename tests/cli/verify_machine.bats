#!/usr/bin/env bats
# skep verify on kernels in virtual machines: several at once, what is known afterwards, and what
# is left of those that end early. Parts of machines are tested in vm.bats.
load common
load verify

# kept_image VERSION: the path of a kept kernel's image.
kept_image() {
  "$SKEP" kernel list | awk -v root="$XDG_CACHE_HOME" -v name="$1" \
    '$1 == name && $3 == "x86_64" { print root "/skep/kernels/" $2 "_" $3 "/image"; exit }'
}

# figures PROGRAM: its line of the last table, without its name.
figures() {
  sed -nE "s/^  $1 +//p" <<<"$output" | tr -s ' '
}

@test "several kernels in one call, whose verdicts are known afterwards" {
  need_kernels 5.10 6.12
  export SKEP_CACHE=$TOP/store
  # The ring buffer's helper came with 5.8, bpf_loop with 5.17; xfs is a module.
  make_object ages <<'END'
static long (*const loop)(unsigned, void *, void *, unsigned long) = (void *)181;
static long nothing(unsigned i, void *ctx) { return 0; }
SEC("xdp") int old(void *ctx) { return 2; }
SEC("xdp") int recent(void *ctx)
{
	loop(10, nothing, (void *)0, 0);
	return 2;
}
SEC("fentry/xfs_file_fsync") int of_module(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
END
  run -1 --separate-stderr skep verify --kernel 5.10,6.12 ages.o
  show
  # No trouble with a module, either.
  [ -z "$stderr" ]
  summary 4 0 2
  [ "$(figures old)" = "2 2" ]
  [[ $(figures recent) =~ ^[a-z\ ]+\ [0-9]+$ ]]
  [[ $(figures of_module) =~ ^[a-z\ ]+\ [0-9]+$ ]]
  says "ages.o: recent (on 5.10)"
  local first=$output
  # From now on nothing is to start: there is no QEMU.
  PATH=$(path_without qemu-system-x86_64)
  run -1 --separate-stderr skep verify --kernel 5.10,6.12 ages.o
  [ "$output" = "$first" ]
  [ -z "$stderr" ]
  run -1 skep verify --kernel 5.10 ages.o
  summary 1 0 2
  run -0 skep verify --kernel 6.12 ages.o
  summary 3 0 0
  local option
  for option in --refresh --no-cache --timeout=59 --log; do
    fails 2 "$SKEP" verify "$option" --kernel 6.12 ages.o
    says "qemu-system-x86_64 is not in PATH"
  done
}

@test "modules that do not load are told of, a few of them, and verdicts given" {
  need_kernels 5.10 6.12
  local old new
  old=$(dirname "$(kept_image 5.10)")
  new=$(kept_image 6.12)
  mkdir lib
  cp -r "$old/modules" lib/kernel
  make_accepted one
  export XDG_CACHE_HOME=$TOP/cache
  run -0 skep kernel add "$new" --modules lib --name strange
  run -0 --separate-stderr skep verify --kernel strange one.o
  summary 1 0 0
  [ "${#stderr_lines[@]}" -eq 4 ]
  [[ $stderr == "skep: warning: verify: strange: module 0000-"*": Exec format error"* ]]
  [[ ${stderr_lines[3]} =~ strange:\ [0-9]+\ more\ like\ that$ ]]
}

@test "no rights on the running kernel are needed" {
  need_kernels 6.12
  need_root
  need_command setpriv
  local skep=$TOP/bin/skep kernel
  make_both
  open_to_others
  kernel=$(kept_image 6.12)
  mkdir -p "$TOP/bin/agent" "$TOP/cache"
  cp "$SKEP" "$skep"
  cp "$(dirname "$SKEP")/agent/skep-agent-x86_64" "$TOP/bin/agent"
  cp "$kernel" "$TOP/vmlinux"
  chmod -R a+rX "$TOP/bin" "$TOP/vmlinux"
  chmod 777 "$TOP/cache"
  XDG_CACHE_HOME=$TOP/cache run -1 setpriv --reuid=65534 --regid=65534 --clear-groups \
    "$skep" verify --kernel "$TOP/vmlinux" both.o
  summary 1 0 1
  says "both.c:5:"
}

@test "programs are run, without rights, too, where there is a machine of its own" {
  need_kernels 6.12
  make_object told <<'END'
#include <skep_test.h>
SEC("socket") __success __retval(2) int two(void *ctx) { return 2; }
SEC("socket") __success __retval(3) int three(void *ctx) { return 2; }
SEC("socket") __success __failure_unpriv __msg_unpriv("R0 leaks addr as return value")
int leaks(void *ctx) { return (long)ctx; }
char LICENSE[] SEC("license") = "GPL";
END
  run -1 skep verify --kernel 6.12 told.o
  show
  says "the test run gave 2 (0x2) and should give 3 (0x3)"
  says "1 FAILED"
  grep -Eq '^  leaks.* expected' <<<"$output"
}

@test "a program that takes too long is given up, the next one is not" {
  need_kernels 6.12
  make_endless
  run -1 skep verify --emulate --timeout 1 --kernel 6.12 endless.o
  show
  summary 1 0 1
  grep -Eq '^  endless +timeout' <<<"$output"
  says "gave up after 1 second"
}

@test "a kernel whose types are damaged takes no programs, and says so" {
  need_kernels 6.12
  local image
  image=$(kept_image 6.12)
  # shellcheck disable=SC2046
  set -- $(readelf -SW "$image" | sed 's/^ *\[ *[0-9]*\] *//' | grep -F '.BTF ')
  cp "$image" vmlinux
  dd if=/dev/zero of=vmlinux bs=4096 seek=$((0x$4)) count=$((0x$5)) oflag=seek_bytes \
    iflag=count_bytes conv=notrunc status=none
  make_accepted one
  XDG_CACHE_HOME=$TOP/cache run -1 skep verify --kernel ./vmlinux one.o
  show
  summary 0 0 1
  [ "$(figures filter)" = "not tried" ]
  says "Couldn't load trivial BPF program"
}

@test "a kernel that panics at boot: its last words" {
  need_kernels 6.12
  make_accepted one
  mkdir agents
  echo "no program" >agents/skep-agent-x86_64
  fails 2 env SKEP_AGENT_DIR=agents "$SKEP" verify --emulate --kernel 6.12 one.o
  says "verify: 6.12: the kernel does not start in a virtual machine: QEMU stopped: Kernel panic"
  summary 0 0 0
}

# machine_of PID: prints the QEMU that a skep's worker has.
machine_of() {
  local worker
  for worker in $(pgrep -P "$1"); do
    pgrep -P "$worker" qemu && return
  done
  return 1
}

@test "interrupted, terminated or killed: no QEMU is left" {
  need_kernels 6.12
  need_command pgrep
  make_endless
  local signal status
  for signal in INT TERM KILL; do
    # Commands in the background ignore SIGINT unless told otherwise.
    env --default-signal=INT "$SKEP" verify --kernel 6.12 endless.o >"$TOP/out" 2>"$TOP/err" 3>&- &
    pid=$!
    wait_for machine_of "$pid"
    machine=$(machine_of "$pid")
    kill "-$signal" "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq $((128 + $(kill -l "$signal"))) ]
    wait_for refute kill -0 "$machine"
    refute grep -q Summary "$TOP/out"
  done
  no_leftovers .
}
