# mmrec: text in records, and records whose file names their fields.
. "${0%/*}/common.bash"
mmrec=${mmbright%/*}/mmrec
command -v "${CC:-cc}" >/dev/null || skip "there is no C compiler for mmrec"

# ---- text --------------------------------------------------------------------------------------------------------------

# Six records of 5 bytes and a number: quotes, a line's end, bytes that are no UTF-8, zeros, and one that fills it.
printf 'a"b\0\0\1x\\y\n\0\2\xffz\xc3\xa9\0\3p\0q\0\0\4full!\5\0\0\0\0\0\6' >data
fields='char t[5], u8 n'
good "$mmrec" --record="$fields" --print='t, n' --output=csv data
check "csv: $(cat -A "$base/out")" cmp -s "$base/out" \
    <(printf '%s\r\n' t,n '"a""b",1' && printf '"x\\y\n",2\r\n\xffz\xc3\xa9,3\r\np\0q,4\r\nfull!,5\r\n,6\r\n')
good "$mmrec" --record="$fields" --print='t' --output=json data
check "json: $(cat "$base/out")" diff "$base/out" - <<'END'
{"index": 0, "t": "a\"b"}
{"index": 1, "t": "x\\y\u000a"}
{"index": 2, "t": "\udcffzé"}
{"index": 3, "t": "p\u0000q"}
{"index": 4, "t": "full!"}
{"index": 5, "t": ""}
END
check "json has every byte" python3 -c '
import json, sys
for line, stored in zip(open(sys.argv[1], encoding="utf-8"), range(0, 36, 6)):
    text = json.loads(line)["t"].encode("utf-8", "surrogateescape")
    wanted = open("data", "rb").read()[stored : stored + 5].rstrip(b"\0")
    assert text == wanted, (text, wanted)' "$base/out"
good "$mmrec" --record="$fields" --print=' t ,t[0]' data
check "a table: $(cat "$base/out")" diff "$base/out" - <<'END'
           index               t            t[0]
               0             a"b               a
               1           x\y\n               x
               2         \377zé            \377
               3          p\000q               p
               4           full!               f
               5                                
END
good "$mmrec" --record='char c' --where='index < 2' --print='c, c + 0' --output=csv data
check "a letter: $(cat "$base/out")" cmp -s "$base/out" <(printf '%s\r\n' 'c,c + 0' a,97 '"""",34')
expect 2 "'t' would be there twice" "$mmrec" --record="$fields" --print='t, n, t' --output=json data
expect 2 "'index' would be there twice" "$mmrec" --record="$fields" --print='index' --output=json data
good "$mmrec" --record="$fields" --print='swap(t[0]), index, index' --where='index == 3' --output=csv data
check "a letter stays: $(cat "$base/out")" grep -q '^p,3,3' "$base/out"
# The longest array there may be, each byte of which becomes four in a table.
head -c 65536 /dev/zero | tr '\0' '\1' >long
good "$mmrec" --record='char t[65536]' --print=t long
check "a long text" test "$(tail -n 1 "$base/out" | tr -dc '\\' | wc -c)" = 65536
rm long

printf 'abc\0\0abcd\0ab\0c\0abcde\0\0\0\0\0' >names
matches() { # NUMBERS EXPRESSION
    good "$mmrec" --record='char t[5]' --where="$2" --print='index' --output=csv names
    check "$2: $(cat "$base/out")" test "$(tail -n +2 "$base/out" | tr -d '\r' | tr '\n' ' ')" = "$1"
}
matches '0 ' 'eq(t, "abc")'
matches '1 ' 'eq("abcd", t)'
matches '2 ' 'eq(t, "ab\0c")'
matches '3 ' 'eq(t, "abcde")'
matches '' 'eq(t, "abcdef")'
matches '4 ' 'eq(t, "")'
matches '0 1 2 3 4 ' 'eq(t, t)'
matches '0 2 4 ' 'cmp(t, "abcd") < 0'
matches '3 ' 'cmp(t, "abcd") > 0'
matches '1 3 ' 'cmp("abc", t) < 0'
matches '0 1 3 ' '!eq(t, "") && memcmp(t, "abc", 3) == 0'
good "$mmrec" --record='char t[5]' --reduce='count(), max(cmp(t, "abcd"))' names
check "a figure: $(cat "$base/out")" grep -q 'cmp(t, "abcd"))  1$' "$base/out"
# A byte of more than 127 is more, whatever char is.
printf '\xe9\0z\0' >high
good "$mmrec" --record='char t[2]' --print='cmp(t, "z")' --output=csv high
check "no signs: $(cat "$base/out")" cmp -s "$base/out" <(printf '"cmp(t, ""z"")"\r\n1\r\n0\r\n')
# What is no text of a known length is refused; a field may have these names.
expect 2 "compiler refuses" "$mmrec" --record='char t[5]' --where='eq(t + 1, "b")' --print=t names
expect 2 "compiler refuses" "$mmrec" --record='u8 t[5]' --where='eq(t, "b")' --print='t[0]' names
good "$mmrec" --record='u8 eq, u8 cmp' --print='eq, cmp' --output=csv high
check "names: $(cat "$base/out")" cmp -s "$base/out" <(printf 'eq,cmp\r\n233,0\r\n122,0\r\n')
printf 'a\0abbbcc' >sorted
good "$mmrec" --record='char t[2]' --find='cmp(t, "bb") == 0' --sorted sorted
check "found: $(cat "$base/out")" grep -q '^index   2$' "$base/out"
rm high names sorted data
only

# ---- files that name their fields --------------------------------------------------------------------------------------

# make_las VERSION FORMAT EXTRA: three points; EXTRA has two extra fields, one of them an array, and two bytes more.
make_las() {
    python3 - "$@" <<'END'
import struct, sys
minor, form, extra = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ["extra"]
sizes = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67]
length = {4: 375, 3: 235}.get(minor, 227)
vlr = b""
if extra:
    def field(kind, name, options=0, scale=0.0):
        return struct.pack("<2xBB32s4x72x24s24x32x", kind, options, name, struct.pack("<3d", scale, 0, 0))
    body = field(9, b"height above (m)", 8, 0.5) + field(14, b"pair")
    vlr = struct.pack("<2x16sHH32x", b"LASF_Spec", 4, len(body)) + body
size = sizes[form] + (10 if extra else 0)
head = bytearray(length)
head[0:4], head[24], head[25] = b"LASF", 1, minor
struct.pack_into("<HIIBHI", head, 94, length, length + len(vlr), 1 if vlr else 0, form, size, 0 if minor == 4 else 3)
struct.pack_into("<6d", head, 131, 0.01, 0.01, 0.001, 100, 200, 0)
if minor == 4:
    struct.pack_into("<Q", head, 247, 3)
points = b""
for i in range(3):
    point = struct.pack("<iiiH", 10 * i, -i, 7, 100 + i)
    point += struct.pack("<BBbBH", 9, 2, -5, 4, 50 + i) if form < 6 else struct.pack("<BBBBhH", 33, 1, 2, 3, -300, 50 + i)
    if form not in (0, 2):
        point += struct.pack("<d", 0.5 + i)
    if form in (2, 3, 5, 7, 8, 10):
        point += struct.pack("<3H", 1000 + i, 2000, 3000)
    if form in (8, 10):
        point += struct.pack("<H", 4000)
    if form in (4, 5, 9, 10):
        point += struct.pack("<BQI4f", 1, 2**40, 5, 1.5, 2, 3, 4)
    points += point + (struct.pack("<fhhxx", 2.5, 6, -7) if extra else b"")
open("p.las", "wb").write(head + vlr + points)
END
}
for form in 0 3 5 6 8 9 10; do
    list='X, Y, Z, intensity, classification, point_source_id' wanted='20,-2,7,102,2,52'
    case $form in 1 | [3-9] | 10) list+=', gps_time' wanted+=',2.5' ;; esac
    case $form in 2 | 3 | 5 | 7 | 8 | 10) list+=', red, blue' wanted+=',1002,3000' ;; esac
    case $form in 8 | 10) list+=', nir' wanted+=',4000' ;; esac
    case $form in 4 | 5 | 9 | 10) list+=', wave_packet_offset, z_t' wanted+=',1099511627776,4' ;; esac
    make_las $((form < 6 ? 2 + form / 4 : 4)) "$form"
    good "$mmrec" --where='index == 2' --print="$list" --output=csv p.las
    check "points of format $form: $(cat "$base/out")" test "$(tail -n 1 "$base/out")" = "$wanted"$'\r'
done
make_las 4 6 extra
expect 0 "note: the last 2 bytes of a point have no description" "$mmrec" --where='index == 1' \
    --print='scan_angle, returns, height_above__m_, pair[0], pair[1]' --output=csv p.las
check "extra bytes: $(cat "$base/out")" grep -q '^-300,33,2.5,6,-7' "$base/out"
check "notes: $(cat "$base/err")" grep -q "mended (1): 'height above (m)' is height_above__m_" "$base/err"
check "a scale: $(cat "$base/err")" grep -q "height above (m): stored numbers, which mean 0.5 \* stored + 0" "$base/err"
check "places: $(cat "$base/err")" grep -q "the place is 0.01.* \* X + 100, " "$base/err"
cp p.las before
expect 0 "note: the bounding box and the numbers" "$mmrec" -i --where='X' 'Z += index' p.las
check "two bytes are others: $(cmp -l p.las before)" test "$(cmp -l p.las before | wc -l)" = 2
good "$mmrec" --print=Z --output=csv p.las
check "in place: $(cat "$base/out")" test "$(tr -d '\r' <"$base/out" | tr '\n' ' ')" = "Z 7 8 9 "
# A new file has the records alone; --offset and --length count from the first of them, and must be whole ones.
expect 0 "note: the new file has the records alone" "$mmrec" -o few --where='index >= 0' --offset=40 --length=40 p.las
check "one record" test "$(stat -c %s few)" = 40
good "$mmrec" --record='i32le X, gap[36]' --print=X --output=csv few
check "the second: $(cat "$base/out")" grep -q '^10' "$base/out"
good "$mmrec" --print='Z, index' --offset=40 --output=csv p.las
check "counted from --offset: $(cat "$base/out")" grep -q '^8,0' "$base/out"
expect 2 "not whole records of 40 bytes" "$mmrec" --print=Z --offset=1 p.las
expect 2 "has 120 bytes of records" "$mmrec" --print=Z --offset=160 p.las
# With --record it is records from its first byte on.
good "$mmrec" --record='char mark[4], gap[371]' --length=375 --print=mark --output=csv p.las
check "raw: $(cat "$base/out")" grep -q '^LASF' "$base/out"
expect 0 "note: the new file" "$mmrec" -f -o few --map='i32be height' 'height = Z' p.las
check "a map: $(od -An -v -tx1 few)" test "$(od -An -v -tx1 few | tr -d ' \n')" = 000000070000000800000009
# What cannot be worked on says why.
printf '\x86' | dd of=p.las bs=1 seek=104 conv=notrunc status=none
expect 1 "points are compressed \(LAZ\); unpack it" "$mmrec" --print=X p.las
printf '\x0b' | dd of=p.las bs=1 seek=104 conv=notrunc status=none
expect 1 "point format 11; 0 to 10" "$mmrec" --print=X p.las
printf '\x06' | dd of=p.las bs=1 seek=104 conv=notrunc status=none
truncate -s -1 p.las
expect 1 "speaks of 3 records of 40 bytes" "$mmrec" --print=X p.las
printf '\x89HDF\r\n\x1a\n' >x.h5
expect 1 "it is HDF5; .*--record=FIELDS takes its bytes" "$mmrec" --print=X x.h5
printf 'PAR1 and more' >x.parquet
expect 1 "it is Parquet" "$mmrec" --print=X x.parquet
gzip -c x.h5 >x.gz
expect 1 "it is gzip; unpack it" "$mmrec" --print=X x.gz
check "no option of another tool: $(cat "$base/err")" test "$(grep -c 'format=raw' "$base/err")" = 0
head -c 64 /dev/zero >raw.bin
expect 2 "raw.bin: nothing tells what its records are: --record=FIELDS is needed" "$mmrec" --print=X raw.bin
printf 'P5 2 2 255\nabcd' >x.pgm
expect 1 "it is an image \(pnm\)" "$mmrec" --print=X x.pgm
expect 1 "No such file" "$mmrec" --print=X absent
expect 2 "no --record" "$mmrec" --record='u8 x' --part=2 --print=x x.h5
expect 2 "align goes with" "$mmrec" --align=c --print=x x.h5
expect 1 "a LAS file has one table" "$mmrec" --part=2 --print=x before
rm -f p.las before few x.h5 x.parquet x.gz x.pgm raw.bin
only

# ---- a struct of C -----------------------------------------------------------------------------------------------------

cat >types.h <<'END'
#include <stdbool.h>
#include <stdint.h>
enum colour { RED = -1, GREEN = 300 };
enum mark { NONE, SOME };
typedef struct { int16_t x, y; } pair;
struct record {
    char name[6];
    char lines[2][4];
    bool done;
    enum colour colour;
    enum mark mark;
    double v;
    pair at;
    const pair more[2];
    struct { float deep; };
    union { int a; float b; } both;
    void *next;
    unsigned three : 3, five : 5;
    long double wide;
    float _Complex z;
    int16_t grid[2][3];
    signed char s;
    unsigned char u;
    long last;
    int rest[];
};
typedef struct record record_t;
struct __attribute__((packed)) tight { char c; uint32_t n; unsigned long long index; };
struct absent;
struct empty {};
struct more { struct empty of[4000]; };
struct most { struct more of[4000]; };
struct hollow { struct most of[4000]; int16_t x; };
END
: >nothing
good "$mmrec" -n -i --include=types.h --struct=record ';' nothing
rm nothing
if grep -q ' name\[6\]$' "$base/out"; then # libdw is there
    cat >offsets.c <<'END'
#include "types.h"
#include <stddef.h>
#include <stdio.h>
#define SHOW(type, name, member) printf("%zu %s %s\n", offsetof(struct record, member), type, name)
int main(void)
{
    const int one = 1;
    const char *e = *(const char *)&one ? "le" : "be";
    char i16[8], i32[8], u32[8], f32[8], f64[8], is[8];
    sprintf(i16, "i16%s", e), sprintf(i32, "i32%s", e), sprintf(u32, "u32%s", e), sprintf(f32, "f32%s", e);
    sprintf(f64, "f64%s", e), sprintf(is, "i%d%s", (int)(8 * sizeof(long)), e);
    SHOW("char", "name[6]", name), SHOW("char", "lines_0[4]", lines[0]), SHOW("char", "lines_1[4]", lines[1]);
    SHOW("bool", "done", done), SHOW(i32, "colour", colour), SHOW(u32, "mark", mark), SHOW(f64, "v", v);
    SHOW(i16, "at_x", at.x), SHOW(i16, "at_y", at.y), SHOW(i16, "more_0_x", more[0].x), SHOW(i16, "more_0_y", more[0].y);
    SHOW(i16, "more_1_x", more[1].x), SHOW(i16, "more_1_y", more[1].y), SHOW(f32, "deep", deep), SHOW(f32, "z[2]", z);
    SHOW(i16, "grid[6]", grid), SHOW("i8", "s", s), SHOW("u8", "u", u), SHOW(is, "last", last);
    struct record r = {.name = "abc", .v = 1.5, .at = {3, -4}, .colour = GREEN, .deep = 2};
    FILE *out = fopen("records", "wb");
    return !out || fwrite(&r, sizeof r, 1, out) + fwrite(&r, sizeof r, 1, out) != 2 || fclose(out) != 0;
}
END
    "${CC:-cc}" -o offsets offsets.c && ./offsets >wanted
    for name in record record_t; do
        expect 0 "both: is no field here, its bytes stay: a union" "$mmrec" -n -i --include=types.h --struct=$name ';' records
        check "members: $(cat "$base/out")" diff <(sed -n 's/^ * \([0-9]* *[^ ]* *[^ ]*\)$/\1/p' "$base/out" | tr -s ' ') wanted
        check "two of them" grep -q '^records:   2 of ' "$base/out"
    done
    for left in 'next: .* pointer' 'three: .* bits' 'five: .* bits' 'wide: .* no such number' 'rest: .* no fixed length'; do
        check "left out: $left" grep -q "note: $left" "$base/err"
    done
    good "$mmrec" -i --include=./types.h --struct=record 'v *= 2; at_y++; colour = index' records
    good "$mmrec" --include=types.h --struct=record --print='name, v, at_y, colour, deep' --output=csv records
    check "changed: $(cat "$base/out")" diff <(tr -d '\r' <"$base/out") <(printf '%s\n' name,v,at_y,colour,deep abc,3,-3,0,2 abc,3,-3,1,2)
    good "$mmrec" -n -i --include=types.h --struct=tight ';' records
    check "packed: $(cat "$base/out")" grep -q '^ *5  u64.*index_$' "$base/out"
    expect 2 "types.h: it has no struct 'absent', whole" "$mmrec" --include=types.h --struct=absent --print=v records
    expect 2 "types.h: it has no struct 'mark'" "$mmrec" --include=types.h --struct=mark --print=v records
    # What has no bytes may be there 4000^4 times.
    good "$mmrec" -n -i --include=types.h --struct=hollow ';' records
    check "one field: $(cat "$base/out")" test "$(grep -c '^ *0  i16.*x$' "$base/out")" = 1
    rm offsets offsets.c wanted records
fi
# The whole struct as r: what is no field, too, and with libdw or without.
cat >make.c <<'END'
#include "types.h"
#include <stdio.h>
int main(void)
{
    struct record r = {.name = "abc", .v = 1.5, .both.a = 7, .three = 5, .five = 9, .wide = 2};
    FILE *out = fopen("records", "wb");
    r.lines[1][0] = 'z';
    return !out || fwrite(&r, sizeof r, 1, out) + fwrite(&r, sizeof r, 1, out) != 2 || fclose(out) != 0;
}
END
"${CC:-cc}" -o make make.c && ./make
cp records before
good "$mmrec" -q --include=types.h --struct=record --where='r->three == 5' \
    --print='r->both.a, r->five, r->at.x, r->v, r->lines[1][0]' --output=csv records
check "a struct: $(cat "$base/out")" test "$(tail -n 1 "$base/out" | tr -d '\r')" = 7,9,0,1.5,z
good "$mmrec" -q --include=types.h --struct=record_t --where='eq(r->name, "abc")' --by='r->five' \
    --reduce='sum(r->v), max(r->wide)' --output=csv records
check "a typedef: $(cat "$base/out")" test "$(tail -n 1 "$base/out" | tr -d '\r')" = 9,3,2
good "$mmrec" -q -i --include=types.h --struct=record 'r->v = r->v' records
same "bytes between members stay" records before
good "$mmrec" -q -i --include=types.h --struct=record --where='index == 1' 'r->five++; r->both.b = 0.5f; r->u = 3' records
good "$mmrec" -q --include=types.h --struct=record --print='r->five, r->both.b, r->u, r->three' --output=csv records
check "changed: $(cat "$base/out")" test "$(tail -n 1 "$base/out" | tr -d '\r')" = 10,0.5,3,5
size=$(($(stat -c %s records) / 2))
check "one record" cmp -n $size records before
good "$mmrec" -q -f -o new --include=types.h --struct=record --where='r->five == 10' 'r->five--' records
check "one is kept: $(stat -c %s new)" test "$(stat -c %s new)" = $size
# Names of mmrec's language may be others in the header.
printf 'typedef unsigned char u64; typedef int sat; struct named { u64 small; sat two; };\n' >named.h
truncate -s 16 sixteen
good "$mmrec" -q -i --include=named.h --struct=named 'r->small = sat(u8, 300); r->two = (u64)1 << 31' sixteen
check "names: $(od -An -v -tx1 sixteen | tr -d ' \n')" test "$(od -An -v -tu4 sixteen | tr -s ' ')" = " 255 2147483648 255 2147483648"
expect 2 "compiler refuses the code" "$mmrec" -q -i --include=types.h --struct=record 'r->nothing = 1' records
expect 2 "absent|incomplete" "$mmrec" -q -i --include=types.h --struct=absent 'r->x = 1' records
rm make make.c records before new named.h sixteen
# Without libdw it is compiled with the rest.
expect 2 "compiler refuses (none.h|the code)" "$mmrec" --include=none.h --struct=record --print=v types.h
expect 2 "go together" "$mmrec" --include=types.h --print=v types.h
expect 2 "go together" "$mmrec" --struct=record --print=v types.h
expect 2 "say one of them" "$mmrec" --include=types.h --struct=record --record='u8 x' --print=v types.h
expect 2 "no --include" "$mmrec" --include=types.h --struct=record --part=1 --print=v types.h

# ---- without a compiler ------------------------------------------------------------------------------------------------

none=(env -u CC PATH=/nonexistent "$mmrec" --print='x + 41')
expect 1 "no C compiler called 'cc'. Install one \(Debian: apt install gcc" "${none[@]}" --record='u8 x' types.h
expect 1 "no C compiler called 'cc'" "${none[@]}" --include=types.h --struct=record types.h
expect 1 "no C compiler called 'nosuch-cc'" env CC='nosuch-cc -O1' "$mmrec" --record='u8 x' --print='x + 42' types.h
rm types.h
only

finish
