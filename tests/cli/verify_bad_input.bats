#!/usr/bin/env bats
# What skep verify cannot ask about, or ask: one line that says why, and no table. No kernel is started.
load common
load verify

setup() {
  start_project
  make_both
}

# --- objects

@test "files that are no objects, or damaged ones" {
  local n size
  : >empty.o
  echo "some text" >text.o
  printf '\177ELF' >short.o
  "$(find_clang)" -c -x c /dev/null -o machine.o
  refuses "empty.o: it is not an ELF file" empty.o
  refuses "text.o: it is not an ELF file" text.o
  refuses "short.o: it is not an ELF file" short.o
  refuses "machine.o: it is not for BPF" machine.o
  size=$(stat -c %s both.o)
  for n in 20 64 200 $((size / 2)) $((size - 1)); do
    head -c "$n" both.o >cut.o
    refuses "cut.o: " cut.o
  done
  # One of several is enough.
  refuses "text.o: it is not an ELF file" both.o text.o
  refuses "./missing.o: No such file or directory" ./missing.o
  mkdir folder.o
  fails 2 "$SKEP" verify ./folder.o
}

@test "objects with bytes changed: a verdict or a message, and no crash" {
  need_loading
  make_accepted one
  local n size
  size=$(stat -c %s one.o)
  for ((n = 40; n < size; n += size / 40)); do
    cp one.o changed.o
    printf '\377\377\377\177' | dd of=changed.o bs=1 seek="$n" conv=notrunc status=none
    run skep verify changed.o
    [ "$status" -le 2 ] || {
      echo "at $n"
      show
      return 1
    }
    silent_on "what loaded it died"
  done
}

@test "objects of the other byte order" {
  local other=bpfeb
  [ "$(printf '\1\0' | od -An -td2)" -eq 1 ] || other=bpfel
  cp both.c other.c
  BPF_TARGET=$other compile_object other
  refuses "other.o: it is for another architecture than the kernels that are asked" other.o
  need_loading
  run -1 --separate-stderr skep verify both.o other.o
  summary 1 0 1
  [ "$stderr" = "skep: warning: verify: other.o: no kernel of its architecture is asked" ]
}

@test "targets for another architecture" {
  local other=arm64
  [ "$(uname -m)" != aarch64 ] || other=x86_64
  write_plain one.bpf.c
  run -2 --separate-stderr skep verify --arch "$other"
  says "one.bpf.o: it is for another architecture than the kernels that are asked"
  [ -z "$output" ]
  need_loading
  run -0 --separate-stderr skep verify --arch "$(uname -m),$other"
  summary 1 0 0
  says "warning: verify: $other/one.bpf.o: no kernel of its architecture is asked"
}

@test "annotations that say nothing sensible" {
  local bad
  # Each with what is wrong with it.
  for bad in \
    '__retval(many)|"comment:test_retval=many": it is no number' \
    '__msg("{{(((}}")|"(" without ")"' \
    'SKEP_TEST_TAG("arch=PDP11")|PDP11' \
    '__log_level(often)|"comment:test_log_level=often"' \
    '__flag(BPF_F_WITH_EVERYTHING)|BPF_F_WITH_EVERYTHING'; do
    make_object bad <<END
#include <skep_test.h>
SEC("xdp") __success ${bad%%|*} int pass(void *ctx) { return 2; }
char LICENSE[] SEC("license") = "GPL";
END
    refuses "bad.o: program pass: annotation" bad.o
    says "${bad#*|}"
  done
}

@test "a regular expression made to take for ever does not" {
  need_loading
  make_object hostile <<'END'
#include <skep_test.h>
SEC("xdp") __failure __msg("{{((((a*)*b*)*c*)*[^z]*)*}}there is no such text")
int astray(void *ctx)
{
	return *(int *)((long)ctx * 8);
}
char LICENSE[] SEC("license") = "GPL";
END
  run -1 timeout 20 "$SKEP" verify hostile.o
  summary 0 0 1
}

# --- words

@test "words that mean nothing" {
  refuses "no sources" missing
  write_program one.bpf.c
  refuses "two: no such target" two
  refuses "both: no such target" both
  for option in "--timeout=0" "--jobs=0" "--threshold=much" "--set=x" "--map-size=m=" "--target==f"; do
    run --separate-stderr skep verify "$option" both.o
    [ "$status" -eq 2 ] || [ "$status" -eq 64 ]
    [[ $stderr == *"${option%%=*}"* ]] || [[ $stderr == *"-j"* ]]
    [ -z "$output" ]
  done
}

# --- kernels

# write_image FILE: something that looks like a kernel of arm64 and has no types.
write_image() {
  {
    head -c 56 /dev/zero
    printf 'ARM\x64'
    head -c 1000 /dev/zero
    printf 'Linux version 6.12.9-test (nobody@nowhere) #1\n'
    head -c 100000 /dev/urandom
  } >"$1"
}

@test "kernels that are not there" {
  export XDG_CACHE_HOME=$TOP/cache
  refuses "4.4: no such kernel is kept here; \`skep kernel fetch 4.4\` gets Debian's" \
    --kernel 4.4 both.o
  refuses "\`skep kernel fetch 6.12/arm64\`" --kernel running,6.12/arm64 both.o
  refuses "frob: no such file, and no kernel of that name is kept" --kernel frob both.o
  refuses "./vmlinuz: no such file" --kernel ./vmlinuz both.o
}

@test "files that are no kernels" {
  export XDG_CACHE_HOME=$TOP/cache
  echo "some text" >text
  : >empty
  refuses "text: no kernel" --kernel ./text both.o
  refuses "empty: no kernel" --kernel ./empty both.o
  refuses "both.o: " --kernel ./both.o both.o
  write_image Image
  gzip Image
  head -c 50000 Image.gz >cut.gz
  refuses "cut.gz" --kernel ./cut.gz both.o
}

@test "no room for what is in a kernel's image" {
  need_mounts
  write_image Image
  mkdir "$TOP/small"
  on_small_disk() {
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount -t tmpfs -o size=8k none "$1" &&
      XDG_CACHE_HOME=$1 "$0" verify --kernel ./Image both.o' "$SKEP" "$TOP/small"
  }
  fails 2 on_small_disk
  says "No space left on device"
  [ -z "$output" ]
}

@test "no QEMU: the package that has it, and no verdict" {
  export XDG_CACHE_HOME=$TOP/cache
  write_image Image
  export SKEP_AGENT_DIR=$TOP
  touch "$TOP/skep-agent-arm64"
  fails 2 env PATH=/nowhere "$SKEP" verify --kernel ./Image both.o
  says "qemu-system-aarch64 is not in PATH: install it (Debian: apt-get install qemu-system-arm)"
  summary 0 0 0
  # What can be asked is asked.
  need_loading
  make_accepted one
  fails 2 env PATH=/nowhere "$SKEP" verify --kernel ./Image,running one.o
  summary 1 0 1
  grep -Eq '^  filter +no verdict +[0-9]+$' <<<"$output"
}

@test "no agent: what it takes to have one" {
  export XDG_CACHE_HOME=$TOP/cache
  write_image Image
  cp "$SKEP" "$TOP/skep"
  [ ! -e /usr/local/libexec/skep/skep-agent-arm64 ] || skip "an agent for arm64 is installed"
  fails 2 "$TOP/skep" verify --kernel ./Image both.o
  says "there is no skep-agent-arm64"
}
