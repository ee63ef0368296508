# zstd: MMV_ZSTD_SONAME to load it when mmbright keeps what it loses. Its header is all that the build needs.

find_path(MMV_ZSTD_INCLUDE zstd.h)
mark_as_advanced(MMV_ZSTD_INCLUDE)
set(MMV_ZSTD_ARCHIVE "" CACHE FILEPATH "An archive of zstd to be linked, where none is there to be loaded")
set(MMV_ZSTD_SONAME "")
if(MMV_ZSTD_INCLUDE AND NOT MMV_ZSTD_ARCHIVE)
  set(MMV_ZSTD_SONAME "libzstd${CMAKE_SHARED_LIBRARY_SUFFIX}.1")
elseif(NOT MMV_ZSTD_INCLUDE)
  message(STATUS "zstd.h not found: no --keep-undo (Debian: apt install libzstd-dev)")
endif()
