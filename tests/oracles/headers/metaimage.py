# SPDX-License-Identifier: MIT
"""MetaImage, against ITK's MetaIO library."""
import ctypes
import glob
import mmap
import os
import select
import shutil
import signal
import subprocess

import numpy

import cases
from cases import Case, chance, kind_bytes, pick, samples
from ours import Image

# metaTypes.h
TYPES = {
    "MET_CHAR": (2, "i1"),
    "MET_UCHAR": (3, "u1"),
    "MET_SHORT": (4, "i2"),
    "MET_USHORT": (5, "u2"),
    "MET_INT": (6, "i4"),
    "MET_UINT": (7, "u4"),
    "MET_LONG": (8, "i4"),
    "MET_ULONG": (9, "u4"),
    "MET_LONG_LONG": (10, "i8"),
    "MET_ULONG_LONG": (11, "u8"),
    "MET_FLOAT": (12, "f4"),
    "MET_DOUBLE": (13, "f8"),
}
SUPPORTED = tuple(name for name, (_, kind) in TYPES.items() if kind not in ("i8", "u8"))


# Bytes of samples that are looked at.
ROOM = 1 << 16


class Answer(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("dimensions", "type", "channels")] + [
        ("sizes", ctypes.c_int32 * 10),
        ("length", ctypes.c_uint64),
    ]


def build(folder):
    """The library of metaio.cc."""
    headers = glob.glob("/usr/include/*/metaImage.h") + glob.glob("/usr/include/metaImage.h")
    libraries = glob.glob("/usr/lib/lib*etaIO*.so") + glob.glob("/usr/lib/*/lib*etaIO*.so")
    compiler = shutil.which("c++")
    if not headers or not libraries or not compiler:
        raise ImportError("metaImage.h, libITKMetaIO or c++ is not there")
    name = os.path.join(folder, "metaio.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "metaio.cc")
    done = subprocess.run(
        [
            compiler,
            "-w",
            "-shared",
            "-fPIC",
            "-I" + os.path.dirname(headers[0]),
            "-o",
            name,
            source,
            libraries[0],
            "-lz",
        ],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise ImportError("metaio.cc cannot be compiled: " + done.stderr.decode(errors="replace")[-200:])
    return ctypes.CDLL(name)


class MetaImage:
    """ITK's own format."""

    name = "MetaImage"
    needs = "libinsighttoolkit5-dev"

    def __init__(self, folder):
        self.folder, self.metaio = folder, build(folder)
        # What it has to say of odd headers is no news here.
        self.null = os.open(os.devnull, os.O_WRONLY)
        self.child = None
        # Shared with the process that reads.
        self.shared = mmap.mmap(-1, ctypes.sizeof(Answer) + ROOM)

    @staticmethod
    def list_of(random, sizes):
        """ElementDataFile of several files, the lines behind it, and their names."""
        dimensions = len(sizes)
        wrong = pick(random, (0,) * 8 + (1, -1))
        if chance(random, 0.5):
            count = max(1, sizes[-1] + wrong)
            name, (first, last, step), names = cases.pattern_of(random, count)
            forms = (f"{name} {first} {last} {step}",) * 6 + (name, f"{name} {first}", f"{name} {first} {last}")
            return pick(random, forms), [], names
        axis = int(random.integers(0, dimensions + 2))
        effective = dimensions - 1 if axis in (0, dimensions + 1) else axis
        count = max(1, int(numpy.prod(sizes[effective:])) + wrong)
        lines, names = cases.listed_names(random, count)
        is_default = effective == dimensions - 1 and chance(random, 0.7)
        return "LIST" if is_default else f"LIST {axis}", lines, names

    def make(self, random):
        name = pick(random, tuple(TYPES))
        size = kind_bytes(TYPES[name][1])
        dimensions = int(random.integers(1, 4))
        sizes = [int(n) for n in random.integers(1, 6, dimensions)]
        channels = pick(random, (1, 1, 3))
        apart = chance(random, 0.5)
        skip = pick(random, (0, 0, 0, 5, -1)) if apart or chance(random, 0.2) else 0
        fields = [
            ("ObjectType", "Image"),
            ("NDims", dimensions),
            ("BinaryData", pick(random, ("True",) * 6 + ("False", "T"))),
            ("DimSize", " ".join(map(str, sizes))),
            ("ElementType", name),
        ]
        if chance(random, 0.7):
            truth = pick(random, ("True", "False", "T", "f", "1", "0", "true", "FALSE", "yes"))
            fields.insert(3, (pick(random, ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")), truth))
        if channels > 1 or chance(random, 0.2):
            fields.append(("ElementNumberOfChannels", channels))
        if skip or chance(random, 0.1):
            fields.insert(2, ("HeaderSize", skip if apart or skip < 1 else 300))
        if chance(random, 0.1):
            fields.insert(2, ("CompressedData", pick(random, ("False", "False", "True"))))
        if chance(random, 0.2):
            fields.append(("ElementSpacing", " ".join(["1.5"] * dimensions)))
        if chance(random, 0.2):
            fields.append(pick(random, (("ElementMin", 3), ("Comment", "a = b"), ("Modality", "MET_MOD_CT"))))
        data_name = pick(random, cases.DATA_NAMES)
        listed = self.list_of(random, sizes) if apart and chance(random, 0.4) else None
        local = pick(random, ("LOCAL",) * 5 + ("Local", "local", "LoCal"))
        fields.append(("ElementDataFile", listed[0] if listed else data_name if apart else local))
        separators = (" = ",) * 6 + ("=", "  =  ", " : ", ":", " == ", "\t=\t")
        lines = cases.spelled_fields(random, fields, 0.03, separators)
        others = (
            "",
            "# a comment",
            "// a = b",
            "Name = x",
            "unknown = 5",
            "Comment",
            "Comment =",
            "NDims 2",
            "dimsize = 1 1",
            "Position = 1 2",
            "a: b",
            "ElementNumberOfChannels = 1",
            "ObjectSubType = Image",
            ";x = {",
        )
        end = cases.line_end(random)
        if chance(random, 0.5):
            text = cases.mix_lines(random, lines[:-1], others, end="\n")
            text += ("" if text.endswith("\n") else "\n") + lines[-1] + "\n"
        else:
            text = "\n".join(lines) + "\n"
        text += "".join(line + "\n" for line in listed[1]) if listed else ""
        if chance(random, 0.1):
            text = text[:-1]
        header = text.replace("\n", end).encode()
        needed = size * channels * int(numpy.prod(sizes)) + (max(skip, 0) if apart else 0)
        data = samples(random, cases.room(random, needed))
        header = cases.spoil(random, header)
        if listed:
            needed = size * channels * int(numpy.prod(sizes)) + max(skip, 0) * len(listed[2])
            return cases.listed_case(random, "mhd", header, listed[2], needed)
        if apart:
            return Case("mhd", header, data, data_name)
        return Case("mhd", header + (samples(random, 300) if skip > 0 else b"") + data)

    def written(self, random):
        name = pick(random, SUPPORTED)
        code, kind = TYPES[name]
        dimensions, channels = int(random.integers(1, 5)), pick(random, (1, 1, 3, 4))
        sizes = [int(n) for n in random.integers(1, 7, dimensions)]
        count = channels * int(numpy.prod(sizes))
        flat = numpy.frombuffer(samples(random, count * kind_bytes(kind)), kind)
        apart, big = chance(random, 0.5), chance(random, 0.3)
        path = os.path.join(self.folder, "w.mhd" if apart else "w.mha")
        # It writes the bytes as they are, whatever order it then says they have.
        stored = flat.astype(flat.dtype.newbyteorder(">")) if big else flat
        wrong = self.quietly(
            self.metaio.metaio_write,
            path.encode(),
            b"w.raw" if apart else b"LOCAL",
            dimensions,
            (ctypes.c_int * 10)(*sizes),
            code,
            channels,
            int(big),
            stored.tobytes(),
        )
        assert wrong == 0, "MetaIO does not write"
        return Case.of_files("mhd", path, "w.raw" if apart else None), self.image(kind, flat, sizes, channels)

    @staticmethod
    def image(kind, flat, sizes, channels):
        rows = int(numpy.prod(sizes[1:])) if len(sizes) > 1 else 1
        return Image(kind, flat, (rows, sizes[0], channels))

    def quietly(self, function, *arguments):
        """Without what it prints on stdout and stderr."""
        saved = [os.dup(1), os.dup(2)]
        try:
            os.dup2(self.null, 1)
            os.dup2(self.null, 2)
            return function(*arguments)
        finally:
            for number, old in enumerate(saved, 1):
                os.dup2(old, number)
                os.close(old)

    def serve(self):
        """A process that reads files: some headers keep MetaIO going for ever."""
        self.asked, self.answered = os.pipe(), os.pipe()
        self.child = os.fork()
        if self.child:
            return
        os.dup2(self.null, 1)
        os.dup2(self.null, 2)
        answer = Answer.from_buffer(self.shared)
        stored = (ctypes.c_char * ROOM).from_buffer(self.shared, ctypes.sizeof(Answer))
        while True:
            path = os.read(self.asked[0], 4096)
            # Its parent may have gone without a word.
            if not path or os.getppid() == 1:
                os._exit(0)
            wrong = self.metaio.metaio_read(path, ctypes.byref(answer), stored, ROOM)
            os.write(self.answered[1], b"n" if wrong else b"y")

    def stop(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        for pipe in (self.asked, self.answered):
            os.close(pipe[0])
            os.close(pipe[1])
        self.child = None

    def read_apart(self, path):
        """Whether MetaIO takes the file, within half a second."""
        if not self.child:
            self.serve()
        os.write(self.asked[1], path.encode())
        if not select.select([self.answered[0]], [], [], 0.5)[0]:
            self.stop()
            return False
        return os.read(self.answered[0], 1) == b"y"

    def oracle(self, case):
        answer = Answer.from_buffer(self.shared)
        path = case.write(self.folder, "a.mha", "a.mhd")
        # A name with this sign is a pattern to MetaIO, which then gives out memory that it has not written.
        if "%" in case.name or not self.read_apart(path):
            return None, False
        kind = next((kind for code, kind in TYPES.values() if code == answer.type), None)
        sizes = list(answer.sizes[: answer.dimensions])
        if kind is None or min(sizes, default=0) < 1:
            return None, False
        flat = numpy.frombuffer(self.shared[ctypes.sizeof(Answer) : ctypes.sizeof(Answer) + answer.length], kind)
        return self.image(kind, flat, sizes, answer.channels), False
