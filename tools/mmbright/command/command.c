/* SPDX-License-Identifier: MIT */
/* command: mmbright's own options, and the lists that they take. Which of them go together is in rules.c. */
#include "mmbright/command/command.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/cli/sizes.h"
#include "kit/cli/threads.h"
#include "mmbright/command/rules.h"

enum {
    IN_PLACE,
    OUTPUT,
    FORCE,
    ADD,
    GAIN,
    CLAMP,
    AS_STORED,
    MAX_SATURATED,
    JOURNAL,
    JOURNAL_FILE,
    STATUS,
    DISCARD,
    ADOPT,
    SYNC,
    DRY_RUN,
    COUNT_ONLY,
    VERIFY,
    FIX_STATS,
    PREVIEW,
    FILES_FROM,
    REPORT,
    ALL_OR_NOTHING,
    RETRY,
    KEEP_UNDO,
    UNDO,
};

/* Longer rows are walked one by one, so that a record never asks for a window that the budget cannot hold. */
#define RECORD_MAX (16 * MMV_MIB)

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry target_entries[] = {
    {'i', "in-place", NULL, IN_PLACE, "change FILE itself", NULL},
    {'o', "output", "OUT", OUTPUT, "write a changed copy of all of FILE ('-': stdout)",
     "Where OUT is a directory, the copy has FILE's name there. OUT appears when it is complete, and not at all when "
     "anything fails. With --shard the command writes one part into the folder that mmshard prepare has made. Then "
     "mmshard finish gives the file its name."},
    {'f', "force", NULL, FORCE, "replace an existing OUT",
     "A symbolic link is replaced, not followed. With -o - it allows a terminal as stdout."},
    {0, "journal", "HOW", JOURNAL, "what -i survives: kill, power or off (default kill)",
     "kill protects from the end of the process, however it comes: the same command again finishes the work, and "
     "changes no pixel twice. power also protects from a loss of power, at a third to half of the speed. off protects "
     "from nothing: a run that is repeated changes again what was changed. See CAVEATS."},
    {0, "journal-file", "PATH", JOURNAL_FILE, "default: FILE.mmj.OFFSET-LENGTH, beside FILE",
     "The default is beside the first FILE. The journal is removed when all FILEs are done."},
    {0, "status", NULL, STATUS, "show the journal of an unfinished run", NULL},
    {0, "discard-journal", NULL, DISCARD, "give an unfinished run up",
     "The FILEs stay as they are, and may be changed in part. The command lists the ranges of the run, and says how "
     "far each is changed. The interrupted command would now be a new run, and change again what is changed. The old "
     "values of a half changed range are lost with the journal, and --undo does not take back a run that was given "
     "up. The parts of a job can only be given up together. With --journal-file=PATH, a FILE that was renamed may be "
     "given by its new name. When its mark is of that run, the mark is taken off. When its mark is of another run, "
     "nothing is done."},
    {0, "adopt", NULL, ADOPT, NULL,
     "Finish a run on a FILE that was moved to another file system or restored, and so is another file for the "
     "system. The same command with --adopt goes on under two conditions. The file of the interrupted run is gone, "
     "and FILE has what the run had done."},
    {0, "keep-undo", "[=PATH]", KEEP_UNDO, "keep what -i loses, for --undo",
     "Old values that saturated or were rounded cannot be computed from the new ones. They are saved, compressed, in "
     "FILE.mmu.1, FILE.mmu.2 and so on beside FILE, or in PATH. The more such values FILE has, the longer it takes."},
    {0, "undo", "[=PATH]", UNDO, "take the latest run with --keep-undo back",
     "Every byte of FILE gets the value that it had before the run, and the undo file is removed. Runs are taken back "
     "in reverse order. FILE must be as the run has left it. PATH names the undo file when it is not at its usual "
     "place. The same command finishes an --undo that was interrupted. Where FILE lists several files, the run is "
     "taken back in all of them, or in none."},
    {0, "sync", NULL, SYNC, "do not exit 0 before the data is on the disk", NULL},
    {0, "verify", NULL, VERIFY, "compute twice, read back and compare",
     "Each piece is computed a second time, sample by sample, and hashed before it is stored. In the end the result is "
     "read back and compared. With -o that happens before OUT gets its name."},
    {0, "fix-stats", NULL, FIX_STATS, "correct a header's statistics afterwards",
     "Extremes, mean and deviation that the change has made wrong are computed anew. For that all samples of the "
     "image are read once more. The checksums of FITS are corrected, too. A new value that does not fit into the "
     "place of the old one is reported."},
    {0, "preview", "FILE.png", PREVIEW, "a contact sheet: before and after",
     "Two pictures side by side, of the rectangle of --roi or of the whole image. Each has at most 512 x 512 pixels, "
     "and both are drawn with the same range of values. The right one is read from the result. With --dry-run or -o - "
     "it is computed instead."},
    {0, "files-from", "LIST", FILES_FROM, "more FILEs, a line each ('-': stdin)",
     "A NUL may end each name instead of a line end, as find -print0 writes it."},
    {0, "report", "OUT.jsonl", REPORT, "add a JSON line for each FILE to OUT.jsonl",
     "The line is as that of --json, with the name as it was given, and with the key status: 0, or 1 or 2 for a FILE "
     "that failed. For such a FILE the line also has reason, and errno when the system has reported an error."},
    {0, "all-or-nothing", NULL, ALL_OR_NOTHING, NULL,
     "Change nothing when one of the FILEs cannot be used: all are looked at before the first is changed. Without "
     "this option the other FILEs are done."},
    {0, "retry", "REPORT", RETRY, NULL,
     "It stands in place of FILEs: the command works on those that failed in an earlier run with this --report. It "
     "leaves out those that a later run with the same report has done. Relative names start at the folder where the "
     "earlier run was started."},
    {'n', "dry-run", NULL, DRY_RUN, "check everything, print the plan, change nothing",
     "It takes no longer for a larger FILE, since no sample is looked at."},
    {0, "count", NULL, COUNT_ONLY, NULL, "With --dry-run: read FILE, and say how many samples would saturate."},
};

static const struct option_entry change_entries[] = {
    {'a', "add", "N[,N...]", ADD, "add to every sample, or per channel",
     "Integer samples stop at both ends of their type. There is no default change: a run without --add, --gain and "
     "--clamp is refused, also with --dry-run."},
    {'g', "gain", "F[,F...]", GAIN, "multiply first, round half to even, then add",
     "Without --add nothing is added. Floating-point samples are neither rounded nor limited unless --clamp says so."},
    {0, "clamp", "LO,HI", CLAMP, "limit the results to LO..HI", "Alone it does nothing else."},
    {0, "as-stored", NULL, AS_STORED, NULL,
     "Allow --add and --gain also where a header says that larger samples are darker (WhiteIsZero). Allow them, too, "
     "where samples are amounts of ink (CMYK) or colours of CIE L*a*b*. Without this option such a run is refused, "
     "since it would not brighten."},
    {0, "max-saturated", "SHARE", MAX_SATURATED, "refuse when more samples would saturate",
     "SHARE is a share of the samples that change in each FILE, as 0.1% or 0.001; 0 allows none. The samples are "
     "counted in all FILEs before the first byte of any FILE changes. That takes about as long as mmstat does. Each "
     "part of a job (--shard) counts its own samples; the processes of an MPI job count together. A run that goes on "
     "after an interruption does not count again."},
};

static bool add_value(struct value_list *list, double value)
{
    /* As many as there are, at powers of two. */
    if ((list->count & (list->count - 1)) == 0) {
        double *values = realloc(list->values, (list->count ? 2 * list->count : 1) * sizeof *values);
        if (!values)
            return false;
        list->values = values;
    }
    list->values[list->count++] = value;
    return true;
}

/* N[,N...] */
static bool take_list(const struct console *console, const char *option, const char *argument, struct value_list *list)
{
    const char *p = argument;
    double value;
    list->count = 0;
    while (list->count < MMI_SAMPLES_MAX && sizes_take_real(p, &p, &value) && add_value(list, value)) {
        if (*p == '\0')
            return true;
        if (*p++ != ',')
            break;
    }
    console_usage(console, "--%s=%s: not a number or a list of numbers", option, argument);
    return false;
}

static bool take_clamp(const struct console *console, const char *argument, struct change_settings *change)
{
    const char *p = argument;
    if (!sizes_take_real(p, &p, &change->low) || *p++ != ',' || !sizes_take_real(p, &p, &change->high) || *p) {
        console_usage(console, "--clamp=%s: must be LO,HI", argument);
        return false;
    }
    if (change->low > change->high) {
        console_usage(console, "--clamp=%s: LO is above HI", argument);
        return false;
    }
    change->clamp = true;
    return true;
}

/* "0.1%", "0.001", "0" */
static bool take_share(const struct console *console, const char *argument, struct limit_settings *limit)
{
    const char *p = argument;
    *limit = (struct limit_settings){.text = argument, .whole = 1};
    bool fine = sizes_take_real(p, &p, &limit->share);
    if (fine && *p == '%') {
        limit->whole = 100;
        p++;
    }
    if (fine && *p == '\0' && limit->share >= 0 && limit->share <= limit->whole)
        return true;
    console_usage(console, "--max-saturated=%s: must be a share, from 0 to 1 or from 0%% to 100%%", argument);
    return false;
}

static bool take_journal(const struct console *console, const char *argument, mmv_journal_mode *mode_ret)
{
    for (mmv_journal_mode mode = MMV_JOURNAL_OFF; mode <= MMV_JOURNAL_POWER; mode++) {
        *mode_ret = mode;
        if (strcmp(argument, mmv_journal_mode_name(mode)) == 0)
            return true;
    }
    console_usage(console, "--journal=%s: must be kill, power or off", argument);
    return false;
}

/* What the handlers of the two groups fill in. */
struct parser {
    struct command *command;
    struct typed typed;
};

static bool handle_journal(int id, const char *argument, struct parser *parser, const struct console *console)
{
    struct safety_settings *safety = &parser->command->safety;
    switch (id) {
    case JOURNAL:
        parser->typed.journal = true;
        return take_journal(console, argument, &safety->journal);
    case JOURNAL_FILE:
        safety->journal_file = argument;
        return true;
    case STATUS:
        parser->typed.status = true;
        return true;
    case ADOPT:
        safety->adopt = true;
        return true;
    default:
        assert(id == DISCARD);
        parser->typed.discard = true;
        return true;
    }
}

static bool handle_undo(int id, const char *argument, struct parser *parser)
{
    struct undo_settings *undo = &parser->command->undo;
    if (argument)
        undo->path = argument;
    undo->keep = undo->keep || id == KEEP_UNDO;
    parser->typed.undo = parser->typed.undo || id == UNDO;
    return true;
}

/* What is done with many FILEs, and what is told of them. */
static bool handle_many(int id, const char *argument, struct command *command)
{
    switch (id) {
    case FILES_FROM:
        command->files.from = argument;
        return true;
    case REPORT:
        command->report_path = argument;
        return true;
    case RETRY:
        command->retry = argument;
        return true;
    default:
        assert(id == ALL_OR_NOTHING);
        command->all_or_nothing = true;
        return true;
    }
}

static bool handle_target(int id, const char *argument, void *user, const struct console *console)
{
    struct parser *parser = user;
    struct command *command = parser->command;
    switch (id) {
    case IN_PLACE:
        parser->typed.in_place = true;
        return true;
    case OUTPUT:
        command->target.output = argument;
        return true;
    case FORCE:
        command->target.force = true;
        return true;
    case JOURNAL:
    case JOURNAL_FILE:
    case STATUS:
    case ADOPT:
    case DISCARD:
        return handle_journal(id, argument, parser, console);
    case SYNC:
        command->safety.sync = true;
        return true;
    case VERIFY:
        command->safety.verify = true;
        return true;
    case FILES_FROM:
    case REPORT:
    case RETRY:
    case ALL_OR_NOTHING:
        return handle_many(id, argument, command);
    case KEEP_UNDO:
    case UNDO:
        return handle_undo(id, argument, parser);
    case PREVIEW:
        command->preview = argument;
        return true;
    case FIX_STATS:
        command->target.fix_stats = true;
        return true;
    case COUNT_ONLY:
        command->count = true;
        return true;
    default:
        assert(id == DRY_RUN);
        command->dry_run = true;
        return true;
    }
}

static bool handle_change(int id, const char *argument, void *user, const struct console *console)
{
    struct command *command = user;
    switch (id) {
    case ADD:
        return take_list(console, "add", argument, &command->change.add);
    case GAIN:
        return take_list(console, "gain", argument, &command->change.gain);
    case CLAMP:
        return take_clamp(console, argument, &command->change);
    case AS_STORED:
        command->change.as_stored = true;
        return true;
    default:
        assert(id == MAX_SATURATED);
        return take_share(console, argument, &command->limit);
    }
}

static const struct option_values target_values[] = {{"journal", "kill power off"}, {NULL, NULL}};
static const struct option_group target_group = {"What", target_entries, COUNT(target_entries), handle_target,
                                                 target_values};
static const struct option_group change_group = {NULL, change_entries, COUNT(change_entries), handle_change, NULL};

bool command_is_divided(const struct command *command)
{
    return command->where.range.shard.count > 0;
}

int command_divide(struct command *command, const struct console *console, const struct shard_settings *share)
{
    command->where.range.shard = *share;
    const char *wrong = rules_divided(command);
    return wrong ? console_usage(console, "each of these processes has a shard, and %s", wrong) : TOOL_DONE;
}

struct command command_undivided(const struct command *command)
{
    struct command whole = *command;
    whole.where.range.shard = (struct shard_settings){0};
    if (whole.target.kind == TARGET_PART)
        whole.target.kind = TARGET_FILE;
    return whole;
}

void command_drop(struct command *command)
{
    free(command->change.add.values);
    free(command->change.gain.values);
    command->change.add = command->change.gain = (struct value_list){NULL, 0};
    file_list_free(&command->files);
}

static int take_files(struct command *command, const struct console *console, char **operands, size_t count)
{
    command->files = (struct file_list){.names = operands, .count = count, .from = command->files.from};
    return file_list_complete(&command->files, console, command->retry);
}

static int settle(struct command *command, const struct console *console, const struct typed *typed)
{
    bool names_journal = (typed->status || typed->discard) && command->safety.journal_file;
    if (shards_resolve(&command->where.range.shard, console) != TOOL_DONE)
        return TOOL_USAGE;
    if (command->files.count == 0 && !names_journal)
        return console_usage(console, "no FILE given");
    const char *wrong = rules_settle(command, typed);
    return wrong ? console_usage(console, "%s", wrong) : TOOL_DONE;
}

/* Asked once: over ten thousand small files these questions would take as long as the work. */
static void settle_defaults(struct command *command)
{
    struct how_settings *how = &command->how;
    uint64_t budget = how->max_mapped ? how->max_mapped : mmv_default_max_mapped();
    command->row_limit = mmv_min(RECORD_MAX, budget / 8);
    if (how->threads == 0)
        how->threads = threads_default();
}

int command_parse(struct command *command, struct console *console, int argc, char **argv)
{
    int operand;
    struct parser parser = {.command = command};
    struct where_options where = {&command->where, &command->pixels};
    *command =
        (struct command){.safety.journal = MMV_JOURNAL_KILL, .pixels = settings_pixels(), .report.console = console};
    const struct option_section sections[] = {
        {&target_group, &parser},
        {&change_group, command},
        {&where_group, &where},
        {&pixels_group, &command->pixels},
        {&no_data_group, &command->no_data},
        {&how_group, &command->how},
        {&report_group, &command->report},
        {&options_help_group, NULL},
    };
    const struct option_table table = {
        .usage = "(-i | -o OUT) [OPTION]... FILE...",
        .purpose = "Brighten a raw image of any size, in place or into a new file.",
        .examples = {"mmbright -i --add=10 --offset=0x10000000 --length=0x20000000 Large.data",
                     "mmbright -o new.data -a 9,9,9,0 -t u8 --width=800 --roi=0,0,64x64 old.data"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    result = take_files(command, console, argv + operand, (size_t)(argc - operand));
    if (result == TOOL_DONE)
        result = settle(command, console, &parser.typed);
    if (result != TOOL_DONE)
        return result;
    settle_defaults(command);
    assert(command->how.threads >= 1);
    assert(command->task != TASK_CHANGE ||
           (command->target.output == NULL) == (command->target.kind == TARGET_IN_PLACE));
    assert(command->task != TASK_CHANGE || command->safety.journal == MMV_JOURNAL_OFF ||
           command->target.kind == TARGET_IN_PLACE);
    return OPTIONS_GO;
}
