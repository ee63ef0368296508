# SPDX-License-Identifier: MIT
"""
listed: images whose samples lie in several files, as MetaImage and NRRD headers list them, at random; what a change
must make of each byte of each file is computed here. For lists.py, list_shards.py and list_copies.py, which are called
with MMBRIGHT SHIM KIND [ROUNDS].
"""

import os
import shutil
import struct
import subprocess
import sys

MMBRIGHT, SHIM, KIND = sys.argv[1:4]
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else int(os.environ.get("MMV_LISTS_ROUNDS", "8"))
FOLDER = os.path.dirname(MMBRIGHT)
TOOL = {name: os.path.join(FOLDER, name) for name in ("mmstat", "mmdump", "mmpng", "mmshard")}
CAN_KILL = shutil.which("strace") and "address" not in KIND and "thread" not in KIND
os.environ.pop("OMP_NUM_THREADS", None)

# Types: MetaImage's name, NRRD's, the tools', and struct's.
TYPES = (
    ("MET_UCHAR", "uchar", "u8", "B"),
    ("MET_SHORT", "short", "i16", "h"),
    ("MET_USHORT", "ushort", "u16", "H"),
    ("MET_FLOAT", "float", "f32", "f"),
)


def run(*command, status=0, environment=None):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        check=False,
        env={**os.environ, **(environment or {})},
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr.decode()[:500]}")
    return done


def traced(command, *inject, calls="%file,%desc", environment=None):
    words = ("strace", "-f", "-qq", "-o", "trace", f"--trace={calls}", *inject, *command)
    return run(*words, status=None, environment=environment).returncode


def calls_of(command, calls="%file,%desc", environment=None):
    """The names of its system calls that have to do with files, in their order."""
    assert traced(command, calls=calls, environment=environment) == 0, command
    with open("trace", encoding="ascii", errors="replace") as file:
        return [line.split()[1].split("(")[0] for line in file if "(" in line and "resumed" not in line]


def injected(names, number, what):
    """For strace, which counts the calls of each name."""
    return f"--inject={names[number]}:{what}:when={names[:number + 1].count(names[number])}"


class Listed:
    """An image, the files that have it, and the header that lists them."""

    def __init__(self, rng, is_large=False):
        self.meta, self.nrrd, self.type, self.code = rng.choice(TYPES)
        self.big = rng.random() < 0.3
        self.size = struct.calcsize(self.code)
        self.layout = rng.choice(("mhd", "bip", "bip", "bil", "bsq"))
        self.width, rows, frames = rng.randint(1, 40), rng.randint(1, 12), rng.randint(1, 6)
        if is_large:
            self.width, rows, frames = rng.randint(30, 40), rng.randint(150, 900), rng.randint(1, 3)
        self.samples = rng.choice((1, 1, 2, 3)) if self.layout in ("mhd", "bip") else rng.randint(2, 3)
        if self.layout == "bil":
            frames = 1
        self.height = rows * frames
        axes = {
            "mhd": [self.width, rows, frames],
            "bip": [self.samples, self.width, rows, frames],
            "bil": [self.width, self.samples, rows],
            "bsq": [self.width, rows, frames, self.samples],
        }[self.layout]
        count = self.width * self.height * self.samples
        self.value = [rng.randint(0, 120) for _ in range(count)]
        if self.type == "u8" and rng.random() < 0.5:
            self.value[rng.randrange(count)] = 252
        self.cut(rng, axes)

    def cut(self, rng, axes):
        """How many files there are, and their header."""
        first = 2 if self.layout == "bip" else 1
        axis = rng.randint(first, len(axes) - 1)
        if rng.random() < 0.6:
            axis = len(axes) - 1
        count = 1
        for size in axes[axis:]:
            count *= size
        last = self.layout != "mhd" and rng.random() < 0.2
        if last:
            count = rng.choice([n for n in range(1, axes[-1] + 1) if axes[-1] % n == 0])
            axis = len(axes)
        self.skip = rng.choice((0, 0, 4, 7, -1))
        self.front = b"header!"[: max(self.skip, 0)] if self.skip >= 0 else b"any front"
        self.behind = rng.choice((b"", b"behind")) if self.skip >= 0 else b""
        self.is_pattern = rng.random() < 0.5 and (axis == len(axes) - 1 or self.layout != "mhd")
        width, start, step = rng.choice((0, 2, 3)), rng.choice((0, 1, 7)), rng.choice((1, 1, 3))
        names = [f"s{start + i * step:0{width}d}.raw" for i in range(count)]
        pattern = f"s%0{width}d.raw" if width else "s%d.raw"
        if not self.is_pattern:
            names = [rng.choice(("", "sub/")) + ("a name " if rng.random() < 0.3 else "") + name for name in names]
            rng.shuffle(names)
        self.names = names
        numbers = f"{start} {start + (count - 1) * step} {step}"
        implied = axis == len(axes) - 1
        if self.layout == "mhd":
            self.header_name = "l.mhd"
            self.header = self.meta_header(axes)
            if self.is_pattern:
                self.header += f"ElementDataFile = {pattern} {numbers}\n"
            else:
                self.header += f"ElementDataFile = LIST{'' if implied else f' {axis}'}\n"
        else:
            self.header_name = "l.nhdr"
            self.header = self.nrrd_header(axes)
            if self.is_pattern:
                self.header += f"data file: {pattern} {numbers}{'' if implied else f' {axis}'}\n"
            else:
                self.header += f"data file: LIST{'' if implied else f' {axis}'}\n"
        if not self.is_pattern:
            self.header += "".join(name + "\n" for name in names)

    def meta_header(self, axes):
        return (
            f"ObjectType = Image\nNDims = 3\nDimSize = {' '.join(map(str, axes))}\nElementType = {self.meta}\n"
            f"ElementNumberOfChannels = {self.samples}\nBinaryDataByteOrderMSB = {self.big}\nHeaderSize = {self.skip}\n"
        )

    def nrrd_header(self, axes):
        kinds = {
            "bip": "vector domain domain domain",
            "bil": "domain vector domain",
            "bsq": "domain domain domain vector",
        }[self.layout]
        return (
            f"NRRD0004\ntype: {self.nrrd}\ndimension: {len(axes)}\nsizes: {' '.join(map(str, axes))}\nencoding: raw\n"
            f"endian: {'big' if self.big else 'little'}\nkinds: {kinds}\nbyte skip: {self.skip}\n"
        )

    def place(self, x, y, c):
        if self.layout == "bil":
            return (y * self.samples + c) * self.width + x
        if self.layout == "bsq":
            return (c * self.height + y) * self.width + x
        return (y * self.width + x) * self.samples + c

    def raw(self, value=None):
        value = self.value if value is None else value
        return struct.pack((">" if self.big else "<") + str(len(value)) + self.code, *value)

    def files(self, value=None):
        raw = self.raw(value)
        slab = len(raw) // len(self.names)
        assert slab * len(self.names) == len(raw)
        return {
            name: self.front + raw[i * slab : (i + 1) * slab] + self.behind for i, name in enumerate(self.names)
        }

    def copied(self, value=None):
        """What is in front of the first file's samples, all samples, and what is behind those of the last."""
        return self.front + self.raw(value) + self.behind

    def changed(self, add, region=None, channels=None):
        x0, y0, width, height = region or (0, 0, self.width, self.height)
        value = list(self.value)
        high = {"u8": 255, "i16": 32767, "u16": 65535, "f32": 1e30}[self.type]
        for y in range(y0, y0 + height):
            for x in range(x0, x0 + width):
                for c in channels or range(self.samples):
                    value[self.place(x, y, c)] = min(high, value[self.place(x, y, c)] + add)
        return value

    def options(self):
        """Of the samples as a raw file."""
        order = "" if self.type == "u8" else "be" if self.big else "le"
        layout = "bip" if self.layout == "mhd" else self.layout
        return [
            f"--type={self.type}{order}",
            f"--samples={self.samples}",
            f"--layout={layout}",
            f"--width={self.width}",
            f"--height={self.height}",
        ]

    def write(self):
        os.makedirs("sub", exist_ok=True)
        put(self.header_name, self.header.encode())
        for name, content in self.files().items():
            put(name, content)
        put("whole.raw", self.raw())

    def compare(self, what, value):
        for name, wanted in self.files(value).items():
            found = get(name)
            if found != wanted:
                place = next((i for i in range(len(wanted)) if found[i : i + 1] != wanted[i : i + 1]), len(wanted))
                raise AssertionError(f"{what}: {name}: {len(found)} bytes, different at {place}\n{self}")
            assert not marks(name), f"{what}: {name} is marked\n{self}"
        assert get(self.header_name) == self.header.encode(), f"{what}: the header\n{self}"
        left = [name for name in os.listdir(".") + os.listdir("sub") if ".mmj." in name]
        assert not left, f"{what}: {left}\n{self}"

    def __str__(self):
        return f"{self.layout} {self.width}x{self.height}x{self.samples} {self.type}\n{self.header}"


def marks(name):
    try:
        return [attribute for attribute in os.listxattr(name) if attribute.startswith("user.mmview")]
    except OSError:
        return []


def is_protected(name):
    """By a mark, or where files have none by a pointer beside it or the journal itself."""
    front, last = os.path.split(name)
    return bool(marks(name)) or any(beside.startswith(f"{last}.mmj.") for beside in os.listdir(front or "."))


def put(name, content):
    with open(name, "wb") as file:
        file.write(content)


def get(name):
    with open(name, "rb") as file:
        return file.read()


def selection(rng, image):
    region = channels = None
    options = []
    if rng.random() < 0.5:
        x, y = rng.randrange(image.width), rng.randrange(image.height)
        region = (x, y, rng.randint(1, image.width - x), rng.randint(1, image.height - y))
        options.append("--roi={},{},{}x{}".format(*region))
    if rng.random() < 0.5:
        channels = sorted(rng.sample(range(image.samples), rng.randint(1, image.samples)))
        options.append("--channels=" + ",".join(map(str, channels)))
    return region, channels, options
