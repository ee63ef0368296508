# A file that becomes shorter while it is worked on: a message with file and offset, never a signal.
. "${0%/*}/common.bash"

truncate -s 512M sparse
hit=0
# pause ARGUMENT...: stop mmbright in the middle of its work, cut the file, let it go on
pause() {
    local pid
    truncate -s 0 sparse
    truncate -s 512M sparse
    "$mmbright" --add=10 "$@" 2>"$base/err" >"$base/out" &
    pid=$!
    sleep 0.0$((RANDOM % 8 + 1))
    kill -STOP $pid 2>/dev/null
    truncate -s $((RANDOM * 4096)) sparse
    kill -CONT $pid 2>/dev/null
    wait $pid
    status=$?
    checks=$((checks + 1))
    case $status in
    0) ;;
    1)
        hit=$((hit + 1))
        grep -Eq "^mmbright: sparse: .*offset [0-9]+: .*(shorter|trunc)|^mmbright: sparse: .*(behind the end|shorter)" \
            "$base/err" ||
            fail "$*: $(cat "$base/err")"
        ;;
    *) fail "$*: exit status $status: $(cat "$base/err")" ;;
    esac
    [ "$status" = 0 ] || "$mmbright" -q --discard-journal sparse 2>"$base/err"
    only sparse $([ -e new ] && echo new)
    rm -f new
}
for i in $(seq 6); do
    for io in auto mmap buffered direct; do
        pause -i --io=$io -j2 --window=1M sparse
        pause --io=$io -j2 --window=1M -o new sparse
    done
done
check "$hit of 48 runs were cut in their middle" test "$hit" -ge 1
finish
