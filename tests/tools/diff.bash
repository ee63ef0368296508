# mmdiff: equal or not, what is said first, records, streams, pictures, and what it refuses. diff_oracle.py has the values.
. "${0%/*}/common.bash"
mmdiff=${mmbright%/*}/mmdiff mmpng=${mmbright%/*}/mmpng
check_help "$mmdiff"

differ() { # REGEX COMMAND...: exit 1, nothing but notes on stderr, and a line of stdout
    local regex=$1
    shift
    checks=$((checks + 1))
    run "$@"
    [ "$status" = 1 ] || fail "${*##*/}: exit status $status: $(head -c 400 "$base/err")"
    [ -z "$(said)" ] || fail "${*##*/}: on stderr: $(head -c 400 "$base/err")"
    grep -Eq -- "$regex" "$base/out" || fail "${*##*/}: no '$regex' in: $(head -c 600 "$base/out")"
}

image() { # FORMAT NAME OPTION...
    good "$mmgen" --pattern=noise --seed=1 --width=61 --height=43 --format="$1" "${@:3}" "$2"
}

# ---- equal, whatever they lie in
image raw a.raw -t u16le -s 3
image npy a.npy -t u16be -s 3
good "$mmdiff" a.npy a.npy
check "one file is said to be one" grep -q '^equal: A and B are the same file$' "$base/out"
ln a.npy link.npy
good "$mmdiff" a.npy link.npy
check "also with another name" grep -q 'the same file' "$base/out"
cp a.npy copy.npy
good "$mmdiff" a.npy copy.npy
check "a copy is read" grep -q '^equal: 7869 samples$' "$base/out"
good "$mmdiff" --type=u16le a.raw a.npy
good "$mmdiff" --type=u16le a.npy a.raw
check "and the note names its model" grep -q 'a.raw: note: raw, taken for 3 x u16le as a.npy is' "$base/err"
good "$mmdiff" -q --type=u16le --samples=3 a.raw a.npy
check "-q prints nothing" test ! -s "$base/out" -a ! -s "$base/err"
for shard in 1/2 2/2; do
    good "$mmdiff" --shard=$shard --type=u16le a.npy a.raw
done

# ---- one sample
cp a.raw b.raw
printf '\x07\x00' | dd of=b.raw bs=1 seek=$(((20 * 61 + 5) * 6 + 2)) conv=notrunc status=none
was=$("${mmdiff%mmdiff}mmdump" -t u16le -s 3 --width=61 --roi=5,20,1x1 -c 1 --output=csv a.raw 2>/dev/null | tail -1 | tr -d '\r')
differ "^ +5 +20 +1 +$was +7$" "$mmdiff" --type=u16le a.npy b.raw
check "how many" grep -q '^different: 1 of 7869 samples$' "$base/out"
differ "^ +5 +20 +1 +7 +$was$" "$mmdiff" --type=u16le b.raw a.npy
gap=$((was > 7 ? was - 7 : 7 - was))
good "$mmdiff" --tolerance=$gap --type=u16le a.npy b.raw
check "within" grep -q '^within the tolerance: 1 samples$' "$base/out"
differ "^different: 1 " "$mmdiff" --tolerance=$((gap - 1)).75 --type=u16le a.npy b.raw
good "$mmdiff" --type=u16le -c 0,2 a.npy b.raw
good "$mmdiff" --type=u16le --roi=6,20,1x1 a.npy b.raw
differ "^ +5 +20 +1 " "$mmdiff" --type=u16le --roi=5,19,2x2 a.npy b.raw
differ "^ +1225 +1 " "$mmdiff" -t u16le -s 3 a.raw b.raw
differ "^ +5 +20 +1 " "$mmdiff" --type=u16le --offset=20rows a.npy b.raw
good "$mmdiff" --type=u16le --offset=21rows a.npy b.raw
differ "^different: 1 of 3660 samples" "$mmdiff" --type=u16le --length=1220px --offset=61px a.npy b.raw
run "$mmdiff" -q --type=u16le a.npy b.raw
check "-q tells by its status alone" test "$status" = 1 -a ! -s "$base/out" -a ! -s "$base/err"
run "$mmdiff" -q --json --type=u16le a.npy b.raw
check "-q --json says that it stopped" grep -q '"equal": false.*"complete": false' "$base/out"

# ---- what is said first
image npy wide.npy -t u8 -s 3
differ '^different type: u16be and u8$' "$mmdiff" a.npy wide.npy
good "$mmgen" --pattern=constant:9 -t u8 -s 1 --width=7 --height=5 --format=npy nine.npy
good "$mmgen" --pattern=constant:9 -t i32 -s 1 --width=7 --height=5 --format=npy nines.npy
differ '^what both have is equal: 35 samples$' "$mmdiff" nine.npy nines.npy
good "$mmdiff" --any-type nine.npy nines.npy
good "$mmgen" --pattern=constant:9 -t u8 -s 1 --width=5 --height=7 --format=npy turned.npy
differ '^different width: 7 and 5 pixels$' "$mmdiff" nine.npy turned.npy
check "nothing is compared" grep -q '^the samples are not compared$' "$base/out"
good "$mmgen" --pattern=constant:9 -t u8 -s 2 --width=7 --height=5 --format=npy two.npy
differ '^different samples per pixel: 1 and 2$' "$mmdiff" nine.npy two.npy
good "$mmgen" --pattern=constant:9 -t u8 -s 1 --width=7 --height=8 --format=npy high.npy
differ '^different height: 5 and 8 rows: B has 3 more$' "$mmdiff" nine.npy high.npy
check "the rows in front are compared" grep -q '^what both have is equal: 35 samples$' "$base/out"
differ 'A has 3 more$' "$mmdiff" high.npy nine.npy
printf '\x09\x09\x09' >three
differ '^different length: 35 and 3 pixels: A has 32 more$' "$mmdiff" nine.npy three
differ '^different length: 3 and 35 pixels: B has 32 more$' "$mmdiff" three nine.npy
run "$mmdiff" -q three nine.npy
check "-q: a length" test "$status" = 1
: >empty
cp empty empty2
good "$mmdiff" empty empty2
differ '^different length: 0 and 3 pixels' "$mmdiff" -t u8 -s 1 empty three

# Planes of another height: the rows in front of each.
printf 'abcdefghi' >planes3
printf 'abxcdexfghixx' | tr -d x >same
same "a check of the test" planes3 same
printf 'abcABCdefDEFghiGHI' >planes6
differ '^different height: 1 and 2 rows: B has 1 more$' "$mmdiff" -t u8 -s 3 --layout=bsq --width=3 planes3 planes6
check "their rows are equal" grep -q '^what both have is equal: 9 samples$' "$base/out"
differ '^different height: 2 and 1 rows: A has 1 more$' "$mmdiff" -t u8 -s 3 --layout=bsq --width=3 planes6 planes3
check "their rows are equal" grep -q '^what both have is equal: 9 samples$' "$base/out"

# ---- numbers
printf '\xff\xff\xff\xff\xff\xff\xff\xff' >ones
printf '\x00\x00\x00\x00\x00\x00\x00\x80' >least
differ '^ +0 +1 +1 +1 +0 +9223372036854775807 ' "$mmdiff" -t u64le -s 1 least ones
differ '^ +0 +0 +18446744073709551615 +9223372036854775808$' "$mmdiff" -t u64le -s 1 ones least
printf '\x93NUMPY\x01\x00\x46\x00%-69s\n\x00\x00\x00\x00\x00\x00\x00\x80' "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1)}" >least.npy
differ '^ +0 +1 +1 +0 +1 +27670116110564327423 ' "$mmdiff" --type=u64le ones least.npy
# The same bits are another value where one type has a sign: -1 and the largest.
{ head -c 80 least.npy && cat ones; } >minus.npy
differ '^ +0 +1 +1 +0 +1 +18446744073709551616 ' "$mmdiff" --type=u64le ones minus.npy
printf '\x00\x00\xc0\x7f' >nan
printf '\x01\x00\xc0\xff' >nan2
printf '\x00\x00\x80\x7f' >inf
good "$mmdiff" -t f32le -s 1 nan nan2
differ ' 1$' "$mmdiff" -t f32le -s 1 --tolerance=1e30 nan inf
differ '^ +0 +1 +1 +0 +0 ' "$mmdiff" -t f32le -s 1 --nodata=nan nan inf
good "$mmdiff" -t f32le -s 1 --nodata=nan nan nan2
good "$mmdiff" -t f32le -s 1 inf inf

# ---- records
printf 'aaaa\x01\x02name\x00xgg' >r1
printf 'aaaa\x01\x03name\x00ygh' >r2
fields='u32 id, bool on, u8 count, char name[6], gap[1], u8 last'
differ '^ +0 +count +2 +3$' "$mmdiff" --record="$fields" r1 r2
check "text ends at its NUL" grep -Eq '^ +name +1 +0 ' "$base/out"
check "and the last one" grep -Eq '^ +0 +last +103 +104$' "$base/out"
good "$mmdiff" --record='u32 id, gap[1], gap[1], char name[6], gap[2]' r1 r2
printf 'aaaa\x02\x02name\x00xgg' >r3
good "$mmdiff" --record="$fields" r1 r3
cat r1 r1 r2 >many
cat r1 r2 r2 r2 >more
differ '^different length: 3 and 4 records: B has 1 more$' "$mmdiff" --record="$fields" many more
check "the first that differs" grep -Eq '^ +1 +count +2 +3$' "$base/out"
differ '^ +0 +axis\[2\] +67 +68$' "$mmdiff" --record='u8 axis[3]' <(printf 'ABC') <(printf 'ABD')
run "$mmdiff" --json --record='u8 axis[3], char name[2]' <(printf 'ABCn"') <(printf 'ABDm"')
check "--json of records" grep -q '"first": \[{"record": 0, "field": "axis", "element": 2, "a": "67", "b": "68"}, {"record": 0, "field": "name", "a": "\\"n\\"\\"", "b": "\\"m\\"\\""}\]' "$base/out"

# ---- what is said of B alone
numbers() { # TYPE-OF-PYTHON'S-STRUCT VALUE...: on stdout
    python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack(sys.argv[1], *map(int, sys.argv[2:])))' "$@"
}
numbers '<6H' 1 2 3 4 5 6 >first
numbers '>6I' 1 2 3 4 5 6 >second
numbers '<6H' 1 3 5 2 4 6 >planar
{ printf 'in front' && cat second && printf behind; } >middle
{ numbers '<3H' 1 2 3 && printf gap && numbers '<3H' 4 5 6 && printf gap; } >gaps
differ '^different type: u16le and u32be$' "$mmdiff" -t u16le -s 1 --type-b=u32be first second
check "and the samples are equal" grep -q '^what both have is equal: 6 samples$' "$base/out"
good "$mmdiff" --any-type -t u16le -s 1 --type-b=u32be --offset-b=2px --length-b=6px first middle
good "$mmdiff" --any-type --type=u32be -s 1 --type-b=u16le --offset=8 --length=24 --offset-b=0 --length-b=0 middle first
good "$mmdiff" -t u16le -s 2 --width=3 --layout-b=bsq --height=1 first planar
good "$mmdiff" -t u16le -s 1 --width=3 --row-bytes-b=9 first gaps
good "$mmdiff" -t u16le -s 1 --width=3 --row-bytes=9 --row-bytes-b=6 gaps first
differ '^different samples per pixel: 1 and 2$' "$mmdiff" -t u16le -s 1 --samples-b=2 first planar
differ '^different width: 3 and 2 pixels$' "$mmdiff" -t u16le -s 1 --width=3 --width-b=2 first planar
good "$mmdiff" --type-b=u16le a.npy a.raw
good "$mmdiff" --type=u16be --type-b=u16le a.npy a.raw
expect 2 "--type=u8: the header says u16be" "$mmdiff" --type=u8 --type-b=u16le a.npy a.raw
expect 2 "--type-b=u8: the header says u16be" "$mmdiff" --type=u16le --type-b=u8 a.raw a.npy
expect 2 "--type-b=u8: the header says u16be" "$mmdiff" --type-b=u8 a.npy copy.npy
expect 2 "--width=60: the header says 61" "$mmdiff" --width=60 --width-b=61 a.npy copy.npy
good "$mmdiff" --format=npy --format-b=raw --type-b=u16be --offset-b=128 a.npy copy.npy
good "$mmdiff" --format=raw --offset=128 --type=u16be -s 3 --width=61 --format-b=auto --offset-b=0 a.npy copy.npy
cat least.npy minus.npy >both.npy
good "$mmdiff" --part-b=2 minus.npy both.npy
good "$mmdiff" --part=2 --part-b=1 <(cat a.npy least.npy) both.npy
good "$mmdiff" -t u16le -s 1 --nodata=3 --nodata-b=5 <(numbers '<3H' 1 3 2) <(numbers '<3H' 1 5 2)
differ '^different: 1 ' "$mmdiff" -t u16le -s 1 --nodata=3 <(numbers '<3H' 1 3 2) <(numbers '<3H' 1 5 2)
good "$mmdiff" --record='u16le a' --offset-b=2 --length=4 <(numbers '<2H' 7 8) <(numbers '<4H' 6 7 8 9)
expect 2 "record has no pixels: of B it takes" "$mmdiff" --record='u8 a' --type-b=u8 first second
expect 2 "second: --offset-b=99 is behind the end" "$mmdiff" -t u8 -s 1 --offset-b=99 first second
expect 2 "--offset=1 --length-b=99 reaches behind the end" "$mmdiff" -t u8 -s 1 --offset=1 --length-b=99 first second
expect 2 "--offset-b=x: not a size" "$mmdiff" -t u8 -s 1 --offset-b=x first second
expect 2 "--samples-b=0: must be from 1" "$mmdiff" --samples-b=0 first second
expect 2 "--type-b=u9: must be one of" "$mmdiff" --type-b=u9 first second
expect 2 "--format-b=x: must be auto" "$mmdiff" --format-b=x first second
expect 2 "--layout-b=x: must be bip" "$mmdiff" --layout-b=x first second
expect 2 "--nodata-b=x: must be none" "$mmdiff" --nodata-b=x first second
expect 2 "--row-bytes-b=5: a row of 3 pixels has 6 bytes" "$mmdiff" -t u16le -s 1 --width=3 --row-bytes-b=5 first second
expect 2 "--row-bytes-b=7: the header of copy.npy says" "$mmdiff" --row-bytes-b=7 a.npy copy.npy
expect 2 "--part-b=2: second is taken for raw" "$mmdiff" -t u8 -s 1 --part-b=2 first second

# ---- streams
checks=$((checks + 1))
"$mmdiff" -q -t u16le -s 3 - a.raw <a.raw || fail "stdin as A: $?"
"$mmdiff" -q -t u16le -s 3 b.raw - <a.raw && fail "stdin as B: $?"
expect 2 "both files cannot be stdin" "$mmdiff" - -

# Longer than what is kept of a pipe in any case: taken as it comes, the result is that of files.
good "$mmgen" --pattern=noise --seed=3 -t u16le -s 3 --width=1000 --height=600 whole.raw
good "$mmgen" --pattern=noise --seed=3 -t u16be -s 3 --width=1000 --height=600 --format=npy whole.npy
python3 - <<'END'
import array
samples = array.array("H")
with open("whole.raw", "rb") as whole:
    samples.frombytes(whole.read())
with open("bsq.raw", "wb") as bsq, open("bil.raw", "wb") as bil:
    for channel in range(3):
        bsq.write(samples[channel::3].tobytes())
    for start in range(0, len(samples), 3000):
        for channel in range(3):
            bil.write(samples[start + channel : start + 3000 : 3].tobytes())
END
cp whole.raw changed.raw
printf '\x07\x00' | dd of=changed.raw bs=1 seek=3500002 conv=notrunc status=none
head -c 3000000 whole.raw >short.raw
{ cat whole.raw && head -c 60 a.raw; } >long.raw
plain() { # what is printed, whatever the files are called and when it was
    sed -E 's#/dev/fd/[0-9]+|[a-z]+\.(raw|npy)#X#g; s/"(seconds|[a-z_]*io|[a-z_]*reason|windows|window_bytes|threads|[a-z_]*bytes[a-z_]*|version|notes|backends?|[a-z_]*faults|mapped[a-z_]*|cpu[a-z_]*)": ("[^"]*"|\[[^]]*\]|[0-9.]+)(, )?//g' "$1"
}
as_it_comes() { # A B OPTION...: with either of them as a pipe what files give
    local a=$1 b=$2 wanted
    shift 2
    run "$mmdiff" "$@" "$a" "$b"
    wanted=$status
    plain "$base/out" >"$base/files.out"
    # The copy of a pipe would not fit.
    (ulimit -f 3000 && exec "$mmdiff" -v "$@" <(cat "$a") "$b") >"$base/out" 2>"$base/err"
    status=$?
    check "A comes, $*: $status, not $wanted: $(head -c 300 "$base/err")" test "$status" = "$wanted"
    check "A comes, $*: as of files: $(plain "$base/out" | diff - "$base/files.out" | head -c 400)" cmp -s <(plain "$base/out") "$base/files.out"
    check "A comes, $*: $(cat "$base/err")" grep -q 'read as it comes' "$base/err"
    (ulimit -f 3000 && exec "$mmdiff" -v "$@" "$a" <(cat "$b")) >"$base/out" 2>"$base/err"
    status=$?
    check "B comes, $*: $status, not $wanted: $(head -c 300 "$base/err")" test "$status" = "$wanted"
    check "B comes, $*: as of files: $(plain "$base/out" | diff - "$base/files.out" | head -c 400)" cmp -s <(plain "$base/out") "$base/files.out"
    check "B comes, $*: $(cat "$base/err")" grep -q 'read as it comes' "$base/err"
}
pixels='-t u16le -s 3'
as_it_comes whole.raw changed.raw $pixels --histogram
as_it_comes whole.raw short.raw $pixels
as_it_comes long.raw changed.raw $pixels --width=1000
as_it_comes long.raw changed.raw $pixels --width=1000 --height=600
as_it_comes changed.raw whole.raw $pixels --offset=6 --length=550000px -c 1
as_it_comes changed.raw whole.npy --type=u16le --json
as_it_comes changed.raw bil.raw $pixels --width=1000 --layout-b=bil --height=600
as_it_comes bsq.raw changed.raw $pixels --width=1000 --height=600 --layout=bsq --layout-b=bip
as_it_comes long.raw whole.raw --record='u16le a, u8 b[3], u8 c' --places=3
expect 2 "3600010 bytes are not whole pixels of 6 bytes; --length=3600006 would be" "$mmdiff" $pixels <(cat whole.raw && printf 0123456789) whole.raw
expect 2 "ends early: its header speaks of 3600000 bytes of samples, and 2999" "$mmdiff" <(head -c 3000000 whole.npy) whole.npy
expect 2 "do not fit the 3600000 bytes" "$mmdiff" $pixels --width=1000 --height=700 --height-b=600 <(cat whole.raw) whole.raw
# What one pass is not enough for is copied.
good "$mmdiff" $pixels --width=1000 --roi=10,10,5x5 <(cat whole.raw) whole.raw
check "a rectangle" grep -q 'one pass in its order is not enough: .* copied to a temporary file' "$base/err"
# -q waits for no end where none has to come.
check "-q: another sample" bash -c "yes | { '$mmdiff' -q -t u8 -s 1 - whole.raw; test \$? = 1; }"
check "-q: longer" bash -c "cat whole.raw /dev/zero | { '$mmdiff' -q -t u8 -s 1 - whole.raw; test \$? = 1; }"
run bash -c "cat whole.raw /dev/zero | '$mmdiff' -q --json -t u8 -s 1 - whole.raw"
check "-q --json: longer by what nobody knows" grep -q '"records": null,.*"reasons": \["length: A has more"\], "complete": false' "$base/out"
check "-q: longer, as B" bash -c "cat whole.raw /dev/zero | { '$mmdiff' -q -t u8 -s 1 whole.raw -; test \$? = 1; }"

# ---- a picture, and what it may not replace
good "$mmdiff" --picture=black.png a.npy copy.npy
run "$mmdiff" --picture=where.png --type=u16le a.npy b.raw
check "a picture is made" test "$status" = 1 -a -s where.png -o ! -x "$mmpng"
if [ -x "$mmpng" ]; then
    good "$mmpng" import where.png where.raw
    check "of as many pixels" test "$(stat -c %s where.raw)" = $((61 * 43))
    check "and one is bright" test "$(tr -d '\0' <where.raw | wc -c)" = 1
    check "at its place" test "$(tail -c +$((20 * 61 + 5 + 1)) where.raw | head -c 1 | tr -d '\0' | wc -c)" = 1
    good "$mmpng" import black.png black.raw
    check "or none" test "$(tr -d '\0' <black.raw | wc -c)" = 0
    # Rows and columns are those of the image, also behind --offset: five pixels of row 20 are left out here.
    run "$mmdiff" --picture=part.png --type=u16le --offset=1225px a.npy b.raw
    good "$mmpng" import part.png part.raw
    check "a picture of a part" test "$(stat -c %s part.raw)" = $((61 * 23))
    check "its first difference: $(od -An -tu1 -N6 part.raw)" test "$(od -An -tu1 -N6 part.raw | tr -s ' ')" = " 0 0 0 0 0 127"
    expect 2 "where.png: .*exists" "$mmdiff" --picture=where.png --type=u16le a.npy b.raw
    expect 2 "a.npy" "$mmdiff" -f --picture=a.npy --type=u16le a.npy b.raw
    expect 2 "b.raw" "$mmdiff" -f --picture=b.raw --type=u16le a.npy b.raw
fi
expect 2 "--picture needs --width" "$mmdiff" --picture=new.png -t u16le -s 3 a.raw b.raw
expect 2 "-q stops at the first difference" "$mmdiff" -q --picture=new.png a.npy b.raw

# ---- refused
expect 2 "two files are compared, 1 given" "$mmdiff" a.npy
expect 2 "two files are compared, 3 given" "$mmdiff" a.npy a.npy a.npy
expect 2 "missing: .*[Nn]o such file" "$mmdiff" a.npy missing
expect 2 "type=u8: the header says u16be" "$mmdiff" --type=u8 a.npy copy.npy
expect 2 "width=60: the header says 61" "$mmdiff" --width=60 a.npy copy.npy
expect 2 "tolerance=-1: must be a number from 0 on" "$mmdiff" --tolerance=-1 a.npy copy.npy
expect 2 "tolerance=nan: must be" "$mmdiff" --tolerance=nan a.npy copy.npy
expect 2 "not whole pixels" "$mmdiff" -t u16le -s 3 a.raw three
expect 2 "reaches outside" "$mmdiff" --roi=60,0,2x1 a.npy copy.npy
expect 2 "record has no pixels: --roi" "$mmdiff" --record='u8 a' --roi=0,0,1x1 --width=1 three three
expect 2 "record has no pixels: --nodata" "$mmdiff" --record='u8 a' --nodata=1 three three
expect 2 "offset=3 is within a pixel of 6 bytes; --offset=0 or --offset=6 would be" "$mmdiff" --offset=3 --length=6 a.npy copy.npy
expect 2 "channels=3" "$mmdiff" --channels=3 a.npy copy.npy
expect 2 "--first" "$mmdiff" --first=3 a.npy copy.npy

# ---- a file that becomes shorter: a message, never a verdict
head -c 40000000 /dev/zero >zeros
mkfifo pipe
"$mmdiff" -q -t u8 -s 1 -j1 zeros pipe 2>"$base/err" &
pid=$!
exec 7>pipe
until [ -n "$(find "/proc/$pid/fd" -lname '*/zeros' 2>/dev/null)" ]; do
    kill -0 $pid || break
    sleep 0.01
done
truncate -s 123456 zeros
head -c 40000000 /dev/zero >&7
exec 7>&-
wait $pid
status=$?
check "A was cut: $status" test "$status" = 2
check "and it says so: $(cat "$base/err")" grep -Eq '^mmdiff: zeros: .*(shorter|trunc|behind the end)' "$base/err"
# B while A is waited for: its one window is there, what is behind the new end reads as the zeros of A, and only the
# window's end tells. Blocks of 512 KiB are mapped, smaller ones might be read. Of A more was taken than its head and than a
# pipe holds: so blocks were compared.
rm second
truncate -s 5M second
mkfifo slow
"$mmdiff" -q -t u64 -s 1 slow second 2>"$base/err" &
pid=$!
exec 7>slow
head -c 4M /dev/zero >&7
truncate -s 4096 second
head -c 1M /dev/zero >&7
exec 7>&-
wait $pid
status=$?
check "B was cut under its window: $status" test "$status" = 2
check "and it says so: $(cat "$base/err")" grep -Eq '^mmdiff: .*second: .*(shorter|trunc|behind the end)' "$base/err"
truncate -s 256M sparse
for i in 1 2 3; do
    truncate -s 0 second
    truncate -s 256M second
    "$mmdiff" -q -t u8 -s 1 -j2 --window=1M sparse second 2>"$base/err" &
    pid=$!
    sleep 0.0$i
    kill -STOP $pid 2>/dev/null
    truncate -s $((RANDOM * 4096)) second
    kill -CONT $pid 2>/dev/null
    wait $pid
    status=$?
    # 1: it was cut before it was opened.
    check "B was cut: $status: $(cat "$base/err")" test "$status" = 0 -o "$status" = 1 -o "$status" = 2 -a -s "$base/err"
done
finish
