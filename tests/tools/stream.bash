# What is no regular file, or says a wrong size: pipes, stdin, devices, files of /proc and /sys. Bytes, or a refusal.
. "${0%/*}/common.bash"
tools=${mmbright%/*}
python3 -c 'open("data", "wb").write(bytes(range(64)))'
raw="-t u8 -s 1"
good "$tools/mmstat" -q --percentiles=50 $raw data
grep -v data "$base/out" >figures
good "$tools/mmdump" --count=0 $raw data
cp "$base/out" records
alike() { # WHAT FILE
    check "$1: exit status $status: $(head -c 300 "$base/err")" test "$status" = 0
    check "$1: $(head -c 300 "$base/out")" bash -c 'grep -vE "^(data|-|/dev/.*|fifo):" "$1" | cmp -s - "$2"' - "$base/out" "$2"
}
piped() { # COMMAND...: with the image on stdin, as a pipe
    cat data | "$@" >"$base/out" 2>"$base/err"
    status=$?
}
for name in - /dev/stdin; do
    for way in pipe file; do
        if [ $way = pipe ]; then stat=(piped "$tools/mmstat") dump=(piped "$tools/mmdump"); else stat=(redirected "$tools/mmstat") dump=(redirected "$tools/mmdump"); fi
        redirected() { "$@" >"$base/out" 2>"$base/err" <data; status=$?; }
        "${stat[@]}" --percentiles=50 $raw $name
        alike "mmstat $name, $way" figures
        [ $way = file ] || check "said: $(cat "$base/err")" grep -q "^mmstat: $name: note: is no regular file: the 64 bytes that could be read" "$base/err"
        [ $way = pipe ] || check "a file is one: $(cat "$base/err")" test ! -s "$base/err"
        "${dump[@]}" --count=0 $raw $name
        alike "mmdump $name, $way" records
    done
done
# Substitution, a FIFO whose writer comes late, an empty pipe, more than a pipe holds.
"$tools/mmstat" --percentiles=50 $raw <(cat data) >"$base/out" 2>"$base/err"
status=$?
alike "a substitution" figures
mkfifo fifo
{ sleep 0.5; cat data >fifo; } &
"$tools/mmstat" --percentiles=50 $raw fifo >"$base/out" 2>"$base/err"
status=$?
alike "a FIFO" figures
wait
rm fifo
: | "$tools/mmstat" -q $raw - >"$base/out" 2>"$base/err" || fail "an empty pipe: $(cat "$base/err")"
check "no samples" grep -Eq "^ +0 +0 +nan" "$base/out"
head -c 5000000 /dev/urandom >large
cat large | "$tools/mmstat" -q --json $raw - | grep -o '"count": .*"sd"' >"$base/a"
"$tools/mmstat" -q --json $raw large | grep -o '"count": .*"sd"' >"$base/b"
check "more than a pipe holds" test -s "$base/a" -a "$(cat "$base/a")" = "$(cat "$base/b")"
cat large | "$mmbright" -q -o copy $raw --add=3 -
good "$mmbright" -q -o wanted $raw --add=3 large
same "a copy of a pipe" copy wanted
rm large copy wanted
# In place there must be a file; of several FILEs none may be a pipe; a container keeps its meaning.
piped "$mmbright" -i $raw --add=1 -
check "not in place: $(cat "$base/err")" grep -q "stdin cannot be changed in place; a file called - is ./-" "$base/err"
piped "$mmbright" -q -o . -f $raw --add=1 - records
check "alone: $(cat "$base/err")" grep -q "can be read only once" "$base/err"
cp data ./-
good "$mmbright" -q -i $raw --add=1 ./-
check "a file called -" test "$(od -An -tu1 -N2 ./- | tr -d ' ')" = 12
rm ./-
printf 'P5\n8 8\n255\n' >image.pgm
cat data >>image.pgm
cat image.pgm | "$tools/mmstat" -q - >"$base/out" || fail "a container on stdin"
check "a container" grep -q "64 pixels (8 x 8) of 1 x u8, bip, pnm" "$base/out"
if [ -x "$tools/mmpng" ]; then
    good "$tools/mmpng" export -q $raw --width=8 data wanted.png
    cat data | "$tools/mmpng" export -q $raw --width=8 - - | cmp - wanted.png || fail "mmpng from a pipe to a pipe"
    only data figures image.pgm records wanted.png
    expect 2 "both want stdout" "$tools/mmpng" export --json $raw --width=8 data -
    expect 2 "a file called - is ./-" "$tools/mmpng" import - made
    expect 2 "a file called - is ./-" "$tools/mmpng" import wanted.png -
    expect 1 "cannot write to stdout|No space" bash -c 'exec "$@" >/dev/full' - "$tools/mmpng" export $raw --width=8 data -
    rm wanted.png
fi
# Devices without an end, FIFOs without a writer, folders.
for device in /dev/zero /dev/null; do
    expect 1 "$device: is not a regular file but a character device.*head -c BYTES $device" "$tools/mmstat" $device
    expect 1 "$device: is not a regular file" "$mmbright" --add=1 -i $device
done
expect 1 "^mmdump: .*: (is not a regular file|open: )" "$tools/mmdump" .
# Where sizes are lies: the bytes, or a refusal; never nothing.
for name in /proc/version /sys/devices/system/cpu/online; do
    [ -r $name ] || { echo "SKIPPED: no $name"; continue; }
    cat $name >plain
    good "$tools/mmdump" --format=raw --output=csv --count=0 $raw plain
    cp "$base/out" wanted
    expect 0 "^mmdump: $name: note: is no regular file" "$tools/mmdump" --format=raw --output=csv --count=0 $raw $name
    same "mmdump $name" wanted "$base/out"
    good "$mmbright" -q --format=raw -o made $raw --add=1 $name
    check "mmbright -o $name" test "$(stat -c %s made)" = "$(stat -c %s plain)"
    expect 1 "$name: (its size is not that of what can be read|open: )" "$mmbright" -i --format=raw $raw --add=1 $name
    rm made plain wanted
done
# It says 0 bytes, and its first cannot be read: that is no empty image.
[ -e /proc/self/mem ] && expect 1 "^mmstat: /proc/self/mem: (cannot read it: Input/output error|open: )" "$tools/mmstat" $raw /proc/self/mem
# A block device has a size, and is read where it lies.
if [ "$(id -u)" = 0 ] && command -v losetup >/dev/null && head -c 1048576 /dev/zero >disk && loop=$(losetup -f --show disk 2>/dev/null); then
    good "$tools/mmstat" -q $raw --format=raw "$loop"
    check "a block device" grep -q ": 1048576 pixels" "$base/out"
    expect 1 "is a block device: only files are changed in place" "$mmbright" -i $raw --format=raw --add=1 "$loop"
    good "$mmbright" -q -o made $raw --format=raw --add=1 "$loop"
    check "a copy of it" test "$(stat -c %s made)" = 1048576
    losetup -d "$loop"
    rm -f made
else
    echo "SKIPPED: block devices: no loop device"
fi
rm -f disk
# Where no temporary file can be.
cat data | TMPDIR=/nowhere "$tools/mmstat" $raw - >"$base/out" 2>"$base/err"
check "TMPDIR: $(cat "$base/err")" grep -q "cannot keep what it has in a temporary file: No such file or directory; TMPDIR says where" "$base/err"
check "nothing is left in it" test -z "$(ls "${TMPDIR:-/tmp}"/mmview.?????? 2>/dev/null)"
finish
