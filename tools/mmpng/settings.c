/* SPDX-License-Identifier: MIT */
/* settings: mmpng's actions and options. */
#include "mmpng/settings.h"

#include <string.h>

#include "kit/cli/threads.h"

enum { SHRINK, RANGE, DEPTH, LEVEL, MAX_ROW, MAX_SIZE, FORCE, SYNC };

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry entries[] = {
    {0, "shrink", "N", SHRINK, "export every N-th pixel of every N-th row", "Only these rows are read."},
    {0, "range", "LO,HI", RANGE, "export LO..HI as black to white; auto: all there is",
     "A value outside of the range becomes the nearer end. LO and HI are values as a header means them, with its "
     "scale. Floats, and integers of 32 and 64 bits, need this option. auto reads the image once more, to find its "
     "extremes. The range is written into the picture, and import scales the samples back."},
    {0, "depth", "BITS", DEPTH, "8 or 16 (default: as the samples)",
     "With 16, samples of 16 bits keep every bit. With 8, they keep only their upper half, unless --range scales "
     "them. Signed samples are moved to begin at 0. The picture says so, and import moves them back."},
    {0, "level", "N", LEVEL, "compression level, 0 to 9 (default 6)", NULL},
    {0, "max-row", "SIZE", MAX_ROW, "longest row that import takes (default 64M)", NULL},
    {0, "max-size", "SIZE", MAX_SIZE, "largest picture that import takes (default 64G)", "In bytes of samples."},
    {'f', "force", NULL, FORCE, "replace an existing OUT", NULL},
    {0, "sync", NULL, SYNC, "do not exit 0 before the data is on the disk", NULL},
};

static bool take_range(const struct console *console, const char *argument, struct png_settings *settings)
{
    const char *p = argument;
    settings->shown.is_given = true;
    settings->shown.is_auto = strcmp(argument, "auto") == 0;
    if (settings->shown.is_auto ||
        (sizes_take_real(p, &p, &settings->shown.low) && *p++ == ',' && sizes_take_real(p, &p, &settings->shown.high) &&
         *p == '\0' && settings->shown.low < settings->shown.high))
        return true;
    console_usage(console, "--range=%s: must be auto, or LO,HI with LO below HI", argument);
    return false;
}

static bool take_depth(const struct console *console, const char *argument, struct png_settings *settings)
{
    settings->depth = strcmp(argument, "8") == 0 ? 8 : strcmp(argument, "16") == 0 ? 16 : 0;
    if (settings->depth == 0)
        console_usage(console, "--depth=%s: must be 8 or 16", argument);
    return settings->depth != 0;
}

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct png_settings *settings = user;
    uint64_t level;
    switch (id) {
    case SHRINK:
        return sizes_take_count(console, "shrink", argument, (struct size_limits){1, UINT32_MAX}, &settings->shrink);
    case RANGE:
        return take_range(console, argument, settings);
    case DEPTH:
        return take_depth(console, argument, settings);
    case LEVEL:
        if (!sizes_take_count(console, "level", argument, (struct size_limits){0, 9}, &level))
            return false;
        settings->level = (int)level;
        return true;
    case MAX_ROW:
        return sizes_take(console, "max-row", argument, NULL, &settings->max_row);
    case MAX_SIZE:
        return sizes_take(console, "max-size", argument, NULL, &settings->max_size);
    case FORCE:
        settings->force = true;
        return true;
    default:
        settings->sync = true;
        return true;
    }
}

static const struct option_values values[] = {{"depth", "8 16"}, {NULL, NULL}};
static const struct option_group group = {"What", entries, COUNT(entries), handle, values};

static int take_action(struct png_settings *settings, const struct console *console, const char *word)
{
    settings->action = strcmp(word, "import") == 0 ? PNG_IMPORT : PNG_EXPORT;
    if (settings->action == PNG_EXPORT && strcmp(word, "export") != 0)
        return console_usage(console, "%s: there are export and import", word);
    const struct pixel_settings *pixels = &settings->pixels;
    const struct where_settings *where = &settings->where;
    bool exports = where->has_region || where->channels || where->range.offset || where->range.length ||
                   pixels->row_bytes || settings->shrink || settings->shown.is_given || settings->depth ||
                   settings->level >= 0 || settings->how.threads || pixels->allow_outside || pixels->part ||
                   settings->no_data.given;
    if (settings->action == PNG_IMPORT && exports)
        return console_usage(console,
                             "--roi, --channels, --offset, --length, --row-bytes, --shrink, --range, --depth, --level, "
                             "--nodata, --threads, --part and --allow-outside are for export");
    if (settings->action == PNG_EXPORT && (settings->max_row || settings->max_size))
        return console_usage(console, "--max-row and --max-size are for import");
    if (settings->action == PNG_IMPORT &&
        (pixels->type_given || pixels->samples_given || pixels->width || pixels->height || pixels->layout_given))
        return console_usage(console, "import takes type and size from the picture");
    return OPTIONS_GO;
}

/* A file called - is ./- */
static const char *wrong_stream(const struct png_settings *settings)
{
    bool from = strcmp(settings->in, "-") == 0, to = strcmp(settings->out, "-") == 0;
    if (settings->action == PNG_IMPORT && (from || to))
        return "import takes names of files, not - for stdin or stdout; a file called - is ./-";
    return to && settings->report.json ? "- and --json both want stdout" : NULL;
}

/* Not before it is known which of them were given. */
static void settle_defaults(struct png_settings *settings)
{
    settings->shrink = settings->shrink ? settings->shrink : 1;
    settings->level = settings->level >= 0 ? settings->level : 6;
    settings->max_row = settings->max_row ? settings->max_row : 64 * MMV_MIB;
    settings->max_size = settings->max_size ? settings->max_size : 64 * 1024 * (uint64_t)MMV_MIB;
}

int settings_parse(struct png_settings *settings, struct console *console, int argc, char **argv)
{
    int operand;
    struct where_options where = {&settings->where, &settings->pixels};
    *settings = (struct png_settings){.level = -1, .pixels = settings_pixels(), .report.console = console};
    const struct option_section sections[] = {
        {&group, settings},
        {&where_alone_group, &where},
        {&pixels_group, &settings->pixels},
        {&no_data_group, &settings->no_data},
        {&share_group, &settings->how},
        {&report_group, &settings->report},
        {&options_help_group, NULL},
    };
    const struct option_table table = {
        .usage = "export [OPTION]... FILE OUT.png | import [OPTION]... IN.png OUT",
        .purpose = "Between raw images of any size and PNG, row by row (export: - is stdin, stdout).",
        .examples = {"mmpng export --width=16384 --shrink=16 Large.data small.png",
                     "mmpng import --format=npy photo.png photo.npy"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    if (argc - operand < 1)
        return console_usage(console, "say export or import");
    result = take_action(settings, console, argv[operand]);
    if (result != OPTIONS_GO)
        return result;
    if (argc - operand != 3)
        return console_usage(console, "%s takes two files", argv[operand]);
    settings->in = argv[operand + 1];
    settings->out = argv[operand + 2];
    const char *wrong = wrong_stream(settings);
    if (wrong)
        return console_usage(console, "%s", wrong);
    settle_defaults(settings);
    if (settings->how.threads == 0)
        settings->how.threads = threads_default();
    return OPTIONS_GO;
}
