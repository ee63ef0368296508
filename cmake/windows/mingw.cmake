# Windows from Debian's mingw-w64 (gcc-mingw-w64-x86-64-posix, gcc-mingw-w64-i686-posix); Wine (wine64, wine32) runs what is
# built. Included by mingw-PROCESSOR.cmake, with that name in CMAKE_SYSTEM_PROCESSOR.
set(CMAKE_SYSTEM_NAME Windows)
set(mingw ${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32)
# By its whole name: without "-posix" it is whichever was installed first, and the other has no threads of POSIX.
set(CMAKE_C_COMPILER ${mingw}-gcc-posix)
set(CMAKE_RC_COMPILER ${mingw}-windres)
# Of C++ there is one program of the tests, and an example.
find_program(MMV_MINGW_CXX ${mingw}-g++-posix NO_CMAKE_FIND_ROOT_PATH)
if(MMV_MINGW_CXX)
  set(CMAKE_CXX_COMPILER ${MMV_MINGW_CXX})
endif()
# winpthread and libgcc go into each program and each DLL: no other has to lie beside it.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)
set(CMAKE_FIND_ROOT_PATH /usr/${mingw})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind IN ITEMS LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
find_program(MMV_WINE NAMES ${MMV_WINE_NAME} PATHS /usr/lib/wine NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
if(MMV_WINE)
  set(MMV_BY_WINE ${MMV_WINE})
  # Wine needs the address 0x7ffe0000. Without Debian's wine64-preloader, its loader is a program at 0x7d000000, and the kernel puts the heap
  # anywhere in the GiB behind that: of some 8,000 programs one has its heap there, and ends with status 1 and no word. So nothing is put
  # anywhere at random, neither for the programs that it starts itself. A container may forbid that.
  find_program(MMV_SETARCH setarch NO_CMAKE_FIND_ROOT_PATH)
  if(MMV_SETARCH)
    execute_process(COMMAND ${MMV_SETARCH} -R true RESULT_VARIABLE refused OUTPUT_QUIET ERROR_QUIET)
    if(refused EQUAL 0)
      set(MMV_BY_WINE ${MMV_SETARCH} -R ${MMV_WINE})
    endif()
  endif()
  set(CMAKE_CROSSCOMPILING_EMULATOR ${MMV_BY_WINE})
endif()
