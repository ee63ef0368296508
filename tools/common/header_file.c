/* SPDX-License-Identifier: MIT */
/* header_file: see header_file.h. */
#include "common/header_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

const char *header_file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Where the ending begins, with its point; the end when there is none. */
static const char *ending_of(const char *path)
{
    const char *base = header_file_base(path);
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? dot : path + strlen(path);
}

bool header_file_names(struct header_file *file, const char *out, const char *ending, const char *data_ending)
{
    const char *dot = ending_of(out);
    bool is_header = *dot && strcasecmp(dot + 1, ending) == 0;
    int stem = (int)(dot - out);
    int a = is_header ? snprintf(file->samples, PATH_MAX, "%.*s%s", stem, out, data_ending)
                      : snprintf(file->samples, PATH_MAX, "%s", out);
    int b = is_header ? snprintf(file->header, PATH_MAX, "%s", out)
                      : snprintf(file->header, PATH_MAX, "%.*s.%s", stem, out, ending);
    return a >= 0 && a < PATH_MAX && b >= 0 && b < PATH_MAX && strcmp(file->samples, file->header) != 0;
}

int header_file_plan(struct header_file *file, const struct console *console, const struct stat *source, bool force)
{
    return output_plan(&file->output, console, file->header, NULL, source, force);
}

int header_file_write(struct header_file *file, const struct console *console, mode_t mode, bool sync)
{
    int result = output_create(&file->output, console);
    for (size_t done = 0; result == TOOL_DONE && done < file->length;) {
        ssize_t got = write(file->output.descriptor, file->bytes + done, file->length - done);
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || errno != EINTR)
            result = console_error(console, file->header, "cannot write the header: %s",
                                   strerror(got == 0 ? ENOSPC : errno));
    }
    return result == TOOL_DONE ? output_publish(&file->output, console, mode, sync) : result;
}

void header_file_discard(struct header_file *file)
{
    output_discard(&file->output);
    free(file->bytes);
    file->bytes = NULL;
}
