# Three nodes come up, each another machine to whoever asks; Slurm runs a task on each; they go down: smoke.bash
set -u
. "${0%/*}/nodes.bash"
cluster_need slurmctld slurmd srun munged
cluster_inside "$0" "$@"
. "${0%/*}/../support/checks.bash"
export LC_ALL=C

bring_up cluster
check "three boot ids" test "$(for node in $cluster_nodes; do on "$node" cat /proc/sys/kernel/random/boot_id; done |
    sort -u | wc -l)" = 3
# Nobody listens there: who is reached says so.
reached() { on 1 timeout 2 bash -c 'exec 3<>/dev/tcp/node2/9' 2>&1 | grep -q refused; }
check "a node reaches another" reached
node_cut 2
reached && fail "a node that is cut off is reached"
node_join 2
check "and again" until_true 10 reached
bring_up slurm
check "a task on each" test "$(srun --ntasks=3 --nodes=3 hostname | sort | tr '\n' ' ')" = "node1 node2 node3 "
check "each has its own boot id there, too" test \
    "$(srun --ntasks=3 --nodes=3 cat /proc/sys/kernel/random/boot_id | sort -u | wc -l)" = 3

first=$(on 2 cat /proc/sys/kernel/random/boot_id)
node_lost 2
check "a node that is down" bash -c '! kill -0 "$1" 2>/dev/null' - "$(cat node2/first 2>/dev/null || echo 999999)"
node_down 2
node_up 2 && node_back 2
check "back with another boot id" test "$(on 2 cat /proc/sys/kernel/random/boot_id)" != "$first"
check "and taken back by Slurm: $(sinfo -h -N)" until_true 30 nodes_are_idle
# Slurm may not have heard of the new slurmd yet.
given() { [ "$(srun --nodelist=node2 hostname 2>given.err)" = node2 ]; }
check "and given work: $(sinfo -h -N -o "%N %T %E" | tr '\n' ' ')" until_true 20 given
cluster_down
cluster_down
# The kernel takes its time with a network that nobody is in any more.
bare() { ! ip -o link show master cluster | grep -q .; }
check "nothing is left on the bridge" until_true 10 bare
finish
