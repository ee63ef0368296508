# FILE is changed in place while another tool reads it: a copy waits, or is refused; what is shown is shown with a note.
. "${0%/*}/common.bash"
need_shim
tools=${mmbright%/*}
head -c 4000000 /dev/urandom >original
cp original wanted
good "$mmbright" --add=10 -q -i --journal=off wanted

# start_stopped NAME NUMBER COMMAND...: in the background, stopped before its NUMBER-th pwrite to NAME. Leaves $child.
start_stopped() {
    local name=$1 number=$2
    shift 2
    env "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0" "LD_PRELOAD=$shim" \
        "SHIM_RAISE=$(kill -l STOP):$number:$name" "$@" >"$base/child.out" 2>"$base/child.err" </dev/null &
    child=$!
    while kill -0 $child 2>/dev/null; do
        grep -q '^State:[[:space:]]*[Tt]' /proc/$child/status 2>/dev/null && return
        sleep 0.05
    done
    fail "$*: ended before it was stopped: $(cat "$base/child.err")"
}
let_end() { # STATUS: of the child
    kill -CONT $child
    wait $child
    local status=$?
    check "the child's status is $1: $status $(cat "$base/child.err")" test $status = "$1"
}
changing='(it may|may) be a mixture of old and new$'
noticed() { # WHAT COMMAND...: exit 0, a note, and in JSON, where there is any
    local what=$1
    shift
    run "$@"
    check "$what: exit status $status: $(cat "$base/err")" test "$status" = 0
    check "$what: a note: $(cat "$base/err")" grep -Eq "$changing" "$base/err"
    case " $* " in *" --json "*) check "$what: JSON" grep -q '"changed_meanwhile": true' "$base/out" ;; esac
}
silent() { # WHAT COMMAND...
    local what=$1
    shift
    good "$@"
    case " $* " in *" --json "*) check "$what: JSON" grep -q '"changed_meanwhile": false' "$base/out" ;; esac
}
picture() { [ -e "$tools/mmpng" ]; }
# Where there are no locks, or no other process' locks are known, what follows is seen by the times alone.
has_locks=true
case $kind in *posix*) has_locks=false ;; esac

cp original file
if $has_locks; then
    # ---- -i is at work
    for journal in kill off; do
        cp original file
        start_stopped file 3 "$mmbright" --add=10 -q -i --io=buffered --window=64K -j1 --journal=$journal file
        noticed "$journal: mmstat" "$tools/mmstat" --json file
        noticed "$journal: mmstat of a list" "$tools/mmstat" --json file file
        noticed "$journal: mmdump" "$tools/mmdump" file
        check "$journal: it says so" grep -q "^mmdump: file: note: was being changed meanwhile: what is shown" "$base/err"
        silent "$journal: elsewhere" "$tools/mmstat" --json --offset=0 --length=800 original
        expect 1 "file: another process is at work on this range" "$mmbright" --add=10 -o new file
        if [ $journal = off ]; then
            expect 1 "file: another process is at work on this range" "$mmbright" --add=10 -o - file
            expect 1 "file: another process is at work on this range" "$tools/mmgen" -t u8 -s 1 --width=100 \
                --height=100 --pattern=tile:file new
            ! picture || expect 1 "file: another process is at work on this range" "$tools/mmpng" export --width=1000 file new.png
        fi
        check "$journal: nothing was made: $(ls)" test "$(ls -A | tr '\n' ' ' | sed 's/file.mmj[^ ]* //')" = "file original wanted "
        let_end 0
        same "$journal" file wanted
        silent "$journal: afterwards, mmstat" "$tools/mmstat" --json file
        silent "$journal: afterwards, mmdump" "$tools/mmdump" file
        silent "$journal: afterwards, -o" "$mmbright" --add=10 --json -f -o new file
        rm -f new
    done
    # Bytes that nobody else has.
    cp original file
    start_stopped file 3 "$mmbright" --add=10 -q -i --io=buffered --window=64K -j1 --journal=off --length=2000000 file
    silent "other bytes: mmstat" "$tools/mmstat" --json --offset=2000000 file
    silent "other bytes: mmdump" "$tools/mmdump" --offset=2000000 file
    noticed "these bytes: mmdump" "$tools/mmdump" --offset=1999992 file
    let_end 0

    # ---- a copy is at work
    cp original file
    good "$tools/mmshard" prepare file new
    start_stopped data 2 "$mmbright" --add=10 -q -o new --shard=1/2 --io=buffered --window=64K -j1 file
    expect 1 "file: another process is at work on this range.*locked for reading by process $child" \
        "$mmbright" --add=10 -q -i --journal=off --length=8 file
    good "$mmbright" -q -i --journal=off --offset=2000000 --add=0 file
    let_end 0
    rm -r new.parts
    mkfifo pipe
    cp original file
    "$mmbright" --add=10 -q -o - file >pipe 2>"$base/child.err" &
    child=$!
    exec 3<pipe
    # With its first byte here it holds what it reads.
    head -c 1 <&3 >copy
    expect 1 "file: another process is at work on this range" "$mmbright" --add=10 -q -i --journal=off file
    expect 1 "another process is at work on this range|locked for reading" "$mmbright" --add=10 -q -i file
    cat <&3 >>copy
    exec 3<&-
    let_end 0 2>/dev/null
    same "a copy that -i came upon" copy wanted
    same "FILE is as it was" file original
    rm -f file.mmj* copy pipe
else
    echo "this build knows no locks: only what is left behind is tried"
fi

# ---- -i was interrupted
cp original file
raised KILL 3 file "$mmbright" --add=10 -q -i --io=buffered --window=64K file
check "killed: $status" test "$status" = 137
noticed "killed: mmstat" "$tools/mmstat" --json file
check "killed: it says so" grep -q "file belongs to an unfinished run: what is shown may be" "$base/err"
noticed "killed: mmdump" "$tools/mmdump" file
! picture || noticed "killed: mmpng" "$tools/mmpng" export --json --width=1000 file new.png
rm -f new.png
run "$tools/mmstat" -q --json file
check "killed: -q is silent" test ! -s "$base/err"
check "killed: but JSON tells" grep -q '"changed_meanwhile": true' "$base/out"
expect 1 "file belongs to an unfinished run" "$mmbright" --add=10 -o new file
good "$mmbright" --add=10 -q -i file
same "finished" file wanted
silent "finished: mmstat" "$tools/mmstat" --json file
finish
