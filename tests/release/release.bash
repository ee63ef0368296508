# release.bash SOURCE: .ci/release makes the same bytes of the same commit wherever it runs, and nothing of a commit that
# is no release. It works in a clone, whose tags and news it may change. packages_twice.bash tries the packages.
set -u
source=$1
git -C "$source" rev-parse --verify --quiet HEAD >/dev/null || { echo "SKIPPED: no git repository, or no git"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-release-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
check() { # WHAT COMMAND...
    local what=$1
    shift
    "$@" || { failures=$((failures + 1)); echo "FAILED: $what"; }
}
refused() { # WORDS ARGUMENT...
    local words=$1
    shift
    if .ci/release "$@" "$work/none" >"$work/log" 2>&1; then
        check "refused: $words" false
    fi
    check "says '$words'" grep -q -- "$words" "$work/log"
    check "$words: nothing is left" test ! -e "$work/none"
}
commit() { git -c user.name=nobody -c user.email=nobody -c commit.gpgsign=false commit -q -a -m "$1"; }

git clone -q --no-hardlinks "$source" "$work/clone" || exit 1
cd "$work/clone" || exit 1
# What is tried is what lies in the tree, committed or not.
cp "$source/.ci/release" "$source/.ci/setup.sh" "$source/.ci/sbom.spdx.in" .ci/
version=$(sed -n 's/^project(mmview VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
check "a version" test -n "$version"
git tag -d "v$version" >/dev/null 2>&1

# Two runs, of which nothing is alike but the commit.
sed -i "0,/^## $version (.*)\$/s//## $version (2026-01-02)/" NEWS.md
printf '\n## 0.0.1 (2020-01-02)\n\n* An older version.\n' >>NEWS.md
commit "A release" 2>/dev/null || git diff --quiet HEAD -- NEWS.md || exit 1
refused "there is no tag v$version" --no-deb
git tag "v$version"
.ci/release --no-deb "$work/one" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
git clone -q "$work/clone" "$work/another folder"
cp .ci/release .ci/setup.sh "$work/another folder/.ci/"
(
    umask 077
    cd / && TZ=Asia/Kathmandu LC_ALL=C.UTF-8 GZIP='' TMPDIR=$work "$work/another folder/.ci/release" --no-deb "$work/two" >"$work/log" 2>&1
) || { cat "$work/log"; exit 1; }
check "the same bytes" diff -r "$work/one" "$work/two"
names=$(cd "$work/one" && echo *)
name=mmview-$version
check "what is made: $names" test "$names" = "SHA256SUMS $name.md $name.spdx $name.tar.gz"

# What is in it.
check "checksums" sh -c 'cd "$1" && sha256sum --quiet -c SHA256SUMS' sh "$work/one"
check "every file has a checksum" test "$(wc -l <"$work/one/SHA256SUMS")" = 3
tar -xzf "$work/one/$name.tar.gz" -C "$work"
git archive --prefix=x/ HEAD | tar -x -C "$work"
check "the tarball is the commit" diff -r "$work/x" "$work/$name"
seconds=$(git log -1 --format=%ct)
check "times are the commit's" test "$(stat -c %Y "$work/$name/CMakeLists.txt")" = "$seconds"
sum=$(sha256sum "$work/one/$name.tar.gz" | cut -d ' ' -f 1)
check "the SBOM has the tarball's sum" grep -qx "PackageChecksum: SHA256: $sum" "$work/one/$name.spdx"
check "the SBOM is filled in" sh -c '! grep -q @ "$1"' sh "$work/one/$name.spdx"
check "the SBOM names the commit" grep -q "commit $(git rev-parse HEAD)" "$work/one/$name.spdx"
check "the news are those of the version" test "$(head -c 4000 "$work/one/$name.md" | grep -c '^## ')" = 0
check "the news are of no other version" sh -c '! grep -q "older version" "$1"' sh "$work/one/$name.md"
check "there are news" grep -q '^\* ' "$work/one/$name.md"

# The working tree is not looked at.
echo "not committed" >>README.md
touch stray
.ci/release --no-deb "$work/three" >"$work/log" 2>&1
check "the commit, not the tree" diff -r "$work/one" "$work/three"
git checkout -q README.md

# What is no release.
.ci/release --no-deb "$work/one" >"$work/log" 2>&1 && check "an OUT that is there" false
check "an OUT that is there" grep -q "is there already" "$work/log"
check "an OUT that is there stays" diff -r "$work/one" "$work/two"
sed -i "0,/^## $version (.*)\$/s//## $version (not released)/" NEWS.md
commit "No release"
refused "the tag v$version stands on" --no-deb
git tag -f "v$version" >/dev/null
refused "has no section '## $version (DATE)'" --no-deb
refused "no such commit" --no-deb --commit=nothing
refused "unknown option" --no-dep
sed -i "s/\"$version\"/\"99.0\"/" bindings/python/pyproject.toml
commit "Two versions"
refused "pyproject.toml of .* has another version" --no-deb
git reset -q --hard HEAD~
check "a trial" .ci/release --no-deb --untagged "$work/trial" >"$work/log" 2>&1
check "a trial has the commit in its name" test -s "$work/trial/$name-$(git rev-parse --short=12 HEAD).tar.gz"
[ "$failures" = 0 ]
