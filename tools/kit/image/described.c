/* SPDX-License-Identifier: MIT */
/*
 * described: see described.h.
 *
 *     x.raw  <-  x.vrt  x.raw.vrt    GDAL; of its text a word must be FILE's name: most describe other files
 *            <-  x.lbl               PDS3
 *            <-  x.xml  x.raw.xml    PDS4, ISCE
 *     x.int  <-  x.int.rsc           ROI_PAC
 *     x.bin  <-  x.meta              SpikeGLX
 *     x.sigmf-data <- x.sigmf-meta   SigMF
 */
#include "kit/image/described.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/path.h"

/* Of a description so many bytes are read. */
#define FRONT 65536

struct kind {
    const char *ending;
    bool is_behind;   /* the whole of FILE's name; else its stem */
    const char *word; /* that the text must have; NULL = FILE's name */
    const char *what;
};

static const struct kind kinds[] = {
    {".vrt", false, NULL, "VRT of GDAL"},
    {".vrt", true, NULL, "VRT of GDAL"},
    {".lbl", false, NULL, "PDS label"},
    {".LBL", false, NULL, "PDS label"},
    {".xml", false, NULL, "XML label"},
    {".xml", true, NULL, "XML label"},
    {".rsc", true, "FILE_LENGTH", "ROI_PAC header"},
    {".meta", false, "nSavedChans", "SpikeGLX header"},
    {".sigmf-meta", false, "core:datatype", "SigMF header"},
};

/* Letters of both cases are the same: labels have names in capitals. */
static bool has_word(const char *text, size_t length, const char *word)
{
    size_t size = strlen(word);
    for (size_t at = 0; size > 0 && at + size <= length; at++) {
        size_t i = 0;
        while (i < size && tolower((unsigned char)text[at + i]) == tolower((unsigned char)word[i]))
            i++;
        if (i == size)
            return true;
    }
    return false;
}

static bool describes(const char *path, const char *word, struct file_facts *facts)
{
    size_t length = 0;
    int descriptor;
    if (file_open(path, FILE_READ, true, &descriptor) != 0)
        return false;
    char *front = malloc(FRONT);
    bool found = front && file_look(descriptor, facts) == 0 && facts->kind == FILE_REGULAR &&
                 file_read_at(descriptor, front, FRONT, 0, &length) == 0 && has_word(front, length, word);
    free(front);
    file_close(descriptor);
    return found;
}

static bool find_beside(const char *path, struct beside_names *beside, struct description *description)
{
    int stem = (int)(path_ending(path) - path);
    bool may_be = beside_may_have(beside, path);
    for (size_t i = 0; may_be && i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *kind = &kinds[i];
        int length =
            snprintf(description->path, PATH_MAX, "%.*s%s", kind->is_behind ? INT_MAX : stem, path, kind->ending);
        if (length < 0 || length >= PATH_MAX || strcmp(description->path, path) == 0 ||
            !beside_may_be(beside, description->path) ||
            !describes(description->path, kind->word ? kind->word : path_base(path), &description->facts))
            continue;
        snprintf(description->why, sizeof description->why,
                 "describes %s, and is not read here (%s): say with --type, --samples, --layout, --width and --offset "
                 "what it says",
                 path, kind->what);
        return true;
    }
    description->path[0] = '\0';
    return false;
}

/* Rows of a square of samples of two bytes; 0 = they are none. */
static uint64_t square_side(uint64_t bytes)
{
    uint64_t side = 0;
    while (side < 65536 && 2 * side * side < bytes)
        side++;
    return 2 * side * side == bytes ? side : 0;
}

static bool find_name(const char *path, uint64_t size, struct description *description)
{
    static const struct {
        const char *ending, *why;
    } names[] = {
        {".tga", "its name ends as that of a TGA picture: tgatoppm or convert unpacks it"},
        {".sgy", "its name ends as that of a SEG-Y file, which has headers between its samples: convert it"},
        {".segy", "its name ends as that of a SEG-Y file, which has headers between its samples: convert it"},
    };
    char *why = description->why;
    size_t room = sizeof description->why;
    uint64_t side = path_has_ending(path, ".hgt") ? square_side(size) : 0;
    why[0] = '\0';
    if (side > 0)
        snprintf(why, room,
                 "its name and its length are those of an SRTM tile: --type=i16be --samples=1 --width=%" PRIu64
                 " --nodata=-32768 takes it as that",
                 side);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (path_has_ending(path, names[i].ending))
            snprintf(why, room, "%s; if its bytes are samples, say of which type (--type, --samples)", names[i].why);
    return why[0] != '\0';
}

bool described(const char *path, uint64_t size, struct beside_names *beside, struct description *description_ret)
{
    *description_ret = (struct description){.why = ""};
    return find_beside(path, beside, description_ret) || find_name(path, size, description_ret);
}
