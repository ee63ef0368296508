# SPDX-License-Identifier: MIT
"""What may be concluded from a handful of measured values. No input, no output."""
import statistics

NOISY_SPREAD = 0.30  # of the middle half: beyond it a median of five says little
CLEAR_SHARE = 0.05   # two runs of the same thing differ by as much on a shared machine


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


class Ratio:
    """median(over) / median(under), and between what the middle halves of both allow it to lie."""

    def __init__(self, over, under):
        self.value = median(over) / median(under)
        self.low = quantile(over, 0.25) / quantile(under, 0.75)
        self.high = quantile(over, 0.75) / quantile(under, 0.25)

    def meets(self, bar, at_least=True):
        return self.value >= bar if at_least else self.value <= bar

    def is_certain(self, bar):
        """Whether the whole interval lies on one side of the bar."""
        return self.low >= bar or self.high < bar


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
