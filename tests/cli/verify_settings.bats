#!/usr/bin/env bats
# skep verify: what a loader sets at run time and which programs it switches off, as the manifest
# and the command line say it. The running kernel is asked.

load common
load verify

setup() {
  start_project
  need_loading
}

# write_object NAME [KIND...]: a program for each: good and better are accepted, bad and worse are
# not, and mode is accepted unless the variable of this name is set.
write_object() {
  local file=$1.bpf.c kind
  shift
  cat >"$file" <<'C'
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
enum mode { PLAIN, BROKEN };
C
  for kind; do
    case $kind in
    mode)
      cat <<'C'
const volatile unsigned mode = 0;
struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	unsigned *key, *value;
} counts SEC(".maps");
static void *(*lookup)(void *map, const void *key) = (void *)1;
SEC("socket") int by_mode(void *ctx)
{
	unsigned key = 1;
	unsigned *value = lookup(&counts, &key);

	return mode == 1 ? *(volatile int *)8 : mode == 2 ? *value : 0;
}
C
      ;;
    good* | better*) echo "SEC(\"socket\") int $kind(void *ctx) { return 0; }" ;;
    *) echo "SEC(\"socket\") int $kind(void *ctx) { return *(volatile int *)8; }" ;;
    esac
  done >>"$file"
  echo 'char LICENSE[] SEC("license") = "GPL";' >>"$file"
}

# manifest: skep.yaml from stdin; what verify says needs no types of a kernel.
manifest() {
  cat >skep.yaml
}

# verifies STATUS SUMMARY [ARGUMENT...]: SUMMARY is "PASSED SKIPPED FAILED".
verifies() {
  local status=$1 counts=$2
  shift 2
  run "-$status" skep verify --json result.json "$@"
  # shellcheck disable=SC2086
  summary $counts
}

# why PROGRAM: what the result says of it.
why() {
  python3 - "$1" <<'PY'
import json, sys
def rows(x):
    if isinstance(x, dict):
        if x.get("program") == sys.argv[1]:
            yield x
        for y in x.values():
            yield from rows(y)
    elif isinstance(x, list):
        for y in x:
            yield from rows(y)
def whys(x):
    if isinstance(x, dict):
        if x.get("why"):
            print(x["why"])
        for y in x.values():
            whys(y)
    elif isinstance(x, list):
        for y in x:
            whys(y)
for row in rows(json.load(open("result.json"))):
    whys(row)
PY
}

# stored: how many verdicts of the result nobody was asked for.
stored() {
  grep -o '"stored": *true' result.json | wc -l
}

# mistaken TEXT...: exit status 2, and each text is in a message.
mistaken() {
  local text
  run -2 skep verify "${arguments[@]}"
  for text; do
    says "$text"
  done
  silent_on "Summary:"
}

# --- programs that are switched off

@test "without a word of it, what is rejected fails" {
  write_object a good bad
  verifies 1 "1 0 1"
}

@test "an optional program may be rejected" {
  write_object a good bad
  manifest <<<'verify: {optional: b?d}'
  verifies 0 "1 1 0"
  [ "$(why bad)" = "optional: b?d" ]
  # What is accepted counts as ever.
  manifest <<<'verify: {optional: "*"}'
  verifies 0 "1 1 0"
}

@test "a pattern may be of one object only" {
  write_object a bad
  write_object b bad
  manifest <<<'verify: {optional: ["a/*"]}'
  verifies 1 "0 1 1"
  says "b.bpf.o: bad"
  silent_on "a.bpf.o: bad"
}

@test "what one entry says is of its objects" {
  write_object a bad
  write_object b bad
  manifest <<'YAML'
objects:
  - sources: a.bpf.c
    verify: {optional: bad}
  - sources: b.bpf.c
YAML
  verifies 1 "0 1 1"
  says "b.bpf.o: bad"
}

@test "patterns on the command line, for files too" {
  write_object a good bad
  verifies 0 "1 1 0" --optional 'b*'
  verifies 0 "1 1 0" --optional 'a/bad' build/a.bpf.o
  run -2 skep verify --optional 'x/bad' build/a.bpf.o
  says "--optional: x/bad: no object that it is for has such a program"
}

@test "of alternatives one is enough" {
  write_object a good bad
  manifest <<<'verify: {one_of: [[bad, good]]}'
  verifies 0 "1 1 0"
  [ "$(why bad)" = "one of several: good is accepted" ]
}

@test "of alternatives one has to load, optional or not" {
  write_object a bad worse good
  manifest <<<'verify: {one_of: [[bad, worse]], optional: "*"}'
  verifies 1 "1 0 2"
  says "one of these has to be accepted, and none is: bad, worse"
}

@test "an alternative is all that its pattern is the first to name" {
  write_object a new_bad good_1 good_2 worse
  manifest <<<'verify: {one_of: [["new_*", "good_*"]], optional: worse}'
  verifies 0 "2 2 0"
  # Of each only a half: neither is whole.
  write_object a good_x bad_x good_y bad_y
  manifest <<<'verify: {one_of: [["*_x", "*_y"]]}'
  verifies 1 "2 0 2"
  says "none is: *_x, *_y"
}

@test "a group of which an object has one program needs that one" {
  write_object a bad
  write_object b worse good
  manifest <<<'verify: {one_of: [[bad, good]], optional: worse}'
  verifies 1 "1 1 1"
  says "a.bpf.o: bad"
}

@test "a program of two groups is needed where one of them is unmet" {
  write_object a bad worse good
  verifies 1 "1 0 2" --one-of bad,good --one-of bad,worse
  verifies 0 "1 2 0" --one-of bad,good --one-of worse,good
  # What one group forgives stays rejected for the other.
  write_object a bad better good
  verifies 0 "2 1 0" --one-of bad,good --one-of 'b*,good'
  [ "$(why bad)" = "one of several: good is accepted" ]
}

@test "what is to be rejected is no alternative" {
  write_object a bad
  cat >>a.bpf.c <<'C'
#include <skep_test.h>
SEC("socket") __failure int meant(void *ctx) { return *(volatile int *)8; }
C
  manifest <<<"include: $(realpath "$BATS_TEST_DIRNAME/../../include")"
  verifies 1 "1 0 1" --one-of meant,bad
  verifies 0 "1 1 0" --optional '*'
}

# --- what is set

@test "what is set for all goes to those that have it" {
  write_object a mode
  write_object b good
  verifies 0 "2 0 0"
  manifest <<<'verify: {set: {mode: 1}}'
  verifies 1 "1 0 1"
  says "a.bpf.o: by_mode"
  # What the store knows of one setting is not said of another.
  export SKEP_CACHE=$TOP/store
  manifest <<<'verify: {set: {mode: 0}}'
  verifies 0 "2 0 0"
  verifies 1 "1 0 1" --set mode=1
  [ "$(stored)" -eq 1 ]
  verifies 1 "1 0 1" --set mode=2
  [ "$(stored)" -eq 1 ]
  verifies 1 "1 0 1" --set mode=2
  [ "$(stored)" -eq 2 ]
  verifies 0 "2 0 0"
  [ "$(stored)" -eq 2 ]
}

@test "the command line goes over an entry, and an entry over the project" {
  write_object a mode
  manifest <<'YAML'
verify: {set: {mode: 1}}
objects:
  - sources: a.bpf.c
    verify: {set: {mode: 0}}
YAML
  verifies 0 "1 0 0"
  verifies 1 "0 0 1" --set mode=1
  verifies 0 "1 0 0" --set mode=1 --set mode=0
}

@test "a name that no object has is a mistake, and the near one is told" {
  write_object a mode
  write_object b good
  local arguments=()
  manifest <<<'verify: {set: {mdoe: 1}, map_size: {count: 2}, target: {by_mod: f}, type: {x: xdp}}'
  mistaken "skep.yaml: verify: set: mdoe: no object that it is for has a global variable of this name; is it mode?" \
    "map_size: count: no object that it is for has a map of this name; is it counts?" \
    "target: by_mod: no object that it is for has a program of this name; is it by_mode?" \
    "type: x: no object that it is for has a program of this name"
  # Of objects that are not looked at nothing is known.
  verifies 0 "1 0 0" b
  rm skep.yaml
  arguments=(--set mdoe=1 --map-size count=1)
  mistaken "--set: mdoe: " "is it mode?" "--map-size: count: "
  arguments=(--set mode=1 b)
  mistaken "--set: mode: no object that it is for"
}

@test "what is said of one object has to fit that one" {
  write_object a mode
  write_object b good
  local arguments=()
  manifest <<'YAML'
objects:
  - sources: a.bpf.c
  - sources: b.bpf.c
    verify: {set: {mode: 1}}
YAML
  mistaken "skep.yaml:3:5: verify: set: mode: no object that it is for"
  # Of an entry's objects one is enough.
  manifest <<'YAML'
objects:
  - sources: "*.bpf.c"
    verify: {set: {mode: 1}}
YAML
  verifies 1 "1 0 1"
}

@test "patterns that name nothing are mistakes, too" {
  write_object a good
  local arguments=()
  manifest <<<'verify: {optional: [god, "a/*", "b/*"], one_of: [[goo?, x]]}'
  mistaken "verify: optional: god: no object" "optional: b/*: " "one_of: x: "
  silent_on "a/*"
  silent_on "goo?"
}

@test "types and sizes reach the kernel" {
  write_object a mode
  manifest <<<'verify: {map_size: {counts: 8}, type: {by_mode: xdp}, set: {mode: 0}}'
  verifies 0 "1 0 0"
  grep -q '"type": *"xdp"' result.json
  manifest <<<'verify: {type: {by_mode: nonsense}}'
  verifies 1 "0 0 1"
  says "nonsense"
}

# --- presets

presets() {
  write_object a mode
  write_object b good
  manifest <<'YAML'
verify:
  presets:
    broken: {set: {mode: 1}}
    fine: {set: {mode: 0}, map_size: {counts: 16}}
YAML
}

@test "each preset is verified beside the object as it is" {
  presets
  export SKEP_CACHE=$TOP/store
  verifies 1 "3 0 1"
  says "by_mode [broken]"
  says "by_mode [fine]"
  silent_on "good ["
  # The same from the store.
  verifies 1 "3 0 1"
  refute grep -q '"stored": *false' result.json
  says "a.bpf.o: by_mode [broken]"
}

@test "presets that are named are verified alone" {
  presets
  verifies 0 "1 0 0" --preset fine
  silent_on "good"
  verifies 1 "1 0 1" --preset broken --preset fine
  verifies 0 "2 0 0" --preset broken --preset fine --set mode=0
  run -2 skep verify --preset fien
  says "--preset: fien: there is no such preset; is it fine?"
  run -2 skep verify --preset fine b
  says "no object has anything that a preset sets"
}

@test "an entry's preset goes over the project's of the same name" {
  presets
  cat >>skep.yaml <<'YAML'
objects:
  - sources: a.bpf.c
    verify:
      presets:
        broken: {set: {mode: 0}}
        own: {set: {mode: 2}}
  - sources: b.bpf.c
YAML
  verifies 1 "4 0 1"
  says "a.bpf.o: by_mode [own]"
}

# --- kernels

@test "an entry may name kernels of its own" {
  write_object a good
  write_object b good
  local arguments=()
  manifest <<'YAML'
verify: {kernels: running, timeout: 100}
objects:
  - sources: a.bpf.c
  - sources: b.bpf.c
    verify: {kernels: [99.9]}
YAML
  verifies 0 "1 0 0" a
  mistaken "99.9"
  verifies 0 "2 0 0" --kernel running
}

@test "a kernel is asked about the objects that are for it" {
  need_kernels 6.12
  write_object a good bad
  write_object b good
  manifest <<'YAML'
verify:
  kernels: [6.12, running]
  optional: bad
objects:
  - sources: a.bpf.c
  - sources: b.bpf.c
    verify: {kernels: 6.12}
YAML
  verifies 0 "3 2 0"
  grep -qE '^ *good +[0-9]+ +-$' <<<"$output"
  grep -qE '^ *bad +skipped +skipped$' <<<"$output"
}
