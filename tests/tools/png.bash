# mmpng: its command line, and that nothing half made is left. What the pictures are is tested in tests/oracles.
. "${0%/*}/common.bash"
mmpng=${mmbright%/*}/mmpng
[ -x "$mmpng" ] || { echo "SKIPPED: mmpng: this build has no libpng"; exit 77; }
check_help "$mmpng"

"$mmgen" -t u8 -s 3 --width=300 --height=200 --pattern=noise data
good "$mmpng" export -t u8 -s 3 --width=300 data a.png
good "$mmpng" import a.png back
same "there and back" data back
expect 2 "exists already" "$mmpng" export -t u8 -s 3 --width=300 data a.png
expect 2 "exists already" "$mmpng" import a.png back
good "$mmpng" import -f --json a.png back
grep -q '"width": 300, "height": 200' "$base/out" || fail "json: $(cat "$base/out")"
good "$mmpng" export -f --json -t u8 -s 3 --width=300 --level=0 data b.png
check "level 0 is larger" test "$(stat -c %s b.png)" -gt 180000
good "$mmpng" import -f --format=mhd a.png pair.mhd
same "apart" data pair.raw
rm -f pair.* back b.png

expect 2 "say export or import" "$mmpng"
expect 2 "there are export and import" "$mmpng" convert data x.png
expect 2 "takes two files" "$mmpng" export data
expect 2 "--width is needed" "$mmpng" export -t u8 -s 3 data x.png
expect 2 "reaches outside" "$mmpng" export -t u8 -s 3 --width=300 --roi=0,0,301x1 data x.png
expect 2 "do not fit a picture" "$mmpng" export -t f32 -s 1 --width=300 data x.png
expect 2 "1 to 4 samples" "$mmpng" export -t u8 -s 5 --width=12 data x.png
expect 2 "is empty" "$mmpng" export -t u8 -s 3 --width=200000 data x.png
expect 2 "--range=5,1" "$mmpng" export --range=5,1 data x.png
expect 2 "--depth=12" "$mmpng" export --depth=12 data x.png
expect 2 "--shrink=0" "$mmpng" export --shrink=0 data x.png
expect 2 "are for export" "$mmpng" import --shrink=2 a.png x
expect 2 "are for export" "$mmpng" import --level=1 a.png x
expect 2 "are for export" "$mmpng" import -j2 a.png x
expect 2 "are for import" "$mmpng" export --max-row=1M data x.png
expect 2 "unrecognized" "$mmpng" export --window=1M data x.png
expect 2 "takes type and size" "$mmpng" import --height=3 a.png x
expect 2 "takes type and size" "$mmpng" import -t u8 a.png x
expect 2 "farbfeld holds u16be" "$mmpng" import --format=farbfeld a.png x
expect 2 "is the input itself" "$mmpng" import -f a.png a.png
expect 1 "No such file" "$mmpng" export --width=3 missing x.png
expect 1 "No such file" "$mmpng" import missing x
expect 1 "regular" "$mmpng" import . x
expect 1 "PNG" "$mmpng" import data x
expect 1 "max-row" "$mmpng" import --max-row=800 a.png x
expect 1 "max-size" "$mmpng" import --max-size=100K a.png x
only a.png data

# Channels: which are drawn, in which order, wherever they lie.
"$mmgen" -t u8 -s 5 --width=40 --height=30 --pattern=noise five
python3 - <<'END'
data = bytearray(open("five", "rb").read())
data[2::5] = bytes(10 + value % 11 for value in data[2::5])
open("five", "wb").write(data)
pixels = [data[i:i + 5] for i in range(0, len(data), 5)]
rows = [pixels[i:i + 40] for i in range(0, len(pixels), 40)]
open("five.bil", "wb").write(b"".join(bytes(p[c] for p in row) for row in rows for c in range(5)))
open("five.bsq", "wb").write(b"".join(bytes(p[c] for p in pixels) for c in range(5)))
open("five.bip", "wb").write(b"".join(b"".join(row) + b"gap" for row in rows))
open("rgb.wanted", "wb").write(b"".join(bytes((p[3], p[0], p[4])) for p in pixels))
open("gray.wanted", "wb").write(b"".join(bytes((p[2],)) for p in pixels))
open("small.wanted", "wb").write(b"".join(bytes((p[3], p[0], p[4])) for row in rows[3:23:3] for p in row[5:35:3]))
four = [data[i:i + 4] for i in range(0, 4800, 4)]
open("four", "wb").write(b"".join(four))
open("bgra.wanted", "wb").write(b"".join(bytes((p[2], p[1], p[0], p[3])) for p in four))
open("ga.wanted", "wb").write(b"".join(bytes((p[1], p[3])) for p in four))
END
picture() { # WANTED OPTION...: the picture that these make, back as samples
    good "$mmpng" export -q -f "${@:2}" made.png
    good "$mmpng" import -q -f made.png made
    same "${*:2}" made "$1"
}
for way in "bip --row-bytes=203" bil bsq; do
    place="-t u8 -s 5 --width=40 --height=30 --format=raw --layout=$way"
    picture rgb.wanted $place -c 3,0,4 five.${way%% *}
    picture gray.wanted $place --channels=2 five.${way%% *}
    picture small.wanted $place --channels=3,0,4 --roi=5,3,30x20 --shrink=3 five.${way%% *}
    run "$mmpng" export -v -f --range=auto -c 2 $place five.${way%% *} made.png
    check "its extremes alone, $way: $(cat "$base/err")" grep -q "range 10 to 20" "$base/err"
done
picture bgra.wanted -t u8 -s 4 --width=40 -c bgra four
picture ga.wanted -t u8 -s 4 --width=40 -c ga four
expect 2 "channels=0,1,2,3,4: 5 channels make no picture" "$mmpng" export -c 0,1,2,3,4 -t u8 -s 5 --width=40 five x.png
expect 2 "channels=0,1: 2 channels make no picture" "$mmpng" export -c 0,1 -t u8 -s 5 --width=40 five x.png
expect 2 "channels=rg: 2 channels make no picture" "$mmpng" export -c rg -t u8 -s 4 --width=40 four x.png
expect 2 "channels=abgr: 4 channels make no picture" "$mmpng" export -c abgr -t u8 -s 4 --width=40 four x.png
expect 2 "channels=5: must be numbers from 0 to 4" "$mmpng" export -c 5 -t u8 -s 5 --width=40 five x.png
expect 2 "1 to 4 samples per pixel, not 5; --channels=LIST" "$mmpng" export -t u8 -s 5 --width=40 five x.png
expect 2 "are for export" "$mmpng" import -c 0 a.png x
rm -f five* four *.wanted made made.png

# A device that is full, and a signal: nothing is left.
"$mmgen" --width=4000 --height=4000 --pattern=noise large
"$mmpng" export --width=4000 large slow.png 2>/dev/null &
sleep 0.3
kill -TERM $!
wait $! 2>/dev/null
check "a signal ends it" test $? = 143
only a.png data large
finish
