#!/bin/bash
# Brighten one file in place by an array of tasks, each a part: sbatch array.sh FILE --add=N [OPTION...]
#
# A task that is warned of its time limit stops where it is, exits with 75 and is queued again; there it goes on. So is
# one that is lost with its node. No pixel is changed twice. Repeat one task alone with its own numbers, not with
# another --array:
#     mmbright -i --add=N --shard-index=3 --shard-count=8 FILE
#
#SBATCH --job-name=mmbright
#SBATCH --array=0-7
#SBATCH --cpus-per-task=2
#SBATCH --time=01:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
file=${1:?usage: sbatch array.sh FILE --add=N [OPTION...]}
shift
srun mmbright -i --shard=auto --progress=always "$@" "$file"
status=$?
[ $status -ne 75 ] || scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
exit $status
