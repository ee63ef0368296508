# mmrec --verify sees what is stored wrong, names the place, and keeps a wrong file from appearing.
. "${0%/*}/common.bash"
mmrec=${mmbright%/*}/mmrec
command -v "${CC:-cc}" >/dev/null || skip "there is no C compiler for mmrec"
fields='u64le v, u32le w, u8 x'
change='v = v * 3 + index; x ^= w'
head -c 2600000 /dev/urandom >../original
cp ../original data
good "$mmrec" -q -i --record="$fields" "$change" data
mv data ../wanted
good "$mmrec" -q -o ../kept --record="$fields" --where='w & 1' "$change" ../original
good "$mmrec" -q -o ../made --record="$fields" --where='w & 1' --map='u32 w, f64 v, u8 more[5]' 'v++' ../original

# ---- what is right is found right ------------------------------------------------------------------------------------

for how in "--io=mmap -j2" "--io=buffered -j2 --window=64K" "--io=direct --sync --journal=off" "--journal=power"; do
    cp ../original data
    # shellcheck disable=SC2086 # words
    good "$mmrec" -q -i --verify --record="$fields" $how "$change" data
    same "in place $how" data ../wanted
done
for how in "--io=mmap -j2" "--io=buffered -j2 --window=64K --sync"; do
    # shellcheck disable=SC2086 # words
    good "$mmrec" -q -o new --verify --record="$fields" $how --where='w & 1' "$change" ../original
    same "a new file $how" new ../kept
    # shellcheck disable=SC2086 # words
    good "$mmrec" -q -f -o new --verify --record="$fields" $how --where='w & 1' --map='u32 w, f64 v, u8 more[5]' 'v++' ../original
    same "other records $how" new ../made
    rm new
done
good "$mmrec" -q -f -o new --verify --json --record="$fields" --where=0 ../original
check "none is kept: $(cat "$base/out")" grep -q '"kept_records": 0, "output_bytes": 0, "verified": true' "$base/out"
rm new
cp ../original data
run "$mmrec" -v -i --verify --json --record="$fields" "$change" data
check "it is said: $(cat "$base/err")" grep -q '^mmrec: data: verified$' "$base/err"
check "and reported: $(cat "$base/out")" grep -q '"verified": true' "$base/out"
good "$mmrec" -n -i --verify --record="$fields" "$change" data
check "a plan says it" grep -q '^result:    in place, journal kill, verified$' "$base/out"
expect 2 "verify.*for what is written" "$mmrec" --verify --record="$fields" --print=w data
cp ../original data
cp ../original more
good "$mmrec" -q -i --verify --record="$fields" "$change" data more
same "the first of two" data ../wanted
same "the second of two" more ../wanted
rm more data
# Code that is not the same each time is no code to trust.
printf '0123456789abcdef' >data
expect 1 "^mmrec: data: verify failed at offset 0: the 16 bytes from there are not what" \
    "$mmrec" -i -j1 --journal=off --verify --record='u64 v' 'static u64 n; v = n++' data
expect 1 "^mmrec: new: verify failed" "$mmrec" -o new -j1 --verify --record='u64 v' 'static u64 n; v = n++' data
only data
expect 1 "record 1, at byte 8: an integer is divided" \
    "$mmrec" -q -o new --verify --record='u64 v' 'v /= 1 - index' data
only data

# ---- what is stored wrong --------------------------------------------------------------------------------------------

need_shim
rm -f data
for offset in 262143 2599998; do
    cp ../original data
    with_shim SHIM_CORRUPT=$offset "$mmrec" -i --io=buffered --verify --record="$fields" "$change" data 2>"$base/err"
    check "in place, byte $offset: exit status" test $? = 1
    named=$(sed -n 's/^mmrec: data: verify failed at offset \([0-9]*\): the \([0-9]*\) bytes.*/\1 \2/p' "$base/err")
    check "in place, byte $offset: named '$named' in $(cat "$base/err")" \
        test -n "$named" -a "${named% *}" -le "$offset" -a "$offset" -lt "$((${named% *} + ${named#* }))"
    # Everything is changed, and one byte wrongly: the journal stays, and the same command sees it again.
    check "in place, byte $offset: what is left to do" grep -q "the same command again changes nothing" "$base/err"
    cp data once
    expect 1 "verify failed at offset ${named% *}" "$mmrec" -i --verify --record="$fields" "$change" data
    same "not changed again" data once
    # Put right, the same command verifies, reports and ends.
    tail -c +$((offset + 1)) ../wanted | head -c 1 | dd of=data bs=1 seek=$offset conv=notrunc status=none
    good "$mmrec" -q -i --verify --json --record="$fields" "$change" data
    check "it reports: $(cat "$base/out")" grep -q '"resumed_bytes": 2600000, "verified": true' "$base/out"
    same "nothing else is changed" data ../wanted
    rm once
    only data
    rm data
done
for offset in 0 500000; do
    with_shim SHIM_CORRUPT=$offset "$mmrec" -o new --io=buffered --verify --record="$fields" --where='w & 1' "$change" \
        ../original 2>"$base/err"
    check "a new file, byte $offset: exit status" test $? = 1
    check "a new file, byte $offset: $(cat "$base/err")" grep -q "^mmrec: new: verify failed at offset" "$base/err"
    check "none has appeared" test ! -e new
    with_shim SHIM_CORRUPT=$offset "$mmrec" -o new --io=buffered --record="$fields" --where='w & 1' "$change" ../original
    check "without --verify it goes unseen" test -e new
    rm new
done
# Of several FILEs the run ends at the one that is wrong, and goes on there.
cp ../original a
cp ../original b
with_shim SHIM_CORRUPT=262143 "$mmrec" -i --io=buffered --verify --record="$fields" "$change" a b 2>"$base/err"
check "two: exit status" test $? = 1
same "the second is not touched" b ../original
cp ../wanted a.right
cat a.right >a
expect 1 "." "$mmrec" -i --record="$fields" "$change" b a
good "$mmrec" -q -i --verify --record="$fields" "$change" a b
same "the first of two" a ../wanted
same "the second of two" b ../wanted
rm a.right
only a b
rm a b

# ---- interrupted -----------------------------------------------------------------------------------------------------

for journal in kill power; do
    cp ../original data
    raised KILL 6 data "$mmrec" -q -i -j1 --window=64K --io=buffered --journal=$journal --verify --record="$fields" "$change" data
    check "$journal: killed: $status" test "$status" = 137
    run "$mmrec" -v -i --journal=$journal --verify --record="$fields" "$change" data
    check "$journal: $status, verified: $(grep verif "$base/err")" grep -Eq ": verified(, but for .*)?$" "$base/err"
    same "$journal: goes on" data ../wanted
    only data
done
cp ../original data
raised KILL 6 data "$mmrec" -q -i -j1 --window=64K --io=buffered --record="$fields" "$change" data
expect 0 "verified, but for .* that an interrupted run has changed without saying" \
    "$mmrec" -i --verify --record="$fields" "$change" data
same "goes on with one that did not verify" data ../wanted
finish
