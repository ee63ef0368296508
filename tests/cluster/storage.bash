# shellcheck shell=bash
# File systems that the three nodes share, at $base/shared on each, and the file that most tests change there; sourced
# behind nodes.bash, which sets:
: "${base:=}" "${cluster_nodes:=}"

# ---- GlusterFS: a brick on each node, three copies of each file

# bricks_in_memory SIZE: before the nodes are up. They share one page cache, so that none loses bytes when it goes off,
# wherever its disk is.
bricks_in_memory() {
    local node
    for node in $cluster_nodes; do
        mkdir -p "node$node/brick" && mount -t tmpfs -o "size=$1" "disk$node" "node$node/brick" || exit 1
    done
}

start_glusterd() { # NODE
    on "$1" glusterd --log-level WARNING
}

# Nodes 2 and 3 find each other a while after node 1 has found both, and a volume needs that.
gluster_peers() { # each node is connected with all
    local node
    for node in $cluster_nodes; do
        [ "$(on "$node" gluster pool list 2>/dev/null | grep -c Connected)" = 3 ] || return 1
    done
}

# With direct I/O no node's kernel keeps pages: FUSE asks about them when a file is opened, by its times.
# Without the timeouts each use of a name asks all servers. A node that was cut off for seconds may not have noticed it: it
# goes on reading from its own brick, which has missed what others wrote meanwhile.
gluster_mount() { # NODE
    mkdir -p "$base/shared"
    on "$1" mount -t glusterfs -o "direct-io-mode=${GLUSTER_DIRECT:-enable},entry-timeout=0,attribute-timeout=0" \
        "node$1:/shared" "$base/shared"
}

# strict-locks: a server drops the locks of a node that was cut off; this node's stores fail then, instead of coming late.
# Caches that do not ask whether a file has changed are off: another node's stores would be seen a second late.
gluster_options="performance.quick-read off performance.io-cache off performance.read-ahead off
    performance.open-behind off performance.stat-prefetch off performance.write-behind off
    network.ping-timeout 3 cluster.quorum-type auto client.strict-locks on"

gluster_up() {
    local node
    for node in $cluster_nodes; do start_glusterd "$node" || return 1; done
    until_true 20 on 1 gluster pool list || return 1
    for node in 2 3; do on 1 gluster peer probe "node$node" >/dev/null || return 1; done
    until_true 20 gluster_peers || return 1
    on 1 gluster --mode=script volume create shared replica 3 \
        "node1:$base/node1/brick" "node2:$base/node2/brick" "node3:$base/node3/brick" force >/dev/null || return 1
    # shellcheck disable=SC2086
    on 1 gluster --mode=script volume set shared $gluster_options >/dev/null || return 1
    on 1 gluster --mode=script volume start shared >/dev/null || return 1
    for node in $cluster_nodes; do until_true 10 gluster_mount "$node" || return 1; done
}

gluster_says() { tail -n 3 node?/gluster-logs/*.log; } # what went wrong

# ---- a file that is changed, and what it has to be then

make_noise() { # WIDTH HEIGHT: original and wanted
    mmgen -t i16le -s 4 --width="$1" --height="$2" --pattern=noise original
    mmbright -q -o wanted --add=321 original
}
seen_from() { on "$1" cat "shared/$2" | cmp - wanted; } # NODE FILE: as this node reads it

# ---- sshfs: a folder of node 1, seen from the others

sshfs_up() {
    local node
    mkdir -p "$base/over-ssh" "$base/ssh"
    chmod 700 "$base/ssh"
    ssh-keygen -q -t ed25519 -N '' -f "$base/ssh/host"
    ssh-keygen -q -t ed25519 -N '' -f "$base/ssh/user"
    cp "$base/ssh/user.pub" "$base/ssh/allowed"
    cat >"$base/ssh/config" <<END
Port 22
ListenAddress 10.77.0.1
HostKey $base/ssh/host
AuthorizedKeysFile $base/ssh/allowed
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
END
    on 1 mkdir -p /run/sshd
    on 1 "$(PATH=$PATH:/usr/sbin command -v sshd)" -f "$base/ssh/config" || return 1
    for node in 2 3; do
        mkdir -p "$base/seen"
        on "$node" sshfs -o "IdentityFile=$base/ssh/user,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null" \
            "root@node1:$base/over-ssh" "$base/seen" || return 1
    done
}
