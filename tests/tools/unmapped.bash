# A file system that does not map: every tool reads and writes instead, and the bytes are the same.
. "${0%/*}/common.bash"
tools=${mmbright%/*}
need_shim
mkdir in j out

"$mmgen" -t u8 -s 3 --width=320 --height=200 --pattern=noise original
"$mmgen" -t u8 -s 3 --width=320 --height=200 --pattern=noise --format=pam original.pam
inputs=(original original.pam)
has_python=no
! command -v python3 >/dev/null || has_python=yes
if [ $has_python = yes ]; then
    PYTHONPATH=${0%/*} PYTHONDONTWRITEBYTECODE=1 python3 - <<'EOF' || fail "no TIFF in tiles was made"
import random, tiffs
tiff = tiffs.Tiff(random.Random(5), type="u8", samples=3, planar=False, pages=1, width=131, height=70, tile=(32, 16))
open("tiles", "wb").write(tiff.bytes)
EOF
    inputs+=(tiles)
else
    echo "SKIPPED: a TIFF in tiles, and an interlaced picture: there is no Python 3"
fi
pictures=()
if [ -x "$tools/mmpng" ]; then
    good "$tools/mmpng" export original.pam plain.png
    pictures=(plain.png)
    # An interlaced picture comes in seven passes: rows are filled in by and by.
    if [ $has_python = yes ]; then
        python3 - <<'EOF' || fail "no interlaced picture was made"
import struct, zlib
passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
rows = b"".join(b"\0" + bytes((x * 7 + y * 13) % 256 for x in range(left, 40, across))
                for left, top, across, down in passes for y in range(top, 30, down))
chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open("laced.png", "wb") as picture:
    picture.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 30, 8, 0, 0, 0, 1)) +
                  chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
EOF
        pictures+=(laced.png)
    fi
fi

shopt -s nullglob dotglob
# Everything once. What it makes stays in in/ and out/, what it prints in out/.
tool() { # COMMAND...
    checks=$((checks + 1))
    "$@" >>out/said 2>"$base/err" || fail "$what: ${*##*/}: exit status $?: $(head -c 300 "$base/err")"
    local left=(j/*)
    [ ${#left[@]} = 0 ] || fail "$what: ${*##*/}: left ${left[*]}"
}
everything() {
    local file journal format k
    rm -rf in out j
    mkdir in out j
    cp "${inputs[@]}" "${pictures[@]}" in
    for file in "${inputs[@]}"; do
        local shape=()
        [ "$file" = original ] && shape=(-t u8 -s 3 --width=320 --height=200)
        for journal in kill power off; do
            local where=("--journal=$journal" --journal-file=j/journal)
            [ $journal = off ] && where=(--journal=off)
            cp "$file" "in/$journal.$file"
            tool "$mmbright" -q --add=9 -i -j2 "${shape[@]}" --io=mmap "${where[@]}" "in/$journal.$file"
        done
        tool "$mmbright" -q --add=9 -j2 "${shape[@]}" --io=mmap -o "out/$file" "in/$file"
        tool "$mmbright" -q --add=9 -i "${shape[@]}" --verify --roi=3,5,100x60 --journal-file=j/journal "in/$file"
        tool "$tools/mmstat" "${shape[@]}" --io=mmap "in/$file"
        tool "$tools/mmdiff" "${shape[@]}" "in/power.$file" "in/off.$file"
        # Behind 300 bytes there is a row less.
        [ "$file" = tiles ] || tool "$tools/mmdump" "${shape[@]/200/199}" --offset=300 --count=50 "in/$file"
        [ ${#pictures[@]} = 0 ] || tool "$tools/mmpng" export "${shape[@]}" "in/$file" "out/$file.png"
    done
    for file in "${pictures[@]}"; do
        for format in pam raw; do
            tool "$tools/mmpng" import --format=$format "in/$file" "out/$file.$format"
        done
    done
    tool "$mmgen" -t u8 -s 3 --width=30 --height=20 --format=pam out/new.pam
    tool "$tools/mmshard" prepare -t u8 -s 3 in/original out/parts
    for k in 3 1 2; do tool "$mmbright" -q --add=9 -t u8 -s 3 -o out/parts --shard=$k/3 in/original; done
    tool "$tools/mmshard" finish out/parts
    tail -c +1 in/* out/* | cksum >"$base/$1"
}
what="everything is mapped"
everything mapped

# ENODEV, EACCES, EINVAL, EPERM.
for error in 19 13 22 1; do
    for place in in j out '*'; do
        # One error stands for all as to places, and all places for one as to errors.
        [ $error = 19 ] || [ "$place" = '*' ] || continue
        # POSIX alone knows no mount again: its journals are those of mode power, which are never mapped.
        [[ $kind = *posix* && $place = j ]] && continue
        what="mmap(2) of ${place/\*/everything} fails with errno $error"
        : >"$base/refusals"
        export SHIM_UNMAPPED="$error:$base/files/$place/*" SHIM_REFUSALS="$base/refusals"
        export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$shim
        [ "$place" = '*' ] && SHIM_UNMAPPED="$error:$base/files/*"
        everything unmapped
        unset LD_PRELOAD SHIM_UNMAPPED SHIM_REFUSALS
        same "$what" "$base/mapped" "$base/unmapped"
        check "$what: nothing was refused" test -s "$base/refusals"
    done
done
# A row is asked for at once, not pixel by pixel: there each request is a read.
if [ ${#pictures[@]} != 0 ]; then
    : >"$base/refusals"
    good with_shim "SHIM_UNMAPPED=19:$base/files/*" "SHIM_REFUSALS=$base/refusals" "$tools/mmpng" export original.pam rows.png
    same "a picture of what is not mapped" rows.png plain.png
    check "200 rows: $(wc -c <"$base/refusals") requests" test "$(wc -c <"$base/refusals")" -le 1000
    rm rows.png
fi
rm -rf in out j

# finish_killed STEP NAME REFUSED...: killed before each STEP-th write to a journal that is not mapped, which was created under a name
# that ends so; what comes next finishes it. Every second time 'REFUSED...' is in front of that, too.
finish_killed() {
    local step=$1 name=$2 killed=0 number command
    shift 2
    mkdir -p in j
    head -c 80000 original >before
    cp before in/one
    good "$mmbright" --add=9 -q -i --journal=off in/one
    mv in/one after
    for ((number = 1; number < 200; number += step)); do
        cp before in/one
        cp before in/two
        command=("$mmbright" --add=9 -q -i -j2 --io=mmap --journal-file=j/journal in/one in/two)
        raised KILL "$number" "$name" "$@" "${command[@]}"
        [ "$status" = 137 ] || break
        killed=$((killed + 1))
        if [ ! -e j/journal ]; then
            same "killed at write $number, before there was a journal" before in/one
            rm -rf j
            mkdir j
            continue
        fi
        if ((number % 2)); then good "${command[@]}"; else good with_shim "$@" "${command[@]}"; fi
        same "killed at write $number of the journal" after in/one
        same "killed at write $number of the journal" after in/two
        check "killed at write $number: the journal is gone" test ! -e j/journal
    done
    check "write $number: exit status $status: $(head -c 300 "$base/err")" test "$status" = 0
    check "no more than $killed writes" test "$killed" -ge 5
    same "not killed" after in/two
    rm -r in j before after
}
[[ $kind != *posix* ]] || { echo "SKIPPED: kills, and a FUSE file system: POSIX alone has no mode kill"; finish; }
# Created without a name.
finish_killed 1 "(deleted)" "SHIM_UNMAPPED=19:$base/files/*"

# A real one.
unmappable=${shim%/*}/test_tools_unmappable
[ -x "$unmappable" ] || { echo "SKIPPED: a FUSE file system, there is no libfuse"; finish; }
mkdir "$base/real" "$base/place"
"$unmappable" "$base/real" "$base/place" 2>"$base/err" || { echo "SKIPPED: a FUSE file system: $(cat "$base/err")"; finish; }
trap 'cd /; fusermount3 -u "$base/place"; clean_up' EXIT
cp "${inputs[@]}" "${pictures[@]}" "$base/place"
cd "$base/place" || exit 1
what="a FUSE file system"
everything unmapped
same "$what" "$base/mapped" "$base/unmapped"
finish_killed 3 journal
finish
