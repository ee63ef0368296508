# What `cmake --install` puts where, in components:
#
#     Runtime          the shared libraries; for Windows the DLLs, beside the commands
#     Mpi              the one that needs MPI
#     Development      headers, the static libraries, the CMake package, pkg-config files, the Python package
#     Tools            the commands, their manual pages, completions
#     Documentation    docs/, examples/, licence and news

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(MMV_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mmview)

# What no option says: licences of what is linked into the commands and DLLs for Windows, to be put beside them.
set(MMV_LICENSES "" CACHE STRING "Files with the licences of linked archives, NAME=FILE;..., to be installed")

# mmv_export_dll(NAME): a DLL shows what NAME.def names. That is made of the archive and of the rule in NAME.map.
function(mmv_export_dll name)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${name}.def)
  set(script ${PROJECT_SOURCE_DIR}/cmake/windows/exports.cmake)
  add_custom_command(OUTPUT ${list}
    COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DARCHIVE=$<TARGET_FILE:${name}> -DMAP=${CMAKE_CURRENT_SOURCE_DIR}/${name}.map
            -DDLL=${name}.dll -DLIST=${list} -P ${script}
    DEPENDS ${name} ${script} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.map VERBATIM)
  # A source: it goes to the linker.
  target_sources(${name}_shared PRIVATE ${list})
  # mmview.dll, which is what other languages look for; what programs are linked with is libmmview.dll.a.
  set_target_properties(${name}_shared PROPERTIES PREFIX "")
  if(MMV_INSTALL)
    install(FILES ${list} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Development)
  endif()
endfunction()

# mmv_add_shared(NAME): the shared library of a static one, made of the same objects; its names are those of NAME.map.
function(mmv_add_shared name)
  add_library(${name}_shared SHARED $<TARGET_OBJECTS:${name}>)
  set_target_properties(${name}_shared PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE C
    VERSION ${PROJECT_VERSION} SOVERSION ${MMV_SOVERSION})
  target_include_directories(${name}_shared INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
                                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  # A handler of signals, and OpenMP's threads, may run in its code when a program has closed it: it stays (nodelete).
  # Names that no public header has are hidden already; the script gives the others a version.
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/${name}.map)
  if(UNIX AND NOT APPLE)
    target_link_options(${name}_shared PRIVATE LINKER:--version-script=${script} LINKER:-z,defs
      LINKER:-z,nodelete)
    set_property(TARGET ${name}_shared APPEND PROPERTY LINK_DEPENDS ${script})
  elseif(WIN32)
    mmv_export_dll(${name})
  endif()
endfunction()

# mmv_install_library(NAME [COMPONENT of the shared library])
function(mmv_install_library name)
  cmake_parse_arguments(arg "" "COMPONENT" "" ${ARGN})
  if(NOT arg_COMPONENT)
    set(arg_COMPONENT Runtime)
  endif()
  set(parts ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${name}_static)
  if(MMV_SHARED)
    list(APPEND parts ${name}_shared)
  endif()
  install(TARGETS ${parts} EXPORT mmview
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${arg_COMPONENT}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${arg_COMPONENT} NAMELINK_COMPONENT Development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Development)
  install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development)
endfunction()

# mmv_install_pc(NAME DESCRIPTION [REQUIRES ...] [LIBS_PRIVATE ...])
function(mmv_install_pc name description)
  cmake_parse_arguments(arg "" "" "REQUIRES;LIBS_PRIVATE" ${ARGN})
  list(JOIN arg_REQUIRES ", " requires)
  list(JOIN arg_LIBS_PRIVATE " " private)
  # Where the file lies says where the rest is: an installation may be moved.
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${name}.pc @ONLY CONTENT
"prefix=\${pcfiledir}/${up}
includedir=\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}
libdir=\${prefix}/${CMAKE_INSTALL_LIBDIR}

Name: ${name}
Description: ${description}
Version: ${PROJECT_VERSION}
Requires: ${requires}
Cflags: -I\${includedir}
Libs: -L\${libdir} -l${name}
Libs.private: ${private}
")
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT Development)
endfunction()

# After all targets are known.
function(mmv_install_package)
  set(components "static image")
  if(MMV_SHARED)
    string(APPEND components " shared")
  endif()
  if(TARGET mmview_mpi)
    string(APPEND components " mpi")
  endif()
  set(MMV_COMPONENTS "${components}")
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/mmviewConfig.cmake.in ${PROJECT_BINARY_DIR}/mmviewConfig.cmake
    INSTALL_DESTINATION ${MMV_CMAKE_DIR})
  # Below version 1 the minor number says what no longer fits.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/mmviewConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/mmviewConfig.cmake ${PROJECT_BINARY_DIR}/mmviewConfigVersion.cmake
    DESTINATION ${MMV_CMAKE_DIR} COMPONENT Development)
  install(EXPORT mmview NAMESPACE mmview:: FILE mmviewTargets.cmake DESTINATION ${MMV_CMAKE_DIR} COMPONENT Development)
  if(MMV_SHARED AND NOT WIN32)
    install(DIRECTORY bindings/python/mmview DESTINATION lib/python3/dist-packages COMPONENT Development
            PATTERN __pycache__ EXCLUDE)
  endif()
  foreach(pair IN LISTS MMV_LICENSES)
    string(REGEX MATCH "^([^=]+)=(.+)$" found "${pair}")
    install(FILES ${CMAKE_MATCH_2} DESTINATION ${CMAKE_INSTALL_DOCDIR}/licences RENAME ${CMAKE_MATCH_1}.txt COMPONENT Documentation)
  endforeach()
  install(FILES README.md NEWS.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT Documentation)
  install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT Documentation
    PATTERN man EXCLUDE PATTERN site EXCLUDE PATTERN __pycache__ EXCLUDE PATTERN pictures/*.py EXCLUDE PATTERN pictures/*.cast EXCLUDE)
  install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT Documentation PATTERN CMakeLists.txt EXCLUDE)
  if(AWK_EXECUTABLE)
    file(RELATIVE_PATH include ${CMAKE_INSTALL_FULL_DOCDIR} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
    install(CODE "execute_process(COMMAND \"${CMAKE_COMMAND}\" \"-Dsource=${PROJECT_SOURCE_DIR}\" \"-Dinclude=${include}\" \"-Dawk=${AWK_EXECUTABLE}\"
      \"-Dfolder=\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\" -P \"${PROJECT_SOURCE_DIR}/cmake/documents.cmake\"
      COMMAND_ERROR_IS_FATAL ANY)" COMPONENT Documentation)
  endif()
endfunction()
