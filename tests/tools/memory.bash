# Each allocation of a run fails in turn: a message and exit 1, or it was not needed; nothing left; and what was begun
# is finished.
. "${0%/*}/common.bash"

memory=${shim/shim/memory}
head -c 1500000 /dev/urandom >"$base/before"
cp "$base/before" data
"$oracle" data "$base/after" i16 4 bip 187500 1 0 1500000 - 1111 10 1 >/dev/null
fired() { [ -e "$base/fired" ]; }

# with_failure N COMMAND...: leaves $status and $base/err
with_failure() {
    local number=$1
    shift
    rm -f "$base/fired"
    run env "MEMORY_FAIL=$number" "MEMORY_MARK=$base/fired" "LD_PRELOAD=$memory" "$@"
}

# What the run was told; a status above 2 is a crash.
told() {
    local number=$1
    shift
    check "allocation $number of $*: exit status $status: $(head -c 300 "$base/err")" test "$status" -le 2
    [ "$status" = 0 ] || check "allocation $number of $*: says why" test -s "$base/err"
}

good_again() {
    local number=$1
    shift
    check "allocation $number of $*: the same command again" "$mmbright" --add=10 "$@" data >"$base/out" 2>"$base/err"
}

total=0 failed=0
# each_in_place ARGUMENT...
each_in_place() {
    local number
    for number in $(seq 3000); do
        cp "$base/before" data
        with_failure "$number" "$mmbright" --add=10 "$@" data
        fired || break
        told "$number" "$@"
        total=$((total + 1))
        if [ "$status" != 0 ]; then
            failed=$((failed + 1))
            # Not begun, begun, or done with only the report missing: never in part without a journal.
            if [ "$(ls -A)" != data ] || ! { cmp -s data "$base/before" || cmp -s data "$base/after"; }; then
                good_again "$number" "$@"
            fi
            cmp -s data "$base/before" && continue
        fi
        same "allocation $number of $*" data "$base/after"
        only data
    done
    check "$*: there is an end" test "$number" -lt 3000
}

each_output() {
    local number
    cp "$base/before" data
    for number in $(seq 3000); do
        with_failure "$number" "$@"
        fired || break
        told "$number" "$@"
        total=$((total + 1))
        if [ "$status" = 0 ]; then
            same "allocation $number of $*" new "$base/after"
        else
            failed=$((failed + 1))
            # Only the report can fail once OUT is there.
            [ ! -e new ] || same "allocation $number of $*" new "$base/after"
        fi
        rm -f new
        only data
    done
    rm -f new
    check "$*: there is an end" test "$number" -lt 3000
}

for io in mmap buffered direct; do
    each_in_place -i -j2 --io=$io
    each_output "$mmbright" --add=10 -j2 --io=$io -o new data
done
each_in_place -i -j2 --journal=power --sync
each_in_place -i --journal=kill --verify --json -v --progress=always
SHIM_NO_TMPFILE=1 each_output "$mmbright" --add=10 -f --sync --verify -o new data
echo "$total allocations failed, $failed of them failed the run"
check "some failed the run" test "$failed" -gt 20
finish
