# shellcheck shell=sh
# sweep_openmp.sh: LLVM's OpenMP gives each process a name in memory, and only a process that ends by itself takes it
# back. Removes those of this user's processes that are no more; scratch.c does the same for the test programs.
for name in /dev/shm/__KMP_REGISTERED_LIB_*_"$(id -u)"; do
    process=${name##*_LIB_}
    process=${process%_*}
    [ ! -e "$name" ] || kill -0 "$process" 2>/dev/null || rm -f "$name"
done
