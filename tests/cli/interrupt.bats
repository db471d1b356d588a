#!/usr/bin/env bats
# Ctrl-C and its kin: children end, nothing is left, whoever started us learns of it.
load common

# Programs, and a clang that compiles them slowly: it notes its process number, writes its output,
# and sleeps.
setup() {
  start_project
  for name in a b c d; do write_plain $name.bpf.c; done
  fake_clang clang <<'END'
if [ $compiles ] && [ -e $TOP/slow ]; then
  $CLANG "$@"
  echo $$ >>$TOP/running
  exec sleep 30
fi
exec $CLANG "$@"
END
  touch "$TOP/slow"
}

# all_ended: no compiler that was started is there any more.
all_ended() {
  local pid
  while read -r pid; do
    refute kill -0 "$pid" 2>/dev/null || return
  done <"$TOP/running"
}

# status_of PROGRAM...: how it ended, as the kernel tells its parent: "exit 1" or "signal 2".
# (A shell starts what it runs in the background with SIGINT ignored; this does not.)
supervise() {
  python3 - "$@" <<'END'
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
sig, to_group, running = int(sys.argv[1]), sys.argv[2] == "group", sys.argv[3]
with open("log", "w") as log:
    child = subprocess.Popen(sys.argv[4:], stdout=log, stderr=log, start_new_session=True)
while child.poll() is None and not (os.path.exists(running) and os.path.getsize(running)):
    time.sleep(0.01)
time.sleep(0.1)
started = time.time()
os.killpg(child.pid, sig) if to_group else os.kill(child.pid, sig)
child.wait(20)
assert time.time() - started < 5, "took too long"
print("signal %d" % -child.returncode if child.returncode < 0 else "exit %d" % child.returncode)
END
}

@test "SIGINT to skep alone ends its children and leaves no temporaries" {
  run -0 supervise 2 alone "$TOP/running" "$SKEP" build -j 2 --clang "$TOP/bin/clang"
  [ "$output" = "signal 2" ]
  all_ended
  no_leftovers build
  [ ! -e build/a.bpf.o ]
  [ "$(grep -c "stopped by Interrupt" log)" -eq 1 ]
  [ "$(grep -c "skep:" log)" -eq 1 ]
}

@test "Ctrl-C, which reaches the whole group, is the same" {
  run -0 supervise 2 group "$TOP/running" "$SKEP" build -j 2 --clang "$TOP/bin/clang"
  [ "$output" = "signal 2" ]
  all_ended
  no_leftovers build
  [ "$(grep -c "skep:" log)" -eq 1 ]
}

@test "SIGTERM and SIGHUP, too" {
  run -0 supervise 15 alone "$TOP/running" "$SKEP" build --clang "$TOP/bin/clang"
  [ "$output" = "signal 15" ]
  rm "$TOP/running"
  run -0 supervise 1 alone "$TOP/running" "$SKEP" build --clang "$TOP/bin/clang"
  [ "$output" = "signal 1" ]
  all_ended
  no_leftovers build
}

@test "what was finished before stays, and the next run does the rest" {
  rm "$TOP/slow"
  run -0 skep build a --clang "$TOP/bin/clang"
  touch "$TOP/slow"
  run -0 supervise 2 group "$TOP/running" "$SKEP" build -j 1 --clang "$TOP/bin/clang"
  is_object build/a.bpf.o
  rm "$TOP/slow"
  run -0 skep build --clang "$TOP/bin/clang"
  [ "$(ran | grep -c compile)" -eq 3 ]
  no_leftovers build
}

@test "a compiler that runs others in turn is ended with them" {
  fake_clang clang <<'END'
if [ $compiles ]; then
  sleep 30 &
  echo $! >>$TOP/running
  wait
fi
exec $CLANG "$@"
END
  run -0 supervise 2 alone "$TOP/running" "$SKEP" build --clang "$TOP/bin/clang"
  [ "$output" = "signal 2" ]
  wait_for all_ended
  no_leftovers build
}

@test "a compiler that ignores polite signals is ended all the same" {
  fake_clang clang <<'END'
if [ $compiles ]; then
  trap '' INT TERM
  echo $$ >>$TOP/running
  for n in {1..300}; do sleep 0.1; done
fi
exec $CLANG "$@"
END
  run -0 supervise 2 alone "$TOP/running" "$SKEP" build --clang "$TOP/bin/clang"
  [ "$output" = "signal 2" ]
  wait_for all_ended
}

@test "a build that was started with SIGINT ignored goes on" {
  fake_clang clang <<'END'
[ $compiles ] && { echo $$ >>$TOP/running; sleep 0.5; }
exec $CLANG "$@"
END
  run -0 supervise 2 group "$TOP/running" bash -c 'trap "" INT; exec "$0" "$@"' \
    "$SKEP" build --clang "$TOP/bin/clang"
  [ "$output" = "exit 0" ]
  is_object build/d.bpf.o
}

@test "Ctrl-C while waiting for another build" {
  "$SKEP" build --clang "$TOP/bin/clang" >"$TOP/log1" 2>&1 3>&- &
  other=$!
  wait_for test -s "$TOP/running"
  run -0 supervise 2 alone "$TOP/running" "$SKEP" build --clang "$TOP/bin/clang"
  [ "$output" = "signal 2" ]
  kill $other
  wait $other || true
  wait_for all_ended
  no_leftovers build
}

@test "Ctrl-C during --check-reproducible leaves no copies" {
  mkdir "$TOP/tmp"
  rm "$TOP/slow"
  run -0 skep build --clang "$TOP/bin/clang"
  touch "$TOP/slow"
  for to in alone group; do
    rm -f "$TOP/running"
    TMPDIR=$TOP/tmp run -0 supervise 2 $to "$TOP/running" \
      "$SKEP" build --clang "$TOP/bin/clang" --check-reproducible
    [ "$output" = "signal 2" ]
    wait_for all_ended
    [ -z "$(ls -A "$TOP/tmp")" ]
  done
}

@test "a reader of our output that goes away ends nothing half-way" {
  rm "$TOP/slow"
  "$SKEP" build --clang "$TOP/bin/clang" 2>&1 | head -n 1 >/dev/null || true
  run -0 skep build --clang "$TOP/bin/clang"
  no_leftovers build
}
