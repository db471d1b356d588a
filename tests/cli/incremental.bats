#!/usr/bin/env bats
# What a later run does again, and what it does not.
load common

@test "a second run does nothing and says so" {
  write_program one.bpf.c
  write_program two.bpf.c
  run -0 skep build
  before=$(stat -c '%n %y %i' build/*)
  run -0 skep build
  [ "$output" = "nothing to do: 2 objects are up to date" ]
  [ "$before" = "$(stat -c '%n %y %i' build/*)" ]
}

@test "a second run starts no compiler" {
  write_program one.bpf.c
  [ "$(head -c 4 "$(realpath "$(find_clang)")" | tail -c 3)" = ELF ] || skip "clang is a script here"
  run -0 skep build
  command -v strace >/dev/null || skip "needs strace"
  strace -f -e trace=execve -o "$TOP/trace" "$SKEP" build || skip "strace does not work here"
  [ "$(grep -c execve "$TOP/trace")" -eq 1 ]
}

@test "touching files rebuilds nothing" {
  write_program one.bpf.c
  run -0 skep build
  touch one.bpf.c vmlinux.h
  rests
  touch -d '2001-01-01' one.bpf.c vmlinux.h
  rests
  # The same bytes in another file of that name.
  cp vmlinux.h copy && mv copy vmlinux.h
  rests
  touch build/one.bpf.o
  rests
}

@test "changing a source rebuilds its object and skeleton, and no other" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  write_plain one.bpf.c 2
  builds_only one.bpf.c
  says "skeleton one.skel.h"
  rests
}

@test "a change that leaves the object as it was does not make the skeleton again" {
  write_plain one.bpf.c
  echo "static int unused_function(void) { return 1; } // a comment" >>one.bpf.c
  run -0 skep build
  sed -i 's/a comment/another comment/' one.bpf.c
  run -0 skep build
  [ "$(ran)" = "compile one.bpf.c" ]
  rests
}

@test "changing a header rebuilds exactly its users" {
  mkdir lib
  echo '#include "deep.h"' >lib/shared.h
  echo '#define X 1' >lib/deep.h
  echo '#define Y 1' >lib/other.h
  write_program a.bpf.c X lib/shared.h
  write_program b.bpf.c X lib/deep.h
  write_program c.bpf.c Y lib/other.h
  write_plain d.bpf.c
  run -0 skep build
  echo '#define X 2' >lib/deep.h
  builds_only a.bpf.c b.bpf.c
  echo '#define Y 2' >lib/other.h
  builds_only c.bpf.c
  echo '/* longer */' >>lib/shared.h
  builds_only a.bpf.c
  rests
}

@test "headers under conditions count, however they are included" {
  mkdir inc
  echo '#define A 1' >inc/angle.h
  echo '#define B 1' >computed.h
  echo '#define C 1' >forced.h
  echo '#define D 1' >spliced.h
  echo '#define E 1' >inc/next.h
  echo '#include_next <next.h>' >next.h
  cat >one.bpf.c <<'END'
#define NAME "computed.h"
#ifdef __bpf__
# /* a comment */ include <angle.h> /* another */
#endif
#include NAME
#inc\
lude "spliced.h"
#include "next.h"
int value = A + B * 10 + C * 100 + D * 1000 + E * 10000;
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
  cat >skep.yaml <<'END'
include: inc
cflags: [-include, forced.h]
END
  run -0 skep build
  # What only the compiler knows of is learnt within two runs.
  run -0 skep build --explain
  says "computed.h is new"
  rests
  for header in inc/angle.h computed.h forced.h spliced.h inc/next.h; do
    before=$(digest build/one.bpf.o)
    sed -i 's/ 1$/ 2/' $header
    builds_only one.bpf.c
    [ "$before" != "$(digest build/one.bpf.o)" ]
    run -0 skep build
    rests
  done
}

@test "changing flags rebuilds what they affect" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  for setting in "cpu: v2" "optimize: 1" "cflags: -fno-builtin" "defines: X" "include: sub" \
    "debug: true"; do
    echo "$setting" >skep.yaml
    builds_only one.bpf.c two.bpf.c
    rests
  done
  rm skep.yaml
  builds_only one.bpf.c two.bpf.c
}

@test "a file that flags name is an input" {
  write_plain one.bpf.c X
  echo "-DX=1" >flags
  echo "cflags: '@flags'" >skep.yaml
  run -0 skep build
  before=$(digest build/one.bpf.o)
  echo "-DX=2" >flags
  builds_only one.bpf.c
  [ "$before" != "$(digest build/one.bpf.o)" ]
}

@test "a missing output is made again, and one that was changed is put right" {
  write_plain one.bpf.c
  run -0 skep build
  before=$(digest build/*.bpf.o build/*.skel.h)
  rm build/one.bpf.o
  run -0 skep build --explain
  says "build/one.bpf.o is missing"
  echo "garbage" >>build/one.skel.h
  run -0 skep build --explain
  says "build/one.skel.h was changed"
  : >build/one.bpf.o
  run -0 skep build
  [ "$before" = "$(digest build/*.bpf.o build/*.skel.h)" ]
  rests
}

@test "a failed step is tried again, and only it" {
  write_plain one.bpf.c
  echo "int x = ;" >two.bpf.c
  run -1 skep build -k
  run -1 skep build -k
  says "two.bpf.c:1:9"
  [ -z "$(ran)" ]
  write_plain two.bpf.c
  builds_only two.bpf.c
}

@test "going back to an older state is a change like any other" {
  write_plain one.bpf.c 1
  run -0 skep build
  first=$(digest build/one.bpf.o)
  write_plain one.bpf.c 2
  builds_only one.bpf.c
  write_plain one.bpf.c 1
  builds_only one.bpf.c
  [ "$first" = "$(digest build/one.bpf.o)" ]
}

@test "building one target leaves the others' state alone" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  run -0 skep build one
  rests
  write_plain one.bpf.c 2
  write_plain two.bpf.c 2
  run -0 skep build one
  [ "$(ran | grep -c compile)" -eq 1 ]
  builds_only two.bpf.c
}

@test "a project that is moved is not built again" {
  mkdir here
  write_program here/one.bpf.c
  run -0 skep build -C here
  mv here there
  run -0 skep build -C there
  says "nothing to do"
}

# --- files that appear and disappear

@test "a new header that shadows an old one in an earlier folder is seen" {
  mkdir first second
  echo '#define X 1' >second/x.h
  write_program one.bpf.c X x.h
  echo "include: [first, second]" >skep.yaml
  run -0 skep build
  echo '#define X 2' >first/x.h
  builds_only one.bpf.c
  says "compile"
  run -0 skep build --explain
  # Beside the source is earlier still.
  echo '#define X 3' >x.h
  run -0 skep build --explain
  says "x.h is new"
  rm x.h
  builds_only one.bpf.c
  rm first/x.h
  builds_only one.bpf.c
  rests
}

@test "a new folder on the include path is seen" {
  mkdir second
  echo '#define X 1' >second/x.h
  write_program one.bpf.c X x.h
  echo "include: [first, second]" >skep.yaml
  run -0 skep build
  mkdir first
  echo '#define X 2' >first/x.h
  builds_only one.bpf.c
  rests
}

@test "a header that satisfies a __has_include appears and disappears" {
  write_program one.bpf.c X maybe.h
  cat >maybe.h <<'END'
#if __has_include("opt.h")
#include "opt.h"
#else
#define X 1
#endif
END
  run -0 skep build
  without=$(digest build/one.bpf.o)
  echo '#define X 2' >opt.h
  builds_only one.bpf.c
  [ "$without" != "$(digest build/one.bpf.o)" ]
  rests
  rm opt.h
  builds_only one.bpf.c
  [ "$without" = "$(digest build/one.bpf.o)" ]
  rests
}

@test "a __has_include that only looks" {
  cat >one.bpf.c <<'END'
#if __has_include(<never/read.h>)
int value = 1;
#else
int value = 2;
#endif
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
  mkdir inc
  echo "include: inc" >skep.yaml
  run -0 skep build
  mkdir inc/never
  echo 'this is not C' >inc/never/read.h
  builds_only one.bpf.c
  rests
}

@test "a vmlinux.h that appears takes the place of the kernel's types" {
  need_kernel_types
  write_program one.bpf.c
  mv vmlinux.h away
  run -0 skep build
  mv away vmlinux.h
  builds_only one.bpf.c
  rests
  mv vmlinux.h away
  builds_only one.bpf.c
}

@test "a removed source's outputs are removed, and it is said" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  rm two.bpf.c
  run -0 skep build
  says "removed build/two.bpf.o"
  says "removed build/two.skel.h"
  [ "$(cd build && echo *)" = "compile_commands.json one.bpf.o one.skel.h" ]
  rests
}

@test "a skeleton that is not wanted any more is removed" {
  write_plain one.bpf.c
  run -0 skep build
  echo "skeleton: false" >skep.yaml
  run -0 skep build
  [ ! -e build/one.skel.h ]
  [ -e build/one.bpf.o ]
}

@test "outputs that were edited are never removed" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  echo "// mine now" >>build/two.skel.h
  rm two.bpf.c
  run -0 skep build
  [ -e build/two.skel.h ]
  [ ! -e build/two.bpf.o ]
}

@test "files that are not ours are never touched" {
  mkdir -p build/sub
  echo mine | tee build/three.bpf.o build/notes.txt build/sub/x.skel.h build/.hidden >build/a.tmp
  ln -s notes.txt build/link
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build
  rm two.bpf.c
  run -0 skep build
  for f in three.bpf.o notes.txt sub/x.skel.h .hidden link a.tmp; do
    [ "$(cat build/$f)" = mine ]
  done
}

@test "an output of another build with the name of ours is replaced, not removed later unseen" {
  mkdir build
  echo "somebody's" >build/one.bpf.o
  write_plain one.bpf.c
  run -0 skep build
  is_object build/one.bpf.o
}

# --- edits at awkward times

@test "an edit right after a build, in the same tick, is seen: 50 times" {
  echo "skeleton: false" >skep.yaml
  for n in {1..50}; do
    # The same size each time, so that only time stamps and content can tell.
    echo "const char text[] __attribute__((used)) = \"this is $((1000 + n))\";" >one.bpf.c
    "$SKEP" build -q
    grep -aq "this is $((1000 + n))" build/one.bpf.o
  done
}

@test "an edit right after a build is seen even with its old time stamp, when the inode tells" {
  write_plain one.bpf.c 1
  run -0 skep build
  write_plain new 2
  touch -r one.bpf.c new
  mv new one.bpf.c
  builds_only one.bpf.c
}

@test "a header edited while it is compiled: built again next time" {
  echo '#define X 1' >x.h
  write_program one.bpf.c X x.h
  fake_clang clang <<'END'
if [ $compiles ] && [ -e $TOP/edit ]; then
  rm $TOP/edit
  $CLANG "$@" || exit
  echo '#define X 2' >$TOP/p/x.h
  exit 0
fi
exec $CLANG "$@"
END
  touch "$TOP/edit"
  run -0 skep build --clang "$TOP/bin/clang"
  says "x.h changed while it was being used"
  before=$(digest build/one.bpf.o)
  run -0 skep build --clang "$TOP/bin/clang"
  says "compile one.bpf.c"
  [ "$before" != "$(digest build/one.bpf.o)" ]
  run -0 skep build --clang "$TOP/bin/clang"
  says "nothing to do"
}

@test "a header edited while it is compiled, and changed back before the next run" {
  echo '#define X 1' >x.h
  write_program one.bpf.c X x.h
  fake_clang clang <<'END'
[ $compiles ] && [ -e $TOP/edit ] && { rm $TOP/edit; echo '#define X 2' >$TOP/p/x.h; }
exec $CLANG "$@"
END
  run -0 skep build --clang "$TOP/bin/clang"
  right=$(digest build/one.bpf.o)
  rm -r build
  touch "$TOP/edit"
  run -0 skep build --clang "$TOP/bin/clang"
  [ "$right" != "$(digest build/one.bpf.o)" ]
  echo '#define X 1' >x.h
  run -0 skep build --clang "$TOP/bin/clang"
  [ "$right" = "$(digest build/one.bpf.o)" ]
}

@test "a header that appears while it is looked for, and disappears before the next run" {
  write_program one.bpf.c X maybe.h
  printf '#if __has_include("opt.h")\n#include "opt.h"\n#else\n#define X 1\n#endif\n' >maybe.h
  fake_clang clang <<'END'
[ $compiles ] && [ -e $TOP/edit ] && { rm $TOP/edit; echo '#define X 2' >$TOP/p/opt.h; }
exec $CLANG "$@"
END
  run -0 skep build --clang "$TOP/bin/clang"
  right=$(digest build/one.bpf.o)
  rm -r build
  touch "$TOP/edit"
  run -0 skep build --clang "$TOP/bin/clang"
  rm opt.h
  run -0 skep build --clang "$TOP/bin/clang"
  [ "$right" = "$(digest build/one.bpf.o)" ]
}

@test "a source edited while it is compiled: built again next time" {
  write_plain one.bpf.c 1
  fake_clang clang <<'END'
$CLANG "$@" || exit
if [ $compiles ] && [ -e $TOP/edit ]; then
  rm $TOP/edit
  sed -i 's/value = 1/value = 2/' $TOP/p/one.bpf.c
fi
END
  touch "$TOP/edit"
  run -0 skep build --clang "$TOP/bin/clang"
  run -0 skep build --clang "$TOP/bin/clang"
  says "compile one.bpf.c"
  run -0 skep build --clang "$TOP/bin/clang"
  says "nothing to do"
}

@test "a header that appears while a program is compiled: built again next time" {
  write_program one.bpf.c X maybe.h
  printf '#if __has_include("opt.h")\n#include "opt.h"\n#else\n#define X 1\n#endif\n' >maybe.h
  fake_clang clang <<'END'
$CLANG "$@" || exit
if [ $compiles ] && [ -e $TOP/edit ]; then
  rm $TOP/edit
  echo '#define X 2' >$TOP/p/opt.h
fi
END
  touch "$TOP/edit"
  run -0 skep build --clang "$TOP/bin/clang"
  run -0 skep build --clang "$TOP/bin/clang"
  says "compile one.bpf.c"
}

@test "a header shared by two programs, edited between them" {
  echo '#define X 1' >x.h
  write_program a.bpf.c X x.h
  write_program b.bpf.c X x.h
  fake_clang clang <<'END'
[ $compiles ] && { [ -e $TOP/edited ] || { touch $TOP/edited; echo '#define X 2' >$TOP/p/x.h; }; }
exec $CLANG "$@"
END
  run -0 skep build -j1 --clang "$TOP/bin/clang"
  run -0 skep build -j1 --clang "$TOP/bin/clang"
  run -0 skep build -j1 --clang "$TOP/bin/clang"
  says "nothing to do"
  cmp <(print_section build/a.bpf.o .data) <(printf '\2\0\0\0')
  cmp <(print_section build/b.bpf.o .data) <(printf '\2\0\0\0')
}

@test "what depends on more than files is built each time" {
  write_plain one.bpf.c "sizeof(__TIME__)"
  run -0 skep build
  builds_only one.bpf.c
  run -0 skep build --explain
  says "__TIME__"
}

@test ".incbin: the file's changes are seen" {
  write_plain one.bpf.c
  echo 'asm(".section .rodata\n.incbin \"data.bin\"\n");' >>one.bpf.c
  echo first >data.bin
  run -0 skep build
  grep -aq first build/one.bpf.o
  echo other >data.bin
  run -0 skep build
  grep -aq other build/one.bpf.o
}
