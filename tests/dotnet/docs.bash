# The examples of docs/dotnet.md, as they stand: docs.bash SOURCE BUILD LIBRARY
. "${0%/*}/common.bash"
export MMVIEW_LIBRARY=$3
mkdir docs
check "the page" quiet python3 "$source/tests/dotnet/docs.py" "$source/docs/dotnet.md" docs
cat >docs/docs.csproj <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <UseAppHost>false</UseAppHost>
    <NuGetAudit>false</NuGetAudit>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <Reference Include="$MmviewBuild/bin/Mmview/Release/net10.0/Mmview.dll" />
  </ItemGroup>
</Project>
END
check "they build" quiet dotnet build docs/docs.csproj --nologo -v quiet -o "$work/out" --disable-build-servers
for number in 1 2 3 4 5 6 7 8 9 10; do
    mkdir "example$number" && cd "example$number" || exit 1
    bash -e "../docs/example$number.before"
    dotnet ../out/docs.dll $number >out 2>../err || fail "example $number: $(cat ../err)"
    check "example $number: $(head -c 400 out)" bash -e "../docs/example$number.after"
    cd ..
done
finish
