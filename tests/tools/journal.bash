# Runs in place that are interrupted: the same command finishes them, nothing else touches what they left.
. "${0%/*}/common.bash"

head -c 4194304 /dev/urandom >one
head -c 6291456 /dev/urandom >two
head -c 8388608 /dev/urandom >three
for name in one two three; do
    cp $name ../$name
    "$oracle" $name ../$name.wanted i16 4 bip $(($(stat -c %s $name) / 8)) 1 0 $(stat -c %s $name) - 1111 10 1 \
        >/dev/null
done
all="one two three"
afresh() { rm -f ./*; for name in $all; do cp ../$name $name; done; }
changed() { for name in "$@"; do same "after the run" $name ../$name.wanted; done; }
untouched() { for name in "$@"; do same "before the run" $name ../$name; done; }

# Several files in one run.
afresh
good "$mmbright" --add=10 -i --json $all
check "an object for each" test "$(wc -l <"$base/out")" = 3
check "the journal is named" test "$(grep -c '"journal": "kill", "resumed_bytes": 0' "$base/out")" = 3
changed $all
only $all
mkdir new
afresh 2>/dev/null
good "$mmbright" --add=10 -o new $all
for name in $all; do same "a copy" new/$name ../$name.wanted; done
untouched $all
rm -r new
for journal in kill power off; do
    afresh
    good "$mmbright" --add=10 -i --journal=$journal $all
    changed $all
    only $all
done
afresh
good "$mmbright" --add=10 -i --offset=8 --length=0 --journal-file="$base/elsewhere" one
check "no journal is left" test ! -e "$base/elsewhere"
: >empty
good "$mmbright" --add=10 -i empty
only empty $all
rm empty
afresh
expect 1 "absent: open: No such file" "$mmbright" --add=10 -i --all-or-nothing one absent three
untouched one three
only $all
expect 1 "absent: open: No such file" "$mmbright" --add=10 -i one absent three
changed one three
afresh
only $all
expect 1 "absent: open: No such file" "$mmbright" --add=10 -i --journal=off one absent three
changed one three
afresh
good "$mmbright" --status one
check "says that there is none" grep -q "^one: no journal$" "$base/out"
expect 1 "one: no journal" "$mmbright" --discard-journal one
good "$mmbright" --add=10 -n -i one
check "the plan names the journal" grep -q "journal kill" "$base/out"

if [ "$(id -u)" != 0 ]; then
    chmod a-w .
    expect 1 "journal-file=PATH puts it elsewhere" "$mmbright" --add=10 -i one
    chmod u+w .
fi
expect 1 "journal-file=PATH puts it elsewhere" "$mmbright" --add=10 -i --journal-file="$base/nowhere/journal" one
untouched one

need_shim
rm -f "$base/probe"

# halt SIGNAL FILE ARGUMENT...: run over ARGUMENT... until the signal comes, when a part of FILE has changed. After
# three of its 32 writes one of two threads has made two, and committed the first.
halt() {
    local signal=$1 name=$2
    shift 2
    raised $signal $((RANDOM % 3 + 4)) $name "$mmbright" --add=10 --io=buffered -j2 "$@"
}

for round in 1 2 3; do
    # Killed in the third of three: the first two are done, and are not done again.
    afresh
    halt KILL three -i $all
    check "killed: $status" test "$status" = 137
    # Without marks a small file beside each further FILE leads to the journal.
    if [[ $kind = *posix* ]]; then
        only $all one.mmj.0-4194304 two.mmj.0-6291456 three.mmj.0-8388608
    else
        only $all one.mmj.0-4194304
    fi
    changed one two
    # Files that are done belong to the run until it is over, and so do copies that bear their mark.
    if [[ $kind != *posix* ]] && getfattr -n user.mmview.journal two >/dev/null 2>&1; then
        expect 1 "two belongs to an unfinished run" "$mmbright" --add=10 -i --journal-file="$base/other" two
        cp -a two copied
        expect 1 "copied is a copy of a file that an unfinished run has changed in part" "$mmbright" --add=10 -i copied
        expect 1 "copied is a copy" "$mmbright" --add=10 -o new copied
        expect 0 "its mark is off" "$mmbright" --discard-journal copied
        good "$mmbright" --add=10 -i copied
        rm copied
        only $all one.mmj.0-4194304
    fi
    changed one two
    cp three half
    if [[ $kind = *posix* ]]; then
        rm half
        # No marks, no locks, and always the strong mode: only the journal's own name tells.
        expect 1 "the number of files differs: the interrupted run had 3, this one has 1" "$mmbright" --add=10 -i one
        expect 1 "one belongs to an unfinished run" "$mmbright" --add=10 -o copy one
        good "$mmbright" --add=10 -i --io=mmap -j1 --window=1M $all
        changed $all
        only $all
        continue
    fi
    # Nothing but the same command goes on.
    expect 1 "the number of files differs: the interrupted run had 3, this one has 1" "$mmbright" --add=10 -i one
    expect 1 "three belongs to an unfinished run|the number of files differs" "$mmbright" --add=10 -i three
    expect 1 "three belongs to an unfinished run" "$mmbright" --add=10 -i --journal=off three
    expect 1 "three belongs to an unfinished run" "$mmbright" --add=10 -o copy three
    expect 1 "one belongs to an unfinished run" "$mmbright" --add=10 -o copy one
    expect 1 "the operation differs: the interrupted run had add=10 .* this one has add=11" "$mmbright" -i --add=11 $all
    expect 1 "the mode differs" "$mmbright" --add=10 -i --journal=power $all
    expect 1 "is not what the interrupted run worked on there .*one.*: the inode" \
        "$mmbright" --add=10 -i --journal-file=one.mmj.0-4194304 two one three
    changed one two
    same "refused" three half
    rm half
    good "$mmbright" --status three
    check "status of an interrupted run" grep -q "^state: *interrupted: the same command again finishes it$" "$base/out"
    check "which files" grep -Eq "/three: [0-9]* bytes from offset [0-9]*: (half |)changed$" "$base/out"
    check "what is not done" grep -q "/three: [0-9]* bytes from offset [0-9]*: not changed$" "$base/out"
    check "all of those before" grep -q "/two: 6291456 bytes from offset 0: changed$" "$base/out"
    good "$mmbright" --status --json --journal-file=one.mmj.0-4194304
    check "as JSON" grep -q '"resumable": true' "$base/out"
    good "$mmbright" --add=10 -i --io=mmap -j1 --window=1M --json $all
    check "resumed bytes" grep -q '"file": "one".*"resumed_bytes": 4194304' "$base/out"
    changed $all
    only $all
done

# Stopped by a signal that can be caught: 75, and the same command goes on, again and again.
for signal in INT TERM HUP; do
    afresh
    halt $signal three -i --verify $all
    check "SIG$signal: exit status $status: $(cat "$base/err")" test "$status" = 75
    check "SIG$signal: says so" grep -q "stopped by SIG$signal: the same command again goes on" "$base/err"
    halt $signal three -i --verify $all
    run "$mmbright" --add=10 -i --verify -v $all
    check "SIG$signal: finished" test "$status" = 0
    check "all of it is verified" test "$(grep -c ": verified$" "$base/err")" = 3
    changed $all
    only $all
done

# There is no room for a journal: nothing was begun, and that is said.
head -c 40000 /dev/urandom >whole
limited() { bash -c 'trap "" XFSZ; ulimit -f 4; exec "$@"' - "$@"; }
for journal in kill power; do
    cp whole roomless
    expect 1 "^mmbright: roomless: failed: nothing of it is changed$" limited "$mmbright" -q -i --add=1 --journal=$journal roomless
    same "$journal: no room for a journal" whole roomless
    good "$mmbright" --status roomless
    check "$journal: no journal: $(cat "$base/out")" test "$(cat "$base/out")" = "roomless: no journal"
done
rm whole roomless

# Without marks, and with all of a small file saved at once, there is nothing to see of what follows.
[[ $kind = *posix* ]] && finish

# Renamed in between: the file itself knows, where the file system has marks.
afresh
halt KILL three -i three
mv three three.moved
if ! "$mmbright" --add=10 -q -n -i --journal=off three.moved 2>"$base/err"; then
    check "refused: $(cat "$base/err")" grep -q "three.moved belongs to an unfinished run" "$base/err"
    good "$mmbright" --add=10 -i three.moved
    same "by its new name" three.moved ../three.wanted
else
    echo "SKIPPED: a renamed file, this file system has no marks"
    rm -f three*
fi
afresh

# A backup is copied over it: refused, until somebody decides.
halt KILL three -i three
cp three half
cp ../three three
expect 1 "three was changed or put back since" "$mmbright" --add=10 -i three
untouched three
cp half three
good "$mmbright" --add=10 -i three
changed three
afresh
halt KILL three -i three
good "$mmbright" --discard-journal three
only $all
expect 1 "three: no journal" "$mmbright" --discard-journal three

# What is left of a run that is given up: which bytes, under which name, and what its command would do now.
afresh
halt KILL two -i two three
cp two half
good "$mmbright" --discard-journal two
same "untouched by that" two half
check "the ranges: $(cat "$base/out")" grep -Eq "/two: [0-9]+ bytes from offset [0-9]+: changed$" "$base/out"
check "files that had no turn" grep -q "files of the command that are not in this list: not changed$" "$base/out"
check "what remains" grep -q "two.mmj.*: note: given up: the journal is removed, and every byte stays" "$base/err"
check "what not to do" grep -q "the same command would now change once more what is changed" "$base/err"
halves=$(sed -n 's/.*: \([0-9]*\) bytes from offset [0-9]*: half changed$/\1/p' "$base/out" | paste -sd+)
check "old values that are gone: $halves" test "$(sed -n 's/.*: \([0-9]*\) bytes are half changed, and their old values.*/\1/p' \
    "$base/err")" = "${halves:+$((halves))}"
rm -f half
afresh
halt KILL three -i three
mv three renamed
good "$mmbright" --discard-journal renamed
check "the name of now: $(cat "$base/out")" grep -q "/three (now renamed): [0-9]* bytes" "$base/out"
rm renamed
cp ../three three
good "$mmbright" --add=10 -i three
changed three

# A journal and FILE named together: FILE must be of its run, and loses the mark, also when it was moved.
afresh
halt KILL two -i two
halt KILL three -i three
mkdir far
mv two far/moved
if "$mmbright" --add=10 -q -n -i --journal=off far/moved 2>"$base/err"; then
    echo "SKIPPED: a file in another folder, this file system has no marks"
else
    expect 1 "far/moved: its mark is not of the run that --journal-file names: nothing is done" \
        "$mmbright" --discard-journal --journal-file=three.mmj.0-8388608 three far/moved
    check "nothing was done" test -e three.mmj.0-8388608
    expect 1 "far/moved belongs to an unfinished run" "$mmbright" --add=10 -n -i --journal=off far/moved
    good "$mmbright" --discard-journal --journal-file=two.mmj.0-6291456 far/moved
    good "$mmbright" --status far/moved
    check "no mark is left: $(cat "$base/out")" grep -q "^far/moved: no journal$" "$base/out"
fi
rm -r far
expect 0 "one: no unfinished run has left a mark on it" \
    "$mmbright" --discard-journal --journal-file=three.mmj.0-8388608 one three
good "$mmbright" --status three
check "no mark: $(cat "$base/out")" grep -q "^three: no journal$" "$base/out"
expect 1 "absent: open: No such file" "$mmbright" --discard-journal --journal-file=three.mmj.0-8388608 absent
# A copy of the journal goes: FILE keeps the mark, which leads to the journal itself.
for way in --journal-file=copied.mmj.0-8388608 --; do
    afresh
    halt KILL three -i three
    cp -p three.mmj.0-8388608 copied.mmj.0-8388608
    "$mmbright" --discard-journal $way three >"$base/out" 2>"$base/err"
    rm -f copied.mmj.0-8388608
    if [ -e three.mmj.0-8388608 ]; then
        mkdir away
        mv three.mmj.0-8388608 away/
        expect 1 "three belongs to an unfinished run" "$mmbright" --add=10 -n -i --journal=off three
        mv away/three.mmj.0-8388608 .
        rmdir away
        good "$mmbright" --add=10 -i three
        changed three
    fi
done
# Two runs over different bytes of one file: each goes with its own journal, and the other one's mark stays.
for first in 0 4194304; do
    afresh
    second=$((4194304 - first))
    halt KILL three -i --offset=0 --length=4194304 three
    halt KILL three -i --offset=4194304 --length=4194304 three
    good "$mmbright" --discard-journal --journal-file=three.mmj.$first-4194304 three
    expect 1 "three.mmj.$second-4194304" "$mmbright" --add=10 -n -i --journal=off --offset=$second --length=4194304 three
    good "$mmbright" --add=10 -n -i --journal=off --offset=$first --length=4194304 three
    good "$mmbright" --add=10 -i --offset=$second --length=4194304 three
done
afresh

# The journal goes, the mark stays: nobody knows.
afresh
halt KILL three -i three
rm three.mmj.*
if "$mmbright" --add=10 -q -n -i --journal=off three 2>"$base/err"; then
    echo "SKIPPED: an orphaned mark, this file system has none"
else
    expect 1 "three belongs to an unfinished run, and its journal is gone" "$mmbright" --add=10 -i three
    expect 0 "its mark is off; nobody knows" "$mmbright" --discard-journal three
    good "$mmbright" --add=10 -i three
fi

# The machine went down, and took the journal's bytes along but not its name. Other bytes under that name are somebody's.
for lost in 0 1 5 4096 100000; do
    rm -f three*
    cp ../three three
    halt KILL three -i three
    cp three half
    if [ $lost = 5 ]; then
        truncate -s 5 three.mmj.*
    else
        head -c $lost /dev/zero >three.mmj.0-8388608
    fi
    expect 1 "lost with the machine" "$mmbright" --add=10 -i three
    check "says what to do" grep -q -- "--discard-journal --journal-file=.*three.mmj.0-8388608" "$base/err"
    expect 1 "lost with the machine" "$mmbright" --add=10 -o copy three
    same "refused" three half
    good "$mmbright" --status three
    check "its state" grep -q "^state: *lost with the machine: .*nothing is known about what was done$" "$base/out"
    good "$mmbright" --status --json three.mmj.0-8388608
    check "as JSON" grep -q '"lost": true, "resumable": false' "$base/out"
    expect 0 "it did not say what was done" "$mmbright" --discard-journal three
    rm half
    only $all
    good "$mmbright" --add=10 -i three
done
rm three
cp ../three three
echo "not a journal" >three.mmj.0-8388608
expect 1 "nobody here knows what it is" "$mmbright" --discard-journal three
check "it stays" grep -q "not a journal" three.mmj.0-8388608
untouched three
rm three.mmj.*

# Cut short in between.
afresh
halt KILL three -i three
truncate -s 5000000 three
expect 1 "the length was 8388608 and is 5000000|has 5000000 bytes|belongs to an unfinished run" "$mmbright" --add=10 -i three
finish
