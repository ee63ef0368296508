# abi.bash CHECK|UPDATE BUILD SOURCE: whether the shared libraries of BUILD, which has debugging information, keep what
# programs that are built already rely on: the dumps beside this script. New functions are no difference.
#
# Who changes the interface on purpose raises MMV_SOVERSION, says so in NEWS.md and calls it with UPDATE.
set -u
mode=$1 build=$2 source=$3
here=$source/tests/abi
command -v abidw >/dev/null || { echo "SKIPPED: abidw is not installed (Debian: abigail-tools)"; exit 77; }
[ "$(uname -m)" = x86_64 ] || { echo "SKIPPED: the dumps are of x86_64"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-abi.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0
for name in mmview mmimage; do
    # Of what the headers declare; paths and compilers do not matter.
    abidw --headers-dir "$source/lib/$name/include" --suppressions "$here/opaque.suppr" --drop-private-types \
        --exported-interfaces-only \
        --no-show-locs --no-comp-dir-path --no-corpus-path --no-elf-needed --no-architecture --out-file \
            "$work/lib$name.abi" \
        "$build/lib/$name/lib$name.so" || exit 1
    sed -i "s#$source/##; s#$(realpath "$source")/##" "$work/lib$name.abi"
    if [ "$mode" = UPDATE ]; then
        cp "$work/lib$name.abi" "$here/lib$name.abi"
    else
        abidiff --no-added-syms --suppressions "$here/opaque.suppr" "$here/lib$name.abi" "$work/lib$name.abi" ||
            failed=1
    fi
done
exit $failed
