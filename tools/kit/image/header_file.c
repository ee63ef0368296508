/* SPDX-License-Identifier: MIT */
/* header_file: see header_file.h. */
#include "kit/image/header_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/file/pair.h"
#include "kit/os/file.h"
#include "kit/os/path.h"

/* Letters of both cases are the same in endings. */
static bool is_ending(const char *text, const char *ending)
{
    while (*text && tolower((unsigned char)*text) == tolower((unsigned char)*ending))
        text++, ending++;
    return *text == *ending;
}

/* The header when it ends in 'ending', else the samples. False when a name is too long. */
static bool set_names(struct header_file *file, const char *out, const char *ending)
{
    const char *dot = path_ending(out);
    bool is_header = *dot && is_ending(dot + 1, ending);
    int stem = (int)(dot - out);
    int a = is_header ? snprintf(file->samples, PATH_MAX, "%.*s.raw", stem, out)
                      : snprintf(file->samples, PATH_MAX, "%s", out);
    int b = is_header ? snprintf(file->header, PATH_MAX, "%s", out)
                      : snprintf(file->header, PATH_MAX, "%.*s.%s", stem, out, ending);
    return a >= 0 && a < PATH_MAX && b >= 0 && b < PATH_MAX && strcmp(file->samples, file->header) != 0;
}

int header_file_plan(struct header_file *file, const struct console *console, const struct output_wish *wish)
{
    struct output_wish own = *wish;
    own.path = file->header;
    own.input = NULL;
    return output_plan(&file->output, console, &own);
}

int header_file_make(struct header_file *file, const struct console *console, mmi_format format, const mmi_image *image,
                     const struct output_wish *wish)
{
    const char *ending = "", *out = wish->path;
    mmi_written_header header = {.bytes = file->front, .size = sizeof file->front};
    bool is_raw = format == MMI_AUTO || format == MMI_RAW;
    file->is_apart = !is_raw && mmi_format_is_apart(format, &ending);
    int length = file->is_apart ? 0 : snprintf(file->samples, PATH_MAX, "%s", out);
    if (length < 0 || length >= PATH_MAX || (file->is_apart && !set_names(file, out, ending)))
        return console_usage(console, "%s: the name is too long", out);
    if (is_raw)
        return TOOL_DONE;
    if (mmi_container_write(format, image, path_base(file->samples), &header) != MMV_OK)
        return console_usage(console, "--format=%s: %s", mmi_format_name(format), header.problem);
    file->front_length = header.length;
    if (file->front_length >= sizeof file->front)
        return console_usage(console, "%s: the name is too long for a header", file->samples);
    if (!file->is_apart)
        return TOOL_DONE;
    file->bytes = strdup(file->front);
    file->length = file->front_length;
    file->front_length = 0;
    if (!file->bytes)
        return console_error(console, out, "not enough memory");
    return header_file_plan(file, console, wish);
}

mmv_status header_file_map(const struct header_file *file, int descriptor, uint64_t bytes, mmv_map **map_ret)
{
    *map_ret = NULL;
    mmv_status status = mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, file->front_length + bytes, map_ret);
    if (status != MMV_OK || file->front_length == 0)
        return status;
    int error = file_write_at(descriptor, file->front, file->front_length, 0);
    return error == 0 ? MMV_OK : mmv_error_set(error == ENOSPC ? MMV_ENOSPC : MMV_EIO, error, "write");
}

static int write_header(struct header_file *file, const struct console *console, const struct output_rights *rights,
                        bool sync)
{
    const struct output_rights copied = {OUTPUT_COPY, file->model, 0};
    int result = output_create(&file->output, console);
    if (result != TOOL_DONE)
        return result;
    int error = file_write(file->output.descriptor, file->bytes, file->length);
    if (error != 0)
        return console_error(console, file->header, "cannot write the header: %s", strerror(error));
    return output_complete(&file->output, console, file->model >= 0 ? &copied : rights, sync);
}

int header_file_publish(struct header_file *file, const struct console *console, struct output *samples,
                        const struct output_rights *rights, bool sync)
{
    if (!file->bytes)
        return output_publish(samples, console, rights, sync);
    int result = output_complete(samples, console, rights, sync);
    if (result == TOOL_DONE)
        result = write_header(file, console, rights, sync);
    return result == TOOL_DONE ? pair_publish(samples, &file->output, console, sync) : result;
}

void header_file_discard(struct header_file *file)
{
    output_discard(&file->output);
    if (file->model >= 0)
        file_close(file->model);
    file->model = -1;
    free(file->bytes);
    file->bytes = NULL;
}
