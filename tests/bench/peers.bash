# The peers: each answers describe and probe; those that every machine has do their job.
. "${0%/*}/common.bash" || exit

names=$(find "$peers" -maxdepth 1 -type f -perm -u+x -printf '%f\n' | sort)
check "peers: $names" test "$(wc -w <<<"$names")" -ge 10
for name in $names; do
    check "$name is in README.md" grep -q "^| \`$name\` |" "$peers/README.md"
done

mkdir ../few
for program in dirname cat head grep sed tr; do
    ln -s "$(type -P $program)" ../few
done
for name in $names; do
    good "$peers/$name" describe
    cp "$base/out" ../describe
    for key in title job type compare threads packages note; do
        check "$name describes $key" test "$(grep -c "^$key=." ../describe)" = 1
    done
    check "$name: nothing else" test "$(grep -Evc '^(title|job|type|compare|threads|packages|note)=' ../describe)" = 0
    check "$name: job" grep -Eqx 'job=(inplace|into|copy|device)' ../describe
    check "$name: type" grep -Eqx 'type=[iu]16le' ../describe
    check "$name: compare" grep -Eqx 'compare=(bytes|none)' ../describe
    check "$name: threads" grep -Eqx 'threads=(one|many)' ../describe
    run "$peers/$name" probe
    check "$name: probe ends with $status" test "$status" = 0 -o "$status" = 77
    check "$name: probe says which version, or what is missing" test -s "$base/out"
    # Without any program but those that the scripts themselves need; numpy's Python is called by its path.
    case $name in
    # Called by their paths.
    numpy-* | rust-*) ;;
    *)
        run env PATH="$base/few" "$peers/$name" probe
        check "$name without its program: exit status $status: $(cat "$base/err")" test "$status" = 77
        check "$name: $(cat "$base/out")" grep -q "is missing (Debian: " "$base/out"
        ;;
    esac
    expect 2 "^Usage: $name describe" "$peers/$name"
    expect 2 "^Usage: $name describe" "$peers/$name" run too few
done
only

for name in cp dd numpy-naive numpy-tuned; do peer_does_its_job "$name"; done
finish
