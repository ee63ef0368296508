# restart.bash TOOLS PREFIX: a run in place is killed, and the system starts anew before somebody goes on with it. In Wine
# that is its server: a copy of the folder PREFIX has a server of its own, which is ended.
set -u
. "${BASH_SOURCE[0]%/*}/../support/checks.bash"
tools=$(cd "$1" && pwd) || exit 1
prefix=$(cd "$2" 2>/dev/null && pwd) && [ -f "$prefix/system.reg" ] || {
    echo "SKIPPED: there is no $2, which ./check windows makes"
    exit 77
}
base=$(mktemp -d "${prefix%/*}/wine-restart.XXXXXX") || exit 1
# From here on: the server of PREFIX, which other tests use, is never the one that ends.
export WINEPREFIX=$base/wine LC_ALL=C
end_server() { /usr/lib/wine/wineserver64 -k; }
trap 'cd / && end_server; rm -rf "$base"' EXIT
# Links to the same files, but for those that its server writes. Temporary files of other tests come and go meanwhile:
# that one is not there any more is no error.
mkdir "$base/wine" || exit 1
cp -al "$prefix"/d* "$base/wine/" 2>"$base/said"
grep -v 'No such file or directory$' "$base/said" && exit 1
cp "$prefix"/*.reg "$prefix/.update-timestamp" "$base/wine/" || exit 1
cd "$base" || exit 1
journal=image.mmj.0-67108864
bright=("$tools/mmbright" -q -i --io=buffered -j1 --window=4K --add=1 -t u8 -s 1)

interrupted() { # MODE: killed when its journal is there; leaves $start, what it calls the start of the system
    rm -f image*
    "$tools/mmgen" -q -t u8 -s 1 --width=8192 --height=8192 --pattern=constant:1 image || fail "an image"
    "${bright[@]}" "--journal=$1" image >"$base/said" 2>&1 </dev/null &
    local process=$!
    # By its own name, which it gets when it is complete.
    for _ in {1..6000}; do
        [ -e $journal ] && break
        sleep 0.002
    done
    sleep 0.1
    kill -KILL $process
    wait $process 2>/dev/null
    check "killed with a journal, $1: $(cat "$base/said")" test -e $journal
    # The header's fields 'mode' and 'boot'.
    mode=$(od -A n -t u1 -j 16 -N 1 $journal | tr -d ' ')
    start=$(tail -c +89 $journal | head -c 40 | tr -d '\0')
}
completes() { # WHAT MODE
    "${bright[@]}" "--journal=$2" image >"$base/said" 2>&1 </dev/null
    check "$1: exit status $?: $(cat "$base/said")" cmp -s image <(head -c 67108864 /dev/zero | tr '\0' '\002')
    check "$1: the journal is gone" test ! -e $journal
}
is_refused() { # MODE
    local before
    before=$(sha256sum image $journal)
    "${bright[@]}" "--journal=$1" image >"$base/said" 2>&1 </dev/null
    check "refused: exit status $?: $(cat "$base/said")" grep -q "the system was started again" "$base/said"
    check "nothing is touched" test "$before" = "$(sha256sum image $journal)"
}

interrupted kill
first=$start
check "the start has a name: $first" test -n "$first"
completes "without a restart" kill
for asked in kill power; do
    interrupted $asked
    end_server
    # 1 is mode kill, which does not outlive this; 2 is mode power.
    case $mode in
    1) is_refused $asked ;;
    2) completes "after a restart, $asked" $asked ;;
    *) fail "a journal of mode $mode" ;;
    esac
done
interrupted power
check "another start has another name: $start" test "$start" != "$first"
finish
