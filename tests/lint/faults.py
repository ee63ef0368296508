# SPDX-License-Identifier: MIT
"""What the readers of the sources have in common: a root to look at, and faults to print, a line each."""

import argparse
import os
import sys
from typing import Callable, List, Optional

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def run(check: Callable[[str], List[str]], about: Optional[str], counted: str) -> None:
    """A program's whole run: check() of --root, each fault, and how many. The exit status is 1 when there is any."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0] if about else None)
    parser.add_argument("--root", default=ROOT)
    faults = check(os.path.normpath(parser.parse_args().root))
    for fault in faults:
        print(fault)
    print(f"{len(faults)} {counted}")
    sys.exit(1 if faults else 0)
