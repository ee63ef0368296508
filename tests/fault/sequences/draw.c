/* SPDX-License-Identifier: MIT */
/* draw: see draw.h. */
#include "draw.h"

#include <string.h>

#define PIXEL 8
#define SHARD_LEAST 65536u

static bool is_there(const struct world *world, enum world_name name)
{
    return world->now[name] != NOTHING;
}

/* NAMES when there is none. */
static enum world_name draw_image(struct dice *dice, const struct world *world, bool there)
{
    enum world_name names[NAMES];
    unsigned count = 0;
    for (enum world_name name = NAME_A; world_is_image(name); name++)
        if (is_there(world, name) == there)
            names[count++] = name;
    return count ? names[dice_below(dice, count)] : NAMES;
}

static const struct run *draw_run(struct dice *dice, const struct oracle *oracle)
{
    const struct run *runs[RUNS];
    unsigned count = 0;
    for (int i = 0; i < RUNS; i++)
        if (oracle->runs[i].used)
            runs[count++] = &oracle->runs[i];
    return count ? runs[dice_below(dice, count)] : NULL;
}

/* ---- how -------------------------------------------------------------------------------------------------------- */

static void draw_plan(struct dice *dice, struct command *command, unsigned percent)
{
    static const enum plan_kind plans[] = {PLAN_KILL_BEFORE, PLAN_KILL_BEFORE, PLAN_KILL_BEFORE, PLAN_KILL_AFTER,
                                           PLAN_KILL_AFTER,  PLAN_KILL_AFTER,  PLAN_KILL_STORE,  PLAN_KILL_STORE,
                                           PLAN_KILL_TIMER,  PLAN_TERM,        PLAN_INT,         PLAN_KILL_BEFORE};
    command->plan = PLAN_NONE;
    if (!dice_chance(dice, percent))
        return;
    command->plan = plans[dice_below(dice, sizeof plans / sizeof *plans)];
    command->number = dice_chance(dice, 60) ? 1 + dice_below(dice, 40) : dice_spread(dice, 8);
    if (command->plan == PLAN_KILL_STORE)
        command->number = dice_spread(dice, 7);
    if (command->plan == PLAN_KILL_STORE && command->io == IO_DIRECT)
        command->io = IO_MMAP;
    if (command->plan == PLAN_KILL_TIMER)
        command->number = dice_spread(dice, 11);
}

static void draw_way(struct dice *dice, struct command *command)
{
    /* Direct I/O waits for the disk. */
    command->io = dice_chance(dice, 12) ? IO_DIRECT : (enum io_kind)dice_below(dice, IO_DIRECT);
    command->threads = dice_chance(dice, 85) ? 1 : 2 + dice_below(dice, 2);
    command->window = dice_chance(dice, 30);
    command->verify = dice_chance(dice, 8);
    unsigned kind = dice_below(dice, 100);
    command->output = kind < 78 ? STDOUT_QUIET : kind < 90 ? STDOUT_JSON : kind < 95 ? STDOUT_FULL : STDOUT_GONE;
#ifdef NOFULL
    if (command->output >= STDOUT_FULL)
        command->output = STDOUT_QUIET;
#endif
    kind = dice_below(dice, 100);
    command->report = kind < 92 ? REPORT_NONE : kind < 97 ? REPORT_FILE : REPORT_NOWHERE;
}

static void draw_safety(struct dice *dice, struct command *command)
{
    unsigned kind = dice_below(dice, 100);
    command->journal = kind < 85 ? JOURNAL_DEFAULT : kind < 90 ? JOURNAL_KILL : kind < 94 ? JOURNAL_POWER : JOURNAL_OFF;
    command->journal_file = command->journal != JOURNAL_OFF && command->shards == 0 && dice_chance(dice, 6);
}

static int draw_add(struct dice *dice)
{
    int add = dice_chance(dice, 93) ? 1 + (int)dice_below(dice, 100) : 20000 + (int)dice_below(dice, 12768);
    return dice_chance(dice, 40) ? -add : add;
}

/* ---- which bytes ------------------------------------------------------------------------------------------------ */

static size_t least_size(const struct world *world, const struct command *command)
{
    size_t least = SIZE_MAX;
    for (int i = 0; i < command->count; i++) {
        enum world_name name = world_samples(command->names[i]);
        size_t size = is_there(world, name) ? world->objects[world->now[name]].size : 0;
        least = size < least ? size : least;
    }
    return least;
}

static void draw_range(struct dice *dice, const struct world *world, struct command *command)
{
    size_t size = least_size(world, command);
    unsigned kind = dice_below(dice, 100), most = (unsigned)(size / SHARD_LEAST), pixels = (unsigned)(size / PIXEL);
    if (kind < 20 && command->count == 1 && most >= 2) {
        command->shards = 2 + dice_below(dice, most < 5 ? most - 1 : 4);
        command->shard = 1 + dice_below(dice, command->shards);
        return;
    }
    if (kind < 65 || pixels < 2)
        return;
    command->offset = (uint64_t)PIXEL * dice_below(dice, pixels);
    if (dice_chance(dice, 50))
        command->offset = command->offset / 4096 * 4096;
    command->length = (uint64_t)PIXEL * dice_below(dice, pixels - (unsigned)(command->offset / PIXEL) + 1);
    if (dice_chance(dice, 3))
        command->length++;
}

static void draw_names(struct dice *dice, const struct world *world, struct command *command)
{
    unsigned kind = dice_below(dice, 100);
    int wanted = kind < 72 ? 1 : kind < 90 ? 2 : 3;
    for (int tries = 0; command->count < wanted && tries < 9; tries++) {
        enum world_name name = draw_image(dice, world, true);
        if (is_there(world, NAME_HEADER) && dice_chance(dice, 12))
            name = NAME_HEADER;
        else if (is_there(world, NAME_LINK) && dice_chance(dice, 12))
            name = NAME_LINK;
        else if (dice_chance(dice, 1))
            name = NAME_OTHER;
        bool given = name == NAMES;
        for (int i = 0; i < command->count; i++)
            given = given || command->names[i] == name ||
                    (!dice_chance(dice, 3) && world->now[command->names[i]] == world->now[name]);
        if (!given)
            command->names[command->count++] = name;
    }
    if (command->count == 0)
        command->names[command->count++] = NAME_A;
}

static struct command draw_in_place(struct dice *dice, const struct world *world)
{
    struct command command = {.task = TASK_IN_PLACE, .add = draw_add(dice)};
    draw_names(dice, world, &command);
    draw_range(dice, world, &command);
    draw_safety(dice, &command);
    draw_way(dice, &command);
    if (command.names[0] == NAME_HEADER) {
        command.fix_stats = command.shards == 0 && dice_chance(dice, 40);
        command.preview = command.count == 1 && dice_chance(dice, 25);
    }
    draw_plan(dice, &command, 60);
    return command;
}

static struct command draw_output(struct dice *dice, const struct world *world)
{
    struct command command = {.task = TASK_OUTPUT, .count = 2, .add = draw_add(dice)};
    command.names[0] = draw_image(dice, world, true);
    command.names[1] = draw_image(dice, world, dice_chance(dice, 40));
    if (command.names[1] == NAMES)
        command.names[1] = NAME_C;
    command.force = dice_chance(dice, 70);
    struct command file = command;
    file.count = 1;
    draw_range(dice, world, &file);
    if (file.shards == 0) {
        command.offset = file.offset;
        command.length = file.length;
    }
    draw_way(dice, &command);
    draw_plan(dice, &command, 40);
    return command;
}

/* ---- again ------------------------------------------------------------------------------------------------------ */

bool draw_again(const struct run *run, const struct world *world, struct command *command_ret)
{
    *command_ret = run->command;
    for (int i = 0; i < run->count; i++) {
        int object = run->targets[i].object, found = NOTHING;
        bool header = run->command.names[i] == NAME_HEADER;
        for (int name = header ? NAME_RAW : NAME_A; name <= NAME_RAW && found == NOTHING; name++)
            if (world->now[name] == object)
                found = name;
        if (!header && world->now[run->command.names[i]] == object)
            found = (int)run->command.names[i];
        if (found == NOTHING)
            return false;
        command_ret->names[i] = header ? NAME_HEADER : (enum world_name)found;
    }
    command_ret->plan = PLAN_NONE;
    command_ret->output = STDOUT_QUIET;
    command_ret->report = REPORT_NONE;
    command_ret->verify = false;
    return true;
}

/* Almost the same command. */
static void alter(struct dice *dice, struct command *command)
{
    enum world_name first = command->names[0];
    switch (dice_below(dice, 6)) {
    case 0:
        command->add += command->add == -1 ? 2 : 1;
        break;
    case 1:
        command->journal = (enum journal_kind)dice_below(dice, 4);
        break;
    case 2:
        command->names[0] = command->names[command->count - 1];
        command->names[command->count - 1] = first;
        break;
    case 3:
        command->names[0] = command->names[command->count - 1];
        command->count = 1;
        break;
    case 4:
        command->journal_file = command->shards == 0 && !command->journal_file && command->journal != JOURNAL_OFF;
        break;
    default:
        command->length = 0;
        command->shards = 0;
    }
    if (command->journal == JOURNAL_OFF || command->shards)
        command->journal_file = false;
}

static bool draw_repeat(struct dice *dice, const struct world *world, const struct run *run,
                        struct command *command_ret)
{
    if (!draw_again(run, world, command_ret))
        return false;
    if (command_ret->shards && dice_chance(dice, 60))
        command_ret->shard = 1 + dice_below(dice, command_ret->shards);
    if (dice_chance(dice, 75))
        draw_way(dice, command_ret);
    draw_plan(dice, command_ret, 45);
    if (dice_chance(dice, 15))
        alter(dice, command_ret);
    return true;
}

/* ---- other programs --------------------------------------------------------------------------------------------- */

static enum world_name draw_source(struct dice *dice, const struct world *world, const struct run *run)
{
    for (enum world_name name = NAME_A; run && world_is_image(name) && dice_chance(dice, 80); name++)
        if (world->now[name] == run->targets[0].object)
            return name;
    if (is_there(world, NAME_BACKUP) && dice_chance(dice, 25))
        return NAME_BACKUP;
    return draw_image(dice, world, true);
}

static enum world_name draw_goal(struct dice *dice, const struct world *world)
{
    if (dice_chance(dice, 20))
        return NAME_BACKUP;
    enum world_name name = draw_image(dice, world, dice_chance(dice, 40));
    return name == NAMES ? NAME_B : name;
}

static struct command draw_two(struct dice *dice, const struct world *world, const struct run *run, enum task task)
{
    struct command command = {.task = task, .count = 2};
    command.names[0] = draw_source(dice, world, run);
    command.names[1] = draw_goal(dice, world);
    /* A backup is put back. */
    for (enum world_name name = NAME_A; task == TASK_COPY && run && world_is_image(name); name++)
        if (world->now[name] == run->targets[0].object && is_there(world, NAME_BACKUP) && dice_chance(dice, 50)) {
            command.names[0] = NAME_BACKUP;
            command.names[1] = name;
        }
    if (task == TASK_LINK)
        command.names[1] = draw_image(dice, world, false);
    if (task == TASK_SYMLINK) {
        command.names[0] = (enum world_name)dice_below(dice, NAME_DEEP);
        command.names[1] = NAME_LINK;
    }
    /* Where samples are at an end of their type, nobody can see that they were put back. */
    bool hidden = command.names[1] < NAMES && is_there(world, command.names[1]) &&
                  world->objects[world->now[command.names[1]]].saturated;
    if (command.names[0] == NAMES || command.names[1] == NAMES || (hidden && task <= TASK_COPY_REFLINK))
        return (struct command){.task = TASK_TOUCH, .count = 1, .names = {NAME_A}};
    return command;
}

static struct command draw_one(struct dice *dice, const struct world *world, const struct run *run, enum task task)
{
    struct command command = {.task = task, .count = 1};
    command.names[0] = draw_source(dice, world, run);
    if (command.names[0] == NAMES)
        command.names[0] = NAME_A;
    if (task == TASK_TRUNCATE && is_there(world, command.names[0])) {
        const struct object *object = &world->objects[world->now[command.names[0]]];
        command.size = (uint64_t)PIXEL * dice_below(dice, (unsigned)(object->size / PIXEL) * 2 + 1);
        if (object->saturated)
            command.task = TASK_TOUCH;
    }
    return command;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

static enum task draw_task(struct dice *dice, bool has_advice)
{
    static const unsigned char weights[TASKS] = {50, 8, 2, 6, 7, 5, 6, 2, 8, 3, 2, 2, 3, 1};
    unsigned sum = 0;
    for (int task = 0; task < TASKS; task++)
        sum += weights[task];
    unsigned number = dice_below(dice, sum), task = 0;
    while (number >= weights[task])
        number -= weights[task++];
    return task == TASK_ADVICE && !has_advice ? TASK_IN_PLACE : (enum task)task;
}

struct command draw_command(struct dice *dice, const struct world *world, const struct oracle *oracle, bool has_advice)
{
    struct command command;
    const struct run *run = draw_run(dice, oracle);
    if (run && dice_chance(dice, 45) && draw_repeat(dice, world, run, &command))
        return command;
    enum task task = draw_task(dice, has_advice);
    if (draw_image(dice, world, true) == NAMES)
        return draw_in_place(dice, world);
    if (task == TASK_IN_PLACE)
        return draw_in_place(dice, world);
    if (task == TASK_OUTPUT)
        return draw_output(dice, world);
    if (task == TASK_COPY || task == TASK_COPY_ALL || task == TASK_COPY_REFLINK || task == TASK_MOVE ||
        task == TASK_LINK || task == TASK_SYMLINK)
        return draw_two(dice, world, run, task);
    return draw_one(dice, world, run, task);
}
