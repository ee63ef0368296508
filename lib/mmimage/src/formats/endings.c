/* SPDX-License-Identifier: MIT */
/*
 * endings: what a file's name tells: the container that its ending belongs to, and what the other one of a pair is
 * called.
 *
 * Letters of endings may be large or small: on file systems of other systems they are the same.
 */

#include <mmimage/container.h>

#include "formats/header.h"
#include "system/system.h"

#include <stdio.h>
#include <string.h>

/* In each row the first format is the one to try when the bytes tell of none. */
static const struct {
    const char *ending;
    mmi_format format;
} endings[] = {
    {"npy", MMI_NPY},    {"pam", MMI_PAM},     {"pnm", MMI_PNM},    {"pgm", MMI_PNM},       {"ppm", MMI_PNM},
    {"pbm", MMI_PNM},    {"ff", MMI_FARBFELD}, {"hdr", MMI_EHDR},   {"mhd", MMI_METAIMAGE}, {"mha", MMI_METAIMAGE},
    {"nrrd", MMI_NRRD},  {"nhdr", MMI_NRRD},   {"v", MMI_VIPS},     {"vips", MMI_VIPS},     {"tif", MMI_TIFF},
    {"tiff", MMI_TIFF},  {"btf", MMI_TIFF},    {"tf8", MMI_TIFF},   {"tf2", MMI_TIFF},      {"gtif", MMI_TIFF},
    {"gtiff", MMI_TIFF}, {"ptif", MMI_TIFF},   {"ptiff", MMI_TIFF}, {"lsm", MMI_TIFF},      {"svs", MMI_TIFF},
    {"ndpi", MMI_TIFF},  {"dng", MMI_TIFF},    {"fits", MMI_FITS},  {"fit", MMI_FITS},      {"fts", MMI_FITS},
    {"nii", MMI_NIFTI},  {"mrc", MMI_MRC},     {"mrcs", MMI_MRC},   {"rec", MMI_MRC},       {"map", MMI_MRC},
    {"ccp4", MMI_MRC},   {"st", MMI_MRC},      {"ali", MMI_MRC},    {"preali", MMI_MRC},
};

/* Endings of files that have nothing but samples, whose header has the same name with another ending. */
static const char *const bare[] = {"raw", "img", "bil", "bip", "bsq", "dat", "flt", "bin", "zraw", "data"};

/* The last point of the last part, or the end; a point that begins a name begins no ending. */
static const char *ending_of(const char *name)
{
    const char *base = name;
    for (const char *at = name; *at; at++)
        if (mmi__ends_folder(*at))
            base = at + 1;
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? dot : name + strlen(name);
}

mmi_format mmi_format_of_name(const char *name)
{
    const char *ending = ending_of(name);
    for (size_t i = 0; *ending && i < sizeof endings / sizeof *endings; i++)
        if (mmi__same(ending + 1, endings[i].ending))
            return endings[i].format;
    return MMI_AUTO;
}

static bool is_bare(const char *name)
{
    const char *ending = ending_of(name);
    for (size_t i = 0; *ending && i < sizeof bare / sizeof *bare; i++)
        if (mmi__same(ending + 1, bare[i]))
            return true;
    return *ending == '\0';
}

/* ---- pairs of files ---------------------------------------------------------------------------------------------- */

/* An ending; of its characters those whose bit is set in 'large' are large. */
struct spelling {
    const char *ending;
    unsigned large;
};

/* The first 'stem' bytes of the name and an ending. */
static void join(const char *name, size_t stem, struct spelling spelling, char *text, size_t size)
{
    const char *ending = spelling.ending;
    char spelt[8];
    size_t i = 0;
    for (; ending[i] && i + 1 < sizeof spelt; i++) {
        bool large = ending[i] >= 'a' && ending[i] <= 'z' && (spelling.large >> i & 1);
        spelt[i] = large ? (char)(ending[i] - 'a' + 'A') : ending[i];
    }
    spelt[i] = '\0';
    int length = snprintf(text, size, "%.*s%s", (int)stem, name, spelt);
    if (size > 0 && (length < 0 || (size_t)length >= size || strcmp(text, name) == 0))
        text[0] = '\0';
}

/* Spellings: all small, all large, the first large; and those that nobody writes, where there are few. */
#define HDR_SPELLINGS 8
static const unsigned char hdr_spellings[HDR_SPELLINGS] = {0, 0xe, 0x2, 0x4, 0x6, 0x8, 0xa, 0xc};
#define SPELLINGS 3
static const unsigned char spellings[SPELLINGS] = {0, 0xfe, 0x2};

static bool header_of(const char *name, unsigned index, char *text, size_t size)
{
    static const char *const apart[] = {".mhd", ".nhdr"};
    const char *ending = ending_of(name);
    size_t whole = strlen(name), stem = (size_t)(ending - name);
    if (index < 2 * HDR_SPELLINGS) {
        bool behind = index % 2 == 0;
        join(name, behind ? whole : stem, (struct spelling){".hdr", hdr_spellings[index / 2]}, text, size);
        if (size > 0 && !behind && !*ending)
            text[0] = '\0'; /* the same as behind the name */
        return true;
    }
    index -= 2 * HDR_SPELLINGS;
    if (index < 2 * SPELLINGS && is_bare(name)) {
        join(name, stem, (struct spelling){apart[index / SPELLINGS], spellings[index % SPELLINGS]}, text, size);
        return true;
    }
    index -= 2 * SPELLINGS;
    if (index >= 2 || !is_bare(name))
        return false;
    join(name, whole, (struct spelling){apart[index], 0}, text, size);
    return true;
}

static bool samples_of(const char *name, unsigned index, char *text, size_t size)
{
    static const char *const samples[] = {".img", ".dat", ".raw", ".bin", ".bil", ".bip", ".bsq", ".flt"};
    size_t stem = (size_t)(ending_of(name) - name);
    if (index == 0)
        join(name, stem, (struct spelling){"", 0}, text, size);
    else if (--index < SPELLINGS * (sizeof samples / sizeof *samples))
        join(name, stem, (struct spelling){samples[index / SPELLINGS], spellings[index % SPELLINGS]}, text, size);
    else
        return false;
    return true;
}

bool mmi_container_sidecar(const char *name, bool is_header, unsigned index, char *text, size_t size)
{
    return is_header ? samples_of(name, index, text, size) : header_of(name, index, text, size);
}
