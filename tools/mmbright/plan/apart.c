/* SPDX-License-Identifier: MIT */
/*
 * apart: see apart.h.
 *
 *     FILE is              OUT is              the other file of the copy
 *     the header           the header          OUT with the ending of FILE's samples
 *     the samples          the samples         OUT with .hdr for its ending, or behind it, as FILE's header has
 *     either               a folder            both have FILE's names there
 *     a header that lists  the header          one file with all samples: OUT with the ending .raw
 *       files              a folder            the same, by the header's name there
 *
 * The header is copied byte for byte, but for the name of the samples in it, or their list. Of several files the copy
 * is one: a copy of each would want names that nobody has chosen, and could not appear at once.
 */
#include "mmbright/plan/apart.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/path.h"

#include "mmbright/plan/destination.h"
#include "mmbright/plan/turns.h"

/* The first 'stem' bytes of a text, and an ending. */
static int set_path(char *path, const struct bright_plan *plan, const char *text, int stem, const char *ending)
{
    int length = snprintf(path, PATH_MAX, "%.*s%s", stem, text, ending);
    if (length >= 0 && length < PATH_MAX)
        return TOOL_DONE;
    return console_error(plan->console, text, "%s", strerror(ENAMETOOLONG));
}

/* Readers of both formats know their headers by other endings, too; under that of samples nobody looks for one. */
static bool has_header_ending(const char *path, mmi_format format)
{
    return format == MMI_NRRD ? path_has_ending(path, ".nhdr") || path_has_ending(path, ".nrrd")
                              : path_has_ending(path, ".mhd") || path_has_ending(path, ".mha");
}

static int set_names_of_list(struct bright_plan *plan, const char *out, bool is_folder)
{
    const struct image_file *input = &plan->input;
    struct header_file *apart = &plan->to->apart;
    char inside[PATH_MAX] = "";
    int result = is_folder ? set_path(inside, plan, out, (int)strlen(out), "/") : TOOL_DONE;
    if (result == TOOL_DONE)
        result = set_path(apart->header, plan, is_folder ? inside : out, (int)strlen(is_folder ? inside : out),
                          is_folder ? path_base(input->header) : "");
    if (result != TOOL_DONE)
        return result;
    const char *header = apart->header;
    if (!has_header_ending(header, input->container.format))
        return console_usage(plan->console,
                             "%s: the copy of an image in several files is a header and one file of samples: give the "
                             "header's name, which ends with %s",
                             header, input->container.format == MMI_NRRD ? ".nhdr" : ".mhd");
    return set_path(apart->samples, plan, header, (int)(path_ending(header) - header), ".raw");
}

static int set_names(struct bright_plan *plan)
{
    const struct image_file *input = &plan->input;
    const char *out = plan->command->target.output;
    struct header_file *apart = &plan->to->apart;
    struct file_facts info;
    int whole = (int)strlen(out);
    int stem = (int)(path_ending(out) - out);
    bool is_folder = file_look_at(out, true, &info) == 0 && info.kind == FILE_FOLDER;
    if (turns_are(plan))
        return set_names_of_list(plan, out, is_folder);
    if (is_folder) {
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

/* How long a name in the header is: of a list up to its end, of a pattern up to that of the line. */
static size_t name_length(const mmi_container *container, const char *text, size_t length)
{
    if (container->place == MMI_SAMPLES_NAMED)
        return strlen(container->name);
    if (length >= 4 && memcmp(text, "LIST", 4) == 0)
        return length;
    const char *end = memchr(text, '\n', length);
    return end ? (size_t)(end - text) : length;
}

/* What both formats take for several files, or for the header itself. */
static bool is_ambiguous(const char *name)
{
    static const char *const words[] = {"LIST", "LOCAL", "Local", "local"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(name, words[i], strlen(words[i])) == 0)
            return true;
    return strchr(name, '%') != NULL;
}

/* The whole header, with the copy's name where it names its samples. */
static int rename_samples(struct bright_plan *plan, const char *text, size_t length)
{
    const mmi_container *container = &plan->input.container;
    struct header_file *apart = &plan->to->apart;
    const char *name = path_base(apart->samples);
    bool named = container->place == MMI_SAMPLES_NAMED || container->place == MMI_SAMPLES_LISTED;
    size_t at = named ? (size_t)container->name_at : length;
    size_t old = named && at <= length ? name_length(container, text + at, length - at) : 0;
    if (at > length || old > length - at)
        return console_error(plan->console, plan->input.header, "was changed while it was looked at");
    if (turns_are(plan) && is_ambiguous(name))
        return console_usage(plan->console, "%s: in a header this name would be a list or a pattern", apart->samples);
    size_t fresh = named ? strlen(name) : 0;
    apart->bytes = malloc(length + fresh + 2);
    if (!apart->bytes)
        return console_error(plan->console, plan->input.header, "not enough memory");
    memcpy(apart->bytes, text, at);
    memcpy(apart->bytes + at, name, fresh);
    memcpy(apart->bytes + at + fresh, text + at + old, length - at - old);
    apart->length = length - old + fresh;
    /* MetaIO wants the last line to have an end. */
    if (named && old > 0 && at + old == length && text[length - 1] == '\n')
        apart->bytes[apart->length++] = '\n';
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
