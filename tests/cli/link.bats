#!/usr/bin/env bats
# Linking bitcode. What LLVM makes of it is checked by the files in tests/link, in the way of LLVM's
# own tests: RUN lines are commands, CHECK lines say what FileCheck must find.
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
load common

LLVM_BIN=/usr/lib/llvm-19/bin

setup() {
  start_project
  LINK_TESTS=$BATS_TEST_DIRNAME/../link
  PATH=$TOP/bin:$LLVM_BIN:$PATH
  mkdir "$TOP/bin"
  ln -s "$SKEP" "$TOP/bin/skep"
  ln -s "$SKEP" "$TOP/bin/bpf-linker"
  printf '#!/bin/sh\nif "$@"; then exit 1; fi\n' >"$TOP/bin/not"
  write_same_as_whole
  chmod +x "$TOP"/bin/*
  command -v FileCheck split-file >/dev/null || skip "llvm-19-tools is not installed"
}

# A command for RUN lines: linking on demand and linking everything give the same code, types,
# symbols and sections.
write_same_as_whole() {
  cat >"$TOP/bin/same-as-whole" <<EOF
#!/bin/bash
set -e
where=\$(mktemp -d "$TOP/same.XXXXXX")
for how in demand whole; do
  more=
  [ \$how = demand ] || more=--link-all
  "$SKEP" link "\$@" \$more -o \$where/\$how.o
  python3 "$BATS_TEST_DIRNAME/../link/normalize.py" "$LLVM_BIN/llvm-objdump" \$where/\$how.o
  if "$LLVM_BIN/llvm-readelf" -S \$where/\$how.o | grep -q ' \.BTF '; then
    bpftool btf dump file \$where/\$how.o |
      sed 's/^\[[0-9]*\]//; s/type_id=[0-9]*//g; s/ offset=[0-9]*//' | sort
  fi
  "$LLVM_BIN/llvm-readelf" -sW \$where/\$how.o |
    awk '\$4 != "SECTION" { print \$3, \$4, \$5, \$6, \$8 }' | sort
  "$LLVM_BIN/llvm-readelf" -SW \$where/\$how.o | cut -c7- | awk '{ print \$1, \$2 }' | sort
done >\$where/text
n=\$(wc -l <\$where/text)
[ \$n -gt 20 ]
diff <(head -n \$((n / 2)) \$where/text) <(tail -n \$((n / 2)) \$where/text)
EOF
}

# The libLLVMs of this machine, the system's and those of rustc's toolchains, a path each.
llvms() {
  "$SKEP" doctor | sed -n 's,.* targets: bpf.*  \(/.*\),\1,p'
}

# The major version of a library, as its name says.
major_of() {
  grep -oE 'libLLVM(\.so\.|-)[0-9]+' <<<"$1" | grep -oE '[0-9]+$'
}

# run_file FILE LIBRARY: runs the RUN lines of a test.
run_file() {
  local temp line major
  major=$(major_of "$2")
  temp=$(mktemp -d "$TOP/run.XXXXXX")
  grep -oE 'RUN: .*' "$1" | sed 's/^RUN: //' >"$temp.commands"
  [ -s "$temp.commands" ]
  while read -r line; do
    line=${line//%s/$1}
    line=${line//%t/$temp}
    line=${line//%llvm/$major}
    (cd "$temp" && SKEP_LLVM=$2 bash -o pipefail -c "$line") >"$temp.said" 2>&1 || {
      echo "$1, LLVM $2: $line"
      cat "$temp.said"
      return 1
    }
  done <"$temp.commands"
}

@test "every file in tests/link, with each LLVM" {
  failed=0
  found=0
  for library in $(llvms); do
    found=$((found + 1))
    for file in "$LINK_TESTS"/*.ll; do
      run_file "$(realpath "$file")" "$library" || failed=$((failed + 1))
    done
  done
  [ "$failed" -eq 0 ]
  [ "$found" -gt 0 ] || skip "no libLLVM from 19 on is installed"
}

need_clang() {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
}

# bitcode NAME...: NAME.bc of NAME.c, with debug information.
bitcode() {
  local name
  for name; do
    clang-19 -target bpf -O2 -g -emit-llvm -c "$name.c" -o "$name.bc"
  done
}

# object NAME...: NAME.o of NAME.c.
object() {
  local name
  for name; do
    clang-19 -target bpf -O2 -g -c "$name.c" -o "$name.o"
  done
}

# Two files of C: a program, and what it calls.
write_c() {
  need_clang
  cat >prog.c <<'EOF'
#define SEC(name) __attribute__((section(name), used))
extern int shared(int);
static int count;
SEC("socket") int prog(void *ctx) { return shared(++count); }
char _license[] SEC("license") = "GPL";
EOF
  cat >shared.c <<'EOF'
static int count;
__attribute__((noinline)) int shared(int x) { return (count += x) & 1; }
int unneeded(int x) { return shared(x) + 1; }
EOF
}

@test "the same code from bitcode, from objects that hold it, and from archives" {
  write_c
  for f in prog shared; do
    clang-19 -target bpf -O2 -g -emit-llvm -c $f.c -o $f.bc
    clang-19 -target bpf -O2 -g -fembed-bitcode=all -c $f.c -o $f.o
  done
  llvm-ar rc bitcode.a shared.bc
  llvm-ar rcS objects.a shared.o
  llvm-ar rcT thin.a shared.bc
  llvm-ar --format=bsd rc bsd.a shared.bc
  # With a table of symbols for archives of more than 4 GB, although this one is smaller.
  SYM64_THRESHOLD=1 llvm-ar rc large.a prog.bc shared.bc
  grep -q '^/SYM64/' large.a
  llvm-cat -b -o both.bc prog.bc shared.bc 2>/dev/null || cat prog.bc shared.bc >both.bc
  skep link --btf --export prog,_license prog.bc shared.bc -o expected.o
  [ "$(llvm-readelf -sW expected.o | grep -c 'unneeded')" -eq 0 ]
  for inputs in "prog.o shared.o" "prog.bc bitcode.a" "prog.bc objects.a" "prog.o thin.a" \
    "prog.bc bsd.a" large.a both.bc; do
    # shellcheck disable=SC2086 # several words
    skep link --btf --export prog,_license $inputs -o result.o
    cmp expected.o result.o
  done
}

@test "an object without bitcode is linked in, and keeps what it refers to" {
  write_c
  echo 'int base(int x) { return x + 7; } int superfluous(int x) { return x; }' >base.c
  echo 'extern int base(int); int shared(int x) { return base(x) & 1; }' >object.c
  bitcode prog base
  object object
  run skep link --btf --export prog,_license prog.bc base.bc object.o -o result.o
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  llvm-readelf -sW result.o >symbols
  grep -q 'GLOBAL.* shared$' symbols
  grep -q 'GLOBAL.* base$' symbols
  [ "$(grep -c 'UND .*[a-z]' symbols)" -eq 0 ]
  [ "$(grep -c 'superfluous' symbols)" -eq 0 ]
  # Also in the other byte order, which libbpf's linker may not read.
  clang-19 -target bpfeb -O2 -g -emit-llvm -c prog.c -o prog.bc
  clang-19 -target bpfeb -O2 -g -c shared.c -o object.o
  skep link --btf --export prog,_license prog.bc object.o -o result.o
  llvm-readelf -h result.o | grep -q 'big endian'
  llvm-readelf -sW result.o | grep -q 'GLOBAL.* shared$'
}

@test "names that an object uses and nobody defines: who refers to them" {
  write_c
  cat >object.c <<'EOF'
extern int sharde(int), near_kernel(int) __attribute__((section(".ksyms")));
extern int HZ_SET __attribute__((section(".kconfig")));
extern int optional(int) __attribute__((weak, section(".ksyms")));
__attribute__((noinline)) int helper(int x) { return sharde(x) + near_kernel(x) + HZ_SET; }
__attribute__((section("socket"), used)) int other(void *ctx) {
  return helper(optional ? optional(1) : 2);
}
EOF
  object object
  object shared
  bitcode shared
  for shared in shared.o shared.bc; do
    run skep link --btf --export shared $shared object.o -o result.o
    [ "$status" -eq 1 ]
    [[ $output == *"sharde is not defined; helper refers to it (declared in object.o); did you mean shared?"* ]]
    [ "$(grep -c 'is not defined' <<<"$output")" -eq 1 ]
    [ ! -e result.o ]
  done
  run skep link shared.o object.o --allow-undefined -o result.o
  [ "$status" -eq 0 ]
  [[ $output == *"warning: link: sharde is not defined"* ]]
  # It can be linked further.
  echo 'int sharde(int x) { return x; }' >rest.c
  object rest
  run skep link result.o rest.o -o whole.o
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  llvm-readelf -sW whole.o | grep -q 'FUNC.*GLOBAL.* sharde$'
}

@test "nothing but objects: no LLVM is needed" {
  write_c
  object prog shared
  SKEP_LLVM=/nowhere skep link prog.o shared.o -o result.o
  llvm-readelf -sW result.o | grep -q 'GLOBAL.* shared$'
  run skep link prog.o shared.o --emit asm -o result.s
  [ "$status" -eq 1 ]
  [ ! -e result.s ]
}

# refuses TEXT ARGUMENT...: the link fails with a message that has the text, and leaves nothing.
refuses() {
  run skep link "${@:2}" -o result
  [ "$status" -eq 1 ]
  [[ $output == *"$1"* ]] || { echo "$output" && return 1; }
  [ ! -e result ]
}

@test "objects that cannot be linked are named, with the reason" {
  write_c
  bitcode prog
  object shared
  clang-19 -target bpf -O2 -c shared.c -o untyped.o
  clang-19 -target bpfeb -O2 -g -c shared.c -o other-order.o
  sed 's/int shared(int x)/int shared(int x, int y)/' shared.c >other.c
  sed -i 's/shared(x)/shared(x, x)/' other.c
  object other
  refuses "untyped.o: it has no BTF, without which objects cannot be linked; compile its source with -g"     --export prog prog.bc untyped.o
  refuses "other-order.o: its byte order is not that of what comes before it"     --export prog prog.bc other-order.o
  refuses "link: other.o: it cannot be linked" --export prog prog.bc other.o
  refuses "link: other.o: it cannot be linked" shared.o other.o
  refuses "shared.o: it is not for bpfeb" --target bpfeb shared.o
  for kind in asm llvm-ir llvm-bc; do
    refuses "shared.o: of an object without bitcode only an object can be made" --emit $kind \
      --export prog prog.bc shared.o
  done
}

@test "what bitcode and an object both define is an error that names the object" {
  write_c
  bitcode shared
  object shared
  # Both define the same function.
  run skep link --export shared shared.bc shared.o -o result.o
  [ "$status" -eq 1 ]
  [[ $output == *shared.o* ]]
  [ ! -e result.o ]
}

@test "damaged bitcode is an error that names it, whatever LLVM does" {
  write_c
  bitcode shared
  size=$(stat -c %s shared.bc)
  for at in $(seq 100 $((size / 40)) $((size - 1))); do
    cp shared.bc damaged.bc
    printf '\xa5\x5a\xff' | dd of=damaged.bc bs=1 seek="$at" conv=notrunc 2>/dev/null
    run skep link --btf --export shared damaged.bc -o result.o
    [ "$status" -le 1 ]
    [ "$status" -eq 0 ] || [[ $output == *damaged.bc* || $output == *LLVM* ]]
    [ "$status" -eq 0 ] || [ ! -e result.o ]
    rm -f result.o
  done
}

# damage FILE COMMAND...: runs the command with FILE truncated and with bytes changed at many places;
# it must refuse or succeed, and never crash, nor leave an output when it refuses.
damage() {
  local size at how
  size=$(stat -c %s "$1")
  cp "$1" whole
  for at in $(seq 1 $((size / 12)) $((size - 1))); do
    for how in cut flipped; do
      cp whole "$1"
      if [ $how = cut ]; then
        truncate -s "$at" "$1"
      else
        printf '\xa5\x5a' | dd of="$1" bs=1 seek="$at" conv=notrunc 2>/dev/null
      fi
      run "${@:2}"
      [ "$status" -le 2 ] || { echo "$1, $how at $at: $output" && return 1; }
      [ "$status" -eq 0 ] || [ ! -e result.o ]
      [ "$status" -eq 0 ] || [ -n "$output" ]
      rm -f result.o
    done
  done
  mv whole "$1"
}

@test "damaged IR, objects and archives" {
  write_c
  clang-19 -target bpf -O2 -g -emit-llvm -S -c shared.c -o text.ll
  bitcode shared
  clang-19 -target bpf -O2 -g -fembed-bitcode=all -c shared.c -o embedded.o
  clang-19 -target bpf -O2 -g -c shared.c -o plain.o
  llvm-ar rc archive.a embedded.o shared.bc
  for f in text.ll embedded.o plain.o archive.a; do
    damage $f skep link --btf --export shared $f -o result.o
  done
}

@test "a libLLVM that crashes, or lacks what is needed" {
  write_c
  command -v cc >/dev/null || skip "cc is not installed"
  bitcode shared
  echo 'void LLVMGetVersion(unsigned *a, unsigned *b, unsigned *c) { __builtin_trap(); }' >crash.c
  echo 'void LLVMGetVersion(unsigned *a, unsigned *b, unsigned *c) { *a = 22; }' >bare.c
  echo 'void LLVMGetVersion(unsigned *a, unsigned *b, unsigned *c) { *a = 18; }' >old.c
  echo 'void other(void) {}' >other.c
  for f in crash bare old other; do
    cc -shared -fPIC $f.c -o libLLVM-$f.so
  done
  refuses "link: shared.bc: the child process that did it was killed by signal" \
    --llvm ./libLLVM-crash.so shared.bc
  run skep link --llvm ./libLLVM-bare.so shared.bc -o result
  [ "$status" -ne 0 ]
  [[ $output == *"libLLVM-bare.so: it was built without the BPF target"* ]]
  run skep link --llvm ./libLLVM-old.so shared.bc -o result
  [[ $output == *"older than LLVM 19"* ]]
  run skep link --llvm ./libLLVM-other.so shared.bc -o result
  [[ $output == *"it is not a libLLVM"* ]]
  [ ! -e result ]
}

@test "modules of two versions: the newer LLVM reads both" {
  need_clang
  [ -e /usr/lib/x86_64-linux-gnu/libLLVM.so.22.1 ] || skip "libllvm22 is not installed"
  write_c
  bitcode prog shared
  skep link --llvm 22 --btf --emit llvm-bc --export shared shared.bc -o newer.bc
  skep link --btf --export prog,_license --log-level info prog.bc newer.bc -o result.o 2>log
  grep -q 'prog.bc: .* by LLVM19\.' log
  grep -q 'newer.bc: .* by LLVM22\.' log
  grep -q 'LLVM 22: ' log
  run skep link --llvm 19 --btf --export prog,_license prog.bc newer.bc -o older.o
  [ "$status" -le 1 ]
  [ "$status" -eq 0 ] || [[ $output == *newer.bc* ]]
}

@test "an input twice counts once; an output that is an input, or cannot be written" {
  write_c
  bitcode shared
  ln shared.bc other-name.bc
  ln -s shared.bc link.bc
  skep link --export shared shared.bc -o once.o
  skep link --export shared shared.bc other-name.bc ./shared.bc link.bc -o twice.o
  cmp once.o twice.o
  cp shared.bc before.bc
  for output in shared.bc other-name.bc link.bc; do
    run skep link --export shared shared.bc -o $output
    [ "$status" -eq 1 ]
    [[ $output == *"it is both input and output"* ]]
  done
  cmp shared.bc before.bc
  mkdir folder
  for output in nosuch/result.o folder; do
    run skep link --export shared shared.bc -o $output
    [ "$status" -eq 2 ]
    [[ $output == *write* ]]
  done
}

@test "C without memset: what is set is stored, and not left to a function that nobody has" {
  need_clang
  cat >big.c <<'EOF'
struct big { long a[6]; };
extern void keep(struct big *b);
__attribute__((section("socket"), used)) int prog(void *ctx) {
  struct big b;
  __builtin_memset(&b, 0, sizeof(b));
  __asm__ volatile("" : : "r"(&b) : "memory");
  return 1;
}
EOF
  clang-19 -target bpf -O2 -emit-llvm -c big.c -o big.bc
  for library in $(llvms); do
    skep link --llvm "$library" --export prog big.bc -o big.o
    [ "$(llvm-readelf -s big.o | grep -c memset)" -eq 0 ]
  done
}

@test "each source file states its license, and they must agree" {
  need_clang
  for f in a b; do
    echo "char LICENSE[] __attribute__((section(\"license\"), used)) = \"GPL\";" \
      "__attribute__((section(\"socket\"))) int prog_$f(void *ctx) { return 1; }" >$f.c
  done
  sed 's/GPL/BSD/; s/prog_a/prog_c/' a.c >c.c
  for f in a b c; do
    clang-19 -target bpf -O2 -emit-llvm -c $f.c -o $f.bc
  done
  for more in --link-all --cpu=v3; do
    skep link a.bc b.bc --export LICENSE,prog_a,prog_b $more -o result.o
    [ "$(llvm-readelf -sW result.o | grep -c 'GLOBAL.*LICENSE')" -eq 1 ]
    run skep link a.bc c.bc --export LICENSE,prog_a,prog_c $more -o other.o
    [ "$status" -eq 1 ]
    [[ $output == *"a.bc and c.bc differ in their license"* ]]
  done
}

@test "the same bytes from another folder" {
  write_c
  bitcode prog shared
  mkdir -p elsewhere/deeper
  cp prog.bc shared.bc elsewhere/deeper
  skep link --btf --export prog,_license prog.bc shared.bc -o result.o
  (cd elsewhere && skep link --btf --export prog,_license deeper/prog.bc "$PWD/deeper/shared.bc" \
    -o "$PWD/deeper/result.o")
  cmp result.o elsewhere/deeper/result.o
}

# What LLVM reads of sources, while it makes code, is an input that the bitcode can bring along.
@test "lines of sources in BTF: from the bitcode before files, empty where there is neither" {
  write_c
  clang-19 -target bpf -O2 -g -emit-llvm -c shared.c -o plain.bc
  clang-19 -target bpf -O2 -g -gdwarf-5 -gembed-source -emit-llvm -c shared.c -o embedded.bc
  for library in $(llvms); do
    export SKEP_LLVM=$library
    skep link --btf --export shared plain.bc -o read.o
    strings read.o | grep -q 'count += x'
    skep link --btf --export shared embedded.bc -o first.o
    strings first.o | grep -q 'count += x'
    sed 's/count += x/count -= x/' shared.c >changed.c
    mv shared.c kept.c
    mv changed.c shared.c
    skep link --btf --export shared embedded.bc -o second.o
    rm shared.c
    skep link --btf --export shared embedded.bc -o third.o
    cmp first.o second.o
    cmp first.o third.o
    run skep link --btf --export shared plain.bc -o absent.o
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ "$(strings absent.o | grep -c 'count [-+]= x')" -eq 0 ]
    mv kept.c shared.c
  done
}

@test "types come once, although modules that need each other are linked twice" {
  need_clang
  cat >types.h <<'EOF'
struct node { struct node *next; struct { int x, y; } at; };
EOF
  cat >a.c <<'EOF'
#include "types.h"
int in_b(struct node *n);
static struct node first;
__attribute__((noinline)) int in_a(struct node *n) { first.next = n; return n->at.x; }
__attribute__((section("socket"), used)) int prog(void *ctx) { return in_b(&first) & 1; }
EOF
  cat >b.c <<'EOF'
#include "types.h"
int in_a(struct node *n);
static struct node last;
__attribute__((noinline)) int other(struct node *n) { last.at.y += n->at.x; return last.at.y; }
__attribute__((noinline)) int in_b(struct node *n) { last.next = n; return in_a(&last) + other(n); }
EOF
  bitcode a b
  for library in $(llvms); do
    export SKEP_LLVM=$library
    skep link --btf --log-level debug --export prog b.bc a.bc -o result.o 2>log
    grep -q 'linking again' log
    same-as-whole --btf --export prog b.bc a.bc
    same-as-whole --btf --export prog a.bc b.bc
  done
}
