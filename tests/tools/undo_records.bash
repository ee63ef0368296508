# Runs of mmrec in place that keep what they lose, and are taken back: every byte, the latest run first, whoever made it.
. "${0%/*}/common.bash"
mmrec=${mmbright%/*}/mmrec
command -v "${CC:-cc}" >/dev/null || skip "there is no C compiler for mmrec"

fields='u64 id, f64 value, char name[3], gap[1], f32 weight'
head -c 1228800 /dev/urandom >../whole
cp ../whole data
run "$mmrec" -q -i --keep-undo --record="$fields" 'id++' data
case $(cat "$base/err") in
*zstd*) skip "this build has no zstd: --keep-undo is refused by name" ;;
esac
same "taken back by hand" <("$mmrec" -q --record="$fields" --print='id - 1' --output=csv data) \
    <("$mmrec" -q --record="$fields" --print='id - 0' --output=csv ../whole | sed 's/id - 0/id - 1/')

afresh() { rm -f ./*; cp ../whole data; }
there() { good "$mmrec" -q -i --keep-undo --record="$fields" "$@" data; check "changed by $*" bash -c '! cmp -s data ../whole'; }
back() { # WHAT
    good "$mmrec" --undo data
    same "taken back: $1" data ../whole
    only data
}
kept() { stat -c %s data.mmu.1; }

# How large it would be, and how many records would change.
afresh
good "$mmrec" -n --count -i --keep-undo --record="$fields" --where='id % 10 == 3' 'value *= 1.5' data
about=$(sed -n 's/^undo file: at most about \([0-9]*\) bytes$/\1/p' "$base/out")
changes=$(sed -n 's/^changes:   \([0-9]*\) of 51200 records$/\1/p' "$base/out")
same "-n changes nothing" data ../whole
there --where='id % 10 == 3' 'value *= 1.5'
# As for a mapped file: where pieces are read and written they are longer, and take less.
check "about as large: $about, it is $(kept)" test "$about" -gt $(($(kept) * 9 / 10)) -a "$about" -lt $(($(kept) * 16 / 10))
check "as many: $changes" test "$changes" = "$(cmp -l data ../whole | awk '{records[int(($1 - 1) / 24)]} END {print length(records)}')"
back "what was counted"
expect 2 "--count says what -i would change" "$mmrec" --count -i --record="$fields" 'id++' data

# Records of which some change, in some bytes; all; one byte; what depends on the place.
afresh
there --where='id % 10 == 3' 'value *= 1.5'
back "a tenth"
there 'weight = 0; name[0] = name[1] = 0'
back "all"
there 'if (index == 5000) name[2] = (char)(name[2] ^ 1)'
check "one byte takes little: $(kept)" test "$(kept)" -lt 16000
cmp -l data ../whole >../differ
check "one byte has changed: $(wc -l <../differ)" test "$(wc -l <../differ)" = 1
back "one byte"
there --offset=24 --length=24000 'id = swap(id); value = index'
cmp -s <(tail -c 100000 data) <(tail -c 100000 ../whole) || fail "behind the range"
back "a range"
# What the code does not write stays as it is: padding, NaN with a payload, a bool that is true in another way.
good "$mmrec" -q -i --keep-undo --record='bool odd, gap[7], f64 value, gap[8]' 'odd = odd; value = value + (index == 9)' data
back "what no field has"
# Nothing changes: there is next to nothing to keep, and FILE is not stored to.
good "$mmrec" -q -i --keep-undo --record="$fields" --where='index > 60000' 'id = 0' data
same "nothing changes" data ../whole
check "nothing is kept: $(kept)" test "$(kept)" -lt 15000
back "nothing"
for way in "mmap kill" "buffered kill" "direct kill" "mmap power" "buffered power" "direct power"; do
    read -r io journal <<<"$way"
    there --io=$io --journal=$journal -j 3 --where='id & 1' 'value = -value'
    good "$mmrec" --undo --io=$io --journal=$journal -j 2 data
    same "$way" data ../whole
done
there --sync --verify 'value = 1 / (1 + (id % 3))'
good "$mmrec" -n --undo data
check "a plan" grep -q "1228800 bytes would be as they were" "$base/out"
good "$mmrec" --undo --sync --json data
check "--json: $(cat "$base/out")" grep -q '"undo_bytes": [1-9]' "$base/out"
check "it tells of records" grep -q '"records": 51200' "$base/out"
same "verified" data ../whole
only data
run "$mmrec" -v -i --keep-undo --record="$fields" 'value *= 2' data
check "says how much: $(cat "$base/err")" grep -q "kept in .*data.mmu.1; mmrec --undo takes the run back" "$base/err"
run "$mmrec" -v --undo data
check "says what is back" grep -q "51200 records are what they were" "$base/err"
good "$mmrec" -q -i --keep-undo --json --record="$fields" 'value *= 2' data
check "--json of the change" grep -q "\"undo_bytes\": $(kept)" "$base/out"
back "with --json"
good "$mmrec" -n -i --keep-undo --record="$fields" 'value *= 2' data
check "a dry run: $(cat "$base/out")" grep -q "in place, journal kill, to be undone" "$base/out"
only data

# Numbers are kept by columns, and text by rows: a field that is set to nothing takes what it had, compressed.
for text in 'north.of.the.rio.grande.' 'a.mountain.and.a.sum.it.' 'some.river.s.estuary.now'; do printf %s "$text"; done >../texts
for _ in $(seq 3413); do cat ../texts; done >plain
cp plain ../plain
good "$mmrec" -q -i --keep-undo --record='char name[24]' 'memset(name, 0, sizeof name)' plain
check "text is short: $(stat -c %s plain.mmu.1)" test "$(stat -c %s plain.mmu.1)" -lt 30000
good "$mmrec" --undo plain
same "text" plain ../plain
rm plain

# A chain, of both tools: the latest run first, by either.
afresh
there 'value *= 3'
cp data ../first
good "$mmbright" -q -i --keep-undo -t u16 -s 3 -a 40000 --length=240000 data
cp data ../second
good "$mmrec" -q -i --keep-undo --record='i32 x, i32 y' 'x = x / 2; y = sat(i32, y * 1.5)' data
only data data.mmu.1 data.mmu.2 data.mmu.3
for tool in "$mmrec" "$mmbright"; do
    for number in 1 2; do
        expect 1 "a later run has kept .*data.mmu.3: take that back first" "$tool" --undo=data.mmu.$number data
    done
done
cp data ../third
cp data.mmu.3 ../kept
for tool in "$mmrec" "$mmbright"; do
    cp ../third data
    cp ../kept data.mmu.3
    good "$tool" --undo data
    same "records by ${tool##*/}" data ../second
done
cp data.mmu.2 ../kept
for tool in "$mmbright" "$mmrec"; do
    cp ../second data
    cp ../kept data.mmu.2
    good "$tool" --undo=data.mmu.2 data
    same "samples by ${tool##*/}" data ../first
done
good "$mmbright" --undo data
same "the chain" data ../whole
only data
expect 1 "no run with --keep-undo has left an undo file" "$mmrec" --undo data
there --journal-file=../elsewhere --keep-undo=../kept.mmu 'id ^= 0xffff'
good "$mmrec" --undo=../kept.mmu --journal-file=../elsewhere data
same "kept elsewhere" data ../whole
check "the undo file goes" test ! -e ../kept.mmu
expect 1 "texts: is there already" "$mmrec" -q -i --keep-undo=../texts --record="$fields" 'id++' data

# Several files of an image are taken back together, which is mmbright's to do.
head -c 8192 ../whole | tee ../slice >slice1
cp slice1 slice2
printf '%s\n' 'ObjectType = Image' 'NDims = 3' 'DimSize = 64 64 2' 'ElementType = MET_USHORT' 'ElementDataFile = LIST' slice1 slice2 >volume.mhd
good "$mmbright" -q -i --keep-undo --add=40000 volume.mhd
cp slice1 ../now
expect 1 "is one of 2 files that a run has changed together: mmbright --undo of their header" "$mmrec" --undo slice1
same "nothing of it is touched" slice1 ../now
good "$mmbright" --undo volume.mhd
same "together" slice1 ../slice
rm slice? volume.mhd

# A file that names its fields: its header stays.
python3 - <<'END' 2>/dev/null && {
import struct
head = "{'descr': [('a', '<i4'), ('b', '<f8')], 'fortran_order': False, 'shape': (500,), }"
head += " " * (118 - len(head)) + "\n"
rows = b"".join(struct.pack("<id", i * 7919, i / 3) for i in range(500))
open("table.npy", "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + rows)
END
    cp table.npy ../table
    good "$mmrec" -q -i --keep-undo 'b = sqrt(b)' table.npy
    check "the table has changed" bash -c '! cmp -s table.npy ../table'
    good "$mmrec" --undo table.npy
    same "a table" table.npy ../table
    rm table.npy
}

# Several FILEs: each has an undo file of its own, but one without a record.
several() {
    rm -f ./*
    cp ../whole first
    head -c 48000 ../whole >second
    : >third
    cp second ../small
}
several
good "$mmrec" -i --keep-undo --report=../report.jsonl --record="$fields" 'value += 1; id--' first second third
check "each tells of its own" test "$(grep -c '"undo_bytes": [1-9]' ../report.jsonl)" = 2
only first first.mmu.1 second second.mmu.1 third
expect 0 "first: note: once this run has changed the same bytes, --undo cannot take back the run that has left first.mmu.1" \
    "$mmrec" -n -i --record="$fields" 'id++' first
good "$mmrec" --undo first
good "$mmrec" --undo second
same "the first of several" first ../whole
same "the second of several" second ../small
only first second third

# What was changed since is named by its place, and nothing is touched; what is outside of the records does not matter.
afresh
there --offset=2400 --length=1200000 'value = 0'
printf '\1\2\3' | dd of=data bs=1 seek=1220000 conv=notrunc status=none
cp data ../now
good "$mmrec" --undo data
cmp -n 1202400 data ../whole || fail "outside of the records"
afresh
there --where='id & 1' 'value = 0'
for at in 0 90001 1228799; do
    cp data ../now
    byte=$(od -An -tu1 -j $at -N 1 data)
    printf "\\x$(printf %02x $((byte ^ 64)))" | dd of=data bs=1 seek=$at conv=notrunc status=none
    cp data ../spoiled
    for tool in "$mmrec" "$mmbright"; do
        expect 1 "data: was changed since, among the [0-9]* bytes from offset [0-9]*: the run cannot be taken back" "$tool" --undo data
    done
    same "nothing is touched" data ../spoiled
    cp ../now data
done
truncate -s 1000000 data
expect 1 "has become shorter since" "$mmrec" --undo data
cp ../now data
cp data.mmu.1 ../kept
length=$(stat -c %s ../kept)
for left in 0 10 60 100 1000 $((length - 100)) $((length - 1)); do
    head -c $left ../kept >data.mmu.1
    expect 1 "data.mmu.1: (is no undo file|the run that kept it was given up|is damaged)" "$mmrec" --undo=data.mmu.1 data
    same "cut at $left" data ../now
done
for at in 3 40 70 100 200 $((length / 3)) $((length / 2)) $((length - 70)) $((length - 20)); do
    cp ../kept data.mmu.1
    printf '\251' | dd of=data.mmu.1 bs=1 seek=$at conv=notrunc status=none
    cmp -s ../kept data.mmu.1 && continue
    expect 1 "data.mmu.1: (is |the run that kept it was given up)" "$mmrec" --undo=data.mmu.1 data
    same "byte $at differs" data ../now
done
cp ../kept data.mmu.1
back "as it was kept"

# Refused by name.
expect 2 "mmrec: --keep-undo" "$mmrec" -i --keep-undo --journal=off --record="$fields" 'id++' data
expect 2 "keep-undo is for -i" "$mmrec" -o new --keep-undo --record="$fields" 'id++' data
expect 2 "keep-undo is for -i" "$mmrec" --keep-undo --record="$fields" --reduce='count()' data
expect 2 "keep-undo=PATH is of one FILE" "$mmrec" -i --keep-undo=../kept --record="$fields" 'id++' data ../texts
for with in "-i" "-o new" "--record=u8" "--where=1" "--offset=8" "--length=8" "--part=1" "--verify" "--journal=off" "--shard=1/2" \
    "--keep-undo" "--print=1" "--reduce=count()" "--find=1==1" "--map=u8" "--join" "-f" "--report=r" "--align=c" "--sorted" "../texts"; do
    expect 2 "mmrec: .*undo" "$mmrec" --undo $with data
done
same "nothing is touched" data ../whole
only data

# A later run that keeps nothing is seen as a change.
there 'value = 0'
cp data ../now
good "$mmrec" -q -i --record="$fields" 'id++' data
expect 1 "was changed since" "$mmrec" --undo data
cp ../now data
back "after it"

# Killed while it changes, and while it is taken back: the same command finishes either.
need_shim
kills=0
change=(-q -i --keep-undo --record="$fields" --where='id % 3' 'value *= 1.25; name[1] = 0' data)
for number in 1 2 5 9 20; do
    for name in data data.mmu.1; do
        afresh
        raised KILL $number $name "$mmrec" --io=buffered -j 1 "${change[@]}"
        [ $status = 137 ] || continue
        kills=$((kills + 1))
        if compgen -G "data.mmj.*" >/dev/null && [ -e data.mmu.1 ]; then
            cp data ../half
            expect 1 "is not finished: the same command" "$mmrec" --undo data
            expect 1 "the operation differs" "$mmrec" -q -i --record="$fields" "${change[@]:4:2}" data
            same "nothing is touched" data ../half
            good "$mmbright" --status data
            check "the status: $(cat "$base/out")" grep -q "keep-undo" "$base/out"
        fi
        good "$mmrec" "${change[@]}"
        cp data ../now
        raised KILL $number $name "$mmrec" --undo --io=buffered -j 1 data
        if [ $status = 137 ]; then
            kills=$((kills + 1))
            [ -e data.mmu.1 ] && compgen -G "data.mmj.*" >/dev/null && good "$mmbright" --status data
            compgen -G "data.mm*" >/dev/null && good "$mmrec" --undo data
        fi
        same "killed at write $number to $name" data ../whole
        only data
    done
done
check "$kills runs were killed" test $kills -ge 8
# Stopped: no end of the undo file is written.
afresh
raised INT 1 data "$mmrec" --io=buffered --window=64K -j 1 "${change[@]}"
check "stopped: $status" test "$status" = 75
expect 1 "is not finished: the same command" "$mmrec" --undo data
good "$mmrec" --io=buffered -j 1 "${change[@]}"
raised INT 1 data "$mmrec" -q --undo --io=buffered --window=64K -j 1 data
check "stopped on the way back: $status" test "$status" = 75
back "stopped"

# Stopped when all is changed, and what records became is looked up: nothing is lost, and the same command completes it.
change=("$mmrec" -q -i --io=buffered -j 1 --journal=power --keep-undo --record="$fields" --length=480000 'value = -value' data)
stops=0
for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
    afresh
    raised KILL 2 data "${change[@]}"
    check "killed: $status" test "$status" = 137
    raised INT $number data.mmu.1 "${change[@]}"
    if grep -q "stopped: all of it is changed; the same command again completes what --undo needs" "$base/err"; then
        check "stopped at the end: $status" test "$status" = 75
        stops=$((stops + 1))
    fi
    [ "$status" = 0 ] || good "${change[@]}"
    back "stopped at write $number to the undo file"
done
check "stopped in the end: $stops" test $stops -ge 1

# Other code than the killed run's may make other bytes of the same records: here by hand, as another compiler would.
if [ "${CC:-cc}" = cc ]; then
    for step in 0 3 5; do
        printf '#!/bin/sh\nexec cc "$@" -DSTEP=%s\n' $step >"$base/cc$step"
        chmod +x "$base/cc$step"
    done
    step=(-q -i --keep-undo --record="$fields" 'id += index % 4 == 0 ? 0 : STEP' data)
    for steps in "3 5" "3 0" "0 3"; do
        read -r first second <<<"$steps"
        for number in 1 3 4; do
            afresh
            raised KILL $number data env CC="$base/cc$first" "$mmrec" --io=buffered -j 1 "${step[@]}"
            [ $first = 0 ] || check "killed: $status" test $status = 137
            good env CC="$base/cc$second" "$mmrec" --io=mmap -j 2 "${step[@]}"
            back "code of another compiler, $steps, killed at write $number"
        done
    done
fi

# An undo file that was damaged while its run was interrupted: the run does not go on over it.
if [ -f "$base/cc3" ]; then
    step=(-q -i --io=buffered -j 1 --keep-undo --record="$fields" 'id += 5; value = -value' data)
    afresh
    raised KILL 4 data "$mmrec" "${step[@]}"
    check "killed: $status" test "$status" = 137
    cp data.mmu.1 "$base/kept"
    cp data "$base/half"
    printf '\377\377\377' | dd of=data.mmu.1 bs=1 seek=$(($(kept) / 3)) conv=notrunc 2>/dev/null
    expect 1 "data.mmu.1: is damaged, and the run cannot go on" "$mmrec" "${step[@]}"
    check "nothing more is changed" cmp -s data "$base/half"
    # Nor over one that is older, or cut in front of any of its frames but the last: those words will be kept once more.
    at=$((64 + $(od -An -tu8 -j48 -N8 "$base/kept")))
    count=0
    while before=$at at=$((at + 56 + $(od -An -tu8 -j$((at + 8)) -N8 "$base/kept"))) &&
        [ "$(od -An -tx4 -j$at -N4 "$base/kept")" = " 464d5455" ]; do
        head -c $before "$base/kept" >data.mmu.1
        expect 1 "data.mmu.1: is shorter than the interrupted run has left it, and the run cannot go on" "$mmrec" "${step[@]}"
        count=$((count + 1))
    done
    check "nothing more is changed" cmp -s data "$base/half"
    check "$count frames" test $count -ge 2
    cat "$base/kept" >data.mmu.1
    good "$mmrec" "${step[@]}"
    # So is one of a finished run.
    printf '\377\377\377' | dd of=data.mmu.1 bs=1 seek=$(($(kept) / 3)) conv=notrunc 2>/dev/null
    expect 1 "data.mmu.1: is damaged: nothing is taken back" "$mmrec" --undo data
    rm "$base/kept" "$base/half"

    # A run that is refused leaves no undo file: it would be taken for the latest run's.
    afresh
    there 'id += 5'
    raised KILL 2 data "$mmrec" --undo --io=buffered -j 1 data
    check "killed: $status" test "$status" = 137
    expect 1 "" "$mmrec" -q -i --keep-undo --length=28000 --record="$fields" 'id += 1' data
    check "one undo file: $(ls)" test "$(ls -d data.mmu.*)" = data.mmu.1
    good "$mmrec" --undo data
    same "taken back" data ../whole
fi

# The undo file goes as far as the disk lets it, here as a limit does; the run ends before it loses anything, and goes on.
afresh
change=("$mmrec" -q -i --io=buffered -j 1 --keep-undo --record='u64 a' 'a = 0' data)
expect 1 "data.mmu.1: cannot keep what is to be undone there: File too large" bash -c 'ulimit -f 1200 && exec "$@"' - "${change[@]}"
good "${change[@]}"
back "with room again"
# Where the device does not take the undo file nobody goes on.
change=("$mmrec" -q -i --journal=power -j 1 --keep-undo --record="$fields" 'value = 0' data)
expect 1 "data.mmu.1: cannot make the undo file, nothing is changed: Input/output error" with_shim SHIM_UNSYNCED=1:data.mmu.1 "${change[@]}"
same "nothing is changed" data ../whole
only data
expect 1 "data.mmu.1: cannot keep what is to be undone there: Input/output error" with_shim SHIM_UNSYNCED=2:data.mmu.1 "${change[@]}"
check "says what it has left: $(cat "$base/err")" grep -q "the run ends here, and this file may be a mixture" "$base/err"
expect 1 "the device failed to take what the run had changed" "${change[@]}"
good "$mmbright" --discard-journal data
expect 1 "was given up, and nobody knows what it has changed" "$mmrec" --undo data

# In mode power words are on the device before their records count as done.
syncs() { # OPTION...
    rm -f "$base/syncs"
    cp ../whole data
    run with_shim "SHIM_SYNCS=$base/syncs" "$mmrec" -q -i --journal=power --record="$fields" "$@" 'value = -value' data
    stat -c %s "$base/syncs" || echo 0
}
rm -f ./*
plain=$(syncs)
kept=$(syncs --keep-undo)
good "$mmrec" --undo data
# The undo file and its name, the words, and the end.
check "$kept syncs and not $plain" test "$kept" -ge $((plain + 4))
finish
