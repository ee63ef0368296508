/* SPDX-License-Identifier: MIT */
/*
 * plot: histograms by gnuplot, which draws all pictures of this project that have axes. It is a program of its own,
 * started when it is asked for: nothing is linked. The picture comes back through a pipe, so that it is this tool
 * which makes the file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/text.h"
#include "kit/image/header_file.h"
#include "kit/os/process.h"
#include "kit/os/path.h"
#include "mmstat/show.h"

/* Inside of single quotes: a quote is two, and nothing else means anything. A line ends them. */
static void put_quoted(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', script);
        fputc(*text, script);
    }
    fputc('\'', script);
}

static void write_script(FILE *script, const struct stat_settings *settings, const struct image_file *file,
                         const struct stat_result *result)
{
    static const char *const colours[] = {"#c0392b", "#27ae60", "#2e6da4", "#7f8c8d"};
    uint32_t samples = result->image.samples;
    char title[TEXT_GROWS * 256];
    fprintf(script, "set terminal pngcairo size 900,500 noenhanced\nset title ");
    put_quoted(script, text_escape(title, sizeof title, path_base(file->path)));
    fprintf(script, "\nset xlabel 'sample (%s)'\nset ylabel 'samples per bin%s'\nset grid\nset key outside right\n%s",
            mmi_type_name(result->image.type), settings->log_scale ? ", logarithmic" : "",
            settings->log_scale ? "set logscale y\n" : "set yrange [0:*]\n");
    fprintf(script, "plot ");
    const char *comma = "";
    for (uint32_t c = 0; c < samples; c++) {
        if (!result->shown[c])
            continue;
        fprintf(script, "%s'-' with steps lw 1.5 lc rgb '%s' title 'channel %" PRIu32 "'", comma, colours[c % 4], c);
        comma = ", ";
    }
    fprintf(script, "\n");
    for (uint32_t c = 0; c < samples; c++) {
        const mmi_channel_stats *channel = &result->channels[c];
        if (!result->shown[c])
            continue;
        for (unsigned i = 0; i < result->bin_count; i++) {
            uint64_t count = result->bins[(size_t)c * result->bin_count + i];
            double from = 2 * (channel->min / 2 + (channel->max / 2 - channel->min / 2) * i / result->bin_count);
            if (count > 0 || !settings->log_scale)
                fprintf(script, "%.10g %" PRIu64 "\n", from, count);
        }
        fprintf(script, "e\n");
    }
}

/* Its stdin is the script, its stdout the file. */
static int draw(const struct stat_settings *settings, const struct console *console, int script, struct output *output)
{
    static char *const words[] = {(char *)"gnuplot", (char *)"-", NULL};
    const struct process process = {.words = words, .input = script, .output = output->descriptor};
    struct file_facts info;
    int status;
    if (process_run(&process, &status) == ENOENT)
        return console_error(console, settings->plot, "gnuplot is needed to draw, and not there (Debian: gnuplot-nox)");
    if (status != 0 || file_look(output->descriptor, &info) != 0 || info.size == 0)
        return console_error(console, settings->plot, "gnuplot could not draw it");
    return TOOL_DONE;
}

int plot_histograms(const struct stat_settings *settings, const struct console *console, const struct image_file *file,
                    const struct stat_result *result)
{
    struct output output = OUTPUT_NONE;
    struct inputs inputs = {0};
    bool known = image_file_add_inputs(file, &inputs);
    const struct output_wish wish = {
        .path = settings->plot, .source = &file->info, .inputs = &inputs, .force = settings->force};
    const struct output_rights rights = {OUTPUT_DERIVED, mmv_map_descriptor(file->map), 0};
    FILE *script = tmpfile();
    int status = script && known
                     ? output_plan(&output, console, &wish)
                     : console_error(console, settings->plot, "cannot make a temporary file: %s", strerror(errno));
    inputs_drop(&inputs);
    if (status == TOOL_DONE)
        status = output_create(&output, console);
    if (status == TOOL_DONE) {
        write_script(script, settings, file, result);
        if (fflush(script) != 0 || fseek(script, 0, SEEK_SET) != 0)
            status = console_error(console, settings->plot, "cannot write a temporary file: %s", strerror(errno));
    }
    if (status == TOOL_DONE)
        status = draw(settings, console, fileno(script), &output);
    if (status == TOOL_DONE)
        status = output_publish(&output, console, &rights, false);
    output_discard(&output);
    if (script)
        fclose(script);
    return status;
}
