/* SPDX-License-Identifier: MIT */
/*
 * fuzz_header.c - any bytes as a container, found by itself and as each format: refused with a reason, or an image in
 * the file. With MMV_FUZZ_READER=FORMAT as this one alone.
 */

#include "memory.h"

static mmi_format first = MMI_AUTO, last = MMI_FORMATS - 1;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *reader = getenv("MMV_FUZZ_READER");
    (void)argc, (void)argv;
    if (reader) {
        MUST(mmi_format_parse(reader, &first));
        last = first;
    }
    return 0;
}

/* Pieces lie in the file, and going through it finds each sample once. */
static void check_pieces(const mmi_container *container, size_t size)
{
    const mmi_selection all = {0};
    mmi_scout scout = mmi_scout_begin(container->pieces, &all);
    uint64_t meant = 0;
    for (uint64_t i = 0; i < mmi_pieces_count(container->pieces); i++) {
        mmi_piece piece = mmi_pieces_get(container->pieces, i);
        MUST(mmv_range_fits(piece.offset, piece.length, size));
        MUST(mmi_pieces_find(container->pieces, piece.x, piece.y, piece.channel) == i);
    }
    for (uint64_t at = 0; at < size;) {
        mmi_stretch stretch = mmi_scout_look(&scout, at);
        MUST(stretch.length > 0);
        uint64_t part = mmv_min(stretch.length, size - at);
        meant += stretch.is_meant ? part : 0;
        at += part;
    }
    MUST(meant == container->length);
}

/* Of several files each has a name; their pieces lie in none of these bytes. */
static void check_files(const mmi_container *container)
{
    uint32_t count = container->files ? mmi_files_count(container->files) : 0;
    MUST(container->pieces && count >= 1 && count <= MMI_FILES_MAX);
    for (uint32_t i = 0; i < count; i++)
        MUST(mmi_files_name(container->files, i)[0]);
}

/* What no reader's answer may lack. */
static void check(const mmi_container *container, mmv_status status, size_t size)
{
    uint64_t bytes;
    MUST(!status || container->problem[0]);
    MUST(container->note_count <= MMI_NOTES && container->no_data_count <= MMI_NO_DATA);
    for (unsigned i = 0; i < container->note_count; i++)
        MUST(container->notes[i].kind < MMI_NOTE_KINDS && container->notes[i].text[0] &&
             memchr(container->notes[i].text, '\0', MMI_NOTE_TEXT));
    if (status || container->format == MMI_RAW)
        return;
    MUST(memchr(container->part_name, '\0', sizeof container->part_name) != NULL);
    MUST(container->parts == 0 || container->part <= container->parts);
    MUST(mmi_image_check(&container->image, NULL) == MMV_OK);
    MUST(mmi_image_bytes(&container->image, &bytes) && bytes == container->length);
    MUST(container->place != MMI_SAMPLES_HERE || container->pieces ||
         mmv_range_fits(container->offset, container->length, size));
    if (container->place == MMI_SAMPLES_LISTED)
        check_files(container);
    else if (container->pieces)
        check_pieces(container, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const parts[] = {NULL, "1", "2", "3", "all", "SCI", "SCI,2", "PRIMARY"};
    struct memory memory = {data, size};
    const mmi_source source = memory_source(&memory);
    /* A part is chosen by the input's length: all of them for each input would take too long. */
    const char *chosen = parts[1 + size % (sizeof parts / sizeof *parts - 1)];
    for (mmi_format format = first; format <= last; format++)
        for (int i = 0; i < 2; i++) {
            mmi_container container;
            const mmi_wish wish = {.format = format, .part = i ? chosen : NULL};
            check(&container, mmi_container_read(&source, &wish, &container), size);
            mmi_container_free(&container);
        }
    return 0;
}
