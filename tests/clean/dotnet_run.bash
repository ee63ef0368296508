# In a clean root: runs what dotnet_app.bash has built, in /app, with the runtime in /opt/dotnet.
set -u
here=${0%/*}
export DOTNET_ROOT=/opt/dotnet PATH=/opt/dotnet:$PATH
failed=0
for program in gcc cc python3 cmake; do
    ! command -v $program >/dev/null || { echo "$program is here, so this is no clean root"; exit 1; }
done
[ -z "$(dotnet --list-sdks)" ] || { echo "an SDK is here, so this is no clean root"; exit 1; }
dotnet --list-runtimes
work=$(mktemp -d)
for number in 1 2 3 4 5 6 7 8 9 10; do
    mkdir "$work/$number" && cd "$work/$number" || exit 1
    if bash -e "$here/docs/example$number.before" && dotnet "$here/docs.dll" $number >out 2>"$work/err" &&
        bash -e "$here/docs/example$number.after"; then
        echo "example $number: works"
    else
        echo "example $number: FAILED: $(head -c 400 out "$work/err")"
        failed=1
    fi
done
exit $failed
