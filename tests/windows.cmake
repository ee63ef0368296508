# Tests in the build for Windows: what they are compiled with, and which of them are left out.

set(MMV_TEST_PLAIN ON)
set(MMV_TEST_SYSTEM support/windows/scratch.c)
# Of a program's tests some may be left out, see unix.c.
add_link_options(-Wl,--wrap=_cmocka_run_group_tests)
include_directories(support/windows/include)
# cmocka's functions are declared for the C runtime's own printf(). The other builds look at formats.
add_compile_options(-Wno-format -Wno-format-extra-args)
add_compile_options("SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/support/windows/unix.h")

add_library(test_windows_unix OBJECT support/windows/unix.c)
target_include_directories(test_windows_unix PRIVATE ${MMV_TEST_INCLUDES})
target_link_libraries(test_windows_unix PRIVATE mmv_compile)

# One line for each test that does not run here: PROGRAM or PROGRAM/TEST, and what it needs.
set(MMV_WINDOWS_EXCLUDED
  "test_fork: fork(2)"
  "test_walk_backends/test_windows_have_whole_folios: a window that begins between multiples of 65,536"
  "test_walk_backends/test_gaps_stay_holes: holes, which Wine does not tell of"
  "test_map_shrink: a file that becomes shorter while it is mapped: refused here"
  "test_view: a file that becomes shorter while it is mapped: refused here"
  "test_view_places: a file that becomes shorter while it is mapped: refused here"
  "test_model: a file that becomes shorter while it is mapped: refused here"
  "test_walk_truncation: a file that becomes shorter while it is mapped: refused here"
  "test_shelf: a file that becomes shorter while it is mapped: refused here"
  "test_walk_filter: a file that becomes shorter while it is mapped: refused here"
  "test_reduce: a file that becomes shorter while it is mapped: refused here"
  "test_walk_to/test_from_a_character_device: /dev/zero"
  "test_queue/test_errors_come_with_their_tag: EBADF of a descriptor that only reads: here EACCES"
  "test_queue/test_the_name_tells_the_road: a road of two: here is one, \"overlapped\""
  "test_pool: budgets of some pages of 4096 bytes"
  "test_window: budgets of some pages of 4096 bytes"
  "test_walk_budgets: budgets of some pages of 4096 bytes"
  "test_shelf_stores: a name in memory of each kind"
  "test_walk_faults: minutes in Wine, not tried to the end"
  "test_journal: fork(2): runs that are killed"
  "test_journal_damage: fork(2)"
  "test_arena: mmap(2) at a place that the test takes away"
  "test_budget: affinity masks of sched_setaffinity(2), /proc"
  "test_channel: objects with a name"
  "test_full_disk: mount(2)"
  "test_guard: SIGBUS, signals"
  "test_journal_evidence: attributes of files, other users"
  "test_journal_full: mount(2)"
  "test_journal_job: fork(2): tasks at once, killed"
  "test_journal_job_files: attributes of files"
  "test_journal_job_refusals: fork(2)"
  "test_journal_log: RLIMIT_FSIZE"
  "test_journal_marks: attributes of files"
  "test_journal_pointers: attributes of files"
  "test_journal_short: attributes of files"
  "test_journal_trust: other users"
  "test_journal_lost: attributes of files"
  "test_journal_refusals: attributes of files, FIFOs"
  "test_kills: objects with a name"
  "test_lock: fork(2): processes that hold a lock, are killed"
  "test_map: FIFOs, sockets, device files"
  "test_output: openat(2) beside the library, wrapped"
  "test_publish: renameat2(2), linkat(2), wrapped"
  "test_shared: objects with a name"
  "test_shared_faults: objects with a name"
  "test_shared_lasting: objects with a name"
  "test_shared_rights: objects with a name, other users"
  "test_sync: objects with a name"
  "test_walk_big: RLIMIT_AS"
  "test_walk_choice: RLIMIT_FSIZE"
  "test_walk_spacing: faults that the system counts for a thread"
  "test_walk_stream: pipes that are full, SIGPIPE"
)

# mmv_windows_excludes(NAME RESULT)
function(mmv_windows_excludes name result)
  set(${result} OFF PARENT_SCOPE)
  foreach(line IN LISTS MMV_WINDOWS_EXCLUDED)
    if(line MATCHES "^${name}: ")
      set(${result} ON PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# mmv_windows_leave_out(NAME): the tests of a program that do not run.
function(mmv_windows_leave_out name)
  set(left_out)
  foreach(line IN LISTS MMV_WINDOWS_EXCLUDED)
    if(line MATCHES "^${name}/([a-z0-9_]+): ")
      string(APPEND left_out " ${CMAKE_MATCH_1}")
    endif()
  endforeach()
  set_tests_properties(${MMV_TEST_PREFIX}${name} PROPERTIES ENVIRONMENT_MODIFICATION "MMV_TEST_LEFT_OUT=set:${left_out} ")
endfunction()

# The build says what it leaves out, and why.
function(mmv_windows_say)
  list(LENGTH MMV_WINDOWS_EXCLUDED count)
  message(STATUS "windows: ${count} tests are left out:")
  foreach(line IN LISTS MMV_WINDOWS_EXCLUDED)
    message(STATUS "windows:   ${line}")
  endforeach()
  message(STATUS "windows:   and the folders conformance, python, bench, simulate, kit, mmbright, tools, oracles, fault: tools are not built")
endfunction()
