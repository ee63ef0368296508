/* SPDX-License-Identifier: MIT */
/*
 * fuzz_undo.c - any bytes as the undo file of mmbright --undo, or damage to a right one.
 *
 *     what the rest is (1 byte: bits below) | the file, or: perhaps how long it is (2 bytes), patches (damage.h)
 *
 * With wrong checksums FILE is what the run has left, or what it was before. Right ones can only have been made on
 * purpose: then nothing outside of the recipe's spans, or pieces, may change.
 */

#include "fuzz.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <mmimage/inverse.h>
#include <mmview/range.h>

#include "damage.h"
#include "kit/undo/bytes.h"
#include "kit/undo/squeeze.h"
#include "kit/undo/units.h"
#include "mmbright/undo/undo.h"
#include "place.h"

enum { SIZE = 4096, OFFSET = 16, LARGEST = 1 << 20, KINDS = 5, RECORDS = 4 };

/*
 * Bits of the first byte: which change, and whether of pieces; how the rest is meant; checksums are made right again;
 * nothing is written; not samples but records of which nothing is known.
 */
enum { GAIN = 1, RAW = 2, CUT = 4, SEAL = 8, DRY = 16, PIECES = 32, BYTES = 64 };

static int kind_of(unsigned how)
{
    if (how & BYTES)
        return RECORDS;
    return (how & GAIN ? 1 : 0) | (how & PIECES ? 2 : 0);
}

/* A sum that saturates, in samples that have a table of all values; a gain that rounds, in others. */
static const mmi_type types[KINDS] = {
    {MMI_U8, false}, {MMI_I32, false}, {MMI_U8, false}, {MMI_I32, false}, {MMI_U8, false}};
static const mmi_span spans[KINDS][2] = {{{OFFSET, 4, 4, 50}, {1000, 8, 16, 50}},
                                         {{OFFSET, 4, 4, 50}, {1000, 8, 16, 50}},
                                         {{OFFSET, 1, 1, 400}, {1000, 1, 1, 999}},
                                         {{OFFSET, 4, 4, 100}, {1001, 4, 4, 200}},
                                         {{OFFSET, 4, 4, 50}, {1000, 8, 16, 50}}};
/* Of planes of three channels. */
static const struct recipe_piece pieces[] = {
    {{OFFSET, 40, 44, 5}, 0, 1}, {{OFFSET + 240, 80, 80, 2}, 2, 0}, {{1025, 20, 32, 20}, 1, 2}};

static unsigned char before[SIZE], after[KINDS][SIZE], now[SIZE + 1];
static unsigned char right[KINDS][LARGEST], made[LARGEST];
static size_t right_size[KINDS];

/* ---- a run that has kept what it lost ---------------------------------------------------------------------------- */

static void append(struct store *store, uint32_t span, size_t count, const struct words_packed *packed)
{
    struct store_frame frame = {.kind = STORE_WORDS,
                                .form = (uint16_t)packed->form,
                                .length = packed->length,
                                .plain = packed->plain,
                                .span = span,
                                .count = count};
    MUST(store_append(store, &frame, packed->bytes) == 0);
}

/* Words as they are, and compressed where that can be done. */
static void append_samples(struct store *store, uint32_t span, size_t count, struct words *words, size_t kept)
{
    struct words_packer packer = {.turn = 0};
    unsigned char planes[SIZE];
    size_t bytes = words->count * words->size;
    struct words_packed packed = {WORDS_PLANES, planes, bytes, bytes};
    for (size_t i = 0; i < bytes; i++)
        planes[i % words->size * words->count + i / words->size] = words->bytes[i];
    if (squeeze_can())
        MUST(words_pack(&packer, words, kept, &packed));
    append(store, span, count, &packed);
    words_drop(&packer);
}

static struct meant_records records_of(const mmi_span *span, const unsigned char *bytes)
{
    return (struct meant_records){bytes + span->offset, span->offset, (size_t)span->record,
                                  (size_t)span->stride, span->stride, (size_t)span->count};
}

static void append_sum(struct store *store, const struct recipe *recipe, uint32_t number, int kind)
{
    const struct meant_records changed = records_of(&recipe->spans[number], after[kind]);
    const struct store_sum sum = {0, sums_of(recipe, &changed), number, (uint32_t)changed.count};
    struct store_frame frame = {.kind = STORE_SUMS, .length = sizeof sum, .plain = sizeof sum};
    MUST(store_append(store, &frame, &sum) == 0);
}

static void change_samples(struct store *store, const struct recipe *recipe, mmi_adjust *adjust, uint32_t number,
                           int kind)
{
    const mmi_span *span = &recipe->spans[number];
    unsigned char words[SIZE];
    mmi_inverse *inverse;
    const struct meant_records records = records_of(span, before);
    struct meant meant = meant_begin(recipe, &records);
    MUST(mmi_inverse_create(adjust, &inverse) == MMV_OK);
    size_t kept = meant_keep(recipe, inverse, &records, words);
    unsigned char *to = after[kind] + span->offset;
    for (struct meant_part part; meant_next(&meant, &part);)
        mmi_adjust_run(
            adjust, &(mmi_batch){part.place, before + span->offset + part.apart, to + part.apart, part.length}, NULL);
    size_t size = mmi_type_size(types[kind]), bytes = (size_t)(span->count * span->record);
    if (kept > 0)
        append_samples(store, number, (size_t)span->count, &(struct words){words, bytes / size, size}, kept);
    mmi_inverse_destroy(&inverse);
}

/* Each third record changes, in some bytes: few enough that nothing is compressed. */
static void change_records(struct store *store, uint32_t number)
{
    const mmi_span *span = &spans[RECORDS][number];
    struct words_packer packer = {.turn = 0};
    unsigned char words[SIZE] = {0};
    struct words_packed packed;
    size_t record = (size_t)span->record, changed;
    for (uint64_t i = 0; i < span->count; i += 3) {
        unsigned char *word = words + (size_t)i * record, *data = after[RECORDS] + span->offset + i * span->stride;
        word[1] = (unsigned char)(i + 1);
        word[record - 1] = 0x40;
        data[1] ^= word[1];
        data[record - 1] ^= word[record - 1];
    }
    MUST(bytes_pack(&packer, &(struct words){words, (size_t)span->count, record}, &changed, &packed));
    append(store, number, (size_t)span->count, &packed);
    words_drop(&packer);
}

static struct recipe recipe_of(int kind)
{
    static const double add[] = {100}, gain[] = {0.25};
    struct recipe recipe = {.image = {.type = types[kind], .samples = 1},
                            .options = {.add = add, .add_count = 1},
                            .offset = OFFSET,
                            .spans = (mmi_span *)spans[kind],
                            .span_count = 2};
    if (kind == RECORDS)
        return (struct recipe){.is_bytes = true, .spans = recipe.spans, .span_count = 2};
    if (kind & 1)
        recipe.options = (mmi_adjust_options){.gain = gain, .gain_count = 1};
    if (kind < 2)
        return recipe;
    recipe.image = (mmi_image){types[kind], 3, SIZE, 1, MMI_BSQ};
    recipe.pieces = (struct recipe_piece *)pieces;
    recipe.piece_count = sizeof pieces / sizeof *pieces;
    return recipe;
}

static void make_right(int kind)
{
    const struct recipe recipe = recipe_of(kind);
    mmi_adjust *adjust = NULL;
    struct store store;
    struct store_frame end = {.kind = STORE_END};
    MUST(recipe.is_bytes || mmi_adjust_create(&recipe.image, &recipe.options, &adjust) == MMV_OK);
    place_put("file", before, SIZE);
    int model = open(place_path("file"), O_RDONLY);
    size_t length;
    unsigned char *bytes = recipe_pack(&recipe, &length);
    const struct store_begin begin = {place_path("store"), model, bytes, length, 1, SIZE, 1};
    MUST(model >= 0 && bytes && store_create(&store, &begin) == 0);
    memcpy(after[kind], before, SIZE);
    for (uint32_t i = 0; i < 2; i++) {
        if (recipe.is_bytes)
            change_records(&store, i);
        else
            change_samples(&store, &recipe, adjust, i, kind);
        append_sum(&store, &recipe, i, kind);
    }
    MUST(store_append(&store, &end, NULL) == 0);
    right_size[kind] = place_get("store", right[kind], LARGEST);
    MUST(right_size[kind] < LARGEST);
    store_close(&store);
    close(model);
    free(bytes);
    mmi_adjust_destroy(&adjust);
    place_clear();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    place_open();
    for (size_t i = 0; i < SIZE; i++)
        before[i] = (unsigned char)(i * 37 + i / 129);
    squeeze_can();
    for (int kind = 0; kind < KINDS; kind++)
        make_right(kind);
    return 0;
}

/* ---- an input ---------------------------------------------------------------------------------------------------- */

/* Checksums of a header and frames that lie in the file; see store.c. */
static void seal(unsigned char *bytes, size_t size)
{
    struct store_header header;
    struct store_frame frame;
    XXH3_state_t state;
    if (size < sizeof header)
        return;
    memcpy(&header, bytes, sizeof header);
    if (header.recipe > size - sizeof header)
        return;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, bytes, offsetof(struct store_header, check));
    XXH3_64bits_update(&state, bytes + sizeof header, (size_t)header.recipe);
    header.check = XXH3_64bits_digest(&state);
    memcpy(bytes, &header, sizeof header);
    for (size_t at = sizeof header + (size_t)header.recipe; sizeof frame <= size - at;) {
        memcpy(&frame, bytes + at, sizeof frame);
        if (frame.length > size - at - sizeof frame)
            return;
        XXH3_64bits_reset(&state);
        XXH3_64bits_update(&state, &header.run, sizeof header.run);
        XXH3_64bits_update(&state, bytes + at, offsetof(struct store_frame, check));
        XXH3_64bits_update(&state, bytes + at + sizeof frame, (size_t)frame.length);
        frame.check = XXH3_64bits_digest(&state);
        memcpy(bytes + at, &frame, sizeof frame);
        at += sizeof frame + (size_t)frame.length;
    }
}

static size_t make(unsigned how, const uint8_t *data, size_t size)
{
    size_t whole = right_size[kind_of(how)], length = size;
    if (how & RAW) {
        memcpy(made, data, size);
    } else {
        memcpy(made, right[kind_of(how)], whole);
        length = how & CUT ? damage_cut(whole, &data, &size) : whole;
        damage_patch(made, whole, data, size);
    }
    if (how & SEAL)
        seal(made, length);
    return length;
}

/* The tool's signals are not the fuzzer's. */
static int take_back(bool is_dry)
{
    static struct command command;
    static struct console console;
    static const int numbers[] = {SIGINT, SIGTERM};
    struct sigaction actions[2];
    sigset_t mask;
    char store[300], file[300];
    snprintf(store, sizeof store, "--undo=%s", place_path("store"));
    snprintf(file, sizeof file, "%s", place_path("file"));
    char *argv[] = {(char *)"mmbright",           (char *)"-q",         (char *)"-j1", store,
                    is_dry ? (char *)"-n" : file, is_dry ? file : NULL, NULL};
    int argc = is_dry ? 6 : 5;
    console = (struct console){.tool = "mmbright"};
    optind = 0;
    MUST(command_parse(&command, &console, argc, argv) == OPTIONS_GO);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int i = 0; i < 2; i++)
        sigaction(numbers[i], NULL, &actions[i]);
    int result = undo_command(&command, &console);
    for (int i = 0; i < 2; i++)
        sigaction(numbers[i], &actions[i], NULL);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    command_drop(&command);
    return result;
}

static bool is_in(const mmi_span *span, uint64_t at)
{
    return at >= span->offset && (at - span->offset) / span->stride < span->count &&
           (at - span->offset) % span->stride < span->record;
}

/* With right checksums, whatever it says. */
static void check_sealed(const unsigned char *was, size_t length)
{
    struct store_header header;
    struct recipe recipe = {.spans = NULL};
    bool is_believed = false;
    if (length >= sizeof header) {
        memcpy(&header, made, sizeof header);
        is_believed = header.recipe <= length - sizeof header && header.size <= SIZE &&
                      recipe_read(&recipe, made + sizeof header, (size_t)header.recipe, header.size);
    }
    for (uint64_t at = 0; at < SIZE; at++) {
        bool may = false;
        bool is_different = is_believed && now[at] != was[at];
        for (size_t i = 0; i < recipe.span_count && recipe.piece_count == 0 && is_different && !may; i++)
            may = is_in(&recipe.spans[i], at);
        for (size_t i = 0; i < recipe.piece_count && is_different && !may; i++)
            may = is_in(&recipe.pieces[i].bytes, at);
        MUST(may || now[at] == was[at]);
    }
    recipe_drop(&recipe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > LARGEST / 2)
        return -1;
    unsigned how = data[0];
    const unsigned char *was = after[kind_of(how)];
    size_t length = make(how, data + 1, size - 1);
    place_clear();
    place_put("file", was, SIZE);
    place_put("store", made, length);
    int result = take_back(how & DRY);
    MUST(place_get("file", now, sizeof now) == SIZE);
    MUST(result == TOOL_DONE || result == TOOL_FAILED);
    if (how & SEAL)
        check_sealed(was, length);
    else
        MUST(memcmp(now, result == TOOL_DONE && !(how & DRY) ? before : was, SIZE) == 0);
    return 0;
}
