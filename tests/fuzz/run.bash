# SPDX-License-Identifier: MIT
# run.bash TARGET CORPUS SECONDS [TOOL]: a fuzz target for so long, from its seed corpus. The options that TOOL --help
# names are its words.
# On a failure the input is shown, to be put into the corpus.
#
# With MMV_FUZZ_CORPUS=DIR the inputs that reach something new stay, in DIR/NAME, and the next run begins with them; those
# that fail are in DIR/NAME.found. docs/fuzzing.md says what to do with both.
set -eu
target=$1 corpus=$2 seconds=$3 tool=${4-}
fast=/dev/shm
[ -w $fast ] || fast=${TMPDIR:-/tmp}
work=$(mktemp -d "$fast/mmview-fuzz-run.XXXXXX")
trap 'rm -rf "$work"' EXIT
name=${target##*/fuzz_}
grown=$work/corpus found=$work/found
if [ -n "${MMV_FUZZ_CORPUS-}" ]; then
    grown=$MMV_FUZZ_CORPUS/$name found=$MMV_FUZZ_CORPUS/$name.found
fi
mkdir -p "$grown" "$work/tmp" "$found"
words=
if [ -n "$tool" ]; then
    "$tool" --help | grep -o -- '--[a-z-]*' | sed 's/.*/"&="/' >"$work/words"
    words=-dict=$work/words
fi
# A short run is a test: it tries the same inputs each time. A long one is a search.
seed=
[ "$seconds" -ge 60 ] || seed=-seed=1
# 3: what the code under test says is not wanted.
TMPDIR=$work/tmp "$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -max_len=4096 -close_fd_mask=3 \
    -print_final_stats=1 $seed \
    -artifact_prefix="$found/" $words "$grown" "$corpus" >"$work/log" 2>&1 || {
    tail -60 "$work/log"
    for input in "$found"/*; do
        [ -e "$input" ] || continue
        echo "${input##*/}, as base64:"
        base64 "$input"
    done
    exit 1
}
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
seeds=$(find "$corpus" -type f | wc -l)
echo "$runs inputs, from $seeds seeds, in $seconds s"
# A target that refuses everything at its door would pass.
[ "$runs" -gt $((seeds + 100)) ] && [ "$seeds" -gt 0 ]
