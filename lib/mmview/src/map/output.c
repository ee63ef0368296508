/* SPDX-License-Identifier: MIT */
/*
 * output.c - a file without a name until it is finished.
 *
 *     nameless ----- linkat ------------> NAME                  nothing of that name there
 *     nameless -- linkat --> hidden -- rename --> NAME          there is one, and it may be replaced
 *     hidden ------- rename, replacing or not --> NAME          no nameless files here
 *
 * Invariants:
 * 1. Without 'replace' no step can replace a file, also not one that has appeared meanwhile.
 * 2. A name that the file has before it is published stands in 'hidden', and mmv_output_close() removes it. No assert:
 *    the folder would have to be asked.
 */

#include <mmview/output.h>

#include "map/map.h"
#include "os/machine.h"
#include "os/name.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 256 /* a name in a folder, with its end: NAME_MAX of limits.h(0p) */
#define TRIES 100

struct mmv_output {
    mmv_map *map;
    int folder;
    bool replace, durable, published;
    char hidden[NAME_BYTES]; /* "" = it has no name */
    char name[];
};

/* .NAME.0123456789abcdef; of a long NAME only the front, cut between two characters of UTF-8. */
static int make_hidden_name(const char *name, char hidden[NAME_BYTES])
{
    uint64_t number;
    size_t length = strlen(name), most = NAME_BYTES - sizeof "..0123456789abcdef";
    int error = mmv__os_random(&number);
    if (length > most)
        for (length = most; length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80;)
            length--;
    snprintf(hidden, NAME_BYTES, ".%.*s.%016" PRIx64, (int)length, name, number);
    return error;
}

/* Try hidden names until one is free. */
static int take_hidden_name(mmv_output *output, int descriptor, int *created_ret, unsigned permissions)
{
    char hidden[NAME_BYTES];
    int error = EEXIST;
    for (unsigned i = 0; i < TRIES && error == EEXIST; i++) {
        error = make_hidden_name(output->name, hidden);
        if (error == 0)
            error = created_ret ? mmv__os_create_in(output->folder, hidden, permissions, created_ret)
                                : mmv__os_name_file(output->folder, descriptor, hidden);
    }
    if (error == 0)
        memcpy(output->hidden, hidden, sizeof hidden);
    return error;
}

static int create_file(mmv_output *output, unsigned permissions, int *descriptor_ret)
{
    int error = mmv__os_create_nameless_in(output->folder, permissions, descriptor_ret);
    return error == EOPNOTSUPP ? take_hidden_name(output, -1, descriptor_ret, permissions) : error;
}

/* Whether the name may be given to it at all: better now than when the work is done. */
static int check_name(const mmv_output *output)
{
    mmv__os_kind kind;
    int error = mmv__os_look_in(output->folder, output->name, &kind);
    if (error)
        return error == ENOENT ? 0 : error;
    if (!output->replace)
        return EEXIST;
    return kind == MMV__FILE ? 0 : EISDIR;
}

static mmv_status make_map(mmv_output *output, const char *path, const mmv_output_options *options)
{
    int descriptor;
    int error = check_name(output);
    if (error == 0)
        error = create_file(output, options->permissions ? options->permissions : 0666, &descriptor);
    if (error)
        return mmv__fail_path(error, "create", path);
    const mmv__map_source source = {path, MMV_READ_WRITE, descriptor, true, options->capacity};
    return mmv__map_adopt(&source, &output->map);
}

static mmv_output *new_output(const char *name, const mmv_output_options *options)
{
    size_t length = strlen(name) + 1;
    mmv_output *output = malloc(sizeof *output + length);
    if (!output)
        return NULL;
    memset(output, 0, sizeof *output);
    output->folder = -1;
    output->replace = options->replace;
    output->durable = options->durable;
    memcpy(output->name, name, length);
    return output;
}

mmv_status mmv_output_create(const char *path, const mmv_output_options *options, mmv_output **output_ret)
{
    static const mmv_output_options defaults = {0};
    const mmv_output_options *chosen = options ? options : &defaults;
    const char *name;
    int folder;
    *output_ret = NULL;
    if (MMV__CHECK_RESERVED(chosen, "create") != MMV_OK)
        return MMV_EINVAL;
    if (!path || !*path || !path[mmv__os_front_of(path)])
        return mmv_error_set_parameter(MMV_EINVAL, "create", "path");
    int error = mmv__os_open_folder_of(path, &folder, &name);
    if (error)
        return mmv__fail_path(error, "create", path);
    mmv_output *output = new_output(name, chosen);
    if (!output) {
        mmv__os_close(folder);
        return mmv__fail_path(ENOMEM, "create", path);
    }
    output->folder = folder;
    mmv_status status = make_map(output, path, chosen);
    if (status)
        mmv_output_close(&output);
    *output_ret = output;
    return status;
}

mmv_map *mmv_output_map(const mmv_output *output)
{
    return output->map;
}

static int replace(mmv_output *output)
{
    int error = 0;
    /* Invariant 1. */
    assert(output->replace);
    if (!output->hidden[0])
        error = take_hidden_name(output, mmv_map_descriptor(output->map), NULL, 0);
    return error ? error : mmv__os_replace_in(output->folder, output->hidden, output->name);
}

static int give_name(mmv_output *output)
{
    if (output->replace)
        return replace(output);
    if (output->hidden[0])
        return mmv__os_rename_hidden(output->folder, output->hidden, output->name);
    return mmv__os_name_file(output->folder, mmv_map_descriptor(output->map), output->name);
}

mmv_status mmv_output_publish(mmv_output *output)
{
    const char *path = mmv_map_path(output->map);
    if (output->published)
        return mmv__fail_detail(MMV_ECLOSED, "publish", path, "it was published before");
    mmv_status status = output->durable ? mmv_map_sync(output->map) : MMV_OK;
    if (status)
        return status;
    int error = give_name(output);
    if (error)
        return mmv__fail_path(error, "publish", path);
    output->hidden[0] = '\0';
    output->published = true;
    error = output->durable ? mmv__os_sync_folder(output->folder) : 0;
    return error ? mmv__fail_path(error, "sync folder", path) : MMV_OK;
}

void mmv_output_close(mmv_output **output)
{
    mmv_output *gone = *output;
    *output = NULL;
    if (!gone)
        return;
    if (gone->hidden[0])
        mmv__os_remove_in(gone->folder, gone->hidden);
    mmv_map_close(&gone->map);
    mmv__os_close(gone->folder);
    free(gone);
}
