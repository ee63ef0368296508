# SIGINT, SIGTERM, SIGHUP, SIGXCPU: clean ends, true words about what is done, and the rest can be done.
. "${0%/*}/common.bash"

need_shim
rm -f "$base/probe"
head -c 4194304 /dev/urandom >original

# stopped SIGNAL ARGUMENT...: is stopped before its fifth write, leaves $status and $base/err
stopped() {
    local signal=$1
    shift
    raised $signal 5 "" env ${nolink-A=1} "$mmbright" --add=10 --io=buffered --window=64K "$@"
}

# finish_rest EXPECTED COMMAND...: do what the message says, and compare
finish_rest() {
    local expected=$1 rest option
    shift
    rest=$(sed -n 's/^mmbright: the rest: the same command with //p' "$base/err")
    check "says what is left: $(cat "$base/err")" test -n "$rest"
    check "says how far: $(cat "$base/err")" grep -Eq "stopped by SIG[A-Z]+: the range is changed up to byte [0-9]+, and nothing from there on" "$base/err"
    while [ -n "$rest" ]; do
        option=${rest%%, then with *}
        # shellcheck disable=SC2086
        check "the rest: $option" "$mmbright" --add=10 "$@" $option data
        [ "$rest" = "$option" ] && break
        rest=${rest#*, then with }
    done
    same "after the rest of $*" data "$expected"
}

for pair in INT:130 TERM:143 HUP:129 XCPU:152; do
    for threads in 1 2; do
        cp original data
        "$oracle" original expected i16 4 bip 524287 1 8 4194296 - 1111 10 1 >/dev/null
        stopped ${pair%:*} -i --journal=off -j$threads --offset=8 data
        check "SIG${pair%:*}: exit status $status" test "$status" = ${pair#*:}
        finish_rest expected -i --journal=off --offset=8
        rm -f expected data
        stopped ${pair%:*} -j$threads -o new original
        check "SIG${pair%:*} with -o: exit status $status" test "$status" = ${pair#*:}
        only original
    done
done
nolink="SHIM_NO_TMPFILE=1" stopped TERM -j1 -o new original
check "SIGTERM with a named temporary file: exit status $status" test "$status" = 143
only original

# Rectangles, rows and single channels: 512 x 1024 pixels.
for layout in bip bil bsq; do
    for what in "1111 -" "1101 -" "1111 0,100,512x900" "1111 5,6,500x1000" "0110 5,6,500x1000"; do
        channels=${what% *} roi=${what#* } list=
        for c in 0 1 2 3; do [ "${channels:$c:1}" = 1 ] && list=$list,$c; done
        options="-j1 -a 1,2,3,4 --layout=$layout --width=512 --height=1024 -c ${list#,}"
        [ "$roi" = - ] || options="$options --roi=$roi"
        cp original data
        "$oracle" original expected i16 4 $layout 512 1024 0 4194304 $roi $channels 1,2,3,4 1 >/dev/null
        stopped TERM -i --journal=off $options data
        check "$layout $what: exit status $status" test "$status" = 143
        finish_rest expected -i --journal=off $options
        rm -f expected data
    done
done

# The signal itself ends the run, not a status that looks like it.
if command -v python3 >/dev/null; then
    check "ended by the signal itself" python3 -c 'import os, subprocess, sys
run = subprocess.run(sys.argv[2:], stderr=subprocess.DEVNULL, env=dict(os.environ, LD_PRELOAD=sys.argv[1], SHIM_RAISE="15:5:",
    ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0"))
sys.exit(run.returncode != -15)' "$shim" "$mmbright" --add=10 --io=buffered --window=64K -o new original
    only original
else
    echo "SKIPPED: who ended whom, there is no python3 to ask"
fi

# What the parent ignores stays ignored.
cp original data
( trap '' TERM; raised TERM 5 data "$mmbright" --add=10 -i --journal=off --io=buffered --window=64K data; exit $status )
check "an ignored SIGTERM is ignored" test $? = 0
finish
