#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of sbom.py: libraries that are not listed, and documents that are not whole, must be found."""

import os
import shutil
import tempfile
import unittest
from typing import List

import sbom

HEAD = """SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: x
DocumentNamespace: https://spdx.org/spdxdocs/x
Creator: Tool: x
Created: @DATE@
"""
PACKAGE = """
PackageName: zlib
SPDXID: SPDXRef-zlib
PackageVersion: NOASSERTION
PackageDownloadLocation: NOASSERTION
FilesAnalyzed: false
PackageLicenseConcluded: Zlib
PackageLicenseDeclared: Zlib
PackageCopyrightText: NOASSERTION
PackageComment: <text>Needed. Headers: zlib.h zconf.h</text>
"""
TAIL = "\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-zlib\n"
WHOLE = HEAD + PACKAGE + TAIL


class Sbom(unittest.TestCase):
    def setUp(self) -> None:
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.write("lib/x/a.c", "#include <stdio.h>\n#include <zlib.h>\n#include <mmview/map.h>\n")
        self.write("lib/x/b.c", "#include <sys/mman.h>\n")
        self.write("tools/x/a.h", '  #  include <zconf.h>\n#include "png.h"\n')

    def write(self, name: str, text: str) -> None:
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def faults(self, text: str = WHOLE) -> List[str]:
        self.write(sbom.SBOM, text)
        return [fault.partition(": ")[2] for fault in sbom.check(self.root)]

    def test_a_whole_document(self) -> None:
        self.assertEqual(self.faults(), [])

    def test_a_library_that_is_not_listed(self) -> None:
        self.write("tools/y/b.c", "#include <tiffio.h>\n")
        self.assertEqual(self.faults(), ["no package has <tiffio.h>, which is included"])

    def test_a_header_that_nothing_includes(self) -> None:
        self.write("tools/x/a.h", "")
        self.assertEqual(self.faults(), ["nothing includes <zconf.h>"])

    def test_missing_tags(self) -> None:
        for tag in sbom.DOCUMENT[3:]:
            lines = [line for line in WHOLE.splitlines() if not line.startswith(tag + ":")]
            self.assertEqual(self.faults("\n".join(lines)), [f"the document has no {tag}"])
        for tag in sbom.PACKAGE[1:7]:
            lines = [line for line in WHOLE.splitlines() if not line.startswith(tag + ":")]
            self.assertEqual(self.faults("\n".join(lines)), [f"zlib has not one {tag}"])

    def test_relationships(self) -> None:
        self.assertEqual(
            self.faults(WHOLE.replace("DESCRIBES SPDXRef-zlib", "DESCRIBES SPDXRef-gone")),
            [
                "a relationship of what is not there: SPDXRef-DOCUMENT DESCRIBES SPDXRef-gone",
                "SPDXRef-zlib has no relationship",
            ],
        )
        self.assertIn("SPDXRef-zlib is there twice", self.faults(HEAD + PACKAGE + PACKAGE + TAIL))

    def test_a_licence_without_a_text(self) -> None:
        text = WHOLE.replace("PackageLicenseConcluded: Zlib", "PackageLicenseConcluded: LicenseRef-own")
        self.assertEqual(self.faults(text), ["LicenseRef-own has no text"])
        self.assertEqual(self.faults(text + "\nLicenseID: LicenseRef-own\nExtractedText: <text>x</text>\n"), [])


if __name__ == "__main__":
    unittest.main()
