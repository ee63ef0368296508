#!/usr/bin/env bash
# same.bash TOOLS [--print]: what the tools write has the same bytes on every processor, system and C library: sums.txt has
# the sums, which --print makes. A change that is meant changes sums.txt.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/mmv-test-ports.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

for type in u8 i8 u16le i16be u32be i64le f16le f32be f32le f64be f64le; do
    is=(--type="$type" --samples=3)
    for pattern in noise gradient; do
        name=$type.$pattern
        "$tools/mmgen" -q "${is[@]}" --width=101 --height=57 --pattern=$pattern "$name"
        "$tools/mmbright" -q "${is[@]}" --gain=1.25,0.5,3 --add=3,-2,1 -o "$name.new" "$name"
        cp "$name" "$name.inplace"
        "$tools/mmbright" -q -i "${is[@]}" --width=101 --roi=7,5,31x40 --channels=0,2 --add=9 "$name.inplace"
        "$tools/mmstat" -q "${is[@]}" --percentiles=1,50,99 "$name.new" >"$name.stat"
        "$tools/mmdump" "${is[@]}" --count=5 "$name.new" >"$name.dump"
    done
done
sha256sum -- * >sums.txt
if [ "${2-}" = --print ]; then
    cat sums.txt
    exit 0
fi
[ "$(wc -l <sums.txt)" -ge 100 ] || { echo "only $(wc -l <sums.txt) files were made" && exit 1; }
diff "$here/sums.txt" sums.txt && echo "$(wc -l <sums.txt) files have the bytes that they have elsewhere"
