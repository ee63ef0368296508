# What the tests of the .NET package share. Behind the script's name: the sources, and the build.
set -u
source=$1 build=$2
. "$source/tests/support/checks.bash"
# Whoever has started this may have others.
unset MMVIEW_LIBRARY
export LC_ALL=C MmviewBuild=$build/dotnet
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false MSBUILDDISABLENODEREUSE=1
if ! command -v dotnet >/dev/null || ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    echo "SKIPPED: there is no SDK of .NET 10, so NOTHING of bindings/dotnet is tested"
    exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-dotnet.XXXXXX")
running=

clean_up() {
    cd /
    # shellcheck disable=SC2086
    [ -z "$running" ] || kill $running 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT
cd "$work" || exit 1

quiet() { "$@" >log 2>&1 || { tail -n 40 log; false; }; }

# program NAME ARGUMENT...: a program of examples/dotnet
program() {
    local name=$1
    shift
    dotnet "$MmviewBuild/bin/Example/$name/$name.dll" "$@"
}

start() { # NAME COMMAND...: in the background, with the output in NAME and the input from the pipe NAME.in; leaves $pid
    local name=$1
    shift
    rm -f "$name.in"
    mkfifo "$name.in"
    : >"$name"
    timeout 120 "$@" >"$name" 2>"$name.err" <"$name.in" &
    pid=$!
    running="$running $pid"
    # Held open until the program has ended.
    exec {pipe}>"$name.in"
}

press_enter() { (trap '' PIPE; echo >&"$pipe") 2>/dev/null; } # also to who has ended

ended() { # WHAT PID STATUS
    local status
    wait "$2"
    status=$?
    running=${running/$2/}
    check "$1: exit status $status instead of $3: $(cat ./*.err 2>/dev/null | head -c 1000)" test "$status" = "$3"
}

until_says() { # FILE LINE: within some minutes
    local tries=0
    until grep -qx "$2" "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 12000 ] || { fail "waited in vain for $2 in $1: $(cat "$1" "$1.err")"; finish; }
        sleep 0.01
    done
}

says() { # FILE LINE...: it holds exactly these
    local file=$1
    shift
    check "$file says: $(head -c 600 "$file"), not: $*" test "$(cat "$file")" = "$(printf '%s\n' "$@")"
}
