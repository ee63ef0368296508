# SPDX-License-Identifier: MIT
"""The table in docs/speed.md of mmbright and other programs: filled in between two marks by bench/run --readme."""
import document
import stats

BEGIN, END = "<!-- peers -->", "<!-- /peers -->"
JOBS = {
    "inplace": "in place",
    "into": "into a new file",
    "copy": "a copy, mmbright brightens it",
    "device": "cold read",
}


def rate(size, seconds):
    return f"{size / stats.median(seconds) / 1e9:.2f}"


def row(result, size):
    """Of a peer that was measured."""
    peer = result.peer
    theirs, ours = result.times["peer"], result.times["mmbright"]
    return (
        f"{peer.title} ({peer.version})",
        JOBS[peer.job],
        rate(size, theirs),
        rate(size, ours),
        result.ratio.text("{:.1f}x"),
    )


def device_row(bar):
    """Of fio: the bar says how mmview's own reads past the cache compare."""
    return (f"{bar.what}", JOBS["device"], "", bar.detail, bar.measured)


def block(results, device_bars, facts, size_mib):
    """The lines between the marks."""
    known = dict(facts)
    rows = [row(result, size_mib << 20) for result in results if result.times]
    rows += [device_row(bar) for bar in device_bars if bar.measured]
    missing = [f"{result.peer.name} ({result.why})" for result in results if not result.times]
    lines = document.table(["program", "job", "its GB/s", "mmbright, GB/s", "mmbright is faster by"], rows)
    lines += [
        f"Whole processes, in turn, {size_mib} MiB in memory, results compared byte for byte; in brackets the interval "
        f"of the ratio. {known['date']}, {known['processor']}, {known['memory']}, Linux {known['kernel']}, "
        f"{known['file system'].split()[0]}, mmview {known['mmview']}. `bench/run --peers --readme` measures it again.",
    ]
    if missing:
        lines += ["", "Not measured: " + "; ".join(missing) + "."]
    return lines


def filled(text, lines):
    """The page with these lines between its marks; ValueError when they are not there, once, in this order."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"the page has no {BEGIN} ... {END}")
    head, rest = text.split(BEGIN)
    return head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1]


def write(path, lines):
    with open(path) as file:
        text = filled(file.read(), lines)
    with open(path, "w") as file:
        file.write(text)
