# SPDX-License-Identifier: MIT
"""Arguments as the library can take them: integers within 64 bits, names without a zero byte."""
import operator
import os

from ._errors import NumberError, SizeError

LARGEST = 2**64 - 2  # one more is MMV_EMPTY


def number(name, value, least=0):
    """Whatever counts as an integer, numpy's among them, in the range that the library has for it."""
    if isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", None) == "b":
        raise NumberError(f"{name} must be an integer, not {value!r}")
    try:
        result = operator.index(value)
    except TypeError:
        raise NumberError(f"{name} must be an integer, not {value!r}") from None
    if not least <= result <= LARGEST:
        raise SizeError(f"{name} must be {least} to {LARGEST}, not {result}")
    return result


def file_name(path):
    """A path as bytes."""
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("a path has no zero byte")
    return name


def object_name(name):
    """A name in memory as bytes: any text without a zero byte."""
    if not isinstance(name, (str, bytes)):
        raise TypeError(f"a name is a text, not {name!r}")
    name = os.fsencode(name)
    if b"\0" in name:
        raise ValueError("a name has no zero byte")
    return name
