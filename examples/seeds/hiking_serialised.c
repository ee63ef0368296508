/* SPDX-License-Identifier: MIT */
/*
 * hiking_serialised.c - a database of 5,000 hikes with 50 coordinates each, serialised into a map of a file and read
 * back from where it lies there. From a blog post that does this with an object of .NET and its BinaryFormatter.
 *
 *     hiking_serialised [FILE]
 *
 * The format is CBOR (RFC 8949), which keeps every double to the last bit, by libcbor:
 * [description, [[description, date, [x, y, z, x, y, z, ...]], ...]]. hiking_flat.c does without a format.
 */

#include "seed.h"

#include <cbor.h>
#include <string.h>

#define HIKES 5000
#define TRACK 50

struct hike {
    char description[64];
    char date[40];
    double track[TRACK * 3]; /* x, y, z */
};

struct database {
    char description[64];
    size_t count;
    struct hike hikes[HIKES];
};

/* ---- the object ------------------------------------------------------------------------------------------------- */

static double next_number(uint64_t *state, double limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0 * limit;
}

/* Always the same for the same date, so that what was read can be compared; NULL without memory. */
static struct database *make_database(const char *date)
{
    uint64_t state = 1;
    struct database *database = calloc(1, sizeof *database);
    if (!database)
        return NULL;
    snprintf(database->description, sizeof database->description, "Three summers on foot");
    database->count = HIKES;
    for (size_t i = 0; i < HIKES; i++) {
        struct hike *hike = &database->hikes[i];
        snprintf(hike->description, sizeof hike->description, "Up to the hut, and back along the lake.");
        snprintf(hike->date, sizeof hike->date, "%s", date);
        for (size_t j = 0; j < TRACK * 3; j++)
            hike->track[j] = next_number(&state, j % 3 < 2 ? 1000000 : 1000);
    }
    return database;
}

/* ---- object to bytes -------------------------------------------------------------------------------------------- */

/* Takes the item, also when it fails: NULL as array or item is a lack of memory before. */
static bool push(cbor_item_t *array, cbor_item_t *item)
{
    bool pushed = array && item && cbor_array_push(array, item);
    if (item)
        cbor_decref(&item);
    return pushed;
}

static cbor_item_t *free_unless(bool good, cbor_item_t *item)
{
    if (!good && item)
        cbor_decref(&item);
    return good ? item : NULL;
}

static cbor_item_t *item_of_hike(const struct hike *hike)
{
    cbor_item_t *track = cbor_new_definite_array(TRACK * 3);
    bool good = track != NULL;
    for (size_t i = 0; i < TRACK * 3 && good; i++)
        good = push(track, cbor_build_float8(hike->track[i]));
    track = free_unless(good, track);
    cbor_item_t *item = cbor_new_definite_array(3);
    good = push(item, cbor_build_string(hike->description));
    good = push(item, cbor_build_string(hike->date)) && good;
    good = push(item, track) && good;
    return free_unless(good, item);
}

static cbor_item_t *item_of_database(const struct database *database)
{
    cbor_item_t *hikes = cbor_new_definite_array(database->count);
    bool good = hikes != NULL;
    for (size_t i = 0; i < database->count && good; i++)
        good = push(hikes, item_of_hike(&database->hikes[i]));
    hikes = free_unless(good, hikes);
    cbor_item_t *item = cbor_new_definite_array(2);
    good = push(item, cbor_build_string(database->description));
    good = push(item, hikes) && good;
    return free_unless(good, item);
}

static mmv_status write_bytes(const char *file, const void *bytes, size_t length)
{
    mmv_map *map = NULL;
    mmv_view view = {0};
    mmv_map_options options = {.mode = MMV_CREATE, .capacity = length};
    mmv_status status = mmv_map_open_with(file, MMV_READ_WRITE, &options, &map);
    if (!status)
        status = mmv_view_open(map, 0, 0, &view);
    if (!status)
        status = mmv_view_write_array(&view, 0, bytes, 1, length);
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status;
}

static mmv_status write_database(const char *file, const struct database *database)
{
    unsigned char *bytes = NULL;
    size_t room;
    cbor_item_t *item = item_of_database(database);
    size_t length = item ? cbor_serialize_alloc(item, &bytes, &room) : 0;
    if (item)
        cbor_decref(&item);
    mmv_status status = length ? write_bytes(file, bytes, length) : mmv_error_set(MMV_ENOMEM, 0, "serialise");
    free(bytes);
    return status;
}

/* ---- bytes to object -------------------------------------------------------------------------------------------- */

/* The items of an array that has exactly so many; NULL for anything else. They belong to the array. */
static cbor_item_t **items_of(const cbor_item_t *item, size_t count)
{
    return cbor_isa_array(item) && cbor_array_size(item) == count ? cbor_array_handle(item) : NULL;
}

static bool read_text(const cbor_item_t *item, char *text, size_t size)
{
    if (!cbor_isa_string(item) || !cbor_string_is_definite(item) || cbor_string_length(item) >= size)
        return false;
    memcpy(text, cbor_string_handle(item), cbor_string_length(item));
    return true;
}

static bool read_hike(const cbor_item_t *item, struct hike *hike)
{
    cbor_item_t **parts = items_of(item, 3);
    cbor_item_t **track = parts ? items_of(parts[2], TRACK * 3) : NULL;
    for (size_t i = 0; track && i < TRACK * 3; i++) {
        if (!cbor_isa_float_ctrl(track[i]) || cbor_float_get_width(track[i]) != CBOR_FLOAT_64)
            return false;
        hike->track[i] = cbor_float_get_float8(track[i]);
    }
    return track && read_text(parts[0], hike->description, sizeof hike->description) &&
           read_text(parts[1], hike->date, sizeof hike->date);
}

static bool fill_database(const cbor_item_t *item, struct database *database)
{
    cbor_item_t **parts = items_of(item, 2);
    cbor_item_t **hikes = parts ? items_of(parts[1], HIKES) : NULL;
    if (!hikes || !read_text(parts[0], database->description, sizeof database->description))
        return false;
    database->count = HIKES;
    for (size_t i = 0; i < HIKES; i++)
        if (!read_hike(hikes[i], &database->hikes[i]))
            return false;
    return true;
}

/* Straight from the view, without a buffer between. NULL when that is no database. */
static struct database *parse_database(const mmv_view *view)
{
    struct cbor_load_result result;
    struct database *database = calloc(1, sizeof *database);
    cbor_item_t *item = database ? cbor_load(view->data, view->length, &result) : NULL;
    if (!item || !fill_database(item, database)) {
        free(database);
        database = NULL;
    }
    if (item)
        cbor_decref(&item);
    return database;
}

static mmv_status read_database(const char *file, struct database **database_ret)
{
    mmv_map *map = NULL;
    mmv_view view = {0};
    *database_ret = NULL;
    mmv_status status = mmv_map_open(file, MMV_READ, &map);
    if (!status)
        status = mmv_view_open(map, 0, 0, &view);
    if (!status) {
        *database_ret = parse_database(&view);
        status = mmv_view_check(&view);
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status;
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "hiking.cbor";
    char date[40];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%A, %d %B %Y", localtime(&now));
    mmv_guard_enable();

    struct database *database = make_database(date);
    if (!database)
        return fprintf(stderr, "hiking_serialised: no memory\n"), 1;
    printf("Dummy database object created with %zu records.\n", database->count);
    mmv_status status = write_database(file, database);
    free(database);
    if (status)
        return seed_fail("hiking_serialised");
    printf("Database object has been destroyed.\n");

    status = read_database(file, &database);
    if (status)
        return seed_fail("hiking_serialised");
    if (database)
        printf("Dummy database object re-loaded from MMF with %zu records.\n", database->count);
    struct database *again = make_database(date);
    bool same = database && again && memcmp(database, again, sizeof *again) == 0;
    free(again);
    free(database);
    if (!same)
        return fprintf(stderr, "hiking_serialised: %s: what was read is not what was written\n", file), 1;
    seed_wait_for_enter();
    return 0;
}
