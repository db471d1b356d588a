#!/usr/bin/env bats
# Objects for several architectures: what they share, what each has alone, and proof of both.
load common

# write_neutral FILE: a program that includes what differs between architectures, and uses none of
# it.
write_neutral() {
  write_registers registers.h
  write_program "$1" 1 registers.h
}

# write_registers FILE: bpf_tracing.h in small.
write_registers() {
  cat >"$1" <<'EOF'
#if defined(__TARGET_ARCH_x86)
#define target_x86
#elif defined(__TARGET_ARCH_arm64)
#define target_arm64
#endif
#if defined(target_x86)
struct regs { unsigned long r15[14], di, si; };
#define REG_1 di
#elif defined(target_arm64)
struct regs { unsigned long regs[31]; };
#define REG_1 regs[0]
#else
struct regs { unsigned long gpr[32]; };
#define REG_1 gpr[3]
#endif
#define FIRST(ctx) (((struct regs *)(ctx))->REG_1)
static inline unsigned long first(void *ctx) { return FIRST(ctx); }
EOF
}

# write_dependent FILE: a program that reads the first argument's register.
write_dependent() {
  write_registers registers.h
  write_program "$1" 1 registers.h
  sed -i 's/return value;/return value + first(ctx);/' "$1"
}

# order FILE: its byte order, as readelf says it.
order() {
  readelf -h "$1" | sed -n 's/.*Data:.*, \(.*\) endian/\1/p'
}

@test "with one architecture outputs are where they always were" {
  write_neutral one.bpf.c
  run -0 skep build --arch arm64
  [ -e build/one.bpf.o ] && [ -e build/one.skel.h ]
  silent_on "architectures"
  run -0 skep build --arch x86_64
  says "nothing to do"
}

@test "a program that depends on no architecture is compiled once, and is there for each" {
  write_neutral one.bpf.c
  run -0 skep build --arch amd64,arm64,ppc64le
  says "built 3 objects (1 for each of 3 architectures) with 1 compile in"
  for arch in amd64 arm64 ppc64le; do
    is_object build/$arch/one.bpf.o
    cmp build/$arch/one.bpf.o build/amd64/one.bpf.o
    cmp build/$arch/one.skel.h build/amd64/one.skel.h
    [ "$(stat -c %h build/$arch/one.bpf.o)" = 1 ]
  done
  rests --arch amd64,arm64,ppc64le
  run -0 skep build --arch amd64,arm64,ppc64le --check-arch
  says "architectures: 3 objects are the same when each architecture is compiled alone"
}

@test "a program that depends on it is compiled for each, and people are told why" {
  write_dependent one.bpf.c
  run -0 skep build --arch x86_64,arm64,powerpc --explain
  says "with 3 compiles in"
  says "one.bpf.c for arm64: is compiled for arm64 alone: one.bpf.c:6: first (by way of "
  says "depends on __TARGET_ARCH_"
  refute cmp -s build/x86_64/one.bpf.o build/arm64/one.bpf.o
  refute cmp -s build/powerpc/one.bpf.o build/arm64/one.bpf.o
  for arch in x86_64 arm64 powerpc; do
    run -0 skep build -q --arch $arch -o alone-$arch
    cmp alone-$arch/one.bpf.o build/$arch/one.bpf.o
  done
}

@test "another byte order is another compile, with a skeleton of its own" {
  write_neutral one.bpf.c
  run -0 skep build --arch x86_64,arm64,s390x
  says "with 2 compiles in"
  [ "$(order build/x86_64/one.bpf.o)" = little ]
  [ "$(order build/s390x/one.bpf.o)" = big ]
  refute cmp -s build/s390x/one.skel.h build/x86_64/one.skel.h
}

@test "an edit is looked at anew: what was shared no longer is, and then is again" {
  write_neutral one.bpf.c
  run -0 skep build --arch x86_64,arm64
  says "with 1 compile in"
  write_dependent one.bpf.c
  run -0 skep build --arch x86_64,arm64
  says "with 2 compiles in"
  write_neutral one.bpf.c
  run -0 skep build --arch x86_64,arm64
  says "with 1 compile in"
  cmp build/x86_64/one.bpf.o build/arm64/one.bpf.o
  # The header that decides is as much a part of it.
  printf 'static inline int x(void) { return 0; }\nint other = sizeof(struct regs);\n' >>registers.h
  run -0 skep build --arch x86_64,arm64
  says "with 2 compiles in"
}

@test "what the manifest says for one architecture makes a difference where it is used" {
  mkdir -p include/arm64 include/common
  echo '#define LIMIT 3' >include/common/limit.h
  echo '#define LIMIT 4' >include/arm64/limit.h
  write_neutral plain.bpf.c
  write_program defined.bpf.c HAVE_X registers.h
  sed -i '1i #ifndef HAVE_X\n#define HAVE_X 0\n#endif' defined.bpf.c
  write_program included.bpf.c LIMIT limit.h
  cat >skep.yaml <<'EOF'
include: include/common
arch:
  x86_64:
  arm64:
    defines: [HAVE_X]
    include: include/arm64
EOF
  run -0 skep build --explain
  says "built 6 objects (3 for each of 2 architectures) with 5 compiles in"
  says "defined.bpf.c for x86_64: is compiled for x86_64 alone: "
  says "depends on HAVE_X"
  says "include/arm64/limit.h is there for it alone"
  silent_on "plain.bpf.c for x86_64: is compiled"
  run -0 skep build --check-arch
  # Only one of them: in the folder itself, with what is said for it.
  run -0 skep build --arch arm64 -o alone
  cmp alone/defined.bpf.o build/arm64/defined.bpf.o
  cmp alone/included.bpf.o build/arm64/included.bpf.o
}

@test "each architecture may have types of its own; programs whose own types agree are shared" {
  rm -f vmlinux.h
  write_large_types >x86.h
  sed 's/int tgid;/int tgid; int more;/' x86.h >arm.h
  print_filter 'sizeof(struct task_struct)' | sed '1i #include <vmlinux.h>' >sized.bpf.c
  print_filter 1 | sed '1i #include <vmlinux.h>' >plain.bpf.c
  run -0 skep build --arch x86_64,arm64 --vmlinux x86.h --vmlinux aarch64=arm.h
  says "with 3 compiles in"
  refute cmp -s build/x86_64/sized.bpf.o build/arm64/sized.bpf.o
  cmp build/x86_64/plain.bpf.o build/arm64/plain.bpf.o
  printf 'arch: [x86_64, arm64]\nvmlinux: {x86_64: x86.h, arm64: arm.h}\n' >skep.yaml
  rests --explain
}

@test "a type that only another architecture has: the message says what to give" {
  write_types
  cat >one.bpf.c <<'EOF'
#include "vmlinux.h"
#ifdef __TARGET_ARCH_arm64
struct user_pt_regs;
int reg(void *ctx) { return ((struct user_pt_regs *)ctx)->regs[0]; }
#endif
EOF
  print_filter 1 >>one.bpf.c
  run -1 --separate-stderr skep build --arch x86_64,arm64
  says "one.bpf.c for arm64: struct user_pt_regs is not as it is on arm64"
  says "--vmlinux arm64=FILE"
  says "build failed: one.bpf.c for arm64"
}

@test "system headers of another architecture are not taken from this machine, unless they are alike" {
  echo '#include <asm/types.h>' | "$(find_clang)" -target bpf -E -idirafter "/usr/include/$(gcc -print-multiarch)" - >/dev/null 2>&1 ||
    skip "the kernel's user-space headers are not installed"
  case $(uname -m) in
  riscv64) other=x86_64 package=amd64 triple=x86_64-linux-gnu ;;
  *) other=riscv64 package=riscv64 triple=riscv64-linux-gnu ;;
  esac
  [ ! -e /usr/$triple/include ] && [ ! -e /usr/include/$triple ] ||
    skip "the headers of $other are installed"
  print_filter 'sizeof(__u32)' | sed '1i #include <linux/types.h>' >alike.bpf.c
  run -0 skep build --arch "$(uname -m),$other"
  says "with 1 compile in"
  print_filter '__NR_read' | sed '1i #include <asm/unistd.h>' >unlike.bpf.c
  run -1 --separate-stderr skep build --arch "$(uname -m),$other"
  says "unlike.bpf.c: for $other it needs that architecture's <asm/unistd"
  says "linux-libc-dev-$package-cross"
}

@test "another job finds what the first has compiled, whatever its architecture" {
  export SKEP_CACHE=$TOP/store
  write_neutral one.bpf.c
  write_dependent two.bpf.c
  run -0 skep build --arch x86_64
  run -0 skep build --arch arm64 -o elsewhere
  [ "$(ran | grep ^compile)" = "$(printf 'compile one.bpf.c (from the store)\ncompile two.bpf.c')" ]
  cmp build/one.bpf.o elsewhere/one.bpf.o
}

@test "--prebuilt takes what another architecture's job has made, from an export, without tools" {
  export SKEP_CACHE=$TOP/store
  write_neutral one.bpf.c
  write_dependent two.bpf.c
  run -0 skep build --arch x86_64,arm64
  run -0 skep cache export --arch x86_64,arm64 "$TOP/results.skepar"
  rm -rf "$TOP/store"
  run -0 skep cache import "$TOP/results.skepar"
  run -0 skep build --prebuilt --arch arm64 -o other
  cmp other/one.bpf.o build/arm64/one.bpf.o
  cmp other/two.bpf.o build/arm64/two.bpf.o
  cmp other/two.skel.h build/arm64/two.skel.h
  run -1 --separate-stderr skep build --prebuilt --arch riscv64 -o third
  says "third/two.bpf.o"
}

@test "targets are linked for each architecture, and one file may be asked for alone" {
  write_neutral a.bpf.c
  write_plain b.bpf.c
  sed -i '/LICENSE/d; s/filter/other/; s/value/number/g' b.bpf.c
  printf 'arch: [x86_64, arm64]\nobjects:\n  - name: pair\n    sources: [a.bpf.c, b.bpf.c]\n' >skep.yaml
  run -0 skep build
  cmp build/x86_64/pair.bpf.o build/arm64/pair.bpf.o
  rm -rf build
  run -0 skep build build/arm64/pair.bpf.o
  [ -e build/arm64/pair.bpf.o ] && [ ! -e build/x86_64/pair.bpf.o ]
}

@test "what an architecture that was given up has left is removed" {
  write_neutral one.bpf.c
  run -0 skep build --arch x86_64,arm64
  run -0 skep build --arch x86_64
  says "removed build/arm64/one.bpf.o: nothing makes it any more"
  [ ! -e build/arm64/one.bpf.o ] && [ -e build/one.bpf.o ]
}

@test "two builds of the same objects are the same, and editors get each file once" {
  write_neutral one.bpf.c
  run -0 skep build --arch x86_64,arm64 --check-reproducible
  says "gave the same bytes"
  [ "$(grep -c '"file"' build/compile_commands.json)" = 1 ]
}

@test "architectures that do not exist, and macros that name one for all, are errors" {
  write_neutral one.bpf.c
  fails 2 skep build --arch x86_64,arm46
  says "--arch: arm46: no architecture that is known; did you mean arm64?"
  fails 2 skep build --arch ""
  fails 2 skep build --check-arch --arch arm64
  printf 'arch: [x86_64, arm64]\ndefines: [__TARGET_ARCH_x86]\n' >skep.yaml
  fails 2 skep build
  says "__TARGET_ARCH_x86 is defined for all architectures"
  run -0 skep build --arch x86_64
}

# find_installed: sets other and triple to an architecture whose own system headers are installed.
find_installed() {
  case $(uname -m) in
  x86_64) other=arm64 triple=aarch64-linux-gnu own=asm/sve_context.h ;;
  *) other=x86_64 triple=x86_64-linux-gnu own=asm/msr.h ;;
  esac
  [ -e /usr/$triple/include/asm/types.h ] || skip "the headers of $other are not installed"
}

@test "another architecture's own system headers, where installed, are for programs that need them" {
  find_installed
  print_filter '__NR_read' | sed '1i #include <asm/unistd.h>' >unlike.bpf.c
  run -0 skep build --arch "$(uname -m),$other" --depfile deps --explain
  says "with 2 compiles in"
  says "unlike.bpf.c for $other: is compiled for $other alone: "
  grep -q "/usr/$triple/include/asm/unistd.h" deps
  refute cmp -s "build/$(uname -m)/unlike.bpf.o" build/$other/unlike.bpf.o
  run -0 skep build --arch "$(uname -m),$other" --check-arch
}

@test "a program that is neutral is the same step whether or not those are installed" {
  find_installed
  # What they include is not what this machine's do.
  print_filter '___constant_swab32(7)' | sed '1i #include <linux/swab.h>' >alike.bpf.c
  # One of these has none installed.
  run -0 skep build --arch "$(uname -m),$other,riscv64,loongarch64" --depfile deps
  says "with 1 compile in"
  refute grep -q "/usr/$triple/" deps
  rests --arch "$(uname -m),$other,riscv64,loongarch64"
  run -0 skep build --arch "$(uname -m),$other" --check-arch
  says "architectures: 2 objects are the same when each architecture is compiled alone"
  # With them when that is asked for.
  run -0 skep build --arch "$other" --separate-arch -o alone --depfile deps
  grep -q "/usr/$triple/include/asm/types.h" deps
  cmp alone/alike.bpf.o build/$other/alike.bpf.o
}

@test "a program that finds among those what this machine does not have is compiled with it" {
  find_installed
  [ -e "/usr/$triple/include/$own" ] || skip "$own is no longer of $other alone"
  print_filter 'HAS_IT' | sed "1i #if __has_include(<$own>)\n#define HAS_IT 5\n#else\n#define HAS_IT 4\n#endif" >one.bpf.c
  run -0 skep build --arch "$(uname -m),$other" --explain
  says "with 2 compiles in"
  says "is compiled for $other alone: /usr/$triple/include/$own may be another elsewhere"
  refute cmp -s "build/$(uname -m)/one.bpf.o" build/$other/one.bpf.o
  # Its way is known, and so is that of one which is edited.
  rests --arch "$(uname -m),$other"
  sed -i "s/$(basename "$own" .h)/nothing_like_it/" one.bpf.c
  run -0 skep build --arch "$(uname -m),$other"
  says "with 1 compile in"
}

@test "another byte order's asm/byteorder.h is not taken from this machine" {
  [ "$(uname -m)" = x86_64 ] && [ -e /usr/s390x-linux-gnu/include/asm/byteorder.h ] ||
    skip "the headers of s390x are not installed"
  print_filter '__constant_cpu_to_be32(7)' | sed '1i #include <asm/byteorder.h>' >one.bpf.c
  run -0 skep build --arch x86_64,s390x --depfile deps
  says "with 2 compiles in"
  grep -q "/usr/s390x-linux-gnu/include/asm/byteorder.h" deps
  run -0 skep build --arch x86_64,s390x --check-arch
}

@test "random programs: what is shared is the same when each architecture is compiled alone" {
  need_command python3
  run -0 "$BATS_TEST_DIRNAME/../arch/random_arch.py" --count "${RANDOM_ARCH:-100}" --seed 1 --neutral-only "$SKEP"
}
