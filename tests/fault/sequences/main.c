/* SPDX-License-Identifier: MIT */
/*
 * sequences: random sequences of commands of the real tools, against an oracle that knows no more of them than their
 * manual (oracle.h).
 *
 *     sequences --tool=MMBRIGHT --shim=SHIM [--dir=FOLDER] [--other=FOLDER] [--seed=N] [--sequences=N] [--log=FILE]
 *               [--commit=NAME] [--found=FOLDER] [-v]
 *     sequences --parts=N ...    rounds of parts of one job (parts.h), with the same options
 *
 * Each sequence follows from its seed, but for what threads and timers do. The work is done in a folder in FOLDER
 * (default: $TMPDIR or /tmp), and in one on another file system, in --other (default: /dev/shm). A fault is told with
 * the seed, and with the shortest part of the sequence that still shows it as a script; --seed=S --sequences=1 -v tells
 * all of it. --log gets a line: the
 * day, the commit that was tried, the seeds, and what was counted.
 *
 * The end of each sequence: every run that is unfinished is repeated, unhurt; then each file must take a new command,
 * if need be after --discard-journal or what the refusal advises. What does not is locked. Exit status: 0, or 1 for
 * faults.
 */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "draw.h"
#include "oracle.h"
#include "parts.h"
#include "world.h"

#define COMMANDS_MOST 12
#define PROBES 5
#define EXTREME 1000
#define FAULTS_TOLD 20

struct options {
    const char *tool, *shim, *folder, *other, *log, *found, *commit;
    uint64_t seed, sequences, parts;
    bool verbose, lay, whole;
};

struct counts {
    uint64_t sequences, commands, killed, refused, gaps, lost, locked;
};

struct sequence {
    uint64_t seed;
    struct command list[COMMANDS_MOST];
    int count;
};

struct trial {
    const struct options *options;
    struct runner *runner;
    struct counts *counts;
    struct world world;
    struct oracle oracle;
    FILE *script; /* NULL: nobody reads it */
};

/* ---- one command ------------------------------------------------------------------------------------------------ */

static void mark_saturated(struct world *world, const struct command *command)
{
    bool extreme = command->add > EXTREME || command->add < -EXTREME, any = false;
    for (int i = 0; i < world->count; i++)
        any = any || world->objects[i].saturated;
    for (int name = 0; name < NAMES; name++) {
        struct object *object = world->now[name] == NOTHING ? NULL : &world->objects[world->now[name]];
        bool named = false;
        for (int i = 0; i < command->count; i++)
            named = named || (int)command->names[i] == name || command->names[i] == NAME_HEADER;
        if (object && ((extreme && named) || (any && world->now[name] != world->before[name])))
            object->saturated = true;
    }
}

static void tell(struct trial *trial, const struct command *command, int status)
{
    if (trial->script == NULL)
        return;
    command_print(command, trial->script);
    fprintf(trial->script, "# exit %d%s\n", status >= SIGNALLED ? status - SIGNALLED + 128 : status,
            status >= SIGNALLED ? ", by a signal" : "");
    const char *message = trial->runner->message;
    if (message[0])
        fprintf(trial->script, "#   %.*s\n", (int)strcspn(message, "\n"), message);
}

/* False: a fault. */
static bool step(struct trial *trial, const struct command *command, int *status_ret)
{
    *status_ret = command_run(command, trial->runner);
    world_look(&trial->world);
    mark_saturated(&trial->world, command);
    tell(trial, command, *status_ret);
    trial->counts->commands++;
    trial->counts->killed += *status_ret >= SIGNALLED;
    bool right = oracle_judge(&trial->oracle, &trial->world, command, *status_ret, trial->runner->page);
    world_accept(&trial->world);
    return right;
}

/* ---- the end of a sequence -------------------------------------------------------------------------------------- */

/* The next part of a run's job that has not said 0, or the run itself. */
static bool next_of(const struct trial *trial, const struct run *run, struct command *command_ret)
{
    if (!draw_again(run, &trial->world, command_ret))
        return false;
    if (!run->kept)
        return true;
    command_ret->shard = run->command.shard % run->command.shards + 1;
    return true;
}

static bool repeat_runs(struct trial *trial)
{
    int status;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < RUNS; i++) {
            struct command command;
            if (trial->oracle.runs[i].used && next_of(trial, &trial->oracle.runs[i], &command) &&
                !step(trial, &command, &status))
                return false;
        }
    }
    return true;
}

static bool adopt_runs(struct trial *trial)
{
    int status;
    for (int i = 0; trial->runner->can_adopt && i < RUNS; i++) {
        struct command command;
        if (!trial->oracle.runs[i].used || trial->oracle.runs[i].kept ||
            !draw_again(&trial->oracle.runs[i], &trial->world, &command))
            continue;
        command.adopt = true;
        if (!step(trial, &command, &status))
            return false;
    }
    return true;
}

/* Some way must lead to a new run. */
static bool probe(struct trial *trial, enum world_name name)
{
    struct command command = {.task = TASK_IN_PLACE, .count = 1, .names = {name}, .add = 1, .threads = 1};
    struct command discard = {.task = TASK_DISCARD, .count = 1, .names = {name}};
    int status, ignored;
    for (int i = 0; i < PROBES; i++) {
        if (!step(trial, &command, &status))
            return false;
        if (status == 0)
            return true;
        discard.task = i % 2 && trial->runner->advice[0] ? TASK_ADVICE : TASK_DISCARD;
        if (!step(trial, &discard, &ignored))
            return false;
    }
    return oracle_fault(&trial->oracle, "LOCKED %s: exit %d after all that is advised", world_names[name], status);
}

static bool end_sequence(struct trial *trial)
{
    char name[512] = "";
    if (!repeat_runs(trial) || !adopt_runs(trial))
        return false;
    for (enum world_name each = NAME_A; world_is_image(each); each++)
        if (trial->world.now[each] != NOTHING && !probe(trial, each))
            return false;
    for (int i = 0; i < RUNS; i++)
        trial->oracle.untidy |= trial->oracle.runs[i].used;
    if (!trial->oracle.untidy && world_strangers(name, sizeof name))
        return oracle_fault(&trial->oracle, "LEFT %s", name);
    return true;
}

/* ---- a sequence ------------------------------------------------------------------------------------------------- */

static void begin_trial(struct trial *trial, uint64_t seed)
{
    struct dice dice = dice_of(seed, 0);
    world_clear(trial->options->other);
    world_lay(&dice, trial->options->other);
    world_begin(&trial->world);
    world_look(&trial->world);
    oracle_begin(&trial->oracle, &trial->world);
    world_accept(&trial->world);
    trial->runner->advice[0] = '\0';
    if (trial->script == NULL)
        return;
    fprintf(trial->script, "$SEQUENCES --lay --seed=%llu --other=$OTHER\n#", (unsigned long long)seed);
    for (int name = 0; name < NAMES; name++)
        if (trial->world.now[name] != NOTHING)
            fprintf(trial->script, " %s: %zu", world_names[name], trial->world.objects[trial->world.now[name]].size);
    fprintf(trial->script, " bytes\n");
}

static void end_trial(struct trial *trial)
{
    oracle_end(&trial->oracle);
    world_end(&trial->world);
}

static struct command next_command(struct trial *trial, struct dice *dice)
{
    struct command command = draw_command(dice, &trial->world, &trial->oracle, trial->runner->advice[0] != '\0');
    if (command.task == TASK_ADVICE) {
        command.journal_file = trial->runner->refused.journal_file;
        command.count = trial->runner->refused.count;
        memcpy(command.names, trial->runner->refused.names, sizeof command.names);
    }
    return command;
}

/* Draws a sequence, and runs it; what was drawn is in *sequence_ret. */
static bool draw_sequence(struct trial *trial, uint64_t seed, struct sequence *sequence_ret)
{
    struct dice dice = dice_of(seed, 1);
    int wanted = 2 + (int)dice_below(&dice, COMMANDS_MOST - 1), status;
    bool right = true;
    *sequence_ret = (struct sequence){.seed = seed, .count = 0};
    begin_trial(trial, seed);
    while (right && sequence_ret->count < wanted) {
        struct command *command = &sequence_ret->list[sequence_ret->count++];
        *command = next_command(trial, &dice);
        right = step(trial, command, &status);
    }
    return right && end_sequence(trial);
}

static bool run_sequence(struct trial *trial, const struct sequence *sequence)
{
    int status;
    begin_trial(trial, sequence->seed);
    for (int i = 0; i < sequence->count; i++) {
        const struct command *command = &sequence->list[i];
        if (command->task == TASK_ADVICE && trial->runner->advice[0] == '\0')
            continue;
        if (!step(trial, command, &status))
            return false;
    }
    return end_sequence(trial);
}

/* ---- faults ----------------------------------------------------------------------------------------------------- */

static bool same_kind(const char *fault, const char *other)
{
    size_t length = strcspn(fault, " :");
    return length > 0 && strncmp(fault, other, length) == 0;
}

static bool still_fails(struct trial *trial, const struct sequence *sequence, const char *fault)
{
    bool fails = !run_sequence(trial, sequence) && same_kind(fault, trial->oracle.fault);
    end_trial(trial);
    return fails;
}

/* Leaves commands out as long as the fault stays. */
static void shrink(struct trial *trial, struct sequence *sequence, const char *fault)
{
    for (int i = sequence->count - 1; i >= 0; i--) {
        struct sequence shorter = *sequence;
        shorter.count--;
        memmove(&shorter.list[i], &shorter.list[i + 1], sizeof shorter.list[0] * (size_t)(shorter.count - i));
        if (still_fails(trial, &shorter, fault))
            *sequence = shorter;
    }
}

static FILE *open_script(const struct options *options, uint64_t seed)
{
    char path[PATH_MAX];
    if (options->found == NULL)
        return stdout;
    snprintf(path, sizeof path, "%s/seed-%llu.sh", options->found, (unsigned long long)seed);
    FILE *script = fopen(path, "w");
    if (script == NULL)
        world_fail(path);
    return script;
}

static void tell_fault(struct trial *trial, struct sequence *sequence)
{
    char fault[FAULT_MOST];
    struct counts ignored = {0}, *counts = trial->counts;
    snprintf(fault, sizeof fault, "%s", trial->oracle.fault);
    counts->locked += same_kind("LOCKED", fault) || same_kind("REFUSED", fault);
    counts->lost += !same_kind("LOCKED", fault) && !same_kind("REFUSED", fault);
    printf("seed %llu: %s\n", (unsigned long long)sequence->seed, fault);
    fflush(stdout);
    if (counts->lost + counts->locked > FAULTS_TOLD || trial->options->whole)
        return;
    trial->counts = &ignored;
    trial->script = NULL;
    shrink(trial, sequence, fault);
    trial->script = open_script(trial->options, sequence->seed);
    fprintf(trial->script,
            "# %s\nMMBRIGHT=${MMBRIGHT:-%s} SHIM=${SHIM:-%s} SEQUENCES=${SEQUENCES:-sequences} OTHER=${OTHER:-%s}\n"
            "cd \"$(mktemp -d)\" || exit\n",
            fault, trial->options->tool, trial->options->shim, trial->options->other);
    bool again = !run_sequence(trial, sequence);
    fprintf(trial->script, "# %s\n\n", again ? trial->oracle.fault : "not seen this time");
    end_trial(trial);
    if (trial->script != stdout)
        fclose(trial->script);
    trial->script = NULL;
    trial->counts = counts;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static void one_sequence(struct trial *trial, uint64_t seed)
{
    struct sequence sequence;
    trial->script = trial->options->verbose ? stdout : NULL;
    bool right = draw_sequence(trial, seed, &sequence);
    trial->counts->sequences++;
    trial->counts->gaps += trial->oracle.gaps;
    trial->counts->refused += trial->oracle.refusals;
    end_trial(trial);
    if (!right)
        tell_fault(trial, &sequence);
}

static void print_day(const struct options *options, FILE *to)
{
    char day[32];
    time_t now = time(NULL);
    strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
    fprintf(to, "%s %s", day, options->commit);
}

static void print_sequences(const struct options *options, const struct counts *counts, FILE *to)
{
    print_day(options, to);
    fprintf(to,
            " seeds %llu..%llu sequences %llu commands %llu killed %llu refused %llu gaps %llu lost %llu locked %llu\n",
            (unsigned long long)options->seed, (unsigned long long)(options->seed + options->sequences - 1),
            (unsigned long long)counts->sequences, (unsigned long long)counts->commands,
            (unsigned long long)counts->killed, (unsigned long long)counts->refused, (unsigned long long)counts->gaps,
            (unsigned long long)counts->lost, (unsigned long long)counts->locked);
}

static void print_parts(const struct options *options, const struct parts_counts *counts, FILE *to)
{
    print_day(options, to);
    fprintf(to, " parts seeds %llu..%llu rounds %llu commands %llu killed %llu gaps %llu lost %llu stuck %llu\n",
            (unsigned long long)options->seed, (unsigned long long)(options->seed + options->parts - 1),
            (unsigned long long)counts->rounds, (unsigned long long)counts->commands,
            (unsigned long long)counts->killed, (unsigned long long)counts->gaps, (unsigned long long)counts->lost,
            (unsigned long long)counts->stuck);
}

/* Nothing when nobody wants a log. */
static FILE *open_log(const char *path)
{
    FILE *log = path ? fopen(path, "a") : NULL;
    if (path && log == NULL)
        world_fail(path);
    return log;
}

static int run_parts(const struct options *options, FILE *log)
{
    struct parts_counts counts = {0};
    for (uint64_t i = 0; i < options->parts; i++)
        parts_round(options->tool, options->shim, options->other, options->seed + i, options->verbose, &counts);
    print_parts(options, &counts, stdout);
    if (log)
        print_parts(options, &counts, log);
    return counts.lost + counts.stuck ? 1 : 0;
}

static int run_sequences(const struct options *options, FILE *log)
{
    struct counts counts = {0};
    struct runner runner;
    runner_begin(&runner, options->tool, options->shim);
    struct trial trial = {.options = options, .runner = &runner, .counts = &counts};
    for (uint64_t i = 0; i < options->sequences; i++)
        one_sequence(&trial, options->seed + i);
    runner_end(&runner);
    print_sequences(options, &counts, stdout);
    if (log)
        print_sequences(options, &counts, log);
    return counts.lost + counts.locked ? 1 : 0;
}

static const char *whole_path(const char *path)
{
    char *whole = path ? realpath(path, NULL) : NULL;
    if (path && whole == NULL)
        world_fail(path);
    return whole;
}

static const struct option long_options[] = {
    {"tool", required_argument, NULL, 't'},      {"shim", required_argument, NULL, 's'},
    {"dir", required_argument, NULL, 'd'},       {"other", required_argument, NULL, 'o'},
    {"seed", required_argument, NULL, 'e'},      {"log", required_argument, NULL, 'l'},
    {"sequences", required_argument, NULL, 'n'}, {"found", required_argument, NULL, 'f'},
    {"commit", required_argument, NULL, 'c'},    {"lay", no_argument, NULL, 'y'},
    {"whole", no_argument, NULL, 'w'},           {"verbose", no_argument, NULL, 'v'},
    {"parts", required_argument, NULL, 'p'},     {NULL, 0, NULL, 0},
};

static void read_options(struct options *options, int count, char **words)
{
    for (int letter; (letter = getopt_long(count, words, "v", long_options, NULL)) != -1;) {
        switch (letter) {
        case 't':
            options->tool = whole_path(optarg);
            break;
        case 's':
            options->shim = whole_path(optarg);
            break;
        case 'd':
            options->folder = optarg;
            break;
        case 'o':
            options->other = optarg;
            break;
        case 'e':
            options->seed = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            options->sequences = strtoull(optarg, NULL, 10);
            break;
        case 'l':
            options->log = optarg;
            break;
        case 'f':
            options->found = whole_path(optarg);
            break;
        case 'p':
            options->parts = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            options->commit = optarg;
            break;
        case 'y':
            options->lay = true;
            break;
        case 'w':
            options->whole = true;
            break;
        case 'v':
            options->verbose = true;
            break;
        default:
            exit(2);
        }
    }
}

static const char *new_folder(const char *where)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/mmview-sequences-XXXXXX", where);
    if (mkdtemp(path) == NULL)
        world_fail(path);
    return whole_path(path);
}

/* Folders of this process, the first of which becomes the current one. */
static void enter_folders(struct options *options)
{
    const char *temporary = getenv("TMPDIR");
    if (options->folder == NULL)
        options->folder = temporary ? temporary : "/tmp";
    options->folder = new_folder(options->folder);
    options->other = new_folder(options->other ? options->other : "/dev/shm");
    if (chdir(options->folder) != 0)
        world_fail(options->folder);
}

static void leave_folders(const struct options *options)
{
    world_clear(options->other);
    rmdir(options->other);
    rmdir(options->folder);
}

int main(int count, char **words)
{
    struct options options = {.seed = 1, .sequences = 100, .commit = "-"};
    read_options(&options, count, words);
    if (options.lay && options.other) {
        struct dice dice = dice_of(options.seed, 0);
        world_lay(&dice, options.other);
        return 0;
    }
    if (!options.tool || !options.shim) {
        fprintf(stderr, "sequences: --tool and --shim must be given\n");
        return 2;
    }
    FILE *log = open_log(options.log);
    enter_folders(&options);
    int result = options.parts ? run_parts(&options, log) : run_sequences(&options, log);
    leave_folders(&options);
    if (log && fclose(log) != 0)
        world_fail(options.log);
    return result;
}
