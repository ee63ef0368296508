# A full file system, on a small tmpfs: a message, no signal, nothing left.
. "${0%/*}/common.bash"

[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
mkdir "$base/small"
mount -t tmpfs -o size=8m mmview "$base/small" 2>/dev/null || skip "cannot mount a tmpfs here"
trap 'cd /; umount "$base/small"; clean_up' EXIT
cd "$base/small" || exit 1

head -c 16777216 /dev/urandom >"$base/files/large"
# Where holes can be filled before, nothing is begun, and no journal is left. POSIX cannot.
journal="kill"
[[ $kind = *posix* ]] && journal=off
for io in auto mmap buffered direct; do
    expect 1 "^mmbright: .*new: .*No space left" "$mmbright" --add=10 --io=$io -o new "$base/files/large"
    only
    expect 1 "^mmgen: new: .*No space left" "$mmgen" --io=$io --width=1024 --height=2048 new
    only
    # Holes that cannot be filled: some samples are changed, and the message says where it ended.
    truncate -s 64M holes
    # POSIX alone cannot find out why the access failed.
    why="[Nn]o space"
    [[ $kind = *posix* ]] && why="([Nn]o space|error)"
    expect 1 "^mmbright: holes: .*at offset [0-9]+: .*$why" "$mmbright" --add=10 --io=$io --journal=$journal -i holes
    check "$io: says what is changed" grep -Eq "^mmbright: holes: failed: " "$base/err"
    rm holes
    only
done
expect 1 "No space left" with_shim SHIM_NO_TMPFILE=1 "$mmbright" --add=10 -o new "$base/files/large"
only
good "$mmgen" --width=512 --height=512 fits
good "$mmbright" --add=10 -o fits2 fits
finish
