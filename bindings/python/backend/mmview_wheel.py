#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
mmview_wheel.py - makes the wheel: the package, and the libraries that it needs, built for it alone.

    python3 mmview_wheel.py [--tools] [--jobs=N] FOLDER     the wheel is FOLDER/mmview-VERSION-py3-none-PLATFORM.whl
    pip wheel --no-deps --no-build-isolation bindings/python            the same, as a backend (PEP 517)

The libraries walk with threads of their own, without OpenMP and without liburing: they need the C library alone. The
wheel's platform says which: PLATFORM is manylinux_2_N_ARCH, where 2.N is the newest version of glibc that a symbol of
theirs asks for (PEP 600), and linux_ARCH with another C library. Python's tag is py3-none: ctypes needs neither a
compiler nor a version of CPython.

Nothing but Python's standard library is needed here, and no network: CMake, a C compiler, readelf, and xxHash's header.
"""
import argparse
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.dirname(os.path.dirname(HERE))
LIBRARIES = {"mmview_shared": "lib/mmview/libmmview.so.0", "mmimage_shared": "lib/mmimage/libmmimage.so.0"}
# mmpng needs libpng, which a slim image lacks.
TOOLS = ("mmbright", "mmdiff", "mmdump", "mmgen", "mmipc", "mmrec", "mmshard", "mmstat")
C_LIBRARY = re.compile(r"(lib(c|m|pthread|dl|rt)\.so\.\d+|ld-linux[-\w]*\.so\.\d+|(ld-musl|libc\.musl)-\w+\.so\.\d+)$")
OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release -DMMV_OPENMP=OFF -DMMV_THREADS=ON -DMMV_URING=OFF -DMMV_SHARED=ON -DMMV_INSTALL=OFF"
    " -DMMV_MPI=OFF -DMMV_TESTS=OFF -DMMV_EXAMPLES=OFF -DMMV_BENCH=OFF -DMMV_MAN=OFF"
    " -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON -DCMAKE_INSTALL_RPATH=$ORIGIN"
).split()


class Failure(Exception):
    """The wheel cannot be made, or would not run elsewhere."""


def run(*command):
    """What a command printed; Failure when that is not there, or fails."""
    try:
        done = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"}
        )
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise Failure(f"{' '.join(command[:3])} ... failed")
    return done.stdout


# ---- what the project says of itself


def project():
    """The values of [project] that are texts, which is all that a wheel's metadata needs. tomllib is of Python 3.11."""
    with open(os.path.join(HERE, "pyproject.toml"), encoding="utf-8") as file:
        section = re.search(r"^\[project\]\n(.*?)(?=^\[)", file.read(), re.M | re.S)
    if not section:
        raise Failure("pyproject.toml has no [project]")
    values = dict(re.findall(r'^([\w-]+) = "(.*)"$', section[1], re.M))
    values["classifiers"] = re.findall(r'^    "(.*)",$', section[1], re.M)
    return values


def metadata(about):
    """The file METADATA (core metadata 2.1)."""
    with open(os.path.join(HERE, about["readme"]), encoding="utf-8") as file:
        readme = file.read()
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {about['name']}",
        f"Version: {about['version']}",
        f"Summary: {about['description']}",
        f"License: {about['license']}",
        f"Requires-Python: {about['requires-python']}",
        "Provides-Extra: numpy",
        "Requires-Dist: numpy; extra == 'numpy'",
        "Description-Content-Type: text/markdown",
        *(f"Classifier: {name}" for name in about["classifiers"]),
    ]
    return "\n".join(lines) + "\n\n" + readme


# ---- binaries


def build(folder, targets, jobs):
    """The paths of what was built, by target."""
    sources = ["-DMMV_TOOLS=ON" if set(targets) & set(TOOLS) else "-DMMV_TOOLS=OFF"]
    run("cmake", "-S", SOURCE, "-B", folder, *OPTIONS, *sources)
    run("cmake", "--build", folder, "--target", *targets, "-j", str(jobs))
    return {name: os.path.join(folder, LIBRARIES.get(name, f"tools/{name}")) for name in targets}


def needs(path):
    """(libraries that a binary needs, versions of glibc that its symbols ask for)."""
    libraries = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", path))
    versions = re.findall(r"\bGLIBC_(\d+)\.(\d+)", run("readelf", "-V", path))
    return libraries, [(int(major), int(minor)) for major, minor in versions]


def platform_of(paths):
    """The wheel's platform. Failure when a binary needs what not every system of that platform has."""
    own = {os.path.basename(path) for path in paths}
    oldest = []
    for path in paths:
        libraries, versions = needs(path)
        strange = [name for name in libraries if name not in own and not C_LIBRARY.match(name)]
        if strange:
            raise Failure(f"{os.path.basename(path)} needs {', '.join(strange)}, which a slim system lacks")
        oldest += versions
    machine = re.sub(r"\W", "_", sysconfig.get_platform().split("-", 1)[-1])
    if not oldest:
        return f"linux_{machine}"
    # PEP 600 knows no manylinux before that of 2.5.
    major, minor = max(max(oldest), (2, 5))
    return f"manylinux_{major}_{minor}_{machine}"


# ---- the wheel


def record_line(name, data):
    """A line of RECORD (PEP 376): the name, a digest, the length."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def write(path, members):
    """'members' are (name, bytes, mode), the RECORD among them is made here. The same sources give the same file."""
    record = ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data, mode in members:
            if data is None:
                record += f"{name},,\n"
                data = record.encode()
            else:
                record += record_line(name, data)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, (0o100000 | mode) << 16
            wheel.writestr(entry, data)


def contents(path):
    """The bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def package():
    """The package's own files, as members."""
    folder = os.path.join(HERE, "mmview")
    names = sorted(name for name in os.listdir(folder) if name.endswith((".py", ".pyi", ".typed")))
    return [(f"mmview/{name}", contents(os.path.join(folder, name)), 0o644) for name in names]


def stripped(path, folder):
    """The bytes of a binary without what only a debugger reads."""
    copy = os.path.join(folder, "stripped")
    shutil.copyfile(path, copy)
    run("strip", "--strip-unneeded", copy)
    return contents(copy)


def make(folder, with_tools=False, jobs=2):
    """Build everything, and return the name of the wheel that lies in the folder then."""
    about = project()
    info = f"{about['name']}-{about['version']}.dist-info"
    targets = [*LIBRARIES, *(TOOLS if with_tools else ())]
    with tempfile.TemporaryDirectory(prefix="mmview-wheel.") as work:
        built = build(work, targets, jobs)
        tag = f"py3-none-{platform_of(built.values())}"
        binaries = [
            (f"mmview/{'_lib' if name in LIBRARIES else '_bin'}/{os.path.basename(path)}", stripped(path, work), 0o755)
            for name, path in built.items()
        ]
    text = f"Wheel-Version: 1.0\nGenerator: mmview_wheel ({about['version']})\nRoot-Is-Purelib: false\nTag: {tag}\n"
    members = [
        *package(),
        *binaries,
        (f"{info}/LICENSE", contents(os.path.join(SOURCE, "LICENSE")), 0o644),
        # Compiled into the libraries. liburing is not: they are built without it.
        (f"{info}/LICENSE.xxhash", contents(os.path.join(SOURCE, "docs", "licences", "xxhash.txt")), 0o644),
        (f"{info}/METADATA", metadata(about).encode(), 0o644),
        (f"{info}/WHEEL", text.encode(), 0o644),
        (f"{info}/RECORD", None, 0o644),
    ]
    os.makedirs(folder, exist_ok=True)
    name = f"{about['name']}-{about['version']}-{tag}.whl"
    write(os.path.join(folder, name), members)
    return name


# ---- the backend


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """PEP 517. Settings: tools, jobs=N."""
    settings = config_settings or {}
    return make(wheel_directory, "tools" in settings, int(settings.get("jobs", os.cpu_count() or 1)))


def build_sdist(sdist_directory, config_settings=None):
    """PEP 517 wants the function. The sources are those of the whole project."""
    raise Failure("there is no source distribution of the package alone: it is built in a checkout of mmview")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description="make the wheel of mmview")
    parser.add_argument("folder", help="where the wheel goes")
    parser.add_argument("--tools", action="store_true", help="put the command-line tools inside, too")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="compilers at once")
    options = parser.parse_args()
    try:
        print(os.path.join(options.folder, make(options.folder, options.tools, options.jobs)))
    except Failure as failure:
        print(f"mmview_wheel.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
