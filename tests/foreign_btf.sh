#!/bin/sh
# Prints the path of a file with the raw BTF of Debian 12's newest kernel for an architecture:
# tests/foreign_btf.sh amd64|arm64|ppc64el|s390x
#
# The kernel's package comes from Debian with apt, from the mirror that this machine's apt uses, by
# way of a private apt folder: the system's own configuration is neither changed nor asked. The BTF
# is kept in $XDG_CACHE_HOME/skep-tests. Exit status 1, after a line that says why, where there is
# no apt or no network.
set -eu

fail() {
  echo "foreign_btf: $*" >&2
  exit 1
}

arch=${1:-}
case $arch in
amd64 | arm64 | s390x) flavour=$arch ;;
ppc64el) flavour=powerpc64le ;;
*)
  echo "Usage: tests/foreign_btf.sh amd64|arm64|ppc64el|s390x" >&2
  exit 2
  ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/skep-tests
btf=$cache/btf-bookworm-$arch
if [ -s "$btf" ]; then
  echo "$btf"
  exit
fi
for tool in apt-get dpkg-deb python3 zstd; do
  command -v "$tool" >/dev/null || fail "there is no $tool here to take $arch's kernel with"
done

# Mirror and key as this machine's apt has them; Debian's own where it has none of bookworm.
# shellcheck disable=SC2016
entry=$(apt-get indextargets --format '$(CODENAME)|$(LABEL)|$(REPO_URI)|$(SOURCESENTRY)' \
  2>/dev/null | grep '^bookworm|Debian|' | head -n 1) || true
mirror=$(echo "$entry" | cut -d '|' -f 3)
origin=$(echo "$entry" | cut -d '|' -f 4 | sed 's/:[0-9]*$//')
key=
if [ -r "$origin" ]; then
  key=$(sed -n -e 's/^Signed-By:[[:space:]]*\(\/.*\)/\1/p' \
    -e 's/.*[[ ]signed-by=\([^] ,]*\).*/\1/p' "$origin" | head -n 1)
fi
key=${key:-/usr/share/keyrings/debian-archive-keyring.gpg}
[ -r "$key" ] || fail "there is no $key here to check Debian's packages with"

mkdir -p "$cache"
room=$(mktemp -d "$cache/room.XXXXXX")
trap 'rm -rf "$room"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$room/lists/partial" "$room/archives/partial" "$room/parts"
echo "deb [signed-by=$key] ${mirror:-http://deb.debian.org/debian} bookworm-backports main" \
  >"$room/sources"
: >"$room/status"
cat >"$room/conf" <<END
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
Acquire::Retries "2";
Acquire::Languages "none";
Acquire::http::Timeout "30";
Dir::State "$room";
Dir::State::lists "$room/lists";
Dir::State::status "$room/status";
Dir::Cache "$room";
Dir::Cache::archives "$room/archives";
Dir::Etc::sourcelist "$room/sources";
Dir::Etc::sourceparts "$room/parts";
Dir::Etc::preferences "$room/none";
Dir::Etc::preferencesparts "$room/parts";
Dir::Etc::trusted "$room/none";
Dir::Etc::trustedparts "$room/parts";
END

# Runs a command in the room with the private configuration: what it prints is in the file out.
private() {
  (cd "$room" && LC_ALL=C APT_CONFIG=$room/conf "$@" >out 2>log) ||
    fail "cannot get Debian's kernel for $arch: $1: $(grep . "$room/log" | head -n 1)"
}

private apt-get -q -q -o APT::Update::Error-Mode=any update
# The package without a version in its name depends on the newest one.
private apt-cache depends --important "linux-image-$flavour"
image=$(sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' "$room/out" | head -n 1)
[ -n "$image" ] || fail "Debian has no linux-image-$flavour for $arch"
private apt-get -q -q download "$image"
private dpkg-deb -x "$room/$image"_*.deb "$room/root"
kernel=$(find "$room/root" -type f -name 'vmlinu[xz]*' | head -n 1)
[ -n "$kernel" ] || fail "$image holds no kernel"
python3 "${0%/*}/kernel_btf.py" "$kernel" "$room/btf" || exit 1
mv "$room/btf" "$btf"
echo "$btf"
