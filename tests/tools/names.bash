# Names are data: whatever a file is called, no tool sends a byte of the name to a terminal that would act on it, and no
# name begins a line. JSON has the name to the byte.
. "${0%/*}/common.bash"
tools=${mmbright%/*}
export LC_ALL=C.UTF-8
evil=$'e\x1b]0;T\x07\x1b[2J\nmmbright: all is fine \xff\x9b\xc2\x9b\xe2\x80\xae\xc3\xa9'
shown='e\033]0;T\007\033[2J\nmmbright: all is fine \377\233\302\233\342\200\256é'

calm() { # WHAT: what was printed is text, and says the name
    check "$1: bytes for the terminal: $(cat -v "$base/out" "$base/err")" \
        python3 -c '
import sys, unicodedata
for name in sys.argv[1:]:
    for c in open(name, encoding="utf-8").read():
        assert c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"), c' "$base/out" "$base/err"
    check "$1: no line of its own: $(cat -v "$base/out" "$base/err")" bash -c '! cat "$@" | grep -q "^mmbright: all is fine"' \
        - "$base/out" "$base/err"
    check "$1: the name: $(cat -v "$base/out" "$base/err")" bash -c 'cat "${@:2}" | grep -qF -- "$1"' \
        - "$shown" "$base/out" "$base/err"
}

exact() { # WHAT KEY: stdout is an object whose KEY ends with the name's bytes
    check "$1: $2 is exact: $(cat -v "$base/out")" python3 -c '
import json, os, sys
value = os.fsencode(json.loads(open(sys.argv[1]).readlines()[-1])[sys.argv[2]])
assert value.endswith(os.fsencode(sys.argv[3])), value' "$base/out" "$2" "$evil"
    check "$1: and nothing for a terminal" bash -c '! grep -q "[[:cntrl:]]" "$1"' - "$base/out"
}
command -v python3 >/dev/null || skip "there is no python3"

tool() { # NAME ARGUMENT...: the same name does not exist, exists, and is not one
    local name=$1
    shift
    run "$tools/$name" "$@"
    calm "$name $*"
}
tool mmbright --add=10 -i -v "$evil"
tool mmbright "--$evil"
tool mmbright --add=10 -i --add="$evil" "$evil"
tool mmstat "$evil"
tool mmdump "$evil"
tool mmdump --record="$evil" "$evil"
tool mmdiff "$evil" "$evil"
tool mmdiff --record="$evil" "$evil" "$evil"
tool mmdiff --picture="$evil" --width=100 "$evil" /dev/null
tool mmrec -o new --record="$evil" --where=1 "$evil"
tool mmrec -o new --record="u8 x" --where=1 "$evil"
tool mmshard plan "$evil"
tool mmshard finish "$evil"
tool mmgen --width="$evil" "$evil"
tool mmipc stat "$evil"
tool mmipc "$evil"
[ ! -e "$tools/mmpng" ] || tool mmpng export "$evil" x.png
[ ! -e "$tools/mmpng" ] || tool mmpng import "$evil" x

head -c 80000 /dev/zero >"$evil"
tool mmbright --add=10 -v -i "$evil"
tool mmbright --add=10 -v -o "new-$evil" "$evil"
tool mmbright --add=10 -n -i "$evil"
tool mmbright --add=10 -n -o "other-$evil" "$evil"
tool mmbright --add=10 -i --progress=always "$evil"
tool mmbright --add=10 -o "new-$evil" "$evil"
tool mmbright --add=10 -i "$evil" "nothing-$evil" /dev/null
tool mmbright --add=10 -i "$evil" "./$evil"
tool mmbright --add=10 -i --length=1T "$evil"
tool mmbright --add=10 -i --journal-file="no/$evil" "$evil"
tool mmstat --width=100 -s 3 "$evil"
tool mmgen --width=1 --height=1 "$evil"
tool mmstat -s 3 "$evil"
tool mmdiff -s 3 "$evil" "$evil"
tool mmdiff "$evil" "other-$evil"

# Names of maps have any bytes. What a script reads is JSON.
map="$$"$'\xff\x9b\xe2\x80\xae'
good "$tools/mmipc" create "$map" 10
shown="$$"'\377\233\342\200\256' tool mmipc list
shown="$$"'\377\233\342\200\256' tool mmipc stat "$map"
run "$tools/mmipc" stat --json "$map"
evil=$map exact mmipc name
good "$tools/mmipc" remove "$map"

run "$mmbright" --add=10 --json -i "$evil"
exact "mmbright" file
run "$mmbright" --add=10 --json -f -o "new-$evil" "$evil"
exact "mmbright -o" output
run "$mmbright" --add=10 -q -i --report=report "$evil"
cp report "$base/out"
exact "the report" file
run "$tools/mmstat" --json "$evil"
exact mmstat file
run "$tools/mmdiff" --json "$evil" "$evil"
exact mmdiff file
run "$tools/mmshard" plan --output=json "$evil"
exact mmshard file

# A header's words.
printf 'NRRD0004\ntype: short\ndimension: 2\nsizes: 2 2\nencoding: raw\nendian: little\ndata file: %s\n\n' \
    "${evil//$'\n'/ }" >head.nhdr
shown=${shown//'\n'/ } tool mmstat head.nhdr
finish
