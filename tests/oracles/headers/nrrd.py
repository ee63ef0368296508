# SPDX-License-Identifier: MIT
"""NRRD, against teem."""
import ctypes
import ctypes.util
import os

import numpy

import cases
from cases import Case, chance, kind_bytes, pick, samples
from ours import Image

# nrrdEnums.h; the names that headers have for them
TYPES = {
    1: ("i1", ("signed char", "int8", "int8_t")),
    2: ("u1", ("uchar", "unsigned char", "uint8", "uint8_t")),
    3: ("i2", ("short", "short int", "signed short", "signed short int", "int16", "int16_t")),
    4: ("u2", ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t")),
    5: ("i4", ("int", "signed int", "int32", "int32_t")),
    6: ("u4", ("uint", "unsigned int", "uint32", "uint32_t")),
    7: ("i8", ("longlong", "long long", "int64", "int64_t")),
    8: ("u8", ("ulonglong", "unsigned long long", "uint64")),
    9: ("f4", ("float",)),
    10: ("f8", ("double",)),
}
SIZE = 1  # nrrdAxisInfoSize


class Head(ctypes.Structure):
    """What a Nrrd begins with."""

    _fields_ = [("data", ctypes.c_void_p), ("type", ctypes.c_int), ("dim", ctypes.c_uint)]


class Nrrd:
    """teem's own format."""

    name = "NRRD"
    needs = "libteem2"

    def __init__(self, folder):
        name = ctypes.util.find_library("teem") or "libteem.so.2"
        self.teem, self.folder = ctypes.CDLL(name), folder
        self.teem.nrrdNew.restype = ctypes.POINTER(Head)
        self.teem.nrrdLoad.argtypes = [ctypes.POINTER(Head), ctypes.c_char_p, ctypes.c_void_p]
        self.teem.nrrdAxisInfoGet_nva.argtypes = [ctypes.POINTER(Head), ctypes.c_int, ctypes.c_void_p]
        self.teem.nrrdNuke.argtypes = [ctypes.POINTER(Head)]
        self.teem.biffDone.argtypes = [ctypes.c_char_p]
        self.teem.nrrdIoStateNew.restype = ctypes.c_void_p
        self.teem.nrrdIoStateEncodingSet.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self.teem.nrrdSave.argtypes = [ctypes.c_char_p, ctypes.POINTER(Head), ctypes.c_void_p]
        self.teem.nrrdWrap_nva.argtypes = [
            ctypes.POINTER(Head),
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_void_p,
        ]
        self.teem.nrrdNix.argtypes = [ctypes.POINTER(Head)]

    @staticmethod
    def list_of(random, sizes):
        """"data file" of several files, the lines behind it, and their names."""
        axis = int(random.integers(1, len(sizes) + 1)) if chance(random, 0.5) else len(sizes) - 1
        count = int(numpy.prod(sizes[axis:])) if axis < len(sizes) else pick(random, (1, sizes[-1], 2))
        count = max(1, count + pick(random, (0,) * 8 + (1, -1)))
        subdim = "" if axis == len(sizes) - 1 and chance(random, 0.6) else f" {axis}"
        if chance(random, 0.5):
            name, (first, last, step), names = cases.pattern_of(random, count)
            if chance(random, 0.2):
                first, last, step = last, first, -step
                names.reverse()
            return f"{name} {first} {last} {step}{subdim}", [], names
        lines, names = cases.listed_names(random, count)
        return f"LIST{subdim}", lines, names

    def make(self, random):
        code = pick(random, tuple(TYPES))
        kind, names = TYPES[code]
        dimension = int(random.integers(1, 5))
        sizes = [int(n) for n in random.integers(1, 6, dimension)]
        apart = chance(random, 0.5)
        lines_skipped, skip = pick(random, (0, 0, 0, 0, 2)), pick(random, (0, 0, 0, 5, -1, -3))
        fields = [("type", pick(random, names)), ("dimension", dimension), ("sizes", " ".join(map(str, sizes)))]
        if chance(random, 0.95):
            fields.append(("endian", pick(random, ("little", "big") * 6 + ("LITTLE", "middle"))))
        fields.append(("encoding", pick(random, ("raw",) * 8 + ("RAW", "ascii", "gzip"))))
        if chance(random, 0.4):
            fields.append(
                (
                    "kinds",
                    " ".join(
                        pick(random, ("domain", "space", "???", "none", "RGB-color", "vector", "list", "3-color"))
                        for _ in sizes
                    ),
                )
            )
        if lines_skipped:
            fields.append((pick(random, ("line skip", "lineskip")), lines_skipped))
        if skip or chance(random, 0.1):
            fields.append((pick(random, ("byte skip", "byteskip")), skip))
        if chance(random, 0.2):
            fields.append(
                pick(
                    random,
                    (
                        ("content", "a: b"),
                        ("min", "3"),
                        ("old max", "7"),
                        ("number", "5"),
                        ("spacings", " ".join(["1"] * dimension)),
                        ("labels", '"x" ' * dimension),
                        ("space", "left-posterior-superior"),
                        ("centerings", "cell " * dimension),
                    ),
                )
            )
        data_name = pick(random, cases.DATA_NAMES)
        listed = self.list_of(random, sizes) if apart and chance(random, 0.4) else None
        if apart:
            fields.append((pick(random, ("data file", "datafile")), listed[0] if listed else data_name))
        separators = (": ",) * 60 + (":", ":  ", " : ", ":\t", ": \t", ":=")
        lines = cases.spelled_fields(random, fields, 0.1, separators)
        others = (
            "# comment",
            "# type: float",
            "key:=value",
            "line skip:=2",
            "a: b:=c",
            "byte skip: 0",
            "unknown: 5",
            "nothing",
            "type:=float",
            "key:=value: x",
            " # no comment",
            "sizes 3",
            "line_skip: 2",
            "",
        )
        end = cases.line_end(random)
        text = pick(random, ("NRRD0004",) * 30 + ("NRRD0001", "NRRD0005", "NRRD0006", "NRRD0009")) + "\n"
        text += cases.mix_lines(random, lines, others) if chance(random, 0.6) else "\n".join(lines) + "\n"
        if listed and listed[1]:
            text = text.rstrip("\n") + "\n" + "".join(line + "\n" for line in listed[1])
            text += pick(random, ("",) * 8 + ("\n",))
        else:
            text += pick(random, ("\n",) * 8 + ("", " \n")) if apart else "\n"
        header = cases.spoil(random, text.replace("\n", end).encode())
        needed = kind_bytes(kind) * int(numpy.prod(sizes)) + (max(skip, 0) if apart else 0)
        between = b"one\nsecond line\n" if lines_skipped else b""
        data = between + samples(random, cases.room(random, needed))
        if listed:
            needed = kind_bytes(kind) * int(numpy.prod(sizes)) + max(skip, 0) * len(listed[2])
            return cases.listed_case(random, "nrrd", header, listed[2], needed)
        if apart:
            return Case("nrrd", header, data, data_name)
        return Case("nrrd", header + between + samples(random, max(skip, 0)) + data[len(between) :])

    def written(self, random):
        code = pick(random, [code for code in TYPES if code not in (7, 8)])
        kind = TYPES[code][0]
        sizes = [int(n) for n in random.integers(1, 7, int(random.integers(1, 5)))]
        flat = numpy.frombuffer(bytearray(samples(random, int(numpy.prod(sizes)) * kind_bytes(kind))), kind)
        nrrd, state = self.teem.nrrdNew(), self.teem.nrrdIoStateNew()
        self.teem.nrrdIoStateEncodingSet(state, ctypes.c_void_p.in_dll(self.teem, "nrrdEncodingRaw"))
        wrong = self.teem.nrrdWrap_nva(nrrd, flat.ctypes.data, code, len(sizes), (ctypes.c_size_t * 16)(*sizes))
        apart = chance(random, 0.5)
        path = os.path.join(self.folder, "w.nhdr" if apart else "w.nrrd")
        wrong = wrong or self.teem.nrrdSave(path.encode(), nrrd, state)
        self.teem.nrrdNix(nrrd)
        assert wrong == 0, "teem does not write"
        return Case.of_files("nrrd", path, "w.raw" if apart else None), Image(kind, flat)

    def oracle(self, case):
        path = case.write(self.folder, "a.nrrd", "a.nhdr")
        nrrd = self.teem.nrrdNew()
        try:
            if self.teem.nrrdLoad(nrrd, path.encode(), None) != 0:
                self.teem.biffDone(b"nrrd")
                return None, False
            head = nrrd.contents
            sizes = (ctypes.c_size_t * 16)()
            self.teem.nrrdAxisInfoGet_nva(nrrd, SIZE, sizes)
            count = int(numpy.prod([int(n) for n in sizes[: head.dim]], dtype=object))
            if head.type not in TYPES or count > 1 << 16:
                return None, False
            kind = TYPES[head.type][0]
            stored = ctypes.string_at(head.data, count * kind_bytes(kind))
            return Image(kind, numpy.frombuffer(stored, kind)), False
        finally:
            self.teem.nrrdNuke(nrrd)
