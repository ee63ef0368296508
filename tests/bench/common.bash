# What the benchmark's test scripts share. They are run as: bash SCRIPT MMBENCH HARNESS-CASES BUILD SOURCES KIND
mmbench=$1 cases=$2 build=$3 top=$4
peers=$top/bench/peers
unset OMP_THREAD_LIMIT OMP_DYNAMIC OMP_DISPLAY_ENV
unset "${!BENCHMARK_@}"

# Most of this is about files that can be cold.
disk=
for place in "${TMPDIR:-/tmp}" /var/tmp "$build"; do
    [ -w "$place" ] || continue
    case $(stat -f -c %T "$place") in
    tmpfs | ramfs | nfs* | fuse*) ;;
    *) export TMPDIR=$place disk=$place && break ;;
    esac
done
# shellcheck source=tests/tools/common.bash
. "$top/tests/tools/common.bash" "$build/tools/mmbright" "$build/tools/mmgen" none none "$5" || exit

need_python() {
    command -v python3 >/dev/null || skip "there is no python3"
}

need_states() { # of files, and proof of them
    [ -n "$disk" ] || skip "\$TMPDIR, /tmp, /var/tmp and the build folder are no local disk that can be written"
    [ -r /proc/self/io ] || skip "there is no /proc/self/io, without which no state of a file can be verified"
}

# says WHAT FILE EXPRESSION: holds of the JSON that Google Benchmark wrote, where 'runs' are the single ones, 'of' their
# median, spread ... by (run_name, aggregate_name), 'errors' {name: message}, 'context' the head.
says() {
    check "$1: $3" python3 -c 'import json, sys
document = json.load(open(sys.argv[1]))
entries, context = document["benchmarks"], document["context"]
runs = [entry for entry in entries if entry["run_type"] == "iteration" and not entry.get("error_occurred")]
errors = {entry["name"]: entry["error_message"] for entry in entries if entry.get("error_occurred")}
of = {(entry["run_name"], entry["aggregate_name"]): entry for entry in entries if entry["run_type"] == "aggregate"}
sys.exit(not eval(sys.argv[2]))' "$2" "$3"
}

# wait_for WHAT COMMAND...: until it succeeds, or the test is given up after a minute.
wait_for() {
    local what=$1 i
    shift
    for ((i = 0; i < 1200; i++)); do
        "$@" && return
        sleep 0.05
    done
    fail "waited in vain: $what"
    return 1
}

# start COMMAND...: in the background, in a group of its own, with signals as a terminal would send them; leaves $pid.
start() {
    set -m
    "$@" >"$base/out" 2>"$base/err" </dev/null &
    pid=$!
    set +m
}

# ended: waits for $pid, leaves $status; 128 + N after signal N.
ended() {
    wait "$pid" 2>/dev/null
    status=$?
}

# nobody_knows FOLDER: no process has it on its command line.
nobody_knows() {
    # Not on that of grep either.
    echo "$1" >"$base/pattern"
    ! grep -qsFf "$base/pattern" /proc/[0-9]*/cmdline
}

# as_nobody COMMAND...: as a user who may write nowhere here.
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
can_be_nobody() {
    [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && chmod 755 "$base" "$base/files" &&
        as_nobody test -x "$mmbench"
}

# peer_does_its_job NAME: in the folder of the files, on 512 x 256 pixels of 8 bytes, which are 1 MiB.
peer_does_its_job() {
    local name=$1 job kind
    if ! "$peers/$name" probe >"$base/probe" 2>&1; then
        echo "SKIPPED: $name: $(head -1 "$base/probe")"
        return
    fi
    mkdir work
    head -c 1M /dev/urandom >image
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
    rm -r image work
}
