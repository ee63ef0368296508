# SPDX-License-Identifier: MIT
"""NumPy's arrays, FITS, NIfTI and MRC, against NumPy, Astropy, NiBabel and mrcfile."""
import io
import warnings

import numpy

from cases import KINDS, Case, chance, kind_bytes, pick, room, samples, spoil
from ours import Image, native


def flat_image(array, is_fortran=False):
    """An array's samples in the order of its file; none of more than 64 KiB, nor of a kind that is not worked on."""
    if array.size == 0 or array.nbytes > 1 << 16:
        return None
    if array.dtype.names:
        kinds = {field[0].base for field in array.dtype.fields.values()}
        if len(kinds) != 1:
            return None
        # A field with a shape of its own is some more samples.
        array = numpy.frombuffer(array.tobytes("F" if is_fortran else "C"), kinds.pop())
    if array.dtype.kind == "b":
        array = array.view("u1")
    if array.dtype.kind not in "uif":
        return None
    array = native(array)
    return Image(array.dtype.kind + str(array.dtype.itemsize), array.ravel(order="F" if is_fortran else "C"))


class Npy:
    """NumPy's own format."""

    name = "NumPy"
    needs = "python3-numpy"

    def __init__(self, folder):
        del folder
        self.module = numpy.lib.format

    @staticmethod
    def descr(random, kind):
        order = pick(random, ("<", ">", "=", "|", "")) if kind[1] != "1" else pick(random, ("|", "<", ">", "", "="))
        one = order + kind
        if chance(random, 0.8):
            return repr(one), 1
        count = int(random.integers(1, 4))
        if chance(random, 0.3):
            return repr([("a", one, (count,))]), count
        other = one if chance(random, 0.9) else "<u2"
        return repr([("r", one)] + [(f"f{i}", other) for i in range(count - 1)]), count

    def make(self, random):
        kind = pick(random, KINDS + ("u8", "i8", "f2", "b1", "c8"))
        shape = tuple(int(n) for n in random.integers(1, 5, int(random.integers(0, 5))))
        descr, fields = self.descr(random, kind)
        fortran = pick(random, ("False",) * 4 + ("True",) * 2 + ("0", "false"))
        text = repr(shape)
        if chance(random, 0.2):
            text = pick(
                random,
                (
                    "(3L, 2L)",
                    "(3L,)",
                    "(3)",
                    "3",
                    "[3, 2]",
                    "(3, 2,)",
                    "(3,,2)",
                    "(03, 2)",
                    "(3.0, 2)",
                    "(0, 3)",
                    "(1_0, 2)",
                    "(0x3, 2)",
                    "(-3, 2)",
                    "( 3 , 2 )",
                    "(3, 2) + ()",
                    "(3 2)",
                    "(True, 2)",
                    "()",
                ),
            )
        items = [f"'descr': {descr}", f"'fortran_order': {fortran}", f"'shape': {text}"]
        change = int(random.integers(10))
        if change == 0:
            items.insert(0, items.pop())
        elif change == 1:
            items.append(pick(random, (items[0], "'shape': (2, 2)", "'x': 1", "")))
        elif change == 2:
            items.pop()
        joined = pick(random, (", ",) * 6 + (",", " , ", ",\n", ";"))
        dictionary = (
            "{" + joined.join(items) + pick(random, (", }", "}", ",}", ", } ", "} x", ""))
            if chance(random, 0.5)
            else "{" + ", ".join(items) + ", }"
        )
        if chance(random, 0.1):
            dictionary = pick(
                random,
                (
                    dictionary.replace("'", '"'),
                    " " + dictionary,
                    dictionary.replace(": ", ":"),
                    dictionary + " # comment",
                    "u" + dictionary,
                    dictionary.replace("'descr'", "u'descr'"),
                ),
            )
        version = pick(random, (1, 1, 1, 2, 3, 4))
        header = dictionary.encode().ljust(117) + pick(random, (b"\n", b"\n", b"", b" \n"))
        header = spoil(random, header)
        length = len(header).to_bytes(2 if version == 1 else 4, "little")
        count = int(numpy.prod(shape, dtype=object)) if text == repr(shape) else 6
        data = samples(random, room(random, count * kind_bytes(kind) * fields))
        return Case("npy", b"\x93NUMPY" + bytes((version, 0)) + length + header + data)

    def written(self, random):
        kind = pick(random, KINDS + ("u8", "i8", "f2", "?"))
        dtype = numpy.dtype(kind).newbyteorder(pick(random, "<>"))
        shape = tuple(int(n) for n in random.integers(1, 6, int(random.integers(1, 5))))
        array = numpy.frombuffer(samples(random, int(numpy.prod(shape)) * dtype.itemsize), dtype).reshape(shape)
        if kind == "?":
            array = array.view("u1") % 2 == 1
        file = io.BytesIO()
        # One array in ten is in the other order, where that is only another layout.
        if chance(random, 0.1) and sum(n > 1 for n in shape) < 2:
            array = numpy.asfortranarray(array)
        numpy.save(file, array)
        return Case("npy", file.getvalue()), flat_image(array)

    def oracle(self, case):
        file = io.BytesIO(case.header)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.module.read_magic(file)
                file.seek(0)
                array = self.module.read_array(file)
        except Exception:  # pylint: disable=broad-except
            return None, False
        return flat_image(array, array.flags.f_contiguous and not array.flags.c_contiguous), False


class Fits:
    """FITS, as Astropy reads it."""

    name = "FITS"
    needs = "python3-astropy"

    def __init__(self, folder):
        del folder
        from astropy.io import fits

        self.fits = fits

    @staticmethod
    def card(random, key, value):
        if isinstance(value, str) and not value.startswith("("):
            text = f"{key:<8}= '{value:<8}'"
        else:
            text = f"{key:<8}= {str(value).strip('()'):>20}"
        change = int(random.integers(60))
        if change == 0:
            text = text.replace("= ", "=", 1)
        elif change == 1:
            text = text.lower() if chance(random, 0.5) else text.replace("= ", "  ", 1)
        elif change == 2:
            text = f"{key:<8}= {value}"
        elif change == 3:
            text = " " + text
        elif change == 4:
            text += pick(random, (" / a comment", "/x", " 5", " /", "L"))
        return text.ljust(80)[:80]

    def unit(self, random, first):
        kind = pick(random, ("u1", "i2", "i4", "i8", "f4", "f8"))
        axes = [int(n) for n in random.integers(1, 5, int(random.integers(0, 4)))]
        if chance(random, 0.15) and axes:
            axes[int(random.integers(len(axes)))] = 0
        bits = kind_bytes(kind) * (-8 if kind[0] == "f" else 8)
        cards = [
            ("SIMPLE", "(T)")
            if first
            else ("XTENSION", pick(random, ("IMAGE", "IMAGE", "IMAGE", "BINTABLE", "IMAGE2"))),
            ("BITPIX", bits),
            ("NAXIS", len(axes)),
        ]
        cards += [(f"NAXIS{i + 1}", n) for i, n in enumerate(axes)]
        if not first:
            cards += [("PCOUNT", 0), ("GCOUNT", 1)]
        if first and chance(random, 0.5):
            cards.append(("EXTEND", "(T)"))
        extra = [
            ("BZERO", pick(random, (32768, "(1.5)", "(1.0D3)", "(3.2768E4)"))),
            ("BSCALE", pick(random, (1, "(2.0)"))),
            ("EXTNAME", "SCI"),
            ("OBJECT", "a / b"),
            ("BLANK", -1),
            ("DATAMIN", 3),
            ("HISTORY", "x"),
        ]
        for one in extra:
            if chance(random, 0.12):
                cards.append(one)
        if chance(random, 0.1):
            key, value = pick(random, cards)
            value = value + pick(random, (0, 8, 1)) if isinstance(value, int) else value
            cards.insert(int(random.integers(1, len(cards))), (key, value))
        if chance(random, 0.03):
            del cards[int(random.integers(len(cards)))]
        text = "".join(self.card(random, *one) for one in cards) + "END".ljust(80)
        header = text.encode().ljust(-(-len(text) // 2880) * 2880)
        needed = abs(bits) // 8 * int(numpy.prod(axes)) if axes else 0
        return header, samples(random, needed).ljust(-(-needed // 2880) * 2880, b"\0")

    def make(self, random):
        whole = b""
        for number in range(int(random.integers(1, 4))):
            header, data = self.unit(random, number == 0)
            whole += spoil(random, header) + data
        if chance(random, 0.1):
            whole = whole[: -int(random.integers(1, 3000))]
        return Case("fits", whole)

    def written(self, random):
        fits = self.fits
        units = []
        for number in range(int(random.integers(1, 4))):
            dtype = numpy.dtype(pick(random, ("u1", "i2", "i4", "i8", "f4", "f8", "u2", "u4"))).newbyteorder(">")
            shape = tuple(int(n) for n in random.integers(1, 6, int(random.integers(1, 4))))
            array = numpy.frombuffer(samples(random, int(numpy.prod(shape)) * dtype.itemsize), dtype).reshape(shape)
            if number == 0 and chance(random, 0.4):
                array = None
            units.append(fits.ImageHDU(array, name=f"PART{number}") if number else fits.PrimaryHDU(array))
        if all(unit.data is None for unit in units):
            return self.written(random)
        if chance(random, 0.2):
            units.insert(1, fits.BinTableHDU.from_columns([fits.Column("x", "J", array=numpy.arange(3))]))
        file = io.BytesIO()
        fits.HDUList(units).writeto(file, checksum=chance(random, 0.3))
        case = Case("fits", file.getvalue())
        return case, self.oracle(case)[0]

    def oracle(self, case):
        """The first unit that has pixels, as it is stored."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with self.fits.open(
                    io.BytesIO(case.header), do_not_scale_image_data=True, memmap=False, ignore_missing_end=False
                ) as units:
                    for unit in units:
                        if isinstance(unit, self.fits.CompImageHDU):
                            return None, False
                        if getattr(unit, "is_image", False) and unit.data is not None and unit.data.size:
                            return flat_image(numpy.asarray(unit.data)), False
        except Exception:  # pylint: disable=broad-except
            pass
        return None, False


class Nifti:
    """NIfTI-1 and NIfTI-2 in one file, as NiBabel reads them."""

    name = "NIfTI"
    needs = "python3-nibabel"

    def __init__(self, folder):
        del folder
        import nibabel

        nibabel.imageglobals.logger.disabled = True
        self.nibabel = nibabel

    def start(self, random):
        second = chance(random, 0.3)
        kind = self.nibabel.Nifti2Image if second else self.nibabel.Nifti1Image
        dtype = numpy.dtype(pick(random, KINDS + ("u8", "i8"))).newbyteorder(pick(random, "<>"))
        shape = tuple(int(n) for n in random.integers(1, 5, int(random.integers(1, 6))))
        array = numpy.frombuffer(samples(random, int(numpy.prod(shape)) * dtype.itemsize), dtype)
        header = kind.header_class(endianness=dtype.byteorder if dtype.byteorder in "<>" else "<")
        header.set_data_dtype(dtype)
        header.set_data_shape(shape)
        header["vox_offset"] = pick(random, (352, 352, 368)) if not second else 544
        if chance(random, 0.3):
            header["scl_slope"], header["scl_inter"] = 2, 1
        return kind, header, array, second

    def make(self, random):
        _, header, array, second = self.start(random)
        stored = bytearray(header.binaryblock)
        for _ in range(int(random.integers(0, 3))):
            place = pick(
                random,
                ((40, 16), (70, 4), (108, 12), (344, 4), (0, 4))
                if not second
                else ((16, 64), (12, 4), (168, 24), (4, 8), (0, 4)),
            )
            stored[place[0] + int(random.integers(place[1]))] = pick(random, (0, 1, 2, 3, 4, 8, 16, 64, 127, 128, 255))
        stored += bytes(max(0, int(header["vox_offset"]) - len(stored)))
        data = array.tobytes()
        return Case("nifti", bytes(stored) + data + samples(random, pick(random, (0, 0, 0, 9))))

    def written(self, random):
        kind, header, array, _ = self.start(random)
        array = array.reshape(header.get_data_shape(), order="F")
        image = kind(array, numpy.eye(4), dtype=array.dtype)
        return Case("nifti", image.to_bytes()), flat_image(array, True)

    def oracle(self, case):
        second = case.header[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c")
        kind = self.nibabel.Nifti2Image if second else self.nibabel.Nifti1Image
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                image = kind.from_bytes(case.header)
                if numpy.prod(image.shape, dtype=object) > 1 << 14:
                    return None, False
                return flat_image(image.dataobj.get_unscaled(), True), False
        except Exception:  # pylint: disable=broad-except
            return None, False


class Mrc:
    """MRC, as mrcfile reads it."""

    name = "MRC"
    needs = "python3-mrcfile"

    def __init__(self, folder):
        del folder
        import mrcfile
        from mrcfile.mrcinterpreter import MrcInterpreter

        self.mrcfile, self.interpreter = mrcfile, MrcInterpreter

    @staticmethod
    def stored(random):
        kind, mode = pick(random, (("i1", 0), ("i2", 1), ("f4", 2), ("u2", 6), ("f2", 12)))
        big = chance(random, 0.4)
        order = ">" if big else "<"
        size = [int(n) for n in random.integers(1, 6, 3)]
        extended = pick(random, (0, 0, 0, 80, 1024))
        header = bytearray(1024)
        header[0:16] = numpy.array(size + [mode], order + "i4").tobytes()
        header[28:40] = numpy.array(size, order + "i4").tobytes()
        header[64:76] = numpy.array([1, 2, 3], order + "i4").tobytes()
        header[92:96] = numpy.array([extended], order + "i4").tobytes()
        header[108:112] = numpy.array([20140], order + "i4").tobytes()
        header[208:212] = b"MAP "
        header[212:216] = b"\x11\x11\0\0" if big else pick(random, (b"DD\0\0", b"DA\0\0"))
        return header, extended, kind_bytes(kind) * size[0] * size[1] * size[2]

    def make(self, random):
        header, extended, needed = self.stored(random)
        for _ in range(int(random.integers(0, 3))):
            at, values = pick(
                random,
                (
                    (212, (0, 0x11, 0x44, 0x41)),
                    (213, (0, 0x11, 0x44, 0x41)),
                    (208, b"mM\0"),
                    (12, range(13)),
                    (15, range(13)),
                    (0, range(9)),
                    (92, (0, 80)),
                    (94, (0, 1)),
                    (8, (1, 2)),
                    (152, b"I"),
                    (88, (1, 145)),
                ),
            )
            header[at] = pick(random, tuple(values))
        return Case("mrc", bytes(header) + bytes(extended) + samples(random, room(random, needed)))

    def written(self, random):
        kind = pick(random, ("i1", "i2", "f4", "u2", "f2"))
        shape = tuple(int(n) for n in random.integers(1, 7, pick(random, (2, 3))))
        array = numpy.frombuffer(samples(random, int(numpy.prod(shape)) * kind_bytes(kind)), kind).reshape(shape)
        file = io.BytesIO()
        mrc = self.interpreter(iostream=None)
        mrc._iostream = file
        mrc._create_default_attributes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mrc.set_data(array)
            mrc.update_header_stats()
        file.write(mrc.header.tobytes() + mrc.extended_header.tobytes() + numpy.ascontiguousarray(mrc.data).tobytes())
        stored = file.getvalue()
        mrc._iostream = None
        return Case("mrc", stored), flat_image(array)

    def oracle(self, case):
        # IMOD's own stamp says what bytes of mode 0 are; mrcfile does not look at it.
        if case.header[152:156] in (b"IMOD", b"DOMI"):
            return None, False
        # mrcfile asks for all the memory that a header speaks of before it refuses what the file has not.
        numbers = numpy.frombuffer(case.header[:96], "<i4" if case.header[212] == 0x44 else ">i4")
        if max(int(numbers[:3].astype(object).prod()), int(numbers[23])) > len(case.header):
            return None, False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                mrc = self.interpreter(iostream=io.BytesIO(case.header))
                return flat_image(numpy.asarray(mrc.data)), False
        except Exception:  # pylint: disable=broad-except
            return None, False
