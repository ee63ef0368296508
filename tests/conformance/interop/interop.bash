# The library and C#, each with what the other made: run as bash interop.bash PEER. Once with Mono and once with .NET,
# where they are installed; 77 when neither is.
set -u
peer=$1
source=$(cd "${0%/*}" && pwd)/interop.cs
export LC_ALL=C
base=$(mktemp -d "${TMPDIR:-/tmp}/mmview-interop.XXXXXX")
trap 'rm -rf "$base"' EXIT
# What the runtimes leave at home stays in here.
export DOTNET_CLI_HOME=$base/home DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false NUGET_PACKAGES=$base/packages
checks=0 failures=0

check() { # WHAT COMMAND...: the command must succeed
    local what=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$base/said" 2>&1; then
        echo "ok $runtime: $what"
    else
        failures=$((failures + 1))
        echo "FAILED $runtime: $what: $(head -c 1000 "$base/said")"
    fi
}

turns() { # file|name WHERE: both sides at the same time
    local pid path= tries result
    : >"$base/served"
    "$peer" serve "$1" "$2" >"$base/served" 2>"$base/complaints" &
    pid=$!
    for ((tries = 0; tries < 1000; tries++)); do
        read -r _ path <"$base/served" && break
        sleep 0.01
    done
    "${sharp[@]}" join "$path"
    result=$?
    # A peer whose other side failed would wait for its turn.
    [ $result = 0 ] || kill "$pid"
    wait "$pid" || result=1
    cat "$base/complaints"
    return $result
}

both_ways() { # with $runtime and ${sharp[@]}
    local name=interop-$runtime-$$
    check "C# reads what the library wrote: written" "$peer" put "$base/$runtime.ours"
    check "C# reads what the library wrote" "${sharp[@]}" check "$base/$runtime.ours"
    check "the library reads what C# wrote: written" "${sharp[@]}" put "$base/$runtime.theirs"
    check "the library reads what C# wrote" "$peer" check "$base/$runtime.theirs"
    check "the files are the same" cmp "$base/$runtime.ours" "$base/$runtime.theirs"
    check "one file in both: turns, and growth on either side" turns file "$base/$runtime.turns"
    check "a named map in both: turns, and growth on either side" turns name "$name"
    check "the name is gone" test ! -e "/dev/shm/mmv.$name"
}

build_mono() {
    mcs -langversion:7 -out:"$base/interop.exe" "$source"
}

build_dotnet() {
    mkdir "$base/dotnet" && cp "$source" "$base/dotnet/" || return 1
    cat >"$base/dotnet/interop.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net$(dotnet --version | cut -d. -f1,2)</TargetFramework>
    <UseAppHost>false</UseAppHost>
  </PropertyGroup>
</Project>
END
    timeout 120 dotnet build "$base/dotnet/interop.csproj" --nologo -v quiet -o "$base/dotnet/out" \
        --disable-build-servers \
        -p:NuGetAudit=false -p:RestoreSources="$base"
}

ran=0
runtime=mono
if ! command -v mcs >/dev/null || ! command -v mono >/dev/null; then
    echo "SKIPPED: Mono is not installed (Debian: apt install mono-mcs mono-runtime)"
else
    check "it compiles" build_mono
    sharp=(mono "$base/interop.exe")
    ran=1
    both_ways
fi
runtime=dotnet
if ! command -v dotnet >/dev/null || [ -z "$(dotnet --list-sdks 2>/dev/null)" ]; then
    echo "SKIPPED: the .NET SDK is not installed"
elif ! build_dotnet >"$base/built" 2>&1; then
    echo "SKIPPED: the .NET SDK cannot build here: $(head -c 600 "$base/built")"
else
    sharp=(dotnet "$base/dotnet/out/interop.dll")
    ran=1
    both_ways
fi
[ $ran = 1 ] || exit 77
echo "$checks checks, $failures failed"
[ $failures = 0 ]
