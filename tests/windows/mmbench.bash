# mmbench.bash TOOLS: mmbench on Windows, tried by Wine: what is measured, what is refused with the reason, and that nothing is left.
# How long anything took is not looked at.
set -u
. "${BASH_SOURCE[0]%/*}/../support/checks.bash"
tools=$(cd "$1" && pwd) || exit 1
mmbench=$tools/mmbench
base=$(mktemp -d "${TMPDIR:-/tmp}/mmv-windows.XXXXXX")
trap 'cd / && rm -rf "$base"' EXIT
mkdir "$base/files" && cd "$base/files" || exit 1

run() { # COMMAND...: leaves $status, $base/out, $base/err. At the end no file is there but those that were.
    local before
    before=$(ls -A)
    "$@" >"$base/out" 2>"$base/err" </dev/null
    status=$?
    check "nothing is left by ${*:2}: $(ls -A)" test "$(ls -A)" = "$before"
}
good() {
    run "$@"
    check "${*:2}: exit status $status: $(head -c 400 "$base/err")" test "$status" = 0
}
says() { # REGEX
    check "no '$1' in: $(head -c 600 "$base/out")" grep -Eq -- "$1" "$base/out"
}
says_not() { # REGEX
    check "'$1' in: $(head -c 600 "$base/out")" bash -c '! grep -Eq -- "$1" "$2"' - "$1" "$base/out"
}
case_of() { # REGEX: one run of the cases that match
    good "$mmbench" --threads=2 --file-size=16M --benchmark_repetitions=1 --benchmark_format=json --benchmark_filter="$1"
}

# ---- what things cost: each figure is there, or the reason why not
good "$mmbench" machine --json
says '"kernel": "Windows 10[.0-9]+, Wine [0-9]'
says '"page_bytes": 4096,'
says '"file_system": "[A-Za-z0-9]+"'
for cost in system_call page_fault mapped_page_read mapped_page_write mapped_page_changed read_page copied_byte_cache \
    copied_byte_memory msync_clean msync_one_page msync_all_dirty; do
    says "\"${cost}_ns\": [0-9.]*[1-9]"
    says_not "\"${cost}_error\""
done
# Nothing on Windows maps pages in advance.
says '"mapped_page_populated_ns": null'
says '"mapped_page_populated_error": "MADV_POPULATE_READ: Function not implemented"'

# ---- cases: the bytes are compared by mmbench itself
case_of '^in-place/memory/warm/1M-writes/MiB:16/threads:2/'
says '"GB/s": [0-9.e+-]*[1-9]'
says_not 'error_message'
# What is not counted is not there, rather than 0.
says_not 'faults_per_GiB|device_read_bytes'
case_of '^mutex/named'
says '"real_time": [0-9.e+]*[1-9]'
case_of '^files/mmap/'
says '"files_per_second": [0-9.e+]*[1-9]'
says_not 'faults_per_file|error_message'

# ---- what cannot be verified is not measured, and no file is made for it
unverified='does not say what its cache holds of a file: warm or cold cannot be verified'
case_of '^(scan/pread/(warm|cold)/read-back/MiB:16/threads:2|hit/mmap)'
check "three cases that say why: $(grep -c "$unverified" "$base/out")" test "$(grep -c "$unverified" "$base/out")" = 3
says_not '"GB/s"'
case_of '^(mutex/pthread|pingpong/event)'
says 'Windows has no pthread mutex between processes'
says 'Windows has no fork\(2\)'
good "$mmbench" advise --file-size=16M .
says '^unknown: leave the defaults; nothing about a file in memory could be measured'
says '^  a system call  '

# ---- refused
run "$mmbench" machine --dir='nirgends/hier'
check "no folder: $status $(cat "$base/err")" test "$status" = 1
check "and why" grep -q 'nirgends/hier: cannot make fixtures here: No such file' "$base/err"
# A name of UTF-8. What another run left is removed, once nobody holds it.
mkdir 'ordner äö' 'ordner äö/mmbench.abcdef'
touch 'ordner äö/mmbench.abcdef/lock' 'ordner äö/mmbench.abcdef/fixture'
case_of_there() {
    good "$mmbench" --dir='ordner äö' --file-size=16M --benchmark_repetitions=1 --benchmark_filter='^scan/memory/.*threads:1/'
}
case_of_there
check "what a killed run left is gone: $(ls -A 'ordner äö')" test -z "$(ls -A 'ordner äö')"
finish
