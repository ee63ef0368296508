# SPDX-License-Identifier: MIT
"""What the commands of bench/ share about their command lines."""
import argparse


def size_in_mib(text):
    units = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1 << 20}
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    try:
        value = int(float(number) * units[unit]) if unit else int(number) >> 20
    except (KeyError, OverflowError, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 512M or 4G") from None
    if value < 16:
        raise argparse.ArgumentTypeError("must be 16M or more")
    return value


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 1 <= value < 1e6:
        raise argparse.ArgumentTypeError("must be 1 or more, and less than a million")
    return value


def count(text):
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)
