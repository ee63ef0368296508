#!/usr/bin/env python3
"""Which folder may include and call which: docs/design.md has a table, the sources must follow it.

Usage: layers.py [--root=FOLDER] [--objects=FOLDER] [--graph]
Reads every #include of the table's folders and, by nm, every call between the object files of a build.
Prints each violation as FILE:LINE: REASON and each circle of folders. Exit status 1 when there is any.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import defaultdict
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

# What every C17 compiler brings along, on Windows, too.
STANDARD = set(
    """assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic
    stdbool stddef stdint stdio stdlib stdnoreturn string tgmath time uchar wchar wctype""".split()
)
# C++ names, for the one file of bench/ that is C++.
CXX = re.compile(r"[a-z_]+$")
ANY = "any"
SOURCES = (".c", ".h", ".cc")
BEGIN, END = "<!-- layers -->", "<!-- /layers -->"
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


class Row(NamedTuple):
    """One folder of the table, with what its files may include besides each other."""

    folder: str
    folders: Tuple[str, ...]
    headers: Tuple[str, ...]


class Edge(NamedTuple):
    """One file uses something of another folder: by an #include, or by a call."""

    source: str
    target: str
    where: str
    what: str


class Failure(Exception):
    """The table or the build cannot be read."""


def read_table(text: str) -> List[Row]:
    """The rows between the two marks: | `folder` | `folder` `folder` | header.h header.h |"""
    if BEGIN not in text or END not in text:
        raise Failure(f"no table between {BEGIN} and {END}")
    rows = []
    for line in text.split(BEGIN)[1].split(END)[0].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 3 or not cells[0].startswith("`"):
            continue
        words = [re.findall(r"`([^`]+)`", cell) for cell in cells]
        rows.append(Row(words[0][0], tuple(words[1]), tuple(words[2])))
    if not rows:
        raise Failure("the table of layers is empty")
    return rows


class Layers:
    """The table, and the answers to who may use what."""

    def __init__(self, rows: List[Row]):
        self.rows = {row.folder: row for row in rows}
        unknown = {name for row in rows for name in row.folders if name not in self.rows}
        if unknown:
            raise Failure(f"folders without a row of their own: {' '.join(sorted(unknown))}")

    def folder_of(self, path: str) -> Optional[str]:
        """The longest folder of the table that the file lies in."""
        folder = os.path.dirname(path)
        while folder and folder not in self.rows:
            folder = os.path.dirname(folder)
        return folder or None

    def allows(self, source: str, target: str) -> bool:
        return source == target or target in self.rows[source].folders

    def allows_header(self, folder: str, name: str, cxx: bool) -> bool:
        headers = self.rows[folder].headers
        if ANY in headers or name in headers:
            return True
        return (name.endswith(".h") and name[:-2] in STANDARD) or (cxx and CXX.match(name) is not None)

    def circles(self) -> List[List[str]]:
        return find_circles({row.folder: set(row.folders) for row in self.rows.values()})


def find_circles(graph: Dict[str, Set[str]]) -> List[List[str]]:
    """Groups of folders of which each reaches every other."""
    reach = {node: reachable(graph, node) for node in graph}
    groups = {tuple(sorted(other for other in reach[node] if node in reach.get(other, set()))) for node in graph}
    return [list(group) for group in sorted(groups) if len(group) > 1]


def reachable(graph: Dict[str, Set[str]], start: str) -> Set[str]:
    seen: Set[str] = set()
    todo = list(graph.get(start, ()))
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo.extend(graph.get(node, ()))
    return seen


def list_sources(root: str, layers: Layers) -> Iterator[str]:
    for folder in sorted({name.split("/")[0] for name in layers.rows}):
        for place, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if name.endswith(SOURCES):
                    yield os.path.relpath(os.path.join(place, name), root)


def include_roots(paths: List[str]) -> List[str]:
    """Folders that the build may name with -I: all of them."""
    return sorted({folder for path in paths for folder in parents(os.path.dirname(path))})


def parents(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = os.path.dirname(folder)


def nearest(user: str, paths: List[str]) -> str:
    """Of several with one name (each program may have its own), the one in the user's part of the tree."""
    return max(paths, key=lambda path: len(os.path.commonpath([path, user])))


class Headers:
    """Which file of the tree an #include means: beside the includer, or FOLDER/NAME below any folder of the tree."""

    def __init__(self, paths: List[str]):
        self.paths = set(paths)
        self.roots = include_roots(paths)

    def find(self, includer: str, name: str) -> Optional[str]:
        beside = os.path.normpath(os.path.join(os.path.dirname(includer), name))
        if beside in self.paths:
            return beside
        if "/" not in name:
            return None
        found = [path for path in (os.path.join(root, name) for root in self.roots) if path in self.paths]
        return nearest(includer, found) if found else None


def read_includes(root: str, path: str) -> Iterator[Tuple[int, str]]:
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1)


def check_includes(root: str, layers: Layers, paths: List[str]) -> Tuple[List[str], List[Edge]]:
    headers = Headers(paths)
    faults: List[str] = []
    edges: List[Edge] = []
    for path in paths:
        folder = layers.folder_of(path)
        if folder is None:
            faults.append(f"{path}:1: its folder has no row in the table")
            continue
        for number, name in read_includes(root, path):
            target = headers.find(path, name)
            where = f"{path}:{number}"
            if target is not None:
                edges.append(Edge(folder, layers.folder_of(target) or "?", where, f"includes {target}"))
            elif not layers.allows_header(folder, name, path.endswith(".cc")):
                faults.append(f"{where}: <{name}> is neither C's nor in the row of {folder}")
    return faults, edges


def list_objects(build: str) -> Iterator[Tuple[str, str]]:
    """Pairs of object file and source, by CMake's names: FOLDER/CMakeFiles/TARGET.dir/PATH.o is made from
    FOLDER/PATH."""
    for place, _, names in os.walk(build):
        match = re.match(r"(.*?)/?CMakeFiles/[^/]+\.dir(?:/(.*))?$", os.path.relpath(place, build))
        if match is None:
            continue
        for name in names:
            if name.endswith(".o"):
                inside = os.path.join(match.group(2) or "", name[:-2])
                yield os.path.join(place, name), os.path.normpath(os.path.join(match.group(1), inside))


def newest(root: str, pairs: List[Tuple[str, str]]) -> Dict[str, str]:
    """Object to source. A build folder keeps objects of sources that are gone, and of targets that had the source."""
    latest: Dict[str, str] = {}
    for place, source in pairs:
        older = latest.get(source)
        if older is None or os.path.getmtime(older) < os.path.getmtime(place):
            latest[source] = place
    return {place: source for source, place in latest.items() if os.path.exists(os.path.join(root, source))}


def run_nm(objects: List[str]) -> str:
    command = ["nm", "--extern-only", "--print-file-name", "--portability", *objects]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout


def parse_nm(text: str) -> Iterator[Tuple[str, str, bool]]:
    """Object, symbol, and whether the object defines it. Lines are 'OBJECT: SYMBOL TYPE [VALUE SIZE]'."""
    for line in text.splitlines():
        place, _, rest = line.partition(": ")
        words = rest.split()
        if len(words) >= 2:
            yield place, words[0], words[1] not in "Uwv"


def check_calls(root: str, layers: Layers, build: str) -> List[Edge]:
    objects = newest(root, [pair for pair in list_objects(build) if layers.folder_of(pair[1])])
    if not objects:
        raise Failure(f"no object files in {build}: build first")
    symbols = list(parse_nm(run_nm(sorted(objects))))
    homes: Dict[str, List[str]] = defaultdict(list)
    for place, symbol, defined in symbols:
        if defined:
            homes[symbol].append(objects[place])
    edges = []
    for place, symbol, defined in symbols:
        if not defined and symbol in homes:
            source, target = objects[place], nearest(objects[place], homes[symbol])
            folder, other = layers.folder_of(source) or "?", layers.folder_of(target) or "?"
            edges.append(Edge(folder, other, source, f"calls {symbol}() of {target}"))
    return [edge for edge in edges if not is_public_call(root, layers, edge)]


def is_public_call(root: str, layers: Layers, edge: Edge) -> bool:
    """Of another library, what a header declares that the caller may include."""
    library = "/".join(edge.target.split("/")[:2])
    if not library.startswith("lib/") or edge.source.startswith(library + "/"):
        return False
    symbol = edge.what.split()[1].rstrip("()")
    return any(
        symbol in public_words(root, folder)
        for folder in layers.rows[edge.source].folders
        if folder.endswith("/include")
    )


_public: Dict[Tuple[str, str], Set[str]] = {}


def public_words(root: str, folder: str) -> Set[str]:
    if (root, folder) not in _public:
        words: Set[str] = set()
        for place, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    words.update(re.findall(r"\w+", file.read()))
        _public[root, folder] = words
    return _public[root, folder]


def refuse_edges(layers: Layers, edges: List[Edge]) -> List[str]:
    return [
        f"{edge.where}: {edge.what}, but {edge.source} may not use {edge.target}"
        for edge in edges
        if not layers.allows(edge.source, edge.target)
    ]


def graph_of(edges: List[Edge]) -> Dict[str, Set[str]]:
    graph: Dict[str, Set[str]] = defaultdict(set)
    for edge in edges:
        if edge.source != edge.target:
            graph[edge.source].add(edge.target)
    return graph


def unused_permissions(layers: Layers, edges: List[Edge]) -> List[str]:
    graph = graph_of(edges)
    return [
        f"{row.folder} -> {name}"
        for row in layers.rows.values()
        for name in row.folders
        if name not in graph[row.folder]
    ]


def check_tree(root: str, build: Optional[str]) -> Tuple[List[str], List[Edge], Layers]:
    with open(os.path.join(root, "docs", "design.md"), encoding="utf-8") as file:
        layers = Layers(read_table(file.read()))
    faults = ["docs/design.md: the table allows a circle: " + " ".join(circle) for circle in layers.circles()]
    more, edges = check_includes(root, layers, list(list_sources(root, layers)))
    faults += more
    if build is not None:
        edges += check_calls(root, layers, build)
    faults += refuse_edges(layers, edges)
    faults += ["circle of folders: " + " ".join(circle) for circle in find_circles(graph_of(edges))]
    return faults, edges, layers


def print_graph(edges: List[Edge]) -> None:
    counts: Dict[Tuple[str, str], int] = defaultdict(int)
    for edge in edges:
        if edge.source != edge.target:
            counts[edge.source, edge.target] += 1
    for (source, target), count in sorted(counts.items()):
        print(f"{source} -> {target}: {count}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("--objects", help="a build folder, to look at calls, too")
    parser.add_argument("--graph", action="store_true", help="print which folder uses which, and how often")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    try:
        faults, edges, layers = check_tree(os.path.normpath(arguments.root), arguments.objects)
    except Failure as failure:
        print(f"layers.py: {failure}", file=sys.stderr)
        return 2
    if arguments.graph:
        print_graph(edges)
        for permission in unused_permissions(layers, edges):
            print(f"not needed: {permission}")
    for fault in faults:
        print(fault)
    print(f"{len(layers.rows)} folders, {len(edges)} uses, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
