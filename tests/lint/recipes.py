#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files for programs that are not here: recipes for package managers, and what the forge runs.

Usage: recipes.py
Each must parse, name the project's version, options of the build that there are, and files and tools that there are.
Prints each fault as FILE: REASON. Exit status 1 when there is one, 77 when there is nothing to read YAML with.
"""

import ast
import glob
import json
import os
import re
import sys
from typing import Any, Dict, Iterator, List

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
WORKFLOWS = ".github/workflows"
MANIFEST = {
    "version": ["PackageIdentifier", "PackageVersion", "DefaultLocale", "ManifestVersion"],
    "installer": ["PackageIdentifier", "PackageVersion", "InstallerType", "Installers", "ManifestVersion"],
    "defaultLocale": ["PackageIdentifier", "PackageVersion", "PackageLocale", "Publisher", "PackageName", "License"],
}


def read(path: str) -> str:
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def version_of_project() -> str:
    found = re.search(r"project\(mmview VERSION ([0-9.]+)", read("CMakeLists.txt"))
    assert found
    return found[1]


def options_of_build() -> List[str]:
    modules = [os.path.relpath(path, ROOT) for path in glob.glob(os.path.join(ROOT, "cmake/*.cmake"))]
    text = "\n".join(read(path) for path in ["CMakeLists.txt", "tests/CMakeLists.txt", *modules])
    return re.findall(r"option\((MMV_\w+)", text) + re.findall(r"set\((MMV_\w+) [^)]*\sCACHE\s", text)


def tools_of_build() -> List[str]:
    return re.findall(r"mmv_add_tool\((\w+) ", read("tools/CMakeLists.txt"))


def presets() -> List[str]:
    return [preset["name"] for preset in json.loads(read("CMakePresets.json"))["configurePresets"]]


def check_options(path: str) -> Iterator[str]:
    for name in sorted(set(re.findall(r"(?:-D|\b)(MMV_[A-Z_]+)\b", read(path))) - set(options_of_build())):
        yield f"{path}: {name} is no option of the build"


def check_vcpkg() -> Iterator[str]:
    path = "packaging/vcpkg/mmview/vcpkg.json"
    manifest: Dict[str, Any] = json.loads(read(path))
    if manifest["version"] != version_of_project() or manifest["license"] != "MIT":
        yield f"{path}: another version or licence"
    port = "packaging/vcpkg/mmview/portfile.cmake"
    yield from check_options(port)
    text = re.sub(r"#.*", "", read(port))
    if text.count("(") != text.count(")"):
        yield f"{port}: brackets"
    for tool in re.findall(r"\bmm[a-z]+\b", manifest["features"]["tools"]["description"]):
        if tool not in tools_of_build():
            yield f"{path}: there is no tool {tool}"
    feature = re.search(r"FEATURES (\w+) MMV_TOOLS", text)
    if not feature or feature[1] not in manifest["features"]:
        yield f"{port}: the feature that is no feature of {path}"


def check_conan() -> Iterator[str]:
    path = "packaging/conan/conanfile.py"
    ast.parse(read(path))
    yield from check_options(path)
    if f'version = "{version_of_project()}"' not in read(path):
        yield f"{path}: another version"


def check_manifest(path: str, manifest: Dict[str, Any]) -> Iterator[str]:
    wanted = MANIFEST.get(manifest.get("ManifestType", ""))
    if wanted is None:
        yield f"{path}: no such ManifestType"
        return
    for key in wanted:
        if key not in manifest:
            yield f"{path}: no {key}"
    if str(manifest.get("PackageVersion")) != version_of_project():
        yield f"{path}: another version"
    zip_name = f"mmview-{version_of_project()}-windows-x86_64"
    for row in manifest.get("NestedInstallerFiles", []):
        tool = row["PortableCommandAlias"]
        if tool not in tools_of_build() or row["RelativeFilePath"] != f"{zip_name}\\bin\\{tool}.exe":
            yield f"{path}: {row} is not in {zip_name}.zip"


def steps_of(path: str, workflow: Dict[str, Any]) -> Iterator[Any]:
    for name, job in workflow["jobs"].items():
        if "runs-on" not in job or not job.get("steps"):
            yield f"{path}: {name} runs nowhere, or does nothing"
            continue
        for preset in job.get("strategy", {}).get("matrix", {}).get("preset", []):
            if preset not in presets():
                yield f"{path}: there is no preset {preset}"
        yield from job["steps"]


def check_workflow(path: str, workflow: Dict[str, Any]) -> Iterator[str]:
    # YAML takes the word "on" for true.
    if "name" not in workflow or (True not in workflow and "on" not in workflow):
        yield f"{path}: no name, or nothing that starts it"
    for step in steps_of(path, workflow):
        if isinstance(step, str):
            yield step
        elif ("uses" in step) == ("run" in step):
            yield f"{path}: a step has one of uses and run: {step}"
        elif "uses" in step and not re.fullmatch(r"[\w.-]+/[\w./-]+@v\d+", step["uses"]):
            yield f"{path}: {step['uses']} names no version"
        else:
            yield from check_commands(path, step.get("run", ""))


def check_commands(path: str, commands: str) -> Iterator[str]:
    words = commands.replace("\\\n", " ")
    for name in sorted(set(re.findall(r"-D(MMV_[A-Z_]+)=", words)) - set(options_of_build())):
        yield f"{path}: {name} is no option of the build"
    for arguments in re.findall(r"\./check([^\n&|;]*)", words):
        for name in arguments.split():
            # What a variable holds is in the matrix.
            if "$" not in name and name not in presets() + ["all", "--no-install"]:
                yield f"{path}: ./check knows no {name}"
    for script in re.findall(r"\b(?:bash|sh|python3?) ([\w./-]+\.(?:bash|sh|py))", words):
        if not os.path.exists(os.path.join(ROOT, script)):
            yield f"{path}: there is no {script}"


def check_yaml() -> Iterator[str]:
    import yaml  # type: ignore

    for path in glob.glob(os.path.join(ROOT, "packaging/winget/*.yaml")):
        name = os.path.relpath(path, ROOT)
        yield from check_manifest(name, yaml.safe_load(read(name)))
    sources = yaml.safe_load(read("packaging/conan/conandata.yml"))["sources"]
    if list(sources) != [version_of_project()]:
        yield "packaging/conan/conandata.yml: another version"
    for path in glob.glob(os.path.join(ROOT, WORKFLOWS, "*.yml")):
        name = os.path.relpath(path, ROOT)
        yield from check_workflow(name, yaml.safe_load(read(name)))


def main() -> int:
    faults = list(check_vcpkg()) + list(check_conan())
    skipped = False
    try:
        faults += list(check_yaml())
    except ImportError:
        skipped = True
        print("SKIPPED: the files in YAML, without python3-yaml")
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    return 1 if faults else 77 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
