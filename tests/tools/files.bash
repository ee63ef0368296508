# Which files are taken and made, and what is left when that fails.
. "${0%/*}/common.bash"

head -c 65536 /dev/urandom >data
expected() { "$oracle" data "$base/expected" i16 4 bip 8192 1 0 65536 - 1111 10 1 >/dev/null; }
expected

# Not a file to work on: exit 1.
mkdir folder
mkfifo fifo
expect 1 "^mmbright: missing: .*No such file" "$mmbright" --add=10 -i missing
expect 1 "^mmbright: folder: " "$mmbright" --add=10 -i folder
expect 1 "^mmbright: folder: " "$mmbright" --add=10 -o new folder
expect 1 "^mmbright: fifo: " timeout 10 "$mmbright" --add=10 -i fifo
expect 1 "^mmbright: fifo: " timeout 10 "$mmbright" --add=10 -o new fifo
expect 1 "^mmbright: /dev/null: " "$mmbright" --add=10 -i /dev/null
expect 1 "^mmbright: /dev/zero: " "$mmbright" --add=10 -o new /dev/zero
expect 1 "^mmbright: data/x: " "$mmbright" --add=10 -i data/x
if command -v python3 >/dev/null; then
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    expect 1 "^mmbright: socket: " "$mmbright" --add=10 -i socket
    expect 1 "^mmbright: socket: " "$mmbright" --add=10 -o new socket
    rm socket
else
    echo "SKIPPED: sockets, there is no python3 to make one"
fi
rm -r folder fifo
only data

# Without rights: root has them all, so another user is needed.
if [ "$(id -u)" != 0 ]; then
    as_user=
elif command -v setpriv >/dev/null; then
    as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod 711 "$base"
    chmod 777 .
    # The build folder may not be open to everybody.
    cp "$mmbright" "$base/mmbright"
fi
if [ -n "${as_user-none}" ] && [ "${as_user-none}" = none ]; then
    echo "SKIPPED: permissions, neither an ordinary user nor setpriv"
else
    tool=$mmbright
    [ "$(id -u)" = 0 ] && tool=$base/mmbright
    before=$(cksum <data)
    chmod 444 data
    expect 1 "^mmbright: data: .*Permission denied" $as_user "$tool" --add=10 -i data
    good $as_user "$tool" --add=10 -o new data
    same "from a read-only file" new "$base/expected"
    rm -f new
    chmod 000 data
    expect 1 "^mmbright: data: .*Permission denied" $as_user "$tool" --add=10 -o new data
    chmod 644 data
    mkdir closed
    chmod 555 closed
    expect 1 "^mmbright: closed/new: .*Permission denied" $as_user "$tool" --add=10 -o closed/new data
    rmdir closed
    check "untouched" test "$(cksum <data)" = "$before"
    only data
fi

# The new file: name, mode, replacing.
good "$mmbright" --add=10 -o new data
same "new file" new "$base/expected"
good "$mmbright" --add=10 -f -o new data
same "replaced file" new "$base/expected"
mkdir folder
good "$mmbright" --add=10 -o folder data
same "in a folder" folder/data "$base/expected"
expect 2 "folder/data: exists already" "$mmbright" --add=10 -o folder/ data
good "$mmbright" --add=10 -o folder/other data
same "named in a folder" folder/other "$base/expected"
expect 1 "^mmbright: nowhere/new: .*No such file" "$mmbright" --add=10 -o nowhere/new data
expect 2 "is not a directory" "$mmbright" --add=10 -o nowhere/ data
rm -r folder new
for mask in 022 077 002; do
    for mode in 644 600 444 4755 666; do
        chmod $mode data
        check "copy with umask $mask" bash -c "umask $mask; exec '$mmbright' --add=10 -o new data"
        wanted=$(printf '%o' $((0$mode & 0777 & ~0$mask)))
        check "mode $mode with umask $mask: $(stat -c %a new) instead of $wanted" test "$(stat -c %a new)" = "$wanted"
        rm -f new
    done
done
chmod 644 data

# Links: the input under another name is refused, a link as OUT is not followed.
ln -s data link
ln data hard
expect 2 "link: is the input itself; use -i" "$mmbright" --add=10 -f -o link data
expect 2 "hard: is the input itself; use -i" "$mmbright" --add=10 -f -o hard data
expect 2 "data: is the input itself; use -i" "$mmbright" --add=10 -f -o data link
rm link hard
echo precious >victim
ln -s victim link
expect 2 "link: exists already" "$mmbright" --add=10 -o link data
good "$mmbright" --add=10 -f -o link data
check "the link is replaced" test ! -L link
same "instead of the link" link "$base/expected"
check "its target is left alone" test "$(cat victim)" = precious
ln -sf gone dangling
expect 2 "dangling: exists already" "$mmbright" --add=10 -o dangling data
check "a dangling link is not followed" test ! -e gone
rm link victim dangling
only data

# A file that appears meanwhile stays; no part of ours remains. Also with names instead of nameless files.
need_shim
for how in A=1 SHIM_NO_TMPFILE=1 "SHIM_NO_TMPFILE=1 SHIM_NO_LINK=1"; do
    rm -f "$base/mark"
    with_shim $how SHIM_SLOW_MS=1000 "$mmbright" --add=10 --io=buffered -j1 -o new data 2>"$base/err" &
    for i in $(seq 200); do [ -e "$base/mark" ] && break; sleep 0.05; done
    echo mine >new
    wait $!
    check "$how: refused late" test $? = 1
    check "$how: says so" grep -q "new: appeared meanwhile" "$base/err"
    check "$how: left alone" test "$(cat new)" = mine
    only data new
    check "$how: replaced with -f" with_shim $how "$mmbright" --add=10 -f -o new data
    same "$how" new "$base/expected"
    rm new
    check "$how: made" with_shim $how "$mmbright" --add=10 -o new data
    same "$how" new "$base/expected"
    rm new
    only data
done

# Names at the limit, and folders whose path is longer than any path may be.
long=$(printf 'n%.0s' {1..255})
for how in A=1 SHIM_NO_TMPFILE=1; do
    check "$how: a long name" with_shim $how "$mmbright" --add=10 -q -o "$long" data
    check "$how: a long name, replaced" with_shim $how "$mmbright" --add=10 -q -f -o "$long" data
    same "$how" "$long" "$base/expected"
    rm "$long"
done
only data
expect 1 "File name too long" "$mmbright" --add=10 -o "n$long" data
mkdir folder
mv data "$long"
good "$mmbright" --add=10 -o folder "$long"
same "a long name in a folder" "folder/$long" "$base/expected"
mv "$long" data
rm -r folder
deep=$(printf 'd%.0s' {1..250})
(
    failures=0
    for i in {1..20}; do mkdir "$deep" && cd -P "$deep" 2>/dev/null || { fail "level $i"; break; }; done
    for force in -q -f; do
        good "$mmgen" $force -t u8 -s 1 --width=10 --height=10 new
        good "$mmgen" $force -t u8 -s 1 --width=10 --height=10 --format=envi pair
    done
    only new pair pair.hdr
    [ $failures = 0 ]
) || fail "in a deep folder"
expect 2 "the name is too long" "$mmbright" --add=10 -o "$(printf "$deep/%.0s" {1..20})new" data
expect 1 "File name too long" "$mmbright" -i -a 0 --report="$(printf "$deep/%.0s" {1..20})new" data
rm -r "$deep"

# stdout
check "to a pipe" bash -c "'$mmbright' --add=10 -o - data | cmp - '$base/expected'"
"$mmbright" --add=10 -o - data >new
same "to stdout" new "$base/expected"
rm new
cp data both
expect 2 "stdout is the input itself" bash -c "exec '$mmbright' --add=10 -o - both >>both"
same "input as stdout" data both
rm both
expect 1 "^mmbright: .*stdout is closed" bash -c "exec '$mmbright' --add=10 -o - data >&-"
# With stdout closed FILE must not become stdout, and the report must not land in it.
cp data changed
expect 1 "cannot write to stdout" bash -c "exec '$mmbright' --add=10 -i --json changed >&-"
same "no report inside of the image" changed "$base/expected"
# Everything is changed, and nobody was told: the same command again only tells.
good "$mmbright" --add=10 -i --json changed
same "not changed again" changed "$base/expected"
rm changed
expect 1 "^mmbright: stdout: .*(Broken pipe|EPIPE)" bash -c "set -o pipefail; head -c 33554432 /dev/zero >big; '$mmbright' --add=10 -o - big | :"
rm -f big
expect 1 "^mmbright: stdout: .*No space" bash -c "exec '$mmbright' --add=10 -o - data >/dev/full"
expect 1 "^mmbright: .*cannot write to stdout" bash -c "exec '$mmbright' --help >/dev/full"
expect 1 "^mmbright: .*cannot write to stdout" bash -c "exec '$mmbright' --add=10 -n -o new data >/dev/full"

# Empty: nothing to do is no failure.
: >empty
good "$mmbright" --add=10 -i empty
good "$mmbright" --add=10 -o new empty
check "empty copy" test -f new -a ! -s new
rm new
good "$mmbright" --add=10 -i --offset=65536 data
good "$mmbright" --add=10 -o new --offset=65536 data
same "a copy with an empty range" new data
rm new empty
expect 1 "File too large" bash -c "ulimit -f 8; exec '$mmbright' --add=10 -o new data"
only data

# A range that another process works on.
if [[ $kind = *posix* ]]; then
    echo "SKIPPED: locks, POSIX alone has none that suit"
elif command -v python3 >/dev/null; then
    hold() { # SECONDS: bytes 4096 to 8191 are locked from here on
        : >"$base/held"
        python3 -c 'import fcntl, struct, time, sys
f = open("data", "r+b")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 4096, 4096, 0))
print("held", flush=True)
time.sleep(float(sys.argv[1]))' $1 >"$base/held" 2>&1 &
        holder=$!
        for i in $(seq 50); do grep -q held "$base/held" && return; sleep 0.1; done
        fail "python3 cannot take an OFD lock here"
    }
    hold 60
    expect 1 "data: another process is at work on this range: it is locked for writing by process $holder \(python3?[^)]*\); wait" \
        "$mmbright" --add=10 -i data
    good "$mmbright" -i --offset=8192 -a 0 data
    kill $holder
    wait $holder 2>/dev/null
    hold 1
    good "$mmbright" -i -a 0 data
    wait $holder
else
    echo "SKIPPED: locks, there is no python3 to hold one"
fi
finish
