/* SPDX-License-Identifier: MIT */
/*
 * completion: see completion.h. Operands are files. What an option takes is one of its values where these are known, a
 * file where help calls it FILE, PATH, OUT, DIR or LIST, and anything otherwise.
 */
#include "kit/cli/completion.h"

#include <stdio.h>
#include <string.h>

static const char *values_of(const struct option_group *group, const struct option_entry *entry)
{
    for (const struct option_values *values = group->values; values && values->name; values++)
        if (strcmp(values->name, entry->name) == 0)
            return values->values;
    return NULL;
}

static bool takes_argument(const struct option_entry *entry)
{
    return entry->argument && entry->argument[0] != '[';
}

static bool takes_file(const struct option_entry *entry)
{
    static const char *const names[] = {"FILE", "PATH", "OUT", "DIR", "LIST"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (takes_argument(entry) && strncmp(entry->argument, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

typedef void entry_fn(const struct option_group *group, const struct option_entry *entry, const char *tool);

static const char *help_of(const struct option_entry *entry)
{
    return entry->help ? entry->help : entry->manual;
}

static void for_each(const struct option_table *table, entry_fn *fn, const char *tool)
{
    for (size_t s = 0; s < table->count; s++)
        for (size_t i = 0; i < table->sections[s].group->count; i++)
            fn(table->sections[s].group, &table->sections[s].group->entries[i], tool);
}

/* ---- bash -------------------------------------------------------------------------------------------------------- */

static void bash_word(const struct option_group *group, const struct option_entry *entry, const char *tool)
{
    (void)group, (void)tool;
    if (entry->letter)
        printf(" -%c", entry->letter);
    printf(" --%s%s", entry->name, takes_argument(entry) ? "=" : "");
}

/* A value is a word of its own behind a blank or "=", which readline takes for one. */
static void bash_case(const struct option_group *group, const struct option_entry *entry, const char *tool)
{
    const char *values = values_of(group, entry);
    (void)tool;
    if (!takes_argument(entry))
        return;
    printf("    --%s", entry->name);
    if (entry->letter)
        printf(" | -%c", entry->letter);
    if (values)
        printf(") COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", values);
    else
        printf(") %s; return ;;\n", takes_file(entry) ? "COMPREPLY=($(compgen -f -- \"$word\"))" : "COMPREPLY=()");
}

static void print_bash(const struct option_table *table, const char *tool)
{
    printf("# bash completion for %s, made by %s --help=bash\n_%s() {\n", tool, tool, tool);
    printf(
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    if [ \"$word\" = = ]; then word=; elif [ \"$before\" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
        "    case $before in\n");
    for_each(table, bash_case, tool);
    printf("    esac\n    case $word in\n    -*) COMPREPLY=($(compgen -W '");
    for_each(table, bash_word, tool);
    printf("' -- \"$word\"))\n        case ${COMPREPLY[0]} in *=) compopt -o nospace ;; esac ;;\n"
           "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n    esac\n}\ncomplete -o filenames -F _%s %s\n",
           tool, tool);
}

/* ---- zsh and fish ------------------------------------------------------------------------------------------------ */

/* Inside of single quotes; brackets and colons mean something to _arguments. */
static void print_quoted(const char *text, bool zsh)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs(zsh ? "'\\'" : "\\", stdout);
        else if (zsh && strchr("[]:", *text))
            putchar('\\');
        putchar(*text);
    }
}

static void zsh_line(const struct option_group *group, const struct option_entry *entry, const char *tool)
{
    const char *values = values_of(group, entry);
    (void)tool;
    for (int form = entry->letter ? 0 : 1; form < 2; form++) {
        if (form == 0)
            printf("    '-%c%s[", entry->letter, takes_argument(entry) ? "+" : "");
        else
            printf("    '--%s%s[", entry->name, takes_argument(entry) ? "=" : "");
        print_quoted(help_of(entry), true);
        printf("]");
        if (takes_argument(entry)) {
            printf(":");
            print_quoted(entry->argument, true);
            printf(":");
            if (values)
                printf("(%s)", values);
            else if (takes_file(entry))
                printf("_files");
        }
        printf("' \\\n");
    }
}

static void fish_line(const struct option_group *group, const struct option_entry *entry, const char *tool)
{
    const char *values = values_of(group, entry);
    printf("complete -c %s", tool);
    if (entry->letter)
        printf(" -s %c", entry->letter);
    printf(" -l %s", entry->name);
    if (takes_argument(entry))
        printf(takes_file(entry) ? " -r" : " -x");
    if (values)
        printf(" -a '%s'", values);
    printf(" -d '");
    print_quoted(help_of(entry), false);
    printf("'\n");
}

bool completion_print(const struct option_table *table, const char *tool, const char *shell)
{
    if (strcmp(shell, "bash") == 0) {
        print_bash(table, tool);
    } else if (strcmp(shell, "zsh") == 0) {
        printf("#compdef %s\n# made by %s --help=zsh\n_arguments -s -S \\\n", tool, tool);
        for_each(table, zsh_line, tool);
        printf("    '*:file:_files'\n");
    } else if (strcmp(shell, "fish") == 0) {
        printf("# fish completion for %s, made by %s --help=fish\n", tool, tool);
        for_each(table, fish_line, tool);
    } else {
        return false;
    }
    return true;
}
