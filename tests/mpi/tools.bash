# mmstat and mmbright as one job of several processes: tools.bash MPIEXEC FOLDER-OF-TOOLS FOLDER-OF-LIBRARY SHIM
# FOLDER-OF-EXAMPLES
. "${0%/*}/common.bash"
PATH=$2:$PATH shim=$4
export LD_LIBRARY_PATH=$3

# ---- mmstat: the figures of one process, whatever the number of them
mmgen -t i16le -s 4 --width=1000 --height=700 --pattern=noise small.raw
mmgen -t u8 -s 3 --width=911 --height=403 --pattern=noise odd.raw
mmgen -t f32be -s 2 --width=1237 --height=411 --pattern=noise floats.raw
mmgen -t u32le -s 1 --width=1237 --height=411 --pattern=noise wide.raw
printf 'tiny!!!!' >tiny.raw
: >empty.raw
figures() { # all but time and means
    sed -E 's/"(seconds|bytes_per_second|io|io_reason|window_bytes|threads|windows|peak_mapped_bytes|minor_faults|major_faults)": ("[^"]*"|[^,}]*),? ?//g' "$1"
}
while read -r arguments; do
    mmstat --json $arguments >alone 2>err || fail "alone $arguments: $(cat err)"
    figures alone >wanted
    for count in 2 5; do
        job $count mmstat --json $arguments
        check "mmstat $arguments, $count: $(head -c 300 err)" test "$status" = 0
        figures out >got
        check "mmstat $arguments, $count: the same" cmp wanted got
    done
done <<'END'
small.raw
--percentiles=1,50,99.9 --histogram=33 small.raw
-t u8 -s 3 --percentiles=50 odd.raw
-t u8 -s 3 --width=911 --layout=bil --percentiles=50 odd.raw
-t u8 -s 3 --width=911 --height=403 --layout=bsq --percentiles=5,50 --histogram=7 odd.raw
-t f32be -s 2 --percentiles=0.1,50,100 --histogram=64 floats.raw
-t f32be -s 2 --width=1237 --height=411 --layout=bsq floats.raw
-t f32be -s 2 --offset=8 --length=3000000 floats.raw
-t u32le -s 1 --percentiles=0.1,50,100 --histogram=64 wide.raw
tiny.raw
empty.raw
END
job 3 mmstat small.raw floats.raw
check "one table for each file" test "$status $(grep -c raw out)" = "0 2"
job 3 mmstat --json --shard=auto small.raw
check "with --shard each speaks for itself" test "$(grep -c '"tool"' out)" = 3

# ---- mmbright in place: one change, one report, no journal left
for arguments in "-t i16le -s 4 --add=500 small.raw" "-t u8 -s 3 --add=9 odd.raw" \
    "-t u8 -s 3 --width=911 --height=403 --layout=bsq -c 0,2 --add=9 --verify odd.raw" \
    "-t u8 -s 3 --width=911 --roi=5,7,800x300 --add=9 --journal=off odd.raw" "-s 4 tiny.raw" "-s 4 empty.raw"; do
    file=${arguments##* }
    cp "$file" whole
    mmbright --add=10 --json -i --journal=off ${arguments% *} whole >alone || fail "alone $arguments"
    for count in 1 3; do
        cp "$file" data
        job $count mmbright --add=10 --json -i ${arguments% *} data
        check "mmbright $arguments, $count: $(head -c 300 err)" test "$status" = 0
        check "mmbright $arguments, $count: the bytes" cmp whole data
        check "one report" test "$(wc -l <out)" = 1
        for key in records length offset saturated_low saturated_high; do
            check "$count, $key" test "$(grep -Eo "\"$key\": (\[[^]]*\]|[0-9]+)" out)" = "$(grep -Eo "\"$key\": (\[[^]]*\]|[0-9]+)" alone)"
        done
        check "$count: no journal is left: $(ls)" bash -c '! ls data.mmj.* 2>/dev/null'
    done
done

# ---- kept by each process, and taken back by one
cp small.raw data
job 3 mmbright -i --json --keep-undo -t i16le -s 4 --add=20000 data
if ! grep -q zstd err; then
    check "--keep-undo: $(head -c 300 err)" test "$status" = 0
    check "an undo file for each: $(ls)" test "$(ls data.mmu.* | wc -l)" = 3
    check "of all of them: $(cat out)" grep -q "\"undo_bytes\": $(cat data.mmu.* | wc -c)," out
    job 2 mmbright -q --undo data
    check "--undo: $(head -c 300 err)" test "$status" = 0
    check "every byte is back" cmp small.raw data
    check "nothing is left: $(ls)" test -z "$(ls -d data.mm* 2>/dev/null)"
fi

# ---- a new file
for arguments in "-t i16le -s 4 --add=500 small.raw" "-t u8 -s 3 --add=9 --verify --offset=3 --length=30003 odd.raw" \
    "-s 4 empty.raw"; do
    rm -f whole new
    mmbright --add=10 -o whole $arguments || fail "alone $arguments"
    for count in 2 3; do
        job $count mmbright --add=10 -q -o new $arguments
        check "-o $arguments, $count: $(head -c 300 err)" test "$status" = 0
        check "-o $arguments, $count: the bytes" cmp whole new
        check "nothing else is left" bash -c '! ls -d new.parts 2>/dev/null'
        rm -f new
    done
done
echo old >new
job 2 mmbright --add=10 -o new -t i16le -s 4 small.raw
check "not over a file: $(cat err)" grep -q "new: exists already" err
check "and nothing was made" test "$status $(cat new) $(test -e new.parts && echo made)" = "2 old "
job 2 mmbright -q -f -o new -t i16le -s 4 --add=500 small.raw
mmbright -f -o whole -t i16le -s 4 --add=500 small.raw
check "but with -f: $(cat err)" cmp whole new

# ---- what is wrong is said once, and ends all
job 3 mmbright -i --add=1.5 small.raw
check "once: $(cat err)" test "$(grep -c 'need a whole number' err)" = 1
job 3 mmstat --percentiles=101 small.raw
check "once, and by the parser: $(cat err)" test "$(grep -c 'mmstat: ' err)" = 1
job 3 mmstat missing.raw
check "missing: $(cat err)" test "$status" = 1
job 2 mmbright --add=10 -i -t i16le small.raw odd.raw
check "one FILE" grep -q "divides one FILE" err
# A half of the samples saturates, in the first half of the file: one rank has all of them.
head -c 800000 /dev/zero | tr '\0' '\377' >halves.raw
head -c 800000 /dev/zero >>halves.raw
cp halves.raw halves.before
job 3 mmbright --add=1 -i -t u8 -s 4 --max-saturated=49.9% halves.raw
check "too many, once: $(cat err)" grep -q "^mmbright: halves.raw: 800000 of 1600000 samples (50%) would saturate" err
check "by all: $(cat err)" test "$status $(grep -c 'would saturate' err)" = "1 1"
check "nothing is changed" cmp halves.raw halves.before
job 3 mmbright --add=1 -q -i -t u8 -s 4 --max-saturated=50% halves.raw
check "not too many: $(cat err)" test "$status" = 0
# What is noted is said by the first, of all of them.
note() { grep -o 'note: .*' "$1"; }
cp halves.before halves.raw
cp halves.before halves.alone
mmbright -i -t u8 -s 4 --add=1 halves.alone >/dev/null 2>alone
job 3 mmbright -i -t u8 -s 4 --add=1 halves.raw
check "the notes of one process: $(cat err)" test "$(note alone | wc -l)-$(note err)" = "1-$(note alone)"
check "its bytes" cmp halves.alone halves.raw
job 3 mmbright -i small.raw
check "no change was named, once: $(cat err)" test "$status $(grep -c 'mmbright: ' err)" = "2 1"
job 3 mmstat missing.raw small.raw
check "one is missing, the other's table is there once: $(cat err)" test "$status $(grep -c 'small.raw' out)" = "1 1"
job 2 mmbright --add=10 -n -i small.raw
check "a plan, once" test "$status $(grep -c '^file:' out)" = "0 1"
job 3 mmbright --status small.raw
check "the status, once" test "$(cat out)" = "small.raw: no journal"

# ---- a job is one command on one file: otherwise nothing is touched
cp small.raw one.raw
cp small.raw two.raw
head -c 8000 small.raw >short.raw
refused() { # WHAT REGEX
    check "$1: status $status" test "$status" = 2
    check "$1: said once: $(cat err)" test "$(grep -Ec "$2" err)" = 1
    check "$1: untouched" cmp one.raw two.raw
    check "$1: nothing is left" bash -c '! ls -d *.mmj.* *.parts 2>/dev/null'
}
each() { # COMMAND: a shell's, with the rank in $rank
    job 2 bash -c "rank=\$OMPI_COMM_WORLD_RANK\$PMI_RANK; $1"
}
each 'set -- one.raw two.raw; shift $rank; exec mmbright -i --add=100 $1'
refused "two files" "different arguments"
each 'exec mmbright -i --add=10$rank one.raw'
refused "two commands" "different arguments"
each 'exec mmstat one.raw $([ $rank = 0 ] || echo two.raw)'
refused "another number of files" "different arguments"
each 'set -- one.raw short.raw; shift $rank; ln -sf $1 link$rank; mkdir -p d$rank; ln -sf ../$1 d$rank/same.raw; cd d$rank; exec mmbright --add=10 -i --journal=off same.raw'
refused "one name, two files" "not the same file for all"
each 'cd d$rank; exec mmstat same.raw'
refused "one name, two files, to look at" "not the same file for all"
rm -r d0 d1 link0 link1
each 'exec mmbright -i --shard=1/1 --add=1$rank $([ $rank = 0 ] && echo one.raw || echo short.raw)'
check "with --shard each is alone: $(cat err)" test "$status" = 0
cp two.raw one.raw
printf 'ENVI\nsamples = 1000\nlines = 700\nbands = 4\ndata type = 2\ninterleave = bip\nbyte order = 0\nheader offset = 0\n' >one.hdr
mkdir single
mmbright -q --add=10 -o single/new.raw one.raw
job 2 mmbright -q --add=10 -o new.raw one.raw
check "a header apart: $(head -c 300 err)" test "$status" = 0
check "a header apart: the samples" cmp single/new.raw new.raw
check "a header apart: the header" cmp single/new.hdr new.hdr
check "a header apart: nothing is left: $(ls -A)" bash -c '! ls -d *.parts .new* 2>/dev/null'
rm -r single new.* one.hdr

# ---- the bar of the first is that of all
job 3 mmbright -i --progress=json --add=1 one.raw
check "all of it in the end: $(grep '"bytes"' err | tail -n 1)" \
    bash -c 'grep "\"bytes\"" err | tail -n 1 | grep -q "\"bytes\": 5600000, \"total_bytes\": 5600000"'

# ---- one rank fails: the others are stopped, the journals stay, and the same job again goes on
mmgen -t i16le -s 4 --width=4096 --height=1024 --pattern=noise large.raw
cp large.raw data
mmbright -q -i --journal=off --add=100 large.raw
ends() { # RANK SIGNAL NUMBER: one rank sends itself a signal before that write to the file
    cat >one <<END
#!/bin/bash
[ "\$OMPI_COMM_WORLD_RANK\$PMI_RANK" = $1 ] && [ ! -e done ] && exec env LD_PRELOAD="$shim" SHIM_RAISE=$2:$3:again "\$@"
exec "\$@"
END
    chmod +x one
}
for try in 0:9:1 1:9:3 2:9:8 0:15:4 2:15:2; do
    cp data again
    rm -f done
    ends ${try//:/ }
    job 3 ./one mmbright -q -i --io=buffered --add=100 again
    check "$try: it failed" test "$status" != 0
    check "$try: and is not done" bash -c '! cmp -s large.raw again'
    check "$try: a journal is left" bash -c 'ls again.mmj.* >/dev/null'
    : >done
    job 3 ./one mmbright -q -i --io=buffered --add=100 again
    check "$try: again: $(head -c 300 err)" test "$status" = 0
    check "$try: the bytes" cmp large.raw again
    check "$try: no journal is left" bash -c '! ls again.mmj.* 2>/dev/null'
done

# A signal to one of them: each says that the same job would go on.
cp data again
rm -f done
cat >one <<END
#!/bin/bash
rank=\$OMPI_COMM_WORLD_RANK\$PMI_RANK
[ \$rank = 1 ] && export LD_PRELOAD="$shim" SHIM_RAISE=15:3:again
"\$@"
status=\$?
echo \$status >status.\$rank
# The launcher ends all others when one fails.
sleep 0.5
exit \$status
END
job 3 ./one mmbright -q -i --io=buffered --add=100 again
check "stopped: $(cat status.0 status.1 status.2 | tr '\n' ' ')" test "$(cat status.0 status.1 status.2 | sort -u)" = 75
job 3 mmbright -q -i --add=100 again
check "and it goes on" cmp large.raw again

# One cannot write: it says so, and the others end long before their work does.
rm -f new
job 3 bash -c '[ "$OMPI_COMM_WORLD_RANK$PMI_RANK" != 1 ] || ulimit -f 20000; trap "" XFSZ; exec "$@"' \
    - mmbright -q -o new --io=buffered -a 1 data
check "said once: $(head -c 300 err)" test "$(grep -c '^mmbright: ' err)" = 1
check "nothing of that name" test "$status $(ls new 2>/dev/null)" = "1 "
job 3 mmbright -q -o new --io=buffered -a 1 data
mmbright -q -o whole -f -a 1 data
check "the same job goes on: $(head -c 300 err)" cmp whole new

# ---- the example
if [ -n "$5" ]; then
    "$5/histogram" odd.raw >wanted
    for count in 1 3; do
        job $count "$5/histogram_mpi" odd.raw
        check "histogram_mpi, $count: $(head -c 300 err)" cmp wanted out
    done
    job 2 "$5/histogram_mpi" missing
    check "histogram_mpi of nothing: $(cat err)" test "$status $(grep -c 'missing: open' err)" = "1 2"
fi

# ---- without the library
LD_LIBRARY_PATH= job 2 mmstat small.raw
if [ "$status" = 2 ]; then
    check "no library: $(cat err)" test "$(grep -c 'need the library libmmview-mpi' err)" = 1
fi
finish
