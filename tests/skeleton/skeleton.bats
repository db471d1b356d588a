# Skeletons say what bpftool's say, for objects as skep makes them.

setup() {
  : "${SKEP:=$PWD/out/skep}"
  [ -r /sys/kernel/btf/vmlinux ] || skip "this kernel has no type information to build with"
}

@test "skeletons of the examples are like bpftool's and compile as C and C++" {
  "$SKEP" build -q -C examples -o "$BATS_TEST_TMPDIR/build"
  tests/skeleton/compare.py --compile "$SKEP step skeleton {in} {out}" \
    "$BATS_TEST_TMPDIR"/build/*.bpf.o
}
