/* SPDX-License-Identifier: MIT */
/*
 * envi: ENVI's header, a file of its own that says how a file of samples beside it is to be read.
 *
 *     ENVI                     the first line
 *     samples = 16384          key = value; of the key neither case nor blanks around it count
 *     ; a comment              from the line's first character on
 *     band names = {red,       braces reach over lines
 *       green}
 *
 * Source: https://www.nv5geospatialsoftware.com/docs/ENVIHeaderFiles.html. GDAL's reader and Spectral Python are
 * followed where they agree; what they take differently is refused. The one exception is a comment with a brace that is
 * not closed: GDAL looks for its end in the lines behind, but to ENVI a comment is a comment.
 */

#include "formats/lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum key {
    SAMPLES,
    LINES,
    BANDS,
    OFFSET,
    TYPE,
    INTERLEAVE,
    ORDER,
    FILE_TYPE,
    COMPRESSION,
    MAJOR,
    MINOR,
    IGNORED,
    GAINS,
    OFFSETS,
    REFLECTANCE,
    KEYS
};

struct envi {
    mmi__field fields[KEYS];
};

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static mmv_status refuse_braces(mmi__header *header, const char *line, const char *reason)
{
    return mmi__refuse(header->container, MMV_EINVAL, "header", "%s: \"%.40s\"", reason, line);
}

/* Whether a line that is text to one program, and a field to another, would be one that counts. */
static bool is_field(const struct envi *envi, char *line)
{
    char *equals = strchr(line, '=');
    mmi__line pair = {line, equals ? (size_t)(equals - line) : 0, line, 0};
    for (int i = 0; equals && i < KEYS; i++)
        if (mmi__spelled(&pair, envi->fields[i].name) != MMI_OTHER)
            return true;
    return equals && strchr(line, '{') && !strchr(line, '}');
}

/*
 * Lines that belong to an open brace, up to the one that ends with the closing one. GDAL goes on behind the first
 * closing brace, wherever it stands: what follows must mean nothing to it.
 */
static mmv_status pass_braces(mmi__header *header, mmi__text *text, const struct envi *envi, const char *first,
                              bool is_closed)
{
    for (char *line; (line = mmi__take_line(text, MMI_LINE_ANY, NULL));) {
        bool is_comment = *line == ';';
        char *rest = mmi__trim(line);
        if (is_closed && !is_comment && is_field(envi, rest))
            return refuse_braces(header, rest, "programs do not agree where the brace before it is closed");
        const char *close = strchr(rest, '}');
        if (!close)
            continue;
        if (!is_comment && rest[strlen(rest) - 1] == '}')
            return MMV_OK;
        is_closed = true;
    }
    return refuse_braces(header, first, "a brace is never closed");
}

/* A brace that begins a value ends the line, or begins lines. */
static mmv_status check_braces(mmi__header *header, mmi__text *text, const struct envi *envi, const char *line,
                               const char *value)
{
    const char *open = strchr(line, '{'), *close = strchr(line, '}');
    if (*value == '{' && value[strlen(value) - 1] != '}')
        return pass_braces(header, text, envi, line, close != NULL);
    if (*value != '{' && open && !close)
        return refuse_braces(header, line, "programs do not agree where this brace is closed");
    return MMV_OK;
}

/* Whether all programs know the key: whatever its case, but nothing stands before it, and no tab behind it. */
static bool is_known_to_all(const char *line, const mmi__line *pair, const char *name)
{
    const char *end = pair->key + pair->key_length;
    return pair->key == line && end[strspn(end, " ")] == '=' && mmi__is_key(pair, name);
}

static mmv_status take_pair(mmi__header *header, struct envi *envi, const char *line, const mmi__line *pair)
{
    for (int i = 0; i < KEYS; i++) {
        mmi__field *field = &envi->fields[i];
        if (mmi__spelled(pair, field->name) == MMI_OTHER)
            continue;
        if (!is_known_to_all(line, pair, field->name))
            return mmi__refuse(header->container, MMV_EINVAL, field->name,
                               "programs do not agree whether \"%.*s\" is this key", (int)mmv_min(pair->key_length, 40),
                               pair->key);
        /* The last one counts. */
        field->value = pair->value;
        field->line = *pair;
    }
    return MMV_OK;
}

static mmv_status take_lines(mmi__header *header, mmi__text *text, struct envi *envi)
{
    char *line = mmi__take_line(text, MMI_LINE_ANY, NULL);
    if (!line || strncmp(line + strspn(line, " "), "ENVI", 4) != 0 || strchr(line, '='))
        return mmi__refuse(header->container, MMV_EINVAL, "header", "its first line is not ENVI");
    if (strstr(line, "META FILE"))
        return mmi__refuse(header->container, MMV_ENOTSUP, "META FILE",
                           "it puts bands of other files together: give these as FILEs");
    while ((line = mmi__take_line(text, MMI_LINE_ANY, NULL))) {
        char *equals = strchr(line, '=');
        if (!equals || *line == ';')
            continue;
        char *key = line + strspn(line, " \t");
        mmi__line pair = mmi__take_pair(text, key, equals, equals + 1);
        mmv_status status = take_pair(header, envi, line, &pair);
        if (!status)
            status = check_braces(header, text, envi, line, pair.value);
        if (status)
            return status;
    }
    return mmi__check_text(header, text);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* A number of a field; one that is missing is the default, and refused when that is below 'least'. */
static mmv_status count(mmi__header *header, const mmi__field *field, uint64_t least, uint64_t otherwise,
                        uint64_t *value_ret)
{
    *value_ret = otherwise;
    if (field->value)
        return mmi__count(header, field->name, field->value, (mmi__limits){least, INT64_MAX}, value_ret);
    return otherwise >= least ? MMV_OK : mmi__refuse(header->container, MMV_EINVAL, field->name, "is missing");
}

static mmv_status take_layout(mmi__header *header, const mmi__field *field, mmi_image *image)
{
    image->layout = MMI_BSQ;
    if (!field->value && image->samples > 1)
        return mmi__refuse(header->container, MMV_EINVAL, field->name, "is missing");
    if (!field->value)
        return MMV_OK;
    for (image->layout = MMI_BIP; image->layout <= MMI_BSQ; image->layout++)
        if (mmi__same(field->value, mmi_layout_name(image->layout)))
            return MMV_OK;
    return mmi__refuse(header->container, MMV_EINVAL, field->name, "\"%.40s\" is neither bip, bil nor bsq",
                       field->value);
}

static mmv_status take_type(mmi__header *header, const struct envi *envi, mmi_type *type)
{
    static const struct {
        unsigned bits;
        bool is_signed, is_float;
    } types[16] = {[1] = {8, false, false},   [2] = {16, true, false},  [3] = {32, true, false},
                   [4] = {32, true, true},    [5] = {64, true, true},   [12] = {16, false, false},
                   [13] = {32, false, false}, [14] = {64, true, false}, [15] = {64, false, false}};
    uint64_t code, order;
    mmv_status status = count(header, &envi->fields[TYPE], 1, 0, &code);
    if (status)
        return status;
    if (code == 6 || code == 9)
        return mmi__refuse(header->container, MMV_ENOTSUP, "data type", "%u: complex samples cannot be worked on",
                           (unsigned)code);
    if (code > 15 || types[code].bits == 0 ||
        !mmi__kind_of(types[code].bits, types[code].is_signed, types[code].is_float, &type->kind))
        return mmi__refuse(header->container, MMV_ENOTSUP, "data type",
                           "%llu: samples of this type cannot be worked on", (unsigned long long)code);
    status = count(header, &envi->fields[ORDER], 0, 0, &order);
    if (!status && order > 1)
        status = mmi__refuse(header->container, MMV_EINVAL, "byte order", "%llu is neither 0 nor 1",
                             (unsigned long long)order);
    if (!status && !envi->fields[ORDER].value && types[code].bits > 8)
        mmi__note(header->container, MMI_NOTE_ASSUMED, "byte order is not said: the low byte is taken to come first");
    type->big_endian = order == 1 && types[code].bits > 8;
    return status;
}

/* Samples that are not what the other fields say. */
static mmv_status check_kind(mmi__header *header, const struct envi *envi)
{
    const char *kind = envi->fields[FILE_TYPE].value, *packed = envi->fields[COMPRESSION].value;
    mmi_container *container = header->container;
    if (kind && strncmp(kind, "ENVI", 4) != 0)
        return mmi__refuse(container, MMV_ENOTSUP, "file type", "\"%.40s\": only ENVI's own files are samples alone",
                           kind);
    if (kind && !mmi__same(kind, "ENVI") && !mmi__same(kind, "ENVI Standard") &&
        !mmi__same(kind, "ENVI Classification"))
        return mmi__refuse(container, MMV_ENOTSUP, "file type", "\"%.40s\" is not known", kind);
    if (packed && strcmp(packed, "0") != 0)
        return mmi__refuse(container, MMV_ENOTSUP, "file compression",
                           "its samples are compressed; unpack them with gdal_translate -of ENVI");
    for (int i = MAJOR; i <= MINOR; i++)
        if (envi->fields[i].value && strpbrk(envi->fields[i].value, "123456789"))
            return mmi__refuse(container, MMV_ENOTSUP, envi->fields[i].name,
                               "bytes between rows or images are not supported");
    return MMV_OK;
}

/* Whether all numbers of a list in braces are one and the same. */
static bool are_all(const char *list, double wanted)
{
    for (const char *p = list + strspn(list, "{ \t"); *p && *p != '}'; p += strspn(p, ", \t")) {
        char *end;
        if (strtod(p, &end) != wanted || end == p)
            return false;
        p = end;
    }
    return true;
}

static mmv_status take_meaning(mmi__header *header, const struct envi *envi)
{
    mmi_container *container = header->container;
    const char *ignored = envi->fields[IGNORED].value;
    for (int i = GAINS; i <= REFLECTANCE; i++)
        if (envi->fields[i].value && !are_all(envi->fields[i].value, i == OFFSETS ? 0 : 1))
            mmi__note(container, MMI_NOTE_MEANING, "%s: amounts are those of the stored samples", envi->fields[i].name);
    if (!ignored || !*ignored)
        return MMV_OK;
    double value = NAN;
    mmv_status status = mmi__same(ignored, "nan") ? MMV_OK : mmi__real(header, "data ignore value", ignored, &value);
    return status ? status : mmi__take_no_data(container, "data ignore value", value, mmi__is_rounded(ignored, value));
}

static mmv_status use_fields(mmi__header *header, const struct envi *envi)
{
    uint64_t bands, offset;
    mmi_image image = {.samples = 1};
    mmv_status status = count(header, &envi->fields[SAMPLES], 1, 0, &image.width);
    if (!status)
        status = count(header, &envi->fields[LINES], 1, 0, &image.height);
    if (!status)
        status = check_kind(header, envi);
    if (!status)
        status = take_type(header, envi, &image.type);
    if (!status)
        status = count(header, &envi->fields[BANDS], 1, 0, &bands);
    if (status)
        return status;
    image.samples = (uint32_t)mmv_min(bands, UINT32_MAX);
    status = take_layout(header, &envi->fields[INTERLEAVE], &image);
    if (!status)
        status = count(header, &envi->fields[OFFSET], 0, 0, &offset);
    if (!status)
        status = mmi__describe(header, image, 1, offset);
    return status ? status : take_meaning(header, envi);
}

static mmv_status read_text(mmi__header *header, mmi__text *text, bool *more_ret)
{
    struct envi envi = {{[SAMPLES] = {.name = "samples"},
                         [LINES] = {.name = "lines"},
                         [BANDS] = {.name = "bands"},
                         [OFFSET] = {.name = "header offset"},
                         [TYPE] = {.name = "data type"},
                         [INTERLEAVE] = {.name = "interleave"},
                         [ORDER] = {.name = "byte order"},
                         [FILE_TYPE] = {.name = "file type"},
                         [COMPRESSION] = {.name = "file compression"},
                         [MAJOR] = {.name = "major frame offsets"},
                         [MINOR] = {.name = "minor frame offsets"},
                         [IGNORED] = {.name = "data ignore value"},
                         [GAINS] = {.name = "data gain values"},
                         [OFFSETS] = {.name = "data offset values"},
                         [REFLECTANCE] = {.name = "reflectance scale factor"}}};
    mmv_status status = take_lines(header, text, &envi);
    (void)more_ret;
    header->container->place = MMI_SAMPLES_SIDECAR;
    return status ? status : use_fields(header, &envi);
}

mmv_status mmi__read_envi(mmi__header *header)
{
    return mmi__with_all(header, read_text);
}
