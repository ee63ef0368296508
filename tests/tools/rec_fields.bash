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

finish
