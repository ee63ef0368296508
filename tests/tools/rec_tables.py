"""mmrec without --record: the fields that NumPy and Astropy see in files that they wrote, and values of some.

Run as: rec_tables.py MMREC; MMV_TABLES_ROUNDS says how many layouts of NumPy, and a tenth of it tables of FITS.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from typing import Any, List, Tuple

try:
    import numpy
except ImportError:
    print("SKIPPED: there is no numpy (Debian: apt install python3-numpy)")
    sys.exit(77)
try:
    from astropy.io import fits
except ImportError:
    fits = None

MMREC = os.path.abspath(sys.argv[1])
if not shutil.which(os.environ.get("CC", "cc").split()[0]):
    print("SKIPPED: there is no C compiler for mmrec")
    sys.exit(77)

# What --record calls a field: its offset, its type, and its name with the number of elements.
Field = Tuple[int, str, str]

RESERVED = set(
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "asm typeof bool true false index sat clamp swap u8 i8 u16 i16 u32 i32 u64 i64 f16 f32 f64".split()
)
# All records have one of these lengths: code that names no field is compiled once for each.
SIZES = [256, 1024, 8192, 65536]


def mend(raw: bytes, taken: List[str]) -> str:
    """A name of C for the bytes of a name, unlike those that are taken."""
    name = re.sub(rb"[^A-Za-z0-9_]", b"_", raw).decode()
    if not re.match(rb"[A-Za-z]", raw) or re.match(rb"mmrec_|MMREC_", raw):
        name = "f" + name
    name = name[:52]
    if name in RESERVED:
        name += "_"
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.append(unique)
    return unique


def type_name(dtype: Any) -> str:
    """'u32be' for a number; "" when it is none that there is."""
    kind, size = dtype.kind, dtype.itemsize
    if kind not in "iuf" or size > 8:
        return ""
    order = "" if size == 1 else "be" if dtype.newbyteorder("S") == dtype.newbyteorder("<") else "le"
    return f"{kind}{8 * size}{order}"


def plain_field(dtype: Any, count: int, is_array: bool) -> Tuple[str, int, bool]:
    """Type, elements and whether it is an array; type "" = it is left out."""
    order: Any = dtype.byteorder
    if dtype.kind == "b":
        return "bool", count, is_array
    if dtype.kind == "S":
        return "char", dtype.itemsize * count, True
    if dtype.kind == "V":
        return "u8", dtype.itemsize * count, True
    if dtype.kind == "U":
        return type_name(numpy.dtype("u4").newbyteorder(order)), dtype.itemsize // 4 * count, True
    if dtype.kind == "c":
        half = dtype.itemsize // 2
        return type_name(numpy.dtype(f"f{half}").newbyteorder(order)) if half <= 8 else "", 2 * count, True
    if dtype.kind in "mM":
        return type_name(numpy.dtype("i8").newbyteorder(order)), count, is_array
    return type_name(dtype), count, is_array


def flatten(dtype: Any, base: int, prefix: bytes, taken: List[str], encoding: str) -> List[Field]:
    """The fields of a dtype, those of fields among them."""
    found: List[Field] = []
    for name in dtype.names:
        inner, offset = dtype.fields[name][:2]
        item, shape = inner.subdtype if inner.subdtype else (inner, None)
        count = int(numpy.prod(shape)) if shape is not None else 1
        raw = prefix + repr(name)[1:-1].encode(encoding)
        for i in range(count if item.names or (shape is not None and item.kind in "SUV") else 1):
            mark = f"_{i}".encode() if shape is not None and (item.names or item.kind in "SUV") else b""
            at = base + offset + i * item.itemsize
            if item.names:
                found += flatten(item, at, raw + mark + b"_", taken, encoding)
                continue
            kind, elements, is_array = plain_field(item, 1 if mark else count, shape is not None)
            if kind and elements:
                text = mend(raw + mark, taken)
                found.append((at, kind, f"{text}[{elements}]" if is_array else text))
    return found


# ---- NumPy -----------------------------------------------------------------------------------------------------------

NAMES = ["x", "id", "flux (Jy)", "1st", "_t", "int", "index", "a.b", "a'b", 'say "x"', "u8", "été", "温度"]
NAMES += ["mmrec_x", "back\\slash", "x" * 70, "a_b", "a b", "x_2", "new\nline"]
KINDS = "? u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 c8 c16 f16 M8[ns] m8[3D]".split()


def draw_type(draw: random.Random, depth: int) -> Any:
    """A type that NumPy takes as one of a field."""
    order = draw.choice("<>")
    if depth < 3 and draw.random() < 0.15:
        return draw_dtype(draw, depth + 1)
    kind = draw.choice([*KINDS, f"S{draw.randint(1, 9)}", f"U{draw.randint(1, 4)}", f"V{draw.randint(1, 9)}"])
    return kind if kind[0] in "?SV" or kind[1:] == "1" else order + kind


def draw_dtype(draw: random.Random, depth: int = 0) -> Any:
    """Some fields, with arrays, titles, padding."""
    fields = []
    names: List[str] = []
    for number in range(draw.randint(1, 6)):
        name = draw.choice(NAMES) if draw.random() < 0.6 else f"n{number}"
        if name in names:
            continue
        names.append(name)
        title = f"title {number}{depth}" if draw.random() < 0.1 else None
        shape = draw.choice([(), (), (), (2,), (1,), (2, 3)])
        entry: Tuple[Any, ...] = ((title, name) if title else name, draw_type(draw, depth))
        fields.append(entry + (shape,) if shape else entry)
    return numpy.dtype(fields, align=draw.random() < 0.4)


def draw_record(draw: random.Random) -> Any:
    """One of a length of SIZES: what is left is padding at its end."""
    while True:
        dtype: Any = draw_dtype(draw)
        size = next((size for size in SIZES if size >= dtype.itemsize), 0)
        if size:
            break
    names = list(dtype.names)
    layout: Any = {
        "names": names,
        "formats": [dtype.fields[n][0] for n in names],
        "offsets": [dtype.fields[n][1] for n in names],
        "itemsize": size,
        "titles": [dtype.fields[n][2] if len(dtype.fields[n]) > 2 else None for n in names],
    }
    return numpy.dtype(layout)


def plan_of(path: str, *words: str) -> Tuple[int, int, List[Field]]:
    """Where the records begin, how many there are, and their fields, by mmrec."""
    done = subprocess.run([MMREC, "-q", "-n", "-i", *words, "0;", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{path}: {done.stderr}"
    offset, records, fields = -1, -1, []
    for line in done.stdout.splitlines():
        found = re.match(r"  +(\d+)  (\S+) +(\S+?)(, stored with its highest bit turned over)?$", line)
        if found:
            fields.append((int(found[1]), found[2] + ("^" if found[4] else ""), found[3]))
        elif line.startswith("range:"):
            offset = int(line.split()[2].rstrip(","))
        elif line.startswith("records:"):
            records = int(line.split()[1])
    return offset, records, fields


def encoding_of(path: str) -> str:
    """Of the header: version 3.0 has another one."""
    with open(path, "rb") as file:
        return "utf-8" if file.read(7)[6] == 3 else "latin1"


def try_dtype(draw: random.Random, path: str) -> None:
    """One layout: its fields are NumPy's."""
    dtype = draw_record(draw)
    shape = draw.choice([(3,), (0,), (2, 2), ()])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numpy.save(path, numpy.zeros(shape, dtype))
    wanted = flatten(dtype, 0, b"", [], encoding_of(path))
    if not wanted:
        return
    offset, records, fields = plan_of(path)
    count = int(numpy.prod(shape))
    begin = os.path.getsize(path) - count * dtype.itemsize
    assert (offset, records) == (begin, count) or count == 0 == records, f"{dtype}: {offset}, {records}"
    assert fields == wanted, f"{dtype}:\n{fields}\n{wanted}"


def numbers_of(dtype: Any) -> List[str]:
    """Names of fields that are one integer each, and no other field's when they are mended."""
    return [n for n in dtype.names if dtype[n].kind in "iu" and re.fullmatch(r"x|id|n\d", n)]


def try_values(draw: random.Random, path: str) -> None:
    """One layout whose numbers are changed in place: NumPy sees what it would have made."""
    names: List[str] = []
    while not names:
        dtype = draw_record(draw)
        names = numbers_of(dtype)
    records = numpy.frombuffer(draw.randbytes(50 * dtype.itemsize), dtype).copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numpy.save(path, records)
    before = open(path, "rb").read()
    wanted = numpy.frombuffer(bytearray(before[len(before) - records.nbytes:]), dtype)
    code = "".join(f"{n} = {n} * 3 + 1;" for n in names)
    for n in names:
        wanted[n] = wanted[n] * numpy.array(3, dtype[n]) + numpy.array(1, dtype[n])
    done = subprocess.run([MMREC, "-q", "-i", code, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{dtype}: {done.stderr}"
    after = open(path, "rb").read()
    assert after == before[: len(before) - records.nbytes] + wanted.tobytes(), f"{dtype}: {code}"


# ---- FITS ------------------------------------------------------------------------------------------------------------

TURNED = {"B": (-128, "i8"), "I": (2**15, "u16be"), "J": (2**31, "u32be"), "K": (2**63, "u64be")}
STORED = {"L": ("char", 1), "X": ("u8", 1), "B": ("u8", 1), "I": ("i16be", 2), "J": ("i32be", 4), "K": ("i64be", 8)}
STORED.update({"A": ("char", 1), "E": ("f32be", 4), "D": ("f64be", 8), "C": ("f32be", 4), "M": ("f64be", 8)})


def draw_columns(draw: random.Random) -> Tuple[List[Any], List[Tuple[str, str, bool]]]:
    """Columns, and of each its name, its letter and whether it is an unsigned number."""
    columns, said, taken = [], [], []
    for number in range(draw.randint(1, 9)):
        name = draw.choice(["flux (Jy)", "1st", "INT", "int", "index", "a.b", f"C{number}", "RA", "x y", "x_y"])
        if name.lower() in taken:
            continue
        taken.append(name.lower())
        letter = draw.choice("LXBIJKAEDCMPQ")
        repeat = draw.choice([1, 1, 2, 7, 12])
        turned = letter in TURNED and draw.random() < 0.3
        form = f"{repeat if letter not in 'PQ' else ''}{letter}" + ("J()" if letter in "PQ" else "")
        more = {"bzero": TURNED[letter][0]} if turned else {}
        if letter in "BIJK" and draw.random() < 0.2:
            more["null"] = 7
        columns.append(fits.Column(name, form, **more))
        said.append((name, letter, turned))
    return columns, said


def try_table(draw: random.Random, path: str) -> None:
    """One table, behind an image or another table: its columns are Astropy's."""
    columns, said = draw_columns(draw)
    rows = draw.choice([0, 1, 5])
    units = [fits.PrimaryHDU(numpy.ones(draw.choice([1, 2000]), "i2"))]
    part = draw.choice([1, 2, 3])
    for _ in range(part - 1):
        other = fits.Column("other", "3J", array=numpy.ones((draw.choice([1, 999]), 3)))
        units.append(fits.BinTableHDU.from_columns([other]))
    row = fits.BinTableHDU.from_columns(columns).columns.dtype.itemsize
    size = next(size for size in SIZES if size >= row)
    if size > row:
        columns.append(fits.Column("fill", f"{size - row}A"))
        said.append(("fill", "A", False))
    units.append(fits.BinTableHDU.from_columns(columns, nrows=rows, name="Wanted"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.HDUList(units).writeto(path, overwrite=True)
        with fits.open(path) as there:
            dtype, begin = there[part].columns.dtype, there[part].fileinfo()["datLoc"]
    wanted: List[Field] = []
    taken: List[str] = []
    for name, letter, turned in said:
        inner, offset = dtype.fields[name][:2]
        if letter in "PQ" or inner.itemsize == 0:
            continue
        kind = TURNED[letter][1] + "^" if turned else STORED[letter][0]
        elements = inner.itemsize // STORED[letter][1]
        text = mend(name.encode(), taken)
        wanted.append((offset, kind, text if elements == 1 and letter not in "AX" else f"{text}[{elements}]"))
    found = plan_of(path, f"--part={draw.choice([str(part), 'wanted', 'WANTED,1'])}")
    assert found[1:] == (rows, wanted) and (rows == 0 or found[0] == begin), f"{said}:\n{found}\n{begin}, {wanted}"


def try_unsigned(path: str) -> None:
    """Unsigned and scaled numbers, in place: Astropy sees what it would have made."""
    old = {"I": numpy.array([0, 5, 40000, 65535], "u2"), "J": numpy.array([0, 5, 2**31, 2**32 - 1], "u4"),
           "K": numpy.array([0, 5, 2**63, 2**64 - 1], "u8")}
    columns = [fits.Column(f"c{k}", k, bzero=TURNED[k][0], array=v) for k, v in old.items()]
    # As it is stored, since Astropy 5.2 cannot write it otherwise.
    columns.append(fits.Column("sB", "B", array=numpy.array([0, 127, 128, 255], "u1")))
    columns.append(fits.Column("name", "4A", array=["a", "bb", "ccc", "dddd"]))
    table = fits.BinTableHDU.from_columns(columns)
    table.header["TZERO4"] = -128
    table.writeto(path, overwrite=True)
    words = [MMREC, "-q", "--where=!eq(name, \"bb\")", "-i", "cI /= 2, cJ /= 2, cK /= 2, sB = sB < 0 ? 1 : 2", path]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with fits.open(path) as there:
        data = there[1].data
        for k, values in old.items():
            # Halves tell numbers with a sign from others, which sums do not.
            wanted = values // numpy.array([2, 1, 2, 2], values.dtype)
            assert (data[f"c{k}"] == wanted).all(), f"{k}: {data[f'c{k}']}"
        assert list(data["sB"]) == [1, -1, 2, 2], data["sB"]


def main() -> None:
    """All of it, in a folder of its own."""
    seed = int(os.environ.get("MMV_TABLES_SEED", "7"))
    draw = random.Random(seed)
    rounds = int(os.environ.get("MMV_TABLES_ROUNDS", "120"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        for _ in range(rounds):
            try_dtype(draw, os.path.join(folder, "layout.npy"))
        for _ in range(max(2, rounds // 100)):
            try_values(draw, os.path.join(folder, "values.npy"))
        if fits is None:
            print("there is no Astropy (Debian: apt install python3-astropy): FITS is not tried")
        else:
            for _ in range(max(15, rounds // 10)):
                try_table(draw, os.path.join(folder, "table.fits"))
            try_unsigned(os.path.join(folder, "unsigned.fits"))
    print(f"{rounds} layouts")


main()
