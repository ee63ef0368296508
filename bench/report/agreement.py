# SPDX-License-Identifier: MIT
"""Whether two runs of the report say the same: each case's rate relative to pread's in the same state, and the bars."""
import json

import stats

WITHIN = 0.10


def ratios(cases, bars):
    found = {}
    for case in cases.values():
        reference = cases.pick(case.work, "pread", case.state, case.written, case.durable, case.threads)
        if reference and case.rates and case is not reference:
            found[case.name] = stats.median(case.rates) / stats.median(reference.rates)
    for bar in bars:
        try:
            found["bar: " + bar.what] = float(bar.measured.split()[0].rstrip("x%"))
        except (ValueError, IndexError):
            continue
    return found


def save(path, cases, bars, facts, costs=None):
    """results.json: what another run, or bench/compare, is compared with. Rates are GB/s, by round."""
    rates = {case.name: {"GB/s": case.by_round, "errors": case.errors[:1]} for case in cases.values()}
    times = {case.name: {"seconds": case.seconds} for case in cases.values() if case.runs and not case.rates}
    for name, entry in times.items():
        rates[name].update(entry)
    document = {
        "version": 2,
        "facts": dict(facts),
        "costs": costs or {},
        "ratios": ratios(cases, bars),
        "cases": rates,
    }
    with open(path, "w") as file:
        json.dump(document, file, indent=1)


def compare(path, cases, bars):
    """Lines for the report: how many ratios of an earlier run came out the same, and which did not."""
    with open(path) as file:
        before = json.load(file)["ratios"]
    now = ratios(cases, bars)
    both = sorted(set(before) & set(now))
    apart = [
        (name, before[name], now[name]) for name in both if before[name] and abs(now[name] / before[name] - 1) > WITHIN
    ]
    lines = [
        "## Agreement with an earlier run",
        "",
        f"{len(both) - len(apart)} of {len(both)} median ratios agree within {WITHIN:.0%}"
        f"{'.' if not apart else '; these do not:'}",
        "",
    ]
    if apart:
        lines += ["| ratio | before | now | change |", "|---|---|---|---|"]
        lines += [f"| `{name}` | {old:.3g} | {new:.3g} | {new / old - 1:+.0%} |" for name, old, new in apart]
    return lines + [""], len(apart)
