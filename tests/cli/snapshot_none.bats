#!/usr/bin/env bats
# Builds that leave no snapshot: they would have more to say, or to do, the next time.
load common
load snapshot

@test "a file from the future: another edit might not show, so there is no snapshot" {
  write_plain one.bpf.c
  touch -d '2100-01-01' one.bpf.c
  run -0 skep build
  sleep 0.03
  rests
  [ ! -e $CLEAN ]
}

@test "a warning comes with each build" {
  write_plain one.bpf.c
  ln -s nowhere two.bpf.c
  for n in 1 2 3; do
    sleep 0.03
    run -0 skep build
    says "leads nowhere"
  done
  write_plain nowhere
  run -0 skep build
  says "compile two.bpf.c"
}

@test "a store that cannot be used is warned of each time" {
  need_root
  need_command setpriv
  # Where another user gets to, too.
  cd "$(mktemp -d)"
  chmod 777 .
  as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
  as_user test -x "$SKEP" || skip "the program is in a folder that is closed to others"
  write_plain one.bpf.c
  mkdir closed
  for n in 1 2 3; do
    sleep 0.03
    run -0 as_user "$SKEP" build --cache closed/store
    says "no more results are kept there"
  done
  rm -r "$PWD"
}

@test "what is never up to date never gets a snapshot" {
  write_plain one.bpf.c
  echo 'char when[] = __TIME__;' >>one.bpf.c
  for n in 1 2 3; do
    sleep 0.03
    builds_only one.bpf.c
    [ ! -e $CLEAN ]
  done
}

@test "a failure is not forgotten" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  settle
  echo 'error' >>two.bpf.c
  for n in 1 2 3; do
    sleep 0.03
    run -1 skep build
    [ ! -e $CLEAN ]
  done
}
