# --help, --version, and the manual.
. "${0%/*}/common.bash"
pages=$(dirname "$mmbright")

for tool in "$mmbright" "$mmgen"; do
    name=${tool##*/}
    good "$tool" --help
    check "$name: one screen" test "$(wc -l <"$base/out")" -le 44
    check "$name: 80 columns: $(awk 'length > 80' "$base/out" | head -1)" test "$(awk 'length > 80' "$base/out" | wc -l)" = 0
    check "$name: usage first" bash -c "head -1 '$base/out' | grep -q '^Usage: $name '"
    check "$name: two examples last" test "$(tail -2 "$base/out" | grep -c "^  $name ")" = 2
    cp "$base/out" "$base/help"
    good "$tool" -h
    same "$name -h" "$base/out" "$base/help"
    good "$tool" --hel
    good "$tool" --version
    check "$name: version" grep -Eq "^$name \(mmview\) [0-9]+\.[0-9]+\.[0-9]+$" "$base/out"
    good "$tool" -V
    good "$tool" --help=scdoc
    # Every option of --help is in the manual, in the same order.
    check "$name: the same options" test "$(grep -o -- '--[a-z-]*\*' "$base/out" | tr -d '*' | tr '\n' ' ')" \
        = "$(grep -Eo '^ +(-., )?--[a-z-]+' "$base/help" | grep -o -- '--.*' | tr '\n' ' ')"
    if [ ! -f "$pages/$name.1" ]; then
        echo "SKIPPED: the manual of $name, it was not built"
        continue
    fi
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" CAVEATS EXAMPLES "SEE ALSO"; do
        check "$name.1 has $section" grep -Eq "^\.SH \"?$section" "$pages/$name.1"
    done
    if command -v mandoc >/dev/null; then
        # scdoc itself puts a paragraph behind every heading; long lines are a matter of taste.
        mandoc -Tlint -W warning "$pages/$name.1" | grep -v "skipping paragraph macro" >"$base/lint"
        check "$name.1: $(head -3 "$base/lint")" test ! -s "$base/lint"
    else
        echo "SKIPPED: mandoc -Tlint, there is no mandoc"
    fi
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
