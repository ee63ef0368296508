# 64-bit Windows.
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(MMV_WINE_NAME wine64)
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
