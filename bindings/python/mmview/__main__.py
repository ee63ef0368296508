# SPDX-License-Identifier: MIT
"""python -m mmview TOOL ...: runs mmbright, mmrec and their like, which lie in the package or in PATH."""
import os
import shutil
import sys

TOOLS = ("mmbright", "mmdiff", "mmdump", "mmgen", "mmipc", "mmpng", "mmrec", "mmshard", "mmstat")
INSIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bin")


def find(tool):
    """Where the tool is: that of the wheel comes first, as it is of the same version. None: nowhere."""
    inside = os.path.join(INSIDE, tool)
    return inside if os.access(inside, os.X_OK) else shutil.which(tool)


def usage(where):
    """What there is to run."""
    print("Usage: python -m mmview TOOL [ARGUMENT...]", file=where)
    for tool in TOOLS:
        print(f"  {tool:9} {find(tool) or 'is not installed'}", file=where)


def main(arguments):
    """The exit status, when no tool has taken the place of this program."""
    if not arguments or arguments[0] in ("-h", "--help"):
        usage(sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    tool = arguments[0]
    if tool not in TOOLS:
        print(f"python -m mmview: {tool!r} is none of the tools", file=sys.stderr)
        usage(sys.stderr)
        return 2
    path = find(tool)
    if path is None:
        print(f"python -m mmview: {tool} is neither in this package nor in PATH: install mmview-tools", file=sys.stderr)
        return 127
    sys.stdout.flush()
    os.execv(path, [tool, *arguments[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
