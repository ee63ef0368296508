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

# A device that is full, and a signal: nothing is left.
"$mmgen" --width=4000 --height=4000 --pattern=noise large
"$mmpng" export --width=4000 large slow.png 2>/dev/null &
sleep 0.3
kill -TERM $!
wait $! 2>/dev/null
check "a signal ends it" test $? = 143
only a.png data large
finish
