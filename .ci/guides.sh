# shellcheck shell=sh
# Sourced by ./check: follow docs/guides on a clean Debian 12, as a user who may use sudo.
#
# The root is new for each run, in build/guides, and so is everything in it. python3 is there before the first page: it
# is what reads the pages. Mounts and processes go with the namespace.

guides_release=bookworm

# The mirror that this machine has its own packages from, or MMV_GUIDES_MIRROR.
guides_mirror() {
    if [ -n "${MMV_GUIDES_MIRROR-}" ]; then
        echo "$MMV_GUIDES_MIRROR"
    else
        apt-cache policy apt | sed -n "s|^ *[0-9]* \(http[^ ]*\) $guides_release/main .*|\1|p" | head -n 1
    fi
}

copy_sources() { # FOLDER: the sources as they lie here, with files that are not committed yet
    mkdir -p "$1"
    if [ -e .git ]; then
        git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --no-dereference -t "$1"
    else
        tar -c --exclude=./build --exclude=./results . | tar -x -C "$1"
    fi
}

follow_guides() { # yes|no: whether installing is allowed
    [ "$(id -u)" -eq 0 ] || die "guides: a new root can be made by root alone"
    # shellcheck disable=SC2086
    need_packages "$1" debootstrap util-linux
    mirror=$(guides_mirror)
    [ -n "$mirror" ] || die "guides: apt has no mirror of Debian $guides_release here; name one: MMV_GUIDES_MIRROR=URL"
    mkdir -p build/guides
    root=$(mktemp -d "$PWD/build/guides/root.XXXXXX")
    chmod 755 "$root"
    trap 'rm -rf --one-file-system "$root"' EXIT
    say "A clean Debian 12 ($guides_release)"
    debootstrap --variant=minbase --include=sudo,ca-certificates,python3 $guides_release "$root" "$mirror" \
        >build/guides/debootstrap.log 2>&1 || { tail -n 20 build/guides/debootstrap.log; die "debootstrap failed"; }
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    chroot "$root" useradd --create-home --shell /bin/bash reader
    echo 'reader ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/reader"
    copy_sources "$root/home/reader/mmview"
    chroot "$root" chown -R reader:reader /home/reader
    say "Following docs/guides"
    # shellcheck disable=SC2016
    unshare --mount --pid --fork sh -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --make-rslave "$1/dev" || exit
        exec chroot "$1" runuser -u reader -- env -i HOME=/home/reader USER=reader TERM=dumb \
            PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin \
            python3 /home/reader/mmview/tests/guides/guides.py --source=/home/reader/mmview --home=/home/reader \
            --level=clean
    ' - "$root"
}
