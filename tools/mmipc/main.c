/* SPDX-License-Identifier: MIT */
/*
 * mmipc: named shared maps from the shell.
 *
 *     parse      below      the command line; exit 2
 *     maps       maps.c     make them, read and write them
 *     names      names.c    what there is, whose, and away with it
 *     locks      locks.c    mutexes and events around commands
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/guard.h>
#include <mmview/sync.h>

#include "kit/cli/options.h"
#include "kit/os/signals.h"
#include "kit/cli/sizes.h"
#include "mmipc/mmipc.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { OFFSET, LENGTH, TIMEOUT, MODE, JSON, QUIET, VERBOSE };

static const struct option_entry entries[] = {
    {0, "offset", "SIZE", OFFSET, "where to begin to read or write (default 0)", NULL},
    {0, "length", "SIZE", LENGTH, "how much to read (default or 0: to the end)", NULL},
    {0, "timeout", "SECONDS", TIMEOUT, "how long to wait (default: without end)", "May be 0 and may have a fraction."},
    {0, "mode", "MODE", MODE, "octal permissions of what is made (default 600)", NULL},
    {0, "json", NULL, JSON, "list and stat: a JSON object per name", NULL},
    {'q', "quiet", NULL, QUIET, "say nothing but errors", NULL},
    {'v', "verbose", NULL, VERBOSE, "say what was found or made", NULL},
};

static bool take_timeout(struct request *request, const char *argument)
{
    const char *end;
    double seconds;
    if (!sizes_take_real(argument, &end, &seconds) || *end || seconds < 0 || seconds > 4e6) {
        console_usage(request->console, "--timeout=%s: must be seconds, 0 to 4000000", argument);
        return false;
    }
    request->wait_ms = (uint32_t)ceil(seconds * 1000);
    return true;
}

static bool take_mode(const struct console *console, const char *what, const char *text, unsigned *mode_ret)
{
    char *end;
    unsigned long mode = strtoul(text, &end, 8);
    if (text[0] < '0' || text[0] > '7' || *end || !(mode & 0400) || mode > 0777) {
        console_usage(console, "%s%s: must be an octal mode up to 777, with the right to read for the owner", what,
                      text);
        return false;
    }
    *mode_ret = (unsigned)mode;
    return true;
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct request *request = user;
    switch (id) {
    case OFFSET:
        return sizes_take(console, "offset", argument, NULL, &request->offset);
    case LENGTH:
        return sizes_take(console, "length", argument, NULL, &request->length);
    case TIMEOUT:
        return take_timeout(request, argument);
    case MODE:
        return take_mode(console, "--mode=", argument, &request->mode);
    case JSON:
        return request->json = true;
    case QUIET:
        return request->console->quiet = true;
    default:
        return request->console->verbose = true;
    }
}

static const struct option_group group = {"Options", entries, COUNT(entries), handle, NULL};

static const struct action {
    const char *verb;
    int operands; /* behind the name, which list alone does not have; -1 = one and more */
    int (*run)(const struct request *request);
} actions[] = {
    {"create", 1, map_create}, {"open-or-create", 1, map_open_or_create},
    {"write", 0, map_write},   {"read", 0, map_read},
    {"list", 0, name_list},    {"stat", 0, name_stat},
    {"chmod", 1, name_chmod},  {"remove", 0, name_remove},
    {"lock", -1, lock_run},    {"signal", 0, event_signal},
    {"wait", 0, event_wait},
};

static const struct action *find_action(const struct console *console, const char *verb)
{
    for (size_t i = 0; i < COUNT(actions); i++)
        if (strcmp(actions[i].verb, verb) == 0)
            return &actions[i];
    console_usage(console,
                  "'%s': there are create, open-or-create, write, read, list, stat, chmod, remove, lock, signal, wait",
                  verb);
    return NULL;
}

static bool check_operands(const struct request *request, const struct action *action, int count)
{
    bool named = action->run != name_list;
    int wanted = action->operands < 0 ? 1 : action->operands;
    if (named && count == 0)
        console_usage(request->console, "%s: no NAME given", action->verb);
    else if (count - named < wanted)
        console_usage(request->console, "%s: %s given", action->verb,
                      action->run == lock_run     ? "no COMMAND"
                      : action->run == name_chmod ? "no MODE"
                                                  : "no SIZE");
    else if (count - named > wanted && action->operands >= 0)
        console_usage(request->console, "%s: too many operands", action->verb);
    else
        return true;
    return false;
}

/* Options that an action does not know are no decoration: they are refused. */
static bool check_options(const struct request *request, const struct action *action)
{
    bool moves = action->run == map_read || action->run == map_write;
    bool waits = action->run == lock_run || action->run == event_wait;
    bool makes = waits || action->run == event_signal || action->run == map_create || action->run == map_open_or_create;
    const char *wrong = NULL;
    if (request->offset && !moves)
        wrong = "offset";
    else if (request->length && action->run != map_read)
        wrong = "length";
    else if (request->wait_ms != MMV_FOREVER && !waits)
        wrong = "timeout";
    else if (request->mode && !makes)
        wrong = "mode";
    else if (request->json && action->run != name_list && action->run != name_stat)
        wrong = "json";
    if (wrong)
        console_usage(request->console, "--%s means nothing to %s", wrong, action->verb);
    return wrong == NULL;
}

static int parse(struct request *request, int argc, char **argv, const struct action **action_ret)
{
    int operand;
    const struct option_section sections[] = {{&group, request}, {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "ACTION [NAME] [OPTION]...\n"
                 "  create NAME SIZE | open-or-create NAME SIZE | write NAME | read NAME\n"
                 "  list | stat NAME | chmod NAME MODE | remove NAME\n"
                 "  lock NAME -- COMMAND... | signal NAME | wait NAME",
        .purpose = "Named shared maps, mutexes and events from the shell. What it makes persists until removed.",
        .examples = {"mmipc create frame 8M && mmipc write frame <frame.raw && mmipc read frame --length=1K | xxd",
                     "mmipc lock printer --timeout=10 -- lp report.ps"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, request->console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    if (operand == argc)
        return console_usage(request->console, "no ACTION given");
    *action_ret = find_action(request->console, argv[operand]);
    if (!*action_ret)
        return TOOL_USAGE;
    /* Without it the command's options would be taken for ours. */
    if ((*action_ret)->run == lock_run && strcmp(argv[operand - 1], "--") != 0)
        return console_usage(request->console, "lock: COMMAND must stand behind --: mmipc lock NAME -- COMMAND...");
    if (!check_operands(request, *action_ret, argc - operand - 1) || !check_options(request, *action_ret))
        return TOOL_USAGE;
    if ((*action_ret)->run != name_list) {
        request->name = argv[operand + 1];
        request->more = argv + operand + 2;
        request->more_count = argc - operand - 2;
    }
    if ((*action_ret)->run == name_chmod && !take_mode(request->console, "", request->more[0], &request->mode))
        return TOOL_USAGE;
    return OPTIONS_GO;
}

/* The name as it was given, instead of where it lies. */
static void say_failure(const struct request *request)
{
    char line[1024];
    mmv_error error = *mmv_last_error();
    const char *last = strrchr(error.file, '/');
    if (!last || strncmp(last + 1, "mmv.", 4) != 0) {
        console_failure(request->console, request->name);
        return;
    }
    snprintf(error.file, sizeof error.file, "%s", request->name ? request->name : "");
    mmv_error_format(&error, line, sizeof line);
    console_error(request->console, NULL, "%s", line);
}

int request_failed(const struct request *request)
{
    const mmv_error *error = mmv_last_error();
    if (error->status == MMV_EINVAL && error->parameter && strcmp(error->parameter, "name") == 0)
        return console_usage(request->console, "'%s': this can be no name here: a name has 1 to %d bytes, see mmipc(1)",
                             request->name, MMV_NAME_LONGEST);
    if (error->status == MMV_ERANGE && error->parameter && strcmp(error->parameter, "capacity") == 0)
        return console_usage(request->console, "%s: the size must be 1 byte to 4 EiB", request->name);
    say_failure(request);
    return error->status == MMV_EEXIST ? TOOL_USAGE : TOOL_FAILED;
}

int main(int argc, char **argv)
{
    struct console console = {.tool = "mmipc"};
    struct request request = {.console = &console, .wait_ms = MMV_FOREVER};
    const struct action *action = NULL;
    console_secure();
    int status = parse(&request, argc, argv, &action);
    if (status != OPTIONS_GO)
        return status;
    signals_install(false);
    mmv_guard_enable();
    return action->run(&request);
}
