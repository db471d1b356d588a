#!/usr/bin/env bats
# Job slots from make's jobserver.
load common

# A clang that takes a moment, and notes how many of its kind run.
setup() {
  start_project
  fake_clang clang <<'END'
if [ $compiles ]; then
  touch $TOP/running.$$
  ls $TOP/running.* | wc -l >>$TOP/counts
  sleep 0.15
  rm $TOP/running.$$
  [ -e $TOP/fail ] && exit 1
fi
exec $CLANG "$@"
END
  export SKEP_CLANG=$TOP/bin/clang
}

most_at_once() {
  sort -n "$TOP/counts" | tail -n 1
}

# with_tokens TOKENS COMMAND...: runs it as make would with that many tokens in the jobserver's
# pipe, then prints how it ended, the tokens that are there, and whether the pipe still blocks.
with_tokens() {
  python3 - "$@" <<'END'
import fcntl, os, signal, subprocess, sys, time
tokens, command = sys.argv[1].encode(), sys.argv[2:]
interrupt_when = os.environ.get("INTERRUPT_WHEN")
r, w = os.pipe()
os.write(w, tokens)
makeflags = " -j%d --jobserver-auth=%d,%d -- X=1" % (len(tokens) + 1, r, w)
with open("log", "w") as log:
    child = subprocess.Popen(command, pass_fds=(r, w), stdout=log, stderr=log,
                             env=dict(os.environ, MAKEFLAGS=makeflags),
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
blocking = True
while child.poll() is None:
    blocking &= not any(fcntl.fcntl(f, fcntl.F_GETFL) & os.O_NONBLOCK for f in (r, w))
    if interrupt_when and os.path.exists(interrupt_when):
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        interrupt_when = None
    time.sleep(0.02)
blocking &= not any(fcntl.fcntl(f, fcntl.F_GETFL) & os.O_NONBLOCK for f in (r, w))
os.set_blocking(r, False)
try:
    left = os.read(r, 1000)
except BlockingIOError:
    left = b""
print(child.returncode, "".join(sorted(left.decode())), "blocks" if blocking else "DOES NOT BLOCK")
END
}

@test "under make -j3, two builds never run more than 3 compilers between them" {
  need_command make
  mkdir a b
  for n in {1..6}; do
    write_plain a/p$n.bpf.c
    write_plain b/p$n.bpf.c
  done
  printf 'all: a b\na b:\n\t+@$(SKEP) build -C $@\n.PHONY: all a b\n' >Makefile
  run -0 make -j3
  silent_on "jobserver"
  [ "$(most_at_once)" -eq 3 ]
  [ "$(cat a/build/*.o b/build/*.o | wc -c)" -gt 0 ]
}

@test "under make -j1 one compiler runs at a time" {
  need_command make
  for n in {1..3}; do write_plain p$n.bpf.c; done
  printf 'all:\n\t+@$(SKEP) build -j1\n' >Makefile
  run -0 make
  [ "$(most_at_once)" -eq 1 ]
}

@test "one slot is ours without a token, each further one takes a token; all go back" {
  for n in {1..8}; do write_plain p$n.bpf.c; done
  run -0 with_tokens abc "$SKEP" build
  [ "$output" = "0 abc blocks" ]
  [ "$(most_at_once)" -eq 4 ]
}

@test "without a token to have, the build goes on one by one" {
  for n in {1..4}; do write_plain p$n.bpf.c; done
  run -0 with_tokens "" "$SKEP" build
  [ "$output" = "0  blocks" ]
  [ "$(most_at_once)" -eq 1 ]
}

@test "no token is held when there is nothing to do" {
  write_plain one.bpf.c
  run -0 with_tokens ab "$SKEP" build
  run -0 with_tokens ab "$SKEP" build
  [ "$output" = "0 ab blocks" ]
}

@test "tokens go back after a failure" {
  for n in {1..6}; do write_plain p$n.bpf.c; done
  touch "$TOP/fail"
  run -0 with_tokens abc "$SKEP" build -k
  [ "$output" = "1 abc blocks" ]
  run -0 with_tokens abc "$SKEP" build
  [ "$output" = "1 abc blocks" ]
}

@test "tokens go back after Ctrl-C" {
  for n in {1..6}; do write_plain p$n.bpf.c; done
  fake_clang clang <<'END'
[ $compiles ] && { touch $TOP/started; exec sleep 30; }
exec $CLANG "$@"
END
  INTERRUPT_WHEN=$TOP/started run -0 with_tokens abc "$SKEP" build
  [ "$output" = "-2 abc blocks" ]
}

@test "-j on our own command line wins over the jobserver" {
  for n in {1..4}; do write_plain p$n.bpf.c; done
  run -0 with_tokens abc "$SKEP" build -j 1
  [ "$output" = "0 abc blocks" ]
  [ "$(most_at_once)" -eq 1 ]
}

@test "a rule without '+': the closed pipe is noticed, the remedy told, the build works" {
  need_command make
  write_plain one.bpf.c
  printf 'all:\n\t@$(SKEP) build\n' >Makefile
  run -0 make -j2
  # make from 4.4 on says so itself, in other words.
  says "jobserver"
  says "'+'"
  is_object build/one.bpf.o
}

@test "other files under the numbers that MAKEFLAGS names are not mistaken for the pipe" {
  write_plain one.bpf.c
  echo "not a pipe" >file
  MAKEFLAGS="-j4 --jobserver-auth=7,8" run -0 skep build 7<file 8>>file
  says "jobserver is not used"
  [ "$(cat file)" = "not a pipe" ]
  # Pipes, but two different ones.
  rm -r build
  mkfifo one two
  MAKEFLAGS="-j4 --jobserver-auth=7,8" run -0 skep build 7<>one 8<>two
  says "jobserver is not used"
}

@test "odd MAKEFLAGS do no harm" {
  unset SKEP_CLANG
  n=0
  for flags in "" "k" "--jobserver-auth=" "--jobserver-auth=x" "--jobserver-auth=3" \
    "--jobserver-auth=-2,-2" "--jobserver-auth=99999999999,4" "--jobserver-auth=3,4,5" \
    "--jobserver-auth=fifo:" "--jobserver-auth=fifo:/nowhere" "--jobserver-fds=300,400" \
    "-- --jobserver-auth=3,4" "$(printf '%5000s' x)"; do
    echo "int x = $((++n));" >one.bpf.c
    MAKEFLAGS=$flags run -0 skep build one
    says "built 1 object"
  done
}

@test "make's newer way: a named fifo" {
  for n in {1..8}; do write_plain p$n.bpf.c; done
  mkfifo "$TOP/a fifo"
  exec 7<>"$TOP/a fifo"
  printf 'xyz' >&7
  # Spaces are escaped in MAKEFLAGS; use a name without.
  ln -s "$TOP/a fifo" "$TOP/fifo"
  MAKEFLAGS=" -j4 --jobserver-auth=fifo:$TOP/fifo" run -0 skep build
  silent_on "jobserver"
  [ "$(most_at_once)" -eq 4 ]
  read -r -t 1 -N 3 tokens <&7
  [ "$(fold -w 1 <<<"$tokens" | sort | tr -d '\n')" = xyz ]
  exec 7<&-
}

@test "a slot that becomes free later is used" {
  for n in {1..8}; do write_plain p$n.bpf.c; done
  mkfifo "$TOP/fifo"
  exec 7<>"$TOP/fifo"
  (
    sleep 0.5
    printf 'ab' >&7
  ) 3>&- &
  MAKEFLAGS=" -j4 --jobserver-auth=fifo:$TOP/fifo" run -0 skep build
  wait
  [ "$(most_at_once)" -eq 3 ]
  exec 7<&-
}
