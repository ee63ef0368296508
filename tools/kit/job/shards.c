/* SPDX-License-Identifier: MIT */
/*
 * shards: see shards.h.
 *
 * Only the tasks of a whole array have the shards of a job. `sbatch --array=3,7`, meant to repeat two tasks, tells each
 * that there are two: the ranges would be others, and bytes be done twice or never. So an array must begin at 0 or 1
 * and have no gaps.
 */
#include "kit/job/shards.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"

/*
 * Where a scheduler keeps its numbers. mpirun's processes inherit those of the srun or the batch step that it was
 * started in.
 */
static const struct scheduler {
    const char *name, *index, *count;
    uint64_t base; /* the first index */
} schedulers[] = {
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", 0},
    {"MPICH", "PMI_RANK", "PMI_SIZE", 0},
    {"srun", "SLURM_PROCID", "SLURM_NTASKS", 0},
    {"Kubernetes", "JOB_COMPLETION_INDEX", NULL, 0},
    {"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", 0},
    {"GNU parallel", "PARALLEL_SEQ", "PARALLEL_TOTAL", 1},
};
#define LAUNCHERS 3 /* the first ones start several processes in one task */

static bool number_in(const char *variable, uint64_t *value_ret)
{
    const char *text = variable ? getenv(variable) : NULL;
    return text && *text && sizes_take_digits(&text, '\0', value_ret);
}

static int refuse_array(const struct console *console, uint64_t count)
{
    return console_usage(
        console,
        "--shard=auto: this Slurm array is not a whole one of %" PRIu64
        " tasks from 0 or 1 on. Which part each is cannot be told from it: say --shard-index and --shard-count",
        count);
}

/* An array task that mpirun or srun divides further: then each of its processes has a shard. */
static void divide_further(struct shard_settings *shard)
{
    uint64_t rank, ranks;
    assert(shard->index < shard->count);
    for (size_t i = 0; i < LAUNCHERS; i++) {
        if (!number_in(schedulers[i].index, &rank) || !number_in(schedulers[i].count, &ranks) || rank >= ranks)
            continue;
        if (ranks > 1)
            shard->scheduler = "processes of a Slurm array";
        shard->index = shard->index * ranks + rank;
        shard->count *= ranks;
        return;
    }
}

static int take_array(struct shard_settings *shard, const struct console *console, bool *found_ret)
{
    uint64_t id, count, low, high, step = 1, asked = shard->count;
    *found_ret = number_in("SLURM_ARRAY_TASK_ID", &id) && number_in("SLURM_ARRAY_TASK_COUNT", &count) &&
                 number_in("SLURM_ARRAY_TASK_MIN", &low) && number_in("SLURM_ARRAY_TASK_MAX", &high);
    if (!*found_ret)
        return TOOL_DONE;
    if (number_in("SLURM_ARRAY_TASK_STEP", &step) && step == 0)
        step = 1;
    if (low > 1 || high < low || id < low || id > high || (high - low) / step + 1 != count || (id - low) % step != 0)
        return refuse_array(console, count);
    shard->index = (id - low) / step;
    shard->count = count;
    shard->scheduler = "a Slurm array";
    divide_further(shard);
    return asked == 0 || asked == shard->count ? TOOL_DONE : refuse_array(console, count);
}

static bool take_scheduler(struct shard_settings *shard, const struct scheduler *scheduler)
{
    uint64_t index, count = shard->count;
    if (!number_in(scheduler->index, &index) || index < scheduler->base)
        return false;
    if (count == 0 && !number_in(scheduler->count, &count))
        return false;
    shard->index = index - scheduler->base;
    shard->count = count;
    shard->scheduler = scheduler->name;
    return true;
}

static int take_environment(struct shard_settings *shard, const struct console *console)
{
    bool found = false;
    int result = take_array(shard, console, &found);
    for (size_t i = 0; i < sizeof schedulers / sizeof *schedulers && result == TOOL_DONE && !found; i++)
        found = take_scheduler(shard, &schedulers[i]);
    if (result != TOOL_DONE)
        return result;
    if (!found)
        return console_usage(
            console, "--shard=auto: no scheduler says which part this is (Slurm, Open MPI, MPICH, Kubernetes with "
                     "--shard-count, AWS Batch, GNU parallel with --shard-count); say --shard=K/N");
    if (shard->index >= shard->count)
        return console_usage(console, "--shard=auto: %s says part %" PRIu64 " of %" PRIu64, shard->scheduler,
                             shard->index + 1, shard->count);
    return TOOL_DONE;
}

static int take_pair(struct shard_settings *shard, const struct console *console)
{
    const char *text = shard->text;
    uint64_t number;
    if (!sizes_take_digits(&text, '/', &number) || !sizes_take_digits(&text, '\0', &shard->count) || number == 0 ||
        number > shard->count)
        return console_usage(console, "--shard=%s: must be K/N, the K-th of N parts, or auto", shard->text);
    shard->index = number - 1;
    return TOOL_DONE;
}

int shards_resolve(struct shard_settings *shard, const struct console *console)
{
    bool is_auto = shard->text && strcmp(shard->text, "auto") == 0;
    if (shard->count_text && !sizes_take_count(console, "shard-count", shard->count_text,
                                               (struct size_limits){1, UINT64_MAX}, &shard->count))
        return TOOL_USAGE;
    if (is_auto && !shard->index_text)
        return take_environment(shard, console);
    if (shard->text)
        return shard->index_text || shard->count_text
                   ? console_usage(console, "--shard=%s and --shard-index or --shard-count exclude each other",
                                   shard->text)
                   : take_pair(shard, console);
    if (!shard->index_text != !shard->count_text)
        return console_usage(console, "--shard-index and --shard-count belong together");
    if (!shard->index_text)
        return TOOL_DONE;
    return sizes_take_count(console, "shard-index", shard->index_text, (struct size_limits){0, shard->count - 1},
                            &shard->index)
               ? TOOL_DONE
               : TOOL_USAGE;
}
