# SPDX-License-Identifier: MIT
"""ENVI and EHdr, against GDAL and Spectral Python."""
import os

import numpy

from cases import Case, chance, kind_bytes, line_end, mix_lines, pick, respell, room, samples, spoil
from ours import Image, from_bytes, native

CODES = {"u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12, "u4": 13}
LAYOUTS = ("bip", "bil", "bsq")


class Gdal:
    """A driver of GDAL's."""

    def __init__(self, form, driver, ending):
        from osgeo import gdal

        gdal.UseExceptions()
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
        self.gdal, self.format, self.driver, self.ending = gdal, form, driver, ending

    def read(self, case):
        name = f"/vsimem/headers/a{self.ending}"
        self.gdal.FileFromMemBuffer(name, case.data)
        self.gdal.FileFromMemBuffer("/vsimem/headers/a.hdr", case.header)
        try:
            return self.take(self.gdal.OpenEx(name, allowed_drivers=[self.driver]))
        except RuntimeError:
            return None
        finally:
            self.gdal.Unlink(name)
            self.gdal.Unlink("/vsimem/headers/a.hdr")

    def take(self, dataset):
        if dataset is None:
            return None
        if dataset.RasterXSize * dataset.RasterYSize * dataset.RasterCount > 1 << 20:
            return None
        array = dataset.ReadAsArray()
        if array.ndim == 2:
            array = array[numpy.newaxis]
        band = dataset.GetRasterBand(1)
        kind = array.dtype.kind + str(array.dtype.itemsize)
        if band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE") == "SIGNEDBYTE":
            kind = "i1"
            array = array.view("i1")
        if kind[0] == "c":
            return None
        channels, rows, columns = array.shape
        no_data = band.GetNoDataValue()
        return Image(kind, native(array).ravel(), (rows, columns, channels), "bsq", no_data_of(kind, [no_data]))


def no_data_of(kind, values):
    """Those that a sample can be."""
    if values[0] is None:
        return None
    value = values[0]
    if kind[0] != "f":
        limits = numpy.iinfo(kind)
        if not limits.min <= value <= limits.max or value != int(value):
            return None
    return float(value)


def no_data(answer):
    return answer.no_data[0] if answer.no_data_count else None


class Envi(Gdal):
    """ENVI's header. Spectral Python reads it, too; where the two differ, nobody may take the file."""

    name = "ENVI"
    needs = "python3-gdal python3-spectral"

    def __init__(self, folder):
        super().__init__("envi", "ENVI", ".img")
        from spectral.io import envi

        self.envi, self.file = envi, os.path.join(folder, "envi.hdr")

    def make(self, random):
        kind = pick(random, tuple(CODES))
        width, height, bands = (int(n) for n in random.integers(1, 6, 3))
        offset = pick(random, (0, 0, 1, 16))
        fields = {
            "samples": width,
            "lines": height,
            "bands": bands,
            "header offset": offset,
            "data type": CODES[kind] if chance(random, 0.9) else pick(random, (0, 6, 7, 9, 11, 14, 15, 16)),
            "interleave": respell(random, pick(random, LAYOUTS + ("bsq",)))
            if chance(random, 0.95)
            else pick(random, ("tile", "bsqx", "")),
            "byte order": pick(random, (0, 1)) if chance(random, 0.95) else pick(random, (2, "", "big")),
        }
        if chance(random, 0.3):
            fields["file type"] = pick(
                random, ("ENVI Standard", "ENVI Classification", "TIFF", "ENVI", "envi standard")
            )
        if chance(random, 0.3):
            fields["data ignore value"] = pick(random, (0, -1, "-9999", "1e3", "2.5", "300", "-32768.0"))
        if chance(random, 0.3):
            fields["description"] = pick(random, ("{a}", "{a\n b = 3 }", "{\n samples = 9\n}", "{samples = 9}", "a"))
        if chance(random, 0.2):
            fields["band names"] = "{" + ",".join(f"b{i}" for i in range(bands)) + pick(random, ("}", "\n}", ",\n x}"))
        if chance(random, 0.05):
            fields["file compression"] = pick(random, (0, 1))
        if chance(random, 0.05):
            fields["major frame offsets"] = pick(random, ("{0, 0}", "{4, 0}"))
        lines = []
        for key, value in fields.items():
            if chance(random, 0.04):
                key = pick(
                    random,
                    (
                        key.title(),
                        key.upper(),
                        key.replace(" ", "_"),
                        key.replace(" ", "  "),
                        key.replace(" ", "\t"),
                        key.replace(" ", "-"),
                        key.replace(" ", ""),
                    ),
                )
            lines.append(key + pick(random, (" = ",) * 9 + ("=", "  =  ", " =", "\t=\t", "= ")) + str(value))
        others = (
            "",
            "; a comment",
            "; samples = 7",
            ";lines = 8",
            "# bands = 2",
            "unknown = 5",
            "no value here",
            "x = {",
            "}",
            "y = {1, 2}",
            "z = {a} b",
            "wavelength = {1.0,",
            "; old = {unknown",
            "map info = {UTM}",
            "=",
            "= 4",
            " ; lines = 2",
            "\tlines = 3",
            "samples 4",
        )
        end = line_end(random)
        first = pick(random, ("ENVI",) * 12 + ("ENVI ", "envi", "ENVI\t", "\ufeffENVI", "", "ENVI samples = 3"))
        text = first + end + mix_lines(random, lines, others).replace("\n", end)
        needed = offset + width * height * bands * kind_bytes(kind)
        return Case("envi", spoil(random, text.encode()), samples(random, room(random, needed)), extra=no_data)

    def written(self, random):
        return write_gdal(self, random, "ENVI", tuple(CODES), {"INTERLEAVE": pick(random, LAYOUTS).upper()})

    def oracle(self, case):
        """(what must not be taken otherwise, whether the readers disagree)."""
        second = self.spectral(case)
        # A comment with an open brace: GDAL takes the lines behind it for its rest. ENVI has comments.
        text = case.header.decode("latin-1").replace("\r", "\n")
        if any(line.startswith(";") and "=" in line and "{" in line and "}" not in line for line in text.split("\n")):
            return second, False
        first = self.read(case)
        if first and second:
            second.extra = first.extra
        return first, bool(first and second and not first.is_like(second))

    def spectral(self, case):
        try:
            with open(self.file, "wb") as file:
                file.write(case.header)
            fields = self.envi.read_envi_header(self.file)
            code = int(fields["data type"])
            kind = next(kind for kind, number in CODES.items() if number == code)
            shape = (int(fields["lines"]), int(fields["samples"]), int(fields["bands"]))
            if fields["interleave"].lower() not in LAYOUTS or int(fields["byte order"]) not in (0, 1):
                return None
            ignored = fields.get("data ignore value")
            return from_bytes(
                kind,
                case.data,
                int(fields.get("header offset", 0)),
                shape,
                fields["interleave"].lower(),
                int(fields["byte order"]) == 1,
                no_data_of(kind, [float(ignored) if ignored else None]),
            )
        except Exception:  # pylint: disable=broad-except
            return None


def write_gdal(reader, random, driver, kinds, options):
    """A file that GDAL writes."""
    from osgeo import gdal_array

    gdal = reader.gdal
    kind = pick(random, kinds)
    columns, rows, channels = (int(n) for n in random.integers(1, 9, 3))
    array = numpy.frombuffer(samples(random, rows * columns * channels * kind_bytes(kind)), kind)
    array = array.reshape(channels, rows, columns)
    name = f"/vsimem/headers/w{reader.ending}"
    dataset = gdal.GetDriverByName(driver).Create(
        name,
        columns,
        rows,
        channels,
        gdal_array.NumericTypeCodeToGDALTypeCode(array.dtype),
        [f"{key}={value}" for key, value in options.items()],
    )
    for channel in range(channels):
        dataset.GetRasterBand(channel + 1).WriteArray(array[channel])
    if chance(random, 0.3):
        dataset.GetRasterBand(1).SetNoDataValue(5)
    if chance(random, 0.3):
        dataset.GetRasterBand(1).SetDescription("a band = {x}")
    if chance(random, 0.3):
        dataset.SetGeoTransform((100, 2, 0, 50, 0, -2))
    del dataset
    files = {}
    for path in (name, "/vsimem/headers/w.hdr"):
        handle = gdal.VSIFOpenL(path, "rb")
        files[path] = bytes(gdal.VSIFReadL(1, gdal.VSIStatL(path).size, handle))
        gdal.VSIFCloseL(handle)
    for path in gdal.ReadDir("/vsimem/headers"):
        gdal.Unlink("/vsimem/headers/" + path)
    return (
        Case(reader.format, files["/vsimem/headers/w.hdr"], files[name]),
        Image(kind, array.ravel(), (rows, columns, channels), "bsq"),
    )


class Ehdr(Gdal):
    """Esri's header."""

    name = "EHdr"
    needs = "python3-gdal"

    def __init__(self, folder):
        del folder
        super().__init__("ehdr", "EHdr", ".bil")

    def make(self, random):
        kind = pick(random, ("u1", "u2", "i2", "u4", "i4", "f4"))
        width, height, bands = (int(n) for n in random.integers(1, 6, 3))
        skip = pick(random, (0, 0, 1, 16))
        size = kind_bytes(kind)
        layout = pick(random, LAYOUTS)
        fields = {
            "nrows": height,
            "ncols": width,
            "nbands": bands,
            "nbits": size * 8 if chance(random, 0.95) else pick(random, (1, 4, 12, 64)),
            "byteorder": pick(random, ("I", "M", "i", "m", "LSBFIRST", "MSBFIRST", "I", "M"))
            if chance(random, 0.95)
            else pick(random, ("L", "X", "VMS_FFLOAT", "BIG")),
            "layout": respell(random, layout) if chance(random, 0.95) else "XYZ",
            "pixeltype": respell(random, {"u": "UNSIGNEDINT", "i": "SIGNEDINT", "f": "FLOAT"}[kind[0]])
            if chance(random, 0.95)
            else pick(random, ("SIGNED", "UNSIGNED", "S", "REAL", "DOUBLE")),
        }
        if skip or chance(random, 0.3):
            fields["skipbytes"] = skip
        if chance(random, 0.3):
            fields[pick(random, ("nodata", "NODATA_value"))] = pick(random, (-9999, 0, 7, "1e3", "2.5", "-32768.0"))
        if chance(random, 0.3):
            row = width * size
            fields["bandrowbytes"] = row + pick(random, (0, 0, 4))
            fields["totalrowbytes"] = row * (1 if layout == "bsq" else bands) + pick(random, (0, 0, 4))
        if chance(random, 0.1):
            fields["bandgapbytes"] = pick(random, (0, 8))
        if chance(random, 0.1):
            fields["datatype"] = pick(random, ("R32", "S16", "U8"))
        if chance(random, 0.3):
            fields.update({"ulxmap": 1, "ulymap": 2, "xdim": 1, "ydim": 1})
        if chance(random, 0.1):
            fields = {
                "ncols": width,
                "nrows": height,
                "xllcorner": 0,
                "yllcorner": 0,
                "cellsize": 1,
                "NODATA_value": -9999,
                "byteorder": pick(random, ("LSBFIRST", "MSBFIRST")),
            }
            size, bands, skip = 4, 1, 0
        lines = [
            respell(random, key) + pick(random, (" ", "  ", "\t", "          ")) + str(value)
            for key, value in fields.items()
        ]
        others = (
            "",
            "# comment",
            "; nrows 3",
            "unknown 5",
            "nrows",
            '"ncols" 4',
            "nbands 1 2",
            "NODATAVALUE 3",
            "nbits=8",
            "statistics 1",
            "x" * 1200,
            "skipbytes\t3",
            "PROJECTION UTM",
            "nrows = 3",
        )
        text = mix_lines(random, lines, others).replace("\n", line_end(random))
        data = samples(random, room(random, skip + width * height * bands * size))
        return Case("ehdr", spoil(random, text.encode()), data, extra=no_data)

    def written(self, random):
        return write_gdal(self, random, "EHdr", ("u1", "u2", "i2", "u4", "i4", "f4"), {})

    def oracle(self, case):
        return self.read(case), False
