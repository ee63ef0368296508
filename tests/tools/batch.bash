# Many FILEs: lists of them, what is reported of each, and what failed.
. "${0%/*}/common.bash"
for i in 1 2 3 4 5; do printf 'AB%d!EFGH' "$i" >"f $i"; done
mkdir originals && cp f* originals

find . -maxdepth 1 -name 'f*' -print0 | sort -z >list0
printf 'f 1\n\nf 2\nf 3' >list
good "$mmbright" -q -i -t u8 -s 1 --add=1 --files-from=list0
check "all five" test "$(cat f*)" = 'BC2"FGHIBC3"FGHIBC4"FGHIBC5"FGHIBC6"FGHI'
good "$mmbright" -q -i -t u8 -s 1 --add=1 --files-from=list "f 5"
check "three and one" test "$(cat f*)" = 'CD3#GHIJCD4#GHIJCD5#GHIJBC5"FGHICD7#GHIJ'
checks=$((checks + 1))
printf 'f 4\0' | "$mmbright" -q -i -t u8 -s 1 --add=1 --files-from=- || fail "a list on stdin"
check "one from stdin" test "$(cat "f 4")" = 'CD6#GHIJ'
good "$mmbright" -q -o originals -f -t u8 -s 1 --add=0 --files-from=list
same "into a folder" "f 2" "originals/f 2"
good "$mmbright" -q -n -i -t u8 -s 1 --journal-file=j --files-from=list
expect 1 "list-that-is-not: cannot read the list: No such file" "$mmbright" -i --files-from=list-that-is-not
: >empty
expect 2 "no FILE given" "$mmbright" -i --files-from=empty
expect 2 "same file" "$mmbright" -i -t u8 -s 1 --files-from=list "f 1"

expect 2 "same file" "$mmbright" -i --journal=off -t u8 -s 1 missing "f 1" "./f 1"
cp "f 1" before-report
expect 2 "is one of the images" "$mmbright" -i -t u8 -s 1 --report="f 1" "f 1"
same "the image is no report" "f 1" before-report

# One line per file, added to what is there; what fails is listed at the end and has a line, too.
echo before >report
expect 1 "2 of 5 files failed" "$mmbright" -q -i --journal=off -t u8 -s 1 --report=report --files-from=list missing originals
check "listed" test "$(tail -2 "$base/err")" = "  missing
  originals"
check "a line for each" test "$(wc -l <report)" = 6
check "three done" test "$(grep -c '"saturated_low".*"status": 0}$' report)" = 3
check "two failed" test "$(grep -c '"file": "\(missing\|originals\)", "status": 1}$' report)" = 2
expect 1 "No such file" "$mmbright" -i -t u8 -s 1 --report=no/report "f 1"
good "$mmbright" -q -n -i -t u8 -s 1 --report=report2 "f 1"
check "a rehearsal" grep -q '"dry_run": true, "status": 0}' report2
finish
