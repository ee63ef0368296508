/* SPDX-License-Identifier: MIT */
/*
 * ranks: see ranks.h. libmmview-mpi is not linked: MPI takes longer to load than most images to be worked on, and is
 * not there on most machines. Of it only functions are called that need nothing of the library's other state, since
 * the tool has its own copy of that.
 */
#include "kit/job/ranks.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/cli/sizes.h"
#include "kit/os/library.h"

/*
 * Whose variables say how many processes were started together. Those of srun are in batch scripts, too, but for this
 * one.
 */
static const struct launcher {
    const char *name, *rank, *size;
} launchers[] = {
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"MPICH", "PMI_RANK", "PMI_SIZE"},
    {"srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
};

/* What is taken from the library: mmv_team_NAME as ranks->NAME. */
#define FUNCTIONS(each)                                                                                                \
    each(join) each(leave) each(rank) each(size) each(sum) each(max) each(gather) each(begin) each(tick) each(end)

struct ranks {
    mmv_team *team;
    struct progress *progress;
    uint64_t own, all; /* bytes that this rank, and that all have done before the walks that are on */
#define DECLARE(name) __typeof__(mmv_team_##name) *name;
    FUNCTIONS(DECLARE)
#undef DECLARE
};

static const struct launcher *find_launcher(uint64_t *rank_ret, uint64_t *size_ret)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++) {
        const char *rank = getenv(launchers[i].rank), *size = getenv(launchers[i].size);
        if (rank && size && sizes_take_digits(&rank, '\0', rank_ret) && sizes_take_digits(&size, '\0', size_ret) &&
            *size_ret > 1)
            return &launchers[i];
    }
    return NULL;
}

void ranks_hush(struct console *console)
{
    uint64_t rank, size;
    console->hushed = find_launcher(&rank, &size) && rank > 0;
}

/* Beside the tool, where an installation has it, or wherever the loader looks. */
static void *load_library(void)
{
    /* Global: what MPI itself loads looks for MPI's names. */
    void *library = library_open_beside(MMV_MPI_PLACE, true);
    return library ? library : library_open(MMV_MPI_SONAME, true);
}

static bool take_functions(struct ranks *ranks, void *library)
{
    bool fine = true;
#define TAKE(name) fine = fine && library_find(library, "mmv_team_" #name, &ranks->name);
    FUNCTIONS(TAKE)
#undef TAKE
    return fine;
}

void ranks_shard(const struct ranks *ranks, struct shard_settings *shard_ret)
{
    *shard_ret = (struct shard_settings){0};
    if (!ranks)
        return;
    shard_ret->index = ranks->rank(ranks->team);
    shard_ret->count = ranks->size(ranks->team);
    shard_ret->scheduler = "MPI";
}

bool ranks_first(const struct ranks *ranks)
{
    return !ranks || ranks->rank(ranks->team) == 0;
}

uint64_t ranks_max(struct ranks *ranks, uint64_t value)
{
    return ranks ? ranks->max(ranks->team, value) : value;
}

bool ranks_any(struct ranks *ranks, bool here)
{
    return ranks_max(ranks, here) != 0;
}

int ranks_agree(struct ranks *ranks, int status)
{
    assert(status >= TOOL_DONE);
    return (int)ranks_max(ranks, (uint64_t)status);
}

int ranks_agree_first(struct ranks *ranks, const struct console *console, int status)
{
    int first = ranks_agree(ranks, ranks_first(ranks) ? status : TOOL_DONE);
    if (status == TOOL_USAGE && first == TOOL_DONE)
        console_error(console, NULL,
                      "process %" PRIu64
                      " refuses what the first one does not: are they on machines with the same files?",
                      ranks->rank(ranks->team));
    return ranks_agree(ranks, status);
}

/* FNV-1a, with the end of the text in it. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    while (*text++);
    return hash;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* The same answer on all ranks. */
static bool is_same(struct ranks *ranks, uint64_t value)
{
    uint64_t most = ranks_max(ranks, value), least = ~ranks_max(ranks, ~value);
    return most == least;
}

/* Each would have a shard of another work. */
static int check_arguments(struct ranks *ranks, const struct console *console, int argc, char **argv)
{
    uint64_t hash = HASH_START;
    for (int i = 1; i < argc; i++)
        hash = hash_text(hash, argv[i]);
    if (is_same(ranks, hash))
        return TOOL_DONE;
    return ranks_first(ranks)
               ? console_usage(
                     console,
                     "the processes of this job were given different arguments; with --shard=1/1 each works alone")
               : TOOL_USAGE;
}

int ranks_same_file(struct ranks *ranks, const struct console *console, const char *name, uint64_t size)
{
    if (!ranks || is_same(ranks, hash_text(HASH_START, name) + size))
        return TOOL_DONE;
    return ranks_first(ranks) ? console_usage(console, "%s: is not the same file for all processes of this job", name)
                              : TOOL_USAGE;
}

int ranks_join(struct ranks **ranks_ret, struct console *console, struct shard_settings *shard, int argc, char **argv)
{
    uint64_t rank, size;
    *ranks_ret = NULL;
    const struct launcher *launcher = shard->count ? NULL : find_launcher(&rank, &size);
    if (!launcher) {
        console->hushed = false;
        return TOOL_DONE;
    }
    void *library = load_library();
    struct ranks *ranks = library ? calloc(1, sizeof *ranks) : NULL;
    if (!library || !ranks || !take_functions(ranks, library)) {
        free(ranks);
        return console_usage(console,
                             "%s has started %" PRIu64
                             " of these: --shard=auto makes each do a part; as one job they need "
                             "the library " MMV_MPI_SONAME " (%s)",
                             launcher->name, size, library ? "it is another version" : library_problem());
    }
    if (ranks->join(&ranks->team) != MMV_OK) {
        free(ranks);
        return console_error(console, NULL, "not enough memory");
    }
    *ranks_ret = ranks;
    ranks_shard(ranks, shard);
    if (shard->count != size)
        return console_usage(console,
                             "%s has started %" PRIu64 " of these, but MPI knows of %" PRIu64
                             ": it was started by the launcher of another MPI (with srun, see --mpi=list)",
                             launcher->name, size, shard->count);
    console->quiet = console->quiet || shard->index > 0;
    return check_arguments(ranks, console, argc, argv);
}

void ranks_leave(struct ranks **ranks)
{
    if (*ranks)
        (*ranks)->leave(&(*ranks)->team);
    free(*ranks);
    *ranks = NULL;
}

void ranks_sum(struct ranks *ranks, uint64_t *counts, size_t count)
{
    if (ranks)
        ranks->sum(ranks->team, counts, count);
}

mmv_status ranks_gather(struct ranks *ranks, const void *bytes, size_t size, mmv_team_fn *fn, void *user)
{
    return ranks ? ranks->gather(ranks->team, bytes, size, fn, user) : fn(user, 0, bytes, size);
}

/* Bytes since ranks_begin(), of all ranks on the first, else of this one. */
static bool show_progress(uint64_t done, void *user)
{
    struct ranks *ranks = user;
    return progress_at(ranks->progress, ranks->all + done);
}

static bool tick(uint64_t done, void *user)
{
    struct ranks *ranks = user;
    return ranks->tick(ranks->progress->before - ranks->own + done, ranks->team);
}

void ranks_begin(struct ranks *ranks, mmv_walk_options *options, struct progress *progress)
{
    options->tick = ranks ? tick : progress_tick;
    options->tick_user = ranks ? (void *)ranks : progress;
    if (!ranks)
        return;
    ranks->progress = progress;
    ranks->own = ranks->all = progress->before;
    ranks->sum(ranks->team, &ranks->all, 1);
    ranks->begin(ranks->team, show_progress, ranks);
}

int ranks_end(struct ranks *ranks, int status)
{
    if (!ranks)
        return status;
    ranks->end(ranks->team, status == TOOL_DONE);
    return ranks_agree(ranks, status);
}

void ranks_report(struct ranks *ranks, struct report *report)
{
    mmv_walk_stats *sum = &report->sum;
    uint64_t counts[] = {sum->bytes,       sum->records,      sum->resumed,        sum->windows,
                         sum->threads,     sum->bytes_mapped, sum->bytes_buffered, sum->bytes_direct,
                         sum->peak_mapped, sum->minor_faults, sum->major_faults};
    if (!ranks)
        return;
    ranks->sum(ranks->team, counts, sizeof counts / sizeof *counts);
    /* They work at the same time: it takes as long as the slowest. */
    sum->seconds = (double)ranks->max(ranks->team, (uint64_t)(sum->seconds * 1e9)) / 1e9;
    sum->bytes = counts[0];
    sum->records = counts[1];
    sum->resumed = counts[2];
    sum->windows = counts[3];
    sum->threads = (unsigned)counts[4];
    sum->bytes_mapped = counts[5];
    sum->bytes_buffered = counts[6];
    sum->bytes_direct = counts[7];
    sum->peak_mapped = counts[8];
    sum->minor_faults = counts[9];
    sum->major_faults = counts[10];
}
