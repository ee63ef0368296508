# How every target of the project is compiled: C17 without GNU extensions to the arithmetic, all warnings, one visibility.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release)
endif()

# -std=c17 instead of gnu17: the GNU dialect contracts a * b + c to one rounding where the processor can.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(mmv_compile INTERFACE)
target_compile_options(mmv_compile INTERFACE
  -Wall -Wextra -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
  -ffp-contract=off $<$<BOOL:${MMV_WERROR}>:-Werror>)
# ISO C of gcc for IBM Z computes floats in doubles.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "s390x" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(mmv_compile INTERFACE -fexcess-precision=fast)
endif()
# The stack of 64-bit Windows is aligned for 16 bytes, and gcc moves vectors of 32 and 64 as if it were for those. Debian's gcc is
# mended, MSYS2's is not: the assembler writes the other instruction.
include(CheckCCompilerFlag)
if(WIN32)
  check_c_compiler_flag(-Wa,-muse-unaligned-vector-move MMV_UNALIGNED_MOVES)
  if(MMV_UNALIGNED_MOVES)
    target_compile_options(mmv_compile INTERFACE -Wa,-muse-unaligned-vector-move)
  endif()
endif()

# _GNU_SOURCE opens what the os files need; 64-bit offsets and times also where the system's default is 32.
target_compile_definitions(mmv_compile INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64 _TIME_BITS=64)

set(MMV_SANITIZE "" CACHE STRING "Sanitizers for the whole build: 'address,undefined' or 'thread'")
if(MMV_SANITIZE)
  add_compile_options(-fsanitize=${MMV_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MMV_SANITIZE})
  if(MMV_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=all)
  endif()
  # A loop that tells the sanitizer of each access is not vectorised, and clang says so.
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    add_compile_options(-Wno-pass-failed)
  endif()
endif()

# Counters of what the tests run (clang), in files that all processes map: who is killed has counted until then. Only lib/ and tools/ are
# counted. A library that tests load in front of others must not bring clang's runtime along, hence programs alone are linked with it
# outside of them.
option(MMV_COVERAGE "Count which lines and branches of lib/ and tools/ run (clang); ./check coverage" OFF)
set(MMV_COVERAGE_FLAG "-fprofile-instr-generate=${PROJECT_BINARY_DIR}/profiles/%m%c.profraw")
if(MMV_COVERAGE)
  add_link_options("$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${MMV_COVERAGE_FLAG}>")
endif()

# mmv_begin_counting(), mmv_end_counting(): around the folders that are counted.
macro(mmv_begin_counting)
  if(MMV_COVERAGE)
    get_property(uncounted_compiling DIRECTORY PROPERTY COMPILE_OPTIONS)
    get_property(uncounted_linking DIRECTORY PROPERTY LINK_OPTIONS)
    # The relocation of the counters is what lets a file stand in for them. Threads may lose counts to each other, never all of them.
    # Loops that count are not vectorised.
    add_compile_options(${MMV_COVERAGE_FLAG} -fcoverage-mapping -Wno-pass-failed "SHELL:-mllvm -runtime-counter-relocation")
    add_link_options(${MMV_COVERAGE_FLAG})
  endif()
endmacro()
macro(mmv_end_counting)
  if(MMV_COVERAGE)
    set_property(DIRECTORY PROPERTY COMPILE_OPTIONS ${uncounted_compiling})
    set_property(DIRECTORY PROPERTY LINK_OPTIONS ${uncounted_linking})
  endif()
endmacro()

# The whole build counts its edges, so that libFuzzer sees where an input leads; loops that count are not vectorised. Its
# main() is linked to the targets alone.
set(MMV_FUZZ_ENGINE "" CACHE STRING
  "What to link into a fuzz target instead of clang's libFuzzer, where the caller's flags instrument the build (OSS-Fuzz)")
if(MMV_FUZZ AND NOT MMV_FUZZ_ENGINE)
  add_compile_options(-fsanitize=fuzzer-no-link -Wno-pass-failed)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# Programs that this machine's kernel does not run: the emulator runs them, behind launchers with their names.
set(MMV_EMULATOR "" CACHE STRING "What runs the programs of this build, where the kernel cannot (/usr/bin/qemu-i386)")
if(MMV_EMULATOR)
  set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${PROJECT_SOURCE_DIR}/cmake/emulated/link ${MMV_EMULATOR}")
endif()

# Whether loops can be compiled for newer x86 processors, too, and be chosen when they run.
include(CheckCSourceCompiles)
set(MMV_CLONES_X86 FALSE)
if(MMV_CLONES)
  set(CMAKE_REQUIRED_FLAGS "-mavx512f -mavx512bw -mavx512dq -mavx512vl")
  check_c_source_compiles("
    #if !defined(__x86_64__) && !defined(__i386__)
    #error another processor
    #endif
    int main(void) { return __builtin_cpu_supports(\"avx2\") && __builtin_cpu_supports(\"avx512vl\"); }" MMV_CLONES_COMPILE)
  unset(CMAKE_REQUIRED_FLAGS)
  set(MMV_CLONES_X86 ${MMV_CLONES_COMPILE})
endif()
