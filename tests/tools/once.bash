# Pipes that are read as they come: the figures and records of a file with the same bytes, and nothing kept on a disk.
. "${0%/*}/common.bash"
tools=${mmbright%/*}
head -c 5000000 /dev/urandom >data
alike() { # TOOL OPTION... FILE: the same of a pipe, and of the file; what is said goes to $base/err
    local file=${*: -1} wanted
    run "$tools/$1" "${@:2}"
    wanted=$status
    sed "s/^$file:/-:/" "$base/out" >"$base/wanted"
    cp "$base/err" "$base/err.file"
    cat "$file" | "$tools/$1" "${@:2:$#-2}" - >"$base/out" 2>"$base/err"
    status=$?
    check "$*: exit status $status, of a file $wanted: $(head -c 300 "$base/err")" test $status = $wanted
    [ $wanted = 0 ] || return 0
    checks=$((checks + 1))
    cmp -s "$base/out" "$base/wanted" || fail "$*: $(diff "$base/out" "$base/wanted" | head -n 4)"
    check "$*: nothing is copied: $(cat "$base/err")" test -z "$(grep 'temporary file' "$base/err")"
}
says() { # TEXT OF THE FILE, AND OF THE PIPE
    check "said of a file: $(cat "$base/err.file")" grep -Eq -- "$1" "$base/err.file"
    check "said of a pipe: $(cat "$base/err")" grep -Eq -- "${2:-$1}" "$base/err"
}
raw="--format=raw -t u8"
alike mmstat $raw -s 1 data
alike mmstat $raw -s 4 --percentiles=1,50,99 --histogram=7 -c 1,3 data
alike mmstat --format=raw -t i16be -s 1 --percentiles=0,50 data
alike mmstat --format=raw -t f32 -s 2 data
alike mmstat $raw -s 2 --width=1000 --layout=bil data
alike mmstat $raw -s 2 --width=1000 --height=2500 --layout=bsq data
alike mmstat $raw -s 1 --nodata=7 --offset=2px data
alike mmstat $raw -s 3 --offset=2 --length=3000000 data
says "note: 1999998 bytes behind --length are left alone" "note: what comes behind --length is not read$"
alike mmstat $raw -s 1 --width=1000 --height=4000 data
says "bytes behind the last row are left alone; is an --offset missing" "note: what comes behind the last row is not read; is an --offset missing"
alike mmstat $raw -s 1 --width=999 data
says "note: its last row has 5 of 999 bytes; is an --offset missing"
alike mmstat $raw -s 3 data
says "5000000 bytes are not whole pixels of 3 bytes; --length=4999998 would be"
alike mmstat $raw -s 1 --length=5000001 data
says "length=5000001 reaches behind the end: the file has 5000000 bytes"
alike mmstat $raw -s 1 --offset=5000001 data
says "offset=5000001 is behind the end: the file has 5000000 bytes"
alike mmstat $raw -s 1 --width=1000 --height=5001 data
says "1000x5001 pixels do not fit the 5000000 bytes from offset 0"
alike mmdump $raw -s 3 --output=csv --count=0 data
says "note: 2 bytes behind the last pixel are left alone; is an --offset missing"
alike mmdump $raw -s 2 --output=hex --offset=2499990px --count=0 data
alike mmdump --format=raw --record='u32 a, u8 b[3]' --output=json --offset=3M data
alike mmdump $raw -s 1 --offset=4000000 --length=20 --count=0 data
says "note: 999980 bytes behind --length are left alone" "note: what comes behind --length is not read"
alike mmdump $raw -s 1 --offset=5000001 data
# Containers whose header is in front. What follows one, and what is missing, is said.
{ printf 'P6\n1000 1000\n255\n' && head -c 3000000 data; } >image.ppm
python3 - <<'END'
import struct
data = open("data", "rb").read()
head = "{'descr': '<i2', 'fortran_order': False, 'shape': (1000, 2000), }".ljust(117).encode() + b"\n"
open("image.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + data[:4000000])
open("image.ff", "wb").write(b"farbfeld" + struct.pack(">II", 500, 1000) + data[:4000000])
open("image.nrrd", "wb").write(b"NRRD0004\ntype: uint8\ndimension: 2\nsizes: 2000 2000\nencoding: raw\n\n" + data[:4000000])
END
for file in image.ppm image.npy image.ff image.nrrd; do
    alike mmstat $file
    alike mmstat --percentiles=50 $file
    alike mmdump --output=csv --count=0 $file
    alike mmstat --length=400000 $file
    alike mmdump --offset=400 $file
    head -c 3000000 $file >short
    expect 1 "" "$tools/mmstat" short
    cat short | "$tools/mmstat" - >"$base/out" 2>"$base/err"
    check "$file, cut short: exit status ${PIPESTATUS[1]}: $(cat "$base/err")" grep -Eq "ends early: its header speaks of [0-9]+ bytes of samples, and [0-9]+ came" "$base/err"
    check "$file, cut short: no figures" test ! -s "$base/out"
    { cat $file; echo more; } >longer
    alike mmstat longer
    says "note: 5 bytes behind the samples are left alone" "note: what comes behind the samples is not read"
done
# Where one pass is not enough, or the samples do not follow their header: all of it is kept, which is said.
kept() { # TOOL OPTION... FILE
    run "$tools/$1" "${@:2}"
    sed "s/^${*: -1}:/-:/" "$base/out" >"$base/wanted"
    cat "${@: -1}" | "$tools/$1" "${@:2:$#-2}" - >"$base/out" 2>"$base/err"
    check "$*: exit status $?: $(cat "$base/err")" cmp -s "$base/out" "$base/wanted"
    check "$*: said: $(cat "$base/err")" grep -q "note: is no regular file, and one pass in its order is not enough: the .* copied to a temporary file" "$base/err"
}
kept mmstat --format=raw -t f32 -s 1 --percentiles=50 data
kept mmstat --format=raw -t i32 -s 1 --histogram=4 data
kept mmstat $raw -s 1 --width=1000 --roi=1,2,30x40 data
kept mmstat $raw -s 1 --width=90 --row-bytes=100 data
kept mmstat $raw -s 1 --shard=1/2 data
kept mmstat $raw -s 1 --io=mmap data
kept mmdump $raw -s 1 --width=1000 --roi=1,2,30x40 data
{ printf 'P5\n1000 1000\n255\n' && head -c 1000000 data; } >one.pgm
cat one.pgm one.pgm one.pgm >three.pgm
kept mmstat three.pgm
kept mmstat --part=all three.pgm
{ printf 'SIMPLE  = %20s%-50sBITPIX  = %20s%-50sNAXIS   = %20s%-50sNAXIS1  = %20s%-50sNAXIS2  = %20s%-50s%-2480s' T '' 8 '' 2 '' 2000 '' 2000 '' END; head -c 4000320 data; } >image.fits
kept mmstat image.fits
# Another kind of file is refused, also as a stream.
{ printf '\x1f\x8b\x08\0\0\0\0\0\0\3'; cat data; } >packed
cat packed | "$tools/mmstat" - >"$base/out" 2>"$base/err"
check "packed: $(cat "$base/err")" grep -q "it is gzip" "$base/err"
# More than any file may have here, in bounded memory; and what has no end is asked for no more than is shown.
limit="ulimit -f 4096; ulimit -v 400000"
case $kind in *san* | *address* | *thread*) limit="ulimit -f 4096" ;; esac
yes | head -c 100M | bash -c "$limit; exec \"\$@\"" - "$tools/mmstat" $raw -s 1 - >"$base/out" 2>"$base/err"
check "100 MiB: $(cat "$base/err" "$base/out")" grep -Eq "^ +0 +104857600 +10 +121 +65.5 " "$base/out"
yes | head -c 20M | bash -c "ulimit -f 4096; exec \"\$@\"" - "$tools/mmstat" -t f32 -s 1 --percentiles=50 - >"$base/out" 2>"$base/err"
check "kept, there is no room: $(cat "$base/err")" grep -q "cannot keep what it has in a temporary file: File too large" "$base/err"
yes | timeout 60 "$tools/mmdump" $raw -s 1 --output=csv - >"$base/out" 2>"$base/err"
check "sixteen records, and the writer ends: ${PIPESTATUS[*]} $(cat "$base/err")" test "${PIPESTATUS[*]} $(wc -l <"$base/out")" = "141 0 17"
yes | timeout 60 "$tools/mmstat" $raw -s 1 --length=3M - >"$base/out" 2>"$base/err"
check "a length: $(cat "$base/err")" grep -q " 3145728 " "$base/out"
# The reader of the output goes away; nothing comes; it comes late, and in little pieces.
cat data | { "$tools/mmdump" $raw -s 1 --count=0 - 2>"$base/err"; echo $? >"$base/status"; } | head -n 1 >/dev/null
check "a closed pipe: $(cat "$base/err")" test "$(<"$base/status")" = 1 -a "$(grep -c 'cannot write to stdout: Broken pipe' "$base/err")" = 1
: | "$tools/mmstat" -q $raw -s 1 - >"$base/out" 2>"$base/err" || fail "nothing: $(cat "$base/err")"
: | "$tools/mmdump" $raw -s 1 - >"$base/out" 2>"$base/err" || fail "nothing: $(cat "$base/err")"
check "no records" test "$(wc -l <"$base/out")" = 1
{ head -c 3000000 data; sleep 0.3; tail -c +3000001 data; } | "$tools/mmstat" $raw -s 1 - >"$base/out"
good "$tools/mmstat" $raw -s 1 data
check "late" test "$(tail -n 1 "$base/out")" = "$(cat data | dd bs=777 2>/dev/null | "$tools/mmstat" $raw -s 1 - | tail -n 1)"
{ head -c 3000000 data; sleep 3; } | "$tools/mmstat" $raw -s 1 - >"$base/out" 2>"$base/err" &
sleep 0.5
kill -TERM $!
wait $!
check "a signal ends the waiting" test $? = 143
check "and shows nothing" test ! -s "$base/out"
# How far it is, without knowing of how much.
cat data | "$tools/mmstat" $raw -s 1 --progress=json - >/dev/null 2>"$base/err"
check "progress: $(cat "$base/err")" grep -q '"bytes": 5000000, "total_bytes": null.*"eta_seconds": null' "$base/err"
cat data | "$tools/mmstat" $raw -s 1 --json - >"$base/out"
check "json: $(cat "$base/out")" grep -q '"length": 5000000, "records": 5000000.*"io": "buffered", "io_reason": "it is read as it comes"' "$base/out"
check "nothing is left" test -z "$(ls "${TMPDIR:-/tmp}"/mmview.?????? 2>/dev/null)"
finish
