#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The site, made of README, docs/ and examples/ by mkdocs (Debian: apt install mkdocs).

Usage: make.py [--check] [FOLDER]
Writes the site into FOLDER (default build/site): open FOLDER/index.html. The pages are those of the sources. A link to
a header leads to the header, which goes along. A link to a file that does not go along becomes its text. --check looks
afterwards whether each link of each page leads to a file of the site, and to a place in it. Exit status 77 without
mkdocs.
"""

import argparse
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Dict, Iterator, List, Optional, Set, Tuple
from urllib.parse import unquote, urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PAGES = ("README.md", "NEWS.md", "SECURITY.md", "CONTRIBUTING.md", "LICENSE")
FOLDERS = ("docs", "examples", "lib/mmview/include", "lib/mmimage/include", "lib/mmview_mpi/include")
LEFT_OUT = ("docs/man/", "docs/site/")
FENCE = re.compile(r"^\s*(```|~~~)")
ITEM, INSIDE = re.compile(r"[-*] |1\. "), re.compile(r"\s*([-*]|\d+\.) |  ")
LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(([^()\s]+)\)")


def list_files() -> List[str]:
    found = [page for page in PAGES if os.path.exists(os.path.join(TOP, page))]
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(TOP, folder)):
            folders[:] = sorted(name for name in folders if name not in ("__pycache__", "bin", "obj"))
            paths = (os.path.relpath(os.path.join(place, name), TOP) for name in sorted(names))
            found += [path for path in paths if not path.startswith(LEFT_OUT)]
    return found


def relink(page: str, match: "re.Match[str]", files: Set[str]) -> str:
    """A link of a page as it is in the site."""
    mark, text, target = match.groups()
    if re.match(r"[a-z][a-z0-9+.-]*:|#", target):
        return match.group(0)
    name, _, anchor = target.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(page), name))
    if os.path.join(path, "README.md") in files:
        path = os.path.join(path, "README.md")
    if path not in files:
        return text
    where = os.path.relpath(path, os.path.dirname(page) or ".")
    return f"{mark}[{text}]({where}{'#' + anchor if anchor else ''})"


def shown(line: str) -> Set[int]:
    """The places within backquotes."""
    return {place for code in re.finditer(r"`[^`]*`", line) for place in range(code.start(), code.end())}


def rewrite(page: str, text: str, files: Set[str]) -> str:
    lines: List[str] = []
    fenced = False
    for line in text.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        # Within backquotes a link is shown, not made; a list must begin behind an empty line here.
        if not fenced:
            line = LINK.sub(lambda match: relink(page, match, files) if match.start() not in shown(line) else
                            match.group(0), line)
            if ITEM.match(line) and lines and lines[-1] and not INSIDE.match(lines[-1]):
                lines.append("")
        lines.append(line)
    return "\n".join(lines)


def copy_pages(folder: str) -> None:
    files = list_files()
    known = set(files)
    for path in files:
        other = os.path.join(folder, path)
        os.makedirs(os.path.dirname(other), exist_ok=True)
        if path.endswith(".md"):
            with open(os.path.join(TOP, path), encoding="utf-8") as file:
                text = rewrite(path, file.read(), known)
            with open(other, "w", encoding="utf-8") as file:
                file.write(text)
        else:
            shutil.copyfile(os.path.join(TOP, path), other)


def build(site: str) -> int:
    with tempfile.TemporaryDirectory(prefix="mmview-site.") as work:
        copy_pages(os.path.join(work, "pages"))
        shutil.copyfile(os.path.join(HERE, "mkdocs.yml"), os.path.join(work, "mkdocs.yml"))
        shutil.copyfile(os.path.join(HERE, "extra.css"), os.path.join(work, "pages", "extra.css"))
        return subprocess.run(["mkdocs", "build", "--strict", "--quiet", "--config-file",
                               os.path.join(work, "mkdocs.yml"), "--site-dir", os.path.abspath(site)],
                              check=False).returncode


class Page(html.parser.HTMLParser):
    """What a page points at, and the places in it that can be pointed at."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: List[str] = []
        self.places: Set[str] = set()

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.append(value)
            elif name in ("id", "name") and value:
                self.places.add(value)


def read_site(site: str) -> Dict[str, Page]:
    pages: Dict[str, Page] = {}
    for place, _, names in os.walk(site):
        for name in names:
            if name.endswith(".html"):
                page = Page()
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    page.feed(file.read())
                pages[os.path.relpath(os.path.join(place, name), site)] = page
    return pages


def check(site: str) -> Iterator[str]:
    pages = read_site(site)
    if not pages:
        yield "there is no page"
    for path, page in sorted(pages.items()):
        # The page for addresses that there are not has addresses from the top.
        for target in page.targets if path != "404.html" else []:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            other = os.path.normpath(os.path.join(os.path.dirname(path), unquote(parts.path))) if parts.path else path
            if os.path.isdir(os.path.join(site, other)):
                other = os.path.normpath(os.path.join(other, "index.html"))
            if not os.path.exists(os.path.join(site, other)):
                yield f"{path}: {target} leads nowhere"
            elif parts.fragment and other in pages and parts.fragment not in pages[other].places:
                yield f"{path}: {target}: no such place"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="look whether all links lead somewhere")
    parser.add_argument("folder", nargs="?", default=os.path.join(TOP, "build", "site"))
    arguments = parser.parse_args()
    if not shutil.which("mkdocs"):
        print("SKIPPED: mkdocs is not there (Debian: apt install mkdocs)")
        return 77
    if build(arguments.folder):
        return 1
    faults = list(check(arguments.folder)) if arguments.check else []
    for fault in faults:
        print(fault)
    if arguments.check:
        print(f"{len(faults)} dead links in the site")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
