# Each block of docs/cookbook.md, as it stands: cookbook.bash BUILD/tools COOKBOOK. Around it the files that it needs,
# and what must be true afterwards, from comments that no reader sees.
set -u
PATH=$1:$PATH
book=$2
export PATH
[ -x "$1/mmpng" ] || { echo "SKIPPED: the cookbook: this build has no libpng"; exit 77; }
[ -d /dev/shm ] || { echo "SKIPPED: the cookbook: no /dev/shm"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-cookbook.XXXXXX")
trap 'cd /; rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache # for what mmrec compiles
failures=0 blocks=0
block='' inside=no files='' title=''
while IFS= read -r line; do
    case $inside:$line in
        no:'## '*) title=$line ;;
        no:'<!-- files: '*) files=${line#<!-- files: } files=${files% -->} ;;
        no:'```sh') inside=yes block='' ;;
        yes:'```') inside=no ;;
        yes:*) block+=$line$'\n' ;;
        no:'<!-- check: '*)
            wanted=${line#<!-- check: } wanted=${wanted% -->}
            blocks=$((blocks + 1))
            mkdir "$work/$blocks" && cd "$work/$blocks" || exit 1
            bash -c "$files" >log 2>&1 || { failures=$((failures + 1)); echo "FAILED: the files of $title: $(cat log)"; }
            bash -eu -o pipefail -c "$block" >log 2>&1 ||
                { failures=$((failures + 1)); echo "FAILED: $title: $(cat log)"; }
            bash -c "$wanted" >log 2>&1 || { failures=$((failures + 1)); echo "FAILED: after $title: $wanted: $(cat log)"; }
            ;;
    esac
done <"$book"
echo "$blocks jobs, $failures failures"
[ "$blocks" -ge 10 ] && [ "$failures" = 0 ]
