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
#include "kit/image/apart.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/fnv.h"
#include "kit/os/path.h"

/* The first 'stem' bytes of a text, and an ending. */
static int set_path(char *path, const struct console *console, const char *text, int stem, const char *ending)
{
    int length = snprintf(path, PATH_MAX, "%.*s%s", stem, text, ending);
    if (length >= 0 && length < PATH_MAX)
        return TOOL_DONE;
    return console_error(console, text, "%s", strerror(ENAMETOOLONG));
}

/* Readers of both formats know their headers by other endings, too; under that of samples nobody looks for one. */
static bool has_header_ending(const char *path, mmi_format format)
{
    return format == MMI_NRRD ? path_has_ending(path, ".nhdr") || path_has_ending(path, ".nrrd")
                              : path_has_ending(path, ".mhd") || path_has_ending(path, ".mha");
}

static bool is_listed(const struct image_file *input)
{
    return input->files.count > 0;
}

static bool is_header(const struct image_file *input)
{
    return strcmp(input->name, input->header) == 0;
}

static int set_names_of_list(struct header_file *apart, const struct apart_request *request, bool is_folder)
{
    const struct console *console = request->console;
    const struct image_file *input = request->input;
    const char *out = request->wish.path;
    char inside[PATH_MAX] = "";
    int result = is_folder ? set_path(inside, console, out, (int)strlen(out), "/") : TOOL_DONE;
    if (result == TOOL_DONE)
        result = set_path(apart->header, console, is_folder ? inside : out, (int)strlen(is_folder ? inside : out),
                          is_folder ? path_base(input->header) : "");
    if (result != TOOL_DONE)
        return result;
    const char *header = apart->header;
    if (!has_header_ending(header, input->container.format))
        return console_usage(console,
                             "%s: the copy of an image in several files is a header and one file of samples: give the "
                             "header's name, which ends with %s",
                             header, input->container.format == MMI_NRRD ? ".nhdr" : ".mhd");
    return set_path(apart->samples, console, header, (int)(path_ending(header) - header), ".raw");
}

static int set_names_in(struct header_file *apart, const struct apart_request *request)
{
    const struct console *console = request->console;
    const char *out = request->wish.path;
    char folder[PATH_MAX];
    int result = set_path(folder, console, out, (int)strlen(out), "/");
    if (result == TOOL_DONE)
        result = set_path(apart->samples, console, folder, (int)strlen(folder), path_base(request->input->path));
    if (result == TOOL_DONE)
        result = set_path(apart->header, console, folder, (int)strlen(folder), path_base(request->input->header));
    return result;
}

static int set_names(struct header_file *apart, const struct apart_request *request)
{
    const struct console *console = request->console;
    const struct image_file *input = request->input;
    const char *out = request->wish.path;
    struct file_facts info;
    int whole = (int)strlen(out);
    int stem = (int)(path_ending(out) - out);
    bool is_folder = file_look_at(out, true, &info) == 0 && info.kind == FILE_FOLDER;
    if (is_listed(input))
        return set_names_of_list(apart, request, is_folder);
    if (is_folder)
        return set_names_in(apart, request);
    bool behind = strncmp(input->header, input->path, strlen(input->path)) == 0;
    int result = is_header(input) ? set_path(apart->samples, console, out, stem, path_ending(input->path))
                                  : set_path(apart->samples, console, out, whole, "");
    if (result != TOOL_DONE)
        return result;
    return is_header(input) ? set_path(apart->header, console, out, whole, "")
                            : set_path(apart->header, console, out, behind ? whole : stem, path_ending(input->header));
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
static int rename_samples(struct header_file *apart, const struct apart_request *request, const char *text,
                          size_t length)
{
    const struct image_file *input = request->input;
    const mmi_container *container = &input->container;
    const char *name = path_base(apart->samples);
    bool named = container->place == MMI_SAMPLES_NAMED || container->place == MMI_SAMPLES_LISTED;
    size_t at = named ? (size_t)container->name_at : length;
    size_t old = named && at <= length ? name_length(container, text + at, length - at) : 0;
    if (at > length || old > length - at)
        return console_error(request->console, input->header, "was changed while it was looked at");
    if (is_listed(input) && is_ambiguous(name))
        return console_usage(request->console, "%s: in a header this name would be a list or a pattern",
                             apart->samples);
    size_t fresh = named ? strlen(name) : 0;
    apart->bytes = malloc(length + fresh + 2);
    if (!apart->bytes)
        return console_error(request->console, input->header, "not enough memory");
    memcpy(apart->bytes, text, at);
    memcpy(apart->bytes + at, name, fresh);
    memcpy(apart->bytes + at + fresh, text + at + old, length - at - old);
    apart->length = length - old + fresh;
    /* MetaIO wants the last line to have an end. */
    if (named && old > 0 && at + old == length && text[length - 1] == '\n')
        apart->bytes[apart->length++] = '\n';
    return TOOL_DONE;
}

static int read_header(struct header_file *apart, const struct apart_request *request)
{
    const struct console *console = request->console;
    const char *path = request->input->header;
    size_t length = 0;
    int descriptor = -1;
    char *text = malloc(MMI_HEADER_MAX);
    int error = text ? file_open(path, FILE_READ, true, &descriptor) : ENOMEM;
    if (error == 0)
        error = file_read(descriptor, text, MMI_HEADER_MAX, &length);
    int result = error != 0                 ? console_error(console, path, "cannot read it: %s", strerror(error))
                 : length == MMI_HEADER_MAX ? console_error(console, path, "is too long for a header")
                                            : rename_samples(apart, request, text, length);
    apart->model = descriptor;
    free(text);
    return result;
}

int apart_plan(struct header_file *apart, const struct apart_request *request)
{
    int result = set_names(apart, request);
    if (result == TOOL_DONE && strcmp(apart->samples, apart->header) == 0)
        return console_usage(request->console, "%s: the samples and their header would have one name", apart->header);
    if (result == TOOL_DONE)
        result = read_header(apart, request);
    if (result == TOOL_DONE)
        result = header_file_plan(apart, request->console, &request->wish);
    return result;
}

/* ---- in parts ---------------------------------------------------------------------------------------------------- */

const char *apart_out(const struct header_file *apart, const struct image_file *input)
{
    return is_listed(input) || is_header(input) ? apart->header : apart->samples;
}

/* What is not the same on each machine that has the files, as the numbers of devices, is left out. */
static uint64_t sum_of(const struct listed_files *files)
{
    uint64_t sum = FNV_BEGIN;
    for (uint32_t i = 0; i < files->count; i++) {
        const struct file_facts *info = &files->list[i].info;
        const uint64_t facts[] = {info->inode, info->size, (uint64_t)info->modified, info->modified_ns,
                                  info->permissions};
        sum = fnv_add(sum, facts, sizeof facts);
    }
    return sum;
}

struct parts_apart apart_in_parts(const struct header_file *apart, const struct image_file *input)
{
    struct parts_apart result = {.samples = path_base(apart->samples),
                                 .header = path_base(apart->header),
                                 .bytes = apart->bytes,
                                 .length = apart->length,
                                 .model = apart->model};
    const struct file_facts *info = &input->header_info;
    int length =
        snprintf(result.origin, sizeof result.origin, "header %" PRIu64 " %" PRId64 ".%09" PRIu32 " %" PRIu64 "\n",
                 info->size, info->modified, info->modified_ns, info->inode);
    if (is_listed(input))
        length += snprintf(result.origin + length, sizeof result.origin - (size_t)length,
                           "files %" PRIu32 " %016" PRIx64 "\n", input->files.count, sum_of(&input->files));
    assert(length > 0 && (size_t)length < sizeof result.origin);
    (void)length;
    return result;
}

int apart_prepare(const struct header_file *apart, const struct apart_request *request, bool *made_ret)
{
    const struct image_file *input = request->input;
    struct parts_apart in_parts;
    struct parts_source source = {.name = input->path,
                                  .info = is_listed(input) ? &input->files.list[0].info : &input->info,
                                  .size = files_copy_bytes(input),
                                  .rights = files_rights(input, OUTPUT_COPY)};
    const char *out = request->wish.path;
    if (input->header[0]) {
        in_parts = apart_in_parts(apart, input);
        source.apart = &in_parts;
        out = apart_out(apart, input);
    }
    return parts_prepare(request->console, out, &source, made_ret);
}
