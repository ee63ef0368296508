# --help, --version, and the manual.
. "${0%/*}/common.bash"
for tool in "$mmbright" "$mmgen"; do
    check_help "$tool"
done

good "$mmbright" --help
for option in in-place output force journal sync verify dry-run add gain clamp channels roi offset length type samples width height \
    format layout io window max-mapped threads progress json quiet verbose help version; do
    check "--$option" grep -Eq -- "^ +(-., )?--$option( |=)" "$base/out"
done

# The first example of the manual works as it stands.
truncate -s 1M ExtremelyLargeImage.data
good "$mmbright" -n -i --add=20 --offset=400000 --length=150000 ExtremelyLargeImage.data
finish
