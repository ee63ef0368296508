"""mmdiff against numpy and Python's own numbers, which are exact: pairs of images at random, in types, byte orders,
layouts and containers of which no two need be the same.

Run as: diff_oracle.py MMDIFF; MMV_DIFF_ROUNDS says how many pairs.
"""
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError:
    print("SKIPPED: there is no numpy (Debian: apt install python3-numpy)")
    sys.exit(77)

MMDIFF = os.path.abspath(sys.argv[1])
KINDS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def name_of(dtype: numpy.dtype) -> str:
    """'>u4' as --type has it."""
    order = {"<": "le", ">": "be", "|": ""}[dtype.str[0]]
    return dtype.str[1] + str(8 * dtype.itemsize) + order


def ends_of(dtype: numpy.dtype) -> tuple[int, int]:
    if dtype.kind == "f":
        return -2000, 2000
    info = numpy.iinfo(dtype)
    return int(info.min), int(info.max)


def draw_value(draw: random.Random, dtype: numpy.dtype):
    """Any value that the type has, and often one that others have, too."""
    low, high = ends_of(dtype)
    choice = draw.random()
    if dtype.kind == "f" and choice < 0.15:
        return draw.choice([math.nan, math.inf, -math.inf, -0.0, 0.5, 1e-7, 1000.25])
    if dtype.kind == "f" and choice < 0.2 and dtype.itemsize == 8:
        return float(draw.choice([2**53, 2**53 + 2, 2**63, 2**64 - 2048, 2**64, -(2**63), 1e300, 1e-300, 5e-324]))
    if choice < 0.25:
        return draw.choice([low, high, high - 1, max(low, -1), min(high, 2**53 + 1)])
    if choice < 0.35:
        return draw.randint(low, high)
    return draw.randint(max(low, -3), min(high, 9))


def draw_pair(draw: random.Random, a: numpy.dtype, b: numpy.dtype, shape: tuple[int, ...], share: float):
    """Two arrays that are equal in most places where the types allow it."""
    one, other = numpy.zeros(shape, a), numpy.zeros(shape, b)
    (low_a, high_a), (low_b, high_b) = ends_of(a), ends_of(b)
    flat_a, flat_b = one.reshape(-1), other.reshape(-1)
    common = numpy.array([draw.randint(max(low_a, low_b, -5), min(high_a, high_b, 100)) for _ in range(97)])
    flat_a[:] = numpy.resize(common, flat_a.size)
    flat_b[:] = flat_a.astype(b)
    with numpy.errstate(all="ignore"):
        for at in draw.sample(range(flat_a.size), int(flat_a.size * share)):
            flat_a[at] = draw_value(draw, a)
            flat_b[at] = draw_value(draw, b)
    return one, other


class Stored:
    """An image in a file of some form, and the options that raw ones need."""

    def __init__(self, draw: random.Random, name: str, image: numpy.ndarray):
        height, width, samples = image.shape
        self.options: list[str] = []
        form = draw.choice(["raw", "raw", "npy", "npy", "nrrd", "envi", "list"])
        if form == "envi" and image.dtype.str[1:] in ("i1", "i8", "u8", "f2", "u4", "i4"):
            form = "npy"
        if form in ("nrrd", "list") and image.dtype.str[1:] == "f2":
            form = "raw"
        self.form, self.name = form, name
        getattr(self, "write_" + form)(draw, image, height, width, samples)

    def write_raw(self, draw, image, height, width, samples):
        layout = draw.choice(["bip", "bil", "bsq"])
        order = {"bip": (0, 1, 2), "bil": (0, 2, 1), "bsq": (2, 0, 1)}[layout]
        image.transpose(order).copy().tofile(self.name)
        self.options = ["--type=" + name_of(image.dtype), f"--samples={samples}", f"--width={width}",
                        f"--height={height}", "--layout=" + layout]

    def write_npy(self, draw, image, height, width, samples):
        self.name += ".npy"
        numpy.save(self.name, image if samples > 1 else image[:, :, 0])

    def write_nrrd(self, draw, image, height, width, samples):
        kinds = {"u1": "uint8", "i1": "int8", "u2": "uint16", "i2": "int16", "u4": "uint32", "i4": "int32",
                 "u8": "uint64", "i8": "int64", "f4": "float", "f8": "double"}
        endian = "big" if image.dtype.str[0] == ">" else "little"
        self.name += ".nrrd"
        with open(self.name, "wb") as file:
            file.write(f"NRRD0004\ntype: {kinds[image.dtype.str[1:]]}\ndimension: 3\n"
                       f"sizes: {samples} {width} {height}\nkinds: vector domain domain\n"
                       f"endian: {endian}\nencoding: raw\n\n".encode())
            file.write(image.tobytes())

    def write_envi(self, draw, image, height, width, samples):
        codes = {"u1": 1, "i2": 2, "u2": 12, "f4": 4, "f8": 5}
        layout = draw.choice(["bip", "bil", "bsq"])
        order = {"bip": (0, 1, 2), "bil": (0, 2, 1), "bsq": (2, 0, 1)}[layout]
        self.name += ".img"
        image.transpose(order).copy().tofile(self.name)
        with open(self.name + ".hdr", "w", encoding="ascii") as file:
            file.write(f"ENVI\nsamples = {width}\nlines = {height}\nbands = {samples}\nheader offset = 0\n"
                       f"data type = {codes[image.dtype.str[1:]]}\ninterleave = {layout}\n"
                       f"byte order = {1 if image.dtype.str[0] == '>' else 0}\n")

    def write_list(self, draw, image, height, width, samples):
        """A row in each file."""
        kinds = {"u1": "MET_UCHAR", "i1": "MET_CHAR", "u2": "MET_USHORT", "i2": "MET_SHORT", "u4": "MET_UINT",
                 "i4": "MET_INT", "u8": "MET_ULONG_LONG", "i8": "MET_LONG_LONG", "f4": "MET_FLOAT", "f8": "MET_DOUBLE"}
        names = [f"{self.name}-{row}.bin" for row in range(height)]
        for row, name in enumerate(names):
            image[row].tofile(name)
        channels = f"ElementNumberOfChannels = {samples}\n"
        order = "True" if image.dtype.str[0] == ">" else "False"
        self.name += ".mhd"
        with open(self.name, "w", encoding="ascii") as file:
            file.write(f"ObjectType = Image\nNDims = 3\nDimSize = {width} 1 {height}\n{channels}"
                       f"ElementType = {kinds[image.dtype.str[1:]]}\nElementByteOrderMSB = {order}\n"
                       "ElementDataFile = LIST 2\n" + "".join(name + "\n" for name in names))


def difference(a, b):
    """None: equal; NaN: no number tells; else how far b is from a."""
    if a == b or (a != a and b != b):
        return None
    if isinstance(a, int) and isinstance(b, int):
        return b - a
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.nan
    is_mixed = isinstance(a, int) != isinstance(b, int)
    if is_mixed and a == math.floor(a) and b == math.floor(b) and max(abs(a), abs(b)) <= 2**64:
        return float(int(b) - int(a))
    far = float(b) - float(a)
    return far if math.isfinite(far) else math.nan


class Want:
    """What mmdiff has to say of one channel."""

    def __init__(self) -> None:
        keys = ("compared", "differing", "within_tolerance", "b_larger", "b_smaller", "no_number", "no_data")
        self.figures = {key: 0 for key in keys}
        self.sizes: list = []

    def add(self, gap, tolerance) -> bool:
        figures = self.figures
        figures["compared"] += 1
        if gap is None:
            return False
        if gap != gap:
            figures["differing"] += 1
            figures["no_number"] += 1
            return True
        figures["b_larger" if gap > 0 else "b_smaller"] += 1
        self.sizes.append(abs(gap))
        within = abs(gap) <= tolerance
        figures["within_tolerance" if within else "differing"] += 1
        return not within

    def check(self, got: dict, where: str) -> None:
        for key, value in self.figures.items():
            assert got[key] == value, f"{where}: {key} {got[key]}, not {value}"
        largest = max(self.sizes, default=0)
        assert got["largest"] == largest, f"{where}: largest {got['largest']}, not {largest}"
        numbers = self.figures["compared"] - self.figures["no_number"]
        if numbers == 0:
            assert got["mean"] is None, where
            return
        whole = all(isinstance(size, int) for size in self.sizes)
        mean = (float(sum(self.sizes)) if whole else math.fsum(self.sizes)) / numbers
        assert got["mean"] == mean, f"{where}: mean {got['mean']!r}, not {mean!r}"
        bins: dict = {}
        for size in self.sizes:
            exponent = size.bit_length() - 1 if isinstance(size, int) else math.frexp(size)[1] - 1
            start = 0.0 if exponent < -149 else 2.0 ** min(exponent, 128)
            bins[start] = bins.get(start, 0) + 1
        found = dict(zip(got["histogram_from"], got["histogram"]))
        assert found == bins, f"{where}: {found}, not {bins}"


def is_none(value, marks) -> bool:
    return any(value == mark or (value != value and mark != mark) for mark in marks)


def text_of(value, dtype: numpy.dtype) -> str:
    if dtype.kind != "f":
        return str(value)
    if value != value or math.isinf(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return "%.*g" % ({2: 5, 4: 9, 8: 17}[dtype.itemsize], value)


def compare(one, other, box, channels, tolerance, marks, places):
    """All figures, and the first places."""
    left, top, width, height = box
    wants = {channel: Want() for channel in channels}
    first = []
    full_width = one.shape[1]
    a_rows, b_rows = one.tolist(), other.tolist()
    a_marks = [mark for mark in marks if fits(mark, one.dtype)]
    b_marks = [mark for mark in marks if fits(mark, other.dtype)]
    for y in range(top, top + height):
        for x in range(left, left + width):
            for channel in channels:
                a, b = a_rows[y][x][channel], b_rows[y][x][channel]
                a_none, b_none = is_none(a, a_marks), is_none(b, b_marks)
                if a_none and b_none:
                    wants[channel].figures["no_data"] += 1
                    continue
                gap = math.nan if a_none != b_none else difference(a, b)
                if wants[channel].add(gap, tolerance) and len(first) < places:
                    first.append({"channel": channel, "pixel": y * full_width + x, "x": x, "y": y,
                                  "a": text_of(a, one.dtype), "b": text_of(b, other.dtype)})
    return wants, first


def fits(mark, dtype: numpy.dtype) -> bool:
    """Whether a sample can be that."""
    if dtype.kind == "f":
        return True
    low, high = ends_of(dtype)
    return mark == mark and mark == math.floor(mark) and low <= mark <= high


def run(*arguments: str) -> tuple[int, dict]:
    done = subprocess.run([MMDIFF, "--json", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), f"{arguments}: {done.returncode}, {done.stderr}"
    return done.returncode, json.loads(done.stdout)


RUN_KEYS = ("seconds", "bytes_per_second", "io", "io_reason", "window_bytes", "threads", "windows", "peak_mapped_bytes",
            "minor_faults", "major_faults")


def check_round(draw: random.Random, number: int, shape: tuple[int, int], share: float) -> None:
    height, width = shape
    samples = draw.choice([1, 2, 3, 4])
    a_type, b_type = (numpy.dtype(draw.choice("<>") + draw.choice(KINDS)) for _ in range(2))
    if draw.random() < 0.5:
        b_type = a_type if draw.random() < 0.5 else a_type.newbyteorder()
    one, other = draw_pair(draw, a_type, b_type, (height, width, samples), share)
    a, b = Stored(draw, "a", one), Stored(draw, "b", other)
    both_raw = a.form == b.form == "raw"
    if both_raw:
        with numpy.errstate(all="ignore"):
            other = other.astype(a_type)
        other.transpose({"bip": (0, 1, 2), "bil": (0, 2, 1), "bsq": (2, 0, 1)}[a.options[-1][-3:]]).copy().tofile("b")
    options = a.options or b.options
    box = (0, 0, width, height)
    if draw.random() < 0.4:
        left, top = draw.randrange(width), draw.randrange(height)
        box = (left, top, draw.randint(1, width - left), draw.randint(1, height - top))
        options = [*options, f"--roi={box[0]},{box[1]},{box[2]}x{box[3]}"]
    channels = list(range(samples))
    if draw.random() < 0.3:
        channels = sorted(draw.sample(channels, draw.randint(1, samples)))
        options = [*options, "--channels=" + ",".join(str(channel) for channel in channels)]
    tolerance = draw.choice([0, 0, 1, 2.5, 300, 2**62])
    some: list[list[float]] = [[], [], [7], [math.nan, 3]]
    marks = draw.choice(some)
    places = draw.choice([0, 1, 10, 500])
    marks_text = ",".join(str(mark) for mark in marks) or "none"
    options = [*options, f"--tolerance={tolerance}", f"--places={places}", "--nodata=" + marks_text, "--any-type"]
    where = f"round {number}: {options} {a.name} {a_type.str} {b.name} {other.dtype.str}"
    wants, first = compare(one, other, box, channels, tolerance, marks, places)
    status, got = run(*options, a.name, b.name)
    for channel, figures in zip(channels, got["channels"]):
        assert figures["channel"] == channel, where
        wants[channel].check(figures, f"{where}, channel {channel}")
    assert got["first"] == first, f"{where}: {got['first']}, not {first}"
    differs = any(want.figures["differing"] for want in wants.values())
    assert status == int(differs) and got["equal"] == (not differs), where
    for more in (["-j1"], ["-j3", "--window=64K", "--max-mapped=2M"]):
        _, again = run(*options, *more, a.name, b.name)
        for key in RUN_KEYS:
            again[key] = got[key]
        assert again == got, f"{where}: {more}"
    quiet = subprocess.run([MMDIFF, "-q", *options, a.name, b.name], capture_output=True, text=True, check=False)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (status, "", ""), f"{where}: -q"


def main() -> None:
    rounds = int(os.environ.get("MMV_DIFF_ROUNDS", "40"))
    folder = tempfile.mkdtemp(prefix="mmview-diff.")
    try:
        for number in range(rounds):
            os.mkdir(os.path.join(folder, str(number)))
            os.chdir(os.path.join(folder, str(number)))
            # Now and then more than a block.
            large = number % 20 == 19
            draw = random.Random(number)
            check_round(draw, number, (70, 1100) if large else (draw.randint(1, 30), draw.randint(1, 40)),
                        0.001 if large else draw.choice([0, 0.01, 0.3]))
            os.chdir(folder)
            shutil.rmtree(str(number))
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    print(f"{rounds} pairs")


main()
