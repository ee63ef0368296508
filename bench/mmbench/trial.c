/* SPDX-License-Identifier: MIT */
/*
 * trial: see trial.h.
 *
 * 1. The content of a fixture is known after every trial, or it is forgotten and made anew.
 * 2. A trial that could not be verified is not TRIAL_TIMED.
 *
 * Both are about bytes on a device, which no assert sees: check() reads them after every trial.
 */
#include "mmbench/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/range.h>

#include "kit/os/signals.h"
#include "kit/cli/sizes.h"
#include "mmbench/child.h"
#include "mmbench/group.h"
#include "mmbench/updates.h"

/* Of the input that must have come from the device for a run to count as cold: the rest may be metadata's. */
#define COLD_PERCENT 95
/*
 * And that may come from it in a warm run: the file system's own blocks, such as the bitmaps for a new file (96 KiB
 * were seen on ext4).
 */
#define WARM_SHARE 1000
#define WARM_LEAST ((uint64_t)256 << 10)

const char *state_name(enum state state)
{
    static const char *const names[STATE_KINDS] = {"warm", "cold", "small-memory"};
    return names[state];
}

const char *work_name(enum work work)
{
    static const char *const names[WORK_KINDS] = {"scan", "in-place", "into", "reads", "updates"};
    return names[work];
}

/* ---- in the child ----------------------------------------------------------------------------------------------- */

/* What goes to the child and comes back. */
struct run {
    const struct trial *trial;
    const struct group *group;
    struct workload load;
    struct meter meter;
};

static void start_thread(struct workload *load, unsigned thread)
{
    load->results[thread].sum = 0;
}

/* To the last byte on the device, the new file's length included. */
static bool make_durable(struct workload *load)
{
    int file = open(load->work == WORK_INTO ? load->output : load->input, O_RDWR | O_CLOEXEC);
    bool good = file >= 0 && fsync(file) == 0;
    if (!good)
        workload_fail(load, "fsync", errno);
    if (file >= 0)
        close(file);
    return good;
}

static bool time_pass(struct run *run)
{
    const struct trial *trial = run->trial;
    struct workload *load = &run->load;
    meter_start(&run->meter);
    bool good = trial->engine->run[trial->work](load);
    if (good && trial->durable)
        good = make_durable(load);
    meter_stop(&run->meter);
    return good;
}

static bool run_pass(void *user, void *result, char *why, size_t why_size)
{
    struct run *run = result;
    const struct engine *engine = run->trial->engine;
    (void)user;
    bool good = workload_make_adjust(&run->load) && (!engine->prepare || engine->prepare(&run->load));
    if (good && run->group && !group_join(run->group))
        good = workload_fail(&run->load, "cannot join the memory cgroup", errno);
    /* Starting threads is the process' cost, the same for all engines. */
    good = good && workload_team(&run->load, start_thread) && time_pass(run);
    if (good && engine->finish)
        good = engine->finish(&run->load);
    snprintf(why, why_size, "%s", run->load.why);
    return good;
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

static bool reach(struct fixtures *fixtures, const struct trial *trial, char *why, size_t why_size)
{
    /* What has no file is in no state: the file only says which bytes. */
    if (trial->engine->in_memory)
        return fixture_make(fixtures, trial->fixture, why, why_size);
    if (trial->state == STATE_WARM)
        return fixture_warm(fixtures, trial->fixture, why, why_size);
    return fixture_cold(fixtures, trial->fixture, why, why_size);
}

/*
 * Memory alone is always warm; what goes past the cache reads from the device in any state. Major faults prove nothing:
 * the kernel also counts one as major that had to wait for a lock, or that put a page into a hole (mm_account_fault()).
 */
static bool was_warm(const struct trial *trial, const struct meter *meter, char *why, size_t why_size)
{
    uint64_t allowed = mmv_max(WARM_LEAST, trial->fixture->size / WARM_SHARE);
    if (!trial->engine->cached || (meter->knows_read_bytes && meter->read_bytes <= allowed))
        return true;
    if (!meter->knows_read_bytes)
        snprintf(why, why_size, "cannot verify that it was warm: no /proc/self/io");
    else
        snprintf(why, why_size, "was not warm: %" PRIu64 " bytes came from the device", meter->read_bytes);
    return false;
}

/*
 * That no page was in memory is known already. What another machine or program delivers need not be counted, and of
 * single records the cache may bring more or less, depending on where they lie.
 */
static uint64_t least_read(const struct trial *trial, const struct outcome *outcome)
{
    struct place_facts facts;
    if (place_facts(trial->fixture->path, &facts) && facts.remote)
        return 0;
    bool random = trial->work == WORK_READS || trial->work == WORK_UPDATES;
    return random ? 1 : outcome->bytes / 100 * COLD_PERCENT;
}

static bool was_cold(const struct trial *trial, const struct outcome *outcome, char *why, size_t why_size)
{
    const struct meter *meter = &outcome->meter;
    uint64_t wanted = least_read(trial, outcome);
    if (wanted == 0 || (meter->knows_read_bytes && meter->read_bytes >= wanted))
        return true;
    if (!meter->knows_read_bytes)
        snprintf(why, why_size, "cannot verify that it was cold: no /proc/self/io");
    else
        snprintf(why, why_size, "was not cold: only %" PRIu64 " of %" PRIu64 " bytes came from the device",
                 meter->read_bytes, outcome->bytes);
    return false;
}

static bool was_so(const struct trial *trial, const struct group *group, const struct workload *load,
                   struct outcome *outcome)
{
    char *why = outcome->why;
    size_t size = sizeof outcome->why;
    if (trial->state == STATE_WARM)
        return was_warm(trial, &outcome->meter, why, size);
    if (!was_cold(trial, outcome, why, size))
        return false;
    /* Who goes past the cache never feels the limit: that is the point of it. */
    if (trial->state != STATE_SMALL || !trial->engine->cached || load->past_cache || group_reclaimed(group) > 0)
        return true;
    snprintf(why, size, "the limit of the memory cgroup was never reached");
    return false;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

static bool wrong(struct outcome *outcome, const char *what)
{
    snprintf(outcome->why, sizeof outcome->why, "WRONG RESULT: %s", what);
    return false;
}

static bool check_output(struct fixtures *fixtures, const struct trial *trial, const struct workload *load,
                         bool *wrong_ret, struct outcome *outcome)
{
    struct fixture output = *trial->fixture;
    output.added += WORKLOAD_AMOUNT;
    snprintf(output.path, sizeof output.path, "%s", load->output);
    return fixture_check(fixtures, &output, wrong_ret, outcome->why, sizeof outcome->why);
}

static uint64_t expected_sum(struct fixtures *fixtures, const struct trial *trial, const struct workload *load)
{
    const struct fixture *fixture = trial->fixture;
    uint64_t sum = 0;
    if (trial->work == WORK_SCAN)
        return fixture->foreign ? fixture->sum : content_sum(fixtures->content, fixture->added, 0, fixture->size);
    for (uint64_t i = 0; i < load->operations; i++)
        sum += content_sum(fixtures->content, fixture->added, workload_position(load, i), load->record);
    return sum;
}

/* Whether the work was done right. False with *wrong_ret: it was not. */
static bool check(struct fixtures *fixtures, const struct trial *trial, const struct workload *load, bool *wrong_ret,
                  struct outcome *outcome)
{
    struct fixture *fixture = trial->fixture;
    *wrong_ret = true;
    switch (trial->work) {
    case WORK_READS:
    case WORK_SCAN:
        return workload_sum(load) == expected_sum(fixtures, trial, load) || wrong(outcome, "the sum of the words");
    case WORK_UPDATES:
        fixture->added++;
        return updates_check(fixtures, trial, load, wrong_ret, outcome->why, sizeof outcome->why);
    default:
        break;
    }
    if (trial->engine->in_memory)
        return load->digest == content_digest(fixtures->content, fixture->added + WORKLOAD_AMOUNT, fixture->size) ||
               wrong(outcome, "the bytes in memory");
    if (trial->work == WORK_INTO)
        return check_output(fixtures, trial, load, wrong_ret, outcome);
    fixture->added += WORKLOAD_AMOUNT;
    return fixture_check(fixtures, fixture, wrong_ret, outcome->why, sizeof outcome->why);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* A run that failed somewhere within may have left any bytes. */
static enum verdict give_up(const struct trial *trial, enum verdict verdict)
{
    if (trial->work == WORK_IN_PLACE || trial->work == WORK_UPDATES)
        fixture_forget(trial->fixture);
    return signals_stop() ? TRIAL_STOPPED : verdict;
}

static enum verdict run_in(struct fixtures *fixtures, const struct trial *trial, const struct group *group,
                           const char *output, struct outcome *outcome)
{
    bool is_wrong;
    const struct fixture *fixture = trial->fixture;
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return TRIAL_FAILED;
    run->trial = trial;
    run->group = group;
    run->load = (struct workload){.work = trial->work,
                                  .input = fixture->path,
                                  .output = output,
                                  .size = fixture->size,
                                  .window = trial->window,
                                  .threads = trial->threads,
                                  .record = trial->record,
                                  .operations = trial->operations};
    bool good = child_run(run_pass, NULL, run, sizeof *run, outcome->why, sizeof outcome->why);
    bool random = trial->work == WORK_READS || trial->work == WORK_UPDATES;
    outcome->meter = run->meter;
    outcome->bytes = random ? trial->operations * trial->record : fixture->size;
    outcome->peak_mapped = run->load.peak_mapped;
    snprintf(outcome->note, sizeof outcome->note, "%s", run->load.note);
    enum verdict verdict = good ? TRIAL_TIMED : give_up(trial, TRIAL_FAILED);
    /* The bytes first: the fixture's content must be known also when the state was not what it should be. */
    if (good && !check(fixtures, trial, &run->load, &is_wrong, outcome))
        verdict = give_up(trial, is_wrong ? TRIAL_WRONG : TRIAL_FAILED);
    else if (good && !was_so(trial, group, &run->load, outcome))
        verdict = TRIAL_NOT_REACHED;
    free(run);
    return verdict;
}

/* Past the cache means that pages are dropped: what was written is no longer there as it was written. */
static void remember(const struct trial *trial)
{
    bool direct = !trial->engine->cached && !trial->engine->in_memory;
    if (trial->state != STATE_WARM || direct)
        trial->fixture->disturbed = true;
}

static bool make_group(const struct trial *trial, struct group *group, struct outcome *outcome)
{
    uint64_t limit = trial->fixture->size / TRIAL_SHARE;
    char least[SIZES_TEXT];
    if (limit >= TRIAL_LIMIT_MIN)
        return group_make(group, limit, outcome->why, sizeof outcome->why);
    snprintf(outcome->why, sizeof outcome->why, "needs a file of %s or more",
             sizes_text(TRIAL_LIMIT_MIN * TRIAL_SHARE, least));
    return false;
}

static bool has_room(struct fixtures *fixtures, const struct trial *trial, struct outcome *outcome)
{
    if (trial->work != WORK_INTO || place_has_room(&fixtures->place, trial->fixture->size))
        return true;
    snprintf(outcome->why, sizeof outcome->why, "%s", fixtures->place.why);
    return false;
}

enum verdict trial_run(struct fixtures *fixtures, const struct trial *trial, struct outcome *outcome)
{
    char output[PATH_MAX + 8];
    struct group group = {.path = ""};
    *outcome = (struct outcome){.why = ""};
    if (signals_stop())
        return TRIAL_STOPPED;
    if (!reach(fixtures, trial, outcome->why, sizeof outcome->why) || !has_room(fixtures, trial, outcome))
        return signals_stop() ? TRIAL_STOPPED : TRIAL_NOT_REACHED;
    if (trial->state == STATE_SMALL && !make_group(trial, &group, outcome))
        return TRIAL_NOT_REACHED;
    remember(trial);
    snprintf(output, sizeof output, "%s.out", trial->fixture->path);
    /* Nothing of an earlier run is written to the device while this one is timed. */
    sync();
    enum verdict verdict = run_in(fixtures, trial, trial->state == STATE_SMALL ? &group : NULL, output, outcome);
    if (trial->work == WORK_INTO)
        unlink(output);
    group_remove(&group);
    return verdict;
}
