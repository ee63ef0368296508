# SPDX-License-Identifier: MIT
"""
pieces.py MMBRIGHT SHIM KIND [ROUNDS]: images that lie in pieces of a TIFF, changed and read by the tools in every way.
What a change must make of each byte of the file comes from tiffs.py alone.
"""

import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile

import tiffs

MMBRIGHT, SHIM, KIND = sys.argv[1:4]
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else int(os.environ.get("MMV_PIECES_ROUNDS", "8"))
FOLDER = os.path.dirname(MMBRIGHT)
TOOL = {name: os.path.join(FOLDER, name) for name in ("mmstat", "mmdump", "mmpng")}
os.environ.pop("OMP_NUM_THREADS", None)


def run(*command, status=0, environment=None):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        check=False,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
    )
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr.decode()[:500]}")
    return done


def parts(tiff):
    return ["--part=all"] if tiff.pages > 1 else []


def put(name, content):
    with open(name, "wb") as file:
        file.write(content)


def get(name):
    with open(name, "rb") as file:
        return file.read()


def compare(tiff, what, found, wanted):
    if found == wanted:
        return
    length = min(len(found), len(wanted))
    place = next((i for i in range(length) if found[i] != wanted[i]), length)
    raise AssertionError(f"{what}: {len(found)} and {len(wanted)} bytes, different at {place}\n{tiff}")


def selection(rng, tiff):
    """Some of the image: what is asked for, and the options that ask."""
    region = channels = None
    options = ["--part=all"] if tiff.pages > 1 else []
    if rng.random() < 0.5:
        height = tiff.height * tiff.pages
        x, y = rng.randrange(tiff.width), rng.randrange(height)
        region = (x, y, rng.randint(1, tiff.width - x), rng.randint(1, height - y))
        options.append("--roi={},{},{}x{}".format(*region))
    if rng.random() < 0.5:
        channels = sorted(rng.sample(range(tiff.samples), rng.randint(1, tiff.samples)))
        options.append("--channels=" + ",".join(map(str, channels)))
    return region, channels, options


def change_in_place(rng, tiff, options, wanted):
    put("in.tif", tiff.bytes)
    ways = ["--io=" + rng.choice(["auto", "mmap", "buffered", "direct"]), f"-j{rng.randint(1, 4)}"]
    ways += rng.choice([[], ["--verify"], ["--journal=power"], ["--journal=off"]])
    run(MMBRIGHT, "-q", "-i", "--add=7", *ways, *options, "in.tif")
    compare(tiff, f"in place {ways} {options}", get("in.tif"), wanted)


def count_saturated(rng, tiff, options, wanted):
    """The note tells how many samples saturate: as many as differ from a sum that does not."""
    if tiff.type[0] == "f":
        return
    put("in.tif", tiff.bytes)
    counted = json.loads(run(MMBRIGHT, "-n", "--count", "--json", "-i", "--add=7", *options, "in.tif").stdout)
    done = json.loads(run(MMBRIGHT, "-i", "--json", "--add=7", *options, "in.tif").stdout)
    for key in ("saturated_low", "saturated_high"):
        assert counted[key] == done[key], f"{key}: {counted[key]} {done[key]}\n{tiff}"
    saturated = sum(done["saturated_high"])
    high = (1 << (8 * tiff.size - (tiff.type[0] == "i"))) - 1
    region = tuple(map(int, options_region(options))) or (0, 0, tiff.width, tiff.height * tiff.pages)
    expected = 0
    for number, value in enumerate(tiff.value):
        pixel, c = divmod(number, tiff.samples)
        y, x = divmod(pixel, tiff.width)
        in_region = region[0] <= x < region[0] + region[2] and region[1] <= y < region[1] + region[3]
        expected += in_region and value + 7 > high and c in chosen(options, tiff)
    assert saturated == expected, f"saturated: {saturated} {expected} {options}\n{tiff}"


def options_region(options):
    text = [option[6:] for option in options if option.startswith("--roi=")]
    return text[0].replace("x", ",").split(",") if text else ()


def chosen(options, tiff):
    text = [option[11:] for option in options if option.startswith("--channels=")]
    return set(map(int, text[0].split(","))) if text else set(range(tiff.samples))


def change_in_shards(rng, tiff, options, wanted):
    put("in.tif", tiff.bytes)
    count = rng.randint(1, 7)
    order = list(range(1, count + 1))
    rng.shuffle(order)
    for index in order:
        run(MMBRIGHT, "-q", "-i", "--add=7", f"--shard={index}/{count}", *options, "in.tif")
    compare(tiff, f"{count} shards {options}", get("in.tif"), wanted)


def plan_of_shards(rng, tiff):
    """mmshard's parts have no gap and no overlap, and have what mmbright's shards change."""
    put("in.tif", tiff.bytes)
    count = rng.randint(1, 7)
    plan = [os.path.join(FOLDER, "mmshard"), "plan", f"--count={count}", *parts(tiff)]
    done = json.loads(run(*plan, "--output=json", "in.tif").stdout)
    borders = [(offset, offset + length) for offset, length in zip(done["offsets"], done["lengths"])]
    for (_, end), (begin, _) in zip(borders, borders[1:]):
        assert end == begin, f"mmshard plan: {borders}\n{tiff}"
    for index, (begin, end) in enumerate(borders, 1):
        shard = ["-n", "-i", "--json", "--add=7", f"--shard={index}/{count}", *parts(tiff)]
        own = json.loads(run(MMBRIGHT, *shard, "in.tif").stdout)
        first, last = own["offset"], own["offset"] + own["length"]
        # A sample that begins before a border belongs to the shard before it.
        assert own["length"] == 0 or begin <= first <= last < end + tiff.size, f"shard {own} of {borders}\n{tiff}"
    text = run(*plan, "in.tif").stdout.decode().split("\n")
    assert [line.split()[1] for line in text[:-1]] == [str(offset) for offset in done["offsets"]], text


def copy(rng, tiff, options, wanted):
    put("in.tif", tiff.bytes)
    run(MMBRIGHT, "-q", "-f", "--add=7", *rng.choice([[], ["--verify"]]), "-o", "out.tif", *options, "in.tif")
    compare(tiff, f"copy {options}", get("out.tif"), wanted)
    done = run(MMBRIGHT, "-q", "--add=7", "-o", "-", *options, "in.tif")
    compare(tiff, f"stdout {options}", done.stdout, wanted)
    compare(tiff, "a copy's source", get("in.tif"), bytes(tiff.bytes))


def copy_in_parts(rng, tiff, options, wanted):
    put("in.tif", tiff.bytes)
    shard = os.path.join(FOLDER, "mmshard")
    count = rng.randint(1, 7)
    run(shard, "prepare", "in.tif", "parts.tif")
    for index in range(1, count + 1):
        run(MMBRIGHT, "-q", "--add=7", "-o", "parts.tif", f"--shard={index}/{count}", *options, "in.tif")
    run(shard, "finish", "parts.tif")
    compare(tiff, f"{count} parts {options}", get("parts.tif"), wanted)
    os.remove("parts.tif")


def kill_and_go_on(rng, tiff, options, wanted):
    # Sanitizers that bring their own pwrite hide the shim's.
    if "address" in KIND or "thread" in KIND:
        return False
    put("in.tif", tiff.bytes)
    command = [MMBRIGHT, "-q", "-i", "--add=7", "--io=buffered", "-j2", "--verify", *options, "in.tif"]
    raised = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGKILL.value}:{rng.randint(1, 4)}:in.tif"}
    killed = run(*command, status=None, environment=raised).returncode == -signal.SIGKILL
    if killed:
        run(*command, status=0)
    compare(tiff, f"killed={killed}, gone on {options}", get("in.tif"), wanted)
    return killed


def others_bytes(tiff):
    """Bytes of the file that are no samples."""
    samples = set()
    for place in tiff.at.values():
        samples.update(range(place, place + tiff.size))
    return [place for place in range(len(tiff.bytes)) if place not in samples]


def lossy(tiff):
    """Of each channel otherwise."""
    return ["--gain=" + ",".join(str(0.3 + c / 16) for c in range(tiff.samples)), "--keep-undo"]


def left(kind):
    return [name for name in os.listdir(".") if name.startswith("in.tif" + kind)]


def there_and_back(rng, tiff, options, wanted):
    """Every byte comes back; what is no sample may change in between, and stays as it is then."""
    if not HAS_ZSTD:
        return
    put("in.tif", tiff.bytes)
    ways = ["--io=" + rng.choice(["auto", "mmap", "buffered", "direct"]), f"-j{rng.randint(1, 4)}"]
    counted = json.loads(run(MMBRIGHT, "-n", "-i", "--count", "--json", *lossy(tiff), *options, "in.tif").stdout)
    run(MMBRIGHT, "-q", "-i", *lossy(tiff), *ways, *rng.choice([[], ["--journal=power"]]), *options, "in.tif")
    changed = get("in.tif")
    size = os.path.getsize("in.tif.mmu.1")
    assert counted["undo_bytes"] >= size * 2 // 3 - 4096, f"{counted['undo_bytes']} and {size}\n{tiff}"
    different = [i for i in range(len(changed)) if changed[i] != tiff.bytes[i]]
    if different:
        place = rng.choice(different)
        put("in.tif", changed[:place] + bytes([changed[place] ^ 4]) + changed[place + 1 :])
        spoiled = get("in.tif")
        said = run(MMBRIGHT, "-q", "--undo", "in.tif", status=1).stderr
        assert b"was changed since, among the " in said, said
        compare(tiff, f"spoiled {options}", get("in.tif"), spoiled)
    now, old = bytearray(changed), bytearray(tiff.bytes)
    # What leads to the samples is asked again by nobody: all of it may change.
    for place in others_bytes(tiff):
        if rng.random() < 0.5:
            now[place] = old[place] = rng.randrange(256)
    put("in.tif", now)
    run(MMBRIGHT, "-q", "--undo", *ways, "in.tif")
    compare(tiff, f"there and back {ways} {options}", get("in.tif"), bytes(old))
    assert not left(".mm"), left(".mm")


def killed_there_and_back(rng, tiff, options):
    if not HAS_ZSTD or "address" in KIND or "thread" in KIND:
        return 0
    put("in.tif", tiff.bytes)
    kills = 0
    there = [MMBRIGHT, "-q", "-i", *lossy(tiff), "--io=buffered", "-j2", *options, "in.tif"]
    back = [MMBRIGHT, "-q", "--undo", "--io=buffered", "-j2", "in.tif"]
    for command in there, back:
        name = rng.choice(["in.tif", "in.tif.mmu.1"])
        raised = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGKILL.value}:{rng.randint(1, 4)}:{name}"}
        if run(*command, status=None, environment=raised).returncode == -signal.SIGKILL:
            kills += 1
            if left(".mmj.") or command is there or left(".mmu."):
                run(*command)
    compare(tiff, f"{kills} kills there and back {options}", get("in.tif"), bytes(tiff.bytes))
    assert not left(".mm"), left(".mm")
    return kills


def two_at_once(tiff):
    """One of them takes the run back, and the other one says why it does not."""
    if not HAS_ZSTD:
        return
    put("in.tif", tiff.bytes)
    run(MMBRIGHT, "-q", "-i", *lossy(tiff), *parts(tiff), "in.tif")
    both = [subprocess.Popen([MMBRIGHT, "-q", "--undo", "in.tif"], stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate()[1] for one in both]
    assert sorted(one.returncode for one in both) == [0, 1], said
    compare(tiff, f"two at once: {said}", get("in.tif"), bytes(tiff.bytes))
    assert not left(".mm"), left(".mm")


def one_page(rng, tiff):
    put("in.tif", tiff.bytes)
    page = rng.randrange(tiff.pages)
    run(MMBRIGHT, "-q", "-i", "--add=7", f"--part={page + 1}", "in.tif")
    compare(tiff, f"page {page + 1}", get("in.tif"), tiff.changed(7, pages=[page]))
    run(MMBRIGHT, "-q", "-i", "--add=7", f"--part={tiff.pages + 1}", "in.tif", status=1)


def figures(tiff):
    put("in.tif", tiff.bytes)
    put("in.raw", tiff.raw())
    raw = ["--format=raw", *tiff.options(), "in.raw"]
    want = ["--json", "--percentiles=0,25,50,99"]
    piece = json.loads(run(TOOL["mmstat"], *want, *parts(tiff), "in.tif").stdout)
    whole = json.loads(run(TOOL["mmstat"], *want, *raw).stdout)
    for key in ("count", "min", "max", "saturated_low", "saturated_high", "percentiles_0", "records"):
        assert piece[key] == whole[key], f"mmstat {key}: {piece[key]}, {whole[key]}\n{tiff}"
    for key in ("mean", "sd"):
        for a, b in zip(piece[key], whole[key]):
            assert abs(a - b) <= 1e-12 * max(1, abs(b)), f"mmstat {key}: {a} {b}\n{tiff}"
    again = json.loads(run(TOOL["mmstat"], *want, "-j1", *parts(tiff), "in.tif").stdout)
    assert (piece["mean"], piece["sd"]) == (again["mean"], again["sd"]), f"threads matter\n{tiff}"


def rows(rng, tiff):
    put("in.tif", tiff.bytes)
    done = run(TOOL["mmdump"], "--count=0", "--output=csv", *parts(tiff), "in.tif", status=None)
    # Planes that follow each other closely are one range.
    if b"do not lie together" in done.stderr:
        return
    assert done.returncode == 0, f"mmdump: {done.stderr}\n{tiff}"
    lines = done.stdout.decode().split("\r\n")[1:-1]
    assert len(lines) == tiff.width * tiff.height * tiff.pages, f"mmdump: {len(lines)} pixels\n{tiff}"
    for number in rng.sample(range(len(lines)), min(50, len(lines))):
        found = [float(text) for text in lines[number].split(",")]
        wanted = tiff.value[number * tiff.samples : (number + 1) * tiff.samples]
        near = all(abs(a - b) <= 1e-7 * abs(b) for a, b in zip(found, wanted))
        assert near, f"mmdump {number}: {found} {wanted}\n{tiff}"


def pictures(rng, tiff):
    if tiff.samples > 4 or not os.path.exists(TOOL["mmpng"]):
        return
    put("in.tif", tiff.bytes)
    put("in.raw", tiff.raw())
    options = ["-q", "-f", "--range=-1000,2000", f"--shrink={rng.choice([1, 1, 2, 3])}"]
    run(TOOL["mmpng"], "export", *options, *parts(tiff), "in.tif", "a.png")
    run(TOOL["mmpng"], "export", *options, "--format=raw", *tiff.options(), "in.raw", "b.png")
    compare(tiff, f"mmpng {options}", get("a.png"), get("b.png"))


def previews(tiff):
    if not os.path.exists(TOOL["mmpng"]):
        return
    put("in.tif", tiff.bytes)
    put("in.raw", tiff.raw())
    run(MMBRIGHT, "-q", "-f", "--add=7", "--preview=a.png", "-o", "out.tif", *parts(tiff), "in.tif")
    run(MMBRIGHT, "-q", "-f", "--add=7", "--preview=b.png", "-o", "out.raw", "--format=raw", *tiff.options(), "in.raw")
    # They are named after their files.
    a, b = get("a.png").replace(b"in.tif", b"in.raw"), get("b.png")
    compare(tiff, "preview", a[a.index(b"IDAT") :], b[b.index(b"IDAT") :])


def sequences(rng):
    """Images of one file, each behind a header, as one."""
    width, height, count, channels = rng.randint(1, 30), rng.randint(1, 9), rng.randint(2, 5), rng.choice((1, 3))
    magic = b"P5" if channels == 1 else b"P6"
    heads = [magic + b"\n" + b"# c\n" * rng.randint(0, 2) + b"%d %d\n255\n" % (width, height) for _ in range(count)]
    images = [rng.randbytes(width * height * channels) for _ in range(count)]
    x, y = rng.randrange(width), rng.randrange(height * count)
    region = (x, y, rng.randint(1, width - x), rng.randint(1, height * count - y))
    wanted = b""
    for number, (head, image) in enumerate(zip(heads, images)):
        changed = bytearray(image)
        for place in range(width * height):
            row, column = number * height + place // width, place % width
            if region[0] <= column < region[0] + region[2] and region[1] <= row < region[1] + region[3]:
                for c in range(place * channels, (place + 1) * channels):
                    changed[c] = min(255, changed[c] + 7)
        wanted += head + changed
    put("in.pnm", b"".join(head + image for head, image in zip(heads, images)))
    put("in.raw", b"".join(images))
    raw = ["--format=raw", "--type=u8", f"--samples={channels}", f"--width={width}", "in.raw"]
    a = json.loads(run(TOOL["mmstat"], "--json", "--part=all", "in.pnm").stdout)
    b = json.loads(run(TOOL["mmstat"], "--json", *raw).stdout)
    assert all(a[key] == b[key] for key in ("count", "min", "max")), f"{a} {b}"
    run(MMBRIGHT, "-q", "-f", "--add=7", "--part=all", "--roi={},{},{}x{}".format(*region), "-o", "out.pnm", "in.pnm")
    assert get("out.pnm") == wanted, f"copy of {count} images"
    run(MMBRIGHT, "-q", "-i", "--add=7", "--part=all", "--roi={},{},{}x{}".format(*region), "in.pnm")
    assert get("in.pnm") == wanted, f"{count} images in place"


def unit_of_fits(first, axes, samples, more=()):
    """A header and data unit: i16 samples, or none."""
    cards = ["SIMPLE  = %20s" % "T"] if first else ["XTENSION= 'IMAGE   '"]
    cards += ["BITPIX  = %20d" % 16, "NAXIS   = %20d" % len(axes)]
    cards += ["NAXIS%-3d= %20d" % (number + 1, axis) for number, axis in enumerate(axes)]
    cards += [] if first else ["PCOUNT  = %20d" % 0, "GCOUNT  = %20d" % 1]
    head = "".join(card.ljust(80) for card in [*cards, *more, "END"]).encode()
    return head.ljust(-(-len(head) // 2880) * 2880), samples.ljust(-(-len(samples) // 2880) * 2880, b"\0")


def table_of_fits():
    cards = ["XTENSION= 'BINTABLE'", "BITPIX  = %20d" % 8, "NAXIS   = %20d" % 2, "NAXIS1  = %20d" % 7]
    cards += ["NAXIS2  = %20d" % 5]
    cards += ["PCOUNT  = %20d" % 0, "GCOUNT  = %20d" % 1, "TFIELDS = %20d" % 1, "TFORM1  = '7A'", "END"]
    return "".join(card.ljust(80) for card in cards).encode().ljust(2880) + b"table".ljust(2880, b"\0")


def random_fits(rng):
    """The options that mean all of it as a raw image, the image's bytes, and what the file is with other samples."""
    width, height, count, planes = rng.randint(1, 300), rng.randint(1, 40), rng.randint(2, 5), rng.choice((1, 3))
    axes = [width, height] + ([planes] if planes > 1 else [])
    between = [rng.choice((b"", table_of_fits())) for _ in range(count)]
    is_apart, rest = rng.randrange(2), rng.choice((b"", b"rest"))
    size = 2 * width * height * planes
    images = [rng.randbytes(size) for _ in range(count)]

    def file_of(images):
        file = b"".join(unit_of_fits(True, [], b"")) if is_apart else b""
        for number, image in enumerate(images):
            head, data = unit_of_fits(not is_apart and number == 0, axes, image)
            file += head + data + between[number]
        return file + rest

    plane = 2 * width * height
    raw = b"".join(image[c * plane : (c + 1) * plane] for c in range(planes) for image in images)
    options = [f"--width={width}", f"--height={height * count}", f"--samples={planes}", "--type=i16be", "--layout=bsq"]
    return options, images, raw, file_of, width, height, planes


def brighter(raw, size, changes):
    """i16be samples, each plus 7 where 'changes' says so of its number."""
    values = struct.unpack(f">{size}h", raw)
    return struct.pack(f">{size}h", *(min(32767, v + 7) if changes(i) else v for i, v in enumerate(values)))


def units(rng):
    """Images of a FITS file, each in a unit of its own, as one."""
    options, images, raw, file_of, width, height, planes = random_fits(rng)
    count, size = len(images), len(images[0]) // 2
    x, y = rng.randrange(width), rng.randrange(height * count)
    region = (x, y, rng.randint(1, width - x), rng.randint(1, height * count - y))
    channel = rng.randrange(planes)

    def is_meant(number):
        def answer(i):
            plane, place = divmod(i, width * height)
            row, column = number * height + place // width, place % width
            inside = region[0] <= column < region[0] + region[2] and region[1] <= row < region[1] + region[3]
            return inside and plane == channel

        return answer

    wanted = file_of([brighter(image, size, is_meant(number)) for number, image in enumerate(images)])
    which = ["--part=all", "--roi={},{},{}x{}".format(*region), f"--channels={channel}"]
    put("in.fits", file_of(images))
    put("in.raw", raw)
    whole = ["--format=raw", *options, "in.raw"]
    a = json.loads(run(TOOL["mmstat"], "--json", "--percentiles=50", "--part=all", "in.fits").stdout)
    b = json.loads(run(TOOL["mmstat"], "--json", "--percentiles=50", *whole).stdout)
    assert all(a[key] == b[key] for key in ("count", "min", "max", "percentiles_0")), f"{a} {b}"
    if os.path.exists(TOOL["mmpng"]):
        run(TOOL["mmpng"], "export", "-q", "-f", "--part=all", "--channels=0", "in.fits", "a.png")
        run(TOOL["mmpng"], "export", "-q", "-f", "--channels=0", *whole, "b.png")
        assert get("a.png") == get("b.png"), f"picture of {count} units"
    dump = run(TOOL["mmdump"], "--output=csv", "--count=0", "--part=all", "in.fits").stdout.splitlines()
    assert len(dump) == 1 + width * height * count and dump[1] == b",".join(
        b"%d" % struct.unpack(">h", images[0][2 * c * width * height :][:2]) for c in range(planes)
    ), dump[:3]
    for way in ([], ["--verify"], ["--shard"]):
        put("in.fits", file_of(images))
        for shard in ["--shard=1/2", "--shard=2/2"] if way == ["--shard"] else [*way, ""][:1]:
            run(MMBRIGHT, "-q", "-i", "--add=7", *([shard] if shard else []), *which, "in.fits")
        assert get("in.fits") == wanted, f"{count} units in place, {way}"
    put("in.fits", file_of(images))
    run(MMBRIGHT, "-q", "-f", "--add=7", *which, "-o", "out.fits", "in.fits")
    assert get("out.fits") == wanted and get("in.fits") == file_of(images), f"copy of {count} units"
    if "address" in KIND or "thread" in KIND:
        return False
    raised = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGKILL.value}:{rng.randint(1, 2)}:in.fits"}
    command = [MMBRIGHT, "-q", "-i", "--add=7", "--io=buffered", "-j1", *which, "in.fits"]
    killed = run(*command, status=None, environment=raised).returncode == -signal.SIGKILL
    if killed:
        run(*command)
    assert get("in.fits") == wanted, f"{count} units, killed={killed}"
    return killed


def odd_units():
    """What is no image like the first is refused by its number; statistics of units are told, and stay."""
    first, other = unit_of_fits(True, [4, 3], bytes(24)), unit_of_fits(False, [4, 2], bytes(16))
    put("odd.fits", b"".join(first + other))
    said = run(MMBRIGHT, "-n", "-i", "--add=7", "--part=all", "odd.fits", status=1).stderr
    assert b"image 2 is not like image 1; --part=N takes one alone" in said, said
    scaled = unit_of_fits(False, [4, 3], bytes(24), ["BSCALE  =                  2.0"])
    put("odd.fits", b"".join(first + scaled))
    assert b"image 2 is not like" in run(TOOL["mmstat"], "--part=all", "odd.fits", status=1).stderr
    blank = unit_of_fits(False, [4, 3], bytes(24), ["BLANK   =                   -1"])
    put("odd.fits", b"".join(first + blank))
    assert b"image 2 is not like" in run(TOOL["mmstat"], "--part=all", "odd.fits", status=1).stderr
    packed = unit_of_fits(False, [4, 3], bytes(24), ["ZIMAGE  =                    T"])
    put("odd.fits", b"".join(first + packed))
    assert b"tiles are compressed" in run(TOOL["mmstat"], "--part=all", "odd.fits", status=1).stderr
    put("odd.fits", b"".join(first + unit_of_fits(False, [4, 3], bytes(24)))[: 3 * 2880 + 10])
    assert b"do not all lie in the file" in run(TOOL["mmstat"], "--part=all", "odd.fits", status=1).stderr
    ranged = unit_of_fits(False, [4, 3], bytes(24), ["DATAMAX =                  0.0"])
    put("odd.fits", b"".join(first + ranged))
    said = run(MMBRIGHT, "-i", "--add=7", "--fix-stats", "--part=all", "odd.fits").stderr
    assert b"DATAMAX is that of the samples before, and cannot be corrected here" in said, said
    assert b"DATAMAX =                  0.0" in get("odd.fits")
    put("odd.fits", b"".join(first))
    run(MMBRIGHT, "-q", "-i", "--add=7", "--part=all", "odd.fits")
    assert get("odd.fits")[2880:2904] == b"\0\7" * 12


def long_figures():
    """Statistics of 8 bytes in a BigTIFF: those that every sample is told from are corrected, and no others."""
    tags = [(256, 4, 4), (257, 4, 1), (258, 3, 64), (259, 3, 1), (262, 3, 1), (273, 16, 208), (277, 3, 1), (278, 4, 1)]
    tags += [(279, 16, 32), (339, 3, 2), (340, 17, -5), (341, 16, 9)]
    for largest in (1000, 1 << 60):
        file = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(tags))
        for tag, kind, value in tags:
            file += struct.pack("<HHQ", tag, kind, 1) + struct.pack("<q", value)
        file = file.ljust(208 + 64, b"\0")
        at = len(file)
        file = file.replace(struct.pack("<HHQq", 273, 16, 1, 208), struct.pack("<HHQq", 273, 16, 1, at))
        put("long.tif", file + struct.pack("<4q", -5, 0, 9, largest))
        done = run(MMBRIGHT, "-i", "--fix-stats", "--add=7", "long.tif")
        found = [struct.unpack_from("<q", get("long.tif"), 24 + 20 * i + 12)[0] for i in (10, 11)]
        assert found == [2, 1007 if largest == 1000 else 9], f"{found} {done.stderr}"
        assert (b"SMaxSampleValue has no room" in done.stderr) == (largest > 1000), done.stderr


def main():
    long_figures()
    odd_units()
    ways = [change_in_place, count_saturated, change_in_shards, copy, copy_in_parts, there_and_back]
    kills = undone = 0
    for seed in range(ROUNDS):
        rng = random.Random(seed)
        tiff = tiffs.random_tiff(seed)
        region, channels, options = selection(rng, tiff)
        wanted = tiff.changed(7, region, channels)
        for way in ways:
            way(rng, tiff, options, wanted)
        kills += kill_and_go_on(rng, tiff, options, wanted)
        undone += killed_there_and_back(rng, tiff, options)
        two_at_once(tiff)
        one_page(rng, tiff)
        plan_of_shards(rng, tiff)
        sequences(rng)
        kills += units(rng)
        figures(tiff)
        rows(rng, tiff)
        pictures(rng, tiff)
        previews(tiff)
    print(f"{ROUNDS} layouts, {kills} runs killed and gone on with, {undone} that keep what they lose or take it back")


def has_zstd():
    put("probe", bytes(8))
    return b"zstd" not in run(MMBRIGHT, "-n", "-i", "--add=1", "--keep-undo", "probe", status=None).stderr


SWEEP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "sweep_openmp.sh")
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    HAS_ZSTD = has_zstd()
    main()
subprocess.run(["sh", SWEEP], check=True)
