# Nothing that a run writes may be one of its inputs: images, headers apart, lists, tiles, under whatever name.
. "${0%/*}/common.bash"
mmpng=${mmbright%/*}/mmpng mmstat=${mmbright%/*}/mmstat

image() { # NAME
    "$mmgen" -f -t i16le -s 1 --width=16 --height=16 --pattern=noise "$1.raw"
    printf 'NRRD0004\ntype: short\ndimension: 2\nsizes: 16 16\nencoding: raw\nendian: little\ndata file: %s.raw\n' \
        "$1" >"$1.nhdr"
}
image one
image two
"$mmgen" -t u8 -s 1 --width=16 --height=16 --format=envi envi.img
ln -s one.nhdr link
ln one.nhdr hard
printf 'one.nhdr\ntwo.nhdr\n' >list
mkdir "$base/before"
cp ./* "$base/before"
untouched() {
    check "$*: untouched" diff -r . "$base/before"
    rm -rf ./*
    cp -a "$base/before"/* .
    ln -sf one.nhdr link
    ln -f one.nhdr hard
}
refused() { # COMMAND...
    expect 2 "is an input of this run|is the input itself|is one of the images|is the list|would replace an input|the result itself" "$@"
    untouched "${*##*/}"
}

for name in one.nhdr link hard ./one.nhdr "$PWD/one.nhdr"; do
    refused "$mmbright" --add=10 -f -i --preview="$name" one.nhdr
    refused "$mmbright" --add=10 -f -o new.nhdr --preview="$name" one.nhdr
    refused "$mmbright" --add=10 -i --report="$name" one.nhdr
    refused "$mmbright" --add=10 -f -o "$name" --format=auto one.nhdr
    # Not even the line for a FILE that fails before it is known whose header the report is.
    expect 2 "is one of the images, or the header of one" "$mmbright" --add=10 -i --report="$name" missing one.nhdr
    untouched "$name after missing"
    refused "$mmbright" --add=10 -i --journal=off --report="$name" two.nhdr missing one.nhdr
    [ ! -x "$mmpng" ] || refused "$mmpng" export -f one.nhdr "$name"
    refused "$mmstat" -f --plot="$name" one.nhdr
done
# Nor may one output replace another.
for option in --preview=lines "-o lines"; do
    echo '{}' >lines
    expect 2 "lines is the result itself" "$mmbright" --add=10 -f ${option/#--preview/-i --preview} --width=16 --report=lines one.raw
    check "the report" test "$(head -1 lines)" = '{}'
    rm lines
done
# ENVI: the header was not named, but lies beside FILE.
refused "$mmbright" --add=10 -f -i --preview=envi.hdr envi.img
refused "$mmbright" --add=10 -i --report=envi.hdr envi.img
expect 2 "is one of the images, or the header of one" "$mmbright" --add=10 -i --report=envi.hdr missing envi.img
untouched "a report"
expect 2 "stdout is an input of this run" bash -c "exec '$mmbright' --add=10 -o - envi.img >>envi.hdr"
untouched "stdout"

# Several FILEs: the copy of one may not replace another, its header, or the list. Nothing is changed before that is known.
mkdir folder
cp two.nhdr folder/one.raw
mkdir "$base/before/folder"
cp two.nhdr "$base/before/folder/one.raw"
refused "$mmbright" --add=10 -f -o folder -t u8 -s 1 --format=raw one.raw folder/one.raw
rm -r folder "$base/before/folder"
mkdir folder "$base/before/folder"
ln -s ../two.raw folder/one.raw
cp -a folder/one.raw "$base/before/folder"
refused "$mmbright" --add=10 -f -o folder one.raw two.raw
refused "$mmbright" --add=10 -f -o folder one.nhdr two.nhdr
refused "$mmbright" --add=10 -f -o folder -j3 two.nhdr envi.img one.nhdr
rm -r folder "$base/before/folder"
refused "$mmbright" --add=10 -i --report=list --files-from=list
printf 'one.nhdr\n' >list
cp list "$base/before"
refused "$mmbright" --add=10 -f -o list --files-from=list
refused "$mmbright" --add=10 -f -i --preview=list --files-from=list

# Headers apart have names, too, and two copies may not have one.
mkdir folder there "$base/before/folder" "$base/before/there"
sed 's/one.raw/two.raw/' one.nhdr >there/one.nhdr
cp two.raw there
cp there/* "$base/before/there"
expect 2 "would both become folder/one.nhdr" "$mmbright" --add=10 -f -o folder one.nhdr there/one.nhdr
untouched "two headers of one name"
rm -r folder there "$base/before/folder" "$base/before/there"

refused "$mmgen" -f -t u8 -s 1 --width=16 --height=16 --pattern=tile:one.raw one.raw
expect 2 "stdout is the tile itself" bash -c "exec '$mmgen' -t u8 -s 1 --width=16 --height=16 --pattern=tile:one.raw - >>one.raw"
untouched "a tile as stdout"
refused "$mmgen" -f -t u8 -s 1 --width=16 --height=16 --pattern=tile:envi.hdr --format=envi envi.img
good "$mmbright" --add=10 -f -o two.nhdr one.nhdr
finish
