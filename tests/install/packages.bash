# The Debian packages: their parts, that lintian finds no error in them, and that what is in them works where they put
# it.
# packages.bash BUILD CPACK
set -u
build=$1 cpack=$2
for program in dpkg-deb lintian; do
    command -v $program >/dev/null || { echo "SKIPPED: $program is not installed"; exit 77; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-packages.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
fail() { failures=$((failures + 1)); echo "FAILED: $*"; }
cd "$work" || exit 1
"$cpack" --config "$build/CPackConfig.cmake" >log 2>&1 || { cat log; exit 1; }
for package in libmmview0 libmmview-dev mmview-tools mmview-doc; do
    file=$(echo "$package"_*.deb)
    [ -s "$file" ] || { fail "$package was not made"; continue; }
    dpkg-deb -x "$file" root || fail "$package cannot be unpacked"
done
if [ -e "$build/lib/mmview_mpi/libmmview-mpi.so.0" ]; then
    file=$(echo libmmview-mpi0_*.deb)
    [ -s "$file" ] && dpkg-deb -x "$file" root || fail "libmmview-mpi0 was not made"
    dpkg-deb -f "$file" Depends | grep -q mpi || fail "libmmview-mpi0 depends on no MPI"
    dpkg-deb -f mmview-tools_*.deb Depends | grep -q mpi && fail "the tools depend on MPI"
fi
# What is compiled in brings its notice along.
for package in libmmview0 libmmview-dev mmview-tools; do
    for holder in "the mmview authors" "Yann Collet" "Jens Axboe"; do
        grep -q "$holder" root/usr/share/doc/$package/copyright || fail "$package: no notice of $holder"
    done
done
lintian --tag-display-limit 0 ./*.deb >lintian.log 2>&1 || { fail lintian; cat lintian.log; }
grep '^E:' lintian.log && fail "lintian found errors"
root/usr/bin/mmbright --version || fail "mmbright does not run"
zcat root/usr/share/man/man1/mmbright.1.gz | grep -q '^\.TH "mmbright" "1"' || fail "the manual page of mmbright"
dpkg-deb -f libmmview-dev_*.deb Depends | grep -q 'libmmview0 (= ' || fail "libmmview-dev depends on no library"
[ "$failures" = 0 ]
