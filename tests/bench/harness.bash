# The harness: names, repetitions, iterations and figures of cases whose figures are known.
. "${0%/*}/common.bash" || exit
need_python

list=$("$cases" --benchmark_list_tests)
check "the names: $list" test "$list" = "$(printf '%s\n' plain/of/two/size:7/shift:-2/real_time refused/real_time \
    broken/real_time batch/real_time quarter/iterations:1/manual_time longer/iterations:1/manual_time \
    at-once/iterations:1/manual_time later/iterations:1/manual_time set-up/iterations:1/manual_time)"

# a_run ARGUMENT...: good, and leaves out.json
a_run() {
    rm -f out.json
    checks=$((checks + 1))
    run "$cases" --benchmark_out=out.json "$@"
    [ "$status" = 0 ] || fail "$*: exit status $status: $(head -c 400 "$base/err")"
}

# set_up, body and tear_down, and what the body said.
a_run --benchmark_filter=^plain --benchmark_min_time=0.1 --benchmark_repetitions=2
says "two runs" out.json \
    'len(runs) == 2 and {run["name"] for run in runs} == {"plain/of/two/size:7/shift:-2/real_time"}'
says "arguments" out.json 'all((run["first"], run["second"]) == (7, -2) for run in runs)'
says "as many rounds as iterations" out.json 'all(run["rounds"] == run["iterations"] > 1 for run in runs)'
says "words" out.json 'all(run["label"] == "words beside it" for run in runs)'
says "context" out.json 'context["what"] == "cases of a test"'
ups=$(grep -c '^set up plain$' "$base/err") downs=$(grep -c '^tear down plain$' "$base/err")
bodies=$(grep -c '^body of plain$' "$base/err")
check "one tear_down for every set_up: $ups $bodies $downs" test "$ups" -ge 2 -a "$ups" = "$downs" -a "$ups" = "$bodies"

a_run --benchmark_filter=^batch --benchmark_min_time=0.001 --benchmark_repetitions=1
says "batches of 1000" out.json 'runs[0]["iterations"] == 1000 * runs[0]["rounds"] > 0'

# What cannot be timed says why, and is not called.
a_run '--benchmark_filter=^(refused|broken)' --benchmark_repetitions=1
says "reasons" out.json \
    'errors == {"refused/real_time": "there is no wind today", "broken/real_time": "broken in the middle"} and not runs'
check "no body without set_up" test "$(grep -c '^body of refused$' "$base/err")" = 0
check "tear_down without set_up" test "$(grep -c '^tear down refused$' "$base/err")" -ge 1
check "tear_down of what broke" test "$(grep -c '^tear down broken$' "$base/err")" -ge 1

# Nothing is run again after a run that was skipped: Google Benchmark would crash on it if that was the first.
a_run --benchmark_filter=^at-once --benchmark_repetitions=4
says "a first run that breaks" out.json \
    'not runs and not of and errors == {"at-once/iterations:1/manual_time": "no reason given"}'
check "was the only one" test "$(grep -c '^call' "$base/err")" = 1
a_run --benchmark_filter=^later --benchmark_repetitions=5
says "a third run that breaks" out.json 'len(runs) == 2 and "later/iterations:1/manual_time" in errors'
says "statistics of two" out.json 'of["later/iterations:1/manual_time", "median"]["real_time"] == 1000'
check "was the last one" test "$(grep -c '^call' "$base/err")" = 3
a_run --benchmark_filter=^set-up --benchmark_repetitions=5
says "a set_up that breaks late" out.json \
    'len(runs) == 3 and errors == {"set-up/iterations:1/manual_time": "broken before"}'

# Times that the body says are reported as they are, each once.
a_run --benchmark_filter=^quarter
says "the default of 3 repetitions" out.json 'len(runs) == 3'
says "250 ms" out.json 'all(run["real_time"] == 250 and run["time_unit"] == "ms" for run in runs)'
says "one iteration" out.json 'all(run["iterations"] == run["rounds"] == 1 for run in runs)'
says "a rate" out.json 'all(run["bytes_per_second"] == 4e9 for run in runs)'
says "no spread" out.json 'of["quarter/iterations:1/manual_time", "spread"]["real_time"] == 0'

a_run --benchmark_filter=^quarter --benchmark_repetitions=2
says "the command line wins" out.json 'len(runs) == 2'

a_run --benchmark_filter=^quarter --benchmark_repetitions=1 --benchmark_min_time=1
says "more iterations when a time is asked for" out.json \
    'runs[0]["iterations"] == runs[0]["rounds"] >= 4 and runs[0]["name"] == "quarter/manual_time"'
says "of the same length" out.json 'runs[0]["real_time"] == 250 and runs[0]["bytes_per_second"] == 4e9'

# 1, 2 and 3 seconds: (3 - 1) / 2; 1 and 2: (2 - 1) / 1.5; 1 to 5: (5 - 1) / 3; of one there is none.
a_run --benchmark_filter=^longer
says "1 2 3" out.json 'sorted(run["real_time"] for run in runs) == [1000, 2000, 3000]'
says "spread of 3" out.json 'abs(of["longer/iterations:1/manual_time", "spread"]["real_time"] - 1.0) < 1e-9'
says "spread of a counter" out.json 'abs(of["longer/iterations:1/manual_time", "spread"]["seconds"] - 1.0) < 1e-9'
says "median" out.json 'of["longer/iterations:1/manual_time", "median"]["real_time"] == 2000'
a_run --benchmark_filter=^longer --benchmark_repetitions=2
says "spread of 2" out.json 'abs(of["longer/iterations:1/manual_time", "spread"]["real_time"] - 1 / 1.5) < 1e-9'
a_run --benchmark_filter=^longer --benchmark_repetitions=5
says "spread of 5" out.json 'abs(of["longer/iterations:1/manual_time", "spread"]["real_time"] - 4 / 3) < 1e-9'
a_run --benchmark_filter=^longer --benchmark_repetitions=1
says "no statistics of one" out.json 'len(runs) == 1 and not of'

# What is not understood.
expect 1 "" "$cases" --benchmark_nonsense=1
check "names the flag" grep -q -- "--benchmark_nonsense=1" "$base/err" "$base/out"
expect 1 "" "$cases" nonsense
expect 1 "" "$cases" --benchmark_filter=^nothing_is_called_so

run "$cases" is-flag --benchmark_filter=x --benchmark_list_tests --v=1 --version --verbose -v --dir=x benchmark_x \
    --benchmark
check "flags: $(tr '\n' ' ' <"$base/out")" \
    test "$(grep -c ^yes "$base/out")" = 3 -a "$(head -3 "$base/out" | grep -c ^yes)" = 3
finish
