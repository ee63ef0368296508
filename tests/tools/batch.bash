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
check "two failed" test "$(grep -c '"file": "\(missing\|originals\)", .*"status": 1}$' report)" = 2
check "why" grep -q '"name": "missing", "reason": "missing: open: No such file or directory", "errno": 2, "changed": "none", "status": 1}$' report
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
for journal in kill off power; do
    how="-q -i -t u8 -s 2 --add=10 --journal=$journal -j4"
    expect 2 "copies/070: 3 bytes" "$mmbright" $how --all-or-nothing copies/07[0-9]
    check "$journal: said once" test "$(grep -c bytes "$base/err")" = 1
    check "$journal: none is changed" bash -c 'for i in 2 3 4 5 6 7 8 9; do cmp copies/07$i many/07$i || exit; done'
    rm -f report
    # Those of an odd length cannot be used with two samples.
    expect 1 "copies/070: 3 bytes" "$mmbright" $how --report=report copies/07[0-9]
    odd=$(cd many && for i in 2 3 4 5 6 7 8 9; do [ $(($(stat -c %s 07$i) % 2)) = 0 ] || echo 07$i; done)
    failed=$(($(wc -w <<<"$odd") + 2))
    check "$journal: $(tail -20 "$base/err")" grep -q "^mmbright: $failed of 10 files failed, $((10 - failed)) are changed and would be changed again by the same command; --retry='report' does those that failed:$" "$base/err"
    for i in 2 3 4 5 6 7 8 9; do
        case $odd in
        *07$i*) same "$journal: left alone" copies/07$i many/07$i ;;
        *) check "$journal: changed" bash -c '! cmp -s copies/07$1 many/07$1' - $i ;;
        esac
    done
    check "$journal: a line for each" test "$(grep -c '"status": 0}$' report) $(grep -c '"reason": "copies/07[0-9]: [0-9]* bytes from.*"errno": null, "changed": "none", "status": 2}$' report)" = "$((10 - failed)) $failed"
    check "$journal: no journal" test -z "$(find copies -name '*.mmj.*')"
    cp -r copies half
    # What failed, and nothing else; again with the same report there is nothing left.
    good "$mmbright" -q -i -t u8 -s 1 --add=10 --journal=$journal --retry=report --report=report
    for i in 0 1 2 3 4 5 6 7 8 9; do
        case "070 071 $odd" in
        *07$i*) check "$journal: done now" bash -c '! cmp -s copies/07$1 half/07$1' - $i ;;
        *) same "$journal: not again" copies/07$i half/07$i ;;
        esac
    done
    expect 2 "no FILE has failed there, or all were done since" "$mmbright" -i --add=1 --retry=report
    rm -rf copies half
    cp -r many copies
    printf abc | tee copies/070 >copies/071
done
# One that lacks, with the default journal: the others are done, and the run is over. The journal lies beside the first that there is.
rm copies/069
run "$mmbright" -q -i -t u8 -s 1 --add=3 -j4 copies/069 copies/070 copies/071 missing copies/072
check "status $status" test "$status" = 1
check "two failed: $(cat "$base/err")" grep -q "^mmbright: 2 of 5 files failed, 3 are changed and would .*give it those that failed alone:$" "$base/err"
same "the others are done" copies/072 alone/072
check "no journal" test -z "$(find . -name '*.mmj.*')"
# A mistake in all of them is said once; a report or a copy that is an image ends all.
expect 2 "need a whole number" "$mmbright" -q -i -t u8 -s 1 --add=1.5 -j4 copies/*
check "said once" test "$(grep -c 'whole number' "$base/err")" = 1
rm -f report
expect 2 "is one of the images" "$mmbright" -q -i -t u8 -s 1 --add=1 --report=copies/075 copies/074 copies/075
same "untouched" copies/074 many/074
# New files: what cannot be made is left out.
mkdir target && : >target/073
expect 1 "1 of 3 files failed, 2 are written:" "$mmbright" -q -o target -t u8 -s 1 --add=3 many/072 many/073 many/074
same "made" target/072 alone/072
same "made, too" target/074 alone/074
check "not replaced" test ! -s target/073
expect 2 "exists already" "$mmbright" -q -o target -t u8 -s 1 --add=3 --all-or-nothing many/072 many/073 many/076
check "nothing was made" test ! -e target/076
rm -r target

# A report in any of JSON's ways to write a name; what is no report is refused.
printf 'x' | tee 'odd"\name' $'tab\there' $'caf\303\251' $'raw\377byte' $'\360\237\246\235' >plain
run "$mmbright" -q -i -t u8 -s 2 --add=1 --report=names.jsonl 'odd"\name' $'tab\there' $'caf\303\251' $'raw\377byte' $'\360\237\246\235' missing
check "all failed" test "$(grep -c '"status": 2}' names.jsonl)" -ge 1
python3 - <<'END'
import json, os
names = [b'odd"\\name', b"tab\there", b"caf\xc3\xa9", b"raw\xffbyte", b"\xf0\x9f\xa6\x9d"]
with open("ascii.jsonl", "w") as file:
    for name in names:
        file.write(json.dumps({"tool": "mmbright", "list": [1, 2], "name": os.fsdecode(name), "nothing": None, "status": 1}) + "\r\n\n")
    file.write(json.dumps({"status": 1, "tool": "mmbright", "file": "plain"}) + "\n")
    file.write(json.dumps({"tool": "mmbright", "file": "plain", "dry_run": True, "status": 0}) + "\n")
    file.write(json.dumps({"tool": "mmbright", "file": "x", "left_out": "journal"}))
END
good "$mmbright" -q -i -t u8 -s 1 --add=1 --retry=ascii.jsonl
check "all six: $(cat 'odd"\name' $'tab\there' $'caf\303\251' $'raw\377byte' $'\360\237\246\235' plain)" \
    test "$(cat 'odd"\name' $'tab\there' $'caf\303\251' $'raw\377byte' $'\360\237\246\235' plain)" = yyyyyy
for line in 'x' '{' '{"tool": "mmbright", "name": "a", "status": 1' '{"tool": "mmstat", "name": "a", "status": 1}' '{"name": "a", "status": 1}' \
    '{"tool": "mmbright", "status": 1}' '{"tool": "mmbright", "name": "\u12", "status": 1}' '{"tool": "mmbright", "name": "\ud800", "status": 1}' '{"tool": "mmbright", "name": "a\'; do
    printf '\n%s\n' "$line" >bad.jsonl
    expect 2 "--retry=bad.jsonl: line 2 is no line of a report" "$mmbright" -i --add=1 --retry=bad.jsonl
done
expect 2 "give no others" "$mmbright" -i --add=1 --retry=report plain
expect 1 "cannot read the list" "$mmbright" -i --add=1 --retry=nowhere

# Lists of other systems.
printf 'plain\r\ncaf\303\251\r\n' >list
expect 0 "^mmbright: list: note: its lines end with CR LF: the CR is no part of a name$" "$mmbright" -i -t u8 -s 1 --add=1 --files-from=list
printf '\357\273\277plain\r\ncaf\303\251' >list
expect 0 "note: it begins with a byte order mark" "$mmbright" -i -t u8 -s 1 --add=1 --files-from=list
check "both" test "$(cat plain $'caf\303\251')" = '{{'
printf 'q' >$'name\r'
printf 'name\r\nplain\n' >list
good "$mmbright" -q -i -t u8 -s 1 --add=1 --files-from=list
check "a name with a return" test "$(cat $'name\r')" = r
rm -f plain list names.jsonl ascii.jsonl bad.jsonl $'name\r' 'odd"\name' $'tab\there' $'caf\303\251' $'raw\377byte' $'\360\237\246\235'

# A run that left one out is interrupted; meanwhile that one could be used. It has no place in the journal, and waits.
need_shim
rm -rf ./copies
mkdir copies
head -c 3000000 /dev/zero | tee copies/a copies/b >copies/c
mv copies/b copies/aside
raised KILL 3 copies/c "$mmbright" -q -i --io=buffered -j1 --window=64K -t u8 -s 1 --add=3 copies/a copies/b copies/c
mv copies/aside copies/b
expect 1 "copies/b: was not begun by the interrupted run" "$mmbright" -q -i -t u8 -s 1 --add=3 copies/a copies/b copies/c
check "once each: $(ls copies)" python3 -c '
for name, value in ("a", 3), ("b", 0), ("c", 3):
    assert set(open("copies/" + name, "rb").read()) == {value}, name'
# The same FILEs in another order may have been the interrupted command: repeated, it must find what is done.
check "its journal stays: $(ls copies)" bash -c 'ls copies/a.mmj.* >/dev/null'
expect 1 "copies/b: was not begun by the interrupted run" "$mmbright" -q -i -t u8 -s 1 --add=3 copies/a copies/b copies/c
good "$mmbright" -q -i -t u8 -s 1 --add=3 copies/b
check "once each, all: $(ls copies)" python3 -c '
for name in "abc":
    assert set(open("copies/" + name, "rb").read()) == {3}, name'
good "$mmbright" --discard-journal copies/a
check "no journal: $(ls copies)" test "$(ls copies | tr "\n" " ")" = "a b c "
# In another order: the run is finished, but does not end, and the command that was interrupted changes nothing twice.
rm -rf copies
mkdir copies
head -c 3000000 /dev/zero | tee copies/a >copies/b
raised KILL 3 copies/a "$mmbright" -q -i --io=buffered -j1 --window=64K -t u8 -s 1 --add=3 copies/a copies/b
expect 1 "copies/b: was not begun by the interrupted run" "$mmbright" -q -i -t u8 -s 1 --add=3 copies/b copies/a
good "$mmbright" -q -i -t u8 -s 1 --add=3 copies/a copies/b
check "once each, in another order" python3 -c '
for name in "ab":
    assert set(open("copies/" + name, "rb").read()) == {3}, name'
# A file that was changed in part and is gone: its journal is not given up because the others are done.
cp copies/b ../c
rm -rf copies
mkdir copies
head -c 3000000 /dev/zero | tee copies/a >copies/c
raised KILL 3 copies/c "$mmbright" -q -i --io=buffered -j1 --window=64K -t u8 -s 1 --add=3 copies/a copies/c
mv copies/c copies/aside
expect 1 "copies/c: open: No such file" "$mmbright" -q -i -t u8 -s 1 --add=3 copies/a copies/c
check "its journal: $(ls copies)" bash -c 'ls copies/a.mmj.* >/dev/null'
mv copies/aside copies/c
good "$mmbright" -q -i -t u8 -s 1 --add=3 copies/a copies/c
same "once: a" copies/a ../c
same "once: c" copies/c ../c
check "no journal: $(ls copies)" test "$(ls copies | tr "\n" " ")" = "a c "
rm -rf copies ../c
cp -r many copies

# With a journal nothing behind the one that is refused is touched, however many are planned ahead; and then each is
# changed once.
for threads in 1 2 7; do
    rm -rf copies
    cp -r many copies
    mapfile -t listed < <(printf 'copies/%s\n' $(ls many))
    stranger=copies/150.mmj.0-$(stat -c %s copies/150)
    echo "no journal" >$stranger
    expect 1 "150.*belongs to an unfinished run" "$mmbright" -q -i -t u8 -s 1 --add=3 -j$threads "${listed[@]}"
    check "$threads threads: listed once" test "$(tail -2 "$base/err")" = "mmbright: 1 of 302 files failed, 151 are changed:
  copies/150"
    wrong=
    for file in many/*; do
        file=${file#many/}
        wanted=many
        [ "$((10#$file))" -lt 150 ] && wanted=alone
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
        [ "$((10#$file))" -lt 120 ] && wanted=alone
        [ $file = 120 ] || cmp -s $wanted/$file copies/$file || wrong="$wrong $file"
    done
    check "$threads threads, journalled, a signal: in order: $wrong" test -z "$wrong"
    good "$mmbright" -q -i --io=buffered -t u8 -s 1 --add=3 -j$threads $(printf 'copies/%s ' $(ls many))
    check "$threads threads, journalled, gone on with: the bytes" diff -r alone copies
done

# A usage error of one file is no usage error of a run that changed another, also when that could not be told.
for threads in 1 2; do
    for journal in off kill; do
        rm -rf ./*
        printf 'short' >one
        printf '0123456789abcdef' >two
        expect 1 "reaches behind the end" bash -c 'exec "$@" >/dev/full' - "$mmbright" -q -i --json --add=1 -t u8 -s 1 \
            --offset=4 --length=8 --journal=$journal -j$threads one two
        check "$threads threads, journal $journal: the other is changed" test "$(cat two)" = 012356789:bccdef
    done
done

# What was changed and failed after that is not done again by --retry: it would be changed twice.
for threads in 1 2; do
    rm -rf ./*
    printf '0123' >one
    printf '4567' >two
    report=(-q -i --add=1 -t u8 -s 1 --journal=off --report=r.jsonl)
    expect 1 "2 of 2 files failed, 2 are changed" bash -c 'exec "$@" >/dev/full' - "$mmbright" "${report[@]}" --json \
        -j$threads one two
    check "both are changed" test "$(cat one two)" = 12345678
    expect 2 "no FILE has failed there" "$mmbright" "${report[@]}" --retry=r.jsonl
    printf 'odd' >three
    expect 2 "not whole pixels" "$mmbright" -i --add=1 -t u8 -s 2 --journal=off --report=r.jsonl three
    printf 'even' >three
    expect 0 "one: note: not done again: it was changed, and failed after that: cannot write to stdout" \
        "$mmbright" -i --add=1 -t u8 -s 2 --journal=off --retry=r.jsonl
    check "the third alone is changed" test "$(cat one two three)" = 12345678fwfo
done
# Of one that was changed in part nobody knows which part.
rm -rf ./*
head -c 4M /dev/zero >large
expect 1 "File too large" bash -c 'trap "" XFSZ; ulimit -f 2048; exec "$@"' - "$mmbright" -q -i --io=buffered -j1 \
    "${report[@]}" large
cmp -s <(head -c 4M /dev/zero) large && fail "nothing was changed"
cp large before
expect 2 "large was changed in part, without a journal" "$mmbright" "${report[@]}" --retry=r.jsonl
check "and left alone" cmp before large

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
    # With --all-or-nothing it counts as one that cannot be used, before anything is changed, wherever it stands.
    cp here/a before
    for order in "here/a elsewhere/x" "elsewhere/x here/a"; do
        expect 1 "belongs to an unfinished run" "$mmbright" --add=5 -q -i --all-or-nothing -t u8 -s 1 $order
        check "$order: nothing is done" test "$(cat here/a elsewhere/x)" = "$(cat before)short"
    done
fi
finish
