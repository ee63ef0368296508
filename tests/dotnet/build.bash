# Builds the package, its tests and the examples, for the tests that need them.
. "${0%/*}/common.bash"
export MmviewFrameworks=net10.0
run_msbuild() { dotnet msbuild -nologo -v:quiet -m:2 -nodeReuse:false -p:UseSharedCompilation=false -p:Configuration=Release "$@"; }
tests=$source/tests/dotnet/Tests/Tests.csproj
if ! run_msbuild -t:Restore "$tests" >log 2>&1; then
    cat log
    echo "NOT ANALYSED: trimming and compiling ahead of time, because NuGet has not given Microsoft.NET.ILLink.Tasks"
    export MmviewAnalyse=false
    check "a restore without NuGet" quiet run_msbuild -t:Restore "$tests"
fi
check "the package and its tests, without a warning" quiet run_msbuild "$tests"
check "the examples" quiet run_msbuild -t:Restore "$source/examples/dotnet/Example.csproj"
check "the examples" quiet run_msbuild "$source/examples/dotnet/Examples.proj"
check "nothing is left in the sources" test -z "$(cd "$source" &&
    find bindings/dotnet tests/dotnet examples/dotnet -name bin -o -name obj)"
finish
