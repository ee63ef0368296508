# What the tests of jobs share: common.bash is sourced with MPIEXEC as the script's first argument.
set -u
. "${BASH_SOURCE[0]%/*}/../support/checks.bash"
mpiexec=$1
[ -n "$mpiexec" ] && [ -x "$mpiexec" ] && [ $# -gt 1 ] ||
    { echo "SKIPPED: no MPI was found when this was built (./check --all installs one)"; exit 77; }
export LC_ALL=C OMP_NUM_THREADS=1
# More processes than processors, as root, and no other machine that ssh would have to reach.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_plm_rsh_agent=
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_mpi_yield_when_idle=1
unset "${!SLURM_@}" "${!PMI_@}"
base=$(mktemp -d "${TMPDIR:-/tmp}/mmview-mpi.XXXXXX")
trap 'cd /; rm -rf "$base"' EXIT
cd "$base" || exit 1
job() { # PROCESSES COMMAND...: leaves $status, $base/out, $base/err
    local count=$1
    shift
    timeout -k 5 60 "$mpiexec" -n "$count" "$@" >"$base/out" 2>"$base/err" </dev/null
    status=$?
}
