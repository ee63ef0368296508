# SPDX-License-Identifier: MIT
"""The programs of docs/cpp.md, as they stand: pages.py SOURCE LIBRARY_FOLDER FLAGS COMPILER...

Each block of C++ is compiled by the first compiler, run, and prints the block below it.
"""
import os
import re
import subprocess
import sys
import tempfile

SOURCE, LIBRARY, FLAGS = sys.argv[1:4]
BLOCK = re.compile(r"^### (.*?)\n\n```cpp\n(.*?)```\n```text\n(.*?)```$", re.S | re.M)


HEADERS = os.path.join(SOURCE, "lib/mmview/include")


def precompile(compiler, folder):
    """The header, compiled once for all programs. Where that does not work they take longer."""
    os.mkdir(os.path.join(folder, "mmview"))
    header = os.path.join(HEADERS, "mmview/mmview.hpp")
    made = os.path.join(folder, "mmview/mmview.hpp.gch")
    subprocess.run(
        [compiler, *FLAGS.split(), "-I", HEADERS, "-x", "c++-header", header, "-o", made, "-pthread"],
        capture_output=True,
        check=False,
    )


def compile_command(compiler, program, binary, folder):
    flags = FLAGS.split() + ["-I", folder, "-I", HEADERS]
    return [compiler, *flags, program, "-o", binary, "-L", LIBRARY, "-Wl,-rpath," + LIBRARY, "-lmmview", "-pthread"]


def try_block(compiler, title, code, wanted, headers):
    with tempfile.TemporaryDirectory() as folder:
        program, binary = os.path.join(folder, "program.cpp"), os.path.join(folder, "program")
        with open(program, "w", encoding="utf-8") as file:
            file.write(code)
        made = subprocess.run(
            compile_command(compiler, program, binary, headers), capture_output=True, text=True, check=False
        )
        if made.returncode or made.stderr:
            return f"{compiler}: {title}: does not compile:\n{made.stderr}"
        done = subprocess.run([binary], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        if (done.returncode, done.stdout, done.stderr) != (0, wanted, ""):
            return f"{compiler}: {title}: status {done.returncode}, prints\n{done.stdout}{done.stderr}"
    return ""


def main():
    with open(os.path.join(SOURCE, "docs/cpp.md"), encoding="utf-8") as file:
        page = file.read()
    blocks = BLOCK.findall(page)
    if len(blocks) != page.count("```cpp") or len(blocks) < 10:
        print(f"{len(blocks)} programs with a title and what they print, of {page.count('```cpp')}")
        return 1
    problems = []
    # By one compiler: test_cpp.cc has all of the header, by all of them.
    compiler = sys.argv[4]
    with tempfile.TemporaryDirectory() as headers:
        precompile(compiler, headers)
        for title, code, wanted in blocks:
            problems.append(try_block(compiler, title, code, wanted, headers))
    problems = [problem for problem in problems if problem]
    print("\n".join(problems) or f"{len(blocks)} programs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
