# mmrec over several FILEs: in place as one run, a new file of each, figures and values as one sequence of records.
. "${0%/*}/common.bash"
mmrec=${mmbright%/*}/mmrec
command -v "${CC:-cc}" >/dev/null || skip "there is no C compiler for mmrec"
fields='u64le v, u8 w'
change='v = v * 3 + index; w ^= v >> 16'
mkdir ../original ../wanted
for name in a b c; do head -c 180000 /dev/urandom >../original/$name; done
truncate -s 90001 ../original/b
fresh() { cp ../original/? .; }
fresh
for name in a b c; do
    run "$mmrec" -q -i --record="$fields" "$change" $name
    check "$name alone: $(cat "$base/err")" test "$status" = 0
done
mv a b c ../wanted
all_changed() { # WHAT
    for name in a b c; do same "$1: $name" $name ../wanted/$name; done
    only a b c
}

# ---- in place --------------------------------------------------------------------------------------------------------

for how in "" "--journal=power --io=mmap -j2" --journal=off; do
    fresh
    # shellcheck disable=SC2086 # words
    good "$mmrec" -q -i --record="$fields" $how "$change" a b c
    all_changed "three FILEs $how"
done
fresh
good "$mmrec" -i --json --record="$fields" "$change" a b c
check "each note once: $(cat "$base/err")" test "$(grep -c 'note: 1 bytes behind' "$base/err")" = 1
check "an object for each: $(cat "$base/out")" test "$(grep -c '"tool": "mmrec".*"resumed_bytes": 0' "$base/out")" = 3
all_changed "json"
fresh
good "$mmrec" -n -i --record="$fields" "$change" a b
check "two plans" test "$(grep -c '^result:    in place' "$base/out")" = 2
ln a again
expect 2 "a.*again|again.*a" "$mmrec" -i --record="$fields" "$change" a b again
same "nothing is changed" a ../original/a
rm again
# What can be done is done.
expect 1 "^mmrec: 1 of 4 files failed, 3 are changed and would be changed again by the same command; --retry='../report' does those that failed:$" \
    "$mmrec" -q -i --report=../report --record="$fields" "$change" a absent b c
check "a line for each: $(cat ../report)" test "$(sed 's/.*"name": "\([a-z]*\)".*"status": \([0-9]*\)}$/\1 \2/' ../report | tr '\n' ,)" = "absent 1,a 0,b 0,c 0,"
check "why: $(head -1 ../report)" grep -q '"reason": "absent: open: No such file or directory", "errno": 2, "changed": "none"' ../report
check "its name is listed" grep -q '^  absent$' "$base/err"
all_changed "but for one"
fresh
expect 1 "record 10100, at byte 90900: an integer is divided" "$mmrec" -q -i --record="$fields" 'w = 7 / (index != 10100)' a b c
check "two failed" grep -q "2 of 3 files failed, 1 are changed" "$base/err"
same "a is as it was" a ../original/a
same "c is as it was" c ../original/c
check "b is changed" test "$(head -c 9 b | tail -c 1 | od -An -tu1 | tr -d ' ')" = 7
only a b c

fresh
expect 2 "report=b is one of the FILEs" "$mmrec" -q -i --report=b --record="$fields" "$change" a b
same "nothing is changed" a ../original/a
same "no line is added to it" b ../original/b
expect 2 "are for -i and -o" "$mmrec" --report=x --record="$fields" --print=w a
good "$mmrec" -q -i --report=../report --shard=1/1 --record="$fields" "$change" a
same "one FILE with a report" a ../wanted/a
check "a line more" test "$(wc -l <../report)" = 5
only a b c

# ---- interrupted -----------------------------------------------------------------------------------------------------

need_shim
rm -f "$base/probe"
killed() { # SIGNAL NUMBER NAME
    fresh
    raised "$1" "$2" "$3" "$mmrec" -q -i -j1 --window=64K --io=buffered --record="$fields" "$change" a b c
    check "$1 at $3: $status" test "$status" = "$4"
}
for name in a b c; do
    killed KILL 1 $name 137
    expect 1 "not finished|unfinished|repeat" "$mmrec" -i --record="$fields" 'v++' a
    good "$mmrec" -q -i --record="$fields" "$change" a b c
    all_changed "killed at $name"
done
killed TERM 1 b 75
expect 1 "was not begun by the interrupted run|differs" "$mmrec" -q -i --record="$fields" "$change" c a b
expect 1 "differs" "$mmrec" -q -i --record="$fields" "$change;" a b c
expect 1 "repeat|unfinished" "$mmrec" -q -i --record="$fields" "$change" b
good env CC='cc -O1' "$mmrec" -q -i --record="$fields" "$change" a b c
all_changed "stopped"
# A FILE that was left out stays so; the others are finished, and the run ends when all that it knows is done.
fresh
mv b ../b
raised KILL 1 c "$mmrec" -q -i -j1 --window=64K --io=buffered --record="$fields" "$change" a b c
mv ../b b
expect 1 "b: was not begun by the interrupted run" "$mmrec" -q -i --record="$fields" "$change" a b c
same "a is done" a ../wanted/a
same "c is done" c ../wanted/c
same "b is left" b ../original/b
mv b ../b
expect 1 "1 of 3 files failed, 2 are changed and would be" "$mmrec" -q -i --record="$fields" "$change" a b c
only a c
mv ../b b

# Typed again with a pattern that finds the journal now, too.
fresh
raised KILL 1 b "$mmrec" -q -i -j1 --window=64K --io=buffered --record="$fields" "$change" *
check "there is a journal: $(ls)" test "$(ls | wc -l)" = 4
expect 0 "a.mmj.*: .*left out" "$mmrec" -i --record="$fields" "$change" *
all_changed "with its own journal"

# ---- from a list, and once more --------------------------------------------------------------------------------------

fresh
printf 'a\0b' >../list
good "$mmrec" -q -i --record="$fields" --files-from=../list "$change" c
all_changed "two of a list"
fresh
mv b ../b
expect 1 "1 of 3 files failed" "$mmrec" -q -i --report=../lines --record="$fields" "$change" a b c
mv ../b b
good "$mmrec" -q -i --report=../lines --retry=../lines --record="$fields" "$change"
all_changed "the one that had failed"
expect 2 "no FILE has failed there, or all were done since" "$mmrec" -q -i --retry=../lines --record="$fields" "$change"
expect 2 "give no others" "$mmrec" -q -i --retry=../lines --record="$fields" "$change" a
# Of the first none is changed, of the second a part: no journal knows which.
printf '{"tool": "mmrec", "file": "a", "reason": "", "changed": "part", "status": 1}\n' >../part
expect 2 "a was changed in part, without a journal" "$mmrec" -q -i --retry=../part --record="$fields" "$change"
sed 's/mmrec/mmbright/' ../part >../other
expect 2 "line 1 is no line of a report of mmrec" "$mmrec" -q -i --retry=../other --record="$fields" "$change"

# ---- a new file of each ----------------------------------------------------------------------------------------------

fresh
mkdir ../new ../kept
for name in a b c; do good "$mmrec" -q -o ../kept --record="$fields" --where='w & 1' "$change" $name; done
written() { # WHAT NAME...
    local what=$1 name
    shift
    check "$what: $(ls -A ../new)" test "$(ls -A ../new | tr '\n' ' ')" = "$* "
    for name in "$@"; do same "$what: $name" ../new/$name ../kept/$name; done
    rm -r ../new
    mkdir ../new
}
good "$mmrec" -q --json -o ../new --record="$fields" --where='w & 1' "$change" a b c
check "an object for each: $(cat "$base/out")" test "$(grep -c '"tool": "mmrec".*"output": "../new/[abc]"' "$base/out")" = 3
written "three" a b c
for name in a b c; do good "$mmrec" -q -f -o ../kept --record="$fields" --where='w & 1' $name; done
good "$mmrec" -q -o ../new --verify --record="$fields" --where='w & 1' ';' a b c
written "without code" a b c
good "$mmrec" -n -o ../new --record="$fields" --where=w ';' a b
check "two plans" test "$(grep -c '^result:    new file ../new/[ab]$' "$base/out") $(ls ../new | wc -l)" = "2 0"
# What can be done is done, and what has failed once more.
touch ../new/b
expect 1 "b: exists already" "$mmrec" -q -o ../new --report=../lines.o --record="$fields" --where='w & 1' ';' a b c absent
check "two failed: $(cat "$base/err")" grep -q "^mmrec: 2 of 4 files failed, 2 are written:$" "$base/err"
check "their lines: $(cat ../lines.o)" test "$(grep -c '"changed": "none", "status": [12]}' ../lines.o) $(grep -c '"name": "[ac]", "status": 0}' ../lines.o)" = "2 2"
rm ../new/b
cp b absent
cp ../kept/b ../kept/absent
good "$mmrec" -q -o ../new --retry=../lines.o --report=../lines.o --record="$fields" --where='w & 1' ';'
rm absent
written "those that had failed" a absent b c
expect 2 "no FILE has failed there" "$mmrec" -q -o ../new --retry=../lines.o --record="$fields" --where='w & 1'
good "$mmrec" -q -o ../new --report=../lines.o --record="$fields" --where='w & 1' a
written "one with a report" a
check "a line more" test "$(grep -c '"name": "a", "status": 0}' ../lines.o)" = 2
# Nothing is overwritten that the run reads, or writes.
cp a ../new/a
expect 2 "a: its new file would replace an input" "$mmrec" -q -f -o ../new --record="$fields" --where=w ';' a b ../new/a
expect 2 "a and ../new/a would both become ../kept/a" "$mmrec" -q -f -o ../kept --record="$fields" --where=w ';' a ../new/a
expect 2 "a: its new file would replace the report" \
    "$mmrec" -q -f -o ../new --report=../new/a --record="$fields" --where=w ';' a b
same "it is as it was" ../new/a a
expect 2 "a: is a file, and stands where CODE is" "$mmrec" -q -o ../new --record="$fields" --where=w a b c
check "nothing was written" test "$(ls -A ../new)" = a
only a b c

# ---- figures and values ----------------------------------------------------------------------------------------------

fresh
head -c 90000 b >whole
cat a whole c >../whole
rm whole
list='count(), sum(v), min(w), max(v)'
good "$mmrec" -q --record="$fields" --reduce="$list" ../whole
cp "$base/out" ../figures
good "$mmrec" -q --record="$fields" --reduce="$list" a b c
same "figures" "$base/out" ../figures
good "$mmrec" -q --record="$fields" --reduce="$list" --by='w >> 4' --output=csv ../whole
cp "$base/out" ../figures
good "$mmrec" -q --record="$fields" --reduce="$list" --by='w >> 4' --output=csv -j2 --window=64K a b c
same "groups" "$base/out" ../figures
good "$mmrec" --record="$fields" --reduce='sum(index), count()' --json b a
check "numbers count from 0 in each: $(cat "$base/out")" grep -q "\"records\": 30000, .*\"files\": 2, .*\"value\": $((9999 * 5000 + 19999 * 10000))}" "$base/out"
check "notes have names: $(cat "$base/out")" grep -q '"notes": \["b: 1 bytes behind' "$base/out"
for name in a b c; do "$mmrec" -q --record="$fields" --print='v, index' --output=csv $name; done | awk 'NR == 1 || !/^v/' >../rows
good "$mmrec" -q --record="$fields" --print='v, index' --output=csv a b c
same "rows" "$base/out" ../rows
expect 1 "absent: .*No such file" "$mmrec" -q --record="$fields" --reduce='count()' a absent b
check "no figures of some" test ! -s "$base/out"
expect 1 "more than 15 values" "$mmrec" -q --record="$fields" --reduce='count()' --by='w >> 4' --max-groups=15 a b
expect 2 "searches one FILE" "$mmrec" -q --record="$fields" --find='v == 1' --sorted a b
expect 2 "is a directory that is there" "$mmrec" -q -o new --record="$fields" 'v++' a b
expect 2 "shares out one FILE" "$mmrec" -q -i --shard=1/2 --record="$fields" 'v++' a b
for name in a b c; do same "only read: $name" $name ../original/$name; done
only a b c
finish
