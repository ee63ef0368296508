"""mmrec against numpy: records of random layouts, of which a field is computed from others.

Run as: rec_oracle.py MMREC; MMV_REC_ROUNDS says how many layouts.
"""
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

MMREC = os.path.abspath(sys.argv[1])
if not shutil.which(os.environ.get("CC", "cc").split()[0]):
    print("SKIPPED: there is no C compiler for mmrec")
    sys.exit(77)

TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def type_text(kind: str) -> str:
    """numpy's '>u4' as --record has it."""
    order = {"<": "le", ">": "be", "|": ""}[kind[0]]
    return kind[1] + str(8 * int(kind[2:])) + order


def draw_layout(draw: random.Random) -> tuple[str, numpy.dtype, list[str]]:
    """Fields with gaps between them: the text, the dtype, and the names of the numbers that are no arrays."""
    texts, names, formats, offsets, plain, offset = [], [], [], [], [], 0
    for number in range(draw.randint(1, 8)):
        if draw.random() < 0.3:
            gap = draw.randint(1, 9)
            texts.append(f"gap[{gap}]")
            offset += gap
        kind = draw.choice(TYPES)
        kind = ("|" if kind[1] == "1" else draw.choice("<>")) + kind
        name, length = f"n{number}", draw.choice([0, 0, 0, 3])
        texts.append(f"{type_text(kind)} {name}" + (f"[{length}]" if length else ""))
        names.append(name)
        formats.append((kind, (length,)) if length else kind)
        offsets.append(offset)
        offset += int(kind[2:]) * (length or 1)
        if not length:
            plain.append(name)
    if draw.random() < 0.3:
        texts.append("gap[5]")
        offset += 5
    dtype = numpy.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": offset})
    return ", ".join(texts), dtype, plain


def compute(records: numpy.ndarray, name: str) -> tuple[str, numpy.ndarray]:
    """Code for one field, and its values by numpy."""
    old = records[name]
    kind, size = old.dtype.kind, old.dtype.itemsize
    if kind == "f":
        wide = {2: numpy.float32, 4: numpy.float32, 8: numpy.float64}[size]
        factor = "0.75f" if size < 8 else "0.75"
        new = old.astype(wide) * wide(0.75) + wide(2)
        return f"{name} = {name} * {factor} + 2", new.astype(old.dtype)
    if size == 8:
        return f"{name} = {name} * 3 + index", (
            old * numpy.array(3, old.dtype) + numpy.arange(len(old)).astype(old.dtype)
        ).astype(old.dtype)
    ends = numpy.iinfo(old.dtype)
    new = numpy.clip(old.astype(numpy.int64) * 2 - 100, ends.min, ends.max)
    return f"{name} = sat({name}, (i64){name} * 2 - 100)", new.astype(old.dtype)


def c_value(records: numpy.ndarray, name: str) -> str:
    """The first record's number as C writes it, of the number's own type."""
    dtype, value = records[name].dtype, records[name][0].item()
    if dtype.kind == "f":
        return repr(float(value))
    if dtype.kind == "u":
        return f"{value}u" if dtype.itemsize < 8 else f"{value}ull"
    return f"({value + 1}ll - 1)"


def bytes_of(records: numpy.ndarray, chosen: numpy.ndarray) -> bytes:
    """The bytes of some records, with those of their gaps, which numpy's own copies leave out."""
    rows = numpy.frombuffer(records.tobytes(), numpy.uint8).reshape(len(records), records.dtype.itemsize)
    return rows[chosen].tobytes()


def run(*words: str) -> None:
    """mmrec, which has to succeed."""
    done = subprocess.run([MMREC, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"


def try_layout(draw: random.Random, path: str) -> None:
    """One layout: changed in place, and filtered."""
    text, dtype, plain = draw_layout(draw)
    if not plain:
        return
    count = draw.choice([1, 2, 1000, 30011])
    data = bytearray(draw.randbytes(count * dtype.itemsize))
    records = numpy.frombuffer(data, dtype).copy()
    for name in plain:  # comparisons of bytes: a NaN's are the processor's own
        if dtype[name].kind == "f":
            records[name] = numpy.array([draw.uniform(-9, 9) for _ in range(count)])
    records.tofile(path)
    before = open(path, "rb").read()
    changed = numpy.frombuffer(bytearray(before), dtype)
    name = draw.choice(plain)
    code, new = compute(records, name)
    changed[name] = new
    how = draw.choice([["--io=mmap"], ["--io=buffered", "-j2"], ["--window=64K"], ["--journal=off"]])
    run("-i", f"--record={text}", *how, code, path)
    after = open(path, "rb").read()
    assert after == changed.tobytes(), f"--record='{text}' '{code}': another result than numpy's"
    value = c_value(changed, name)
    kept = bytes_of(changed, changed[name] > changed[name][0])
    run("-o", path + ".new", "-f", f"--record={text}", f"--where={name} > {value}", path)
    assert open(path + ".new", "rb").read() == kept, f"--record='{text}' --where='{name} > {value}'"


def key_of(draw: random.Random, records: numpy.ndarray, name: str) -> tuple[str, numpy.ndarray]:
    """An expression with some values, and these by numpy."""
    old = records[name]
    if draw.random() < 0.3:
        return "index % 7", numpy.arange(len(old)) % 7
    if old.dtype.kind == "f":
        return f"(i64)({name} * 2)", (old.astype(numpy.float64) * 2).astype(numpy.int64)
    shift = 8 * old.dtype.itemsize - 4
    return f"{name} >> {shift}", old >> old.dtype.type(shift)


def fold(values: numpy.ndarray) -> list[str]:
    """count(), sum, min and max as text: of integers, or of floats that are read back."""
    whole: list[float] = [int(value) if values.dtype.kind != "f" else float(value) for value in values]
    return [str(len(whole)), str(sum(whole)), str(min(whole)), str(max(whole))]


def is_close(text: str, wanted: str) -> bool:
    """Integers exactly; sums of floats have an order."""
    return text == wanted or abs(float(text) - float(wanted)) <= 1e-9 * (1 + abs(float(wanted)))


def try_groups(draw: random.Random, path: str) -> None:
    """One layout: figures of groups, the same for any number of threads and windows."""
    text, dtype, plain = draw_layout(draw)
    if not plain:
        return
    count = draw.choice([1, 1000, 100003])
    records = numpy.frombuffer(bytearray(draw.randbytes(count * dtype.itemsize)), dtype).copy()
    for name in plain:
        if dtype[name].kind == "f":
            records[name] = numpy.array([draw.uniform(-9, 9) for _ in range(count)])
    records.tofile(path)
    by, keys = key_of(draw, records, draw.choice(plain))
    name = draw.choice(plain)
    wide = records[name].astype(numpy.float64) if dtype[name].kind == "f" else records[name]
    ask = [MMREC, f"--record={text}", f"--by={by}", "--output=csv", f"--reduce=count(), sum({name}), min({name}), "]
    ask[-1] += f"max({name}), mean({name}), sd({name})"
    alone = subprocess.run([*ask, "-j1", "--io=buffered", path], capture_output=True, text=True, check=True).stdout
    for how in (["-j2", "--io=mmap"], ["-j3", "--window=64K"]):
        again = subprocess.run([*ask, *how, path], capture_output=True, text=True, check=True).stdout
        assert again == alone, f"{ask} {how}: other figures than one thread's"
    rows = [line.split(",") for line in alone.splitlines()[1:]]
    assert [int(row[0]) for row in rows] == sorted({int(key) for key in keys}), f"{ask}: {rows}"
    for row in rows:
        values = wide[keys == keys.dtype.type(int(row[0]))]
        good = all(is_close(*pair) for pair in zip(row[1:5], fold(values)))
        reals = values.astype(numpy.float64)
        assert good and numpy.isclose(float(row[5]), reals.mean()), f"{ask}: {row}"
        assert numpy.isclose(float(row[6]), reals.std(), atol=1e-9), f"{ask}: {row}"


def main() -> None:
    """All layouts, in a folder of their own."""
    draw = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        rounds = int(os.environ.get("MMV_REC_ROUNDS", "12"))
        for _ in range(rounds):
            try_layout(draw, os.path.join(folder, "data"))
        for _ in range((rounds + 1) // 2):
            try_groups(draw, os.path.join(folder, "data"))
    print(f"{rounds} layouts")


main()
