#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Containers against the programs that people have: what they write is brightened in place, and read by them again;
what mmgen and mmbright -o write is read by them.

    oracles.py MMBRIGHT MMGEN MMSTAT [MMPNG]

A row that needs a program or a module that is not there is reported as skipped, with the Debian package that has it.
The exit status is 0, 1 when one failed, or 77 when none could be run.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import traceback
import zlib

try:
    import numpy
except ImportError:
    print("SKIPPED: all: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

MMBRIGHT, MMGEN, MMSTAT = (os.path.abspath(path) for path in sys.argv[1:4])
MMPNG = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 and sys.argv[4] else None
AMOUNT = 1000
rows = []


class Missing(Exception):
    """A program or a module is not there."""


def row(function):
    """A test: its name is the function's."""
    rows.append(function)
    return function


def need(name, package):
    """A program's path."""
    path = shutil.which(name)
    if not path:
        raise Missing(f"{name} (Debian: {package})")
    return path


def module(name, package):
    """A module of Python."""
    try:
        return __import__(name, fromlist=["*"])
    except ImportError as error:
        raise Missing(f"{name} (Debian: {package})") from error


def run(*command):
    """A program's output; its failure is the test's."""
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(
            f"{' '.join(map(str, command))}: {done.returncode}: {done.stderr.decode(errors='replace')}"
        )
    return done.stdout


def picture(kind, shape=(48, 70, 4), seed=1):
    """Samples all over the type, both ends among them."""
    kind = numpy.dtype(kind)
    source = numpy.random.default_rng(seed)
    if kind.kind == "f":
        return source.normal(0, 1e4, shape).astype(kind)
    limits = numpy.iinfo(kind)
    samples = source.integers(limits.min, limits.max, shape, dtype=kind.newbyteorder("="), endpoint=True).astype(kind)
    samples.flat[0], samples.flat[-1] = limits.max, limits.min
    return samples


def brighter(samples, amount=AMOUNT, gain=1.0):
    """What mmbright makes of them: a rounding each, and a stop at both ends."""
    kind = samples.dtype
    if kind.kind == "f":
        one = kind.newbyteorder("=").type
        result = samples.astype(one)
        return ((result * one(gain) if gain != 1 else result) + one(amount)).astype(kind)
    limits = numpy.iinfo(kind)
    wide = numpy.rint(samples.astype(numpy.float64) * gain) + amount
    return numpy.clip(wide, limits.min, limits.max).astype(kind)


def brighten(name, *options, amount=AMOUNT):
    run(MMBRIGHT, "-q", "-i", f"--add={amount}", *options, name)


def same(got, wanted):
    got = numpy.asarray(got)
    assert got.shape == wanted.shape, f"shape {got.shape} instead of {wanted.shape}"
    differ = numpy.argwhere(got.astype(wanted.dtype) != wanted)
    assert len(differ) == 0, f"{len(differ)} samples differ, the first at {differ[0]}"


def refused(*command, status=1, reason=""):
    """Fails with the reason, and changes nothing."""
    before = {name: open(name, "rb").read() for name in os.listdir(".") if os.path.isfile(name)}
    done = subprocess.run([MMBRIGHT, *command], capture_output=True, check=False)
    text = done.stderr.decode(errors="replace")
    assert done.returncode == status, f"{command}: exit status {done.returncode}: {text}"
    assert reason in text, f"{command}: {text}"
    after = {name: open(name, "rb").read() for name in os.listdir(".") if os.path.isfile(name)}
    assert before == after, f"{command}: a file was changed"


# ---- NumPy ---------------------------------------------------------------------------------------------------------


@row
def numpy_writes_and_reads():
    for kind in ("u1", "i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">i4", "<f4", ">f4", "<f8", ">f8"):
        samples = picture(kind)
        numpy.save("a.npy", samples)
        brighten("a.npy", amount=100)
        same(numpy.load("a.npy"), brighter(samples, 100))


@row
def numpy_shapes():
    for shape in ((7,), (5, 6), (5, 6, 3), (4, 5, 6), (2, 3, 4, 5), (3, 4, 5, 2)):
        samples = picture("<i2", shape)
        numpy.save("a.npy", samples)
        brighten("a.npy")
        same(numpy.load("a.npy"), brighter(samples))
    samples = picture("<i2", (5, 6, 30))
    numpy.save("a.npy", samples)
    brighten("a.npy", "--samples=30", "--channels=29")
    samples[:, :, 29] = brighter(samples[:, :, 29])
    same(numpy.load("a.npy"), samples)


@row
def numpy_records():
    samples = numpy.zeros((4, 5), dtype=[("red", "<i2"), ("green", "<i2"), ("blue", "<i2")])
    samples["red"], samples["blue"] = 7, 32767
    numpy.save("a.npy", samples)
    brighten("a.npy", "--channels=rb")
    got = numpy.load("a.npy")
    assert (got["red"] == 1007).all() and (got["green"] == 0).all() and (got["blue"] == 32767).all()


@row
def numpy_refused():
    numpy.save("complex.npy", numpy.zeros((3, 3), "c8"))
    refused("-i", "--add=10", "complex.npy", reason="descr")
    numpy.save("fortran.npy", numpy.asfortranarray(picture("<i2", (5, 6))))
    refused("-i", "--add=10", "fortran.npy", reason="fortran_order")
    numpy.savez("many.npz", picture("<i2"))
    refused("-i", "--add=10", "many.npz", reason="zip")
    numpy.save("a.npy", picture("<i2"))
    refused("-i", "--add=10", "--type=u8", "a.npy", status=2, reason="the header says i16le")
    refused("-i", "--add=10", "--width=71", "a.npy", status=2, reason="the header says 70")
    refused("-i", "--add=10", "--format=tiff", "a.npy", reason="does not begin as tiff")


@row
def numpy_reads_mmgen():
    for options, kind in (
        (("-t", "i16le"), "<i2"),
        (("-t", "f64be", "-s", "3"), ">f8"),
        (("-t", "u8", "-s", "1"), "u1"),
    ):
        run(MMGEN, *options, "--width=33", "--height=21", "--pattern=noise", "-f", "--format=npy", "a.npy")
        run(MMGEN, *options, "--width=33", "--height=21", "--pattern=noise", "-f", "a.raw")
        got = numpy.load("a.npy")
        assert got.dtype == numpy.dtype(kind), got.dtype
        same(got.ravel(), numpy.fromfile("a.raw", kind))


@row
def numpy_reads_a_copy_and_a_rectangle():
    samples = picture("<i2")
    numpy.save("a.npy", samples)
    run(MMBRIGHT, "-q", "-o", "b.npy", f"--add={AMOUNT}", "--roi=3,4,10x20", "a.npy")
    wanted = samples.copy()
    wanted[4:24, 3:13] = brighter(samples[4:24, 3:13])
    same(numpy.load("b.npy"), wanted)
    brighten("a.npy", "--offset=10px", "--length=5px")
    wanted = samples.reshape(-1, 4).copy()
    wanted[10:15] = brighter(wanted[10:15])
    same(numpy.load("a.npy").reshape(-1, 4), wanted)


# ---- mmstat --------------------------------------------------------------------------------------------------------

PERCENTILES = (0, 1, 25, 50, 99.9, 100)


def figures(name, *options):
    return json.loads(
        run(MMSTAT, "--json", "--percentiles=" + ",".join(map(str, PERCENTILES)), "--histogram=10", *options, name)
    )


def check_figures(samples, *options):
    """A channel's figures, as numpy and a sorted list have them."""
    numpy.save("s.npy", samples)
    got = figures("s.npy", f"--samples={samples.shape[-1]}", *options)
    for channel in range(samples.shape[-1]):
        values = samples[..., channel].astype(numpy.float64).ravel()
        finite = values[numpy.isfinite(values)]
        assert got["count"][channel] == len(finite) and got["nan"][channel] == numpy.isnan(values).sum()
        assert got["min"][channel] == finite.min() and got["max"][channel] == finite.max()
        assert abs(got["mean"][channel] - finite.mean()) <= 1e-12 * max(1, abs(finite).mean())
        assert abs(got["sd"][channel] - finite.std()) <= 1e-11 * max(1, finite.std())
        if samples.dtype.kind in "iu":
            limits = numpy.iinfo(samples.dtype)
            assert got["saturated_low"][channel] == (values == limits.min).sum()
            assert got["saturated_high"][channel] == (values == limits.max).sum()
        ranked = numpy.sort(values[~numpy.isnan(values)])
        for percentile, value in zip(PERCENTILES, got[f"percentiles_{channel}"]):
            rank = min(len(ranked) - 1, max(0, int(numpy.ceil(percentile / 100 * len(ranked))) - 1))
            assert value == (ranked[rank] if numpy.isfinite(ranked[rank]) else None), (percentile, value, ranked[rank])
        assert sum(got[f"histogram_{channel}"]) == len(finite)
    return {key: got[key] for key in ("mean", "sd", "percentiles_0", "histogram_0")}


@row
def numpy_agrees_with_mmstat():
    for kind in ("u1", "i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4"):
        for shape in ((7, 5, 1), (300, 400, 4), (100, 300, 3), (20, 30, 5)):
            check_figures(picture(kind, shape))
        check_figures(numpy.full((50, 40, 4), numpy.iinfo(kind).max, kind))
    for kind in ("<f4", ">f4", "<f8", ">f8"):
        for shape in ((7, 5, 1), (300, 400, 4), (900, 700, 3)):
            samples = picture(kind, shape) + numpy.dtype(kind).newbyteorder("=").type(1e6)
            samples = samples.astype(kind)
            samples.flat[3], samples.flat[9], samples.flat[27] = numpy.nan, numpy.inf, -numpy.inf
            wanted = check_figures(samples)
            for options in (["-j1"], ["-j7", "--io=buffered"], ["-j3", "--io=mmap", "--window=4M"]):
                assert check_figures(samples, *options) == wanted, options


@row
def numpy_agrees_with_mmstat_on_layouts():
    samples = picture("<i2", (48, 70, 3))
    for layout, order in (("bip", (0, 1, 2)), ("bil", (0, 2, 1)), ("bsq", (2, 0, 1))):
        numpy.ascontiguousarray(samples.transpose(order)).tofile("a.raw")
        got = figures("a.raw", "-t", "i16le", "-s", "3", "--width=70", "--height=48", f"--layout={layout}")
        for channel in range(3):
            assert got["count"][channel] == 48 * 70
            assert abs(got["mean"][channel] - samples[:, :, channel].mean()) < 1e-9
            assert got["percentiles_%d" % channel][5] == samples[:, :, channel].max()
    fits = module("astropy.io.fits", "python3-astropy")
    samples = picture(">u2", (20, 31))
    fits.PrimaryHDU(samples).writeto("a.fits")
    got = figures("a.fits")
    assert got["min"][0] == samples.min() and got["max"][0] == samples.max()
    assert abs(got["mean"][0] - samples.mean()) < 1e-9 and abs(got["sd"][0] - samples.astype(float).std()) < 1e-9


# ---- netpbm and farbfeld -------------------------------------------------------------------------------------------


@row
def netpbm_writes_and_reads():
    need("pamtopnm", "netpbm")
    for maximum, kind, depth in ((255, "u1", 3), (65535, ">u2", 3), (255, "u1", 1), (1000, ">u2", 3)):
        samples = picture("<u2", (20, 31, depth)) % (maximum + 1)
        samples = samples.astype(kind)
        magic = b"P6" if depth == 3 else b"P5"
        with open("a.pnm", "wb") as file:
            file.write(magic + b"\n# a comment\n31 20\n%d\n" % maximum + samples.tobytes())
        brighten("a.pnm", amount=100)
        wanted = numpy.minimum(samples.astype(int) + 100, maximum).astype(kind)
        same(numpy.frombuffer(run("pamtopnm", "a.pnm")[-samples.nbytes :], kind), wanted.ravel())
        with open("a.pnm", "rb") as source, open("a.pam", "wb") as file:
            subprocess.run([need("pamtopam", "netpbm")], stdin=source, stdout=file, check=True)
        brighten("a.pam", amount=100)
        wanted = numpy.minimum(wanted.astype(int) + 100, maximum).astype(kind)
        same(numpy.frombuffer(run("pamtopnm", "a.pam")[-samples.nbytes :], kind), wanted.ravel())


@row
def netpbm_reads_mmgen():
    need("pamtopnm", "netpbm")
    for depth, name in ((1, "a.pam"), (3, "a.pam"), (3, "a.ppm")):
        for kind, option in (("u1", "u8"), (">u2", "u16be")):
            run(
                MMGEN,
                "-f",
                "-t",
                option,
                "-s",
                depth,
                "--width=31",
                "--height=20",
                "--pattern=noise",
                "--format=" + ("pam" if name.endswith("pam") else "pnm"),
                name,
            )
            run(MMGEN, "-f", "-t", option, "-s", depth, "--width=31", "--height=20", "--pattern=noise", "a.raw")
            raw = open("a.raw", "rb").read()
            same(numpy.frombuffer(run("pamtopnm", name)[-len(raw) :], kind), numpy.frombuffer(raw, kind))


@row
def netpbm_refused():
    with open("bits.pbm", "wb") as file:
        file.write(b"P4\n8 1\n\0")
    refused("-i", "--add=10", "bits.pbm", reason="single bits")
    with open("text.pgm", "wb") as file:
        file.write(b"P2\n1 1\n255\n7\n")
    refused("-i", "--add=10", "text.pgm", reason="text")


@row
def farbfeld_both_ways():
    samples = picture(">u2", (20, 31, 4))
    with open("a.ff", "wb") as file:
        file.write(b"farbfeld" + numpy.array([31, 20], ">u4").tobytes() + samples.tobytes())
    brighten("a.ff")
    same(numpy.fromfile("a.ff", ">u2", offset=16).reshape(samples.shape), brighter(samples))
    run(MMGEN, "-f", "--width=31", "--height=20", "--format=farbfeld", "b.ff")
    assert open("b.ff", "rb").read(16) == b"farbfeld" + numpy.array([31, 20], ">u4").tobytes()


# ---- GDAL: ENVI, Esri, TIFF ----------------------------------------------------------------------------------------


def gdal():
    osgeo = module("osgeo", "python3-gdal")
    from osgeo import gdal as library

    library.UseExceptions()
    return osgeo and library


def gdal_write(name, samples, driver, *options):
    library = gdal()
    kinds = {
        "u1": library.GDT_Byte,
        "u2": library.GDT_UInt16,
        "i2": library.GDT_Int16,
        "u4": library.GDT_UInt32,
        "i4": library.GDT_Int32,
        "f4": library.GDT_Float32,
        "f8": library.GDT_Float64,
    }
    height, width, bands = samples.shape
    made = library.GetDriverByName(driver).Create(
        name, width, height, bands, kinds[samples.dtype.str[1:]], list(options)
    )
    for band in range(bands):
        made.GetRasterBand(band + 1).WriteArray(numpy.ascontiguousarray(samples[:, :, band]))
    del made


def gdal_read(name):
    opened = gdal().Open(name)
    array = opened.ReadAsArray()
    return array[:, :, None] if array.ndim == 2 else numpy.moveaxis(array, 0, 2)


@row
def gdal_envi():
    for interleave in ("BIP", "BIL", "BSQ"):
        for kind in ("u1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"):
            samples = picture(kind)
            gdal_write("a.img", samples, "ENVI", f"INTERLEAVE={interleave}")
            brighten("a.img", amount=100)
            same(gdal_read("a.img"), brighter(samples, 100))
            brighten("a.hdr", "--channels=1", amount=100)
            samples = brighter(samples, 100)
            samples[:, :, 1] = brighter(samples[:, :, 1], 100)
            same(gdal_read("a.img"), samples)
            run(MMBRIGHT, "-q", "-f", "-o", "b.img", "--add=100", "a.img")
            same(gdal_read("b.img"), brighter(samples, 100))


@row
def gdal_ehdr():
    for kind in ("u1", "<u2", "<i2", "<f4"):
        samples = picture(kind, (20, 31, 1))
        gdal_write("a.bil", samples, "EHdr")
        brighten("a.bil", amount=100)
        same(gdal_read("a.bil"), brighter(samples, 100))


@row
def gdal_reads_mmgen():
    gdal()
    for kind, numbers in (("i16le", "<i2"), ("u16be", ">u2"), ("f32le", "<f4"), ("u8", "u1")):
        run(MMGEN, "-f", "-t", kind, "--width=33", "--height=21", "--pattern=noise", "--format=envi", "a.img")
        same(gdal_read("a.img"), numpy.fromfile("a.img", numbers).reshape(21, 33, 4))


@row
def gdal_tiff():
    for kind in ("u1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"):
        for interleave in ("PIXEL", "BAND"):
            for options in ((), ("BIGTIFF=YES",), ("ENDIANNESS=BIG",)):
                samples = picture(kind)
                gdal_write("a.tif", samples, "GTiff", f"INTERLEAVE={interleave}", *options)
                brighten("a.tif", amount=100)
                same(gdal_read("a.tif"), brighter(samples, 100))
    run(MMBRIGHT, "-q", "-o", "b.tif", "--add=100", "--roi=1,2,3x4", "a.tif")
    samples = brighter(samples, 100)
    samples[2:6, 1:4] = brighter(samples[2:6, 1:4], 100)
    same(gdal_read("b.tif"), samples)


@row
def gdal_tiff_refused():
    samples = picture("<i2", (64, 64, 4))
    gdal_write("packed.tif", samples, "GTiff", "COMPRESS=DEFLATE")
    why = "Compression: 8: its samples are compressed; unpack them with tiffcp"
    refused("-i", "--add=10", "packed.tif", reason=why)
    run("gdal_translate", "-q", "-a_ullr", "0", "9", "9", "0", "-co", "COMPRESS=LZW", "packed.tif", "placed.tif")
    # tiffcp would lose where it lies on earth.
    refused("-i", "--add=10", "placed.tif", reason="gdal_translate -co COMPRESS=NONE")
    # A block that was never written has no place in the file.
    for options in ("TILED=YES", "BLOCKYSIZE=16"):
        gdal_create = ["gdal_create", "-of", "GTiff", "-co", "SPARSE_OK=TRUE", "-co", options, "-outsize", "64", "64"]
        run(*gdal_create, "-bands", "1", "-ot", "Byte", "sparse.tif")
        refused("-i", "--add=10", "sparse.tif", reason="is not in the file")
        os.remove("sparse.tif")


def gdal_layouts():
    for kind in ("Byte", "UInt16", "Int16", "UInt32", "Int32", "Float32", "Float64"):
        for order in ("PIXEL", "BAND"):
            for shape in ("TILED=NO", "TILED=YES", "BLOCKYSIZE=7"):
                for size in ("BIGTIFF=NO", "BIGTIFF=YES", "ENDIANNESS=BIG"):
                    yield kind, f"INTERLEAVE={order}", shape, size


@row
def gdal_writes_every_layout():
    source = picture("u1", (170, 131, 3)) // 2
    gdal_write("source.tif", source, "GTiff")
    for number, (kind, *options) in enumerate(gdal_layouts()):
        words = [word for option in options for word in ("-co", option)]
        # Not all of them each time: a program is started for each.
        if number % 4 == 0:
            run("gdal_translate", "-q", "-ot", kind, *words, "source.tif", "a.tif")
            before = gdal_read("a.tif")
            brighten("a.tif", amount=3)
            assert (gdal_read("a.tif").astype("f8") == before.astype("f8") + 3).all(), (kind, options)
    # Of 600 x 520 pixels there are smaller copies, which stay as they are.
    gdal_write("large.tif", picture("u1", (600, 520, 1)), "GTiff")
    run("gdal_translate", "-q", "-of", "COG", "-co", "COMPRESS=NONE", "-co", "BLOCKSIZE=128", "large.tif", "cog.tif")
    said = subprocess.run([MMBRIGHT, "-i", "--add=3", "cog.tif"], capture_output=True, check=True).stderr
    assert b"overviews stay as they are" in said or b"overview stays as it is" in said, said


@row
def gdal_says_no_data():
    gdal_write("source.tif", picture("<i2", (20, 31, 1)), "GTiff")
    run("gdal_translate", "-q", "-a_nodata", "-7", "source.tif", "a.tif")
    said = subprocess.run([MMBRIGHT, "-n", "-i", "--add=3", "a.tif"], capture_output=True, check=True).stderr
    assert b"GDAL_NODATA: samples of -7" in said, said


def tiff(*entries, data=b""):
    """A little-endian TIFF: (tag, type, values), the samples from byte 8."""
    at = 8 + len(data) + len(data) % 2
    body, extra = b"", b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, values in sorted(entries):
        packed = struct.pack("<%d%s" % (len(values), "H" if kind == 3 else "I"), *values)
        if len(packed) > 4:
            packed, extra = struct.pack("<I", behind + len(extra)), extra + packed
        body += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    return (
        b"II*\0"
        + struct.pack("<I", at)
        + data.ljust(at - 8, b"\0")
        + struct.pack("<H", len(entries))
        + body
        + bytes(4)
        + extra
    )


@row
def tiff_that_misleads():
    usual = [(256, 3, (4,)), (257, 3, (4,)), (258, 3, (8,)), (259, 3, (1,)), (262, 3, (1,)), (277, 3, (1,))]
    data = bytes(range(100, 140))
    strips = [(273, 4, (8, 12, 16, 20)), (278, 3, (1,)), (279, 4, (4, 4, 4, 4))]
    for name, entries, reason in (
        ("good", usual + strips, ""),
        ("shared", usual + [(273, 4, (8, 14, 17, 26)), (278, 3, (1,)), (279, 4, (6, 6, 6, 6))], "shares bytes"),
        ("nowhere", usual + [(273, 4, (8, 14, 0, 26)), (278, 3, (1,)), (279, 4, (6, 6, 6, 6))], "is not in the file"),
        ("head", usual + [(273, 4, (8, 14, 4, 26)), (278, 3, (1,)), (279, 4, (6, 6, 6, 6))], "in the file's header"),
        ("behind", usual + [(273, 4, (8, 14, 20, 9999)), (278, 3, (1,)), (279, 4, (6, 6, 6, 6))], "behind the file"),
        ("values", usual + [(273, 4, (8, 14, 20, 190)), (278, 3, (1,)), (279, 4, (6, 6, 6, 6))], "values of a"),
        ("inside", usual + [(273, 4, (8, 14, 20, 60)), (278, 3, (1,)), (279, 4, (6, 6, 6, 6))], "in a directory"),
        ("short", usual + [strips[0], strips[1], (279, 4, (4, 4, 4, 3))], "StripByteCounts"),
        ("few", usual + [(273, 4, (8, 12)), (278, 3, (1,)), (279, 4, (4, 4))], ""),
        ("bits", usual + strips + [(266, 3, (2,))], "FillOrder"),
        ("preview", usual + strips + [(254, 4, (1,))], "NewSubfileType"),
    ):
        with open(name + ".tif", "wb") as file:
            file.write(tiff(*entries, data=data))
        if name == "good":
            brighten("good.tif", amount=1)
            assert open("good.tif", "rb").read(24)[8:] == bytes(range(101, 117))
        else:
            refused("-i", "--add=10", name + ".tif", reason=reason)


@row
def libtiff_writes_and_reads():
    need("tiffcp", "libtiff-tools")
    need("pnmtotiff", "netpbm")
    # Of 16 bits tifftopnm gives the upper ones twice.
    samples = picture("u1", (20, 31, 3))
    with open("a.ppm", "wb") as file:
        file.write(b"P6\n31 20\n255\n" + samples.tobytes())
    with open("a.tif", "wb") as file:
        file.write(run("pnmtotiff", "-none", "-truecolor", "a.ppm"))
    for order, name in (("-L", "little.tif"), ("-B", "big.tif")):
        run("tiffcp", order, "-c", "none", "-r", "3", "a.tif", name)
        brighten(name, amount=100)
        same(numpy.frombuffer(run("tifftopnm", name)[-samples.nbytes :], "u1"), brighter(samples, 100).ravel())


@row
def tiff_in_any_order():
    usual = [(256, 3, (4,)), (257, 3, (4,)), (258, 3, (8,)), (259, 3, (1,)), (262, 3, (1,)), (277, 3, (1,))]
    data = bytes(range(100, 140))
    with open("a.tif", "wb") as file:
        file.write(tiff(*usual, (273, 4, (26, 14, 20, 8)), (278, 3, (1,)), (279, 4, (6, 6, 6, 6)), data=data))
    run(MMBRIGHT, "-q", "-i", "--add=1", "--roi=1,0,2x3", "a.tif")
    wanted = bytearray(data)
    for start in (26, 14, 20):
        wanted[start - 7] += 1
        wanted[start - 6] += 1
    assert open("a.tif", "rb").read(48)[8:] == bytes(wanted)


@row
def tifffile_writes_every_layout():
    tifffile = module("tifffile", "python3-tifffile")
    number = 0
    for kind in ("u1", "i2", "u4", "u8", "f2", "f4", "f8"):
        for tile in (None, (16, 16), (64, 32)):
            for planar in (None, "contig", "separate"):
                for pages in (1, 3):
                    number += 1
                    shape = {None: (50, 70), "contig": (50, 70, 3), "separate": (3, 50, 70)}[planar]
                    samples = numpy.arange(numpy.prod(shape) * pages).reshape((pages, *shape)) % 97
                    samples = samples.astype(kind)
                    more = {"planarconfig": planar} if planar else {}
                    more["photometric"] = "rgb" if planar else "minisblack"
                    more["byteorder"], more["bigtiff"] = "<>"[number % 2], number % 3 == 0
                    tifffile.imwrite("a.tif", samples, tile=tile, metadata=None, **more)
                    brighten("a.tif", "--part=all", amount=5)
                    found = tifffile.imread("a.tif").reshape(samples.shape)
                    assert (found == samples + numpy.array(5, samples.dtype)).all(), (kind, tile, planar, pages)


@row
def tiff_pages_are_chosen():
    tifffile = module("tifffile", "python3-tifffile")
    samples = picture("<u2", (3, 20, 31)) // 2
    tifffile.imwrite("a.tif", samples, metadata=None, photometric="minisblack")
    said = subprocess.run([MMBRIGHT, "-i", "--add=10", "a.tif"], capture_output=True, check=True).stderr
    assert b"page 1 of 3 is taken" in said, said
    brighten("a.tif", "--part=3", amount=10)
    wanted = samples.copy()
    wanted[0] += 10
    wanted[2] += 10
    same(tifffile.imread("a.tif"), wanted)
    refused("-i", "--add=10", "--part=4", "a.tif", reason="there is no page")
    refused("-i", "--add=10", "--part=last", "a.tif", reason="there is no page")
    # A shape with one directory.
    tifffile.imwrite("b.tif", samples, photometric="minisblack", truncate=True)
    brighten("b.tif", amount=10)
    same(tifffile.imread("b.tif"), samples + 10)


@row
def tifffile_stacks():
    tifffile = module("tifffile", "python3-tifffile")
    samples = picture("<u2", (5, 20, 31))
    tifffile.imwrite("a.tif", samples, imagej=True)
    opened = tifffile.TiffFile("a.tif")
    one = len(opened.pages) == 1
    opened.close()
    brighten("a.tif")
    if not one:
        samples[0] = brighter(samples[0])
        same(tifffile.imread("a.tif"), samples)
    else:
        same(tifffile.imread("a.tif"), brighter(samples))


# ---- libvips -------------------------------------------------------------------------------------------------------


@row
def vips_writes_and_reads():
    vips = need("vips", "libvips-tools")
    formats = {
        "u1": "uchar",
        "<u2": "ushort",
        "<i2": "short",
        "<u4": "uint",
        "<i4": "int",
        "<f4": "float",
        "<f8": "double",
    }
    for kind, name in formats.items():
        samples = picture(kind)
        samples.tofile("a.raw")
        run(vips, "rawload", "a.raw", "a.v", 70, 48, 4, "--format", name)
        brighten("a.v", amount=100)
        run(vips, "rawsave", "a.v", "b.raw")
        same(numpy.fromfile("b.raw", kind).reshape(samples.shape), brighter(samples, 100))


# ---- FITS ----------------------------------------------------------------------------------------------------------


@row
def astropy_writes_and_reads():
    fits = module("astropy.io.fits", "python3-astropy")
    for kind in ("u1", ">i2", ">u2", ">i4", ">u4", ">f4", ">f8", "i1"):
        for shape in ((20, 31), (3, 20, 31)):
            samples = picture(kind, shape)
            fits.PrimaryHDU(samples).writeto("a.fits", overwrite=True)
            brighten("a.fits", amount=100)
            wanted = brighter(samples, 100)
            same(fits.getdata("a.fits"), wanted)
            if samples.dtype.kind != "f":
                brighten("a.fits", "--gain=1.5", amount=7)
                same(fits.getdata("a.fits"), brighter(wanted, 7, 1.5))


@row
def astropy_scaled_and_extensions():
    fits = module("astropy.io.fits", "python3-astropy")
    samples = picture(">i2", (20, 31))
    units = [fits.PrimaryHDU(), fits.ImageHDU(samples)]
    units[1].header["BSCALE"], units[1].header["BZERO"] = 0.5, 3
    fits.HDUList(units).writeto("a.fits", overwrite=True)
    stored = fits.open("a.fits", do_not_scale_image_data=True)[1].data.copy()
    brighten("a.fits", amount=10)
    after = fits.open("a.fits", do_not_scale_image_data=True)[1].data
    same(after, brighter(stored, 20))
    brighten("a.fits", amount=0.5)
    same(fits.open("a.fits", do_not_scale_image_data=True)[1].data, brighter(brighter(stored, 20), 1))
    refused("-i", "--add=0.3", "a.fits", status=2, reason="cannot change by that exactly")


@row
def cfitsio_reads():
    funpack, fpack = need("funpack", "libcfitsio-bin"), need("fpack", "libcfitsio-bin")
    fits = module("astropy.io.fits", "python3-astropy")
    samples = picture(">i2", (40, 61))
    fits.PrimaryHDU(samples).writeto("a.fits", overwrite=True)
    run(fpack, "-r", "-O", "packed.fits", "a.fits")
    refused("-i", "--add=10", "packed.fits", reason="ZIMAGE")
    brighten("a.fits")
    run(fpack, "-r", "-O", "again.fz", "a.fits")
    run(funpack, "-O", "unpacked.fits", "again.fz")
    same(fits.getdata("unpacked.fits"), brighter(samples))


@row
def negative_scales_turn_figures():
    fits = module("astropy.io.fits", "python3-astropy")
    samples = numpy.array([[0] * 60 + [100] * 30 + [400] * 10], ">i2")
    unit = fits.PrimaryHDU(samples)
    unit.header["BSCALE"] = -1
    unit.writeto("a.fits")
    got = figures("a.fits")
    assert got["min"][0] == -400 and got["max"][0] == 0 and got["mean"][0] == -70
    assert got["percentiles_0"] == [-400, -400, -100, 0, 0, 0], got["percentiles_0"]
    assert got["histogram_0"][0] == 10 and got["histogram_0"][9] == 60, got["histogram_0"]
    refused("-i", "--add=10", "a.fits", status=2, reason="negative")
    for options, wanted in (("--add=10", "--add=-10"), ("--gain=2", "--gain=2"), ("--clamp=-350,0", "--clamp=0,350")):
        done = subprocess.run([MMBRIGHT, "-n", "-i", options, "a.fits"], capture_output=True)
        advice = re.search(r"of the stored samples, (--format=raw .*)", done.stderr.decode()).group(1)
        assert advice.endswith(" " + wanted), advice
    subprocess.run([MMBRIGHT, "-i", "-q", *advice.split()[:-1], "--add=-10", "a.fits"], check=True)
    same(fits.getdata("a.fits"), 10 - samples.astype("i4"))


@row
def stale_statistics_are_reported():
    fits = module("astropy.io.fits", "python3-astropy")
    unit = fits.PrimaryHDU(picture(">i2", (20, 31)))
    unit.header["DATAMIN"], unit.header["DATAMAX"] = -1.0, 7.0
    unit.writeto("a.fits", checksum=True)
    for options, wanted in (((), "DATAMIN, DATAMAX, CHECKSUM, DATASUM"), (("-q",), ""), (("-n",), "")):
        done = subprocess.run([MMBRIGHT, "-i", "--add=10", *options, "a.fits"], capture_output=True, check=True)
        assert (wanted in done.stderr.decode()) if wanted else not done.stderr, (options, done.stderr)


@row
def statistics_are_corrected():
    fits = module("astropy.io.fits", "python3-astropy")
    mrcfile = module("mrcfile", "python3-mrcfile")
    for kind in (">i2", ">f4", ">u2"):
        for where in ("in place", "a copy"):
            unit = fits.PrimaryHDU(picture(kind, (20, 31)))
            unit.header["DATAMIN"], unit.header["DATAMAX"] = -1.0, 7.0
            unit.writeto("a.fits", overwrite=True)
            name = "a.fits" if where == "in place" else "b.fits"
            run(
                MMBRIGHT,
                "-q",
                "--add=10",
                "--fix-stats",
                *(("-i",) if where == "in place" else ("-f", "--verify", "-o", name)),
                "a.fits",
            )
            header, data = fits.getheader(name), fits.getdata(name)
            assert header["DATAMIN"] == data.min() and header["DATAMAX"] == data.max(), (kind, where)
            fits.open(name).verify("exception")
    for kind in ("<i2", "<f4"):
        with mrcfile.new("a.mrc", overwrite=True) as file:
            file.set_data(picture(kind, (3, 20, 31)))
        run(MMBRIGHT, "-q", "-i", "--add=10", "--fix-stats", "a.mrc")
        with mrcfile.open("a.mrc") as file:
            data = file.data.astype(numpy.float64)
            assert file.header.dmin == numpy.float32(data.min()) and file.header.dmax == numpy.float32(data.max())
            assert abs(file.header.dmean - data.mean()) <= 1e-5 * abs(data).mean()
            assert abs(file.header.rms - data.std()) <= 1e-5 * data.std()
    nibabel = module("nibabel", "python3-nibabel")
    for form in (nibabel.Nifti1Image, nibabel.Nifti2Image):
        image = form(picture("<i2", (20, 31, 3)), numpy.eye(4))
        image.header["cal_min"], image.header["cal_max"] = 1, 2
        nibabel.save(image, "a.nii")
        run(MMBRIGHT, "-q", "-i", "--add=10", "--fix-stats", "a.nii")
        image = nibabel.load("a.nii")
        data = numpy.asanyarray(image.dataobj)
        assert image.header["cal_min"] == data.min() and image.header["cal_max"] == data.max(), form
    samples = picture("<i2", (20, 31))
    for low in ("0", "00"):
        samples.tofile("a.raw")
        with open("a.mhd", "w", encoding="ascii") as file:
            file.write(
                f"NDims = 2\nDimSize = 31 20\nElementMin = {low}00000\nElementMax = 7\nElementType = MET_SHORT\n"
                "ElementDataFile = a.raw\n"
            )
        done = subprocess.run([MMBRIGHT, "-i", "--add=10", "--fix-stats", "a.mhd"], capture_output=True, check=True)
        text = open("a.mhd", encoding="ascii").read()
        assert f"ElementMin = {brighter(samples, 10).min()}" in text and "ElementMax = 7\n" in text, text
        assert b"ElementMax has no room" in done.stderr, done.stderr
        run(MMBRIGHT, "-q", "-f", "-o", "another.mhd", "--fix-stats", "--add=-100", "a.mhd")
        text = open("another.mhd", encoding="ascii").read()
        assert f"ElementMin = {brighter(brighter(samples, 10), -100).min()}" in text and "another.raw" in text, text


@row
def checksums_are_corrected():
    """An image in the first unit and one in an extension, whose data fill their blocks or do not; Astropy verifies."""
    fits = module("astropy.io.fits", "python3-astropy")
    for kind, shape in ((">i2", (20, 31)), (">f4", (3, 16, 60)), ("u1", (1, 5)), ("u1", (48, 60))):
        for extension in (False, True):
            unit = fits.ImageHDU(picture(kind, shape)) if extension else fits.PrimaryHDU(picture(kind, shape))
            unit.header["DATAMIN"] = -1.0
            units = fits.HDUList([fits.PrimaryHDU(), unit] if extension else [unit])
            units.writeto("a.fits", overwrite=True, checksum=True)
            run(MMBRIGHT, "-q", "-f", "--add=10", "-o", "b.fits", "a.fits")
            with fits.open("b.fits") as file:
                assert file[-1].verify_datasum() == 0, "the change should have made it wrong"
            run(MMBRIGHT, "-q", "-f", "--add=10", "--fix-stats", "-o", "b.fits", "a.fits")
            run(MMBRIGHT, "-q", "-i", "--add=10", "--fix-stats", "a.fits")
            for name in ("a.fits", "b.fits"):
                with fits.open(name) as file:
                    assert file[-1].verify_datasum() == 1 and file[-1].verify_checksum() == 1, (kind, shape, name)
                    assert file[-1].header["DATAMIN"] == file[-1].data.min()
                    file.verify("exception")
            with open("a.fits", "rb") as one, open("b.fits", "rb") as other:
                assert one.read() == other.read()


@row
def tags_of_tiff_are_corrected():
    """One value for all channels and one for each, in the directory and behind it, of both byte orders and both
    sizes."""
    tifffile = module("tifffile", "python3-tifffile")
    low, high, slow, shigh = 280, 281, 340, 341
    for kind, field in (("u1", "H"), ("<u2", "H"), ("<i2", "h"), ("<f4", "f"), ("<f8", "d"), ("<u2", "d")):
        for order, big, planar in (("<", False, "CONTIG"), (">", True, "CONTIG"), (">", False, "SEPARATE")):
            samples = picture(kind, (20, 31, 3)) if planar == "CONTIG" else picture(kind, (3, 20, 31))
            zeros = (0, 0, 0)
            tags = [(slow, field, 3, zeros, False), (shigh, field, 3, zeros, False)]
            if kind in ("u1", "<u2"):
                tags += [(low, "H", 3, zeros, False), (high, "H", 1, 0, False)]
            tifffile.imwrite(
                "a.tif",
                samples,
                photometric="rgb",
                planarconfig=planar,
                extratags=tags,
                bigtiff=big,
                byteorder=order,
                metadata=None,
            )
            run(MMBRIGHT, "-q", "-i", "--fix-stats", "--add=3", "a.tif")
            with tifffile.TiffFile("a.tif") as file:
                page = file.pages[0]
                data = page.asarray()
                channels = numpy.moveaxis(data, -1 if planar == "CONTIG" else 0, 0).reshape(3, -1)
                got = {tag: page.tags[tag].value for tag in (slow, shigh)}
                assert tuple(got[slow]) == tuple(channels.min(axis=1)), (kind, order, got)
                assert tuple(got[shigh]) == tuple(channels.max(axis=1)), (kind, order, got)
                if kind in ("u1", "<u2"):
                    # One for all channels: libtiff refuses others.
                    assert tuple(page.tags[low].value) == (data.min(),) * 3, (kind, order)
                    assert page.tags[high].value == data.max()
            run("tiffinfo", "a.tif")
    # A field that cannot hold the value, and one of a kind that no sample is.
    tifffile.imwrite(
        "a.tif",
        picture("<f4", (20, 31)) + 0.5,
        extratags=[(slow, "H", 1, 5, False), (shigh, "2I", 1, (1, 1), False)],
        metadata=None,
    )
    done = subprocess.run([MMBRIGHT, "-i", "--add=10", "--fix-stats", "a.tif"], capture_output=True, check=True)
    assert b"SMinSampleValue has no room" in done.stderr and b"SMaxSampleValue is that of" in done.stderr, done.stderr


# ---- NIfTI, MRC, NRRD, MetaImage -----------------------------------------------------------------------------------


@row
def nibabel_writes_and_reads():
    nibabel = module("nibabel", "python3-nibabel")
    for kind in ("u1", "<i2", "<u2", "<i4", "<f4", "<f8"):
        for maker in (nibabel.Nifti1Image, nibabel.Nifti2Image):
            samples = picture(kind, (9, 8, 7))
            nibabel.save(maker(samples, numpy.eye(4)), "a.nii")
            brighten("a.nii", amount=100)
            same(numpy.asanyarray(nibabel.load("a.nii").dataobj), brighter(samples, 100))
    samples = picture("<i2", (9, 8, 7))
    nibabel.save(nibabel.Nifti1Pair(samples, numpy.eye(4)), "pair.hdr")
    for name in ("pair.hdr", "pair.img"):
        brighten(name, amount=100)
        samples = brighter(samples, 100)
        same(numpy.asanyarray(nibabel.load("pair.img").dataobj), samples)


@row
def mrcfile_writes_and_reads():
    mrcfile = module("mrcfile", "python3-mrcfile")
    for kind in ("i1", "<i2", "<u2", "<f4"):
        samples = picture(kind, (3, 20, 31))
        with mrcfile.new("a.mrc", overwrite=True) as file:
            file.set_data(samples)
        brighten("a.mrc", amount=100)
        with mrcfile.open("a.mrc", permissive=True) as file:
            same(file.data, brighter(samples, 100))


@row
def teem_nrrd():
    unu = shutil.which("teem-unu") or need("unu", "teem-apps")
    for endian, order in (("little", "<"), ("big", ">")):
        samples = picture(order + "i2", (20, 31, 3))
        samples.tofile("a.raw")
        run(unu, "make", "-i", "a.raw", "-t", "short", "-s", 3, 31, 20, "-e", "raw", "-en", endian, "-o", "a.nrrd")
        brighten("a.nrrd", amount=100)
        run(unu, "save", "-f", "nrrd", "-e", "raw", "-en", endian, "-i", "a.nrrd", "-o", "b.nhdr")
        same(numpy.fromfile("b.raw", order + "i2").reshape(samples.shape), brighter(samples, 100))
        brighten("b.nhdr", amount=100)
        run(unu, "save", "-f", "nrrd", "-e", "ascii", "-i", "b.nhdr", "-o", "c.nrrd")
        text = open("c.nrrd", "rb").read().split(b"\n\n", 1)[1]
        same(numpy.array(text.split(), int).reshape(samples.shape), brighter(brighter(samples, 100), 100).astype(int))
        run(unu, "save", "-f", "nrrd", "-e", "gzip", "-i", "b.nhdr", "-o", "packed.nrrd")
        refused("-i", "--add=10", "packed.nrrd", reason="encoding")


@row
def metaimage_both_ways():
    # ITK is not asked: its format is text, written here as its documentation has it.
    samples = picture(">i2", (4, 20, 31))
    head = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = True\nElementMin = -32768\n"
        "CompressedData = False\nDimSize = 31 20 4\nElementType = MET_SHORT\nElementDataFile = "
    )
    with open("a.mha", "wb") as file:
        file.write(head.encode() + b"LOCAL\n" + samples.tobytes())
    brighten("a.mha")
    same(
        numpy.frombuffer(open("a.mha", "rb").read()[-samples.nbytes :], ">i2").reshape(samples.shape), brighter(samples)
    )
    samples.tofile("a.raw")
    with open("a.mhd", "w", encoding="ascii") as file:
        file.write(head + "a.raw\n")
    brighten("a.mhd")
    same(numpy.fromfile("a.raw", ">i2").reshape(samples.shape), brighter(samples))
    run(MMGEN, "-f", "--width=33", "--height=21", "--format=mhd", "b.mhd")
    samples = numpy.fromfile("b.raw", "<i2")
    brighten("b.mhd")
    same(numpy.fromfile("b.raw", "<i2"), brighter(samples))


# ---- PNG -----------------------------------------------------------------------------------------------------------


def mmpng(*command):
    if not MMPNG:
        raise Missing("mmpng in this build (Debian: libpng-dev, for i386 libpng-dev:i386)")
    return run(MMPNG, *command)


@row
def gdal_reads_exported_pictures():
    gdal()
    for kind, name in (("u1", "u8"), (">u2", "u16be"), ("<u2", "u16le"), ("i1", "i8"), ("<i2", "i16le")):
        for depth in (1, 2, 3, 4):
            samples = picture(kind, (37, 53, depth))
            samples.tofile("a.raw")
            mmpng("export", "-f", "-t", name, "-s", depth, "--width=53", "-j3", "a.raw", "a.png")
            moved = samples.astype(int) - (numpy.iinfo(kind).min if samples.dtype.kind == "i" else 0)
            same(gdal_read("a.png"), moved)
            mmpng("import", "-f", "a.png", "b.raw")
            same(
                numpy.fromfile(
                    "b.raw", kind if kind != ">u2" else "<u2" if open("a.png", "rb").read().find(b"u16be") < 0 else kind
                ),
                samples.ravel(),
            )
            if shutil.which("pngcheck"):
                run("pngcheck", "-q", "a.png")


@row
def a_picture_is_not_its_own_output():
    with open("a.raw", "wb") as file:
        file.write(png(4, 4, 8, 2, zlib.compress((b"\0" + bytes(12)) * 4)))
    mmpng("--version")
    before = open("a.raw", "rb").read()
    for command in (("--format=mhd", "a.raw", "a.mhd"), ("a.raw", "a.raw")):
        done = subprocess.run([MMPNG, "import", "-f", *command], capture_output=True, check=False)
        assert done.returncode == 2 and b"is the input itself" in done.stderr, (command, done)
        assert open("a.raw", "rb").read() == before


@row
def pictures_of_many_bands():
    gdal()
    samples = picture("<u2", (700, 900, 4))
    samples[100:300] //= 256
    samples.tofile("a.raw")
    for threads in (1, 2, 5):
        mmpng("export", "-f", "-t", "u16le", "-s", 4, "--width=900", f"-j{threads}", "a.raw", f"{threads}.png")
    same(gdal_read("1.png"), samples)
    assert open("1.png", "rb").read() == open("2.png", "rb").read() == open("5.png", "rb").read()
    for options, part in (
        (("--roi=5,6,100x50",), samples[6:56, 5:105]),
        (("--shrink=3",), samples[::3, ::3]),
        (("--roi=10,20,301x203", "--shrink=10"), samples[20:223:10, 10:311:10]),
    ):
        mmpng("export", "-f", "-t", "u16le", "-s", 4, "--width=900", *options, "a.raw", "p.png")
        same(gdal_read("p.png"), part)
    for layout, order in (("bil", (0, 2, 1)), ("bsq", (2, 0, 1))):
        numpy.ascontiguousarray(samples.transpose(order)).tofile("b.raw")
        mmpng(
            "export",
            "-f",
            "-t",
            "u16le",
            "-s",
            4,
            "--width=900",
            "--height=700",
            f"--layout={layout}",
            "--shrink=5",
            "b.raw",
            "p.png",
        )
        same(gdal_read("p.png"), samples[::5, ::5])


@row
def pictures_are_scaled_and_come_back():
    for kind, step in (("<f4", 2e4), ("<f8", 2e4), ("<i4", 2**32), ("<u4", 2**32)):
        samples = picture(kind, (30, 40, 3))
        numpy.save("a.npy", samples)
        mmpng("export", "-f", "--range=auto", "a.npy", "a.png")
        mmpng("import", "-f", "--format=npy", "a.png", "b.npy")
        got = numpy.load("b.npy")
        assert got.dtype == samples.dtype and got.shape == samples.shape
        spread = float(samples.max()) - float(samples.min())
        assert abs(got.astype(float) - samples.astype(float)).max() <= spread / 65535 / 2 * 1.01 + 1
    samples = picture("<i2", (30, 40, 3))
    samples.tofile("a.raw")
    gdal()
    mmpng("export", "-f", "-t", "i16le", "-s", 3, "--width=40", "--range=-100,155", "--depth=8", "a.raw", "a.png")
    same(gdal_read("a.png"), numpy.clip(samples.astype(int) + 100, 0, 255))
    mmpng("export", "-f", "-t", "i16le", "-s", 3, "--width=40", "--depth=8", "a.raw", "a.png")
    same(gdal_read("a.png"), (samples.astype(int) + 32768) >> 8)


@row
def pictures_of_others_are_imported():
    need("pnmtopng", "netpbm")
    for depth, maximum, options in (
        (1, 1, ()),
        (1, 3, ()),
        (1, 15, ()),
        (1, 255, ()),
        (1, 65535, ()),
        (3, 255, ()),
        (3, 65535, ()),
        (1, 65535, ("-interlace",)),
        (3, 255, ("-interlace",)),
        (3, 65535, ("-interlace",)),
    ):
        for size in ((1, 1), (3, 2), (5, 9), (33, 17)):
            samples = picture("<u2", (size[1], size[0], depth)) % (maximum + 1)
            with open("a.pnm", "wb") as file:
                file.write(b"P%d\n%d %d\n%d\n" % (6 if depth == 3 else 5, *size, maximum))
                file.write(samples.astype(">u2" if maximum > 255 else "u1").tobytes())
            with open("a.png", "wb") as file:
                file.write(run("pnmtopng", *options, "a.pnm"))
            back = run("pngtopnm", "a.png")
            mmpng("import", "-f", "--format=npy", "a.png", "a.npy")
            got = numpy.load("a.npy")
            colours = got.reshape(size[1], size[0], -1)
            top = 255 if got.dtype == numpy.uint8 else 65535
            if colours.shape[2] == 1 and depth == 3:
                colours = numpy.repeat(colours, 3, axis=2)
            assert b"P" == back[:1]
            same(colours[:, :, :depth], (samples.astype(numpy.int64) * (top // maximum)).astype(got.dtype))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, bits, colour, data, *more):
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
        + b"".join(more)
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


@row
def pictures_that_lie_are_refused():
    mmpng("--version")
    rows_ = zlib.compress((b"\0" + bytes(12)) * 4)
    whole = png(4, 4, 8, 2, rows_, chunk(b"tEXt", b"mmview-samples\0type=f32le depth=8 low=0 high=1"))

    def refused_import(data, reason, *options):
        with open("a.png", "wb") as file:
            file.write(data)
        done = subprocess.run(
            ["prlimit", "--as=402653184", MMPNG, "import", *options, "a.png", "b.raw"], capture_output=True, check=False
        )
        text = done.stderr.decode(errors="replace")
        assert done.returncode == 1, f"{reason}: exit status {done.returncode}: {text}"
        assert reason in text and not os.path.exists("b.raw"), text

    with open("a.png", "wb") as file:
        file.write(whole)
    mmpng("import", "a.png", "b.raw")
    assert os.path.getsize("b.raw") == 4 * 4 * 3 * 4
    os.remove("b.raw")
    for length in range(len(whole)):
        refused_import(whole[:length], "")
    for at in range(len(whole)):
        data = bytearray(whole)
        data[at] ^= 0x81
        with open("a.png", "wb") as file:
            file.write(data)
        done = subprocess.run([MMPNG, "import", "-f", "a.png", "b.raw"], capture_output=True, check=False)
        assert done.returncode in (0, 1), f"byte {at}: {done.returncode}"
    if os.path.exists("b.raw"):
        os.remove("b.raw")
    refused_import(png(2**31 - 1, 2**31 - 1, 16, 6, rows_), "--max-row")
    refused_import(png(2**31 - 1, 1, 16, 6, rows_), "--max-row")
    refused_import(png(4096, 2**31 - 1, 16, 6, rows_), "--max-size")
    refused_import(png(4000, 4000, 8, 2, rows_), "")
    refused_import(png(4, 4, 8, 2, rows_, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26), 9)))[:-20], "")
    refused_import(png(4, 4, 8, 2, rows_, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**26), 9)))[:-20], "")


# ---- all of them ---------------------------------------------------------------------------------------------------


def main():
    failed = skipped = 0
    here = os.getcwd()
    for function in rows:
        name = function.__name__
        with tempfile.TemporaryDirectory(prefix="mmview-oracle-") as folder:
            os.chdir(folder)
            try:
                function()
                print(f"ok       {name}")
            except Missing as missing:
                skipped += 1
                print(f"SKIPPED: {name}: needs {missing}")
            except Exception as error:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED   {name}: {error}")
                if not isinstance(error, AssertionError):
                    traceback.print_exc(file=sys.stdout)
            os.chdir(here)
    print(f"{len(rows) - failed - skipped} of {len(rows)} as they should be, {failed} failed, {skipped} skipped")
    return 1 if failed else 77 if skipped == len(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
