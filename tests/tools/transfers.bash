# Reads and writes that move less than they were asked to, or are interrupted; signals all the time; memory that is full
# of what was there before: the same bytes.
. "${0%/*}/common.bash"

need_shim
rm -f "$base/probe"
head -c 3000001 /dev/urandom >"$base/before"
"$oracle" "$base/before" "$base/after" i16 4 bip 375000 1 0 3000000 - 1111 10 1 >/dev/null
for how in SHIM_SHORT=1 SHIM_SIGNALS=1 MALLOC_PERTURB_=165; do
    for io in auto mmap buffered direct; do
        for journal in off kill power; do
            cp "$base/before" data
            good with_shim $how "$mmbright" --add=10 -i -j2 --io=$io --window=64K --journal=$journal --length=3000000 data
            same "$how --io=$io --journal=$journal" data "$base/after"
            only data
        done
        good with_shim $how "$mmbright" --add=10 -j2 --io=$io --window=64K --length=3000000 --verify --sync -o new "$base/before"
        same "$how --io=$io -o" new "$base/after"
        rm data new
        good with_shim $how "$mmbright" --add=10 -q --io=$io --length=3000000 -o - "$base/before"
        same "$how --io=$io to stdout" "$base/out" "$base/after"
        good with_shim $how "$mmgen" --io=$io --width=500 --height=300 made
        mv made "$base/made"
        good "$mmgen" --width=500 --height=300 made
        same "$how mmgen" made "$base/made"
        rm made
    done
done
finish
