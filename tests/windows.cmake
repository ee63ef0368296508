# Tests in the build for Windows: what they are compiled with, and which of them are left out.

set(MMV_TEST_PLAIN ON)
set(MMV_TEST_SYSTEM support/windows/scratch.c)
# Of a program's tests some may be left out, see left_out.cmake. A child begins in front of main(), and at the parent's address, see children.c.
add_link_options(-Wl,--wrap=_cmocka_run_group_tests -Wl,--wrap=_skip -Wl,--wrap=main -Wl,--disable-dynamicbase)
include_directories(support/windows/include)
# cmocka's functions are declared for the C runtime's own printf(). The other builds look at formats.
add_compile_options(-Wno-format -Wno-format-extra-args)
add_compile_options("SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/support/windows/unix.h")

add_library(test_windows_unix OBJECT support/left_out.c support/windows/below.c support/windows/unix.c support/windows/children.c)
add_library(test_windows_first OBJECT support/windows/first.c)
foreach(objects IN ITEMS test_windows_unix test_windows_first)
  target_include_directories(${objects} PRIVATE ${MMV_TEST_INCLUDES})
  target_link_libraries(${objects} PRIVATE mmv_compile)
endforeach()

# Wine's services begin with the first of its programs, and keep open what that writes to: CTest would wait for their end.
if(MMV_WINE)
  get_filename_component(folder "${MMV_WINE}" DIRECTORY)
  find_program(MMV_WINE_SERVER NAMES wineserver64 wineserver32 wineserver PATHS ${folder} NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  add_test(NAME ${MMV_TEST_PREFIX}windows_begin
    COMMAND sh -c "'${MMV_WINE_SERVER}' -p120 >/dev/null 2>&1; exec \"$@\" cmd /c exit >/dev/null 2>&1 </dev/null" begin ${MMV_BY_WINE})
  set_tests_properties(${MMV_TEST_PREFIX}windows_begin PROPERTIES FIXTURES_SETUP windows_wine LABELS windows TIMEOUT 300)
endif()

# What does not run here: a line for each, PROGRAM or PROGRAM/TEST, and what it needs. left_out.cmake has what reads both lists.
# Windows, or what the library promises there, has no such thing.
set(MMV_CANNOT_APPLY
  "test_fork: fork(2)"
  "test_full_disk: mount(2) of a small file system"
  "test_guard_signals: SIGBUS, sigaction(2)"
  "test_journal_full: mount(2), btrfs"
  "test_journal_lost_stores: /proc/self/maps, memfd_create(2)"
  "test_journal_trust: other users, mode bits of files"
  "test_reduce/test_nothing_is_written: blocks of a hole that was mapped for stores"
  "test_walk_choice/test_each_thread_reads_by_itself: descriptors of the C runtime, RLIMIT_NOFILE"
  "test_walk_choice/test_a_device_is_opened_once: /dev/zero"
  "test_walk_stream/test_a_regular_file_is_a_stream_too: O_APPEND"
  "test_journal_pointers/test_deepest_folder: fchdir(2)"
  "test_journal_lost/test_strangers: other users"
  "test_queue/test_closing_waits: io_uring"
  "test_lock_holder: which process has a lock: Windows does not say"
  "test_map_special: FIFOs, sockets, device files"
  "test_map/test_closing_in_any_order: fcntl(2) of a descriptor of the library's own"
  "test_map/test_permissions_of_a_new_file: umask(2)"
  "test_map/test_a_descriptor_given_away_is_closed_on_failure: O_APPEND"
  "test_publish_links: renameat2(2), linkat(2), wrapped"
  "test_shared_faults/test_names_without_proc: names that are files"
  "test_shared_faults/test_unnamed_without_memory_files: names that are files"
  "test_shared_faults/test_a_mode_and_an_owner_that_cannot_be_changed: names that are files"
  "test_walk_limit: RLIMIT_AS"
  "test_walk_faults/test_pages_that_cannot_be_had: populating that fails"
  "test_walk_choice/test_what_is_in_memory_is_known: what is in memory of a file: Windows does not say"
  "test_walk_backends/test_pages_of_files_in_memory_come_together: faults that the system counts"
  "test_typed/test_a_stream_as_a_file: fopencookie(3)"
  "test_journal_evidence/test_done_before_another_start_of_the_system: a journal of mode kill"
  "test_journal_evidence/test_mounted_again: mounts: Windows does not say, and journals are of mode power"
  "test_journal_evidence/test_the_file_was_mounted_again: mounts"
  "test_journal_kept/test_each_file: a journal of mode kill, which needs to know of mounts"
  "test_journal_kept/test_nobody_asks: a journal of mode kill"
  "test_journal_refusals/test_another_start_of_the_system: a journal of mode kill"
  "test_view/test_populating_for_stores_allocates: populating that fails"
  "test_view/test_populating_a_shortened_file_is_a_status: populating that fails"
  "test_retire/test_zeros_and_the_file_is_let_go: pages are not exchanged at once: refused here, as another test of it sees"
  "test_retire/test_what_was_stored_before_is_in_the_file: pages are not exchanged at once"
  "test_retire/test_other_calls_find_it_closed: pages are not exchanged at once"
  "test_retire/test_the_name_is_let_go: pages are not exchanged at once"
  "test_retire/test_beside_readers_and_writers: pages are not exchanged at once"
  "test_retire/test_of_a_file_that_was_cut: pages are not exchanged at once"
  "test_keep/test_records_in_place: pages are not exchanged at once"
  "test_keep/test_a_function_that_says_nothing_of_an_error: pages are not exchanged at once"
  "test_keep/test_records_with_gaps: pages are not exchanged at once"
  "test_keep/test_nothing_is_left_of_what_was_freed: pages are not exchanged at once"
  "test_walk_spacing: faults that the system counts for a thread"
  "test_walk_backends/test_windows_have_whole_folios: a window that begins between multiples of 65,536"
  "test_map_shrink/test_new_ones_see_the_new_end: a file is not made shorter while it is mapped: refused here"
  "test_map_shrink/test_open_views_and_leases: a file is not made shorter while it is mapped: refused here"
  "test_map_shrink/test_walks_under_way: a file is not made shorter while it is mapped: refused here"
  "test_map_shrink/test_what_is_refused: /dev/zero"
  "test_output/test_a_folder_that_moves: a folder that is open keeps its name: refused here"
  "test_output/test_rights_are_those_of_a_new_file: umask(2)"
  "test_output/test_what_is_refused: /dev/null"
  "test_shared/test_others_find_the_bytes_by_the_path: names that are files"
  "test_shared/test_the_name_of_a_file_that_was_replaced: a file that has a section is not replaced: refused on Windows, not in Wine"
  "test_shared/test_inherited: flags of fcntl(2)"
  "test_shared/test_the_name_of_a_file_by_its_descriptor: a file that is open keeps its name"
  "test_shared/test_open_and_share_or_neither: names that are files"
  "test_map/test_a_descriptor_of_its_own: fcntl(2) of a descriptor of the library's own"
  "test_mutex/test_a_dead_holder_of_our_own_number: memory of a mutex"
  "test_mutex/test_a_mutex_that_becomes_shorter: memory of a mutex"
  "test_event/test_an_event_that_becomes_shorter: memory of an event"
  "test_semaphore/test_a_semaphore_that_becomes_shorter: memory of a semaphore"
  "test_channel/test_a_damaged_ring: names that are files"
  "test_channel/test_a_channel_that_becomes_shorter: names that are files"
  "test_lock/test_a_named_map_is_walked_with_a_journal: names that are files"
  "test_lock/test_a_name_is_opened_while_a_walk_has_its_range: names that are files"
  "test_lock/test_a_journal_is_no_object: names that are files"
  "test_walk_filter/test_devices: /dev/null"
  "test_walk_budgets/test_mappings_as_the_system_sees_them: /proc/self/maps"
  "test_view/test_advice_changes_no_byte: advice that every Unix takes (test_view_places has those that may be refused)"
  "test_walk_to/test_from_a_character_device: /dev/zero"
  "test_queue/test_errors_come_with_their_tag: EBADF of a descriptor that only reads: here EACCES"
  "test_queue/test_the_name_tells_the_road: a road of two: here is one, \"overlapped\""
)

# It could be, and is not, or not in Wine.
set(MMV_TESTS_LEFT_OUT
  "test_journal_evidence/test_a_copy_made_meanwhile: when a file was made: Wine does not know"
  "test_journal_job_files/test_marks_that_are_missing: marks in alternate data streams: Wine has none, so the library has none"
  "test_journal_job_refusals/test_a_renamed_file: marks"
  "test_journal_lost/test_other_marks_stay: marks"
  "test_journal_refusals/test_names_and_marks: marks"
  "test_journal_refusals/test_a_mark_that_stays_is_told: marks"
  "test_journal_marks: marks"
  "test_journal_short: marks"
  "test_map/test_symbolic_links: symbolic links, which Wine follows and does not see"
  "test_shared/test_the_makers_access_is_the_limit: a section that is made for reading is opened for writing in Wine"
  "test_output/test_a_link_is_replaced_itself: symbolic links, which Wine follows and does not see"
  "test_output/test_who_has_the_old_one_open_keeps_it: POSIX renames, which Wine lacks"
)

include(windows/excluded.cmake)

set(MMV_KIND windows)
set(MMV_MOST 5)
set(MMV_SAYS_LEFT_OUT tests/windows.cmake)
# On Windows itself more may be skipped.
set(MMV_BY_ANOTHER ${CMAKE_CROSSCOMPILING})
include(left_out.cmake)
