#!/usr/bin/env bats
# The command line of skep link, which is bpf-linker's: every option, in every way to write it.
load common

setup() {
  start_project
  unset SKEP_LLVM
}

# Two small modules; a.bc has f in a program's section, and b.bc has k and m.
need_bitcode() {
  local clang
  clang=$(find_clang) || skip "needs clang"
  "$SKEP" doctor | grep -q 'targets: bpf' || skip "needs a libLLVM from 19 on"
  cat >a.c <<'C'
int g = 3;
__attribute__((section("socket"), used)) int f(void *c) { return g; }
C
  cat >b.c <<'C'
__attribute__((noinline)) int k(int i) { return i * 7; }
int m(int i) { return k(i) + k(i + 1); }
C
  "$clang" -target bpf -O1 -g -emit-llvm -c a.c -o a.bc
  "$clang" -target bpf -O1 -g -emit-llvm -c b.c -o b.bc
}

link() {
  skep link "$@"
}

# symbols FILE: functions and variables that others see.
symbols() {
  readelf -sW "$1" | awk '$5 == "GLOBAL" && $7 != "UND" { print $8 }' | sort | xargs
}

# says_no TEXT ARGUMENT...: wrong usage, told in one line.
says_no() {
  local want=$1
  shift
  fails 2 skep link "$@"
  says "$want"
  [ ! -e out ]
}

@test "without inputs, or without an output, nothing is linked" {
  says_no "no inputs"
  says_no "no inputs" -o out
  says_no "no output" a.bc
  says_no "no output" a.bc -o ""
}

@test "an option that there is not: the one probably meant is named" {
  says_no "link: --exprot: no such option; did you mean --export?" a.bc -o out --exprot f
  says_no "did you mean --export-symbols?" a.bc -o out --export-symbol=f
  says_no "link: -Q: no such option" a.bc -o out -Q
  says_no "link: ---: no such option" a.bc -o out ---
}

@test "an option that lacks its value, or has one it cannot have" {
  says_no "-o: it needs a value" a.bc -o
  says_no "--export: it needs a value" a.bc -o out --export --btf
  says_no "--btf: it takes no value" a.bc -o out --btf=yes
  says_no "--cpu: v9: it can be generic, probe, v1, v2, v3 or v4" a.bc -o out --cpu v9
  says_no "--emit: onj: it can be obj, asm, llvm-ir or llvm-bc; did you mean obj?" a.bc -o out \
    --emit=onj
  says_no "-O: 4" a.bc -o out -O4
  says_no "--log-level: loud" a.bc -o out --log-level loud
  says_no "--fatal-errors: maybe" a.bc -o out --fatal-errors maybe
  says_no "--export-symbols: nosuch: No such file" a.bc -o out --export-symbols nosuch
  # A wrong one counts even when another comes first, or last.
  says_no "--emit: x" a.bc -o out --emit obj --emit x
  says_no "-O: x" a.bc -o out -Ox -O2
}

@test "--help lists the options, --version the version" {
  run -0 skep link --help
  says "--export-symbols=FILE"
  silent_on "flavor"
  run -0 skep link --version
  [[ $output == "skep "[0-9]* ]]
}

@test "called as bpf-linker it is the same command" {
  ln -s "$SKEP" "$TOP/bpf-linker"
  run -0 "$TOP/bpf-linker" --help
  says "Usage: bpf-linker "
  run -0 "$TOP/bpf-linker" --version
  says "bpf-linker"
  fails 2 "$TOP/bpf-linker" --exprot f
  says "did you mean --export?"
  need_bitcode
  run -0 "$TOP/bpf-linker" b.bc -o out --export m
  [ "$(symbols out)" = m ]
}

@test "the output is named in every way" {
  need_bitcode
  for way in "-o out" "-oout" "-o=out" "--output out" "--output=out"; do
    rm -f out
    # shellcheck disable=SC2086
    run -0 skep link $way a.bc
    is_object out
  done
}

@test "--emit: the first of several counts" {
  need_bitcode
  link a.bc -o out --emit=llvm-bc --emit obj
  [ "$(head -c 2 out)" = BC ]
  link a.bc -o out --emit llvm-ir --emit asm
  grep -q '^define ' out
  link a.bc -o out --emit=asm
  grep -q '^f:' out
  link a.bc -o out --emit=OBJ
  is_object out
}

@test "-O: the last of several counts, and 0 is 1" {
  need_bitcode
  link b.bc -o one --export m -O1
  link b.bc -o zero --export m -O 3 -O0
  cmp one zero
  for way in -O3 "-O 3" -O=3 "-O1 -O3"; do
    # shellcheck disable=SC2086
    link b.bc -o "three$way" --export m $way
  done
  for other in three*; do cmp three-O3 "$other"; done
  for level in 1 2 3 s z; do link b.bc -o out --export m -O$level; done
}

@test "--export: repeated, by commas, and never eating an input" {
  need_bitcode
  link --export k,m b.bc -o out
  [ "$(symbols out)" = "k m" ]
  link --export k b.bc --export=m -o out
  [ "$(symbols out)" = "k m" ]
  link --export m b.bc -o out
  [ "$(symbols out)" = m ]
  link --export=,m,f, b.bc a.bc -o out
  [ "$(symbols out)" = "f m" ]
}

@test "--export-symbols: a name a line, blank lines and line ends of all kinds" {
  need_bitcode
  printf 'k\r\n\n\nm' >symbols
  link --export-symbols symbols b.bc -o out
  [ "$(symbols out)" = "k m" ]
  : >empty
  link --export-symbols=empty --export m b.bc -o out
  [ "$(symbols out)" = m ]
  link --export-symbols <(echo k) b.bc -o out
  [ "$(symbols out)" = k ]
}

@test "what rustc passes to linkers of every kind is taken and does nothing" {
  need_bitcode
  link a.bc -o plain
  link -flavor gnu a.bc -L /nosuch -L/nosuch/either -L=x --debug --flavor wasm -o out
  cmp plain out
}

@test "--target and --cpu" {
  need_bitcode
  link a.bc -o out --target bpfeb
  readelf -h out | grep -q 'big endian'
  link a.bc -o out --target=bpfel
  readelf -h out | grep -q 'little endian'
  for cpu in generic v1 v2 v3 v4; do link a.bc -o out --cpu $cpu; done
  link a.bc -o out --cpu=v1 --cpu-features=+alu32
  link a.bc -o out --cpu v1 --cpu-features -alu32,-dwarfris
}

@test "--cpu probe is what the running kernel takes" {
  need_root
  need_bitcode
  cpu=$(skep doctor | awk '$1 == "-mcpu=probe" { print $2 }')
  case $cpu in v[1-4]) ;; *) skip "programs cannot be loaded here" ;; esac
  link b.bc --export m -o probe --cpu probe
  link b.bc --export m -o named --cpu "$cpu"
  cmp probe named
}

@test "--llvm and SKEP_LLVM: a version, a path, and the option wins" {
  need_bitcode
  library=$(skep doctor | grep -o '[^ ]*/libLLVM[^ ]*' | head -n 1)
  link a.bc -o out --llvm "$library"
  SKEP_LLVM=$library link a.bc -o out
  rm out
  SKEP_LLVM=nonsense fails 2 skep link a.bc -o out
  says "no LLVM nonsense"
  SKEP_LLVM=nonsense link a.bc -o out --llvm "$library"
  rm out
  says_no "no LLVM 14" a.bc -o out --llvm 14
  says_no "./a.bc: not a shared library" a.bc -o out --llvm ./a.bc
  says_no "No such file" a.bc -o out --llvm /nosuch/libLLVM.so
  SKEP_LLVM='' link a.bc -o out
}

@test "--dump-module writes the module before and after" {
  need_bitcode
  link a.bc -o out --dump-module dump/deep
  grep -q '^define ' dump/deep/pre-opt.ll
  grep -q '^define ' dump/deep/post-opt.ll
}

@test "--log-level and --log-file" {
  need_bitcode
  run -0 --separate-stderr skep link a.bc -o out
  [ -z "$output$stderr" ]
  run -0 --separate-stderr skep link a.bc ./a.bc -o out --log-level DEBUG
  grep -qx 'debug: ./a.bc: left out: it was added before' <<<"$stderr"
  run -0 --separate-stderr skep link a.bc a.bc -o out --log-level info
  [[ $stderr != *"left out"* ]]
  run -0 --separate-stderr skep link a.bc -o out --log-level=trace --log-file log
  [ -z "$output$stderr" ]
  grep -q a.bc log
}

@test "flags that change nothing here are taken" {
  need_bitcode
  link a.bc -o out --btf --debug-info --link-all --unroll-loops --ignore-inline-never \
    --allow-bpf-trap --disable-expand-memcpy-in-order --disable-memory-builtins \
    --fatal-errors false --fatal-errors=true --keep-ir-on-crash \
    --llvm-args=--unroll-threshold=10,--unroll-count=2 --llvm-args --verify-dom-info
  is_object out
}

@test "what follows -- is an input" {
  need_bitcode
  cp a.bc ./--btf
  link -o out -- --btf
  is_object out
}

@test "inputs that are none, or cannot be read" {
  says_no "nosuch: No such file" nosuch -o out
  mkdir folder
  says_no "folder: Is a directory" folder -o out
  echo hello >text
  fails 1 skep link text -o out
  says "text: neither bitcode, IR, an object nor an archive"
  : >empty
  fails 1 skep link empty -o out
  says "it is empty"
  [ ! -e out ]
}
