/* SPDX-License-Identifier: MIT */
/*
 * recipe: see recipe.h.
 *
 *     head | group | amounts | gains | no data | spans | pieces | channels, a byte each | name
 *
 * 1. What was read has been compared with all that is relied on later: check_span(), check_pieces(), and
 *    mmi_adjust_create() with the options. No assert: the bytes are anybody's.
 */
#include "kit/undo/recipe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

/* As a kind of samples: there are none. */
#define KIND_BYTES 0x65747962

/* A walk never has longer records. */
#define RECORD_MAX (16 * MMV_MIB)
#define NAME_LENGTH_MAX 4096

/* size: an image, a region, a limit, and how long each of the lists is */
struct head {
    uint32_t kind, big_endian, samples, layout;
    uint64_t width, height;
    mmi_region region;
    double low, high, bias;
    uint32_t clamps, adds, gains, no_data, spans, pieces, has_channels, unused;
    uint64_t offset;
    struct recipe_group group;
};
_Static_assert(sizeof(struct recipe_group) == 32 && sizeof(struct recipe_piece) == 40 && sizeof(struct head) % 8 == 0,
               "there is nothing between numbers");

static size_t length_of(const struct head *head)
{
    size_t doubles = (size_t)head->adds + head->gains + head->no_data;
    return sizeof *head + doubles * sizeof(double) + head->spans * sizeof(mmi_span) +
           head->pieces * sizeof(struct recipe_piece) + (head->has_channels ? head->samples : 0) +
           head->group.name_length;
}

static unsigned char *put(unsigned char *to, const void *from, size_t length)
{
    if (length > 0)
        memcpy(to, from, length);
    return to + length;
}

unsigned char *recipe_pack(const struct recipe *recipe, size_t *length_ret)
{
    const mmi_adjust_options *options = &recipe->options;
    const mmi_image *image = &recipe->image;
    assert(recipe->span_count <= RECIPE_SPANS_MAX && recipe->piece_count <= RECIPE_PIECES_MAX);
    struct head head = {.kind = recipe->is_bytes ? KIND_BYTES : image->type.kind,
                        .big_endian = image->type.big_endian,
                        .samples = recipe->is_bytes ? 1 : image->samples,
                        .layout = image->layout,
                        .width = image->width,
                        .height = image->height,
                        .region = options->region,
                        .low = options->low,
                        .high = options->high,
                        .bias = options->bias,
                        .clamps = options->clamp,
                        .adds = (uint32_t)options->add_count,
                        .gains = (uint32_t)options->gain_count,
                        .no_data = (uint32_t)options->no_data_count,
                        .spans = (uint32_t)recipe->span_count,
                        .pieces = (uint32_t)recipe->piece_count,
                        .has_channels = options->channels != NULL,
                        .offset = recipe->offset,
                        .group = recipe->group};
    head.group.name_length = recipe->name ? (uint32_t)strlen(recipe->name) : 0;
    *length_ret = length_of(&head);
    unsigned char *bytes = malloc(*length_ret), *to = bytes;
    if (!bytes)
        return NULL;
    to = put(to, &head, sizeof head);
    to = put(to, options->add, head.adds * sizeof(double));
    to = put(to, options->gain, head.gains * sizeof(double));
    to = put(to, options->no_data, head.no_data * sizeof(double));
    to = put(to, recipe->spans, head.spans * sizeof(mmi_span));
    to = put(to, recipe->pieces, head.pieces * sizeof(struct recipe_piece));
    for (uint32_t c = 0; head.has_channels && c < head.samples; c++)
        *to++ = options->channels[c];
    to = put(to, recipe->name, head.group.name_length);
    assert(to == bytes + *length_ret);
    return bytes;
}

/* Whole samples, all of which lie in the file. */
static bool check_records(const mmi_span *span, size_t sample, uint64_t size)
{
    uint64_t gaps, end;
    return span->record > 0 && span->stride >= span->record && span->count > 0 &&
           mmv_product(span->count - 1, span->stride, &gaps) && mmv_sum(gaps, span->record, &end) &&
           mmv_range_fits(span->offset, end, size) && span->record % sample == 0 && span->stride % sample == 0;
}

/* 1. */
static bool check_span(const struct recipe *recipe, const mmi_span *span, uint64_t size)
{
    size_t sample = mmi_type_size(recipe->image.type);
    if (!check_records(span, sample, size) || span->record > RECORD_MAX)
        return false;
    if (recipe->piece_count > 0)
        return span->stride == span->record;
    return span->offset >= recipe->offset && (span->offset - recipe->offset) % sample == 0;
}

/* Which channel it is of. */
static bool check_channel(const mmi_image *image, const struct recipe_piece *piece)
{
    if (image->layout != MMI_BSQ)
        return image->layout == MMI_BIP && piece->channel == 0 && piece->step == 0;
    return piece->channel < image->samples && piece->step < image->samples &&
           piece->bytes.record <= recipe_plane(image);
}

/* 1. Both lists are in the order of the file: so each piece is sought from the last one's span on. */
static bool check_pieces(const struct recipe *recipe, uint64_t size)
{
    size_t sample = mmi_type_size(recipe->image.type), at = 0;
    uint64_t end = 0;
    for (size_t i = 1; i < recipe->span_count; i++)
        if (recipe->spans[i].offset < recipe_span_end(&recipe->spans[i - 1]))
            return false;
    for (size_t i = 0; i < recipe->piece_count; i++) {
        const struct recipe_piece *piece = &recipe->pieces[i];
        if (!check_records(&piece->bytes, sample, size) || !check_channel(&recipe->image, piece) ||
            piece->bytes.offset < end)
            return false;
        end = recipe_span_end(&piece->bytes);
        while (at < recipe->span_count && recipe_span_end(&recipe->spans[at]) <= piece->bytes.offset)
            at++;
        if (at == recipe->span_count || piece->bytes.offset < recipe->spans[at].offset ||
            end > recipe_span_end(&recipe->spans[at]) || (piece->bytes.offset - recipe->spans[at].offset) % sample != 0)
            return false;
    }
    return true;
}

/* All planes have places. */
static bool check_planes(const mmi_image *image)
{
    uint64_t bytes;
    return image->layout != MMI_BSQ ||
           (mmv_product(image->width, image->height, &bytes) &&
            mmv_product(bytes, mmi_type_size(image->type), &bytes) && mmv_product(bytes, image->samples, &bytes));
}

/* Records of which nothing is known have no amounts. */
static bool check_kind(const struct head *head)
{
    bool is_plain = head->adds == 0 && head->gains == 0 && head->no_data == 0 && head->pieces == 0 &&
                    !head->has_channels && head->samples == 1 && head->offset == 0 && head->group.id == 0;
    return head->kind == KIND_BYTES ? is_plain : head->kind < MMI_KINDS;
}

static bool check_group(const struct recipe_group *group)
{
    if (group->id == 0)
        return group->count == 0 && group->name_length == 0;
    return group->count >= 2 && group->index < group->count && group->name_length <= NAME_LENGTH_MAX;
}

static bool check_head(const struct head *head, size_t length)
{
    return check_kind(head) && head->big_endian <= 1 && head->layout <= MMI_BSQ && head->clamps <= 1 &&
           head->has_channels <= 1 && head->samples >= 1 && head->samples <= MMI_SAMPLES_MAX &&
           head->adds <= MMI_SAMPLES_MAX && head->gains <= MMI_SAMPLES_MAX && head->no_data <= MMI_NO_DATA_VALUES &&
           head->spans >= 1 && head->spans <= RECIPE_SPANS_MAX && head->pieces <= RECIPE_PIECES_MAX &&
           check_group(&head->group) && length == length_of(head);
}

static const unsigned char *take(void *to, const unsigned char *from, size_t length)
{
    if (length > 0)
        memcpy(to, from, length);
    return from + length;
}

/* The lists of a head that was checked. */
static bool take_lists(struct recipe *recipe, const struct head *head, const unsigned char *from)
{
    size_t doubles = (size_t)head->adds + head->gains + head->no_data;
    double *values = recipe->memory = calloc(1, doubles * sizeof *values + head->samples);
    recipe->spans = calloc(head->spans, sizeof *recipe->spans);
    recipe->pieces = calloc((size_t)head->pieces + 1, sizeof *recipe->pieces);
    recipe->name = calloc((size_t)head->group.name_length + 1, 1);
    if (!values || !recipe->spans || !recipe->pieces || !recipe->name)
        return false;
    bool *channels = (bool *)(void *)((char *)recipe->memory + doubles * sizeof *values);
    from = take(values, from, doubles * sizeof *values);
    from = take(recipe->spans, from, head->spans * sizeof *recipe->spans);
    from = take(recipe->pieces, from, head->pieces * sizeof *recipe->pieces);
    for (uint32_t c = 0; c < head->samples; c++)
        channels[c] = !head->has_channels || from[c] != 0;
    take(recipe->name, from + (head->has_channels ? head->samples : 0), head->group.name_length);
    recipe->span_count = head->spans;
    recipe->piece_count = head->pieces;
    recipe->options = (mmi_adjust_options){.add = values,
                                           .add_count = head->adds,
                                           .gain = values + head->adds,
                                           .gain_count = head->gains,
                                           .channels = channels,
                                           .region = head->region,
                                           .clamp = head->clamps != 0,
                                           .low = head->low,
                                           .high = head->high,
                                           .bias = head->bias,
                                           .no_data = values + head->adds + head->gains,
                                           .no_data_count = head->no_data};
    return true;
}

bool recipe_read(struct recipe *recipe, const unsigned char *bytes, size_t length, uint64_t size)
{
    struct head head = {0};
    *recipe = (struct recipe){.spans = NULL};
    if (length < sizeof head)
        return false;
    const unsigned char *from = take(&head, bytes, sizeof head);
    if (!check_head(&head, length) || !take_lists(recipe, &head, from))
        return false;
    recipe->is_bytes = head.kind == KIND_BYTES;
    recipe->image = (mmi_image){.type = {recipe->is_bytes ? MMI_U8 : (mmi_kind)head.kind, head.big_endian != 0},
                                .samples = head.samples,
                                .width = head.width,
                                .height = head.height,
                                .layout = (mmi_layout)head.layout};
    recipe->offset = head.offset;
    recipe->group = head.group;
    bool fine = recipe->piece_count == 0 || check_planes(&recipe->image);
    for (size_t i = 0; i < recipe->span_count; i++)
        fine = fine && check_span(recipe, &recipe->spans[i], size);
    return fine && (recipe->piece_count == 0 || check_pieces(recipe, size));
}

void recipe_drop(struct recipe *recipe)
{
    free(recipe->memory);
    free(recipe->spans);
    free(recipe->pieces);
    free(recipe->name);
    *recipe = (struct recipe){.spans = NULL};
}

uint64_t recipe_walked(const struct recipe *recipe)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < recipe->span_count; i++)
        bytes += recipe->spans[i].record * recipe->spans[i].count;
    return bytes;
}

size_t recipe_word(const struct recipe *recipe, const mmi_span *span)
{
    return recipe->is_bytes ? (size_t)span->record : mmi_type_size(recipe->image.type);
}

uint64_t recipe_count(const struct recipe *recipe)
{
    uint64_t records = 0;
    for (size_t i = 0; i < recipe->span_count; i++)
        records += recipe->spans[i].count;
    return recipe->is_bytes ? records : recipe_bytes(recipe) / mmi_image_pixel(&recipe->image);
}

uint64_t recipe_bytes(const struct recipe *recipe)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < recipe->piece_count; i++)
        bytes += recipe->pieces[i].bytes.record * recipe->pieces[i].bytes.count;
    return recipe->piece_count > 0 ? bytes : recipe_walked(recipe);
}

uint64_t recipe_plane(const mmi_image *image)
{
    return image->width * image->height * mmi_type_size(image->type);
}

uint64_t recipe_span_end(const mmi_span *span)
{
    return span->offset + span->stride * (span->count - 1) + span->record;
}

mmv_range recipe_hull(const struct recipe *recipe)
{
    uint64_t first = UINT64_MAX, end = 0;
    for (size_t i = 0; i < recipe->span_count; i++) {
        first = mmv_min(first, recipe->spans[i].offset);
        end = mmv_max(end, recipe_span_end(&recipe->spans[i]));
    }
    return recipe->span_count ? (mmv_range){first, end - first} : (mmv_range){0, 0};
}
