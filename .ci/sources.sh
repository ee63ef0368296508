# shellcheck shell=sh
# Sourced by ./check: source packages of Debian and Ubuntu, for builds that have no packages of their own.

# fetch_source DIR PACKAGE: its unpacked sources, in DIR. Nothing of this needs root, and nothing outside of DIR
# changes.
fetch_source() {
    rm -rf "$1"
    mkdir -p "$1/sources" "$1/lists/partial"
    list_sources "$1"
    # One list that fails need not be the one with the package.
    apt_in "$1" update || true
    add_source "$1" "$2"
}

# add_source DIR PACKAGE: one more there. A mirror may lack the latest version, which its lists name: then an older one.
add_source() {
    for version in $(versions_of "$1" "$2"); do
        (cd "$1" && apt_in "$1" source "$2=$version") && return
    done
    return 1
}

versions_of() { # DIR PACKAGE: the latest first
    apt-cache -o Dir::State::lists="$1/lists" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$1/sources" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= showsrc --only-source "$2" |
        sed -n 's/^Version: //p' | sort -Vru
}

# This machine's lists of packages, as lists of sources. Only Debian's and Ubuntu's: others need not have any.
list_sources() {
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [ -f "$list" ] && grep -qiE 'debian|ubuntu' "$list" || continue
        sed -E 's/^Types:.*/Types: deb-src/; s/^deb[[:space:]]/deb-src /' "$list" >"$1/sources/${list##*/}"
    done
}

apt_in() { # DIR ARGUMENT...
    dir=$1
    shift
    apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$dir/sources" \
        -o Dir::State::lists="$dir/lists" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Debug::NoLocking=1 -o APT::Sandbox::User= "$@"
}
