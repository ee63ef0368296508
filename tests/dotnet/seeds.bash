# The programs of examples/dotnet/, by several processes at once where that is what they are about: seeds.bash SOURCE BUILD
# LIBRARY MMIPC
. "${0%/*}/common.bash"
export MMVIEW_LIBRARY=$3
mmipc=$4
for name in testmap ImgA global_share_memory MyFile mmftest shared; do
    [ ! -e "/dev/shm/mmv.$name" ] || { "$mmipc" list >/dev/null; }
    [ ! -e "/dev/shm/mmv.$name" ] || { echo "SKIPPED: somebody uses the name $name"; exit 77; }
done
gone() { check "the name $1 is gone" test ! -e "/dev/shm/mmv.$1"; }

# ---- processes A, B and C

start a dotnet "$MmviewBuild/bin/Example/ProcessA/ProcessA.dll"
a=$pid
until_says a "Start Process B and press ENTER to continue."
check "process B" quiet program ProcessB
check "says nothing" test ! -s log
press_enter
until_says a "Start Process C and press ENTER to continue."
check "process C" quiet program ProcessC
check "says nothing" test ! -s log
press_enter
ended "process A" $a 0
says a "Start Process B and press ENTER to continue." "Start Process C and press ENTER to continue." \
    "Process A says: True" "Process B says: False" "Process C says: True"
gone testmap
program ProcessB >log 2>&1
says log "Memory-mapped file does not exist. Run Process A first."

# ---- the image, by two processes at once

size=$((0x30000000 + 4096))
truncate -s $size ExtremelyLargeImage.data
start first dotnet "$MmviewBuild/bin/Example/BrightenFirst/BrightenFirst.dll"
first=$pid
until [ -e /dev/shm/mmv.ImgA ] || ! kill -0 $first 2>/dev/null; do sleep 0.005; done
check "the second one finds the first one's image" quiet program BrightenSecond
ended "the first one" $first 0
gone ImgA
runs() { # FROM LENGTH VALUE: all 16-bit samples there have this value
    check "bytes $1 to $(($1 + $2)) hold $3" test "$(tail -c +$(($1 + 1)) ExtremelyLargeImage.data | head -c "$2" |
        od -An -v -t d2 -w2 | sort -u | tr -d ' \n')" = "$3"
}
all_runs() { # VALUE of the first one's range
    runs 3900000 100000 0
    runs 4000000 1500000 20
    runs 5500000 100000 0
    runs $((0x10000000 - 100000)) 100000 0
    runs $((0x10000000)) 1000000 "$1"
    runs $((0x1fff0000)) 131072 "$1"
    runs $((0x30000000 - 1000000)) 1000000 "$1"
    runs $((0x30000000)) 4096 0
}
all_runs 10
program BrightenWalk >log 2>&1
says log "268435456 samples"
all_runs 20
check "no journal is left" test "$(echo *)" = "ExtremelyLargeImage.data a a.err a.in first first.err first.in log"
rm ExtremelyLargeImage.data

# ---- memory that one writes and others read

start writer dotnet "$MmviewBuild/bin/Example/TemporaryWriter/TemporaryWriter.dll" 300 1000
writer=$pid
until_says writer "Hello World1"
check "mmipc reads it" test "$("$mmipc" read global_share_memory --length=11)" = "Hello World"
program TemporaryReader 1 >log 2>&1
check "a reader: $(cat log)" grep -q '^The shared memory says: Hello World[0-9]' log
kill "$(pgrep -P $writer)"
wait $writer 2>/dev/null
program TemporaryReader 1 >log 2>&1
says log "There is no shared memory."
gone global_share_memory

# ---- files

truncate -s 1M 223.txt
program Persistent >log 2>&1
check "the second map sees the first one's A" test "$(tr -d '\0' <log)" = A
check "and the file has it" test "$(head -c 3 223.txt | tr -d '\0')" = A
gone global_share_memory
program HikingDatabase hikes.data >log 2>&1
says log "Dummy database object created with 5000 records." "Database object has been destroyed." \
    "Dummy database object re-loaded from MMF with 5000 records." "The same coordinates: True"
gone MyFile
start flag dotnet "$MmviewBuild/bin/Example/FlagTest1/FlagTest1.dll"
flag=$pid
until_says flag "Test1 waits for the flag."
program FlagTest2 >log 2>&1
says log "Test2 has set the flag."
ended "who waits for the flag" $flag 0
says flag "Test1 waits for the flag." "Test1 has seen the flag."
program ShareMem >log 2>&1
says log "Init: 0" "Write: 0" "Read: 0, and it says 1 2" "Beyond the end: 2" "Closed: 1"
gone shared
finish
