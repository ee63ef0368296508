/* SPDX-License-Identifier: MIT */
/* parts: see parts.h. */
#include "parts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "world.h"

#define PART_LEAST 65536u
#define PASSES_MOST 20
#define PASSES_KILLED 4
#define SAMPLE 2

struct round {
    struct dice dice;
    struct parts_counts *counts;
    struct runner *runners; /* one for each part */
    enum world_name name;
    unsigned parts;
    int add;
    enum journal_kind journal;
    size_t size;
    int16_t *before;
    bool done[PARTS_MOST], gap[PARTS_MOST];
    bool verbose;
};

static struct runner runners[PARTS_MOST];
static bool runners_begun;

/* ---- the file --------------------------------------------------------------------------------------------------- */

static void lay(struct round *round, const char *other)
{
    world_clear(other);
    if (symlink(other, "t") != 0)
        world_fail("t");
    size_t each = PART_LEAST * (1 + dice_below(&round->dice, dice_chance(&round->dice, 90) ? 4 : 40));
    round->size = each * round->parts + 8 * (size_t)dice_below(&round->dice, 512);
    round->before = malloc(round->size);
    for (size_t i = 0; i < round->size / SAMPLE; i++)
        round->before[i] = (int16_t)(dice_word(&round->dice) % 16384);
    int fd = open(world_names[round->name], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, round->before, round->size) != (ssize_t)round->size)
        world_fail("write");
    close(fd);
}

static void range_of(const struct round *round, unsigned part, size_t *first_ret, size_t *behind_ret)
{
    *first_ret = round->size * part / round->parts / PART_LEAST * PART_LEAST;
    *behind_ret =
        part + 1 == round->parts ? round->size : round->size * (part + 1) / round->parts / PART_LEAST * PART_LEAST;
}

static int16_t *read_file(const struct round *round)
{
    int16_t *now = malloc(round->size);
    int fd = open(world_names[round->name], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, now, round->size) != (ssize_t)round->size)
        world_fail("read");
    close(fd);
    return now;
}

/* How often the part was changed: 0, 1, 2, or -1 when its samples do not agree. */
static int times_changed(const struct round *round, const int16_t *now, unsigned part)
{
    size_t first, behind;
    range_of(round, part, &first, &behind);
    int times = (now[first / SAMPLE] - round->before[first / SAMPLE]) / round->add;
    for (size_t i = first / SAMPLE; i < behind / SAMPLE; i++)
        if (now[i] != round->before[i] + times * round->add)
            return -1;
    return times;
}

/* ---- a pass: some parts together -------------------------------------------------------------------------------- */

static struct command part_command(struct round *round, unsigned part)
{
    struct command command = {.task = TASK_IN_PLACE,
                              .count = 1,
                              .names = {round->name},
                              .add = round->add,
                              .shard = part + 1,
                              .shards = round->parts,
                              .journal = round->journal,
                              .threads = 1};
    command.io = (enum io_kind)dice_below(&round->dice, 4);
    command.window = dice_chance(&round->dice, 30);
    return command;
}

static void draw_trigger(struct round *round, struct command *command)
{
    static const enum plan_kind plans[] = {PLAN_KILL_BEFORE, PLAN_KILL_AFTER, PLAN_KILL_AFTER, PLAN_KILL_STORE};
    command->plan = plans[dice_below(&round->dice, 4)];
    command->number = 1 + dice_below(&round->dice, 70);
    if (command->plan == PLAN_KILL_STORE)
        command->io = IO_MMAP;
}

static void start_part(struct round *round, unsigned part, const struct command *command, pid_t *process_ret)
{
    struct runner *runner = &round->runners[part];
    *runner->page = (struct page){.plan = command->plan, .number = command->number};
    *process_ret = command_start(command, runner);
    round->counts->commands++;
    if (round->verbose)
        command_print(command, stdout);
}

static void kill_all(const pid_t *processes, const bool *chosen, unsigned parts)
{
    for (unsigned i = 0; i < parts; i++)
        if (chosen[i])
            kill(processes[i], SIGKILL);
}

static bool is_changed(const struct round *round, unsigned part)
{
    int16_t *now = read_file(round);
    int times = times_changed(round, now, part);
    free(now);
    return times == 1;
}

static void note_end(struct round *round, unsigned part, int status)
{
    bool killed = status == SIGNALLED + SIGKILL;
    round->counts->killed += killed;
    if (round->verbose)
        printf("# part %u: exit %d, %u calls, %u after the last change, changed %d times\n", part + 1, status,
               round->runners[part].page->calls, round->runners[part].page->since, is_changed(round, part));
    round->done[part] = round->done[part] || status == 0;
    const struct page *page = round->runners[part].page;
    /* For good: it may be killed again before it ends, in the middle of what it does a second time. */
    if (killed && (page->leaving || page->last == CALL_REMOVE || page->since == 0))
        round->gap[part] = round->gap[part] || is_changed(round, part);
}

/* All chosen parts at once. 'kills': they are killed, when one of them reaches a call or after a while. */
static void pass(struct round *round, const bool *chosen, bool kills)
{
    pid_t processes[PARTS_MOST];
    bool trigger = kills && dice_chance(&round->dice, 60);
    unsigned first = dice_below(&round->dice, round->parts);
    while (!chosen[first])
        first = (first + 1) % round->parts;
    for (unsigned i = 0; i < round->parts; i++) {
        unsigned part = (first + i) % round->parts;
        struct command command = part_command(round, part);
        if (trigger && part == first)
            draw_trigger(round, &command);
        if (chosen[part])
            start_part(round, part, &command, &processes[part]);
    }
    siginfo_t info;
    struct timespec pause = {0, 1000 * dice_spread(&round->dice, 14)};
    if (trigger)
        waitid(P_PID, (id_t)processes[first], &info, WEXITED | WNOWAIT);
    else if (kills)
        nanosleep(&pause, NULL);
    if (kills)
        kill_all(processes, chosen, round->parts);
    for (unsigned i = 0; i < round->parts; i++)
        if (chosen[i])
            note_end(round, i, command_wait(processes[i]));
}

static bool all_done(const struct round *round)
{
    for (unsigned i = 0; i < round->parts; i++)
        if (!round->done[i])
            return false;
    return true;
}

/* Those that said 0 may be given again as long as the job is not over. */
static void repeat_done(struct round *round)
{
    bool chosen[PARTS_MOST], any = false;
    for (unsigned i = 0; i < round->parts; i++)
        any |= chosen[i] = round->done[i] && dice_chance(&round->dice, 60);
    for (unsigned i = 0; i < round->parts; i++)
        if (round->gap[i])
            return;
    if (any)
        pass(round, chosen, dice_chance(&round->dice, 20));
}

static void repeat_failed(struct round *round, int number)
{
    bool chosen[PARTS_MOST], one_by_one = dice_chance(&round->dice, 40), kills = dice_chance(&round->dice, 50);
    unsigned first = dice_below(&round->dice, round->parts);
    kills = kills && number < PASSES_KILLED;
    for (unsigned i = 0; i < round->parts; i++)
        chosen[i] = !round->done[i];
    if (!one_by_one) {
        pass(round, chosen, kills);
        return;
    }
    for (unsigned i = 0; i < round->parts; i++) {
        unsigned part = (first + i) % round->parts;
        bool alone[PARTS_MOST] = {false};
        alone[part] = true;
        if (chosen[part])
            pass(round, alone, kills);
    }
}

/* ---- a round ---------------------------------------------------------------------------------------------------- */

static bool judge(struct round *round, uint64_t seed)
{
    char name[512];
    bool right = true;
    int16_t *now = read_file(round);
    for (unsigned i = 0; i < round->parts && right; i++) {
        int times = times_changed(round, now, i);
        if (times == 2 && round->gap[i]) {
            round->counts->gaps++;
        } else if (times != 1) {
            printf("parts, seed %llu: LOST: part %u of %u was changed %d times\n", (unsigned long long)seed, i + 1,
                   round->parts, times);
            round->counts->lost++;
            right = false;
        }
    }
    free(now);
    bool gap = false;
    for (unsigned i = 0; i < round->parts; i++)
        gap = gap || round->gap[i];
    /* A new job of one part alone is not over. */
    if (right && !gap && world_strangers(name, sizeof name)) {
        printf("parts, seed %llu: STUCK: %s is left\n", (unsigned long long)seed, name);
        round->counts->stuck++;
        right = false;
    }
    return right;
}

static bool play(struct round *round, uint64_t seed)
{
    const bool all[PARTS_MOST] = {true, true, true, true, true};
    pass(round, all, true);
    for (int i = 0; !all_done(round); i++) {
        if (i == PASSES_MOST) {
            printf("parts, seed %llu: STUCK after %d passes\n", (unsigned long long)seed, PASSES_MOST);
            round->counts->stuck++;
            return false;
        }
        repeat_done(round);
        repeat_failed(round, i);
    }
    return judge(round, seed);
}

bool parts_round(const char *tool, const char *shim, const char *other, uint64_t seed, bool verbose,
                 struct parts_counts *counts)
{
    struct round round = {.dice = dice_of(seed, 2), .counts = counts, .runners = runners, .verbose = verbose};
    for (int i = 0; i < PARTS_MOST && !runners_begun; i++)
        runner_begin(&runners[i], tool, shim);
    runners_begun = true;
    round.parts = 2 + dice_below(&round.dice, PARTS_MOST - 1);
    round.name = dice_chance(&round.dice, 70) ? NAME_A : NAME_OTHER;
    round.add = 1 + (int)dice_below(&round.dice, 100);
    round.journal = dice_chance(&round.dice, 4) ? JOURNAL_POWER : JOURNAL_DEFAULT;
    lay(&round, other);
    bool right = play(&round, seed);
    counts->rounds++;
    free(round.before);
    return right;
}
