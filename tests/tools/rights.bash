# OUT is never more open than FILE: permissions, groups, ACLs, the umask; and what else a copy takes along.
. "${0%/*}/common.bash"
mmpng=${mmbright%/*}/mmpng mmshard=${mmbright%/*}/mmshard
[ "$(id -u)" = 0 ] || skip "only root can make files of other users"
command -v setpriv >/dev/null || skip "there is no setpriv to become other users"
command -v python3 >/dev/null || skip "there is no python3 to read and write ACLs"
mkdir "$base/bin"
for tool in "$mmbright" "$mmpng" "$mmshard" "$mmgen"; do [ ! -x "$tool" ] || cp "$tool" "$base/bin"; done
chmod 755 "$base" "$base/bin"
chmod 777 .
as() { # USER GROUP[,GROUP...] COMMAND...
    local user=$1 group=${2%%,*} more=${2#*,}
    [ "$more" = "$2" ] && more=--clear-groups || more=--groups=$more
    shift 2
    setpriv --reuid="$user" --regid="$group" "$more" "$@"
}
can() { as "$1" "$2" test -r "$3"; } # USER GROUP FILE

# acl FILE ENTRY...: as u:1:6 g::0 m::6 o::0, sorted as the kernel wants them; default:FILE for what a folder gives.
cat >"$base/acl.py" <<'END'
import os, struct, sys
name, *entries = sys.argv[1:]
kind = "system.posix_acl_default" if name.startswith("default:") else "system.posix_acl_access"
tags = {"u:": 1, "u": 2, "g:": 4, "g": 8, "m:": 16, "o:": 32}
packed = []
for entry in entries:
    who, number, rights = entry.split(":")
    packed.append((tags[who if number else who + ":"], int(number or 0xffffffff), int(rights)))
packed.sort()
value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, rights, number) for tag, number, rights in packed)
os.setxattr(name.removeprefix("default:"), kind, value)
END
acl() { python3 "$base/acl.py" "$@"; }

head -c 4096 /dev/urandom >plain
copy() { # USER GROUPS UMASK: of FILE
    rm -f out
    check "a copy" bash -c "umask $3; $(declare -f as); as $1 $2 '$base/bin/mmbright' --add=10 -q -o out FILE"
}
file() { # OWNER GROUP PERMISSIONS
    rm -f FILE
    cp plain FILE
    chown "$1:$2" FILE
    chmod "$3" FILE
}
mode() { check "$1: $(stat -c %a:%g out) instead of $2" test "$(stat -c %a:%g out)" = "$2"; }

# Groups: taken over where the process may, else the group has what both have.
file 12345 200 640
copy 12345 100 022
mode "another group" 600:100
copy 12345 100,200 022
mode "a group of the process" 640:200
copy 0 0 022
mode "root" 640:200
copy 12345 100,200 077
mode "the umask" 600:200
file 12345 200 644
copy 12345 100 022
mode "what all may" 644:100
file 12345 200 604
copy 12345 100 022
mode "what the group may not, others cannot be told from" 600:100
mkdir setgid
chown 0:100 setgid
chmod 2777 setgid
file 12345 200 640
as 12345 300 "$base/bin/mmbright" --add=10 -q -o setgid FILE
check "a folder that gives its group" test "$(stat -c %a:%g setgid/FILE)" = 600:100
rm -r setgid

# ACLs: the mask is not what the group may.
if ! acl plain u::6 u:1:6 g::0 m::6 o::0 2>"$base/err"; then
    echo "SKIPPED: ACLs, $(tail -1 "$base/err")"
else
    rm plain
    head -c 4096 /dev/urandom >plain
    file 12345 100 600
    # The umask leaves nothing of the mask: then the kernel does not ask the ACL, and the named are others.
    acl FILE u::6 u:1:0 g::4 m::2 o::4
    copy 12345 100 022
    check "who may not read FILE" eval '! can 1 1 FILE'
    check "who is named may not read OUT" eval '! can 1 1 out'
    acl FILE u::6 u:1:6 g::0 m::6 o::0
    copy 12345 100 022
    check "the group" eval '! can 12346 100 out'
    check "who is named" can 1 300 out
    copy 12345 100 077
    check "the umask narrows the mask" eval '! can 1 300 out'
    # The group cannot be taken over: the entry of the group is narrowed, and the others' too.
    file 12345 200 600
    acl FILE u::6 u:1:6 g::6 m::6 o::0
    copy 12345 100 002
    check "another group" eval '! can 12346 100 out'
    check "who is named, beside another group" can 1 300 out
    # One who is kept out by name.
    file 12345 100 644
    acl FILE u::6 u:7:0 g::4 m::4 o::4
    copy 12345 100 022
    check "kept out" eval '! can 7 300 out'
    check "not kept out" can 8 300 out
    # What the folder gives to new files is not what FILE has.
    mkdir given
    chmod 777 given
    acl default:given u::6 u:9:6 g::6 m::6 o::6
    file 12345 100 640
    as 12345 100 "$base/bin/mmbright" --add=10 -q -o given FILE
    check "given by the folder" eval '! can 9 300 given/FILE'
    as 12345 100 env ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD="$shim" \
        SHIM_NO_TMPFILE=1 "$base/bin/mmbright" --add=10 -q -o given/named FILE
    check "given by the folder to a file with a name" eval '! can 9 300 given/named'
    as 12345 100 "$base/bin/mmbright" -q -i -a 0 --width=8 --preview=given/p.png FILE
    check "a preview" test ! -e given/p.png -o "$(stat -c %a given/p.png)" = 640
    check "a preview" eval '! can 9 300 given/p.png'
    # Where there are no ACLs it is the permissions that have to do.
    if mkdir "$base/none" && mount -t ramfs none "$base/none" 2>/dev/null; then
        chmod 777 "$base/none"
        file 12345 100 600
        acl FILE u::6 u:1:6 g::0 m::6 o::0
        as 12345 100 "$base/bin/mmbright" --add=10 -q -o "$base/none/out" FILE
        check "without ACLs" test "$(stat -c %a "$base/none/out")" = 600
        file 12345 100 644
        acl FILE u::6 u:7:0 g::4 m::4 o::4
        as 12345 100 "$base/bin/mmbright" --add=10 -q -f -o "$base/none/out" FILE
        check "kept out, without ACLs" test "$(stat -c %a "$base/none/out")" = 600
        umount "$base/none"
    else
        echo "SKIPPED: a file system without ACLs, it cannot be mounted here"
    fi
    # Parts: what is finished knows FILE no more.
    file 12345 200 600
    acl FILE u::6 u:1:6 g::0 m::6 o::0
    rm -f out
    as 12345 100 "$base/bin/mmshard" prepare FILE out
    as 12345 100 "$base/bin/mmbright" --add=10 -q -o out --shard=1/1 FILE
    as 12345 100 "$base/bin/mmshard" finish out
    mode "parts" 600:100
fi
rm -rf given

# What is made from FILE: a picture is no more open than FILE either, and nobody can run it.
file 12345 200 750
"$base/bin/mmgen" -q -t u8 -s 1 --width=64 --height=64 -f picture
chown 12345:200 picture
chmod 750 picture
if [ -x "$base/bin/mmpng" ]; then
    check "a picture" as 12345 100 "$base/bin/mmpng" export -q -t u8 -s 1 --width=64 picture out.png
    check "a picture: $(stat -c %a out.png)" test "$(stat -c %a out.png)" = 600
    chmod 640 out.png
    chown 12345:200 out.png
    check "an image" as 12345 200 "$base/bin/mmpng" import -q out.png out.raw
    check "an image: $(stat -c %a out.raw)" test "$(stat -c %a out.raw)" = 640
fi
check "tiles" as 12345 100 "$base/bin/mmgen" -q -t u8 -s 1 --width=64 --height=64 --pattern=tile:picture tiles
check "tiles: $(stat -c %a tiles)" test "$(stat -c %a tiles)" = 600

# A header apart has the rights of its own header.
printf 'NRRD0004\ntype: uchar\ndimension: 2\nsizes: 64 64\nencoding: raw\ndata file: picture\n' >in.nhdr
chmod 644 picture
chmod 600 in.nhdr
good "$base/bin/mmbright" --add=10 -q -o apart.nhdr in.nhdr
check "headers: $(stat -c %a apart.nhdr)" test "$(stat -c %a apart.nhdr)" = 600
check "samples: $(stat -c %a apart)" test "$(stat -c %a apart)" = 644

# Notes of users go along, those of mmview never; times do not.
file 12345 100 444
if python3 -c 'import os; os.setxattr("FILE", "user.origin", b"a\0b"); os.setxattr("FILE", "user.mmview.x", b"y")' 2>"$base/err"; then
    touch -d 2001-01-01 FILE
    copy 12345 100 022
    check "notes" test "$(python3 -c 'import os; print(os.listxattr("out"), os.getxattr("out", "user.origin"))')" = "['user.origin'] b'a\\x00b'"
    check "times" test "$(stat -c %Y out)" -gt 1000000000
else
    echo "SKIPPED: notes, $(tail -1 "$base/err")"
fi
finish
