# What the tests of snapshots share: those let a build with nothing to do end at once.

CLEAN=build/.skep/clean

# Builds until there is a snapshot: nothing may be too young for one.
settle() {
  local n
  for n in {1..100}; do
    sleep 0.03
    run -0 skep build "$@"
    [ ! -e "${OUTPUT:-build}/.skep/clean" ] || return 0
  done
  echo "no snapshot is made"
  return 1
}

# A build that finds nothing to do; what the snapshot is before and after goes into the caller's
# variables of those names.
rest_between() {
  local file=${OUTPUT:-build}/.skep/clean
  before=$(stat -c '%i %z' "$file")
  rests "$@"
  after=$(stat -c '%i %z' "$file" 2>/dev/null) || after=none
}

# short_cut [OPTION...]: a build finds nothing to do, and planned nothing: a plan writes a snapshot.
short_cut() {
  local before after
  rest_between "$@"
  [ "$before" = "$after" ] || {
    echo "the snapshot was not used"
    return 1
  }
}

# long_way [OPTION...]: a build finds nothing to do, and needed a plan to know.
long_way() {
  local before after
  rest_between "$@"
  [ "$before" != "$after" ] || {
    echo "the snapshot was used"
    return 1
  }
}

# edit FILE OLD NEW: another content as long as before, with the same time, in the same inode.
edit() {
  touch -r "$1" "$TOP/time"
  sed "s/$2/$3/" "$1" >"$TOP/text"
  refute cmp -s "$TOP/text" "$1"
  cat "$TOP/text" >"$1"
  touch -r "$TOP/time" "$1"
}
