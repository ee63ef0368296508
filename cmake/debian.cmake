# What Debian's policy wants in every package, and nobody else: copyright and changelog, manual pages compressed.
file(READ ${CPACK_MMV_LICENSE} license)
string(REGEX REPLACE "\n$" "" license "${license}")
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
set(copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: mmview

Files: *
Copyright: 2026 the mmview authors
License: MIT

License: MIT
 ${license}
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
