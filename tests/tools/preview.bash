# mmbright --preview: what the sheet shows, and that it neither lies nor gets in the way.
. "${0%/*}/common.bash"
mmpng=${mmbright%/*}/mmpng
[ -x "$mmpng" ] || { echo "SKIPPED: preview: this build has no libpng"; exit 77; }

# Two pixels of two values: black and white before, and 50 more after, of a range from 0 to 250.
printf '\0\0\0\310\310\310' >two
cp two two.copy
good "$mmbright" -q -i -t u8 -s 3 --width=2 --add=50 --preview=two.png two
good "$mmpng" import two.png sheet
check "six bytes, the gap of eight gray pixels, six bytes" test "$(od -An -v -tu1 sheet | tr -s ' \n' ' ')" = \
    " 0 0 0 204 204 204$(printf ' 128%.0s' {1..24}) 51 51 51 255 255 255 "
rm -f sheet two.png

# The same sheet from what was computed and from what was read back; every way leaves the image as without a preview.
"$mmgen" -t i16be -s 4 --width=700 --height=90 --pattern=noise image
cp image in-place
args="-t i16be -s 4 --width=700 --gain=0.5 --add=3000 -c rb"
good "$mmbright" --add=10 -q $args --dry-run -o out --preview=rehearsed.png image
run "$mmbright" --add=10 -q $args -o - --preview=stdout.png image
cp "$base/out" piped
good "$mmbright" --add=10 -q $args -o out --preview=out.png image
good "$mmbright" --add=10 -q $args -i --preview=in-place.png in-place
same "stdout" piped out
same "in place" in-place out
for name in stdout out in-place; do
    good "$mmpng" import -f $name.png a
    good "$mmpng" import -f rehearsed.png b
    same "the sheet of $name" a b
done
good "$mmpng" import -f --json out.png a
grep -q '"width": 708, "height": 85' "$base/out" ||
    fail "two pictures of 350 x 45, a gap, and two bands of words: $(cat "$base/out")"
grep -aq "before | after: image" out.png || fail "no title"

# Planes, lines, a rectangle: all of it was one value before, and all of it is another one after.
for layout in bil bsq; do
    "$mmgen" -f -t u16 -s 3 --width=40 --height=30 --pattern=constant:100 planes
    good "$mmbright" -q -i -t u16 -s 3 --width=40 --height=30 --layout=$layout --roi=5,6,20x10 --add=900 \
        --preview=p.png planes
    good "$mmpng" import -f p.png a
    { for row in {1..10}; do printf '\0%.0s' {1..60}; printf '\200%.0s' {1..24}; printf '\377%.0s' {1..60}; done; } >b
    same "$layout" a b
    rm -f p.png
done
# The whole image is drawn, and what does not change is the same on both sides.
"$mmgen" -f -t u8 -s 1 --width=4 --height=1 --pattern=constant:7 planes
good "$mmbright" -q -i -t u8 -s 1 --width=4 --offset=2 --length=1 --add=10 --preview=p.png planes
good "$mmpng" import -f p.png a
check "one of four pixels" test "$(od -An -v -tu1 a | tr -s ' \n' ' ')" = " 0 0 0 0$(printf ' 128%.0s' {1..8}) 0 0 255 0 "
"$mmgen" -t f32 -s 6 --width=9 --height=9 --pattern=noise six
good "$mmbright" --add=10 -q -i -t f32 -s 6 --width=9 --preview=six.png six
good "$mmpng" import -f six.png a
rm -f a b planes six six.png piped out *.png

# Words above and below, where the pictures are wide enough for them.
"$mmgen" -f -t u8 -s 1 --width=60 --height=5 --pattern=constant:7 planes
good "$mmbright" -q -i -t u8 -s 1 --width=60 --add=13 --preview=p.png planes
good "$mmpng" import -f p.png a
check "a band of 13 rows above and below" test "$(stat -c %s a)" = $((128 * (13 + 5 + 13)))
words() { # ROW COLUMN COLUMNS: seven rows of the sheet, '#' where there is ink
    od -An -v -w128 -tu1 a | awk -v row="$1" -v column="$2" -v columns="$3" 'NR > row && NR <= row + 7 {
        line = ""
        for (i = column + 1; i <= column + columns; i++) line = line ($i == 255 ? "#" : ".")
        print line }'
}
check "'before'" test "$(words 3 3 35)" = "\
#.............##...................
#............#..#..................
#.##...###...#.....###..#.##...###.
##..#.#...#.###...#...#.##..#.#...#
#...#.#####..#....#...#.#.....#####
#...#.#......#....#...#.#.....#....
####...###...#.....###..#......###."
check "'after' over the other picture" test "$(words 3 71 5)" = "\
.....
.....
.###.
....#
.####
#...#
.####"
check "'black 7, white 20' below: b and l" test "$(words 21 3 11)" = "\
#......##..
#.......#..
#.##....#..
##..#...#..
#...#...#..
#...#...#..
####...###."
rm -f a planes p.png

# A part of a bsq image has planes of its own.
"$mmgen" -f -t u8 -s 1 --width=8 --height=24 --pattern=constant:0 planes
good "$mmbright" -q -i -t u8 -s 3 --width=8 --layout=bsq --length=96 -c 1 --add=100 --preview=p.png planes
good "$mmpng" import -f p.png a
{ for row in 1 2 3 4; do printf '\0%.0s' {1..24}; printf '\200%.0s' {1..24}; printf '\0\377\0%.0s' {1..8}; done; } >b
same "a part of bsq" a b
rm -f a b planes p.png

# What cannot be, before anything is touched.
cp two.copy two
expect 2 "--preview needs --width" "$mmbright" --add=10 -i -t u8 -s 3 --preview=x.png two
expect 2 "of one FILE" "$mmbright" --add=10 -i -t u8 -s 3 --width=2 --preview=x.png two image
: >x.png
expect 2 "exists already" "$mmbright" --add=10 -i -t u8 -s 3 --width=2 --preview=x.png two
expect 2 "input itself" "$mmbright" --add=10 -f -i -t u8 -s 3 --width=2 --preview=two two
expect 2 "nothing to preview" "$mmbright" --add=10 -i -t u8 -s 3 --width=3 --preview=y.png two
expect 2 "is the result itself" "$mmbright" --add=10 -f -o y.png -t u8 -s 3 --width=2 --preview=./y.png two
expect 1 "No such file" "$mmbright" --add=10 -i -t u8 -s 3 --width=2 --preview=no/x.png two
same "untouched" two two.copy
good "$mmbright" --add=10 -q -f -i -t u8 -s 3 --width=2 --preview=x.png two
check "replaced" test -s x.png
: >empty
expect 0 "not drawn: nothing was to be changed" "$mmbright" --add=10 -i -t u8 -s 3 --width=2 --preview=y.png empty
expect 0 "not drawn" "$mmbright" --add=10 -n -i -t u8 -s 3 --width=2 --preview=y.png empty
expect 0 "not drawn" "$mmbright" --add=10 -o copy -t u8 -s 3 --width=2 --preview=y.png empty
rm -f copy
only two two.copy image in-place x.png empty
finish
