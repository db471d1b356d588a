#!/usr/bin/env bats
# Skeletons as user-space programs meet them: in C, in C++, and loaded into a kernel.
load common

setup() {
  start_project
  [ -e /usr/include/bpf/libbpf.h ] || skip "needs libbpf's headers"
}

# A program with every data section, maps, and two programs.
write_rich() {
  write_types
  # Both sides share a header.
  echo 'struct config { unsigned int mode; unsigned long long limit; };' >config.h
  cat >rich.bpf.c <<'END'
#include "vmlinux.h"
#include "config.h"
#define SEC(name) __attribute__((section(name), used))
struct {
	int (*type)[2];
	int (*max_entries)[4];
	__u32 *key;
	__u64 *value;
} table SEC(".maps");
const volatile struct config settings = {1, 2};
int started = 41;
__u64 counter;
int extra SEC(".data.extra") = 7;
static void *(*lookup)(void *map, const void *key) = (void *)1;
SEC("socket") int first(void *ctx)
{
	__u32 key = settings.mode;
	__u64 *value = lookup(&table, &key);

	if (value)
		counter += *value + started + extra;
	return 0;
}
SEC("socket") int second(void *ctx)
{
	return settings.limit + counter;
}
char LICENSE[] SEC("license") = "GPL";
END
}

# A user of it, valid as C and as C++.
write_user() {
  cat >"$1" <<'END'
#include <stdio.h>
#include <unistd.h>
#include "config.h"
#include "build/rich.skel.h"

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, ap) : 0;
}

int main(void)
{
	struct rich_bpf *skel;
	size_t size;

	libbpf_set_print(quiet);
	if (!rich_bpf__elf_bytes(&size) || size < 100)
		return 10;
	skel = rich_bpf__open();
	if (!skel)
		return 11;
	if (skel->rodata->settings.mode != 1 || skel->data->started != 41 ||
	    skel->data_extra->extra != 7 || skel->bss->counter != 0)
		return 12;
	skel->rodata->settings.limit = 5;
	if (bpf_map__max_entries(skel->maps.table) != 4 || !skel->progs.first ||
	    !skel->progs.second || skel->links.first)
		return 13;
	if (geteuid() != 0)
		return 77;
	if (rich_bpf__load(skel))
		return 78;
	if (bpf_program__fd(skel->progs.second) < 0 || bpf_map__fd(skel->maps.bss) < 0)
		return 14;
	skel->bss->counter = 3;
	if (rich_bpf__attach(skel))
		return 15;
	rich_bpf__detach(skel);
	rich_bpf__destroy(skel);
	rich_bpf__destroy(NULL);
	skel = rich_bpf__open_and_load();
	rich_bpf__destroy(skel);
	return skel ? 0 : 16;
}
END
}

# runs PROGRAM: it ends well, or could not load for lack of rights.
runs() {
  run "./$1"
  show
  case $status in
  77) skip "loading programs needs root; the rest passed" ;;
  78) skip "this kernel refuses the program; the rest passed" ;;
  esac
  [ "$status" -eq 0 ]
}

@test "a C program with a skeleton compiles without warnings, and loads" {
  need_command cc
  write_rich
  write_user user.c
  run -0 skep build
  cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror user.c -o user -lbpf
  runs user
}

@test "a C++ program with a skeleton compiles without warnings, and loads" {
  need_command c++
  write_rich
  write_user user.cc
  cat >>user.cc <<'END'
/* What only C++ has. */
int more()
{
	rich_bpf *skel = rich_bpf::open();
	size_t size;

	if (!skel || rich_bpf::load(skel) || rich_bpf::attach(skel) || !rich_bpf::elf_bytes(&size))
		return 1;
	rich_bpf::detach(skel);
	rich_bpf::destroy(skel);
	skel = rich_bpf::open_and_load();
	rich_bpf::destroy(skel);
	return skel == nullptr;
}
END
  run -0 skep build
  c++ -std=c++17 -Wall -Wextra -Werror user.cc -o user -lbpf
  runs user
}

@test "several skeletons in one file" {
  need_command cc
  for name in a b; do write_plain $name.bpf.c; done
  run -0 skep build
  cat >user.c <<'END'
#include "build/a.skel.h"
#include "build/b.skel.h"
#include "build/a.skel.h"
int main(void)
{
	struct a_bpf *a = a_bpf__open();
	struct b_bpf *b = b_bpf__open();

	a_bpf__destroy(a);
	b_bpf__destroy(b);
	return !a || !b;
}
END
  cc -Wall -Wextra -Werror user.c -o user -lbpf
  ./user
}

@test "what a skeleton declares is what bpftool's declares" {
  need_command bpftool
  write_rich
  run -0 skep build
  bpftool gen skeleton build/rich.bpf.o >theirs.h || skip "this bpftool cannot read the object"
  declared() {
    # Members and functions, whatever the layout.
    sed -n '/^struct rich_bpf {/,/^#ifdef __cplusplus/p' "$1" | tr -d ' \t'
    grep -oE 'rich_bpf__[a-z_]+\(' "$1" | sort -u | grep -v create_skeleton
  }
  diff <(declared theirs.h) <(declared build/rich.skel.h)
}

@test "names that are no C identifiers are changed as bpftool does" {
  write_plain "my-prog.v2.bpf.c"
  run -0 skep build
  grep -q 'struct my_prog_v2_bpf {' build/my-prog.v2.skel.h
}

@test "the bytes in a skeleton are the object's" {
  need_command cc
  write_plain one.bpf.c
  run -0 skep build
  cat >user.c <<'END'
#include <stdio.h>
#include "build/one.skel.h"
int main(void)
{
	size_t size;
	const void *bytes = one_bpf__elf_bytes(&size);

	return fwrite(bytes, 1, size, stdout) != size;
}
END
  cc user.c -o user -lbpf
  ./user | cmp - build/one.bpf.o
}

# print_without_bytes HEADER: all but the object in it.
print_without_bytes() {
  sed '/^\tstatic const char data/,/";$/d' "$1"
}

# says_same_but_bytes NAME: the skeletons for both byte orders differ in nothing else.
says_same_but_bytes() {
  refute cmp -s "build/x86_64/$1" "build/s390x/$1"
  [ "$(print_without_bytes "build/x86_64/$1" | wc -l)" -gt 100 ]
  diff <(print_without_bytes "build/x86_64/$1") <(print_without_bytes "build/s390x/$1")
}

# print_bytes NAME HEADER [OPTION...]: the object in a skeleton, which cc compiles with the options.
print_bytes() {
  local name=$1 header=$2

  shift 2
  printf '%s\n' '#include <stdio.h>' "#include \"$header\"" 'int main(void) { size_t n;' \
    "const void *p = ${name}_bpf__elf_bytes(&n); return fwrite(p, 1, n, stdout) != n; }" >bytes.c
  cc "$@" bytes.c -o bytes -lbpf
  ./bytes
}

# print_code OBJECT: its instructions as text.
print_code() {
  local objdump

  objdump=$(find_clang)
  objdump=${objdump/clang/llvm-objdump}
  need_command "$objdump"
  "$objdump" -d --no-show-raw-insn "$1" | grep -v 'file format'
}

@test "skeletons for the two byte orders differ in nothing but the bytes" {
  need_command cc
  write_rich
  run -0 skep build --arch x86_64,s390x
  readelf -h build/s390x/rich.bpf.o | grep -q 'big endian'
  says_same_but_bytes rich.skel.h
  for arch in x86_64 s390x; do
    print_bytes rich build/$arch/rich.skel.h -include config.h | cmp - build/$arch/rich.bpf.o
  done
}

@test "a skeleton for one architecture of either byte order compiles without warnings" {
  need_command cc
  write_rich
  for arch in x86_64 s390x; do
    run -0 skep build --arch $arch
    [ "$(ran)" = $'compile rich.bpf.c\nskeleton rich.skel.h' ]
    write_user user.c
    cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -c user.c -o user.o
  done
}

@test "several sources are linked for an architecture of the other byte order" {
  need_command cc
  cat >a.bpf.c <<'END'
#define SEC(name) __attribute__((section(name), used))
extern int add(int n);
struct {
	int (*type)[2];
	int (*max_entries)[4];
	unsigned int *key;
	unsigned long long *value;
} table SEC(".maps");
unsigned long long total;
SEC("socket") int first(void *ctx) { return add(0x1234) + total + (ctx == &table); }
char LICENSE[] SEC("license") = "GPL";
END
  cat >b.bpf.c <<'END'
#define SEC(name) __attribute__((section(name), used))
extern unsigned long long total;
static __attribute__((noinline)) int more(int n) { return n * total; }
__attribute__((noinline)) int add(int n) { total += n; return more(n); }
SEC("socket") int second(void *ctx) { return add(1) + more(2); }
char LICENSE[] SEC("license") = "GPL";
END
  printf '%s\n' 'objects: [{name: pair, sources: [a.bpf.c, b.bpf.c]}]' >skep.yaml
  run -0 skep build --arch x86_64,s390x
  for order in little:x86_64 big:s390x; do
    is_object build/${order#*:}/pair.bpf.o
    readelf -h build/${order#*:}/pair.bpf.o | grep -q "${order%:*} endian"
  done
  # Code, symbols and relocations are the same.
  for arch in x86_64 s390x; do
    readelf -rsW build/$arch/pair.bpf.o >$arch.readelf
    print_code build/$arch/pair.bpf.o >$arch.code
    [ "$(wc -l <$arch.code)" -gt 10 ]
  done
  diff x86_64.readelf s390x.readelf
  diff x86_64.code s390x.code
  says_same_but_bytes pair.skel.h
  print_bytes pair build/s390x/pair.skel.h | cmp - build/s390x/pair.bpf.o
}

@test "what cannot be linked is told with the names that people know" {
  for i in 1 2; do
    printf '%s\n' "__attribute__((section(\"socket\"))) int twice(void *ctx) { return $i; }" \
      'char LICENSE[] __attribute__((section("license"), used)) = "GPL";' >$i.bpf.c
  done
  printf '%s\n' 'objects: [{name: pair, sources: [1.bpf.c, 2.bpf.c]}]' >skep.yaml
  for arch in x86_64 s390x; do
    run --separate-stderr -1 skep build --arch $arch
    says "link: cannot add build/.skep/units/pair/2.bpf.c.o"
    says "(twice) definition in 'build/.skep/units/pair/2.bpf.c.o'"
    no_leftovers build
  done
}

@test "an object that libbpf does not understand: one line, the object stays, no skeleton" {
  # A map definition without a type of map.
  cat >one.bpf.c <<'END'
struct { int nonsense; } table __attribute__((section(".maps"), used));
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
  run --separate-stderr -1 skep build
  says "one"
  says "build failed: one.skel.h"
  [ ! -e build/one.skel.h ]
  no_leftovers build
}

@test "programs as the kernel's headers and libbpf's make them compile, and load" {
  need_root
  need_kernel_types
  need_command cc
  cat >tracer.bpf.c <<'END'
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, pid_t);
	__type(value, __u64);
} seen SEC(".maps");

SEC("kprobe/do_nanosleep")
int BPF_KPROBE(on_sleep, struct hrtimer_sleeper *t)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	pid_t pid = BPF_CORE_READ(task, real_parent, tgid);
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&seen, &pid, &now, BPF_ANY);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
END
  run -0 skep build
  cat >user.c <<'END'
#include "build/tracer.skel.h"
int main(void)
{
	struct tracer_bpf *skel = tracer_bpf__open_and_load();

	tracer_bpf__destroy(skel);
	return skel ? 0 : 78;
}
END
  cc user.c -o user -lbpf
  runs user
}
