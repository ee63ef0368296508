# .NET and C, and mmipc, with the same maps, mutexes and channels; either is killed: interop.bash SOURCE BUILD LIBRARY PEER
# MMIPC
. "${0%/*}/common.bash"
export MMVIEW_LIBRARY=$3
peer=$4 mmipc=$5
net() { dotnet "$dll" peer "$@"; }
dll=$MmviewBuild/bin/Tests/Release/net10.0/Tests.dll
name=dotnet-interop-$$
trap '"$mmipc" remove $name 2>/dev/null; "$mmipc" remove $name.pipe 2>/dev/null; clean_up' EXIT
gone() { check "after $1 the name is gone" test ! -e "/dev/shm/mmv.$name"; }

# ---- maps

start map dotnet "$dll" peer map $name "hello from .NET"
net_pid=$pid
until_says map ready
check "C finds .NET's map" "$peer" see $name 0 "hello from .NET"
check "mmipc reads it" test "$("$mmipc" read $name --length=15)" = "hello from .NET"
check "mmipc lists it" grep -q $name <("$mmipc" list)
check "C stores into it" "$peer" poke $name 100 77
press_enter
ended "the maker" $net_pid 0
says map ready "byte 77"
gone "the maker's end"

check "mmipc makes a map" "$mmipc" create $name 4096
check ".NET stores into it" net poke $name 4095 200
check "and mmipc sees that" test "$("$mmipc" read $name --offset=4095 | od -An -tu1 | tr -d ' ')" = 200
"$mmipc" remove $name

start map dotnet "$dll" peer map $name x
net_pid=$pid
until_says map ready
kill -9 "$(pgrep -P $net_pid)" # timeout's child
wait $net_pid 2>/dev/null
check "a killed maker's map is gone: C makes it anew" "$peer" make $name 100
gone "that"

net leave $name
check "who ends without closing leaves no map" bash -c '! "$1" poke "$2" 0 1 2>/dev/null' - "$peer" $name
"$mmipc" list >/dev/null
gone "that and a list"

# ---- mutexes

start hold dotnet "$dll" peer hold $name
net_pid=$pid
until_says hold held
check "C waits for .NET's mutex in vain" test "$("$peer" wait $name 50)" = late
check "and mmipc, too" test "$("$mmipc" lock $name --timeout=0.05 -- true >/dev/null 2>&1; echo $?)" = 1
press_enter
ended "the holder" $net_pid 0

start hold "$peer" hold $name
c_pid=$pid
until_says hold held
check ".NET waits for C's mutex in vain" test "$(net wait $name 50)" = late
start wait dotnet "$dll" peer wait $name 60000
net_pid=$pid
sleep 0.5
kill -9 "$(pgrep -P $c_pid)"
wait $c_pid 2>/dev/null
ended "the waiter" $net_pid 0
says wait abandoned

start hold dotnet "$dll" peer hold $name
net_pid=$pid
until_says hold held
start wait "$peer" wait $name 60000
c_pid=$pid
sleep 0.2
kill -9 "$(pgrep -P $net_pid)"
wait $net_pid 2>/dev/null
ended "C's waiter" $c_pid 0
says wait abandoned
# The lock of a process that is killed is free before its files are closed: then the last user leaves the name to whoever
# looks next.
"$mmipc" list >/dev/null
gone "the last user"

# ---- channels

start receive dotnet "$dll" peer receive $name
net_pid=$pid
until_says receive ready
check "C sends" "$peer" send $name one two three
ended "the receiver" $net_pid 0
says receive ready one two three gone

start receive "$peer" receive $name
c_pid=$pid
until_says receive ready
printf '%s\n' eins zwei | net send $name
ended "C's receiver" $c_pid 0
says receive ready eins zwei gone

start receive dotnet "$dll" peer receive $name
net_pid=$pid
until_says receive ready
start send "$peer" send-and-stay $name four five
c_pid=$pid
until_says receive five
kill -9 "$(pgrep -P $c_pid)"
wait $c_pid 2>/dev/null
ended "the receiver of a killed sender" $net_pid 0
says receive ready four five gone
"$mmipc" list >/dev/null
gone "the channel's last user"

# ---- a journal whose process is killed, and mmview's own words for it

head -c 16777216 /dev/zero >numbers
start journal dotnet "$dll" peer journal numbers slowly
net_pid=$pid
until_says journal step
sleep 0.2
kill -9 "$(pgrep -P $net_pid)"
wait $net_pid 2>/dev/null
check "the journal is there" test "$(ls numbers.mmj.* | wc -l)" -ge 1
check "the same run again" net journal numbers
check "each number was changed once" test "$(od -An -v -tu4 -w4 numbers | sort -u | tr -d ' \n')" = 1
check "the journal is gone" test -z "$(ls numbers.mmj.* 2>/dev/null)"
finish
