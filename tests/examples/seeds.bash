# What examples/seeds/ builds: the programs that .NET's documentation and others show for memory-mapped files, with the
# output that is shown there. Behind the usual arguments: the folder of the programs, and 1 when there is
# hiking_serialised.
. "${0%/*}/../tools/common.bash"
seeds=$6 serialised=$7
# A program takes longer to start in Wine, and names are no files there.
pause=0.3
case $kind in *windows*) pause=3 ;; esac

# Names of our own, so that several builds can be tested at once; what is left of them is a failure, and removed.
export MMV_EXAMPLE_SUFFIX=.seeds$$
running=
clean() {
    # shellcheck disable=SC2086
    [ -z "$running" ] || kill $running 2>/dev/null
    rm -f /dev/shm/mmv.*"$MMV_EXAMPLE_SUFFIX"
    clean_up
}
trap clean EXIT

start() { # NAME PROGRAM...: in the background, with the output in $base/NAME; leaves its id in $pid
    local name=$1
    shift
    # Before it runs: who waits for a line must not find that of a program of that name before.
    : >"$base/$name"
    # Nothing here takes longer; what hangs is a failure, and not forever.
    timeout 240 "$@" >"$base/$name" 2>"$base/$name.err" </dev/null &
    pid=$!
    running="$running $pid"
}

ended() { # WHAT PID STATUS: it ends with this status, and by itself
    local status
    wait "$2"
    status=$?
    running=${running/$2/}
    check "$1: exit status $status instead of $3" test "$status" = "$3"
}

until_true() { # WHAT COMMAND...: becomes true within some minutes
    local what=$1 tries=0
    shift
    while ! "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 24000 ] || { fail "waited in vain: $what"; finish; }
        sleep 0.01
    done
}

text() { # FILE: its lines, whatever ends them
    tr -d '\r' <"$base/$1"
}

says() { # FILE LINE...: it holds exactly these lines, and nothing was said on stderr
    local file=$1
    shift
    checks=$((checks + 1))
    [ "$(text "$file")" = "$(printf '%s\n' "$@")" ] || fail "$file says: $(head -c 400 "$base/$file"), not: $*"
    [ ! -s "$base/$file.err" ] || fail "$file: on stderr: $(head -c 400 "$base/$file.err")"
}

names() { # those that are there
    case $kind in
    *windows*) "${mmbright%/*}/mmipc" list | grep -F "$MMV_EXAMPLE_SUFFIX" ;;
    *) ls -d /dev/shm/mmv.*"$MMV_EXAMPLE_SUFFIX" 2>/dev/null ;;
    esac
}

no_names() { # AFTER-WHAT: the last user took all names along
    local there
    there=$(names)
    check "after $1: $there" test -z "$there"
}

# brighten: two processes with two views of one image at the same time. Both say a line when they have the image open,
# and are held there by pipes that are full until both are there.
first_at=268435456 first_length=4000000
has_image() { # PID
    grep -q ExtremelyLargeImage.data "/proc/$1/maps" 2>/dev/null
}
bright() { # SEEK LENGTH ADD: the oracle's part of the image beginning 1 MB before SEEK, into wanted
    dd if=ExtremelyLargeImage.data of=part bs=1M iflag=skip_bytes,count_bytes skip=$(($1 - 1000000)) count=6000000 status=none
    "$oracle" part bright i16 4 interleaved $(($2 / 8)) 1 1000000 "$2" - 1111 "$3" 1 >/dev/null
    dd if=bright of=wanted bs=1M oflag=seek_bytes seek=$(($1 - 1000000)) conv=notrunc status=none
}
truncate -s 800M ExtremelyLargeImage.data
for at in 4000000 $first_at; do
    head -c 6000000 /dev/urandom |
        dd of=ExtremelyLargeImage.data bs=1M oflag=seek_bytes seek=$((at - 1000000)) conv=notrunc status=none
done
cp ExtremelyLargeImage.data wanted
bright 4000000 1500000 20
bright $first_at $first_length 10
# The script holds both ends, the programs and the readers one each: so nobody waits at the opening.
mkfifo "$base/pipe1" "$base/pipe2"
exec 7<>"$base/pipe1" 8<>"$base/pipe2"
for pipe in pipe1 pipe2; do
    dd if=/dev/zero of="$base/$pipe" bs=4096 oflag=nonblock conv=notrunc 2>/dev/null
done
"$seeds/brighten_first" ExtremelyLargeImage.data $first_at $first_length >"$base/pipe1" 2>"$base/first.err" 7<&- 8<&- &
first=$!
until_true "brighten_first has the image" has_image $first
"$seeds/brighten_second" >"$base/pipe2" 2>"$base/second.err" 7<&- 8<&- &
second=$!
until_true "brighten_second has the image" has_image $second
for pipe in pipe1:first pipe2:second; do
    tr -d '\0' <"$base/${pipe%:*}" >"$base/${pipe#*:}" 7<&- 8<&- &
    running="$running $!"
done
ended "brighten_first" $first 0
ended "brighten_second" $second 0
exec 7<&- 8<&-
# shellcheck disable=SC2086
wait $running
running=
says first "ImgA is ExtremelyLargeImage.data; brightening $first_length bytes by 10."
says second "ImgA is open; brightening 1500000 bytes by 20."
same "both have brightened" ExtremelyLargeImage.data wanted
no_names "brighten"
expect 1 "^brighten_second: .*ImgA.*: open: No such file" "$seeds/brighten_second"
expect 1 "^brighten_first: absent: open: No such file" "$seeds/brighten_first" absent
rm -f ExtremelyLargeImage.data wanted part bright

# Three processes, a map and a mutex. ENTER is pressed when the other process is done.
run "$seeds/process_b"
says out "Memory-mapped file does not exist. Run Process A first."
run "$seeds/process_c"
says out "Memory-mapped file does not exist. Run Process A first, then B."
mkfifo "$base/keys"
timeout 240 "$seeds/process_a" <"$base/keys" >"$base/a" 2>"$base/a.err" &
pid=$!
running=$pid
exec 7>"$base/keys"
until_true "process_a asks for B" grep -qs "^Start Process B" "$base/a"
good "$seeds/process_b"
check "process_b says nothing" test ! -s "$base/out"
expect 1 "^process_a: .*testmap.*: open: File exists" "$seeds/process_a"
echo >&7
until_true "process_a asks for C" grep -qs "^Start Process C" "$base/a"
good "$seeds/process_c"
check "process_c says nothing" test ! -s "$base/out"
echo >&7
ended "process_a" $pid 0
exec 7>&-
says a "Start Process B and press ENTER to continue." "Start Process C and press ENTER to continue." \
    "Process A says: True" "Process B says: False" "Process C says: True"
no_names "process_a"

# A database of hikes into a map of a file, and back.
for program in hiking_flat hiking_serialised; do
    if [ $program = hiking_serialised ] && [ "$serialised" != 1 ]; then
        echo "SKIPPED: hiking_serialised, it was not built"
        continue
    fi
    good "$seeds/$program" hikes
    says out "Dummy database object created with 5000 records." "Database object has been destroyed." \
        "Dummy database object re-loaded from MMF with 5000 records."
    # 750,000 doubles, and more.
    check "$program: the hikes are in the file" test "$(stat -c %s hikes)" -gt 6000000
    expect 1 "^$program: absent/hikes: open: No such file" "$seeds/$program" absent/hikes
    rm -f hikes
done

# A temporary map: a text now and then, and a reader that comes later. On Windows once more with one that has no part of
# the library.
has_no_map() { # READER
    run "$seeds/$1" 0 1
    [ "$(text out)" = "无共享内存..." ]
}
temporary() { # READER: the program
    local program=$1 writer reader
    run "$seeds/$program" 0 1
    says out "无共享内存..."
    start writer "$seeds/temporary_writer" $pause 4
    writer=$pid
    until_true "temporary_writer writes" grep -qs "Hello World1" "$base/writer"
    start reader "$seeds/$program" 0.02
    reader=$pid
    ended "temporary_writer" "$writer" 0
    says writer "创建共享内存完成..." "Hello World1" "Hello World2" "Hello World3" "Hello World4"
    # The reader keeps the map, and what is in it.
    until_true "the last text is read" grep -qs "Hello World4" "$base/reader"
    check "the reader keeps the map: $(names)" grep -q "global_share_memory$MMV_EXAMPLE_SUFFIX" <(names)
    check "texts in order: $(text reader | uniq)" sort -c <(text reader)
    check "no other texts" test "$(text reader | grep -vc "^读取共享内存数据:Hello World[1-4]$")" = 0
    # Killed, it leaves its names in the folder; but they mean nothing, and who comes upon them takes them away. Wine's
    # server does, a moment later.
    kill "$reader"
    wait "$reader"
    running=
    case $kind in *windows*) until_true "the map is gone" has_no_map "$program" ;; esac
    run "$seeds/$program" 0 1
    says out "无共享内存..."
    good "$seeds/temporary_writer" 0 1
    no_names "$program"
}
temporary temporary_reader
case $kind in
*windows*)
    if [ -x "$seeds/temporary_reader_win32" ]; then
        temporary temporary_reader_win32
    else
        echo "SKIPPED: temporary_reader_win32, there was no C++ compiler"
    fi
    ;;
esac

# A file and its name.
printf 'one line of text\n' >223.txt
good "$seeds/persistent"
says out "onA line of text"
check "the file has the letter: $(cat 223.txt)" test "$(cat 223.txt)" = "onA line of text"
no_names "persistent"
rm 223.txt
expect 1 "^persistent: 223.txt: open: No such file" "$seeds/persistent"

# The result codes of ShareMem.
good "$seeds/share_mem" 1
says out "init: 0" "write: 0" "write behind the end: 2" "init without a name: 1" "init with a name that cannot be: 2" \
    "init larger than it is: 3" "read before init: 1" "init by another: 0" "read: 0" "bytes: 42 43"
no_names "share_mem"

# A flag in a file, twice: it does not stay set.
for round in first second; do
    expect 1 "^flag_test2: .*mmftest.*: open: No such file" "$seeds/flag_test2"
    start waiting "$seeds/flag_test1"
    until_true "flag_test1 waits" grep -qs "^Test1 waits" "$base/waiting"
    good "$seeds/flag_test2"
    says out "Test2 has set the flag."
    ended "flag_test1, $round time" $pid 0
    says waiting "Test1 waits for the flag." "Test1 has seen the flag."
    no_names "flag_test1"
done
check "the flag is in the file" test "$(od -An -tu1 -N1 mmf.data)" -eq 1
only mmf.data
finish
