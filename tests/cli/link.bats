#!/usr/bin/env bats
# Linking bitcode. What LLVM makes of it is checked by the files in tests/link, in the way of LLVM's
# own tests: RUN lines are commands, CHECK lines say what FileCheck must find.
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

# The major versions of LLVM on this machine that can be tested.
llvms() {
  local v
  for v in 19 20 21 22; do
    [ ! -e "/usr/lib/llvm-$v/lib/libLLVM.so.1" ] || echo "$v"
  done
}

# run_file FILE LLVM: runs the RUN lines of a test.
run_file() {
  local temp line
  temp=$(mktemp -d "$TOP/run.XXXXXX")
  grep -oE 'RUN: .*' "$1" | sed 's/^RUN: //' >"$temp.commands"
  [ -s "$temp.commands" ]
  while read -r line; do
    line=${line//%s/$1}
    line=${line//%t/$temp}
    line=${line//%llvm/$2}
    (cd "$temp" && SKEP_LLVM=$2 bash -o pipefail -c "$line") >"$temp.said" 2>&1 || {
      echo "$1, LLVM $2: $line"
      cat "$temp.said"
      return 1
    }
  done <"$temp.commands"
}

@test "every file in tests/link, with each LLVM" {
  failed=0
  for version in $(llvms); do
    for file in "$LINK_TESTS"/*.ll; do
      run_file "$(realpath "$file")" "$version" || failed=$((failed + 1))
    done
  done
  [ "$failed" -eq 0 ]
}

# Two files of C: a program, and what it calls.
write_c() {
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
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
  write_c
  for f in prog shared; do
    clang-19 -target bpf -O2 -g -emit-llvm -c $f.c -o $f.bc
    clang-19 -target bpf -O2 -g -fembed-bitcode=all -c $f.c -o $f.o
  done
  llvm-ar rc bitcode.a shared.bc
  llvm-ar rcS objects.a shared.o
  llvm-ar rcT thin.a shared.bc
  llvm-cat -b -o both.bc prog.bc shared.bc 2>/dev/null || cat prog.bc shared.bc >both.bc
  skep link --btf --export prog,_license prog.bc shared.bc -o expected.o
  [ "$(llvm-readelf -sW expected.o | grep -c 'unneeded')" -eq 0 ]
  for inputs in "prog.o shared.o" "prog.bc bitcode.a" "prog.bc objects.a" "prog.o thin.a" \
    both.bc; do
    # shellcheck disable=SC2086 # several words
    skep link --btf --export prog,_license $inputs -o result.o
    cmp expected.o result.o
  done
}

@test "an object without bitcode is linked in, and keeps what it refers to" {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
  write_c
  echo 'int base(int x) { return x + 7; } int superfluous(int x) { return x; }' >base.c
  echo 'extern int base(int); int shared(int x) { return base(x) & 1; }' >object.c
  clang-19 -target bpf -O2 -g -emit-llvm -c prog.c -o prog.bc
  clang-19 -target bpf -O2 -g -emit-llvm -c base.c -o base.bc
  clang-19 -target bpf -O2 -g -c object.c -o object.o
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

@test "nothing but objects: no LLVM is needed" {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
  write_c
  for f in prog shared; do
    clang-19 -target bpf -O2 -g -c $f.c -o $f.o
  done
  SKEP_LLVM=/nowhere skep link prog.o shared.o -o result.o
  llvm-readelf -sW result.o | grep -q 'GLOBAL.* shared$'
  run skep link prog.o shared.o --emit asm -o result.s
  [ "$status" -eq 1 ]
  [ ! -e result.s ]
}

@test "what bitcode and an object both define is an error that names the object" {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
  write_c
  clang-19 -target bpf -O2 -g -emit-llvm -c shared.c -o shared.bc
  clang-19 -target bpf -O2 -g -c shared.c -o shared.o
  # Both define the same function.
  run skep link --export shared shared.bc shared.o -o result.o
  [ "$status" -eq 1 ]
  [[ $output == *shared.o* ]]
  [ ! -e result.o ]
}

@test "damaged bitcode is an error that names it, whatever LLVM does" {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
  write_c
  clang-19 -target bpf -O2 -g -emit-llvm -c shared.c -o shared.bc
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

@test "C without memset: what is set is stored, and not left to a function that nobody has" {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
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
  for version in $(llvms); do
    skep link --llvm "$version" --export prog big.bc -o big.o
    [ "$(llvm-readelf -s big.o | grep -c memset)" -eq 0 ]
  done
}

@test "each source file states its license, and they must agree" {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
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
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
  write_c
  for f in prog shared; do
    clang-19 -target bpf -O2 -g -emit-llvm -c $f.c -o $f.bc
  done
  mkdir -p elsewhere/deeper
  cp prog.bc shared.bc elsewhere/deeper
  skep link --btf --export prog,_license prog.bc shared.bc -o result.o
  (cd elsewhere && skep link --btf --export prog,_license deeper/prog.bc "$PWD/deeper/shared.bc" \
    -o "$PWD/deeper/result.o")
  cmp result.o elsewhere/deeper/result.o
}

@test "types come once, although modules that need each other are linked twice" {
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
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
  for f in a b; do
    clang-19 -target bpf -O2 -g -emit-llvm -c $f.c -o $f.bc
  done
  for version in $(llvms); do
    export SKEP_LLVM=$version
    skep link --btf --log-level debug --export prog b.bc a.bc -o result.o 2>log
    grep -q 'linking again' log
    same-as-whole --btf --export prog b.bc a.bc
    same-as-whole --btf --export prog a.bc b.bc
  done
}
