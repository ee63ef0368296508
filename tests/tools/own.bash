# Files that the tools keep for themselves, where a pattern of the shell finds them: no tool takes one for an image.
. "${0%/*}/common.bash"
need_shim
tools=${mmbright%/*}
for name in a b c; do
    head -c 800000 /dev/urandom >$name
    cp $name $name.wanted
    "$mmbright" --add=10 -q -i --journal=off $name.wanted
done
mkdir d
fresh() {
    rm -rf d/* d/.[a-z]*
    cp a b c d
}

# Typed again with the same pattern, wherever the journal comes in the list of its names.
for journal in "" --journal-file=d/0 --journal-file=d/bb; do
    for victim in a b c; do
        fresh
        raised KILL 2 d/$victim "$mmbright" --add=10 -i --io=buffered --window=64K -j1 $journal d/*
        check "$journal $victim: killed: $status" test "$status" = 137
        # Where files have no marks there are pointers beside them, too.
        own=$(($(ls d | wc -l) - 3))
        check "$journal $victim: a journal: $(ls d)" test "$own" -ge 1
        [[ $kind = *posix* ]] || check "$journal $victim: and nothing else: $(ls d)" test "$own" = 1
        run "$mmbright" --add=10 -i --io=buffered -j1 $journal --json --report=report d/*
        check "$journal $victim: goes on: $status $(cat "$base/err")" test "$status" = 0
        check "$journal $victim: a note" grep -q "^mmbright: d/[^ ]*: left out: it is the journal of a run$" "$base/err"
        check "$journal $victim: a sum" grep -q "^mmbright: $own of $((own + 3)) files left out" "$base/err"
        for object in "$base/out" report; do
            check "$journal $victim: an object in $object" test "$(grep -c '"left_out": "journal"' "$object")" = 1
            check "$journal $victim: one for each" test "$(wc -l <"$object")" = $((own + 3))
        done
        for name in a b c; do
            same "$journal $victim" d/$name $name.wanted
        done
        check "$journal $victim: nothing is left" test "$(ls -A d | tr '\n' ' ')" = "a b c "
        rm report
    done
done

# One image and its journal are one FILE, as before.
rm d/*
cp a d
raised KILL 2 d/a "$mmbright" --add=10 -i --io=buffered --window=64K --width=100 --preview=p.png d/*
check "killed: $status" test "$status" = 137
run "$mmbright" --add=10 -i --io=buffered --window=64K --width=100 --preview=p.png -q d/*
check "a preview of one FILE: $status $(cat "$base/err")" test "$status$(cat "$base/err")" = 0
same "with a preview" d/a a.wanted
# And from a list.
cp a d/a
raised KILL 2 d/a "$mmbright" --add=10 -i --io=buffered --window=64K d/a
ls d/* >list
run "$mmbright" --add=10 -i --files-from=list
check "from a list: $status $(cat "$base/err")" test "$status" = 0
same "from a list" d/a a.wanted

# Alone it is refused by every tool, and says what it is. Nothing changes.
cp a d/a
raised KILL 2 d/a "$mmbright" --add=10 -i --io=buffered --window=64K d/a
journal=$(ls d/a.mmj.*)
cp "$journal" journal
all_refuse() { # REGEX FILE
    expect 2 "$1" "$mmbright" --add=10 -i "$2"
    expect 2 "$1" "$mmbright" --add=10 -f -o new "$2"
    expect 2 "$1" "$mmbright" --add=10 -n -i "$2"
    expect 2 "$1" "$tools/mmstat" "$2"
    expect 2 "$1" "$tools/mmdump" "$2"
    expect 2 "$1" "$tools/mmdiff" b "$2"
    expect 2 "$1" "$tools/mmdiff" "$2" b
    expect 2 "$1" "$tools/mmshard" plan "$2"
    expect 2 "$1" "$tools/mmshard" prepare "$2" new
    [ -d "$2" ] || expect 2 "$1" "$tools/mmrec" -o new --record='u8 x' --where=1 "$2"
    [ -d "$2" ] || expect 2 "$1" "$mmgen" -f --width=1 --height=1 -t u8 -s 1 --pattern=tile:"$2" new
    [ ! -e "$tools/mmpng" ] || expect 2 "$1" "$tools/mmpng" export --width=10 "$2" new.png
    [ ! -e "$tools/mmpng" ] || [ -d "$2" ] || expect 2 "$1" "$tools/mmpng" import "$2" new
}
all_refuse "$journal: is the journal of a run.*mmbright --status --journal-file='$journal'" "$journal"
same "a journal that was refused" journal "$journal"
for option in "-f -o $journal" "-i --width=100 --report=$journal" "-i -f --width=100 --preview=$journal"; do
    cp b other
    expect 2 "$journal: is the journal of a run, which may not be overwritten" "$mmbright" --add=10 $option other
    same "$option" journal "$journal"
    same "$option: nothing is changed" b other
done
rm other
expect 2 "$journal: is the journal of a run, which may not" "$mmgen" -f --width=1 --height=1 "$journal"
ln "$journal" plain
all_refuse "plain: is the journal of a run" plain
expect 2 "none of the 2 files is an image" "$mmbright" --add=10 -i "$journal" plain
expect 2 "none of the 2 files is an image" "$tools/mmstat" "$journal" plain
for kind in jobs mark zzzz; do
    printf 'mmv%s\0%080d' $kind 0 >own
    all_refuse "own: is (the record of a job|a mark of a file|a file of mmview's own)" own
done
printf 'mmvmarks%080d' 0 >nearly
good "$mmbright" --add=10 -q -i nearly
printf 'NRRD0004\ntype: short\ndimension: 2\nsizes: 20 2\nencoding: raw\nendian: little\ndata file: own\n\n' >head.nhdr
expect 2 "own: is a file of mmview's own" "$mmbright" --add=10 -i head.nhdr
expect 2 "own: is a file of mmview's own" "$tools/mmstat" head.nhdr

# mmstat leaves it out, too.
run "$tools/mmstat" --json a "$journal"
check "mmstat: $status" test "$status" = 0
check "mmstat: an object" grep -q "\"file\": \"$journal\", \"left_out\": \"journal\"}" "$base/out"
check "mmstat: and a note" grep -q "$journal: left out: it is the journal of a run" "$base/err"
run "$tools/mmstat" -q a "$journal"
check "mmstat -q: no note" test ! -s "$base/err"

# A new file in parts: the folder and all that is in it.
mkdir parts
cp a parts
good "$tools/mmshard" prepare a parts/new
good "$mmbright" --add=10 -q -o parts/new --shard=1/2 a
for name in parts/new.parts parts/new.parts/*; do
    all_refuse "$name: is of a new file that is written in parts" "$name"
done
run "$mmbright" --add=10 -i parts/* parts/new.parts/*
check "parts: $status" test "$status" = 0
own=$(($(ls parts/new.parts | wc -l) + 1))
check "parts: $(cat "$base/err")" grep -q "^mmbright: $own of $((own + 1)) files left out" "$base/err"
same "the image among parts" parts/a a.wanted
good "$mmbright" --add=10 -q -o parts/new --shard=2/2 a
good "$tools/mmshard" finish parts/new
same "the parts" parts/new a.wanted
# Not every data is of parts.
mkdir other
cp a other/data
good "$mmbright" --add=10 -q -i other/data
same "some data" other/data a.wanted

# What a killed run has not finished writing.
cp a .new.0123456789abcdef
all_refuse "is what a run has not finished writing" .new.0123456789abcdef
cp a .new.0123456789abcde
good "$mmbright" --add=10 -q -i .new.0123456789abcde
finish
