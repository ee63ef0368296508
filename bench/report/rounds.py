# SPDX-License-Identifier: MIT
"""Rounds of mmbench: everything once, then again what is not settled, until it is or the time is up.

A group is what is compared with each other: one work on one file in one state. Its cases run one behind the other, in
random order, so a round has a pair for each ratio. Groups that are compared with nothing, such as windows, run a few
times.
"""
import os
import time

import contests
import stats
import suite

FEW = 3  # rounds of what no ratio rests on: a median, and an error bar
MOST = 30  # rounds: what is not settled by then never is


def group_key(case, threads):
    """Cases with this many threads and no window of their own are compared; sweeps lie behind them."""
    if case.work not in contests.WORKS:
        return ("", case.work)
    sweep = "sweep" if case.threads != threads or case.window else ""
    return (sweep, case.work, case.state, case.written, case.durable)


def grouped(names, threads):
    """{key: [name]}, what is compared first."""
    groups = {}
    for name in names:
        groups.setdefault(group_key(suite.Case(name), threads), []).append(name)
    return dict(sorted(groups.items(), key=lambda item: (item[0][0] == "sweep", item[0][1] not in contests.WORKS)))


class Plan:
    """What to run next, from what was measured. No input, no output."""

    def __init__(self, names, threads, few=FEW, most=MOST):
        self.groups, self.threads, self.few, self.most = grouped(names, threads), threads, few, most
        self.seconds = {}  # of a run of a group's case, with all that it takes to get there
        self.cut = self.ended = False  # something was left out because the time was up; nothing more can be run

    def unsettled(self, cases):
        return [contest for contest in contests.all_of(cases, self.threads) if not contest.is_settled()]

    def wanted(self, number, cases):
        """[(key, names)] of this round."""
        if number >= self.most:
            return []
        open_names = {case.name for contest in self.unsettled(cases) for case in (contest.over, contest.under)}
        found = []
        for key, names in self.groups.items():
            compared = key[0] == "" and key[1] in contests.WORKS
            if number < (stats.LEAST if compared else self.few):
                again = names
            else:
                again = [name for name in names if name in open_names]
            # What cannot be run says so each time.
            again = [name for name in again if not (name in cases and cases[name].errors)]
            if again:
                found.append((key, again))
        return found

    def expected(self, key, names):
        """Seconds; 0 = nobody knows yet."""
        return self.seconds.get(key, 0.0) * len(names)

    def took(self, key, names, seconds):
        self.seconds[key] = max(self.seconds.get(key, 0.0) * 0.5, seconds / len(names))

    def eta(self, number, cases):
        """Seconds until the rounds are done that all of it needs; None = nobody knows: until all is settled."""
        if len(self.seconds) < len(self.groups) or (number >= stats.LEAST and self.unsettled(cases)):
            return None
        return sum(
            self.expected(key, names)
            for later in range(number, max(stats.LEAST, number + 1))
            for key, names in self.wanted(later, cases)
        )


def run_group(session, plan, key, names, seconds):
    """The entries of a run of these; after that 'seconds' are over no more is run."""
    start = time.monotonic()
    try:
        return session.run(names, seconds)
    except suite.TimeUp as late:
        plan.cut = plan.ended = True
        return late.entries
    finally:
        plan.took(key, names, time.monotonic() - start)


def run_round(session, plan, cases, number, left, progress):
    """Whether anything was run. 'left' says how many seconds there still are."""
    ran = False
    for key, names in plan.wanted(number, cases):
        if plan.ended or left() <= 0 or plan.expected(key, names) > left():
            plan.cut = True
            continue
        open_ones, all_of_them = len(plan.unsettled(cases)), len(contests.all_of(cases, plan.threads))
        text = f"round {number + 1}: {'/'.join(word for word in key[1:4] if word)}"
        progress.show(f"{text}, {all_of_them - open_ones} of {all_of_them} ratios settled", plan.eta(number, cases))
        suite.add(cases, run_group(session, plan, key, names, left()), number)
        ran = True
    return ran


def run(session, plan, left, progress):
    """Run rounds until nothing is left to run, or no time to do it; returns the cases."""
    cases = suite.Cases()
    number = 0
    while run_round(session, plan, cases, number, left, progress):
        number += 1
        progress.step(f"mmbench: round {number} is done", plan.eta(number, cases))
    return cases


def measure(directory, size_mib, output, names, left, progress, few=FEW, most=MOST):
    """All of it with an mmbench of its own; returns its cases, whether every byte was right, and the plan."""
    plan = Plan(names, len(os.sched_getaffinity(0)), few, most)
    with suite.Session(directory, size_mib, output) as session:
        cases = run(session, plan, left, progress)
    return cases, not session.wrong, plan
