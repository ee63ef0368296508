#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether .ci/sbom.spdx.in is a whole SPDX document, and names each library whose headers lib/ and tools/ include.

Usage: sbom.py [--root=FOLDER]
A package's comment ends with "Headers: a.h b.h". A header that is neither the project's nor in SYSTEM must be in one of
these, and each of these must be included somewhere. Exit status 1 when there is a fault, each of which is printed.
"""

import os
import re
from typing import Dict, Iterator, List, Set

import faults

SBOM = os.path.join(".ci", "sbom.spdx.in")
FOLDERS = ("lib", "tools")
OWN = ("mmview/", "mmimage/")

# Of compilers, C libraries and systems.
SYSTEM = set(
    """assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h limits.h locale.h math.h setjmp.h signal.h
    stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h time.h wchar.h
    cpuid.h immintrin.h
    dirent.h dlfcn.h fcntl.h getopt.h grp.h malloc.h poll.h pthread.h pwd.h sched.h unistd.h
    aclapi.h bcrypt.h io.h process.h psapi.h sddl.h windows.h winioctl.h winternl.h""".split()
)
SYSTEM_FOLDERS = ("sys/", "linux/", "asm/")
INCLUDE = re.compile(r"^\s*#\s*include\s*<([^>]+)>", re.M)

DOCUMENT = ("SPDXVersion", "DataLicense", "SPDXID", "DocumentName", "DocumentNamespace", "Creator", "Created")
PACKAGE = (
    "SPDXID",
    "PackageVersion",
    "PackageDownloadLocation",
    "FilesAnalyzed",
    "PackageLicenseConcluded",
    "PackageLicenseDeclared",
    "PackageCopyrightText",
    "PackageComment",
)


def read_sections(text: str) -> List[Dict[str, List[str]]]:
    """Tags of the document, and of each package; a relationship belongs to the document."""
    document: Dict[str, List[str]] = {}
    sections = [document]
    for line in text.splitlines():
        tag, colon, value = line.partition(": ")
        if not colon or line.startswith("#"):
            continue
        if tag in ("PackageName", "LicenseID"):
            sections.append({})
        section = document if tag == "Relationship" else sections[-1]
        section.setdefault(tag, []).append(value)
    return sections


def check_document(sections: List[Dict[str, List[str]]]) -> Iterator[str]:
    document, others = sections[0], sections[1:]
    yield from (f"{SBOM}: the document has no {tag}" for tag in DOCUMENT if tag not in document)
    packages = [section for section in others if "PackageName" in section]
    for package in packages:
        name = package["PackageName"][0]
        yield from (f"{SBOM}: {name} has not one {tag}" for tag in PACKAGE if len(package.get(tag, [])) != 1)
    ids = [value for section in sections for value in section.get("SPDXID", [])]
    yield from (f"{SBOM}: {one} is there twice" for one in sorted(set(ids)) if ids.count(one) > 1)
    related: Set[str] = set()
    for relation in document.get("Relationship", []):
        words = relation.split()
        if len(words) != 3 or words[0] not in ids or words[2] not in ids:
            yield f"{SBOM}: a relationship of what is not there: {relation}"
        related.update(words)
    yield from (f"{SBOM}: {one} has no relationship" for one in sorted(set(ids) - related))
    licences = {value for section in others for value in section.get("LicenseID", [])}
    for package in packages:
        for licence in re.findall(r"LicenseRef-[\w.-]+", " ".join(package.get("PackageLicenseConcluded", []))):
            if licence not in licences:
                yield f"{SBOM}: {licence} has no text"


def included(root: str) -> Set[str]:
    """Headers of other projects, in all sources."""
    found: Set[str] = set()
    for top in FOLDERS:
        for place, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith((".c", ".h", ".cc")):
                    with open(os.path.join(place, name), encoding="utf-8") as file:
                        found.update(INCLUDE.findall(file.read()))
    return {name for name in found if name not in SYSTEM and not name.startswith(SYSTEM_FOLDERS + OWN)}


def check(root: str) -> List[str]:
    with open(os.path.join(root, SBOM), encoding="utf-8") as file:
        sections = read_sections(file.read())
    comments = [value for section in sections for value in section.get("PackageComment", [])]
    named = {word for text in re.findall(r"Headers: ([^<]+)", " ".join(comments)) for word in text.split()}
    used = included(root)
    found = list(check_document(sections))
    found += [f"{SBOM}: no package has <{name}>, which is included" for name in sorted(used - named)]
    found += [f"{SBOM}: nothing includes <{name}>" for name in sorted(named - used)]
    return found


if __name__ == "__main__":
    faults.run(check, __doc__, "faults in the SBOM")
