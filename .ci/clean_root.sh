# shellcheck shell=sh
# Sourced by ./check, behind guides.sh: the wheel and the NuGet package in a clean Debian, which has nothing but a
# runtime.
#
# What this machine builds is tried in roots that never had a compiler, a library of ours, or an SDK:
#
#     bare      debootstrap's minbase. Into it goes a copy of .NET's runtime, without its SDK
#     python    and python3
#     numpy     and python3-numpy
#
# Roots are made once, and kept as archives in build/clean-root; each trial unpacks a new one. Mounts and processes go
# with the trial's namespace. Whatever could not be tried is said at the end, and the exit status is 77 then.

clean_root_failed() { # FILE REASON
    tail -n 25 "$1"
    die "clean-root: $2"
}

# in_clean_root ROOT COMMAND...: in namespaces of its own, with a /dev/shm of its own, and nothing of the environment.
in_clean_root() {
    # shellcheck disable=SC2016
    unshare --mount --pid --ipc --fork sh -c '
        root=$1
        shift
        mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev" || exit
        mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" || exit
        exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
    ' - "$@"
}

unpack_root() { # NAME: a new one of that archive, in $root
    root=$clean_work/$1
    mkdir -p "$root"
    tar -xf "build/clean-root/$1-$clean_release.tar" -C "$root"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
}

keep_root() { # NAME: $root as an archive, in one step
    rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
    mkdir -p "$root/var/lib/apt/lists" "$root/var/cache/apt/archives/partial"
    tar -cf "build/clean-root/$1-$clean_release.tar.new" -C "$root" --one-file-system .
    mv "build/clean-root/$1-$clean_release.tar.new" "build/clean-root/$1-$clean_release.tar"
    rm -rf --one-file-system "$root"
}

has_root() { # NAME
    [ -f "build/clean-root/$1-$clean_release.tar" ] && echo "$1: the archive of an earlier run"
}

make_roots() { # MIRROR
    log=build/clean-root/roots.log
    if ! has_root bare; then
        say "A clean Debian ($clean_release)"
        root=$clean_work/bare
        debootstrap --variant=minbase "$clean_release" "$root" "$1" >"$log" 2>&1 ||
            clean_root_failed "$log" "debootstrap failed: is there a network, and is $1 a mirror?"
        keep_root bare
    fi
    make_root python bare python3
    make_root numpy python python3-numpy
}

make_root() { # NAME FROM PACKAGE
    ! has_root "$1" || return 0
    say "The same with $3"
    unpack_root "$2"
    in_clean_root "$root" sh -c "apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $3" >"$log" 2>&1 ||
        clean_root_failed "$log" "apt-get could not install $3 in a clean root: is there a network?"
    keep_root "$1"
}

# ---- Python

# Debian's python3 has no pip: the wheel of this machine's goes along, which runs as it is.
find_pip() {
    for pip in /usr/share/python-wheels/pip-*.whl; do
        [ ! -f "$pip" ] || return 0
    done
    clean_untried="$clean_untried
Python: there is no wheel of pip on this machine (Debian: python3-pip-whl)"
    return 1
}

put_wheel() { # ROOT OPTION...: in an environment of its own, at /env
    mkdir "$1/try"
    cp "$clean_work"/made/mmview-*.whl "$pip" tests/clean/*.py "$1/try"
    in_clean_root "$1" python3 -m venv --without-pip "$2" /env
    in_clean_root "$1" sh -c "/env/bin/python /try/${pip##*/}/pip install --no-index /try/mmview-*.whl"
}

try_wheel() {
    find_pip || return 0
    say "The wheel, where there is python3 alone"
    python3 bindings/python/backend/mmview_wheel.py "$clean_work/made"
    unpack_root python
    put_wheel "$root" --symlinks
    in_clean_root "$root" /env/bin/python -I /try/alone.py
    say "The wheel, where there is numpy, too: the examples of docs/python.md"
    unpack_root numpy
    put_wheel "$root" --system-site-packages
    copy_sources "$root/try/mmview"
    # The sources' own package must not be found.
    rm -rf "$root/try/mmview/bindings/python/mmview"
    # shellcheck disable=SC2016
    in_clean_root "$root" sh -c 'cd /try/mmview && exec /env/bin/python tests/python/test_docs.py \
        "$(echo /env/lib/python3*/site-packages)" no-sizes -v'
}

# ---- .NET

try_package() {
    if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
        clean_untried="$clean_untried
.NET: there is no SDK of .NET 10 on this machine"
        return 0
    fi
    say "The NuGet package, where there is .NET's runtime alone: the examples of docs/dotnet.md"
    bash tests/clean/dotnet_app.bash "$PWD" "$clean_work/made" "$clean_work/app"
    unpack_root bare
    mkdir -p "$root/opt/dotnet/shared"
    dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
    cp -r "$dotnet/dotnet" "$dotnet/host" "$root/opt/dotnet"
    cp -r "$dotnet/shared/Microsoft.NETCore.App" "$root/opt/dotnet/shared"
    cp -r "$clean_work/app" "$root/app"
    cp tests/clean/dotnet_run.bash "$root/app"
    # The culture's library is no part of a runtime.
    in_clean_root "$root" env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 bash /app/dotnet_run.bash
}

try_clean_root() { # yes|no: whether installing is allowed
    [ "$(id -u)" -eq 0 ] || die "clean-root: a new root can be made by root alone"
    need_packages "$1" debootstrap util-linux python3 cmake gcc binutils libxxhash-dev
    command -v debootstrap >/dev/null || die "clean-root: there is no debootstrap"
    clean_release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    mirror=${MMV_CLEAN_MIRROR:-$(guides_release=$clean_release guides_mirror)}
    [ -n "$mirror" ] ||
        die "clean-root: apt has no mirror of Debian '$clean_release' here; name one: MMV_CLEAN_MIRROR=URL"
    mkdir -p build/clean-root
    clean_work=$(mktemp -d "$PWD/build/clean-root/trial.XXXXXX")
    chmod 755 "$clean_work"
    trap 'rm -rf --one-file-system "$clean_work"' EXIT
    clean_untried=
    make_roots "$mirror"
    try_wheel
    try_package
    say "What was tried works"
    if [ -n "$clean_untried" ]; then
        echo "NOT TRIED:$clean_untried"
        exit 77
    fi
}
