/* SPDX-License-Identifier: MIT */
/*
 * hiking_flat.c - a database of 5,000 hikes with 50 coordinates each, in a file. Nothing is serialised: the structs
 * lie in the map as they are, are made there, and are read there. From a blog post that writes objects of .NET into a
 * map.
 *
 *     hiking_flat [FILE]
 *
 * So the file has offsets instead of pointers (here: fixed sizes), the byte order of this machine, and no padding that
 * differs between 32 and 64 bits. hiking_serialised.c does the same with a format that any machine can read.
 */

#include "seed.h"

#include <string.h>

#define HIKES 5000
#define TRACK 50

struct coordinate {
    double x, y, z;
};

struct hike {
    char description[64];
    char date[40];
    struct coordinate track[TRACK];
};

struct database {
    char description[60];
    uint32_t count;
    struct hike hikes[];
};

_Static_assert(sizeof(struct hike) == 104 + TRACK * 24, "the same for every compiler");
_Static_assert(sizeof(struct database) == 64, "hikes begin at a multiple of 8");

/* Always the same numbers, below 'limit': what was written can be made again, to compare. */
static double next_number(uint64_t *state, double limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0 * limit;
}

static void make_hike(struct hike *hike, uint64_t *state, const char *date)
{
    memset(hike, 0, sizeof *hike);
    snprintf(hike->description, sizeof hike->description, "Up to the hut, and back along the lake.");
    snprintf(hike->date, sizeof hike->date, "%s", date);
    for (size_t i = 0; i < TRACK; i++) {
        hike->track[i].x = next_number(state, 1000000);
        hike->track[i].y = next_number(state, 1000000);
        hike->track[i].z = next_number(state, 1000);
    }
}

static mmv_status write_database(const char *file, const char *date)
{
    uint64_t state = 1;
    mmv_map *map = NULL;
    mmv_view view;
    mmv_map_options options = {.mode = MMV_CREATE, .capacity = sizeof(struct database) + HIKES * sizeof(struct hike)};
    mmv_status status = mmv_map_open_with(file, MMV_READ_WRITE, &options, &map);
    if (!status)
        status = mmv_view_open(map, 0, 0, &view);
    mmv_map_close(&map);
    if (status)
        return status;
    struct database *database = view.data;
    snprintf(database->description, sizeof database->description, "Three summers on foot");
    database->count = HIKES;
    for (uint32_t i = 0; i < database->count; i++)
        make_hike(&database->hikes[i], &state, date);
    printf("Dummy database object created with %u records.\n", (unsigned)database->count);
    status = mmv_view_check(&view);
    mmv_view_close(&view);
    return status;
}

/* The count comes from a file: it is believed when so many hikes are there. NULL when not. */
static const struct database *find_database(const mmv_view *view)
{
    const struct database *database = mmv_view_span(view, 0, sizeof *database);
    if (!database || database->count > (view->length - sizeof *database) / sizeof(struct hike))
        return NULL;
    return database;
}

static bool is_as_made(const struct database *database, const char *date)
{
    uint64_t state = 1;
    struct hike hike;
    for (uint32_t i = 0; i < database->count; i++) {
        make_hike(&hike, &state, date);
        if (memcmp(&hike, &database->hikes[i], sizeof hike) != 0)
            return false;
    }
    return database->count == HIKES;
}

static mmv_status read_database(const char *file, const char *date, bool *same_ret)
{
    mmv_map *map = NULL;
    mmv_view view;
    mmv_status status = mmv_map_open(file, MMV_READ, &map);
    if (!status)
        status = mmv_view_open(map, 0, 0, &view);
    mmv_map_close(&map);
    if (status)
        return status;
    const struct database *database = find_database(&view);
    if (database)
        printf("Dummy database object re-loaded from MMF with %u records.\n", (unsigned)database->count);
    *same_ret = database && is_as_made(database, date);
    status = mmv_view_check(&view);
    mmv_view_close(&view);
    return status;
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "hiking.flat";
    char date[40];
    bool same = false;
    time_t now = time(NULL);
    strftime(date, sizeof date, "%A, %d %B %Y", localtime(&now));

    mmv_guard_enable();
    if (write_database(file, date))
        return seed_fail("hiking_flat");
    printf("Database object has been destroyed.\n");
    if (read_database(file, date, &same))
        return seed_fail("hiking_flat");
    if (!same)
        return fprintf(stderr, "hiking_flat: %s: what was read is not what was written\n", file), 1;
    seed_wait_for_enter();
    return 0;
}
