# In folders where everybody may write: what another user has prepared there is not written to, and not believed.
. "${0%/*}/common.bash"
[ "$(id -u)" = 0 ] || skip "only root can make files of other users"
command -v setpriv >/dev/null || skip "there is no setpriv to become other users"
mkdir "$base/bin"
cp "$mmbright" "${mmbright%/*}/mmshard" "$base/bin"
mmbright=$base/bin/mmbright mmshard=$base/bin/mmshard
chmod 755 "$base" "$base/bin" .
as="setpriv --clear-groups"
me="$as --reuid=12345 --regid=100" other="$as --reuid=12346 --regid=101" colleague="$as --reuid=12346 --regid=100"
mkdir -m 1777 sticky
mkdir -m 777 open
mkdir mine
cp /dev/null mine/image
head -c 4096 /dev/urandom >mine/image
echo secret >mine/secret
chown -R 12345:100 mine
lines() { check "$1: $(cat "$1" | wc -l) lines instead of $2" test "$(grep -c schema "$1")" = "$2"; }
bright="$mmbright -q -i -a 0 mine/image --report="

# --report: files, links, hard links and FIFOs of another user.
for folder in sticky open; do
    $other touch $folder/file
    chmod 666 $folder/file
    expect 1 "$folder/file: another user has put it where everybody may write" $me ${bright}$folder/file
    check "not written" test ! -s $folder/file
    $other ln -s "$PWD/mine/secret" $folder/link
    expect 1 "$folder/link: another user has put it" $me ${bright}$folder/link
    ln mine/secret $folder/hard
    expect 1 "$folder/hard: another user has put it" $me ${bright}$folder/hard
    check "by a link" test "$(cat mine/secret)" = secret
    $other mkfifo -m 666 $folder/fifo
    expect 1 "$folder/fifo: another user has put it" timeout 10 $me ${bright}$folder/fifo
    $other mkdir $folder/way
    $other ln -s "$PWD/mine" $folder/way/mine
    $other ln -s "$PWD/mine" $folder/mine
    expect 1 "another user has put it" $me ${bright}$folder/mine/report
    expect 1 "another user's link is on the way" $me "$mmbright" --add=10 -q -o $folder/mine/new mine/image
    expect 1 "another user's link is on the way" $me "$mmbright" -q -i -a 0 --width=8 --preview=$folder/mine/new mine/image
    check "nothing was made" test ! -e mine/report -a ! -e mine/new
    # A folder of his, in which nobody else can write, may have names for files of mine.
    ln mine/secret $folder/way/hard
    expect 1 "another user has put it" $me ${bright}$folder/way/hard
    $other ln -s "$PWD/mine/secret" $folder/way/secret
    expect 1 "another user has put it" $me ${bright}$folder/way/secret
    check "by his folder" test "$(cat mine/secret)" = secret
    # Root is not better off.
    $me touch $folder/user
    expect 1 "another user has put it" ${bright}$folder/user
    # One's own, and root's.
    good $me ${bright}$folder/own
    good $me ${bright}$folder/own
    lines $folder/own 2
    touch $folder/root
    chmod 666 $folder/root
    good $me ${bright}$folder/root
    lines $folder/root 1
    $me ln -s own $folder/own-link
    good $me ${bright}$folder/own-link
    lines $folder/own 3
done

# What goes on working: folders of groups, root in users' folders, devices, descriptors, one's own FIFOs.
mkdir group
chown 12346:100 group
chmod 2775 group
$colleague touch group/report
chmod 664 group/report
good $me ${bright}group/report
lines group/report 1
$colleague ln -s report group/latest
good $me ${bright}group/latest
lines group/report 2
good ${bright}mine/report
good $me ${bright}mine/new-report
good ${bright}mine/new-report
lines mine/new-report 2
check "owned by who made it" test "$(stat -c %u mine/new-report)" = 12345
good $me ${bright}/dev/null
good $me bash -c "exec 3>mine/third; exec ${bright}/dev/fd/3"
lines mine/third 1
run ${bright}/dev/stderr
check "stderr" grep -q schema "$base/err"
$me mkfifo mine/fifo
$me timeout 60 cat mine/fifo >"$base/through" &
good timeout 60 $me ${bright}mine/fifo
wait $!
lines "$base/through" 1

# Parts: a folder that was prepared by another user, or that others can write in, and data that is a file of somebody's.
image=mine/image
for folder in sticky open; do
    out=$folder/out
    $other mkdir $out.parts
    $other touch $out.parts/data
    chmod 777 $out.parts
    chmod 666 $out.parts/data
    $me "$mmshard" prepare $image $folder/model
    cp -p $folder/model.parts/plan $folder/model.parts/rights $out.parts
    expect 1 "out.parts: belongs to another user" $me "$mmbright" --add=10 -q -o $out --shard=1/1 $image
    check "nothing was written" test ! -s $out.parts/data
    printf x >$out.parts/1-of-1
    expect 1 "out.parts: belongs to another user" $me "$mmshard" finish $out
    expect 1 "out.parts: belongs to another user" "$mmshard" finish $out
    check "not finished" test ! -e $out
    rm -r $out.parts
    chmod 777 $folder/model.parts
    expect 1 "others may write in it who may not write FILE" $me "$mmbright" --add=10 -q -o $folder/model --shard=1/1 $image
    expect 1 "others may write in it who may not write FILE" $me "$mmshard" finish $folder/model
    chmod 700 $folder/model.parts
    # Who owns FILE may have prepared it for root, but not another name of root's file.
    cp $image "$base/precious"
    ln "$base/precious" $folder/precious 2>/dev/null || cp $image $folder/precious
    ln -f $folder/precious $folder/model.parts/data
    expect 1 "its data is no file of its own" "$mmbright" -q -o $folder/model --shard=1/1 -a 9 $image
    same "precious" $folder/precious $image
    rm -r $folder/model.parts
    # As it is meant: prepared by FILE's owner, a part by root.
    good $me "$mmshard" prepare $image $folder/model
    check "for its owner alone" test "$(stat -c %a $folder/model.parts)" = 700
    good "$mmbright" -q -o $folder/model --shard=1/1 -a 0 $image
    good $me "$mmshard" finish $folder/model
    same "parts" $folder/model $image
done
# In other folders root finishes what its owner has prepared.
good $me "$mmshard" prepare $image mine/model
good $me "$mmbright" -q -o mine/model --shard=1/1 -a 0 $image
good "$mmshard" finish mine/model
same "by root" mine/model $image
finish
