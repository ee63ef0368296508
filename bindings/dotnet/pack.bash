#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pack.bash - makes the package: the assemblies, and the native library, built for it alone.
#
#     bindings/dotnet/pack.bash FOLDER       the package is FOLDER/Mmview.VERSION.nupkg
#
# It has the library of this system, and on Linux with 64-bit x86 those of the others, too, whose compilers are there.
# What is left out is said on stderr, with Debian's packages that it wants:
#
#     linux-x64        gcc
#     linux-musl-x64   musl-gcc
#     linux-arm64      clang, and Debian's binutils and C library of that processor
#     win-x64          mingw-w64
#
# The libraries walk with threads of their own, without OpenMP and without liburing: they need the C library alone.
# Wants the SDK of .NET, CMake, a C compiler, readelf, and xxHash's header. MmviewFrameworks=net10.0 makes a package for
# that alone: for net8.0 the SDK takes reference assemblies from NuGet. MmviewRuntimes="linux-x64 ..." makes no others.
set -euo pipefail
[ $# = 1 ] || { echo "Usage: pack.bash FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-pack.XXXXXX")
trap 'rm -rf "$work"' EXIT

die() { echo "pack.bash: $*" >&2; exit 1; }

runtime() { # as .NET calls this system
    local libc=linux machine
    ! ldd --version 2>&1 | grep -qi musl || libc=linux-musl
    case $(uname -m) in
        x86_64) machine=x64 ;;
        aarch64) machine=arm64 ;;
        *) die "$(uname -m) is no processor that the package knows" ;;
    esac
    echo "$libc-$machine"
}

compiler_of() { # RUNTIME: sets $why to what is missing for it, else to nothing
    local program wants packages
    case $1 in
        linux-musl-x64) wants=musl-gcc packages="musl-tools linux-libc-dev" ;;
        linux-arm64)
            wants="clang aarch64-linux-gnu-strip aarch64-linux-gnu-ld"
            packages="clang binutils-aarch64-linux-gnu libc6-dev-arm64-cross libgcc-12-dev-arm64-cross"
            ;;
        win-x64) wants=x86_64-w64-mingw32-gcc packages=gcc-mingw-w64-x86-64-posix ;;
    esac
    why=
    for program in $wants; do
        command -v "$program" >/dev/null || why="there is no $program (Debian: $packages)"
    done
    [ -n "$why" ] || [ "$1" != linux-arm64 ] || [ -e /usr/aarch64-linux-gnu/lib/libc.so.6 ] ||
        why="there is no C library of that processor (Debian: $packages)"
}

# musl-gcc does not look for the kernel's headers, which are the same for each C library. Nor does a compiler for
# another system look for xxHash's.
take_headers() {
    mkdir -p "$work/include" "$work/kernel"
    cp /usr/include/xxhash.h "$work/include/"
    ln -s /usr/include/linux /usr/include/asm-generic "$work/kernel/"
    ln -s "/usr/include/$(gcc -print-multiarch)/asm" "$work/kernel/asm"
}

cross_options() { # RUNTIME: leaves $options
    local toolchain=$here/../../cmake
    options=("-DXXHASH_INCLUDE_DIR=$work/include")
    case $1 in
        linux-musl-x64)
            options+=("-DCMAKE_TOOLCHAIN_FILE=$toolchain/cross/musl.cmake" "-DCMAKE_C_FLAGS=-idirafter $work/kernel")
            ;;
        linux-arm64) options+=("-DCMAKE_TOOLCHAIN_FILE=$toolchain/cross/arm64.cmake") ;;
        win-x64) options+=("-DCMAKE_TOOLCHAIN_FILE=$toolchain/windows/mingw-x86_64.cmake") ;;
    esac
}

build() { # RUNTIME OPTION...: the library, at $work/native/RUNTIME/native
    local tree=$work/build/$1 target=$work/native/$1/native built=libmmview.so.0 name=libmmview.so strip=strip
    case $1 in
        linux-arm64) [ "$1" = "$own" ] || strip=aarch64-linux-gnu-strip ;;
        win-x64) built=mmview.dll name=mmview.dll strip=x86_64-w64-mingw32-strip ;;
    esac
    cmake -S "$here/../.." -B "$tree" -DCMAKE_BUILD_TYPE=Release -DMMV_OPENMP=OFF -DMMV_THREADS=ON \
        -DMMV_URING=OFF -DMMV_SHARED=ON -DMMV_INSTALL=OFF -DMMV_MPI=OFF -DMMV_TESTS=OFF -DMMV_EXAMPLES=OFF \
        -DMMV_BENCH=OFF -DMMV_MAN=OFF -DMMV_TOOLS=OFF "${@:2}" >"$work/log" 2>&1 ||
        { cat "$work/log" >&2; die "CMake failed for $1"; }
    cmake --build "$tree" --target mmview_shared -j "$(nproc)" >"$work/log" 2>&1 ||
        { cat "$work/log" >&2; die "the library for $1 does not build"; }
    mkdir -p "$target"
    cp "$tree/lib/mmview/$built" "$target/$name"
    $strip --strip-unneeded "$target/$name"
    [ "$1" = win-x64 ] || check_needs "$target/$name"
}

check_needs() { # LIBRARY: it needs nothing that a slim system lacks
    local needs
    needs=$(LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        grep -Ev '^(lib(c|m|pthread|dl|rt)\.so\.[0-9]+|ld-linux.*|ld-musl.*|libc\.musl.*|libc\.so)$' || true)
    [ -z "$needs" ] || die "the library needs $needs, which a slim system lacks"
}

wanted() { # RUNTIME
    [ -z "${MmviewRuntimes-}" ] || [[ " $MmviewRuntimes " = *" $1 "* ]]
}

# shellcheck disable=SC2154 # compiler_of() sets $why
build_others() { # all but this system's
    local other
    take_headers
    for other in linux-musl-x64 linux-arm64 win-x64; do
        wanted "$other" || continue
        compiler_of "$other"
        if [ -n "$why" ]; then
            echo "pack.bash: NOT IN THE PACKAGE: $other: $why" >&2
        else
            cross_options "$other"
            build "$other" "${options[@]}"
        fi
    done
}

own=$(runtime)
why= options=()
build "$own"
[ "$own" != linux-x64 ] || build_others
MmviewBuild=$work/dotnet MmviewNative=$work/native dotnet pack "$here/Mmview/Mmview.csproj" -c Release --nologo \
    -v quiet -o "$folder" --disable-build-servers
ls "$folder"/Mmview.*.nupkg
