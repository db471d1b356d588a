#!/usr/bin/env bats
# Objects whose sources become bitcode that LLVM links: `link: lto`.
load common

LLVM_BIN=/usr/lib/llvm-19/bin

setup() {
  start_project
  command -v clang-19 >/dev/null || skip "clang-19 is not installed"
  [ -x "$LLVM_BIN/llvm-objdump" ] || skip "llvm-19 is not installed"
  export SKEP_CLANG=clang-19
  unset SKEP_LLVM
}

# Two sources with a function of one that the other calls, a map that both use, static things of the
# same names, and one license.
write_pair() {
  mkdir -p "${1:-.}"
  cat >"${1:-.}/common.h" <<'END'
#define SEC(name) __attribute__((section(name), used))
struct pair {
	int first;
	struct pair *self;
};
struct table {
	int (*type)[2];
	int (*max_entries)[4];
	int *key;
	struct pair *value;
};
static void *(*const lookup)(void *map, const void *key) = (void *)1;
int shared(int value);
END
  cat >"${1:-.}/main.c" <<'END'
#include "common.h"
struct table map SEC(".maps");
struct pair result;
static int count;
static __attribute__((noinline)) int helper(int x)
{
	return x * count;
}
SEC("socket") int program(void *ctx)
{
	int key = 0;
	struct pair *p = lookup(&map, &key);

	count++;
	if (p)
		result.first = p->first;
	return shared(helper(result.first));
}
char LICENSE[] SEC("license") = "GPL";
END
  cat >"${1:-.}/other.c" <<'END'
#include "common.h"
extern struct table map __attribute__((section(".maps")));
static int count;
struct pair seen;
static __attribute__((noinline)) int helper(int x)
{
	return x - count;
}
int shared(int value)
{
	return value * 7;
}
SEC("xdp") int other(void *ctx)
{
	int key = 1;
	struct pair *p = lookup(&map, &key);

	count++;
	return p ? helper(p->first) : seen.first;
}
END
  cat >"${1:-.}/skep.yaml" <<'END'
objects:
  - name: "pair_{how}"
    sources: [main.c, other.c]
    matrix:
      how:
        elf: {link: elf}
        lto: {link: lto}
END
}

# code FILE: its instructions and the source lines of these.
code() {
  "$LLVM_BIN/llvm-objdump" -drS "$1"
}

# symbols FILE: their binding and name, sorted.
symbols() {
  "$LLVM_BIN/llvm-readelf" -sW "$1" 2>/dev/null |
    awk '$4 == "FUNC" || $4 == "OBJECT" { print $5, $8 }' | sort
}

# types FILE: its BTF without numbers.
types() {
  bpftool btf dump file "$1" | sed 's/^\[[0-9]*\]//; s/type_id=[0-9]*//g'
}

# loads FILE: the running kernel takes every program in it, where we may ask it.
loads() {
  local pins=/sys/fs/bpf/skep-test-$$
  [ "$(id -u)" -eq 0 ] && [ -d /sys/fs/bpf ] || return 0
  bpftool prog loadall "$1" "$pins"
  rm -r "$pins"
}

@test "calls between sources are inlined; maps, programs and variables are there as before" {
  need_command bpftool
  write_pair
  run -0 skep build
  is_object build/pair_lto.bpf.o
  # One function less, as it is part of its caller, and all that a loader sees.
  symbols build/pair_elf.bpf.o | grep -q 'GLOBAL shared'
  refute grep -q shared <(symbols build/pair_lto.bpf.o)
  diff <(symbols build/pair_elf.bpf.o | grep GLOBAL | grep -v shared) \
    <(symbols build/pair_lto.bpf.o | grep GLOBAL)
  # Both helpers and both counters are there.
  [ "$(types build/pair_lto.bpf.o | grep -c "FUNC 'helper'.*static")" -ge 1 ]
  [ "$(symbols build/pair_lto.bpf.o | grep -c 'LOCAL helper')" -eq 2 ]
  [ "$(symbols build/pair_lto.bpf.o | grep -c 'LOCAL count')" -eq 2 ]
  # Types that both sources have are there once.
  [ "$(types build/pair_lto.bpf.o | grep -c "STRUCT 'pair'")" -eq 1 ]
  # Each function knows its lines, the inlined one, too.
  code build/pair_lto.bpf.o >listing
  grep -q 'return value \* 7;' listing
  print_section build/pair_lto.bpf.o .BTF | grep -qaz '^other\.c$'
  grep -q 'struct pair seen;' build/pair_lto.skel.h
  loads build/pair_lto.bpf.o
}

@test "relocations of two sources stay apart, whatever their types are called" {
  need_command bpftool
  cat >a.c <<'END'
struct task_struct {
	int pid;
	long more;
} __attribute__((preserve_access_index));
struct a {
	int x;
};
int a(struct task_struct *t)
{
	return t->pid + __builtin_btf_type_id(*(struct a *)0, 0);
}
END
  cat >b.c <<'END'
struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));
struct b {
	int x;
};
int a(struct task_struct *t);
__attribute__((section("raw_tp/x"), used)) int b(struct task_struct *t)
{
	return a(t) + t->tgid + __builtin_btf_type_id(*(struct b *)0, 0);
}
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
  echo 'objects: [{name: both, sources: [a.c, b.c], link: lto}]' >skep.yaml
  run -0 skep build
  code build/both.bpf.o | sed -n 's/.*CO-RE.*\] //p' | sort >relocations
  diff relocations - <<'END'
struct a
struct b
struct task_struct::pid (0:0)
struct task_struct::tgid (0:0)
END
}

# Of a section with two licenses or versions libbpf reads neither.
@test "each source states license and version under a name of its own, and they must agree" {
  cat >a.c <<'END'
#define SEC(name) __attribute__((section(name), used))
SEC("socket") int a(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
int VERSION SEC("version") = 1;
END
  sed 's/int a/int b/; s/LICENSE/_license/; s/VERSION/_version/' a.c >b.c
  echo 'objects: [{name: both, sources: [a.c, b.c], link: lto}]' >skep.yaml
  run -0 skep build
  for section in license version; do
    "$LLVM_BIN/llvm-objcopy" -O binary --only-section=$section build/both.bpf.o said
    [ "$(stat -c %s said)" -eq 4 ]
  done
  loads build/both.bpf.o
  sed -i 's/GPL/MIT/' b.c
  run -1 skep build
  says "LICENSE and _license: the program's sources differ in their license"
}

@test "nothing is done twice, only what changed is done again, and --explain says why" {
  write_pair
  run -0 skep build
  rests
  rests
  [ -e build/.skep/clean ]
  sed -i 's,\* 7,* 9,' other.c
  run -0 skep build --explain
  says "other.c changed"
  says "link pair_lto.bpf.o"
  refute grep -q 'compile main.c' <(ran)
  # A changed comment is none in an object, and none in bitcode's effect.
  rm other.c
  sed -i 's/, other.c//' skep.yaml
  sed -i 's/shared(helper(result.first))/1/' main.c
  run -0 skep build
  [ ! -e build/.skep/units/pair_lto/other.c.bc ]
  [ "$(symbols build/pair_lto.bpf.o | grep -c GLOBAL)" -eq 4 ]
  rests
}

@test "a single source is linked, too; a setting for the project, replaced in an object" {
  cat >one.c <<'END'
#define SEC(name) __attribute__((section(name), used))
__attribute__((noinline)) int shared(int value)
{
	return value * value;
}
SEC("socket") int program(int *ctx)
{
	return shared(*ctx);
}
END
  cat >skep.yaml <<'END'
link: lto
objects:
  - sources: one.c
  - name: plain
    sources: one.c
    link: elf
END
  run -0 skep build
  symbols build/plain.bpf.o | grep -q 'GLOBAL shared'
  symbols build/one.bpf.o | grep -q 'LOCAL shared'
  echo 'link: thin' >skep.yaml
  fails 2 skep build
  says "lto"
}

@test "the same bytes elsewhere, and with all of vmlinux.h" {
  write_pair
  { write_large_types; echo 'struct pair_of_tasks { struct task_struct *a, *b; };'; } >vmlinux.h
  sed -i '1i #include "vmlinux.h"' main.c other.c
  echo 'SEC("raw_tp/x") int third(struct pair_of_tasks *p) { return p->a->pid; }' >>main.c
  run -0 skep build --check-reproducible --check-types
  says "gave the same bytes"
  run -0 skep build --debug -o out --check-reproducible
  [ "$("$LLVM_BIN/llvm-readelf" -SW out/pair_lto.bpf.o | grep -c ' \.debug_info')" -eq 1 ]
  [ "$("$LLVM_BIN/llvm-readelf" -SW build/pair_lto.bpf.o | grep -c ' \.debug')" -eq 0 ]
  diff <(code build/pair_lto.bpf.o | grep '^ ') <(code out/pair_lto.bpf.o | grep '^ ')
}

@test "the store has it in another folder, but not for another LLVM" {
  export SKEP_CACHE=$TOP/store
  write_pair one
  write_pair "two/further down"
  run -0 skep build -C one
  run -0 skep build -C "two/further down"
  says "8 came from the store"
  [ "$(grep -c '(from the store)' <<<"$output")" -ge 8 ]
  cmp one/build/pair_lto.bpf.o "two/further down/build/pair_lto.bpf.o"
  [ -e /usr/lib/llvm-22/lib/libLLVM.so.1 ] || skip "LLVM 22 is not installed"
  SKEP_LLVM=22 run -0 skep build -C one -o other
  ran | grep -qx 'link pair_lto.bpf.o'
  [ "$(ran | grep -vc 'from the store')" -le 2 ]
}

@test "another libLLVM links again, the same one at another place does not" {
  write_pair
  cp -L "$LLVM_BIN/../lib/libLLVM.so.1" "$TOP/libLLVM.so.19.1"
  ln -s "$LLVM_BIN/../lib/libLLVM.so.1" "$TOP/llvm"
  export SKEP_LLVM=$TOP/llvm
  run -0 skep build
  rests
  rests
  [ -e build/.skep/clean ]
  ln -sf "$TOP/libLLVM.so.19.1" "$TOP/llvm"
  rests
  [ -e /usr/lib/llvm-22/lib/libLLVM.so.1 ] || skip "LLVM 22 is not installed"
  ln -sf /usr/lib/llvm-22/lib/libLLVM.so.1 "$TOP/llvm"
  run -0 skep build --explain
  [ "$(ran | grep -c '^compile')" -eq 0 ]
  ran | grep -q '^link pair_lto.bpf.o'
  says "libLLVM.so.22"
  loads build/pair_lto.bpf.o
  rests
}

@test "\$SKEP_LLVM and --llvm choose; a missing one is one line, before anything is compiled" {
  write_pair
  SKEP_LLVM=/nowhere/libLLVM.so fails 2 skep build
  says "/nowhere/libLLVM.so"
  [ ! -e build/.skep/units/pair_lto/main.c.bc ]
  fails 2 skep build --llvm 77
  says "no LLVM 77"
  # Who builds only what needs none is not bothered.
  SKEP_LLVM=/nowhere/libLLVM.so run -0 skep build pair_elf
  SKEP_LLVM=/nowhere/libLLVM.so run -0 skep build --llvm 19 -v
  says "libLLVM.so.19"
  run -0 skep build --llvm "$LLVM_BIN/../lib/libLLVM.so.1"
}

@test "what LLVM says is shown, and fails the build when it is an error" {
  write_pair
  sed -i 's/, other.c/, other.c, more.c/' skep.yaml
  cat >more.c <<'END'
int shared(int value)
{
	return 1;
}
END
  run -1 skep build pair_lto
  says "shared"
  says "twice"
  no_leftovers build
  [ ! -e build/pair_lto.bpf.o ]
  echo >more.c
  sed -i 's,value \* 7,value / 7,' other.c
  run -1 skep build pair_lto
  says "other.c:11:15: in function program"
  says "unsupported signed division"
  [ ! -e build/pair_lto.bpf.o ]
}

@test "several architectures, of both byte orders" {
  write_pair
  echo 'arch: [x86_64, arm64, s390x]' >>skep.yaml
  run -0 skep build
  cmp build/x86_64/pair_lto.bpf.o build/arm64/pair_lto.bpf.o
  for arch in x86_64 s390x; do
    refute grep -q shared <(symbols build/$arch/pair_lto.bpf.o)
    "$LLVM_BIN/llvm-objdump" -d build/$arch/pair_lto.bpf.o | grep -q '<program>:'
  done
  "$LLVM_BIN/llvm-readelf" -h build/s390x/pair_lto.bpf.o | grep -q 'big endian'
  diff <(code build/x86_64/pair_lto.bpf.o | grep '^;') <(code build/s390x/pair_lto.bpf.o | grep '^;')
  run -0 skep build --check-arch
  rests
}

@test "the processor and the level of optimization are the manifest's, and cflags go before" {
  write_pair
  for cpu in v1 v3; do
    printf 'objects: [{name: pair, sources: [main.c, other.c], link: lto, cpu: %s}]\n' $cpu >skep.yaml
    run -0 skep build -v
    says " $cpu 2 plain"
    [[ $cpu = v1 ]] || code build/pair.bpf.o | grep -q ' w[0-9]'
    [[ $cpu = v3 ]] || refute grep -q ' w[0-9]' <(code build/pair.bpf.o)
  done
  sed -i 's/}]/, optimize: s, cflags: [-mcpu=v4, -O3]}]/' skep.yaml
  run -0 skep build -v
  says " v4 3 plain"
}

@test "another compiler: the libLLVM of its version, or an older one's bitcode" {
  write_pair
  for version in 14 22; do
    command -v "clang-$version" >/dev/null || { echo "clang-$version is not installed" >&3; continue; }
    run -0 skep build --clang "clang-$version" -o "out-$version" -v
    [ "$version" -lt 19 ] || says "libLLVM.so.$version"
    refute grep -q shared <(symbols "out-$version/pair_lto.bpf.o")
    loads "out-$version/pair_lto.bpf.o"
  done
}
