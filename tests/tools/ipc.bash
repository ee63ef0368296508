# mmipc: maps, mutexes and events from the shell, between processes that come and go.
. "$(dirname "$0")/common.bash"
mmipc=${mmbright%/*}/mmipc
[ -x "$mmipc" ] || { echo "FAILED: there is no $mmipc"; exit 1; }
directory=/dev/shm
[ -d $directory ] || directory=/tmp
own="ipc-$$"

tidy() {
    local name
    for name in map other two words mutex event ev2; do
        rm -f "$directory/mmv.$own-$name"
    done
    clean_up
}
trap tidy EXIT

# ---- maps
map=$own-map
good "$mmipc" create "$map" 100K
check "a map has its size" [ "$(stat -c %s "$directory/mmv.$map")" = 102400 ]
check "a map is its owner's alone" [ "$(stat -c %a "$directory/mmv.$map")" = 1600 ]
expect 2 "exist" "$mmipc" create "$map" 1M
good "$mmipc" open-or-create "$map" 1M
check "an existing map keeps its size" [ "$(stat -c %s "$directory/mmv.$map")" = 102400 ]
head -c 90000 /dev/urandom >data
"$mmipc" write "$map" --offset=10K <data || fail "write"
good "$mmipc" read "$map" --offset=10K --length=90000
same "what was written is read" data "$base/out"
dd if="$directory/mmv.$map" bs=10K skip=1 2>/dev/null | head -c 90000 | cmp -s - data ||
    fail "the path has not the same bytes"
"$mmipc" read "$map" >all
check "all of it is read" [ "$(stat -c %s all)" = 102400 ]
# More than fits: what fits is there, and it is said.
"$mmipc" write "$map" --offset=102000 <data 2>err
status=$?
check "too much for the map fails" [ $status = 1 ]
check "and says how much there was room for" grep -q "400 bytes" err
"$mmipc" read "$map" --offset=102000 | cmp -s - <(head -c 400 data) || fail "what fits is not there"
"$mmipc" write "$map" --offset=102400 </dev/null || fail "nothing, at the end"
expect 2 "reach behind" "$mmipc" read "$map" --offset=102401
expect 2 "reach behind" "$mmipc" read "$map" --offset=1 --length=102400
good "$mmipc" read "$map" --offset=102400
check "nothing is nothing" [ ! -s "$base/out" ]
expect 1 "No such file" "$mmipc" read "$own-none"
expect 1 "No such file" "$mmipc" write "$own-none"
expect 1 "No such file" "$mmipc" stat "$own-none"
expect 1 "No such file" "$mmipc" remove "$own-none"
"$mmipc" read "$map" >/dev/full 2>err
check "a full stdout is an error" [ $? = 1 ]

# ---- rights and lists
good "$mmipc" chmod "$map" 640
check "chmod changes the mode and nothing else" [ "$(stat -c %a "$directory/mmv.$map")" = 1640 ]
good "$mmipc" create "$own-other" 1 --mode=660
check "--mode is the mode" [ "$(stat -c %a "$directory/mmv.$own-other")" = 1660 ]
good "$mmipc" list
check "the list has both" [ "$(grep -c " $own-" "$base/out")" = 2 ]
check "and their modes" grep -Eq "^map +100 KiB 0640 .* persists +$map\$" "$base/out"
good "$mmipc" stat "$map"
check "stat says what it is" grep -qx "kind: map" "$base/out"
check "and how long" grep -qx "capacity: 102400" "$base/out"
good "$mmipc" stat --json "$map"
check "the same as JSON" grep -q "\"kind\": \"map\", \"capacity\": 102400" "$base/out"
good "$mmipc" remove "$own-other"
expect 1 "No such file" "$mmipc" remove "$own-other"
# Nothing but a link of somebody's: not followed, not removed.
echo mine >victim
ln -s "$PWD/victim" "$directory/mmv.$own-other"
expect 1 "link" "$mmipc" write "$own-other"
expect 1 "link" "$mmipc" remove "$own-other"
check "a link's target is as it was" [ "$(cat victim)" = mine ]
rm -f "$directory/mmv.$own-other"

# ---- usage
expect 2 "no ACTION" "$mmipc"
expect 2 "there are create" "$mmipc" make x
expect 2 "no NAME" "$mmipc" create
expect 2 "no SIZE" "$mmipc" create "$own-two"
expect 2 "too many" "$mmipc" create "$own-two" 1 2
expect 2 "SIZE=1Q" "$mmipc" create "$own-two" 1Q
expect 2 "1 byte to" "$mmipc" create "$own-two" 0
expect 2 "1 to 32767 bytes" "$mmipc" create "" 1
expect 2 "xxx" "$mmipc" create "$(printf 'x%.0s' {1..32768})" 1
expect 2 "no MODE" "$mmipc" chmod "$map"
for mode in 8 rw 1000 0 -1 077 200; do
    expect 2 "octal mode|unknown|invalid" "$mmipc" chmod "$map" -- "$mode"
done
expect 2 "behind --" "$mmipc" lock "$own-mutex" ls -v
expect 2 "no COMMAND" "$mmipc" lock "$own-mutex" --
expect 2 "timeout" "$mmipc" wait "$own-event" --timeout=soon
expect 2 "means nothing" "$mmipc" stat "$map" --offset=1
expect 2 "means nothing" "$mmipc" read "$map" --timeout=1
expect 2 "means nothing" "$mmipc" create "$own-two" 1 --json
check "no usage error made anything" [ ! -e "$directory/mmv.$own-two" ]

# ---- events: a signal waits for who waits
event=$own-event
good "$mmipc" signal "$event"
good "$mmipc" wait "$event" --timeout=0
expect 1 "not signalled in time" "$mmipc" wait "$event" --timeout=0.05
"$mmipc" wait "$own-ev2" --timeout=60 &
waiter=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -e "$directory/mmv.$own-ev2" ] && break
    sleep 0.2
done
good "$mmipc" signal "$own-ev2"
check "who waits is woken" wait $waiter
expect 1 "of the kind event" "$mmipc" read "$event"
expect 1 "of the kind event" "$mmipc" lock "$event" -- true
expect 2 "exist|kind" "$mmipc" create "$event" 1

# ---- mutex: one at a time, whoever dies
mutex=$own-mutex
run "$mmipc" lock "$mutex" -- sh -c 'exit 7'
check "the command's status is ours" [ $status = 7 ]
run "$mmipc" lock "$mutex" -- sh -c 'kill -9 $$'
check "a command that was killed" [ $status = 137 ]
expect 127 "cannot run it" "$mmipc" lock "$mutex" -- ./not-there
: >not-a-program
expect 126 "cannot run it" "$mmipc" lock "$mutex" -- ./not-a-program
run sh -c "trap '' CHLD; exec \"\$0\" lock $mutex -- sh -c 'exit 9'" "$mmipc"
check "a parent that ignores SIGCHLD" [ $status = 9 ]
# Eight at once count with a plain file: nothing is lost.
echo 0 >count
for _ in 1 2 3 4 5 6 7 8; do
    "$mmipc" lock "$mutex" -- sh -c 'n=$(cat count); sleep 0.01; echo $((n + 1)) >count' &
done
wait
check "eight one after the other" [ "$(cat count)" = 8 ]
mkfifo held
"$mmipc" lock "$mutex" -- sh -c 'echo yes >held; exec sleep 60' &
holder=$!
read -r _ <held
expect 1 "somebody else holds it" "$mmipc" lock "$mutex" --timeout=0.05 -- true
good "$mmipc" stat "$mutex"
check "stat says that it is used" grep -Eqx "in use: (yes|no)" "$base/out"
kill -9 $holder
wait $holder 2>/dev/null
run "$mmipc" lock "$mutex" --timeout=30 -- echo mine
check "after a holder's death the next one has it" [ "$(cat "$base/out")" = mine ]
check "and is told" grep -q "last holder died" "$base/err"
good "$mmipc" lock "$mutex" -- true
# SIGTERM is the command's; mmipc gives the lock back.
"$mmipc" lock "$mutex" -- sh -c 'echo yes >held; exec sleep 60' &
holder=$!
read -r _ <held
kill -TERM $holder
wait $holder
check "SIGTERM is passed on" [ $? = 143 ]
good "$mmipc" lock "$mutex" --timeout=0 -- true
for name in map mutex event ev2; do
    good "$mmipc" remove "$own-$name"
done

# ---- any text is a name, and is shown as it was given
long=$own-$(printf 'x%.0s' {1..300})
for name in "$own-a/b" "$own-100%" "$own"$'-a\nb' "Global\\$own" "$long"; do
    good "$mmipc" create "$name" 10
    "$mmipc" list --json >"$base/out"
    check "list shows the name $name" env NAME="$name" python3 -c '
import json, os, sys
names = [json.loads(line)["name"] for line in open(sys.argv[1])]
sys.exit(os.environ["NAME"] not in names)' "$base/out"
    good "$mmipc" stat "$name"
    good "$mmipc" remove "$name"
done
good "$mmipc" create "Local\\$own-map2" 10
good "$mmipc" remove "$own-map2"

# ---- the way from Python that mmipc(1) shows: the name stays when the program ends
if command -v python3 >/dev/null; then
    good "$mmipc" create "$own-python" 64K
    check "from Python" python3 - "$directory/mmv.$own-python" <<'END'
import mmap, sys
with open(sys.argv[1], "r+b") as file, mmap.mmap(file.fileno(), 0) as frame:
    frame[:5] = b"frame"
END
    run "$mmipc" read "$own-python" --length=5
    check "it is there, and has it" test "$status $(cat "$base/out")" = "0 frame"
    good "$mmipc" remove "$own-python"
fi

# ---- files that are only called like maps
result=$own-other
head -c 80000 /dev/urandom >image
good "$mmbright" -q --add=10 -o "$directory/mmv.$result" image
cp "$directory/mmv.$result" kept
good "$mmipc" list
check "a result is no name" test -z "$(grep -e "$result" "$base/out")"
for action in "read $result" "stat $result" "remove $result" "write $result" "chmod $result 0644"; do
    expect 1 "is some other file" "$mmipc" $action
done
expect 2 "is some other file" "$mmipc" create "$result" 1M
same "the result is as it was" kept "$directory/mmv.$result"
# A copy of a map is none, though it has its mode.
good "$mmipc" create "$map" 100K
cp -a "$directory/mmv.$map" "$directory/mmv.$own-two"
rm "$directory/mmv.$result"
good "$mmipc" list
check "the map is listed" grep -q -e "$map" "$base/out"
check "and its copy is not" test -z "$(grep -e "$own-two" "$base/out")"
check "the copy is there" test -e "$directory/mmv.$own-two"
good "$mmipc" remove "$map"
check "a map's label goes with the map" test -z "$(compgen -G "$directory/.mmv.$map.*")"
finish
