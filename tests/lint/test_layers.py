#!/usr/bin/env python3
"""Tests of layers.py: small trees with planted violations, each of which must be found."""

import os
import shutil
import subprocess
import tempfile
import unittest
from typing import Dict, List, Optional

import layers

TABLE = """
<!-- layers -->
| folder | may include and call | other headers |
|---|---|---|
| `lib/one/include` | | |
| `lib/one/src/base` | `lib/one/include` | |
| `lib/one/src/os` | `lib/one/src/base` | `any` |
| `lib/one/src/map` | `lib/one/include` `lib/one/src/os` `lib/one/src/base` | `xxhash.h` |
| `tools/kit` | `lib/one/include` | |
| `tools/one` | `tools/kit` `lib/one/include` | |
<!-- /layers -->
"""


class Tree(unittest.TestCase):
    """A folder with a table and sources that a test writes."""

    def setUp(self) -> None:
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.write({"docs/design.md": TABLE})

    def write(self, files: Dict[str, str]) -> None:
        for path, text in files.items():
            place = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write(text)

    def faults(self, files: Dict[str, str], build: Optional[str] = None) -> List[str]:
        self.write(files)
        return layers.check_tree(self.root, build)[0]

    def compile(self, source: str, target: str) -> None:
        """As CMake does: FOLDER/CMakeFiles/TARGET.dir/PATH.o, where FOLDER has the CMakeLists.txt."""
        inside = os.path.relpath(source, os.path.dirname(target))
        place = os.path.join(
            self.root, "build", os.path.dirname(target), "CMakeFiles", os.path.basename(target) + ".dir", inside + ".o"
        )
        os.makedirs(os.path.dirname(place), exist_ok=True)
        subprocess.run(["cc", "-c", "-o", place, os.path.join(self.root, source)], check=True)


class Includes(Tree):
    def test_what_the_table_allows(self) -> None:
        good = {
            "lib/one/include/one/map.h": "#include <stdint.h>\n",
            "lib/one/src/base/error.h": "#include <one/map.h>\n",
            "lib/one/src/os/linux/linux.c": '#include "base/error.h"\n#include <sys/mman.h>\n',
            "lib/one/src/map/map.c": '#include "base/error.h"\n#  include "map.h"\n#include <xxhash.h>\n',
            "lib/one/src/map/map.h": "",
            "tools/one/main.c": '#include "kit/cli.h"\n#include <one/map.h>\n',
            "tools/kit/cli.h": "",
        }
        self.assertEqual(self.faults(good), [])

    def test_an_include_that_points_up(self) -> None:
        found = self.faults({"lib/one/src/map/map.h": "", "lib/one/src/base/a.c": '\n#include "map/map.h"\n'})
        self.assertEqual(len(found), 1)
        self.assertIn("lib/one/src/base/a.c:2: includes lib/one/src/map/map.h", found[0])

    def test_an_include_by_a_path_with_dots(self) -> None:
        found = self.faults({"lib/one/src/map/map.h": "", "lib/one/src/base/a.c": '#include "../map/map.h"\n'})
        self.assertEqual(len(found), 1)

    def test_a_tool_that_reaches_into_the_library(self) -> None:
        found = self.faults({"lib/one/src/base/error.h": "", "tools/one/main.c": '#include "base/error.h"\n'})
        self.assertEqual(len(found), 1)

    def test_one_tool_that_includes_another(self) -> None:
        found = self.faults({"tools/one/main.h": "", "tools/kit/cli.c": '#include "one/main.h"\n'})
        self.assertEqual(len(found), 1)

    def test_a_system_header_outside_of_os(self) -> None:
        for name in ("unistd.h", "sys/stat.h", "pthread.h", "fcntl.h", "xxhash.h"):
            found = self.faults({"tools/one/main.c": f"#include <{name}>\n"})
            self.assertEqual(found, [f"tools/one/main.c:1: <{name}> is neither C's nor in the row of tools/one"])

    def test_a_folder_without_a_row(self) -> None:
        self.assertEqual(
            self.faults({"tools/two/main.c": ""}), ["tools/two/main.c:1: its folder has no row in the table"]
        )

    def test_a_circle_is_named(self) -> None:
        found = self.faults(
            {
                "lib/one/src/base/a.h": '#include "map/map.h"\n',
                "lib/one/src/map/map.h": '#include "base/a.h"\n',
            }
        )
        self.assertIn("circle of folders: lib/one/src/base lib/one/src/map", found)


class Calls(Tree):
    def build(self, files: Dict[str, str], targets: Dict[str, str]) -> List[str]:
        self.write(files)
        for source, target in targets.items():
            self.compile(source, target)
        return layers.check_tree(self.root, os.path.join(self.root, "build"))[0]

    def test_a_call_that_points_up_without_an_include(self) -> None:
        files = {
            "lib/one/src/map/map.c": "void one_up(void) { }\n",
            "lib/one/src/base/a.c": "void one_up(void);\nvoid one_down(void);\nvoid one_down(void) { one_up(); }\n",
        }
        found = self.build(files, {"lib/one/src/map/map.c": "lib/one/one", "lib/one/src/base/a.c": "lib/one/one"})
        self.assertEqual(len(found), 1)
        self.assertIn("lib/one/src/base/a.c: calls one_up() of lib/one/src/map/map.c", found[0])

    def test_a_public_header_is_no_way_up(self) -> None:
        files = {
            "lib/one/include/one/map.h": "void one_up(void);\n",
            "lib/one/src/map/map.c": "void one_up(void) { }\n",
            "lib/one/src/base/a.c": "#include <one/map.h>\nvoid one_down(void) { one_up(); }\n",
        }
        self.write(files)
        for source in ("lib/one/src/map/map.c", "lib/one/src/base/a.c"):
            with open(os.path.join(self.root, source), encoding="utf-8") as file:
                text = file.read()
            self.write({source: text.replace("#include <one/map.h>", '#include "../../include/one/map.h"')})
            self.compile(source, "lib/one/one")
        found = layers.check_tree(self.root, os.path.join(self.root, "build"))[0]
        self.assertEqual(len(found), 1)

    def test_a_tool_calls_what_is_public_only(self) -> None:
        files = {
            "lib/one/include/one/map.h": "void one_public(void);\n",
            "lib/one/src/map/map.c": "void one_public(void) { }\nvoid one__hidden(void) { }\n",
            "tools/one/main.c": "void one_public(void);\nvoid one__hidden(void);\n"
            "int main(void) { one_public(); one__hidden(); }\n",
        }
        found = self.build(files, {"lib/one/src/map/map.c": "lib/one/one", "tools/one/main.c": "tools/one"})
        self.assertEqual(len(found), 1)
        self.assertIn("calls one__hidden()", found[0])

    def test_objects_that_are_left_over(self) -> None:
        up = "void one_up(void);\nvoid one_down(void) { one_up(); }\n"
        files = {
            "lib/one/src/map/map.c": "void one_up(void) { }\n",
            "lib/one/src/base/a.c": up,
            "lib/one/src/base/gone.c": up,
        }
        self.build(files, {"lib/one/src/map/map.c": "lib/one/one", "lib/one/src/base/gone.c": "lib/one/one"})
        self.build({}, {"lib/one/src/base/a.c": "lib/one/before"})
        os.remove(os.path.join(self.root, "lib/one/src/base/gone.c"))
        found = self.build({"lib/one/src/base/a.c": "\n"}, {"lib/one/src/base/a.c": "lib/one/now"})
        self.assertEqual(found, [])

    def test_a_folder_without_objects(self) -> None:
        with self.assertRaises(layers.Failure):
            layers.check_tree(self.root, os.path.join(self.root, "nothing"))


class Table(unittest.TestCase):
    def test_no_table(self) -> None:
        with self.assertRaises(layers.Failure):
            layers.read_table("nothing here")

    def test_a_folder_that_nobody_describes(self) -> None:
        with self.assertRaises(layers.Failure):
            layers.Layers([layers.Row("a", ("b",), ())])

    def test_a_table_that_allows_a_circle(self) -> None:
        table = layers.Layers([layers.Row("a", ("b",), ()), layers.Row("b", ("c",), ()), layers.Row("c", ("a",), ())])
        self.assertEqual(table.circles(), [["a", "b", "c"]])

    def test_the_longest_folder_counts(self) -> None:
        table = layers.Layers([layers.Row("a", (), ()), layers.Row("a/b", (), ())])
        self.assertEqual(table.folder_of("a/b/c/d.c"), "a/b")
        self.assertEqual(table.folder_of("a/c/d.c"), "a")
        self.assertIsNone(table.folder_of("b/d.c"))


if __name__ == "__main__":
    unittest.main()
