# musl, another C library, on this machine's processor (Debian: musl-tools). It has no OpenMP. The kernel's headers, which
# musl-gcc does not find, are those that ./check links into build/musl-deps.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER musl-gcc)
set(CMAKE_C_FLAGS_INIT "-idirafter ${CMAKE_CURRENT_LIST_DIR}/../../build/musl-deps/include")
set(CMAKE_FIND_ROOT_PATH /usr/lib/musl ${CMAKE_CURRENT_LIST_DIR}/../../build/musl-deps)
include(${CMAKE_CURRENT_LIST_DIR}/roots.cmake)
