# Tests in the build for Windows: what they are compiled with, and which of them are left out.

set(MMV_TEST_PLAIN ON)
set(MMV_TEST_SYSTEM support/windows/scratch.c)
# Of a program's tests some may be left out, see unix.c. A child begins in front of main(), and at the parent's address, see children.c.
add_link_options(-Wl,--wrap=_cmocka_run_group_tests -Wl,--wrap=main -Wl,--disable-dynamicbase)
include_directories(support/windows/include)
# cmocka's functions are declared for the C runtime's own printf(). The other builds look at formats.
add_compile_options(-Wno-format -Wno-format-extra-args)
add_compile_options("SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/support/windows/unix.h")

add_library(test_windows_unix OBJECT support/windows/unix.c support/windows/children.c)
add_library(test_windows_first OBJECT support/windows/first.c)
foreach(objects IN ITEMS test_windows_unix test_windows_first)
  target_include_directories(${objects} PRIVATE ${MMV_TEST_INCLUDES})
  target_link_libraries(${objects} PRIVATE mmv_compile)
endforeach()

# One line for each test that does not run here: PROGRAM or PROGRAM/TEST, and what it needs.
set(MMV_WINDOWS_EXCLUDED
  "test_fork: fork(2)"
  "test_full_disk: mount(2)"
  "test_guard_signals: SIGBUS, signals"
  "test_journal_full: mount(2)"
  "test_journal_lost_stores: /proc/self/maps, memfd_create(2)"
  "test_journal_job: thousands of processes, more than six minutes in Wine"
  "test_journal_log: walks by the thousand, minutes in Wine, and once it did not end"
  "test_journal_damage: thousands of processes, more than eight minutes in Wine"
  "test_walk_faults: more than six minutes in Wine"
  "test_journal_evidence: times at which files were made, which Wine does not know, marks, mounts"
  "test_journal_kept: memory that a child shares with its parent, mmap(2)"
  "test_journal_job_refusals/test_discard_is_killed: marks in attributes of files"
  "test_reduce/test_nothing_is_written: blocks of a hole that was mapped for stores"
  "test_walk_choice/test_each_thread_reads_by_itself: descriptors of the C runtime, RLIMIT_NOFILE"
  "test_walk_choice/test_a_device_is_opened_once: /dev/zero"
  "test_walk_stream/test_a_regular_file_is_a_stream_too: O_APPEND"
  "test_journal_job_files/test_marks_that_are_missing: marks in attributes of files"
  "test_journal_pointers/test_the_folder_is_listed_twice: once more, to name a file that cannot be without a name"
  "test_journal_pointers/test_longest_names: names that the C runtime cannot open"
  "test_journal_marks: marks in attributes of files"
  "test_journal_short: marks in attributes of files"
  "test_journal_trust: other users"
  "test_journal_pointers/test_deepest_folder: paths that the C runtime cannot open, fchdir(2)"
  "test_lock_holder: which process has a lock: Windows does not say"
  "test_map_special: FIFOs, sockets, device files"
  "test_map/test_symbolic_links: symbolic links, which Wine does not make"
  "test_map/test_the_same_file_by_any_name: symbolic links, which Wine does not make"
  "test_map/test_closing_in_any_order: fcntl(2) of a descriptor of the library's own"
  "test_map/test_permissions_of_a_new_file: umask(2)"
  "test_map/test_a_descriptor_given_away_is_closed_on_failure: O_APPEND"
  "test_budget_affinity: affinity masks of sched_setaffinity(2)"
  "test_publish_links: renameat2(2), linkat(2), wrapped"
  "test_shared_faults: the calls that names of files are made of"
  "test_shared_rights: mode bits and labels of files, other users"
  "test_walk_limit: RLIMIT_AS"
  "test_walk_spacing: faults that the system counts for a thread"
  "test_walk_backends/test_windows_have_whole_folios: a window that begins between multiples of 65,536"
  "test_walk_backends/test_gaps_stay_holes: holes, which Wine does not tell of"
  "test_map_shrink/test_new_ones_see_the_new_end: a file is not made shorter while it is mapped: refused here"
  "test_map_shrink/test_open_views_and_leases: a file is not made shorter while it is mapped: refused here"
  "test_map_shrink/test_walks_under_way: a file is not made shorter while it is mapped: refused here"
  "test_map_shrink/test_what_is_refused: /dev/zero"
  "test_output/test_a_link_is_replaced_itself: symbolic links, which Wine does not make"
  "test_output/test_the_longest_names: names that the C runtime cannot open"
  "test_output/test_a_folder_that_moves: a folder that is open keeps its name: refused here"
  "test_output/test_rights_are_those_of_a_new_file: umask(2)"
  "test_output/test_what_is_refused: /dev/null"
  "test_output/test_replacing: a file that others have open is not replaced: refused here"
  "test_shared/test_others_find_the_bytes_by_the_path: names that are files"
  "test_shared/test_the_name_of_a_file_that_was_replaced: a file that has a section is not replaced: refused on Windows, not in Wine"
  "test_shared/test_inherited: flags of fcntl(2)"
  "test_shared/test_the_name_of_a_file_by_its_descriptor: a file that is open keeps its name"
  "test_shared/test_open_and_share_or_neither: names that are files"
  "test_map/test_a_descriptor_of_its_own: fcntl(2) of a descriptor of the library's own"
  "test_sync/test_a_dead_holder_of_our_own_number: memory of a mutex"
  "test_sync/test_an_object_that_becomes_shorter: memory of an event, a semaphore, a mutex"
  "test_channel/test_a_damaged_ring: names that are files"
  "test_channel/test_a_channel_that_becomes_shorter: names that are files"
  "test_lock/test_a_named_map_is_walked_with_a_journal: names that are files"
  "test_lock/test_a_name_is_opened_while_a_walk_has_its_range: names that are files"
  "test_lock/test_a_journal_is_no_object: names that are files"
  "test_walk_filter/test_devices: /dev/null"
  "test_walk_budgets/test_mappings_as_the_system_sees_them: /proc/self/maps"
  "test_view/test_advice_changes_no_byte: advice that every Unix takes; test_view_places has those that may be refused"
  "test_walk_to/test_from_a_character_device: /dev/zero"
  "test_queue/test_errors_come_with_their_tag: EBADF of a descriptor that only reads: here EACCES"
  "test_queue/test_the_name_tells_the_road: a road of two: here is one, \"overlapped\""
)

include(windows/excluded.cmake)

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
  message(STATUS "windows:   and the folders conformance, python, bench, simulate, oracles, and what of tools and fault windows/CMakeLists.txt does not name")
endfunction()
