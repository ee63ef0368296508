# mmbench as users run it: its words, its JSON, and that it leaves nothing behind, however it ends.
. "${0%/*}/common.bash" || exit
need_python
need_states
small=--file-size=16M

# ---- words ----------------------------------------------------------------------------------------------------------

check_help "$mmbench"
for option in file-size dir file threads verbose help version; do
    check "--$option" grep -Eq -- "^ +(-., )?--$option( |=)" "$base/help"
done

good "$mmbench" $small --dir=/nowhere/at/all --benchmark_list_tests
cp "$base/out" ../list
for name in scan/mmap/warm/1M-writes/MiB:16 in-place/walk-auto/warm/copied/MiB:16 \
    into/pread/warm/read-back/durable/MiB:16 scan/uring/cold in-place/walk-direct/small-memory reads-4K/window/warm \
    updates-64/mmap/warm view/view hit/window files/mmap; do
    # A build without io_uring has no such engine.
    [[ $name = *uring* ]] && ! grep -q liburing <(ldd "$mmbench") && continue
    check "there is $name" grep -q "^$name" ../list
done
check "no name twice" test "$(sort -u ../list | wc -l)" = "$(wc -l <../list)"

wrong() { # REGEX ARGUMENT...
    local regex=$1
    shift
    expect 2 "^mmbench: .*$regex" "$mmbench" "$@"
    only
}
wrong "unrecognized option '--nonsense'" --nonsense
wrong "invalid option -- 'z'" -z
wrong "'measure' is none of its commands: they are advise and machine" measure
wrong "machine takes no operand: --dir=DIR" machine .
wrong "machine takes no --benchmark_filter" machine --benchmark_filter=x
wrong "machine takes no --file" machine --file=x
wrong "--json is for advise and machine" --json
# What is taken by mistake shall at least have nothing to do.
nothing=--benchmark_filter=^nothing_is_called_so
wrong_number() { # REGEX ARGUMENT
    wrong "$@" $nothing
}
wrong_number "--file-size=0: must be 16M or more" --file-size=0
wrong_number "--file-size=8M: must be 16M or more" --file-size=8M
wrong_number "--file-size=16383K: must be 16M or more" --file-size=16383K
wrong_number "--file-size=1x: not a size" --file-size=1x
wrong_number "--file-size=: not a size" --file-size=
wrong_number "--file-size=99999999T" --file-size=99999999T
wrong_number "--file-size=4096P: must be 16M or more, and fit a file" --file-size=4096P
wrong_number "--threads=0" -j 0
wrong_number "--threads=many" --threads=many
wrong "advise takes one FILE or DIR" advise
wrong "advise takes one FILE or DIR" advise . ..
wrong "advise takes no --benchmark_filter" advise --benchmark_filter=x .
expect 2 "" "$mmbench" --benchmark_nonsense=1
expect 2 "" "$mmbench" $small $nothing
only

expect 1 "^mmbench: missing: cannot make fixtures here: No such file" "$mmbench" --dir=missing $nothing
touch plain
expect 1 "^mmbench: plain: cannot make fixtures here: Not a directory" "$mmbench" --dir=plain $nothing
expect 1 "^mmbench: missing: .*No such file" "$mmbench" --file=missing $nothing
expect 1 "^mmbench: \.: is not a regular file" "$mmbench" --file=. $nothing
expect 1 "^mmbench: missing: .*No such file" "$mmbench" advise missing
expect 1 "^mmbench: /dev/null: is neither" "$mmbench" advise /dev/null
rm plain
if can_be_nobody; then
    expect 1 "^mmbench: \.: cannot make fixtures here: Permission denied" as_nobody "$mmbench" $nothing
    expect 1 "^mmbench: \.: cannot make scratch files here: Permission denied" as_nobody "$mmbench" advise .
else
    echo "SKIPPED: a folder that may not be written, it takes root and setpriv"
fi
only

# ---- figures --------------------------------------------------------------------------------------------------------

# a_run ARGUMENT...: exit 0, leaves ../out.json and nothing in the folder.
a_run() {
    checks=$((checks + 1))
    rm -f ../out.json
    run "$mmbench" $small --benchmark_out=../out.json --benchmark_out_format=json "$@"
    [ "$status" = 0 ] || fail "$*: exit status $status: $(tail -c 400 "$base/err")"
    only
}

a_run --benchmark_filter='^(scan|in-place|into)/(mmap|walk-auto|pread)/warm/read-back/MiB' --benchmark_repetitions=2
cp ../out.json ../first.json
says "nine cases, twice" ../out.json 'len(runs) == 18 and len({run["name"] for run in runs}) == 9 and not errors'
for counter in GB/s bytes_per_second minor_faults_per_GiB major_faults_per_GiB peak_mapped_bytes peak_rss_bytes \
    device_read_bytes; do
    says "counter" ../out.json "all('$counter' in run for run in runs)"
    says "aggregates of it" ../out.json \
        "all('$counter' in of[run['run_name'], kind] for run in runs for kind in ('median', 'spread'))"
done
says "a rate is bytes in seconds" ../out.json \
    'all(abs(run["GB/s"] * run["real_time"] / 1e3 / (16 * 2**20 / 1e9) - 1) < 1e-3 for run in runs)'
says "mapped is the file" ../out.json \
    'all(run["peak_mapped_bytes"] == 2**24 for run in runs if run["name"].startswith("scan/mmap"))'
says "both files" ../out.json \
    'all(run["peak_mapped_bytes"] == 2**25 for run in runs if run["name"].startswith("into/mmap"))'
says "nothing mapped" ../out.json 'all(run["peak_mapped_bytes"] == 0 for run in runs if "/pread/" in run["name"])'
says "why it chose" ../out.json 'all(run["label"] for run in runs if "/walk-auto/" in run["name"])'
for key in kernel file_system mount readahead_kib mmview_version transparent_hugepage dirty_ratio; do
    says "context" ../out.json "context['$key'] != ''"
done
says "kernel" ../out.json "context['kernel'] == '$(uname -r)'"
if command -v findmnt >/dev/null; then
    says "mount" ../out.json "context['mount'].split()[0] == '$(findmnt -n -o FSTYPE -T .)'"
fi

a_run --benchmark_filter='^(scan/pread|in-place/mmap)/cold/' --benchmark_repetitions=1
says "cold" ../out.json 'len(runs) == 2 and all(run["device_read_bytes"] >= 0.95 * 2**24 for run in runs)'
a_run --benchmark_filter='/small-memory/' --benchmark_repetitions=1
says "too small for a limit" ../out.json 'errors and not runs and all("256 MiB" in error for error in errors.values())'
a_run --benchmark_repetitions=1 \
    --benchmark_filter='^(reads-4K|updates-64)/(pread|window)/warm/[^/]*/MiB|^files/(mmap|walk-auto)/'
says "other works" ../out.json \
    'len(runs) == 6 and not errors and sum("operations_per_second" in run for run in runs) == 4'
says "files" ../out.json 'sum(run.get("files_per_second", 0) > 0 for run in runs) == 2'
a_run --benchmark_filter='^(view|hit)/' --benchmark_repetitions=1 --benchmark_min_time=0.001
says "accesses" ../out.json 'len(runs) == 7 and not errors'

compare=/usr/share/benchmark/compare.py python=
for candidate in python3 /usr/bin/python3; do
    [ -z "$python" ] && "$candidate" -c 'import numpy, scipy' 2>/dev/null && python=$candidate
done
if [ -f "$compare" ] && [ -n "$python" ]; then
    check "compare.py reads it" "$python" "$compare" benchmarks ../first.json ../first.json >../compared
    check "compare.py finds the cases" grep -q "scan/mmap/warm/read-back" ../compared
else
    echo "SKIPPED: compare.py of Google Benchmark (Debian: libbenchmark-tools python3-numpy python3-scipy)"
fi

# ---- threads --------------------------------------------------------------------------------------------------------

# What users run and what is measured must wait, and hold stacks, alike.
head -c 4M /dev/zero >image
runtime() { # COMMAND...: what the OpenMP runtime says of itself
    OMP_DISPLAY_ENV=true "$@" 2>&1 >/dev/null | grep -Eo "OMP_(STACKSIZE|WAIT_POLICY) *= *'[^']*'" | sort -u
}
of_tool=$(runtime "$mmbright" -q -i --add=0 -j 2 image)
of_bench=$(runtime "$mmbench" $small -j 2 --benchmark_repetitions=1 \
    --benchmark_filter=^scan/pread/warm/1M-writes/MiB:16/threads:2)
if [ -n "$of_tool" ]; then
    check "the same OpenMP settings: $of_tool against $of_bench" test "$of_tool" = "$of_bench"
else
    echo "SKIPPED: the settings of OpenMP, there is none or it does not tell"
fi
rm image

# Fewer threads than asked for are no wrong bytes.
for limit in OMP_THREAD_LIMIT=1 OMP_DYNAMIC=true; do
    run env $limit "$mmbench" $small -j 3 --benchmark_repetitions=1 \
        --benchmark_filter='^(scan|in-place)/(mmap|stdio|pread|memory)/warm/1M-writes/MiB:16/threads:3|^reads-4K/mmap/warm'
    check "$limit: $(grep -hm1 WRONG "$base/err" "$base/out")" \
        test "$(cat "$base/err" "$base/out" | grep -c WRONG)" = 0
    only
done

# ---- a user's own file ----------------------------------------------------------------------------------------------

head -c 20000003 /dev/urandom >own
cp own ../own
good "$mmbench" --file=own --benchmark_list_tests
check "only scans: $(grep -vm1 ^scan/ "$base/out")" test "$(grep -vc '^scan/[^/]*/[a-z]*/own-file/' "$base/out")" = 0
check "warm and cold" test "$(grep -c /warm/ "$base/out")" -ge 5 -a "$(grep -c /cold/ "$base/out")" -ge 5
check "its size: $(head -1 "$base/out")" test "$(grep -vc '/MiB:19/' "$base/out")" = 0
rm -f ../out.json
run "$mmbench" --file=own --benchmark_repetitions=2 --benchmark_out=../out.json --benchmark_out_format=json
check "--file: exit status $status: $(cat "$base/err")" test "$status" = 0
# The length is no multiple of anything.
says "scans, warm" ../out.json \
    'len({run["name"] for run in runs if "/warm/" in run["name"] and "irect" not in run["name"]}) >= 7'
says "no engine stumbles" ../out.json 'not any("nvalid argument" in error for error in errors.values())'
same "the file" own ../own
only own
rm own

# ---- advise ---------------------------------------------------------------------------------------------------------

# advised ARGUMENT...: one line first, then an answer to each question; at most as long as promised, on any machine.
advised() {
    good "$mmbench" advise "$@"
    check "one line first: $(head -1 "$base/out")" grep -Eq \
        '^((reading|mapping): --io=(auto|mmap|buffered) -j[0-9]+.*; [0-9.]+ times faster than (reading|mapping) here|either: --io=)' \
        <(head -1 "$base/out")
    check "five answers: $(cat "$base/out")" test 5 = "$(grep -Ec \
        '^  [a-z].*(: +--io=[a-z]+( --window=[0-9]+M)? -j [0-9]+: [0-9.]+ GB/s| not measured: )' "$base/out")"
    check "prices" test "$(grep -Ec '^  [a-z].* [0-9.]+ [num]?s +spread' "$base/out")" -ge 11
    check "no progress where nobody looks" test ! -s "$base/err"
}
case $kind in
*address*) echo "SKIPPED: advise on a folder: on a file it does the same, and a sanitizer makes it slow" ;;
*)
    advised $small -j 1 .
    check "says where" grep -q "^\.: a folder, on " "$base/out"
    only
    ;;
esac
head -c 16M /dev/urandom >own
cp own ../own
if type -P script >/dev/null; then
    # On a terminal a line says how far it is, and is gone at the end.
    good script -qec "$mmbench advise --json $small own >../advise.json" /dev/null
    check "progress: $(tr '\r' '\n' <"$base/out" | head -2)" grep -Eq 'mmbench: +[0-9]+ of at most 20 s, round 1, ' "$base/out"
    check "nothing of it stays: $(tr '\r' '\n' <"$base/out" | tail -1)" \
        test -z "$(tr '\r' '\n' <"$base/out" | tail -1 | tr -d ' ')"
    cp ../advise.json "$base/out"
else
    echo "SKIPPED: the progress of advise, there is no script(1) to make a terminal"
    good "$mmbench" advise --json $small own
fi
same "the file" own ../own
only own
rm own
# What it says is what it measured: the same figures, put together by somebody else.
cat >../ruling.py <<'END'
import json
import math
import re
import statistics
import sys

said = json.load(sys.stdin)
questions = [q for q in said["questions"] if q["state"] == "warm"]
threads = max(way["threads"] for q in questions for way in q["ways"])


def seconds(question, io, count):
    return next((statistics.median(way["seconds"]) for way in question["ways"] if way["seconds"] and
                 (way["io"], way["window_bytes"], way["threads"]) == (io, 0, count)), None)


def slower(a, b):
    """How many times longer a takes than b, in the geometric mean; 0 when one was not run."""
    pairs = [(seconds(q, *a), seconds(q, *b)) for q in counted]
    return 0 if None in sum(pairs, ()) else math.exp(statistics.mean(math.log(x / y) for x, y in pairs))


counted = [q for q in questions if all(seconds(q, io, threads) for io in ("auto", "mmap", "buffered"))]
assert len(counted) == said["questions_in_memory"], "questions"
assert said["seconds"] < 20.5, said["seconds"]
if not counted:
    assert (said["verdict"], said["io"]) == ("unknown", "auto"), said["verdict"]
    sys.exit()
best = {}
for io in ("mmap", "buffered"):
    all_of_them, one = (io, threads), (io, 1)
    best[io] = one if threads > 1 and slower(all_of_them, one) > 1.05 else all_of_them
times = slower(best["mmap"], best["buffered"])
reads = times >= 1
times = max(times, 1 / times)
winner = best["buffered" if reads else "mmap"]
assert abs(said["times"] / times - 1) < 1e-6, (said["times"], times)
assert said["verdict"] == ("either" if times <= 1.05 else "reading" if reads else "mapping"), said["verdict"]
defaults = slower(("auto", threads), winner)
assert abs(said["times_over_defaults"] / defaults - 1) < 1e-6
if said["verdict"] == "either" and defaults <= 1.05:
    winner = ("auto", threads)
assert (said["io"], said["threads"]) == winner, winner
line = said["advice"]
assert line.startswith("%s: --io=%s -j%d" % (said["verdict"], *winner)), line
if said["verdict"] != "either":
    shown = float(re.search("; ([0-9.]+) times faster than (mapping|reading) here", line).group(1))
    assert abs(shown / times - 1) < 0.06, line
    assert ("(the defaults are as fast)" in line) == (defaults <= 1.05), line
assert ("not settled" in line) != said["settled"], line
END
check "the ruling: $(head -c 300 "$base/out")" python3 ../ruling.py <"$base/out"

is_begun() {
    [ -n "$(ls -A)" ]
}

# ---- machine --------------------------------------------------------------------------------------------------------

good "$mmbench" machine
check "says where: $(sed -n 2p "$base/out")" grep -Eq '^\.: [a-z0-9]+, pages of [0-9]+ bytes, medians of [0-9]+ rounds' "$base/out"
check "why: $(head -1 "$base/out")" \
    grep -Eq '^((reading|mapping) is cheaper here(: | to look at pages, .*: ))?a page costs [0-9.]+ [num]?s mapped, at its first touch, and [0-9.]+ [num]?s read' \
    <(head -1 "$base/out")
check "twelve figures: $(cat "$base/out")" test "$(grep -Ec '^  [a-z].* [0-9.]+ [num]?s +spread +[0-9]+ %' "$base/out")" -ge 11
only
good "$mmbench" machine --json
check "json: $(cat "$base/out")" python3 -c 'import json, sys
figures = json.load(open(sys.argv[1]))
keys = ("system_call page_fault mapped_page_read mapped_page_write mapped_page_changed read_page copied_byte_cache "
        "copied_byte_memory msync_clean msync_one_page msync_all_dirty").split()
good = all(figures[key + "_ns"] > 0 and figures[key + "_spread"] >= 0 for key in keys)
sys.exit(not good or "mapped_page_populated_ns" not in figures or figures["rounds"] < 3
         or not figures["reason"].startswith("a page costs "))' "$base/out"
only
start "$mmbench" machine
wait_for "a scratch file of machine" is_begun
kill -TERM "$pid"
ended
check "machine, SIGTERM: exit status $status" test "$status" = 143
only

# ---- signals --------------------------------------------------------------------------------------------------------

there() { # A fixture that is whole.
    [ "$(stat -c %s mmbench.*/1M-writes-16777216 2>/dev/null)" = 16777216 ]
}
long="--benchmark_filter=^(scan|in-place)/pread/warm/1M-writes/MiB --benchmark_repetitions=1000"

for signal in INT:130 TERM:143 HUP:129; do
    # shellcheck disable=SC2086
    start "$mmbench" $small $long
    wait_for "a fixture" there
    kill -"${signal%:*}" "$pid"
    ended
    check "SIG${signal%:*}: exit status $status" test "$status" = "${signal#*:}"
    only
done

start "$mmbench" advise $small .
wait_for "a scratch file of advise" is_begun
kill -TERM "$pid"
ended
check "advise, SIGTERM: exit status $status" test "$status" = 143
only

# Nobody can clean up after SIGKILL but the next one; its runs end with it.
# shellcheck disable=SC2086
start "$mmbench" --dir="$PWD" $small $long
wait_for "a fixture" there
kill -KILL "$pid"
ended
check "SIGKILL: exit status $status" test "$status" = 137
wait_for "the end of all its processes" nobody_knows "$PWD"
check "the fixtures are left" there
a_run --benchmark_filter='^scan/pread/warm/1M-writes/MiB' --benchmark_repetitions=1

# ---- wrong bytes ----------------------------------------------------------------------------------------------------

# Somebody changes a fixture behind its back; on a busy machine that may come too late.
for attempt in 1 2 3 4 5; do
    start "$mmbench" $small --benchmark_filter='^scan/pread/warm/1M-writes/MiB' --benchmark_repetitions=100
    wait_for "a fixture" there
    kill -STOP "$pid" 2>/dev/null && there && break
    ended
done
printf 'not what was there' | dd of="$(echo mmbench.*/1M-writes-16777216)" bs=1 seek=1000000 conv=notrunc status=none
kill -CONT "$pid"
ended
check "wrong bytes: exit status $status" test "$status" = 1
check "says so: $(tail -c 200 "$base/err")" grep -Eq "^mmbench: [0-9]+ runs? gave wrong bytes" "$base/err"
only

# ---- in memory, and without room ------------------------------------------------------------------------------------

if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && shm=$(mktemp -d /dev/shm/mmview-bench.XXXXXX); then
    a_run --dir="$shm" --benchmark_filter='^scan/(pread|mmap)/(cold|warm/1M)' --benchmark_repetitions=1
    says "cold is not timed" ../out.json \
        'len(errors) == 2 and all("/cold/" in name and "cannot be made cold" in errors[name] for name in errors)'
    says "warm is" ../out.json 'sum("/warm/" in run["name"] for run in runs) == len(runs) >= 2'
    says "context" ../out.json 'context["file_system"] == "tmpfs" and context["readahead_kib"] == "-1"'
    check "nothing left in memory" rmdir "$shm"
else
    echo "SKIPPED: a file system in memory, /dev/shm is none"
fi

mkdir ../full
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=20m mmview ../full 2>/dev/null; then
    trap 'cd /; umount "$base/full"; clean_up' EXIT
    a_run --dir=../full --file-size=64M --benchmark_repetitions=1 \
        --benchmark_filter='^(scan|in-place|into|updates-64|view)/(pread|mmap|view)/warm/(1M-writes|copied|read-back)/MiB'
    says "no space, each" ../out.json \
        'len(errors) >= 5 and not runs and all("no space" in error for error in errors.values())'
    check "nothing there" test -z "$(ls -A ../full)"
    # Room for the fixture, none for a second one.
    a_run --dir=../full --benchmark_repetitions=1 \
        --benchmark_filter='^(scan|into)/pread/warm/1M-writes/MiB:16/threads:[0-9]+/it'
    says "no space for a new file" ../out.json 'set(name.split("/")[0] for name in errors) == {"into"} and runs'
    says "for that reason" ../out.json 'all("no space" in error for error in errors.values())'
    check "nothing there either" test -z "$(ls -A ../full)"
    expect 1 "no space" "$mmbench" advise ../full
    check "nothing there after advise" test -z "$(ls -A ../full)"
else
    echo "SKIPPED: a full file system, only root can mount a small tmpfs"
fi
finish
