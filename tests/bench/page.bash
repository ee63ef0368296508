# RESULTS.html in a browser: whether its tables sort. What it is made of, bench_run asks a parser.
. "${0%/*}/common.bash" || exit
need_python
chromium=
for name in chromium chromium-browser google-chrome; do
    [ -n "$chromium" ] || chromium=$(type -P $name) || true
done
[ -n "$chromium" ] || skip "no browser is there to look at the page with (Debian: chromium)"
cat >page.md <<'END'
# Map or read? Nothing.

| what | cost |
|---|---|
| b | 10 |
| c | none |
| a | 2 |
| e |  |
| d | 30 |

Some `code` and **more**.
END
python3 -B -c 'import sys
sys.path.insert(0, sys.argv[1])
import page
page.write("page.md")' "$top/bench/report"
run python3 -B "$top/tests/bench/page.py" browser "$chromium" page.html
check "$(cat "$base/out" "$base/err")" test "$status" = 0
rm page.md page.html
only
finish
