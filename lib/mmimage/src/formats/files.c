/* SPDX-License-Identifier: MIT */
/* files: see files.h. */

#include "formats/files.h"

#include "samples/pieces.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mmi_files {
    char **names;
    uint32_t count, room;
};

uint32_t mmi_files_count(const mmi_files *files)
{
    return files->count;
}

const char *mmi_files_name(const mmi_files *files, uint32_t index)
{
    assert(index < files->count);
    return files->names[index];
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

mmi_files *mmi__files_begin(uint64_t count)
{
    assert(count > 0 && count <= MMI_FILES_MAX);
    mmi_files *files = calloc(1, sizeof *files);
    if (!files)
        return NULL;
    files->room = (uint32_t)count;
    files->names = calloc(files->room, sizeof *files->names);
    if (!files->names)
        mmi__files_drop(&files);
    return files;
}

void mmi__files_drop(mmi_files **files)
{
    if (!*files)
        return;
    for (uint32_t i = 0; (*files)->names && i < (*files)->count; i++)
        free((*files)->names[i]);
    free((*files)->names);
    free(*files);
    *files = NULL;
}

mmv_status mmi__files_add(mmi__header *header, mmi_files *files, const char *field, const char *name)
{
    assert(files->count < files->room);
    if (!mmi__is_file_name(name))
        return mmi__refuse(header->container, MMV_EINVAL, field, "the name of file %u is empty, or too long",
                           files->count + 1);
    files->names[files->count] = strdup(name);
    if (!files->names[files->count])
        return mmv_error_set(MMV_ENOMEM, 0, "list files");
    files->count++;
    return MMV_OK;
}

bool mmi__is_pattern(const char *name)
{
    for (const char *p = strchr(name, '%'); p && p[1]; p = strchr(p + 2, '%'))
        if (p[1] != '%')
            return p[1 + strspn(p + 1, "0123456789")] == 'd';
    return false;
}

uint64_t mmi__pattern_count(const mmi__pattern *pattern)
{
    assert(pattern->step != 0);
    bool is_up = pattern->step > 0;
    if (is_up ? pattern->last < pattern->first : pattern->last > pattern->first)
        return 0;
    uint64_t way = (uint64_t)(is_up ? pattern->last - pattern->first : pattern->first - pattern->last);
    return way / (uint64_t)(is_up ? pattern->step : -pattern->step) + 1;
}

/* The digits of a number as %0WIDTHd or %WIDTHd has them; false when they do not fit. */
static bool put_number(char *text, size_t room, const char *width, int64_t number)
{
    bool is_filled = *width == '0';
    uint64_t wide = 0;
    if (*width && !mmi__take_count(&width, &wide))
        return false;
    if (wide >= room)
        return false;
    int length = snprintf(text, room, is_filled ? "%0*lld" : "%*lld", (int)wide, (long long)number);
    return length > 0 && (size_t)length < room;
}

/* A name: "%%" is a sign, the first other one is the number, and another one behind it is none. */
static bool fill_pattern(const char *pattern, int64_t number, char *name, size_t room)
{
    size_t used = 0;
    bool is_placed = false;
    for (const char *p = pattern; *p && used + 1 < room; p++) {
        if (*p != '%') {
            name[used++] = *p;
            continue;
        }
        p++;
        if (*p == '%') {
            name[used++] = '%';
            continue;
        }
        size_t digits = strspn(p, "0123456789");
        char width[8];
        if (is_placed || p[digits] != 'd' || digits >= sizeof width)
            return false;
        memcpy(width, p, digits);
        width[digits] = '\0';
        if (!put_number(name + used, room - used, width, number))
            return false;
        used += strlen(name + used);
        is_placed = true;
        p += digits;
    }
    name[used] = '\0';
    return is_placed && used + 1 < room;
}

mmv_status mmi__files_add_pattern(mmi__header *header, mmi_files *files, const char *field, const mmi__pattern *pattern)
{
    char name[sizeof header->container->name];
    mmv_status status = MMV_OK;
    int64_t number = pattern->first;
    while (files->count < files->room && status == MMV_OK) {
        if (!fill_pattern(pattern->name, number, name, sizeof name))
            return mmi__refuse(header->container, MMV_ENOTSUP, field, "\"%.40s\" is not a pattern with one %%d",
                               pattern->name);
        status = mmi__files_add(header, files, field, name);
        number += pattern->step;
    }
    return status;
}

/* ---- the image --------------------------------------------------------------------------------------------------- */

mmv_status mmi__check_files(mmi__header *header, const char *field, uint64_t count, uint64_t wanted)
{
    if (count != wanted)
        return mmi__refuse(header->container, MMV_EINVAL, field, "it names %llu files, and the sizes need %llu",
                           (unsigned long long)count, (unsigned long long)wanted);
    if (count > MMI_FILES_MAX)
        return mmi__refuse(header->container, MMV_ENOTSUP, field, "more than %d files", MMI_FILES_MAX);
    return MMV_OK;
}

mmv_status mmi__describe_files(mmi__header *header, mmi_files *files, const mmi__field *field)
{
    mmi_container *container = header->container;
    assert(files->count == files->room && !container->pieces);
    mmv_status status = mmi__pieces_of_slabs(&container->image, files->count, container->offset, &container->pieces);
    if (status != MMV_OK) {
        mmi__files_drop(&files);
        return status == MMV_ENOMEM ? status
                                    : mmi__refuse(container, MMV_ENOTSUP, field->name,
                                                  "its files have no whole rows of the image, or too many");
    }
    container->files = files;
    container->place = MMI_SAMPLES_LISTED;
    container->name_at = field->line.offset;
    /* Lines of channels are rows of planes there. */
    container->image = *mmi_pieces_image(container->pieces);
    return MMV_OK;
}
