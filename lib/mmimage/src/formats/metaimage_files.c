/* SPDX-License-Identifier: MIT */
/*
 * metaimage_files: the ElementDataFile of a MetaImage header that means several.
 *
 *     ElementDataFile = LIST 2           names follow, a line each: one file for each image of two dimensions
 *     ElementDataFile = i%03d.raw 1 9 1  a file for each index of the last dimension: first number, last, step
 */

#include "formats/files.h"
#include "formats/metaimage.h"

#include <string.h>

/* How many dimensions each file of a list has. */
static mmv_status take_list_dimensions(mmi__header *header, const struct mmi__metaimage *meta, uint64_t *dimensions_ret)
{
    const mmi__field *field = &meta->fields[META_DATA_FILE];
    const char *p = field->value + 4;
    *dimensions_ret = meta->dimensions - 1;
    if (*p && *p != ' ' && *p != '\t')
        return mmi__refuse(header->container, MMV_EINVAL, field->name, "ITK takes \"%.40s\" for a list", field->value);
    p += strspn(p, " \t");
    if (!*p)
        return MMV_OK;
    mmv_status status = mmi__count(header, field->name, p, (mmi__limits){0, META_DIMENSIONS_MAX}, dimensions_ret);
    if (!status && *dimensions_ret == meta->dimensions)
        return mmi__refuse(header->container, MMV_EINVAL, field->name,
                           "of files with as many dimensions as the image ITK reads nothing");
    if (!status && (*dimensions_ret == 0 || *dimensions_ret > meta->dimensions))
        *dimensions_ret = meta->dimensions - 1;
    return status;
}

/* What MetaIO cuts off at the end of a name may belong to it. */
static mmv_status cut_name(mmi__header *header, const mmi__field *field, char *name)
{
    size_t length = strlen(name);
    while (length > 0 && strchr(" \t\r", name[length - 1]))
        name[--length] = '\0';
    if (length > 0 && (name[length - 1] < ' ' || name[length - 1] > '~'))
        return mmi__refuse(header->container, MMV_EINVAL, field->name,
                           "the name \"%.40s\" ends with a character that ITK cuts off", name);
    return MMV_OK;
}

/* The lines behind the header. MetaIO passes over a name without a line end. */
static mmv_status add_listed(mmi__header *header, const struct mmi__metaimage *meta, mmi_files *files, uint64_t count)
{
    const mmi__field *field = &meta->fields[META_DATA_FILE];
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < count && status == MMV_OK; i++) {
        bool has_end = false;
        char *line = mmi__take_line(meta->text, MMI_LINE_LF, &has_end);
        if (!has_end && !meta->text->whole) {
            *meta->more = true;
            return MMV_OK;
        }
        if (!line)
            return mmi__refuse(header->container, MMV_EINVAL, field->name, "%llu names follow, and the sizes need %llu",
                               (unsigned long long)i, (unsigned long long)count);
        if (!has_end)
            return mmi__refuse(header->container, MMV_EINVAL, field->name,
                               "the last name has no line end, and ITK passes it over");
        status = cut_name(header, field, line);
        if (!status)
            status = mmi__files_add(header, files, field->name, line);
    }
    return status ? status : mmi__check_text(header, meta->text);
}

static mmv_status finish_files(mmi__header *header, const struct mmi__metaimage *meta, mmi_files *files,
                               mmv_status status)
{
    if (!status && !*meta->more)
        return mmi__describe_files(header, files, &meta->fields[META_DATA_FILE]);
    mmi__files_drop(&files);
    return status;
}

mmv_status mmi__metaimage_list(mmi__header *header, const struct mmi__metaimage *meta)
{
    const char *field = meta->fields[META_DATA_FILE].name;
    uint64_t dimensions, count = 1;
    mmv_status status = take_list_dimensions(header, meta, &dimensions);
    for (uint64_t i = dimensions; i < meta->dimensions; i++)
        count *= meta->sizes[i]; /* their product is that of the image, which fits a file */
    if (!status)
        status = mmi__check_files(header, field, count, count);
    if (status)
        return status;
    mmi_files *files = mmi__files_begin(count);
    if (!files)
        return mmv_error_set(MMV_ENOMEM, 0, "list files");
    return finish_files(header, meta, files, add_listed(header, meta, files, count));
}

#define WORDS_MAX 64

/* The words of a pattern: a name, which may have blanks only where three numbers follow it. */
static size_t cut_words(char *text, char **words)
{
    size_t count = 0;
    for (char *p = text; *(p += strspn(p, " \t")) && count < WORDS_MAX; count++) {
        words[count] = p;
        p += strcspn(p, " \t");
        if (*p)
            *p++ = '\0';
    }
    return count;
}

static bool take_integer(const char *text, int64_t *value_ret)
{
    uint64_t value;
    bool is_negative = *text == '-';
    text += is_negative;
    if (!mmi__take_count(&text, &value) || *text || value > INT32_MAX)
        return false;
    *value_ret = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/*
 * "NAME", "NAME FIRST" or "NAME FIRST LAST STEP". Of two numbers MetaIO makes a step that is none. 'text' is cut into
 * words; 'name' has room for it.
 */
static bool cut_pattern(char *text, uint64_t wanted, char *name, mmi__pattern *pattern)
{
    char *words[WORDS_MAX];
    memcpy(name, text, strlen(text) + 1);
    size_t count = cut_words(text, words), numbers = count >= 4 ? 3 : count - 1;
    *pattern = (mmi__pattern){name, 1, (int64_t)wanted, 1};
    if (count == 0 || count == WORDS_MAX || numbers == 2)
        return false;
    bool fine = numbers == 0 || take_integer(words[count - numbers], &pattern->first);
    pattern->last = pattern->first + (int64_t)wanted - 1;
    if (fine && numbers == 3)
        fine = take_integer(words[count - 2], &pattern->last) && take_integer(words[count - 1], &pattern->step);
    size_t length = strlen(name);
    if (numbers > 0)
        length = (size_t)(words[count - numbers] - text);
    while (length > 0 && strchr(" \t", name[length - 1]))
        length--;
    name[length] = '\0';
    return fine && pattern->step > 0;
}

mmv_status mmi__metaimage_pattern(mmi__header *header, const struct mmi__metaimage *meta)
{
    const mmi__field *field = &meta->fields[META_DATA_FILE];
    mmi_container *container = header->container;
    uint64_t wanted = meta->sizes[meta->dimensions - 1];
    char text[sizeof container->name + 64], name[sizeof text];
    mmi__pattern pattern;
    if (strlen(field->value) >= sizeof text)
        return mmi__refuse(container, MMV_EINVAL, field->name, "the name is too long");
    strcpy(text, field->value);
    mmv_status status = mmi__check_files(header, field->name, wanted, wanted);
    if (status)
        return status;
    if (!cut_pattern(text, wanted, name, &pattern) || !mmi__is_pattern(name))
        return mmi__refuse(container, MMV_ENOTSUP, field->name,
                           "\"%.60s\" is not a name with %%d and behind it nothing, a first number, or a first, a last "
                           "and a step",
                           field->value);
    status = mmi__check_files(header, field->name, mmi__pattern_count(&pattern), wanted);
    if (status)
        return status;
    mmi_files *files = mmi__files_begin(wanted);
    if (!files)
        return mmv_error_set(MMV_ENOMEM, 0, "list files");
    return finish_files(header, meta, files, mmi__files_add_pattern(header, files, field->name, &pattern));
}
