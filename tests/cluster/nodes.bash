# shellcheck shell=bash
# Three nodes on one machine; sourced by the tests beside it. Everything lives in namespaces of process numbers, mounts
# and network of its own: they end with the test, however it ends, and nothing of the machine's network is touched.
#
#     outside: the test as it was started; makes the folder, waits, removes it
#      `- inside: a network of its own with the bridge, slurmctld, the test
#          |- node1: processes, mounts, network, name and boot id of its own; munged, slurmd, glusterd and a brick
#          |- node2
#          `- node3
#
# A node is down when the first process of its namespace is killed: the kernel kills all others of it, and its mounts
# and its end of the cable go, too.

cluster_nodes="1 2 3"

cluster_need() { # PROGRAM...: or the test is skipped, and says so
    local program
    [ "$(id -u)" = 0 ] || { echo "SKIPPED: three nodes in namespaces need root"; exit 77; }
    for program in unshare nsenter ip "$@"; do
        command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || {
            echo "SKIPPED: no three nodes: $program is not installed (./check cluster installs what they need)"
            exit 77
        }
    done
    unshare --mount --net --uts --ipc --pid --fork true 2>/dev/null ||
        { echo "SKIPPED: no three nodes: namespaces cannot be made here"; exit 77; }
}

# cluster_inside SCRIPT ARGUMENT...: returns inside, with $base; outside it never returns.
cluster_inside() {
    local status
    [ -z "${MMV_CLUSTER_BASE-}" ] || {
        base=$MMV_CLUSTER_BASE
        mount -t tmpfs -o mode=755 tmpfs /run
        mount --bind "$base/hosts" /etc/hosts
        hostname control
        ip link set lo up
        ip link add name cluster type bridge
        ip addr add 10.77.0.254/24 dev cluster
        ip link set cluster up
        cd "$base" || exit 1
        return
    }
    base=$(mktemp -d "${TMPDIR:-/tmp}/mmview-cluster.XXXXXX") || exit 1
    chmod 755 "$base"
    trap 'rm -rf "$base"' EXIT
    {
        echo "127.0.0.1 localhost"
        echo "10.77.0.254 control"
        local node
        for node in $cluster_nodes; do echo "10.77.0.$node node$node"; done
    } >"$base/hosts"
    # --kill-child: with this process everything inside goes.
    MMV_CLUSTER_BASE=$base unshare --mount --net --uts --ipc --pid --fork --kill-child --mount-proc \
        bash "$@" &
    trap 'kill -KILL $! 2>/dev/null; wait; rm -rf "$base"' EXIT
    trap 'exit 143' TERM INT HUP
    wait $!
    status=$?
    exit $status
}

on() { # NODE COMMAND...
    local node=$1
    shift
    nsenter --target "$(cat "$base/node$node/first")" --mount --net --uts --ipc --pid --wdns="$base" -- "$@"
}

node_is_up() { [ -s "$base/node$1/first" ] && kill -0 "$(cat "$base/node$1/first")" 2>/dev/null; }

# node_up NODE: as a machine that is switched on; with a new boot id, and the disk that it had.
node_up() {
    local node=$1 folder=$base/node$1 i
    mkdir -p "$folder"/{spool,glusterd,gluster-logs,brick}
    cat /proc/sys/kernel/random/uuid >"$folder/boot_id"
    rm -f "$folder/first"
    cat >"$folder/init" <<END
hostname node$node
mount --bind "$folder/boot_id" /proc/sys/kernel/random/boot_id
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/gluster
for pair in glusterd:/var/lib/glusterd gluster-logs:/var/log/glusterfs; do
    [ ! -d \${pair#*:} ] || mount --bind "$folder/\${pair%%:*}" \${pair#*:}
done
ip link set lo up
echo ready >"$folder/ready"
# The first process of a namespace inherits what others leave: bash waits for all of them.
trap 'exit 0' TERM
while :; do sleep 5 & wait; done
END
    rm -f "$folder/ready"
    unshare --mount --net --uts --ipc --pid --fork --kill-child --mount-proc bash "$folder/init" \
        >"$folder/init.log" 2>&1 </dev/null &
    local outer=$!
    for ((i = 0; i < 100; i++)); do
        [ -e "$folder/ready" ] && break
        sleep 0.05
    done
    [ -e "$folder/ready" ] || { cat "$folder/init.log"; return 1; }
    # The only child of unshare.
    tr -d ' ' <"/proc/$outer/task/$outer/children" >"$folder/first"
    echo "$outer" >"$folder/outer"
    ip link del "cable$node" 2>/dev/null
    ip link add "cable$node" type veth peer name eth0 netns "$(cat "$folder/first")"
    ip link set "cable$node" master cluster up
    on "$node" ip addr add "10.77.0.$node/24" dev eth0
    on "$node" ip link set eth0 up
}

node_down() { # NODE: as a machine whose power goes; one that is down stays so
    node_is_up "$1" && kill -KILL "$(cat "$base/node$1/first")"
    [ ! -s "$base/node$1/outer" ] || wait "$(cat "$base/node$1/outer")" 2>/dev/null
    rm -f "$base/node$1/first" "$base/node$1/outer"
}

node_cut() { ip link set "cable$1" down; }  # NODE: its cable is pulled
node_join() { ip link set "cable$1" up; }   # NODE: and put back
node_slow() { # NODE MBIT: its cable carries so many Mbit/s in each direction
    local shape="tbf rate $2mbit burst 256kb latency 100ms"
    # shellcheck disable=SC2086
    on "$1" tc qdisc replace dev eth0 root $shape && tc qdisc replace dev "cable$1" root $shape
}

cluster_up() {
    local node
    for node in $cluster_nodes; do node_up "$node" || return 1; done
}

cluster_says() { cat node?/init.log; } # what went wrong

cluster_down() {
    local node
    for node in $cluster_nodes; do node_down "$node"; done
}

# bring_up cluster|slurm|gluster...: in this order, or the test is skipped and says why
bring_up() {
    local what
    for what in "$@"; do
        "${what}_up" && continue
        echo "SKIPPED: no three nodes: $what does not start here:"
        "${what}_says"
        exit 77
    done
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# until_true SECONDS COMMAND...
until_true() {
    local i limit=$(($1 * 5))
    shift
    for ((i = 0; i < limit; i++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    return 1
}

# ---- Slurm

slurm_configuration() { # prints it
    local node
    cat <<END
ClusterName=mmview
SlurmctldHost=control(10.77.0.254)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A credential that was revoked is remembered for so long: a job that is queued again is refused until then.
AuthInfo=socket=/run/munge.socket,cred_expire=5
StateSaveLocation=$base/state
SlurmdSpoolDir=$base/%n/spool
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=$base/slurmctld.log
SlurmdLogFile=$base/%n/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmctldTimeout=10
SlurmdTimeout=10
BatchStartTimeout=5
MessageTimeout=5
KillWait=2
MinJobAge=60
InactiveLimit=0
ReturnToService=2
JobRequeue=1
END
    for node in $cluster_nodes; do echo "NodeName=node$node NodeAddr=10.77.0.$node CPUs=4 State=UNKNOWN"; done
    echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO"
}

start_munge() { # [on NODE]
    "$@" munged --key-file="$base/munge.key" --socket=/run/munge.socket --pid-file=/run/munged.pid \
        --log-file=/run/munged.log --seed-file=/run/munged.seed --force
}

# node_slurm NODE: the services of a node that is up.
node_slurm() {
    start_munge on "$1" && on "$1" env SLURM_CONF="$base/slurm.conf" slurmd -N "node$1"
}

# node_lost NODE: down, and Slurm is told, as an administrator or a watchdog does: it queues the node's jobs again.
node_lost() {
    node_down "$1"
    scontrol update nodename="node$1" state=down reason=power
}

node_back() { # NODE: its services run again, and it takes work
    node_slurm "$1" && scontrol update nodename="node$1" state=resume 2>/dev/null
    return 0
}

nodes_are_idle() { [ "$(sinfo -h -N -o %T 2>/dev/null | grep -cx idle)" = "${1:-3}" ]; }

slurm_up() {
    local node
    export SLURM_CONF=$base/slurm.conf
    slurm_configuration >"$SLURM_CONF"
    # What PMIx has beside each job would be one and the same for all: the nodes share /tmp.
    echo "PMIxCliTmpDirBase=/run" >"$base/mpi.conf"
    mkdir -p "$base/state"
    (umask 077; head -c 1024 /dev/urandom >"$base/munge.key")
    start_munge 2>"$base/munge.err" && slurmctld 2>"$base/ctld.err" || return 1
    for node in $cluster_nodes; do node_slurm "$node" 2>"$base/node$node/slurmd.err" || return 1; done
    until_true 30 nodes_are_idle
}

slurm_says() { # what went wrong
    sinfo -h -N -o '%N %T' 2>&1
    tail -n 4 "$base"/*.err "$base"/slurmctld.log "$base"/node?/slurmd.{err,log} 2>/dev/null
}
