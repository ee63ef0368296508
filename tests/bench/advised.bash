# bench/advised: the defaults against the advice, on a small file. How fast either is, is not asked.
. "${0%/*}/common.bash" || exit
need_python
need_states
export MMVIEW_BUILD=$build PYTHONDONTWRITEBYTECODE=1

good "$top/bench/advised" . --file-size=16M --rounds=1
check "the advice: $(head -1 "$base/out")" grep -Eq '^mmbench advise: (reading|mapping|either|unknown): ' <(head -1 "$base/out")
for tool in mmstat "mmbright -i"; do
    check "$tool: $(cat "$base/out")" grep -Eqx "$tool FILE: time with the defaults / with --io=(auto|mmap|buffered) --threads=[0-9]+: [0-9.]+x \([0-9.]+ to [0-9.]+\): (not settled|the defaults are (as fast|slower|faster))" "$base/out"
done
only
expect 1 "^bench/advised: .*missing" "$top/bench/advised" missing --file-size=16M
expect 2 "must be 16M or more" "$top/bench/advised" . --file-size=1M
expect 2 "must be 1 or more" "$top/bench/advised" . --rounds=0
only
finish
