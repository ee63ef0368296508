/* SPDX-License-Identifier: MIT */
/*
 * options: the table as parser, as help text and as manual; completion.c makes the shells' scripts of it.
 *
 *     entry -> struct option + letter -> getopt_long -> section and entry again -> the group's handler
 *
 * 1. A long option's getopt value is FIRST_VALUE + its running number over all sections; a letter's is the letter.
 * 2. Help and manual are printed from the same entries in the same order, so that neither can forget one. No assert:
 * there is nothing else that they could print.
 */
#include "kit/cli/options.h"

#include "kit/cli/completion.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <mmview/base.h>

#include "kit/os/getopt.h"

/* Behind all characters: a letter that is none of ours comes as one, or as a byte, as the C library likes. */
#define FIRST_VALUE 0x110000
#define ENTRIES_MAX 96
#define HELP_COLUMN 25

enum { HELP, VERSION };

static const struct option_entry help_entries[] = {
    {'h', "help", "[HOW]", HELP, "print this and exit", NULL},
    {'V', "version", NULL, VERSION, "print the version and exit", NULL},
};

const struct option_group options_help_group = {NULL, help_entries, 2, NULL, NULL};

static bool is_optional(const struct option_entry *entry)
{
    return entry->argument && entry->argument[0] == '[';
}

static size_t entry_total(const struct option_table *table)
{
    size_t total = 0;
    for (size_t s = 0; s < table->count; s++)
        total += table->sections[s].group->count;
    return total;
}

/* The entry with this running number, and its section. */
static const struct option_entry *entry_at(const struct option_table *table, size_t number,
                                           const struct option_section **section_ret)
{
    size_t s = 0;
    while (number >= table->sections[s].group->count)
        number -= table->sections[s++].group->count;
    *section_ret = &table->sections[s];
    return &table->sections[s].group->entries[number];
}

static const struct option_entry *find_entry(const struct option_table *table, int value,
                                             const struct option_section **section_ret)
{
    size_t total = entry_total(table);
    assert(value < FIRST_VALUE + (int)total); /* 1 */
    if (value >= FIRST_VALUE)
        return entry_at(table, (size_t)(value - FIRST_VALUE), section_ret);
    for (size_t i = 0; i < total; i++) {
        const struct option_entry *entry = entry_at(table, i, section_ret);
        if (entry->letter == value)
            return entry;
    }
    return NULL;
}

static void make_getopt(const struct option_table *table, struct option *longs, char *letters)
{
    size_t total = entry_total(table);
    for (size_t i = 0; i < total; i++) {
        const struct option_section *section;
        const struct option_entry *entry = entry_at(table, i, &section);
        int has = entry->argument == NULL ? no_argument : is_optional(entry) ? optional_argument : required_argument;
        longs[i] = (struct option){entry->name, has, NULL, FIRST_VALUE + (int)i};
        if (entry->letter) {
            *letters++ = entry->letter;
            /* An optional argument belongs to the long name only: -h is never followed by one. */
            if (has == required_argument)
                *letters++ = ':';
        }
    }
    longs[total] = (struct option){0};
    *letters = '\0';
}

static void print_entry(const struct option_entry *entry)
{
    char left[64];
    if (entry->help == NULL)
        return;
    int length = entry->letter ? snprintf(left, sizeof left, "  -%c, --%s", entry->letter, entry->name)
                               : snprintf(left, sizeof left, "      --%s", entry->name);
    if (entry->argument && !is_optional(entry))
        length += snprintf(left + length, sizeof left - (size_t)length, "=%s", entry->argument);
    printf("%-*s%s%s\n", HELP_COLUMN, left, length >= HELP_COLUMN ? " " : "", entry->help);
}

static void print_help(const struct option_table *table, const char *tool)
{
    printf("Usage: %s %s\n%s\n", tool, table->usage, table->purpose);
    for (size_t s = 0; s < table->count; s++) {
        const struct option_group *group = table->sections[s].group;
        if (group->title)
            printf("%s:\n", group->title);
        for (size_t i = 0; i < group->count; i++)
            print_entry(&group->entries[i]);
    }
    printf("Examples:\n  %s\n  %s\n", table->examples[0], table->examples[1]);
}

/* scdoc gives a meaning to these characters. */
static void print_escaped(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_~#", *text))
            putchar('\\');
        putchar(*text);
    }
}

static void print_manual_entry(const struct option_entry *entry)
{
    if (entry->letter)
        printf("*-%c*, ", entry->letter);
    printf("*--%s*", entry->name);
    if (entry->argument && !is_optional(entry)) {
        printf("=_");
        print_escaped(entry->argument);
        printf("_");
    }
    printf("\n\t");
    if (entry->help) {
        print_escaped(entry->help);
        printf(".");
    }
    if (entry->manual) {
        printf(entry->help ? " " : "");
        print_escaped(entry->manual);
    }
    printf("\n\n");
}

static void print_manual(const struct option_table *table)
{
    for (size_t s = 0; s < table->count; s++) {
        const struct option_group *group = table->sections[s].group;
        if (group->title)
            printf("## %s\n\n", group->title);
        for (size_t i = 0; i < group->count; i++)
            print_manual_entry(&group->entries[i]);
    }
}

static int answer(const struct option_table *table, const struct console *console, int id, const char *how)
{
    if (id == VERSION)
        printf("%s (mmview) %s\n", console->tool, MMV_VERSION);
    else if (how == NULL)
        print_help(table, console->tool);
    else if (strcmp(how, "scdoc") == 0)
        print_manual(table);
    else if (!completion_print(table, console->tool, how))
        return console_usage(console, "--help=%s: help takes no such argument", how);
    return console_flush(console);
}

/* Whether a long option, as it was typed, begins more than one name: getopt_long(3) says the same of it and of none. */
static bool is_ambiguous(const struct option_table *table, const char *typed)
{
    size_t total = entry_total(table), length = strcspn(typed, "="), matches = 0;
    const struct option_section *section;
    for (size_t i = 0; i < total; i++)
        matches += strncmp(entry_at(table, i, &section)->name, typed, length) == 0;
    return matches > 1;
}

/* Of a letter that a C library has read as a character of several bytes the first one. */
static int byte_of(int letter, const char *typed)
{
    while (letter > UCHAR_MAX && *typed && (unsigned char)*typed < 128)
        typed++;
    return letter > UCHAR_MAX && *typed ? (unsigned char)*typed : letter;
}

/* In the words of getopt_long(3), whose own go to stderr with every byte that was typed. */
static int refuse(const struct option_table *table, const struct console *console, int value, const char *typed)
{
    const struct option_section *section;
    bool is_long = strncmp(typed, "--", 2) == 0;
    /* The getopt_long() of the BSDs, and so MinGW's, calls an argument too many a missing one. */
    bool has_one = is_long && strchr(typed, '=');
    if (optopt >= FIRST_VALUE && value == ':' && !has_one)
        return console_usage(console, "option '--%s' requires an argument", find_entry(table, optopt, &section)->name);
    if (value == ':' && !has_one)
        return console_usage(console, "option requires an argument -- '%c'", optopt);
    if (optopt >= FIRST_VALUE)
        return console_usage(console, "option '--%s' doesn't allow an argument",
                             find_entry(table, optopt, &section)->name);
    if (!is_long || optopt != 0)
        return console_usage(console, "invalid option -- '%c'", byte_of(optopt, typed));
    return console_usage(
        console, is_ambiguous(table, typed + 2) ? "option '%s' is ambiguous" : "unrecognized option '%s'", typed);
}

int options_parse(const struct option_table *table, const struct console *console, int argc, char **argv,
                  int *operands_ret)
{
    struct option longs[ENTRIES_MAX];
    char letters[2 * ENTRIES_MAX + 2] = ":";
    int value;
    assert(entry_total(table) < ENTRIES_MAX);
    make_getopt(table, longs, letters + 1);
    /* getopt_long(3) names argv[0] in its own messages: the tool's name, not a path. */
    argv[0] = (char *)console->tool;
    while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const struct option_section *section = NULL;
        /* Where an argument is missing, musl has gone by the end. */
        if (value == '?' || value == ':')
            return refuse(table, console, value, argv[optind <= argc ? optind - 1 : argc - 1]);
        const struct option_entry *entry = find_entry(table, value, &section);
        assert(section->group == &options_help_group || section->group->handle != NULL);
        if (section->group == &options_help_group)
            return answer(table, console, entry->id, optarg);
        if (!section->group->handle(entry->id, optarg, section->settings, console))
            return TOOL_USAGE;
    }
    *operands_ret = optind;
    return OPTIONS_GO;
}
