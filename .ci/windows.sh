# shellcheck shell=sh
# Sourced by ./check: what the build for Windows needs. Needs setup.sh and sources.sh.
#   compiler    Debian's mingw-w64
#   programs    Wine runs them, with a folder of its own: build/wine
#   cmocka      Debian's source package, compiled into build/windows-deps
#   libpng      the same, with zlib below it: linked, so that nothing has to lie beside a tool
#   zstd        the same

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
    windows_choose_libraries
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
        windows_compile "$windows_deps"/cmocka-*/ "$windows_deps" -DWITH_STATIC_LIB=ON -DUNIT_TESTING=OFF \
            -DWITH_EXAMPLES=OFF
}

windows_compile() { # SOURCES PREFIX OPTION...: a package that is built by CMake
    sources=$1
    prefix=$2
    shift 2
    rm -rf "$prefix/build"
    cmake -S "$sources" -B "$prefix/build" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/windows/mingw-x86_64.cmake" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib "$@" &&
        cmake --build "$prefix/build" && cmake --install "$prefix/build"
}

# What the tools are linked with. Without them mmpng is not built, and pictures and --keep-undo are refused.
windows_choose_libraries() {
    if [ ! -f "$windows_deps-png/lib/libpng.a" ] &&
        ! windows_compile_png >build/check/windows-png.log 2>&1; then
        echo "No libpng from Debian's sources (build/check/windows-png.log): no mmpng."
    else
        # By FindPNG and FindZLIB; only the archives.
        windows_options="$windows_options -DPNG_PNG_INCLUDE_DIR=$windows_deps-png/include"
        windows_options="$windows_options -DPNG_LIBRARY=$windows_deps-png/lib/libpng.a"
        windows_options="$windows_options -DZLIB_INCLUDE_DIR=$windows_deps-png/include"
        windows_options="$windows_options -DZLIB_LIBRARY=$windows_deps-png/lib/libz.a"
    fi
    if [ ! -f "$windows_deps-zstd/lib/libzstd.a" ] &&
        ! windows_compile_zstd >build/check/windows-zstd.log 2>&1; then
        echo "No zstd from Debian's sources (build/check/windows-zstd.log): no --keep-undo."
    else
        windows_options="$windows_options -DMMV_ZSTD_INCLUDE=$windows_deps-zstd/include"
        windows_options="$windows_options -DMMV_ZSTD_ARCHIVE=$windows_deps-zstd/lib/libzstd.a"
    fi
}

windows_compile_png() {
    fetch_source "$windows_deps-png" zlib && add_source "$windows_deps-png" libpng1.6 || return 1
    # Of zlib's files those that CMake would make an archive of: its build wants a DLL, too.
    windows_archive "$windows_deps-png" libz.a "$windows_deps-png"/zlib-*/*.c &&
        cp "$windows_deps-png"/zlib-*/zlib.h "$windows_deps-png"/zlib-*/zconf.h "$windows_deps-png/include" &&
        windows_compile "$windows_deps-png"/libpng1.6-*/ "$windows_deps-png" -DPNG_SHARED=OFF -DPNG_TESTS=OFF \
            -DZLIB_INCLUDE_DIR="$windows_deps-png/include" -DZLIB_LIBRARY="$windows_deps-png/lib/libz.a" &&
        { [ -f "$windows_deps-png/lib/libpng.a" ] ||
            cp "$windows_deps-png/lib/libpng16.a" "$windows_deps-png/lib/libpng.a"; }
}

windows_compile_zstd() {
    fetch_source "$windows_deps-zstd" libzstd || return 1
    windows_archive "$windows_deps-zstd" libzstd.a "$windows_deps-zstd"/libzstd-*/lib/common/*.c \
        "$windows_deps-zstd"/libzstd-*/lib/compress/*.c "$windows_deps-zstd"/libzstd-*/lib/decompress/*.c &&
        cp "$windows_deps-zstd"/libzstd-*/lib/zstd.h "$windows_deps-zstd"/libzstd-*/lib/zstd_errors.h \
            "$windows_deps-zstd/include"
}

windows_archive() { # PREFIX NAME SOURCE...: objects of C without options of their own
    prefix=$1
    archive=$2
    shift 2
    rm -rf "$prefix/objects"
    mkdir -p "$prefix/objects" "$prefix/include" "$prefix/lib"
    # The assembler's files of zstd are for other systems.
    (cd "$prefix/objects" && x86_64-w64-mingw32-gcc-posix -O2 -DZSTD_DISABLE_ASM -c "$@" &&
        rm -f "$prefix/lib/$archive" && x86_64-w64-mingw32-ar qcs "$prefix/lib/$archive" ./*.o)
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
