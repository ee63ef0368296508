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
good "$mmbright" --add=10 -q -n -i -t u8 -s 1 --journal-file=j --files-from=list
expect 1 "list-that-is-not: cannot read the list: No such file" "$mmbright" --add=10 -i --files-from=list-that-is-not
: >empty
expect 2 "no FILE given" "$mmbright" --add=10 -i --files-from=empty
expect 2 "same file" "$mmbright" --add=10 -i -t u8 -s 1 --files-from=list "f 1"

expect 2 "same file" "$mmbright" --add=10 -i --journal=off -t u8 -s 1 missing "f 1" "./f 1"
cp "f 1" before-report
expect 2 "is one of the images" "$mmbright" --add=10 -i -t u8 -s 1 --report="f 1" "f 1"
same "the image is no report" "f 1" before-report

# One line per file, added to what is there; what fails is listed at the end and has a line, too.
echo before >report
expect 1 "2 of 5 files failed" "$mmbright" --add=10 -q -i --journal=off -t u8 -s 1 --report=report \
    --files-from=list missing originals
check "listed" test "$(tail -2 "$base/err")" = "  missing
  originals"
check "a line for each" test "$(wc -l <report)" = 6
check "three done" test "$(grep -c '"saturated_low".*"status": 0}$' report)" = 3
check "two failed" test "$(grep -c '"file": "\(missing\|originals\)", "status": 1}$' report)" = 2
expect 1 "No such file" "$mmbright" --add=10 -i -t u8 -s 1 --report=no/report "f 1"
good "$mmbright" --add=10 -q -n -i -t u8 -s 1 --report=report2 "f 1"
check "a rehearsal" grep -q '"dry_run": true, "status": 0}' report2

# Many at once: the same bytes and reports as one after the other, in the order of the FILEs, whatever the threads.
rm -rf ./*
mkdir many alone together
for ((i = 0; i < 300; i++)); do printf 'file %03d, of a length of its own%*s' $i $((i % 7)) '' \
    >many/$(printf %03d $i); done
# Two that are shared out between threads, in the middle of the small ones.
head -c 9000000 /dev/urandom >many/100a
head -c 12000000 /dev/urandom >many/200a
for file in many/*; do run "$mmbright" -q -o alone -t u8 -s 1 --add=3 "$file"; done
figures() { sed -E 's/"(seconds|bytes_per_second|io|io_reason|window_bytes|threads|windows|peak_mapped_bytes|minor_faults|major_faults)": ("[^"]*"|[^,}]*),? ?//g'; }
umask 027
for threads in 1 2 7; do
    rm -rf copies out.*
    cp -r many copies
    good "$mmbright" -q --json -i -t u8 -s 1 --add=3 --journal=off -j$threads copies/*
    figures <"$base/out" >out.$threads
    check "$threads threads: the bytes" diff -r alone copies
    check "$threads threads: a report for each, in order" test "$(grep -o '"file": "[^"]*"' out.$threads)" = "$(printf '"file": "%s"\n' copies/*)"
    [ -e first ] || cp out.$threads first
    same "$threads threads: the reports" first out.$threads
    rm -rf copies
    cp -r many copies
    good "$mmbright" -q -i -t u8 -s 1 --add=3 --journal=off -j$threads copies/*
    check "$threads threads, silent: the bytes" diff -r alone copies
    rm -rf together && mkdir together
    good "$mmbright" -q -o together -t u8 -s 1 --add=3 --verify -j$threads many/*
    check "$threads threads: new files" diff -r alone together
    check "$threads threads: their modes" test "$(stat -c %a together/* | sort -u)" = 640
    rm -rf copies
    cp -r many copies
    good "$mmbright" -q -i -t u8 -s 1 --add=3 -j$threads copies/*
    check "$threads threads, journalled: the bytes" diff -r alone copies
done
umask 022
check "no journal is left" test -z "$(find . -name '*.mmj.*')"

# Two copies of one name are refused before the first is made; large ones leave no more threads behind than small ones.
mkdir other target
cp many/001 other/001
expect 2 "many/001 and other/001 would both become target/001" \
    "$mmbright" --add=10 -q -o target -t u8 -s 1 many/000 many/001 other/001
check "nothing was made" test -z "$(ls target)"
rm -r other target

# What is wrong is said in the order of the FILEs, once; a usage error ends all before the first is touched.
rm -rf copies
cp -r many copies
rm copies/050 copies/150
expect 1 "2 of 302 files failed" "$mmbright" -q -i -t u8 -s 1 --add=3 \
    --journal=off -j4 $(printf 'copies/%s ' $(ls many))
check "the first first" test "$(grep -c . "$base/err") $(grep -n 'copies/050: ' "$base/err" | cut -d: -f1) $(grep -n 'copies/150: ' "$base/err" | cut -d: -f1)" = "5 1 2"
check "the others are done" test "$(cmp copies/299 alone/299 && cmp copies/000 alone/000 && echo same)" = same
rm -rf copies
cp -r many copies
printf abc >copies/070
printf abc >copies/071
expect 2 "copies/070: 3 bytes" "$mmbright" --add=10 -q -i -t u8 -s 2 --offset=0 --length=0 --journal=off -j4 copies/07[0-9]
check "said once" test "$(grep -c bytes "$base/err")" = 1
same "nothing was touched" copies/072 many/072
rm copies/070
expect 1 "No such file" "$mmbright" -q -i -t u8 -s 1 --add=3 -j4 copies/069 copies/070 copies/071
same "nor with a journal" copies/069 many/069

# With a journal nothing behind the one that is refused is touched, however many are planned ahead; and then each is
# changed once.
for threads in 1 2 7; do
    rm -rf copies
    cp -r many copies
    mapfile -t listed < <(printf 'copies/%s\n' $(ls many))
    stranger=copies/150.mmj.0-$(stat -c %s copies/150)
    echo "no journal" >$stranger
    expect 1 "150.*belongs to an unfinished run" "$mmbright" -q -i -t u8 -s 1 --add=3 -j$threads "${listed[@]}"
    check "$threads threads: listed once" test "$(tail -2 "$base/err")" = "mmbright: 1 of 302 files failed:
  copies/150"
    wrong=
    for file in many/*; do
        file=${file#many/}
        wanted=many
        [[ $file < 150 ]] && wanted=alone
        cmp -s $wanted/$file copies/$file || wrong="$wrong $file"
    done
    check "$threads threads: before it all are done, behind it none: $wrong" test -z "$wrong"
    rm $stranger
    good "$mmbright" -q -i -t u8 -s 1 --add=3 -j$threads "${listed[@]}"
    check "$threads threads, gone on with: the bytes" diff -r alone copies
done

# A signal ends it: the files in hand are done, the others are as they were, and it is no success.
need_shim
for threads in 1 2 5; do
    rm -rf copies
    cp -r many copies
    raised TERM 1 copies/020 "$mmbright" -q -i --io=buffered -t u8 -s 1 --add=3 --journal=off -j$threads copies/*
    check "$threads threads, a signal: status $status" test "$status" = 143
    done=0 undone=0
    for file in many/*; do
        file=${file#many/}
        if cmp -s alone/$file copies/$file; then
            done=$((done + 1))
        elif cmp -s many/$file copies/$file; then
            undone=$((undone + 1))
        fi
    done
    # Each of the others may have one in hand before that file. How far behind it they are is the scheduler's choice;
    # one thread alone begins none.
    most=301
    [ $threads != 1 ] || most=21
    check "$threads threads, a signal: $done done, $undone not" test $((done + undone)) = 302 -a $done -ge $((20 - threads)) -a $done -le $most
done

# With a journal those before it are done and those behind it are not, and the same command does the rest.
for threads in 1 2 5; do
    rm -rf copies
    cp -r many copies
    raised TERM 1 copies/120 "$mmbright" -q -i --io=buffered -t u8 -s 1 --add=3 -j$threads copies/*
    check "$threads threads, journalled, a signal: status $status" test "$status" = 75
    wrong=
    for file in many/*; do
        file=${file#many/}
        wanted=many
        [[ $file < 120 ]] && wanted=alone
        [ $file = 120 ] || cmp -s $wanted/$file copies/$file || wrong="$wrong $file"
    done
    check "$threads threads, journalled, a signal: in order: $wrong" test -z "$wrong"
    good "$mmbright" -q -i --io=buffered -t u8 -s 1 --add=3 -j$threads $(printf 'copies/%s ' $(ls many))
    check "$threads threads, journalled, gone on with: the bytes" diff -r alone copies
done

# A link among them leads to a file with an unfinished run, which only the journal's name beside it tells: it is too
# short for a mark.
if [ "$kind" = "${kind/posix/}" ]; then
    rm -rf ./*
    mkdir here elsewhere
    printf 'short' >elsewhere/x
    printf 'first' >here/a
    ln -s ../elsewhere/x here/b
    raised KILL 1 x "$mmbright" --add=10 -q -i --io=buffered -t u8 -s 1 elsewhere/x
    check "an unfinished run" bash -c 'ls elsewhere/x.mmj.* >/dev/null'
    expect 1 "belongs to an unfinished run" "$mmbright" --add=10 -q -i --journal=off -t u8 -s 1 here/a here/b
    check "it is left alone" test "$(cat elsewhere/x)" = short
fi
finish
