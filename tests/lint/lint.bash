#!/usr/bin/env bash
# lint.bash format|lines|shell|python|workflow: what stands in the files that git knows. Each is a test of its own,
# see CMakeLists.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

missing() {
    echo "SKIPPED: $1 is not there (Debian: $2)"
    exit 77
}

# Scripts have no suffix where users start them: their first line says what they are.
scripts() { # PATTERN: what the interpreter's name must match
    local file line
    git ls-files | while IFS= read -r file; do
        [ -f "$file" ] || continue
        IFS= read -r line <"$file" 2>/dev/null || continue
        if [[ $line =~ ^#!.*$1 ]]; then
            printf '%s\n' "$file"
        fi
    done
}

shell_files() { { scripts '[ /](ba|da)?sh( |$)' && git ls-files '*.sh' '*.bash'; } | sort -u; }
python_files() { { scripts python && git ls-files '*.py'; } | sort -u; }
c_files() { git ls-files '*.c' '*.h' '*.cc' '*.hpp'; }

check_format() {
    command -v clang-format-14 >/dev/null || missing clang-format-14 clang-format-14
    # Another version lays out the same file in another way.
    clang-format-14 --version | grep -q 'version 14\.' || {
        echo "clang-format-14 is $(clang-format-14 --version), not version 14"
        exit 1
    }
    c_files | xargs clang-format-14 --dry-run -Werror
}

# Code, not prose: a paragraph of a manual is one line for scdoc, and tables of markdown cannot be folded. The shell
# scripts of the tests and the lists of CMake are left out: many a pattern that they search for is longer.
check_lines() {
    { c_files && python_files && git ls-files '*.awk' '*Presets.json' && shell_files | grep -vE '^(tests|bench/peers)/'; } |
        long_lines && run_together
}

# A word that begins a paragraph of a function's comment, within a line: a formatter has joined two paragraphs, and the
# manual that is made of the headers has one of them in the other.
run_together() {
    if git ls-files 'lib/*.h' 'tools/*.h' | xargs grep -nE '^ \* .*[^ ] (Shape|Units|Owner|Errors|Source):  '; then
        echo 'a paragraph begins within a line'
        return 1
    fi
}

# long_lines: of the files on stdin.
long_lines() {
    local failed=0
    # Columns, not bytes. The pattern is slow, so it sees only the files with a line of more than 120 bytes.
    LC_ALL=C xargs awk 'length > 120 && FILENAME != last { print last = FILENAME }' |
        LC_ALL=C.UTF-8 xargs -r grep -nHE '^.{121,}' | sed 's|^\([^:]*:[0-9]*\):.*|\1: more than 120 columns|' | grep . && failed=1
    return $failed
}

check_shell() {
    command -v shellcheck >/dev/null || missing shellcheck shellcheck
    shell_files | xargs shellcheck --severity=warning
}

check_python() {
    command -v pyflakes3 >/dev/null || missing pyflakes3 pyflakes3
    command -v mypy >/dev/null || missing mypy mypy
    local failed=0 folder
    python_files | xargs pyflakes3 || failed=1
    # Programs of several files import what lies beside them. A run for each folder: mypy takes longest to start.
    while IFS= read -r folder; do
        python_files | grep -E "^$folder/[^/]*$" | MYPYPATH=$folder xargs mypy --no-error-summary \
            --ignore-missing-imports --scripts-are-modules --cache-dir=build/lint/mypy || failed=1
    done < <(python_files | xargs -n 1 dirname | sort -u)
    exit $failed
}

check_workflow() {
    command -v actionlint >/dev/null || missing actionlint "none; github.com/rhysd/actionlint"
    git ls-files '.github/workflows/*.yml' | xargs actionlint
}

case ${1:-} in
    format | lines | shell | python | workflow) "check_$1" ;;
    *) echo "Usage: lint.bash format|lines|shell|python|workflow" >&2 && exit 2 ;;
esac
