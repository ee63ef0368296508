#!/bin/bash
# The same as one job of many processes: sbatch mpi.sh FILE --add=N [OPTION...]
#
# The processes know of each other by MPI: one report, one bar of progress, and statistics of the whole image. Queued
# again after its time limit it goes on. `srun --mpi=list` names the ways by which srun and MPI can find each other.
#
#SBATCH --job-name=mmbright-mpi
#SBATCH --ntasks=4
#SBATCH --time=01:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
file=${1:?usage: sbatch mpi.sh FILE --add=N [OPTION...]}
shift
srun --mpi="${MMVIEW_SRUN_MPI:-pmix}" mmbright -i --progress=always "$@" "$file"
status=$?
[ $status -ne 75 ] || scontrol requeue "$SLURM_JOB_ID"
[ $status -eq 0 ] || exit $status
srun --mpi="${MMVIEW_SRUN_MPI:-pmix}" mmstat "$file"
