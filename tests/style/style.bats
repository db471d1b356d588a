# What a reviewer should not have to say.

setup() {
  git rev-parse --git-dir >/dev/null 2>&1 || skip "not a git checkout: no list of files"
}

@test "C sources are formatted; make format does it" {
  unformatted=$(git ls-files -z -- '*.c' '*.h' ':!tests/data' ':!tests/types' |
    xargs -0r clang-format-19 --dry-run 2>&1 | sed -n 's/:[0-9]*:[0-9]*: warning: .*//p' | sort -u)
  echo "$unformatted"
  [ -z "$unformatted" ]
}

@test "scripts pass shellcheck" {
  git ls-files -z -- '*.sh' .ci/run ':!tests/data' ':!tests/types' | xargs -0r shellcheck
}
