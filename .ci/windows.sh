# shellcheck shell=sh
# Sourced by ./check: what the builds for Windows need. Needs setup.sh, machine.sh and sources.sh.
#   compiler    Debian's mingw-w64
#   programs    Wine runs them, with a folder of its own: build/wine
#   cmocka      Debian's source package, compiled into build/PRESET-deps
#   libpng      the same, with zlib below it: linked, so that nothing has to lie beside a tool
#   zstd        the same
#   libcbor     the same, for one of the examples

is_windows() { # PRESET
    case $1 in windows | windows-i686) return 0 ;; esac
    return 1
}

windows_packages() { # PRESET: their names
    case $1 in
        windows) echo gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix wine64 ;;
        windows-i686) echo gcc-mingw-w64-i686-posix ;;
    esac
}

# prepare_windows PRESET yes|no: sets windows_options for CMake, or windows_skipped to the reason why there is no build,
# or windows_unrun to the reason why nothing of it can be started. yes|no: may packages be installed?
prepare_windows() {
    windows_skipped=
    windows_unrun=
    windows_deps=$PWD/build/$1-deps
    windows_cpu=x86_64
    [ "$1" = windows ] || windows_cpu=i686
    windows_options="-DCMOCKA_INCLUDE_DIR=$windows_deps/include"
    # The archive: what is linked has no DLL beside it then.
    windows_options="$windows_options -DCMOCKA_LIBRARY=$windows_deps/lib/libcmocka-static.a"
    say "Preparing the build $1"
    windows_prepare "$1" "$2" || true
    [ -z "$windows_skipped" ] || echo "SKIPPED: no build $1. $windows_skipped."
    [ -z "$windows_unrun" ] || echo "SKIPPED: the tests of $1 are built and not run. $windows_unrun."
}

windows_prepare() { # PRESET yes|no
    # shellcheck disable=SC2046
    try_packages "$2" $(windows_packages "$1") || {
        windows_skipped="missing packages: $(windows_packages "$1")"
        return 1
    }
    windows_choose_cmocka || return 1
    windows_choose_libraries "$1"
    windows_name_licences
    if [ "$1" = windows-i686 ] && ! windows_have_wine32 "$2"; then
        return 0
    fi
    windows_start_wine || windows_skipped="Wine does not start (build/check/wine.log)"
}

windows_have_wine32() { # yes|no
    # shellcheck disable=SC2154 # machine.sh sets it
    if [ "$bits32" != yes ]; then
        windows_unrun="32-bit programs: $bits32"
        return 1
    fi
    try_packages "$1" wine32:i386 || {
        windows_unrun="no wine32 (Debian: wine32:i386)"
        return 1
    }
}

windows_choose_cmocka() {
    [ ! -f "$windows_deps/lib/libcmocka-static.a" ] || return 0
    if ! windows_compile_cmocka >"build/check/${windows_deps##*/}.log" 2>&1; then
        windows_skipped="no cmocka from Debian's sources (build/check/${windows_deps##*/}.log)"
        return 1
    fi
    echo "cmocka comes from Debian's sources, in build/${windows_deps##*/}."
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
    cmake -S "$sources" -B "$prefix/build" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/windows/mingw-$windows_cpu.cmake" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib "$@" &&
        cmake --build "$prefix/build" && cmake --install "$prefix/build"
}

# What the tools are linked with. Without them mmpng is not built, and pictures and --keep-undo are refused.
windows_choose_libraries() { # PRESET
    if [ ! -f "$windows_deps-png/lib/libpng.a" ] &&
        ! windows_compile_png >"build/check/${windows_deps##*/}-png.log" 2>&1; then
        echo "No libpng from Debian's sources (build/check/${windows_deps##*/}-png.log): no mmpng."
    else
        # By FindPNG and FindZLIB; only the archives.
        windows_options="$windows_options -DPNG_PNG_INCLUDE_DIR=$windows_deps-png/include"
        windows_options="$windows_options -DPNG_LIBRARY=$windows_deps-png/lib/libpng.a"
        windows_options="$windows_options -DZLIB_INCLUDE_DIR=$windows_deps-png/include"
        windows_options="$windows_options -DZLIB_LIBRARY=$windows_deps-png/lib/libz.a"
    fi
    if [ ! -f "$windows_deps-zstd/lib/libzstd.a" ] &&
        ! windows_compile_zstd >"build/check/${windows_deps##*/}-zstd.log" 2>&1; then
        echo "No zstd from Debian's sources (build/check/${windows_deps##*/}-zstd.log): no --keep-undo."
    else
        windows_options="$windows_options -DMMV_ZSTD_INCLUDE=$windows_deps-zstd/include"
        windows_options="$windows_options -DMMV_ZSTD_ARCHIVE=$windows_deps-zstd/lib/libzstd.a"
    fi
    if [ ! -f "$windows_deps-cbor/lib/libcbor.a" ] &&
        ! windows_compile_cbor >"build/check/${windows_deps##*/}-cbor.log" 2>&1; then
        echo "No libcbor from Debian's sources (build/check/${windows_deps##*/}-cbor.log): no hiking_serialised."
    else
        windows_options="$windows_options -DCBOR_INCLUDE_DIR=$windows_deps-cbor/include"
        windows_options="$windows_options -DCBOR_LIBRARY=$windows_deps-cbor/lib/libcbor.a"
    fi
    # The 32-bit build has no mmbench.
    [ "$1" = windows ] || return 0
    if [ ! -f "$windows_deps-bench/lib/libbenchmark.a" ] &&
        ! windows_compile_bench >"build/check/${windows_deps##*/}-bench.log" 2>&1; then
        echo "No Google Benchmark from Debian's sources (build/check/${windows_deps##*/}-bench.log): no mmbench."
    else
        windows_options="$windows_options -Dbenchmark_DIR=$windows_deps-bench/lib/cmake/benchmark"
    fi
}

# Those of what is linked into the tools, which the zip has to have.
windows_name_licences() {
    licences=
    for pair in libpng=$windows_deps-png/libpng1.6-*/LICENSE zlib=$windows_deps-png/zlib-*/README \
        zstd=$windows_deps-zstd/libzstd-*/LICENSE benchmark=$windows_deps-bench/benchmark-*/LICENSE \
        xxhash=/usr/share/doc/libxxhash-dev/copyright \
        mingw-w64=/usr/share/doc/mingw-w64-common/copyright gcc=/usr/share/doc/gcc-mingw-w64-base/copyright; do
        # A word with "=" is not expanded.
        for file in ${pair#*=}; do
            [ ! -f "$file" ] || licences="$licences;${pair%%=*}=$file"
        done
    done
    windows_options="$windows_options -DMMV_LICENSES=${licences#;}"
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

windows_compile_cbor() {
    fetch_source "$windows_deps-cbor" libcbor &&
        windows_compile "$windows_deps-cbor"/libcbor-*/ "$windows_deps-cbor" -DWITH_EXAMPLES=OFF -DWITH_TESTS=OFF \
            -DBUILD_SHARED_LIBS=OFF
}

windows_compile_bench() {
    fetch_source "$windows_deps-bench" benchmark &&
        windows_compile "$windows_deps-bench"/benchmark-*/ "$windows_deps-bench" -DBENCHMARK_ENABLE_TESTING=OFF \
            -DBENCHMARK_ENABLE_WERROR=OFF -DBENCHMARK_INSTALL_DOCS=OFF -DGIT_VERSION=1.7.1
}

windows_archive() { # PREFIX NAME SOURCE...: objects of C without options of their own
    prefix=$1
    archive=$2
    shift 2
    rm -rf "$prefix/objects"
    mkdir -p "$prefix/objects" "$prefix/include" "$prefix/lib"
    # The assembler's files of zstd are for other systems.
    flags=
    [ "$windows_cpu" = x86_64 ] || flags="-msse2 -mstackrealign"
    # shellcheck disable=SC2086
    (cd "$prefix/objects" && $windows_cpu-w64-mingw32-gcc-posix -O2 $flags -DZSTD_DISABLE_ASM -c "$@" &&
        rm -f "$prefix/lib/$archive" && $windows_cpu-w64-mingw32-ar qcs "$prefix/lib/$archive" ./*.o)
}

# The server stays for a while: each program would start one, which takes seconds. It says that it is Windows 10.
windows_start_wine() {
    export WINEPREFIX="$PWD/build/wine" WINEDEBUG=-all
    wine=/usr/lib/wine/wine64
    # See cmake/windows/mingw.cmake.
    ! setarch -R true 2>/dev/null || wine="setarch -R $wine"
    if [ ! -f "$WINEPREFIX/system.reg" ]; then
        $wine wineboot -i && $wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f || return 1
    fi >build/check/wine.log 2>&1
    /usr/lib/wine/wineserver64 -p120 >>build/check/wine.log 2>&1 || true
}
