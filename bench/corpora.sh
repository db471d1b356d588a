#!/bin/sh
# Makes the folders of BPF programs to measure and compare with: bench/corpora.sh [DIR]
#
# They come from Debian's package of the kernel's source (scripts/deps.sh bench installs it) and go
# to DIR, by default ${XDG_CACHE_HOME:-~/.cache}/skep-bench. Each is a project of its own:
#   perf/       perf's own BPF programs, with the vmlinux.h that comes with them
#   perf-types/ the same with the running kernel's types, as perf is built with GEN_VMLINUX_H=1
#   selftests/  the kernel's BPF selftests. Not all of them fit the running kernel's types: those
#               that clang compiles here are taken, and have skeletons if bpftool makes one.
#   selftests-types/  those of the selftests that include vmlinux.h
# In each, `programs` lists what to build, a line for each object: its name, "skeleton" or "bare",
# flags of its own, its sources, with tabs between; `flags` holds the flags that all have;
# `refused` says why something is left out. bench/project.py makes a skep.yaml, a Makefile and a
# build.ninja from that.
# What is there already is kept, unless the package, the kernel, clang, bpftool or this script
# changed.
set -eu
export LC_ALL=C

SOURCE=/usr/src/linux-source-6.12.tar.xz
CLANG=${CLANG:-clang-19}
KERNEL_BTF=/sys/kernel/btf/vmlinux
BPF=tools/testing/selftests/bpf

# The flags of the selftests' own Makefile, without the warnings.
CFLAGS="-std=gnu11 -fno-strict-aliasing -DENABLE_ATOMICS_TESTS -w"
# vmlinux.h declares the kernel's functions as the running kernel has them. A selftest of another
# version may declare them otherwise; with this it is on its own.
OWN_KFUNCS=-DBPF_NO_KFUNC_PROTOTYPES

dir=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/skep-bench}
here=$(cd "$(dirname "$0")" && pwd)

fail() {
  echo "corpora: $*" >&2
  exit 1
}

[ -r $SOURCE ] || fail "$SOURCE is missing; scripts/deps.sh bench installs it on Debian 12"
[ -r $KERNEL_BTF ] || fail "$KERNEL_BTF is missing: the running kernel offers no types"
for tool in "$CLANG" bpftool python3 xz; do
  command -v "$tool" >/dev/null || fail "$tool is missing; scripts/deps.sh bench installs it"
done

# What the lists below depend on.
stamp() {
  dpkg-query -W -f '${Package} ${Version}\n' linux-source-6.12
  uname -r
  "$CLANG" --version | head -n 1
  bpftool version | head -n 1
  cksum <"$here/corpora.sh"
}

unpack() {
  echo "corpora: unpacking parts of $SOURCE into $dir"
  mkdir -p "$dir/linux"
  tar -xJf $SOURCE -C "$dir/linux" --strip-components=1 --wildcards \
    '*/tools/perf/util/bpf_skel' '*/tools/perf/util/trace_augment.h' "*/$BPF/*.h" "*/$BPF/progs" \
    '*/tools/lib/bpf/*.h' '*/tools/include/uapi' '*/tools/include/linux/filter.h' \
    '*/include/uapi/linux/bpf.h' '*/scripts/bpf_doc.py'
}

# Makes a project of some of the tree's folders, with the headers that all of them include:
# libbpf's, and the kernel's for user space.
make_project() {
  project=$1
  shift
  mkdir -p "$project/include/bpf"
  (cd "$dir/linux" && tar -cf - "$@" tools/include) | tar -xf - -C "$project"
  cp "$dir"/linux/tools/lib/bpf/*.h "$project/include/bpf/"
  python3 "$dir/linux/scripts/bpf_doc.py" --header \
    --file "$dir/linux/include/uapi/linux/bpf.h" >"$project/include/bpf/bpf_helper_defs.h"
}

make_perf() {
  make_project "$dir/perf" tools/perf
  cd "$dir/perf"
  echo "-Itools/perf/util/bpf_skel/vmlinux -Iinclude -Itools/include/uapi" >flags
  for source in tools/perf/util/bpf_skel/*.bpf.c; do
    printf '%s\tskeleton\t\t%s\n' "$(basename "$source" .bpf.c)" "$source"
  done >programs
  : >refused
}

make_perf_types() {
  cp -r "$dir/perf" "$dir/perf-types"
  cd "$dir/perf-types"
  rm -r tools/perf/util/bpf_skel/vmlinux
  echo "-Iinclude -Itools/include/uapi" >flags
}

# Compiles one selftest and makes a skeleton, with clang and bpftool alone.
try_one() {
  source=$1
  name=$(basename "$source" .c)
  object=$try/$name.bpf.o
  log=$try/$name.log
  own=
  # shellcheck disable=SC2046
  set -- $(cat flags) -I"$try/include" -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 \
    -idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "$object"
  if ! "$CLANG" "$@" 2>"$log"; then
    own=$OWN_KFUNCS
    if ! "$CLANG" $own "$@" 2>/dev/null; then
      echo "$source: clang: $(grep -m 1 'error:' "$log")" >>refused
      return
    fi
  fi
  kind=skeleton
  if ! bpftool gen skeleton "$object" >/dev/null 2>"$log"; then
    kind=bare
    echo "$source: bpftool: $(tail -n 1 "$log")" >>refused
  fi
  printf '%s\t%s\t%s\t%s\n' "$name" $kind "$own" "$source" >>"$try/programs"
  rm -f "$object" "$log"
}

# The selftests that are linked from several sources; those are no programs by themselves. Linked
# once, as most projects do, three of them cannot be opened: libbpf's linker leaves the offset of
# a map at 0 that was declared extern before its definition came.
linked_selftests() {
  cat <<'END'
linked_funcs skeleton linked_funcs1 linked_funcs2
linked_maps bare linked_maps1 linked_maps2
linked_vars skeleton linked_vars1 linked_vars2
test_static_linked skeleton test_static_linked1 test_static_linked2
test_subskeleton bare test_subskeleton_lib2 test_subskeleton_lib test_subskeleton
test_subskeleton_lib bare test_subskeleton_lib2 test_subskeleton_lib
test_usdt skeleton test_usdt test_usdt_multispec
END
}

make_selftests() {
  make_project "$dir/selftests" $BPF
  cd "$dir/selftests"
  try=$dir/try
  set -- $BPF/progs/*.c
  echo "corpora: finding out which of $# selftests compile here, once"
  mkdir -p "$try/include"
  bpftool btf dump file $KERNEL_BTF format c >"$try/include/vmlinux.h"
  echo "$CFLAGS -Iinclude -I$BPF -Itools/include/uapi" >flags
  : >refused
  printf '%s\n' "$@" | try=$try xargs -n 1 -P "$(nproc)" "$here/corpora.sh" --try
  linked_selftests | awk -v progs=$BPF/progs '
    NR == FNR {
      kind[$1] = $2
      for (i = 3; i <= NF; i++) { part[$i] = 1; sources[$1] = sources[$1] progs "/" $i ".c " }
      next
    }
    { split($0, field, "\t") }
    !(field[1] in part) { print }
    END { for (name in kind) print name "\t" kind[name] "\t\t" sources[name] }
  ' - "$try/programs" | sed 's/ $//' | sort >programs
  sort -o refused refused
  rm -rf "$try"
  echo "corpora: $(wc -l <programs) objects, $(grep -c ': clang: ' refused) selftests do not compile"
}

make_selftests_types() {
  cp -r "$dir/selftests" "$dir/selftests-types"
  cd "$dir/selftests-types"
  while IFS= read -r program; do
    # shellcheck disable=SC2086
    ! grep -q '[<"]vmlinux.h[>"]' ${program##*	} || printf '%s\n' "$program"
  done <"$dir/selftests/programs" >programs
}

if [ "${1:-}" = --try ]; then
  try_one "$2"
  exit 0
fi
if [ "$(cat "$dir/stamp" 2>/dev/null)" != "$(stamp)" ]; then
  rm -rf "$dir/stamp" "$dir/linux" "$dir/perf" "$dir/perf-types" "$dir/selftests" \
    "$dir/selftests-types" "$dir/try"
  unpack
  (make_perf)
  (make_perf_types)
  (make_selftests)
  (make_selftests_types)
  rm -rf "$dir/linux"
  stamp >"$dir/stamp.new"
  mv "$dir/stamp.new" "$dir/stamp"
fi
