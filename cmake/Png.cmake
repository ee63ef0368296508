# libpng, and zlib below it: MMV_HAVE_PNG to link it, MMV_PNG_SONAME to load it when a picture is asked for.

include(CheckCSourceCompiles)
find_package(PNG QUIET)
set(MMV_HAVE_PNG FALSE)
set(MMV_PNG_SONAME "")
if(PNG_FOUND)
  set(CMAKE_REQUIRED_LIBRARIES PNG::PNG)
  # For this processor.
  check_c_source_compiles("#include <png.h>
    int main(void) { return png_access_version_number() == 0; }" MMV_PNG_LINKS)
  unset(CMAKE_REQUIRED_LIBRARIES)
  set(MMV_HAVE_PNG ${MMV_PNG_LINKS})
endif()
if(MMV_HAVE_PNG)
  get_filename_component(MMV_PNG_SONAME "${PNG_LIBRARY}" REALPATH)
  string(REGEX MATCH "libpng[0-9]+\\.so\\.[0-9]+" MMV_PNG_SONAME "${MMV_PNG_SONAME}")
  # For a system on which no libpng can be counted on all tools have it.
  set(MMV_PNG_LINKED FALSE)
  if(NOT MMV_PNG_SONAME AND PNG_LIBRARY MATCHES "\\.a$" AND NOT UNIX)
    set(MMV_PNG_LINKED TRUE)
  endif()
endif()
