# IBM Z, big-endian, from a 64-bit x86 machine: clang, and Debian's C library for s390x (binutils-s390x-linux-gnu, libc6-dev-s390x-cross,
# libgcc-12-dev-s390x-cross). Programs are static, so that an emulator needs nothing beside them.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET s390x-linux-gnu)
# The oldest of them have no vectors, and clang warns of each loop that asks for some.
set(CMAKE_C_FLAGS_INIT -Wno-pass-failed)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_LIBRARY_ARCHITECTURE s390x-linux-gnu)
set(CMAKE_FIND_ROOT_PATH /usr/s390x-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CROSSCOMPILING FALSE)
