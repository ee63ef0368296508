/* SPDX-License-Identifier: MIT */
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
    struct pass pass;
    struct meter meter;
};

static void start_thread(struct pass *pass, unsigned thread)
{
    pass->parts[thread].sum = 0;
}

/* To the last byte on the device, the new file's length included. */
static bool make_durable(struct pass *pass)
{
    int file = open(pass->work == WORK_INTO ? pass->output : pass->input, O_RDWR | O_CLOEXEC);
    bool good = file >= 0 && fsync(file) == 0;
    if (!good)
        pass_fail(pass, "fsync", errno);
    if (file >= 0)
        close(file);
    return good;
}

static bool time_pass(struct run *run)
{
    const struct trial *trial = run->trial;
    struct pass *pass = &run->pass;
    meter_start(&run->meter);
    bool good = trial->engine->run[trial->work](pass);
    if (good && trial->durable)
        good = make_durable(pass);
    meter_stop(&run->meter);
    return good;
}

static bool run_pass(void *user, void *result, char *why, size_t why_size)
{
    struct run *run = result;
    const struct engine *engine = run->trial->engine;
    (void)user;
    bool good = pass_make_adjust(&run->pass) && (!engine->prepare || engine->prepare(&run->pass));
    if (good && run->group && !group_join(run->group))
        good = pass_fail(&run->pass, "cannot join the memory cgroup", errno);
    /* Starting threads is the process' cost, the same for all engines. */
    good = good && pass_team(&run->pass, start_thread) && time_pass(run);
    if (good && engine->finish)
        good = engine->finish(&run->pass);
    snprintf(why, why_size, "%s", run->pass.why);
    return good;
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

static bool reach(struct fixtures *fixtures, const struct trial *trial, char *why, size_t why_size)
{
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

static bool was_so(const struct trial *trial, const struct group *group, const struct pass *pass,
                   struct outcome *outcome)
{
    char *why = outcome->why;
    size_t size = sizeof outcome->why;
    if (trial->state == STATE_WARM)
        return was_warm(trial, &outcome->meter, why, size);
    if (!was_cold(trial, outcome, why, size))
        return false;
    /* Who goes past the cache never feels the limit: that is the point of it. */
    if (trial->state != STATE_SMALL || !trial->engine->cached || pass->past_cache || group_reclaimed(group) > 0)
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

static bool check_output(struct fixtures *fixtures, const struct trial *trial, const struct pass *pass, bool *wrong_ret,
                         struct outcome *outcome)
{
    struct fixture output = *trial->fixture;
    output.added += PASS_AMOUNT;
    snprintf(output.path, sizeof output.path, "%s", pass->output);
    return fixture_check(fixtures, &output, wrong_ret, outcome->why, sizeof outcome->why);
}

static uint64_t expected_sum(struct fixtures *fixtures, const struct trial *trial, const struct pass *pass)
{
    const struct fixture *fixture = trial->fixture;
    uint64_t sum = 0;
    if (trial->work == WORK_SCAN)
        return fixture->foreign ? fixture->sum : content_sum(fixtures->content, fixture->added, 0, fixture->size);
    for (uint64_t i = 0; i < pass->operations; i++)
        sum += content_sum(fixtures->content, fixture->added, pass_position(pass, i), pass->record);
    return sum;
}

/* Whether the work was done right. False with *wrong_ret: it was not. */
static bool check(struct fixtures *fixtures, const struct trial *trial, const struct pass *pass, bool *wrong_ret,
                  struct outcome *outcome)
{
    struct fixture *fixture = trial->fixture;
    bool in_memory = trial->engine->finish != NULL;
    *wrong_ret = true;
    switch (trial->work) {
    case WORK_READS:
    case WORK_SCAN:
        return pass_sum(pass) == expected_sum(fixtures, trial, pass) || wrong(outcome, "the sum of the words");
    case WORK_UPDATES:
        fixture->added++;
        return updates_check(fixtures, trial, pass, wrong_ret, outcome->why, sizeof outcome->why);
    default:
        break;
    }
    if (in_memory)
        return pass->digest == content_digest(fixtures->content, fixture->added + PASS_AMOUNT, fixture->size) ||
               wrong(outcome, "the bytes in memory");
    if (trial->work == WORK_INTO)
        return check_output(fixtures, trial, pass, wrong_ret, outcome);
    fixture->added += PASS_AMOUNT;
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
    run->pass = (struct pass){.work = trial->work,
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
    outcome->peak_mapped = run->pass.peak_mapped;
    snprintf(outcome->note, sizeof outcome->note, "%s", run->pass.note);
    enum verdict verdict = good ? TRIAL_TIMED : give_up(trial, TRIAL_FAILED);
    /* The bytes first: the fixture's content must be known also when the state was not what it should be. */
    if (good && !check(fixtures, trial, &run->pass, &is_wrong, outcome))
        verdict = give_up(trial, is_wrong ? TRIAL_WRONG : TRIAL_FAILED);
    else if (good && !was_so(trial, group, &run->pass, outcome))
        verdict = TRIAL_NOT_REACHED;
    free(run);
    return verdict;
}

/* Past the cache means that pages are dropped: what was written is no longer there as it was written. */
static void remember(const struct trial *trial)
{
    bool direct = !trial->engine->cached && !trial->engine->finish;
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
