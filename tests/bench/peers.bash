# The peers: each answers describe and probe; those that every machine has do their job.
. "${0%/*}/common.bash" || exit
peers=$top/bench/peers

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

# 512 x 256 pixels of 8 bytes are 1 MiB.
mkdir work
head -c 1M /dev/urandom >image
# Rust's compiler takes half a minute for the crates; without its packages it is skipped like the others.
for name in cp dd numpy-naive numpy-tuned rust-memmap2; do
    if ! "$peers/$name" probe >"$base/probe" 2>&1; then
        echo "SKIPPED: $name: $(head -1 "$base/probe")"
        continue
    fi
    job=$("$peers/$name" describe | sed -n 's/^job=//p') kind=$("$peers/$name" describe | sed -n 's/^type=//p')
    cp image given
    cp image expected
    good "$peers/$name" prepare work given 512 256
    expect 1 "is not 512 x 255 pixels" "$peers/$name" prepare work given 512 255
    expect 1 "cannot be read" "$peers/$name" run work missing - 512 256 10 1
    expect 1 "is not a folder" "$peers/$name" run missing given - 512 256 10 1
    if [ "$job" = inplace ]; then
        good "$peers/$name" run work given - 512 256 10 1
        "$mmbright" -q -i --type="$kind" --add=10 expected
        same "$name: the image" given expected
        check "$name: $(cat "$base/out")" grep -Eqx 'pass_seconds=[0-9.]+' "$base/out"
    else
        good "$peers/$name" run work given new 512 256 10 1
        same "$name: the new file" new image
        same "$name: the image" given image
        expect 1 "new exists" "$peers/$name" run work given new 512 256 10 1
        expect 1 "cannot be written" "$peers/$name" run work given missing/new 512 256 10 1
        rm new
    fi
    rm -r given expected work/* 2>/dev/null
    only image work
done
finish
