# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # common.sh sets them
# common_dotnet: how the two .NET peers are built: offline, in WORK, without servers that outlive the build.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

# Not in Debian itself: Ubuntu has it, for Debian it comes from Microsoft.
dotnet_packages=dotnet-sdk-10.0

probe() {
    need dotnet "none; $dotnet_packages of Ubuntu or of packages.microsoft.com"
    version=$(dotnet --version 2>/dev/null) || missing "the .NET SDK" \
        "none; $dotnet_packages of Ubuntu or of packages.microsoft.com"
    echo ".NET SDK $version"
}

# dotnet_build SOURCE: WORK/NAME/NAME.dll, where NAME is this peer.
dotnet_build() {
    name=${0##*/}
    folder=$(absolute "$work")/$name
    mkdir -p "$folder"
    version=$(dotnet --version) || die "dotnet does not run"
    cp "$here/$1" "$folder/$1"
    cat >"$folder/$name.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net${version%%.*}.0</TargetFramework>
    <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
    <UseAppHost>false</UseAppHost>
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
</Project>
END
    # No package source at all: a build that needs the network shall fail, not wait for it.
    echo '<configuration><packageSources><clear/></packageSources></configuration>' >"$folder/nuget.config"
    # What the SDK and NuGet keep for the next build goes into WORK too, not into the user's home and /tmp.
    export DOTNET_CLI_HOME="$folder" NUGET_PACKAGES="$folder/nuget" HOME="$folder" XDG_DATA_HOME="$folder" TMPDIR="$folder"
    # The compiler and build servers would otherwise stay and run beside the measurements.
    export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
    dotnet build "$folder/$name.csproj" --configuration Release --output "$folder/out" --verbosity quiet \
        -nodeReuse:false -p:UseSharedCompilation=false >"$folder/build.log" 2>&1 || {
        cat "$folder/build.log" >&2
        die "the build failed"
    }
}

# dotnet_exec ARGUMENT...: becomes the program that dotnet_build made.
dotnet_exec() {
    program=$work/${0##*/}/out/${0##*/}.dll
    [ -f "$program" ] || die "$program is missing: prepare comes first"
    exec dotnet "$program" "$@"
}
