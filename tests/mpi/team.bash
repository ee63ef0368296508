# What the ranks of a team tell each other: team.bash MPIEXEC TEST TEST_IN_PIECES
. "${0%/*}/common.bash"
head -c 2000000 /dev/urandom >file
for program in "$2:1" "$2:3" "$3:2" "$3:5"; do
    job ${program##*:} "${program%:*}" file out normal
    check "${program##*/}: $(head -c 600 err)" test "$status" = 0
done
if [ "$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -ge 10 ]; then
    job 2 "$2" file out huge
    check "beyond 2^31 bytes: $(head -c 600 err)" test "$status" = 0
else
    echo "SKIPPED: less than 10 GiB of memory: nothing beyond 2^31 bytes was gathered"
fi
finish
