# The zip for Windows: what is in it, and that a project of somebody else's is built on it, in each of the ways that README
# names, and runs.
# package.bash BUILD SOURCE CMAKE CPACK PROCESSOR [WINE...]: BUILD is complete.
set -u
build=$1 source=$2 cmake=$3 cpack=$4 processor=$5 wine=("${@:6}")
export WINEPREFIX="${WINEPREFIX-$source/build/wine}" WINEDEBUG="${WINEDEBUG--all}"
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
checks=0 failures=0
check() { # WHAT COMMAND...
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" >"$work/log" 2>&1 || { failures=$((failures + 1)); echo "FAILED: $what"; tail -n 25 "$work/log"; }
}
missing() { # NAME...: those that are not in the zip
    local name
    for name in "$@"; do [ -s "$prefix/$name" ] || echo "$name"; done
}

cd "$work" || exit 1
check "cpack" "$cpack" --config "$build/CPackConfig.cmake"
rm -rf _CPack_Packages
zip=$(echo mmview-*-windows-"$processor".zip)
check "one zip: $zip" test -s "$zip"
check "unpacked" "$cmake" -E tar xf "$zip"
prefix=$work/${zip%.zip}
check "one folder in it, of that name" test "$(ls -d ./*/)" = "./${zip%.zip}/"
mkdir "$work/elsewhere" && mv "$prefix" "$work/elsewhere/moved" && prefix=$work/elsewhere/moved
check "no path of the build" bash -c '! grep -rIl -e "$1" -e "$2/mmview-" "$2"/elsewhere' - "$build" "$work"
lost=$(missing bin/mmview.dll bin/mmimage.dll lib/libmmview.dll.a lib/libmmimage.dll.a lib/libmmview.a lib/libmmimage.a \
    lib/mmview.def lib/mmimage.def lib/pkgconfig/mmview.pc lib/pkgconfig/mmimage.pc include/mmview/mmview.h \
    include/mmimage/mmimage.h lib/cmake/mmview/mmviewConfig.cmake share/doc/mmview/LICENSE share/doc/mmview/docs/windows.md)
check "what is not in it: $lost" test -z "$lost"
licences=$(sed -n 's/^MMV_LICENSES:STRING=//p' "$build/CMakeCache.txt" | tr ';' '\n' | sed 's|=.*||; s|.*|share/doc/mmview/licences/&.txt|')
# shellcheck disable=SC2086
lost=$(missing $licences)
check "licences that are not in it: $lost" test -z "$lost"
check "licences of what is linked: $licences" test "$(echo "$licences" | grep -cE '/(mingw-w64|gcc|xxhash)\.txt$')" = 3

# Each DLL shows what the headers have, names no other DLL but the system's and the engine's, and a .def names the same.
for library in mmview mmimage; do
    shown=$("$processor-w64-mingw32-objdump" -p "$prefix/bin/$library.dll" | sed -n 's/^\t\[ *[0-9]*\].* \(mm[iv]_.*\)$/\1/p' | LC_ALL=C sort)
    check "$library.def" diff <(echo "$shown") <(sed -n 's/^    \([a-z0-9_]*\).*/\1/p' "$prefix/lib/$library.def" | LC_ALL=C sort)
    declared=$(cat "$prefix/include/$library"/*.h | tr '\n' ' ' | grep -oE 'MM[VI]_API [^;{(]*\(' | sed -E 's/.*[ *](mm[iv]_[a-z0-9_]+)\($/\1/' |
        grep -x 'mm[iv]_[a-z0-9_]*' | LC_ALL=C sort -u)
    check "$library.dll has functions" test "$(echo "$declared" | wc -l)" -ge 30
    lost=$(LC_ALL=C comm -13 <(echo "$shown") <(echo "$declared"))
    # Of MPI's header this build has no library.
    check "$library.dll does not show: $lost" test -z "$lost"
    needed=$("$processor-w64-mingw32-objdump" -p "$prefix/bin/$library.dll" | sed -n 's/.*DLL Name: //p' | tr '[:upper:]' '[:lower:]' |
        grep -vxE 'kernel32.dll|msvcrt.dll|advapi32.dll|bcrypt.dll|ntdll.dll|mmview.dll')
    check "$library.dll needs no other DLL: $needed" test -z "$needed"
done

# Each tool is there and starts: no DLL lies beside it but ours, which it does not need.
run_program() { # PROGRAM ARGUMENT...
    "${wine[@]}" "$@"
}
for tool in mmbright mmgen mmstat mmdump mmdiff mmipc mmrec mmshard; do
    check "$tool is there" test -s "$prefix/bin/$tool.exe"
    check "$tool needs no DLL of ours" bash -c '! "$1" -p "$2" | grep -q "DLL Name: \(mm\|lib\)"' - "$processor-w64-mingw32-objdump" "$prefix/bin/$tool.exe"
done
check "mmbright runs" run_program "$prefix/bin/mmbright.exe" --version

# Other people's projects. Their file for the other system says what any such file says.
cat >their.cmake <<END
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR $processor)
set(CMAKE_C_COMPILER $processor-w64-mingw32-gcc-posix)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
END
consume() { # WAY [CMAKE ARGUMENT...]
    local way=$1 program
    shift
    check "$way: configure" "$cmake" -S "$source/tests/install/consumer" -B "$work/$way" -DWAY="$way" \
        -DCMAKE_TOOLCHAIN_FILE="$work/their.cmake" -DCMAKE_BUILD_TYPE=Release "$@"
    check "$way: build" "$cmake" --build "$work/$way"
    for program in consumer engine; do
        [ "$way" = pkg-config ] && [ $program = engine ] && continue
        [ "$way" = static ] || cp "$prefix"/bin/*.dll "$work/$way/"
        printf 'abc\377' >"$work/data"
        check "$way: $program runs" run_program "$work/$way/$program.exe" "$work/data"
        check "$way: $program brightens" test "$(od -An -tu1 "$work/data" | tr -d ' ')" = 107108109255
    done
}
consume package -DCMAKE_PREFIX_PATH="$prefix"
check "package: by the DLL" bash -c '"$1" -p "$2" | grep -q "DLL Name: mmview.dll"' - "$processor-w64-mingw32-objdump" "$work/package/consumer.exe"
consume static -DCMAKE_PREFIX_PATH="$prefix"
check "static: by no DLL of ours" bash -c '! "$1" -p "$2" | grep -q "DLL Name: mm"' - "$processor-w64-mingw32-objdump" "$work/static/consumer.exe"
if command -v pkg-config >/dev/null; then
    export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
    consume pkg-config
    check "pkg-config --static" "$processor-w64-mingw32-gcc-posix" -static "$source/tests/install/consumer/consumer.c" -o "$work/by-hand.exe" \
        $(pkg-config --static --cflags --libs mmimage)
    printf 'abc\377' >"$work/data"
    check "pkg-config --static: runs" run_program "$work/by-hand.exe" "$work/data"
    check "pkg-config --static: brightens" test "$(od -An -tu1 "$work/data" | tr -d ' ')" = 107108109255
else
    echo "SKIPPED: pkg-config is not installed"
fi
# An import library of Microsoft's kind, from the .def, by whatever makes one here.
maker=$(command -v llvm-dlltool llvm-dlltool-14 "$processor-w64-mingw32-dlltool" 2>/dev/null | head -n 1)
if [ -n "$maker" ]; then
    for library in mmview mmimage; do
        check "an import library by ${maker##*/}" "$maker" -m "$([ "$processor" = i686 ] && echo i386 || echo i386:x86-64)" \
            -d "$prefix/lib/$library.def" -D "$library.dll" -l "$work/$library.lib"
    done
    check "linked with it" "$processor-w64-mingw32-gcc-posix" -static -I "$prefix/include" "$source/tests/install/consumer/consumer.c" \
        -o "$work/imported.exe" "$work/mmimage.lib" "$work/mmview.lib"
    cp "$prefix"/bin/*.dll "$work/"
    printf 'abc\377' >"$work/data"
    check "by the import library: runs" run_program "$work/imported.exe" "$work/data"
    check "by the import library: brightens" test "$(od -An -tu1 "$work/data" | tr -d ' ')" = 107108109255
fi

echo "$checks checks, $failures failed"
[ "$failures" = 0 ]
