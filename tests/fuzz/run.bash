# SPDX-License-Identifier: MIT
# run.bash TARGET SECONDS [--words TOOL] [--reader READER SEEDS]: a fuzz target for so long, from its seeds.
#
#     seeds   corpus/NAME; with --reader those of them that SEEDS, a pattern, matches, and all of corpus/NAME_READER
#     words   words/NAME, or with --reader words/READER; and the options that TOOL --help names
#
# On a failure the input is shown, to be put into the corpus.
#
# With MMV_FUZZ_CORPUS=DIR the inputs that reach something new stay, in DIR/NAME or DIR/NAME_READER, and the next run begins
# with them; those that fail are in DIR/NAME.found. docs/fuzzing.md says what to do with both.
set -eu
here=$(dirname "${BASH_SOURCE[0]}")
target=$1 seconds=$2
shift 2
tool='' pattern='*'
name=${target##*/fuzz_}
run=$name words=$here/words/$name
while [ $# -gt 0 ]; do
    case $1 in
        --words) tool=$2 && shift 2 ;;
        --reader)
            export MMV_FUZZ_READER=$2
            run=${name}_$2 words=$here/words/$2 pattern=$3
            shift 3
            ;;
        *) echo "run.bash: $1?" && exit 2 ;;
    esac
done
fast=/dev/shm
[ -w $fast ] || fast=${TMPDIR:-/tmp}
work=$(mktemp -d "$fast/mmview-fuzz-run.XXXXXX")
trap 'rm -rf "$work"' EXIT
grown=$work/corpus found=$work/found
if [ -n "${MMV_FUZZ_CORPUS-}" ]; then
    grown=$MMV_FUZZ_CORPUS/$run found=$MMV_FUZZ_CORPUS/$run.found
fi
mkdir -p "$grown" "$work/tmp" "$found" "$work/seeds"
for folder in "$here/corpus/$name" "$here/corpus/$run"; do
    [ ! -d "$folder" ] || find "$folder" -type f \( -name "$pattern" -o -path "*/$run/*" \) -exec cp -t "$work/seeds" {} +
done
: >"$work/words"
[ ! -f "$words" ] || cat "$words" >>"$work/words"
[ -z "$tool" ] || "$tool" --help | grep -o -- '--[a-z-]*' | sed 's/.*/"&="/' >>"$work/words"
# A short run is a test: it tries the same inputs each time. A long one is a search, also in files as long as the seeds.
options=(-max_len=4096 -seed=1)
if [ "$seconds" -ge 60 ]; then
    largest=$(find "$work/seeds" -type f -printf '%s\n' | sort -n | tail -1)
    options=(-max_len=$((largest > 4096 ? largest : 4096)))
fi
[ ! -s "$work/words" ] || options+=("-dict=$work/words")
# 3: what the code under test says is not wanted. The time of an input is that of a clock on the wall: others may have the processors.
TMPDIR=$work/tmp "$target" -max_total_time="$seconds" -timeout=120 -rss_limit_mb=1024 -close_fd_mask=3 \
    -print_final_stats=1 "${options[@]}" -artifact_prefix="$found/" "$grown" "$work/seeds" >"$work/log" 2>&1 || {
    tail -60 "$work/log"
    for input in "$found"/*; do
        [ -e "$input" ] || continue
        echo "${input##*/}, as base64:"
        base64 "$input"
    done
    exit 1
}
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
seeds=$(find "$work/seeds" -type f | wc -l)
reached=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$work/log" | tail -1)
echo "$runs inputs, from $seeds seeds, in $seconds s; $reached places reached"
# A target that refuses everything at its door would pass.
[ "$runs" -gt $((seeds + 100)) ] && [ "$seeds" -gt 0 ]
