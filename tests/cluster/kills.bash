# Jobs over GlusterFS while nodes are switched off and cables pulled: kills.bash FOLDER-OF-TOOLS
# MMV_CLUSTER_ROUNDS rounds (3), or as many as fit into MMV_CLUSTER_SECONDS (0: all). It prints what became of them.
#
# A round is a job of six parts in place, begun by three nodes at once. At a random moment one of these befalls a node:
#     kill      all processes of the job on it
#     off       the node, its brick and its mount; on again, with another boot id
#     cut       its cable is out for a while
# Then each part that has not said 0 is repeated until it does, on nodes by turns, as a scheduler would have it. While there
# is one, a part that is done is repeated, too. The file must be what one process makes of it, with nothing left beside it.
#
#     lost      a byte is not as it has to be though every part said 0
#     stuck     a part does not say 0 in so many repetitions
set -u
. "${0%/*}/nodes.bash"
. "${0%/*}/storage.bash"
cluster_need gluster glusterd
cluster_inside "$0" "$@"
. "${0%/*}/../support/checks.bash"
export LC_ALL=C PATH=$1:$PATH
rounds=${MMV_CLUSTER_ROUNDS:-3} seconds=${MMV_CLUSTER_SECONDS:-0}
parts=6 tries=60

cluster_up || { echo "SKIPPED: no three nodes:"; cat node?/init.log; exit 77; }
gluster_up || { echo "SKIPPED: GlusterFS does not start on three nodes here:"; tail -n 3 node?/gluster-logs/*.log; exit 77; }
mmgen -t i16le -s 4 --width=2048 --height=1024 --pattern=noise original
mmbright -q -o wanted --add=321 original

part() { # NODE PART FILE: one try; the file ok.FILE.PART says that it has said 0
    on "$1" timeout 60 mmbright -q -i --shard-index="$2" --shard-count=$parts --add=321 "shared/$3" 2>>"said.$3" &&
        : >"ok.$3.$2"
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
healed() { # asked for each time: by itself it looks every ten minutes
    on 1 gluster volume heal shared >/dev/null
    [ "$(on 1 gluster volume heal shared info | grep -c '^Number of entries: 0$')" = 3 ]
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

one_round() { # NUMBER KIND: sets result to survived, lost or stuck
    local file=data.$1 node workers='' k
    local victim=$((RANDOM % 3 + 1))
    result=survived
    cp original "shared.tmp" && on 1 cp shared.tmp "shared/$file" || { result=stuck; return; }
    for node in $cluster_nodes; do
        work "$node" "$file" &
        workers="$workers $!"
    done
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    befall "$2" "$victim"
    # shellcheck disable=SC2086
    wait $workers
    # Of a job that is not over a done part may be repeated: it changes nothing.
    for ((k = 0; k < parts; k++)); do
        [ ! -e "ok.$file.$k" ] || [ "$(ls -d ok."$file".* | wc -l)" = $parts ] || part 1 "$k" "$file"
    done
    for ((k = 0; k < parts; k++)); do [ -e "ok.$file.$k" ] || repeat "$k" "$file" || result=stuck; done
    # What clients know of their servers after a cut takes its time.
    until_true 30 on 1 cat "shared/$file" || result=stuck
    [ "$result" = stuck ] || on 1 cat "shared/$file" | cmp -s - wanted || result=lost
    [ "$result" != survived ] || ! on 1 ls -A shared | grep -q "$file\.mmj" || result=stuck
    [ "$result" != survived ] || on 1 rm -f "shared/$file"
}

declare -A count=()
end=$((SECONDS + seconds)) done=0
for ((round = 0; round < rounds; round++)); do
    [ "$seconds" = 0 ] || [ $SECONDS -lt $end ] || break
    case $((round % 3)) in 0) kind='kill' ;; 1) kind=off ;; *) kind='cut' ;; esac
    one_round $round $kind
    done=$((done + 1))
    count[$kind]=$((${count[$kind]:-0} + 1))
    count[$result]=$((${count[$result]:-0} + 1))
    if [ "$result" != survived ]; then
        echo "round $round ($kind): $result"
        sort "said.data.$round" | uniq -c | sort -rn | head -n 8
        on 1 ls -lA shared
        fail "round $round: $kind, $result"
    fi
    until_true 90 healed && continue
    fail "GlusterFS does not heal after round $round ($kind): no more rounds"
    on 1 gluster volume heal shared info
    break
done
echo "$done rounds of $rounds: ${count[kill]:-0} with kills, ${count[off]:-0} with a node off, ${count[cut]:-0} cut off;" \
    "${count[survived]:-0} survived, ${count[lost]:-0} lost, ${count[stuck]:-0} stuck"
check "some rounds were made" test "$done" -gt 0
finish
