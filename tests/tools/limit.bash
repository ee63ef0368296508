# --max-saturated and --count: what would saturate is counted before the first byte changes, and refused when it is too
# much.
. "${0%/*}/common.bash"

# Of 1000 pixels of four u8 samples 7 have a channel 0 that 10 more saturate, and 3 a channel 2; one has both.
python3 - <<'END'
pixels = bytearray(bytes([100, 100, 100, 100]) * 1000)
for at in (0, 11, 22, 333, 444, 555, 999):
    pixels[4 * at] = 250
for at in (0, 1, 998):
    pixels[4 * at + 2] = 246
open("data", "wb").write(pixels)
open("calm", "wb").write(bytes([100, 100, 100, 100]) * 1000)
END
cp data original
cp calm quiet
untouched() { # WHAT
    same "$1" data original
    same "$1" calm quiet
}
u8="-t u8 -s 4 --add=10"

# The share is of the samples that change: exactly so many may saturate, and not one more.
for share in 0.25% 0.0025 1 100% 50%; do
    good "$mmbright" -o - $u8 --max-saturated=$share data
done
for share in 0 0% 0.249% 0.00249 1e-9; do
    for way in "-i" "-i --journal=off" "-i --journal=power" "-o new" "-o -" "-i --io=buffered -j3" "-i --io=direct" "-i --json"; do
        expect 1 "^mmbright: data: 10 of 4000 samples \(0.25%\) would saturate, and --max-saturated=$share allows no more: nothing is changed$" \
            "$mmbright" $way $u8 --max-saturated=$share data
        check "nothing on stdout" test ! -s "$base/out"
        untouched "$way, $share"
        only calm data original quiet
    done
done
# 0.7 % of 1000 are 7, whatever a processor makes of 0.7.
good "$mmbright" -o - $u8 -c 0 --max-saturated=0.7% data
expect 1 "7 of 1000 samples" "$mmbright" -o - $u8 -c 0 --max-saturated=0.699% data
good "$mmbright" -o - $u8 -c 1,3 --max-saturated=0 data
expect 1 "1 of 1 samples \(100%\)" "$mmbright" -i $u8 -c 0 --width=10 --roi=1,1,1x1 --max-saturated=99% data
expect 1 "1 of 4 samples" "$mmbright" -i $u8 --offset=4 --length=1px --max-saturated=0.24 data
good "$mmbright" -n -i $u8 --offset=48 --length=40 --max-saturated=0 --count data
for layout in bil bsq; do
    # The same bytes as lines or planes of four channels; what saturates of channel 1 is counted by the plain program.
    wanted=$(python3 - $layout <<'END'
import sys
data, line = open("data", "rb").read(), sys.argv[1] == "bil"
size = 10 if line else 1000
print(sum(b > 245 for i, b in enumerate(data) if i // size % 4 == 1))
END
    )
    run "$mmbright" -i $u8 -c 1 --layout=$layout --width=10 --height=100 --max-saturated=0 data
    check "$layout: $(cat "$base/err")" grep -q ": $wanted of 1000 samples" "$base/err"
    untouched $layout
done
expect 1 "data: 10 of 4000" "$mmbright" -i -t u8 --gain=1.5 --max-saturated=0 data
good "$mmbright" -o - -t u8 --gain=1.5 --clamp=0,255 --max-saturated=1% data
expect 1 "data: 3990 of 4000" "$mmbright" -i -t u8 --clamp=101,255 --max-saturated=0 data
untouched "a gain, a clamp"

# A run says it of itself.
expect 0 "^mmbright: data: note: 0.25 % of the samples saturated" "$mmbright" -f -o ../new $u8 data
rm ../new

# -n is a plan, --count one with numbers.
good "$mmbright" -n -i $u8 --max-saturated=0 data
check "-n: $(cat "$base/out")" grep -q "^limit:     0 of the samples may saturate; --count tells" "$base/out"
good "$mmbright" -n -i --count $u8 data
check "--count" grep -q "^saturates: 10 of 4000 samples (0.25%)$" "$base/out"
good "$mmbright" -n -i --count --json $u8 data
check "--count --json" grep -q '"saturated_low": \[0, 0, 0, 0\], "saturated_high": \[7, 0, 3, 0\].*"counted": true' "$base/out"
good "$mmbright" -n -i --json $u8 data
check "-n --json" grep -q '"counted": false' "$base/out"
expect 1 "would saturate" "$mmbright" -n -i --count $u8 --max-saturated=0.1% data
check "and the plan" grep -q "^saturates: 10 of 4000" "$base/out"
untouched "-n"
expect 2 "--count goes with --dry-run" "$mmbright" -i --count $u8 data
for share in "" x 1.1 -1 101% 1%% nan 0x; do
    expect 2 "--max-saturated=$share: must be a share" "$mmbright" -i $u8 --max-saturated="$share" data
done

# Of several files all are counted before the first is changed, and each that has too many is named.
cp data more
mkdir ../aside
for way in "-i" "-i --journal=off" "-i -j3 --journal=off" "-f -o ../aside"; do
    expect 1 "^mmbright: more: 10 of 4000" "$mmbright" $way $u8 --max-saturated=0 calm data more
    check "$way: the other, too" grep -q "^mmbright: data: 10 of 4000" "$base/err"
    check "$way: a list" grep -q "2 of 3 files failed" "$base/err"
    untouched "$way"
    same "$way" more original
    only calm data more original quiet
    check "$way: no copy" test -z "$(ls ../aside)"
done
rm -r more ../aside

# A part counts what is its own: the last of the two has one sample less.
head -c 196608 /dev/zero >large
printf '\377' | dd of=large conv=notrunc status=none
good "$mmbright" -q -i $u8 --shard=2/3 --max-saturated=0 large
expect 1 "1 of 65536 samples" "$mmbright" -i $u8 --shard=1/3 --max-saturated=0 large
# Another part has begun, and has counted nothing of this one. One that is done is not asked again.
good "$mmbright" -q -i $u8 --shard=2/3 --max-saturated=0 large
good "$mmbright" -q -i $u8 --shard=1/3 large
good "$mmbright" -q -i $u8 --shard=3/3 --max-saturated=0 large

# A run that goes on finds samples that are changed already: they would saturate the second time.
need_shim
python3 -c 'open("twice", "wb").write(bytes([241]) * 1000000)'
raised KILL 3 twice "$mmbright" -i --io=buffered -j1 $u8 --max-saturated=0 twice
check "killed" test "$status" != 0
expect 0 "note: an interrupted run goes on, and --max-saturated=0 is not judged again" "$mmbright" -v -i $u8 --max-saturated=0 twice
check "what is not counted is said: $(cat "$base/err")" \
    grep -q "an interrupted run had changed some samples: how many of those saturated is not known" "$base/err"
check "once" python3 -c 'assert set(open("twice", "rb").read()) == {251}'
expect 1 "1000000 of 1000000" "$mmbright" -i $u8 --max-saturated=0 twice
# Of a run that goes on only the rest is counted, and that is said.
python3 -c 'open("twice", "wb").write(bytes([251]) * 1000000)'
raised KILL 3 twice "$mmbright" -i --io=buffered -j1 $u8 twice
run "$mmbright" --json -i $u8 twice
check "counts are of the rest: $(cat "$base/err")" \
    grep -q "note: [0-9]* samples saturated (0 below, [0-9]* above), of those that were left to do" "$base/err"
check "not counted: $(cat "$base/out")" grep -q '"counted": false' "$base/out"
only calm data large original quiet twice
finish
