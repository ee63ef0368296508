# Samples and their header are one output: old or new, never mixed, wherever the run ends.
. "${0%/*}/common.bash"
mmstat=${mmbright%/*}/mmstat mmshard=${mmbright%/*}/mmshard
export ASAN_OPTIONS=detect_leaks=0 # it cannot look while strace does
command -v strace >/dev/null || skip "there is no strace to end runs where it matters"

# image NAME SIDE: NAME.nhdr and NAME.raw
image() {
    "$mmgen" -t i16le -s 1 --width="$2" --height="$2" --pattern=noise --seed="$2" -f "$1.raw"
    printf 'NRRD0004\ntype: short\ndimension: 2\nsizes: %d %d\nencoding: raw\nendian: little\ndata file: %s.raw\n' \
        "$2" "$2" "$1" >"$1.nhdr"
}
image in 64
"$mmbright" -q -o new.nhdr --add=7 in.nhdr
sed 's/new.raw/out.raw/' new.nhdr >"$base/new.nhdr"
mv new.raw "$base"
rm new.nhdr
# Pairs that OUT may be before: of another size, of the same, and none.
image out 32
mv out.nhdr out.raw "$base"
before() { # WHICH
    rm -f out.* .out.*
    case $1 in
    other) cp "$base"/out.* . ;;
    same)
        cp "$base/new.nhdr" out.nhdr
        cp in.raw out.raw
        ;;
    esac
    rm -rf "$base/old"
    mkdir "$base/old"
    for file in out.*; do [ ! -e "$file" ] || cp "$file" "$base/old"; done
}
is_old() {
    local file
    for file in out.nhdr out.raw; do
        [ -e "$file" ] || [ -e "$base/old/$file" ] || continue
        cmp -s "$file" "$base/old/$file" || return
    done
}
is_new() { cmp -s out.nhdr "$base/new.nhdr" && cmp -s out.raw "$base/new.raw"; }
# What a program sees that knows nothing of records: a header has the samples that it was made for.
is_plain() {
    # Without hard links an empty file holds a new one's place for a moment, and old samples are away for one.
    { [ -s out.nhdr ] && [ -e out.raw ]; } || return 0
    { cmp -s out.raw "$base/old/out.raw" && cmp -s out.nhdr "$base/old/out.nhdr"; } || is_new
}

strace -f -qq -o "$base/log" -e trace=write "$mmbright" -q --version >/dev/null 2>&1 || skip "strace cannot trace here"
tried=0
for which in other same none; do
    force=-f
    [ $which = none ] && force=-q
    # Files without a name, with hidden names, and on a system without hard links.
    for way in A=1 SHIM_NO_TMPFILE=1 "SHIM_NO_TMPFILE=1 SHIM_NO_LINK=1"; do
        for how in {linkat,renameat,renameat2,unlinkat}:{signal=KILL,error=ENOSPC}; do
            for ((n = 1; n < 40; n++)); do
                before $which
                run with_shim $way strace -f -qq -o "$base/log"  -e trace=${how%%:*} -e inject=$how:when=$n \
                    "$mmbright" -q $force -o out.nhdr --add=7 in.nhdr
                what="$which, $way, $how at call $n"
                grep -q -e KILL -e INJECTED "$base/log" || break
                check "$what: for plain programs" is_plain
                # Whoever comes next sees one of the two.
                run "$mmstat" -q -t u8 -s 1 out.raw
                run "$mmstat" -q out.nhdr
                if [ -e out.nhdr ]; then
                    check "$what: read" test $status = 0
                fi
                check "$what: old or new" eval 'is_old || is_new'
                if [ "$way" = A=1 ]; then
                    left=$(find . -name '.?*')
                    check "$what: nothing is left: $left" test -z "$left"
                fi
                # And the same command makes the new one.
                is_new && force_again=-f || force_again=$force
                good "$mmbright" -q $force_again -o out.nhdr --add=7 in.nhdr
                check "$what: repeated" is_new
            done
            tried=$((tried + n - 1))
        done
    done
done

check "only $tried calls were tried" test $tried -gt 100

# After an error nothing has to be looked at before the old pair is there.
before other
run strace -f -qq -o "$base/log" -e trace=renameat -e inject=renameat:error=ENOSPC:when=3 \
    "$mmbright" -q -f -o out.nhdr --add=7 in.nhdr
check "an error: exit 1" test "$status" = 1
check "an error: the old pair at once" is_old
only in.nhdr in.raw out.nhdr out.raw

# ENVI finds its samples by the header's own name; a program is told by either, also behind a link.
killed() { # NUMBER COMMAND...: at its NUMBER-th renaming
    local number=$1
    shift
    run strace -f -qq -o "$base/log" -e trace=renameat,renameat2 -e inject=renameat,renameat2:signal=KILL:when="$number" "$@"
    check "killed" grep -q KILL "$base/log"
}
rm -f ./* .out.*
"$mmgen" -t u8 -s 1 --width=10 --height=10 --pattern=constant:3 --format=envi scan.img
cp scan.img scan.hdr "$base"
for name in scan.img scan.hdr elsewhere/link.img; do
    mkdir -p elsewhere
    ln -sf ../scan.img elsewhere/link.img
    killed 3 "$mmgen" -f -t u8 -s 1 --width=20 --height=20 --pattern=constant:9 --format=envi scan.img
    check "no header for other samples" test ! -e scan.hdr
    expect 0 "the old ones are there again" "$mmstat" -t u8 -s 1 "$name"
    same "by $name" scan.img "$base/scan.img"
    same "by $name" scan.hdr "$base/scan.hdr"
done
rm -r elsewhere
only scan.hdr scan.img

# Who may not write there is told, and does not take the one for the other.
killed 3 "$mmgen" -f -t u8 -s 1 --width=20 --height=20 --pattern=constant:9 --format=envi scan.img
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod 711 "$base"
    chmod 755 .
    cp "$mmstat" "$base/mmstat"
    expect 1 "scan.img: a run that was to replace scan.img and scan.hdr together was ended" $as_user "$base/mmstat" \
        -t u8 -s 1 scan.img
    # In a folder of everybody's only what belongs to whoever wrote the record is touched on its word.
    chmod 1777 .
    record=.scan.img.mmpair
    cp $record "$base/record"
    good "$mmstat" -q -t u8 -s 1 scan.img
    killed 3 "$mmgen" -f -t u8 -s 1 --width=20 --height=20 --pattern=constant:9 --format=envi scan.img
    chown 65534 .scan.*.mmpair
    cp scan.img "$base/changed"
    good "$mmstat" -q -t u8 -s 1 scan.img
    check "not believed" test -z "$(grep ended "$base/err")" -a -e $record
    same "not touched" scan.img "$base/changed"
    chown 0 .scan.*.mmpair
    chmod 755 .
else
    echo "SKIPPED: other users, neither root nor setpriv"
fi
good "$mmstat" -q -t u8 -s 1 scan.img
same "by root" scan.img "$base/scan.img"
only scan.hdr scan.img

if [ "$(id -u)" = 0 ]; then
    chmod 1777 .
    # Who could exchange the folder below, from which parts come, leads nobody's file to another place.
    good "$mmshard" prepare scan.img new.img
    good "$mmbright" -q -o new.img --shard=1/1 --add=1 scan.img
    killed 2 "$mmshard" finish new.img
    check "half of a pair" test -e new.img -a ! -e new.hdr -a ! -e new.img.parts/data
    mkdir "$base/victim"
    mv new.img.parts "$base/parts"
    ln -s "$base/victim" new.img.parts
    chown -h 65534 new.img new.img.parts .new.*.mmpair
    good "$mmstat" -q -t u8 -s 1 new.img
    check "not led away: $(ls "$base/victim")" test -e new.img -a ! -e "$base/victim/data"
    rm new.img.parts
    mv "$base/parts" new.img.parts
    chown -h 0 new.img .new.*.mmpair
    expect 0 "what it had begun was taken back" "$mmshard" finish new.img
    check "finished: $(ls -A)" test -e new.img -a -e new.hdr -a ! -e new.img.parts
    rm new.*
    chmod 755 .
fi

# A record that says nothing is no reason to go on.
printf garbage >.scan.img.mmpair
expect 1 "scan.img: .scan.img.mmpair beside it cannot be read" "$mmstat" -t u8 -s 1 scan.img
rm .scan.img.mmpair

# Names as long as they may be, and of characters that must not be cut.
long=$(printf 'ä%.0s' {1..125})x
good "$mmgen" -q -t u8 -s 1 --width=10 --height=10 --pattern=constant:3 --format=envi "$long.img"
killed 1 "$mmgen" -f -t u8 -s 1 --width=20 --height=20 --pattern=constant:9 --format=envi "$long.img"
check "names of whole characters" bash -c 'ls -A | LC_ALL=C.UTF-8 grep -qav "^.*$" && exit 1 || exit 0'
expect 0 "was ended" "$mmstat" -t u8 -s 1 "$long.hdr"
only "$long.hdr" "$long.img" scan.hdr scan.img
finish
