# SPDX-License-Identifier: MIT
"""Which cases are compared with each other, and what the comparison says: map, read, either, or not settled."""
import stats
import suite

MAPPED = ("mmap", "populate", "walk-mmap")
READ = ("pread", "stdio", "walk-buffered")
WORKS = ("scan", "in-place", "into")
MAP_WORD, READ_WORD, EITHER, UNSETTLED = "map", "read", "either", "not settled"


class Contest:
    """Two cases of one group, and the ratio of their rates, round by round."""

    def __init__(self, over, under):
        self.over, self.under = over, under
        pairs = suite.pairs(over, under)
        self.ratio = stats.Ratio(*pairs) if pairs[0] else None

    @property
    def name(self):
        """in-place, warm, 1M-writes: walk-auto / mmap"""
        case = self.over
        place = ", ".join(word for word in (case.work, case.state, case.written) if word)
        return f"{place}: {case.engine} / {self.under.engine}"

    def is_settled(self):
        return self.ratio is not None and self.ratio.is_settled()

    def word(self):
        """Of a contest of what maps with what reads."""
        if self.ratio is None:
            return UNSETTLED
        if self.ratio.is_above():
            return MAP_WORD
        if self.ratio.is_below():
            return READ_WORD
        return EITHER if self.ratio.is_settled() else UNSETTLED

    def times(self):
        """How many times faster the faster one is: value, least, greatest."""
        ratio = self.ratio
        return (
            (ratio.value, ratio.low, ratio.high)
            if self.word() != READ_WORD
            else (1 / ratio.value, 1 / ratio.high, 1 / ratio.low)
        )


def best(cases, engines, work, state, written, threads):
    found = [case for case in (cases.pick(work, name, state, written, False, threads) for name in engines) if case]
    return max(found, key=lambda case: stats.median(case.rates), default=None)


def groups_of(cases, threads):
    """(work, state, written) that the works on one large file were measured in, as mmbench orders them."""
    found = []
    for case in cases.values():
        key = (case.work, case.state, case.written)
        if case.work in WORKS and not case.durable and case.threads == threads and key not in found:
            found.append(key)
    return sorted(found, key=lambda key: WORKS.index(key[0]))


def verdicts(cases, threads):
    """The best that maps against the best that reads, for each work and state that both were measured in."""
    found = []
    for key in groups_of(cases, threads):
        mapped, read = (best(cases, engines, *key, threads) for engines in (MAPPED, READ))
        if mapped and read:
            found.append(Contest(mapped, read))
    return found


def bars(cases, threads):
    """What the bars compare: --io=auto with a naive map, with memory, with the better of mapped and buffered."""
    found = []
    for key in groups_of(cases, threads):
        auto = cases.pick(key[0], "walk-auto", *key[1:], False, threads)
        if not auto or key[0] != "in-place" or key[1] != "warm":
            continue
        better = best(cases, ("walk-mmap", "walk-buffered"), *key, threads)
        others = [better] + [cases.pick(key[0], name, *key[1:], False, threads) for name in ("mmap", "memory")]
        found += [Contest(auto, other) for other in others if other]
    return found


def all_of(cases, threads):
    return verdicts(cases, threads) + bars(cases, threads)
