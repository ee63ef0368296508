/* SPDX-License-Identifier: MIT */
/*
 * nrrd_files: the "data file" of a NRRD header that means several.
 *
 *     data file: LIST 2             names follow, a line each to the end: one file for each piece of two axes
 *     data file: i%03d.raw 1 9 1 2  the same with a first number, a last, and a step
 */

#include "formats/files.h"
#include "formats/nrrd.h"

#include <string.h>

/* Of so many files each has 'axes' axes: whether that goes with the sizes. */
static mmv_status check_axes(mmi__header *header, const struct mmi__nrrd *nrrd, uint64_t axes, uint64_t count)
{
    const char *field = nrrd->fields[NRRD_DATA_FILE].name;
    uint64_t wanted = 1, last = nrrd->sizes[nrrd->dimension - 1];
    for (uint64_t i = axes; i < nrrd->dimension; i++)
        wanted *= nrrd->sizes[i]; /* their product is that of the image, which fits a file */
    if (axes < nrrd->dimension)
        return mmi__check_files(header, field, count, wanted);
    if (count > last || last % count != 0)
        return mmi__refuse(header->container, MMV_EINVAL, field, "%llu files cannot share the %llu of the last axis",
                           (unsigned long long)count, (unsigned long long)last);
    return mmi__check_files(header, field, count, count);
}

/* Room for so many names, of files that have 'axes' axes each. */
static mmv_status begin_files(mmi__header *header, const struct mmi__nrrd *nrrd, uint64_t axes, uint64_t count,
                              mmi_files **files_ret)
{
    mmv_status status = check_axes(header, nrrd, axes, count);
    *files_ret = status ? NULL : mmi__files_begin(count);
    return status || *files_ret ? status : mmv_error_set(MMV_ENOMEM, 0, "list files");
}

static mmv_status finish_files(mmi__header *header, const struct mmi__nrrd *nrrd, mmi_files *files, mmv_status status)
{
    if (!status)
        return mmi__describe_files(header, files, &nrrd->fields[NRRD_DATA_FILE]);
    mmi__files_drop(&files);
    return status;
}

/* What follows "LIST", or the numbers of a pattern: how many axes each file has. */
static mmv_status take_axes(mmi__header *header, const struct mmi__nrrd *nrrd, const char *text, uint64_t *axes_ret)
{
    const char *field = nrrd->fields[NRRD_DATA_FILE].name;
    *axes_ret = nrrd->dimension - 1;
    text += strspn(text, " \t");
    return *text ? mmi__count(header, field, text, (mmi__limits){1, nrrd->dimension}, axes_ret) : MMV_OK;
}

/* All lines to the end are names, also an empty one, which is none. */
static mmv_status take_list(mmi__header *header, const struct mmi__nrrd *nrrd)
{
    const mmi__field *field = &nrrd->fields[NRRD_DATA_FILE];
    mmi__text lines = *nrrd->text;
    mmi_files *files;
    uint64_t axes, count = 0;
    mmv_status status = take_axes(header, nrrd, field->value + strlen("LIST"), &axes);
    for (size_t at = lines.next; at < lines.length; count++) {
        const char *end = memchr(lines.bytes + at, '\n', lines.length - at);
        at = end ? (size_t)(end + 1 - lines.bytes) : lines.length;
    }
    if (!status && count == 0)
        return mmi__refuse(header->container, MMV_EINVAL, field->name, "no names follow");
    if (!status)
        status = begin_files(header, nrrd, axes, count, &files);
    if (status)
        return status;
    while (!status && count-- > 0)
        status = mmi__files_add(header, files, field->name, mmi__take_line(&lines, MMI_LINE_LF, NULL));
    if (!status)
        status = mmi__check_text(header, &lines);
    return finish_files(header, nrrd, files, status);
}

static bool take_integer(const char **text, int64_t *value_ret)
{
    const char *p = *text + strspn(*text, " \t");
    uint64_t value;
    bool is_negative = *p == '-';
    p += is_negative;
    if (!mmi__take_count(&p, &value) || value > INT32_MAX || (*p && *p != ' ' && *p != '\t'))
        return false;
    *value_ret = is_negative ? -(int64_t)value : (int64_t)value;
    *text = p;
    return true;
}

static mmv_status take_pattern(mmi__header *header, const struct mmi__nrrd *nrrd)
{
    const mmi__field *field = &nrrd->fields[NRRD_DATA_FILE];
    mmi_container *container = header->container;
    char name[sizeof container->name];
    mmi__pattern pattern = {.name = name};
    size_t length = strcspn(field->value, " \t");
    const char *numbers = field->value + length;
    mmi_files *files;
    uint64_t axes;
    if (length >= sizeof name)
        return mmi__refuse(container, MMV_EINVAL, field->name, "the name is too long");
    memcpy(name, field->value, length);
    name[length] = '\0';
    if (!mmi__is_pattern(name) || !take_integer(&numbers, &pattern.first) || !take_integer(&numbers, &pattern.last) ||
        !take_integer(&numbers, &pattern.step) || pattern.step == 0)
        return mmi__refuse(container, MMV_EINVAL, field->name,
                           "\"%.60s\" is not a name with %%d, a first number, a last, and a step that is not 0",
                           field->value);
    mmv_status status = take_axes(header, nrrd, numbers, &axes);
    uint64_t count = mmi__pattern_count(&pattern);
    if (!status && count == 0)
        return mmi__refuse(container, MMV_EINVAL, field->name, "the step leads away from the last number");
    if (!status)
        status = begin_files(header, nrrd, axes, count, &files);
    if (status)
        return status;
    return finish_files(header, nrrd, files, mmi__files_add_pattern(header, files, field->name, &pattern));
}

/* teem has to know the sizes when it comes to the names. */
mmv_status mmi__nrrd_files(mmi__header *header, const struct mmi__nrrd *nrrd)
{
    const mmi__field *field = &nrrd->fields[NRRD_DATA_FILE];
    for (int i = NRRD_DIMENSION; i <= NRRD_SIZES; i++)
        if (nrrd->fields[i].line.offset > field->line.offset)
            return mmi__refuse(header->container, MMV_EINVAL, field->name, "it stands before %s, and teem refuses that",
                               nrrd->fields[i].name);
    return nrrd->is_list ? take_list(header, nrrd) : take_pattern(header, nrrd);
}
