# Jobs of MPI over three nodes, begun by Slurm, on GlusterFS: mpi.bash FOLDER-OF-TOOLS SOURCE
#
# Open MPI and MPICH by turns, each with a libmmview-mpi that is built for it here. One that is not installed is left out,
# and said. Six processes, two on each node, are begun in two ways:
#     srun      Slurm begins the processes; they find each other by PMIx (Open MPI) or PMI-2 (MPICH)
#     mpirun    the launcher of the MPI, inside an allocation: it begins one daemon on each node by srun
# What they make is what one process makes.
set -u
. "${0%/*}/nodes.bash"
. "${0%/*}/storage.bash"
cluster_need slurmctld slurmd srun munged gluster glusterd cmake
command -v mpicc.openmpi >/dev/null || command -v mpicc.mpich >/dev/null ||
    { echo "SKIPPED: no MPI is installed (./check cluster installs two)"; exit 77; }
cluster_inside "$0" "$@"
. "${0%/*}/../support/checks.bash"
tools=$1 source=$2
export LC_ALL=C PATH=$1:$PATH OMP_NUM_THREADS=1

bring_up cluster slurm gluster
make_noise 2048 1024
on 1 cp original shared/original
head -c 2000000 original >pieces

# An MPI takes each network that it finds. Here there is one: said all the same, as one would on a real node.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_pml=ob1 OMPI_MCA_btl=tcp,self
export OMPI_MCA_btl_tcp_if_include=10.77.0.0/24 OMPI_MCA_oob_tcp_if_include=10.77.0.0/24
export UCX_NET_DEVICES=eth0 UCX_TLS=tcp,self

build() { # openmpi|mpich: the library, what uses it, and its counterpart without MPI
    cmake -S "$source" -B "$1" -DCMAKE_BUILD_TYPE=Debug -DMPI_C_COMPILER="mpicc.$1" -DMMV_SHARED=ON -DMMV_TESTS=ON \
        -DMMV_BENCH=OFF -DMMV_MAN=OFF >"$1.log" 2>&1 &&
        cmake --build "$1" -j 2 --target mmview_mpi_shared test_team example_histogram example_histogram_mpi >>"$1.log" 2>&1
}
# launch srun|mpirun COMMAND...: leaves $status, out and err; in the folder that the nodes share
launch() {
    local way=$1 how=(salloc -Q --nodes=3 --ntasks-per-node=2 --chdir="$base/shared")
    shift
    case $way.$mpi in
        srun.openmpi) how=(srun -Q --mpi=pmix --kill-on-bad-exit=1 "${how[@]:2}") ;;
        srun.mpich) how=(srun -Q --mpi=pmi2 --kill-on-bad-exit=1 "${how[@]:2}") ;;
        mpirun.openmpi) how=(env -u SRUN_EXPORT_ENV "${how[@]}" mpirun.openmpi -wdir "$base/shared") ;;
        mpirun.mpich) how+=(mpiexec.mpich -bootstrap slurm -wdir "$base/shared" -genv LD_PRELOAD "$base/answer.so") ;;
    esac
    timeout -k 5 120 "${how[@]}" "$@" >out 2>err </dev/null
    status=$?
}
figures() { # all but times and means
    sed -E 's/"(seconds|bytes_per_second|io|io_reason|window_bytes|threads|windows|peak_mapped_bytes|minor_faults|major_faults)": ("[^"]*"|[^,}]*),? ?//g' "$1"
}
left() { on 2 ls -A shared | grep mmj; }
journals() { left | grep -vE '\.[0-9a-f]{16}$'; } # without what a killed process had only begun to make
in_place() { # WHAT: the file is as one process makes it, on each node
    local node
    check "$1: $status $(head -c 600 err)" test "$status" = 0
    for node in $cluster_nodes; do check "$1: from node $node" seen_from "$node" data; done
    check "$1: nothing is left: $(left)" test -z "$(left)"
}

by_way() { # srun|mpirun
    local what="$mpi by $1"
    launch "$1" hostname
    check "$what: two on each node: $(cat out err)" test "$(sort out | tr '\n' ' ')" = "node1 node1 node2 node2 node3 node3 "
    launch "$1" "$base/$mpi/tests/mpi/test_team" "$base/pieces" "$base/copied" normal
    check "$what: what ranks tell each other: $status $(head -c 600 err)" test "$status $(cat out)" = "0 6 ranks: fine"
    launch "$1" "$base/$mpi/examples/histogram_mpi" original
    check "$what: a reduction: $status $(head -c 600 err)" test "$status" = 0
    check "$what: as by one process" cmp counted out
    launch "$1" mmstat --json --percentiles=1,50,99.9 original
    check "$what: statistics: $status $(head -c 600 err)" test "$status" = 0
    check "$what: the figures of one process" cmp <(figures alone) <(figures out)
    on 1 cp original shared/data
    launch "$1" mmbright -i --json --add=321 data
    in_place "$what: in place"
    check "$what: one report: $(cat out)" test "$(grep -c '"tool"' out)" = 1
}

# The processes on a node are killed in the middle. The same job goes on.
caught() { # those of node 3 stop where they are, as soon as a journal is there
    local end=$((SECONDS + 60))
    while [ $SECONDS -lt $end ]; do
        [ -z "$(journals)" ] || { on 3 pkill -STOP -x mmbright; return; }
    done
    return 1
}
killed() {
    on 1 cp original shared/data
    launch srun mmbright -q -i --add=321 data &
    check "$mpi: processes on node 3" caught
    on 3 pkill -KILL -x mmbright
    wait $!
    check "$mpi: a killed job leaves journals: $(left)" test -n "$(journals)"
    launch srun mmbright -q -i --add=321 data
    on 1 bash -c 'for file in shared/data.mmj.*.????????????????; do rm -f "$file"; done'
    in_place "$mpi: killed, and again"
}

# The job file that is shipped.
over() { [ -z "$(squeue -h -j "$job" 2>/dev/null)" ]; }
job_file() {
    on 1 cp original shared/data
    job=$(sbatch --parsable --chdir="$base/shared" --output="$base/log.$mpi" --nodes=3 --ntasks=6 --ntasks-per-node=2 \
        "$source/examples/slurm/mpi.sh" data --add=321 2>sbatch.err)
    until_true 120 over || { fail "$mpi: the job file does not end: $(cat "log.$mpi")"; scancel "$job"; }
    status=$(scontrol show job "$job" | grep -o 'JobState=[A-Z]*')
    check "$mpi: the job file: $status $(cat "log.$mpi" sbatch.err)" test "$status" = JobState=COMPLETED
    status=0
    in_place "$mpi: the job file"
}

for mpi in openmpi mpich; do
    command -v "mpicc.$mpi" >/dev/null || { echo "SKIPPED: $mpi is not installed"; continue; }
    build "$mpi" || { fail "$mpi: not built: $(tail -n 20 "$mpi.log")"; continue; }
    export LD_LIBRARY_PATH=$base/$mpi/lib/mmview_mpi:$base/$mpi/lib/mmview
    check "$mpi: the library is built for it" bash -c "ldd $mpi/lib/mmview_mpi/libmmview-mpi.so | grep -q lib${mpi#open}.so"
    # Each MPI of Debian 12 has a fault that its processes are kept from.
    MMVIEW_SRUN_MPI=pmix kept=early
    [ "$mpi" = openmpi ] || MMVIEW_SRUN_MPI=pmi2 kept=answer
    export MMVIEW_SRUN_MPI SRUN_EXPORT_ENV=ALL,LD_PRELOAD=$base/$kept.so
    cc -D_GNU_SOURCE -std=c17 -O2 -shared -fPIC -o $kept.so "$source/tests/cluster/$kept.c" || fail "$kept.so is not built"
    "$mpi/examples/histogram" original >counted
    mmstat --json --percentiles=1,50,99.9 original >alone
    for way in srun mpirun; do by_way $way; done
    job_file
    killed
done
finish
