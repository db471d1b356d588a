# What the tests of skep verify share: small programs, and kernels to ask.

# make_object NAME: compiles NAME.c from stdin to NAME.o; SEC is there.
make_object() {
  {
    echo '#define SEC(name) __attribute__((section(name), used))'
    cat
  } >"$1.c"
  compile_object "$1"
}

# compile_object NAME: NAME.c once more, or for $BPF_TARGET.
compile_object() {
  "$(find_clang)" -target "${BPF_TARGET:-bpf}" -g -O2 -I"$BATS_TEST_DIRNAME/../../include" \
    -c "$1.c" -o "$1.o"
}

# make_both: both.o has a program that is accepted and one that is not.
make_both() {
  make_object both <<'END'
SEC("xdp") int pass(void *ctx) { return 2; }
SEC("xdp") int astray(void *ctx)
{
	return *(int *)((long)ctx * 8);
}
char LICENSE[] SEC("license") = "GPL";
END
}

# make_accepted NAME...: objects with one program each, which every kernel takes.
make_accepted() {
  local name
  for name; do
    make_object "$name" <<'END'
const volatile int answer = 2;
SEC("socket") int filter(void *ctx) { return answer; }
char LICENSE[] SEC("license") = "GPL";
END
  done
}

# make_endless: endless.o has a program that keeps a verifier busy until it gives up, and another.
make_endless() {
  make_object endless <<'END'
SEC("xdp") int endless(void *ctx)
{
	long sum = 0;
	for (int i = 0; i < 10000000; i++) {
		sum += i;
		asm volatile("" : "+r"(sum));
	}
	return sum;
}
SEC("xdp") int pass(void *ctx) { return 2; }
char LICENSE[] SEC("license") = "GPL";
END
}

# need_loading: the running kernel takes programs from us.
need_loading() {
  need_root
  need_command bpftool
  bpftool prog show >/dev/null 2>&1 || skip "needs the right to load programs"
}

# need_kernels VERSION...: they are kept, where people keep them or where tests do; and so are QEMU
# and the agent.
need_kernels() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache} place version
  need_command qemu-system-x86_64
  [ -x "$(dirname "$SKEP")/agent/skep-agent-x86_64" ] ||
    skip "there is no agent: no static libraries when this was built"
  for place in "$cache" "$cache/skep-tests/kernels"; do
    for version; do
      XDG_CACHE_HOME=$place "$SKEP" kernel list | grep -q "^$version .* x86_64 " || continue 2
    done
    export XDG_CACHE_HOME=$place
    return
  done
  skip "there are no kernels $* for x86-64: skep kernel fetch $*"
}

# summary PASSED SKIPPED FAILED: the last run ends with this.
summary() {
  [ "${lines[-1]}" = "Summary: $1 PASSED, $2 SKIPPED, $3 FAILED" ] || {
    show
    return 1
  }
}

# refuses TEXT ARGS...: there is no way to ask: one line that says this, and no table.
refuses() {
  local text=$1
  shift
  fails 2 "$SKEP" verify "$@"
  says "$text"
  [ -z "$output" ]
}

# path_without NAME: prints a PATH with everything but that.
path_without() {
  mkdir -p "$TOP/without"
  ln -sf -t "$TOP/without" /usr/sbin/* /usr/bin/*
  rm -f "$TOP/without/$1"
  echo "$TOP/without"
}
