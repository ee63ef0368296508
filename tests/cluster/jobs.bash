# Jobs of three nodes on file systems that they share: jobs.bash FOLDER-OF-TOOLS SOURCE
set -u
. "${0%/*}/nodes.bash"
. "${0%/*}/storage.bash"
cluster_need slurmctld slurmd srun munged gluster glusterd sshfs sshd ssh-keygen
cluster_inside "$0" "$@"
. "${0%/*}/../support/checks.bash"
tools=$1 source=$2
export LC_ALL=C PATH=$1:$PATH

bring_up cluster slurm gluster
make_noise 4096 2048

submit() { # SBATCH-ARGUMENT...: prints the job's number
    sbatch --parsable --chdir="$base/shared" --output="$base/log.%A_%a" --mem=0 "$@" 2>>sbatch.err
}
over() { # JOB SECONDS: waits until it is not queued any more
    local job=$1
    gone() { [ -z "$(squeue -h -j "$job" 2>/dev/null)" ]; }
    until_true "$2" gone && return
    fail "job $job is still there: $(squeue -h -j "$job"; scontrol show job "$job" | grep -E 'JobState|Reason')"
    scancel "$job"
}

# ---- in place: the array of examples/, of sixteen tasks
left() { on 2 ls -A shared | grep mmj; }
array() { # FILE: leaves $job
    on 1 cp original "shared/$1"
    job=$(submit --array=0-15 "$source/examples/slurm/array.sh" "$1" --add=321)
    over "$job" 120
    check "$1: by more than one node" test "$(scontrol show job "$job" | grep -o ' NodeList=node.' | sort -u | wc -l)" -gt 1
    check "$1: nothing is left: $(left)" test -z "$(left)"
}
array direct
for node in $cluster_nodes; do
    check "in place, from node $node: $(tail -qn 2 log."$job"_* | sort | uniq -c | sort -rn | head -n 4)" seen_from "$node" direct
done

# The same where each node's kernel keeps pages, which it does not ask about: the bytes are right on the servers.
for node in $cluster_nodes; do on "$node" umount shared && GLUSTER_DIRECT=disable gluster_mount "$node"; done
array cached
for node in $cluster_nodes; do
    on "$node" dd if=shared/cached iflag=nocache count=0 status=none
    check "in place behind a cache, from node $node" seen_from "$node" cached
done
for node in $cluster_nodes; do on "$node" umount shared && gluster_mount "$node"; done

# ---- a new file
on 2 cp original shared/original
on 2 mmshard prepare shared/original shared/new
job=$(submit --array=0-15 --wrap "srun mmbright -q -o new --shard=auto --add=321 original")
over "$job" 120
check "finished by another node" on 3 mmshard finish shared/new
for node in $cluster_nodes; do check "a new file, from node $node: $(cat log."$job"_*)" seen_from "$node" new; done

# ---- sshfs: what no other node sees is refused
sshfs_up || fail "sshfs does not start"
on 1 cp original over-ssh/data
refusal() { on 2 mmbright -q -i --shard=1/2 --add=321 seen/data 2>refusal; }
refusal
check "shards over sshfs: $? $(cat refusal)" grep -q 'need locks that all machines see, and here (sshfs)' refusal
check "and nothing was changed, nothing left" bash -c 'cmp original over-ssh/data && [ "$(ls -A over-ssh)" = data ]'
check "one process does it" on 2 mmbright -q -i --add=321 seen/data
check "and well" cmp over-ssh/data wanted

# ---- how fast
elapsed() { # COMMAND...: prints seconds
    local begin
    begin=$(now_ms)
    "$@" >/dev/null
    awk -v a="$begin" -v b="$(now_ms)" 'BEGIN { printf "%.2f", (b - a) / 1000 }'
}
together() { srun -q --ntasks=3 --nodes=3 --chdir="$base/shared" mmbright -q -i --shard=auto --add=321 "$1"; }
on 1 cp original shared/one
on 1 cp original shared/three
alone=$(elapsed on 1 mmbright -q -i --journal=power --add=321 shared/one)
three=$(elapsed together three)
check "in place by one process" seen_from 2 one
check "and by three nodes" seen_from 2 three
echo "64 MiB in place on GlusterFS, power: one process ${alone} s, three nodes ${three} s (and Slurm's start)"
finish
