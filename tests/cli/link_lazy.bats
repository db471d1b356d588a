#!/usr/bin/env bats
# libLLVM is loaded by what needs it, and by nothing else: it takes 10 ms and 60 MB.
load common

setup() {
  start_project
  unset SKEP_LLVM
}

# llvms_loaded COMMAND...: how often skep, in whichever of its processes, loaded a libLLVM. clang is
# linked with one, which does not count.
llvms_loaded() {
  rm -rf "$TOP/loads"
  mkdir "$TOP/loads"
  # The dynamic linker writes a file for each process that inherits this.
  LD_DEBUG=files LD_DEBUG_OUTPUT=$TOP/loads/of "$@" >"$TOP/said" 2>&1 || {
    tail -n 3 "$TOP/said" >&2
    return 1
  }
  cat "$TOP/loads/"* >"$TOP/all-loads"
  awk '/libLLVM.*(dynamically loaded|needed) by [^ ]*\/skep / { n++ } END { print n + 0 }' \
    "$TOP/all-loads"
}

need_loader() {
  [ -n "$(LD_DEBUG=files /bin/true 2>&1)" ] || skip "needs glibc's dynamic linker"
}

@test "skep link of bitcode loads one libLLVM, skep doctor each" {
  need_loader
  skep doctor | grep -q 'targets: bpf' || skip "needs a libLLVM from 19 on"
  clang=$(find_clang) || skip "needs clang"
  write_plain a.c
  "$clang" -target bpf -O2 -emit-llvm -c a.c -o a.bc
  [ "$(llvms_loaded skep link a.bc --export filter,LICENSE -o a.o)" -eq 1 ]
  [ "$(llvms_loaded skep doctor)" -ge "$(skep doctor | grep -c 'targets: bpf')" ]
}

@test "no other command loads libLLVM, nor does skep link without bitcode" {
  need_loader
  clang=$(find_clang) || skip "needs clang"
  mkdir src
  SKEP_CACHE=$TOP/cache
  write_large_types >src/vmlinux.h
  write_program src/a.bpf.c
  write_program src/b.bpf.c 2
  "$clang" -target bpf -g -O2 -c src/b.bpf.c -o b.o
  cat >skep.yaml <<'END'
objects:
  - sources: src/a.bpf.c
  - name: both
    sources: [src/b.bpf.c, c.c]
END
  echo 'int unrelated(int x) { return x; }' >c.c
  for command in "build" "build" "build --check-types" "build --check-reproducible" \
    "build --arch x86_64,arm64 -o other" "vmlinux b.o" \
    "vmlinux --for src/a.bpf.c --vmlinux src/vmlinux.h" "cache stats" "--help" "--version" \
    "link --help" "link --version" "link b.o -o linked.o"; do
    # shellcheck disable=SC2086 # several words
    loaded=$(llvms_loaded skep $command)
    echo "skep $command: $loaded"
    [ "$loaded" -eq 0 ]
    # It did run, and was watched.
    grep -q 'calling init: .*libbpf' "$TOP/all-loads"
  done
}
