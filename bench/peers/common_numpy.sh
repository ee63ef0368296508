# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# common_numpy: the two numpy peers differ in their program and what they say of it.

# Debian's interpreter by its path: another python3 that comes first in PATH does not see Debian's numpy.
python=/usr/bin/python3
packages=python3-numpy

probe() {
    need $python "$packages"
    $python -c 'import numpy, platform; print("numpy", numpy.__version__, "Python", platform.python_version())' 2>/dev/null ||
        missing numpy "$packages"
}
