/* SPDX-License-Identifier: MIT */
/*
 * test_team: what the ranks of a team tell each other. Run by mpirun with several processes and a file that they share.
 *
 * A check that fails ends all ranks: the others would wait for ever.
 */
#include <mmview/mpi.h>
#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mmv_team *team;
static uint64_t rank, size;

#define CHECK(what)                                                                                                    \
    ((what) ? (void)0                                                                                                  \
            : (fprintf(stderr, "rank %d: %s:%d: %s\n", (int)rank, __FILE__, __LINE__, #what),                          \
               MPI_Abort(MPI_COMM_WORLD, 1), (void)0))

/* ---- reductions -------------------------------------------------------------------------------------------------- */

static void test_sum(void)
{
    uint64_t counts[1000];
    for (uint64_t i = 0; i < 1000; i++)
        counts[i] = i * (rank + 1) + (i == 7 ? UINT64_MAX - 5 : 0);
    mmv_team_sum(team, counts, 1000);
    for (uint64_t i = 0; i < 1000; i++)
        CHECK(counts[i] == i * (size * (size + 1) / 2) + (i == 7 ? (UINT64_MAX - 5) * size : 0));
    mmv_team_sum(team, counts, 0);
    CHECK(mmv_team_max(team, rank * 3) == (size - 1) * 3);
    CHECK(mmv_team_max(team, UINT64_MAX - rank) == UINT64_MAX);
}

struct gathered {
    uint64_t next;
    size_t extra;
};

static mmv_status check_gathered(void *user, uint64_t from, const void *bytes, size_t length)
{
    struct gathered *gathered = user;
    const unsigned char *data = bytes;
    CHECK(from == gathered->next++);
    CHECK(length == from * 100 + gathered->extra);
    for (size_t i = 0; i < length; i++)
        CHECK(data[i] == (unsigned char)(from * 31 + i));
    return MMV_OK;
}

/* Of another length on each rank, of no length on one. */
static void test_gather(void)
{
    unsigned char data[2000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(rank * 31 + i);
    for (size_t extra = 0; extra < 70; extra += 23) {
        struct gathered gathered = {0, extra};
        CHECK(mmv_team_gather(team, data, rank * 100 + extra, check_gathered, &gathered) == MMV_OK);
        CHECK(gathered.next == size);
    }
}

static mmv_status refuse(void *user, uint64_t from, const void *bytes, size_t length)
{
    (void)bytes, (void)length;
    ++*(int *)user;
    return from == 0 ? mmv_error_set(MMV_EINVAL, 0, "refuse") : MMV_OK;
}

static void test_gather_refused(void)
{
    int calls = 0;
    CHECK(mmv_team_gather(team, "x", 1, refuse, &calls) == MMV_EINVAL);
    CHECK(calls == 1);
}

/* ---- walks ------------------------------------------------------------------------------------------------------- */

struct seen {
    uint64_t records, first, last;
    unsigned char *numbers; /* how often each record was seen; NULL = not wanted */
};

static mmv_status see(const mmv_chunk *chunk, void *user)
{
    struct seen *seen = user;
    for (size_t i = 0; i < chunk->count; i++) {
        unsigned char *record = (unsigned char *)chunk->data + i * chunk->stride;
        if (seen->numbers)
            seen->numbers[chunk->index + i]++;
        record[0]++;
    }
    return MMV_OK;
}

/* Every record once, with its number in the whole, whatever its size; the last byte of each stays. */
static void test_walk(const char *path)
{
    static const size_t sizes[] = {1, 6, 4096, 70001};
    mmv_map *map;
    CHECK(mmv_map_open(path, MMV_READ_WRITE, &map) == MMV_OK);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint64_t records = mmv_map_capacity(map) / sizes[s];
        struct seen seen = {.numbers = calloc(records, 1)};
        uint64_t *counts = calloc(records, sizeof *counts);
        const mmv_walk_options options = {
            .record_size = sizes[s], .length = records * sizes[s], .threads = 1, .window = 65536};
        CHECK(seen.numbers && counts);
        CHECK(mmv_team_walk(team, map, &options, see, &seen) == MMV_OK);
        for (uint64_t i = 0; i < records; i++)
            counts[i] = seen.numbers[i];
        mmv_team_sum(team, counts, records);
        for (uint64_t i = 0; i < records; i++)
            CHECK(counts[i] == 1);
        free(counts);
        free(seen.numbers);
    }
    mmv_walk_options wrong = {.record_size = 6, .length = 100};
    CHECK(mmv_team_walk(team, map, &wrong, see, &(struct seen){0}) == MMV_EINVAL);
    wrong = (mmv_walk_options){.record_size = 6, .length = 96, .halo = 1};
    CHECK(mmv_team_walk(team, map, &wrong, see, &(struct seen){0}) == MMV_EINVAL);
    wrong = (mmv_walk_options){.offset = mmv_map_capacity(map) + 1};
    CHECK(mmv_team_walk(team, map, &wrong, see, &(struct seen){0}) == MMV_ERANGE);
    mmv_map_close(&map);
}

/* Records that grow: 1 byte becomes its number in 4. */
static mmv_status number(const mmv_chunk *chunk, void *user)
{
    uint32_t *out = chunk->data;
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        out[i] = (uint32_t)(chunk->index + i);
    return MMV_OK;
}

static void test_walk_to(const char *path, const char *output)
{
    mmv_map *in, *out;
    CHECK(mmv_map_open(path, MMV_READ, &in) == MMV_OK);
    uint64_t records = mmv_map_capacity(in);
    const mmv_map_options make = {.mode = MMV_CREATE, .capacity = records * 4 + 8, .permissions = 0600};
    if (rank == 0) {
        CHECK(mmv_map_open_with(output, MMV_READ_WRITE, &make, &out) == MMV_OK);
        mmv_map_close(&out);
    }
    mmv_team_max(team, 0);
    CHECK(mmv_map_open(output, MMV_READ_WRITE, &out) == MMV_OK);
    const mmv_walk_options options = {.record_size = 1, .out_record_size = 4, .out_offset = 8, .threads = 1};
    CHECK(mmv_team_walk_to(team, in, out, &options, number, NULL) == MMV_OK);
    mmv_view view;
    CHECK(mmv_view_open(out, 8, records * 4, &view) == MMV_OK);
    const uint32_t *numbers = view.data;
    for (uint64_t i = 0; i < records; i++)
        CHECK(numbers[i] == i);
    mmv_view_close(&view);
    mmv_map_close(&in);
    mmv_map_close(&out);
    mmv_team_max(team, 0);
    if (rank == 0)
        unlink(output);
}

/* ---- one that fails, and progress -------------------------------------------------------------------------------- */

struct slow {
    bool fails;
    uint64_t chunks;
};

static mmv_status crawl(const mmv_chunk *chunk, void *user)
{
    struct slow *slow = user;
    (void)chunk;
    slow->chunks++;
    usleep(2000);
    return slow->fails && slow->chunks == 3 ? mmv_error_set(MMV_EIO, 0, "crawl") : MMV_OK;
}

/* Whoever fails says why; the others are stopped long before their ends. */
static void test_failure(const char *path)
{
    mmv_map *map;
    CHECK(mmv_map_open(path, MMV_READ, &map) == MMV_OK);
    for (uint64_t failing = 0; failing < size; failing++) {
        struct slow slow = {.fails = rank == failing};
        const mmv_walk_options options = {.record_size = 64, .threads = 1, .window = 4096, .io = MMV_IO_BUFFERED};
        mmv_status status = mmv_team_walk(team, map, &options, crawl, &slow);
        CHECK(status == (rank == failing ? MMV_EIO : MMV_ESTOPPED));
        CHECK(slow.chunks < mmv_map_capacity(map) / size / 4096);
    }
    mmv_map_close(&map);
}

struct ticks {
    uint64_t calls, most;
};

static bool note(uint64_t done, void *user)
{
    struct ticks *ticks = user;
    ticks->calls++;
    ticks->most = done > ticks->most ? done : ticks->most;
    return true;
}

/* Rank 0 is through first, and sees the others go on. */
static mmv_status last_is_slow(const mmv_chunk *chunk, void *user)
{
    (void)chunk, (void)user;
    if (rank == size - 1)
        usleep(3000);
    return MMV_OK;
}

static void test_progress(const char *path)
{
    mmv_map *map;
    struct ticks ticks = {0, 0};
    CHECK(mmv_map_open(path, MMV_READ, &map) == MMV_OK);
    uint64_t length = mmv_map_capacity(map), share = length / size;
    const mmv_walk_options options = {
        .threads = 1, .window = 4096, .io = MMV_IO_BUFFERED, .tick = note, .tick_user = &ticks};
    CHECK(mmv_team_walk(team, map, &options, last_is_slow, NULL) == MMV_OK);
    CHECK(ticks.calls > 0 && ticks.most <= length);
    if (rank == 0 && size > 1)
        CHECK(ticks.most > share + share / 2);
    else if (size > 1)
        CHECK(ticks.most <= share + MMV_SHARD_BORDER);
    mmv_map_close(&map);
}

/* Messages of one walk do not reach the next, though some ranks are in it already. */
static void test_many(const char *path)
{
    mmv_map *map;
    CHECK(mmv_map_open(path, MMV_READ, &map) == MMV_OK);
    for (unsigned i = 0; i < 200; i++) {
        struct ticks ticks = {0, 0};
        bool fails = i % 3 == 1 && rank == i % size;
        struct slow slow = {.fails = fails, .chunks = 2};
        const mmv_walk_options options = {
            .threads = 1, .length = 600000, .window = 65536, .io = MMV_IO_BUFFERED, .tick = note, .tick_user = &ticks};
        if (rank == i % size)
            usleep(i * 10);
        mmv_status status = mmv_team_walk(team, map, &options, fails ? crawl : last_is_slow, &slow);
        CHECK(status == (fails ? MMV_EIO : i % 3 == 1 ? MMV_ESTOPPED : MMV_OK));
        CHECK(ticks.most <= 600000);
    }
    mmv_map_close(&map);
}

/* ---- more than 2^31 bytes ---------------------------------------------------------------------------------------- */

#define HUGE_BYTES (((size_t)1 << 31) + 5)

static mmv_status check_huge(void *user, uint64_t from, const void *bytes, size_t length)
{
    const char *data = bytes;
    (void)user;
    CHECK(length == (from == size - 1 ? HUGE_BYTES : 0));
    if (length > 0)
        CHECK(data[0] == 'a' && data[((size_t)1 << 31) - 1] == 'b' && data[length - 1] == 'c');
    return MMV_OK;
}

static void test_huge(void)
{
    size_t own = rank == size - 1 ? HUGE_BYTES : 0;
    char *data = own ? calloc(own, 1) : NULL;
    if (own) {
        CHECK(data != NULL);
        data[0] = 'a';
        data[((size_t)1 << 31) - 1] = 'b';
        data[own - 1] = 'c';
    }
    CHECK(mmv_team_gather(team, data, own, check_huge, NULL) == MMV_OK);
    free(data);
}

int main(int argc, char **argv)
{
    if (argc != 4 || mmv_team_join(&team) != MMV_OK)
        return 1;
    rank = mmv_team_rank(team);
    size = mmv_team_size(team);
    if (strcmp(argv[3], "huge") == 0) {
        test_huge();
    } else {
        test_sum();
        test_gather();
        test_gather_refused();
        test_walk(argv[1]);
        test_walk_to(argv[1], argv[2]);
        test_failure(argv[1]);
        test_progress(argv[1]);
        test_many(argv[1]);
        mmv_team *half;
        MPI_Comm comm;
        MPI_Comm_split(MPI_COMM_WORLD, (int)(rank % 2), 0, &comm);
        CHECK(mmv_team_of(comm, &half) == MMV_OK);
        CHECK(mmv_team_size(half) == (size + (rank % 2 == 0)) / 2);
        mmv_team_leave(&half);
        MPI_Comm_free(&comm);
    }
    if (rank == 0)
        printf("%d ranks: fine\n", (int)size);
    mmv_team_leave(&team);
    return 0;
}
