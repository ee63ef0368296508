# The report's own arithmetic: test_report.py, of rounds, verdicts and pages
# test_rounds.py, of two results test_compare.py.
. "${0%/*}/common.bash" || exit
need_python
MMVIEW_BUILD=$build python3 -B "$top/tests/bench/test_report.py" "$mmbench" &&
    MMVIEW_BUILD=$build python3 -B "$top/tests/bench/test_rounds.py" &&
    MMVIEW_BUILD=$build python3 -B "$top/tests/bench/test_compare.py"
