# shellcheck shell=sh
# Sourced by ./quickstart and ./check: which machine this is, said first, since speed and some tests depend on it. Needs
# a C compiler.

# without THING: what the variable names is taken for missing, to try what happens then.
without() {
    case " ${MMV_CHECK_WITHOUT:-} " in *" $1 "*) return 0 ;; esac
    return 1
}

# Sets bits32 to yes, or to the reason why 32-bit programs do not run. The program that is tried needs no 32-bit
# libraries.
find_32bit() {
    if without 32bit; then
        bits32="no (MMV_CHECK_WITHOUT says so)"
        return 0
    fi
    if ! echo 'void _start(void) { __asm__("mov $1, %eax; xor %ebx, %ebx; int $0x80"); }' |
        ${CC:-cc} -m32 -nostdlib -static -xc -o "$machine_folder/bits32" - 2>/dev/null; then
        bits32="no (the compiler makes none)"
    elif ! "$machine_folder/bits32" 2>/dev/null; then
        bits32="no (the kernel refuses them)"
    elif grep -qs '^enabled' /proc/sys/fs/binfmt_misc/qemu-i386; then
        bits32="no (only through binfmt_misc, by an emulator)"
    else
        bits32=yes
    fi
    rm -f "$machine_folder/bits32"
}

# Sets page_ns to the cost of a mapped page, or to nothing.
find_page_cost() {
    page_ns=
    ${CC:-cc} -O2 -o "$machine_folder/machine" .ci/machine.c 2>/dev/null &&
        page_ns=$("$machine_folder/machine" build) || true
    rm -f "$machine_folder/machine"
}

# From 1.5 us on (virtual machines without help from the processor; real ones take 0.2 to 0.7), reading and writing
# beats mapping.
page_words() {
    if [ -z "$page_ns" ]; then
        echo "unknown"
    elif [ "$page_ns" -ge 1500 ]; then
        echo "$page_ns ns: dear, mapping files is slow on this machine"
    else
        echo "$page_ns ns: cheap"
    fi
}

describe_machine() {
    mkdir -p build
    machine_folder=$(mktemp -d build/machine.XXXXXX)
    find_32bit
    find_page_cost
    rmdir "$machine_folder"
    say "This machine"
    model=$(awk -F': ' '/^model name/ { print ", " $2; exit }' /proc/cpuinfo 2>/dev/null || true)
    memory=$(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo 2>/dev/null || true)
    echo "processors              $(nproc), $(uname -m)$model"
    echo "memory                  $memory"
    echo "kernel                  $(uname -sr)"
    echo "runs 32-bit programs    $bits32"
    echo "build/ lies on          $(df --output=fstype build 2>/dev/null | tail -n 1)"
    echo "first store to a page   $(page_words)"
}
