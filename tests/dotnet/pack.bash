# The package: made as users make it, installed from a folder into a new project, and run there, outside of the tree and of
# this build.
. "${0%/*}/common.bash"
unset MmviewBuild
# Never the packages of the user: one of that name and version may be there.
export NUGET_PACKAGES=$work/cache

made=
for frameworks in "net8.0;net10.0" net10.0; do
    if MmviewFrameworks=$frameworks bash "$source/bindings/dotnet/pack.bash" "$work/feed" >made 2>&1; then
        made=$frameworks
        break
    fi
    echo "NOT FOR $frameworks: $(grep -m 1 -E 'error|pack.bash:' made)"
done
[ "$made" = "net8.0;net10.0" ] || echo "NOT TESTED: the package for .NET 8, whose reference assemblies NuGet has"
if [ -z "$made" ] && grep -q -E 'NU1(101|102|301)' made; then
    echo "SKIPPED: NuGet is not there, which has the analysers"
    exit 77
fi
check "a package: $(tail -n 5 made)" test -n "$made"
check "nothing is left in the sources" test -z "$(cd "$source" && find bindings/dotnet -name bin -o -name obj)"
grep "NOT IN THE PACKAGE" made
python3 - feed/Mmview.*.nupkg "$made" >log <<'IN' || fail "what the package has: $(cat log)"
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
print(*names, sep="\n")
assert [n for n in names if n.startswith("runtimes/linux-") and n.endswith("/native/libmmview.so")]
for framework in sys.argv[2].split(";"):
    assert {f"lib/{framework}/Mmview.dll", f"lib/{framework}/Mmview.xml"} <= set(names), framework
assert {"README.md", "LICENSE", "licences/xxhash.txt"} <= set(names)
IN

. "$source/tests/dotnet/native.bash"
. "$source/tests/dotnet/project.bash"
# What pack.bash leaves out is said.
for runtime in linux-musl-x64 linux-arm64 win-x64; do
    check "$runtime is there, or said to be left out" \
        bash -c 'test -d "natives/runtimes/$1" || grep -q "NOT IN THE PACKAGE: $1: " made' - $runtime
done

# ---- a new project

make_project new "$work/feed"
cat >new/Program.cs <<'END'
using System;
using System.IO;
using System.Linq;
using Mmview.IO.MemoryMappedFiles;

using var map = MemoryMappedFile.CreateNew(args[0], 1 << 20);
map.Walk<int>(numbers => numbers.Fill(7));
using var other = MemoryMappedFile.OpenExisting(args[0]);
using var view = other.CreateViewAccessor();
File.WriteAllBytes(args[0], new byte[100]);
using (var file = MemoryMappedFile.CreateFromFile(args[0]))
using (var bytes = file.CreateViewAccessor())
    bytes.Write(0, 1.5);
File.Delete(args[0]);
Console.WriteLine(view.ReadInt32((1 << 20) - 4));
string[] mapped = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')[^1]).Distinct().ToArray();
Console.WriteLine(string.Join(' ', mapped.Where(path => path.Contains("mmview") && path.EndsWith(".so")
    && path.StartsWith(args[1]))).Length > 0);
Console.WriteLine(mapped.Any(path => path.Contains("gomp") || path.Contains("uring")));
END
check "a project with the package" quiet dotnet build new/new.csproj --nologo -v quiet -o "$work/out" \
    --disable-build-servers
env -i PATH="$PATH" HOME="$work" DOTNET_ROOT="${DOTNET_ROOT-}" dotnet out/new.dll "dotnet-pack-$$" "$work" >said 2>&1
says said 7 True False

# ---- on .NET 8, whose runtime NuGet has

if [ "$made" = "net8.0;net10.0" ]; then
    mkdir eight
    cp new/Program.cs eight/
    sed -e 's,net10.0,net8.0,' -e 's,<UseAppHost>.*,<SelfContained>true</SelfContained>,' new/new.csproj >eight/eight.csproj
    sed -e '/<clear/d' new/nuget.config >eight/nuget.config
    if dotnet publish eight/eight.csproj --nologo -v quiet --use-current-runtime -o "$work/with8" \
        --disable-build-servers >log 2>&1; then
        env -i with8/eight "dotnet-pack-$$" "$work" >said 2>&1
        says said 7 True False
    elif grep -q -E 'NU1(101|102|103|301)' log; then
        echo "NOT TESTED: running on .NET 8: $(grep -m 1 NU1 log)"
    else
        fail "a program for .NET 8: $(tail -n 15 log)"
    fi
fi

# ---- compiled ahead of time, where NuGet has the compiler

mkdir aot
cp new/Program.cs aot/
sed -e 's,<UseAppHost>.*,<PublishAot>true</PublishAot><InvariantGlobalization>true</InvariantGlobalization><TreatWarningsAsErrors>true</TreatWarningsAsErrors>,' \
    new/new.csproj >aot/aot.csproj
sed -e '/<clear/d' new/nuget.config >aot/nuget.config
if dotnet publish aot/aot.csproj --nologo -v quiet -o "$work/native" --disable-build-servers >log 2>&1; then
    check "no warning of the compiler" test -z "$(grep -i warning log)"
    env -i native/aot "dotnet-pack-$$" "$work" >said 2>&1
    says said 7 True False
elif grep -q -E 'NU1(101|102|103|301)|Platform linker' log; then
    echo "NOT TESTED: compiling ahead of time: $(grep -m 1 -E 'NU1|linker' log)"
else
    fail "compiling ahead of time: $(tail -n 15 log)"
fi
finish
