/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

/*
 * options: one table per tool that is the parser, --help, the OPTIONS section of the manual, and what shells complete.
 *
 * A tool's table is a list of sections; a section joins a group of options (some are shared by all tools) with the
 * settings that they fill in.
 */

#include <stdbool.h>
#include <stddef.h>

#include "kit/cli/console.h"

struct option_entry {
    char letter;          /* 0 = long only */
    const char *name;     /* long name */
    const char *argument; /* how help calls it; NULL = none; in brackets = optional */
    int id;               /* what the group's handler gets */
    const char *help;     /* one line for --help; NULL = it is in the manual only */
    const char *manual;   /* more sentences for the manual; NULL = help is enough */
};

/* Takes one option; says what is wrong with it and returns false. */
typedef bool option_handler(int id, const char *argument, void *settings, const struct console *console);

/* What the argument of an option can be, for shells that complete it. */
struct option_values {
    const char *name;   /* the option's long name; NULL ends the list */
    const char *values; /* with blanks between them */
};

struct option_group {
    const char *title;
    const struct option_entry *entries;
    size_t count;
    option_handler *handle;
    const struct option_values *values; /* NULL = none */
};

struct option_section {
    const struct option_group *group;
    void *settings;
};

struct option_table {
    const char *usage;       /* behind the tool's name */
    const char *purpose;     /* one sentence */
    const char *examples[2]; /* whole command lines */
    const struct option_section *sections;
    size_t count;
};

/*
 * The command line is taken apart and the tool has work to do. Only parsers of command lines return it; it is no exit
 * status, and anything else that they return is one.
 */
enum { OPTIONS_GO = -1 };

/*
 * options_parse() - take a command line apart.
 * Shape:   operands_ret is the index of the first operand in argv, which is reordered. Returns OPTIONS_GO, or an exit
 *          status: help or version was printed, or the fault has been said.
 */
int options_parse(const struct option_table *table, const struct console *console, int argc, char **argv,
                  int *operands_ret);

/* Every table ends with this group: --help and --version. It has no settings. */
extern const struct option_group options_help_group;

#endif
