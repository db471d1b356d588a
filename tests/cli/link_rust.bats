#!/usr/bin/env bats
# Rust: rustc calls the linker, as bpf-linker, with all of libcore.
load common

LLVM_BIN=/usr/lib/llvm-19/bin

setup() {
  start_project
  [ -x "$LLVM_BIN/llvm-objdump" ] || skip "llvm-19 is not installed"
  mkdir "$TOP/bin"
  cp -r "$BATS_TEST_DIRNAME/../link/rust/." .
  write_linker
}

# Debian's sources bring what libcore depends on.
use_vendored() {
  mkdir .cargo
  cat >.cargo/config.toml <<'EOF'
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "/usr/lib/rustlib/src/rust/library/vendor"
EOF
}

# What rustc calls: keeps its command line and its files, then links.
write_linker() {
  cat >"$TOP/bin/bpf-linker" <<EOF
#!/bin/bash
mkdir "$TOP/given"
given=()
for word; do
  case \$word in
  *.o | *.rlib | */symbols)
    [ ! -e "\$word" ] || {
      cp "\$word" "$TOP/given/"
      word=$TOP/given/\${word##*/}
    } ;;
  esac
  given+=("\$word")
done
printf '%s\n' "\${given[@]}" >"$TOP/given/command"
exec -a bpf-linker "$SKEP" "\$@"
EOF
  chmod +x "$TOP/bin/bpf-linker"
}

# build RUSTC CARGO OPTION...
build() {
  rm -rf target "$TOP/given"
  RUSTC_BOOTSTRAP=1 RUSTC=$1 \
    RUSTFLAGS="-C linker=$TOP/bin/bpf-linker -C link-arg=--btf" \
    "$2" build "${@:3}" --release --target=bpfel-unknown-none -Z build-std=core
}

# described OBJECT: code, types and symbols, whatever their order.
described() {
  python3 "$BATS_TEST_DIRNAME/../link/normalize.py" "$LLVM_BIN/llvm-objdump" "$1"
  bpftool btf dump file "$1" | sed 's/^\[[0-9]*\]//; s/type_id=[0-9]*//g; s/ offset=[0-9]*//' | sort
  "$LLVM_BIN/llvm-readelf" -sW "$1" | awk '$4 != "SECTION" { print $3, $4, $5, $6, $8 }' | sort
}

# same_as_whole BIN: what was built is the same as when all is linked. BIN comes first in the
# linker's PATH.
same_as_whole() {
  local object=target/bpfel-unknown-none/release/prog command i
  mapfile -t command <"$TOP/given/command"
  for i in "${!command[@]}"; do
    [ "${command[i]}" != -o ] || command[i + 1]=$TOP/whole.o
  done
  (PATH=$1:$PATH && exec -a bpf-linker "$SKEP" "${command[@]}" --link-all)
  diff <(described $object) <(described "$TOP/whole.o")
  described $object >"$TOP/described"
  [ "$("$LLVM_BIN/llvm-readelf" -SW $object | grep -c ' \.debug_')" -eq 0 ]
}

# check_program BIN: as same_as_whole, and it has what a program should have.
check_program() {
  same_as_whole "$1"
  grep -q "FUNC 'pair_sum_3C_u32_2C__20_u64_3E_' .*linkage=static" "$TOP/described"
  grep -q "FUNC 'dep_exported' .*linkage=global" "$TOP/described"
  grep -q "VAR 'COUNTS'" "$TOP/described"
  "$LLVM_BIN/llvm-readelf" -SW target/bpfel-unknown-none/release/prog | grep -q ' \.rodata\.extra '
}

can_load() {
  [ "$(id -u)" -eq 0 ] && [ -d /sys/fs/bpf ]
}

load_program() {
  local pins=/sys/fs/bpf/skep-test-$$
  bpftool prog loadall target/bpfel-unknown-none/release/prog "$pins"
  rm -r "$pins"
}

@test "a program in Rust: linked on demand as when everything is linked, and loaded" {
  if [ ! -d /usr/lib/rustlib/src/rust/library/vendor ] || [ ! -x /usr/bin/rustc ]; then
    skip "rustc-web, cargo-web and rust-web-src are not installed"
  fi
  use_vendored
  CARGO_HOME=$TOP/cargo build /usr/bin/rustc /usr/bin/cargo --offline
  check_program /nosuch
  can_load || skip "linked; programs cannot be loaded here"
  load_program
}

# for_each_toolchain CHECK: builds with each that has the sources of libcore. Each brings an LLVM of
# its own, which is found although nothing but rustc's own PATH names it.
for_each_toolchain() {
  local found=0 toolchain
  for toolchain in "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*; do
    if [ ! -d "$toolchain/lib/rustlib/src/rust/library/core" ] || [ ! -x "$toolchain/bin/cargo" ]; then
      continue
    fi
    RUSTUP_HOME=/nosuch run build "$toolchain/bin/rustc" "$toolchain/bin/cargo"
    if [ "$status" -ne 0 ] && grep -qE 'download|resolve host|network' <<<"$output"; then
      skip "crates cannot be fetched here"
    fi
    [ "$status" -eq 0 ] || { echo "$output" && return 1; }
    "$1" "$toolchain/lib/rustlib/any/bin"
    found=$((found + 1))
  done
  [ "$found" -gt 0 ] || skip "no toolchain of rustup with rust-src"
}

check_and_load() {
  check_program "$1"
  ! can_load || load_program
}

@test "programs by every toolchain of rustup that has the sources" {
  for_each_toolchain check_and_load
}

# aya writes maps as libbpf knew them before 1.0, which its own loader reads.
check_aya() {
  same_as_whole "$1"
  "$LLVM_BIN/llvm-readelf" -sW target/bpfel-unknown-none/release/prog >"$TOP/symbols"
  for name in SIZES SWITCHES AYA_LOGS LICENSE; do
    grep -qE " OBJECT +GLOBAL .* $name\$" "$TOP/symbols"
  done
  for name in sizes switches; do
    grep -qE " FUNC +GLOBAL .* $name\$" "$TOP/symbols"
  done
  # Nothing that the loader would have to find elsewhere.
  [ "$(grep -c ' UND [a-zA-Z_]' "$TOP/symbols")" -eq 0 ]
  grep -q "FUNC 'sizes' .*linkage=global" "$TOP/described"
}

@test "programs for aya" {
  rm -r ./*
  cp -r "$BATS_TEST_DIRNAME/../link/aya/." .
  for_each_toolchain check_aya
}
