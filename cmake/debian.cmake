# What Debian's policy wants in every package, and nobody else: copyright and changelog, manual pages compressed.
file(READ ${CPACK_MMV_LICENSE} license)

# mmv_debian_text(TEXT RESULT): as the value of a field, whose lines begin with a space, empty ones with a point.
function(mmv_debian_text text result)
  string(REGEX REPLACE "\n$" "" text "${text}")
  string(REPLACE "\n\n" "\n.\n" text "${text}")
  string(REPLACE "\n" "\n " text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

mmv_debian_text("${license}" license)
# Their notices go along with what is compiled in: docs/licences/README.md.
cmake_path(GET CPACK_MMV_LICENSE PARENT_PATH sources)
file(READ ${sources}/docs/licences/xxhash.txt xxhash)
mmv_debian_text("${xxhash}" xxhash)
file(READ ${sources}/docs/licences/liburing.txt liburing)
mmv_debian_text("${liburing}" liburing)
set(copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: mmview
Comment: Functions of xxHash are compiled into libraries and commands, and functions of liburing may be linked into commands.

Files: *
Copyright: 2026 the mmview authors
License: MIT

Files: xxhash.h
Copyright: 2012-2020 Yann Collet
License: BSD-2-clause

Files: liburing.a
Copyright: 2019-2022 Jens Axboe
License: MIT-liburing

License: MIT
 ${license}

License: BSD-2-clause
 ${xxhash}

License: MIT-liburing
 ${liburing}
")

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(changelog "mmview (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What changed is in NEWS.md of the package mmview-doc.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")

foreach(component IN ITEMS Runtime Mpi Development Tools Documentation)
  string(TOUPPER ${component} name)
  set(package ${CPACK_DEBIAN_${name}_PACKAGE_NAME})
  set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component}/usr)
  if(NOT IS_DIRECTORY ${root})
    continue()
  endif()
  set(folder ${root}/share/doc/${package})
  file(WRITE ${folder}/copyright "${copyright}")
  file(WRITE ${folder}/changelog "${changelog}")
  file(GLOB_RECURSE pages ${root}/share/man/*.[0-9])
  execute_process(COMMAND gzip -9nf ${folder}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
  file(CHMOD_RECURSE ${folder} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
    DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
