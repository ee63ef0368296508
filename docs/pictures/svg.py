# SPDX-License-Identifier: MIT
"""What the pictures are drawn with: a sheet that collects elements, and writes them as SVG."""

from typing import List
from xml.sax.saxutils import escape, quoteattr

INK, PALE, LINE = "#1b1f24", "#59636e", "#8c959f"
BLUE, GREEN, SAND, RED = "#54aeff", "#4ac26b", "#f6e3b4", "#cf222e"
SANS = "font-family:Helvetica,Arial,sans-serif"
MONO = "font-family:Menlo,Consolas,'DejaVu Sans Mono',monospace"


def number(value: float) -> str:
    """The same text on every machine."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


class Sheet:
    """A picture of a width and height, white, with a title that says in words what is seen."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self.elements: List[str] = []
        self.style = ""

    def box(self, place: List[float], fill: str = "none", stroke: str = LINE, more: str = "") -> None:
        """place: x, y, width, height."""
        x, y, width, height = map(number, place)
        self.elements.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" fill="{fill}" '
                             f'stroke="{stroke}"{more}/>')

    def line(self, ends: List[float], stroke: str = LINE, more: str = "") -> None:
        """ends: x, y, x, y."""
        x1, y1, x2, y2 = map(number, ends)
        self.elements.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}"{more}/>')

    def text(self, x: float, y: float, words: str, more: str = "") -> None:
        """more: further attributes; the size is 13 and the colour ink unless they say otherwise."""
        size = "" if "font-size" in more else ' font-size="13"'
        fill = "" if "fill=" in more else f' fill="{INK}"'
        self.elements.append(f'<text x="{number(x)}" y="{number(y)}"{size}{fill}{more}>{escape(words)}</text>')

    def text_of(self) -> str:
        width, height = number(self.width), number(self.height)
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(self.title)} style="{SANS}">\n'
                f"<title>{escape(self.title)}</title>\n")
        style = f"<style>{self.style}</style>\n" if self.style else ""
        paper = f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        return head + style + paper + "\n".join(self.elements) + "\n</svg>\n"
