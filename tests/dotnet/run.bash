# The package's own tests: run.bash SOURCE BUILD LIBRARY SIZES
. "${0%/*}/common.bash"
export MMVIEW_LIBRARY=$3 TMPDIR=$work
checks=1
dotnet "$MmviewBuild/bin/Tests/Release/net10.0/Tests.dll" "$4" || fail "the tests"
dotnet "$MmviewBuild/bin/Tests/Release/net10.0/Tests.dll" counted || fail "the tests with a count per access"
check "nothing is left of its names: $(ls /dev/shm/mmv.dotnet-test-* 2>/dev/null)" \
    test -z "$(ls /dev/shm/mmv.dotnet-test-* 2>/dev/null)"
finish
