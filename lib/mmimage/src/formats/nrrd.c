/* SPDX-License-Identifier: MIT */
/*
 * nrrd: "NRRD000" and a digit, then lines; the samples follow an empty line, or lie in the "data file".
 *
 *     sizes: 4 512 512         a field: its name, whatever the case, and ": "; a second one of the name is refused
 *     key:=any value           no field, whatever is in it
 *     # a comment              from the line's first character on
 *
 * Source: https://teem.sourceforge.net/nrrd/format.html, and what teem's library does.
 *
 * nrrd_files.c has samples that lie in several files.
 *
 * The axis that counts samples of a pixel is the one whose kind says so: the first (bip), the second of three (bil) or
 * the last (bsq). Without kinds it is the first of three, when that is at most 4, and said in a note.
 */

#include "formats/files.h"
#include "formats/nrrd.h"

#include <stdlib.h>
#include <string.h>

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* The fields' other names, and those that say nothing of where the samples are or what they are. */
static const struct {
    const char *name;
    int key; /* -1: nothing that is needed */
} names[] = {{"dimension", NRRD_DIMENSION},
             {"sizes", NRRD_SIZES},
             {"type", NRRD_TYPE},
             {"encoding", NRRD_ENCODING},
             {"endian", NRRD_ENDIAN},
             {"kinds", NRRD_AXIS_KINDS},
             {"line skip", NRRD_LINE_SKIP},
             {"lineskip", NRRD_LINE_SKIP},
             {"byte skip", NRRD_BYTE_SKIP},
             {"byteskip", NRRD_BYTE_SKIP},
             {"data file", NRRD_DATA_FILE},
             {"datafile", NRRD_DATA_FILE},
             {"min", NRRD_MINIMUM},
             {"max", NRRD_MAXIMUM},
             {"content", -1},
             {"number", -1},
             {"block size", -1},
             {"blocksize", -1},
             {"space", -1},
             {"space dimension", -1},
             {"spacedimension", -1},
             {"space units", -1},
             {"spaceunits", -1},
             {"space origin", -1},
             {"spaceorigin", -1},
             {"space directions", -1},
             {"spacedirections", -1},
             {"measurement frame", -1},
             {"measurementframe", -1},
             {"spacings", -1},
             {"thicknesses", -1},
             {"axis mins", -1},
             {"axismins", -1},
             {"axis maxs", -1},
             {"axismaxs", -1},
             {"centers", -1},
             {"centerings", -1},
             {"labels", -1},
             {"units", -1},
             {"old min", -1},
             {"oldmin", -1},
             {"old max", -1},
             {"oldmax", -1},
             {"sample units", -1},
             {"sampleunits", -1}};

/* A field keeps blanks at its end, which may belong to a file's name. */
static mmi__line cut_field(const mmi__text *text, char *line, char *colon)
{
    char *value = colon + 1 + strspn(colon + 1, " \t");
    return (mmi__line){line, (size_t)(colon - line), value, mmi__at(text, value)};
}

static mmv_status take_line(mmi__header *header, mmi__text *text, char *line, struct mmi__nrrd *nrrd)
{
    char *colon = strstr(line, ": ");
    if (*line == '#')
        return MMV_OK;
    if (colon) {
        mmi__line pair = cut_field(text, line, colon);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (!mmi__is_key(&pair, names[i].name))
                continue;
            mmi__field *field = names[i].key < 0 ? NULL : &nrrd->fields[names[i].key];
            if (field && field->value)
                return mmi__refuse(header->container, MMV_EINVAL, field->name, "it is said twice");
            return field ? mmi__set_field(header, field, &pair) : MMV_OK;
        }
    }
    if (strstr(line, ":="))
        return MMV_OK;
    return mmi__refuse(header->container, MMV_EINVAL, "header", "\"%.40s\" is no field that is known", line);
}

static mmv_status take_lines(mmi__header *header, mmi__text *text, struct mmi__nrrd *nrrd, bool *more_ret)
{
    bool has_end = true;
    mmv_status status = MMV_OK;
    char *line = mmi__take_line(text, MMI_LINE_LF, NULL);
    if (!line || strncmp(line + strspn(line, " "), "NRRD000", 7) != 0)
        return mmi__refuse(header->container, MMV_EINVAL, "header", "its first line is not NRRD and a version");
    line += strspn(line, " ") + 7;
    if (*line < '1' || *line > '5' || line[1])
        return mmi__refuse(header->container, MMV_ENOTSUP, "version", "\"NRRD000%.8s\": 1 to 5 are known", line);
    while (!status && !nrrd->has_end && !nrrd->is_list && (line = mmi__take_line(text, MMI_LINE_LF, &has_end))) {
        if (strchr(line, '\r'))
            return mmi__refuse(header->container, MMV_EINVAL, "header", "its lines end with \\r alone");
        if (!has_end && !text->whole)
            break;
        nrrd->has_end = has_end && !*line;
        if (!nrrd->has_end && *line)
            status = take_line(header, text, line, nrrd);
        const char *data_file = nrrd->fields[NRRD_DATA_FILE].value;
        nrrd->is_list = data_file && strncmp(data_file, "LIST", 4) == 0;
    }
    nrrd->text = text;
    nrrd->end = text->base + text->next;
    /* The header of samples in another file may end with its last field. */
    *more_ret = !status && !nrrd->has_end && (!text->whole || !nrrd->fields[NRRD_DATA_FILE].value);
    /* A list ends with its file. */
    if (!status && nrrd->is_list)
        *more_ret = !text->whole;
    return status || *more_ret ? status : mmi__check_text(header, text);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static mmv_status take_type(mmi__header *header, const mmi__field *field, mmi_type *type)
{
    static const struct {
        unsigned bits;
        bool is_signed, is_float;
        const char *names[8];
    } types[] = {
        {8, false, false, {"uchar", "unsigned char", "uint8", "uint8_t"}},
        {8, true, false, {"signed char", "int8", "int8_t"}},
        {16, false, false, {"ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"}},
        {16, true, false, {"short", "short int", "signed short", "signed short int", "int16", "int16_t"}},
        {32, false, false, {"uint", "unsigned int", "uint32", "uint32_t"}},
        {32, true, false, {"int", "signed int", "int32", "int32_t"}},
        {64, false, false, {"ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"}},
        {64,
         true,
         false,
         {"longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"}},
        {32, true, true, {"float"}},
        {64, true, true, {"double"}},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (int n = 0; n < 8 && types[i].names[n]; n++)
            if (mmi__same(field->value, types[i].names[n]) &&
                mmi__kind_of(types[i].bits, types[i].is_signed, types[i].is_float, &type->kind))
                return MMV_OK;
    return mmi__refuse(header->container, MMV_ENOTSUP, "type", "\"%.40s\" cannot be worked on", field->value);
}

static mmv_status take_order(mmi__header *header, const mmi__field *field, mmi_type *type)
{
    if (mmi_type_size(*type) == 1)
        return MMV_OK;
    if (!field->value)
        return mmi__refuse(header->container, MMV_EINVAL, "endian", "is missing");
    type->big_endian = mmi__same(field->value, "big");
    if (!type->big_endian && !mmi__same(field->value, "little"))
        return mmi__refuse(header->container, MMV_EINVAL, "endian", "\"%.40s\" is neither little nor big",
                           field->value);
    return MMV_OK;
}

/* The words of a line that count samples of a pixel. */
static bool is_channel_kind(const char *word, size_t length)
{
    static const char *const kinds[] = {"vector",
                                        "list",
                                        "point",
                                        "covariant-vector",
                                        "normal",
                                        "stub",
                                        "scalar",
                                        "complex",
                                        "2-vector",
                                        "3-color",
                                        "RGB-color",
                                        "HSV-color",
                                        "XYZ-color",
                                        "4-color",
                                        "RGBA-color",
                                        "3-vector",
                                        "3-gradient",
                                        "3-normal",
                                        "4-vector",
                                        "quaternion",
                                        "2D-symmetric-matrix",
                                        "2D-masked-symmetric-matrix",
                                        "2D-matrix",
                                        "2D-masked-matrix",
                                        "3D-symmetric-matrix",
                                        "3D-masked-symmetric-matrix",
                                        "3D-matrix",
                                        "3D-masked-matrix"};
    char text[32];
    if (length >= sizeof text)
        return false;
    memcpy(text, word, length);
    text[length] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (mmi__same(text, kinds[i]))
            return true;
    return false;
}

/* The axis that counts samples of a pixel; -1 when there is none, or nothing is said. */
static int channel_axis(const struct mmi__nrrd *nrrd, bool *is_said)
{
    const char *p = nrrd->fields[NRRD_AXIS_KINDS].value;
    int found = -1;
    *is_said = false;
    for (int axis = 0; p && *(p += strspn(p, " \t")) && axis < NRRD_AXES_MAX; axis++) {
        size_t length = strcspn(p, " \t");
        bool is_unknown = (length == 3 && memcmp(p, "???", 3) == 0) || (length == 4 && memcmp(p, "none", 4) == 0);
        *is_said |= !is_unknown;
        if (found < 0 && is_channel_kind(p, length))
            found = axis;
        p += length;
    }
    return found;
}

/* The shape of the image from the sizes: which axis counts what. */
static mmv_status take_shape(mmi__header *header, const struct mmi__nrrd *nrrd, mmi_image *image, uint64_t *frames)
{
    bool is_said;
    int channels = channel_axis(nrrd, &is_said), last = (int)nrrd->dimension - 1;
    uint64_t rest[NRRD_AXES_MAX + 1] = {0};
    int count = 0;
    if (!is_said && nrrd->dimension == 3 && nrrd->sizes[0] <= 4) {
        channels = 0;
        if (nrrd->sizes[0] > 1)
            mmi__note(header->container, MMI_NOTE_ASSUMED, "kinds is not said: the first axis is taken for %u channels",
                      (unsigned)nrrd->sizes[0]);
    }
    if (last == 0 || channels > last || (channels > 0 && channels != last && !(channels == 1 && last == 2)))
        channels = -1;
    for (int i = 0; i <= last; i++)
        if (i != channels)
            rest[count++] = nrrd->sizes[i];
    if (channels >= 0)
        image->samples = (uint32_t)mmv_min(nrrd->sizes[channels], UINT32_MAX);
    image->layout = channels <= 0 ? MMI_BIP : channels == last ? MMI_BSQ : MMI_BIL;
    image->width = rest[0];
    image->height = count > 1 ? rest[1] : 1;
    *frames = 1;
    for (int i = 2; i < count; i++)
        if (rest[i] == 0 || !mmv_product(*frames, rest[i], frames))
            return mmi__refuse(header->container, MMV_EINVAL, "sizes", "the image is empty, or fits no file");
    if (!mmv_product(image->height, *frames, &image->height))
        return mmi__refuse(header->container, MMV_EINVAL, "sizes", "the image fits no file");
    /* Planes of channels have all frames in each. */
    if (image->layout == MMI_BSQ)
        *frames = 1;
    return MMV_OK;
}

static mmv_status take_data_file(mmi__header *header, const struct mmi__nrrd *nrrd)
{
    mmi_container *container = header->container;
    const mmi__field *field = &nrrd->fields[NRRD_DATA_FILE];
    if (nrrd->is_list || mmi__is_pattern(field->value))
        return MMV_OK;
    if (!mmi__is_file_name(field->value))
        return mmi__refuse(container, MMV_EINVAL, field->name, "the name is empty, or too long");
    mmi__name_samples(container, field->value, field->line.offset);
    return MMV_OK;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static mmv_status check_fields(mmi__header *header, struct mmi__nrrd *nrrd)
{
    mmi_container *container = header->container;
    for (int i = NRRD_DIMENSION; i <= NRRD_ENCODING; i++)
        if (!nrrd->fields[i].value)
            return mmi__refuse(container, MMV_EINVAL, nrrd->fields[i].name, "is missing");
    mmv_status status = mmi__count(header, "dimension", nrrd->fields[NRRD_DIMENSION].value,
                                   (mmi__limits){1, NRRD_AXES_MAX}, &nrrd->dimension);
    if (status)
        return status;
    if (mmi__take_counts(nrrd->fields[NRRD_SIZES].value, nrrd->sizes, NRRD_AXES_MAX) != nrrd->dimension)
        return mmi__refuse(container, MMV_EINVAL, "sizes", "it must have %u numbers", (unsigned)nrrd->dimension);
    if (!mmi__same(nrrd->fields[NRRD_ENCODING].value, "raw"))
        return mmi__refuse(container, MMV_ENOTSUP, "encoding",
                           "its samples are compressed or text; write it raw with unu save -f nrrd -e raw");
    return MMV_OK;
}

/* Lines that stand between header and samples. */
static mmv_status pass_lines(mmi__header *header, uint64_t lines, uint64_t *offset)
{
    char block[4096];
    while (lines > 0) {
        uint64_t left = header->source->size - *offset;
        size_t length = (size_t)mmv_min(left, sizeof block);
        if (length == 0)
            return mmi__refuse(header->container, MMV_ETRUNC, "line skip", "the file has fewer lines");
        mmv_status status = mmi__fetch(header, *offset, block, length);
        if (status)
            return status;
        char *end = memchr(block, '\n', length);
        /* Programs do not agree whether it ends a line. */
        if (memchr(block, '\r', end ? (size_t)(end - block) : length))
            return mmi__refuse(header->container, MMV_ENOTSUP, "line skip", "a line has the character \\r");
        *offset += end ? (uint64_t)(end + 1 - block) : length;
        lines -= end != NULL;
    }
    return MMV_OK;
}

static mmv_status take_place(mmi__header *header, const struct mmi__nrrd *nrrd, bool are_many, uint64_t *offset_ret,
                             bool *from_end)
{
    mmi_container *container = header->container;
    const mmi__field *line_skip = &nrrd->fields[NRRD_LINE_SKIP], *byte_skip = &nrrd->fields[NRRD_BYTE_SKIP];
    bool apart = are_many || container->place != MMI_SAMPLES_HERE;
    uint64_t lines = 0, bytes = 0;
    mmv_status status = MMV_OK;
    *offset_ret = apart ? 0 : nrrd->end;
    *from_end = byte_skip->value && strcmp(byte_skip->value, "-1") == 0;
    if (line_skip->value)
        status = mmi__count(header, "line skip", line_skip->value, (mmi__limits){0, 65536}, &lines);
    if (!status && byte_skip->value && !*from_end)
        status = mmi__count(header, "byte skip", byte_skip->value, (mmi__limits){0, INT64_MAX}, &bytes);
    if (status || *from_end)
        return status;
    if (lines > 0 && apart)
        return mmi__refuse(container, MMV_ENOTSUP, "line skip",
                           "lines of another file are not counted; say byte skip instead");
    status = pass_lines(header, lines, offset_ret);
    if (!status && !mmv_sum(*offset_ret, bytes, offset_ret))
        return mmi__refuse(container, MMV_EINVAL, "byte skip", "it leads behind any file");
    return status;
}

static mmv_status use_fields(mmi__header *header, struct mmi__nrrd *nrrd)
{
    mmi_container *container = header->container;
    mmi_image image = {.samples = 1};
    uint64_t frames = 0, offset;
    bool from_end;
    mmv_status status = check_fields(header, nrrd);
    if (!status)
        status = take_type(header, &nrrd->fields[NRRD_TYPE], &image.type);
    if (!status)
        status = take_order(header, &nrrd->fields[NRRD_ENDIAN], &image.type);
    if (!status)
        status = take_shape(header, nrrd, &image, &frames);
    const char *data_file = nrrd->fields[NRRD_DATA_FILE].value;
    if (!status && data_file)
        status = take_data_file(header, nrrd);
    bool are_many = !status && data_file && header->container->place == MMI_SAMPLES_HERE;
    if (!status)
        status = take_place(header, nrrd, are_many, &offset, &from_end);
    if (!status)
        status = mmi__describe(header, image, frames, offset);
    if (status)
        return status;
    container->from_end = from_end;
    if (are_many)
        status = mmi__nrrd_files(header, nrrd);
    if (status)
        return status;
    if (from_end && container->place == MMI_SAMPLES_HERE &&
        !mmv_range_fits(nrrd->end, container->length, header->source->size))
        return mmi__refuse(container, MMV_ETRUNC, "size", "fewer than %llu bytes follow the header",
                           (unsigned long long)container->length);
    for (int i = NRRD_MINIMUM; i <= NRRD_MAXIMUM; i++)
        if (nrrd->fields[i].value)
            mmi__add_stale(container, nrrd->fields[i].name,
                           mmi__stale_text(i == NRRD_MINIMUM ? MMI_STALE_MIN : MMI_STALE_MAX, &nrrd->fields[i].line));
    return MMV_OK;
}

static mmv_status read_text(mmi__header *header, mmi__text *text, bool *more_ret)
{
    struct mmi__nrrd nrrd = {.fields = {[NRRD_DIMENSION] = {.name = "dimension"},
                                        [NRRD_SIZES] = {.name = "sizes"},
                                        [NRRD_TYPE] = {.name = "type"},
                                        [NRRD_ENCODING] = {.name = "encoding"},
                                        [NRRD_ENDIAN] = {.name = "endian"},
                                        [NRRD_AXIS_KINDS] = {.name = "kinds"},
                                        [NRRD_LINE_SKIP] = {.name = "line skip"},
                                        [NRRD_BYTE_SKIP] = {.name = "byte skip"},
                                        [NRRD_DATA_FILE] = {.name = "data file"},
                                        [NRRD_MINIMUM] = {.name = "min"},
                                        [NRRD_MAXIMUM] = {.name = "max"}}};
    mmv_status status = take_lines(header, text, &nrrd, more_ret);
    return status || *more_ret ? status : use_fields(header, &nrrd);
}

mmv_status mmi__read_nrrd(mmi__header *header)
{
    return mmi__with_text(header, 0, read_text);
}
