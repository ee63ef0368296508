# Every usage error: exit 2, what is said, and nothing touched.
. "${0%/*}/common.bash"

head -c 8192 /dev/urandom >data
head -c 8191 /dev/zero >odd
cp data taken
before=$(cat data odd taken | cksum)

wrong() { # REGEX ARGUMENT...: of mmbright
    local regex=$1
    shift
    expect 2 "^mmbright: .*$regex" "$mmbright" --add=10 "$@"
    check "nothing on stdout for $*" test ! -s "$base/out"
    check "a hint at help for $*" grep -q "Try 'mmbright --help'" "$base/err"
    check "files untouched by $*" test "$(cat data odd taken | cksum)" = "$before"
    only data odd taken
}

# Nobody gets a change that he did not name, also not in a plan of it. What is about a journal changes nothing.
for words in "-i" "-o new" "-o -" "-n -i" "-i --shard=1/2" "-i -c r" "-i --journal=off --verify"; do
    # shellcheck disable=SC2086
    expect 2 "^mmbright: say how the samples change: --add=N adds, --gain=F multiplies, --clamp=LO,HI limits$" "$mmbright" $words data
    check "untouched by $words" test "$(cat data odd taken | cksum)" = "$before"
    only data odd taken
done
good "$mmbright" --status data
wrong "no FILE given" -i
wrong "odd: 8191 bytes from offset 0 are not whole pixels" -i --all-or-nothing data odd
wrong "data and ./data are the same file" -i data ./data
wrong "only one FILE can go to stdout" -o - data odd
wrong "no FILE given" --status
wrong "exclude each other" --status --discard-journal data
wrong "-i changes FILE in place, -o OUT" data
wrong "exclude each other" -i -o new data
wrong "unrecognized option '--nonsense'" -i --nonsense data
wrong "invalid option -- 'z'" -i -z data
wrong "requires an argument" -i data --add
wrong "doesn't allow an argument" --in-place=x data
wrong "ambiguous" -i --off=0 --o=1 data
for number in x -1 1.5 '' ' 1' 1Q 0x 0xg 1Kb 1kiB 12px34 KB 1e3; do
    wrong "--offset=$number: not a size" -i --offset="$number" data
    wrong "--length=$number: not a size" -i --length="$number" data
done
wrong "--offset=18446744073709551616: does not fit 64 bits" -i --offset=18446744073709551616 data
wrong "--length=16777216T: does not fit 64 bits" -i --length=16777216T data
wrong "--offset=0x10000000000000000: does not fit" -i --offset=0x10000000000000000 data
wrong "--offset=3000000000000000000px: does not fit" -i --offset=3000000000000000000px data
wrong "--offset=2rows: rows need --width" -i --offset=2rows data
wrong "the end does not fit 64 bits" -i --offset=18446744073709551608 --length=16 data
wrong "--window=2px: not a size" -i --window=2px data
wrong "--offset=8200 is behind the end: the file has 8192 bytes" -i --offset=8200 data
wrong "reaches behind the end: the file has 8192 bytes, 4096 from that" -i --offset=4096 --length=4104 data
wrong "8191 bytes from offset 0 are not whole pixels of 8 bytes; --length=8184 would be" -i odd
wrong "8184 would be, if what is behind them is no sample; .* --offset; --type and --samples say what a pixel is" -i odd
wrong "8184 would be, if what is behind them is no sample; .* --offset; --type and --samples say what a pixel is" -i --type=i16 odd
wrong "4 bytes from offset 8188 are less than one of the pixels of 8 bytes; --type and --samples say" -i --offset=8188 data
wrong "8184 would be, if what is behind them is no sample; a header in front is left out by --offset$" -i --type=i16 --samples=4 odd
wrong "12 bytes from offset 0 are not whole pixels of 8 bytes; --length=8 or --length=16 would be" -i --length=12 data
wrong "4 bytes from offset 8188 are less than one" -i --offset=8188 data
wrong "--io=magic: must be" -i --io=magic data
wrong "--threads=x: not a number" -i -j x data
wrong "--threads=5000: must be from 0 to 4096" -i -j 5000 data
wrong "--type=i65: must be" -i -t i65 data
wrong "--samples=0: must be from 1 to 1024" -i -s 0 data
wrong "--samples=1025: must be from 1 to 1024" -i -s 1025 data
wrong "--width=0: must be" -i --width=0 data
wrong "--layout=bxp: must be" -i --layout=bxp data
wrong "--layout=bil needs --width" -i --layout=bil data
wrong "--layout=bsq needs --width" -i --layout=bsq data
wrong "are not whole rows of 80 bytes; --length=8160 would be" -i --layout=bil --width=10 data
wrong "are not whole rows of all channels" -i --layout=bsq --width=10 data
wrong "a bsq image of 16x32 pixels has 4096 bytes, the range 8192; --length=4096" -i --layout=bsq --width=16 \
    --height=32 data
wrong "do not fit the 8192 bytes" -i --layout=bsq --width=16 --height=65 data
wrong "--format=bmp: must be auto or raw, or npy" -i --format=bmp data
wrong "data: 8192 bytes from offset 0 are not an image of 3x5 pixels" -i --width=3 --height=5 data
wrong "--journal=on: must be kill, power or off" -i --journal=on data
wrong "a journal is for -i" -o new --journal=kill data
wrong "a journal is for -i" -o new --journal-file=new.journal data
wrong "exclude each other" -i --journal=off --journal-file=new.journal data
wrong "--progress=often: must be" -i --progress=often data
wrong "--add=ten: not a number" -i -a ten data
wrong "--add=1,,2: not a number" -i -a 1,,2 data
wrong "--add=nan: not a number" -i -a nan data
wrong "--add=1e999: not a number" -i -a 1e999 data
wrong "--add=1.5: samples of type i16.e need a whole number" -i -a 1.5 data
wrong "--add: 3 values for pixels of 4 samples" -i -a 1,2,3 data
wrong "--gain: 2 values for pixels of 4 samples" -i -g 1,2 data
wrong "--gain=inf: not a number" -i -g inf data
wrong "--clamp=1: must be LO,HI" -i --clamp=1 data
wrong "--clamp=2,1: LO is above HI" -i --clamp=2,1 data
wrong "--channels=4: must be numbers from 0 to 3" -i -c 4 data
wrong "--channels=rx: must be" -i -c rx data
wrong "--channels=0,: must be" -i -c 0, data
wrong "--channels=: must be" -i -c '' data
wrong "--channels=a: .*letters of rgb\$" -i -s 3 --length=6px -c a data
wrong "--roi needs --width" -i --roi=0,0,1x1 data
for roi in 1 0,0,1 0,0,1x 0,0,1x1x -1,0,1x1 0,0,0x1 a,b,cxd; do
    wrong "--roi=$roi: " -i --width=16 --roi="$roi" data
done
wrong "reaches outside of the image of 16x64 pixels" -i --width=16 --roi=0,0,17x1 data
wrong "reaches outside of the image of 16x64 pixels" -i --width=16 --roi=15,63,2x1 data
wrong "reaches outside of the image of 16x64 pixels" -i --width=16 --roi=0,18446744073709551615,1x2 data
wrong "taken: exists already; -f replaces it" -o taken data
wrong "the name is empty" -o '' data
wrong "data: is the input itself; use -i" -o data data
wrong "data: is the input itself; use -i" -f -o data data
wrong "both want stdout" -o - --json data
wrong "cannot read back what went to stdout" -o - --verify data
wrong "/dev/null: is not a regular file" -f -o /dev/null data
wrong "--help=x" --help=x
wrong "the input itself" --dry-run -o data data

wrong_gen() {
    local regex=$1
    shift
    expect 2 "^mmgen: .*$regex" "$mmgen" "$@"
    check "nothing on stdout for $*" test ! -s "$base/out"
    only data odd taken
}
wrong_gen "no OUT given" --width=1 --height=1
wrong_gen "only one OUT" --width=1 --height=1 a b
wrong_gen "--width and --height are needed" --width=1 a
wrong_gen "would not fit a file" --width=4294967296 --height=4294967296 a
wrong_gen "--pattern=stripes: must be" --width=1 --height=1 --pattern=stripes a
wrong_gen "--pattern=constant:x: must be" --width=1 --height=1 --pattern=constant:x a
wrong_gen "--pattern=constant:40000: samples of type i16" --width=1 --height=1 --pattern=constant:40000 a
wrong_gen "--pattern=constant:0.5: samples of type u8" -t u8 --width=1 --height=1 --pattern=constant:0.5 a
wrong_gen "odd: 8191 bytes are not whole pixels of 8" --width=1 --height=1 --pattern=tile:odd a
wrong_gen "--seed=x: not a number" --width=1 --height=1 --seed=x a
wrong_gen "unrecognized option '--layout=bil'" --width=1 --height=1 --layout=bil a
wrong_gen "taken: exists already" --width=1 --height=1 taken
wrong_gen "is a directory" --width=1 --height=1 .
wrong_gen "both want stdout" --width=1 --height=1 --json -

# Samples that begin like a header.
printf 'P5\n7 \1\2\3' >likely
expect 1 "pnm header: .*; --format=raw takes every byte of it for a sample, its header included" "$mmbright" --add=10 -i likely
expect 1 "pnm header: [^;]*$" "$mmbright" --add=10 -i --format=pnm likely
good "$mmbright" --add=10 -q -i --format=raw likely
# Where a header says what a pixel is, nothing begins within one. In front of raw pixels there may be a header.
"$mmgen" -q -t u16le -s 3 --width=8 --height=8 --format=npy ../pixels.npy
cp ../pixels.npy .
for offset in 1 2 5; do
    for length in "" --length=12; do
        for tool in "$mmbright -i --add=1" "${mmbright%/*}/mmstat"; do
            # shellcheck disable=SC2086
            expect 2 "pixels.npy: --offset=$offset is within a pixel of 6 bytes; --offset=0 or --offset=6 would be" \
                $tool --offset=$offset $length pixels.npy
        done
    done
done
same "untouched" pixels.npy ../pixels.npy
good "$mmbright" -n -i --add=1 --offset=6 --length=12 pixels.npy
good "$mmbright" -n -i --add=1 --format=raw -t u16le -s 3 --offset=5 --length=12 pixels.npy
rm pixels.npy

finish
