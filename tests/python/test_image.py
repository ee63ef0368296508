# SPDX-License-Identifier: MIT
"""Images as arrays: what other programs have written, and what is no array."""
import errno
import gc
import os
import sys
import tempfile
import unittest
from typing import Any

PACKAGE = sys.argv.pop(1)
sys.path.insert(0, PACKAGE)
sys.argv.pop(1)
import mmview  # noqa: E402

try:
    import numpy
except ImportError:
    print("SKIPPED: needs numpy (Debian: python3-numpy)")
    sys.exit(77)


def module(name):
    """A module of another program's, or a test that is skipped."""
    try:
        return __import__(name, fromlist=["*"])
    except ImportError:
        raise unittest.SkipTest(f"needs {name} (Debian: python3-{name.split('.')[0]})") from None


class Images(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, *parts):
        with open(self.path(name), "wb") as file:
            for part in parts:
                file.write(part.encode() if isinstance(part, str) else bytes(part))
        return self.path(name)

    def pixels(self, *shape, dtype="<i2") -> Any:
        return (numpy.arange(numpy.prod(shape)) * 37 % 251).reshape(shape).astype(dtype)

    def same(self, path, wanted, **how):
        pixels, header = mmview.image(path, **how)
        self.assertEqual((pixels.shape, pixels.dtype), (wanted.shape, wanted.dtype))
        self.assertTrue((numpy.asarray(pixels) == wanted).all())
        return header

    def refused(self, path, *words, **how):
        with self.assertRaises(mmview.ImageError) as caught:
            mmview.image(path, **how)
        for word in words:
            self.assertIn(word, str(caught.exception))
        return caught.exception

    # ---- types and orders

    def test_every_type_in_both_byte_orders(self):
        for kind in "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8".split():
            for order in "<>":
                wanted = self.pixels(5, 7, dtype=order + kind)
                numpy.save(self.path("a.npy"), wanted)
                header = self.same(self.path("a.npy"), numpy.load(self.path("a.npy")))
                self.assertEqual((header.format, header.path), ("npy", self.path("a.npy")))

    def envi(self, layout, pixels):
        stored = {"bip": (0, 1, 2), "bil": (0, 2, 1), "bsq": (2, 0, 1)}[layout]
        rows, columns, bands = pixels.shape
        path = self.write(f"{layout}.img", b"pad", pixels.transpose(stored))
        order = 1 if pixels.dtype.str[0] == ">" else 0
        self.write(
            f"{layout}.hdr",
            f"ENVI\nsamples = {columns}\nlines = {rows}\nbands = {bands}\nheader offset = 3\n"
            f"data type = 2\ninterleave = {layout}\nbyte order = {order}\n",
        )
        return path

    def test_layouts(self):
        for layout in ("bip", "bil", "bsq"):
            for dtype in ("<i2", ">i2"):
                pixels = self.pixels(4, 6, 3, dtype=dtype)
                path = self.envi(layout, pixels)
                header = self.same(path, pixels)
                self.assertEqual((header.layout, header.path, header.file), (layout, path[:-3] + "hdr", path))
                self.same(path[:-3] + "hdr", pixels)

    def test_stacks(self):
        pixels = self.pixels(3, 4, 6)
        path = self.write(
            "a.nrrd", "NRRD0004\ntype: int16\ndimension: 3\nsizes: 6 4 3\nendian: little\nencoding: raw\n\n", pixels
        )
        self.same(path, pixels)
        self.write("b.raw", pixels)
        self.write("b.mhd", "NDims = 3\nDimSize = 6 4 3\nElementType = MET_SHORT\nElementDataFile = b.raw\n")
        self.same(self.path("b.mhd"), pixels)
        self.same(self.path("b.raw"), pixels)

    def test_netpbm(self):
        pixels = self.pixels(4, 6, 3, dtype="u1")
        self.same(self.write("a.ppm", "P6 6 4 255\n", pixels), pixels)
        pixels = self.pixels(4, 6, dtype=">u2")
        header = self.same(self.write("a.pgm", "P5 6 4 1000\n", pixels), pixels)
        self.assertEqual((header.low, header.high, header.offset), (0, 1000, 12))

    # ---- what others write

    def test_tiff(self):
        tifffile = module("tifffile")
        for wanted in (self.pixels(40, 60, dtype=">u2"), self.pixels(40, 60, 3, dtype="u1")):
            tifffile.imwrite(self.path("a.tif"), wanted, byteorder=">" if wanted.dtype.itemsize > 1 else "<")
            self.same(self.path("a.tif"), wanted)
            self.same(self.path("a.tif"), wanted, copy=True)
            order = wanted.dtype.str[0].replace("|", "<")
            tifffile.imwrite(self.path("tiles.tif"), wanted, tile=(16, 32), byteorder=order)
            error = self.refused(self.path("tiles.tif"), "pieces", "copy=True")
            self.assertEqual((error.errno, error.filename), (errno.ENOTSUP, self.path("tiles.tif")))
            self.same(self.path("tiles.tif"), wanted, copy=True)
            tifffile.imwrite(self.path("zip.tif"), wanted, compression="zlib")
            for copy in (False, True):
                self.refused(self.path("zip.tif"), "ompress", copy=copy)
        pages = self.pixels(3, 40, 60, dtype="<u2")
        with tifffile.TiffWriter(self.path("pages.tif")) as writer:
            for page in pages:
                writer.write(page, contiguous=False, metadata=None)
        self.assertEqual(self.same(self.path("pages.tif"), pages[1], part=2).part, 2)
        self.same(self.path("pages.tif"), pages, part="all", copy=True)
        # Pages that lie equally far apart are an array with strides, without a copy.
        self.same(self.path("pages.tif"), pages, part="all")
        with mmview.image(self.path("pages.tif"), "r+", part="all") as image:
            image.array[1:, 3] = 7
        image = mmview.image(self.path("pages.tif"), part="all")
        kept = image.array[2]
        with self.assertRaises(BufferError):
            image.close()
        pages[1:, 3] = 7
        self.assertTrue((kept == pages[2]).all())
        self.assertTrue((numpy.array([page.asarray() for page in tifffile.TiffFile(self.path("pages.tif")).pages]) ==
                         pages).all())
        planes = self.pixels(3, 40, 60, dtype="u1")
        tifffile.imwrite(self.path("planes.tif"), planes, planarconfig="separate", photometric="rgb", rowsperstrip=40)
        self.same(self.path("planes.tif"), planes.transpose(1, 2, 0))
        self.refused(self.path("pages.tif"), "4", part=4)

    def strips(self, name, wanted, apart, order, **how):
        """A TIFF whose strips, of which tifffile makes one range, lie so many bytes apart, in that order."""
        tifffile = module("tifffile")
        tifffile.imwrite(self.path(name), wanted, byteorder="<", metadata=None, **how)
        with tifffile.TiffFile(self.path(name)) as tiff:
            tag = tiff.pages[0].tags["StripOffsets"]
            place, code = tag.valueoffset, {3: "<u2", 4: "<u4", 16: "<u8"}[tag.dtype]
            old, size = tiff.pages[0].dataoffsets, tiff.pages[0].databytecounts[0]
        with open(self.path(name), "rb") as file:
            data = bytearray(file.read())
        end, strips = len(data), [bytes(data[at : at + size]) for at in old]
        data += bytes(apart * len(strips))
        for number, at in enumerate(order):
            data[end + at * apart : end + at * apart + size] = strips[number]
        table = numpy.array([end + at * apart for at in order], code).tobytes()
        data[place : place + len(table)] = table
        return self.write(name, data)

    def test_strips_that_are_an_array_all_the_same(self):
        rows, planes = self.pixels(6, 50, 3, dtype="u1"), self.pixels(3, 40, 60, dtype="u1")
        self.same(self.strips("rows.tif", rows, 200, range(6), rowsperstrip=1, photometric="rgb"), rows)
        separate = {"planarconfig": "separate", "photometric": "rgb", "rowsperstrip": 40}
        self.same(self.strips("planes.tif", planes, 2500, range(3), **separate), planes.transpose(1, 2, 0))
        path = self.strips("other.tif", rows, 200, (0, 2, 1, 3, 4, 5), rowsperstrip=1, photometric="rgb")
        self.refused(path, "6 pieces")
        self.same(path, rows, copy=True)
        path = self.strips("tall.tif", rows, 400, range(3), rowsperstrip=2, photometric="rgb")
        self.refused(path, "3 pieces")
        self.same(path, rows, copy=True)

    def test_fits(self):
        fits = module("astropy.io.fits")
        wanted = self.pixels(5, 7, dtype=">u2")
        fits.PrimaryHDU(wanted.astype("u2")).writeto(self.path("a.fits"))
        pixels, header = mmview.image(self.path("a.fits"))
        self.assertEqual((header.intercept, header.slope, pixels.dtype), (32768, 1, numpy.dtype(">i2")))
        self.assertTrue((pixels * header.slope + header.intercept == wanted).all())

    def test_nifti(self):
        nibabel = module("nibabel")
        stored = self.pixels(7, 5, 3)
        nibabel.Nifti1Image(stored, numpy.eye(4)).to_filename(self.path("a.nii"))
        self.same(self.path("a.nii"), stored.T)
        nibabel.Nifti1Pair(stored, numpy.eye(4)).to_filename(self.path("b.img"))
        self.same(self.path("b.hdr"), stored.T)

    # ---- arrays that look at the file

    def test_changes_are_in_the_file(self):
        numpy.save(self.path("a.npy"), self.pixels(5, 7))
        with mmview.image(self.path("a.npy"), "r+") as image:
            image.array[2] = 77
            image.sync()
        self.assertTrue((numpy.load(self.path("a.npy"))[2] == 77).all())
        with mmview.image(self.path("a.npy"), "c") as image:
            image.array[3] = 78
        self.assertFalse((numpy.load(self.path("a.npy"))[3] == 78).any())
        with mmview.image(self.path("a.npy")) as image:
            self.assertFalse(image.array.flags.writeable)
            self.assertTrue((numpy.asarray(image)[2] == 77).all())

    def test_how_long_an_array_is_good(self):
        numpy.save(self.path("a.npy"), self.pixels(5, 7))
        image = mmview.image(self.path("a.npy"))
        part = image.array[1:3]
        with self.assertRaises(BufferError):
            image.close()
        del image
        gc.collect()
        self.assertTrue((part == self.pixels(5, 7)[1:3]).all())
        with self.assertRaises(BufferError):
            with mmview.image(self.path("a.npy")) as image:
                kept = numpy.asarray(image)
        del kept
        image.close()
        image.close()
        pixels, _ = mmview.image(self.path("a.npy"))
        self.assertTrue((pixels == self.pixels(5, 7)).all())
        copy, _ = mmview.image(self.path("a.npy"), copy=True)
        copy += 1
        with mmview.image(self.path("a.npy"), copy=True) as image:
            kept = numpy.asarray(image)
        self.assertTrue((kept == self.pixels(5, 7)).all())
        with self.assertRaises(ValueError):
            numpy.asarray(image)
        for layout in ("bil", "bsq"):
            image = mmview.image(self.envi(layout, self.pixels(4, 6, 3)))
            self.assertTrue((numpy.asarray(image) == self.pixels(4, 6, 3)).all())
        with self.assertRaises(ValueError):
            mmview.image(self.path("a.npy"), "r+", copy=True)

    def test_a_file_that_becomes_shorter(self):
        numpy.save(self.path("a.npy"), self.pixels(500, 700))
        image = mmview.image(self.path("a.npy"))
        os.truncate(self.path("a.npy"), 5000)
        self.assertEqual(image.array[499, 0], 0)
        with self.assertRaises(mmview.TruncatedError):
            image.check()
        with self.assertRaises(mmview.TruncatedError):
            image.close()
        with self.assertRaises(mmview.TruncatedError):
            mmview.image(self.path("a.npy"))

    # ---- what is refused

    def test_what_is_no_image(self):
        self.refused(self.write("a.png", b"\x89PNG\r\n\x1a\n", bytes(100)), "PNG")
        self.refused(self.write("a.raw", bytes(1000)), "nothing says")
        self.refused(self.write("a.pgm", "P5 0 4 255\n", bytes(24)), "pnm")
        with self.assertRaises(FileNotFoundError):
            mmview.image(self.path("missing"))
        for wrong in ({"mode": "w+"}, {"format": "raw"}, {"format": "jpeg"}):
            with self.assertRaises(ValueError):
                mmview.image(self.path("a.raw"), **wrong)

    def test_two_headers(self):
        path = self.envi("bip", self.pixels(4, 6, 3))
        self.write("bip.mhd", "NDims = 2\nDimSize = 6 12\nElementType = MET_SHORT\nElementDataFile = bip.img\n")
        self.refused(path, "both describe it")

    def test_a_header_that_leads_away(self):
        os.mkdir(self.path("in"))
        pixels = self.pixels(4, 6)
        self.write("a.raw", pixels)
        text = "NDims = 2\nDimSize = 6 4\nElementType = MET_SHORT\nElementDataFile = "
        self.refused(self.write("in/a.mhd", text + "../a.raw\n"), "outside")
        os.symlink("../a.raw", self.path("in/link.raw"))
        self.refused(self.write("in/b.mhd", text + "link.raw\n"), "outside")
        self.same(self.write("a.mhd", text + "a.raw\n"), pixels)

    def test_an_image_in_several_files(self):
        pixels = self.pixels(3, 4, 6)
        for i in range(3):
            self.write(f"slice{i}.raw", pixels[i])
        head = "NDims = 3\nDimSize = 6 4 3\nElementType = MET_SHORT\nElementDataFile = LIST\n"
        path = self.write("a.mhd", head, "slice0.raw\nslice1.raw\nslice2.raw\n")
        self.refused(path, "several files", "copy=True")
        self.same(path, pixels, copy=True)
        os.truncate(self.path("slice1.raw"), 40)
        with self.assertRaises(mmview.TruncatedError):
            mmview.image(path, copy=True)

    def test_samples_of_an_interrupted_job(self):
        numpy.save(self.path("a.npy"), self.pixels(500, 700))

        def fails(pixels, chunk):
            if chunk.index > 100000:
                raise KeyError
            numpy.add(pixels, 1, out=pixels)

        with mmview.open(self.path("a.npy"), "r+") as image:
            with self.assertRaises(KeyError), mmview.job(image, "add", offset=128) as job:
                image.walk(fails, "<i2", offset=128, journal=job, threads=1, chunks=True)
        with self.assertRaises(mmview.JournalError):
            mmview.image(self.path("a.npy"))


unittest.main()
