#!/usr/bin/env bats
# Rust: rustc calls the linker, as bpf-linker, with all of libcore.
load common

LLVM_BIN=/usr/lib/llvm-19/bin

setup() {
  start_project
  if [ ! -d /usr/lib/rustlib/src/rust/library/vendor ] || [ ! -x /usr/bin/rustc ]; then
    skip "rustc-web, cargo-web and rust-web-src are not installed"
  fi
  mkdir "$TOP/bin" .cargo
  cp -r "$BATS_TEST_DIRNAME/../link/rust/." .
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

build() {
  RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_HOME=$TOP/cargo \
    RUSTFLAGS="-C linker=$TOP/bin/bpf-linker -C link-arg=--btf" \
    /usr/bin/cargo build --offline --release --target=bpfel-unknown-none -Z build-std=core
}

# described OBJECT: code, types and symbols, whatever their order.
described() {
  python3 "$BATS_TEST_DIRNAME/../link/normalize.py" "$LLVM_BIN/llvm-objdump" "$1"
  bpftool btf dump file "$1" | sed 's/^\[[0-9]*\]//; s/type_id=[0-9]*//g; s/ offset=[0-9]*//' | sort
  "$LLVM_BIN/llvm-readelf" -sW "$1" | awk '$4 != "SECTION" { print $3, $4, $5, $6, $8 }' | sort
}

@test "a program in Rust: linked on demand as when everything is linked, and loaded" {
  [ -x "$LLVM_BIN/llvm-objdump" ] || skip "llvm-19 is not installed"
  write_linker
  build
  object=target/bpfel-unknown-none/release/prog
  mapfile -t command <"$TOP/given/command"
  for i in "${!command[@]}"; do
    [ "${command[i]}" != -o ] || command[i + 1]=$TOP/whole.o
  done
  (exec -a bpf-linker "$SKEP" "${command[@]}" --link-all)
  diff <(described $object) <(described "$TOP/whole.o")
  described $object >"$TOP/described"
  grep -q "FUNC 'pair_sum_3C_u32_2C__20_u64_3E_' .*linkage=static" "$TOP/described"
  grep -q "FUNC 'dep_exported' .*linkage=global" "$TOP/described"
  grep -q "VAR 'COUNTS'" "$TOP/described"
  "$LLVM_BIN/llvm-readelf" -SW $object | grep -q ' \.rodata\.extra '
  [ "$("$LLVM_BIN/llvm-readelf" -SW $object | grep -c ' \.debug_')" -eq 0 ]
  if [ "$(id -u)" -ne 0 ] || [ ! -d /sys/fs/bpf ]; then
    skip "linked; programs cannot be loaded here"
  fi
  pins=/sys/fs/bpf/skep-test-$$
  bpftool prog loadall $object "$pins"
  rm -r "$pins"
}
