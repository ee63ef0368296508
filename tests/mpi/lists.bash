# mmbright on images in several files as one job of several processes: lists.bash MPIEXEC FOLDER-OF-TOOLS
# FOLDER-OF-LIBRARY SHIM
. "${0%/*}/common.bash"
PATH=$2:$PATH shim=$4
export LD_LIBRARY_PATH=$3

# An image of 5 slices in files with something in front of the samples and behind them, and what it must become.
slab=600000 count=5
mmgen -q -t i16le -s 1 --width=1000 --height=1500 --pattern=noise whole.raw
files() { # FOLDER RAW
    mkdir -p "$1"
    for ((i = 0; i < count; i++)); do
        { printf head; tail -c +$((slab * i + 1)) "$2" | head -c $slab; printf behind; } >"$1/s$i.raw"
    done
}
fresh() {
    rm -rf data
    files data whole.raw
    printf '%s\n' 'ObjectType = Image' 'NDims = 3' 'DimSize = 1000 300 5' 'BinaryDataByteOrderMSB = False' \
        'ElementType = MET_SHORT' 'HeaderSize = 4' 'ElementDataFile = s%d.raw 0 4 1' >data/scan.mhd
    printf '%s\n' NRRD0004 'type: short' 'dimension: 3' 'sizes: 1000 300 5' 'endian: little' 'encoding: raw' \
        'byte skip: 4' 'data file: LIST' s0.raw s1.raw s2.raw s3.raw s4.raw >data/scan.nhdr
}
wanted() { # OPTIONS...: the folder wanted, by one process on the samples in one file
    rm -rf wanted
    cp whole.raw alone.raw
    mmbright -q -i --journal=off --format=raw -t i16le -s 1 --width=1000 --height=1500 "$@" alone.raw
    files wanted alone.raw
}
is_wanted() {
    for ((i = 0; i < count; i++)); do
        cmp "data/s$i.raw" "wanted/s$i.raw" || return 1
    done
}
nothing_left() {
    [ -z "$(ls -d data/*.mmj.* 2>/dev/null)" ] && { ! type getfattr >/dev/null 2>&1 || [ -z "$(getfattr -d data/*.raw 2>/dev/null)" ]; }
}

# ---- each byte once, one report, nothing left
for options in "" "--roi=10,250,800x400" "--verify" "--journal=off" "--journal=power"; do
    wanted --add=500 $options
    for header in scan.mhd scan.nhdr; do
        for ranks in 1 3; do
            fresh
            job $ranks mmbright -i --json --add=500 $options data/$header
            check "$header $options, $ranks: $(head -c 300 err)" test "$status" = 0
            check "$header $options, $ranks: the bytes" is_wanted
            check "$header $options, $ranks: one report" test "$(wc -l <out)" = 1
            check "$header $options, $ranks: nothing is left: $(ls data)" nothing_left
            [ $ranks = 1 ] && cp out one
            for key in records length saturated_low saturated_high files; do
                value() { grep -Eo "\"$key\": (\[[^]]*\]|[0-9]+)" "$1"; }
                check "$header $options, $ranks: $key" test "$(value out)" = "$(value one)"
            done
        done
    done
done
fresh
job 3 mmstat --json data/scan.mhd
check "mmstat: $(head -c 300 err)" test "$status $(grep -o '"max": [^,]*' out)" = "0 $(mmstat --json -t i16le -s 1 --width=1000 --height=1500 whole.raw | grep -o '"max": [^,]*')"

# ---- one rank ends before that write: the job again goes on, and other commands are refused meanwhile
wanted --add=500
for try in 0:9:1 1:9:1 1:9:3 2:9:2 2:15:2; do
    IFS=: read -r rank signal number <<<"$try"
    cat >one <<END
#!/bin/bash
[ "\$OMPI_COMM_WORLD_RANK\$PMI_RANK" = $rank ] && [ ! -e done ] && exec env LD_PRELOAD="$shim" SHIM_RAISE=$signal:$number:.raw "\$@"
exec "\$@"
END
    chmod +x one
    fresh
    rm -f done
    job 3 ./one mmbright -q -i --io=buffered --add=500 data/scan.mhd
    check "$try: it failed" test "$status" != 0
    check "$try: a journal is left" bash -c 'ls data/*.mmj.* >/dev/null'
    mmbright -q -i --add=1 data/scan.mhd 2>err && fail "$try: another command changed it"
    check "$try: no other command: $(cat err)" grep -q 'unfinished run' err
    : >done
    job 3 ./one mmbright -q -i --io=buffered --add=500 data/scan.mhd
    check "$try: again: $(head -c 300 err)" test "$status" = 0
    check "$try: the bytes" is_wanted
    check "$try: nothing is left: $(ls data)" nothing_left
done

# ---- a copy, which is a header and one file: the same as that of one process, also when a rank was killed
fresh
for header in scan.mhd scan.nhdr; do
    ending=${header#scan}
    rm -rf alone
    mkdir alone
    mmbright -q -o alone/copy$ending --add=500 --roi=10,250,800x400 data/$header
    for ranks in 1 3; do
        job $ranks mmbright --json -o copy$ending --add=500 --roi=10,250,800x400 data/$header
        check "copy of $header, $ranks: $(head -c 300 err)" test "$status $(wc -l <out)" = "0 1"
        check "copy of $header, $ranks: the samples" cmp alone/copy.raw copy.raw
        check "copy of $header, $ranks: the header" cmp alone/copy$ending copy$ending
        check "copy of $header, $ranks: nothing is left: $(ls -A)" bash -c '! ls -d *.parts .copy* 2>/dev/null'
        job $ranks mmbright -q -o copy$ending --add=500 data/$header
        check "copy of $header, $ranks: it is there" grep -q "exists already" err
        rm copy.*
    done
done
for try in 0:9:1 2:9:2; do
    IFS=: read -r rank signal number <<<"$try"
    sed "s/SHIM_RAISE=[^ ]*/SHIM_RAISE=$signal:$number:\/data/; s/PMI_RANK\" = [0-9]*/PMI_RANK\" = $rank/" one >two
    chmod +x two
    rm -f done
    job 3 ./two mmbright -q --io=buffered -o copy.nhdr --add=500 --roi=10,250,800x400 data/scan.nhdr
    check "copy, $try: it failed" test "$status" != 0
    check "copy, $try: nothing has its name: $(ls -A)" test ! -e copy.raw -a ! -e copy.nhdr
    : >done
    job 3 ./two mmbright -q --io=buffered -o copy.nhdr --add=500 --roi=10,250,800x400 data/scan.nhdr
    check "copy, $try: again: $(head -c 300 err)" test "$status" = 0
    check "copy, $try: the samples" cmp alone/copy.raw copy.raw
    check "copy, $try: the header" cmp alone/copy.nhdr copy.nhdr
    rm copy.*
done
finish
