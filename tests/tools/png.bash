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

# A negative scale: pictures and figures are of values, not of what is stored. What is no number is black.
python3 - <<'END'
import struct
def fits(name, bits, scale, zero, samples, width=4):
    cards = ["SIMPLE  = %20s" % "T", "BITPIX  = %20d" % bits, "NAXIS   = %20d" % 2, "NAXIS1  = %20d" % width,
             "NAXIS2  = %20d" % (len(samples) // width), "BSCALE  = %20s" % scale, "BZERO   = %20s" % zero, "END"]
    data = b"".join(struct.pack({8: ">B", 16: ">h", -32: ">f"}[bits], value) for value in samples)
    text = "".join(card.ljust(80) for card in cards).encode()
    open(name, "wb").write(text.ljust(2880) + data.ljust(2880, b"\0"))
fits("u8.fits", 8, "-1", "255", [0, 55, 155, 255])
fits("i16.fits", 16, "-2", "10", [-32768, 0, 16384, 32767])
fits("range.fits", 16, "-0.5", "100", [0, 100, 200, 400])
fits("f32.fits", -32, "-1.0", "0", [1.0, 2.0, 3.0, float("nan")])
END
drawn() { # WANTED OPTION... FILE: the picture's samples
    good "$mmpng" export -q -f "${@:2}" made.png
    python3 - "$1" <<'END' || fail "${*:2}: $(od -An -tu1 made.png | head -3)"
import sys, struct, zlib
data, at, packed = open("made.png", "rb").read(), 8, b""
while at < len(data):
    length, kind = struct.unpack(">I4s", data[at:at + 8])
    if kind == b"IHDR":
        depth = data[at + 16]
    packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
    at += 12 + length
row = zlib.decompress(packed)
size = depth // 8
bytes_ = bytearray(row[1:])
# Of a first row, which has none above: the filters that look to the left.
for i in range(size, len(bytes_) if row[0] in (1, 3, 4) else 0):
    bytes_[i] = (bytes_[i] + (bytes_[i - size] // 2 if row[0] == 3 else bytes_[i - size])) % 256
got = [int.from_bytes(bytes_[i:i + size], "big") for i in range(0, len(bytes_), size)]
assert got == [int(word) for word in sys.argv[1].split(",")], got
END
    checks=$((checks + 1))
}
drawn 255,200,100,0 --level=0 u8.fits
drawn 65535,32767,16383,0 --level=0 i16.fits
drawn 255,191,127,0 --depth=8 --range=auto --level=0 range.fits
drawn 255,127,0,0 --depth=8 --range=0,100 --level=0 range.fits
drawn 255,127,0,0 --depth=8 --range=auto --level=0 f32.fits
run "${mmpng%/*}/mmstat" --json i16.fits
check "the largest value is the smallest sample: $(cat "$base/out")" \
    grep -q '"min": \[-65524\], "max": \[65546\].*"saturated_low": \[1\], "saturated_high": \[1\]' "$base/out"
run "${mmpng%/*}/mmstat" --json u8.fits
check "lowest and highest are of values: $(cat "$base/out")" grep -q '"min": \[0\], "max": \[255\]' "$base/out"
printf '\0\0\0\377' | dd of=u8.fits bs=1 seek=2880 conv=notrunc 2>/dev/null
run "${mmpng%/*}/mmstat" --json u8.fits
check "stored at its lowest is at the highest value: $(cat "$base/out")" \
    grep -q '"saturated_low": \[1\], "saturated_high": \[3\]' "$base/out"
rm -f ./*.fits made.png

# A device that is full, and a signal: nothing is left.
"$mmgen" --width=4000 --height=4000 --pattern=noise large
"$mmpng" export --width=4000 large slow.png 2>/dev/null &
sleep 0.3
kill -TERM $!
wait $! 2>/dev/null
check "a signal ends it" test $? = 143
only a.png data large
finish
