# The two examples, as people know them, on a sparse file of 768 MiB.
. "${0%/*}/common.bash"

size=$((0x30000000 + 4096))
truncate -s $size ExtremelyLargeImage.data
good "$mmbright" -i --add=10 --offset=0x10000000 --length=0x20000000 ExtremelyLargeImage.data
good "$mmbright" -i --add=20 --offset=4000000 --length=1500000 ExtremelyLargeImage.data
check "same length" test "$(stat -c %s ExtremelyLargeImage.data)" = $size

# runs FROM LENGTH VALUE: all 16-bit samples there have this value
runs() {
    local found
    found=$(tail -c +$(($1 + 1)) ExtremelyLargeImage.data | head -c "$2" | od -An -v -t d2 -w2 | sort -u | tr -d ' \n')
    check "bytes $1 to $(($1 + $2)) hold $found instead of $3" test "$found" = "$3"
}
runs 0 4000000 0
runs 4000000 1500000 20
runs 5500000 1000000 0
runs $((0x10000000 - 1000000)) 1000000 0
runs $((0x10000000)) 1000000 10
runs $((0x1fff0000)) 131072 10
runs $((0x30000000 - 1000000)) 1000000 10
runs $((0x30000000)) 4096 0
# All of it: a file of tens made elsewhere.
"$mmgen" --width=8192 --height=8192 --pattern=constant:10 tens
check "the whole first range" cmp -i $((0x10000000)):0 -n $((0x20000000)) ExtremelyLargeImage.data tens
finish
