# Another processor from a 64-bit x86 machine: clang, and Debian's C library of that processor (.ci/cross.sh has the packages).
# Programs are static, so that an emulator needs nothing beside them. Included by PROCESSOR.cmake, with that name in
# CMAKE_SYSTEM_PROCESSOR.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER clang)
set(CMAKE_LIBRARY_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
set(CMAKE_C_COMPILER_TARGET ${CMAKE_LIBRARY_ARCHITECTURE})
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_FIND_ROOT_PATH /usr/${CMAKE_LIBRARY_ARCHITECTURE})
include(${CMAKE_CURRENT_LIST_DIR}/roots.cmake)
