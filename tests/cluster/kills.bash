# Jobs over GlusterFS while nodes are switched off and cables pulled: kills.bash FOLDER-OF-TOOLS
# MMV_CLUSTER_ROUNDS rounds (3), or as many as fit into MMV_CLUSTER_SECONDS (0: all). It prints what became of them, and with
# MMV_CLUSTER_LOG=FILE adds a line to FILE, with the day and MMV_CLUSTER_COMMIT. Several may run at a time: each has a network of its own.
#
# A round is a job of six parts in place, begun by three nodes at once. At a random moment one of these befalls a node:
#     kill      all processes of the job on it
#     off       the node, its brick and its mount; on again, with another boot id
#     cut       its cable is out for a while
# Then each part that has not said 0 is repeated until it does, on nodes by turns, as a scheduler would have it. While there
# is one, a part that is done is repeated, too. The file must be what one process makes of it, with nothing left beside it.
#
#     lost      a byte is not as it has to be though every part said 0
#     stuck     a part does not say 0 in so many repetitions, or something is left
#     gap       the job was over before its last part, on the node that it befell, could say so: docs/promises.md
set -u
. "${0%/*}/nodes.bash"
. "${0%/*}/storage.bash"
cluster_need gluster glusterd
cluster_inside "$0" "$@"
. "${0%/*}/../support/checks.bash"
export LC_ALL=C PATH=$1:$PATH
rounds=${MMV_CLUSTER_ROUNDS:-3} seconds=${MMV_CLUSTER_SECONDS:-0}
read -ra kinds <<<"${MMV_CLUSTER_KINDS:-kill off cut}"
parts=6 tries=60

bricks_in_memory 256m
bring_up cluster gluster
make_noise 2048 1024

pause() { sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"; } # MILLISECONDS

# NODE PART FILE: one try. The file ok.FILE.PART says that it has said 0, failed.FILE.PART.NODE that it has not.
part() {
    local status
    echo "$(now_ms) part $2 on node $1: begun" >>"said.$3"
    on "$1" timeout -k 5 60 mmbright -q -i --shard-index="$2" --shard-count=$parts --add=321 "shared/$3" 2>>"said.$3"
    status=$?
    echo "$(now_ms) part $2 on node $1: status $status" >>"said.$3"
    [ $status = 0 ] && { : >"ok.$3.$2"; return; }
    : >"failed.$3.$2.$1"
    # GlusterFS may never answer a call, and then not even SIGKILL ends it. Whoever sees to the node switches it off.
    gone() { ! on "$1" pgrep -x mmbright; }
    [ $status != 137 ] || until_true 10 gone "$1" || { : >"hung.$3.$2.$1"; befall off "$1"; }
    return 1
}
work() { # NODE FILE: a third of the parts, once each
    local k
    for ((k = $1 - 1; k < parts; k += 3)); do part "$1" "$k" "$2"; done
}
repeat() { # PART FILE: until it says 0, on nodes by turns
    local i
    for ((i = 0; i < tries; i++)); do
        part $(((RANDOM % 3) + 1)) "$1" "$2" && return
        sleep 0.3
    done
    return 1
}
gluster_back() { # NODE: that was off
    until_true 20 start_glusterd "$1" && until_true 20 gluster_mount "$1"
}
# What a server has missed is listed on the others' disks. Asked for each time: by itself it is looked at every ten minutes.
healed() {
    local lists=(node?/brick/.glusterfs/indices/xattrop node?/brick/.glusterfs/indices/dirty)
    [ -n "$(find "${lists[@]}" -name '[0-9a-f]*-*' ! -name 'dirty-*' 2>/dev/null)" ] || return 0
    on 1 gluster volume heal shared >/dev/null
    return 1
}

befall() { # KIND NODE
    case $1 in
        kill) on "$2" bash -c 'for p in /proc/[0-9]*; do
                [ "$(cat "$p/comm" 2>/dev/null)" = mmbright ] && kill -KILL "${p#/proc/}"; done' ;;
        off)
            node_down "$2"
            sleep 0.$((RANDOM % 10))
            node_up "$2" && gluster_back "$2"
            ;;
        cut)
            node_cut "$2"
            sleep $((RANDOM % 6)).$((RANDOM % 10))
            node_join "$2"
            ;;
    esac
}

all_ok() { # FILE
    [ "$(ls -d ok."$1".* 2>/dev/null | wc -l)" = $parts ]
}
is_right() { seen_from 1 "$1" >/dev/null 2>&1; } # FILE
# FILE: something beside it. What a process had only begun to make when it was killed or cut off, under a name of its own,
# is counted as litter: here the system cannot make files without a name.
is_left() {
    on 1 ls -A shared | grep "$1\.mmj" | grep -qvE '\.[0-9a-f]{16}$'
}
sweep() { # FILE: adds to litter
    local found
    found=$(on 1 ls -A shared | grep -cE "$1\.mmj.*\.[0-9a-f]{16}\$")
    litter=$((litter + found))
    [ "$found" = 0 ] || on 1 bash -c 'rm -f "$1".mmj.*' - "shared/$1"
}
# FILE NODE: one part has not said 0, and nothing is left to do. It ran on the node that something befell.
is_gap() {
    local failed
    failed=$(for ((k = 0; k < parts; k++)); do [ -e "ok.$1.$k" ] || echo "failed.$1.$k.$2"; done)
    [ "$(wc -w <<<"$failed")" = 1 ] && [ -e "$failed" ] && is_right "$1" && ! is_left "$1"
}
job() { # FILE: a third on each node, leaves $workers
    local node
    cp original "shared.tmp" && on 1 cp shared.tmp "shared/$1" || return 1
    workers=
    for node in $cluster_nodes; do
        work "$node" "$1" &
        workers="$workers $!"
    done
}
finish_job() { # FILE: as the scheduler does; sets result
    local k
    # Of a job that is not over a done part may be repeated: it changes nothing.
    for ((k = 0; k < parts; k++)); do
        [ ! -e "ok.$1.$k" ] || all_ok "$1" || part 1 "$k" "$1"
    done
    for ((k = 0; k < parts; k++)); do [ -e "ok.$1.$k" ] || repeat "$k" "$1" || result=stuck; done
    # A brick that was away shows what it had until it is healed.
    until_true 90 healed || result=unhealed
    [ $result != survived ] || is_right "$1" || result=lost
    [ $result != survived ] || ! is_left "$1" || result=stuck
}

one_round() { # NUMBER KIND: sets result to survived, gap, lost, stuck or unhealed
    local file=data.$1 victim=$((RANDOM % 3 + 1))
    result=survived
    job "$file" || { result=stuck; return; }
    pause $((RANDOM % job_ms))
    echo "$(now_ms) node $victim: $2" >>"said.$file"
    befall "$2" "$victim"
    echo "$(now_ms) node $victim: $2 over" >>"said.$file"
    # shellcheck disable=SC2086
    wait $workers
    until_true 90 healed && until_true 30 on 1 cat "shared/$file" || { result=unhealed; return; }
    if is_gap "$file" "$victim"; then
        result=gap
    else
        finish_job "$file"
    fi
    hung=$((hung + $(find . -maxdepth 1 -name "hung.$file.*" | wc -l)))
    case $result in survived | gap) sweep "$file"; on 1 rm -f "shared/$file"; rm -f ./*."$file" ./*."$file".* ;; esac
}
show() { # FILE: what there is to know of a round that went wrong
    local node
    cat "said.$1"
    on 1 bash -c 'od -A d -t u8 -w64 -j 4096 "$1".mmj.*.job' - "shared/$1" # the entries, if there are some
    for node in $cluster_nodes; do
        on "$node" ls -lA shared
        echo "node $node: bytes that differ, there and on its disk: $(on "$node" cat "shared/$1" | cmp -l - wanted | wc -l)" \
            "$(cmp -l "node$node/brick/$1" wanted | wc -l)"
        md5sum "node$node/brick/$1"*
    done
}

# How long a job takes that nothing befalls.
began=$(now_ms) result=survived
job data.first
# shellcheck disable=SC2086
wait $workers
job_ms=$(($(now_ms) - began))
finish_job data.first
check "a job that nothing befalls ($job_ms ms)" test $result = survived

declare -A count=()
end=$((SECONDS + seconds)) done=0 hung=0 litter=0
for ((round = 0; round < rounds; round++)); do
    [ "$seconds" = 0 ] || [ $SECONDS -lt $end ] || break
    kind=${kinds[round % ${#kinds[@]}]}
    one_round $round $kind
    done=$((done + 1))
    count[$kind]=$((${count[$kind]:-0} + 1))
    count[$result]=$((${count[$result]:-0} + 1))
    case $result in
        survived | gap) ;;
        unhealed)
            fail "GlusterFS does not heal in round $round ($kind): no more rounds"
            on 1 gluster volume heal shared info
            break
            ;;
        *)
            fail "round $round: $kind, $result"
            show data.$round
            ;;
    esac
done
summary="$done rounds: ${count[kill]:-0} kills, ${count[off]:-0} off, ${count[cut]:-0} cut;"
summary="$summary ${count[survived]:-0} survived, ${count[gap]:-0} gaps, ${count[lost]:-0} lost, ${count[stuck]:-0} stuck"
summary="$summary, ${count[unhealed]:-0} unhealed; GlusterFS hung $hung times, $litter files begun were left"
echo "$summary"
[ -z "${MMV_CLUSTER_LOG-}" ] || echo "$(date +%F) ${MMV_CLUSTER_COMMIT-} $summary" >>"$MMV_CLUSTER_LOG"
check "some rounds were made" test "$done" -gt 0
finish
