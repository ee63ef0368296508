# mmstat: its command line, its bars and its plot. That the figures are right is said by tests/oracles and test_stats.
. "${0%/*}/common.bash"
mmstat=${mmbright%/*}/mmstat
check_help "$mmstat"

"$mmgen" -t u8 -s 2 --width=100 --height=50 --pattern=checker data
good "$mmstat" data -t u8 -s 2
grep -q '^ *1 *5000 *0 *255 ' "$base/out" || fail "the figures of channel 1: $(cat "$base/out")"
NO_COLOR=1 TERM=xterm LC_ALL=C.UTF-8 "$mmstat" -t u8 -s 2 --histogram=4 data >plain || fail "bars"
grep -q '#####' plain || fail "plain bars: $(cat plain)"
TERM=xterm LC_ALL=C.UTF-8 NO_COLOR='' "$mmstat" -t u8 -s 2 --histogram=4 data >blocks
grep -q '█████' blocks || fail "bars of blocks: $(cat blocks)"
TERM=dumb LC_ALL=C.UTF-8 "$mmstat" -t u8 -s 2 --histogram=4 --log data | grep -q '#####' ||
    fail "bars on a dumb terminal"

expect 2 "must be at most 32 numbers" "$mmstat" --percentiles=1,101 data
# What is not finite lies in no bar, and the widest range there is has places.
printf '\x00\x7c\x00\x7c\x00\x00\x00\x3c\x00\xfc' >infinite
"$mmstat" -t f16le -s 1 --histogram=2 infinite | tail -2 | awk '{ print $1, $2 }' >bars
check "bars of f16: $(cat bars)" test "$(cat bars)" = "$(printf '0 1\n0.5 1')"
printf '\xff\xff\xff\xff\xff\xff\xef\x7f\xff\xff\xff\xff\xff\xff\xef\xff' >infinite
"$mmstat" -t f64le -s 1 --histogram=2 infinite | tail -2 | awk '{ print $1, $2 }' >bars
check "bars of f64: $(cat bars)" test "$(cat bars)" = "$(printf '%s\n' '-1.7976931e+308 1' '0 1')"
rm infinite bars
expect 2 "--histogram=0" "$mmstat" --histogram=0 data
expect 2 "--log needs" "$mmstat" --log data
expect 2 "no FILE" "$mmstat"
expect 2 "not whole pixels" "$mmstat" -t u8 -s 3 data
expect 2 "behind the end" "$mmstat" --offset=1M data
expect 2 "--plot draws one" "$mmstat" --plot=x.png data data
expect 1 "No such file" "$mmstat" missing
printf '\x89PNG\r\n\x1a\n' >picture
expect 1 "it is PNG" "$mmstat" picture
: >empty
good "$mmstat" empty
"$mmstat" -t u8 -s 2 data >/dev/full 2>err && fail "a full stdout is no success"

# A plot, or the reason that there is none.
if [[ $kind = *windows* ]]; then
    echo "SKIPPED: the plot: there is no gnuplot for Windows"
elif command -v gnuplot >/dev/null; then
    good "$mmstat" -t u8 -s 2 --plot=plot.png data
    head -c 8 plot.png | cmp -s - <(printf '\x89PNG\r\n\x1a\n') || fail "the plot is no PNG"
    expect 2 "exists already" "$mmstat" -t u8 -s 2 --plot=plot.png data
    good "$mmstat" -t u8 -s 2 --log -f --plot=plot.png data
else
    echo "SKIPPED: the plot: there is no gnuplot"
fi
PATH=/nowhere "$mmstat" -t u8 -s 2 --plot=none.png data >out 2>err
[ $? -eq 1 ] && grep -q gnuplot err && [ ! -e none.png ] || fail "without gnuplot: $(cat err)"
finish
