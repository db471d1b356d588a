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
