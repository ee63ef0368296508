/* SPDX-License-Identifier: MIT */
/* settings: mmbright's own options, the lists that they take, and which of them go together. */
#include "mmbright/command/settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/cli/sizes.h"
#include "kit/cli/threads.h"

enum {
    IN_PLACE,
    OUTPUT,
    FORCE,
    ADD,
    GAIN,
    CHANNELS,
    ROI,
    CLAMP,
    JOURNAL,
    JOURNAL_FILE,
    STATUS,
    DISCARD,
    SYNC,
    DRY_RUN,
    VERIFY,
    FIX_STATS,
    PREVIEW,
    FILES_FROM,
    REPORT,
};

/* Longer rows are walked one by one, so that a record never asks for a window that the budget cannot hold. */
#define RECORD_MAX (16 * MMV_MIB)

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry target_entries[] = {
    {'i', "in-place", NULL, IN_PLACE, "change FILE itself", NULL},
    {'o', "output", "OUT", OUTPUT, "write a changed copy of all of FILE ('-': stdout)",
     "Where OUT is a directory, the copy has FILE's name there. OUT appears when it is complete, and not at all when "
     "anything fails. With --shard it is a part of what mmshard prepare has made, and mmshard finish gives the file "
     "its name."},
    {'f', "force", NULL, FORCE, "replace an existing OUT",
     "A symbolic link is replaced, not followed. With -o - it allows a terminal as stdout."},
    {0, "journal", "HOW", JOURNAL, "what -i survives: kill, power or off (default kill)",
     "kill: the end of the process, however it comes; the same command again then finishes the work, and changes no "
     "pixel twice. "
     "power: a loss of power, too, at a third to half of the speed. off: nothing; a run that is repeated changes again "
     "what was changed. "
     "See CAVEATS."},
    {0, "journal-file", "PATH", JOURNAL_FILE, "default: FILE.mmj.OFFSET-LENGTH, beside FILE",
     "The default is beside the first FILE. It is removed when all FILEs are done."},
    {0, "status", NULL, STATUS, "show the journal of an unfinished run", NULL},
    {0, "discard-journal", NULL, DISCARD, "give an unfinished run up",
     "The FILEs stay as they are: in part changed, perhaps."},
    {0, "sync", NULL, SYNC, "do not exit 0 before the data is on the disk", NULL},
    {0, "verify", NULL, VERIFY, "compute twice, read back and compare",
     "Each piece is computed a second time, sample by sample, and hashed before it is stored; in the end the result is "
     "read "
     "back and compared. With -o that happens before OUT gets its name."},
    {0, "fix-stats", NULL, FIX_STATS, "correct a header's statistics afterwards",
     "Extremes, mean and deviation that the change has made wrong are computed from all samples of the image, which "
     "are read once more. "
     "So are the checksums of FITS. What has no room where it stands is reported."},
    {0, "preview", "FILE.png", PREVIEW, "a contact sheet: before and after",
     "At most 512 x 512 pixels each, of the rectangle of --roi or of the whole image, drawn with the same range of "
     "values. With "
     "--dry-run or -o - the right half is computed, else it is read from the result."},
    {0, "files-from", "LIST", FILES_FROM, "more FILEs, a line each ('-': stdin)",
     "Or each ended by a NUL, as by find -print0."},
    {0, "report", "OUT.jsonl", REPORT, "add a JSON line for each FILE to OUT.jsonl",
     "As --json, with the key status: 0, or 1 or 2 for a FILE that failed."},
    {'n', "dry-run", NULL, DRY_RUN, "check everything, print the plan, change nothing", NULL},
};

static const struct option_entry change_entries[] = {
    {'a', "add", "N[,N...]", ADD, "add to every sample, or per channel (default 10)",
     "Integer samples stop at both ends of their type. The default holds beside --gain, too: --gain=2 --add=0 only "
     "multiplies."},
    {'g', "gain", "F[,F...]", GAIN, "multiply first, round half to even, then add",
     "Floating-point samples are neither rounded nor limited unless --clamp says so."},
    {0, "clamp", "LO,HI", CLAMP, "limit the results to LO..HI", NULL},
    {'c', "channels", "LIST", CHANNELS, "only these: 0-based list, or letters of rgba",
     "The default is all channels, alpha too."},
    {0, "roi", "X,Y,WxH", ROI, "only this rectangle (needs --width)",
     "The image begins at --offset, and --length, if given, bounds it."},
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

static bool take_clamp(const struct console *console, const char *argument, struct bright_settings *settings)
{
    const char *p = argument;
    if (!sizes_take_real(p, &p, &settings->low) || *p++ != ',' || !sizes_take_real(p, &p, &settings->high) || *p) {
        console_usage(console, "--clamp=%s: must be LO,HI", argument);
        return false;
    }
    if (settings->low > settings->high) {
        console_usage(console, "--clamp=%s: LO is above HI", argument);
        return false;
    }
    settings->clamp = true;
    return true;
}

static bool take_journal(const struct console *console, const char *argument, struct bright_settings *settings)
{
    settings->journal_text = argument;
    for (mmv_journal_mode mode = MMV_JOURNAL_OFF; mode <= MMV_JOURNAL_POWER; mode++) {
        settings->journal = mode;
        if (strcmp(argument, mmv_journal_mode_name(mode)) == 0)
            return true;
    }
    console_usage(console, "--journal=%s: must be kill, power or off", argument);
    return false;
}

static bool handle_target(int id, const char *argument, void *user, const struct console *console)
{
    struct bright_settings *settings = user;
    switch (id) {
    case IN_PLACE:
        settings->in_place = true;
        return true;
    case OUTPUT:
        settings->output = argument;
        return true;
    case FORCE:
        settings->force = true;
        return true;
    case JOURNAL:
        return take_journal(console, argument, settings);
    case JOURNAL_FILE:
        settings->journal_file = argument;
        return true;
    case STATUS:
        settings->status = true;
        return true;
    case DISCARD:
        settings->discard = true;
        return true;
    case SYNC:
        settings->sync = true;
        return true;
    case VERIFY:
        settings->verify = true;
        return true;
    case FILES_FROM:
        settings->files_from = argument;
        return true;
    case REPORT:
        settings->report_path = argument;
        return true;
    case PREVIEW:
        settings->preview = argument;
        return true;
    case FIX_STATS:
        settings->fix_stats = true;
        return true;
    default:
        settings->dry_run = true;
        return true;
    }
}

static bool handle_change(int id, const char *argument, void *user, const struct console *console)
{
    struct bright_settings *settings = user;
    switch (id) {
    case ADD:
        return take_list(console, "add", argument, &settings->add);
    case GAIN:
        return take_list(console, "gain", argument, &settings->gain);
    case CLAMP:
        return take_clamp(console, argument, settings);
    case CHANNELS:
        settings->channel_text = argument;
        return true;
    default:
        settings->has_region = settings_take_region(console, argument, &settings->region);
        return settings->has_region;
    }
}

static const struct option_values target_values[] = {{"journal", "kill power off"}, {NULL, NULL}};
static const struct option_group target_group = {"What", target_entries, COUNT(target_entries), handle_target,
                                                 target_values};
static const struct option_group change_group = {"Change", change_entries, COUNT(change_entries), handle_change, NULL};

/* Letters of rgba, or numbers; false when it is neither, or a channel that the pixels do not have. */
static bool parse_channels(const char *text, uint32_t samples, bool *channels)
{
    static const char letters[] = "rgba";
    if (*text >= '0' && *text <= '9') {
        uint64_t channel;
        for (const char *p = text;;) {
            if (!sizes_take_digits(&p, strchr(p, ',') ? ',' : '\0', &channel) || channel >= samples)
                return false;
            channels[channel] = true;
            if (*p == '\0')
                return p[-1] != ',';
        }
    }
    for (const char *p = text; *p; p++) {
        const char *letter = strchr(letters, *p);
        if (letter == NULL || letter - letters >= (ptrdiff_t)samples)
            return false;
        channels[letter - letters] = true;
    }
    return *text != '\0';
}

static bool check_channels(struct bright_settings *settings, const struct console *console)
{
    const struct pixel_settings *pixels = &settings->pixels;
    if (settings->channel_text == NULL) {
        memset(settings->channels, true, pixels->samples);
        return true;
    }
    if (parse_channels(settings->channel_text, pixels->samples, settings->channels))
        return true;
    console_usage(console, "--channels=%s: must be numbers from 0 to %u with commas between them, or letters of %.*s",
                  settings->channel_text, pixels->samples - 1, (int)(pixels->samples < 4 ? pixels->samples : 4),
                  "rgba");
    return false;
}

static bool check_list(const struct bright_settings *settings, const struct console *console, const char *option,
                       const struct value_list *list)
{
    if (list->count <= 1 || list->count == settings->pixels.samples)
        return true;
    console_usage(console, "--%s: %zu values for pixels of %u samples; give one, or one per channel", option,
                  list->count, settings->pixels.samples);
    return false;
}

static bool check_amounts(const struct bright_settings *settings, const struct console *console)
{
    mmi_type type = settings->pixels.type;
    if (!check_list(settings, console, "add", &settings->add) ||
        !check_list(settings, console, "gain", &settings->gain))
        return false;
    for (size_t i = 0; i < settings->add.count; i++) {
        if (settings->scaled || mmi_type_is_float(type) || settings->add.values[i] == floor(settings->add.values[i]))
            continue;
        console_usage(console, "--add=%g: samples of type %s need a whole number", settings->add.values[i],
                      mmi_type_name(type));
        return false;
    }
    return true;
}

static const char *wrong_target(const struct bright_settings *settings)
{
    if (settings->in_place && settings->output)
        return "-i and -o exclude each other";
    if (settings->status && settings->discard)
        return "--status and --discard-journal exclude each other";
    if ((settings->status || settings->discard) &&
        (settings->range.shard.count || settings->range.offset || settings->range.length))
        return "--status and --discard-journal are of FILE, or of one journal with --journal-file: they take no range";
    if (settings->status || settings->discard)
        return NULL;
    if (!settings->in_place && !settings->output)
        return "say where the result goes: -i changes FILE in place, -o OUT writes a new file";
    if (settings_to_stdout(settings) && settings->report.json)
        return "-o - and --json both want stdout";
    if (settings_to_stdout(settings) && settings->fix_stats)
        return "--fix-stats cannot correct what went to stdout";
    if (settings_to_stdout(settings) && settings->verify)
        return "--verify cannot read back what went to stdout";
    if (settings_to_stdout(settings) && settings->file_count > 1)
        return "only one FILE can go to stdout";
    if (settings->output &&
        (settings->journal_file || (settings->journal_text && settings->journal != MMV_JOURNAL_OFF)))
        return "a journal is for -i: with -o FILE stays as it is";
    if (settings->range.shard.count && settings_to_stdout(settings))
        return "--shard with -o needs a file that all parts can write to";
    if (settings->range.shard.count && settings->output && settings->preview)
        return "--preview is of the whole of OUT, which 'mmshard finish' makes";
    if (settings->range.shard.count && settings->file_count > 1)
        return "--shard divides one FILE";
    if (settings->range.shard.count && settings->fix_stats)
        return "--fix-stats needs all parts: -i --add=0 --fix-stats after the last of them does it";
    if (settings->range.shard.count && settings->journal_file)
        return "--shard has a journal for each part, beside FILE";
    if (settings->preview && settings->file_count > 1)
        return "--preview is of one FILE";
    if (settings->journal_file && settings->journal == MMV_JOURNAL_OFF)
        return "--journal=off and --journal-file exclude each other";
    return NULL;
}

static bool check_target(const struct bright_settings *settings, const struct console *console)
{
    const char *wrong = wrong_target(settings);
    if (wrong)
        console_usage(console, "%s", wrong);
    return wrong == NULL;
}

static bool check_geometry(const struct bright_settings *settings, const struct console *console)
{
    const struct pixel_settings *pixels = &settings->pixels;
    if (settings->has_region && pixels->width == 0) {
        console_usage(console, "--roi needs --width");
        return false;
    }
    if (pixels->layout != MMI_BIP && pixels->width == 0) {
        console_usage(console, "--layout=%s needs --width", mmi_layout_name(pixels->layout));
        return false;
    }
    return true;
}

static bool check_range(struct bright_settings *settings, const struct console *console)
{
    const struct range_settings *range = &settings->range;
    uint64_t end;
    if (range->offset && !sizes_take(console, "offset", range->offset, &settings->units, &settings->offset))
        return false;
    if (range->length && !sizes_take(console, "length", range->length, &settings->units, &settings->length))
        return false;
    if (mmv_sum(settings->offset, settings->length, &end))
        return true;
    console_usage(console, "--offset=%s --length=%s: the end does not fit 64 bits", range->offset, range->length);
    return false;
}

void settings_drop(struct bright_settings *settings)
{
    free(settings->add.values);
    free(settings->gain.values);
    settings->add = settings->gain = (struct value_list){NULL, 0};
}

int settings_divide(struct bright_settings *settings, const struct console *console, const struct shard_settings *share)
{
    settings->range.shard = *share;
    const char *wrong = wrong_target(settings);
    if (!wrong && settings->preview)
        wrong = "--preview is of the whole image";
    return wrong ? console_usage(console, "each of these processes has a shard, and %s", wrong) : TOOL_DONE;
}

bool settings_to_stdout(const struct bright_settings *settings)
{
    return settings->output && strcmp(settings->output, "-") == 0;
}

static bool take_files(struct bright_settings *settings, const struct console *console)
{
    settings->files = settings->list.names;
    settings->file_count = settings->list.count;
    if (settings->file_count > 0 || ((settings->status || settings->discard) && settings->journal_file))
        return true;
    console_usage(console, "no FILE given");
    return false;
}

/* Asked once: over ten thousand small files these questions would take as long as the work. */
static void settle_defaults(struct bright_settings *settings)
{
    struct how_settings *how = &settings->how;
    uint64_t budget = how->max_mapped ? how->max_mapped : mmv_default_max_mapped();
    settings->row_limit = mmv_min(RECORD_MAX, budget / 8);
    if (how->threads == 0)
        how->threads = threads_default();
}

int settings_parse(struct bright_settings *settings, struct console *console, int argc, char **argv)
{
    int operand;
    *settings =
        (struct bright_settings){.journal = MMV_JOURNAL_KILL, .pixels = settings_pixels(), .report.console = console};
    const struct option_section sections[] = {
        {&target_group, settings},          {&change_group, settings},    {&range_group, &settings->range},
        {&pixels_group, &settings->pixels}, {&how_group, &settings->how}, {&report_group, &settings->report},
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
    if (settings->add.count == 0 && !add_value(&settings->add, 10))
        return console_error(console, NULL, "not enough memory");
    settings->list = (struct file_list){argv + operand, (size_t)(argc - operand), NULL};
    if (settings->files_from && file_list_read(&settings->list, console, settings->files_from) != TOOL_DONE)
        return TOOL_FAILED;
    if (shards_resolve(&settings->range.shard, console) != TOOL_DONE || !take_files(settings, console) ||
        !check_target(settings, console))
        return TOOL_USAGE;
    settle_defaults(settings);
    return OPTIONS_GO;
}

int settings_resolve(struct bright_settings *settings, const struct console *console)
{
    bool fine = check_geometry(settings, console) && check_channels(settings, console) &&
                check_amounts(settings, console) && check_range(settings, console);
    return fine ? TOOL_DONE : TOOL_USAGE;
}
