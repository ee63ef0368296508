/* SPDX-License-Identifier: MIT */
/*
 * fuzz_rec.c - any command line of mmrec, an argument per line: said to be wrong, or fields that lie in a record, and
 * code that stays within the function that it becomes a part of.
 */

#include "fuzz.h"

#include <getopt.h>
#include <string.h>

#include "mmrec/command.h"

enum { ARGUMENTS_MAX = 40, DEPTH_MAX = 300 };

/* ---- code, as a compiler sees it --------------------------------------------------------------------------------- */

/* Behind a comment or a literal that begins there; the same place when none does; NULL = it has no end. */
static const char *skip(const char *p)
{
    const char *end;
    if (p[0] == '/' && p[1] == '/') {
        end = p + strcspn(p, "\n");
        return end > p && end[-1] == '\\' ? NULL : end;
    }
    if (p[0] == '/' && p[1] == '*')
        return (end = strstr(p + 2, "*/")) ? end + 2 : NULL;
    if (*p != '"' && *p != '\'')
        return p;
    for (end = p + 1; *end != *p; end += *end == '\\' ? 2 : 1)
        if (*end == '\0' || *end == '\n' || (*end == '\\' && (end[1] == '\0' || end[1] == '\n')))
            return NULL;
    return end + 1;
}

/* Brackets that match, and no end in front of the last of them. */
static bool is_within(const char *text)
{
    static const char opening[] = "([{", closing[] = ")]}";
    char open[DEPTH_MAX];
    size_t depth = 0;
    for (const char *p = text; *p;) {
        const char *behind = skip(p), *opens, *closes;
        if (!behind || *p == '#' || (*p == '\\' && behind == p))
            return false;
        if (behind > p) {
            p = behind;
            continue;
        }
        opens = strchr(opening, *p), closes = strchr(closing, *p);
        if (opens && depth < DEPTH_MAX)
            open[depth++] = closing[opens - opening];
        if (closes && (depth == 0 || open[--depth] != *p))
            return false;
        p++;
    }
    return depth == 0;
}

/* ---- a command --------------------------------------------------------------------------------------------------- */

static void check_fields(const struct fields *fields)
{
    /* Records may be a gap alone: they have their index. */
    MUST(fields->count <= FIELDS_MOST && fields->size >= 1 && fields->size <= FIELDS_RECORD);
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->list[i];
        MUST(memchr(field->name, '\0', FIELDS_NAME) && field->name[0] && field->elements >= 1);
        MUST(field->offset + field->elements * field_element(field) <= fields->size);
        MUST(!words_are_reserved(field->name));
    }
}

static void check_code(const struct command *command)
{
    const struct code *code = &command->code;
    const char *const texts[] = {code->where.text, code->change.text, code->by.text, code->key.text, code->value.text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        MUST(!texts[i] || is_within(texts[i]));
    for (size_t i = 0; i < command->figures.count; i++)
        MUST(!command->figures.list[i].text || is_within(command->figures.list[i].text));
    char *text = code_text(code);
    MUST(text && strlen(text) > 0);
    free(text);
}

static void check_command(const struct command *command)
{
    MUST(command->files.count > 0);
    MUST(!command->in_place || !command->output);
    MUST(command->figures.count <= FIGURES_MOST);
    if (!command->origin.record)
        return;
    check_fields(&command->fields);
    if (command->code.made)
        check_fields(command->code.made);
    check_code(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct command command;
    static struct console console;
    char *argv[ARGUMENTS_MAX + 2] = {(char *)"mmrec"};
    int argc = 1;
    if (size > 3000)
        return -1;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    /* A struct of a header is asked of the compiler. */
    bool compiles = strstr(text, "--inc");
    for (char *rest = text, *line; argc <= ARGUMENTS_MAX && (line = strsep(&rest, "\n"));)
        argv[argc++] = line;
    argv[argc] = NULL;
    console = (struct console){.tool = "mmrec"};
    /* 0 and not 1: getopt_long(3) forgets what it has reordered. */
    optind = 0;
    if (!compiles) {
        int result = command_parse(&command, &console, argc, argv);
        /* Of files that it names, a list or a report, some cannot be read. */
        bool names_files = command.files.from || command.lines.retry;
        MUST(result == OPTIONS_GO || result == TOOL_DONE || result == TOOL_USAGE ||
             (names_files && result == TOOL_FAILED));
        if (result == OPTIONS_GO)
            check_command(&command);
        command_drop(&command);
    }
    free(text);
    return compiles ? -1 : 0;
}
