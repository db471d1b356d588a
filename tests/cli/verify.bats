#!/usr/bin/env bats
# skep verify on the running kernel: what it reports, what it builds, and what it leaves behind.
load common
load verify

# traced CALL COMMAND...: leaves in $TOP/trace how these system calls were made.
traced() {
  # The sanitizer of leaks traces as well, which only one can.
  ASAN_OPTIONS=detect_leaks=0 strace -f -qq -s 64 -e "trace=$1" -o "$TOP/trace" "${@:2}"
}

# loads COMMAND...: prints how often it loads a program called filter.
loads() {
  traced bpf "$@" >/dev/null 2>&1
  grep -c 'BPF_PROG_LOAD.*prog_name="filter"' "$TOP/trace" || true
}

# --- verdicts

@test "every program has a verdict, and a rejection is told in terms of the source" {
  need_loading
  make_both
  run -1 --separate-stderr skep verify both.o
  summary 1 0 1
  [ -z "$stderr" ]
  [[ ${lines[0]} == "running ($(uname -r))"* ]]
  grep -Eq '^  pass +[0-9]+ +[0-9]+ +[0-9]+ B ' <<<"$output"
  grep -Eq '^  astray +rejected' <<<"$output"
  says "both.o: astray
  both.c:5: return *(int *)((long)ctx * 8);"
  says "pointer arithmetic with <<= operator prohibited"
  run -1 skep verify -q both.o
  silent_on "  pass"
  says "both.c:5:"
}

@test "accepted programs: exit status 0" {
  need_loading
  make_accepted one two
  run -0 skep verify one.o two.o
  summary 2 0 0
  says "one.o"
  says "two.o"
  run -0 skep verify -q one.o
  [ "$output" = "Summary: 1 PASSED, 0 SKIPPED, 0 FAILED" ]
}

@test "what takes the verifier to its limit has a reason, and its log is cut" {
  need_loading
  make_endless
  run -1 skep verify endless.o
  summary 1 0 1
  says "BPF program is too large. Processed 1000001 insn"
  says "why: the verifier gave up: too many ways lead through the program"
  says "endless.c:"
  run -1 skep verify --log endless.o
  # Sixteen megabytes came from the kernel.
  [ "${#output}" -lt 1000000 ]
  grep -Eq '\[[0-9]{7,} bytes are left out here\]' <<<"$output"
  says "BPF program is too large"
}

@test "no license, a section nobody knows, a program that is switched off" {
  need_loading
  make_object odd <<'END'
static long (*const read_kernel)(void *, unsigned, const void *) = (void *)113;
SEC("raw_tp/sched_switch") int unlicensed(void *ctx)
{
	long x = 0;
	read_kernel(&x, 8, ctx);
	return x;
}
SEC("frobnicate") int unknown(void *ctx) { return 0; }
SEC("?xdp") int switched_off(void *ctx) { return *(int *)7; }
END
  run -1 skep verify odd.o
  summary 0 0 2
  says "why: the helper may only be called by programs under the GPL"
  says "check ELF section name 'frobnicate'"
  silent_on "switched_off"
}

@test "annotations are what is expected; programs are run on request only" {
  need_loading
  need_command strace
  make_object told <<'END'
#include <skep_test.h>
SEC("xdp") __success __retval(2) int two(void *ctx) { return 2; }
SEC("xdp") __failure __msg("arithmetic{{.*}}prohibited") int astray(void *ctx)
{
	return *(int *)((long)ctx * 8);
}
char LICENSE[] SEC("license") = "GPL";
END
  run -0 traced bpf "$SKEP" verify told.o
  summary 1 1 0
  refute grep -E 'BPF_PROG_(TEST_)?RUN' "$TOP/trace"
  run -0 skep verify --run-on-host told.o
  summary 2 0 0
  sed -i 's/__retval(2)/__retval(3)/; s/prohibited/allowed/' told.c
  compile_object told
  run -1 skep verify --run-on-host told.o
  summary 0 0 2
  says "the test run gave 2 (0x2) and should give 3 (0x3)"
  says '"arithmetic{{.*}}allowed" is not in the log'
}

# --- targets

@test "targets are built first" {
  need_loading
  write_program one.bpf.c
  write_program two.bpf.c
  run -0 --separate-stderr skep verify two
  summary 1 0 0
  [[ $stderr == *"compile two.bpf.c"* ]]
  [ ! -e build/one.bpf.o ]
  # What is built is not in the way of what standard output is for.
  [[ $output != *compile* ]]
  run -0 skep verify
  summary 2 0 0
  mkdir elsewhere
  cd elsewhere
  run -0 skep verify -C .. -o results one
  summary 1 0 0
  [ -s ../results/one.bpf.o ]
}

@test "what does not compile is not asked about" {
  need_loading
  write_program one.bpf.c
  echo "int wrong(" >>one.bpf.c
  run -1 skep verify
  says "error: expected"
  silent_on "Summary"
}

@test "files and targets together" {
  need_loading
  make_both
  write_program one.bpf.c
  run -1 skep verify both.o one
  summary 2 0 1
}

@test "reports go beside the table, or in its place" {
  need_loading
  make_both
  run -1 skep verify --csv both.csv --json both.json --junit both.xml --html both.html both.o
  summary 1 0 1
  [ -s both.csv ] && [ -s both.json ] && [ -s both.xml ] && [ -s both.html ]
  run -1 --separate-stderr skep verify --csv - both.o
  [ -z "$stderr" ]
  [ "${#lines[@]}" -eq "$(wc -l <both.csv)" ]
  [ "${lines[0]}" = "$(head -n 1 both.csv)" ]
  silent_on "Summary"
  fails 2 "$SKEP" verify --csv missing/both.csv --json /dev/null both.o
  says "missing/both.csv: No such file or directory"
}

# --- nothing is left

# in_room COMMAND...: with an empty /sys/fs/bpf of its own.
in_room() {
  # shellcheck disable=SC2016
  unshare -m sh -c 'mount -t bpf none /sys/fs/bpf && "$@"' - "$@"
}

# The kernel lets go of programs and maps in its own time.
none_left() {
  [ -z "$(bpftool prog show name skep_leftover)$(bpftool map show name skep_pinned)" ]
}

@test "nothing stays loaded, nothing is pinned" {
  need_loading
  need_mounts
  make_object kept <<'END'
struct {
	int (*type)[2];
	int (*max_entries)[1];
	int *key, *value;
	int (*pinning)[1];
} skep_pinned SEC(".maps");
static void *(*const look_up)(void *, const void *) = (void *)1;
SEC("xdp") int skep_leftover(void *ctx)
{
	int zero = 0;
	return look_up(&skep_pinned, &zero) ? 2 : 1;
}
char LICENSE[] SEC("license") = "GPL";
END
  cat >look <<'END'
set -e
before=$(ls -A /sys/fs/bpf)
"$SKEP" verify kept.o
[ "$(ls -A /sys/fs/bpf)" = "$before" ]
# Another of that name, which this program could not use, is left alone.
bpftool map create /sys/fs/bpf/skep_pinned type hash key 8 value 8 entries 3 name skep_pinned
"$SKEP" verify --refresh kept.o
bpftool map show pinned /sys/fs/bpf/skep_pinned | grep -q 'key 8B  value 8B  max_entries 3'
rm /sys/fs/bpf/skep_pinned
"$SKEP" verify --refresh kept.o
[ "$(ls -A /sys/fs/bpf)" = "$before" ]
END
  run -0 in_room sh look
  [ "$(grep -c "Summary: 1 PASSED, 0 SKIPPED, 0 FAILED" <<<"$output")" -eq 3 ]
  wait_for none_left
}

@test "no setting of the machine is changed" {
  need_loading
  need_command strace
  make_both
  run -1 traced openat "$SKEP" verify both.o
  grep -q openat "$TOP/trace"
  refute grep -E '"/(proc/sys|sys)/.*O_(WRONLY|RDWR)' "$TOP/trace"
}

@test "interrupted, it ends by the signal and stops what loads" {
  need_loading
  need_command pgrep
  make_endless
  local n
  for n in {1..9}; do cp endless.o "$n.o"; done
  # Commands in the background ignore SIGINT unless told otherwise.
  env --default-signal=INT "$SKEP" verify ./?.o >"$TOP/out" 2>"$TOP/err" 3>&- &
  pid=$!
  wait_for pgrep -P "$pid"
  worker=$(pgrep -P "$pid")
  kill -INT "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 130 ]
  grep -q "stopped by Interrupt" "$TOP/err"
  refute grep -q Summary "$TOP/out"
  refute kill -0 "$worker"
}

# --- rights

@test "without the rights it says which, and what else there is" {
  need_loading
  need_command setpriv
  make_both
  open_to_others
  cp "$SKEP" "$TOP/skep"
  fails 2 setpriv --reuid=65534 --regid=65534 --clear-groups "$TOP/skep" verify both.o
  says "loading programs needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN"
  says "ask a kernel in a virtual machine (--kernel VERSION)"
  summary 0 0 0
}

@test "some rights are enough for some programs" {
  need_loading
  need_command setpriv
  make_object mixed <<'END'
SEC("xdp") int of_network(void *ctx) { return 2; }
SEC("raw_tp/sched_switch") int of_tracing(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
END
  run -1 setpriv --bounding-set=-all,+bpf,+perfmon --inh-caps=-all "$SKEP" verify mixed.o
  summary 1 0 1
  says "mixed.o: of_network
  loading it needs CAP_NET_ADMIN"
}

# --- the store

@test "what was asked once is known, by what is in it and how it is asked" {
  need_loading
  need_command strace
  export SKEP_CACHE=$TOP/store
  make_accepted one
  [ "$(loads "$SKEP" verify --no-cache one.o)" -gt 0 ]
  [ "$(loads "$SKEP" verify one.o)" -gt 0 ]
  [ "$(loads "$SKEP" verify one.o)" -eq 0 ]
  run -0 skep verify one.o
  summary 1 0 0
  cp one.o copy.o
  [ "$(loads "$SKEP" verify copy.o)" -eq 0 ]
  [ "$(loads "$SKEP" verify --set answer=3 one.o)" -gt 0 ]
  [ "$(loads "$SKEP" verify --set answer=3 one.o)" -eq 0 ]
  [ "$(loads "$SKEP" verify --set answer=4 one.o)" -gt 0 ]
  [ "$(loads "$SKEP" verify --refresh one.o)" -gt 0 ]
  [ "$(loads "$SKEP" verify --no-cache one.o)" -gt 0 ]
  [ "$(loads setpriv --bounding-set=-sys_time "$SKEP" verify one.o)" -gt 0 ]
  echo 'int more;' >>one.c
  compile_object one
  [ "$(loads "$SKEP" verify one.o)" -gt 0 ]
}

@test "a store that is damaged costs a question" {
  need_loading
  need_command strace
  export SKEP_CACHE=$TOP/store
  make_accepted one
  run -0 skep verify one.o
  [ -n "$(find "$SKEP_CACHE" -type f -size +0)" ]
  find "$SKEP_CACHE" -type f -size +0 -exec sh -c 'chmod u+w "$1" && printf "damaged!" |
    dd of="$1" bs=1 conv=notrunc status=none' - {} \;
  [ "$(loads "$SKEP" verify one.o)" -gt 0 ]
  run -0 skep verify one.o
  summary 1 0 0
}
