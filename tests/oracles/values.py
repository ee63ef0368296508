#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Samples of 64-bit integers and of f16 against Python's integers and fractions, and NumPy's float16.

    values.py MMBRIGHT MMSTAT MMDUMP

Every change is computed once more from its definition: integers of 64 bits by exact products, rounded half to even,
f16 in float32 and rounded to the nearest float16. The exit status is 0, 1 when something differed, or 77.
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from fractions import Fraction

try:
    import numpy
except ImportError:
    print("SKIPPED: all: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

MMBRIGHT, MMSTAT, MMDUMP = (os.path.abspath(path) for path in sys.argv[1:4])
DICE = random.Random(7)
ENDS = {"u64": (0, 2**64 - 1), "i64": (-(2**63), 2**63 - 1)}
failures = 0


def check(what, got, wanted):
    """Counts a difference."""
    global failures
    if got != wanted:
        failures += 1
        print(f"FAILED: {what}: {got} instead of {wanted}")


def run(*command):
    """The output; a tool that fails ends the test."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def integers(kind, count):
    """The edges of the type, of doubles and of 32 bits, and numbers of all sizes."""
    low, high = ENDS[kind]
    edges = [0, 1, 2**31, 2**32, 2**53, 2**62, 2**63, 2**64, -(2**63), -(2**31), -(2**53)]
    values = [edge + near for edge in edges for near in (-2, -1, 0, 1, 2)]
    values += [DICE.getrandbits(DICE.randrange(1, 65)) * DICE.choice((1, -1)) for _ in range(count)]
    return [value for value in values if low <= value <= high]


def half_even(value):
    """A fraction to the nearest whole number, of two the even one."""
    return round(value)


def changed(kind, value, gain, add, clamp):
    """The definition of a change, and whether it was limited."""
    low, high = ENDS[kind]
    if clamp:
        low, high = max(low, clamp[0]), min(high, clamp[1])
    result = (value if gain is None else half_even(Fraction(value) * Fraction(gain))) + add
    return min(max(result, low), high)


def write(path, values, code):
    """The file's bytes."""
    numpy.array(values, dtype=code).tofile(path)


def change_integers(folder):
    """Amounts, gains and limits, in both byte orders."""
    amounts = [0, 1, -1, 10, 2**40, -(2**40), 12345678901]
    gains = [None, 0.5, -1.0, 1.5, 3.0, 0.1, 1e-10, 1e25, -2.5, 1 + 2**-52, 5e-324, 2.0**-64]
    clamps = [None, (-1000, 1000), (0, 2**53)]
    for kind in ("u64", "i64"):
        values = integers(kind, 400)
        for order, mark in (("le", "<"), ("be", ">")):
            code = mark + kind[0] + "8"
            for turn in range(40):
                add, gain, clamp = DICE.choice(amounts), DICE.choice(gains), DICE.choice(clamps)
                path = os.path.join(folder, "samples")
                write(path, values, code)
                options = [f"--add={add}"]
                options += [f"--gain={gain!r}"] if gain is not None else []
                options += ["--clamp=%d,%d" % clamp] if clamp else []
                run(MMBRIGHT, "-iq", "--verify", f"--type={kind}{order}", "--samples=1", *options, path)
                got = [int(value) for value in numpy.fromfile(path, dtype=code)]
                wanted = [changed(kind, value, gain, add, clamp) for value in values]
                for before, now, right in zip(values, got, wanted):
                    check(f"{kind}{order} {options} {before}, turn {turn}", now, right)


def change_halves(folder):
    """All 65,536 of them."""
    every = numpy.arange(65536, dtype="<u2")
    numpy.seterr(all="ignore")
    for mark, order in (("<", "le"), (">", "be")):
        for add, gain in ((1, None), (0.1, 1.1), (-3e-5, 0.5), (65504, 1.0), (0, -2.0), (1e-7, 1e3)):
            path = os.path.join(folder, "halves")
            halves = every.view("<f2").astype(mark + "f2")
            # Through bytes: NumPy would make signalling NaNs quiet.
            stored = every.astype(mark + "u2")
            stored.tofile(path)
            options = [f"--add={add}"] + ([f"--gain={gain!r}"] if gain is not None else [])
            run(MMBRIGHT, "-iq", "--verify", f"--type=f16{order}", "--samples=1", *options, path)
            single = halves.astype(numpy.float32)
            if gain is not None:
                single = single * numpy.float32(gain)
            if add != 0:
                single = single + numpy.float32(add)
            wanted = single.astype(mark + "f2")
            got = numpy.fromfile(path, dtype=mark + "u2")
            nan = numpy.isnan(halves)
            check(f"f16{order} {options}: NaN stays", bool((got[nan] == stored[nan]).all()), True)
            same = (got[~nan] == wanted.view(mark + "u2")[~nan]) | numpy.isnan(wanted[~nan])
            check(f"f16{order} {options}", int((~same).sum()), 0)


def near(what, got, wanted):
    """A few units in the last place."""
    if not math.isclose(got, wanted, rel_tol=1e-14, abs_tol=0):
        check(what, got, wanted)


def figures(folder):
    """Exact extremes and percentiles; mean and deviation from exact sums."""
    for kind in ("u64", "i64"):
        for count in (1, 7, 3000):
            values = integers(kind, count)
            path = os.path.join(folder, "figures")
            write(path, values, "<" + kind[0] + "8")
            said = json.loads(run(MMSTAT, "--json", f"--type={kind}le", "--samples=1", "--percentiles=0,50,100", path))
            check(f"{kind} min", said["min"], [min(values)])
            check(f"{kind} max", said["max"], [max(values)])
            ordered = sorted(values)
            middle = ordered[math.ceil(len(ordered) / 2) - 1]
            check(f"{kind} percentiles", said["percentiles_0"], [ordered[0], middle, ordered[-1]])
            mean = Fraction(sum(values), len(values))
            variance = sum((value - mean) ** 2 for value in values) / len(values)
            near(f"{kind} mean", said["mean"][0], float(mean))
            near(f"{kind} sd", said["sd"][0], math.sqrt(variance))
            check(f"{kind} lowest", said["saturated_low"], [values.count(ENDS[kind][0])])
            check(f"{kind} highest", said["saturated_high"], [values.count(ENDS[kind][1])])
    halves = numpy.arange(65536, dtype="<u2")
    path = os.path.join(folder, "figures")
    halves.tofile(path)
    said = json.loads(run(MMSTAT, "--json", "--type=f16le", "--samples=1", "--percentiles=50", path))
    finite = halves.view("<f2").astype(float)
    check("f16 nan", said["nan"], [int(numpy.isnan(finite).sum())])
    finite = finite[numpy.isfinite(finite)]
    check("f16 figures", (said["count"], said["min"], said["max"]), ([len(finite)], [-65504], [65504]))
    near("f16 sd", said["sd"][0], float(numpy.std(finite)))


def dumped(folder):
    """What mmdump prints is what was stored."""
    for kind in ("u64", "i64"):
        values = integers(kind, 100)
        path = os.path.join(folder, "dumped")
        write(path, values, ">" + kind[0] + "8")
        lines = run(MMDUMP, "--output=csv", "--count=0", f"--record={kind}be value", path).split()[1:]
        check(f"{kind} mmdump", [int(line) for line in lines], values)


with tempfile.TemporaryDirectory() as room:
    change_integers(room)
    change_halves(room)
    figures(room)
    dumped(room)
print(f"{failures} differences")
sys.exit(failures > 0)
