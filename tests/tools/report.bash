# Summary, -v, -q, --json, --progress, --dry-run.
. "${0%/*}/common.bash"

head -c 4194304 /dev/urandom >data
before=$(cksum <data)

# --dry-run: the plan, and nothing else.
good "$mmbright" -n -i --offset=8 --length=4000 -a 3 data
for word in "^file: *data, 4194304 bytes" "^range: *offset 8, length 4000" "^pixels: *500 of 4 x i16" "add 3" \
    "in place" "threads"; do
    check "plan says $word" grep -Eq "$word" "$base/out"
done
good "$mmbright" --add=10 -n -o new --width=256 --roi=1,2,3x4 data
check "plan names the new file" grep -q "new file new, 4194304 bytes" "$base/out"
check "plan names the rectangle" grep -q "3x4 at 1,2 of 256x2048" "$base/out"
good "$mmbright" --add=10 -n -i --json data
check "the plan as an object" grep -q '"dry_run": true' "$base/out"
check "plan, to stdout" bash -c "'$mmbright' --add=10 -n -o - data | grep -q 'to stdout'"
expect 2 "are not whole pixels" "$mmbright" --add=10 -n -i --length=5 data
expect 1 "No such file" "$mmbright" --add=10 -n -i missing
check "--dry-run changes nothing" test "$(cksum <data)" = "$before"
only data

# Silence, and talk. stderr is no terminal here.
good "$mmbright" --add=10 -i data
check "nothing on stdout" test ! -s "$base/out"
expect 0 "^mmbright: data: 524288 pixels changed, 4 MiB in " "$mmbright" --add=10 -i -v data
for word in "io [a-z]*: " "windows of .* threads?" "budget of"; do
    check "-v says $word" grep -Eq "^mmbright: data: .*$word" "$base/err"
done
good "$mmbright" --add=10 -i -q -v data
good "$mmbright" --add=10 -i -q --progress=always data
run "$mmbright" --add=10 -i -q --length=1 data
check "-q leaves errors" test "$status" = 2 -a -s "$base/err"

# --json: one line, all keys, an object.
keys="schema tool version file offset length records seconds bytes_per_second io io_reason window_bytes threads windows
peak_mapped_bytes minor_faults major_faults saturated_low saturated_high journal resumed_bytes"
name=$(printf 'a "b\\c\td\n\377\303\244')
cp data "$name"
good "$mmbright" --add=10 -i --json --offset=16 --length=0x100 "$name"
for key in $keys; do
    check "key $key" grep -q "\"$key\": " "$base/out"
done
check "one line" test "$(wc -l <"$base/out")" = 1
check "offset" grep -q '"offset": 16, "length": 256, "records": 32' "$base/out"
check "name" grep -qF '"file": "a \"b\\c\u0009d\u000a\udcffä"' "$base/out"
check "journal" grep -q '"journal": "kill", "resumed_bytes": 0' "$base/out"
if command -v python3 >/dev/null; then
    check "is JSON" python3 -m json.tool "$base/out" "$base/parsed"
    check "the name's bytes" python3 -c '
import json, os, sys
name = os.fsencode(json.load(open(sys.argv[1], encoding="utf-8"))["file"])
sys.exit(name != os.fsencode(sys.argv[2]))' "$base/out" "$name"
    good "$mmgen" --json --width=10 --height=10 made
    check "of mmgen, too" python3 -m json.tool "$base/out" "$base/parsed"
    rm made
else
    echo "SKIPPED: parsing JSON, there is no python3"
fi
rm "$name"
good "$mmbright" -i --json -a 32767 -c a data
check "saturated per channel" grep -Eq '"saturated_low": \[0, 0, 0, 0\], "saturated_high": \[0, 0, 0, [1-9]' "$base/out"
expect 1 "cannot write to stdout" bash -c "exec '$mmbright' --add=10 -i --json data >/dev/full"
for journal in kill off; do
    cp data full
    expect 1 "/dev/full: cannot write it: No space left" "$mmbright" --add=10 -q -i --journal=$journal --report=/dev/full full
    run "$mmbright" --discard-journal full
    rm full
done

# --progress in a log: lines, the last one complete, no carriage return.
expect 0 "^mmbright: data: 100%  4 MiB of 4 MiB  .*B/s  ETA 0:00$" "$mmbright" --add=10 -i --progress=always data
check "no carriage return" bash -c "! grep -q $'\r' '$base/err'"
good "$mmbright" --add=10 -i --progress=never data
good "$mmbright" --add=10 -i --progress=auto data
expect 0 '^\{"tool": "mmbright", "file": "data", "bytes": 4194304, "total_bytes": 4194304, ' \
    "$mmbright" --add=0 -i -t i16le --progress=json data
if command -v python3 >/dev/null; then
    check "progress is JSON" bash -c "while read -r line; do python3 -m json.tool <<<\"\$line\" >/dev/null || exit 1; done < <(grep -v ': note: ' '$base/err')"
fi

# A slow run: lines while it lasts, and SIGUSR1's line.
need_shim
slow() { with_shim SHIM_SLOW_MS=40 "$mmbright" --add=0 -i --journal=off --io=buffered -j1 -t i16le --window=64K "$@" data; }
slow --progress=json 2>"$base/err"
check "several objects: $(wc -l <"$base/err")" test "$(wc -l <"$base/err")" -ge 5
with_shim SHIM_SLOW_MS=2 "$mmbright" --add=0 -i --journal=off --io=buffered -j1 -t i16le --window=4K --progress=json data 2>"$base/err"
seconds=$(tail -1 "$base/err" | sed 's/.*"seconds": \([0-9]*\).*/\1/')
check "$(wc -l <"$base/err") objects in $seconds s" test "$(wc -l <"$base/err")" -le $((10 * seconds + 12))
slow 2>"$base/err" &
sleep 0.5
pid=$(pgrep -P $! -x mmbright || echo $!)
kill -USR1 "$pid"
wait $!
check "goes on after SIGUSR1" test $? = 0
check "SIGUSR1 prints a line" grep -Eq "^mmbright: data: +[0-9]+%  .* of 4 MiB" "$base/err"
check "just one" test "$(grep -vc ': note: ' "$base/err")" = 1
if command -v script >/dev/null; then
    cat >"$base/slow" <<END
exec env ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$shim SHIM_SLOW_MS=30 \
    "$mmbright" --add=10 -i --journal=off --io=buffered -j1 --window=64K data
END
    script -qec "bash $base/slow" /dev/null >"$base/screen" </dev/null
    check "a bar on a terminal" grep -q $'\r.*\[=*>* *\]' "$base/screen"
    check "and the summary" grep -q "pixels changed" "$base/screen"
    script -qec "'$mmbright' --add=10 -i data" /dev/null >"$base/screen" </dev/null
    check "no bar for a short run" bash -c "! grep -q '\[=' '$base/screen'"
    script -qec "'$mmbright' --add=10 -i --progress=always data" /dev/null >"$base/screen" </dev/null
    check "but with always" grep -q '\[=' "$base/screen"
    script -qec "'$mmbright' --add=10 -o - data" /dev/null >"$base/screen" </dev/null
    check "no image to a terminal" test $? = 2
    check "says so" grep -q "stdout is a terminal" "$base/screen"
else
    echo "SKIPPED: terminal tests, there is no script(1)"
fi
finish
