#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records what ./quickstart prints on a terminal, into quickstart.cast (asciicast v2), for make.py to draw.

Usage: record.py [ARGUMENT...]
Runs ./quickstart with the arguments on a terminal of 120 columns. It is a real run: record on a machine
that does nothing else, with the build done, so that the figures are those of a user.
"""

import json
import os
import pty
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
COLUMNS, ROWS = 120, 50


def main() -> int:
    events = []
    begin = time.monotonic()

    def seen(descriptor: int) -> bytes:
        data = os.read(descriptor, 65536)
        events.append([round(time.monotonic() - begin, 2), "o", data.decode("utf-8", "replace")])
        return data

    os.environ.update(COLUMNS=str(COLUMNS), LINES=str(ROWS), TERM="xterm")
    status = os.waitstatus_to_exitcode(pty.spawn([os.path.join(TOP, "quickstart"), *sys.argv[1:]], seen))
    if status:
        print(f"./quickstart failed ({status}); nothing is recorded", file=sys.stderr)
        return 1
    with open(os.path.join(HERE, "quickstart.cast"), "w", encoding="utf-8") as file:
        print(json.dumps({"version": 2, "width": COLUMNS, "height": ROWS, "title": "./quickstart"}), file=file)
        for event in events:
            print(json.dumps(event), file=file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
