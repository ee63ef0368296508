# SPDX-License-Identifier: MIT
"""The bars on images: statistics, PNG, and containers against raw files."""
import json
import os
import struct

import stats
from bars import Bar, Processes, counted, judged
from process import (
    AMOUNT,
    PHOTO,
    PIXEL,
    WIDTH,
    Failed,
    Image,
    in_place,
    interleave,
    output_of,
    peak_private,
    plain,
    spawn,
    tool,
)

PNG_MIB = 64  # compressing is slow
HUGE_MIB = 4096  # of the image whose export and import are watched
LEVEL = 6  # mmpng's default
STARTS = 200


def npy_header(height):
    """Of height x WIDTH x 4 samples of 16 bits;
    https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html."""
    text = f"{{'descr': '<i2', 'fortran_order': False, 'shape': ({height}, {WIDTH}, 4), }}"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117).encode() + b"\n"


def tiff_header(height, size):
    """Little-endian, one strip, which begins at byte 256; TIFF 6.0."""
    bits, fields = 200, [
        (256, 3, 1, WIDTH),
        (257, 4, 1, height),
        (258, 3, 4, 200),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 256),
        (277, 3, 1, 4),
        (278, 4, 1, height),
        (279, 4, 1, size),
        (338, 3, 1, 2),
        (339, 3, 4, 208),
    ]
    directory = struct.pack("<H", len(fields)) + b"".join(struct.pack("<HHII", *field) for field in fields) + bytes(4)
    head = (b"II*\0" + struct.pack("<I", 8) + directory).ljust(bits, b"\0")
    return (head + struct.pack("<8H", 16, 16, 16, 16, 2, 2, 2, 2)).ljust(256, b"\0")


class Images(Processes):
    """Bars on the tools that know what samples are."""

    def statistics(self, cases):
        """Against the sum of all words of memory, by as many threads: nothing that looks at every byte can be
        faster."""
        ceiling = cases.pick("scan", "memory", "warm", "1M-writes")
        if not ceiling:
            return [Bar("mmstat", "", detail="the read ceiling was not measured: see the tables")]
        bars = []
        for what, wanted, bar, pattern, options in (
            ("mmstat: count, extremes, mean, deviation", ">= 0.7", 0.7, "photo", ()),
            ("mmstat with exact percentiles, noise", ">= 0.1", 0.1, "noise", ("--percentiles=1,50,99",)),
            ("mmstat with exact percentiles, photograph", ">= 0.2", 0.2, "photo", ("--percentiles=1,50,99",)),
        ):
            path = self.path("statistics")
            try:
                if pattern == "photo":
                    Image(path, self.size_mib)
                else:
                    output_of(
                        [
                            tool("mmgen"),
                            "--force",
                            "--type=i16le",
                            f"--width={WIDTH}",
                            f"--height={self.bytes // PIXEL // WIDTH}",
                            "--pattern=noise",
                            path,
                        ]
                    )
                command = [tool("mmstat"), "--format=raw", "--type=i16le", "--json", *options, path]
                os.sync()
                reports = [json.loads(output_of(command)) for _ in range(self.rounds + 1)][1:]
            finally:
                if os.path.exists(path):
                    os.unlink(path)
            rates = [report["bytes_per_second"] / 1e9 for report in reports]
            if any(report["count"] != [self.bytes // PIXEL] * 4 for report in reports):
                raise Failed("mmstat: WRONG count")
            bars.append(
                judged(
                    f"{what}, against the memory read ceiling",
                    wanted,
                    stats.Ratio(rates, ceiling.rates),
                    bar,
                    detail=f"{stats.median(rates):.2f} and {stats.median(ceiling.rates):.2f} GB/s",
                    command=" ".join(command),
                )
            )
        return bars

    def export(self):
        """Against libpng as anybody uses it, with the same filter and level."""
        what = "mmpng export, two threads, against a plain libpng writer"
        if not os.path.exists(plain("plain_png")):
            return [Bar(what, ">= 1.7x", detail="not built: needs libpng")]
        image = Image(self.path("picture"), PNG_MIB)
        ours, theirs, back = self.path("ours"), self.path("theirs"), self.path("back")
        commands = {
            "mmpng": [
                tool("mmpng"),
                "export",
                "-q",
                "-f",
                "-j2",
                "--format=raw",
                "--type=u16le",
                f"--width={WIDTH}",
                f"--level={LEVEL}",
                image.path,
                ours,
            ],
            "libpng": [plain("plain_png"), str(LEVEL), str(WIDTH), image.path, theirs],
        }
        try:
            times = interleave({name: lambda name=name: spawn(commands[name])[0] for name in commands}, 3)
            sizes = os.path.getsize(ours), os.path.getsize(theirs)
            for picture in (ours, theirs):
                output_of([tool("mmpng"), "import", "-q", "-f", picture, back])
                if output_of(["cmp", image.path, back]):
                    raise Failed("mmpng: WRONG bytes after a way there and back")
        finally:
            for path in (ours, theirs, back, image.path):
                if os.path.exists(path):
                    os.unlink(path)
        growth = sizes[0] / sizes[1] - 1
        return [
            judged(
                what,
                ">= 1.7x",
                stats.Ratio(times["libpng"], times["mmpng"]),
                1.7,
                form="{:.2f}x",
                detail=f"mmpng {stats.median(times['mmpng']):.2f} s, libpng {stats.median(times['libpng']):.2f} s",
                command=" ".join(commands["mmpng"]),
            ),
            counted(
                "the same: size",
                "within 3 %",
                100 * growth,
                abs(growth) <= 0.03,
                "{:+.2f} %",
                f"{sizes[0]} and {sizes[1]} bytes",
            ),
        ]

    def picture_memory(self):
        """The peak of a huge picture's export and import; level 1, since only memory is asked for."""
        raw, picture, back = self.path("huge"), self.path("huge-png"), self.path("huge-back")
        bars = []
        width = 32768
        try:
            output_of(
                [
                    tool("mmgen"),
                    "--force",
                    "--type=u8",
                    "--samples=4",
                    f"--width={width}",
                    f"--height={(HUGE_MIB << 20) // 4 // width}",
                    "--pattern=gradient",
                    raw,
                ]
            )
            for name, command in (
                ("export", ["export", "--format=raw", "--type=u8", f"--width={width}", "--level=1", raw, picture]),
                ("import", ["import", "--max-size=8G", picture, back]),
            ):
                command = [tool("mmpng"), command[0], "-q", "-f", "--json", *command[1:]]
                private, _ = peak_private(command)
                bars.append(
                    counted(
                        f"peak private memory of mmpng {name}, {HUGE_MIB} MiB",
                        "<= 64 MiB",
                        private / 2**20,
                        private <= 64 << 20,
                        "{:.1f} MiB",
                        "",
                        " ".join(command),
                    )
                )
            if os.path.getsize(back) != HUGE_MIB << 20 or output_of(["cmp", raw, back]):
                raise Failed("mmpng: WRONG bytes after a way there and back")
        finally:
            for path in (raw, picture, back):
                if os.path.exists(path):
                    os.unlink(path)
        return bars

    def sniffing(self):
        """How much longer a small file takes whose header has to be taken apart."""
        height, paths = 8, {}
        with open(PHOTO, "rb") as photo:
            pixels = photo.read(height * WIDTH * PIXEL)
        contents = {
            "raw": pixels,
            "npy": npy_header(height) + pixels,
            "tiff": tiff_header(height, len(pixels)) + pixels,
        }
        for name, content in contents.items():
            paths[name] = self.path("sniffed-" + name)
            with open(paths[name], "wb") as file:
                file.write(content)
        times = {name: [] for name in paths}
        for number in range(STARTS + 5):
            for name, path in paths.items():
                kind = ("--format=raw",) if name == "raw" else ()
                seconds, _ = spawn([tool("mmbright"), "-q", "-i", "--journal=off", f"--add={AMOUNT}", *kind, path])
                if number >= 5:
                    times[name].append(seconds)
        for path in paths.values():
            os.unlink(path)
        raw = stats.median(times["raw"])
        return [
            counted(
                f"a header of {name} taken apart: time added to a small file",
                "<= 1 ms",
                1e3 * (stats.median(times[name]) - raw),
                stats.median(times[name]) - raw <= 1e-3,
                "{:.2f} ms",
                f"medians of {STARTS}: raw {raw * 1e3:.2f} ms, {name} {stats.median(times[name]) * 1e3:.2f} ms",
                "mmbright -q -i FILE",
            )
            for name in ("npy", "tiff")
        ]

    def contained(self):
        """The same pixels raw and in a container."""
        bars = []
        for name, header in (("npy", npy_header), ("tiff", lambda height: tiff_header(height, self.bytes))):
            image, path = self.image("raw"), self.path("contained")
            try:
                # In the same pieces of the file as the raw one: that decides how the page cache holds it.
                with open(path, "wb", buffering=0) as file, open(image.path, "rb") as pixels:
                    head = header(image.height)
                    file.write(head + pixels.read((1 << 20) - len(head)))
                    while piece := pixels.read(1 << 20):
                        file.write(piece)
                commands = {
                    "raw": in_place(image.path),
                    name: [tool("mmbright"), "-q", "-i", "--journal=off", f"--add={AMOUNT}", path],
                }
                times = interleave({key: lambda key=key: spawn(commands[key])[0] for key in commands}, self.rounds)
                image.count(self.rounds + 1)
                image.check()
                skip = os.path.getsize(path) - self.bytes
                output_of(["cmp", f"--ignore-initial=0:{skip}", image.path, path])
            finally:
                image.remove()
                if os.path.exists(path):
                    os.unlink(path)
            bars.append(
                judged(
                    f"mmbright -i on a payload in {name}, against raw",
                    ">= 0.95",
                    stats.Ratio(times["raw"], times[name]),
                    0.95,
                    detail=self.rates(times),
                    command=" ".join(commands[name]),
                )
            )
        return bars

    def rows(self, cases):
        return [
            ("mmstat", lambda: self.statistics(cases)),
            ("mmpng export", self.export),
            ("mmpng memory", self.picture_memory),
            ("headers", self.sniffing),
            ("containers", self.contained),
        ]
