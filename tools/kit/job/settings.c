/* SPDX-License-Identifier: MIT */
/* settings: the shared groups of options, and their handlers; those that say which samples are meant are in where.c. */
#include "kit/job/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/cli/threads.h"

enum { IO, WINDOW, MAX_MAPPED, THREADS };
enum { TYPE, SAMPLES, WIDTH, HEIGHT, FORMAT, LAYOUT, ALLOW_OUTSIDE };
enum { NO_DATA };
enum { PROGRESS, JSON, QUIET, VERBOSE };

#define THREADS_MAX 4096
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct option_entry how_entries[] = {
    {0, "io", "HOW", IO, "auto, mmap, buffered or direct (default auto)",
     "mmap maps windows of the file. buffered reads and writes through the page cache, direct past it. auto times the "
     "first two on the first windows of the real work, and goes on with the faster one. -v says what it chose and "
     "why. The result is the same byte for byte with each of them."},
    {0, "window", "SIZE", WINDOW, "default 64M: 8M to 512M measured equal",
     "The bytes that a thread takes at a time. Windows of 8 to 512 MiB were equally fast within the noise (mapped, "
     "XFS, 2 processors, November 2026). For small ranges and budgets the tool takes smaller windows by itself."},
    {0, "max-mapped", "SIZE", MAX_MAPPED, "budget for all windows together",
     "The default is the least of 1 GiB, a quarter of RLIMIT_AS and a quarter of the control group's memory. In a "
     "32-bit program 256 MiB take the place of 1 GiB."},
    {'j', "threads", "N", THREADS, "threads (default: what this process may use)",
     "The default is the number of processors in the affinity mask. It is smaller when the control group's processor "
     "quota, OMP_NUM_THREADS or SLURM_CPUS_PER_TASK allow less."},
};

static const struct option_entry pixel_entries[] = {
    {'t', "type", "TYPE", TYPE, SETTINGS_TYPES " (default i16)",
     "u is unsigned, i is signed, f is floating-point (IEEE 754). The number says how many bits a sample has. le or "
     "be behind it gives the byte order; without these it is this machine's."},
    {'s', "samples", "N", SAMPLES, "samples per pixel (default 4)", NULL},
    {0, "width", "N", WIDTH, "pixels per row", NULL},
    {0, "height", "N", HEIGHT, "rows", NULL},
    {0, "format", "FORMAT", FORMAT, "auto, raw, or a container (default auto)",
     "The containers: npy, pam, pnm, farbfeld, envi, ehdr, mhd (MetaImage), nrrd, vips, tiff, fits, nifti, mrc, "
     "analyze. auto looks at the file's first bytes, then for a header beside it. Then it looks for what files of "
     "other kinds begin with, and last at the ending of the file's name. With --type this ending does not count. raw "
     "looks at nothing. An option that contradicts the header is an error. --samples tells whether the last number of "
     "a NumPy shape counts samples or images."},
    {0, "layout", "LAYOUT", LAYOUT, "bip, bil or bsq (default bip)",
     "bip is pixel after pixel. bil is row after row, with the channels of a row one after the other. bsq is channel "
     "after channel. bil needs --width. bsq needs --width, and also --height or a length that is a whole number of "
     "rows."},
    {0, "allow-outside", NULL, ALLOW_OUTSIDE, "a header may name data outside its folder", NULL},
};

static const struct option_entry no_data_entries[] = {
    {0, "nodata", "V[,V...]", NO_DATA, "stored samples that mean no data; none; nan",
     "Such samples are left out of statistics, left alone by changes, and black or transparent in pictures. By "
     "default they are those that a header names (GDAL_NODATA, BLANK, data ignore value, NODATA and the like). none "
     "says that every sample counts. nan means any NaN. Where a header scales samples, V is still the stored sample."},
};

static const struct option_entry report_entries[] = {
    {0, "progress", "WHEN", PROGRESS, "auto, always, never or json (default auto)",
     "Progress is shown on stderr. auto draws a bar on a terminal when the work takes longer than a second. always "
     "draws at once; where stderr is no terminal it writes a line every few seconds. json writes one object per line."},
    {0, "json", NULL, JSON, "report as one JSON object on stdout",
     "Strings are exact. A byte that is not UTF-8 becomes \\udc80 to \\udcff, and Python's os.fsencode() gives that "
     "byte back. Control characters become \\uXXXX."},
    {'q', "quiet", NULL, QUIET, "only errors", NULL},
    {'v', "verbose", NULL, VERBOSE, "explain what was chosen and why", NULL},
};

static bool take_io(const char *argument, mmv_io *io_ret, const struct console *console)
{
    static const mmv_io all[] = {MMV_IO_AUTO, MMV_IO_MMAP, MMV_IO_BUFFERED, MMV_IO_DIRECT};
    for (size_t i = 0; i < COUNT(all); i++) {
        if (strcmp(argument, mmv_io_name(all[i])) == 0) {
            *io_ret = all[i];
            return true;
        }
    }
    console_usage(console, "--io=%s: must be auto, mmap, buffered or direct", argument);
    return false;
}

static bool handle_how(int id, const char *argument, void *settings, const struct console *console)
{
    struct how_settings *how = settings;
    uint64_t value;
    switch (id) {
    case IO:
        return take_io(argument, &how->io, console);
    case WINDOW:
        return sizes_take(console, "window", argument, NULL, &how->window);
    case MAX_MAPPED:
        return sizes_take(console, "max-mapped", argument, NULL, &how->max_mapped);
    default:
        if (!sizes_take_count(console, "threads", argument, (struct size_limits){0, THREADS_MAX}, &value))
            return false;
        how->threads = (unsigned)value;
        return true;
    }
}

const char *settings_option(const char *name, const char *suffix, char option[SETTINGS_OPTION])
{
    snprintf(option, SETTINGS_OPTION, "%s%s", name, suffix);
    return option;
}

/* Of the second file all of them are, while they are read. */
static const char *suffix_of(const struct pixel_settings *pixels)
{
    return second_suffix(pixels->second, SECOND_ALL);
}

static bool take_format(const char *argument, const struct console *console, struct pixel_settings *pixels)
{
    if (mmi_format_parse(argument, &pixels->format))
        return true;
    console_usage(console,
                  "--format%s=%s: must be auto or raw, or npy pam pnm farbfeld envi ehdr mhd nrrd vips tiff fits nifti "
                  "mrc analyze",
                  suffix_of(pixels), argument);
    return false;
}

static bool take_number(const struct console *console, const char *name, const char *argument,
                        struct pixel_settings *pixels, uint64_t *value_ret)
{
    char option[SETTINGS_OPTION];
    const struct size_limits limits = {1, strcmp(name, "samples") == 0 ? MMI_SAMPLES_MAX : UINT64_MAX};
    return sizes_take_count(console, settings_option(name, suffix_of(pixels), option), argument, limits, value_ret);
}

static bool handle_pixels(int id, const char *argument, void *settings, const struct console *console)
{
    struct pixel_settings *pixels = settings;
    uint64_t value;
    switch (id) {
    case TYPE:
        pixels->type_given = mmi_type_parse(argument, &pixels->type);
        if (pixels->type_given)
            return true;
        console_usage(console, "--type%s=%s: must be one of " SETTINGS_TYPES ", with le or be behind or not",
                      suffix_of(pixels), argument);
        return false;
    case SAMPLES:
        if (!take_number(console, "samples", argument, pixels, &value))
            return false;
        pixels->samples = pixels->samples_given = (uint32_t)value;
        return true;
    case WIDTH:
        return take_number(console, "width", argument, pixels, &pixels->width);
    case HEIGHT:
        return take_number(console, "height", argument, pixels, &pixels->height);
    case FORMAT:
        return take_format(argument, console, pixels);
    case ALLOW_OUTSIDE:
        pixels->allow_outside = true;
        return true;
    default:
        pixels->layout_given = mmi_layout_parse(argument, &pixels->layout);
        if (pixels->layout_given)
            return true;
        console_usage(console, "--layout%s=%s: must be bip, bil or bsq", suffix_of(pixels), argument);
        return false;
    }
}

static bool take_no_data(const struct console *console, const char *argument, struct no_data_settings *no_data)
{
    const char *p = argument;
    *no_data = (struct no_data_settings){.given = true, .is_second = no_data->is_second};
    if (strcmp(argument, "none") == 0)
        return true;
    while (no_data->count < MMI_NO_DATA_VALUES) {
        double *value = &no_data->values[no_data->count];
        if (strncmp(p, "nan", 3) == 0) {
            *value = NAN;
            p += 3;
        } else if (!sizes_take_real(p, &p, value)) {
            break;
        }
        no_data->count++;
        if (*p == '\0')
            return true;
        if (*p++ != ',')
            break;
    }
    console_usage(console, "--nodata%s=%s: must be none, or at most %d numbers or nan", no_data->is_second ? "-b" : "",
                  argument, MMI_NO_DATA_VALUES);
    return false;
}

static bool handle_no_data(int id, const char *argument, void *settings, const struct console *console)
{
    (void)id;
    return take_no_data(console, argument, settings);
}

static bool take_progress(const char *argument, enum progress_mode *mode_ret, const struct console *console)
{
    if (progress_mode_parse(argument, mode_ret))
        return true;
    console_usage(console, "--progress=%s: must be auto, always, never or json", argument);
    return false;
}

static bool handle_report(int id, const char *argument, void *settings, const struct console *console)
{
    struct report_settings *report = settings;
    switch (id) {
    case PROGRESS:
        return take_progress(argument, &report->progress, console);
    case JSON:
        report->json = true;
        return true;
    case QUIET:
        report->console->quiet = true;
        return true;
    default:
        report->console->verbose = true;
        return true;
    }
}

static const struct option_values how_values[] = {{"io", "auto mmap buffered direct"}, {NULL, NULL}};
#define TYPES                                                                                                          \
    SETTINGS_TYPES                                                                                                     \
    " u16le u16be i16le i16be u32le u32be i32le i32be u64le u64be i64le i64be f16le f16be f32le f32be f64le f64be"
#define FORMATS "auto raw npy pam pnm farbfeld envi ehdr mhd nrrd vips tiff fits nifti mrc analyze"
#define LAYOUTS "bip bil bsq"
#define NO_DATA_WORDS "none nan"
static const struct option_values pixel_values[] = {
    {"type", TYPES}, {"format", FORMATS}, {"layout", LAYOUTS}, {NULL, NULL}};
static const struct option_values no_data_values[] = {{"nodata", NO_DATA_WORDS}, {NULL, NULL}};
const struct option_values settings_second_values[] = {
    {"type-b", TYPES}, {"format-b", FORMATS}, {"layout-b", LAYOUTS}, {"nodata-b", NO_DATA_WORDS}, {NULL, NULL}};
static const struct option_values report_values[] = {{"progress", "auto always never json"}, {NULL, NULL}};

const struct option_group share_group = {"How", how_entries + 2, COUNT(how_entries) - 2, handle_how, NULL};
const struct option_group how_group = {"How", how_entries, COUNT(how_entries), handle_how, how_values};
const struct option_group pixels_group = {"Pixels", pixel_entries, COUNT(pixel_entries), handle_pixels, pixel_values};
const struct option_group made_pixels_group = {"Pixels", pixel_entries, COUNT(pixel_entries) - 2, handle_pixels,
                                               pixel_values};
const struct option_group no_data_group = {"No data", no_data_entries, COUNT(no_data_entries), handle_no_data,
                                           no_data_values};
const struct option_group report_group = {"Reports", report_entries, COUNT(report_entries), handle_report,
                                          report_values};

struct pixel_settings settings_pixels(void)
{
    struct pixel_settings pixels = {.samples = 4, .layout = MMI_BIP};
    mmi_type_parse("i16", &pixels.type);
    return pixels;
}

mmv_walk_options settings_walk(const struct how_settings *how)
{
    return (mmv_walk_options){.io = how->io,
                              .threads = how->threads ? how->threads : threads_default(),
                              .window = how->window,
                              .max_mapped = how->max_mapped};
}

bool settings_refused(const struct console *console, const struct how_settings *how)
{
    const mmv_error *error = mmv_last_error();
    if (error->status != MMV_EINVAL || error->parameter == NULL)
        return false;
    if (how->window != 0 && strcmp(error->parameter, "window") == 0)
        console_usage(console, "--window: too small or too large for this work");
    else if (how->max_mapped != 0 && strcmp(error->parameter, "max_mapped") == 0)
        console_usage(console, "--max-mapped: too small for this work");
    else
        return false;
    return true;
}
