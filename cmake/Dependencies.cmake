# What the project takes from the system. Nothing is downloaded; what is missing switches its part off and is named.

include(CheckCSourceCompiles)

set(MMV_THREADS_NOTE "serial")
set(MMV_USES_OPENMP FALSE)
if(MMV_THREADS)
  set(MMV_THREADS_NOTE "threads of the system")
endif()
if(MMV_THREADS AND MMV_OPENMP)
  find_package(OpenMP COMPONENTS C)
  if(OpenMP_C_FOUND)
    set(MMV_USES_OPENMP TRUE)
    set(MMV_THREADS_NOTE "OpenMP ${OpenMP_C_VERSION}")
  else()
    message(STATUS "OpenMP not found: each walk starts its own threads (Debian: gcc has it; for clang install libomp-dev)")
  endif()
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# liburing (the direct backend's queue) and xxHash (journals, mmbright --verify; its header is enough) have no CMake package in Debian.
find_path(URING_INCLUDE_DIR liburing.h)
find_library(URING_LIBRARY uring)
find_path(XXHASH_INCLUDE_DIR xxhash.h)
# One header that is the same for every system. It is taken alone: beside it lie those of this system's C library.
if(NOT XXHASH_INCLUDE_DIR AND CMAKE_CROSSCOMPILING)
  find_file(MMV_HOST_XXHASH xxhash.h PATHS /usr/include NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  if(MMV_HOST_XXHASH)
    file(COPY ${MMV_HOST_XXHASH} DESTINATION ${CMAKE_BINARY_DIR}/xxhash)
    set(XXHASH_INCLUDE_DIR ${CMAKE_BINARY_DIR}/xxhash CACHE PATH "The folder of xxhash.h" FORCE)
  endif()
endif()

set(MMV_HAVE_URING FALSE)
# The thread sanitizer does not see what the kernel does with the ring.
if(MMV_URING AND URING_INCLUDE_DIR AND URING_LIBRARY AND NOT MMV_POSIX_ONLY AND NOT MMV_SANITIZE MATCHES thread)
  set(CMAKE_REQUIRED_INCLUDES ${URING_INCLUDE_DIR})
  set(CMAKE_REQUIRED_LIBRARIES ${URING_LIBRARY})
  set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
  check_c_source_compiles("#include <liburing.h>
    int main(void) { struct io_uring ring; return io_uring_queue_init(4, &ring, 0); }" MMV_URING_LINKS)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_DEFINITIONS)
  set(MMV_HAVE_URING ${MMV_URING_LINKS})
endif()

# What whoever links the archive without CMake must name.
set(MMV_PC_PRIVATE "")
# Of Windows what a program is not linked with by itself.
set(MMV_SYSTEM_LIBRARIES "")
if(WIN32)
  set(MMV_SYSTEM_LIBRARIES advapi32 bcrypt ntdll)
  list(TRANSFORM MMV_SYSTEM_LIBRARIES PREPEND -l OUTPUT_VARIABLE MMV_PC_PRIVATE)
endif()
# libdw of elfutils reads the debugging information of a struct, for mmrec --struct. It is loaded when that is asked for.
find_path(DW_INCLUDE_DIR elfutils/libdw.h)
find_library(DW_LIBRARY dw)
find_library(ELF_LIBRARY elf)
set(MMV_DW_SONAME "")
if(DW_INCLUDE_DIR AND DW_LIBRARY AND ELF_LIBRARY AND NOT MMV_POSIX_ONLY)
  set(CMAKE_REQUIRED_INCLUDES ${DW_INCLUDE_DIR})
  set(CMAKE_REQUIRED_LIBRARIES ${DW_LIBRARY} ${ELF_LIBRARY})
  # A library of another word size is found, too.
  check_c_source_compiles("#include <elfutils/libdw.h>
    int main(void) { return dwarf_end(0) + (dwarf_peel_type(0, 0) > 0); }" MMV_DWARF_LINKS)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
  if(MMV_DWARF_LINKS)
    set(MMV_DW_SONAME "libdw${CMAKE_SHARED_LIBRARY_SUFFIX}.1")
  endif()
endif()
if(NOT MMV_DW_SONAME)
  message(STATUS "libdw not found: mmrec has no --struct (Debian: libdw-dev)")
endif()

if(MMV_HAVE_URING)
  list(APPEND MMV_PC_PRIVATE -luring)
endif()
if(MMV_USES_OPENMP)
  list(APPEND MMV_PC_PRIVATE ${OpenMP_C_FLAGS})
endif()

if(NOT XXHASH_INCLUDE_DIR)
  message(FATAL_ERROR "xxHash not found: journals and --verify check bytes with it (Debian: apt install libxxhash-dev)")
endif()

# For libmmview-mpi alone; the tools load that when they were started by mpirun. No sanitizer has seen what MPI does at its start and end.
if(MMV_MPI AND NOT MMV_SANITIZE AND CMAKE_SIZEOF_VOID_P EQUAL 8)
  find_package(MPI QUIET COMPONENTS C)
  if(NOT MPI_C_FOUND)
    message(STATUS "no MPI found: no libmmview-mpi (Debian: apt install libopenmpi-dev)")
  endif()
endif()

if(MMV_MAN)
  find_program(SCDOC_EXECUTABLE scdoc)
  if(NOT SCDOC_EXECUTABLE)
    message(STATUS "scdoc not found: no man pages (Debian: apt install scdoc)")
  endif()
endif()

if(NOT MMV_HAVE_URING)
  message(STATUS "liburing not found or not wanted: --io=direct reads and writes without a queue (Debian: liburing-dev)")
endif()
message(STATUS "mmview ${PROJECT_VERSION}: threads by ${MMV_THREADS_NOTE}, io_uring ${MMV_HAVE_URING}")
