#!/usr/bin/env bats
# The short cut of a build with nothing to do: it is taken when nothing changed, and only then.
load common
load snapshot

@test "the second build after the last change takes the short cut, and says what the first said" {
  write_program one.bpf.c
  write_program two.bpf.c
  run -0 skep build
  sleep 0.03
  run -0 skep build
  before=$output
  short_cut
  [ "$output" = "$before" ]
  [ "$output" = "nothing to do: 2 objects are up to date" ]
  rm two.bpf.c
  settle
  short_cut
  [ "$output" = "nothing to do: 1 object is up to date" ]
}

@test "after a mere touch nothing is built, and there is a new snapshot" {
  write_program one.bpf.c
  settle
  touch one.bpf.c
  sleep 0.03
  long_way
  short_cut
  touch -d 2001-01-01 vmlinux.h
  sleep 0.03
  long_way
  short_cut
}

@test "outputs that were removed or changed" {
  write_plain one.bpf.c
  settle
  for file in build/one.bpf.o build/one.skel.h build/compile_commands.json; do
    before=$(digest build/one.bpf.o build/one.skel.h build/compile_commands.json)
    rm $file
    run -0 skep build
    [ "$before" = "$(digest build/one.bpf.o build/one.skel.h build/compile_commands.json)" ]
    settle
    touch -r $file "$TOP/time"
    printf X | dd of=$file bs=1 conv=notrunc status=none
    touch -r "$TOP/time" $file
    run -0 skep build
    [ "$before" = "$(digest build/one.bpf.o build/one.skel.h build/compile_commands.json)" ]
    settle
    short_cut
  done
}

@test "without the state everything is done again" {
  write_plain one.bpf.c
  settle
  rm build/.skep/state
  builds_only one.bpf.c
  settle
  printf X | dd of=build/.skep/state bs=1 seek=40 conv=notrunc status=none
  builds_only one.bpf.c
}

@test "another question gets an answer of its own" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  settle
  run -0 skep build --debug
  says "compile one.bpf.c"
  says "compile two.bpf.c"
  settle --debug
  short_cut --debug
  builds_only one.bpf.c two.bpf.c
  settle
  long_way one
  settle one
  short_cut one
  long_way two
  settle
  for option in "--cache $TOP/store" --no-cache "--arch $(uname -m)" --full-types --separate-arch; do
    settle
    short_cut
    before=$(stat -c '%i %z' $CLEAN)
    # shellcheck disable=SC2086
    run -0 skep build $option
    [ "$(stat -c '%i %z' $CLEAN 2>/dev/null)" != "$before" ]
  done
  settle
  SKEP_CACHE=$TOP/store long_way
  settle
  # What does not matter to it.
  short_cut -j3 -k
  TMPDIR=$TOP NO_COLOR=1 short_cut
}

@test "options that want more than an answer are not answered by a snapshot" {
  write_plain one.bpf.c
  settle
  short_cut -v
  before=$(stat -c %i $CLEAN)
  run -0 skep build -n
  says "nothing to do"
  [ "$before" = "$(stat -c %i $CLEAN)" ]
  run -0 --separate-stderr skep build -q
  [ -z "$output$stderr" ]
  [ "$before" = "$(stat -c %i $CLEAN)" ]
  for option in --explain --refresh "--depfile $TOP/one.d" --check-reproducible; do
    settle
    # shellcheck disable=SC2086
    run -0 skep build $option
    says "nothing to do"
    [ ! -e $CLEAN ]
  done
  grep -q one.bpf.c "$TOP/one.d"
}

@test "a project that is moved, copied or entered by another way" {
  write_plain one.bpf.c
  settle
  short_cut
  short_cut -C "$PWD"
  cp -a . ../copy
  cd ../copy
  long_way
  cd ..
  mv p q
  cd q
  long_way
  settle
  mv one.bpf.c ../copy
  run skep build -C ../copy
  [ "$status" -eq 0 ]
  says "nothing to do"
}

@test "no snapshot, damaged ones, and those that cannot be written" {
  write_program one.bpf.c
  settle
  rm $CLEAN
  rests
  settle
  for damage in 'truncate -s 0' 'truncate -s 100' 'truncate -s +1' 'sed -i s/one/two/' \
    'cp /bin/true'; do
    # shellcheck disable=SC2086
    ${damage} $CLEAN 2>/dev/null || cp /bin/true $CLEAN
    long_way
    settle
    short_cut
  done
  rm $CLEAN
  mkdir $CLEAN
  touch $CLEAN/file
  run -0 --separate-stderr skep build
  [ "$output" = "nothing to do: 1 object is up to date" ]
  [ -z "$stderr" ]
  no_leftovers .
}

@test "while another build holds the output directory, the short cut waits as well" {
  need_command flock
  write_plain one.bpf.c
  settle
  flock build/.skep/lock sleep 1 &
  wait_for refute flock -n build/.skep/lock true
  run -0 --separate-stderr skep build
  says "another build is using build"
  says "nothing to do"
  wait
}

@test "temporaries that a killed build left are removed, though nothing else changed" {
  write_plain one.bpf.c
  settle
  fake_clang clang-49 <<'END'
[ ! "$compiles" ] || { touch "$TOP/compiling"; sleep 30 & wait; }
exec "$CLANG" "$@"
END
  PATH=$TOP/bin:$PATH setsid "$SKEP" build --debug &
  build=$!
  wait_for test -e "$TOP/compiling"
  [ ! -e $CLEAN ]
  touch build/.one.bpf.o.skep-1-1
  kill -9 -- -$build
  wait $build || true
  run -0 skep build
  says "nothing to do"
  no_leftovers .
}

# The last run's words, without times, and without the order in which steps ended.
tidy() {
  echo "$status"
  sed 's/ in [0-9.]* s / /; s/^\[[0-9/]*\] //' <<<"$output" | sort
}

@test "a random series of changes is answered as without a snapshot" {
  mkdir inc sub
  for n in 1 2 3; do
    echo "#define X$n 1" >inc/x$n.h
    write_program p$n.bpf.c "X$n" x$n.h
  done
  echo 'include: [more, inc]' >skep.yaml
  settle
  RANDOM=${SEED:-$(date +%N | sed 's/^0*//')}
  echo "SEED=$RANDOM"
  used=0
  for round in {1..60}; do
    n=$((RANDOM % 3 + 1)) what=$((RANDOM % 16))
    case $what in
      0) edit inc/x$n.h "X$n [0-9]" "X$n $((RANDOM % 10))" || true ;;
      1) touch p$n.bpf.c ;;
      2) mkdir -p more && echo "#define X$n $((RANDOM % 5))" >more/x$n.h ;;
      3) rm -rf more ;;
      4) write_plain sub/s$n.bpf.c $((RANDOM % 3)) ;;
      5) rm -f sub/*.c ;;
      6) rm -f build/p$n.bpf.o ;;
      7) echo "/* $RANDOM */" >>p$n.bpf.c ;;
      8) printf 'include: [more, inc]\ncpu: v%d\n' $((RANDOM % 2 + 3)) >skep.yaml ;;
      9) echo x >>build/p$n.skel.h ;;
      10) cp -p p$n.bpf.c t && mv t p$n.bpf.c ;;
      11) echo "#define X$n 3" >x$n.h ;;
      12) rm -f x?.h ;;
      *) ;;
    esac
    rm -rf ../copy
    cp -a . ../copy
    rm -f ../copy/$CLEAN
    run skep build -C ../copy
    there=$(tidy)
    run skep build
    diff <(echo "$there") <(tidy) || {
      echo "round $round, change $what of $n"
      return 1
    }
    diff <(cd ../copy/build && sha256sum *.o *.h) <(cd build && sha256sum *.o *.h)
    if ((RANDOM % 2)); then
      settle
      short_cut
      used=$((used + 1))
    fi
  done
  [ $used -gt 10 ]
}
