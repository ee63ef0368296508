# make_project NAME FEED: NAME.csproj and nuget.config in a new folder NAME, for a program that uses the newest package
# Mmview in the folder FEED, and packages from nowhere else.
make_project() {
    mkdir -p "$1"
    cat >"$1/${1##*/}.csproj" <<'END'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <UseAppHost>false</UseAppHost>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Mmview" Version="*" />
  </ItemGroup>
</Project>
END
    cat >"$1/nuget.config" <<END
<configuration>
  <packageSources>
    <clear />
    <add key="feed" value="$2" />
  </packageSources>
</configuration>
END
}
