# The job file of examples/kubernetes, and that of mmshard plan, run by a stand-in for the controller of Kubernetes:
# kubernetes.bash FOLDER-OF-TOOLS SOURCE SHIM
set -u
. "${0%/*}/../support/checks.bash"
tools=$1 source=$2 shim=$3
controller=$(cd "${0%/*}" && pwd)/controller.py
export LC_ALL=C
python3 -c 'import yaml' 2>/dev/null || { echo "SKIPPED: python3 has no yaml (Debian: apt install python3-yaml)"; exit 77; }
base=$(mktemp -d "${TMPDIR:-/tmp}/mmview-kubernetes.XXXXXX")
trap 'cd /; rm -rf "$base"' EXIT
cd "$base" || exit 1
mkdir bin images

# In front of the tools: pods of these indexes get a signal in the middle of their parts, so many times: the first before its
# second write, the others before their first. One that is stopped by SIGSTOP stays there until something befalls it.
fragile() { # INDEX:SIGNAL:TIMES...
    local one index signal times
    {
        printf '#!/bin/bash\nexport LD_PRELOAD=%q\n' "$shim"
        for one in "$@"; do
            IFS=: read -r index signal times <<<"$one"
            echo "[ \$JOB_COMPLETION_INDEX != $index ] || [ \$STAND_IN_TRY -ge $times ] ||" \
                "export SHIM_RAISE=$(kill -l "$signal"):\$((STAND_IN_TRY == 0 ? 2 : 1)):Large.data"
        done
        printf 'exec %q --io=buffered --window=64K "$@"\n' "$tools/mmbright"
    } >bin/mmbright
    chmod +x bin/mmbright
}
job() { # OPTION... FILE: leaves $status and the file said
    timeout 120 env PATH="$base/bin:$tools:$PATH" python3 "$controller" --volume=images="$base/images" "$@" >said 2>err
    status=$?
}
said() { # PYTHON-EXPRESSION of j: what the controller has said
    python3 -c 'import json, sys; j = json.loads(open("said").read() or "{}"); sys.exit(not ('"$1"'))'
}
right() { # WHAT: each byte was changed once, and nothing is left
    check "$1: the bytes: $(cat said; tail -n 3 err)" cmp -s images/Large.data wanted
    check "$1: what is left: $(ls images)" test "$(ls images)" = Large.data
}
example=$source/examples/kubernetes/job.yaml
"$tools/mmgen" -t i16le -s 4 --width=1024 --height=512 --pattern=noise original
"$tools/mmbright" -q -o wanted --add=10 original

# ---- nothing befalls it
cp original images/Large.data
job "$example"
check "complete: $(cat said; tail -n 3 err)" test "$status" = 0
check "a pod for each index" said 'j["pods"] == 8 and j["completedIndexes"] == list(range(8))'
right "a quiet job"

# ---- pods are stopped, which does not count however often: 75, or killed because they do not end in time. Others are lost
# with their nodes, which counts.
fragile 1:TERM:1 6:STOP:1 3:STOP:2 4:STOP:1
sed 's/terminationGracePeriodSeconds: 60/terminationGracePeriodSeconds: 1/' "$example" >hasty.yaml
cp original images/Large.data
job --evict=6:1500 --lose=3:100:2 --lose=4:100:1 hasty.yaml
check "complete in the end: $(cat said; tail -n 3 err)" test "$status" = 0
check "two were ignored, three losses counted: $(cat said)" said 'j["ignored"] == 2 and j["counted"] == 3 and j["pods"] == 13'
check "a pod that was stopped says how it goes on: $(cat err)" grep -q 'the same command' err
right "with evictions and losses"

# ---- an index fails too often: the job fails, the others are done
fragile 3:STOP:4
cp original images/Large.data
job --lose=3:100:4 "$example"
check "failed: $(cat said)" test "$status" = 1
check "by one index: $(cat said)" said 'j["failedIndexes"] == [3] and len(j["completedIndexes"]) == 7 and j["counted"] == 4'
alone() { # INDEX VALUE: leaves $status
    timeout 20 "$tools/mmbright" -q -i --shard-index="$1" --shard-count=8 --add="$2" images/Large.data 2>err
    status=$?
}
alone 3 11
check "another command is refused: $status" test "$status" != 0
check "and told what to do: $(cat err)" grep -q 'repeat the command that was interrupted' err
alone 0 10
check "an index that is done changes nothing: $(cat err)" test "$status" = 0
alone 3 10
check "the index alone does the rest: $(cat err)" test "$status" = 0
right "the index alone"
rm bin/mmbright

# ---- a wrong command line is not repeated
sed 's/--add=10/--add=ten/' "$example" >wrong.yaml
cp original images/Large.data
job wrong.yaml
check "failed: $(cat said; tail -n 3 err)" test "$status" = 1
check "each index once: $(cat said)" said 'j["pods"] == 8 and j["failedIndexes"] == list(range(8)) and j["counted"] == 0'
check "nothing was changed, nothing left" bash -c 'cmp original images/Large.data && [ "$(ls images)" = Large.data ]'

# ---- the number of parts does not fit: a pod of eight indexes, told of seven parts
sed 's/--shard-count=8/--shard-count=7/' "$example" >wrong.yaml
job wrong.yaml
check "the eighth of seven parts is refused: $(cat said; tail -n 3 err)" said '7 in j["failedIndexes"]'

# ---- the file that mmshard plan writes
rm -rf images/*
fragile 2:TERM:1 0:STOP:1
(cd images && cp ../original Large.data && "$tools/mmshard" plan --count=4 --output=kubernetes Large.data -- --add=10 >../planned.yaml)
cd images || exit 1
timeout 60 env PATH="$base/bin:$tools:$PATH" python3 "$controller" --lose=0:100 ../planned.yaml >../said 2>../err
status=$?
cd ..
check "planned: a pod stopped itself, one was lost: $(cat said)" said 'j["ignored"] == 1 and j["counted"] == 1'
check "planned: complete: $(cat said; tail -n 3 err)" test "$status" = 0
right "planned"
finish
