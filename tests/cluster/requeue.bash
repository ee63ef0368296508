# Tasks that Slurm begins once more on three nodes over GlusterFS: requeue.bash FOLDER-OF-TOOLS
set -u
. "${0%/*}/nodes.bash"
. "${0%/*}/storage.bash"
cluster_need slurmctld slurmd srun munged gluster glusterd
cluster_inside "$0" "$@"
. "${0%/*}/../support/checks.bash"
export LC_ALL=C PATH=$1:$PATH

bring_up cluster slurm gluster
make_noise 2048 1024

# The first task waits for a word.
cat >array.sh <<'END'
#!/bin/bash
#SBATCH --array=0-5
#SBATCH --requeue
#SBATCH --open-mode=append
while [ "$SLURM_ARRAY_TASK_ID" = 0 ] && [ ! -e go ]; do sleep 0.2; done
srun mmbright -i --shard=auto --add=321 "$@"
END
submit() { # FILE-AND-OPTIONS...: leaves $job
    job=$(sbatch --parsable --chdir="$base/shared" --output="$base/log.%a" --mem=0 array.sh "$@" 2>>sbatch.err)
}
tasks() { squeue -h -r -j "$job" -o '%K %T' 2>/dev/null; }
waits() { [ "$(tasks)" = "0 RUNNING" ]; }
is_over() { [ -z "$(tasks)" ]; }
# Slurm would let a task that is queued again wait for two minutes.
begin_soon() { scontrol update JobId="${job}_$1" StartTime=now+6 2>/dev/null; }
is_queued() { tasks | grep -q "^$1 PENDING"; }
says() { tail -n 3 log.* sbatch.err; }
left() { on 1 ls -A shared | grep mmj; }

on 1 cp original shared/data
submit data
check "all but one are done: $(tasks)" until_true 90 waits

# ---- a task that is done, while its job is not over
scontrol requeue "${job}_3"
check "queued again" until_true 10 is_queued 3
begin_soon 3
check "done once more: $(tasks) $(says)" until_true 60 waits
check "by a second process: $(cat log.3)" test "$(grep -c 'data' log.3)" -ge 1

# ---- the node of a task goes off in the middle of it
victim=$(squeue -h -r -j "$job" -o %N)
victim=${victim#node}
on "$(((victim % 3) + 1))" touch shared/go
caught() { on "$victim" pkill -STOP -x mmbright; }
check "the task has begun" until_true 30 caught
node_lost "$victim"
check "its task is queued again: $(tasks)" until_true 30 is_queued 0
begin_soon 0
check "and ends on another node: $(tasks) $(says)" until_true 120 is_over
check "not on node $victim" test "$(scontrol show job "${job}_0" | grep -o ' NodeList=node.')" != " NodeList=node$victim"
node_up "$victim" && until_true 20 start_glusterd "$victim" && until_true 20 gluster_mount "$victim" && node_back "$victim"
for node in $cluster_nodes; do check "each byte once, from node $node: $(says)" seen_from "$node" data; done
check "nothing is left: $(left)" test -z "$(left)"
finish
