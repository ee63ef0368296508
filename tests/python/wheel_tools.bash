# A wheel with the tools inside: python -m mmview runs them, where nothing else of mmview is.
# wheel_tools.bash SOURCE
set -u
source=$1
unset MMVIEW_LIBRARY MMVIEW_IMAGE_LIBRARY PYTHONPATH PYTHONHOME
export PYTHONDONTWRITEBYTECODE=1
. "$source/tests/support/checks.bash"
python=/usr/bin/python3
[ -x $python ] || { echo "SKIPPED: there is no $python"; exit 77; }
$python -c 'import ensurepip, venv' 2>/dev/null || { echo "SKIPPED: needs venv (Debian: python3-venv)"; exit 77; }
command -v readelf >/dev/null || { echo "SKIPPED: needs readelf (Debian: binutils)"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-wheel-test.XXXXXX")
trap 'cd /; rm -rf "$work"' EXIT
cd "$work" || exit 1

check "the script makes a wheel" $python "$source/bindings/python/backend/mmview_wheel.py" --tools --jobs=2 wheels >name
check "and says its name: $(cat name)" test -f "$(cat name)"
$python -m venv venv || fail "an environment"
check "pip installs it" venv/bin/pip install --quiet --no-index "$(cat name)"
run_tool() { env -i PATH=/nowhere "$work/venv/bin/python" -m mmview "$@"; }
tools=$(run_tool --help | awk '$2 ~ /_bin/ { print $1 }')
check "which tools are inside: $tools" test "$(wc -w <<<"$tools")" = 8
for tool in $tools; do
    check "$tool runs" test "$(run_tool "$tool" --version | cut -d' ' -f1)" = "$tool"
done
check "mmgen makes an image" run_tool mmgen --type=u8 --samples=1 --width=10 --height=10 --pattern=constant:5 made.raw
check "mmbright changes it" run_tool mmbright -i --type=u8 --samples=1 --add=7 made.raw
check "as it should" test "$(od -An -v -tu1 made.raw | tr -s ' \n' '\n' | sort -u | tr -d '\n')" = 12
finish
