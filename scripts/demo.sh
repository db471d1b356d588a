#!/bin/sh
# Builds the programs in examples/ with skep and, where that is possible, runs one for a moment:
# scripts/demo.sh BUILD. `make demo` calls this after building skep itself.
set -eu

build=$(realpath "$1")
cd "$(dirname "$0")/../examples"

show_files() {
  for file in build/*.bpf.o build/*.skel.h; do
    printf '%9d bytes  examples/%s\n' "$(stat -c %s "$file")" "$file"
  done
}

# Why the programs cannot run here; nothing when they can.
obstacle() {
  if [ "$(id -u)" != 0 ]; then
    echo "loading BPF programs needs root; try: sudo examples/build/execs --duration 5"
  elif [ ! -r /sys/kernel/btf/vmlinux ]; then
    echo "this kernel has no type information (/sys/kernel/btf/vmlinux)"
  fi
}

# The programs we started; a busy machine starts many others meanwhile.
show_events() {
  awk 'NR == 1 || / \/bin\/(true|uname|ls) / { print; next }
    { others++ }
    END { if (others) print "(and " others " more, started by others)" }' "$1"
}

# Starts some programs while execs watches.
run_execs() {
  events=$(mktemp)
  trap 'rm -f "$events"' EXIT
  build/execs --duration 2 >"$events" 2>&1 &
  watcher=$!
  # Its first line says that it is attached.
  tries=0
  while [ ! -s "$events" ] && [ $tries -lt 50 ] && kill -0 $watcher 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  /bin/true hello from the demo
  /bin/uname -a >/dev/null
  /bin/ls -l / >/dev/null
  if wait $watcher; then
    show_events "$events"
  else
    head -n 12 "$events"
    echo "Not run: this kernel does not let the program in, for the reason above."
  fi
}

echo "Building the programs in examples/ with skep:"
make --no-print-directory --silent SKEP="$build/skep"

echo
echo "Made from the sources in examples/:"
show_files

echo
why=$(obstacle)
if [ -n "$why" ]; then
  echo "Not run: $why"
else
  echo "examples/build/execs, two seconds long, while some programs are started:"
  run_execs
fi
