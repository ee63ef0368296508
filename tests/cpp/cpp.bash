#!/usr/bin/env bash
# cpp.bash SOURCE LIBRARY_FOLDER COMPILER FLAG...: test_cpp.cc compiled without a warning, and run.
set -euo pipefail
source=$1 library=$2 compiler=$3
shift 3
command -v "$compiler" >/dev/null || { echo "SKIPPED: $compiler is not there"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-cpp.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Two sources with the header in each: nothing of it is defined twice.
printf '#include <mmview/mmview.hpp>\n#include <mmview/mmview.hpp>\nint unused();\nint unused() { return 0; }\n' >"$work/second.cc"
"$compiler" "$@" -I "$source/lib/mmview/include" "$source/tests/cpp/test_cpp.cc" "$work/second.cc" -o "$work/test_cpp" -L "$library" \
    "-Wl,-rpath,$library" -lmmview -pthread
cd "$work"
./test_cpp
