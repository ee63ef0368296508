/* SPDX-License-Identifier: MIT */
/*
 * apart: see apart.h.
 *
 *     FILE is              OUT is              the other file of the copy
 *     the header           the header          OUT with the ending of FILE's samples
 *     the samples          the samples         OUT with .hdr for its ending, or behind it, as FILE's header has
 *     either               a folder            both have FILE's names there
 *
 * The header is copied byte for byte, but for the name of the samples in it.
 */
#include "mmbright/plan/apart.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/path.h"

#include "mmbright/plan/destination.h"

/* The first 'stem' bytes of a text, and an ending. */
static int set_path(char *path, const struct bright_plan *plan, const char *text, int stem, const char *ending)
{
    int length = snprintf(path, PATH_MAX, "%.*s%s", stem, text, ending);
    if (length >= 0 && length < PATH_MAX)
        return TOOL_DONE;
    return console_error(plan->console, text, "%s", strerror(ENAMETOOLONG));
}

static int set_names(struct bright_plan *plan)
{
    const struct image_file *input = &plan->input;
    const char *out = plan->command->target.output;
    struct header_file *apart = &plan->to->apart;
    struct file_facts info;
    int whole = (int)strlen(out);
    int stem = (int)(path_ending(out) - out);
    if (file_look_at(out, true, &info) == 0 && info.kind == FILE_FOLDER) {
        char folder[PATH_MAX];
        int result = set_path(folder, plan, out, whole, "/");
        if (result == TOOL_DONE)
            result = set_path(apart->samples, plan, folder, (int)strlen(folder), path_base(input->path));
        return result != TOOL_DONE
                   ? result
                   : set_path(apart->header, plan, folder, (int)strlen(folder), path_base(input->header));
    }
    bool is_header = strcmp(input->name, input->header) == 0;
    bool behind = strncmp(input->header, input->path, strlen(input->path)) == 0;
    int result = is_header ? set_path(apart->samples, plan, out, stem, path_ending(input->path))
                           : set_path(apart->samples, plan, out, whole, "");
    if (result != TOOL_DONE)
        return result;
    return is_header ? set_path(apart->header, plan, out, whole, "")
                     : set_path(apart->header, plan, out, behind ? whole : stem, path_ending(input->header));
}

/* The whole header, with the copy's name where it names its samples. */
static int rename_samples(struct bright_plan *plan, const char *text, size_t length)
{
    const mmi_container *container = &plan->input.container;
    struct header_file *apart = &plan->to->apart;
    const char *name = path_base(apart->samples);
    bool named = container->place == MMI_SAMPLES_NAMED;
    size_t old = named ? strlen(container->name) : 0;
    size_t at = named ? (size_t)container->name_at : length;
    if (at > length || old > length - at)
        return console_error(plan->console, plan->input.header, "was changed while it was looked at");
    size_t fresh = named ? strlen(name) : 0;
    apart->bytes = malloc(length + fresh + 1);
    if (!apart->bytes)
        return console_error(plan->console, plan->input.header, "not enough memory");
    memcpy(apart->bytes, text, at);
    memcpy(apart->bytes + at, name, fresh);
    memcpy(apart->bytes + at + fresh, text + at + old, length - at - old);
    apart->length = length - old + fresh;
    return TOOL_DONE;
}

static int read_header(struct bright_plan *plan)
{
    const char *path = plan->input.header;
    size_t length = 0;
    int descriptor = -1;
    char *text = malloc(MMI_HEADER_MAX);
    int error = text ? file_open(path, FILE_READ, true, &descriptor) : ENOMEM;
    if (error == 0)
        error = file_read(descriptor, text, MMI_HEADER_MAX, &length);
    int result = error != 0                 ? console_error(plan->console, path, "cannot read it: %s", strerror(error))
                 : length == MMI_HEADER_MAX ? console_error(plan->console, path, "is too long for a header")
                                            : rename_samples(plan, text, length);
    plan->to->apart.model = descriptor;
    free(text);
    return result;
}

int apart_plan(struct bright_plan *plan)
{
    const struct output_wish wish = destination_wish(plan);
    struct header_file *apart = &plan->to->apart;
    int result = set_names(plan);
    if (result == TOOL_DONE && strcmp(apart->samples, apart->header) == 0)
        return console_usage(plan->console, "%s: the samples and their header would have one name", apart->header);
    if (result == TOOL_DONE)
        result = read_header(plan);
    if (result == TOOL_DONE)
        result = header_file_plan(apart, plan->console, &wish);
    return result;
}
