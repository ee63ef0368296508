# The native libraries of a package: what they need, and whether each does its work, as far as this machine can start
# it. Sourced by pack.bash, in its folder. Says what was not run.

: "${source:?}" "${work:?}"

needs_of() { LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' '; }

# run_native RUNTIME NEEDS "COMPILER..." COMMAND...: the program beside the library, compiled for it, says ok. NEEDS is a
# pattern of all that the library may need.
run_native() {
    local runtime=$1 needs=$2 compiler=$3
    local folder=$PWD/natives/runtimes/$runtime/native
    shift 3
    if [ ! -d "$folder" ]; then
        echo "NOT TESTED: $runtime: it is not in the package"
        return 0
    fi
    [ "$needs" = - ] || check "$runtime needs the C library alone, not $(needs_of "$folder/libmmview.so")" \
        bash -c '[[ $1 =~ ^(($2) )+$ ]]' - "$(needs_of "$folder/libmmview.so")" "$needs"
    if ! command -v "${compiler%% *}" >/dev/null || ! command -v "$1" >/dev/null; then
        echo "NOT RUN: $runtime: there is no ${compiler%% *}, or no $1"
        return 0
    fi
    # shellcheck disable=SC2086
    check "$runtime: its program builds" quiet $compiler -std=c17 -I"$source/lib/mmview/include" \
        "$source/tests/dotnet/native.c" "$folder"/*mmview.* -o "$folder/native.exe"
    ln -sf libmmview.so "$folder/libmmview.so.0"
    (cd "$folder" && env LD_LIBRARY_PATH="$folder" "$@" ./native.exe data.raw) >said 2>native.err
    check "$runtime works: $(head -c 300 said native.err)" test "$(tr -d '\r' <said)" = ok
    native_ran="$native_ran $runtime"
}

native_ran=
mkdir natives
python3 -m zipfile -e feed/Mmview.*.nupkg natives
run_native linux-x64 'lib[cm]\.so\.6|ld-linux-x86-64\.so\.2' gcc env
run_native linux-musl-x64 'libc\.so' musl-gcc env
qemu=$(command -v qemu-aarch64 qemu-aarch64-static | head -n 1)
run_native linux-arm64 'lib[cm]\.so\.6|ld-linux-aarch64\.so\.1' "clang --target=aarch64-linux-gnu -fPIE -pie" \
    "${qemu:-qemu-aarch64}" -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$PWD/natives/runtimes/linux-arm64/native"
wine=$(command -v wine64 wine /usr/lib/wine/wine64 | head -n 1)
export WINEPREFIX=$work/wine WINEDEBUG=-all
run_native win-x64 - x86_64-w64-mingw32-gcc "${wine:-wine64}"
# Wine's server stays for a while, and would write into the folder that goes.
[ ! -d "$WINEPREFIX" ] || /usr/lib/wine/wineserver64 -k 2>/dev/null || true
echo "native libraries that ran:${native_ran:- none}"
