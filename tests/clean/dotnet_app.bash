# The examples of docs/dotnet.md as a program that uses the NuGet package, built where there is an SDK:
# dotnet_app.bash SOURCE FEED FOLDER
set -eu
source=$1 feed=$2 folder=$3
export LC_ALL=C DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false MSBUILDDISABLENODEREUSE=1
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-clean.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Never the packages of the user: one of that name and version may be there.
export NUGET_PACKAGES=$work/cache
MmviewFrameworks=net10.0 MmviewRuntimes=linux-x64 bash "$source/bindings/dotnet/pack.bash" "$feed"
mkdir -p "$folder/docs"
. "$source/tests/dotnet/project.bash"
make_project "$work/docs" "$feed"
python3 "$source/tests/dotnet/docs.py" "$source/docs/dotnet.md" "$work/docs"
dotnet build "$work/docs/docs.csproj" --nologo -v quiet -o "$folder" --disable-build-servers
cp "$work"/docs/example*.before "$work"/docs/example*.after "$folder/docs"
