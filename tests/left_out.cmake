# Tests that do not run on the system of a build: on Windows (windows.cmake), or under an emulator (emulated.cmake). Both have lists of one
# format, a line for each, PROGRAM or PROGRAM/TEST, and the reason. Each sets, before it includes this:
#   MMV_KIND               a word in front of what is said, and of the test KIND_tests, which counts again behind the others
#   MMV_MOST               how many percent of what can apply may be left out
#   MMV_CANNOT_APPLY       what there is no such thing for
#   MMV_TESTS_LEFT_OUT     what could be, and is not
#   MMV_SAYS_LEFT_OUT      the file of these lists, for who looks at what a program printed
# support/left_out.c leaves out the tests of a program, and says how many it has skipped.

set(MMV_COUNTS ${CMAKE_BINARY_DIR}/tests/counts)
# Of lists that may have been others.
file(REMOVE_RECURSE ${MMV_COUNTS})
file(MAKE_DIRECTORY ${MMV_COUNTS})

# mmv_excludes(NAME SOURCE RESULT): of a program, which is counted by its source either way.
function(mmv_excludes name source result)
  get_filename_component(path ${source} ABSOLUTE)
  set_property(GLOBAL APPEND PROPERTY MMV_COUNTED_PROGRAMS "${name}|${path}")
  set(${result} OFF PARENT_SCOPE)
  foreach(line IN LISTS MMV_CANNOT_APPLY MMV_TESTS_LEFT_OUT)
    if(line MATCHES "^${name}: ")
      set(${result} ON PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# mmv_leave_out(NAME): the tests of a program that do not run. It leaves behind how many of the others it has skipped.
function(mmv_leave_out name)
  set(left_out)
  foreach(line IN LISTS MMV_CANNOT_APPLY MMV_TESTS_LEFT_OUT)
    if(line MATCHES "^${name}/([a-z0-9_]+): ")
      string(APPEND left_out " ${CMAKE_MATCH_1}")
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY MMV_COUNTED_TESTS ${MMV_TEST_PREFIX}${name})
  set_property(TEST ${MMV_TEST_PREFIX}${name} APPEND PROPERTY ENVIRONMENT_MODIFICATION
    "MMV_TEST_LEFT_OUT=set:${left_out} ;MMV_TEST_COUNTS=set:${MMV_COUNTS}/${name};MMV_TEST_SAYS=set:${MMV_SAYS_LEFT_OUT}")
endfunction()

# The build says what it leaves out, and why. The test KIND_tests counts again behind the others. ELSEWHERE: more that is not there.
function(mmv_say_left_out elsewhere)
  list(LENGTH MMV_CANNOT_APPLY count)
  message(STATUS "${MMV_KIND}: ${count} programs or tests cannot apply:")
  foreach(line IN LISTS MMV_CANNOT_APPLY)
    message(STATUS "${MMV_KIND}:   ${line}")
  endforeach()
  list(LENGTH MMV_TESTS_LEFT_OUT count)
  message(STATUS "${MMV_KIND}: ${count} programs or tests could, and are left out:")
  foreach(line IN LISTS MMV_TESTS_LEFT_OUT)
    message(STATUS "${MMV_KIND}:   ${line}")
  endforeach()
  message(STATUS "${MMV_KIND}:   and ${elsewhere}")
  get_property(programs GLOBAL PROPERTY MMV_COUNTED_PROGRAMS)
  get_property(tests GLOBAL PROPERTY MMV_COUNTED_TESTS)
  set(lists ${CMAKE_BINARY_DIR}/tests/lists.cmake)
  file(WRITE ${lists} "set(CANNOT_APPLY [==[${MMV_CANNOT_APPLY}]==])\nset(LEFT_OUT [==[${MMV_TESTS_LEFT_OUT}]==])\n"
    "set(PROGRAMS [==[${programs}]==])\nset(COUNTS \"${MMV_COUNTS}\")\nset(BY_ANOTHER ${MMV_BY_ANOTHER})\n"
    "set(KIND ${MMV_KIND})\nset(MOST ${MMV_MOST})\n")
  set(count ${CMAKE_COMMAND} -DLISTS=${lists} -P ${CMAKE_CURRENT_SOURCE_DIR}/count.cmake)
  add_test(NAME ${MMV_TEST_PREFIX}${MMV_KIND}_tests COMMAND ${count})
  set_tests_properties(${MMV_TEST_PREFIX}${MMV_KIND}_tests PROPERTIES DEPENDS "${tests}" LABELS ${MMV_KIND})
  # Now, and not only behind hours of tests.
  execute_process(COMMAND ${count} RESULT_VARIABLE failed)
  if(failed)
    message(SEND_ERROR "${MMV_KIND}: the lists of ${MMV_SAYS_LEFT_OUT} are wrong, or too long")
  endif()
endfunction()
