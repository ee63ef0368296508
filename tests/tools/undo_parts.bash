# Parts of a job that keep what they lose: all of them are taken back together, or none.
. "${0%/*}/common.bash"
mmrec=${mmbright%/*}/mmrec

head -c 400000 /dev/urandom >../photo
"$mmbright" -q -f -o ../bright -t u16 -s 2 --gain=3 ../photo
cp ../bright image
run "$mmbright" -q -i --add=1 -t u8 -s 1 --keep-undo image
case $(cat "$base/err") in
*zstd*) skip "this build has no zstd: --keep-undo is refused by name" ;;
esac

afresh() { rm -f ./*; cp ../bright image; }
change=("$mmbright" -q -i -t u16 -s 2 -a 9000 --keep-undo)
parts() { # COUNT OPTIONS...: all of them, one after the other
    local number count=$1
    shift
    for number in $(seq "$count"); do
        good "${change[@]}" "$@" --shard="$number/$count" image
    done
}
back() { # WHAT
    good "$mmbright" --undo image
    same "taken back: $1" image ../bright
    only image
}

# A job of some parts; of one; of more than there are pixels in a row; of a rectangle; in planes.
for with in "3" "1" "40 --offset=8 --length=160" "2 --width=100 --roi=3,5,40x300" "4 --layout=bsq --width=100 --height=1000 -c g"; do
    afresh
    read -r -a words <<<"$with"
    parts "${words[@]}"
    check "changed: $with" bash -c '! cmp -s image ../bright'
    cp ../bright ../whole
    good "$mmbright" -q -i --journal=off -t u16 -s 2 -a 9000 "${words[@]:1}" ../whole
    same "as in one process: $with" image ../whole
    back "$with"
done

# Not before all parts are done, and all of them or none.
afresh
good "${change[@]}" --shard=2/3 image
cp image ../half
expect 1 "(is not finished|repeat the command that was interrupted)" "$mmbright" --undo image
good "${change[@]}" --shard=1/3 image
good "${change[@]}" --shard=2/3 image
expect 1 "(is not finished|repeat the command that was interrupted)" "$mmbright" -n --undo image
good "${change[@]}" --shard=3/3 image
only image image.mmu.1 image.mmu.2 image.mmu.3
good "$mmbright" -n --undo image
check "a plan: $(cat "$base/out")" grep -q "400000 bytes in 3 parts would be as they were" "$base/out"
expect 1 "is of one of the parts .*: --undo without a path takes all of them back" "$mmbright" --undo=image.mmu.3 image
cp image ../now
for name in image.mmu.1 image.mmu.2 image.mmu.3; do
    mv $name ../kept
    expect 1 "of one of several parts that have changed 400000 bytes together, and there are undo files for [0-9]* of them: nothing is taken back" "$mmbright" --undo image
    same "nothing is taken back" image ../now
    mv ../kept $name
done
# What was changed since in any part is seen before a byte of another one is.
for at in 10 200000 399999; do
    printf '\1' | dd of=image bs=1 seek=$at conv=notrunc status=none
    cmp -s image ../now && continue
    cp image ../spoiled
    expect 1 "image: was changed since" "$mmbright" --undo image
    same "nothing is touched" image ../spoiled
    cp ../now image
done
good "$mmbright" --undo --json image
check "--json: $(cat "$base/out")" grep -q '"undo_files": 3' "$base/out"
same "taken back" image ../bright
only image

# One job after the other, and a run over all: the latest first.
afresh
parts 2
cp image ../one
good "$mmbright" -q -i -t u16 -s 2 --gain=0.5 --keep-undo image
cp image ../two
parts 3
for wanted in ../two ../one ../bright; do
    good "$mmbright" --undo image
    same "the latest first" image $wanted
done
only image

# Parts that begin at the same time look for names at the same time.
for _ in 1 2 3 4 5; do
    afresh
    rm -f "$base"/failed.*
    for number in 1 2 3 4; do
        { "${change[@]}" -j 1 --shard=$number/4 image 2>/dev/null || : >"$base/failed.$number"; } &
    done
    wait
    # One that found the record of the job busy for too long.
    for number in 1 2 3 4; do
        [ ! -e "$base/failed.$number" ] || good "${change[@]}" --shard=$number/4 image
    done
    check "four undo files: $(ls)" test "$(ls -d image.mmu.* | wc -l)" = 4
    back "at the same time"
done

# A job that was given up: what its parts have changed is not taken back in part.
afresh
good "${change[@]}" --shard=1/2 image
run "$mmbright" --discard-journal image
check "given up: $status" test "$status" = 0
cp image ../now
expect 1 "the job was given up" "$mmbright" --undo image
same "nothing is taken back" image ../now

# Samples in pieces are kept by one process.
rm -f ./*
printf 'ObjectType = Image\nNDims = 3\nDimSize = 500 100 3\nElementType = MET_USHORT\nElementDataFile = LIST\na.raw\nb.raw\nc.raw\n' >image.mhd
for name in a b c; do
    head -c 100000 /dev/urandom >$name.raw
done
cat a.raw b.raw c.raw >../before
expect 2 "keep-undo: samples that lie in pieces .* are kept by one process, without --shard" \
    "$mmbright" -i -a 30000 --keep-undo --shard=1/2 image.mhd
afresh
expect 2 "keep-undo: samples that lie in pieces" "$mmbright" -i -a 1 --keep-undo -t u16 -s 2 --width=90 --row-bytes=400 --shard=1/2 image
same "nothing is touched" image ../bright
only image

# A copy of an undo file is no other part.
parts 2
cp image ../now
for twin in 1 2; do
    cp -p image.mmu.$twin image.mmu.3
    expect 1 "are copies of one undo file: move one of them" "$mmbright" --undo image
    same "nothing is touched" image ../now
    rm image.mmu.3
done
back "without the copy"

# Records.
if command -v "${CC:-cc}" >/dev/null; then
    rm -f ./*
    cp ../photo image
    fields='u32 a, u16 b, gap[2]'
    for number in 2 3 1; do
        good "$mmrec" -q -i --keep-undo --record="$fields" --where='a % 3 == 1' 'b = 0' --shard=$number/3 image
        [ $number = 1 ] || expect 1 "" "$mmrec" --undo image
    done
    check "records are changed" bash -c '! cmp -s image ../photo'
    good "$mmrec" -n --undo image
    good "$mmbright" --undo image
    same "records" image ../photo
    only image
    expect 2 "keep-undo=PATH is of one process" "$mmrec" -i --record="$fields" 'b = 0' --keep-undo=../kept --shard=1/2 image
fi
afresh
expect 2 "keep-undo=PATH is of one process" "$mmbright" -i -a 1 --keep-undo=../kept --shard=1/2 image

# Killed while parts change, and while they are taken back: the same command finishes either.
need_shim
kills=0
for number in 1 2 3 5 8 13 21; do
    for name in image image.mmu.2; do
        afresh
        good "${change[@]}" --shard=1/3 image
        raised KILL $number $name "${change[@]}" --io=buffered -j 1 --shard=2/3 image
        was=$status
        good "${change[@]}" --shard=3/3 image
        if [ "$was" = 137 ]; then
            kills=$((kills + 1))
            good "${change[@]}" --shard=2/3 image
        fi
        raised KILL $number $name "$mmbright" --undo --io=buffered -j 1 image
        [ $status = 137 ] && kills=$((kills + 1))
        if [ $status = 137 ] && compgen -G "image.mm*" >/dev/null; then
            good "$mmbright" --undo image
        fi
        same "killed at write $number to $name" image ../bright
        only image
    done
done
check "$kills were killed" test $kills -ge 8
finish
