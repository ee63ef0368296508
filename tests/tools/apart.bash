# Headers in files of their own: which file they may lead to, and what becomes of them in a copy.
. "${0%/*}/common.bash"

samples() { head -c 48 "$1" | od -An -v -td2 -w48 | tr -s ' '; }

"$mmgen" -t i16le -s 2 --width=4 --height=3 --pattern=constant:5 pixels.raw
header() { printf 'NRRD0004\ntype: short\ndimension: 3\nsizes: 2 4 3\nkinds: vector domain domain\nencoding: raw\nendian: little\ndata file: %s\n' "$1"; }
header pixels.raw >image.nhdr
good "$mmbright" -i --add=1 image.nhdr
check "the samples that the header names" test "$(samples pixels.raw | cut -d' ' -f2)" = 6

# Out of the folder: by .., by an absolute path, by a link, by a link on the way.
mkdir inside outside
cp pixels.raw outside/far.raw
for name in ../outside/far.raw "$PWD/outside/far.raw" link.raw way/far.raw; do
    ln -sf ../outside/far.raw inside/link.raw
    ln -sfn ../outside inside/way
    header "$name" >inside/image.nhdr
    expect 1 "lies outside of the header's folder" "$mmbright" --add=10 -i inside/image.nhdr
    expect 1 "lies outside of the header's folder" "$mmbright" --add=10 -o copy.nhdr inside/image.nhdr
    same "untouched" pixels.raw outside/far.raw
done
good "$mmbright" --add=10 -i --allow-outside inside/image.nhdr
check "allowed" test "$(samples outside/far.raw | cut -d' ' -f2)" = 16
mkdir inside/below
cp pixels.raw inside/below/near.raw
header below/near.raw >inside/image.nhdr
good "$mmbright" --add=10 -i inside/image.nhdr
check "below is inside" test "$(samples inside/below/near.raw | cut -d' ' -f2)" = 16
header missing.raw >inside/image.nhdr
expect 1 "missing.raw: No such file" "$mmbright" --add=10 -i inside/image.nhdr
header image.nhdr >inside/image.nhdr
expect 1 "names itself" "$mmbright" --add=10 -i inside/image.nhdr
rm inside/image.nhdr

# The same for a file that only lies beside its header, and for names with characters that mean something elsewhere.
printf 'ENVI\nsamples = 4\nlines = 3\nbands = 2\ndata type = 2\ninterleave = bip\n' >inside/scan.hdr
ln -sf ../outside/far.raw inside/scan.img
cp outside/far.raw before.raw
expect 1 "lies outside of the header's folder" "$mmbright" --add=10 -i inside/scan.hdr
mkdir 'inside/*'
header '*/../../outside/far.raw' >inside/star.nhdr
expect 1 "lies outside of the header's folder" "$mmbright" --add=10 -i inside/star.nhdr
for name in '*.raw' '*.img'; do
    header "$name" >inside/star.nhdr
    expect 1 "inside/[*]${name#?}: No such file" "$mmbright" --add=10 -i inside/star.nhdr
    cp pixels.raw "inside/$name"
    good "$mmbright" --add=10 -i inside/star.nhdr
    check "a name like others" test "$(samples "inside/$name" | cut -d' ' -f2)" = 16
done
same "untouched" before.raw outside/far.raw
good "$mmbright" --add=10 -i --allow-outside inside/scan.hdr
rm -r inside outside before.raw

# A header for samples of another ending says nothing of these.
printf '\134\001\000\000' >pair.hdr
truncate -s 348 pair.hdr
printf 'ni1' | dd of=pair.hdr bs=1 seek=344 conv=notrunc status=none
printf '\002\000\004\000\003\000' | dd of=pair.hdr bs=1 seek=40 conv=notrunc status=none
printf '\002\000\010\000' | dd of=pair.hdr bs=1 seek=70 conv=notrunc status=none
head -c 64 /dev/zero >pair.img
cp pair.img pair.mat
expect 0 "nifti header" "$mmbright" -i -v --add=3 pair.img
good "$mmbright" --add=10 --format=auto -n -i pair.mat
check "samples of their own" grep -q 'i16' "$base/out"
rm pair.*

# A copy has both files, and its header names the new one.
good "$mmbright" -o copy.nhdr --add=0 image.nhdr
same "the copy's samples" pixels.raw copy.raw
check "the copy's header" grep -q '^data file: copy.raw$' copy.nhdr
expect 2 "exists already" "$mmbright" --add=10 -o copy.nhdr image.nhdr
rm copy.raw
expect 2 "exists already" "$mmbright" --add=10 -o copy.nhdr image.nhdr
only copy.nhdr image.nhdr pixels.raw
good "$mmbright" --add=10 -f -o copy.nhdr image.nhdr
mkdir folder
good "$mmbright" --add=10 -o folder image.nhdr
check "a copy in a folder" test -f folder/image.nhdr -a -f folder/pixels.raw
rm -r copy.* folder

# ENVI: either of the two files may be given.
good "$mmgen" -t u8 -s 1 --width=5 --height=4 --pattern=constant:9 --format=envi scan.img
good "$mmbright" --add=10 -i scan.img
good "$mmbright" --add=10 -i scan.hdr
check "both ways" test "$(head -c 1 scan.img | od -An -tu1)" -eq 29
good "$mmbright" --add=10 -o new.img scan.img
same "the header goes along" scan.hdr new.hdr
good "$mmbright" --add=10 --format=raw -t u8 -s 1 -o plain.img scan.img
check "raw has none" test ! -e plain.hdr
expect 2 "the header says 5" "$mmbright" --add=10 -i --width=6 scan.img
rm scan.hdr
expect 1 "no envi header lies beside it" "$mmbright" --add=10 -i --format=envi scan.img
printf 'ENVI\nsamples = 5\nlines = 400\nbands = 1\ndata type = 1\n' >scan.hdr
expect 1 "speaks of 2000 bytes" "$mmbright" --add=10 -i scan.img
printf 'ENVI\nsamples = 5\nlines = x\nbands = 1\ndata type = 1\n' >scan.hdr
expect 1 "envi header: lines" "$mmbright" --add=10 -i scan.img

# Names with blanks, and with a sign that is no pattern.
for name in 'CT scan 1.raw' 'dose(%Max=5).raw'; do
    head -c 24 /dev/zero >"$name"
    printf 'ObjectType = Image\nNDims = 2\nDimSize = 4 3\nElementType = MET_SHORT\nElementDataFile = %s\n' "$name" >name.mhd
    printf 'NRRD0004\ntype: short\ndimension: 2\nsizes: 4 3\nencoding: raw\nendian: little\ndata file: %s\n\n' "$name" >name.nhdr
    good "$mmbright" --add=10 -i name.mhd
    good "$mmbright" --add=10 -i name.nhdr
    check "$name" test "$(head -c 1 "$name" | od -An -tu1)" -eq 20
    rm "$name" name.*
done

# What a scale does not allow is refused with what it does.
{
    printf '%-80s' 'SIMPLE  =                    T' 'BITPIX  =                   32' 'NAXIS   =                    1' \
        'NAXIS1  =                    2' 'BSCALE  =               1.0D-5' END
    printf '%2400s' ''
    head -c 2880 /dev/zero
} >scale.fits
good "$mmbright" --add=10 -i scale.fits
check "a million steps" test "$(tail -c +2881 scale.fits | head -c 4 | od -An -tx1 | tr -d ' ')" = 000f4240
expect 2 "the nearest is --add=1e-05" "$mmbright" --add=0.000012 -i scale.fits
good "$mmbright" --add=1e-05 -i scale.fits
rm scale.fits

# A journal of a run on a container is taken up by the same command.
"$mmgen" -t i16le -s 1 --width=4096 --height=4096 --format=npy large.npy
cp large.npy wanted.npy
good "$mmbright" -i --add=77 wanted.npy
for i in 1 2 3 4 5; do
    "$mmbright" -i --add=77 -j1 large.npy 2>/dev/null &
    sleep 0.00$((i * 2))
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    ls large.npy.mmj.* >/dev/null 2>&1 || break
done
ls large.npy.mmj.* >/dev/null 2>&1 && { "$mmbright" -i --add=77 -j2 large.npy || fail "the same command again"; }
# Killed before it began, or after it was done: then the file is as it was, or new.
cmp -s large.npy wanted.npy || good "$mmbright" -i --add=77 large.npy
same "after kills" wanted.npy large.npy
finish
