# --verify sees what is stored wrong, names the place, and keeps a wrong file from appearing.
. "${0%/*}/common.bash"

head -c 8388608 /dev/urandom >data
cp data original
run "$mmbright" --add=10 -i --verify --length=8 data
grep -q "built without xxHash" "$base/err" && skip "mmbright was built without xxHash"
cp original data

for how in "--io=mmap" "--io=buffered -j2 --window=64K" "--io=direct" "--io=auto -j8"; do
    for what in "" "--offset=1001 --length=100000px" "--width=1000 --roi=7,9,500x600" \
        "--width=1000 --layout=bsq --length=1000rows --roi=7,9,500x600 -c 1,2"; do
        cp original data
        good "$mmbright" --add=10 -i --verify $how $what data
        good "$mmbright" --add=10 --verify -o new $how $what original
        same "verified runs agree" data new
        rm new
    done
done
good "$mmbright" --add=10 -i --verify --sync data
good "$mmbright" --add=10 -i --verify --json data
check "the report says so" grep -q '"verified": true' "$base/out"

need_shim
rm -f data
for offset in 0 262143 4000000 8388607; do
    cp original data
    with_shim SHIM_CORRUPT=$offset "$mmbright" --add=10 -i --io=buffered --verify data 2>"$base/err"
    check "in place, byte $offset: exit status" test $? = 1
    named=$(sed -n 's/^mmbright: data: verify failed at offset \([0-9]*\): the \([0-9]*\) bytes.*/\1 \2/p' "$base/err")
    check "in place, byte $offset: named '$named' in $(cat "$base/err")" \
        test -n "$named" -a "${named% *}" -le "$offset" -a "$offset" -lt "$((${named% *} + ${named#* }))"
    # Everything is changed, and one byte wrongly: the journal stays, and the same command sees it again. At byte 0 the
    # journal was damaged, too.
    check "in place, byte $offset: what is left to do" grep -q "the same command again changes nothing" "$base/err"
    cp data once
    if [ $offset != 0 ]; then
        expect 1 "verify failed at offset" "$mmbright" --add=10 -i --io=buffered --verify data
        same "not changed again" data once
        expect 0 "all of it is done" "$mmbright" --discard-journal data
    fi
    rm -f data once data.mmj.*
    # Head, range and tail of a copy are all verified.
    with_shim SHIM_CORRUPT=$offset "$mmbright" --add=10 --io=buffered --verify -o new --offset=8K \
        --length=4M original 2>"$base/err"
    check "copy, byte $offset: exit status" test $? = 1
    check "copy, byte $offset: named" grep -q "^mmbright: new: verify failed at offset" "$base/err"
    only original
    with_shim SHIM_CORRUPT=$offset "$mmbright" --add=10 --io=buffered -o new original
    check "without --verify it goes unseen" test -e new
    rm new
done
finish
