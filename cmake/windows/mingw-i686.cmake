# 32-bit Windows.
set(CMAKE_SYSTEM_PROCESSOR i686)
set(MMV_WINE_NAME wine)
# SSE2 arithmetic: the x87 registers would round floats differently from every other build. Windows calls threads and
# handlers with a stack that is aligned for 4 bytes: each function that needs more sees to it.
set(CMAKE_C_FLAGS_INIT "-msse2 -mfpmath=sse -mstackrealign")
set(CMAKE_CXX_FLAGS_INIT "-msse2 -mfpmath=sse -mstackrealign")
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
