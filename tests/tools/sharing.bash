# sharing.bash: a FILE that another program has for itself is not changed in place; processes of one job change it side by side.
. "${0%/*}/common.bash"
tools=${mmbright%/*}
command -v flock >/dev/null || { echo "SKIPPED: flock is not there (Debian: util-linux)"; exit 77; }
head -c 1600000 /dev/urandom >data
cp data original
cp data wanted
good "$mmbright" --add=10 -q -i -t u8 -s 4 wanted

# As .NET has it with FileShare.None.
exec 9<data
flock -x 9
alone() { "$@" 9<&-; }
expect 1 "^mmbright: data: share: another program has it open" alone "$mmbright" --add=10 -i -t u8 -s 4 data
expect 1 "^mmbright: data: share: another program has it open" alone "$mmbright" --add=10 -i -t u8 -s 4 --shard=1/16 data
expect 1 "^mmbright: data: share: another program has it open" alone "$mmbright" --add=10 -i -t u8 -s 4 --journal=off data
expect 1 "^mmrec: data: share: another program has it open" alone "$tools/mmrec" -i --record='u32 a' 'a += 1' data
check "nothing was changed" cmp -s data original
check "and nothing is beside it: $(ls)" test "$(echo *)" = "data original wanted"
expect 1 "^mmbright: data: share: another program has it open" alone "$mmbright" --add=10 -n -i -t u8 -s 4 data
# Who was started by the holder is not kept out by that lock: this is how flock(1) keeps two jobs apart.
cp original mine
exec 8<mine
flock -x 8
good "$mmbright" --add=10 -q -i -t u8 -s 4 mine
good "$mmbright" --add=-10 -q -i -t u8 -s 4 mine
expect 1 "^mmbright: mine: share: another program has it open" sh -c 'exec 8<&-; exec "$0" --add=10 -i -t u8 -s 4 mine' "$mmbright"
exec 8<&-
cp original mine
good flock mine "$mmbright" --add=10 -q -i -t u8 -s 4 mine
check "changed under flock(1)" cmp -s mine wanted
rm mine

# Who only reads asks nobody.
good "$mmbright" --add=10 -q -t u8 -s 4 -o out data
check "a copy" cmp -s out wanted
good "$tools/mmstat" -t u8 -s 4 data

# With one who shares it, and with each other.
flock -u 9
flock -s 9
pids=()
for k in {1..16}; do
    "$mmbright" --add=10 -q -i -t u8 -s 4 --shard=$k/16 data 2>"$base/shard.$k" &
    pids+=($!)
done
for k in {1..16}; do
    wait "${pids[k - 1]}"
    status=$?
    check "shard $k of 16 beside the others: $status $(cat "$base/shard.$k")" test $status = 0
done
check "all of it" cmp -s data wanted
finish
