#!/usr/bin/env bats
# skep doctor: what is there, and what to do about what is missing.
load common

@test "what a build needs is found" {
  find_clang >/dev/null || skip "needs clang"
  run -0 skep doctor
  says "Programs can be built."
  says "$(find_clang)"
  says "-mcpu: generic probe v1 v2 v3"
  for title in Compilers libLLVM Kernel "Libraries and tools"; do
    grep -qx "$title" <<<"$output"
  done
  says "$(uname -r)"
  grep -q '^  libbpf  *v[0-9]' <<<"$output"
}

@test "columns are aligned" {
  fake_clang clang-98 <<<'printf "clang version 98.0\n\n\tgeneric\n\tv1\n"'
  fake_clang clang-97 <<<'printf "A rather long clang version 97.0\n\n\tv1\n"'
  PATH=$TOP/bin:$PATH run -0 skep doctor
  # The columns with the paths begin at the same place.
  run -0 sed -n '2,/^$/s, /.*,,p' <<<"$output"
  [ "${#lines[@]}" -ge 2 ]
  [ "$(awk '{ print length }' <<<"$output" | sort -u | wc -l)" -eq 1 ]
}

@test "without a compiler it fails, and says what to install" {
  PATH=$(path_without_clang) run -1 skep doctor
  says "apt-get install clang-"
  says "Programs cannot be built."
}

@test "compilers that are of no use are listed with the reason" {
  fake_clang clang-20 <<<'echo "clang version 20.0"; echo "error: no BPF" >&2; exit 1'
  fake_clang clang-13 <<<'printf "clang version 13.0.1\n\n\tgeneric\n"'
  fake_clang clang-18 <<<'kill -9 $$'
  PATH=$(path_without_clang) run -1 skep doctor
  says "no BPF target"
  says "too old: a build needs 14 or newer"
  says "killed by signal 9"
  fake_clang clang-17 <<<'printf "clang version 17.0\n\n\tgeneric\n\tv3\n"'
  PATH=$(path_without_clang) run -0 skep doctor
  says "-mcpu: generic v3"
}

@test "a compiler that hangs is stopped and named" {
  fake_clang clang-21 <<<'printf "clang version 21.0\n\n\tv3\n"; exec sleep 300'
  fake_clang clang-17 <<<'printf "clang version 17.0\n\n\tgeneric\n\tv3\n"'
  began=$SECONDS
  PATH=$(path_without_clang) run -0 skep doctor
  [ $((SECONDS - began)) -lt 60 ]
  grep -q 'hangs: no answer within 10 s .*/clang-21$' <<<"$output"
  says "Programs can be built."
}

@test "toolchains of rustc are listed, scripts that look like libraries are not" {
  mkdir -p "$TOP/rustup/toolchains/t/lib"
  echo 'INPUT(x)' >"$TOP/rustup/toolchains/t/lib/libLLVM-22-rust-1.95.0-stable.so"
  RUSTUP_HOME=$TOP/rustup run skep doctor
  silent_on "$TOP/rustup"
  # One with that name which is none inside.
  cp "$SKEP" "$TOP/rustup/toolchains/t/lib/libLLVM.so.22.1-rust-1.95.0-stable"
  RUSTUP_HOME=$TOP/rustup run skep doctor
  says "$TOP/rustup/toolchains/t/lib/libLLVM.so.22.1-rust-1.95.0-stable"
  says "cannot be loaded"
}

@test "what cannot be asked of the kernel is explained" {
  need_root
  need_command setpriv
  run setpriv --reuid 65534 --clear-groups --inh-caps=-all "$SKEP" doctor
  [ "$status" -ne 126 ] || skip "this binary cannot be run by others"
  grep '^  -mcpu=probe' <<<"$output"
  grep -q '^  -mcpu=probe  *v[1-4]$' <<<"$output" || says "loading programs needs CAP_BPF"
}

@test "it takes no arguments, and tells of an output that cannot be written" {
  run -2 skep doctor something
  says "something: there is nothing to name"
  run -0 skep doctor --help
  [ -e /dev/full ] || skip "needs /dev/full"
  run -2 bash -c "'$SKEP' doctor >/dev/full"
  says "standard output"
}
