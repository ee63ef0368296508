# Runs in place that keep what they lose, and are taken back: every byte, the latest run first.
. "${0%/*}/common.bash"

head -c 393219 /dev/urandom >../photo
# Half of it dark and bright, so that much saturates.
"$mmbright" -q -f -o ../bright -t u16 -s 3 --gain=3 --length=393216 ../photo
cp ../bright image
run "$mmbright" -q -i --add=1 -t u8 -s 1 --keep-undo image
case $(cat "$base/err") in
*zstd*) skip "this build has no zstd: --keep-undo is refused by name" ;;
esac
rm image.mmu.1

afresh() { rm -f ./*; cp ../bright image; }
there() { good "$mmbright" -q -i --keep-undo "$@" image; check "changed by $*" bash -c '! cmp -s image ../bright'; }
back() { # WHAT
    good "$mmbright" --undo image
    same "taken back: $1" image ../bright
    only image
}

# Types, orders of bytes, layouts, places, samples that mean no data.
afresh
for type in u8 i8 u16le u16be i16le i16be u32le i32be u64le i64be f16le f32be f64le; do
    there -t $type -s 3 -a 70,-70,3 --gain=1.25,0.5,1 --length=393216
    back $type
done
for layout in bip bil bsq; do
    there -t i16 -s 4 --layout=$layout --width=64 --offset=24 --length=262144 --roi=5,7,40x400 -c rb -a 9000 --nodata=0,7
    back $layout
done
for way in "mmap kill" "buffered kill" "direct kill" "mmap power" "buffered power" "direct power"; do
    read -r io journal <<<"$way"
    there -t i16 -s 4 -a 20000 --gain=0.5 --io=$io --journal=$journal -j 3 --length=393216
    good "$mmbright" --undo --io=$io --journal=$journal -j 2 image
    same "$way" image ../bright
done
there -t u16 -s 1 --clamp=1000,2000 --sync --verify --length=393216
good "$mmbright" -n --undo image
check "a plan" grep -q "393216 bytes would be as they were" "$base/out"
good "$mmbright" --undo --sync --json image
check "--json" grep -q '"undo_bytes": ' "$base/out"
same "verified" image ../bright
only image

good "$mmbright" -n -i --count --keep-undo -t i16 -s 1 --length=393216 -a 30000 ../bright
about=$(sed -n 's/^undo file: about \([0-9]*\) bytes$/\1/p' "$base/out")
afresh
there -t i16 -s 1 --length=393216 -a 30000
length=$(stat -c %s image.mmu.1)
check "how large it would be: $about, it is $length" test "$about" -gt $((length * 8 / 10)) -a "$about" -lt $((length * 12 / 10))
afresh
run "$mmbright" -v -i -t i16 -s 1 --length=393216 -a 30000 image
check "a hint: $(cat "$base/err")" grep -q "with --keep-undo a run can be taken back" "$base/err"
run "$mmbright" -v -i -t i16 -s 1 --length=393216 --width=64 --row-bytes=192 -a 30000 image
check "a hint for rows with gaps: $(cat "$base/err")" grep -q "with --keep-undo a run can be taken back" "$base/err"
run "$mmbright" -v -i -t i16 -s 1 --length=393216 --journal=off -a 30000 image
check "no hint without a journal: $(cat "$base/err")" bash -c 'grep -q saturated "$1" && ! grep -q keep-undo "$1"' bash "$base/err"

# A run without --keep-undo over the same bytes takes the way back of the kept one away, and says so before it does.
afresh
there -t i16 -s 1 --length=4096 -a 30000
run "$mmbright" -n -i -t i16 -s 1 --length=8 -a 1 image
check "a plan tells: $(cat "$base/err")" grep -q "image: note: once this run has changed the same bytes, --undo cannot take back the run that has left image.mmu.1" "$base/err"
for command in "-t i16 -s 1 --offset=4096 --length=8" "-t i16 -s 1 --length=8 --keep-undo"; do
    run "$mmbright" -i $command -a 1 image
    check "other bytes, or kept: $(cat "$base/err")" bash -c '! grep -q "take back" "$1"' - "$base/err"
done
good "$mmbright" --undo image
expect 0 "has left image.mmu.1. With --keep-undo both" "$mmbright" -i -t i16 -s 1 --length=8 -a 1 image
expect 1 "Where nobody has them any more, .* image.mmu.1 is of no use: move it away" "$mmbright" --undo image

# What a run that changed nothing has left goes, but not by a dry run, which looks for what is below it.
afresh
: >image.mmu.1
expect 1 "no run with --keep-undo has left" "$mmbright" -n --undo image
only image image.mmu.1
expect 1 "no run with --keep-undo has left" "$mmbright" --undo image
only image
there -t i16 -s 1 -a 30000 --length=393216
: >image.mmu.2
good "$mmbright" -n --undo image
check "a plan, from below: $(cat "$base/out")" grep -q "image.mmu.1" "$base/out"
only image image.mmu.1 image.mmu.2
back "from below what changed nothing"

# Without zstd nothing is begun. A library without functions stands for none.
mkdir ../empty
if there -t i16 -s 1 -a 30000 --length=393216 && "${CC:-cc}" -shared -o ../empty/libzstd.so.1 -x c /dev/null 2>/dev/null; then
    cp image ../now
    run env LD_LIBRARY_PATH="$PWD/../empty" "$mmbright" -n -i -a 1 --length=393216 --keep-undo image
    case $(cat "$base/err") in
    *"zstd (libzstd) is not here"*)
        expect 1 "image.mmu.1: is compressed, and zstd \(libzstd\) is not here.*: nothing is taken back" \
            env LD_LIBRARY_PATH="$PWD/../empty" "$mmbright" --undo image
        ;;
    esac
    same "nothing is touched without zstd" image ../now
    back "with zstd again"
fi
afresh

# Rows with gaps, in every layout; what lies between them is nobody's, and may change. pieces.py has tiles, strips and pages.
for layout in bip bil bsq; do
    for with in "" "--roi=5,7,40x100" "-c rb" "-c g --roi=0,0,1x127"; do
        there -t i16le -s 4 --layout=$layout --width=60 --row-bytes=500 --offset=24 --height=128 -a 9000,-9000,500,7 --gain=1,0.5,0.25,1 $with
        good "$mmbright" -n --undo image
        head -c 24 /dev/urandom | tee ../head | dd of=image conv=notrunc status=none
        cp ../bright ../wanted
        dd if=../head of=../wanted conv=notrunc status=none
        good "$mmbright" --undo image
        same "rows with gaps: $layout $with" image ../wanted
        only image
        cp ../bright image
    done
done
there -t u8 -s 1 --width=100 --row-bytes=256 --height=1000 -a 200
printf '\1\2\3' | dd of=image bs=1 seek=$((700 * 256 + 100)) conv=notrunc status=none
cp image ../gap
printf '\1' | dd of=image bs=1 seek=$((700 * 256 + 99)) conv=notrunc status=none
cp image ../spoiled
expect 1 "image: was changed since, among the [0-9]* bytes from offset [0-9]*: the run cannot be taken back" "$mmbright" --undo image
same "nothing is touched" image ../spoiled
cp ../gap image
good "$mmbright" --undo image
cmp -l image ../bright | awk '{print $1 - 1 - 700 * 256}' >../where
check "what differs lies in the gap: $(head -3 ../where)" awk '$1 < 100 || $1 > 102 {exit 1}' ../where
only image
case $kind in
*address* | *thread*) ;;
*)
    # Two of three lines of each row: a place for each row.
    truncate -s 17000000 rows
    expect 2 "rows: --keep-undo: its samples lie in more than 4194304 places" "$mmbright" -n -i -a 1 --keep-undo -t u8 -s 3 --layout=bil \
        --width=1 --row-bytes=4 -c rg rows
    rm rows
    ;;
esac
afresh

# A chain: the latest run first.
there -t i16 -s 1 --length=393216 -a 30000
cp image ../first
there -t i16 -s 1 --length=200000 --gain=0.1
expect 1 "a later run has kept .*image.mmu.2: take that back first" "$mmbright" --undo=image.mmu.1 image
good "$mmbright" --undo image
same "the second" image ../first
only image image.mmu.1
good "$mmbright" --undo=image.mmu.1 image
same "the first" image ../bright
only image
expect 1 "no run with --keep-undo has left an undo file" "$mmbright" --undo image
there -t i16 -s 1 --length=393216 -a 30000 --journal-file=../elsewhere
good "$mmbright" --undo --journal-file=../elsewhere image
same "with a journal elsewhere" image ../bright
good "$mmbright" -q -i -a 5000 --length=393216 --keep-undo=../kept image
expect 1 "kept: is there already" "$mmbright" -q -i -a 5000 --length=393216 --keep-undo=../kept image
cp image ../once
good "$mmbright" --undo=../kept image
same "kept elsewhere" image ../bright
# PATH may be another file of the user's: zeros are samples, too.
head -c 4096 /dev/zero | tee -a zeros >../zeros
for path in zeros image; do
    expect 1 "is there already" "$mmbright" -q -i -a 5000 --length=393216 --keep-undo=$path image
done
same "a file of zeros stays" zeros ../zeros
same "FILE stays" image ../bright
head -c 8 /dev/zero | dd of=image conv=notrunc status=none
cp image ../zeros
expect 1 "is there already" "$mmbright" -q -i -a 5000 --length=393216 --keep-undo=image image
same "FILE that begins with zeros stays" image ../zeros
ln -s /dev/null null
expect 1 "is there already" "$mmbright" -q -i -a 5000 --length=393216 --keep-undo=null image
check "a device stays" test -L null
rm null zeros
cp ../bright image
: >../kept
good "$mmbright" -q -i -a 5000 --length=393216 --keep-undo=../kept image
good "$mmbright" --undo=../kept image
same "in place of an empty file" image ../bright
check "the undo file goes" test ! -e ../kept

# By a link it is the same file, and the undo file lies beside that.
mkdir ../linked
ln -s "$PWD/image" ../linked/link
good "$mmbright" -q -i -t i16 -s 1 --length=393216 -a 30000 --keep-undo ../linked/link
only image image.mmu.1
good "$mmbright" --undo ../linked/link
same "by a link" image ../bright
only image

# Nobody may do more with the undo file than with FILE.
for mode in 600 640 644; do
    chmod $mode image
    there -t i16 -s 1 --length=393216 -a 30000
    check "rights $mode: $(stat -c %a image.mmu.1)" test "$(stat -c %a image.mmu.1)" = $mode
    if [ "$(id -u)" = 0 ]; then
        chown 12345 image.mmu.1
        expect 1 "somebody else could have made it" "$mmbright" --undo image
        chown 12345 image
    fi
    good "$mmbright" --undo image
    same "of another owner" image ../bright
    chown "$(id -u)" image
done

# Stored samples have a bias where a header says so: unsigned ones in FITS, here.
{
    printf '%-80s' 'SIMPLE  =                    T' 'BITPIX  =                   16' 'NAXIS   =                    2' \
        'NAXIS1  =                   64' 'NAXIS2  =                   64' 'BZERO   =                32768' END
    printf '%2320s' ''
    head -c 8192 ../bright
    head -c 448 /dev/zero
} >biased.fits
cp biased.fits ../biased
good "$mmbright" -q -i --gain=0.3 --keep-undo biased.fits
check "changed" bash -c '! cmp -s biased.fits ../biased'
good "$mmbright" --undo biased.fits
same "with a bias" biased.fits ../biased
rm biased.fits

# Several FILEs: each has an undo file of its own, or none when nothing of it changes.
head -c 393216 ../bright >../pixels
names="first second third"
several() {
    rm -f ./*
    cp ../pixels first
    cp ../pixels second
    : >third
}
each_back() { # WHAT
    for name in first second; do
        good "$mmbright" --undo $name
        same "$1: $name" $name ../pixels
    done
    only $names
}
several
good "$mmbright" -i -t u16 -s 3 -a 9000 --keep-undo --report=../report.jsonl $names
check "each tells of its own" test "$(grep -c '"undo_bytes": [1-9]' ../report.jsonl)" = 2
only $names first.mmu.1 second.mmu.1
cp second ../now
good "$mmbright" -q -i -t u16 -s 3 -a 5000 --keep-undo second
expect 1 "a later run has kept .*second.mmu.2" "$mmbright" --undo=second.mmu.1 second
good "$mmbright" --undo second
same "the later run" second ../now
each_back "of several"
afresh

# FILE may be a header.
"$mmgen" -q --type=u16le --width=64 --height=64 --pattern=noise --format=mhd pair.mhd
cp pair.raw ../pair
good "$mmbright" -q -i --add=40000 --keep-undo pair.mhd
check "changed" bash -c '! cmp -s pair.raw ../pair'
good "$mmbright" --undo pair.mhd
same "by its header" pair.raw ../pair
only image pair.mhd pair.raw
rm pair.*

# What was changed since is named by its place, and nothing is touched; what is outside of the range does not matter.
there -t i16 -s 1 -a 30000 --offset=4096 --length=200000
printf '\1\2\3' | dd of=image bs=1 seek=300000 conv=notrunc status=none
printf '\1' | dd of=image bs=1 seek=90000 conv=notrunc status=none
cp image ../spoiled
expect 1 "image: was changed since, among the [0-9]* bytes from offset [0-9]*: the run cannot be taken back" "$mmbright" --undo image
same "nothing is touched" image ../spoiled
truncate -s 100000 image
expect 1 "has become shorter since" "$mmbright" --undo image
afresh
there -t i16 -s 1 -a 30000 --length=393216
cp image.mmu.1 ../kept
length=$(stat -c %s ../kept)
cp image ../now
for left in 0 10 60 100 1000 $((length - 100)) $((length - 1)); do
    head -c $left ../kept >image.mmu.1
    expect 1 "image.mmu.1: (is no undo file|the run that kept it was given up|is damaged)" "$mmbright" --undo=image.mmu.1 image
    same "cut at $left" image ../now
done
cp ../kept image.mmu.1
chmod 666 image.mmu.1
expect 1 "somebody else could have made it" "$mmbright" --undo image
chmod 600 image.mmu.1
back "whole again"
# A byte of it that is another one, in any frame.
there -t i16 -s 1 -a 30000 --length=393216
cp image.mmu.1 ../kept
for at in 3 40 70 $((length / 3)) $((length / 2)) $((length - 70)) $((length - 20)); do
    cp ../kept image.mmu.1
    printf '\251' | dd of=image.mmu.1 bs=1 seek=$at conv=notrunc status=none
    cmp -s ../kept image.mmu.1 && continue
    expect 1 "image.mmu.1: (is |the run that kept it was given up)" "$mmbright" --undo=image.mmu.1 image
    same "byte $at differs" image ../now
done
cp ../kept image.mmu.1
back "as it was kept"
good "$mmbright" -q -i -a 9 -t i16 -s 1 --length=393216 --keep-undo image
good "$mmbright" -q -i -a 1 image* --length=393216
check "an undo file is no FILE" grep -q . image.mmu.1
rm ./*

# Refused by name, with a way out.
afresh
for with in "--journal=off" "--adopt" "--fix-stats"; do
    expect 2 "mmbright: .*(keep-undo|undo)" "$mmbright" -i -a 1 --keep-undo $with image
done
expect 2 "keep-undo is for -i" "$mmbright" -o new -a 1 --keep-undo image
expect 2 "keep-undo=PATH is of one FILE" "$mmbright" -i -a 1 --keep-undo=../kept image ../bright
for with in "-i" "-o new" "--add=1" "--offset=8" "-t u8" "-c r" "--roi=0,0,1x1" "--nodata=1" "--verify" "--journal=off" "--shard=1/2" \
    "--keep-undo" "--status" "--count -n" "--max-saturated=0" "--width=8" "--report=r" "../bright"; do
    expect 2 "mmbright: .*undo" "$mmbright" --undo $with image
done
same "nothing is touched" image ../bright
only image

# Killed while it changes, and while it is taken back: the same command finishes either.
need_shim
for number in 1 2 5 9 20; do
    for name in image image.mmu.1; do
        afresh
        raised KILL $number $name "$mmbright" -q -i --io=buffered -j 1 -t i16 -s 4 -a 9000 --length=393216 --keep-undo image
        [ $status = 137 ] || continue
        kills=$((${kills:-0} + 1))
        if compgen -G "image.mmj.*" >/dev/null && [ -e image.mmu.1 ]; then
            expect 1 "is not finished: the same command" "$mmbright" --undo image
        fi
        good "$mmbright" -q -i -t i16 -s 4 -a 9000 --length=393216 --keep-undo image
        raised KILL $number $name "$mmbright" --undo --io=buffered -j 1 image
        [ $status = 0 ] || good "$mmbright" --undo image
        same "killed at write $number to $name" image ../bright
        only image
    done
done
# Stopped: no end of the undo file is written.
afresh
raised INT 1 image "$mmbright" -q -i --io=buffered --window=64K -j 1 -t i16 -s 1 -a 30000 --length=393216 --keep-undo image
check "stopped: $status" test "$status" = 75
expect 1 "is not finished: the same command" "$mmbright" --undo image
good "$mmbright" -q -i --io=buffered -j 1 -t i16 -s 1 -a 30000 --length=393216 --keep-undo image
raised INT 1 image "$mmbright" -q --undo --io=buffered --window=64K -j 1 image
check "stopped on the way back: $status" test "$status" = 75
back "stopped"

# An undo file without frames may be that of another run which is not finished.
part=("$mmbright" -q -i --io=buffered -j 1 -t i16 -s 1 -a 30000 --length=100000 --keep-undo image)
raised KILL 2 image.mmu.1 "${part[@]}"
check "killed: $status" test "$status" = 137
there -t i16 -s 1 -a 30000 --offset=200000 --length=100000
only image image.mmj.0-100000 image.mmu.1 image.mmu.2
good "${part[@]}"
good "$mmbright" --undo image
good "$mmbright" --undo image
same "two runs at once" image ../bright
only image

# The undo file goes as far as the disk lets it, here as a limit does; the run ends before it loses anything, and goes on.
rm -f ./*
head -c 393216 ../photo | tee image >../whole
change=("$mmbright" -q -i --io=buffered -j 1 -t f64 -s 1 "--clamp=0,0" --keep-undo image)
expect 1 "image.mmu.1: cannot keep what is to be undone there: File too large" bash -c 'ulimit -f 384 && exec "$@"' - "${change[@]}"
check "it has begun" bash -c '! cmp -s image ../whole'
mv image.mmu.1 ../kept
expect 1 "image.mmu.1: the undo file of the interrupted run is gone" "${change[@]}"
cp ../bright other
good "$mmbright" -q -i -a 1 -t u8 -s 1 --keep-undo=image.mmu.1 other
expect 1 "image.mmu.1: the undo file of the interrupted run is gone, or another one \(another run's\)" "${change[@]}"
mv ../kept image.mmu.1
rm other
good "${change[@]}"
good "$mmbright" --undo image
same "with room again" image ../whole
only image

# Where the device does not take the undo file nobody goes on, and what it has stays for people.
afresh
change=("$mmbright" -q -i --journal=power -j 1 -t i16 -s 1 -a 30000 --length=393216 --keep-undo image)
expect 1 "image.mmu.1: cannot make the undo file, nothing is changed: Input/output error" with_shim SHIM_UNSYNCED=1:image.mmu.1 "${change[@]}"
same "nothing is changed" image ../bright
only image
expect 1 "image.mmu.1: cannot keep what is to be undone there: Input/output error" with_shim SHIM_UNSYNCED=2:image.mmu.1 "${change[@]}"
check "says what it has left: $(cat "$base/err")" grep -q "the run ends here, and this file may be a mixture" "$base/err"
check "the undo file stays" test -s image.mmu.1
expect 1 "the device failed to take what the run had changed" "${change[@]}"
expect 1 "image belongs to an unfinished run" "$mmbright" --undo image
good "$mmbright" --discard-journal image
expect 1 "was given up, and nobody knows what it has changed" "$mmbright" --undo image

# A later run that is not finished comes first: a dry run does not promise otherwise.
afresh
there -t i16 -s 1 -a 30000 --length=393216
cp image ../now
raised KILL 2 image "$mmbright" -q -i --io=buffered -j 1 -t i16 -s 1 -a 1 --length=300000 image
expect 1 "repeat the command that was interrupted" "$mmbright" -n --undo image
check "no promise: $(cat "$base/out")" test ! -s "$base/out"
expect 1 "repeat the command that was interrupted" "$mmbright" --undo image
good "$mmbright" -q -i -t i16 -s 1 -a 1 --length=300000 image
expect 1 "was changed since" "$mmbright" --undo image
cp ../now image
back "after it"
check "$kills runs were killed" test "${kills:-0}" -ge 5

# Many words, which are stored without a call for each: killed, they are there, and zeros that follow them go at the end.
head -c 1572864 /dev/urandom >../large
rm -f ./*
cp ../large image
raised KILL 130 image.mmu.1 "$mmbright" -q -i --io=mmap -j 1 -t i16 -s 1 -a 1000 --keep-undo image
check "killed when all words are there" test $status = 137
check "zeros follow them" test "$(tail -c 4096 image.mmu.1 | tr -d '\0' | wc -c)" = 0
good "$mmbright" -q -i -t i16 -s 1 -a 1000 --keep-undo image
check "the file ends with its last frame" test "$(tail -c 16 image.mmu.1 | tr -d '\0' | wc -c)" -gt 0
good "$mmbright" --undo image
same "many words, killed" image ../large
only image
# Where no file can be mapped, with calls.
run with_shim "SHIM_UNMAPPED=19:*" "$mmbright" -q -i --io=mmap -t i16 -s 1 -a 1000 --keep-undo image
good "$mmbright" --undo image
same "many words, without mappings" image ../large
only image

# In mode power words are on the device before their records count as done.
syncs() { # OPTION...
    rm -f "$base/syncs"
    cp ../large image
    run with_shim "SHIM_SYNCS=$base/syncs" "$mmbright" -q -i --journal=power -t i16 -s 1 -a 1000 "$@" image
    stat -c %s "$base/syncs" || echo 0
}
plain=$(syncs)
kept=$(syncs --keep-undo)
good "$mmbright" --undo image
# The undo file and its name, the words, and the end.
check "$kept syncs and not $plain" test "$kept" -ge $((plain + 4))

# Of several FILEs, killed in the second one: none is taken back before the run is finished.
kills=0
for number in 1 3; do
    for name in second second.mmu.1; do
        several
        raised KILL $number $name "$mmbright" -q -i --io=buffered -j 1 -t i16 -s 4 -a 9000 --keep-undo $names
        [ $status = 137 ] || continue
        kills=$((kills + 1))
        cp first ../now
        expect 1 "^mmbright: .*first" "$mmbright" --undo first
        same "the first of an unfinished run" first ../now
        # One that is done is not gone on with when its undo file lost the end meanwhile.
        cp first.mmu.1 ../kept
        truncate -s -56 first.mmu.1
        expect 1 "first.mmu.1: is shorter than the interrupted run has left it" "$mmbright" -q -i -t i16 -s 4 -a 9000 --keep-undo $names
        cat ../kept >first.mmu.1
        good "$mmbright" -q -i -t i16 -s 4 -a 9000 --keep-undo $names
        each_back "killed at write $number to $name"
    done
done
check "$kills runs over several were killed" test $kills -ge 2
finish
