# mmgen: the same bytes everywhere; the sums are part of the test.
. "${0%/*}/common.bash"

sum() { # SHA256 ARGUMENT...
    local wanted=$1 found
    shift
    found=$("$mmgen" --width=333 --height=77 "$@" - | sha256sum | cut -c1-16)
    checks=$((checks + 1))
    [ "$found" = "$wanted" ] || fail "mmgen $*: sum $found instead of $wanted"
}
. "${0%/*}/gen.sums"

for pattern in gradient noise checker constant:7; do
    good "$mmgen" --width=1021 --height=301 --pattern=$pattern -j1 --io=buffered one
    check "size" test "$(stat -c %s one)" = $((1021 * 301 * 8))
    for how in "-j2" "-j8 --window=4K" "-j3 --window=100000 --io=mmap" "--io=direct -j2" "--max-mapped=256K"; do
        good "$mmgen" --width=1021 --height=301 --pattern=$pattern $how -f two
        same "$pattern $how" one two
        check "$pattern $how to stdout" bash -c "'$mmgen' --width=1021 --height=301 --pattern=$pattern $how - | cmp - one"
    done
    rm one
done
rm two

# Values: the ends of the type, the squares, the constant.
values() { "$mmgen" "$@" - | od -An -v -t "${format:-d2}" -w8 | tr -s ' '; }
check "gradient ends" test "$(values -t i16 -s 1 --width=2 --height=1 | tr -d '\n')" = " -32768 32767"
check "u8 gradient ends" test "$(format=u1 values -t u8 -s 1 --width=3 --height=1 | tr -d '\n')" = " 0 128 255"
check "constant" test "$(values -s 4 --width=1 --height=1 --pattern=constant:-7)" = " -7 -7 -7 -7"
check "float constant" test "$(format=fD values -t f64 -s 1 --width=1 --height=1 --pattern=constant:0.5)" = " 0.5"
check "checker" test "$(format=u1 values -t u8 -s 1 --width=64 --height=1 --pattern=checker | sort | uniq -c | tr -s ' \n' ' ')" = " 4 0 0 0 0 0 0 0 0 4 255 255 255 255 255 255 255 255 "
check "another seed" bash -c "! cmp -s <('$mmgen' --width=9 --height=9 --pattern=noise --seed=1 -) <('$mmgen' --width=9 --height=9 --pattern=noise --seed=2 -)"

# Tiles: small (kept in memory) and large (read from the file).
for size in 24 65536 8000000; do
    head -c $size /dev/urandom >tile
    for i in $(seq $((20000000 / size + 1 > 200 ? 200 : 20000000 / size + 1))); do cat tile; done >wanted
    pixels=$(($(stat -c %s wanted) / 8))
    good "$mmgen" --width=$pixels --height=1 --pattern=tile:tile -j2 --window=1M -f made
    same "tile of $size" made wanted
done
rm made wanted
expect 1 "^mmgen: missing: .*No such file" "$mmgen" --width=1 --height=1 --pattern=tile:missing made
expect 1 "^mmgen: \\.: .*directory" "$mmgen" --width=1 --height=1 --pattern=tile:. made
mkfifo fifo
expect 1 "^mmgen: fifo: is not a regular file" timeout 10 "$mmgen" --width=1 --height=1 --pattern=tile:fifo made
: >empty
expect 1 "^mmgen: empty: is empty" "$mmgen" --width=1 --height=1 --pattern=tile:empty made
only empty fifo tile

# The new file.
good "$mmgen" --width=10 --height=10 --sync made
expect 2 "made: exists already" "$mmgen" --width=10 --height=10 made
# Wine makes other permissions of what the folder gives.
[[ $kind = *windows* ]] || check "mode" test "$(stat -c %a made)" = "$(printf '%o' $((0666 & ~0$(umask))))"
good "$mmgen" --width=20 --height=10 -f made
check "replaced" test "$(stat -c %s made)" = 1600
expect 0 "1.6 KiB in " "$mmgen" -v --width=20 --height=10 -f made
finish
