# What the test scripts share. They are run as: bash SCRIPT MMBRIGHT MMGEN ORACLE SHIM KIND-OF-BUILD
set -u
. "${BASH_SOURCE[0]%/*}/../support/checks.bash"
mmbright=$1 mmgen=$2 oracle=$3 shim=$4 kind=$5
export LC_ALL=C
unset OMP_NUM_THREADS SLURM_CPUS_PER_TASK NO_COLOR
# Without it the thread sanitizer takes the OpenMP runtime for a bug, and talks about it.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
sweep=$(cd "${BASH_SOURCE[0]%/*}/../support" && pwd)/sweep_openmp.sh
base=$(mktemp -d "${TMPDIR:-/tmp}/mmview-tools.XXXXXX")
# What mmrec compiles is kept there, not in the tester's own folder.
export XDG_CACHE_HOME=$base/cache
# Tests change to files/, so that its listing shows whatever a tool left behind.
mkdir "$base/files"
cd "$base/files" || exit 1
clean_up() {
    cd /
    rm -rf "$base"
    sh "$sweep"
}
trap clean_up EXIT

run() { # COMMAND...: leaves $status, $base/out, $base/err
    "$@" >"$base/out" 2>"$base/err" </dev/null
    status=$?
}

expect() { # STATUS REGEX COMMAND...: exit status, and a line of stderr
    local wanted=$1 regex=$2
    shift 2
    checks=$((checks + 1))
    run "$@"
    if [ "$status" != "$wanted" ]; then
        fail "${*##*/}: exit status $status instead of $wanted: $(head -c 400 "$base/err")"
    elif ! grep -Eq -- "$regex" "$base/err"; then
        fail "${*##*/}: no '$regex' on stderr: $(head -c 400 "$base/err")"
    fi
}

# What was left out or assumed is said each time: tests of something else do not look, but for bytes that may be a mixture.
said() {
    awk '!/: note: / || /mixture/' "$base/err"
}

good() { # COMMAND...: exit 0 and a silent stderr
    checks=$((checks + 1))
    run "$@"
    [ "$status" = 0 ] || fail "${*##*/}: exit status $status: $(head -c 400 "$base/err")"
    [ -z "$(said)" ] || fail "${*##*/}: on stderr: $(head -c 400 "$base/err")"
}

same() { # WHAT A B
    check "$1: $2 and $3 differ" cmp -s "$2" "$3"
}

only() { # NAME...: nothing else is in the folder
    local there
    there=$(ls -A)
    checks=$((checks + 1))
    [ "$there" = "$(printf '%s\n' "$@" | sort)" ] || fail "the folder holds: $there, not: $*"
}

skip() { # WHY: ends the script as skipped, unless something failed before
    echo "SKIPPED: $*"
    [ "$failures" = 0 ] && exit 77
    exit 1
}

with_shim() { # VARIABLE=VALUE... COMMAND...: under the interposed system calls of shim.c
    env "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0" "SHIM_MARK=$base/mark" "LD_PRELOAD=$shim" "$@"
}

# raised SIGNAL NUMBER NAME COMMAND...: the command sends itself the signal before its NUMBER-th pwrite to a file NAME;
# it must write so often, through --io=buffered. Leaves $status, $base/out, $base/err.
raised() {
    local signal=$1 number=$2 name=$3
    shift 3
    # Not in the background, where SIGINT is ignored.
    { bash -c '"$@"' bash env "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0" "LD_PRELOAD=$shim" \
        "SHIM_RAISE=$(kill -l "$signal"):$number:$name" "$@" >"$base/out" 2>"$base/err" </dev/null; } 2>/dev/null
    status=$?
}

need_shim() { # sanitizers that bring their own pwrite hide ours; anywhere else the shim must work
    rm -f "$base/mark"
    head -c 4096 /dev/zero >"$base/probe"
    with_shim "$mmbright" --add=10 -i --io=buffered "$base/probe" || fail "the shim breaks mmbright"
    [ -e "$base/mark" ] && return
    case $kind in
    *thread*) skip "the thread sanitizer hides the shim" ;;
    esac
    fail "no pwrite of mmbright goes through the shim"
}

check_help() { # TOOL: --help, --version and the manual beside it
    local tool=$1 name=${1##*/} page=$1.1 section
    good "$tool" --help
    check "$name: one screen" test "$(wc -l <"$base/out")" -le 60
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
    # Every option of --help is in the manual, in the same order. What few need is in the manual alone.
    grep -Eo '^ +(-., )?--[a-z-]+' "$base/help" | grep -o -- '--.*' >"$base/names"
    check "$name: the same options" test "$(grep -o -- '--[a-z-]*\*' "$base/out" | tr -d '*' | grep -Fxf "$base/names" | tr '\n' ' ')" \
        = "$(tr '\n' ' ' <"$base/names")"
    if [ ! -f "$page" ]; then
        echo "SKIPPED: the manual of $name, it was not built"
        return
    fi
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" CAVEATS EXAMPLES "SEE ALSO"; do
        check "$name.1 has $section" grep -Eq "^\.SH \"?$section" "$page"
    done
    if command -v mandoc >/dev/null; then
        # scdoc itself puts a paragraph behind every heading; long lines are a matter of taste.
        mandoc -Tlint -W warning "$page" | grep -v "skipping paragraph macro" >"$base/lint"
        check "$name.1: $(head -3 "$base/lint")" test ! -s "$base/lint"
    else
        echo "SKIPPED: mandoc -Tlint, there is no mandoc"
    fi
}
