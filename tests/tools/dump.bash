# mmdump: records in all forms, and what it refuses.
. "${0%/*}/common.bash"
mmdump=${mmbright%/*}/mmdump
check_help "$mmdump"

printf '\x01\x00\xff\xff\x00\x80\xff\x7f\x02\x00\x03\x00\x04\x00\x05\x00tail' >data
good "$mmdump" -t i16le data
check "a table" diff "$base/out" - <<'EOF'
          offset     red   green    blue   alpha
               0       1      -1  -32768   32767
               8       2       3       4       5
EOF
good "$mmdump" -t i16le --output=csv data
check "csv" diff "$base/out" <(printf 'red,green,blue,alpha\r\n1,-1,-32768,32767\r\n2,3,4,5\r\n')
good "$mmdump" -t i16le --output=hex --count=1 --offset=1px data
check "hex" diff "$base/out" - <<'EOF'
0000000000000008  02 00 03 00 04 00 05 00
EOF
good "$mmdump" --record='u8 a, i16be b, u8 c[2]' --output=json --offset=2 --count=2 data
check "json" diff "$base/out" - <<'EOF'
{"offset": 2, "a": 255, "b": -256, "c0": 128, "c1": 255}
{"offset": 7, "a": 127, "b": 512, "c0": 3, "c1": 0}
EOF
# What the record says is no type that was taken for granted.
check "no note of a type" bash -c '! "$1" --record="u8 a" data 2>&1 | grep -q note:' - "$mmdump"
check "one without a record" bash -c '"$1" data 2>&1 | grep -q "note: raw, 4 x"' - "$mmdump"
printf '\x00\x00\xc0\x7f\x00\x00\x80\xff\x00\x00\x80\x3e\xcd\xcc\xcc\x3d' >floats
good "$mmdump" --record='f32le x' --output=json floats
check "floats in json" diff "$base/out" - <<'EOF'
{"offset": 0, "x": null}
{"offset": 4, "x": null}
{"offset": 8, "x": 0.25}
{"offset": 12, "x": 0.100000001}
EOF
good "$mmdump" --record='f32le x' --output=csv floats
check "floats in csv" diff "$base/out" <(printf 'x\r\nnan\r\n-inf\r\n0.25\r\n0.100000001\r\n')

# Behind four gigabytes, without reading them.
truncate -s 5G large
printf '\x07\x00\x08\x00' | dd of=large bs=1 seek=5000000000 conv=notrunc status=none
good "$mmdump" -t u16le -s 2 --offset=5000000000 --count=1 --output=csv large
check "behind 4 GiB" diff "$base/out" <(printf 'gray,alpha\r\n7,8\r\n')
rm large

# A container: from its first sample on.
good "$mmgen" -t u8 -s 1 --width=3 --height=2 --pattern=constant:9 --format=npy image.npy
good "$mmdump" --output=csv --offset=5 image.npy
check "a container" diff "$base/out" <(printf 'gray\r\n9\r\n')

: >empty
good "$mmdump" empty
expect 2 "goes wrong at 'i17" "$mmdump" --record='u8 a, i17 b' data
expect 2 "goes wrong at" "$mmdump" --record='u8 a[99999]' data
expect 2 "goes wrong at" "$mmdump" --record='u8' data
expect 2 "goes wrong at ''" "$mmdump" --record='u8 a,' data
expect 2 "must be table, csv" "$mmdump" --output=xml data
expect 2 "behind the end" "$mmdump" --offset=21 data
expect 2 "no FILE" "$mmdump"
expect 2 "do not lie together" "$mmdump" --layout=bsq --width=1 --height=2 data
expect 1 "No such file" "$mmdump" missing
"$mmdump" data >/dev/full 2>err && fail "a full stdout is no success"
# There the C runtime forgets why.
[[ $kind = *windows* ]] || grep -q "No space" err || fail "a full stdout: $(cat err)"
finish
