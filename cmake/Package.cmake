# cpack: for Windows one zip with all that is installed, mmview-VERSION-windows-PROCESSOR.zip, elsewhere Debian packages of the
# components. `cpack --config build/release/CPackConfig.cmake` writes them into the present folder; a build that was configured with -DCMAKE_INSTALL_PREFIX=/usr has its libraries where Debian wants them.
#
#     libmmview0       Runtime              libmmview-dev    Development
#     mmview-tools     Tools                mmview-doc       Documentation
#     libmmview-mpi0   Mpi

set(CPACK_PACKAGE_NAME mmview)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
# Who gives packages away writes an address of their own here.
set(CPACK_PACKAGE_CONTACT "the mmview authors <mmview@example.org>" CACHE STRING "Who answers for the packages")
set(CPACK_STRIP_FILES ON)
if(WIN32)
  set(CPACK_GENERATOR ZIP)
  set(CPACK_PACKAGE_FILE_NAME mmview-${PROJECT_VERSION}-windows-${CMAKE_SYSTEM_PROCESSOR})
  include(CPack)
  return()
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL Runtime Development Tools Documentation)
if(TARGET mmview_mpi_shared)
  list(APPEND CPACK_COMPONENTS_ALL Mpi)
endif()

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libmmview${MMV_SOVERSION})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "sliding views over files larger than memory - shared libraries
 A program that works on a file of any size gets it in windows, mapped or read,
 whichever is measured to be faster, with all processors and within a few
 megabytes of address space. Changes in place survive the end of the process.")
set(CPACK_DEBIAN_MPI_PACKAGE_NAME libmmview-mpi${MMV_SOVERSION})
set(CPACK_DEBIAN_MPI_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "libmmview${MMV_SOVERSION} (= ${PROJECT_VERSION})")
# It needs the library that is just being packaged.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib/mmview)
set(CPACK_DEBIAN_MPI_DESCRIPTION "sliding views over files larger than memory - walks over MPI
 The processes of an MPI job work on one file together, each on its part. The
 commands of mmview-tools load this library when mpirun starts them.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmmview-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libmmview${MMV_SOVERSION} (= ${PROJECT_VERSION}), python3:any")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "liburing-dev, mmview-doc, python3-numpy")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "sliding views over files larger than memory - development
 Headers, archives, the CMake package and pkg-config files of the mmview
 libraries.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME mmview-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "gnuplot-nox, gcc, libc6-dev, libzstd1")
if(TARGET mmview_mpi_shared)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS libmmview-mpi${MMV_SOVERSION})
endif()
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "commands for raw images of any size
 Brighten images larger than memory in place (mmbright), see what is in them
 (mmstat, mmdump), compare them (mmdiff), turn them into pictures and back
 (mmpng), make them (mmgen), share memory between processes (mmipc).")
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_NAME mmview-doc)
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOCUMENTATION_DESCRIPTION "sliding views over files larger than memory - documentation
 Why mmview is built as it is, what was measured, the format of its journals, a
 cookbook, and programs to copy from.")

# A library in the path of the loader makes ldconfig's cache old. CPack writes scripts for that, Debian wants a trigger.
file(WRITE ${PROJECT_BINARY_DIR}/package/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
set(CPACK_DEBIAN_MPI_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian.cmake)
set(CPACK_MMV_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
include(CPack)
