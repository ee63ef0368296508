/* SPDX-License-Identifier: MIT */
/*
 * mmgen: make a test image.
 *
 *     parse     below        the command line; exit 2
 *     pattern   pattern.c    what the samples are
 *     run       below        into a new file (kit/file/output.c), or to stdout
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/guard.h>
#include <mmview/range.h>

#include "kit/cli/report.h"
#include "kit/cli/sizes.h"
#include "kit/file/output.h"
#include "kit/file/own.h"
#include "kit/file/pair.h"
#include "kit/file/reading.h"
#include "kit/image/header_file.h"
#include "kit/image/notes.h"
#include "kit/image/values.h"
#include "kit/job/settings.h"
#include "kit/os/signals.h"
#include "kit/os/terminal.h"
#include "mmgen/pattern.h"

enum { PATTERN, SEED, FORCE, SYNC };

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct generate {
    struct console *console;
    struct pattern pattern;
    const char *pattern_text;
    bool force, sync;
    struct how_settings how;
    struct pixel_settings pixels;
    struct report_settings report;
    const char *file;
    uint64_t bytes;
    struct header_file header;
    struct inputs inputs; /* the tile */
    struct reading tile;  /* of the pattern's file */
    struct notes notes;   /* of that one */
    bool changed_meanwhile;
};

static const struct option_entry entries[] = {
    {0, "pattern", "PATTERN", PATTERN, "gradient, noise, checker, constant:V, tile:FILE",
     "gradient, the default, grows over the whole range of the type (floating-point: 0 to 1), in another direction for "
     "each "
     "channel. noise is the same for the same --seed. checker has squares of 32 pixels. tile:FILE repeats the bytes of "
     "FILE."},
    {0, "seed", "N", SEED, "seed of the noise (default 0)", NULL},
    {'f', "force", NULL, FORCE, "replace an existing OUT", NULL},
    {0, "sync", NULL, SYNC, "do not exit 0 before the data is on the disk", NULL},
};

static bool handle(int id, const char *argument, void *user, const struct console *console)
{
    struct generate *generate = user;
    switch (id) {
    case PATTERN:
        generate->pattern_text = argument;
        if (pattern_parse(argument, &generate->pattern))
            return true;
        console_usage(console, "--pattern=%s: must be gradient, noise, checker, constant:V or tile:FILE", argument);
        return false;
    case SEED:
        return sizes_take_count(console, "seed", argument, (struct size_limits){0, UINT64_MAX},
                                &generate->pattern.seed);
    case FORCE:
        generate->force = true;
        return true;
    default:
        generate->sync = true;
        return true;
    }
}

static const struct option_values values[] = {{"pattern", "gradient noise checker constant: tile:"}, {NULL, NULL}};
static const struct option_group group = {"What", entries, COUNT(entries), handle, values};

static bool to_stdout(const struct generate *generate)
{
    return strcmp(generate->file, "-") == 0;
}

static bool check_value(const struct generate *generate)
{
    mmi_type type = generate->pixels.type;
    double value = generate->pattern.value;
    if (generate->pattern.kind != PATTERN_CONSTANT || mmi_type_is_float(type))
        return true;
    if (mmi_type_holds(type, value) && values_are_exact(type, value))
        return true;
    console_usage(generate->console, "--pattern=%s: samples of type %s cannot hold that%s", generate->pattern_text,
                  mmi_type_name(type),
                  mmi_type_holds(type, value) ? ", and beyond 2^53 only the ends of the type can be given" : "");
    return false;
}

/* Netpbm and farbfeld know unsigned samples with the high byte first only. */
static void settle_pixels(struct pixel_settings *pixels)
{
    bool plain = pixels->format == MMI_PAM || pixels->format == MMI_PNM || pixels->format == MMI_FARBFELD;
    if (plain && !pixels->type_given)
        pixels->type = (mmi_type){MMI_U16, true};
    if (pixels->format == MMI_PNM && pixels->samples_given == 0)
        pixels->samples = 3;
}

static bool check(struct generate *generate)
{
    struct pixel_settings *pixels = &generate->pixels;
    const struct console *console = generate->console;
    const char *wrong = NULL;
    settle_pixels(pixels);
    if (pixels->width == 0 || pixels->height == 0)
        wrong = "--width and --height are needed";
    else if (!mmv_product(mmi_type_size(pixels->type) * pixels->samples, pixels->width, &generate->bytes) ||
             !mmv_product(generate->bytes, pixels->height, &generate->bytes) || generate->bytes > INT64_MAX)
        wrong = "--width and --height: the image would not fit a file";
    else if (to_stdout(generate) && generate->report.json)
        wrong = "- and --json both want stdout";
    else if (to_stdout(generate) && terminal_is(FILE_STDOUT) && !generate->force)
        wrong = "stdout is a terminal; -f writes the image there nevertheless";
    if (wrong) {
        console_usage(console, "%s", wrong);
        return false;
    }
    generate->pattern.image = (mmi_image){pixels->type, pixels->samples, pixels->width, pixels->height, MMI_BIP};
    return check_value(generate);
}

static int parse(struct generate *generate, int argc, char **argv)
{
    int operand;
    const struct option_section sections[] = {
        {&group, generate},           {&made_pixels_group, &generate->pixels},
        {&how_group, &generate->how}, {&report_group, &generate->report},
        {&options_help_group, NULL},
    };
    const struct option_table table = {
        .usage = "--width=N --height=N [OPTION]... OUT",
        .purpose = "Make a raw test image, the same on every machine ('-': to stdout).",
        .examples = {"mmgen --width=16384 --height=8192 --pattern=noise --seed=1 noise.data",
                     "mmgen -t u8 -s 3 --width=640 --height=480 --pattern=constant:128 gray.data"},
        .sections = sections,
        .count = COUNT(sections),
    };
    int result = options_parse(&table, generate->console, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    if (argc - operand != 1) {
        console_usage(generate->console, argc == operand ? "no OUT given" : "only one OUT can be made at a time");
        return TOOL_USAGE;
    }
    generate->file = argv[operand];
    return check(generate) ? OPTIONS_GO : TOOL_USAGE;
}

static struct output_wish wish_of(const struct generate *generate)
{
    return (struct output_wish){.path = generate->file, .inputs = &generate->inputs, .force = generate->force};
}

static int make_header(struct generate *generate)
{
    mmi_format format = generate->pixels.format;
    const char *ending;
    if (to_stdout(generate) && mmi_format_is_apart(format, &ending))
        return console_usage(generate->console, "--format=%s: its header is a second file, which stdout is not",
                             mmi_format_name(format));
    const struct output_wish wish = wish_of(generate);
    int result = header_file_make(&generate->header, generate->console, format, &generate->pattern.image, &wish);
    if (result == TOOL_DONE && !to_stdout(generate))
        generate->file = generate->header.samples;
    return result;
}

/* The pattern's file is copied, and nobody may change it meanwhile. What cannot be opened is told of by whoever reads.
 */
static int hold_tile(struct generate *generate)
{
    const char *path = generate->pattern.tile_path;
    struct reading *tile = &generate->tile;
    *tile = (struct reading){.console = generate->console, .path = path};
    if (mmv_map_open(path, MMV_READ, &tile->map) != MMV_OK)
        return TOOL_DONE;
    tile->range.length = mmv_map_capacity(tile->map);
    enum own own = own_kind(tile->map, path);
    return own == OWN_NOT ? reading_hold(tile, READING_WAIT_MS) : own_refuse(generate->console, path, own);
}

static int open_pattern(struct generate *generate)
{
    struct pattern *pattern = &generate->pattern;
    bool has_tile = pattern->kind == PATTERN_TILE;
    if (has_tile && pair_settle_path(generate->console, pattern->tile_path) != TOOL_DONE)
        return TOOL_FAILED;
    int error = pattern_open(pattern);
    if (error == 0 && has_tile && !inputs_add_path(&generate->inputs, pattern->tile_path))
        error = ENOMEM;
    uint64_t pixel = mmi_image_pixel(&pattern->image);
    if (error == ENODATA)
        return console_error(generate->console, pattern->tile_path, "is empty");
    if (error == EINVAL)
        return console_error(generate->console, pattern->tile_path, "is not a regular file");
    if (error != 0)
        return console_error(generate->console, pattern->tile_path, "cannot read the tile: %s", strerror(error));
    if (pattern->kind == PATTERN_TILE && pattern->tile_size % pixel != 0)
        return console_usage(generate->console, "%s: %" PRIu64 " bytes are not whole pixels of %" PRIu64 " bytes",
                             pattern->tile_path, pattern->tile_size, pixel);
    return TOOL_DONE;
}

static int explain(const struct generate *generate, mmv_status status, struct progress *progress, const char *file)
{
    progress_end(progress);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    if (settings_refused(generate->console, &generate->how))
        return TOOL_USAGE;
    return console_failure(generate->console, file);
}

static int fill_file(struct generate *generate, const struct output *output, mmv_walk_options *options,
                     struct progress *progress)
{
    mmv_map *out = NULL;
    options->out_offset = generate->header.front_length;
    mmv_status status = header_file_map(&generate->header, output->descriptor, generate->bytes, &out);
    if (status == MMV_OK)
        status = mmv_walk_to(NULL, out, options, pattern_fill, &generate->pattern);
    mmv_map_close(&out);
    return explain(generate, status, progress, output->path);
}

static int write_file(struct generate *generate, struct output *output, mmv_walk_options *options,
                      struct progress *progress)
{
    int result = output_create(output, generate->console);
    if (result == TOOL_DONE)
        result = fill_file(generate, output, options, progress);
    if (result == TOOL_DONE && signals_stop())
        return TOOL_FAILED;
    if (result != TOOL_DONE)
        return result;
    const int tile = generate->pattern.tile;
    const struct output_rights rights = {tile >= 0 ? OUTPUT_DERIVED : OUTPUT_NEW, tile, 0};
    return header_file_publish(&generate->header, generate->console, output, &rights, generate->sync);
}

static int explain_stdout(const struct generate *generate, struct progress *progress)
{
    progress_end(progress);
    return console_error(generate->console, "stdout", "cannot write the header: %s", strerror(errno));
}

static bool is_tile(const struct generate *generate, int descriptor)
{
    struct file_facts facts;
    return file_look(descriptor, &facts) == 0 && facts.kind == FILE_REGULAR && inputs_have(&generate->inputs, &facts);
}

static int write_stdout(struct generate *generate, mmv_walk_options *options, struct progress *progress)
{
    if (is_tile(generate, FILE_STDOUT))
        return console_usage(generate->console, "stdout is the tile itself");
    if (generate->header.front_length > 0 &&
        fwrite(generate->header.front, generate->header.front_length, 1, stdout) != 1)
        return explain_stdout(generate, progress);
    if (fflush(stdout) != 0)
        return explain_stdout(generate, progress);
    mmv_status status = mmv_walk_stream(NULL, FILE_STDOUT, options, pattern_fill, &generate->pattern);
    int result = explain(generate, status, progress, "stdout");
    return result == TOOL_DONE ? output_finish_stdout(generate->console, generate->sync) : result;
}

static int report(const struct generate *generate, const mmv_walk_stats *stats)
{
    char length[SIZES_TEXT], rate[SIZES_TEXT];
    struct report sum = {0};
    struct json json;
    report_add(&sum, stats);
    report_explain(generate->console, generate->file, &sum, generate->how.max_mapped);
    console_summary(generate->console, generate->file, "%s in %.3g s (%s)", sizes_text(stats->bytes, length),
                    stats->seconds, sizes_rate(stats->seconds > 0 ? (double)stats->bytes / stats->seconds : 0, rate));
    if (!generate->report.json)
        return TOOL_DONE;
    const struct report_subject subject = {generate->file, 0, generate->bytes, stats->records, NULL};
    report_json_begin(&json, generate->console, &subject, &sum);
    json_text(&json, "format",
              mmi_format_name(generate->pixels.format == MMI_AUTO ? MMI_RAW : generate->pixels.format));
    json_text(&json, "pattern", generate->pattern_text);
    json_count(&json, "seed", generate->pattern.seed);
    json_bool(&json, "changed_meanwhile", generate->changed_meanwhile);
    notes_json(&generate->notes, &json);
    return report_json_end(&json, generate->console);
}

static int run(struct generate *generate, struct output *output)
{
    struct progress progress;
    mmv_walk_stats stats = {0};
    mmv_walk_options options = settings_walk(&generate->how);
    options.record_size = mmi_image_pixel(&generate->pattern.image);
    options.length = generate->bytes;
    options.tick = progress_tick;
    options.tick_user = &progress;
    options.stats = &stats;
    int result = generate->pattern.kind == PATTERN_TILE ? hold_tile(generate) : TOOL_DONE;
    if (result == TOOL_DONE)
        result = open_pattern(generate);
    if (result == TOOL_DONE)
        result = make_header(generate);
    const struct output_wish wish = wish_of(generate);
    if (result == TOOL_DONE && !to_stdout(generate))
        result = output_plan(output, generate->console, &wish);
    if (result != TOOL_DONE)
        return result;
    progress_start(&progress, generate->console, generate->report.progress, generate->file, generate->bytes);
    result = to_stdout(generate) ? write_stdout(generate, &options, &progress)
                                 : write_file(generate, output, &options, &progress);
    if (result == TOOL_DONE && generate->tile.map)
        generate->changed_meanwhile = reading_end(&generate->tile, "the new file");
    notes_take_reading(&generate->notes, &generate->tile);
    notes_say(&generate->notes, generate->console, generate->pattern.tile_path);
    return result == TOOL_DONE ? report(generate, &stats) : result;
}

int main(int argc, char **argv)
{
    struct console console = {.tool = "mmgen"};
    struct generate generate = {.console = &console,
                                .pattern = {.tile = -1},
                                .pattern_text = "gradient",
                                .pixels = settings_pixels(),
                                .header = HEADER_FILE_NONE,
                                .report.console = &console};
    struct output output = OUTPUT_NONE;
    console_secure();
    int status = parse(&generate, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    signals_install(!to_stdout(&generate));
    mmv_guard_enable();
    status = run(&generate, &output);
    output_discard(&output);
    header_file_discard(&generate.header);
    pattern_close(&generate.pattern);
    inputs_drop(&generate.inputs);
    notes_drop(&generate.notes);
    mmv_map_close(&generate.tile.map);
    return status != TOOL_DONE && signals_stop() ? signals_raise(signals_stop()) : status;
}
