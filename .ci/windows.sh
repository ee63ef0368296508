# shellcheck shell=sh
# Sourced by ./check: what the build for Windows needs. Needs setup.sh and sources.sh.
#   compiler    Debian's mingw-w64
#   programs    Wine runs them, with a folder of its own: build/wine
#   cmocka      Debian's source package, compiled into build/windows-deps

windows_deps=$PWD/build/windows-deps
windows_packages="gcc-mingw-w64-x86-64-posix wine64"

# Sets windows_options for CMake, or windows_skipped to the reason why there is no build. prepare_windows yes|no: may
# packages be installed?
prepare_windows() {
    windows_options="-DCMOCKA_INCLUDE_DIR=$windows_deps/include"
    # The archive: what is linked has no DLL beside it then.
    windows_options="$windows_options -DCMOCKA_LIBRARY=$windows_deps/lib/libcmocka-static.a"
    windows_skipped=
    say "Preparing the build for Windows"
    # shellcheck disable=SC2086
    try_packages "$1" $windows_packages || {
        windows_skipped="no mingw-w64 or no Wine (Debian: $windows_packages)"
        return 0
    }
    windows_choose_cmocka || return 0
    windows_start_wine || windows_skipped="Wine does not start (build/check/wine.log)"
}

windows_choose_cmocka() {
    [ ! -f "$windows_deps/lib/libcmocka-static.a" ] || return 0
    if ! windows_compile_cmocka >build/check/windows-deps.log 2>&1; then
        windows_skipped="no cmocka from Debian's sources (build/check/windows-deps.log)"
        return 1
    fi
    echo "cmocka comes from Debian's sources, in build/windows-deps."
}

windows_compile_cmocka() {
    fetch_source "$windows_deps" cmocka &&
        cmake -S "$windows_deps"/cmocka-*/ -B "$windows_deps/build" \
            -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/windows/mingw-x86_64.cmake" -DCMAKE_BUILD_TYPE=Release \
            -DWITH_STATIC_LIB=ON -DUNIT_TESTING=OFF -DWITH_EXAMPLES=OFF -DCMAKE_INSTALL_PREFIX="$windows_deps" \
            -DCMAKE_INSTALL_LIBDIR=lib &&
        cmake --build "$windows_deps/build" && cmake --install "$windows_deps/build"
}

# The server stays for a while: each program would start one, which takes seconds. It says that it is Windows 10.
windows_start_wine() {
    export WINEPREFIX="$PWD/build/wine" WINEDEBUG=-all
    wine=/usr/lib/wine/wine64
    if [ ! -f "$WINEPREFIX/system.reg" ]; then
        $wine wineboot -i && $wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f || return 1
    fi >build/check/wine.log 2>&1
    /usr/lib/wine/wineserver64 -p120 >>build/check/wine.log 2>&1 || true
}
