# SPDX-License-Identifier: MIT
"""What may be concluded from a handful of measured values. No input, no output."""
import random
import statistics

NOISY_SPREAD = 0.30  # of the middle half: beyond it a median of five says little
CLEAR_SHARE = 0.05  # two runs of the same thing differ by as much on a shared machine
SETTLED = 0.05  # an interval as narrow as this on both sides needs no more rounds
LEAST = 5  # values without which an interval of 95 % cannot be told: the least of four is below it by chance too often
FEWEST = 3  # values that allow any verdict at all
OUTSIDE = 0.05  # the share of the resamples that lies outside of the interval
RESAMPLES = 2000
SEED = 1993  # the same values have the same interval, whoever works it out


def median(values):
    return statistics.median(values)


def quantile(values, share):
    """Linear between neighbours: type 7 of Hyndman and Fan 1996."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def spread(values):
    """(largest - smallest) / median, as mmbench's statistic of that name."""
    return (max(values) - min(values)) / median(values) if len(values) > 1 else 0.0


def middle_spread(values):
    return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values) if len(values) > 1 else 0.0


def resampled(pairs, rounds=RESAMPLES):
    """The median of the pairs' ratios, drawn with replacement again and again: sorted. Pairs of a round stay pairs, so
    what disturbed both does not count."""
    draw = random.Random(SEED)
    ratios = [over / under for over, under in pairs]
    return sorted(median(draw.choices(ratios, k=len(ratios))) for _ in range(rounds))


def resampled_apart(over, under, rounds=RESAMPLES):
    """The same of values that were not measured in turn: each drawn for itself."""
    draw = random.Random(SEED)
    return sorted(
        median(draw.choices(over, k=len(over))) / median(draw.choices(under, k=len(under))) for _ in range(rounds)
    )


class Ratio:
    """How many times 'under' goes into 'over', and the interval that the noise allows: a percentile bootstrap of 95 %.

    Lists of one length are pairs, round by round: the value is the median of the pairs' ratios. Fewer than LEAST values
    have no such interval; then it is from the least to the greatest, and never settled. Source: Efron and Tibshirani,
    An Introduction to the Bootstrap, 1993, chapter 13."""

    def __init__(self, over, under, paired=None):
        self.paired = len(over) == len(under) if paired is None else paired
        self.count = min(len(over), len(under))
        pairs = list(zip(over, under))
        self.value = median([a / b for a, b in pairs]) if self.paired else median(over) / median(under)
        if self.count < LEAST:
            self.low = min(a / b for a, b in pairs) if self.paired else min(over) / max(under)
            self.high = max(a / b for a, b in pairs) if self.paired else max(over) / min(under)
            return
        drawn = resampled(pairs) if self.paired else resampled_apart(over, under)
        self.low, self.high = quantile(drawn, OUTSIDE / 2), quantile(drawn, 1 - OUTSIDE / 2)

    def meets(self, bar, at_least=True):
        return self.value >= bar if at_least else self.value <= bar

    def is_certain(self, bar):
        """Whether the whole interval lies on one side of the bar."""
        return self.low >= bar or self.high < bar

    def is_settled(self):
        """Whether more rounds would not tell more: the interval lies within SETTLED of the value."""
        return (
            self.count >= LEAST
            and self.low >= self.value * (1 - SETTLED)
            and self.high <= self.value * (1 + SETTLED)
        )

    def is_above(self, bar=1.0):
        """Beyond doubt: the interval, and the value by more than two runs of the same thing differ. One or two pairs
        are never beyond doubt."""
        return self.count >= FEWEST and self.low > bar and self.value > bar * (1 + CLEAR_SHARE)

    def is_below(self, bar=1.0):
        return self.count >= FEWEST and self.high < bar and self.value < bar / (1 + CLEAR_SHARE)

    def text(self, form="{:.2f}x"):
        """The value and its interval: 3.64x (3.50 to 3.80)."""
        plain = form.replace("x", "").strip()
        return f"{form.format(self.value)} ({plain.format(self.low)} to {plain.format(self.high)})"


def is_noisy(values):
    return middle_spread(values) > NOISY_SPREAD


def faster(a, b):
    """Whether rates a are above rates b beyond doubt."""
    return median(a) > median(b) * (1 + CLEAR_SHARE) and quantile(a, 0.25) > quantile(b, 0.75)


def speedup(seconds_of_one, seconds_of_many):
    return seconds_of_one / seconds_of_many


def karp_flatt(speed, threads):
    """The serial share that a measured speed-up implies. Source: Karp and Flatt, CACM 33(5), 1990."""
    return (1 / speed - 1 / threads) / (1 - 1 / threads)
