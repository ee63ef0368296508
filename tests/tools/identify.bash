# What a FILE is: each tool asks one room, and so all answer alike. What is refused stays as it was, byte for byte.
. "${0%/*}/common.bash"
mmstat=${mmbright%/*}/mmstat mmdump=${mmbright%/*}/mmdump mmshard=${mmbright%/*}/mmshard

# refused REGEX FILE: by every tool that looks at FILE, with the same reason
refused() {
    local regex=$1 file=$2
    cp "$file" "$base/before"
    expect 1 "$regex" "$mmbright" -i --add=1 "$file"
    expect 1 "$regex" "$mmbright" -o "$base/new" --add=1 "$file"
    expect 1 "$regex" "$mmstat" "$file"
    expect 1 "$regex" "$mmdump" "$file"
    expect 1 "$regex" "$mmshard" plan "$file"
    same "$file" "$file" "$base/before"
    check "$file: no copy" test ! -e "$base/new"
    # Whoever insists says so, of a copy here: then its bytes are samples.
    cp "$file" "$base/insisted"
    run "$mmbright" -i -q --add=1 --format=raw -t u8 -s 1 "$base/insisted"
    check "$file: --format=raw" test "$status" = 0
}
samples() { # FILE TYPE VALUE...: the first ones
    local file=$1 type=$2
    shift 2
    check "$file: $("$mmdump" -q --count=$# --output=csv "$file" 2>&1 | tr '\r\n' '  ')" test \
        "$("$mmdump" --count=$# --output=csv "$file" 2>/dev/null | tail -n +2 | cut -d, -f1 | tr -d '\r' | xargs)" = "$*"
    check "$file: $type" grep -q " x $type, " <("$mmstat" "$file" 2>/dev/null)
}
numbers() { # TYPE-OF-PYTHON'S-STRUCT VALUE...: on stdout
    python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack(sys.argv[1], *map(float if sys.argv[1][-1] in "fd" else int, sys.argv[2:])))' "$@"
}
command -v python3 >/dev/null || skip "no python3"

# ---- a header in front of which something stands, or in another spelling
header='samples = 3\nlines = 2\nbands = 1\ndata type = 12\ninterleave = bsq\nheader offset = 4\nbyte order = 1\n'
number=0
for mark in '\xef\xbb\xbfENVI\n' 'ENVI \n' 'ENVI\r\n'; do
    for ending in hdr HDR Hdr hDr img.hdr; do
        number=$((number + 1))
        { printf 'skip'; numbers '>6H' 32766 32767 32768 5 6 7; } >"b$number.img"
        printf '%b' "$mark$header" >"b$number.$ending"
        good "$mmbright" -i --add=1 "b$number.img"
        samples "b$number.img" u16be 32767 32768 32769 6 7 8
        check "in front of the samples" test "$(head -c 4 "b$number.img")" = skip
    done
done
rm -f b*.*
{ printf 'skip'; numbers '>6H' 1 2 3 4 5 6; } >c.img
printf '%b' "envi\n$header" >c.hdr
refused "c.hdr: lies beside c.img, and is not understood: envi header: " c.img
rm c.*
printf 'samples' >s.img
{ printf '\xff\xfe'; printf 'ENVI\nsamples = 7\n' | iconv -f UTF-8 -t UTF-16LE; } >s.hdr
expect 1 "s.hdr: lies beside s.img, and is not understood: .*UTF-16.*iconv" "$mmbright" -i --add=1 s.img
rm s.img s.hdr

# ---- a header given as FILE
printf 'nrows 2\nncols 3\nnbands 1\nnbits 16\nbyteorder M\nlayout bil\npixeltype signedint\n' >dem.hdr
cp dem.hdr "$base/dem.hdr"
numbers '>6h' -5 -4 -3 1 2 3 >dem.bil
good "$mmbright" -i --add=5 dem.hdr
same "the header" dem.hdr "$base/dem.hdr"
samples dem.bil i16be 0 1 2 6 7 8
# Of two files that it could speak of one has the right length.
head -c 5 /dev/zero >dem.img
expect 0 "note: dem.bil is taken: it alone has the length" "$mmbright" -i --add=1 dem.hdr
samples dem.bil i16be 1 2 3 7 8 9
check "the other one" cmp -s dem.img <(head -c 5 /dev/zero)
cp dem.bil dem.img
expect 1 "dem.hdr: .*dem.img.*dem.bil" "$mmbright" -i --add=1 dem.hdr
rm dem.*
printf 'remarks of somebody\nwithout any sense\n' >notes.hdr
refused "notes.hdr: ehdr header: " notes.hdr
rm notes.hdr

# ---- a header beside that is not understood
numbers '<6f' 1 2 3 4 5 6 >grid.bil
printf 'nrows 2\nncols 3\nnbits 31\nbyteorder I\n' >grid.hdr
refused "grid.hdr: lies beside grid.bil, and is not understood: ehdr header: " grid.bil
printf 'ENVI\nlines = 2\nbands = 1\ndata type = 4\n' >grid.hdr
refused "grid.hdr: lies beside grid.bil, and is not understood: envi header: " grid.bil
printf 'NDims = 2\nDimSize = 3 2\nElementType = MET_COMPLEX\nElementDataFile = grid.bil\n' >grid.mhd
rm grid.hdr
refused "grid.mhd: lies beside grid.bil, and is not understood: mhd header: " grid.bil
printf 'NDims = 2\nDimSize = 3 2\nElementType = MET_FLOAT\nElementDataFile = grid.bil\n' >grid.mhd
good "$mmbright" -i --add=1 grid.bil
samples grid.bil f32le 2 3 4 5 6 7
rm grid.*
# Analyze 7.5: no mark, the byte order is that of a number.
python3 - <<'P'
import struct
header = bytearray(348)
struct.pack_into(">i", header, 0, 348)
header[38] = ord("r")
struct.pack_into(">5h", header, 40, 4, 3, 2, 1, 1)
struct.pack_into(">hh", header, 70, 4, 16)
open("head.hdr", "wb").write(header)
open("head.img", "wb").write(struct.pack(">6h", 300, 301, 302, 303, 304, 305))
P
good "$mmbright" -i --add=1 head.img
samples head.img i16be 301 302 303 304 305 306
rm head.*

# ---- MRC without "MAP ", and one whose sizes do not fit its file
python3 - <<'P'
import struct
header = bytearray(1024)
struct.pack_into("<4i", header, 0, 3, 2, 1, 1)
open("old.mrc", "wb").write(bytes(header) + struct.pack("<6h", 1, 2, 3, 4, 5, 6))
struct.pack_into("<i", header, 92, 50000)
header[208:212], header[212:214] = b"MAP ", b"DD"
open("short.mrc", "wb").write(bytes(header) + struct.pack("<6h", 1, 2, 3, 4, 5, 6))
P
good "$mmbright" -q -i --add=1 old.mrc
samples old.mrc i16le 2 3 4 5 6 7
refused "mrc header: .*--format=raw --offset=1024 --length=12 --type=i16le --samples=1 takes" short.mrc
good "$mmbright" -i --add=1 --format=raw --offset=1024 --length=12 --type=i16le --samples=1 short.mrc
check "the advice" cmp -s <(tail -c 12 short.mrc) <(numbers '<6h' 2 3 4 5 6 7)
check "its header" cmp -s <(head -c 1024 short.mrc) <(head -c 1024 "$base/before")
rm old.mrc short.mrc

# ---- something else
some() { head -c 200 /dev/zero; } # zeros behind a mark
{ printf 'BZh71AY&SY'; some; } >a.1
{ printf 'PF\n9 9\n1.0\n'; some; } >a.2
{ printf 'CDF\002'; some; } >a.3
{ head -c 512 /dev/zero; printf '\x89HDF\r\n\x1a\n'; some; } >a.4
{ head -c 4096 /dev/zero; printf '\x89HDF\r\n\x1a\n'; some; } >a.5
{ head -c 128 /dev/zero; printf 'DICM'; some; } >a.6
{ printf '\x1f\x8b\x08\x1c\0\0\0\0\0\x03'; some; } >a.7
{ printf 'OggS\0'; some; } >a.8
{ printf '\0\0\0\x20ftypisom'; some; } >a.9
{ head -c 257 /dev/zero; printf 'ustar\00000'; some; } >a.10
{ printf 'SQLite format 3\0'; some; } >a.11
{ printf 'EHFA_HEADER_TAG\0'; some; } >a.12
printf 'time,value\n1,2\n3,4\n' >a.13
kinds='bzip2 PFM netCDF-3 HDF5 HDF5 DICOM gzip Ogg MP4 tar SQLite ERDAS text'
number=0
for kind in $kinds; do
    number=$((number + 1))
    refused "a.$number: it is $kind.*; --format=raw takes every byte of it for a sample" a.$number
    expect 1 "it is $kind" "$mmbright" -i --add=1 -t u8 -s 1 a.$number
done
rm a.*

# ---- names
for name in a.npy a.MRC a.fits a.Nii a.map a.st a.rec a.v; do
    numbers '<8h' 300 301 302 303 304 305 306 307 >$name
    refused "$name: its name ends as those of [a-z]* files do.*--type" $name
    good "$mmbright" -i --add=1 -t i16le -s 1 $name
    check "$name" cmp -s $name <(numbers '<8h' 301 302 303 304 305 306 307 308)
    rm $name
done

# ---- advice, followed word for word: of files that other programs have written, whole and cut short, no byte in front of
# the samples or behind them changes
headers=${0%/*}/../fuzz/corpus/header
followed=0
follow() { # FILE FIRST: what is advised for it, if anything; its samples begin at byte FIRST
    local file=$1 first=$2 advice offset length
    cp "$file" "$base/before"
    run "$mmbright" -i -q --add=1.5 "$file"
    [ "$status" = 0 ] && return
    same "$file is refused" "$file" "$base/before"
    check "$file: no bare --format=raw: $(cat "$base/err")" bash -c \
        "! grep -oE -- '--format=raw( [a-z-]+)?' '$base/err' | grep -qvE -- '--format=raw( --offset| takes| with|$)'"
    advice=$(grep -oE -- '--format=raw --offset=[^;]*' "$base/err" | grep -oE -- '(--[a-z]+=[a-z0-9]+ ?)+' | head -1)
    [ -n "$advice" ] || return
    followed=$((followed + 1))
    offset=$(grep -oE -- '--offset=[0-9]+' <<<"$advice" | cut -d= -f2)
    length=$(grep -oE -- '--length=[0-9]+' <<<"$advice" | cut -d= -f2)
    # shellcheck disable=SC2086
    good "$mmbright" -i -q --add=1 $advice "$file"
    check "$file, $advice: in front" cmp -s -n "$first" "$file" "$base/before"
    check "$file, $advice: not the first sample" test "$offset" -ge "$first"
    [ -z "$length" ] || check "$file, $advice: behind" cmp -s <(tail -c +$((offset + length + 1)) "$file") \
        <(tail -c +$((offset + length + 1)) "$base/before")
}
for header in "$headers"/*; do
    name=${header##*/}
    size=$(stat -c %s "$header")
    # What the whole file says; some are refused whole.
    cp "$header" "$name"
    run "$mmbright" -n -i -q --json --clamp=0,1 "$name"
    first=$(grep -o '"payload_offset": [0-9]*' "$base/out" | grep -o '[0-9]*$')
    for cut in 0 1 9 40; do
        [ "$size" -gt $cut ] || continue
        head -c $((size - cut)) "$header" >"$name"
        follow "$name" "${first:-0}"
        rm -f "$name"
    done
done
check "advice was followed $followed times" test $followed -ge 20

# ---- notes
numbers '<8h' 1 2 3 4 5 6 7 8 >one.raw
cp one.raw two.raw
expect 0 "^mmbright: one.raw: note: raw, 4 x i16le; --type and --samples say otherwise$" "$mmbright" -i --add=1 one.raw
expect 0 "^mmbright: note: 2 files: raw, 4 x i16le; .* \(the first: (one|two).raw\)$" "$mmbright" -i --add=1 one.raw two.raw
check "once" test "$(wc -l <"$base/err")" = 1
expect 0 "^mmstat: one.raw: note: raw, 4 x i16le" "$mmstat" --json one.raw
check "JSON" grep -q '"notes": \["raw, 4 x i16le; --type and --samples say otherwise"\]' "$base/out"
for quiet in -q "-t i16" --format=raw; do
    # shellcheck disable=SC2086
    run "$mmbright" -i --add=1 $quiet one.raw
    check "$quiet: $(cat "$base/err")" test ! -s "$base/err"
done
"$mmgen" -t i16le -s 1 --width=4 --height=2 --format=npy two.npy
printf 'more of it' >>two.npy
expect 0 "^mmbright: two.npy: note: 10 bytes behind the samples are left alone$" "$mmbright" -i --add=1 two.npy
check "behind" test "$(tail -c 10 two.npy)" = "more of it"
touch one.raw.aux.xml one.rrd one.stx one.raw.md5
expect 0 "note: one.raw.aux.xml has statistics or smaller copies of the samples before" "$mmbright" -i --add=1 one.raw
expect 0 "note: one.stx has statistics of the samples before" "$mmbright" -i --add=1 one.raw
expect 0 "note: one.raw.md5 has a checksum of the samples before" "$mmbright" -i --add=1 one.raw
check "both" grep -q "note: one.rrd has " "$base/err"
good "$mmbright" -o new.raw --add=1 one.raw
check "a copy has none" bash -c "! grep -q aux '$base/err'"
finish
