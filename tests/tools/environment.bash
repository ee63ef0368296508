# The OpenMP runtime sees our defaults, and the user's own before them.
. "${0%/*}/common.bash"

head -c 4096 /dev/zero >data
OMP_DISPLAY_ENV=true "$mmbright" --add=10 -i -j2 data 2>"$base/err" || fail "exit status"
grep -q OMP_WAIT_POLICY "$base/err" || skip "no OpenMP runtime that talks about itself"
if ldd "$mmbright" | grep -q libgomp.so; then
    skip "libgomp is a shared library here: it starts before the tool can say anything"
fi
check "passive: $(grep OMP_WAIT_POLICY "$base/err")" grep -Eq "OMP_WAIT_POLICY *= *'PASSIVE'" "$base/err"
check "small stacks: $(grep OMP_STACKSIZE "$base/err")" grep -Eiq "OMP_STACKSIZE *= *'(524288|512k)'" "$base/err"
OMP_STACKSIZE=2M OMP_DISPLAY_ENV=true "$mmbright" --add=10 -i -j2 data 2>"$base/err" || fail "exit status"
check "the user's stacks" grep -Eiq "OMP_STACKSIZE *= *'(2097152|2M)'" "$base/err"

# Threads: the environment limits the default, and -j does not care.
head -c 33554432 /dev/zero >data
threads() { "$@" --json data | sed 's/.*"threads": \([0-9]*\).*/\1/'; }
default=$(threads "$mmbright" --add=10 -i --window=1M)
check "OMP_NUM_THREADS=1" test "$(OMP_NUM_THREADS=1 threads "$mmbright" --add=10 -i --window=1M)" = 1
check "OMP_NUM_THREADS=1,8" test "$(OMP_NUM_THREADS=1,8 threads "$mmbright" --add=10 -i --window=1M)" = 1
check "SLURM_CPUS_PER_TASK=1" test "$(SLURM_CPUS_PER_TASK=1 threads "$mmbright" --add=10 -i --window=1M)" = 1
check "not more than there are" test "$(OMP_NUM_THREADS=500 threads "$mmbright" --add=10 -i --window=1M)" = "$default"
[[ $kind = *posix* ]] || check "affinity" test "$(taskset 1 "$mmbright" --add=10 -i --window=1M --json data | sed 's/.*"threads": \([0-9]*\).*/\1/')" = 1
check "-j" test "$(OMP_NUM_THREADS=1 threads "$mmbright" --add=10 -i -j3 --window=1M)" = 3
finish
