#!/usr/bin/env bats
# Which clang is used, and what has no say in what it does.
load common

# clang_of VERSION: a fake clang that says it is of that version, and works.
clang_of() {
  fake_clang "$1" <<END
"\$CLANG" "\$@" 2>&1 | sed 's/clang version [0-9]*/clang version $2/' >&2
exit \${PIPESTATUS[0]}
END
}

@test "the newest clang-NN wins over a plain clang that is older" {
  write_plain one.bpf.c
  clang_of clang 14
  clang_of clang-15 15
  clang_of clang-18 18
  PATH=$(path_without_clang) run -0 skep build -v
  says "$TOP/bin/clang-18 "
}

@test "a plain clang wins over an older clang-NN" {
  write_plain one.bpf.c
  clang_of clang 20
  clang_of clang-18 18
  PATH=$(path_without_clang) run -0 skep build -v
  says "$TOP/bin/clang "
}

@test "two digits are compared as numbers, and names that are not clang-NN do not count" {
  write_plain one.bpf.c
  clang_of clang-14 14
  clang_of clang-9 9
  clang_of clang-format-19 19
  clang_of clang++-19 19
  PATH=$(path_without_clang) run -0 skep build -v
  says "$TOP/bin/clang-14 "
}

@test "Debian's plain clang 14 does not hide clang-19" {
  command -v clang-19 >/dev/null || skip "needs clang-19"
  command -v clang >/dev/null || skip "needs a plain clang"
  write_plain one.bpf.c
  run -0 skep build -v
  silent_on "/clang "
}

@test "every clang from 14 up that is installed builds the same program" {
  local found=0 n
  write_program one.bpf.c
  for n in {14..30}; do
    command -v "clang-$n" >/dev/null || continue
    run -0 skep build --clang "clang-$n" -o "out-$n"
    is_object "out-$n/one.bpf.o"
    found=$((found + 1))
  done
  [ $found -gt 1 ] || skip "only one version of clang here"
}

@test "\$SKEP_CLANG names the compiler; --clang wins over it, it wins over the manifest" {
  write_plain one.bpf.c
  clang_of a 19
  clang_of b 19
  clang_of c 19
  echo "clang: $TOP/bin/a" >skep.yaml
  run -0 skep build -v
  says "$TOP/bin/a "
  rm -r build
  SKEP_CLANG=$TOP/bin/b run -0 skep build -v
  says "$TOP/bin/b "
  rm -r build
  SKEP_CLANG=$TOP/bin/b run -0 skep build -v --clang "$TOP/bin/c"
  says "$TOP/bin/c "
  # An empty variable is none.
  rm -r build skep.yaml
  SKEP_CLANG='' run -0 skep build
}

@test "a name without a slash is looked for in PATH, one with a slash is a path" {
  write_plain one.bpf.c
  clang_of myclang 19
  PATH=$TOP/bin:$PATH run -0 skep build -v --clang myclang
  says "$TOP/bin/myclang "
  rm -r build
  run -0 skep build -v --clang ../bin/myclang
  says "bin/myclang "
}

@test "a compiler is called by the name it has, for those that go by it (ccache)" {
  write_plain one.bpf.c
  mkdir -p "$TOP/bin"
  cat >"$TOP/bin/multi" <<END
#!/bin/bash
[ "\${0##*/}" = clang-99 ] || { echo "called as \$0" >&2; exit 1; }
exec $(find_clang) "\$@"
END
  chmod +x "$TOP/bin/multi"
  ln -s multi "$TOP/bin/clang-99"
  run -0 skep build --clang "$TOP/bin/clang-99"
  rm -r build
  run -0 skep build --clang ../bin/clang-99
}

@test "the current directory's clang is not used unless it is named" {
  write_plain one.bpf.c
  clang_of clang-40 40
  mv "$TOP/bin/clang-40" .
  PATH=":.:$PATH:" run -0 skep build -v
  silent_on "clang-40"
}

@test "no clang at all" {
  write_plain one.bpf.c
  PATH=$(path_without_clang) fails 2 skep build
  says "no clang"
  says "apt-get install clang"
  says "--clang"
  [ ! -e build/one.bpf.o ]
}

@test "a clang that is too old" {
  write_plain one.bpf.c
  clang_of clang 13
  PATH=$(path_without_clang) fails 2 skep build
  says "$TOP/bin/clang is older than clang 14"
  fails 2 skep build --clang "$TOP/bin/clang"
  says "older"
}

@test "a clang without the BPF target" {
  write_plain one.bpf.c
  fake_clang clang-18 <<'END'
echo "clang version 18.1.0" >&2
echo "error: unable to create target: 'No available targets are compatible with triple \"bpf\"'" >&2
exit 1
END
  PATH=$(path_without_clang) fails 2 skep build
  says "$TOP/bin/clang-18"
  says "BPF target"
  # A suitable one beside it is taken.
  clang_of clang-17 17
  PATH=$(path_without_clang) run -0 skep build -v
  says "$TOP/bin/clang-17 "
}

@test "a compiler that is no clang" {
  write_plain one.bpf.c
  fails 2 skep build --clang "$(command -v true || echo /bin/true)"
  fails 2 skep build --clang /bin/false
  fails 2 skep build --clang nowhere-to-be-found
  says "nowhere-to-be-found"
  fails 2 skep build --clang ./nowhere
  fails 2 skep build --clang .
  SKEP_CLANG=nowhere-to-be-found fails 2 skep build
  says "SKEP_CLANG"
  echo "#!/nowhere/sh" >bad && chmod +x bad
  fails 2 skep build --clang ./bad
  echo "not a program" >text
  fails 2 skep build --clang ./text
  [ ! -e build/one.bpf.o ]
}

@test "another clang, or a new version of it, rebuilds everything once" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  clang_of clang-18 18
  PATH=$(path_without_clang)
  hash -r
  builds_only one.bpf.c two.bpf.c
  rests
  # An upgrade of the same program: another version text.
  sleep 0.02
  clang_of clang-18 18.5
  builds_only one.bpf.c two.bpf.c
  clang_of clang-19 19
  run -0 skep build --explain
  says "compile one.bpf.c:"
  says "clang version 19"
  rests
}

@test "the same clang in another place rebuilds nothing" {
  write_plain one.bpf.c
  clang_of a 19
  clang_of b 19
  run -0 skep build --clang "$TOP/bin/a"
  run -0 skep build --clang "$TOP/bin/b"
  says "nothing to do"
}

@test "a wrapper around a clang that is upgraded is asked again" {
  write_plain one.bpf.c
  clang_of inner 18
  fake_clang wrapper <<'END'
exec $TOP/bin/inner "$@"
END
  run -0 skep build --clang "$TOP/bin/wrapper"
  clang_of inner 19
  run -0 skep build --clang "$TOP/bin/wrapper"
  says "compile one.bpf.c"
}

@test "flags that the compiler refuses are an error in its words" {
  write_plain one.bpf.c
  echo "cflags: --no-such-flag" >skep.yaml
  run -2 skep build
  says "no-such-flag"
  [ ! -e build/one.bpf.o ]
}

# --- what must have no effect

@test "variables that steer clang have no effect" {
  mkdir hidden
  write_program one.bpf.c X near.h
  echo "#define X 1" >near.h
  echo '#error "found through the environment"' | tee hidden/asm.h hidden/near.h >hidden/other.h
  echo '#if __has_include(<other.h>)
#include <other.h>
#endif' >>near.h
  run -0 skep build
  before=$(digest build/one.*)
  settings=("CPATH=$PWD/hidden" "C_INCLUDE_PATH=$PWD/hidden" "CL=-O0" "SOURCE_DATE_EPOCH=1"
    "CCC_OVERRIDE_OPTIONS=# +-DX=2 s/-O2/-O0/" "DEPENDENCIES_OUTPUT=$TOP/deps"
    "CCC_PRINT_OPTIONS=1" "CC_PRINT_HEADERS=1" "GCC_EXEC_PREFIX=$PWD/hidden"
    "COMPILER_PATH=$PWD/hidden" "LC_ALL=de_DE.UTF-8" "SDKROOT=$PWD/hidden"
    "CLANG_CONFIG_FILE_USER_DIR=$PWD/hidden")
  run -0 env "${settings[@]}" "$SKEP" build
  says "nothing to do"
  run -0 env "${settings[@]}" "$SKEP" build -o again
  for f in one.bpf.o one.skel.h; do cmp build/$f again/$f; done
  [ "$before" = "$(digest build/one.*)" ]
  [ ! -e "$TOP/deps" ]
}

@test "clang's configuration files have no effect" {
  write_plain one.bpf.c
  run -0 skep build
  before=$(digest build/one.bpf.o)
  mkdir -p "$TOP/home/.config"
  # Beside the program and in the home directory, under the names that clang looks for.
  mkdir "$TOP/copy"
  cp "$(realpath "$(find_clang)")" "$TOP/copy/clang" || skip "clang cannot be copied"
  ln -s "$(realpath "$(dirname "$(realpath "$(find_clang)")")/../lib")" "$TOP/lib"
  for name in clang.cfg bpfel-clang.cfg bpf-clang.cfg bpfel.cfg bpf.cfg x86_64-clang.cfg; do
    echo "-DNONSENSE --no-such-flag" | tee "$TOP/copy/$name" >"$TOP/home/.config/$name"
  done
  HOME=$TOP/home XDG_CONFIG_HOME=$TOP/home/.config run -0 skep build --clang "$TOP/copy/clang" -o again
  cmp build/one.bpf.o again/one.bpf.o
}

@test "a folder's name, the home directory and the terminal's settings are no part of the objects" {
  write_program one.bpf.c
  run -0 env -i "PATH=$PATH" "$SKEP" build -o a
  run -0 env HOME=/nowhere TERM=xterm COLUMNS=40 USER=x "$SKEP" build -o b
  cmp a/one.bpf.o b/one.bpf.o
}

# --- remedies

@test "glibc headers that want 32-bit stubs: the remedy is told" {
  [ -e /usr/include/stdio.h ] || skip "needs the C library's headers"
  [ "$(uname -m)" = x86_64 ] || skip "only x86_64 has this"
  find /usr/include -name stubs-32.h | grep -q . && skip "this machine has 32-bit headers"
  echo '#include <stdio.h>' >one.bpf.c
  run -1 skep build
  says "stubs-32.h"
  says "-D__x86_64__"
  # And it helps.
  echo 'char LICENSE[] __attribute__((section("license"), used)) = "GPL";' >>one.bpf.c
  echo "defines: {__x86_64__: 1}" >skep.yaml
  run -0 skep build
}

@test "a missing bpf_tracing.h architecture, and missing libbpf headers: what to do is told" {
  write_program one.bpf.c 1 bpf/bpf_helpers.h
  fake_clang clang <<'END'
[ $compiles ] || exec $CLANG "$@"
echo "one.bpf.c:1:10: fatal error: 'bpf/bpf_helpers.h' file not found" >&2
exit 1
END
  run -1 skep build --clang "$TOP/bin/clang"
  says "libbpf-dev"
}

@test "a compiler that is killed while it is asked is an error: no other is taken in its place" {
  write_plain one.bpf.c
  fake_clang clang-29 <<<'kill -9 $$'
  PATH=$TOP/bin:$PATH fails 2 skep build
  says "$TOP/bin/clang-29 was killed"
  fails 2 skep build --clang "$TOP/bin/clang-29"
  says "$TOP/bin/clang-29 was killed"
  [ ! -e build/one.bpf.o ]
}

@test "a project that compilers cannot reach by its name is an error: objects would lack lines" {
  need_root
  need_command setpriv
  mkdir -p "$TOP/closed/p"
  write_plain "$TOP/closed/p/one.bpf.c"
  cd "$TOP/closed/p"
  chown -R 65534 .
  chmod 700 ..
  fails 2 setpriv --reuid=65534 --regid=65534 --clear-groups "$SKEP" build
  says "$TOP/closed/p: Permission denied"
}
