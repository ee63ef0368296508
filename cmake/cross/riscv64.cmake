# RISC-V, 64 bits.
set(CMAKE_SYSTEM_PROCESSOR riscv64)
# They have no vectors, and clang warns of each loop that asks for some.
set(CMAKE_C_FLAGS_INIT -Wno-pass-failed)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
