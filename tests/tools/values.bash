# What samples stand for: no data, light or its contrary, and how much they can be; what of them saturated.
. "${0%/*}/common.bash"
mmdump=${mmbright%/*}/mmdump mmstat=${mmbright%/*}/mmstat mmpng=${mmbright%/*}/mmpng

list() { "$mmdump" --count=0 "$@" 2>/dev/null | awk 'NR > 1 { printf "%s%s", (NR > 2 ? "," : ""), $2 }'; }

# ---- no data: by option and by header ----
python3 - <<'END'
import struct
data = struct.pack("<9h", 10, 20, 30, 40, -999, 60, 70, 80, 90)
open("raw.data", "wb").write(data)
open("e.img", "wb").write(data)
open("e.hdr", "w").write("ENVI\nsamples = 3\nlines = 3\nbands = 1\ndata type = 2\ninterleave = bsq\nbyte order = 0\n"
                         "data ignore value = -999\n")
open("f.data", "wb").write(struct.pack("<6f", 1, float("nan"), 3, -9999.1, 0.0, -0.0))
END
i16="-t i16le -s 1"
for file in e.img "--nodata=-999 $i16 raw.data"; do
    check "figures of $file" test "$("$mmstat" -q $file | awk 'NR == 3 { print $2, $3, $4, $5, $9 }')" = "8 10 90 50 1"
    check "percentiles of $file" test "$("$mmstat" -q --percentiles=0 $file | awk 'NR == 3 { print $10 }')" = 10
    check "bars of $file" test "$("$mmstat" -q --histogram=2 $file | awk 'NR > 4 { n += $2 } END { print n }')" = 8
done
check "none counts all" test "$("$mmstat" -q --nodata=none e.img | awk 'NR == 3 { print $2, $3 }')" = "9 -999"
check "json" grep -q '"no_data": \[1\], "no_data_values": \[-999\]' <("$mmstat" -q --json e.img)
for way in -i "-i --journal=off" "-i --io=direct" "-i --verify" "-i -j3"; do
    cp e.img changed.img
    cp e.hdr changed.hdr
    expect 0 "^mmbright: changed.img: note: 1 samples of -999 mean no data and are left alone; --nodata=none changes them too$" \
        "$mmbright" $way --add=10 changed.img
    check "$way says it once" test "$(grep -c -e 'no data' "$base/err")" = 1
    check "$way leaves it alone" test "$(list changed.img)" = 20,30,40,50,-999,70,80,90,100
done
good "$mmbright" -o - $i16 --nodata=-999 --gain=2 --clamp=0,100 raw.data
check "gain and clamp" test "$("$mmbright" -o - $i16 --nodata=-999 --gain=2 --clamp=0,100 -q raw.data | od -An -td2 | tr -s ' ' ,)" = ,20,40,60,80,-999,100,100,100$'\n',100
good "$mmbright" -i -q --nodata=none --add=10 e.img
check "none changes it" test "$(list e.img)" = 20,30,40,50,-989,70,80,90,100
check "nan" test "$("$mmstat" -q -t f32le -s 1 --nodata=nan,-9999.1,0 f.data | awk 'NR == 3 { print $2, $3, $4, $7, $9 }')" = "2 1 3 0 4"

# What a change makes of others is said, and counts for the limit.
expect 0 "^mmbright: raw.data: note: 1 samples became 20, which means no data$" \
    "$mmbright" -o - $i16 --nodata=20 --add=10 raw.data
expect 1 "1 of 9 samples \(11.1%\) would saturate, and --max-saturated=0" \
    "$mmbright" -o new $i16 --nodata=20 --add=10 --max-saturated=0 raw.data
check "its json" grep -q '"no_data": \[1\], "became_no_data": \[1\]' \
    <("$mmbright" -q -f -o new --json $i16 --nodata=20 --add=10 raw.data)

# What no sample can be is ignored, and said; what no double is, is refused.
expect 0 "note: no sample of type u8 can be -999, which means no data: ignored" "$mmstat" -t u8 -s 1 --nodata=-999 raw.data
expect 2 "^mmstat: --nodata=x: must be none, or at most 16 numbers or nan" "$mmstat" --nodata=x raw.data
expect 2 "beyond 2\^53 are not exact" "$mmstat" -t i64 -s 1 --length=16 --nodata=9007199254740995 raw.data
expect 2 "^mmbright: --clamp: for samples of type u64le the ends are within" \
    "$mmbright" -o - -t u64le -s 1 --length=16 --clamp=0,9007199254740995 raw.data

# ---- saturated samples are said, each FILE's once ----
printf '\0\372\377\012' >bytes
expect 0 "^mmbright: bytes: note: 50 % of the samples saturated \(0 below, 2 above\)$" \
    "$mmbright" -o new -f -t u8 -s 1 --add=10 bytes
cp bytes more
expect 0 "^mmbright: note: 2 files: 50 % of the samples saturated \(0 below, 2 above\) \(the first: (bytes|more)\)$" \
    "$mmbright" -i -t u8 -s 1 --add=10 bytes more
good "$mmbright" -o new -f -t u8 -s 1 --add=-1 more
expect 0 "note: 100 % of the samples saturated \(0 below, 4 above\)$" "$mmbright" -o new -f -t u8 -s 1 --add=255 more

# ---- a maxval below the type's ----
printf 'P5\n4 2\n1023\n\0\0\3\377\2\0\3\374\0\3\0\1\0\2\3\377' >max.pgm
check "saturated at the maxval" test "$("$mmstat" -q max.pgm | awk 'NR == 3 { print $7, $8 }')" = "1 2"
expect 0 "38 % of the samples saturated \(0 below, 3 above\)" "$mmbright" -i --add=5 max.pgm
check "limited to the maxval" test "$(list max.pgm)" = 5,1023,517,1023,8,6,7,1023

# ---- more is darker, ink, colours ----
# tiff PHOTOMETRIC SAMPLES NAME: 4 x 2 pixels of 8 bits.
tiff() {
    python3 - "$@" <<'END'
import struct, sys
photometric, samples, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
data = bytes(range(10, 10 + 8 * samples))
fields = [(256, 4), (257, 2), (258, 8), (259, 1), (262, photometric), (273, 8), (277, samples), (278, 2), (279, len(data))]
bits = 8 + len(data)
directory = bits + 8
entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) if tag != 258 or samples == 1 else
                   struct.pack("<HHII", 258, 3, samples, bits) for tag, value in fields)
open(name, "wb").write(struct.pack("<2sHI", b"II", 42, directory) + data + struct.pack("<4H", 8, 8, 8, 8) +
                       struct.pack("<H", len(fields)) + entries + bytes(4))
END
}
tiff 0 1 white.tif
tiff 5 4 ink.tif
tiff 8 3 lab.tif
cp white.tif white.before
expect 2 "more is darker \(WhiteIsZero\): --add=10 would darken it. With --as-stored" "$mmbright" -i --add=10 white.tif
expect 2 "amounts of ink \(CMYK\)" "$mmbright" -i --gain=2 ink.tif
expect 2 "CIE L\*a\*b\*, of which only the first is light" "$mmbright" -i --add=1 lab.tif
same "nothing was changed" white.tif white.before
good "$mmbright" -i --as-stored --add=-10 white.tif
check "as stored" test "$(list white.tif)" = 0,1,2,3,4,5,6,7
good "$mmbright" -i --clamp=2,5 white.tif
check "a limit is of stored samples" test "$(list white.tif)" = 2,2,2,3,4,5,5,5
expect 0 "note: in this image more is darker \(WhiteIsZero\): the figures are of the stored samples" "$mmstat" white.tif
if [ -x "$mmpng" ]; then
    good "$mmpng" export white.tif white.png
    good "$mmpng" import white.png white.data
    check "a picture is turned" test "$(od -An -tu1 white.data | tr -s ' ' ,)" = ,253,253,253,252,251,250,250,250
    expect 2 "amounts of ink \(CMYK\), a picture's are light" "$mmpng" export ink.tif ink.png
    printf '\1\2\3\377\7\7\7\377\7\2\3\377' >rgba
    good "$mmpng" export -t u8 -s 4 --width=3 --nodata=7 rgba holes.png
    good "$mmpng" import holes.png holes.data
    check "no data is transparent, or black" test "$(od -An -tu1 holes.data | tr -s ' ' ,)" = ,1,2,3,255,0,0,0,0,0,2,3,255
    printf 'P5\n4 1\n1023\n\0\0\3\377\2\0\3\374' >max.pgm
    good "$mmpng" export max.pgm max.png
    good "$mmpng" export --depth=8 max.pgm max8.png
fi
finish
