# --offset --length --roi --channels --row-bytes: the same samples in every tool, against a plain program.
. "${0%/*}/common.bash"
tools=${mmbright%/*}
cat >plain.py <<'END'
# plain.py <CASES: of each line "NAME LAYOUT SAMPLES WIDTH HEIGHT OFFSET ROW_BYTES X,Y,WxH CHANNELS FILE" the answers, as
# NAME.changed, .figures, .values and .saturated
import sys

def answer(name, layout, samples, width, height, offset, row, roi, channels, file):
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

    meant = [(c, [place(i, j, c) for j in range(y, y + h) for i in range(x, x + w)]) for c in map(int, channels.split(","))]
    data = open(file, "rb").read()
    changed = bytearray(data)
    figures, saturated = [], 0
    for c, places in meant:
        values = [data[at] for at in places]
        saturated += sum(value > 155 for value in values)
        figures.append("%d %d %d %d %.10g\n" % (c, len(values), min(values), max(values), sum(values) / len(values)))
        for at in places:
            changed[at] = min(data[at] + 100, 255)
    open(name + ".changed", "wb").write(changed)
    open(name + ".figures", "w").writelines(figures)
    lists = [places for _, places in meant]
    open(name + ".values", "w").writelines(",".join(str(data[at]) for at in row) + "\n" for row in zip(*lists))
    open(name + ".saturated", "w").write("%d of %d" % (saturated, sum(map(len, lists))))

for line in sys.stdin:
    answer(*line.split())
END
try() { # NAME LAYOUT SAMPLES WIDTH HEIGHT OFFSET ROW-BYTES ROI CHANNELS FILE: as plain.py has them, which has answered
    local what="${*:2}" name=$1 layout=$2 file=${10} k
    local place="-t u8 -s $3 --width=$4 --height=$5 --layout=$2 --offset=$6 --format=raw" which="--roi=$8 -c $9"
    local tight=$(($3 * $4)) saturated
    [ $layout = bsq ] && tight=$4
    if [ $7 = $tight ]; then place="$place --length=$(($3 * $4 * $5))"; else place="$place --row-bytes=$7"; fi
    cp $file changed
    good "$mmbright" -i -q $place $which --add=100 changed
    same "$what, in place" changed $name.changed
    good "$mmbright" -q -f -o new $place $which --add=100 --verify $file
    same "$what, a copy" new $name.changed
    cp $file changed
    for k in 1 2; do good "$mmbright" -i -q $place $which --add=100 --shard=$k/2 changed; done
    same "$what, in shards" changed $name.changed
    saturated=$(<$name.saturated)
    good "$mmbright" -q -n -i --json --count $place $which --add=100 $file
    check "$what, saturated: $(<"$base/out")" test "$(sum_of saturated_high "$base/out")" = "${saturated% of *}"
    good "$mmbright" -n -i --count $place $which --add=100 $file
    check "$what, of so many: $(grep saturates "$base/out")" grep -q "^saturates: $saturated samples" "$base/out"
    good "$tools/mmstat" -q $place $which $file
    awk 'NR > 2 { print $1, $2, $3, $4, $5 }' "$base/out" >got
    same "$what, mmstat" got $name.figures
    good "$tools/mmstat" -q --json $place $which $file
    check "$what, mmstat --json" grep -q "\"channels\": \[${9//,/, }\], \"count\": \[" "$base/out"
    run "$tools/mmdump" --output=csv --count=0 $place $which $file
    tail -n +2 "$base/out" | tr -d '\r' >got
    same "$what, mmdump: $(head -c 200 "$base/err")" got $name.values
}
sum_of() { # KEY FILE: of the numbers in a list of JSON
    local list
    list=$(grep -o "\"$1\": \[[^]]*" "$2")
    list=${list##*[}
    echo $((${list//,/+}))
}
head -c 5000 /dev/urandom >data
# The last row may end with its last sample, and with no byte less.
head -c $((7 + 19 * 32 + 27)) data >short
for layout in bip bil bsq; do
    [ $layout = bsq ] && tight=9 || tight=27
    echo $layout-tight $layout 3 9 20 0 $tight 2,3,5x7 0,2 data
    echo $layout-gaps $layout 3 9 20 7 32 2,3,5x7 0,2 data
    echo $layout-one $layout 4 5 7 3 20 1,0,4x7 3 data
done >cases
echo short bip 3 9 20 7 32 2,3,5x17 0,1,2 short >>cases
echo rows bip 3 9 20 7 32 2,3,5x7 0,1,2 data >rows
cat cases rows | python3 plain.py || fail "plain.py"
while read -r -a words; do try "${words[@]}"; done <cases
head -c $((7 + 19 * 32 + 26)) data >shorter
for tool in "mmbright -n -i --add=1" mmstat mmdump; do
    expect 2 "9x20 pixels do not fit the $((19 * 32 + 26)) bytes from offset 7" $tools/$tool -t u8 -s 3 --width=9 --height=20 --row-bytes=32 --offset=7 --format=raw shorter
done
# Without a height all rows that are there; what is behind them is said.
good "$tools/mmstat" --format=raw -t u8 -s 3 --width=9 --row-bytes=32 --offset=7 short
check "twenty rows" grep -q "180 pixels (9 x 20)" "$base/out"
expect 0 "note: 64 bytes behind the last row are left alone$" "$tools/mmstat" --format=raw -t u8 -s 3 --width=9 --height=18 --row-bytes=32 --offset=7 --length=608 short
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
# Another way to the bytes than the one that was asked for is said, and one that there is not is refused.
cp data changed
run "$mmbright" -i -v --io=direct --add=1 -t u8 -s 1 --offset=23 changed
check "less than a block: $(grep ' io ' "$base/err")" grep -Eq ": io buffered: .*direct" "$base/err"
for io in buffered direct; do
    expect 2 "data: --io=$io: its samples do not follow each other" "$tools/mmstat" --io=$io -t u8 -s 3 --width=9 --roi=2,3,5x7 --format=raw data
done
# A rectangle of an image that has a header.
good "$tools/mmstat" --roi=1,1,1x1 image.pgm
check "the last pixel" grep -Eq '^ +0 +1 +100 +100 ' "$base/out"
# Pictures, and what becomes of them again.
if [ -x "$tools/mmpng" ]; then
    good "$tools/mmpng" export -q -t u8 -s 3 --width=9 --height=20 --row-bytes=32 --offset=7 --roi=2,3,5x7 --format=raw data rows.png
    tr ',' '\n' <rows.values >wanted
    good "$tools/mmpng" import -q rows.png rows.raw
    od -An -v -tu1 -w1 rows.raw | tr -d ' ' >got
    same "a picture of rows with gaps" got wanted
    good "$tools/mmpng" export -q -f -t u8 -s 3 --width=9 --height=20 --offset=7 --length=540 --format=raw data rows.png
    expect 2 "unrecognized option" "$tools/mmpng" export -f --shard=1/2 -t u8 --width=9 data rows.png
fi
# One text, wherever an option is.
for option in roi channels offset length part row-bytes; do
    "$mmbright" --help=scdoc | grep -A1 -e "--$option\*" >one
    check "mmbright has --$option" test "$(wc -l <one)" = 2
    for tool in mmstat mmdump mmpng; do
        [ -x "$tools/$tool" ] || continue
        "$tools/$tool" --help=scdoc | grep -A1 -e "--$option\*" >other
        same "--$option of $tool" other one
        check "--$option in the help of $tool" bash -c "'$tools/$tool' --help | grep -q -e '--$option='"
    done
done
# The tasks of a job have the rows that the plan has.
good "$tools/mmshard" plan --count=2 --output=parallel -t u8 -s 3 --width=9 --row-bytes=32 --format=raw data -- --add=1
check "a job file has --row-bytes: $(cat "$base/out")" grep -q -e '--row-bytes=32' "$base/out"
good "$tools/mmshard" plan --count=1 --output=json -t u8 -s 3 --width=9 --height=2 --row-bytes=32 --format=raw data
check "rows of a plan: $(cat "$base/out")" grep -q '"lengths": \[59\]' "$base/out"
# What the image does not cover is one note, the same in every tool, on stderr and in --json.
printf 'P5\n4 3\n255\nabcdefghijkl' >one.pgm
{ cat one.pgm; printf 'xyz'; } >rest.pgm
{ cat one.pgm one.pgm; printf 'xyz'; } >several.pgm
rests() { # NOTE OPTION... FILE
    local tool
    for tool in "mmbright -n -i --add=1" mmstat mmdump "mmpng export -f"; do
        [ -x "$tools/${tool%% *}" ] || continue
        run $tools/$tool "${@:2}" $([[ $tool == mmpng* ]] && echo rest.png)
        check "$tool ${*:2}: $(cat "$base/err")" test "$status $(grep -c 'note: .*\(left alone\|missing\)' "$base/err")" = "0 1"
        check "$tool ${*:2}: $(cat "$base/err")" grep -Eq "note: $1\$" "$base/err"
        [ "$tool" = mmdump ] && continue
        run $tools/$tool --json "${@:2}" $([[ $tool == mmpng* ]] && echo rest.png)
        check "$tool --json ${*:2}: $(cat "$base/out")" grep -Eq "\"notes\": \[[^]]*\"$1\"" "$base/out"
    done
}
rests "5 bytes behind the last row are left alone; is an --offset missing\?" -t u8 -s 3 --width=9 --roi=2,3,5x7 --format=raw data
rests "4487 bytes behind --length are left alone" -t u8 -s 3 --width=9 --offset=0 --length=513 --format=raw data
rests "4460 bytes behind the last row are left alone" -t u8 -s 3 --width=9 --height=20 --length=999 --format=raw data
rests "4453 bytes behind the last row are left alone" -t u8 -s 3 --width=9 --height=20 --offset=7 --length=999 --format=raw data
rests "3 bytes behind the samples are left alone" rest.pgm
rests "3 bytes behind the last image are left alone" --part=2 several.pgm
rests "3 bytes behind the last image are left alone" --part=all several.pgm
for tool in "mmbright -n -i --add=1" mmstat mmdump; do
    expect 0 "note: its last row has 5 of 27 bytes; is an --offset missing" $tools/$tool -t u8 -s 1 --width=27 data
    expect 0 "note: 8 bytes behind --length are left alone" $tools/$tool --length=4 one.pgm
    run $tools/$tool -t u8 -s 2 data
    check "nothing is left: $(cat "$base/err")" test "$status $(grep -c note: "$base/err")" = "0 0"
done
expect 0 "note: 2 bytes behind the last record are left alone; is an --offset missing" "$tools/mmdump" --record='u8 a[7]' --format=raw data
cp data changed
good "$mmbright" -i -q --add=1 -t u8 -s 3 --width=9 --height=20 --length=999 --format=raw changed
check "its rows alone" python3 -c '
old, new = open("data", "rb").read(), open("changed", "rb").read()
assert new == bytes(min(value + 1, 255) for value in old[:540]) + old[540:]'
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
