# What test scripts share: what is checked is counted, and what fails is said.
checks=0 failures=0

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
}

check() { # WHAT COMMAND...: the command must succeed
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$what"
}

finish() {
    echo "$checks checks, $failures failed"
    [ "$failures" = 0 ]
    exit
}
