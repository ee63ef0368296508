/* SPDX-License-Identifier: MIT */
/*
 * tiff_says: see tiff_says.h.
 *
 * ImageJ writes stacks beyond 4 GiB with one directory, and says "images=N" in its description; tifffile can do so,
 * too, and writes a shape; MetaMorph always does. Then they are frames.
 *
 * Source: GDAL's tags, https://gdal.org/drivers/raster/gtiff.html
 */

#include "formats/tiff_says.h"

#include <stdlib.h>
#include <string.h>

static void note_entry(mmi__tiff *tiff, const mmi__tiff_entry *entry, const char *name, mmi_stale_kind kind, bool each)
{
    mmi_stale stale = {.kind = kind, .form = MMI_STALE_APART};
    mmi_kind value = mmi__tiff_kind(entry);
    if (value != MMI_KINDS && entry->count <= MMI_SAMPLES_MAX)
        stale = (mmi_stale){.kind = kind,
                            .form = MMI_STALE_NUMBER,
                            .offset = entry->place,
                            .type = {value, tiff->big_endian},
                            .count = (uint32_t)entry->count,
                            .each = each};
    mmi__add_stale(tiff->header->container, name, stale);
}

/* Where libtiff keeps one for all channels it refuses files in which they differ. */
static void note_stale(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    static const struct {
        uint16_t tag;
        const char *name;
        mmi_stale_kind kind;
        bool each;
    } tags[] = {{340, "SMinSampleValue", MMI_STALE_MIN, true},
                {341, "SMaxSampleValue", MMI_STALE_MAX, true},
                {280, "MinSampleValue", MMI_STALE_MIN, false},
                {281, "MaxSampleValue", MMI_STALE_MAX, false}};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        const mmi__tiff_entry *entry = mmi__tiff_find(directory, tags[i].tag);
        if (entry)
            note_entry(tiff, entry, tags[i].name, tags[i].kind, tags[i].each);
    }
}

/* GDAL writes the value as text. */
static mmv_status read_no_data(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    mmi_container *container = tiff->header->container;
    char text[64], *end;
    mmv_status status = mmi__tiff_text(tiff, directory, 42113, text, sizeof text);
    if (status || !text[0])
        return status;
    double value = strtod(text, &end);
    if (end == text || end[strspn(end, " ")] != '\0') {
        mmi__note(container, MMI_NOTE_NO_DATA, "GDAL_NODATA is \"%s\", which is no number, and is not looked at", text);
        return MMV_OK;
    }
    return mmi__take_no_data(container, "GDAL_NODATA", value, mmi__is_rounded(text, value));
}

/* ---- GDAL's metadata and the camera's way up ----------------------------------------------------------------------
 */

/* XML of which a few words matter; what is longer is not read to its end. */
#define METADATA_MAX 65536

static mmv_status read_metadata(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    mmi_container *container = tiff->header->container;
    const mmi__tiff_entry *entry = mmi__tiff_find(directory, 42112);
    if (!entry)
        return MMV_OK;
    size_t size = (size_t)mmv_min(entry->bytes, METADATA_MAX) + 1;
    char *text = malloc(size);
    if (!text)
        return mmv_error_set(MMV_ENOMEM, 0, "read header");
    mmv_status status = mmi__tiff_text(tiff, directory, 42112, text, size);
    if (!status && (strstr(text, "role=\"scale\"") || strstr(text, "role=\"offset\"")))
        mmi__note(container, MMI_NOTE_MEANING,
                  "GDAL_METADATA has a scale or an offset: amounts are those of the stored "
                  "samples");
    if (!status && strstr(text, "\"STATISTICS_"))
        mmi__add_stale(container, "GDAL_METADATA", (mmi_stale){.kind = MMI_STALE_MIN, .form = MMI_STALE_APART});
    free(text);
    return status;
}

static mmv_status read_orientation(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    uint64_t way = 1;
    mmv_status status = mmi__tiff_number(tiff, directory, (mmi__tiff_tag){274, "Orientation"}, 1, &way);
    if (!status && way >= 2 && way <= 8)
        mmi__note(tiff->header->container, MMI_NOTE_MEANING,
                  "Orientation is %llu: programs show it turned or mirrored, rows here are those that are stored",
                  (unsigned long long)way);
    return status;
}

/* ---- images in other files --------------------------------------------------------------------------------------- */

/* The value of an XML attribute, from behind its quote; its length is 0 at the end of the text. */
static size_t attribute_length(const char *value)
{
    const char *end = strchr(value, '"');
    return end ? (size_t)(end - value) : 0;
}

/* OME-XML names the file of each plane. Which of them this one is nobody knows here. */
static bool has_other_files(const char *text)
{
    static const char key[] = "FileName=\"";
    const char *first = strstr(text, key), *next = first;
    if (strstr(text, "<BinaryOnly"))
        return true;
    size_t length = first ? attribute_length(first + sizeof key - 1) : 0;
    while (next && length > 0) {
        const char *value = next + sizeof key - 1;
        if (attribute_length(value) != length || memcmp(value, first + sizeof key - 1, length) != 0)
            return true;
        next = strstr(value, key);
    }
    return false;
}

static mmv_status read_ome(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    const mmi__tiff_entry *entry = mmi__tiff_find(directory, 270);
    char front[1024];
    mmv_status status = mmi__tiff_text(tiff, directory, 270, front, sizeof front);
    if (status || !entry || !strstr(front, "<OME"))
        return status;
    size_t size = (size_t)mmv_min(entry->bytes, MMI_HEADER_MAX) + 1;
    char *text = malloc(size);
    if (!text)
        return mmv_error_set(MMV_ENOMEM, 0, "read header");
    status = mmi__tiff_text(tiff, directory, 270, text, size);
    if (!status && has_other_files(text))
        mmi__note(tiff->header->container, MMI_NOTE_PARTS,
                  "its OME-XML names other files that have planes of the same image: they are left alone");
    free(text);
    return status;
}

/* ---- copies of samples behind them ------------------------------------------------------------------------------- */

/* Source: https://gdal.org/drivers/raster/cog.html, "Header ghost area". */
static mmv_status read_ghost(mmi__tiff *tiff)
{
    static const char mark[] = "GDAL_STRUCTURAL_METADATA_SIZE=";
    char text[512];
    uint64_t at = tiff->is_big ? 16 : 8, size = tiff->header->source->size;
    if (size <= at)
        return MMV_OK;
    size_t length = (size_t)mmv_min(size - at, sizeof text - 1);
    mmv_status status = mmi__fetch(tiff->header, at, text, length);
    text[status ? 0 : length] = '\0';
    if (!status && strncmp(text, mark, sizeof mark - 1) == 0 && strstr(text, "BLOCK_TRAILER=LAST_4_BYTES_REPEATED"))
        mmi__note(tiff->header->container, MMI_NOTE_STALE,
                  "copies of each block's last 4 bytes (BLOCK_TRAILER) stay as they are: "
                  "gdal_translate -of COG IN OUT makes them anew");
    return status;
}

mmv_status mmi__tiff_says(mmi__tiff *tiff, const mmi__tiff_directory *directory)
{
    note_stale(tiff, directory);
    mmv_status status = read_no_data(tiff, directory);
    if (!status)
        status = read_metadata(tiff, directory);
    if (!status)
        status = read_ome(tiff, directory);
    if (!status)
        status = read_ghost(tiff);
    return status ? status : read_orientation(tiff, directory);
}

/* ---- stacks with one directory ------------------------------------------------------------------------------------
 */

/* tifffile writes the shape of what it stored with one directory: {"shape": [3, 20, 31], "truncated": true}. */
static uint64_t count_shaped(const char *text, const mmi_image *image)
{
    static const char key[] = "\"shape\": [";
    const char *p = strstr(text, key);
    uint64_t samples = 1, size, page = image->width * image->height * image->samples;
    if (text[0] != '{' || !p || !strstr(text, "\"truncated\": true"))
        return 1;
    p += sizeof key - 1;
    while (mmi__take_count(&p, &size)) {
        if (size == 0 || !mmv_product(samples, size, &samples))
            return 1;
        p += strspn(p, ", ");
    }
    return *p == ']' && samples % page == 0 ? samples / page : 1;
}

static uint64_t count_imagej(const char *text)
{
    const char *images = strstr(text, "\nimages=");
    uint64_t count;
    if (strncmp(text, "ImageJ=", 7) != 0 || !images)
        return 1;
    images += 8;
    return mmi__take_count(&images, &count) && count > 0 ? count : 1;
}

/* MetaMorph (.stk): as many values as planes, which lie one behind the other. */
static uint64_t count_planes(const mmi__tiff_directory *directory)
{
    const mmi__tiff_entry *planes = mmi__tiff_find(directory, 33629);
    return planes && planes->count > 0 ? planes->count : 1;
}

mmv_status mmi__tiff_count_frames(mmi__tiff *tiff, const mmi__tiff_directory *directory, uint64_t *frames_ret)
{
    char text[1024];
    uint64_t length;
    mmi_container *container = tiff->header->container;
    mmv_status status = mmi__tiff_text(tiff, directory, 270, text, sizeof text);
    *frames_ret = 1;
    if (status)
        return status;
    uint64_t count = mmv_max(count_imagej(text), count_shaped(text, &container->image));
    count = mmv_max(count, count_planes(directory));
    if (mmv_product(container->length, count, &length) &&
        mmv_range_fits(container->offset, length, tiff->header->source->size) &&
        !mmi__tiff_taken(tiff, (mmv_range){container->offset, length}))
        *frames_ret = count;
    else if (count > 1)
        mmi__note(container, MMI_NOTE_PARTS,
                  "it says that it has %llu images, but not all of them are there: 1 is taken",
                  (unsigned long long)count);
    return MMV_OK;
}
