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

# check_program BIN: what was built is the same as when all is linked, and has what a program
# should have. BIN comes first in the linker's PATH.
check_program() {
  local object=target/bpfel-unknown-none/release/prog command i
  mapfile -t command <"$TOP/given/command"
  for i in "${!command[@]}"; do
    [ "${command[i]}" != -o ] || command[i + 1]=$TOP/whole.o
  done
  (PATH=$1:$PATH && exec -a bpf-linker "$SKEP" "${command[@]}" --link-all)
  diff <(described $object) <(described "$TOP/whole.o")
  described $object >"$TOP/described"
  grep -q "FUNC 'pair_sum_3C_u32_2C__20_u64_3E_' .*linkage=static" "$TOP/described"
  grep -q "FUNC 'dep_exported' .*linkage=global" "$TOP/described"
  grep -q "VAR 'COUNTS'" "$TOP/described"
  "$LLVM_BIN/llvm-readelf" -SW $object | grep -q ' \.rodata\.extra '
  [ "$("$LLVM_BIN/llvm-readelf" -SW $object | grep -c ' \.debug_')" -eq 0 ]
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

# Each brings an LLVM of its own, which is found although nothing but rustc's own PATH names it.
@test "programs by every toolchain of rustup that has the sources" {
  found=0
  for toolchain in "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*; do
    if [ ! -d "$toolchain/lib/rustlib/src/rust/library/core" ] || [ ! -x "$toolchain/bin/cargo" ]; then
      continue
    fi
    RUSTUP_HOME=/nosuch run build "$toolchain/bin/rustc" "$toolchain/bin/cargo"
    if [ "$status" -ne 0 ] && grep -qE 'download|resolve host|network' <<<"$output"; then
      skip "crates cannot be fetched here"
    fi
    [ "$status" -eq 0 ] || { echo "$output" && return 1; }
    check_program "$toolchain/lib/rustlib/any/bin"
    ! can_load || load_program
    found=$((found + 1))
  done
  [ "$found" -gt 0 ] || skip "no toolchain of rustup with rust-src"
}
