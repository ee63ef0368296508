# SPDX-License-Identifier: MIT
"""
tiffs: TIFF files in every layout that uncompressed samples can have, by a writer that shares nothing with the reader
under test, and what a change must make of them, byte by byte.
"""

import random
import struct

# TIFF's SampleFormat, and how struct calls the type.
TYPES = {
    "u8": (1, "B"),
    "i8": (2, "b"),
    "u16": (1, "H"),
    "i16": (2, "h"),
    "u32": (1, "I"),
    "i32": (2, "i"),
    "f32": (3, "f"),
    "f64": (3, "d"),
}


class Tiff:
    """One file: its bytes, and where each sample lies."""

    def __init__(self, rng, **wanted):
        self.rng = rng
        pick = lambda name, choices: wanted.get(name, rng.choice(choices))
        self.type = pick("type", list(TYPES))
        self.order = pick("order", "<>")
        self.big = pick("big", [False, True])
        self.samples = pick("samples", [1, 1, 2, 3, 4, 5])
        self.planar = pick("planar", [False, True]) and self.samples > 1
        self.pages = pick("pages", [1, 1, 2, 3])
        self.width = pick("width", [1, 7, 40, 100, 131])
        self.height = pick("height", [1, 5, 33, 70])
        self.tile = pick("tile", [None, (16, 16), (32, 16), (48, 64), (256, 256)])
        self.rows = pick("rows", [1, 3, 16, 1000])
        self.shuffled = pick("shuffled", [False, True])
        self.gap = pick("gap", [0, 0, 8, 7, 40])
        self.code = self.order + TYPES[self.type][1]
        self.size = struct.calcsize(self.code)
        self.value = self.values()
        self.write()

    def values(self):
        """Samples from their place: random, but not NaN."""
        rng, code = self.rng, TYPES[self.type][1]
        count = self.pages * self.height * self.width * self.samples
        if code in "fd":
            return [float(rng.randint(-1000000, 1000000)) / 16 for _ in range(count)]
        bits = 8 * self.size
        low = -(1 << (bits - 1)) if code.islower() else 0
        edges = [low, low + 1, low + (1 << bits) - 1, low + (1 << bits) - 2]
        ends = low, low + (1 << bits)
        return [rng.choice(edges) if rng.random() < 0.05 else rng.randrange(*ends) for _ in range(count)]

    def index(self, page, x, y, c):
        return ((page * self.height + y) * self.width + x) * self.samples + c

    def cells(self):
        """Pieces in the order of the image: page, plane, x, y, width and height in the file."""
        wide, high = self.tile or (self.width, min(self.rows, self.height))
        for page in range(self.pages):
            for plane in range(self.samples if self.planar else 1):
                for y in range(0, self.height, high):
                    for x in range(0, self.width, wide):
                        rows = high if self.tile else min(high, self.height - y)
                        yield page, plane, x, y, wide, rows

    def write(self):
        rng = self.rng
        cells = list(self.cells())
        self.at = {}  # sample's index -> byte
        order = list(range(len(cells)))
        if self.shuffled:
            rng.shuffle(order)
        out = bytearray(rng.randbytes(rng.choice([16, 24, 64])))
        places = [0] * len(cells)
        for number in order:
            page, plane, x, y, wide, rows = cells[number]
            together = 1 if self.planar else self.samples
            out += rng.randbytes(rng.randint(0, self.gap))
            places[number] = len(out)
            tile = bytearray(rng.randbytes(wide * rows * together * self.size))
            for row in range(min(rows, self.height - y)):
                for column in range(min(wide, self.width - x)):
                    for k in range(together):
                        place = ((row * wide + column) * together + k) * self.size
                        index = self.index(page, x + column, y + row, plane if self.planar else k)
                        tile[place : place + self.size] = struct.pack(self.code, self.value[index])
                        self.at[index] = len(out) + place
            out += tile
        self.bytes = out
        self.directories(cells, places)
        out += rng.randbytes(rng.choice([0, 0, 5]))

    def directories(self, cells, places):
        """Their values before them, and each one's place in the one before."""
        word = "Q" if self.big else "I"
        link = 8 if self.big else 4
        start = b"II" if self.order == "<" else b"MM"
        head = struct.pack(self.order + ("HHH" if self.big else "H"), *((43, 8, 0) if self.big else (42,)))
        self.bytes[: 2 + len(head)] = start + head
        for page in range(self.pages):
            mine = [i for i, cell in enumerate(cells) if cell[0] == page]
            lengths = [cells[i][4] * cells[i][5] * (1 if self.planar else self.samples) * self.size for i in mine]
            entries = [
                (254, 4, [0]),
                (256, 4, [self.width]),
                (257, 4, [self.height]),
                (258, 3, [8 * self.size] * self.samples),
                (259, 3, [1]),
                (262, 3, [1]),
                (277, 3, [self.samples]),
                (284, 3, [2 if self.planar else 1]),
                (339, 3, [TYPES[self.type][0]] * self.samples),
            ]
            large = 16 if self.big else 4
            if self.tile:
                entries += [(322, 3, [self.tile[0]]), (323, 3, [self.tile[1]])]
                entries += [(324, large, [places[i] for i in mine]), (325, large, lengths)]
            else:
                entries += [(273, large, [places[i] for i in mine]), (278, 4, [self.rows]), (279, large, lengths)]
            entries.sort()
            block = struct.pack(self.order + ("Q" if self.big else "H"), len(entries))
            for tag, kind, numbers in entries:
                code = {3: "H", 4: "I", 16: "Q"}[kind]
                packed = struct.pack(self.order + code * len(numbers), *numbers)
                if len(packed) > link:
                    self.bytes += bytes(-len(self.bytes) % 2)
                    place = struct.pack(self.order + word, len(self.bytes))
                    self.bytes += packed
                    packed = place
                block += struct.pack(self.order + "HH" + word, tag, kind, len(numbers)) + packed.ljust(link, b"\0")
            self.bytes += bytes(-len(self.bytes) % 2)
            where = (8 if self.big else 4) if page == 0 else self.next
            self.bytes[where : where + link] = struct.pack(self.order + word, len(self.bytes))
            self.next = len(self.bytes) + len(block)
            self.bytes += block + bytes(link)

    def changed(self, add, region=None, channels=None, pages=None):
        """The file's bytes after a saturating addition."""
        out = bytearray(self.bytes)
        code = TYPES[self.type][1]
        bits = 8 * self.size
        low = -(1 << (bits - 1)) if code.islower() else 0
        high = low + (1 << bits) - 1
        x0, y0, wide, rows = region or (0, 0, self.width, self.height * self.pages)
        for page in range(self.pages) if pages is None else pages:
            for y in range(self.height):
                line = y + (page * self.height if pages is None else 0)
                if not y0 <= line < y0 + rows:
                    continue
                for x in range(x0, x0 + wide):
                    for c in range(self.samples):
                        if channels and c not in channels:
                            continue
                        index = self.index(page, x, y, c)
                        value = self.value[index] + add
                        if code not in "fd":
                            value = min(max(value, low), high)
                        place = self.at[index]
                        out[place : place + self.size] = struct.pack(self.code, value)
        return bytes(out)

    def raw(self):
        """The samples alone, as the options below describe them."""
        if not self.planar:
            return b"".join(struct.pack(self.code, value) for value in self.value)
        values = (
            self.value[self.index(page, x, y, c)]
            for c in range(self.samples)
            for page in range(self.pages)
            for y in range(self.height)
            for x in range(self.width)
        )
        return b"".join(struct.pack(self.code, value) for value in values)

    def options(self):
        order = "" if self.size == 1 else "le" if self.order == "<" else "be"
        layout = "bsq" if self.planar else "bip"
        return [
            f"--type={self.type}{order}",
            f"--samples={self.samples}",
            f"--width={self.width}",
            f"--height={self.height * self.pages}",
            f"--layout={layout}",
        ]

    def __str__(self):
        names = "type order big samples planar pages width height tile rows shuffled gap".split()
        return " ".join(f"{name}={getattr(self, name)}" for name in names)


def random_tiff(seed, **wanted):
    return Tiff(random.Random(seed), **wanted)
