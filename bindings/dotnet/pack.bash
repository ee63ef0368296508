#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pack.bash - makes the package: the assemblies, and the native library, built for it alone.
#
#     bindings/dotnet/pack.bash FOLDER       the package is FOLDER/Mmview.VERSION.nupkg
#
# The library walks with threads of its own, without OpenMP and without liburing: it needs the C library alone. Wants
# the SDK of .NET, CMake, a C compiler, readelf, and xxHash's header. MmviewFrameworks=net10.0 makes a package for
# that alone: for net8.0 the SDK takes reference assemblies from NuGet.
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

build() { # the library, at $work/native/RID/native/libmmview.so
    local target
    target=$work/native/$(runtime)/native
    cmake -S "$here/../.." -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DMMV_OPENMP=OFF -DMMV_THREADS=ON \
        -DMMV_URING=OFF -DMMV_SHARED=ON -DMMV_INSTALL=OFF -DMMV_MPI=OFF -DMMV_TESTS=OFF -DMMV_EXAMPLES=OFF \
        -DMMV_BENCH=OFF -DMMV_MAN=OFF -DMMV_TOOLS=OFF >"$work/log" || { cat "$work/log" >&2; die "CMake failed"; }
    cmake --build "$work/build" --target mmview_shared -j "$(nproc)" >"$work/log" ||
        { cat "$work/log" >&2; die "the library does not build"; }
    mkdir -p "$target"
    cp "$work/build/lib/mmview/libmmview.so.0" "$target/libmmview.so"
    strip --strip-unneeded "$target/libmmview.so"
    check_needs "$target/libmmview.so"
}

check_needs() { # LIBRARY: it needs nothing that a slim system lacks
    local needs
    needs=$(LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        grep -Ev '^(lib(c|m|pthread|dl|rt)\.so\.[0-9]+|ld-linux.*|ld-musl.*|libc\.musl.*)$' || true)
    [ -z "$needs" ] || die "the library needs $needs, which a slim system lacks"
}

build
MmviewBuild=$work/dotnet MmviewNative=$work/native dotnet pack "$here/Mmview/Mmview.csproj" -c Release --nologo \
    -v quiet -o "$folder" --disable-build-servers
ls "$folder"/Mmview.*.nupkg
