#!/bin/sh
# Makes sure that the packages of a set are installed: scripts/deps.sh build|demo|check|bench
#
# Each set includes those before it. Nothing missing: nothing happens. On Debian 12 what is missing
# is installed with apt; libbpf and bpftool come from bookworm-backports, which is added to apt's
# sources for these packages alone. Elsewhere nothing is installed: what is missing is named.
set -eu

SOURCES=/etc/apt/sources.list.d/skep-backports.sources
PINS=/etc/apt/preferences.d/skep
BACKPORTS=bookworm-backports
LIBBPF_VERSION=1.4
BPFTOOL_VERSION=7.5

# Set, Debian's package, and how another distribution shows that it has it.
table() {
  cat <<'END'
build gcc               command:cc
build libc6-dev         -
build meson             command:meson
build ninja-build       command:ninja
build pkg-config        command:pkg-config
build libbpf-dev        library:libbpf
build libelf-dev        library:libelf
build zlib1g-dev        library:zlib
build libyaml-dev       library:yaml-0.1
build nettle-dev        library:nettle
build libxxhash-dev     library:libxxhash
build libzstd-dev       library:libzstd
build liblz4-dev        library:liblz4
build liblzma-dev       library:liblzma
build libcurl4-openssl-dev library:libcurl
build libcmocka-dev     library:cmocka
build scdoc             command:scdoc
demo  clang-19          command:clang
check clang-14          -
check llvm-19           command:llvm-strip
check g++               command:c++
check bats              command:bats
check bpftool           command:bpftool
check clang-format-19   command:clang-format-19
check shellcheck        command:shellcheck
check strace            command:strace
check git               command:git
check nginx-light       command:nginx
check openssl           command:openssl
check faketime          command:faketime
check linux-libc-dev-arm64-cross -
check qemu-system-x86 command:qemu-system-x86_64
check procps          command:pgrep
bench linux-source-6.12 -
bench xz-utils          command:xz
bench python3           command:python3
bench ccache            command:ccache
END
}

say() {
  echo "deps: $*"
}

fail() {
  echo "deps: $*" >&2
  exit 1
}

is_debian_12() {
  [ -r /etc/os-release ] || return 1
  # shellcheck source=/dev/null
  (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_CODENAME:-}" = bookworm ])
}

# The lines of the table for a set and those before it.
rows() {
  table | awk -v want="$1" '
    BEGIN { level["build"] = 1; level["demo"] = 2; level["check"] = 3; level["bench"] = 4 }
    level[$1] <= level[want]'
}

# Packages that are not installed, or too old; asks dpkg once for all.
missing_packages() {
  wanted=$(rows "$1" | awk '{ print $2 }')
  # shellcheck disable=SC2086
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' $wanted 2>/dev/null |
    awk '$1 == "ii" { print $2, $3 }') || true
  for package in $wanted; do
    version=$(echo "$installed" | awk -v p="$package" '$1 == p { print $2; exit }')
    case $package in
    libbpf-dev) is_older "${version:-0}" "$LIBBPF_VERSION" && echo "$package" ;;
    bpftool) is_older "${version:-0}" "$BPFTOOL_VERSION" && echo "$package" ;;
    *) [ -n "$version" ] || echo "$package" ;;
    esac
  done
}

# Whether a package's version, its epoch aside, is older than another.
is_older() {
  dpkg --compare-versions "${1#*:}" lt "$2"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# Runs apt-get quietly; its last words are shown when it fails.
apt() {
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
    -o Acquire::Retries=2 -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; then
    tail -n 12 "$log" | sed 's/^/    /' >&2
    return 1
  fi
}

# Mirror and signing key of bookworm as this machine's own apt configuration has them.
find_mirror() {
  # shellcheck disable=SC2016
  entry=$(apt-get indextargets \
    --format '$(CODENAME)|$(LABEL)|$(COMPONENT)|$(REPO_URI)|$(SOURCESENTRY)' |
    grep '^bookworm|Debian|main|' | head -n 1)
  mirror=$(echo "$entry" | cut -d '|' -f 4)
  origin=$(echo "$entry" | cut -d '|' -f 5 | sed 's/:[0-9]*$//')
  key=
  if [ -r "$origin" ]; then
    key=$(sed -n -e 's/^Signed-By:[[:space:]]*\(\/.*\)/\1/p' \
      -e 's/.*[[ ]signed-by=\([^] ,]*\).*/\1/p' "$origin" | head -n 1)
  fi
  [ -n "$mirror" ] || fail "apt knows no mirror of Debian 12 to take $BACKPORTS from;" \
    "add that suite to /etc/apt and run this again"
}

# Lets apt see a libbpf that is new enough.
add_backports() {
  say "Debian 12 itself has libbpf ${candidate#*:}, $LIBBPF_VERSION is needed: taking libbpf and" \
    "bpftool from $BACKPORTS ($PINS)"
  # shellcheck disable=SC2016
  if ! apt-get indextargets --format '$(CODENAME)' | grep -qx "$BACKPORTS"; then
    find_mirror
    say "adding $BACKPORTS to apt's sources ($SOURCES)"
    {
      printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$mirror" "$BACKPORTS"
      [ -z "$key" ] || echo "Signed-By: $key"
    } | as_root tee "$SOURCES" >/dev/null
    apt update || true
  fi
  printf 'Package: libbpf1 libbpf-dev bpftool\nPin: release n=%s\nPin-Priority: 990\n' \
    "$BACKPORTS" | as_root tee "$PINS" >/dev/null
  find_candidate
  if is_older "$candidate" "$LIBBPF_VERSION"; then
    as_root rm -f "$SOURCES" "$PINS"
    fail "apt finds no libbpf $LIBBPF_VERSION in $BACKPORTS (is there a network?); its sources are" \
      "as before. Missing: $missing"
  fi
}

# The version of libbpf that apt would install.
find_candidate() {
  candidate=$(LC_ALL=C apt-cache policy libbpf-dev | awk '$1 == "Candidate:" { print $2 }')
  case $candidate in
  '' | '(none)') candidate=0 ;;
  esac
}

install_on_debian() {
  missing=$(missing_packages "$1" | tr '\n' ' ')
  missing=${missing% }
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "these packages are missing, and installing them needs root or sudo: $missing"
  fi
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  say "installing with apt, this can take some minutes: $missing"
  apt update || say "apt-get update failed; trying with what apt knows"
  find_candidate
  [ "$candidate" != 0 ] || fail "apt knows no libbpf-dev (is there a network?). Missing: $missing"
  case " $missing " in
  *' libbpf-dev '* | *' bpftool '*)
    if is_older "$candidate" "$LIBBPF_VERSION"; then
      add_backports
    fi
    ;;
  esac
  # shellcheck disable=SC2086
  apt install --no-install-recommends $missing ||
    fail "apt could not install them (is there a network?). Missing: $missing"
  say "done"
}

# Elsewhere packages have other names: look for what they bring.
look_elsewhere() {
  missing=
  # shellcheck disable=SC2034
  while read -r set package shown_by; do
    name=${shown_by#*:}
    case $shown_by in
    command:*) command -v "$name" >/dev/null && continue ;;
    library:libbpf) pkg-config --exists "libbpf >= $LIBBPF_VERSION" 2>/dev/null && continue ;;
    library:*) pkg-config --exists "$name" 2>/dev/null && continue ;;
    *) continue ;;
    esac
    missing="$missing $package"
  done <<END
$(rows "$1")
END
  [ -z "$missing" ] || fail "this is not Debian 12, so nothing is installed by itself. Missing, by" \
    "Debian's names:$missing (libbpf must be $LIBBPF_VERSION or newer)"
}

case ${1:-} in
build | demo | check | bench) ;;
*)
  echo "Usage: scripts/deps.sh build|demo|check|bench" >&2
  exit 2
  ;;
esac
if is_debian_12; then
  install_on_debian "$1"
else
  look_elsewhere "$1"
fi
