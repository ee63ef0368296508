# SPDX-License-Identifier: MIT
"""Random headers: a well-formed one, changed by things that people and programs do to headers."""
import os

import numpy

KINDS = ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")


class Case:
    """A file, or a header and the file of its samples.

    format  mmimage's name of it
    extra   what else readers must agree on: a function of mmimage's answer, or None
    files   of samples in several files their bytes, equally many of each, by name; data is then one of them
    """

    def __init__(self, form, header, data=None, name="data.raw", extra=None, files=None):
        self.format, self.header, self.data, self.name, self.extra = form, header, data, name, extra
        self.files = files

    def write_data(self, folder):
        """The files with the samples, and none that an earlier case has left."""
        for name in os.listdir(folder):
            if name.startswith("slice"):
                os.remove(os.path.join(folder, name))
        for name, data in (self.files or {self.name: self.data}).items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)


    def write(self, folder, whole, apart):
        """What readers are shown, under one of two names: a file, or a header apart from its samples. Its path."""
        path = os.path.join(folder, whole if self.data is None else apart)
        with open(path, "wb") as file:
            file.write(self.header)
        if self.data is not None:
            self.write_data(folder)
        return path

    @classmethod
    def of_files(cls, form, path, data_name=None):
        """What a program has written: a file, or a header and the samples beside it."""
        with open(path, "rb") as file:
            header = file.read()
        if data_name is None:
            return cls(form, header)
        with open(os.path.join(os.path.dirname(path), data_name), "rb") as file:
            return cls(form, header, file.read(), data_name)


# Of files with samples, for headers that name them.
DATA_NAMES = ("data.raw", "data.raw", "CT scan 1.raw", "dose(%Max=5).raw", "100%.raw")


def pick(random, items):
    return items[int(random.integers(len(items)))]


def chance(random, share):
    return random.random() < share


def samples(random, length):
    """Bytes of which no two places look alike."""
    return random.bytes(length)


def room(random, needed):
    """How many bytes of samples there are: mostly just enough, sometimes more or fewer."""
    return max(0, needed + pick(random, (0, 0, 0, 0, 1, 7, needed, -1)))


def pattern_of(random, count):
    """A pattern, its numbers (first, last, step), and the names that it makes."""
    first, step, width = pick(random, (0, 1, 5)), pick(random, (1, 1, 2)), pick(random, ("", "0", "02", "03", "3"))
    names = [("slice%" + width + "d.raw") % (first + i * step) for i in range(count)]
    return "slice%" + width + "d.raw", (first, first + (count - 1) * step, step), names


def listed_names(random, count):
    """Names in a list, and those of the files."""
    names = [f"slice{i}.raw" for i in range(count)]
    lines = [pick(random, ("", "", "", "./")) + name + pick(random, ("",) * 8 + (" ",)) for name in names]
    return lines, names


def listed_files(random, names, needed):
    """Files that have equally many of so many bytes, or some more or fewer."""
    length = room(random, needed // max(1, len(names)))
    return {name: samples(random, length) for name in names}


def listed_case(random, form, header, names, needed):
    """A header with a list or a pattern, and its files."""
    files = listed_files(random, names, needed)
    return Case(form, header, next(iter(files.values())), "listed", files=files)


def spelled_fields(random, fields, share, separators):
    """Lines of keys and values; so many of the keys are spelled otherwise."""
    lines = []
    for key, value in fields:
        if chance(random, share):
            key = respell(random, key)
        lines.append(key + pick(random, separators) + str(value))
    return lines


def kind_bytes(kind):
    return numpy.dtype(kind).itemsize


def respell(random, text):
    return pick(random, (text.lower(), text.upper(), text.title(), text))


def other_number(random, line):
    """A line with another digit."""
    places = [place for place, letter in enumerate(line) if letter.isdigit()]
    if not places:
        return line
    place = pick(random, places)
    return line[:place] + pick(random, "0123456789") + line[place + 1 :]


def mix_lines(random, lines, others, end="\n"):
    """Lines with up to three changes: moved, said twice, left out, indented, other lines between them."""
    lines = list(lines)
    for _ in range(int(random.integers(4))):
        place = int(random.integers(len(lines) + 1))
        which = int(random.integers(len(lines))) if lines else 0
        change = int(random.integers(8))
        if change == 0 and lines:
            lines.insert(place, lines.pop(which))
        elif change == 1 and lines:
            # Said twice, and not always alike.
            lines.insert(place, lines[which] if chance(random, 0.5) else other_number(random, lines[which]))
        elif change == 2 and lines:
            del lines[which]
        elif change == 3 and lines:
            lines[which] = pick(random, (" ", "\t", "  ")) + lines[which]
        elif change == 4 and lines:
            lines[which] += pick(random, (" ", "\t", " 1", "x", " ; comment", " # comment"))
        else:
            lines.insert(place, pick(random, others))
    return end.join(lines) + pick(random, (end, end, end, ""))


def line_end(random):
    return pick(random, ("\n", "\n", "\n", "\r\n", "\r"))


def spoil(random, header):
    """One time in 30 any byte becomes another."""
    if len(header) == 0 or not chance(random, 1 / 30):
        return header
    changed = bytearray(header)
    changed[int(random.integers(len(changed)))] = pick(random, b"\0\t\n\r #;%{}=:0159-+AaTF\xff")
    return bytes(changed)
