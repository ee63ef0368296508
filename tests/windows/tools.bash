# tools.bash TOOLS: what Windows does in its own way, tried by Wine: names, ends of lines, Ctrl-C, standard streams, what cannot be.
set -u
. "${BASH_SOURCE[0]%/*}/../support/checks.bash"
tools=$(cd "$1" && pwd) || exit 1
mmbright=$tools/mmbright mmgen=$tools/mmgen mmstat=$tools/mmstat mmdump=$tools/mmdump
unset OMP_NUM_THREADS SLURM_CPUS_PER_TASK NO_COLOR
base=$(mktemp -d "${TMPDIR:-/tmp}/mmv-windows.XXXXXX")
mkdir "$base/files"
cd "$base/files" || exit 1
trap 'cd / && rm -rf "$base"' EXIT

run() { # COMMAND...: leaves $status, $base/out, $base/err
    "$@" >"$base/out" 2>"$base/err" </dev/null
    status=$?
}
good() {
    checks=$((checks + 1))
    run "$@"
    [ "$status" = 0 ] || fail "${*##*/}: exit status $status: $(head -c 400 "$base/err")"
}
expect() { # STATUS REGEX COMMAND...
    local wanted=$1 regex=$2
    shift 2
    checks=$((checks + 1))
    run "$@"
    [ "$status" = "$wanted" ] || fail "${*##*/}: exit status $status instead of $wanted: $(head -c 400 "$base/err")"
    grep -Eq -- "$regex" "$base/err" || fail "${*##*/}: no '$regex' on stderr: $(head -c 400 "$base/err")"
}
only() { # NAME...: nothing else is in the folder
    check "the folder holds: $(ls -A), not: $*" test "$(ls -A)" = "$(printf '%s\n' "$@" | LC_ALL=C sort)"
}
export LC_ALL=C.UTF-8
gen() { # NAME...: a small image
    good "$mmgen" -q -f -t u8 -s 1 --width=16 --height=16 --pattern=constant:13 "$@"
}

# ---- names: of UTF-8, with '\' and with '/', long ones
gen 'Bild äöü 日本 😀.raw'
check "a name of UTF-8" test -f 'Bild äöü 日本 😀.raw'
good "$mmbright" -q -i --add=1 -t u8 -s 1 'Bild äöü 日本 😀.raw'
check "its bytes" cmp -s 'Bild äöü 日本 😀.raw' <(head -c 256 /dev/zero | tr '\0' '\016')
expect 1 '^mmstat: fehlt 日本: .*No such file' "$mmstat" 'fehlt 日本'
mkdir -p 'ordner/innen'
gen 'ordner\innen\eins.raw'
check "a path with backslashes" test -f ordner/innen/eins.raw
good "$mmbright" -q --add=1 -t u8 -s 1 -o 'ordner\innen\' 'Bild äöü 日本 😀.raw'
check "into a folder" test -f 'ordner/innen/Bild äöü 日本 😀.raw'
# A dot of a folder begins no ending, and what is behind '\' is a name.
mkdir 'mit.npy'
gen 'mit.npy\data'
good "$mmstat" -t u8 -s 1 'mit.npy\data'
check "raw in a folder with a dot" test "$(stat -c %s mit.npy/data)" = 256
gen --format=npy 'mit.npy\data.npy'
good "$mmdump" --count=1 --output=csv 'mit.npy\data.npy'
check "npy in a folder with a dot" test "$(tail -1 "$base/out" | tr -d '\r')" = 13
long=$(printf 'n%.0s' {1..100})
mkdir -p "$long/$long/$long"
gen "$long/$long/$long/$long"
check "a path of more than 400 letters" test -s "$long/$long/$long/$long"
good "$mmbright" -q -i --journal=power --add=2 -t u8 -s 1 "$long/$long/$long/$long"
good "$mmstat" -q -t u8 -s 1 "$long/$long/$long/$long"
rm -rf "$long"

# Where Windows would make another file, a stream, or lose the bytes in a device, no output is made.
gen plain.raw
before=$(ls -A)
for name in NUL con 'aux.tif' 'COM1.raw' 'there:stream' 'plain.raw::$DATA' 'point.' 'blank ' 'plain.raw.' 'a?.raw'; do
    expect 2 '^mmbright: .*(device|stream|point or a blank|no names)' "$mmbright" -q -f --add=1 -t u8 -s 1 -o "$name" plain.raw
    expect 2 '^mmgen: .*(device|stream|point or a blank|no names)' "$mmgen" -q -f -t u8 -s 1 --width=4 --height=4 "$name"
done
check "nothing is there but what was: $(ls -A)" test "$(ls -A)" = "$before"
rm plain.raw

# ---- bytes, not lines: LF stays LF, and 26 is no end
printf '\r\n\032\n\r\n\n\032' >lines
cp lines before
good "$mmbright" -q --add=0 -t u8 -s 1 -o copy lines
check "a copy" cmp -s copy before
"$mmbright" -q --add=0 -t u8 -s 1 -o - lines >piped || fail "to stdout"
check "to stdout" cmp -s piped before
"$mmbright" -q --add=0 -t u8 -s 1 -o - - <lines >piped || fail "from stdin"
check "from stdin to stdout" cmp -s piped before
cat lines | "$mmbright" -q --add=0 -t u8 -s 1 -o - - | cat >piped
check "from a pipe to a pipe" cmp -s piped before
good "$mmdump" -t u8 -s 1 --output=json lines
check "no CR in json" test "$(tr -cd '\r' <"$base/out" | wc -c)" = 0
check "a line for each" test "$(wc -l <"$base/out")" = 8
printf 'lines\r\ncopy\r\n' >list
good "$mmbright" -q -i --add=1 -t u8 -s 1 --journal=off --files-from=list
check "a list with CR LF" cmp -s copy <(tr '\012\015\032' '\013\016\033' <before)
rm -f lines before copy piped list

# ---- a new file: old or complete, and nothing of it else
gen new
cp new old
expect 2 'new: exists already; -f replaces it' "$mmbright" --add=1 -t u8 -s 1 -o new old
good "$mmbright" -q -f --add=1 -t u8 -s 1 -o new old
check "replaced" cmp -s new <(head -c 256 /dev/zero | tr '\0' '\016')
expect 2 'is the input itself' "$mmbright" -f --add=1 -t u8 -s 1 -o './NEW' new
chmod 640 old
good "$mmbright" -q --add=1 -t u8 -s 1 -o copy old
check "a copy may be read by nobody who may not read FILE: $(stat -c %a copy)" test $((0$(stat -c %a copy) & 007)) = 0
rm -f new old copy

# ---- Ctrl-C: a run with a journal is gone on with, one without leaves nothing
"$mmgen" -q -t u8 -s 1 --width=8192 --height=8192 --pattern=constant:1 big || fail "a big image"
interrupted() { # COMMAND...: asked for the end after a moment; leaves $status
    "$@" >"$base/out" 2>"$base/err" </dev/null &
    local process=$!
    # Not before its handler is there, and not after its end.
    for _ in {1..200}; do
        compgen -G '*.mmj.*' >/dev/null || compgen -G '.mmview.*' >/dev/null && break
        sleep 0.05
    done
    kill -INT $process 2>/dev/null
    wait $process
    status=$?
}
set -m
interrupted "$mmbright" -i --io=buffered -j1 --window=64K --journal=power --add=1 -t u8 -s 1 big
check "in place: exit status $status instead of 75: $(cat "$base/err")" test "$status" = 75
check "it says by what: $(cat "$base/err")" grep -q 'stopped by Ctrl-C' "$base/err"
good "$mmbright" -q -i --io=buffered -j1 --window=64K --journal=power --add=1 -t u8 -s 1 big
check "gone on with" cmp -s big <(head -c 67108864 /dev/zero | tr '\0' '\002')
interrupted "$mmbright" --io=buffered -j1 --window=4K --add=1 -t u8 -s 1 -o fresh big
check "a new file: exit status $status instead of 130" test "$status" = 130
rm -f big
only 'Bild äöü 日本 😀.raw' mit.npy ordner

# ---- standard streams, and no escape codes in a pipe
gen image
"$mmbright" -i --add=1 -t u8 -s 1 --progress=always image 2>"$base/err" || fail "with progress"
check "no escape codes" bash -c '! grep -q "$(printf "\033")" "$1"' - "$base/err"
check "lines of progress" grep -q '100%' "$base/err"
"$mmstat" -q -t u8 -s 1 image >&- 2>"$base/err" && fail "without stdout"
check "the image is whole without stdout" test "$(stat -c %s image)" = 256

# ---- an undo file, which zstd packs, where the build has that
run "$mmbright" -q -i --add=250 -t u8 -s 1 --keep-undo image
if [ "$status" = 0 ]; then
    good "$mmbright" -q --undo image
    check "taken back" cmp -s image <(head -c 256 /dev/zero | tr '\0' '\016')
else
    check "refused by name: $(cat "$base/err")" grep -q zstd "$base/err"
fi

# ---- names that processes share: mutexes and events of the system, while somebody has them
run "$tools/mmipc" lock "mmv-test-$$" -- cmd /c 'exit 5'
check "the command's status is $status, not 5: $(cat "$base/err")" test "$status" = 5
"$tools/mmipc" lock "mmv-test-$$" -- cmd /c 'ping -n 30 127.0.0.1 >NUL' >"$base/held" 2>&1 &
holder=$!
for _ in {1..100}; do
    run "$tools/mmipc" lock --timeout=0.1 "mmv-test-$$" -- cmd /c 'exit 0'
    [ "$status" = 0 ] || break
done
check "somebody else holds it: $(cat "$base/err")" grep -q 'somebody else holds it' "$base/err"
# Who is killed leaves the name to the others.
kill -KILL $holder
wait $holder 2>/dev/null
run "$tools/mmipc" lock --timeout=20 "mmv-test-$$" -- cmd /c 'exit 6'
check "after its holder was killed: $status: $(cat "$base/err")" test "$status" = 6
"$tools/mmipc" wait --timeout=60 "mmv-event-$$" 2>"$base/waited" &
waiter=$!
for _ in {1..100}; do
    run "$tools/mmipc" signal "mmv-event-$$"
    [ "$status" = 0 ] && break
    grep -q 'nobody waits for it' "$base/err" || fail "a signal: $(cat "$base/err")"
done
wait $waiter
check "it was signalled: $(cat "$base/waited")" test $? = 0
expect 1 'no name lasts longer than its users' "$tools/mmipc" create "mmv-test-$$" 100000

# ---- what cannot be is said
expect 1 "there is no C compiler called 'no-such-compiler'" env CC=no-such-compiler "$tools/mmrec" -i --record='u8 a' 'a = 1' image
PATH=/nowhere run "$mmstat" -t u8 -s 1 --plot=p.png image
check "no gnuplot: $status" test "$status" = 1
finish
