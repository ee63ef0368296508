# A document as it is installed: awk -v page=docs/cpp.md -v include=../../../include -f links.awk docs/cpp.md
#
# README, docs/ and examples/ lie there as in the sources, so links among them stay. 'include' leads from the folder of
# README to the headers. Whatever else a link leads to is not installed: its text stays, without the link.

# The path from the top of the sources.
function resolve(target,    parts, kept, count, i, path) {
    count = split(folder target, parts, "/")
    kept = 0
    for (i = 1; i <= count; i++) {
        if (parts[i] == "..")
            kept--
        else if (parts[i] != "" && parts[i] != ".")
            stack[++kept] = parts[i]
    }
    path = ""
    for (i = 1; i <= kept; i++)
        path = path (i > 1 ? "/" : "") stack[i]
    return path
}

function is_installed(path) {
    if (path ~ /^docs\/(man|site)(\/|$)|^docs\/pictures\/.*\.(py|cast)$|CMakeLists\.txt$/)
        return 0
    return path ~ /^(docs|examples)(\/|$)|^(README|NEWS|SECURITY)\.md$|^LICENSE$/
}

# What stands for [text](target).
function relink(text, target,    path, anchor) {
    if (target ~ /^([a-z][a-z0-9+.-]*:|#)/)
        return text "(" target ")"
    anchor = index(target, "#") ? substr(target, index(target, "#")) : ""
    path = resolve(substr(target, 1, length(target) - length(anchor)))
    if (is_installed(path))
        return text "(" target ")"
    if (sub(/^lib\/(mmview|mmimage)\/include\/?/, "", path))
        return text "(" up include "/" path anchor ")"
    return substr(text, 2, length(text) - 2)
}

BEGIN {
    folder = page
    sub(/[^\/]*$/, "", folder)
    up = folder
    gsub(/[^\/]+\//, "../", up)
}

/^[ \t]*(```|~~~)/ { fenced = !fenced }

fenced || /^    [^ ]/ {
    print
    next
}

{
    rest = $0
    line = ""
    ticks = 0
    while (match(rest, /\[[^][]*\]\([^() \t]+\)/)) {
        before = substr(rest, 1, RSTART - 1)
        link = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        ticks += gsub(/`/, "`", before)
        middle = index(link, "](")
        # Within backquotes a link is shown, not made.
        if (ticks % 2 == 0)
            link = relink(substr(link, 1, middle), substr(link, middle + 2, length(link) - middle - 2))
        line = line before link
    }
    print line rest
}
