# What examples/ builds, each against another way to the same result.
. "${0%/*}/../tools/common.bash"
examples=$6
# When a run of swap is killed. A program takes longer to start in Wine, whose server closes the files of one that was
# killed a moment later; lines end otherwise there.
pauses="0.004 0.008 0.012 0.016 0.020 0.024 0.030" settle=0
case $kind in
*windows*)
    pauses="0.3 0.4 0.5 0.6 0.7" settle=1
    run() { # COMMAND...: leaves $status, $base/out, $base/err
        "$@" >"$base/raw" 2>"$base/raw.err" </dev/null
        status=$?
        tr -d '\r' <"$base/raw" >"$base/out"
        tr -d '\r' <"$base/raw.err" >"$base/err"
    }
    ;;
esac

head -c 4000000 /dev/urandom >before

# brighten: as mmbright does it.
cp before data
check "brighten" "$examples/brighten" data 8 1000000 >"$base/out"
"$mmbright" --add=10 --offset=8 --length=1000000 -o wanted before
same "brighten" data wanted
expect 1 "^brighten: absent: open: No such file" "$examples/brighten" absent
expect 2 "^usage: " "$examples/brighten"

# histogram: as od and sort count.
good "$examples/histogram" before
od -An -v -tu1 -w1 before | sort -n | uniq -c | awk '{ printf "%3d %d\n", $2, $1 }' >"$base/wanted"
same "histogram" "$base/out" "$base/wanted"
expect 1 "^histogram: absent: " "$examples/histogram" absent

# sum: the same digits by any number of threads, and what awk adds up, but for the last of them.
head -c 400000 /dev/urandom | od -An -v -tu2 -w2 | awk '
    { printf "\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x\\xb%d\\x3f", \
        $1 % 256, $1 / 256, $1 % 251, $1 % 241, $1 % 239, $1 % 233, $1 % 10 } NR == 100000 { exit }' >"$base/escapes"
printf "%b" "$(cat "$base/escapes")" >some 2>/dev/null
cat some some some some some some some some >doubles
check "the doubles are there" test "$(stat -c %s doubles)" = 6400000
good "$examples/sum" doubles 1
mv "$base/out" "$base/wanted"
for threads in 2 3 8; do
    good "$examples/sum" doubles $threads
    same "sum, $threads threads" "$base/out" "$base/wanted"
done
od -An -v -tf8 -w8 doubles | awk '{ sum += $1 } END { printf "%.9g\n", sum }' >"$base/out"
awk '{ printf "%.9g\n", $1 }' "$base/wanted" >"$base/rounded"
same "sum, as awk adds up" "$base/out" "$base/rounded"
head -c 1001 doubles >odd
expect 1 "^sum: odd: " "$examples/sum" odd
expect 1 "^sum: absent: " "$examples/sum" absent
rm some doubles odd

# lookup: keys 0, 3, 6, ... as 64-bit numbers.
seq 0 3 299997 | awk '{ v = $1; for (i = 0; i < 8; i++) { printf "\\x%02x", v % 256; v = int(v / 256) } }' \
    >"$base/escapes"
printf "%b" "$(cat "$base/escapes")" >keys 2>/dev/null
check "the keys are there" test "$(stat -c %s keys)" = 800000
good "$examples/lookup" keys 0 3 299997 150000
check "lookup: $(cat "$base/out")" test "$(cat "$base/out")" = "$(printf '0 0\n3 1\n299997 99999\n150000 50000')"

# between: the same keys, as the indices of those that are not less.
for bounds in "0 3:0 1" "4 150001:2 50001" "5 5:2 2" "299998 999999:100000 100000"; do
    good "$examples/between" keys ${bounds%:*}
    check "between ${bounds%:*}: $(cat "$base/out")" test "$(cat "$base/out")" = "${bounds#*:}"
done
# pick: what between says where it is, cut out by dd.
good "$examples/pick" keys picked 30000 150001
dd if=keys of=wanted bs=8 skip=10000 count=40001 status=none
same "pick" picked wanted
expect 1 "^pick: picked: create: File exists" "$examples/pick" keys picked 1 2
expect 1 "^pick: absent: " "$examples/pick" absent none 1 2
head -c 1001 keys >odd
expect 1 "^pick: odd: " "$examples/pick" odd none 1 2
check "pick leaves nothing" test ! -e none
rm picked wanted
head -c 1001 keys >odd
expect 1 "^between: odd: search: length 1001 is not whole records of 8 bytes: 1000 or 1008 would be$" \
    "$examples/between" odd 1 2
rm odd
expect 1 "^lookup: absent: " "$examples/lookup" absent 5

# swap: as dd does it; killed at some moment, and run again.
dd if=before of=wanted conv=swab bs=1M status=none
cp before data
good "$examples/swap" data
same "swap" data wanted
check "swap counts" grep -q "^2000000 samples, 0 bytes" "$base/out"
killed=0
head -c 64000000 /dev/urandom >large
dd if=large of=wanted conv=swab bs=1M status=none
for pause in $pauses; do
    cp large data
    "$examples/swap" data >/dev/null &
    pid=$!
    sleep $pause
    # It is killed, or was done already and said so.
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null && { same "swap, not killed" data wanted; continue; }
    sleep $settle
    if ls data.mmj.* >/dev/null 2>&1; then
        killed=$((killed + 1))
        good "$examples/swap" data
        same "swap, killed after $pause s" data wanted
    fi
done
echo "$killed runs were killed in their middle"
rm -f data large wanted
only before keys
expect 1 "^swap: absent: " "$examples/swap" absent
finish
