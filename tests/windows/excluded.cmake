# Of the tools' suites in C what does not run here; see ../windows.cmake.
add_compile_options("SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/more.h")
list(APPEND MMV_CANNOT_APPLY
  "test_kit_console/test_what_stdout_lost_is_said_once: /dev/full"
  "test_kit_file/test_interrupted_reads_go_on: EINTR of read(2)"
  "test_kit_file/test_interrupted_writes_go_on: EINTR of write(2)"
  "test_kit_file/test_errors_are_returned: read(2), write(2), wrapped"
  "test_kit_file/test_opening_waits_for_nothing_and_follows_what_it_may: FIFOs"
  "test_kit_identify/test_a_header_beside_in_any_spelling: names that differ in the case of letters alone"
  "test_kit_identify_beside/test_a_header_that_nearly_names_it: names that differ in the case of letters alone"
  "test_kit_library: libm.so.6"
  "test_kit_output/test_nor_what_is_no_file_or_leads_to_the_input: FIFOs, and symbolic links"
  "test_kit_parts_pieces/test_a_link_is_no_piece_nor_is_a_fifo: FIFOs, and symbolic links"
  "test_kit_pattern/test_what_is_no_tile_is_told: FIFOs"
  "test_kit_process: sh, signals (windows/test_kit_windows.c has programs)"
  "test_kit_progress/test_quiet_is_quiet_but_for_who_asks: SIGUSR1"
  "test_kit_progress/test_a_signal_ends_the_walk: signals"
  "test_kit_sandbox: Landlock: there is no sandbox"
  "test_kit_signals: fork(2), signals (windows/tools.bash has Ctrl-C)"
  "test_kit_text/test_a_shell_reads_back_what_was_quoted: fork(2), shells of Unix"
  "test_kit_text/test_every_byte_is_read_back_beside_every_kind: fork(2), shells of Unix"
)
list(APPEND MMV_TESTS_LEFT_OUT
  "test_kit_identify_beside/test_a_header_of_a_link: symbolic links, which Wine follows and does not see"
  "test_kit_identify_beside/test_a_header_in_the_folder_above: symbolic links: Wine takes .. away from a path before it follows them"
  "test_kit_identify/test_a_header_that_is_a_dead_link: symbolic links: Wine sees nothing where one leads nowhere"
  "test_kit_file/test_what_a_file_is: symbolic links, which Wine follows and does not see"
  "test_kit_folder/test_a_file_is_made_once_and_never_through_a_link: symbolic links"
  "test_kit_folder/test_a_link_to_a_folder_is_followed_when_it_may: symbolic links"
  "test_kit_parts/test_a_link_is_no_folder_of_parts: symbolic links"
)
