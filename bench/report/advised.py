#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The defaults of the tools, --io=auto, against what mmbench advise says: whole processes, in turn."""
import argparse
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import states  # noqa: E402
import stats  # noqa: E402
from arguments import size_in_mib  # noqa: E402
from process import BUILD, TOP, Failed, Image, in_place, interleave, output_of, spawn, tool  # noqa: E402

SETTLES = "the defaults are as fast", "the defaults are slower", "the defaults are faster", "not settled"


def options_of(advice):
    """What to give to a tool; nothing when the advice is to leave the defaults."""
    if advice["verdict"] == "unknown":
        return []
    return [f"--io={advice['io']}", f"--threads={advice['threads']}"]


def verdict(ratio):
    """Of the time with the defaults against the time with the advice."""
    if ratio.is_above():
        return SETTLES[1]
    if ratio.is_below():
        return SETTLES[2]
    return SETTLES[0] if ratio.is_settled() or (ratio.low > 0.9 and ratio.high < 1.1) else SETTLES[3]


def compare(image, options, rounds):
    """[(tool, Ratio)] of the defaults' seconds to those of the advice."""
    stat = [tool("mmstat"), "--format=raw", "--type=i16le"]
    rows = []
    for name, plain, advised in (
        ("mmstat FILE", [*stat, image.path], [*stat, *options, image.path]),
        ("mmbright -i FILE", in_place(image.path), in_place(image.path, options=options)),
    ):
        times = interleave({"defaults": lambda: spawn(plain)[0], "advised": lambda: spawn(advised)[0]}, rounds)
        if name.startswith("mmbright"):
            image.count(2 * (rounds + 1))
            image.check()
        rows.append((name, stats.Ratio(times["defaults"], times["advised"])))
    return rows


def main():
    parser = argparse.ArgumentParser(prog="bench/advised", description=__doc__)
    parser.add_argument("dir", nargs="?", default=os.path.join(TOP, "build"), help="what is measured (default build/)")
    parser.add_argument("--file-size", type=size_in_mib, default=256, metavar="SIZE", help="of the file (default 256M)")
    parser.add_argument("--rounds", type=int, default=9, help="of the comparison (default 9)")
    parser.add_argument(
        "--states",
        action="store_true",
        help="try each answer instead, against every way: in DIR, in memory, on ext4, XFS and btrfs, and with files "
        "of a quarter of the size, too; a quarter of an hour",
    )
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: must be 1 or more")
    if not os.path.exists(tool("mmbench")):
        raise Failed(f"mmbench is not built in {BUILD}: run bench/run, or cmake --build --preset release")
    if arguments.states:
        sizes = sorted({max(16, arguments.file_size // 4), arguments.file_size})
        return 0 if states.report(arguments.dir, sizes, arguments.rounds) else 1
    advice = json.loads(
        output_of([tool("mmbench"), "advise", "--json", f"--file-size={arguments.file_size}M", arguments.dir])
    )
    options = options_of(advice)
    print(f"mmbench advise: {advice['advice']}", flush=True)
    folder = tempfile.mkdtemp(prefix="mmview-advised-", dir=arguments.dir)
    try:
        image = Image(os.path.join(folder, "image.raw"), arguments.file_size)
        for name, ratio in compare(image, options, arguments.rounds):
            print(f"{name}: time with the defaults / with {' '.join(options) or 'the defaults again'}: {ratio.text()}: "
                  f"{verdict(ratio)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, OSError) as error:
        sys.exit(f"bench/advised: {error}")
    except KeyboardInterrupt:
        print("bench/advised: stopped; its files are removed", file=sys.stderr)
        sys.exit(130)
