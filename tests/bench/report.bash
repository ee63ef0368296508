# The report's own arithmetic: test_report.py.
. "${0%/*}/common.bash" || exit
need_python
MMVIEW_BUILD=$build python3 -B "$top/tests/bench/test_report.py" "$mmbench"
