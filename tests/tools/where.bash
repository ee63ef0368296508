# --offset --length --roi --channels --row-bytes: the same samples in every tool, against a plain program.
. "${0%/*}/common.bash"
tools=${mmbright%/*}
cat >plain.py <<'END'
# plain.py LAYOUT SAMPLES WIDTH HEIGHT OFFSET ROW_BYTES X,Y,WxH CHANNELS: the places of the samples that are meant
import sys
layout, samples, width, height, offset, row, roi, channels = sys.argv[1:9]
samples, width, height, offset, row = map(int, (samples, width, height, offset, row))
x, y, size = roi.split(",")
w, h = size.split("x")
x, y, w, h = int(x), int(y), int(w), int(h)
def place(column, line, channel):
    if layout == "bip":
        return offset + line * row + column * samples + channel
    if layout == "bil":
        return offset + line * row + channel * width + column
    return offset + (channel * height + line) * row + column
PLACES = [(c, [place(i, j, c) for j in range(y, y + h) for i in range(x, x + w)]) for c in map(int, channels.split(","))]
data = bytearray(open(sys.argv[9], "rb").read())
if sys.argv[10] == "change":
    for _, places in PLACES:
        for at in places:
            data[at] = min(data[at] + 100, 255)
    open(sys.argv[11], "wb").write(data)
elif sys.argv[10] == "figures":
    for c, places in PLACES:
        values = [data[at] for at in places]
        print(c, len(values), min(values), max(values), "%.10g" % (sum(values) / len(values)))
elif sys.argv[10] == "saturated":
    print(sum(data[at] > 155 for _, places in PLACES for at in places), sum(len(places) for _, places in PLACES))
else:
    lists = [places for _, places in PLACES]
    for i in range(len(lists[0])):
        print(",".join(str(data[places[i]]) for places in lists))
END
try() { # LAYOUT SAMPLES WIDTH HEIGHT OFFSET ROW ROI CHANNELS FILE
    local arguments=("$@") what="$*"
    local place="-t u8 -s $2 --width=$3 --height=$4 --layout=$1 --offset=$5 --format=raw" which="--roi=$7 -c $8" file=$9
    [ $6 = tight ] || place="$place --row-bytes=$6"
    if [ $6 = tight ]; then
        [ $1 = bsq ] && arguments[5]=$3 || arguments[5]=$(($2 * $3))
        place="$place --length=$(($2 * $3 * $4))"
    fi
    python3 plain.py "${arguments[@]}" change wanted
    cp $file changed
    good "$mmbright" -i -q $place $which --add=100 changed
    same "$what, in place" changed wanted
    good "$mmbright" -q -f -o new $place $which --add=100 --verify $file
    same "$what, a copy" new wanted
    cp $file changed
    for k in 1 2; do good "$mmbright" -i -q $place $which --add=100 --shard=$k/2 changed; done
    same "$what, in shards" changed wanted
    good "$mmbright" -q -n -i --json --count $place $which --add=100 $file
    check "$what, saturated: $(cat "$base/out")" test "$(python3 -c '
import json, sys
line = json.load(open(sys.argv[1]))
print(sum(line["saturated_high"]), end="")' "$base/out")" = "$(python3 plain.py "${arguments[@]}" saturated | cut -d' ' -f1)"
    good "$mmbright" -n -i --count $place $which --add=100 $file
    check "$what, of so many: $(grep saturates "$base/out")" grep -q "^saturates: $(python3 plain.py "${arguments[@]}" saturated | sed 's/ / of /') samples" "$base/out"
    python3 plain.py "${arguments[@]}" figures >wanted
    good "$tools/mmstat" -q $place $which $file
    awk 'NR > 2 { print $1, $2, $3, $4, $5 }' "$base/out" >got
    same "$what, mmstat" got wanted
    good "$tools/mmstat" -q --json $place $which $file
    check "$what, mmstat --json" grep -q "\"channels\": \[${8//,/, }\], \"count\": \[" "$base/out"
    python3 plain.py "${arguments[@]}" values >wanted
    run "$tools/mmdump" --output=csv --count=0 $place $which $file
    if [ $1 != bip ] && [ $6 = tight ] && [ "$7" = "" ]; then return; fi
    tail -n +2 "$base/out" | tr -d '\r' >got
    same "$what, mmdump: $(head -c 200 "$base/err")" got wanted
}
head -c 5000 /dev/urandom >data
for layout in bip bil bsq; do
    try $layout 3 9 20 0 tight 2,3,5x7 0,2 data
    try $layout 3 9 20 7 32 2,3,5x7 0,2 data
    try $layout 4 5 7 3 20 1,0,4x7 3 data
done
# The last row may end with its last sample, and with no byte less.
head -c $((7 + 19 * 32 + 27)) data >short
try bip 3 9 20 7 32 2,3,5x17 0,1,2 short
head -c $((7 + 19 * 32 + 26)) data >shorter
for tool in "mmbright -n -i --add=1" mmstat mmdump; do
    expect 2 "9x20 pixels do not fit the $((19 * 32 + 26)) bytes from offset 7" $tools/$tool -t u8 -s 3 --width=9 --height=20 --row-bytes=32 --offset=7 --format=raw shorter
done
# Without a height all rows that are there; what is behind them is said.
good "$tools/mmstat" --format=raw -t u8 -s 3 --width=9 --row-bytes=32 --offset=7 short
check "twenty rows" grep -q "180 pixels (9 x 20)" "$base/out"
expect 0 "note: 37 bytes behind the last row are left alone; is an --offset missing" "$tools/mmstat" --format=raw -t u8 -s 3 --width=9 --height=18 --row-bytes=32 --offset=7 --length=608 short
# What cannot be.
for tool in "mmbright -n -i --add=1" mmstat mmdump; do
    expect 2 "row-bytes=26: a row of 9 pixels has 27 bytes" $tools/$tool -t u8 -s 3 --width=9 --row-bytes=26 --format=raw data
    expect 2 "row-bytes needs --width" $tools/$tool -t u8 -s 3 --row-bytes=26 --format=raw data
    expect 2 "row-bytes=0: a row has at least one byte" $tools/$tool -t u8 -s 3 --row-bytes=0 data
    expect 2 "roi=5,0,5x1: reaches outside of the image of 9x20 pixels" $tools/$tool -t u8 -s 3 --width=9 --height=20 --length=540 --roi=5,0,5x1 --format=raw data
    expect 2 "roi needs --width" $tools/$tool -t u8 -s 3 --roi=5,0,5x1 --format=raw data
    expect 2 "channels=3: must be numbers from 0 to 2" $tools/$tool -t u8 -s 3 --width=9 --height=20 --length=540 -c 3 --format=raw data
done
printf 'P5\n2 2\n255\nabcd' >image.pgm
expect 2 "row-bytes=8: the header of image.pgm says where its rows lie" "$tools/mmstat" --row-bytes=8 image.pgm
expect 2 "output=hex shows whole pixels" "$tools/mmdump" --output=hex -c 0 image.pgm
expect 2 "record has no pixels" "$tools/mmdump" --record='u8 a' --roi=0,0,1x1 image.pgm
# A rectangle of an image that has a header.
good "$tools/mmstat" --roi=1,1,1x1 image.pgm
check "the last pixel" grep -Eq '^ +0 +1 +100 +100 ' "$base/out"
# Pictures, and what becomes of them again.
if [ -x "$tools/mmpng" ]; then
    good "$tools/mmpng" export -q -t u8 -s 3 --width=9 --height=20 --row-bytes=32 --offset=7 --roi=2,3,5x7 --format=raw data rows.png
    python3 plain.py bip 3 9 20 7 32 2,3,5x7 0,1,2 data values | tr ',' '\n' >wanted
    good "$tools/mmpng" import -q rows.png rows.raw
    od -An -v -tu1 -w1 rows.raw | tr -d ' ' >got
    same "a picture of rows with gaps" got wanted
    good "$tools/mmpng" export -q -f -t u8 -s 3 --width=9 --height=20 --offset=7 --length=540 --format=raw data rows.png
    expect 2 "shard does not go with it" "$tools/mmpng" export -f --shard=1/2 -t u8 --width=9 data rows.png
fi
# An interrupted change of rows with gaps goes on, and what other options mean is another change.
need_shim
head -c 3000000 /dev/zero >large
cp large original
raised KILL 3 large "$mmbright" -q -i --io=buffered -j1 -t u8 -s 3 --width=300 --row-bytes=1000 --add=1 large
expect 1 "the operation differs|belongs to an unfinished run" "$mmbright" -q -i -t u8 -s 3 --width=300 --row-bytes=1024 --add=1 large
good "$mmbright" -q -i -t u8 -s 3 --width=300 --row-bytes=1000 --add=1 large
check "once, and the gaps" python3 -c '
data = open("large", "rb").read()
assert all(data[i:i + 900] == b"\1" * 900 and data[i + 900:i + 1000] == bytes(100) for i in range(0, 3000000, 1000))'
finish
