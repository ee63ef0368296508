# mmrec: C over the fields of records, in place and into a new file. What numpy makes of the same is in rec_oracle.py.
. "${0%/*}/common.bash"
mmrec=${mmbright%/*}/mmrec
command -v "${CC:-cc}" >/dev/null || skip "there is no C compiler for mmrec"
mkdir "$base/temporary"
export TMPDIR=$base/temporary
check_help "$mmrec"

# ---- what code means ---------------------------------------------------------------------------------------------------

# Three records of 8 bytes.
fields='u16be a, u8 b, bool c, f32le d'
bytes() { printf '\x01\x02\x05\x02\x00\x00\x80\x3f\xff\xff\xfb\x00\x00\x00\x00\x40\x00\x00\x07\x01\x00\x00\xc0\x40' >data; }
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
becomes() { # HEX ARGUMENT...
    local wanted=$1
    shift
    bytes
    good "$mmrec" -i --record="$fields" "$@" data
    check "$*: $(hex data)" test "$(hex data)" = "$wanted"
}
becomes 010305020000803f0000fb0000000040000107010000c040 'a++'
becomes 010205020000803fffffff00000000400000070100004041 --where='b > 6' 'if (c) d *= 2; else b = sat(u8, b + 10)'
becomes 010205000000803ffffffb0100000040000007000000c040 'c = !c'
# Another spelling of true stays, unless its value changes.
becomes 010205020000803ffffffb0100000040000007010000c040 'c = c || b == 0xfb'
becomes 000005020000803f0001fb0000000040000207010000c040 'a = index;'
becomes 010204020000803ffffffb0000000040000006010000c040 'if (b == 251) break; b--'
becomes 020105020000803ffffffb0000000040000007010000c040 'a = swap(a)'
becomes 00640a020000803f0064fb000000004000010a010000c040 'a = clamp(a, 1, 100); b = clamp(b, 10, 251)'
# A field may be called as what a header or mmrec's own code uses.
bytes
good "$mmrec" -i --record='u8 NULL, u8 memcpy, u8 count, u8 first, gap[4]' 'memcpy = count = NULL + first' data
check "names: $(hex data)" test "$(hex data | head -c 16)" = 010303020000803f
# A gap, an array and C's layout: u8 at 0, f32 at 4.
good "$mmrec" -i --record='u8 x, f32le y' --align=c 'y = x' data
check "aligned: $(hex data)" test "$(hex data | head -c 16)" = 010303020000803f
good "$mmrec" -i --record='gap[1], u8 x[3], gap[4]' 'for (int i = 0; i < 3; i++) x[i] = 10 * i' data
check "an array: $(hex data)" test "$(hex data | head -c 16)" = 01000a140000803f
printf 'abcdabxx' >text
good "$mmrec" -i --record='char t[4]' 'if (memcmp(t, "ab", 2) == 0) t[0] = swap(t[0]) - 32 + index' text
check "text" grep -q '^AbcdBbxx$' text
# Halves: what is set is rounded to even, and a signaling NaN that is not touched keeps its bits.
printf '\x01\x7c\x01\x3c\x01\x00\xff\x7b' >half
good "$mmrec" -i --record='f16le h' 'if (h < 1) h /= 2' half
check "halves: $(hex half)" test "$(hex half)" = 017c013c0000ff7b

# ---- what is refused ---------------------------------------------------------------------------------------------------

bytes
cp data before
refuse() { # STATUS REGEX CODE [ARGUMENT...]
    local wanted=$1 regex=$2 code=$3
    shift 3
    expect "$wanted" "$regex" "$mmrec" -i --record="$fields" "$@" "$code" data
    same "nothing is changed by: $code" data before
}
refuse 2 "CODE:1:6: this bracket closes none" 'a++; }; {'
refuse 2 "CODE:1:9: a bracket is not closed" 'if (c) {'
refuse 2 "CODE:1:3: this bracket closes none" '(a]'
refuse 2 "CODE:2:1: there can be no directive" $'a++;\n#include <stdio.h>'
refuse 2 "brackets are written" '%:include <stdio.h>'
refuse 2 "brackets are written" 'if (c) <% a++; %>'
refuse 2 "the comment has no end" 'a++; /* '
refuse 2 "continued with a backslash" 'a++; // \'
refuse 2 "continued with a backslash" $'a++; // \\\n}'
refuse 2 "quote has no end" 'a = sizeof "'
refuse 2 "quote has no end" $'a = "x\n";'
refuse 2 "no function" 'return'
refuse 2 "no assembler" '__asm__("nop")'
refuse 2 "are taken" 'mmrec_kept = 0'
refuse 2 "there is no code" ' /* */ '
refuse 2 "CODE:2:3: error: .*nosuch" $'a++;\n  nosuch++'
refuse 2 "where:1:5: error: .*nosuch" 'a++' --where='a > nosuch'
refuse 2 "compiler refuses the code" 'system("true")' --where='printf("x")'
refuse 2 "compiler refuses the code" 'a++' --where='a++; 1'
bytes
expect 2 "error: .*(read-only|const)" "$mmrec" -o new --record="$fields" --where='a = 1' data
expect 2 "error: .*(read-only|const)" "$mmrec" -i --record="$fields" --where='(a = 1)' 'a++' data
expect 2 "called 'index'" "$mmrec" -i --record='u8 index' 'index++' data
expect 2 "called 'int'" "$mmrec" -i --record='u8 int' '1' data
expect 2 "two fields are called 'x'" "$mmrec" -i --record='u8 x, u8 x' 'x++' data
expect 2 "goes wrong at 'u8 x\[0\]'" "$mmrec" -i --record='u8 x[0]' 'x[0]++' data
expect 2 "at most 1 MiB" "$mmrec" -i --record='u8 x, gap[1048576]' 'x++' data
expect 2 "goes wrong at ''" "$mmrec" -i --record='' 'x++' data
expect 2 "no type; types are" "$mmrec" -i --record='i17 x' 'x++' data
expect 2 "is needed" "$mmrec" -i 'x++' data
expect 2 "say one of them" "$mmrec" -i -o new --record="$fields" 'a++' data
expect 2 "say what to do" "$mmrec" --record="$fields" 'a++' data
expect 2 "needs two operands" "$mmrec" -i --record="$fields" data
expect 2 "needs --where" "$mmrec" -o new --record="$fields" data
expect 2 "are for -i" "$mmrec" -o new --journal=off --record="$fields" --where=c data
expect 2 "behind the end" "$mmrec" -i --record="$fields" --offset=25 'a++' data
expect 1 "No such file" "$mmrec" -i --record="$fields" 'a++' absent
same "nothing is changed" data before
rm -f text half
only before data

# Code of some size, and many fields.
long=$(printf 'a += %d;' $(seq 5000))
good "$mmrec" -i --record="$fields" "$long" data
check "long code" test "$(hex data | head -c 4)" = "$(printf '%04x' $(((258 + 5000 * 5001 / 2) & 65535)))"
bytes
good "$mmrec" -i --record="$(printf 'u8 v%d, ' $(seq 2000))u8 last" 'last = v7' data
good "$mmrec" -i --record='u8 x' --offset=24 'x++' data
: >empty
good "$mmrec" -i --record='u8 x' 'x++' empty
good "$mmrec" -o none --record='u8 x' --where=1 empty
check "empty stays empty" test ! -s none
rm none empty
same "nothing is changed" data before

# ---- division ----------------------------------------------------------------------------------------------------------

refuse 1 "data: record 2, at byte 16: an integer is divided by zero, or the quotient" 'b /= a; d = 0'
refuse 1 "record 2, at byte 16: .*zero" 'b %= a'
refuse 1 "record 0, at byte 0: .*zero" 'int x = -2147483647 - 1; b = x / (int)(a - 259)'
refuse 1 "nothing is changed" 'b /= a' -n
good "$mmrec" -i --record="$fields" --where='a' 'b = 1000 / a; int big = 2147483647; big += 1; if (big < 0) d = 1 / 0.0' data
check "division: $(hex data)" test "$(hex data)" = 010203020000807fffff00000000807f000007010000c040
# Also where what comes before is long since written.
head -c 4194304 /dev/zero >zeros
cp zeros ../zeros
for how in --io=mmap --io=buffered "--io=mmap --journal=off" "--journal=power"; do
    # shellcheck disable=SC2086 # words
    expect 1 "record 524287, at byte 4194296: an integer" "$mmrec" -i $how -j1 --window=64K --record='u64 v' 'v = 7 / (index != 524287)' zeros
    same "nothing is changed by $how" zeros ../zeros
    only before data zeros
done
rm zeros
bytes
expect 1 "record 2, at byte 16: an integer" "$mmrec" -o new --record="$fields" --where='10 / a' data
check "no output of a failure" test ! -e new

# ---- a new file --------------------------------------------------------------------------------------------------------

good "$mmrec" -o new --json --record="$fields" --where='b > 5' data
check "two are kept: $(hex new)" test "$(hex new)" = fffffb0000000040000007010000c040
check "json" grep -q '"kept_records": 2, "output_bytes": 16' "$base/out"
expect 2 "exists" "$mmrec" -o new --record="$fields" --where=1 data
good "$mmrec" -f -o new --record="$fields" --where='b > 5' 'b = index' data
check "changed on the way: $(hex new)" test "$(hex new)" = ffff010000000040000002010000c040
made() { # HEX ARGUMENT...: of other records
    local wanted=$1
    shift
    good "$mmrec" -f -o new --record="$fields" "$@" data
    check "$*: $(hex new)" test "$(hex new)" = "$wanted"
}
made 05fb07 --map='u8 b'
made fb0000070001 --map='u8 b, gap[1], u8 c' --where='b > 5'
made 003c00400046 --map='f16le d'
# a is still the u16 of FILE where it is added to.
made 020100003ff000000000000000050100000000400000000000000000fb00020000004018000000000000000701 \
    --map='u32le a, f64be d, u8 z[2], bool c' 'z[1] = b; a += index'
made 05000000000000000000000000000000fb000000000000000100000000000000 --align=c --where='index < 2' --map='u8 b, u64le n' 'n = index'
expect 2 "goes with -o OUT" "$mmrec" -i --record="$fields" --map='u8 b' a++ data
expect 2 "another number of elements" "$mmrec" -o other --record="$fields" --map='u8 a[2]' data
expect 2 "map: a field cannot be called 'int'" "$mmrec" -o other --record="$fields" --map='u8 int' data
expect 2 "map=u9 a: .*goes wrong at 'u9 a'" "$mmrec" -o other --record="$fields" --map='u9 a' data
expect 1 "record 2, at byte 16: an integer" "$mmrec" -f -o new --record="$fields" --map='u8 b' 'b /= a' data
expect 2 "input" "$mmrec" -f -o data --record="$fields" --where=1 data
same "FILE stays" data before
good "$mmrec" -n -o other --record="$fields" --where=1 data
check "a plan" grep -q '^records:   3 of 8 bytes' "$base/out"
printf 'xyz' >>data
expect 0 "note: 3 bytes behind the last whole record" "$mmrec" -f -o new --record="$fields" --where=1 data
same "without the rest" new before
expect 0 "note: 3 bytes" "$mmrec" -i --record="$fields" 'a++' data
check "the rest stays" test "$(tail -c 3 data)" = xyz
rm new
only before data

# ---- figures -----------------------------------------------------------------------------------------------------------

bytes
good "$mmrec" --record="$fields" --reduce='count(), sum(a), min(b), max(d), mean(b), sd(b), sum((a, b)), sum(index)' data
check "figures: $(cat "$base/out")" diff "$base/out" - <<'END'
count()      3
sum(a)       65793
min(b)       5
max(d)       6
mean(b)      87.666666666666657
sd(b)        115.49699370786909
sum((a, b))  263
sum(index)   3
END
good "$mmrec" --record="$fields" --where='b > 5' --reduce='count(), min(-(i64)a)' --json data
check "json: $(cat "$base/out")" grep -q '"figures": \[{"figure": "count()", "value": 2}, {"figure": "min(-(i64)a)", "value": -65535}\]' "$base/out"
good "$mmrec" --record="$fields" --where=0 --reduce='count(), sum(a), min(a)' data
check "of no record: $(cat "$base/out")" test "$(tr -s ' \n' ' ' <"$base/out")" = "count() 0 sum(a) 0 min(a) nan "
# More than 64 bits, of both signs; NaN is no extreme.
printf '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f' >wide
good "$mmrec" --record='u64le u' --reduce='sum(u), max(u), sum(-(i64)(u >> 1)), sum((i64)u), sum(0x1p60 * u)' wide
check "wide: $(cat "$base/out")" test "$(awk '{print $NF}' "$base/out" | head -4 | tr '\n' ' ')" = \
    "27670116110564327422 18446744073709551615 -13835058055282163710 9223372036854775806 "
printf '\x00\x00\xc0\x7f\x00\x00\x80\x3f\x00\x00\x00\xc0' >floats
good "$mmrec" --record='f32le x' --reduce='min(x), max(x), sum(x), mean(x), count()' floats
check "nan: $(cat "$base/out")" test "$(awk '{print $NF}' "$base/out" | tr '\n' ' ')" = "-2 1 nan nan 3 "
# The same to the last bit.
head -c 3000000 /dev/urandom >random
list='sum(log(1 + v)), mean(v), sd(v), min(w), max(v)'
good "$mmrec" --record='u32 v, i64 w' --reduce="$list" -j1 --io=buffered random
cp "$base/out" ../figures
for how in "-j2 --io=mmap" "-j3 --window=64K" "--io=direct"; do
    # shellcheck disable=SC2086 # words
    good "$mmrec" --record='u32 v, i64 w' --reduce="$list" $how random
    same "$how" "$base/out" ../figures
done
list='count(), sum(log(1 + v)), mean(v), sd(v), min(w)'
good "$mmrec" --record='u32 v, i64 w' --reduce="$list" --by='v % 1000' -j1 --io=buffered random
cp "$base/out" ../figures
for how in "-j2 --io=mmap" "-j3 --window=64K" "--io=direct"; do
    # shellcheck disable=SC2086 # words
    good "$mmrec" --record='u32 v, i64 w' --reduce="$list" --by='v % 1000' $how random
    same "groups, $how" "$base/out" ../figures
done
good "$mmrec" --record='u32 v, i64 w' --reduce="$list" --where='v % 1000 == 7' --output=csv random
check "a row is what --where gives" grep -q "^7,$(sed -n 2p "$base/out")" <("$mmrec" --record='u32 v, i64 w' --reduce="$list" --by='v % 1000' --output=csv random)
expect 1 "more than 999 values; --max-groups=N" "$mmrec" --record='u32 v, i64 w' --reduce="$list" --by='v % 1000' --max-groups=999 random
good "$mmrec" --record='u32 v, i64 w' --reduce="$list" --by='v % 1000' --max-groups=1000 random
same "as many as there may be" "$base/out" ../figures
good "$mmrec" --record='u32 v, i64 w' --reduce='count()' --by=index --max-groups=250000 random
check "each record is a group: $(wc -l <"$base/out")" test "$(tail -n +2 "$base/out" | tr -s ' ' | grep -c ' 1$')" = 250000
rm wide floats random
expect 1 "record 2, at byte 16: an integer is divided" "$mmrec" --record="$fields" --reduce='sum(b / a)' data
for list in 'nosuch(a)' 'sum' 'sum()' 'count(a)' 'sum(a) + 1' 'sum(a)b()' 'sum(a, b)' '' 'count(),' '(a)'; do
    expect 2 "reduce" "$mmrec" --record="$fields" --reduce="$list" data
done
expect 2 "reduce:1:1: error: .*nosuch" "$mmrec" --record="$fields" --reduce='sum(nosuch)' data
# Groups: the order of signed and unsigned keys, bools, and every form.
groups() { # WANTED ARGUMENT...
    local wanted=$1
    shift
    good "$mmrec" --record="$fields" "$@" data
    check "$*: $(cat "$base/out")" test "$(cat "$base/out")" = "$wanted"
}
list='count(), sum(b), max(d)'
groups $'a - 3  count()  sum(b)  max(d)\n   -3        1       7       6\n  255        1       5       1\n65532        1     251       2' --by='a - 3' --reduce="$list"
groups $'{"a - 3": 255, "count()": 1, "sum(b)": 5, "max(d)": 1}' --by='a - 3' --reduce="$list" --output=json --length=8
groups $'a - 3  count()  sum(b)  max(d)' --by='a - 3' --reduce="$list" --length=0 --offset=24
groups $'(u64)a - 3,max(d)\r\n255,1\r\n65532,2\r\n18446744073709551613,6\r' --by='(u64)a - 3' --reduce='max(d)' --output=csv
groups $'{"c": false, "count()": 1, "mean(b)": 251}\n{"c": true, "count()": 2, "mean(b)": 6}' --by=c --reduce='count(), mean(b)' --output=json
good "$mmrec" --record="$fields" --by=c --reduce='count(), mean(b)' --json data
check "json: $(cat "$base/out")" grep -q '"by": "c", "groups": \[{"key": false, "figures": \[{"figure": "count()", "value": 1}, ' "$base/out"
groups $'"""x,y""[0]",count()\r\n120,3\r' --by='"x,y"[0]' --reduce='count()' --output=csv
groups $'count(),max(b),min(0.0 / c)\r\n0,nan,nan\r' --reduce='count(), max(b), min(0.0 / c)' --where='b == 77' --output=csv
groups '{"count()": 0, "max(b)": null, "min(0.0 / c)": null}' --reduce='count(), max(b), min(0.0 / c)' --where='b == 77' --output=json
expect 1 "record 2, at byte 16: an integer is divided" "$mmrec" --record="$fields" --by='b / a' --reduce='count()' data
expect 2 "by:1:5: error: .*by takes an integer, a bool or a char" "$mmrec" --record="$fields" --by=d --reduce='count()' data
expect 2 "by:1:1: error: .*nosuch" "$mmrec" --record="$fields" --by=nosuch --reduce='count()' data
expect 2 "by takes one expression" "$mmrec" --record="$fields" --by='a, b' --reduce='count()' data
expect 2 "goes with --reduce" "$mmrec" --record="$fields" --by=a --print=a data
expect 2 "goes with --by" "$mmrec" --record="$fields" --max-groups=3 --reduce='count()' data
expect 2 "max-groups" "$mmrec" --record="$fields" --max-groups=0 --by=a --reduce='count()' data
expect 2 "must be table, csv or json" "$mmrec" --record="$fields" --by=a --reduce='count()' -o new data
expect 2 "no --output" "$mmrec" --record="$fields" --reduce='count()' --output=csv --json data
expect 2 "no -i" "$mmrec" -i --record="$fields" --reduce='count()' data
only before data

# ---- values as text ----------------------------------------------------------------------------------------------------

bytes
printf '\0\0\xc0\x7f' | dd of=data bs=1 seek=12 conv=notrunc status=none
list='a, b * 2, c, d, -(i64)a, (u64)-1 + 0 * a, "x,y"[0]'
good "$mmrec" --record="$fields" --where='b > 5' --print="$list" --output=csv data
check "csv: $(cat "$base/out")" diff "$base/out" <(printf '%s\r\n' 'a,b * 2,c,d,-(i64)a,(u64)-1 + 0 * a,"""x,y""[0]"' \
    65535,502,false,nan,-65535,18446744073709551615,x 0,14,true,6,0,18446744073709551615,x)
good "$mmrec" --record="$fields" --where='b > 5' --print='d, b / 2.0' --output=json data
check "json: $(cat "$base/out")" diff "$base/out" - <<'END'
{"index": 1, "d": null, "b / 2.0": 125.5}
{"index": 2, "d": 6, "b / 2.0": 3.5}
END
good "$mmrec" --record="$fields" --print=$'a\n+ 1' data
check "a table: $(cat "$base/out")" diff "$base/out" - <<'END'
           index          a\n+ 1
               0             259
               1           65536
               2               1
END
head -c 1000000 /dev/urandom >random
good "$mmrec" --record='u16le v, u8 w' --where='w < 128' --print='v, w' --output=csv random
/usr/bin/env python3 -c '
import struct
data = open("random", "rb").read()
print("v,w", end="\r\n")
for v, w in struct.iter_unpack("<HB", data[: len(data) // 3 * 3]):
    if w < 128:
        print(v, w, sep=",", end="\r\n")' >../wanted.csv && same "many rows" "$base/out" ../wanted.csv
good "$mmrec" --record='u16le v, u8 w' --where='w < 128' --print='v, w' --output=csv --window=4K --max-mapped=64K random
same "small windows print the same" "$base/out" ../wanted.csv
rm random
bytes
expect 1 "record 2, at byte 16: an integer is divided" "$mmrec" --record="$fields" --print='b / a' data
expect 2 "print:1:1: error: .*nosuch" "$mmrec" --record="$fields" --print='nosuch' data
expect 2 "must be expressions" "$mmrec" --record="$fields" --print='a,,b' data
expect 2 "must be table, csv or json" "$mmrec" --record="$fields" --print=a -o new data
expect 2 "different commands" "$mmrec" --record="$fields" --print=a --reduce='count()' data
expect 2 "no --io, no --threads" "$mmrec" --record="$fields" --print=a -j2 data
expect 2 "no --io, no --threads" "$mmrec" --record="$fields" --print=a --io=mmap data
expect 1 "cannot write to stdout" bash -c '"$@" >/dev/full' - "$mmrec" --record="$fields" --print=a data
only before data

# ---- a key in a sorted file --------------------------------------------------------------------------------------------

# 1000 records of 5 bytes: each key three times, from 0 on, every second number; behind 7 other bytes.
/usr/bin/env python3 -c '
import struct, sys
sys.stdout.buffer.write(b"-------" + b"".join(struct.pack(">IB", i // 3 * 2, i % 256) for i in range(1000)))' >sorted
seek() { # KEY == VALUE, ARGUMENT...
    local wanted=$1
    shift
    run "$mmrec" --record='u32be key, u8 x' --offset=7 --sorted --find="$wanted" "$@" sorted
}
if [ -s sorted ]; then
    for key in 0 2 334 664; do
        seek "key == $key"
        check "key $key: $(cat "$base/out")" test "$status $(tr -s ' \n' ' ' <"$base/out")" = \
            "0 index $((key / 2 * 3)) offset $((7 + key / 2 * 15)) count 3 "
    done
    seek 'key == 666' --json
    check "the last: $(cat "$base/out")" grep -q '"found_index": 999, "found_offset": 5002, "found_records": 1' "$base/out"
    seek '(i64)key - 10 == -10'
    check "an expression" grep -q '^index   0$' "$base/out"
    seek 'key == 333'
    check "no such key: $status" test "$status" = 1
    check "where it would be" grep -q "no record is found; it would be record 501" "$base/err"
    seek 'key == 5000'
    check "behind all" grep -q "it would be record 1000" "$base/err"
fi
rm sorted
expect 2 "no --io, no --threads" "$mmrec" --record="$fields" --sorted --find='a == 1' --max-mapped=1M data
expect 2 "must be KEY == VALUE" "$mmrec" --record="$fields" --sorted --find='a >= 1' data
expect 2 "field behind ==" "$mmrec" --record="$fields" --sorted --find='a == b' data
expect 2 "index is no field" "$mmrec" --record="$fields" --sorted --find='index == 3' data
expect 2 "cannot divide" "$mmrec" --record="$fields" --sorted --find='a == 1 / 2' data
expect 2 "say --sorted" "$mmrec" --record="$fields" --find='a == 1' data
expect 2 "no --where" "$mmrec" --record="$fields" --sorted --find='a == 1' --where=1 data
expect 2 "goes with --find" "$mmrec" -i --record="$fields" --sorted a++ data
expect 1 "no record is found; it would be record 0" "$mmrec" --record="$fields" --sorted --length=0 --offset=24 --find='a == 1' data
only before data

# ---- the cache ---------------------------------------------------------------------------------------------------------

bytes
good "$mmrec" -i --record="$fields" 'a += 3' data
count() { find "$base/cache/mmrec" -type f | wc -l; }
there=$(count)
run "$mmrec" -v -i --record="$fields" 'a += 3' data
check "compiled once" grep -q "was compiled before" "$base/err"
check "no other file" test "$(count)" = "$there"
check "0700" test "$(stat -c %a "$base/cache/mmrec")" = 700
check "0600" test -z "$(find "$base/cache/mmrec" -type f ! -perm 600)"
uncached() { # WHAT: it is compiled
    run "$mmrec" -v -i --record="$fields" 'a += 3' data
    check "$1: status $status" test "$status" = 0
    check "$1: compiled" grep -q "the code is compiled" "$base/err"
}
run env CC='cc -DX' "$mmrec" -v -i --record="$fields" 'a += 3' data
check "another compiler" grep -q "the code is compiled" "$base/err"
for with in CPATH COMPILER_PATH LIBRARY_PATH; do
    run env $with=/nowhere "$mmrec" -v -i --record="$fields" 'a += 3' data
    check "another $with: $(cat "$base/err")" grep -q "the code is compiled" "$base/err"
done
# A compiler behind another program, as "ccache gcc", is one of the two that count.
# shellcheck disable=SC2016 # a program
printf '#!/bin/sh\nexec %s "$@"\n' "${CC:-cc}" >"$base/compiler"
chmod 755 "$base/compiler"
for wanted in "the code is compiled" "was compiled before"; do
    run env CC="env $base/compiler" "$mmrec" -v -i --record="$fields" 'a += 3' data
    check "behind env: $(cat "$base/err")" grep -q "$wanted" "$base/err"
done
echo "# a later version" >>"$base/compiler"
run env CC="env $base/compiler" "$mmrec" -v -i --record="$fields" 'a += 3' data
check "a later version behind env: $(cat "$base/err")" grep -q "the code is compiled" "$base/err"
for file in "$base"/cache/mmrec/*; do chmod 666 "$file"; done
uncached "files that others may write"
for file in "$base"/cache/mmrec/*; do truncate -s -1 "$file"; done
uncached "files that are cut"
for file in "$base"/cache/mmrec/*; do ln "$file" "$file.link"; done
uncached "files with two names"
rm -f "$base"/cache/mmrec/*
uncached "nothing there"
mkdir "$base/kept"
mv "$base"/cache/mmrec/* "$base/kept"
for file in "$base"/kept/*; do ln -s "$file" "$base/cache/mmrec/${file##*/}"; done
uncached "links"
chmod 755 "$base/cache/mmrec"
uncached "an open folder"
check "says why" grep -q "not this user's alone" "$base/err"
chmod 700 "$base/cache/mmrec"
run env SUDO_UID=1000 "$mmrec" -v -i --record="$fields" 'a += 3' data
check "under sudo" grep -q "not kept: this is another user" "$base/err"
good env -u HOME XDG_CACHE_HOME= "$mmrec" -i --record="$fields" 'a += 3' data
expect 1 "no C compiler called 'nosuchcc'. Install one" env CC=nosuchcc "$mmrec" -i --record="$fields" 'a += 4' data
check "no temporary folder is left" test -z "$(ls -A "$TMPDIR")"

# ---- runs that are interrupted -----------------------------------------------------------------------------------------

head -c 4194304 /dev/urandom >../original
cp ../original big
change='v = v * 3 + index; w ^= v >> 16'
big='u64le v, u32le w, gap[4]'
good "$mmrec" -i --record="$big" "$change" big
mv big ../wanted
for how in "--io=buffered -j2" "--io=mmap -j1" "--io=direct" "--journal=off" "--journal=power" "--window=64K -j2"; do
    cp ../original big
    # shellcheck disable=SC2086 # words
    good "$mmrec" -i $how --record="$big" "$change" big
    same "$how" big ../wanted
done
need_shim
rm -f "$base/probe"
for signal in KILL TERM; do
    wanted=75
    [ $signal = TERM ] || wanted=137
    for number in 1 5 9; do
        cp ../original big
        raised $signal $number big "$mmrec" -i --io=buffered -j2 --record="$big" "$change" big
        check "$signal ended it: $status" test "$status" = $wanted
        check "a journal is left" bash -c 'ls big.mmj.* >/dev/null'
        expect 1 "operation differs" "$mmrec" -i --record="$big" "$change;" big
        expect 1 "operation differs" "$mmrec" -i --record="u64be v, u32le w, gap[4]" "$change" big
        expect 1 "repeat the command|mmbright --discard-journal" "$mmrec" -i --journal=off --record="$big" "$change" big
        expect 1 "repeat the command" "$mmrec" -o new --record="$big" --where=1 big
        # Another compiler may go on.
        good env CC='cc -O1' "$mmrec" -i --record="$big" "$change" big
        same "$signal before write $number" big ../wanted
    done
done
rm big
only before data
finish
