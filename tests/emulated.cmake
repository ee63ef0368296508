# Tests of the suites in C under an emulator of user programs (qemu-user) of a 64-bit processor: which of them are left out.

add_library(test_left_out OBJECT support/left_out.c support/left_out_main.c)
target_include_directories(test_left_out PRIVATE ${MMV_TEST_INCLUDES})
target_link_libraries(test_left_out PRIVATE mmv_compile)
set(MMV_LEFT_OUT_WRAPS -Wl,--wrap=_cmocka_run_group_tests -Wl,--wrap=_skip -Wl,--wrap=main)
# Code takes ten times as long there. Tests of thousands of cases try a part of them.
add_compile_definitions(CHECK_COST=10u)

# What an emulator lacks. Nothing counts as what cannot apply: the bar is of all tests.
set(address "SIGBUS: the emulator swaps the halves of the address, and the guard does not know its page")
set(robust "robust futexes: the emulator has none, and nobody learns that a holder died")

set(MMV_CANNOT_APPLY)
set(MMV_TESTS_LEFT_OUT
  "test_channel/test_killed_senders: ${robust}"
  "test_kills/test_killed_holders: ${robust}"
  "test_kills/test_killed_senders: ${robust}"
  "test_mutex/test_a_dead_holder_of_our_own_number: ${robust}"
  "test_mutex/test_the_next_one_is_told_of_a_dead_holder: ${robust}"
  "test_mutex/test_a_thread_that_ends_holding_it: ${robust}"
  "test_mutex/test_closed_after_its_holder_has_ended: ${robust}"
  "test_retire_limits: the most mappings, or memory, of a process: the emulator needs them, too, and ends"
  "test_fork: a process that has threads and forks: the child has the emulator's locks as they were, and hangs"
  "test_kit_folder/test_what_leads_out_of_a_folder: openat2(2): the emulator does not know it"
  "test_kit_library: programs are static here, and load no libraries"
  "test_walk_limit: 256 MiB of addresses for a process: the emulator needs more, and does not start"
)

if(MMV_EMULATOR MATCHES "qemu-s390x")
  list(APPEND MMV_TESTS_LEFT_OUT
    "test_guard: ${address}"
    "test_retire/test_of_a_file_that_was_cut: ${address}"
    "test_map_shrink/test_open_views_and_leases: ${address}"
    "test_view_places/test_growing_forgets_no_fault: ${address}"
    "test_mutex/test_a_mutex_that_becomes_shorter: ${address}"
    "test_event/test_an_event_that_becomes_shorter: ${address}"
    "test_semaphore/test_a_semaphore_that_becomes_shorter: ${address}"
    "test_channel/test_a_channel_that_becomes_shorter: ${address}"
    "test_shelf_stores/test_a_file_that_shrinks: ${address}"
    "test_walk_filter/test_a_file_that_shrinks: ${address}"
    "test_reduce/test_a_file_that_shrinks: ${address}"
    "test_walk_truncation/test_shorter_during_the_walk: ${address}"
    "test_walk_truncation/test_shorter_input_of_another_output: ${address}"
    "test_full_disk/test_the_guard_tells_a_full_disk: ${address}"
    "test_full_disk/test_rows_on_a_full_disk: ${address}"
    "test_walk_spacing/test_cut_where_nothing_was_populated: ${address}"
    "test_journal_lost_stores: ${address}"
    "test_journal_full: ${address}"
  )
endif()

# Debian's C library for riscv64 asks whether there are robust futexes, and makes no mutex without them. That of the others takes them for granted.
if(MMV_EMULATOR MATCHES "qemu-riscv64")
  set(mutex "robust futexes: the emulator has none, and the C library makes no mutex that outlives its holder")
  list(APPEND MMV_TESTS_LEFT_OUT
    "test_mutex/test_a_mutex_keeps_others_out: ${mutex}"
    "test_mutex/test_waiting_for_a_mutex: ${mutex}"
    "test_mutex/test_a_new_mutex_is_its_makers: ${mutex}"
    "test_mutex/test_many_make_it_at_once: ${mutex}"
    "test_mutex/test_closed_while_another_thread_holds_it: ${mutex}"
    "test_mutex/test_never_two_inside: ${mutex}"
    "test_mutex/test_a_mutex_that_becomes_shorter: ${mutex}"
    "test_channel/test_messages_of_any_size_come_whole_and_in_order: ${mutex}"
    "test_channel/test_what_is_refused: ${mutex}"
    "test_channel/test_a_damaged_ring: ${mutex}"
    "test_channel/test_a_channel_that_becomes_shorter: ${mutex}"
    "test_channel/test_several_senders: ${mutex}"
    "test_channel/test_a_receiver_comes_while_a_sender_waits: ${mutex}"
    "test_channel/test_a_killed_receiver: ${mutex}"
    "test_channel/test_nobody_yet: ${mutex}"
    "test_kills/test_killed_receivers: ${mutex}"
    "test_shared_names/test_a_mutex_with_a_long_name: ${mutex}"
    "test_shared_rights/test_copies_are_no_objects: ${mutex}"
    "test_shared_rights/test_other_kinds_and_versions: ${mutex}"
    "test_leave/test_an_exit_leaves_nothing: ${mutex}"
    "test_leave/test_the_exit_leaves_what_persists_and_what_others_use: ${mutex}"
    "test_sweep/test_the_next_call_sweeps_up_after_the_killed: ${mutex}"
    "test_sweep/test_who_sweeps_and_when: ${mutex}"
    "test_sweep/test_a_sweep_of_many: ${mutex}"
    "test_allocations/test_what_processes_share: ${mutex}"
    "test_killed_between: ${mutex}"
    "test_sweep_parts/test_the_next_sweep_goes_on: ${mutex}"
    "test_sweep_parts/test_nothing_is_passed_over_for_what_was_removed: ${mutex}"
    "test_name_rights/test_the_label_is_read_by_who_may_open_the_map: ${mutex}"
    "test_shared_faults/test_every_call_fails_in_turn: ${mutex}"
  )
endif()

set(MMV_KIND emulated)
set(MMV_MOST 10)
set(MMV_SAYS_LEFT_OUT tests/emulated.cmake)
set(MMV_BY_ANOTHER ON)
include(left_out.cmake)
