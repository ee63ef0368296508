# How fast the parts of three nodes are, beside one process on the same file system: speed.bash FOLDER-OF-TOOLS
# MMV_CLUSTER_REPEATS times (5) each, by turns. The nodes share GlusterFS with its bricks in memory:
#     cables as they are       all nodes and bricks share the processors of this machine, and nothing else is slow
#     MMV_CLUSTER_MBIT (100)   each cable carries so many Mbit/s in each direction, as on nodes whose network is the bound
#     without eager locks      the same, and a client of GlusterFS does not keep a lock on the whole file between its stores:
#                              by default the stores of the nodes to one file take turns
# MMV_CLUSTER_ONLY=REGEX takes some of these three.
# It prints a table: seconds, the median and from what to what. A new file takes prepare and finish, too.
set -u
. "${0%/*}/nodes.bash"
. "${0%/*}/storage.bash"
cluster_need gluster glusterd tc
cluster_inside "$0" "$@"
. "${0%/*}/../support/checks.bash"
export LC_ALL=C PATH=$1:$PATH
repeats=${MMV_CLUSTER_REPEATS:-5} mbit=${MMV_CLUSTER_MBIT:-100}

bricks_in_memory 512m
bring_up cluster gluster
make_noise 4096 2048
on 1 cp original shared/original

on_each() { # COMMAND...: a part on each node, at once
    local node pids=() status=0
    for node in $cluster_nodes; do
        on "$node" "$@" --shard="$node/3" &
        pids+=($!)
    done
    for node in "${pids[@]}"; do wait "$node" || status=1; done
    return $status
}
fresh() { on 1 rm -f shared/data && on 1 cp original shared/data && on 1 sync shared/data; }

# Each of them before the time is taken, what is timed, and what has to be so then.
before_place() { fresh; }
one_place() { on 1 mmbright -q -i --journal=power --add=321 shared/data; }
three_place() { on_each mmbright -q -i --add=321 shared/data; }
after_place() { seen_from 3 data; }
before_new() { on 1 rm -f shared/new; }
one_new() { on 1 mmbright -q -o shared/new --add=321 shared/original; }
three_new() {
    on 1 mmshard prepare shared/original shared/new >/dev/null &&
        on_each mmbright -q -o shared/new --add=321 shared/original && on 1 mmshard finish shared/new >/dev/null
}
after_new() { seen_from 3 new; }
before_read() { :; }
one_read() { on 1 mmstat --json shared/original >read; }
three_read() { on_each mmstat --json shared/original >read; }
after_read() { grep -q '"tool"' read; }

timed() { # one|three WORK: adds a line to the file times.WORK.one or times.WORK.three
    local began status
    "before_$2"
    began=$(now_ms)
    "$1_$2" 2>"err.$2"
    status=$?
    echo $(($(now_ms) - began)) >>"times.$2.$1"
    check "$2 by $1: $status $(head -c 300 "err.$2")" test $status = 0
    check "$2 by $1: the bytes" "after_$2"
}
median() { sort -n "$1" | sed -n "$(((repeats + 1) / 2))p"; } # FILE
spread() { # FILE
    sort -n "$1" | awk -v m="$(median "$1")" 'NR == 1 { a = $1 } END { printf "%.2f (%.2f to %.2f)", m / 1000, a / 1000, $1 / 1000 }'
}
measure() { # WHAT-CABLES WORK...
    local cables=$1 work i
    shift
    [[ $cables =~ ${MMV_CLUSTER_ONLY:-.} ]] || return
    for work in "$@"; do
        rm -f times.*
        for ((i = 0; i < repeats; i++)); do
            timed one "$work"
            timed three "$work"
        done
        gain=$(awk -v a="$(median "times.$work.one")" -v b="$(median "times.$work.three")" 'BEGIN { printf "%.1f", a / b }')
        echo "| $cables | $work | $(spread "times.$work.one") | $(spread "times.$work.three") | $gain |"
        [[ $cables = *without* && $work != read ]] || continue
        # It is about twice; what is checked leaves room for a machine that does other work.
        check "$work, $cables: not 1.5 times as fast" awk -v g="$gain" 'BEGIN { exit !(g >= 1.5) }'
    done
}
echo "64 MiB, $repeats times each, $(nproc) processors, load before: $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo "| cables | work | one process, s | three nodes, s | times as fast |"
echo "|---|---|---|---|---|"
measure "as they are" place new read
for node in $cluster_nodes; do node_slow "$node" "$mbit" || fail "the cable of node $node cannot be made slow"; done
measure "$mbit Mbit/s" place new read
on 1 gluster --mode=script volume set shared cluster.eager-lock off >/dev/null || fail "eager locks stay"
measure "$mbit Mbit/s, without eager locks" place new read
finish
