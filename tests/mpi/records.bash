# mmrec as one job of several processes: records.bash MPIEXEC FOLDER-OF-TOOLS FOLDER-OF-LIBRARY SHIM
. "${0%/*}/common.bash"
PATH=$2:$PATH shim=$4
export LD_LIBRARY_PATH=$3 XDG_CACHE_HOME=$base/cache
command -v "${CC:-cc}" >/dev/null || { echo "SKIPPED: there is no C compiler for mmrec"; exit 77; }
fields='u64le v, u32le w, u8 x'
record="--record=$fields"
change='v = v * 3 + index; x ^= w'
head -c 4000000 /dev/urandom >original # the last 9 bytes are no record
head -c 13000 original >short.raw
: >empty.raw
nothing_left() { ! ls -d ./*.mmj.* ./*.parts 2>/dev/null; }
value() { grep -Eo "\"$1\": ([0-9]+|true|false)" "$2"; }

# ---- in place: one change, one report, no journal left
for file in original short.raw empty.raw; do
    cp $file alone.raw
    mmrec -q -i --journal=off "$record" "$change" alone.raw || fail "alone: $file"
    for how in "" "--journal=off --io=buffered" "--journal=power --verify"; do
        [ -z "$how" ] || [ $file = original ] || continue
        cp $file data
        # shellcheck disable=SC2086 # words
        job 3 mmrec -i --json "$record" $how "$change" data
        check "$file $how: $(head -c 300 err)" test "$status" = 0
        check "$file $how: the bytes" cmp alone.raw data
        check "$file $how: one report of all" test "$(wc -l <out) $(value records out)" = "1 \"records\": $(($(stat -c %s $file) / 13))"
        check "$file $how: nothing is left: $(ls)" nothing_left
    done
done
cp original alone.raw
mmrec -q -i "$record" --offset=5 --length=1300000 --where='w & 1' "$change" alone.raw
cp original data
job 4 mmrec -q -i --report=report "$record" --offset=5 --length=1300000 --where='w & 1' "$change" data
check "a range, and a report: $(head -c 300 err)" test "$status $(wc -l <report)" = "0 1"
check "its bytes" cmp alone.raw data

# ---- kept by each process, and taken back by one
cp original data
job 3 mmrec -i --json --keep-undo "$record" "$change" data
if ! grep -q zstd err; then
    check "--keep-undo: $(head -c 300 err)" test "$status" = 0
    check "an undo file for each: $(ls)" test "$(ls data.mmu.* | wc -l)" = 3
    check "of all of them: $(cat out)" test "$(value undo_bytes out)" = "\"undo_bytes\": $(cat data.mmu.* | wc -c)"
    job 2 mmrec --undo data
    check "--undo: $(head -c 300 err)" test "$status" = 0
    check "every byte is back" cmp original data
    check "nothing is left: $(ls)" test -z "$(ls -d data.mm* 2>/dev/null)"
fi

# ---- a new file
while IFS=\| read -r -a arguments; do
    rm -f alone.raw
    mmrec -q --json -o alone.raw "$record" "${arguments[@]}" original >one || fail "alone: ${arguments[*]}"
    rm -f new
    job 3 mmrec -q --json -o new "$record" "${arguments[@]}" original
    check "-o ${arguments[*]}: $(head -c 300 err)" test "$status" = 0
    check "-o ${arguments[*]}: the bytes" cmp alone.raw new
    for key in records kept_records output_bytes verified length; do
        check "-o ${arguments[*]}: $key" test "$(value $key out)" = "$(value $key one)"
    done
    check "-o ${arguments[*]}: nothing else is left" nothing_left
done <<'END'
--where=w % 8 == 1
--where=0
--verify|--where=w & 1|--map=u32le w, f64 v
END
echo old >new
job 2 mmrec -o new "$record" --where='w & 1' original
check "not over a file: $(cat err)" test "$status $(grep -c 'new: exists already' err) $(cat new)" = "2 1 old"
check "and nothing was made" nothing_left
job 2 mmrec -q -f -o new "$record" --where='w & 1' original
mmrec -q -f -o alone.raw "$record" --where='w & 1' original
check "but with -f: $(cat err)" cmp alone.raw new
rm new
# The last process divides by zero: no part is of use.
job 3 mmrec -o new "$record" --where='1 / (300000 - (i64)index)' original
check "a division: $(head -c 300 err)" test "$status $(grep -c 'record 300000, at byte 3900000: an integer is divided' err)" = "1 1"
check "no file: $(ls)" bash -c '! ls -d new* 2>/dev/null'

# ---- figures, the same to the last bit
cat original short.raw >both
while IFS=\| read -r -a arguments; do
    mmrec -q "$record" "${arguments[@]}" >wanted || fail "alone: ${arguments[*]}"
    job 4 mmrec -q "$record" "${arguments[@]}"
    check "${arguments[*]}: $(head -c 300 err)" test "$status" = 0
    check "${arguments[*]}: the same" cmp wanted out
done <<'END'
--reduce=count(), sum(v), min(w), max(x), mean(1.0 / (w + 1)), sd(v), sum(sqrt(v))|original
--reduce=mean(1.0 / (w + 1)), sd(v)|--by=x & 7|--output=csv|original
--reduce=count(), sum(sqrt(v)), max(index)|--where=x < 100|original|short.raw|empty.raw
--reduce=sum(sqrt(v))|--by=x|short.raw|original
--reduce=count(), mean(v)|empty.raw
END
job 3 mmrec -q --json "$record" --reduce='count()' original short.raw
check "all records are counted: $(cat out)" test "$(value records out) $(wc -l <out)" = "\"records\": 308692 1"
job 3 mmrec -q "$record" --by=w --reduce='count()' --max-groups=1000 original
check "too many values: $(head -c 300 err)" grep -q "by has more than 1000 values" err
job 3 mmrec -q "$record" --print=v --output=csv short.raw
check "rows, once" test "$status $(wc -l <out)" = "0 1001"
job 2 mmrec -n -i "$record" "$change" original
check "a plan, once" test "$status $(grep -c '^file:' out)" = "0 1"
seq 1000001 1065536 | tr -d '\n' >sorted
job 3 mmrec --record='char n[7]' --find='cmp(n, "1030000") == 0' --sorted sorted
check "a search, once: $(cat out err)" test "$status $(wc -l <out)" = "0 3"

# ---- what is wrong is said once, and changes nothing
cp original data
job 3 mmrec -i "$record" 'v = nonsense' data
check "code that is none: $(head -c 500 err)" test "$status $(grep -c 'the compiler refuses the code' err) $(grep -c "error:.*nonsense" err)" = "2 1 1"
job 3 mmrec -i "$record" 'w /= 300000 - (i64)index' data
check "a division: $(head -c 500 err)" test "$status $(grep -c 'an integer is divided' err)" = "1 1"
check "none has changed anything" cmp original data
check "nothing is left: $(ls)" nothing_left
job 3 mmrec -i "$record" "$change" missing
check "missing" test "$status" = 1
job 2 mmrec -i "$record" "$change" data short.raw
check "one FILE, once: $(cat err)" test "$status $(grep -c 'shares out one FILE' err)" = "2 1"
job 2 bash -c "exec mmrec -i --record='u8 x' \"x += \$OMPI_COMM_WORLD_RANK\$PMI_RANK\" data"
check "two commands: $(cat err)" test "$status $(grep -c 'different arguments' err)" = "2 1"
check "untouched" cmp original data
job 2 mmrec -q -i --shard=1/1 "$record" --journal=off 'x = 0' short.raw
check "with --shard each is alone: $(cat err)" test "$status" = 0

# ---- one fails: the others are stopped, the journals stay, and the same job again goes on
cp original whole
mmrec -q -i "$record" "$change" whole
ends() { # RANK SIGNAL NUMBER NAME: one rank sends itself a signal before that write to files whose name ends so
    cat >one <<END
#!/bin/bash
[ "\$OMPI_COMM_WORLD_RANK\$PMI_RANK" = $1 ] && [ ! -e done ] && exec env LD_PRELOAD="$shim" SHIM_RAISE=$2:$3:$4 "\$@"
exec "\$@"
END
    chmod +x one
}
for try in 0:9:1 1:9:3 2:15:2; do
    cp original again
    rm -f done
    # shellcheck disable=SC2086 # words
    ends ${try//:/ } again
    job 3 ./one mmrec -q -i --io=buffered --window=64K "$record" "$change" again
    check "$try: it failed: $status" test "$status" != 0
    : >done
    job 3 ./one mmrec -q -i --io=buffered --verify "$record" "$change" again
    check "$try: again: $(head -c 300 err)" test "$status" = 0
    check "$try: the bytes" cmp whole again
    check "$try: nothing is left" nothing_left
done
# A signal to one of them: each says that the same job would go on.
cp original again
cat >one <<END
#!/bin/bash
rank=\$OMPI_COMM_WORLD_RANK\$PMI_RANK
[ \$rank = 1 ] && export LD_PRELOAD="$shim" SHIM_RAISE=15:2:again
"\$@"
status=\$?
echo \$status >status.\$rank
# The launcher ends all others when one fails.
sleep 0.5
exit \$status
END
job 3 ./one mmrec -q -i --io=buffered --window=64K "$record" "$change" again
check "stopped: $(cat status.0 status.1 status.2 | tr '\n' ' ')" test "$(cat status.0 status.1 status.2 | sort -u)" = 75
job 3 mmrec -q -i "$record" "$change" again
check "and it goes on" cmp whole again
# One is killed when it writes its part of a new file; the same job begins it anew.
rm -f done new alone.raw
ends 1 9 1 ""
job 3 ./one mmrec -q -o new --io=buffered "$record" --where='w & 1' original
check "killed: $status, $(ls -d new*)" test "$status $(ls -d new*)" = "$status new.parts" -a "$status" != 0
: >done
job 3 ./one mmrec -q -o new --verify "$record" --where='w & 1' original
check "again: $(head -c 300 err)" test "$status" = 0
mmrec -q -o alone.raw "$record" --where='w & 1' original
check "its bytes" cmp alone.raw new
check "nothing is left" nothing_left
rm new
# One cannot write.
job 3 bash -c '[ "$OMPI_COMM_WORLD_RANK$PMI_RANK" != 1 ] || ulimit -f 100; trap "" XFSZ; exec "$@"' \
    - mmrec -q -o new --io=buffered "$record" --where='w & 1' original
check "no file: $(head -c 300 err)" test "$status $(ls -d new* 2>/dev/null)" = "1 "
finish
