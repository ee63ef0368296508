# mmshard prepare and finish, and mmbright -o with --shard between them: one new file, written in parts.
. "${0%/*}/common.bash"
mmshard=${mmbright%/*}/mmshard
unset "${!SLURM_@}" "${!OMPI_@}" "${!PMI_@}" "${!AWS_BATCH_@}" JOB_COMPLETION_INDEX PARALLEL_SEQ PARALLEL_TOTAL

"$mmgen" -t u8 -s 3 --width=1001 --height=401 --pattern=noise original
chmod 640 original
part() { # K/N ARGUMENT...
    local shard=$1
    shift
    run "$mmbright" --add=10 -q -o new -t u8 -s 3 --shard="$shard" "$@" original
    [ "$status" = 0 ] || fail "part $shard $*: $(cat "$base/err")"
}
whole() { # ARGUMENT...: what one process makes
    rm -f whole
    good "$mmbright" --add=10 -q -o whole -t u8 -s 3 "$@" original
}

# Whatever the range, whatever the number of parts, in any order, some of them twice.
for arguments in "--add=50" "--add=50 --offset=3 --length=600003" "--width=1001 --roi=13,7,900x300 --add=9 --verify" \
    "--width=1001 --layout=bil -c 1 --add=9" "--width=1001 --height=401 --layout=bsq -c 0,2 --add=9"; do
    whole $arguments
    for count in 1 2 6 17; do
        good "$mmshard" prepare -t u8 -s 3 original new
        for ((k = count; k > 0; k--)); do
            part $(((k * 5) % count + 1))/"$count" $arguments
        done
        part 1/"$count" $arguments
        check "nothing is called new before the end" test ! -e new
        good "$mmshard" finish new
        same "$count parts, $arguments" whole new
        check "its mode" test "$(stat -c %a new)" = 640
        rm -f new
    done
done
only original whole

# Containers: the header is the first part's, what is behind the image the last one's.
"$mmgen" -t u8 -s 3 --width=700 --height=300 --pattern=noise --format=npy image.npy
printf tail >>image.npy
run "$mmbright" -q -o whole.npy --add=7 image.npy
if [ "$status" = 0 ]; then
    good "$mmshard" prepare image.npy new.npy
    for k in 3 1 2; do good "$mmbright" -q -o new.npy --shard=$k/3 --add=7 image.npy; done
    good "$mmshard" finish new.npy
    same "npy" whole.npy new.npy
fi
rm -f image.npy whole.npy new.npy

# A header apart goes along, whichever of the two files is named: both get their names at one time.
"$mmgen" -t u8 -s 3 --width=700 --height=300 --pattern=noise --format=envi image.img
chmod 600 image.img
mkdir folder one
for pair in "image.hdr new.hdr" "image.img new.img" "image.hdr folder"; do
    read -r file out <<<"$pair"
    rm -rf one/*
    good "$mmbright" -q -o "one/${out/folder/.}" --add=7 "$file"
    expect 2 "is not there" "$mmbright" -q -o "$out" --shard=1/3 --add=7 "$file"
    good "$mmshard" prepare "$file" "$out"
    for k in 3 1 2; do good "$mmbright" -q -o "$out" --shard=$k/3 --add=7 "$file"; done
    [ "$out" = folder ] && out=folder/image.hdr
    check "$pair: nothing before the end: $(ls)" test ! -e "$out" -a ! -e "${out%.*}.img" -a ! -e "${out%.*}.hdr"
    good "$mmshard" finish "$out"
    same "$pair: samples" one/*.img "${out%.*}.img"
    same "$pair: header" one/*.hdr "${out%.*}.hdr"
    check "$pair: modes" test "$(stat -c %a "${out%.*}.img" "${out%.*}.hdr" | tr '\n' ' ')" = "$(stat -c %a one/*.img one/*.hdr | tr '\n' ' ')"
    check "$pair: nothing is left: $(ls -A . folder)" test -z "$(find . -name '*.parts' -o -name '.?*')"
    rm -f new.*
done
# Header and samples have to stay as they were prepared for.
good "$mmshard" prepare image.hdr new2.hdr
echo '; changed' >>image.hdr
expect 1 "prepared for another file" "$mmbright" -q -o new2.hdr --shard=1/3 --add=7 image.hdr
rm -rf image.* new2.* one folder

# What is missing is named, and finish changes nothing.
whole --add=50
expect 2 "new.parts: is not there" "$mmbright" --add=10 -o new -t u8 -s 3 --shard=1/3 original
expect 1 "new.parts: cannot open it" "$mmshard" finish new
good "$mmshard" prepare -t u8 -s 3 original new
expect 2 "is there already" "$mmshard" prepare -t u8 -s 3 original new
expect 1 "no part is done" "$mmshard" finish new
part 2/3 --add=50
expect 1 "2 of 3 parts are missing: 1 3" "$mmshard" finish new
good "$mmbright" -n -o new -t u8 -s 3 --shard=1/3 --add=50 original
check "a plan says where" grep -q "part of new file new, in new.parts" "$base/out"
expect 2 "these cannot be 4 parts" "$mmbright" -o new -t u8 -s 3 --shard=1/4 --add=50 original
expect 2 "part 2 was made by another command" "$mmbright" -o new -t u8 -s 3 --shard=1/3 --add=51 original
part 1/3 --add=50
part 3/3 --add=50
printf old >new
expect 2 "new: exists already" "$mmshard" finish new
check "it is as it was" test "$(cat new)" = old
good "$mmshard" finish -f --sync new
same "replaced" whole new
only original new whole

# However many parts are asked for, what is looked at are those that are there.
good "$mmshard" prepare -t u8 -s 3 original many
good "$mmbright" -q -o many -t u8 -s 3 --shard=2/18446744073709551615 --add=50 original
expect 1 "18446744073709551614 of 18446744073709551615 parts are missing: 1 3 4 .*\.\.\.$" "$mmshard" finish many
good "$mmbright" -q -o many -t u8 -s 3 --shard=18446744073709551615/18446744073709551615 --add=50 original
expect 1 "18446744073709551613 of 18446744073709551615 parts are missing: 1 3 4 .*\.\.\.$" "$mmshard" finish many
rm -rf many.parts

# Parts of two commands, seen by nobody before the end.
good "$mmshard" prepare -t u8 -s 3 original two
for mark in 1-of-2 2-of-2; do echo "$mark" >two.parts/$mark; done
expect 1 "made by different commands" "$mmshard" finish two
rm two.parts/2-of-2
cp two.parts/1-of-2 two.parts/1-of-3
expect 1 "has parts of [23] and of [23]" "$mmshard" finish two
rm -rf two.parts

# Another FILE, or the same one changed since.
good "$mmshard" prepare -t u8 -s 3 original new2
cp original other
expect 1 "prepared for another file" "$mmbright" --add=10 -o new2 -t u8 -s 3 --shard=1/3 other
rm new2.parts/plan
expect 1 "was not prepared to its end" "$mmbright" --add=10 -o new2 -t u8 -s 3 --shard=1/3 original
rm -rf new2.parts other

# Interrupted between the name and the rest: finished again, it cleans up.
good "$mmshard" prepare -t u8 -s 3 original late
good "$mmbright" -q -o late -t u8 -s 3 --shard=1/1 --add=50 original
ln late.parts/data late && rm late.parts/data
good "$mmshard" finish late
same "late" whole late
rm late

# Made by somebody who was interrupted: gone on with by jobs of MPI, named by prepare.
good "$mmshard" prepare -t u8 -s 3 original half
rm half.parts/plan
expect 2 "is there already" "$mmshard" prepare -t u8 -s 3 original half
rm -rf half.parts
# A name may be as long as OUT.parts leaves it.
long=$(printf 'x%.0s' {1..249})
expect 2 "the name is too long for a folder" "$mmshard" prepare -t u8 -s 3 original "x$long"
good "$mmshard" prepare -t u8 -s 3 original "$long"
good "$mmbright" -q -o "$long" -t u8 -s 3 --shard=1/1 --add=50 original
good "$mmshard" finish "$long"
same "a long name" "$long" whole
rm "$long"

# A link in place of the data is not followed.
good "$mmshard" prepare -t u8 -s 3 original trap
rm trap.parts/data
ln -s ../whole trap.parts/data
expect 1 "cannot open its data" "$mmbright" --add=10 -o trap -t u8 -s 3 --shard=1/1 original
rm -rf trap.parts
# A folder, which takes the input's name; an empty file.
mkdir folder
good "$mmshard" prepare -t u8 -s 3 original folder
good "$mmbright" -q -o folder -t u8 -s 3 --shard=1/1 --add=50 original
good "$mmshard" finish folder/original
same "in a folder" whole folder/original
: >empty
good "$mmshard" prepare empty nothing
good "$mmbright" --add=10 -q -o nothing --shard=1/2 empty
good "$mmbright" --add=10 -q -o nothing --shard=2/2 empty
good "$mmshard" finish nothing
check "an empty file" test -e nothing -a ! -s nothing

# Killed behind its last step but one, or before the first of preparing: which of the two nobody can tell.
mkdir nothing.parts
expect 1 "neither a plan nor data.*nothing was finished already.*remove the folder" "$mmshard" finish nothing
expect 1 "neither a plan nor data" "$mmshard" finish --force nothing
check "nothing is as it was" test ! -s nothing -a -e nothing
rmdir nothing.parts

# What does not go together.
expect 2 "say plan, prepare or finish" "$mmshard" original
expect 2 "say prepare FILE OUT" "$mmshard" prepare original
expect 2 "too many operands" "$mmshard" finish a b
expect 2 "are of plan" "$mmshard" prepare --count=3 original x
expect 2 "are of finish" "$mmshard" prepare --force original x
expect 2 "is for the tasks" "$mmshard" prepare --shard=1/2 original x
expect 2 "a file that all parts can write to" "$mmbright" --add=10 -o - -t u8 -s 3 --shard=1/3 original
expect 2 "of the whole of OUT" "$mmbright" --add=10 -o x -t u8 -s 3 --preview=p.png --shard=1/3 original
expect 2 "is the input itself" "$mmshard" prepare -t u8 -s 3 original original

# No room: said, and nothing is left.
if [ "$kind" = "${kind/posix/}" ]; then
    rm -rf folder nothing empty
    expect 1 "space|File too large" bash -c 'ulimit -f 100; trap "" XFSZ; exec "$@"' - \
        "$mmshard" prepare -t u8 -s 3 original new3
    only original new whole
fi

# Over a network a pixel may not lie across a border: refused by every part, before anything is written.
need_shim
if [ "$kind" = "${kind/posix/}" ]; then
    cp original data
    expect 2 "may not lie across the border of two shards" with_shim SHIM_REMOTE=1 "$mmbright" --add=10 -i -t u8 -s 3 \
        --shard=4/4 --journal=off data
    same "untouched" original data
    # Pixels of 4 bytes end at every border, and are fine.
    head -c 1203200 original >even
    cp even even.whole
    good "$mmbright" --add=10 -q -i -t u8 -s 4 --journal=off even.whole
    for k in 1 2 3; do run with_shim SHIM_REMOTE=1 "$mmbright" --add=10 -q -i -t u8 -s 4 --shard=$k/3 --journal=off even; done
    same "even pixels over a network" even.whole even
    # Header and image of a small file are one process' work: they share a page.
    "$mmgen" -t i16le -s 4 --width=30 --height=100 --pattern=noise --format=npy small.npy
    printf 'behind it' >>small.npy
    rm -f whole
    good "$mmbright" -q -o whole --add=7 small.npy
    good "$mmshard" prepare small.npy new4
    writers=0
    for k in 1 2 3 4; do
        cp new4.parts/data before
        run with_shim SHIM_REMOTE=1 "$mmbright" -q -o new4 --shard=$k/4 --add=7 small.npy
        check "part $k of a small one: $(cat "$base/err")" test "$status" = 0
        cmp -s before new4.parts/data || writers=$((writers + 1))
    done
    check "one has written" test $writers = 1
    good "$mmshard" finish new4
    same "a small one" whole new4
    # What a part wrote is on the server before it is done.
    run with_shim SHIM_REMOTE=1 SHIM_SYNCS="$base/syncs" "$mmbright" --add=10 -q -i -t u8 -s 4 --shard=1/3 --journal=off even
    check "synced" test -s "$base/syncs"
fi
finish
