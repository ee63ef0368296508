# Section 3 and 5 of the manual. Section 3 is made from the public headers: what they say is said once.
#
# mmv_add_api_manual(LIBRARY FOLDER HEADER...): a page for each header, and one for each function, type and macro that leads there.

find_program(AWK_EXECUTABLE awk)
# A fixed date makes the pages the same in every build.
set(MMV_MANUAL_DATE 2026-11-20)

function(mmv_add_api_manual library folder)
  if(NOT MMV_MAN OR NOT AWK_EXECUTABLE)
    return()
  endif()
  set(script ${PROJECT_SOURCE_DIR}/docs/man/api.awk)
  set(place ${PROJECT_BINARY_DIR}/man3)
  file(MAKE_DIRECTORY ${place})
  set(pages "")
  foreach(header IN LISTS ARGN)
    get_filename_component(name ${header} NAME_WE)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/include/${folder}/${header})
    # mmview/mmview.h is what the library is called.
    if(name STREQUAL folder)
      set(page ${folder})
    else()
      set(page ${folder}_${name})
    endif()
    add_custom_command(OUTPUT ${place}/${page}.3
      COMMAND ${AWK_EXECUTABLE} -v version=${PROJECT_VERSION} -v date=${MMV_MANUAL_DATE} -v library=${library} -v header=${folder}/${header}
              -v page=${page} -f ${script} ${source} > ${place}/${page}.3
      DEPENDS ${source} ${script} VERBATIM)
    list(APPEND pages ${place}/${page}.3)
    execute_process(COMMAND ${AWK_EXECUTABLE} -v names=1 -f ${script} ${source} OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "[^\n]+" names "${names}")
    foreach(name IN LISTS names)
      file(CONFIGURE OUTPUT ${place}/${name}.3 CONTENT ".so man3/${page}.3\n" @ONLY)
      list(APPEND pages ${place}/${name}.3)
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  endforeach()
  add_custom_target(${library}_api_manual ALL DEPENDS ${pages})
  if(MMV_INSTALL)
    install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT Development)
  endif()
endfunction()

# mmv_add_format_manual(NAME): docs/man/NAME.5.scd.
function(mmv_add_format_manual name)
  if(NOT MMV_MAN OR NOT SCDOC_EXECUTABLE)
    return()
  endif()
  set(source ${PROJECT_SOURCE_DIR}/docs/man/${name}.5.scd)
  set(page ${CMAKE_CURRENT_BINARY_DIR}/${name}.5)
  add_custom_command(OUTPUT ${page} COMMAND ${CMAKE_COMMAND} -E env SOURCE_DATE_EPOCH=1795132800 ${SCDOC_EXECUTABLE} < ${source} > ${page}
    DEPENDS ${source} VERBATIM)
  add_custom_target(${name}_manual ALL DEPENDS ${page})
  if(MMV_INSTALL)
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT Tools)
  endif()
endfunction()
