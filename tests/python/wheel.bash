# The wheel: made by the backend as pip calls it, installed in an environment of its own without network, and used from
# there, outside of the tree and of this build.
# wheel.bash SOURCE BUILD SIZES: BUILD has the tools, and a library that needs more than a wheel's may.
set -u
source=$1 build=$2 sizes=$3
# The environment of the caller is not the wheel's.
unset MMVIEW_LIBRARY PYTHONPATH PYTHONHOME
export PYTHONDONTWRITEBYTECODE=1
. "$source/tests/support/checks.bash"
python=/usr/bin/python3
[ -x $python ] || { echo "SKIPPED: there is no $python"; exit 77; }
$python -c 'import ensurepip, venv' 2>/dev/null || { echo "SKIPPED: needs venv (Debian: python3-venv)"; exit 77; }
command -v readelf >/dev/null || { echo "SKIPPED: needs readelf (Debian: binutils)"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-wheel-test.XXXXXX")
trap 'cd /; rm -rf "$work"' EXIT
cd "$work" || exit 1
quiet() { "$@" >log 2>&1 || { tail -n 25 log; false; }; }

# ---- making it

(cd "$source/bindings/python" && find . -type f | sort) >before
quiet $python -m venv venv || fail "an environment"
check "pip makes a wheel" quiet venv/bin/pip wheel --no-index --no-deps --no-build-isolation \
    -w wheels "$source/bindings/python"
(cd "$source/bindings/python" && find . -type f | sort) >after
check "nothing is left in the sources" diff before after
set -- wheels/mmview-*.whl
wheel=$1
check "one wheel: $*" test $# = 1 -a -f "$wheel"
check "a wheel for any Python, and one platform: $wheel" \
    bash -c '[[ $1 =~ -py3-none-(manylinux_2_[0-9]+|linux)_[a-z0-9_]+\.whl$ ]]' - "$wheel"
check "its RECORD has every file, with its digest" $python - "$wheel" <<'IN'
import base64, hashlib, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
record = [name for name in wheel.namelist() if name.endswith("/RECORD")][0]
lines = dict(line.split(",", 1) for line in wheel.read(record).decode().splitlines())
assert set(lines) == set(wheel.namelist()), set(lines) ^ set(wheel.namelist())
for name, rest in lines.items():
    data = wheel.read(name)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    assert name == record or rest == f"sha256={digest},{len(data)}", name
tag = [line for line in wheel.read(record[:-6] + "WHEEL").decode().splitlines() if line.startswith("Tag: ")][0]
assert sys.argv[1].endswith(tag[5:] + ".whl"), tag
assert b"Yann Collet" in wheel.read(record[:-6] + "LICENSE.xxhash")
assert "mmview/py.typed" in lines and "mmview/__init__.pyi" in lines and "mmview/_lib/libmmview.so.0" in lines
IN

# ---- what a slim system would miss

# A library of this build, with OpenMP or liburing, is none for a wheel.
check "what needs more than the C library is refused" $python - "$source" "$build/lib/mmview/libmmview.so.0" <<'IN'
import sys
sys.path.insert(0, sys.argv[1] + "/bindings/python/backend")
import mmview_wheel
needed = [name for name in mmview_wheel.needs(sys.argv[2])[0] if not mmview_wheel.C_LIBRARY.match(name)]
try:
    tag = mmview_wheel.platform_of([sys.argv[2]])
except mmview_wheel.Failure as failure:
    assert needed and all(name in str(failure) for name in needed), failure
else:
    assert not needed and tag.startswith(("manylinux_", "linux_")), (needed, tag)
IN

# ---- in an environment without anything else

check "pip installs it" quiet venv/bin/pip install --no-index "$wheel"
printf 'abcdef' >data
cat >apart.py <<'IN'
import ctypes, os, sys
import mmview
assert mmview.__file__.startswith(sys.prefix), mmview.__file__
with mmview.open("data", "r+") as image, image.view(1, 4) as view:
    assert bytes(view) == b"bcde"
    view[:] = b"BCDE"
assert open("data", "rb").read() == b"aBCDEf"
try:
    mmview.open("missing")
except FileNotFoundError as error:
    assert error.filename == "missing"
mapped = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}
own = [path for path in mapped if "mmview" in os.path.basename(path)]
assert own and all(path.startswith(os.path.realpath(sys.prefix)) for path in own), own
assert not [path for path in mapped if "gomp" in path or "uring" in path or "libomp" in path], mapped
IN
check "it works where nothing else is" quiet env -i venv/bin/python -I apart.py
check "its version" test "$(venv/bin/python -c 'import mmview; print(mmview.__version__)')" = \
    "$(venv/bin/pip list 2>/dev/null | awk '$1 == "mmview" { print $2 }')"

# ---- the tools

run_tool() { # PATH ARGUMENT...: status, out, err
    env -i PATH="$1" "$work/venv/bin/python" -m mmview "${@:2}" >out 2>err
    status=$?
}
run_tool "$build/tools" mmgen --version
check "a tool of PATH runs" test $status = 0 -a "$(cut -d' ' -f1 out)" = mmgen
run_tool "$build/tools" mmgen --no-such-option
check "with its own exit status" test $status = "$("$build/tools/mmgen" --no-such-option 2>/dev/null; echo $?)"
run_tool /nowhere mmgen --version
check "one that is not there: $(cat err)" test $status = 127
run_tool "$build/tools" ls
check "what is no tool: $(head -1 err)" test $status = 2
run_tool "$build/tools" --help
check "which there are" test $status = 0 -a "$(grep -c '^  mm' out)" = 9

# ---- all tests of the package, on what is installed

if $python -c 'import numpy' 2>/dev/null; then
    check "an environment with numpy" quiet $python -m venv --system-site-packages --without-pip numpy
    site=$(numpy/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    check "pip installs it there" quiet venv/bin/pip install --no-index --no-deps --target "$site" "$wheel"
    check "no copy of the sources is used" test "$(numpy/bin/python -c 'import mmview; print(mmview.__path__[0])')" = \
        "$site/mmview"
    export MMVIEW_TEST_PEER=$build/tests/python/test_python_peer
    for test in "$source"/tests/python/test_*.py; do
        check "$(basename "$test")" quiet numpy/bin/python "$test" "$site" "$sizes"
    done
else
    echo "SKIPPED: the tests with arrays: no numpy (Debian: python3-numpy)"
fi
finish
