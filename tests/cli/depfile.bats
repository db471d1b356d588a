#!/usr/bin/env bats
# --depfile: what make and ninja learn of a build.
load common

# prerequisites FILE: those of the first rule in it, one a line.
prerequisites() {
  sed '/[^\\]$/q' "$1" | tr -d '\n\\' | sed 's/^[^:]*://' | tr -s ' ' '\n' | sed '/^$/d'
}

@test "it names the outputs, and every file that went into them" {
  mkdir lib
  echo '#define X 1' >lib/x.h
  write_program one.bpf.c X lib/x.h
  run -0 skep build --depfile one.d
  [[ $(tr -d '\\\n' <one.d) =~ ^"build/one.bpf.o"\ +"build/one.skel.h:" ]]
  prerequisites one.d | grep -qx one.bpf.c
  prerequisites one.d | grep -qx lib/x.h
  # What steps make for each other is no source.
  refute grep -q '\.bpf\.o' <(prerequisites one.d)
}

@test "it is the same whether steps ran or not, and whole each time" {
  write_program one.bpf.c
  run -0 skep build --depfile one.d
  cp one.d first
  run -0 skep build --depfile one.d
  cmp first one.d
  rm one.d
  run -0 skep build --depfile one.d
  cmp first one.d
  no_leftovers .
}

@test "for one target, only its files are named" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  run -0 skep build one --depfile one.d
  refute grep -q two one.d
}

@test "a failing build writes none, and -n neither" {
  echo 'int x = ;' >one.bpf.c
  run -1 skep build --depfile one.d
  [ ! -e one.d ]
  write_plain one.bpf.c
  run -0 skep build -n --depfile one.d
  [ ! -e one.d ]
}

@test "with -C the names are as seen from outside" {
  mkdir sub
  write_program sub/one.bpf.c
  run -0 skep build -C sub --depfile one.d
  # Like every name on the command line, the depfile's is taken from within.
  grep -q 'sub/build/one.bpf.o' sub/one.d
  prerequisites sub/one.d | grep -qx sub/one.bpf.c
  prerequisites sub/one.d | grep -qx sub/vmlinux.h
}

@test "it cannot be written: one line, and the objects are there" {
  write_plain one.bpf.c
  fails 2 skep build -q --depfile nowhere/one.d
  says "nowhere/one.d"
  is_object build/one.bpf.o
}

@test "it goes where names of open files and links lead, and they stay" {
  write_plain one.bpf.c
  # Names of our own: were they replaced, only the test would miss them.
  mkdir names real
  ln -s /proc/self/fd/1 names/out
  ln -s /dev/fd/1 names/fd
  ln -s ../real/dep.d names/link
  for name in names/out names/fd names/link; do
    bash -c '"$SKEP" build -q --depfile "$1" >said' - "$name"
    [ -L "$name" ]
    if [ "$name" = names/link ]; then
      grep -q one.bpf.c real/dep.d
      [ ! -L real/dep.d ]
    else
      grep -q one.bpf.c said
    fi
    "$SKEP" build -q --depfile "$name" | grep -q one.bpf.c || [ "$name" = names/link ]
  done
}

@test "make builds again when a header changes, and only then" {
  need_command make
  echo '#define X 1' >x.h
  write_program one.bpf.c X x.h
  write_program 'with space.bpf.c' X x.h
  cat >Makefile <<'END'
build/one.skel.h: one.bpf.c
	+@echo running; $(SKEP) build -q --depfile dep.d
	@touch $@
-include dep.d
END
  run -0 make
  says "running"
  run -0 make
  says "up to date"
  # make sees time stamps only.
  touch -d '+10 seconds' x.h
  run -0 make
  says "running"
  grep -q 'with\\ space.bpf.c' dep.d
}

@test "make does not stop over a header that was removed" {
  need_command make
  echo '#define X 1' >x.h
  echo '#include "x.h"' >y.h
  write_program one.bpf.c X y.h
  cat >Makefile <<'END'
build/one.skel.h: one.bpf.c
	+@$(SKEP) build -q --depfile dep.d
-include dep.d
END
  run -0 make
  rm x.h
  echo '#define X 2' >y.h
  touch -d '+10 seconds' y.h
  run -0 make
}

@test "ninja builds again when a header changes, and only then" {
  need_command ninja
  echo '#define X 1' >x.h
  write_program one.bpf.c X x.h
  cat >build.ninja <<END
rule skep
  command = $SKEP build -q --depfile \$out.d && touch \$out
  depfile = \$out.d
  deps = gcc
  restat = 1
build build/one.skel.h: skep one.bpf.c
END
  run -0 ninja
  run -0 ninja
  says "no work to do"
  sleep 0.02
  echo '#define X 2' >x.h
  run -0 ninja
  silent_on "no work to do"
  run -0 ninja
  says "no work to do"
}

@test "odd names are written as make and ninja read them" {
  need_command make
  for name in 'a b' 'd#ollar$' 'per%cent'; do write_plain "$name.bpf.c"; done
  run -0 skep build --depfile dep.d
  cat dep.d
  { echo 'all: build/a\ b.bpf.o'; echo 'include dep.d'; } >Makefile
  run -0 make -n
  silent_on "No rule to make target"
}

@test "vmlinux.h: its source is named, not the header that is made of it" {
  need_kernel_types
  write_program one.bpf.c
  rm vmlinux.h
  run -0 skep build --depfile one.d
  prerequisites one.d | grep -qx /sys/kernel/btf/vmlinux
  refute grep -q '\.skep' <(prerequisites one.d)
}
