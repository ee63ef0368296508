# In place, into a file and to stdout: the same bytes, those of the oracle, for every way of doing it.
. "${0%/*}/common.bash"

head -c 3000000 /dev/urandom >data
# Arithmetic is the same in all builds, and test_adjuster compares it in each: where each run takes long, the kernels
# are those of another build, or a sample is wanted, a part of the cases will do. One of 'few' is tried: of the types
# another number than of the regions, so that orders and channels alternate.
few=1 few_regions=1 windows=("" --window=4K --window=64K --window=1M --max-mapped=1M) number=0
[[ $kind = *thread* || $kind = *serial* || $kind = *sample* ]] && few=3 few_regions=4 windows=("" --window=64K)

# compare ORACLE-ARGUMENTS (from TYPE on) -- MMBRIGHT-ARGUMENTS; $modes: which ways
compare() {
    local wanted=() what
    [ $((number++ % few)) = 0 ] || return
    while [ "$1" != -- ]; do wanted+=("$1"); shift; done
    shift
    what="mmbright $*"
    "$oracle" data expected "${wanted[@]}" >"$base/counts" || fail "oracle ${wanted[*]}"
    cp data changed
    good "$mmbright" --add=10 -i --json "$@" changed
    check "$what: saturated $(head -c 300 "$base/out"), oracle $(cat "$base/counts")" \
        test "$(sed 's/.*"saturated_low": \[\([^]]*\)\], "saturated_high": \[\([^]]*\)\].*/\1;\2/' "$base/out" |
            awk -F';' '{ for (i = 1; i <= 2; i++) { n = split($i, a, ","); s = 0; for (k = 1; k <= n; k++) s += a[k]; printf "%d%s", s, i == 1 ? " " : "\n" } }')" \
        = "$(cat "$base/counts")"
    same "in place, $what" changed expected
    good "$mmbright" --add=10 -f -o new "$@" data
    same "into a file, $what" new expected
    "$mmbright" --add=10 -o - "$@" data >piped || fail "to stdout, $what"
    same "to stdout, $what" piped expected
}

# Every type in both orders, odd places, per-channel amounts, gain.
for type in u8 i8 u16le u16be i16le i16be u32le u32be i32le i32be f32le f32be f64le f64be u64le u64be i64le i64be f16le f16be; do
    bytes=$((${type//[!0-9]/} / 8))
    pixel=$((bytes * 3))
    compare $type 3 bip 1000 1 12345 $((pixel * 1000)) - 111 100 1 -- -t $type -s 3 -a 100 --offset=12345 \
        --length=1000px
    [[ $type = f* || $type = ?64* ]] && continue
    compare $type 3 bip 1000 9999 1 $((pixel * 50000)) - 101 5,9,-77 1.5 -- \
        -t $type -s 3 -a 5,9,-77 -g 1.5 -c 0,2 --offset=1 --length=50000px
done
compare i16 4 bip 9999999 1 0 3000000 - 1111 10 1 --
compare i16 4 bip 9999999 1 0 3000000 - 1111 40000 1 -- --add=40000
compare i16 4 bip 9999999 1 0 3000000 - 1111 -1e12 1 -- --add=-1000000000000
compare i16 4 bip 9999999 1 0 3000000 - 1111 32 1 -- -a 0x20
compare u8 4 bip 9999999 1 0 3000000 - 1110 20 1 -- -t u8 -c rgb -a 20

few=$few_regions
# Regions and layouts. 100 x 100 pixels of 4 x i16 from byte 512: 80,000 bytes.
for roi in 0,0,100x100 0,0,1x1 99,99,1x1 10,20,30x40 0,50,100x50 50,0,1x100; do
    for layout in bip bil bsq; do
        for channels in 1111 0100 1101; do
            list=
            for c in 0 1 2 3; do [ "${channels:$c:1}" = 1 ] && list=$list,$c; done
            compare i16 4 $layout 100 100 512 80000 $roi $channels 1000 1 -- --layout=$layout --width=100 --height=100 \
                --offset=512 --roi=$roi -c ${list#,} --add=1000
        done
    done
done
for layout in bil bsq; do
    compare i16 4 $layout 100 100 512 80000 - 1111 1,2,3,4 1 -- --layout=$layout --width=100 --offset=512 \
        --length=100rows -a 1,2,3,4
    compare i16 4 $layout 100 100 512 80000 - 0110 7 1 -- --layout=$layout --width=100 --offset=512 \
        --length=80000 -a 7 -c gb
done
# The image may end with an incomplete row, which a rectangle does not reach.
compare i16 4 bip 1000 375 0 3000000 5,6,7x8 1111 99 1 -- --width=1000 --roi=5,6,7x8 -a 99
compare u8 4 bsq 1000 750 0 3000000 5,6,7x8 1111 99 1 -- -t u8 --layout=bsq --width=1000 --roi=5,6,7x8 -a 99

# Every way of doing it.
"$oracle" data expected i16 4 bip 9999999 1 4001 2900000 - 1111 123 1 >/dev/null
"$oracle" data expected-roi i16 4 bil 300 1000 3 2400000 17,5,200x900 0101 123 1 >/dev/null
for io in auto mmap buffered direct; do
    for threads in 1 2 8; do
        for window in "${windows[@]}"; do
            how="--io=$io -j$threads $window"
            for way in plain roi; do
                case $way in
                plain) what="--offset=4001 --length=2900000" result=expected ;;
                roi) what="--offset=3 --width=300 --height=1000 --layout=bil --roi=17,5,200x900 -c 1,3" result=expected-roi ;;
                esac
                cp data changed
                good "$mmbright" -i -a 123 $how $what changed
                same "in place $how $way" changed $result
                good "$mmbright" -f -o new -a 123 $how $what data
                same "into a file $how $way" new $result
                check "to stdout $how $way" bash -c "'$mmbright' -o - -a 123 $how $what data | cmp - $result"
            done
        done
    done
done

# Sizes: the same range in other words.
"$oracle" data expected i16 4 bip 9999999 1 8192 16384 - 1111 10 1 >/dev/null
for words in "0x2000 16K" "8K 0x4000" "8192 2048px" "1024px 16KiB" "4rows 8rows"; do
    cp data changed
    good "$mmbright" --add=10 -i --offset="${words% *}" --length="${words#* }" --width=256 changed
    same "$words" changed expected
done
"$oracle" data expected i16 4 bip 9999999 1 8000 16000 - 1111 10 1 >/dev/null
for words in "8kB 16kB" "8KB 16000"; do
    cp data changed
    good "$mmbright" --add=10 -i --offset="${words% *}" --length="${words#* }" changed
    same "$words" changed expected
done
# Environment and -- as the end of options.
cp data ./-i
OMP_NUM_THREADS=1 good "$mmbright" --add=10 -i --offset=8kB --length=16kB -- -i
same "after --" ./-i expected
rm ./-i
# A gain alone adds nothing, and --clamp alone only limits. The oracle's samples have both signs.
"$oracle" data expected i16 4 bip 9999999 1 0 3000000 - 1111 0 2 >/dev/null
cp data changed
good "$mmbright" -i --gain=2 changed
same "a gain alone" changed expected
python3 - data expected <<'END'
import array, sys
samples = array.array("h", open(sys.argv[1], "rb").read())
open(sys.argv[2], "wb").write(array.array("h", (min(max(s, -100), 300) for s in samples)).tobytes())
END
cp data changed
good "$mmbright" -i --clamp=-100,300 changed
same "a clamp alone" changed expected
finish
