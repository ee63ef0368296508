# The whole report on small fixtures: what it writes, what it leaves, and how it ends.
. "${0%/*}/common.bash" || exit
need_python
need_states
# What the driver itself calls; bench/run installs none of it, they are in every Debian.
for program in fincore findmnt dd cmp; do
    command -v $program >/dev/null || skip "there is no $program"
done
export MMVIEW_BUILD=$build PYTHONDONTWRITEBYTECODE=1
# Cases of nanoseconds need not run for half a second here.
export BENCHMARK_MIN_TIME=0.001
mkdir ../report

# The time is for the slowest machine; rounds are what ends it.
report() { # ARGUMENT...: the report of this folder
    python3 "$top/bench/report/main.py" --quick --time=500 --file-size=16M --dir=. --output=../report "$@"
}

# ---- the report -----------------------------------------------------------------------------------------------------

run report --rounds=2
check "exit status $status: $(tail -3 "$base/err")" test "$status" = 0
only
result=../report/RESULTS.md
for line in "| machine |  |" "## Map or read?" "## What things cost here" "## Bars" "### Brighten in place" \
    "### Read scan: sum of all words" "### One word of a piece that is addressable already"; do
    check "a line '$line'" grep -Fxq "$line" $result
done
verdict=$(head -1 "$base/out")
check "the verdict comes first: $verdict" grep -Eq '^Map or read\? (Read|Map|Either|Not settled): ' <<<"$verdict"
check "in the report, too: $(head -1 $result)" test "$(head -1 $result)" = "# $verdict"
check "prices: $(grep -c ' page' $result)" test "$(sed -n '/^## What things cost/,/^!/p' $result | grep -Ec '^\| .* [num]?s( \(.*\))? \| [0-9]+% \|$')" -ge 11
check "what is settled, and what is not" grep -Eq '^(Every ratio is settled|Not settled, the interval is wider)' $result
check "every case" grep -q "^## Every case (" $result
check "the kernel" grep -Fxq "| kernel | $(uname -r) |" $result
check "the size" grep -Fxq "| fixtures | 16 MiB each |" $result
check "no command failed: $(grep -m1 -F '**failed**' $result)" test "$(grep -cF '**failed**' $result)" = 0
check "map or read: scans and changes" \
    test "$(sed -n '/^## Map or read/,/^## What/p' $result | grep -Ec '^\| (scan|in-place) .*(map|read|either|not settled): [0-9.]+x \([0-9.]+ to [0-9.]+\)')" -ge 3
check "bars of cases" \
    test "$(grep -Ec '^\| .* \| >= [0-9.]+x? \| [0-9.]+x? \([0-9.]+ to [0-9.]+\) \| (reached|\*\*SHORT\*\*)' $result)" -ge 3
check "bars of processes" test "$(grep -Ec '^\| .* \| <= [0-9.]+ ?(ms|x) \| [0-9.]+ ?(ms|x) \| ' $result)" = 2
check "the harness' own share" grep -q "^| the harness' own share of a 1 ms case | < 1 % | -\?[0-9]" $result
check "cells: $(grep '^|' $result | tr -d '`' | grep -m1 '||')" test "$(grep '^|' $result | grep -c '||')" = 0
for path in "$top" "$build" "$base" "$HOME/" mmview-run-; do
    check "no path of this machine: $(grep -m1 -F "$path" $result)" test "$(grep -cF -- "$path" $result)" = 0
done
check "results.json" python3 -c 'import json, sys
results = json.load(open(sys.argv[1]))
sys.exit(len(results["ratios"]) < 10 or results["facts"]["fixtures"] != "16 MiB each")' ../report/results.json
check "mmbench.json" python3 -c 'import json, sys; json.load(open(sys.argv[1]))' ../report/mmbench.json

pictures=$(grep -o '](.*\.png)' $result | tr -d '()]')
if command -v gnuplot >/dev/null; then
    check "pictures: $pictures" test "$(echo "$pictures" | wc -w)" -ge 5
    for picture in $pictures; do
        check "$picture is a PNG" test "$(head -c 8 "../report/$picture" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a
        # It draws again where it was moved to.
        mkdir ../moved
        cp "../report/${picture%.png}.gnuplot" ../moved
        (cd ../moved && gnuplot "${picture%.png}.gnuplot") >"$base/gnuplot" 2>&1
        same "$picture drawn again" "../report/$picture" "../moved/$picture"
        rm -r ../moved
        check "$picture as SVG" grep -q "<svg" "../report/${picture%.png}.svg"
        check "$picture has error bars and values" grep -Eq "yerrorbars|yerrorlines" "../report/${picture%.png}.gnuplot"
    done
else
    echo "SKIPPED: pictures, there is no gnuplot"
    check "says so" grep -q "no gnuplot" $result
fi

windows=$(sed -n '/^\$work0/,/^END/p' ../report/by-window.gnuplot | grep -c '^[0-9]')
check "all windows are in the picture: $windows" test "$windows" = 9
run python3 "$top/tests/bench/page.py" structure ../report/RESULTS.html "$(wc -w <<<"$pictures")"
check "the page: $(cat "$base/out" "$base/err")" test "$status" = 0

# ---- against an earlier run -----------------------------------------------------------------------------------------

# An mmbench that says what it said before, the same each time: then nothing can differ but how long processes that do
# nothing take.
mkdir -p ../again/bench ../again/tools
ln -s "$(type -P true)" ../again/tools/mmbright
python3 - ../report/mmbench.json ../recorded.json <<'END'
import json
import statistics
import sys

with open(sys.argv[1]) as file:
    document = json.load(file)
first = {}
for run in document["benchmarks"]:
    first.setdefault(run["run_name"], []).append(run)
for runs in first.values():
    rates = [run["GB/s"] for run in runs if "GB/s" in run]
    if rates:
        runs[0]["GB/s"] = statistics.median(rates)
document["benchmarks"] = [runs[0] for runs in first.values()]
with open(sys.argv[2], "w") as file:
    json.dump(document, file)
END
cat >../again/bench/mmbench <<'END'
#!/usr/bin/env python3
import json
import os
import re
import sys

with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../recorded.json")) as file:
    runs = json.load(file)["benchmarks"]
if "machine" in sys.argv:
    print('{"rounds": 3, "page_bytes": 4096, "reason": "a page costs 1 ns mapped"}')
elif "--benchmark_list_tests" in sys.argv:
    print("\n".join(run["run_name"] for run in runs))
else:
    print('{"context": {}}', flush=True)
    for line in sys.stdin:
        found = [run for run in runs if re.search(line.strip(), run["run_name"])]
        print("".join(json.dumps(run) + "\n" for run in found) + '{"done": %d}' % len(found), flush=True)
END
chmod +x ../again/bench/mmbench
MMVIEW_BUILD=$(cd ../again && pwd)

run report
check "the first of two: exit status $status: $(tail -3 "$base/err")" test "$status" = 0
cp ../report/results.json ../before.json
run report --against=../before.json
check "against: exit status $status: $(tail -3 "$base/err")" test "$status" = 0
check "an agreement section" grep -q "^## Agreement with an earlier run" $result
agreed=$(grep -Eo '^[0-9]+ of [0-9]+ median ratios agree within 10%' $result)
check "how many agree: $agreed" test "${agreed%% *}" -ge 10
check "the same again is settled" grep -q '^Every ratio is settled: ' $result
check "the reason: $(head -1 $result)" grep -q '^# Map or read? .* (a page costs 1 ns mapped)\.$' $result
rows=$(sed -n '/^## Agreement/,/^## Every/p' $result | grep '^| `' | grep -Ev '^\| `bar: (a 1 KiB|the same against cp)')
check "nothing else differs: $rows" test -z "$rows"

python3 -c 'import json, sys
document = json.load(open(sys.argv[1]))
for run in document["benchmarks"]:
    if run["run_name"].startswith("scan/mmap/warm/1M-writes/"):
        run["GB/s"] *= 2
json.dump(document, open(sys.argv[1], "w"))' ../recorded.json
run report --against=../before.json
rows=$(sed -n '/^## Agreement/,/^## Every/p' $result | grep '^| `' | grep -Ev '^\| `bar: ')
check "the one that differs: $rows" grep -Eq '^\| `scan/mmap/warm/1M-writes/[^|]* \| [0-9.]+ \| [0-9.]+ \| \+100% \|$' \
    <<<"$rows"
check "no other: $rows" test "$(wc -l <<<"$rows")" = 1

# A case that cannot be run is in its picture, and in the table of those.
python3 -c 'import json, sys
document = json.load(open(sys.argv[1]))
for run in document["benchmarks"]:
    if run["run_name"].startswith("in-place/walk-mmap/warm/4K-writes/"):
        run.update(error_occurred=True, error_message="no such luck")
json.dump(document, open(sys.argv[1], "w"))' ../recorded.json
run report
check "a case that fails: exit status $status" test "$status" = 0
check "is named" grep -q '^| `in-place/walk-mmap/warm/4K-writes/.*` | no such luck |$' $result
if command -v gnuplot >/dev/null; then
    check "is in the picture" grep -q '^[0-9.]* "failed"$' ../report/in-place-by-engine.gnuplot
fi
# When there is no time, that is what it says.
run report --time=1
check "no time: exit status $status" test "$status" = 0
check "says so: $(sed -n 2,3p "$base/out")" grep -q "^Not measured at all, no time was left:" "$base/out"
check "in the verdict: $(head -1 "$base/out")" grep -q "^Map or read? Nothing was measured that says so.$" "$base/out"

# What was asked for and cannot be is said before an hour is spent on it.
rm $result
run report --against=../nowhere.json
check "no such earlier run: exit status $status" test "$status" != 0
check "says which: $(tail -1 "$base/err")" grep -q "nowhere.json" "$base/err"
check "without a trace of Python" test "$(grep -c Traceback "$base/err")" = 0
only

# An mmbench that says nothing at all.
printf '#!/bin/sh\nexit 3\n' >../again/bench/mmbench
rm -f ../report/mmbench.json
run report
check "a broken mmbench: exit status $status" test "$status" = 1
check "says so: $(tail -1 "$base/err")" grep -q "^bench/run: .*mmbench .*: exit status 3" "$base/err"
only
rm ../again/bench/mmbench
run report
check "no mmbench: exit status $status" test "$status" = 1
check "says so: $(tail -1 "$base/err")" grep -q "^bench/run: mmbench is not built" "$base/err"
only
MMVIEW_BUILD=$build

# ---- words ----------------------------------------------------------------------------------------------------------

good sh "$top/bench/run" --help
check "usage" grep -q "^usage: bench/run " "$base/out"
expect 2 "must be 16M or more" report --file-size=8M
expect 2 "'1x' is not a size" report --file-size=1x
expect 2 "'x' is not a number of seconds" report --time=x
expect 2 "must be 1 or more" report --time=0
expect 2 "is not a number from 1 to 1000" report --rounds=0
expect 2 "--readme goes with --peers" report --readme
expect 2 "not allowed with" report --full
expect 1 "^bench/run: cannot make fixtures in missing: No such file" report --dir=missing
only

# ---- signals --------------------------------------------------------------------------------------------------------

measuring() { # A fixture is there, and so is mmbench.
    [ -n "$(find . -name '*-16777216')" ]
}
for signal in INT:130 TERM:143; do
    mkdir here
    start python3 "$top/bench/report/main.py" --quick --file-size=16M --dir="$PWD/here" --output=../report
    wait_for "a fixture" measuring
    # Only the driver is told, as kill(1) does it; from a terminal all would be.
    kill -"${signal%:*}" "$pid"
    ended
    check "SIG${signal%:*}: exit status $status: $(tail -3 "$base/err")" test "$status" = "${signal#*:}"
    check "says so: $(tail -1 "$base/err")" grep -q "stopped by SIG${signal%:*}; fixtures are removed" "$base/err"
    # It waits for those that it started.
    check "nothing runs any more" nobody_knows "$PWD/here"
    check "nothing left: $(find here)" rmdir here
    rm -rf here
done
finish
