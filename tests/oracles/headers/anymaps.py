# SPDX-License-Identifier: MIT
"""PGM, PPM and PAM, against netpbm's library."""
import subprocess
import shutil

import numpy

from cases import Case, chance, mix_lines, pick, samples, spoil
from ours import from_bytes


def maximum(answer):
    return answer.high


class Anymap:
    """All binary formats with more than one bit."""

    name = "netpbm"
    needs = "libnetpbm11 netpbm"

    def __init__(self, folder):
        del folder
        self.library = self.loaded = None

    def load(self):
        if not self.loaded:
            for name in (b"libnetpbm.so.11", b"libnetpbm.so.10"):
                if self.library.shim.shim_load_netpbm(name) == 0:
                    self.loaded = name
                    return
            raise OSError("libnetpbm is not there")

    def make(self, random):
        return self.make_pam(random) if chance(random, 0.4) else self.make_pnm(random)

    @staticmethod
    def data(random, width, height, depth, maxval):
        needed = width * height * depth * (1 if maxval < 256 else 2)
        return samples(random, max(0, needed + pick(random, (0,) * 6 + (1, 9, -1, -2))))

    def make_pnm(self, random):
        magic = pick(random, ("P5", "P6", "P5", "P6", "P5", "P6", "P4", "P2", "P3"))
        width, height = (int(n) for n in random.integers(1, 6, 2))
        maxval = pick(random, (255, 65535, 1, 1000, 256, 255, 65536, 0))
        tokens = [magic, width, height, maxval]
        if chance(random, 0.05):
            tokens[int(random.integers(1, 4))] = pick(random, ("007", "+5", "-1", "", "4.0", "x", "99999999999"))
        text = ""
        for number, token in enumerate(tokens):
            text += str(token)
            blank = pick(random, ("\n", " ", "\n", " ", "\t", "\r\n", "  ", "\n\n", "\v", "\f"))
            if number == 3:
                blank = pick(random, ("\n",) * 8 + (" ", "\t", "\r", "\r\n", "", "\n\n"))
            comment = pick(random, ("# x", "#", "# 9 9 9", "#a#b"))
            if chance(random, 0.15):
                blank = pick(
                    random,
                    (
                        comment + "\n",
                        blank + comment + "\n",
                        comment + "\r",
                        comment + "\r\n",
                        blank + comment + "\n" + comment + "\n",
                    ),
                )
            text += blank
        header = spoil(random, text.encode())
        return Case("pnm", header + self.data(random, width, height, 3 if magic == "P6" else 1, maxval), extra=maximum)

    def make_pam(self, random):
        width, height, depth = (int(n) for n in random.integers(1, 6, 3))
        maxval = pick(random, (255, 65535, 1, 1000, 256, 255, 65536))
        lines = [f"WIDTH {width}", f"HEIGHT {height}", f"DEPTH {depth}", f"MAXVAL {maxval}"]
        if chance(random, 0.6):
            lines.append("TUPLTYPE " + pick(random, ("RGB", "GRAYSCALE", "RGB_ALPHA", "x y")))
        others = (
            "# comment",
            " # no",
            "",
            "width 3",
            "TUPLTYPE ALPHA",
            "TUPLTYPE",
            "MAXVAL",
            "COLOR 3",
            "DEPTH  1",
            "HEIGHT\t2",
            "#WIDTH 3",
        )
        text = "P7\n" + mix_lines(random, lines, others)
        if not text.endswith("\n"):
            text += "\n"
        text += pick(random, ("ENDHDR\n",) * 12 + ("ENDHDR \n", "endhdr\n", "ENDHDR", "ENDHDR\nENDHDR\n"))
        if chance(random, 0.05):
            text = text.replace("\n", "\r\n")
        header = spoil(random, text.encode())
        return Case("pam", header + self.data(random, width, height, depth, maxval), extra=maximum)

    def written(self, random):
        """netpbm's own programs write: a plain text of ours goes through one of them."""
        self.load()
        magic, depth = pick(random, (("P2", 1), ("P3", 3)))
        width, height = (int(n) for n in random.integers(1, 9, 2))
        maxval = pick(random, (255, 65535, 1, 1000, 256))
        values = random.integers(0, maxval + 1, (height, width, depth))
        text = f"{magic}\n{width} {height}\n{maxval}\n" + "\n".join(map(str, values.ravel())) + "\n"
        program = pick(random, ("pamtopam", "pnmtopnm", "pamtopnm"))
        path = shutil.which(program)
        if not path:
            raise OSError(f"{program} is not there")
        stored = subprocess.run([path], input=text.encode(), capture_output=True, check=True).stdout
        kind = "u1" if maxval < 256 else "u2"
        wanted = from_bytes(kind, values.astype(kind).tobytes(), 0, (height, width, depth), extra=float(maxval))
        # A bitmap is none of ours.
        if stored[:2] in (b"P1", b"P4"):
            return self.written(random)
        return Case("pam" if stored[:2] == b"P7" else "pnm", stored, extra=maximum), wanted

    def oracle(self, case):
        self.load()
        answer = self.library.netpbm(case.header)
        if answer is None or case.header[:2] not in (b"P5", b"P6", b"P7"):
            return None, False
        kind = "u1" if answer.maxval < 256 else "u2"
        shape = (answer.height, answer.width, answer.depth)
        if int(numpy.prod(shape, dtype=object)) > 1 << 20:
            return None, False
        return from_bytes(kind, case.header, answer.offset, shape, "bip", True, float(answer.maxval)), False
