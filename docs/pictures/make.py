#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pictures of the documents, drawn from what the documents and a recorded run say.

Usage: make.py [--check] [NAME...]
    sliding      what a sliding view is
    house        the folders and which may use which, from the table in docs/design.md
    peers        how mmbright compares with other programs, from the table in docs/speed.md
    quickstart   what ./quickstart prints, from quickstart.cast, which record.py makes
Writes docs/pictures/NAME.svg; without a name, all. --check compares instead: status 1 when a file is not what would be
written. Run it when a table changes.
"""

import argparse
import json
import math
import os
import re
import sys
from typing import Callable, Dict, List, NamedTuple, Tuple

import svg

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.dirname(HERE)


def read(*path: str) -> str:
    with open(os.path.join(DOCS, *path), encoding="utf-8") as file:
        return file.read()


def rows(text: str) -> List[List[str]]:
    """The cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines[2:]]


# ---- what a sliding view is ------------------------------------------------------------------------------------------

PAGES, PAGE, FIRST = 26, 28, 40
WINDOWS = ((6, 5), (11, 5))
SHADES = (svg.BLUE, "#a5d6ff")


def draw_file(sheet: svg.Sheet) -> None:
    held = {page: shade for (first, count), shade in zip(WINDOWS, SHADES) for page in range(first, first + count)}
    for page in range(PAGES):
        fill = held.get(page, svg.GREEN if page < WINDOWS[0][0] else "#eaeef2")
        sheet.box([FIRST + page * PAGE, 60, PAGE - 3, 40], fill)
    sheet.text(FIRST, 50, "a file of 200 GB", ' font-weight="bold"')
    sheet.text(FIRST + (PAGES - 7) * PAGE, 118, "pages of 4096 bytes", f' fill="{svg.PALE}" font-size="12"')
    sheet.text(FIRST, 118, "done", f' fill="{svg.PALE}" font-size="12"')


def draw_window(sheet: svg.Sheet, first: int, count: int, thread: int) -> None:
    left, right = FIRST + first * PAGE, FIRST + (first + count) * PAGE - 3
    x = 70.0 + 330 * thread
    for top, bottom in ((left, x), (right, x + 260)):
        sheet.line([top, 102, bottom, 168], SHADES[thread], ' stroke-dasharray="4 3"')
    sheet.box([x, 168, 260, 52], SHADES[thread])
    sheet.text(x + 10, 190, f"window of thread {thread + 1}", ' font-weight="bold"')
    sheet.text(x + 10, 208, "your function sees whole records", ' font-size="12"')
    middle = (left + right) / 2
    sheet.line([middle - 40, 40, middle + 40, 40], svg.RED, ' stroke-width="2" marker-end="url(#tip)"')


def sliding() -> str:
    sheet = svg.Sheet(2 * FIRST + PAGES * PAGE, 290, "Two windows of mapped pages slide along a file of 200 GB. Each "
                      "thread calls your function with the whole records in its window.")
    sheet.elements.append('<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto">'
                          f'<path d="M0,0 L7,3 L0,6 z" fill="{svg.RED}"/></marker></defs>')
    draw_file(sheet)
    for thread, (first, count) in enumerate(WINDOWS):
        draw_window(sheet, first, count, thread)
    sheet.text(FIRST + 19.5 * PAGE, 50, "not touched yet", f' fill="{svg.PALE}" font-size="12"')
    sheet.text(FIRST, 250, "Address space and memory are those of the windows, not of the file.")
    sheet.text(FIRST, 270, "When a window is done, its pages go back to the system, and the thread takes the next.")
    return sheet.text_of()


# ---- the house -------------------------------------------------------------------------------------------------------

# From the top down; a folder belongs to the longest of these that it begins with.
FLOORS = ("bench", "examples", "tools", "lib/mmview_mpi", "lib/mmimage", "lib/mmview")
COLOURS = ("#ffd8b5", "#eaeef2", svg.SAND, "#d8cafc", "#aceebb", "#b6e3ff")


class Room(NamedTuple):
    """A row of the table: a folder, and those that it may include and call."""

    folder: str
    below: List[str]


def floor_of(folder: str) -> str:
    return max((floor for floor in FLOORS if (folder + "/").startswith(floor + "/")), key=len, default="")


def read_rooms() -> List[Room]:
    table = read("design.md").split("<!-- layers -->")[1].split("<!-- /layers -->")[0]
    found = [Room(re.sub("`", "", cells[0]), re.findall("`([^`]+)`", cells[1])) for cells in rows(table)]
    return [room for room in found if floor_of(room.folder)]


def depth(room: Room, rooms: Dict[str, Room], seen: Tuple[str, ...] = ()) -> int:
    """The longest way down within its floor."""
    below = [rooms[name] for name in room.below if name in rooms and name not in seen
             and floor_of(name) == floor_of(room.folder)]
    return 1 + max((depth(other, rooms, seen + (room.folder,)) for other in below), default=-1)


def label(room: Room) -> str:
    floor = floor_of(room.folder)
    return room.folder[len(floor) :].strip("/").replace("src/", "") or floor


def draw_floor(sheet: svg.Sheet, top: float, floor: str, found: List[Room]) -> float:
    """Its rooms, those at the bottom first; the height."""
    known = {room.folder: room for room in found}
    x, y = 180.0, top + 10
    for room in sorted(found, key=lambda room: (depth(room, known), room.folder)):
        width = 7.2 * len(label(room)) + 18
        if x + width > 790:
            x, y = 180.0, y + 34
        sheet.box([x, y, width, 26], "#ffffff")
        sheet.text(x + 9, y + 17, label(room), f' font-size="12" style="{svg.MONO}"')
        x += width + 8
    height = y + 36 - top
    back = svg.Sheet(0, 0, "")
    back.box([20, top, 780, height], COLOURS[FLOORS.index(floor)])
    sheet.elements.insert(sheet.elements.index("floors"), back.elements[0])
    sheet.text(34, top + 28, floor, ' font-weight="bold"')
    return height


def house() -> str:
    found = read_rooms()
    sheet = svg.Sheet(820, 0, "The house: bench, examples and tools stand on the libraries mmimage and mmview. Each "
                      "box is a folder; a folder may use what is below it, and what is left of it in its own floor.")
    sheet.elements.append("floors")
    top = 20.0
    for floor in FLOORS:
        rooms = [room for room in found if floor_of(room.folder) == floor]
        if rooms:
            top += draw_floor(sheet, top, floor, rooms) + 8
    sheet.elements.remove("floors")
    sheet.text(20, top + 16, "A floor stands on those below it. In a floor, what is left or above carries what is "
               "right or below.", f' fill="{svg.PALE}"')
    sheet.height = top + 30
    return sheet.text_of()


# ---- speed against the peers -----------------------------------------------------------------------------------------


class Peer(NamedTuple):
    """A row of the table: how many times as fast mmbright is, with its interval."""

    name: str
    job: str
    ratio: float
    low: float
    high: float


def read_peers(text: str) -> List[Peer]:
    table = text.split("<!-- peers -->")[1].split("<!-- /peers -->")[0]
    peers = []
    for cells in rows(table):
        ratio = re.fullmatch(r"([\d.]+)x \(([\d.]+) to ([\d.]+)\)", cells[4])
        if ratio:
            low, high = float(ratio.group(2)), float(ratio.group(3))
            peers.append(Peer(cells[0].split(" (")[0], cells[1].split(",")[0], float(ratio.group(1)), low, high))
    return sorted(peers, key=lambda peer: (peer.ratio, peer.name))


def peers() -> str:
    text = read("speed.md")
    found = read_peers(text)
    facts = re.search(r"(\d{4}-\d\d-\d\d), ([^,]+), ([^,]+), (Linux \d+\.\d+)[^,]*, (\w+)", text.split("<!-- peers")[1])
    left, wide, step = 430, 380, 26
    # From 1, or below what is slower than others; to 1000 or beyond.
    first = min(0, math.floor(math.log10(min(peer.low for peer in found))))
    last = max(3, math.ceil(math.log10(max(peer.high for peer in found))))
    scale = wide / (last - first)
    bottom = 50 + step * len(found)
    sheet = svg.Sheet(left + wide + 80, bottom + 62, "How many times as fast mmbright is as other programs on the same "
                      "job: " + "; ".join(f"{peer.name} {svg.number(peer.ratio)}" for peer in found))
    sheet.text(14, 26, "mmbright is so many times as fast, whole processes, an image of 1 GiB in memory",
               ' font-weight="bold"')
    for power in range(first, last + 1):
        x = left + scale * (power - first)
        sheet.line([x, 40, x, bottom], "#d1d9e0")
        sheet.text(x, bottom + 18, f"{10.0 ** power:g}x", f' text-anchor="middle" font-size="12" fill="{svg.PALE}"')
    for index, peer in enumerate(found):
        y = 46 + step * index
        end, low, high = (left + scale * (math.log10(value) - first) for value in (peer.ratio, peer.low, peer.high))
        sheet.text(left - 10, y + 14, f"{peer.name}: {peer.job}", ' text-anchor="end" font-size="12"')
        sheet.box([left, y, end - left, 18], svg.BLUE, "none")
        sheet.line([low, y + 9, high, y + 9], svg.INK, ' stroke-width="1.5"')
        for x in (low, high):
            sheet.line([x, y + 4, x, y + 14], svg.INK, ' stroke-width="1.5"')
        sheet.text(max(end, high) + 8, y + 14, f"{svg.number(peer.ratio)}x", ' font-size="12"')
    where = ", ".join(facts.groups()) if facts else ""
    sheet.text(14, bottom + 46, f"Median and 95 % interval of the ratio, logarithmic scale. {where}.",
               f' font-size="12" fill="{svg.PALE}"')
    return sheet.text_of()


# ---- the recording of ./quickstart -----------------------------------------------------------------------------------

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# A second of the picture is so many of the run; nobody waits longer than this for a line.
FASTER, LONGEST = 4.0, 2.0


def screen(events: List[Tuple[float, str]]) -> List[Tuple[float, str]]:
    """The lines that stay, each with the time of its last change. \\r begins a line anew."""
    lines: List[Tuple[float, str]] = [(0.0, "")]
    for when, text in events:
        for part in re.split(r"(\r?\n|\r)", ESCAPE.sub("", text)):
            if part.endswith("\n"):
                lines.append((when, ""))
            elif part == "\r":
                lines[-1] = (when, "")
            elif part:
                lines[-1] = (when, lines[-1][1] + part)
    return lines[:-1] if not lines[-1][1] else lines


def quickstart() -> str:
    head, *body = read("pictures", "quickstart.cast").splitlines()
    events = [(event[0], event[2]) for event in map(json.loads, body) if event[1] == "o"]
    lines = [(0.0, "$ ./quickstart")] + screen(events)
    columns = json.loads(head)["width"]
    # As a terminal does: a long line goes on in the next.
    lines = [(when, line[at : at + columns]) for when, line in lines for at in range(0, max(1, len(line)), columns)]
    sheet = svg.Sheet(8 * columns + 32, 18 * len(lines) + 60, "The terminal of ./quickstart, from the build to the "
                      "pictures: " + " ".join(line for _, line in lines if line.startswith("==")))
    sheet.style = "@keyframes come{from{opacity:0}to{opacity:1}}text{animation:come .1s both}"
    sheet.box([8, 8, sheet.width - 16, sheet.height - 16], "#0d1117", "none")
    for x, colour in ((26, "#ff5f57"), (44, "#febc2e"), (62, "#28c840")):
        sheet.elements.append(f'<circle cx="{x}" cy="24" r="5" fill="{colour}"/>')
    at = last = 0.0
    for index, (when, line) in enumerate(lines):
        at += min((when - last) / FASTER, LONGEST)
        last = when
        colour = "#7ee787" if line.startswith(("$", "==")) else "#e6edf3"
        sheet.text(24, 52 + 18 * index, line, f' fill="{colour}" xml:space="preserve" '
                   f'style="{svg.MONO};animation-delay:{svg.number(at)}s"')
    return sheet.text_of()


PICTURES: Dict[str, Callable[[], str]] = {"sliding": sliding, "house": house, "peers": peers, "quickstart": quickstart}


def make(name: str, is_check: bool) -> bool:
    """Whether the file is, or was, what it should be."""
    path = os.path.join(HERE, f"{name}.svg")
    text = PICTURES[name]()
    if is_check:
        same = os.path.exists(path) and read("pictures", f"{name}.svg") == text
        print(f"{name}.svg: " + ("as it should be" if same else "not what docs/pictures/make.py draws: run it"))
        return same
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in PICTURES]
    if unknown:
        parser.error(f"no picture is called {unknown[0]}")
    results = [make(name, arguments.check) for name in arguments.names or PICTURES]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
