# An undo file for which there is no room: FILE changes only where what it loses was kept, and the same command goes on.
. "${0%/*}/common.bash"

[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
command -v python3 >/dev/null || skip "no python3 to compare granules"
mkdir "$base/small"
mount -t tmpfs -o size=1m mmview "$base/small" 2>/dev/null || skip "cannot mount a tmpfs here"
trap 'cd /; umount "$base/small"; clean_up' EXIT

head -c 3145728 /dev/urandom >../noise
# Four values become one: the words take about a quarter of it.
change() { "$mmbright" -q -i --type=u16 --samples=1 --gain=0.25 "$@"; }
"$mmbright" -q --type=u16 --samples=1 --gain=0.25 -o ../wanted ../noise
cp ../noise image
run change --keep-undo image
case $(cat "$base/err") in
*zstd*) skip "this build has no zstd: --keep-undo is refused by name" ;;
esac
same "with room" image ../wanted
good "$mmbright" --undo image
same "taken back" image ../noise

# granules: each of 8 KiB is an old or a new one, and there are some of both.
granules() {
    python3 - image ../noise ../wanted <<'END'
import sys
now, old, new = (open(name, "rb").read() for name in sys.argv[1:])
kinds = {"old": 0, "new": 0}
for at in range(0, len(now), 8192):
    part = slice(at, at + 8192)
    if now[part] == old[part]:
        kinds["old"] += 1
    elif now[part] == new[part]:
        kinds["new"] += 1
    else:
        sys.exit(f"the granule at {at} is neither old nor new")
sys.exit(0 if all(kinds.values()) else f"{kinds}")
END
}

kept=$base/small/kept
for way in "mmap kill 1" "buffered kill 3" "mmap power 2"; do
    read -r io journal threads <<<"$way"
    rm -f image
    cp ../noise image
    head -c $((13 << 16)) /dev/zero >"$base/small/filler"
    full() { expect 1 "$1" change --io=$io --journal=$journal -j $threads --keep-undo="$kept" image; }
    full "^mmbright: .*No space left"
    check "$way: says what cannot be kept" grep -q "^mmbright: $kept: cannot keep what is to be undone there: " "$base/err"
    check "$way: says what to do" grep -q "^mmbright: image: failed: the same command again goes on from here" "$base/err"
    [ $journal = kill ] && check "$way: old or new" granules
    cp image ../half
    expect 1 "is not finished: the same command again finishes it" "$mmbright" --undo="$kept" image
    same "$way: --undo changes nothing" image ../half
    full "No space left"
    [ $journal = kill ] && check "$way: old or new, still" granules
    rm "$base/small/filler"
    good change --io=$io --journal=$journal -j $threads --keep-undo="$kept" image
    same "$way: gone on with" image ../wanted
    only image
    # Taking back needs no room for words; its last frame needs some.
    head -c $((2 << 20)) /dev/zero >"$base/small/filler" 2>/dev/null
    run "$mmbright" --undo="$kept" image
    rm "$base/small/filler"
    [ $status = 0 ] || good "$mmbright" --undo="$kept" image
    same "$way: every byte is back" image ../noise
    check "$way: nothing is left" test -z "$(ls -A "$base/small")"
    only image
done

# No room at all: nothing is touched, and nothing is left but what the same command goes on with.
head -c $((2 << 20)) /dev/zero >"$base/small/filler" 2>/dev/null
expect 1 "kept: cannot make the undo file, nothing is changed: No space left[^;]*$" change --keep-undo="$kept" image
same "no room at all" image ../noise
check "no undo file" test ! -e "$kept"
rm "$base/small/filler"
good change --keep-undo="$kept" image
good "$mmbright" --undo="$kept" image
same "with room again" image ../noise
only image
finish
