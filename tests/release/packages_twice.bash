# packages_twice.bash SOURCE: two builds of the Debian packages, in two folders and at two times, have the same bytes.
set -u
source=$1
git -C "$source" rev-parse --verify --quiet HEAD >/dev/null || { echo "SKIPPED: no git repository, or no git"; exit 77; }
command -v dpkg-shlibdeps >/dev/null || { echo "SKIPPED: dpkg-shlibdeps is not installed (Debian: dpkg-dev)"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-packages-twice.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/here" "$work/and there"
TMPDIR=$work/here "$source/.ci/release" --untagged "$work/one" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
(umask 077; TZ=Asia/Kathmandu TMPDIR="$work/and there" "$source/.ci/release" --untagged "$work/two") >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
ls "$work/one"/libmmview0_*.deb "$work/one"/mmview-tools_*.deb >/dev/null || { echo "FAILED: no packages"; exit 1; }
diff -r "$work/one" "$work/two" || exit 1
grep -rl "$work" "$work/one" && { echo "FAILED: a file names the folder in which it was built"; exit 1; }
exit 0
