# zstd: MMV_ZSTD_SONAME to load it when mmbright keeps what it loses. Its header is all that the build needs.

find_path(MMV_ZSTD_INCLUDE zstd.h)
mark_as_advanced(MMV_ZSTD_INCLUDE)
set(MMV_ZSTD_SONAME "")
if(MMV_ZSTD_INCLUDE)
  set(MMV_ZSTD_SONAME "libzstd${CMAKE_SHARED_LIBRARY_SUFFIX}.1")
else()
  message(STATUS "zstd.h not found: no --keep-undo (Debian: apt install libzstd-dev)")
endif()
