#!/usr/bin/env bats
# skep.yaml: what it can say, and what it is told when it says something wrong.
load common

# manifest: writes skep.yaml from stdin.
manifest() {
  cat >skep.yaml
}

@test "only what the manifest lists is built" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  manifest <<'END'
objects:
  - sources: one.bpf.c
END
  run -0 skep build
  [ "$(cd build && echo *.o)" = one.bpf.o ]
}

@test "a manifest without objects sets options for the sources that are found" {
  mkdir include
  echo "#define X 1" >include/x.h
  write_program one.bpf.c "X + Y" x.h
  manifest <<'END'
include: include
defines: {Y: 2}
cpu: v2
optimize: s
END
  run -0 skep build -v
  says "-mcpu=v2"
  says "-Os"
  says "-Iinclude"
  says "-DY=2"
}

@test "sources are globs, with exclusions" {
  mkdir -p net/deep trace
  for f in net/a net/deep/b trace/c trace/old; do write_plain $f.bpf.c; done
  manifest <<'END'
objects:
  - sources: ["net/**/*.bpf.c", "trace/*.bpf.c", "!trace/old*"]
END
  run -0 skep build
  [ "$(cd build && echo *.o)" = "a.bpf.o b.bpf.o c.bpf.o" ]
}

@test "sources need not be called *.bpf.c" {
  write_plain kern.c
  manifest <<'END'
objects:
  - {name: prog, sources: kern.c}
END
  run -0 skep build
  [ "$(cd build && echo *.o *.h)" = "prog.bpf.o prog.skel.h" ]
  grep -q 'struct prog_bpf {' build/prog.skel.h
}

@test "one source makes several objects with different defines and flags" {
  write_program kern.c X y.h
  echo "#define Y" >y.h
  manifest <<'END'
defines: {COMMON: 1}
objects:
  - name: "kern_{level}_{family}"
    sources: kern.c
    matrix:
      level:
        debug: {defines: {X: 1}, cflags: -DLEVEL}
        plain: {defines: {X: 2}}
      family:
        v4:
        v6: {cpu: v4}
    exclude:
      - {level: debug, family: v6}
END
  run -0 skep build -v
  [ "$(cd build && echo *.o)" = "kern_debug_v4.bpf.o kern_plain_v4.bpf.o kern_plain_v6.bpf.o" ]
  [ "$(grep -c -e '-DCOMMON=1' <<<"$output")" -eq 3 ]
  [ "$(grep -c -e '-DX=1' <<<"$output")" -eq 1 ]
  [ "$(grep -c -e '-DLEVEL' <<<"$output")" -eq 1 ]
  [ "$(grep -c -e '-mcpu=v4' <<<"$output")" -eq 1 ]
  refute cmp build/kern_debug_v4.bpf.o build/kern_plain_v4.bpf.o
  # The name of the source means all of them, the name of one object that one.
  rm build/kern_*.o
  run -0 skep build kern_plain_v6
  [ "$(cd build && echo *.o)" = kern_plain_v6.bpf.o ]
  run -0 skep build kern.c
  [ "$(cd build && echo *.o | wc -w)" -eq 3 ]
}

@test "ninety objects from one source" {
  write_program kern.c "A * 10 + B" y.h
  echo "" >y.h
  {
    echo "skeleton: false"
    echo "objects:"
    echo "  - name: 'k_{a}_{b}'"
    echo "    sources: kern.c"
    echo "    matrix:"
    echo "      a:"
    for n in {0..8}; do echo "        $n: {defines: {A: $n}}"; done
    echo "      b:"
    for n in {0..9}; do echo "        $n: {defines: {B: $n}}"; done
  } >skep.yaml
  run -0 skep build -n
  [ "$(grep -c '^would run: compile' <<<"$output")" -eq 90 ]
  run -0 skep build k_8_9 k_0_0
  [ "$(cd build && echo *.o)" = "k_0_0.bpf.o k_8_9.bpf.o" ]
}

@test "skeletons can be left out and named" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  manifest <<'END'
objects:
  - {sources: one.bpf.c, skeleton: false}
  - {sources: two.bpf.c, skeleton: my_name}
END
  run -0 skep build
  [ "$(cd build && echo *.h)" = two.skel.h ]
  grep -q 'struct my_name {' build/two.skel.h
  grep -q 'my_name__open_and_load' build/two.skel.h
}

@test "debug, output and vmlinux can be set; the command line wins" {
  mkdir types
  write_types types/kernel.h
  write_program one.bpf.c
  rm vmlinux.h
  manifest <<'END'
output: out
vmlinux: types/kernel.h
debug: true
END
  run -0 skep build
  grep -q debug_info <(readelf -SW out/one.bpf.o)
  [ ! -e build ]
  run -0 skep build -o elsewhere
  [ -e elsewhere/one.bpf.o ]
  fails 2 skep build --vmlinux nowhere.h
  says nowhere.h
}

@test "an object's settings override the project's" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  manifest <<'END'
cpu: v1
defines: {X: 1, Y: 1}
objects:
  - {sources: one.bpf.c, cpu: v4, defines: {X: 2}}
  - {sources: two.bpf.c}
END
  run -0 skep build -v -j1
  says "-mcpu=v4 "
  says "-DX=2 -DY=1"
  says "-mcpu=v1 "
  says "-DX=1 -DY=1"
}

@test "cpu: probe asks the running kernel" {
  need_root
  write_plain one.bpf.c
  echo "cpu: probe" >skep.yaml
  run -0 skep build -v
  silent_on "-mcpu=probe"
  [[ $output =~ -mcpu=v[1-4] ]]
}

@test "--manifest names another file" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  echo "objects: [{sources: one.bpf.c}]" >skep.yaml
  echo "objects: [{sources: two.bpf.c}]" >other.yaml
  run -0 skep build --manifest other.yaml
  [ "$(cd build && echo *.o)" = two.bpf.o ]
  fails 2 skep build --manifest nowhere.yaml
  says nowhere.yaml
}

@test "values reach the compiler as they are, whatever a shell would make of them" {
  cat >one.bpf.c <<'END'
_Static_assert(sizeof(TEXT) == 13, "the text arrived");
char text[] __attribute__((section("license"), used)) = TEXT;
END
  manifest <<'END'
cflags: ['-DTEXT="a $HOME `id`"', -Wno-unknown-pragmas]
END
  run -0 skep build
}

@test "mistakes are told with file, line and column" {
  write_plain one.bpf.c
  while IFS='|' read -r place text words; do
    printf '%b' "$text" >skep.yaml
    run --separate-stderr -2 skep build
    says "skep: skep.yaml:$place: "
    says "$words"
    [ ! -e build ]
  done <<'END'
1:1|cflag: -O1\n|did you mean 'cflags'
2:1|cpu: v3\ncpu: v2\n|twice
1:6|cpu: v9\n|v9
1:8|debug: maybe\n|true or false
1:9|cflags: {a: b}\n|list
1:10|objects: text\n|list
2:5|objects:\n  - name: x\n|sources
2:14|objects:\n  - sources: nothing*.c\n|no file matches
1:1|- a\n- b\n|mapping
2:1|cpu: v3\n---\ncpu: v2\n|second document
2:12|objects:\n  - {name: "a/b", sources: one.bpf.c}\n|a/b
END
}

@test "every mistake is told at once" {
  write_plain one.bpf.c
  printf 'cflag: x\ncpu: v9\noutptu: y\n' >skep.yaml
  run --separate-stderr -2 skep build
  says "skep.yaml:1:1"
  says "skep.yaml:2:6"
  says "skep.yaml:3:1"
}

@test "two objects of one name are an error" {
  mkdir a b
  write_plain a/one.bpf.c
  write_plain b/one.bpf.c
  echo 'objects: [{sources: "**/*.bpf.c"}]' >skep.yaml
  fails 2 skep build
  says "a/one.bpf.c"
  says "b/one.bpf.c"
  [ ! -e build ]
}

@test "a file called skep.yml is not overlooked" {
  write_plain one.bpf.c
  echo "cpu: v3" >skep.yml
  fails 2 skep build
  says "skep.yaml"
}

@test "changing the manifest rebuilds what it affects, and nothing else" {
  write_plain one.bpf.c
  write_plain two.bpf.c
  manifest <<'END'
objects:
  - {sources: one.bpf.c}
  - {sources: two.bpf.c}
END
  run -0 skep build
  manifest <<'END'
# A comment, and the objects in another order.
objects:
  - {sources: two.bpf.c}
  - {sources: one.bpf.c}
END
  rests
  manifest <<'END'
objects:
  - {sources: one.bpf.c}
  - {sources: two.bpf.c, defines: [X]}
END
  builds_only two.bpf.c
}

# --- several sources in one object

@test "several sources are linked into one object" {
  mkdir src
  cat >src/a.c <<'END'
extern int helper(int x);
int calls = 0;
__attribute__((section("socket"), used)) int filter(void *ctx)
{
	return helper(calls++);
}
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
END
  cat >src/b.c <<'END'
extern int calls;
__attribute__((noinline)) int helper(int x)
{
	return x + calls;
}
END
  manifest <<'END'
objects:
  - {name: pair, sources: [src/a.c, src/b.c]}
END
  run -0 skep build
  says "link pair.bpf.o"
  [ "$(cd build && echo *.o *.h)" = "pair.bpf.o pair.skel.h" ]
  is_object build/pair.bpf.o
  readelf -sW build/pair.bpf.o | grep -q ' FUNC .* helper$'
  readelf -sW build/pair.bpf.o | grep -q ' FUNC .* filter$'
  rests
  # Only the unit that changed is compiled again.
  sed -i 's/x + calls/x - calls/' src/b.c
  builds_only src/b.c
  run -0 skep build
  says "nothing to do"
}

@test "units that do not fit are an error, and the old object stays" {
  mkdir src
  write_plain src/a.c
  echo 'int helper(int x) { return x; }' >src/b.c
  manifest <<'END'
objects:
  - {name: pair, sources: [src/a.c, src/b.c]}
END
  run -0 skep build
  before=$(digest build/pair.*)
  cp src/a.c src/b.c
  run -1 skep build
  says "filter"
  says "build failed"
  [ "$before" = "$(digest build/pair.*)" ]
  no_leftovers build
}

@test "units of one name in different folders, and the same source in two objects" {
  mkdir a b
  write_plain a/x.c
  echo 'int helper(int x) { return x; }' >b/x.c
  manifest <<'END'
objects:
  - {name: one, sources: [a/x.c, b/x.c]}
  - {name: two, sources: [a/x.c, b/x.c], defines: [TWO]}
END
  run -0 skep build
  [ "$(cd build && echo *.o)" = "one.bpf.o two.bpf.o" ]
  rests
}
