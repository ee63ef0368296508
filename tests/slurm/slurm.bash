# The job files of examples/slurm with a real Slurm of one machine: slurm.bash FOLDER-OF-TOOLS SOURCE
# FOLDER-OF-MPI-LIBRARY
set -u
. "${0%/*}/../support/checks.bash"
tools=$1 source=$2 library=$3
export LC_ALL=C
[ "$(id -u)" = 0 ] || { echo "SKIPPED: starting Slurm's services needs root"; exit 77; }
for program in slurmctld slurmd srun sbatch munged; do
    command -v $program >/dev/null || { echo "SKIPPED: $program is not installed (./check --all installs Slurm and munge)"; exit 77; }
done
base=$(mktemp -d /tmp/mmview-slurm.XXXXXX)
# Munge wants every folder above its socket to be nobody else's to write to, but for /tmp.
chmod 755 "$base"
cd "$base" || exit 1
stop() {
    cd /
    scancel --signal=KILL --full --user=root 2>/dev/null
    for pid in "$base"/*.pid; do [ -s "$pid" ] && kill "$(cat "$pid")" 2>/dev/null; done
    sleep 0.5
    pkill -9 -f "slurmstepd.*$base" 2>/dev/null
    rm -rf "$base"
}
trap stop EXIT

# ---- the services, each with files of its own in this folder
host=$(hostname -s)
port=$((20000 + $$ % 20000))
export SLURM_CONF=$base/slurm.conf
cat >slurm.conf <<END
ClusterName=mmview
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A credential that was revoked is remembered for so long: a job that is queued again is refused until then.
AuthInfo=socket=$base/munge.socket,cred_expire=5
StateSaveLocation=$base/state
SlurmdSpoolDir=$base/spool
SlurmctldPidFile=$base/slurmctld.pid
SlurmdPidFile=$base/slurmd.pid
SlurmctldLogFile=$base/slurmctld.log
SlurmdLogFile=$base/slurmd.log
SlurmctldPort=$port
SlurmdPort=$((port + 1))
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
KillWait=2
MinJobAge=60
OverTimeLimit=0
InactiveLimit=0
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
END
mkdir state spool
head -c 1024 /dev/urandom >munge.key
chmod 400 munge.key
munged --key-file="$base/munge.key" --socket="$base/munge.socket" --pid-file="$base/munged.pid" \
    --log-file="$base/munged.log" \
    --seed-file="$base/munged.seed" --force 2>munged.err ||
        { echo "SKIPPED: munged does not start: $(cat munged.err)"; exit 77; }
slurmctld 2>ctld.err
slurmd -N "$host" 2>slurmd.err
for ((i = 0; i < 100; i++)); do
    [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && break
    sleep 0.2
done
[ "$(sinfo -h -o %T 2>/dev/null)" = idle ] || {
    echo "SKIPPED: Slurm does not start here:"
    tail -n 5 *.err slurmctld.log slurmd.log
    exit 77
}

# ---- jobs
export PATH=$tools:$PATH LD_LIBRARY_PATH=$library
examples=$source/examples/slurm
mmgen -t i16le -s 4 --width=4096 --height=2048 --pattern=noise original
mmbright -q -o wanted --add=321 original
submit() { # SBATCH-ARGUMENT...: prints the job's number
    sbatch --parsable --output="$base/log.%A_%a" --mem=0 "$@" 2>>sbatch.err
}
over() { # JOB SECONDS: waits until it is not queued any more
    local i
    for ((i = 0; i < $2 * 5; i++)); do
        [ -z "$(squeue -h -j "$1" 2>/dev/null)" ] && return
        sleep 0.2
    done
    fail "job $1 is still there: $(squeue -h -j "$1"; scontrol show job "$1" | grep -E 'JobState|Reason')"
    scancel "$1"
}
state_of() { scontrol show job "$1" 2>/dev/null | grep -o 'JobState=[A-Z]*' | sort | uniq -c | tr -s ' \n' ' '; }

# The array, as it stands in examples/.
cp original data
job=$(submit --cpus-per-task=1 "$examples/array.sh" data --add=321)
over "$job" 60
check "the array: $(state_of "$job") $(cat log."$job"_* 2>/dev/null | tail -n 4)" cmp wanted data
check "no journal is left" bash -c '! ls data.mmj.* 2>/dev/null'

# One task is killed, looked at, and queued again.
slow() { # MILLISECONDS PATTERN: a mmbright in front of the others that takes so long for each write in tasks whose number matches
    mkdir -p bin
    cat >bin/mmbright <<END
#!/bin/bash
case \$SLURM_ARRAY_TASK_ID in
    $2) [ -e "$base/fast" ] || exec env LD_PRELOAD="$shim" SHIM_SLOW_MS=$1 $tools/mmbright --io=buffered "\$@" ;;
esac
exec $tools/mmbright "\$@"
END
    chmod +x bin/mmbright
}
shim=$(find "$tools/../tests/tools" -name 'libtest_tools_shim.so' | head -n 1)
if [ -n "$shim" ]; then
    slow 300 3
    cp original data
    job=$(PATH=$base/bin:$PATH submit --cpus-per-task=1 --no-requeue "$examples/array.sh" data --add=321)
    # The others are done, the journals of all are there.
    for ((i = 0; i < 150; i++)); do
        [ "$(squeue -h -r -j "$job" | wc -l)" = 1 ] && [ "$(squeue -h -r -t R -j "$job" | wc -l)" = 1 ] && break
        sleep 0.2
    done
    check "one task is left" test "$(squeue -h -r -j "$job" -o %K)" = 3
    scancel --signal=KILL "${job}_3"
    over "$job" 30
    check "killed: $(state_of "${job}_3")" bash -c 'scontrol show job "$1" | grep -qE "JobState=(FAILED|CANCELLED)"' - \
        "${job}_3"
    check "and not done" bash -c '! cmp -s wanted data'
    : >fast
    # Done tasks that are run again change nothing.
    again=$(submit --cpus-per-task=1 --array=5 --export=ALL --wrap "srun mmbright -i --shard-index=5 --shard-count=8 --add=321 data")
    over "$again" 30
    check "a done one, again: $(cat log."$again"_* 2>/dev/null)" bash -c 'scontrol show job "$1" | grep -q JobState=COMPLETED' - "$again"
    again=$(submit --cpus-per-task=1 --array=3 --wrap "srun mmbright -i --shard-index=3 --shard-count=8 --add=321 data")
    over "$again" 30
    check "killed and repeated: $(cat log."$again"_* 2>/dev/null)" cmp wanted data
    check "no journal is left then" bash -c '! ls data.mmj.* 2>/dev/null'
    rm fast

    # Warned of the time limit: it stops, queues itself again, and goes on.
    # Slurm looks at limits every half a minute: each write takes long enough for that.
    slow 1500 2
    cp original data
    job=$(PATH=$base/bin:$PATH submit --cpus-per-task=1 --time=1 --signal=TERM@58 "$examples/array.sh" data --add=321)
    for ((i = 0; i < 450; i++)); do
        grep -qs 'stopped by SIGTERM' log."$job"_2 && break
        sleep 0.2
    done
    check "stopped ahead of the limit: $(tail -n 3 log."$job"_2 2>/dev/null)" grep -qs 'stopped by SIGTERM' log."$job"_2
    : >fast
    # It has queued itself again. Slurm would let it wait for minutes.
    for ((i = 0; i < 100; i++)); do
        squeue -h -j "$job" -t PD -o %i | grep -q . && break
        sleep 0.2
    done
    scontrol update JobId="${job}_2" StartTime=now+7
    over "$job" 90
    check "queued again: $(state_of "$job") $(tail -n 6 log."$job"_2)" cmp wanted data
    check "and no journal is left" bash -c '! ls data.mmj.* 2>/dev/null'
    rm fast
else
    echo "SKIPPED: no shim was built: no task was killed"
fi

# A part of an array is not the whole of one.
cp original data
job=$(submit --cpus-per-task=1 --array=3,7 "$examples/array.sh" data --add=321)
over "$job" 30
check "a part of an array is refused" grep -qs "not a whole one" log."$job"_3 log."$job"_7
check "and nothing was changed" cmp original data

# A new file, by three jobs.
if "$examples/new_file.sh" original new --add=321 >jobs 2>new.err; then
    over "$(tail -n 1 jobs)" 60
    check "a new file: $(cat new.err slurm-*.out 2>/dev/null | tail -n 4)" cmp wanted new
else
    fail "new_file.sh: $(cat new.err)"
fi

# One job of many processes.
if [ -n "$library" ] && srun --mpi=list 2>&1 | grep -q pmix; then
    cp original other
    job=$(submit --ntasks=3 "$examples/mpi.sh" other --add=321)
    over "$job" 60
    check "over MPI: $(tail -n 4 log."$job"_* 2>/dev/null)" cmp wanted other
    check "one table of the whole" test "$(grep -c 'pixels' log."$job"_*)" -ge 1
else
    echo "SKIPPED: srun and MPI cannot find each other here (srun --mpi=list: $(srun --mpi=list 2>&1 | tr '\n' ' '))"
fi
finish
