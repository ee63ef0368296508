# shellcheck shell=sh
# Sourced by ./check: what builds for other processors and C libraries need (cmake/cross/). Needs setup.sh, machine.sh
# and sources.sh.
#   compiler    clang with Debian's C library of the other processor, or musl-gcc. Debian's own cross compilers cannot
#               be installed beside gcc-multilib, which the 32-bit build needs
#   programs    are static; qemu-user runs them
#   cmocka      Debian's sources, compiled into build/PRESET-deps
#   the rest    (liburing, libpng, libzstd) is left out

is_cross() { # PRESET
    case $1 in arm64 | riscv64 | s390x | musl) return 0 ;; esac
    return 1
}

cross_packages() { # PRESET: their names
    case $1 in
        arm64) echo clang binutils-aarch64-linux-gnu libc6-dev-arm64-cross libgcc-12-dev-arm64-cross ;;
        riscv64) echo clang binutils-riscv64-linux-gnu libc6-dev-riscv64-cross libgcc-12-dev-riscv64-cross ;;
        s390x) echo clang binutils-s390x-linux-gnu libc6-dev-s390x-cross libgcc-12-dev-s390x-cross ;;
        musl) echo musl-tools linux-libc-dev ;;
    esac
}

# prepare_cross PRESET yes|no: sets cross_options for CMake, or cross_skipped to the reason why there is no such build.
prepare_cross() {
    cross_skipped=
    cross_emulator=
    cross_deps=$PWD/build/$1-deps
    say "Preparing the build for $1"
    # shellcheck disable=SC2046
    try_packages "$2" $(cross_packages "$1") && cross_find_emulator "$1" "$2" && cross_make_cmocka "$1" &&
        cross_take_headers "$1" || cross_skipped=${cross_skipped:-"missing packages: $(cross_packages "$1")"}
    cross_options="-DMMV_EMULATOR=$cross_emulator -DXXHASH_INCLUDE_DIR=$cross_deps/include
        -DCMOCKA_INCLUDE_DIR=$cross_deps/include -DCMOCKA_LIBRARY=$cross_deps/lib/libcmocka-static.a"
    [ -z "$cross_skipped" ] || echo "SKIPPED: no build for $1. $cross_skipped."
}

cross_find_emulator() { # PRESET yes|no
    case $1 in
        arm64) cross_emulator=qemu-aarch64 ;;
        riscv64) cross_emulator=qemu-riscv64 ;;
        s390x) cross_emulator=qemu-s390x ;;
        *) return 0 ;;
    esac
    command -v $cross_emulator >/dev/null || ! command -v $cross_emulator-static >/dev/null ||
        cross_emulator=$cross_emulator-static
    command -v $cross_emulator >/dev/null || try_packages "$2" qemu-user || {
        cross_skipped="$cross_emulator does not run its programs (Debian: qemu-user)"
        return 1
    }
    cross_emulator=$(command -v $cross_emulator)
}

# xxHash is a header alone. The kernel's headers are the same for each C library, and musl-gcc does not look for them.
cross_take_headers() {
    mkdir -p "$cross_deps/include"
    cp /usr/include/xxhash.h "$cross_deps/include/"
    [ "$1" = musl ] || return 0
    ln -sfn /usr/include/linux "$cross_deps/include/linux"
    ln -sfn /usr/include/asm-generic "$cross_deps/include/asm-generic"
    ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" "$cross_deps/include/asm"
}

cross_make_cmocka() {
    [ ! -f "$cross_deps/lib/libcmocka-static.a" ] || return 0
    echo "Compiling Debian's sources of cmocka into build/$1-deps."
    cross_compile_cmocka "$1" >"build/check/$1-deps.log" 2>&1 &&
        cross_install_archive || {
        cross_skipped="no cmocka from Debian's sources (build/check/$1-deps.log)"
        return 1
    }
}

cross_compile_cmocka() { # PRESET
    fetch_source "$cross_deps" cmocka &&
        cmake -S "$cross_deps"/cmocka-*/ -B "$cross_deps/build" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/cross/$1.cmake" \
            -DCMAKE_BUILD_TYPE=Release -DWITH_STATIC_LIB=ON -DUNIT_TESTING=OFF -DWITH_EXAMPLES=OFF \
            -DCMAKE_INSTALL_PREFIX="$cross_deps" -DCMAKE_INSTALL_LIBDIR=lib &&
        cmake --build "$cross_deps/build" && cmake --install "$cross_deps/build"
}

# It is built, and not installed.
cross_install_archive() {
    find "$cross_deps/build" -name libcmocka-static.a -exec cp {} "$cross_deps/lib/" \;
    [ -f "$cross_deps/lib/libcmocka-static.a" ]
}
