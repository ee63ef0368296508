# interop.bash win32|dotnet PYTHON TOOLS WORK CACHE: TOOLS/peer_mmview and a program without the library, with each other's
# objects (interop.py). dotnet: the program is published for Windows into WORK, with packages that CACHE keeps.
set -u
here=$(cd "${0%/*}" && pwd)
kind=$1 python=$2 tools=$3 work=$4 cache=$5
skip() {
    echo "SKIPPED: $*"
    exit 77
}

publish() {
    rm -rf "$work/project" && mkdir -p "$work/project" && cp "$here/Peer.cs" "$work/project/" &&
        sed "s/VERSION/$(dotnet --version | cut -d. -f1,2)/" "$here/Peer.csproj" >"$work/project/Peer.csproj" || return 1
    # What it leaves at home stays in here.
    DOTNET_CLI_HOME=$work/home DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false \
        NUGET_PACKAGES=$cache timeout 500 dotnet publish "$work/project/Peer.csproj" --nologo -v quiet \
        -c Release -o "$work/published" --disable-build-servers
}

case $kind in
win32)
    [ -x "$tools/peer_win32" ] || skip "there is no C++ compiler for Windows (Debian: g++-mingw-w64-x86-64-posix)"
    ;;
dotnet)
    command -v dotnet >/dev/null && [ -n "$(dotnet --list-sdks 2>/dev/null)" ] || skip "the .NET SDK is not installed"
    mkdir -p "$work"
    # Again when the program or the SDK is another one.
    stamp=$(dotnet --version; cat "$here/Peer.cs" "$here/Peer.csproj")
    if [ ! -f "$work/published/Peer.exe" ] || [ "$(cat "$work/stamp" 2>/dev/null)" != "$stamp" ]; then
        publish >"$work/published.log" 2>&1 ||
            skip "the .NET SDK cannot publish for win-x64 here: $(grep -m 1 -o 'error.*' "$work/published.log" || tail -n 3 "$work/published.log")"
        printf '%s\n' "$stamp" >"$work/stamp"
    fi
    ;;
esac
folder=$(mktemp -d "${TMPDIR:-/tmp}/mmview-interop.XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$python" "$here/interop.py" --folder="$folder" --mmipc="$tools/mmipc" "$tools/peer_mmview" "$tools/peer_$kind"
