#!/usr/bin/env bash
# cpp.bash SOURCE LIBRARY_FOLDER COMPILER FLAG...: the programs here, compiled without a warning and run; and what the
# header refuses to compile, with its words.
set -euo pipefail
source=$1 library=$2 compiler=$3
shift 3
command -v "$compiler" >/dev/null || { echo "SKIPPED: $compiler is not there"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-cpp.XXXXXX")
trap 'rm -rf "$work"' EXIT
ulimit -c 0
include=(-I "$source/lib/mmview/include")
link=(-L "$library" "-Wl,-rpath,$library" -lmmview -pthread)

fail() {
    echo "$*"
    exit 1
}

# Two sources with the header in each, and the header twice in one: nothing of it is defined twice.
"$compiler" "$@" "${include[@]}" -include mmview/mmview.hpp "$source/tests/cpp/test_cpp.cc" "$source/tests/cpp/test_cpp_shared.cc" -o "$work/test_cpp" "${link[@]}"
"$compiler" "$@" -O2 -fno-exceptions -fno-rtti "${include[@]}" "$source/tests/cpp/test_cpp_results.cc" -o "$work/results" "${link[@]}"
cd "$work"
./test_cpp
[ "$(./results)" = results ] || fail "results without exceptions"

# aborts WORD LINE: what would throw ends the program, and says why.
aborts() {
    local status=0
    { ./results "$1" || status=$?; } 2>line
    [ $status = 134 ] || fail "results $1: status $status, not that of an abort"
    grep -qF "$2" line || fail "results $1: $(cat line)"
}
aborts value "nothing: open: No such file or directory"
aborts stop "walk"

# compiles CODE; refuses WORDS CODE: the compiler says them, and makes no program.
flags=("$@")
compiles() {
    printf '#include <mmview/mmview.hpp>\nint main()\n{\n    const auto map = mmview::map::memory(9);\n    %s\n}\n' "$1" >tried.cc
    "$compiler" "${flags[@]}" "${include[@]}" -fsyntax-only tried.cc >said 2>&1
}
refuses() {
    ! compiles "$2" || fail "compiles: $2"
    grep -qF "$1" said || fail "$2: $(cat said)"
}
compiles 'mmview::walk<const char>(map, [](std::span<const char>) {});' || fail "$(cat said)"
no_bool='take std::uint8_t'
refuses "$no_bool" '(void)map.view().as<const bool>();'
refuses "$no_bool" '(void)map.view().as<std::array<bool, 3>>();'
refuses "$no_bool" 'mmview::walk<const bool>(map, [](std::span<const bool>) {});'
refuses "$no_bool" 'mmview::walk_to<char, bool>(map, mmview::map::memory(9), [](std::span<const char>, std::span<bool>) {});'
refuses "$no_bool" '(void)mmview::reduce<bool>(map, 0, [](int, std::span<const bool>) { return 0; }, std::plus<>());'
refuses 'writable_map' 'mmview::walk<char>(map, [](std::span<char>) {});'
refuses 'writable_map' 'mmview::walk_to<char, char>(map, map, [](std::span<const char>, std::span<char>) {});'
