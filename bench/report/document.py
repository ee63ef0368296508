# SPDX-License-Identifier: MIT
"""RESULTS.md: what was measured, said so that it can be checked."""
import contests
import costs as prices
import stats
from plots import scaling

WORKS = [
    ("scan", "Read scan: sum of all words"),
    ("in-place", "Brighten in place"),
    ("into", "Brighten into a new file"),
    ("reads-4K", "Random reads of 4 KiB"),
    ("reads-64K", "Random reads of 64 KiB"),
    ("updates-64", "Random updates of 64-byte records"),
    ("files", "2,000 files of 8 KiB, each opened, changed, closed"),
    ("view", "4 KiB made addressable, one word read, given back"),
    ("hit", "One word of a piece that is addressable already"),
]
STATE_WORDS = {"warm": "in memory", "cold": "from the device", "small-memory": "eight times the memory limit"}


def mib(value):
    return f"{value / 2**20:.1f}" if value < 100 * 2**20 else f"{value / 2**20:.0f}"


def table(head, rows):
    if not rows:
        return []
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return (
        lines
        + ["| " + " | ".join(" ".join(str(cell).replace("|", "\\|").split()) for cell in row) + " |" for row in rows]
        + [""]
    )


def title_of(case):
    words = [STATE_WORDS.get(case.state, case.state), case.written] + (["durable"] if case.durable else [])
    return ", ".join(words)


def why(contest, costs):
    """The reason in figures: what a fault of the mapping brought, and what a page costs."""
    mapped = contest.over
    faults = mapped.median("minor_faults_per_GiB")
    piece = 2**20 / max(faults, 1)
    text = f"a fault of {mapped.engine} brought {piece:.0f} KiB ({faults:.0f} per GiB)"
    if contest.word() == contests.MAP_WORD and piece >= 32:
        text += "; nothing is copied"
    elif contest.word() == contests.READ_WORD:
        text += "; copying costs less than that"
    price = prices.of_work(costs, mapped.work)
    return text + (f"; {price}" if price and mapped.state == "warm" else "")


def verdict(contest):
    word = contest.word()
    if contest.ratio is None:
        return word
    value, low, high = contest.times()
    return f"{word}: {value:.2f}x ({low:.2f} to {high:.2f})"


DEEDS = {"scan": "scans", "in-place": "changes in place", "into": "into a new file"}
WORDS = {
    contests.READ_WORD: "read",
    contests.MAP_WORD: "map",
    contests.EITHER: "either",
    contests.UNSETTLED: "not settled",
}


def headline(cases, threads, costs):
    """The verdict in one line: of files in memory, as they are when somebody has just written them."""
    first = {}
    for contest in contests.verdicts(cases, threads):
        if contest.over.state == "warm":
            first.setdefault(contest.over.work, contest)
    found = {}
    for work in ("in-place", "scan", "into"):
        if work in first:
            value = f" {first[work].times()[0]:.1f}x" if first[work].ratio else ""
            found.setdefault(first[work].word(), []).append(DEEDS[work] + value)
    if not found:
        return "Map or read? Nothing was measured that says so."
    text = "; ".join(f"{WORDS[word]}: {', '.join(deeds)}" for word, deeds in found.items())
    reason = prices.reason(costs)
    return f"Map or read? {text[0].upper()}{text[1:]}" + (f" ({reason})." if reason else ".")


def unsettled_part(plan):
    """Which ratios more rounds would have been needed for."""
    if plan is None:
        return []
    contest_list = plan[0].unsettled(plan[1])
    left_out = plan[2]
    if not contests.all_of(plan[1], plan[0].threads) and not left_out:
        return []
    if not contest_list and not left_out:
        return ["Every ratio is settled: its interval lies within 5 % of it.", ""]
    lines = ["The time was up, or the rounds were." if plan[0].cut else "No more rounds were made.", ""]
    if contest_list:
        lines += ["Not settled, the interval is wider than 5 %:", ""]
        for contest in contest_list:
            found = f"{contest.ratio.text()}, {contest.ratio.count} rounds" if contest.ratio else "no pair"
            lines.append(f"* {contest.name}: {found}")
        lines.append("")
    if left_out:
        lines += ["Not measured at all, no time was left:", ""] + [f"* `{name}`" for name in left_out] + [""]
    return lines


def answer(cases, threads, costs):
    """Should I map or read? One line per work and state that both were measured in."""
    rows = []
    for contest in contests.verdicts(cases, threads):
        mapped, read = contest.over, contest.under
        naive = cases.pick(mapped.work, "mmap", mapped.state, mapped.written, False, threads)
        rows.append(
            (
                mapped.work,
                f"{STATE_WORDS[mapped.state]}, {mapped.written}",
                f"{mapped.engine} {stats.median(mapped.rates):.2f}",
                f"{read.engine} {stats.median(read.rates):.2f}",
                f"{stats.median(naive.rates):.2f}" if naive else "",
                verdict(contest),
                why(contest, costs),
            )
        )
    return table(["work", "file", "best mapped, GB/s", "best read, GB/s", "naive mmap", "verdict", "why"], rows)


def rate_rows(cases, work, ceiling):
    rows = []
    for case in cases.values():
        if case.work != work or not case.rates:
            continue
        middle = stats.median(case.rates)
        noisy = " (noisy)" if stats.is_noisy(case.rates) else ""
        window = f"{case.window >> 10} KiB" if case.window else ""
        rows.append(
            (
                title_of(case),
                case.threads,
                window,
                case.engine,
                f"{middle:.2f}",
                f"{stats.spread(case.rates):.0%}{noisy}",
                f"{middle / ceiling:.2f}" if ceiling else "",
                f"{case.median('minor_faults_per_GiB'):.0f}",
                f"{case.median('major_faults_per_GiB'):.0f}",
                mib(case.median("peak_mapped_bytes")),
                mib(case.median("peak_rss_bytes")),
                mib(case.median("device_read_bytes")),
                f"`{case.filter()}`",
            )
        )
    return sorted(rows)


def time_rows(cases, work):
    rows = []
    for case in cases.values():
        if case.work == work and case.runs:
            nanoseconds = stats.median(case.seconds) * 1e9
            text = f"{nanoseconds / 1e6:.2f} ms" if nanoseconds > 1e6 else f"{nanoseconds:.1f} ns"
            extra = f"{case.median('files_per_second'):.0f}" if "files_per_second" in case.runs[0] else ""
            rows.append((case.engine, text, f"{stats.spread(case.seconds):.0%}", extra, f"`{case.filter()}`"))
    return rows


def suite_part(cases, heading, command):
    lines = [
        f"## {heading}",
        "",
        f"Each row: `{command} --benchmark_filter=` with the last column. Medians of rounds in "
        "random order. *Spread* is (largest - smallest) / median. *Of memory* is against the same work on anonymous "
        "huge pages. Faults are per GiB of data, sizes in MiB.",
        "",
    ]
    for work, title in WORKS:
        memory = cases.pick(work, "memory")
        ceiling = stats.median(memory.rates) if memory else None
        rates = rate_rows(cases, work, ceiling) if work not in ("files", "view", "hit") else []
        times = time_rows(cases, work) if work in ("files", "view", "hit") else []
        if rates or times:
            lines += [f"### {title}", ""]
        lines += table(
            [
                "file",
                "threads",
                "window",
                "engine",
                "GB/s",
                "spread",
                "of memory",
                "minor faults",
                "major faults",
                "peak mapped",
                "peak RSS",
                "device read",
                "case",
            ],
            rates,
        )
        lines += table(["engine", "time", "spread", "files/s", "case"], times)
    missed = [(case.name, case.errors[0]) for case in cases.values() if case.errors and not case.runs]
    if missed:
        lines += [
            "### Not timed",
            "",
            "The state could not be reached or verified, or the engine cannot do it here:",
            "",
        ]
        lines += table(["case", "why"], [(f"`{name}`", error) for name, error in missed])
    return lines


def costs_part(costs):
    if not costs:
        return []
    lines = ["## What things cost here", ""]
    if "error" in costs:
        return lines + [f"Not measured: {costs['error']}", ""]
    if prices.reason(costs):
        lines += [f"In short, {prices.reason(costs)}.", ""]
    lines += [
        f"`mmbench machine`, medians of {costs['rounds']} rounds, pages of {costs['page_bytes']} bytes; spread is "
        "(largest - smallest) / median.",
        "",
    ]
    return lines + table(["what", "cost", "spread"], prices.rows(costs))


def bars_part(bars):
    rows = [
        (bar.what, bar.wanted, bar.measured, bar.verdict, bar.detail, f"`{bar.command}`" if bar.command else "")
        for bar in bars
    ]
    return [
        "## Bars",
        "",
        "What mmview promises about its speed, as ratios within one run. A verdict that the noise of the runs "
        "would allow to be the other one is called unsettled.",
        "",
    ] + table(["what", "bar", "measured", "verdict", "figures", "command"], rows)


def peers_headline(results):
    """How many of the programs that could be measured mmbright is faster than."""
    found = [result.ratio for result in results if result.times]
    faster = sum(ratio.is_above() for ratio in found)
    slower = sum(ratio.is_below() for ratio in found)
    return (
        f"Of {len(found)} programs on the same job mmbright is faster than {faster}, slower than {slower}; "
        f"{len(found) - faster - slower} not settled or alike, {len(results) - len(found)} not measured"
    )


def peers_part(results):
    if not results:
        return []
    rows = []
    for result in results:
        peer = result.peer
        if not result.times:
            rows.append((peer.title, peer.job, "", "", "", result.why, f"`bench/peers/{peer.name}`"))
            continue
        own = f"{stats.median(result.pass_seconds):.2f}" if result.pass_seconds else ""
        theirs, ours = stats.median(result.times["peer"]), stats.median(result.times["mmbright"])
        spreads = f"{stats.spread(result.times['peer']):.0%} / {stats.spread(result.times['mmbright']):.0%}"
        rows.append(
            (
                f"{peer.title} ({peer.version})",
                peer.job,
                f"{theirs:.2f} ({own})" if own else f"{theirs:.2f}",
                f"{ours:.2f}",
                f"{result.ratio.text('{:.1f}x')}, spreads {spreads}",
                peer.note,
                f"`bench/peers/{peer.name}`",
            )
        )
    return [
        "## Peers",
        "",
        "The same job with other programs: whole processes in turn with mmbright (A B B A), in seconds. In brackets "
        "stands the pass alone, where the program says it. Results were compared byte for byte.",
        "",
    ] + table(["program", "job", "seconds", "mmbright", "mmbright is faster by", "remarks", "script"], rows)


def threads_part(cases):
    rows = [
        (work, engine, threads, f"{speed:.2f}", f"{serial:.2f}")
        for work, engine, threads, speed, serial, _, _ in scaling(cases)
    ]
    if not rows:
        return []
    return [
        "## Threads",
        "",
        "Speed-up against one thread, and the serial share that it implies (Karp-Flatt; below 0: more than "
        "linear, within noise).",
        "",
    ] + table(["work", "engine", "threads", "speed-up", "serial share"], rows)


def noise_part(others, stolen, cases):
    noisy = [case for case in cases.values() if case.rates and stats.is_noisy(case.rates)]
    text = [
        f"While this ran, other processes took {others:.0%} of the processors' time and the hypervisor {stolen:.0%}. "
        f"The middle half of the runs of {len(noisy)} of {len(cases)} cases varied by more than "
        f"{stats.NOISY_SPREAD:.0%}."
    ]
    if others + stolen > 0.1 or len(noisy) > len(cases) / 5:
        text.append(
            "**The machine was too noisy to tell small differences: believe ratios of two and more, "
            "and run it again when it is quiet.**"
        )
    return text + [""]


def write(path, parts, short):
    """'short': [(path of this machine, what to say instead)]."""
    text = "\n".join(line for part in parts for line in part).rstrip() + "\n"
    for long, word in short:
        text = text.replace(long, word)
    with open(path, "w") as file:
        file.write(text)
