#!/bin/sh
# Measures skep beside other tools and compares what they make: SKEP=out/skep bench/run.sh
#
# `make bench` calls this. Inputs are kept in ${XDG_CACHE_HOME:-~/.cache}/skep-bench; options that
# bench/build.py and bench/store.py share, such as --wait 600 and --extra NAME=DIR, can be given.
# Takes more than an hour on two processors.
set -eu
export PYTHONDONTWRITEBYTECODE=1

cache=${XDG_CACHE_HOME:-$HOME/.cache}/skep-bench
here=$(cd "$(dirname "$0")" && pwd)
failed=0

"$here/corpora.sh" "$cache"
printf '\n# Time and memory\n\n'
"$here/build.py" --cache "$cache" "$@" "${SKEP:?names the skep to measure}" || failed=1
printf '\n# Clean checkouts whose results are known\n\n'
"$here/store.py" --cache "$cache" "$@" "$SKEP" || failed=1
printf '\n# Several architectures\n\n'
"$here/arch.py" --cache "$cache" "$SKEP" || failed=1
printf '\n# Linking\n\n'
"$here/link.py" --cache "$cache" "$SKEP" || failed=1
printf '\n# Verifying\n\n'
"$here/verify.py" --cache "$cache" "$SKEP" || failed=1
printf '\n# Very many programs\n\n'
"$here/many.py" --cache "$cache" "$SKEP" || failed=1
printf '\n# Where a cold build spends its time\n\n'
"$here/breakdown.py" --cache "$cache" --slice-time "${SLICE_TIME:?names the built slice_time}" \
  "$SKEP" || failed=1
printf '\n# What is made\n'
"$here/equivalence.py" --cache "$cache" "$SKEP" || failed=1
printf '\n# What the running kernel says\n\n'
"$here/verdicts.py" --cache "$cache" "$SKEP" || failed=1
exit $failed
