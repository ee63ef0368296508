# shellcheck shell=sh
# Sourced by ./check: what the 32-bit build needs, on machines that make it difficult, too. Needs setup.sh and
# machine.sh.
#   programs    the kernel runs them, or else qemu-i386 does
#   cmocka      Debian's i386 package, or else Debian's source package, compiled into build/i386-deps
#   the rest    (liburing, libpng) is used where it is and left out where it is not; CMake says which

i386_deps=$PWD/build/i386-deps

# Sets i386_options for CMake, or i386_skipped to the reason why there is no 32-bit build. prepare_i386 yes|no: may
# packages be installed?
prepare_i386() {
    i386_options=-DMMV_EMULATOR=
    i386_skipped=
    say "Preparing the 32-bit build"
    i386_can_link "$1" && i386_choose_emulator "$1" && i386_choose_cmocka "$1" || true
    rm -f build/check/hello32
    [ -z "$i386_skipped" ] || echo "SKIPPED: no 32-bit build. $i386_skipped."
}

i386_can_link() {
    i386_compile_hello || { try_packages "$1" gcc-multilib && i386_compile_hello; } || {
        i386_skipped="gcc -m32 links no program here (Debian: gcc-multilib)"
        return 1
    }
}

i386_compile_hello() {
    echo 'int puts(const char *); int main(void) { return puts("hello") < 0; }' |
        gcc -m32 -xc -o build/check/hello32 - 2>/dev/null
}

i386_choose_emulator() {
    # shellcheck disable=SC2154 # machine.sh sets it
    if [ "$bits32" = yes ]; then
        echo "The kernel runs 32-bit programs."
        return 0
    fi
    if without qemu || ! i386_have_qemu "$1"; then
        i386_skipped="32-bit programs: $bits32; and qemu-i386 does not run them (Debian: qemu-user)"
        return 1
    fi
    i386_options="$i386_options -DMMV_EMULATOR=$(command -v qemu-i386)"
    echo "The kernel runs no 32-bit programs. $(qemu-i386 --version | head -n 1) does, which is slower."
}

i386_have_qemu() {
    command -v qemu-i386 >/dev/null || try_packages "$1" qemu-user || return 1
    qemu-i386 build/check/hello32 >/dev/null 2>&1
}

i386_choose_cmocka() {
    if ! without i386-packages && try_packages "$1" libcmocka-dev:i386; then
        # An earlier check may have found the other one.
        i386_options="$i386_options -UCMOCKA_INCLUDE_DIR -UCMOCKA_LIBRARY"
        return 0
    fi
    if [ ! -f "$i386_deps/lib/libcmocka.so" ]; then
        echo "Debian's libcmocka-dev:i386 is not to be had. Compiling Debian's sources of cmocka into build/i386-deps."
        if without sources || ! i386_compile_cmocka >build/check/i386-deps.log 2>&1; then
            i386_skipped="no cmocka: neither Debian's for i386 nor from Debian's sources (build/check/i386-deps.log)"
            return 1
        fi
    fi
    i386_options="$i386_options -DCMOCKA_INCLUDE_DIR=$i386_deps/include -DCMOCKA_LIBRARY=$i386_deps/lib/libcmocka.so"
    echo "cmocka comes from Debian's sources, in build/i386-deps."
}

i386_compile_cmocka() {
    fetch_source "$i386_deps" cmocka &&
        cmake -S "$i386_deps"/cmocka-*/ -B "$i386_deps/build" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/i386.cmake" \
            -DCMAKE_BUILD_TYPE=Release \
            -DUNIT_TESTING=OFF -DWITH_EXAMPLES=OFF -DCMAKE_INSTALL_PREFIX="$i386_deps" -DCMAKE_INSTALL_LIBDIR=lib &&
        cmake --build "$i386_deps/build" && cmake --install "$i386_deps/build"
}
