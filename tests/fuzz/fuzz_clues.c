/* SPDX-License-Identifier: MIT */
/*
 * fuzz_clues.c - what bytes and names tell of a file, before a reader is asked.
 *
 *     size of the file, in units of 64 bytes (2 bytes)   length of a name (1 byte)   the name   the file's first bytes
 *
 * Behind its first bytes the file has zeros.
 */

#include "fuzz.h"

#include <mmimage/container.h>
#include <mmview/range.h>

#include <string.h>

struct file {
    const uint8_t *bytes;
    size_t length;
    uint64_t size;
};

static mmv_status read_file(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct file *file = user;
    MUST(mmv_range_fits(offset, length, file->size));
    memset(bytes, 0, length);
    if (offset < file->length)
        memcpy(bytes, file->bytes + offset, (size_t)mmv_min(length, file->length - offset));
    return MMV_OK;
}

static void try_bytes(struct file *file)
{
    const mmi_source source = {read_file, file, file->size};
    mmi_container container;
    mmi_clue clue;
    MUST(mmi_container_look(&source, &clue) == MMV_OK);
    MUST((clue.mark == MMI_MARK_FORMAT) == (clue.format != MMI_RAW));
    MUST((clue.mark == MMI_MARK_OTHER) == (clue.name != NULL) && (clue.name != NULL) == (clue.remedy != NULL));
    MUST(!clue.is_wide || clue.is_text);
    /* The reader is of the same opinion. */
    mmv_status status = mmi_container_read(&source, NULL, &container);
    MUST(clue.mark != MMI_MARK_NONE || (status == MMV_OK && container.format == MMI_RAW));
    MUST(clue.mark != MMI_MARK_OTHER || (status == MMV_ENOTSUP && strstr(container.problem, clue.name)));
    MUST(clue.mark != MMI_MARK_FORMAT || status != MMV_OK || container.format == clue.format);
    mmi_container_free(&container);
}

static void try_name(const char *name)
{
    char text[40], again[300];
    for (int is_header = 0; is_header < 2; is_header++) {
        unsigned count = 0;
        while (mmi_container_sidecar(name, is_header, count, text, sizeof text)) {
            MUST(strlen(text) < sizeof text && (text[0] == '\0' || strcmp(text, name) != 0));
            MUST(mmi_container_sidecar(name, is_header, count, again, sizeof again));
            MUST(text[0] == '\0' || strcmp(text, again) == 0);
            MUST(++count < 100);
        }
    }
    MUST(mmi_format_of_name(name) < MMI_FORMATS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[256] = "";
    if (size < 3)
        return 0;
    uint64_t whole = 64u * (data[0] | (uint64_t)data[1] << 8);
    size_t length = data[2] < size - 3 ? data[2] : size - 3;
    memcpy(name, data + 3, length);
    try_name(name);
    struct file file = {data + 3 + length, size - 3 - length, 0};
    file.size = mmv_max(file.length, whole);
    try_bytes(&file);
    return 0;
}
