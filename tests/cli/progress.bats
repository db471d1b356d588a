#!/usr/bin/env bats
# What a build shows while it runs: on a terminal, and elsewhere.
load common

# on_terminal COMMAND...: runs it on a terminal of 80 columns; what it showed is in $TOP/screen.
on_terminal() {
  need_command script
  script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip "no pseudo-terminal can be had here"
  local words
  printf -v words '%q ' "$@"
  TERM=${TERM_TYPE-xterm} script -qec "stty cols ${COLUMNS_WIDE:-80} 2>/dev/null; $words" \
    "$TOP/screen" >/dev/null 2>&1 </dev/null
}

@test "elsewhere: a line for each step that runs, numbered to the end" {
  for n in 1 2 3; do write_plain p$n.bpf.c; done
  run -0 skep build -j 1
  [ "${#lines[@]}" -eq 7 ]
  for n in 1 2 3 4 5 6; do
    [[ $output == *"[$n/6] "* ]]
  done
  [[ ${lines[6]} =~ ^"built 3 objects in "[0-9.]+" s (6 of 6 steps ran)"$ ]]
  # No control characters.
  refute grep -q $'[\r\033]' <<<"$output"
}

@test "on a terminal: one status line that is drawn over, and a summary" {
  for n in 1 2 3; do write_plain p$n.bpf.c; done
  on_terminal "$SKEP" build
  cat -v "$TOP/screen"
  # The status line appears, again and again on the same line.
  grep -q $'\r\033\[K\[[0-9]*/6\] compile p' "$TOP/screen"
  # What stays, when each line is drawn over: the summary alone. (script adds lines of its own.)
  [ "$(sed 's/\r$//; s/.*\r\033\[K//' "$TOP/screen" | grep -c '^\[')" -eq 0 ]
  grep -q 'built 3 objects in' "$TOP/screen"
}

@test "the status line fits the terminal, whatever the names" {
  name=$(printf 'a%0150d' 7)
  write_plain "$name.bpf.c"
  COLUMNS_WIDE=40 on_terminal "$SKEP" build
  cat -v "$TOP/screen"
  grep -q $'\r\033\[K\[[0-9]*/2\] compile a000' "$TOP/screen"
  while IFS= read -r -d $'\r' line; do
    line=${line#$'\033[K'}
    [[ $line != "["*"] "* ]] || [ ${#line} -lt 40 ]
  done <"$TOP/screen"
}

@test "a long build gets a bar" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && sleep 2.5
exec $CLANG "$@"
END
  on_terminal "$SKEP" build --clang "$TOP/bin/clang"
  cat -v "$TOP/screen"
  grep -q $'\[0/2\] -------------------- compile one.bpf.c  2\.[0-9] s' "$TOP/screen"
}

@test "a dumb terminal gets lines" {
  write_plain one.bpf.c
  TERM_TYPE=dumb on_terminal "$SKEP" build
  refute grep -q $'\033' "$TOP/screen"
  grep -q '\[1/2\] compile one.bpf.c' "$TOP/screen"
}

@test "a failing step on a terminal: the compiler's words once, in colour, and whole" {
  echo 'int x = ;' >bad.bpf.c
  refute on_terminal "$SKEP" build
  cat -v "$TOP/screen"
  [ "$(grep -c 'expected expression' "$TOP/screen")" -eq 1 ]
  # Coloured as clang does it, and not in the middle of the status line.
  grep -q $'\033\[0;1;31m' "$TOP/screen"
  grep -aq 'skep: build failed: bad.bpf.c' "$TOP/screen"
}

@test "no colour elsewhere, nor when NO_COLOR is set" {
  echo 'int x = ;' >bad.bpf.c
  run -1 skep build
  refute grep -q $'\033' <<<"$output"
  refute env NO_COLOR=1 TERM=xterm script -qec "$SKEP build" "$TOP/screen" >/dev/null 2>&1 </dev/null
  grep -q 'expected expression' "$TOP/screen"
  refute grep -q $'\033\[0;1;31m' "$TOP/screen"
}

@test "what a compiler says is passed on byte by byte" {
  printf '#warning "\303\274 \377 tab\t$HOME %%s"\nint x;\n' >one.bpf.c
  run -0 skep build
  [[ $output == *$'\303\274'* ]]
  says '$HOME %s'
  fake_clang clang <<'END'
[ $compiles ] && printf 'odd \001 bytes \377 without a newline' >&2
exec $CLANG "$@"
END
  "$SKEP" build --clang "$TOP/bin/clang" -o other >"$TOP/out" 2>"$TOP/err"
  grep -aq $'odd \001 bytes \377 without a newline' "$TOP/err"
  # What follows starts on its own line.
  [ "$(wc -l <"$TOP/err")" -ge 1 ]
}

@test "a compiler that says megabytes does not fill the memory" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && { head -c 100000000 /dev/zero | tr '\0' x >&2; exit 1; }
exec $CLANG "$@"
END
  # The sanitizers reserve more than that for themselves.
  limit=600000
  if grep -q __asan_init "$SKEP"; then limit=unlimited; fi
  (ulimit -v $limit && "$SKEP" build --clang "$TOP/bin/clang" >"$TOP/out" 2>&1) || status=$?
  [ "$status" -eq 1 ]
  grep -aq "the rest is left out" "$TOP/out"
  grep -aq "build failed: one.bpf.c" "$TOP/out"
  [ "$(stat -c %s "$TOP/out")" -lt 20000000 ]
}

@test "lines appear in the order in which things happened" {
  write_plain a.bpf.c
  echo '#warning second' >b.bpf.c
  run -0 skep build -j 1
  first=$(grep -n 'compile a.bpf.c' <<<"$output" | cut -d : -f 1)
  warning=$(grep -n 'warning: second' <<<"$output" | cut -d : -f 1)
  second=$(grep -n 'compile b.bpf.c' <<<"$output" | cut -d : -f 1)
  # The warning stands with its own step, whichever of the two came first.
  [ $((warning < second)) -eq 1 ]
  if [ "$first" -lt "$second" ]; then [ "$warning" -gt "$first" ]; fi
}

@test "a line is there as soon as its step is done, also in a log" {
  write_plain a.bpf.c
  write_plain b.bpf.c
  fake_clang clang <<'END'
if [ $compiles ] && ! mkdir $TOP/first 2>/dev/null; then
  touch $TOP/second
  for n in {1..100}; do [ -e $TOP/go ] && break; sleep 0.1; done
fi
exec $CLANG "$@"
END
  "$SKEP" build -j 1 --clang "$TOP/bin/clang" >"$TOP/log" 3>&- &
  wait_for test -e "$TOP/second"
  cat "$TOP/log"
  grep -q '^\[1/4\] compile' "$TOP/log"
  touch "$TOP/go"
  wait $!
}

@test "a crash of the compiler is told as such" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && kill -SEGV $$
exec $CLANG "$@"
END
  run -1 skep build --clang "$TOP/bin/clang"
  says "skep: compile: one.bpf.c: the command was killed by signal 11 (Segmentation fault)"
}

@test "a compiler that fails without a word" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && exit 7
exec $CLANG "$@"
END
  run -1 skep build --clang "$TOP/bin/clang"
  says "one.bpf.c"
  says "status 7"
}

@test "a compiler that succeeds and makes nothing" {
  write_plain one.bpf.c
  fake_clang clang <<'END'
[ $compiles ] && exit 0
exec $CLANG "$@"
END
  run -1 skep build --clang "$TOP/bin/clang"
  says "build/one.bpf.o"
  says "made nothing"
  [ ! -e build/one.bpf.o ]
}

@test "results go to stdout, errors to stderr" {
  write_plain one.bpf.c
  run --separate-stderr -0 skep build
  [ -z "$stderr" ]
  echo 'int x = ;' >one.bpf.c
  run --separate-stderr -1 skep build
  [ -z "$output" ]
}
