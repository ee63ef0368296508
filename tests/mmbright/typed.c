/* SPDX-License-Identifier: MIT */
/* typed: see typed.h. The words live until the next line. */
#include "typed.h"

#include "check.h"

#include <getopt.h>

#define WORDS_MAX 32

int typed(struct command *command, struct console *console, const char *line)
{
    static char text[1024];
    char *argv[WORDS_MAX + 1] = {(char *)"mmbright"};
    int argc = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word && argc < WORDS_MAX; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    *console = (struct console){.tool = "mmbright"};
    /* 0 and not 1: getopt_long(3) forgets what it has reordered. */
    optind = 0;
    int result = command_parse(command, console, argc, argv);
    /* The names lie in argv, which ends here. */
    static char *names[WORDS_MAX + 1];
    if (!command->files.text && command->files.names) {
        memcpy(names, command->files.names, (command->files.count + 1) * sizeof *names);
        command->files.names = names;
    }
    return result;
}

void typed_fine(struct command *command, struct console *console, const char *line)
{
    int result = typed(command, console, line);
    if (result != OPTIONS_GO)
        print_error("mmbright %s: %d\n", line, result);
    assert_int_equal(result, OPTIONS_GO);
}
