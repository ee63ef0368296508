# --shard: the parts together are the whole, and a part that is done again changes nothing.
. "${0%/*}/common.bash"
mmstat=${mmbright%/*}/mmstat mmdump=${mmbright%/*}/mmdump
unset "${!SLURM_@}" "${!OMPI_@}" "${!PMI_@}" "${!AWS_BATCH_@}" JOB_COMPLETION_INDEX PARALLEL_SEQ PARALLEL_TOTAL

"$mmgen" -t u8 -s 3 --width=1001 --height=401 --pattern=noise original
parts() { # COUNT ARGUMENT...: all parts of data, in an order of their own
    local count=$1 k
    shift
    cp original data
    for ((k = count; k > 0; k--)); do
        run "$mmbright" --add=10 -q -i -t u8 -s 3 "$@" --shard=$(((k * 5) % count + 1))/"$count" data
        [ "$status" = 0 ] || fail "part $k of $count $*: $(cat "$base/err")"
    done
}
[ "$kind" != "${kind/posix/}" ] && journals=(off) || journals=(kill off)
for arguments in "--add=50" "--add=50 --offset=3 --length=600003" "--width=1001 --roi=13,7,900x300 --add=9" \
    "--width=1001 --layout=bil -c 1 --add=9" "--width=1001 --height=401 --layout=bsq -c 0,2 --add=9"; do
    cp original whole
    good "$mmbright" --add=10 -q -i -t u8 -s 3 $arguments --journal=off whole
    for count in 1 2 3 4 6 7 8 9 11 12 13 14 16 17; do
        for journal in "${journals[@]}"; do
            [ "$journal" = off ] && [ "$count" != 7 ] && continue
            parts "$count" $arguments --journal="$journal"
            same "$count parts, $arguments, $journal" whole data
        done
    done
done
only data original whole
rm -f data whole

# The same by number, and what it says.
good "$mmbright" --add=10 -n -i -t u8 -s 3 --shard-index=1 --shard-count=4 original
cp "$base/out" first
good "$mmbright" --add=10 -n -i -t u8 -s 3 --shard=2/4 original
same "both spellings" first "$base/out"
check "a border at 64 KiB" grep -q "offset 262146, length" first
good "$mmbright" --add=10 --json -n -i -t u8 -s 3 --shard=2/4 original
check "json has the part" grep -q '"offset": 262146, ' "$base/out"
printf 'tiny!!' >tiny
good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=3/9 tiny
check "an empty part" test "$(cat tiny)" = "tiny!!"

# Whatever the scheduler says.
auto() { # WANTED VARIABLE=VALUE...
    local wanted=$1
    shift
    run env "$@" "$mmbright" --add=10 -n -i -t u8 -s 3 --shard=auto $count_option original
    cp "$base/out" got
    run "$mmbright" --add=10 -n -i -t u8 -s 3 --shard="$wanted" original
    same "$*" "$base/out" got
}
count_option=
auto 3/4 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_STEP=1
auto 2/4 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=4 SLURM_ARRAY_TASK_COUNT=4
auto 3/4 SLURM_ARRAY_TASK_ID=20 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=30 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_STEP=10
auto 6/8 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_PROCID=1 SLURM_NTASKS=2
auto 2/4 SLURM_PROCID=1 SLURM_NTASKS=4
auto 4/4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4
auto 1/4 PMI_RANK=0 PMI_SIZE=4
auto 2/4 AWS_BATCH_JOB_ARRAY_INDEX=1 AWS_BATCH_JOB_ARRAY_SIZE=4
auto 3/4 SLURM_PROCID=0 SLURM_NTASKS=4 OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4
auto 4/4 SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=1 SLURM_ARRAY_TASK_COUNT=2 SLURM_PROCID=0 SLURM_NTASKS=1 \
    OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2
count_option=--shard-count=4
auto 2/4 SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_PROCID=0 SLURM_NTASKS=1
expect 2 "not a whole one" env SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=8 \
    "$mmbright" --add=10 -n -i -t u8 -s 3 --shard=auto --shard-count=4 original
auto 4/4 JOB_COMPLETION_INDEX=3
auto 1/4 PARALLEL_SEQ=1
count_option=
unsure() { # VARIABLE=VALUE...
    expect 2 "--shard=auto" env "$@" "$mmbright" --add=10 -n -i -t u8 -s 3 --shard=auto original
}
unsure SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=2
unsure SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=4 SLURM_ARRAY_TASK_COUNT=2
unsure SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=2
unsure JOB_COMPLETION_INDEX=3
unsure SLURM_PROCID=4 SLURM_NTASKS=4
unsure nothing=at-all
expect 2 "must be K/N" "$mmbright" --add=10 -i --shard=0/4 original
expect 2 "must be K/N" "$mmbright" --add=10 -i --shard=5/4 original
expect 2 "must be K/N" "$mmbright" --add=10 -i --shard=1/4x original
expect 2 "belong together" "$mmbright" --add=10 -i --shard-index=1 original
expect 2 "exclude each other" "$mmbright" --add=10 -i --shard=1/4 --shard-count=4 original
expect 2 "shard-index" "$mmbright" --add=10 -i --shard-index=4 --shard-count=4 original
expect 2 "mmshard prepare FILE OUT" "$mmbright" --add=10 -o new -t u8 -s 3 --shard=1/2 original
expect 2 "divides one FILE" "$mmbright" --add=10 -i --shard=1/2 original tiny
expect 2 "needs all parts" "$mmbright" --add=10 -i --shard=1/2 --fix-stats original
expect 2 "they take no range" "$mmbright" --status --shard=1/2 original
expect 2 "they take no range" "$mmbright" --discard-journal --offset=8 original
expect 2 "for each part" "$mmbright" --add=10 -i --shard=1/2 --journal-file=x original
rm -f first got tiny

# A part is not given up alone: it would begin anew, and change bytes twice. Of a job all bytes are told of.
cp original whole
run "$mmbright" -i -t u8 -s 3 --add=10 --shard=1/3 --json whole >/dev/full
good "$mmbright" -q -i -t u8 -s 3 --add=10 --shard=2/3 whole
record=$(ls whole.mmj.*.job)
good "$mmbright" --status whole
check "a part that was not begun: $(cat "$base/out")" grep -Eq "^ +[0-9]+ more bytes, in parts that were not begun: not changed$" "$base/out"
expect 1 "belongs to an unfinished run" "$mmbright" -i -t u8 -s 3 --add=10 whole
check "no part goes on with another file: $(cat "$base/err")" bash -c '! grep -q adopt "$1"' - "$base/err"
cp whole half
good "$mmbright" --discard-journal "$record"
same "untouched by that" whole half
rm -f whole* half

# Statistics of parts end on blocks: counts and sums are those of the whole.
counted() { "$mmstat" -t u8 -s 3 --json "$@" original | sed 's/.*"count": \[\([0-9]*\).*/\1/'; }
total=0
for k in 1 2 3; do total=$((total + $(counted --shard=$k/3))); done
check "mmstat: $total pixels in three parts" test "$total" = "$(counted)"
check "mmstat: a part is whole blocks" test "$(($(counted --shard=1/3) % 65536))" = 0
for k in 1 2 3; do "$mmdump" --record='u8 a, u8 b' --count=0 --output=csv --shard=$k/3 original |
    tail -n +2; done >parts.csv
"$mmdump" --record='u8 a, u8 b' --count=0 --output=csv original | tail -n +2 >whole.csv
same "mmdump" whole.csv parts.csv
rm -f parts.csv whole.csv

# Journals: a part that is killed goes on, one that is repeated changes nothing, and no other division of the work gets
# in between.
if [ "${journals[0]}" = kill ]; then
    cp original whole
    good "$mmbright" --add=10 -q -i -t u8 -s 3 --journal=off whole
    cp original data
    raised KILL 2 data "$mmbright" --add=10 -q -i -t u8 -s 3 --io=buffered --shard=2/3 data
    check "killed" test "$status" = 137
    good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=1/3 data
    for again in 1 2 3; do good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=1/3 data; done
    expect 1 "the operation differs: the interrupted run had parts=3" "$mmbright" --add=10 -i -t u8 -s 3 --shard=1/2 data
    expect 1 "unfinished run" "$mmbright" --add=10 -i -t u8 -s 3 data
    expect 1 "unfinished run" "$mmbright" --add=10 -o copy -t u8 -s 3 data
    good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=3/3 data
    expect 1 "the operation differs" "$mmbright" -i -t u8 -s 3 --add=11 --shard=3/3 data
    check "the record of the job, and a journal" test "$(ls data.mmj.* | wc -l)" = 2
    good "$mmbright" --status data
    check "--status: waits" grep -q "^parts: *3 begun, 2 done$" "$base/out"
    good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=2/3 data
    same "killed, repeated, in three parts" whole data
    only data original whole
    # Killed while the journals are taken away, whichever part was last: repeated, it finishes that, and changes
    # nothing.
    for last in 1 2 3; do
        for left in 1 2; do
            cp original data
            for k in 1 2 3; do [ $k = $last ] || good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=$k/3 data; done
            run strace -f -o /dev/null -e inject=unlink,unlinkat:signal=KILL:when=$left "$mmbright" --add=10 -q -i -t u8 -s 3 \
                --shard=$last/3 data
            [ "$status" = 137 ] || { echo "strace cannot kill here: not tried"; break 2; }
            good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=$last/3 data
            same "part $last killed at removal $left" whole data
            check "nothing is left after removal $left" test -z "$(ls data.mmj.* 2>/dev/null)"
        done
    done
    # What fails after the change has changed: repeated, it does not do so again.
    cp original data
    for again in 1 2; do
        "$mmbright" --add=10 -q --json -i -t u8 -s 3 --shard=1/2 data >/dev/full 2>"$base/err"
        check "a full stdout is a failure" test $? = 1
    done
    good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=2/2 data
    same "repeated after a failure" whole data
    check "the first part has not said that it is done" test -e "$(ls data.mmj.*.job)"
    good "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=1/2 data
    same "repeated without one" whole data
    check "nothing is left of it" test -z "$(ls data.mmj.* 2>/dev/null)"
    # The journals are being taken away, and the part that is at it is repeated on a machine, or after a start, with
    # another number.
    boot=/proc/sys/kernel/random/boot_id
    if [ "$(id -u)" = 0 ] && echo 01234567-89ab-cdef-0123-456789abcdef >"$base/boot" &&
        unshare -m mount --bind "$base/boot" $boot 2>/dev/null; then
        cp original data
        good "$mmbright" --add=10 -q -i -t u8 -s 3 --journal=power --shard=2/2 data
        run strace -f -o /dev/null -e inject=unlink,unlinkat:signal=KILL:when=1 "$mmbright" --add=10 -q -i -t u8 -s 3 \
            --journal=power --shard=1/2 data
        run unshare -m bash -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' - "$base/boot" $boot \
            "$mmbright" --add=10 -q -i -t u8 -s 3 --journal=power --shard=1/2 data
        check "repeated elsewhere: $(cat "$base/err")" test "$status" = 0
        same "repeated elsewhere" whole data
        check "nothing is left, elsewhere" test -z "$(ls data.mmj.* 2>/dev/null)"
    else
        echo "another machine cannot be played here: not tried"
    fi
    # All at once.
    for round in 1 2 3 4 5; do
        cp original data
        for k in 1 2 3 4; do "$mmbright" --add=10 -q -i -t u8 -s 3 --shard=$k/4 data & done
        wait
        same "all at once" whole data
        check "no journal is left" test -z "$(ls data.mmj.* 2>/dev/null)"
    done
fi
finish
