# mmshard plan: ranges that are mmbright's own, and job files that do the job.
. "${0%/*}/common.bash"
mmshard=${mmbright%/*}/mmshard
check_help "$mmshard"
"$mmgen" -t u8 -s 3 --width=1001 --height=401 --pattern=noise data
cp data original

good "$mmshard" plan -t u8 -s 3 --count=5 data
cp "$base/out" ranges
end=0
while read -r name offset length; do
    check "$name begins where the last ended" test "$offset" = "$end"
    run "$mmbright" --add=10 --json -n -i -t u8 -s 3 --shard="$name" data
    check "$name is mmbright's" grep -q "\"offset\": $offset, \"length\": $length," "$base/out"
    end=$((offset + length))
done <ranges
check "five parts, all of the file" test "$(wc -l <ranges) $end" = "5 $(stat -c %s data)"
good "$mmshard" plan -t u8 -s 3 --count=5 --output=json data
check "json" test "$(sed 's/.*"offsets": \[\([^]]*\).*/\1/' "$base/out" | tr -d ' ')" = "$(cut -d' ' -f2 ranges | paste -sd,)"

expect 2 "are for job files" "$mmshard" plan -t u8 -s 3 data other
for form in slurm parallel kubernetes; do
    good "$mmshard" plan -t u8 -s 3 --width=1001 --layout=bil --offset=3 --length=6px --format=raw --count=1 \
        --output=$form data -- --add=10
    for word in --type=u8 --samples=3 --width=1001 --layout=bil --offset=3 --length=6px --format=raw; do
        check "$form: $word" grep -q -- "['\"]${word}['\"]" "$base/out"
    done
done

# Names that would be commands, lines, or other names. Each form gives back exactly these bytes, or refuses.
mkdir bin
printf '#!/bin/sh\nfor word do last=$word; done\nprintf %%s "$last" >"$TOLD"\n' >bin/mmbright
printf '#!/bin/sh\nexec "$@"\n' >bin/srun
chmod +x bin/mmbright bin/srun
export TOLD=$base/told
i=0
for name in "x'; touch PWNED; '.raw" $'a\ntouch PWNED #.raw' $'$(touch PWNED)`touch PWNED`$HOME$$(TOLD)"!%s\\\x1b[2J\xc2\x9b.raw' \
    $'\xe2\x80\xae\xffcaf\xe9\x9b7.raw' $'last\n'; do
    i=$((i + 1))
    cp data "$name"
    for form in slurm parallel kubernetes; do
        run "$mmshard" plan -t u8 -s 3 --count=1 --output=$form "$name" -- --add=10
        case $form$i:$status in
        kubernetes4:2) check "$form $i says why" grep -q "is not UTF-8" "$base/err" && continue ;;
        parallel5:2) check "$form $i says why" grep -q "ends with a newline" "$base/err" && continue ;;
        *:0) ;;
        *) fail "$form $i: status $status: $(cat -v "$base/err")" && continue ;;
        esac
        check "$form $i: nothing but text" bash -c '! LC_ALL=C grep -q "[^[:print:]]" "$1"' - "$base/out"
        rm -f "$TOLD"
        case $form in
        slurm) SLURM_ARRAY_TASK_ID=0 PATH=$PWD/bin:$PATH bash "$base/out" || fail "$form $i: the job" ;;
        parallel)
            check "$form $i: one line" test "$(wc -l <"$base/out")" = 1
            PATH=$PWD/bin:$PATH sh "$base/out" || fail "$form $i: the job"
            ;;
        kubernetes) # Its command as Kubernetes reads it: JSON but for \U, and $$ is $.
            command -v python3 >/dev/null || continue
            python3 -c '
import ast, os, re, sys
words = ast.literal_eval(re.search(r"command: (\[.*\])$", sys.stdin.read(), re.M)[1])
sys.stdout.buffer.write(os.fsencode(words[-1].replace("$$", "$")))' <"$base/out" >"$TOLD"
            ;;
        esac
        check "$form $i: another name: $(cat -v "$TOLD")" test "$(cat "$TOLD"; echo .)" = "$name."
    done
    rm "$name"
done
check "no name was a command" test ! -e PWNED
rm -r bin

# GNU parallel's lines, by the shell.
cp original whole
good "$mmbright" -q -i -t u8 -s 3 --journal=off --add=33 whole
good "$mmshard" plan -t u8 -s 3 --count=4 --output=parallel data -- -q -t u8 -s 3 --add=33
cp "$base/out" jobs
check "four jobs" test "$(wc -l <jobs)" = 4
PATH=${mmbright%/*}:$PATH bash jobs || fail "the jobs"
[ "$kind" != "${kind/posix/}" ] || same "the jobs together" whole data
if command -v parallel >/dev/null && [ "$kind" = "${kind/posix/}" ]; then
    cp original data
    PATH=${mmbright%/*}:$PATH parallel --will-cite -j 2 --joblog log <jobs || fail "parallel"
    same "with GNU parallel" whole data
    # The job of examples/parallel: one task is killed and tried again; then one fails for good, and the same command
    # goes on afterwards.
    examples=$(cd "${0%/*}/../../examples" && pwd)
    mkdir failing
    for way in retried stopped; do
        # One that is stopped at its first write gets nowhere, however often it is tried again.
        write=2
        [ $way = retried ] || write=1
        cat >failing/mmbright <<END
#!/bin/bash
case "\$*" in *--shard=3/4*)
    if [ -e again ]; then
        [ $way = retried ] && rm again
        exec env "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0" LD_PRELOAD="$shim" SHIM_RAISE=9:$write:data $mmbright --io=buffered "\$@"
    fi ;;
esac
exec $mmbright "\$@"
END
        chmod +x failing/mmbright
        : >again
        cp original data
        run env PATH="$PWD/failing:$PATH" bash "$examples/parallel/job.sh" data 4 -t u8 -s 3 --add=33
        [ $way = retried ] || {
            check "$way: it fails" test "$status" != 0
            check "$way: it is not done" bash -c '! cmp -s whole data'
            rm again
            run env PATH="$PWD/failing:$PATH" bash "$examples/parallel/job.sh" data 4 -t u8 -s 3 --add=33
        }
        check "$way: $(cat "$base/err")" test "$status" = 0
        same "$way" whole data
        check "$way: nothing is left" bash -c '! ls data.* 2>/dev/null'
    done
    rm -r failing
    # Repeated although everything is done, task by task, as after a lost joblog: that is a new job, and complete in
    # itself.
    rm -f log
else
    echo "GNU parallel is not installed: not tried"
fi

# Into a new file, between prepare and finish.
cp original data
good "$mmshard" prepare -t u8 -s 3 data fresh
good "$mmshard" plan -t u8 -s 3 --count=3 --output=parallel --into=fresh data -- -q --add=33
cp "$base/out" jobs
PATH=${mmbright%/*}:$PATH bash jobs || fail "the jobs into a new file"
good "$mmshard" finish fresh
same "into a new file" whole fresh
same "and FILE is as it was" original data
for form in slurm kubernetes; do
    good "$mmshard" plan -t u8 -s 3 --count=3 --output=$form --into=fresh data -- -qa5
    check "$form: into a new file" grep -Eq "mmbright -o 'fresh'|\"-o\", \"fresh\"" "$base/out"
    check "$form: not in place" bash -c '! grep -Eq "mmbright -i|\"-i\"" "$1"' - "$base/out"
done
expect 2 "--into is for job files" "$mmshard" plan -t u8 -s 3 --into=fresh data
rm fresh

# Slurm's script, with the numbers of an array in the environment and an srun that only starts.
run "$mmshard" plan -t u8 -s 3 --count=1001 --output=slurm data -- --add=1
check "tasks 0 to 1000: $(cat "$base/err")" bash -c '! grep -q MaxArraySize "$1"' - "$base/err"
expect 0 "note: Slurm refuses an array of 1002 tasks where MaxArraySize is smaller, and its default is 1001 .*--count=1001 makes fewer" \
    "$mmshard" plan -t u8 -s 3 --count=1002 --output=slurm data -- --add=1
check "it is written" grep -q "^#SBATCH --array=0-1001$" "$base/out"
good "$mmshard" plan -t u8 -s 3 --count=4 --output=slurm data -- -q -t u8 -s 3 --add=33
cp "$base/out" job.sh
check "an array" grep -q '^#SBATCH --array=0-3$' job.sh
mkdir bin
printf '#!/bin/sh\nexec "$@"\n' >bin/srun
chmod +x bin/srun
cp original data
for task in 2 0 3 1; do
    PATH=$PWD/bin:${mmbright%/*}:$PATH SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=4 \
        bash job.sh 2>/dev/null || fail "task $task"
done
[ "$kind" != "${kind/posix/}" ] || same "the array" whole data

good "$mmshard" plan -t u8 -s 3 --count=4 --output=kubernetes data -- -t u8 '--add=3"3'
check "kubernetes: indexed" grep -q '^  completionMode: Indexed$' "$base/out"
check "kubernetes: quoted" grep -qF '"--shard-count=4", "--type=u8", "--samples=3", "-t", "u8", "--add=3\"3", "--", "data"]' "$base/out"
if python3 -c 'import yaml' 2>/dev/null; then
    check "examples/kubernetes: YAML" python3 -c 'import sys, yaml
job = yaml.safe_load(open(sys.argv[1]))["spec"]
command = job["template"]["spec"]["containers"][0]["command"]
assert "--shard-count=%d" % job["completions"] in command' "${0%/*}/../../examples/kubernetes/job.yaml"
    check "kubernetes: YAML" python3 -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))["spec"]["completions"] == 4' "$base/out"
fi

expect 2 "say plan" "$mmshard" data
expect 2 "no FILE" "$mmshard" plan
for form in slurm kubernetes parallel; do
    expect 2 "how the samples change: -- --add=N" "$mmshard" plan -t u8 -s 3 --output=$form data
    expect 2 "how the samples change: -- --add=N" "$mmshard" plan -t u8 -s 3 --output=$form data -- -q --journal=off
    for change in --add=1 --gain=2 --clamp=0,9 -a1 -qg2; do
        good "$mmshard" plan -t u8 -s 3 --output=$form data -- $change
    done
done
expect 2 "must be text" "$mmshard" plan --output=xml data
expect 2 "count" "$mmshard" plan --count=0 data
expect 2 "is for the tasks" "$mmshard" plan --shard=1/2 data
expect 1 "No such file" "$mmshard" plan missing
finish
