# shellcheck shell=sh
# Sourced by ./quickstart and ./check: install what is missing, saying so first. Nothing else is changed on the machine.

say() { printf '\n== %s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "installing packages needs root: run '$*' yourself, or as root, or install sudo"
    fi
}

is_installed() {
    # A removed package is still known, as "not-installed" or "config-files", and one for a foreign architecture does
    # not stand in for this machine's.
    case $1 in *:*) wanted=${1#*:} ;; *) wanted=$(dpkg --print-architecture) ;; esac
    dpkg-query -W -f '${db:Status-Status} ${Architecture}\n' "$1" 2>/dev/null | grep -qxE "installed ($wanted|all)"
}

# A package for a foreign architecture (name:i386) needs that architecture switched on.
add_architectures() {
    for package in "$@"; do
        case $package in *:*) ;; *) continue ;; esac
        arch=${package#*:}
        if ! dpkg --print-foreign-architectures | grep -qx "$arch" &&
            [ "$arch" != "$(dpkg --print-architecture)" ]; then
            echo "Adding the architecture $arch to dpkg (for its 32-bit libraries)."
            as_root dpkg --add-architecture "$arch"
        fi
    done
}

# Those of the packages that are not installed, each once.
missing_packages() {
    missing=
    for package in "$@"; do
        case " $missing " in *" $package "*) continue ;; esac
        is_installed "$package" || missing="$missing $package"
    done
}

has_apt() { command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; }

install_packages() {
    say "Installing with apt: $*"
    add_architectures "$@"
    # A mirror in the middle of an update is no reason to give up: what matters is whether the packages install.
    as_root apt-get update -qq || echo "apt-get update failed for some sources; going on with the lists there are."
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need_packages yes|no PACKAGE...: the first word says whether installing is allowed.
need_packages() {
    allowed=$1
    shift
    if ! has_apt; then
        echo "This is no Debian or Ubuntu; the equivalents of these packages are needed: $*"
        return 0
    fi
    missing_packages "$@"
    [ -n "$missing" ] || return 0
    if [ "$allowed" != yes ]; then
        die "missing packages:$missing (run without --no-install, or: apt-get install$missing)"
    fi
    # shellcheck disable=SC2086
    install_packages $missing || die "apt-get could not install:$missing"
}

# try_packages yes|no PACKAGE...: whether they are there afterwards. An architecture that was added in vain is taken
# back.
try_packages() {
    allowed=$1
    shift
    has_apt || return 1
    missing_packages "$@"
    [ -n "$missing" ] || return 0
    [ "$allowed" = yes ] || return 1
    before=$(dpkg --print-foreign-architectures)
    # shellcheck disable=SC2086
    if (install_packages $missing); then
        return 0
    fi
    echo "apt-get could not install:$missing"
    for arch in $(dpkg --print-foreign-architectures); do
        echo "$before" | grep -qx "$arch" || as_root dpkg --remove-architecture "$arch" || true
    done
    return 1
}

build_packages="build-essential cmake libxxhash-dev liburing-dev scdoc libpng-dev zlib1g-dev libzstd-dev libdw-dev"
