# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# common: the command line that all peers share. README.md says what it means.
#
# A peer defines describe, probe, prepare and run, then calls: peer "$@"
# By then these variables are set: $work $image $out $width $height $amount $threads; $here is this folder.

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# missing WHAT PACKAGES: what probe says when the peer cannot run here.
missing() {
    echo "$1 is missing (Debian: $2)"
    exit 77
}

# need PROGRAM PACKAGE: for probe.
need() {
    command -v "$1" >/dev/null || missing "$1" "$2"
}

prepare() {
    :
}

peer_usage() {
    echo "Usage: ${0##*/} describe | probe | prepare WORK FILE WIDTH HEIGHT | run WORK FILE OUT WIDTH HEIGHT AMOUNT THREADS" >&2
    exit 2
}

# OUT is new: to truncate an old one is work that is not part of the job.
check_output() {
    case $out in
        */*) folder=${out%/*}/ ;;
        *) folder=. ;;
    esac
    [ ! -e "$out" ] || die "$out exists"
    [ -d "$folder" ] && [ -w "$folder" ] || die "$out cannot be written"
}

peer() {
    out=-
    case ${1-}:$# in
        describe:1 | probe:1) ;;
        prepare:5) work=$2 image=$3 width=$4 height=$5 ;;
        run:8) work=$2 image=$3 out=$4 width=$5 height=$6 amount=$7 threads=$8 ;;
        *) peer_usage ;;
    esac
    if [ $# -gt 1 ]; then
        [ -d "$work" ] || die "$work is not a folder"
        # Only what the shell itself can see: a process for a check would count in the measured time.
        [ -f "$image" ] && [ -r "$image" ] || die "$image cannot be read"
        [ "$out" = - ] || check_output
        # A raw file has no header that could contradict the command line.
        [ "$1" = run ] || [ "$(wc -c <"$image")" -eq $((width * height * 8)) ] ||
            die "$image is not $width x $height pixels of 4 x 16 bit"
    fi
    "$1"
}

# absolute PATH: for a program that looks at it from another folder.
absolute() {
    case $1 in
        /*) printf '%s\n' "$1" ;;
        *) printf '%s\n' "$PWD/$1" ;;
    esac
}
