# mmrec --shard: records of one file changed, and printed, by the tasks of a job. mmshard plan --record says which.
. "${0%/*}/common.bash"
mmrec=${mmbright%/*}/mmrec
mmshard=${mmbright%/*}/mmshard
command -v "${CC:-cc}" >/dev/null || skip "there is no C compiler for mmrec"
head -c 1500003 /dev/urandom >../original # the last 4 bytes are no record
fields='gap[2], u64le v, u8 w'
change='v = v * 3 + index; w ^= v >> 16'
cp ../original wanted
run "$mmrec" -q -i --record="$fields" --offset=7 "$change" wanted
check "all of it: $(cat "$base/err")" test "$status" = 0
mv wanted ..
part() { # K/N ARGUMENT...
    local shard=$1
    shift
    run "$mmrec" -q -i --record="$fields" --offset=7 --shard="$shard" "$@" "$change" data
    check "part $shard $*: $(cat "$base/err")" test "$status" = 0
}

# ---- in place --------------------------------------------------------------------------------------------------------

for how in "" "--journal=power --io=mmap -j2" --journal=off; do
    cp ../original data
    # shellcheck disable=SC2086 # words
    for k in 3 1 2; do part $k/3 $how; done
    same "three parts $how" data ../wanted
    only data
done
cp ../original data
part 2/3
cp data ../second
part 2/3
same "a part that is done changes nothing" data ../second
expect 1 "operation differs" "$mmrec" -i --record="$fields" --offset=7 --shard=1/3 "$change;" data
expect 1 "operation differs" "$mmrec" -i --record="$fields" --offset=7 --shard=1/4 "$change" data
expect 1 "unfinished|not finished|repeat" "$mmrec" -i --record="$fields" --offset=7 "$change" data
same "nothing is changed by those" data ../second
part 3/3
part 1/3
same "three parts" data ../wanted
only data
good "$mmrec" -n -i --record="$fields" --offset=7 --shard=2/3 "$change" data
check "a plan: $(cat "$base/out")" grep -q '^shard:     2 of 3$' "$base/out"

# A part is tried alone.
seq 1000001 1065536 | awk '{printf "%s\n", $1}' >data # 65536 texts of 8 bytes
cp data numbers
expect 1 "record 40000, at byte 320000: an integer is divided" "$mmrec" -i --record='char n[7], u8 v' --shard=3/4 'v = 7 / (index != 40000)' data
same "nothing is changed by a part that divides by zero" data numbers
only data numbers
good "$mmrec" -i --record='char n[7], u8 v' --shard=2/4 'v = 7 / (index != 40000)' data
run "$mmbright" --discard-journal data
only data numbers
rm data numbers

# ---- parts that are killed -------------------------------------------------------------------------------------------

need_shim
rm -f "$base/probe"
for number in 1 2; do
    cp ../original data
    for k in 2 3 1; do
        raised KILL $number data "$mmrec" -i -j1 --window=64K --io=buffered --record="$fields" --offset=7 --shard=$k/3 "$change" data
        check "part $k was killed: $status" test "$status" -gt 128
    done
    for k in 1 2 3; do part $k/3; done
    same "killed before write $number" data ../wanted
    only data
done
# What was changed already would divide by zero: a part that has begun is not tried again.
head -c 1048576 /dev/zero | tr '\0' '\10' >data
for k in 2 1; do
    raised KILL 2 data "$mmrec" -i -j1 --window=64K --io=buffered --record='u8 v' --shard=$k/2 'v = 7 / v' data
    check "part $k was killed: $status" test "$status" -gt 128
    good "$mmrec" -q -i --record='u8 v' --shard=$k/2 'v = 7 / v' data
done
check "each once" test "$(tr -d '\0' <data | wc -c) $(stat -c %s data)" = "0 1048576"
only data

# ---- plans -----------------------------------------------------------------------------------------------------------

cp ../original data
good "$mmshard" plan --record="$fields" --offset=7 --count=5 data
cp "$base/out" ranges
end=7
while read -r name offset length; do
    check "$name begins where the last ended" test "$offset" = "$end"
    run "$mmrec" -n -i --record="$fields" --offset=7 --shard="$name" "$change" data
    check "$name is mmrec's: $(cat "$base/out")" grep -q "^range:     offset $offset, length $length\$" "$base/out"
    end=$((offset + length))
done <ranges
check "whole records: $end" test "$end" = $((7 + 1499996 / 11 * 11))
rm ranges
good "$mmshard" plan --record="$fields" --offset=7 --count=3 --output=parallel data -- -q "$change"
check "a line for each part" test "$(wc -l <"$base/out")" = 3
PATH=${mmrec%/*}:$PATH sh "$base/out" || fail "the job: $(cat "$base/out")"
same "as planned" data ../wanted
only data
for form in slurm kubernetes; do
    good "$mmshard" plan --record='u8 it' --align=c --output=$form data -- 'it++'
    check "$form: $(cat "$base/out")" grep -q 'mmrec.*--shard=auto.*--record=u8 it.*--align=c.*it++.*data' "$base/out"
done
expect 2 "say behind -- the CODE" "$mmshard" plan --record='u8 x' --output=slurm data -- -q
expect 2 "no options of images" "$mmshard" plan --record='u8 x' -t u8 data
expect 2 "goes wrong at 'u9 x'" "$mmshard" plan --record='u9 x' data
expect 2 "align is of --record" "$mmshard" plan --align=c data
expect 2 "record is of plan" "$mmshard" finish --record='u8 x' data

# ---- a new file ------------------------------------------------------------------------------------------------------

write() { # K/N ARGUMENT...: a part
    local shard=$1
    shift
    run "$mmrec" -q -o new --record="$fields" --offset=7 --shard="$shard" "$@" original
    check "part $shard $*: $(cat "$base/err")" test "$status" = 0
}
cp ../original .
rm data
number=0
kept() { # ARGUMENT...: as one process and as five
    number=$((number + 1))
    run "$mmrec" -q -o "../whole$number" --record="$fields" --offset=7 "$@" original
    good "$mmshard" prepare --join original new
    for k in 3 1 5 2 4 3; do write $k/5 "$@"; done
    good "$mmshard" finish new
    same "parts: $*" new "../whole$number"
    rm -f new
    only original
}
kept --where='w < 30'
kept --where='w & 1' --map='u32be i, u16 j[2], u64 v' 'i = index; j[1] = w; if (w > 200) v = 0'
kept --where=0 'w++'

good "$mmshard" prepare --join original new
expect 1 "no part is done" "$mmshard" finish new
write 1/2 --where='w < 30'
expect 1 "1 of 2 parts are missing: 2" "$mmshard" finish new
expect 2 "part 1 was made by another command" "$mmrec" -o new --record="$fields" --offset=7 --shard=2/2 --where='w < 31' original
expect 2 "these cannot be 3 parts" "$mmrec" -o new --record="$fields" --offset=7 --shard=2/3 --where='w < 30' original
expect 2 "with --join; .*'mmshard prepare FILE OUT' makes" "$mmbright" -o new -t u8 -s 1 --add=1 --shard=1/2 original
good "$mmrec" -n -o new --record="$fields" --offset=7 --shard=2/2 --where='w < 30' original
# Killed in the middle of a part, and before it has its name; then while parts are joined.
for at in 1 2; do
    raised KILL $at "" "$mmrec" -q -o new -j1 --io=buffered --window=64K --record="$fields" --offset=7 --shard=2/2 --where='w < 30' original
    check "killed: $status" test "$status" -gt 128
    expect 1 "1 of 2 parts are missing: 2" "$mmshard" finish new
done
write 2/2 --where='w < 30'
raised KILL 1 "" "$mmshard" finish new
check "finishing was killed: $status" test "$status" -gt 128
check "nothing has the name" test ! -e new
good "$mmshard" finish --sync new
same "killed and repeated" new ../whole1
check "as a new file is: $(stat -c %a new)" test "$(stat -c %a new)" = "$(stat -c %a original)"
rm new
only original
good "$mmshard" prepare original new
expect 2 "without --join; .*'mmshard prepare --join FILE OUT' makes" "$mmrec" -o new --record='u8 x' --shard=1/2 --where=x original
rm -r new.parts
expect 2 "is not there; 'mmshard prepare --join FILE OUT' makes it" "$mmrec" -o new --record='u8 x' --shard=1/2 --where=x original
expect 2 "is for mmshard finish" "$mmrec" -f -o new --record='u8 x' --shard=1/2 --where=x original
expect 2 "join is of prepare" "$mmshard" finish --join new
expect 2 "records must have 1, 2, 4" with_shim SHIM_REMOTE=1 "$mmrec" -i --record="$fields" --shard=1/2 "$change" original
good with_shim SHIM_REMOTE=1 "$mmrec" -n -i --record='u32 x' --shard=1/2 x++ original
same "FILE stays" original ../original
mv original data

# ---- values ----------------------------------------------------------------------------------------------------------

good "$mmrec" -q --record="$fields" --offset=7 --print='index, v' --output=csv data
cp "$base/out" ../rows
for k in 1 2 3; do
    good "$mmrec" -q --record="$fields" --offset=7 --print='index, v' --output=csv --shard=$k/3 data
    if [ $k = 1 ]; then cat "$base/out"; else tail -n +2 "$base/out"; fi
done >../parts
same "rows of parts" ../parts ../rows
expect 2 "searches all of FILE" "$mmrec" --record="$fields" --find='v == 1' --sorted --shard=1/2 data
expect 2 "shard" "$mmrec" -i --record="$fields" --shard=4/3 "$change" data
only data

# ---- figures ---------------------------------------------------------------------------------------------------------

list='count(), sum(v), mean(w), sd(w), sum(log(1.0 + v))'
reduce() { # ARGUMENT...
    run "$mmrec" -q --record="$fields" --reduce="$list" "$@"
    check "$*: $(cat "$base/err")" test "$status" = 0
}
for by in "" "w >> 3"; do
    count=${by:+9}
    count=${count:-3}
    reduce ${by:+"--by=$by"} --offset=7 data
    cp "$base/out" ../figures
    for k in $(seq "$count"); do
        reduce ${by:+"--by=$by"} --offset=7 --shard="$k/$count" --partial=../part.$k -f -j2 --window=64K data
    done
    # Neither in the order of their numbers, nor FILE is needed.
    reduce ${by:+"--by=$by"} --join ../part.[2-9] ../part.1
    same "$count parts, by '$by'" "$base/out" ../figures
done
joined() { # STATUS REGEX ARGUMENT...
    local wanted=$1 regex=$2
    shift 2
    expect "$wanted" "$regex" "$mmrec" -q --record="$fields" --by='w >> 3' --join "$@"
}
good "$mmrec" -q --by='w >> 3' --reduce="$list" --join --json ../part.?
check "without --record, with --json: $(cat "$base/out")" grep -q '"records": 136363, .*"files": 9, ' "$base/out"
joined 1 "8 of 9 parts are given" --reduce="$list" ../part.[1-8]
joined 1 "part.8: is part 8, as .*part.8 is" --reduce="$list" ../part.[1-8] ../part.8
joined 1 "of another --reduce" --reduce='count()' ../part.?
joined 1 "of another --reduce" --reduce="$list" --where=1 ../part.?
joined 1 "more values of --by" --reduce="$list" --max-groups=31 ../part.?
joined 1 "nothing that --partial of this version has written" --reduce="$list" data
joined 1 "part.0: cannot open it: No such file" --reduce="$list" ../part.0
head -c 100 ../part.1 >../cut
joined 1 "cut: is of another|cut: is damaged" --reduce="$list" ../cut ../part.[2-9]
length=$(stat -c %s ../part.1)
for at in 16 40 56 72 80 108 304 320 328 336 $((length - 100)) $((length - 1)); do
    cp ../part.1 ../cut
    byte=$(od -An -tu1 -j$at -N1 ../cut)
    # shellcheck disable=SC2059 # a byte
    printf "\\$(printf %o $((byte ^ 1)))" | dd of=../cut bs=1 seek=$at conv=notrunc status=none
    joined 1 "cut: is " --reduce="$list" ../cut ../part.[2-9]
done
cp ../part.1 ../cut
printf x >>../cut
joined 1 "cut: is damaged" --reduce="$list" ../cut ../part.[2-9]
# Without --by each node has figures, whatever its file says.
reduce --shard=1/1 --partial=../one --offset=7 --length=11 data
python3 - ../one ../none <<'END'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at = 88 + struct.unpack_from("=Q", data, 16)[0] + 24
data[at:] = bytes(8)
total = 0xCBF29CE484222325
for byte in data:
    total = (total ^ byte) * 0x100000001B3 % 2**64
open(sys.argv[2], "wb").write(data + struct.pack("=Q", total))
END
expect 1 "none: is damaged" "$mmrec" -q --record="$fields" --reduce="$list" --join ../none
rm ../one ../none
reduce --by='w >> 3' --shard=1/1 --partial=../one --offset=1500000 --length=0 data
expect 2 "exists" "$mmrec" -q --record="$fields" --reduce="$list" --shard=1/9 --partial=../one data
expect 2 "needs --partial" "$mmrec" -q --record="$fields" --reduce="$list" --shard=1/9 data
expect 2 "needs --shard" "$mmrec" -q --record="$fields" --reduce="$list" --partial=../two data
expect 2 "go with --reduce" "$mmrec" -q --record="$fields" --print=v --join data
expect 1 "record 130000, at byte 1430007: an integer" "$mmrec" -q --record="$fields" --offset=7 --reduce='sum(1 / (index != 130000))' --shard=5/5 --partial=../two data
only data
finish
