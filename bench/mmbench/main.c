/* SPDX-License-Identifier: MIT */
/*
 * mmbench: mapped against buffered I/O, on this machine.
 *
 *     main.c       options; which of the three it is: the suite, advice, or what things cost here
 *     suite.c      the cases, which passes.c (one large file), leases.c (single accesses), files.c (many small files),
 *                  typed.c (values in views) and ipc.c (what processes share) register
 *     advise.c     what to use, for a file or folder; question.c what it asks and concludes, samples.c what five
 *                  figures allow to conclude, advise_say.c its words
 *     machine.c    what a page, a system call, a copied byte cost; costs.c measures that
 *     trial.c      one timed and checked run of any of them; meter.c what it cost, child.c the process it runs in
 *     workload.c   what is to be done, as an engine gets it; updates.c whether random updates were right
 *     engine*.c    the ways to the bytes; engine.c has the table
 *     fixture.c    files of known bytes and history; content.c the bytes; cache.c, group.c their state; place.c where
 *                  they are
 *     context.c    the machine and the settings, for the head of the JSON
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/walk.h>

#include "kit/cli/console.h"
#include "kit/cli/options.h"
#include "kit/os/file.h"
#include "kit/os/signals.h"
#include "kit/cli/sizes.h"
#include "kit/cli/threads.h"
#include "harness/harness.h"
#include "mmbench/advise.h"
#include "mmbench/context.h"
#include "mmbench/machine.h"
#include "mmbench/workload.h"
#include "mmbench/suite.h"

#define DEFAULT_SIZE (1024 * MMV_MIB)
#define ADVISE_SIZE (256 * MMV_MIB)
#define LEAST_SIZE (16 * MMV_MIB)
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct bench_settings {
    struct console *console;
    const char *directory;
    const char *file;
    uint64_t file_size; /* 0 = not given */
    unsigned threads;
    bool json;
    bool rounds;
};

enum { FILE_SIZE, DIR, FILE_OPTION, THREADS, JSON, ROUNDS, VERBOSE };

static const struct option_entry entries[] = {
    {0, "file-size", "SIZE", FILE_SIZE, "of each fixture (default 1G, advise 256M)",
     "At least 16M; rounded down to whole MiB. Cases whose file is larger than its memory limit need 256M."},
    {0, "dir", "DIR", DIR, "where the fixtures are made (default: here)",
     "The file system and device of this folder are what is measured. Everything is removed at the end, also after a "
     "signal."},
    {0, "file", "FILE", FILE_OPTION, "scan this file instead of fixtures",
     "Only cases that read are run. The file is not changed. Cold cases drop it from the page cache."},
    {'j', "threads", "N", THREADS, "most threads of a case (default: all)",
     "The default is the number of processors in the affinity mask. It is smaller when the control group's "
     "processor quota, OMP_NUM_THREADS or SLURM_CPUS_PER_TASK allow less."},
    {0, "json", NULL, JSON, "advise, machine: one line of JSON instead",
     "The object has all figures, and what is concluded from them."},
    {0, "rounds", NULL, ROUNDS, "run what standard input says, once each",
     "Each line is a regular expression. The cases that match it are run once, in random order. Each run prints a line "
     "of JSON, and a line with \"done\" ends them. This is for programs that decide from the figures what to run next, "
     "as bench/run does."},
    {'v', "verbose", NULL, VERBOSE, "advise: show every single figure", NULL},
};

static bool handle(int id, const char *argument, void *settings, const struct console *console)
{
    struct bench_settings *bench = settings;
    uint64_t value;
    switch (id) {
    case FILE_SIZE:
        if (!sizes_take(console, "file-size", argument, NULL, &bench->file_size))
            return false;
        bench->file_size = bench->file_size / MMV_MIB * MMV_MIB;
        if (bench->file_size >= LEAST_SIZE && bench->file_size <= INT64_MAX / 2)
            return true;
        console_usage(console, "--file-size=%s: must be 16M or more, and fit a file", argument);
        return false;
    case DIR:
        bench->directory = argument;
        return true;
    case FILE_OPTION:
        bench->file = argument;
        return true;
    case THREADS:
        if (!sizes_take_count(console, "threads", argument, (struct size_limits){1, WORKLOAD_THREADS / 4}, &value))
            return false;
        bench->threads = (unsigned)value;
        return true;
    case ROUNDS:
        bench->rounds = true;
        return true;
    case JSON:
        bench->json = true;
        return true;
    default:
        bench->console->verbose = true;
        return true;
    }
}

static const struct option_group group = {"Where and what", entries, COUNT(entries), handle, NULL};

/* Google Benchmark's own flags to the end of 'flags', the rest stays. */
static void split(int *argc, char **argv, int *flags_count, char **flags)
{
    int kept = 1;
    flags[0] = argv[0];
    *flags_count = 1;
    for (int i = 1; i < *argc; i++) {
        if (bench_is_flag(argv[i]))
            flags[(*flags_count)++] = argv[i];
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    argv[kept] = NULL;
    flags[*flags_count] = NULL;
}

static bool only_lists(char **flags)
{
    for (; *flags; flags++)
        if (strncmp(*flags, "--benchmark_list_tests", strlen("--benchmark_list_tests")) == 0)
            return true;
    return false;
}

/* Said once, rather than by every case. */
static bool can_write(const struct bench_settings *settings)
{
    struct file_facts facts;
    if (file_look_at(settings->directory, true, &facts) == 0 && facts.kind != FILE_FOLDER)
        errno = ENOTDIR;
    else if (access(settings->directory, W_OK | X_OK) == 0)
        return true;
    console_error(settings->console, settings->directory, "cannot make fixtures here: %s", strerror(errno));
    return false;
}

/* Its size is that of the cases. */
static bool can_read(struct bench_settings *settings)
{
    struct file_facts facts;
    int error = file_look_at(settings->file, true, &facts);
    if (error == 0 && access(settings->file, R_OK) != 0)
        error = errno;
    if (error)
        console_error(settings->console, settings->file, "cannot read it: %s", strerror(error));
    else if (facts.kind != FILE_REGULAR)
        console_error(settings->console, settings->file, "is not a regular file");
    else if (facts.size < 4096)
        console_error(settings->console, settings->file, "is too short to be measured on");
    else {
        settings->file_size = facts.size;
        return true;
    }
    return false;
}

static bool register_all(struct suite *suite)
{
    if (!suite->fixtures.content || !suite_register_passes(suite))
        return false;
    return suite->fixtures.file || (suite_register_leases(suite) && suite_register_files(suite) &&
                                    suite_register_typed(suite) && suite_register_ipc(suite));
}

static int run_suite(struct bench_settings *settings, int flags_count, char **flags)
{
    /* Repetitions in random order, so that whatever disturbs the machine disturbs all cases alike. */
    static const char *const defaults[] = {"--benchmark_repetitions=5", "--benchmark_enable_random_interleaving=true",
                                           "--benchmark_display_aggregates_only=true",
                                           "--benchmark_counters_tabular=true", NULL};
    static const char *const of_rounds[] = {"--benchmark_repetitions=1", "--benchmark_enable_random_interleaving=true",
                                            NULL};
    if (settings->json)
        return console_usage(settings->console, "--json is for advise and machine; the cases have --benchmark_format");
    if (settings->file ? !can_read(settings) : !only_lists(flags) && !can_write(settings))
        return TOOL_FAILED;
    struct suite suite = {.fixtures = {.place = PLACE_IN(settings->directory), .file = settings->file},
                          .file_size = settings->file_size ? settings->file_size : DEFAULT_SIZE,
                          .threads = settings->threads};
    suite.fixtures.content = content_create();
    if (!register_all(&suite)) {
        suite_end(&suite);
        return console_error(settings->console, NULL, "no memory");
    }
    context_add(settings->file ? settings->file : settings->directory);
    int status =
        settings->rounds ? bench_rounds(flags_count, flags, of_rounds) : bench_main(flags_count, flags, defaults);
    suite_leave_if_stopped(&suite);
    suite_end(&suite);
    if (suite.wrong > 0)
        return console_error(settings->console, NULL, "%u run%s gave wrong bytes: see the errors above", suite.wrong,
                             suite.wrong == 1 ? "" : "s");
    return status == 0 ? TOOL_DONE : TOOL_USAGE;
}

static int parse(struct bench_settings *settings, int argc, char **argv, int *operand_ret)
{
    const struct option_section sections[] = {{&group, settings}, {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "[--benchmark_...] [OPTION]...\n       mmbench advise [OPTION]... FILE|DIR\n"
                 "       mmbench machine [OPTION]...",
        .purpose = "Measure mapped against buffered I/O; or say which to use for a file; or what\n"
                   "a page fault, a system call, a copied byte cost here.\n"
                   "All flags of Google Benchmark are taken: --benchmark_filter=REGEX,\n"
                   "--benchmark_list_tests, --benchmark_repetitions=N, --benchmark_out=FILE ...",
        .examples = {"mmbench --benchmark_filter='^in-place/.*/warm/1M' --dir=/data",
                     "mmbench advise /data/ExtremelyLargeImage.data"},
        .sections = sections,
        .count = COUNT(sections),
    };
    return options_parse(&table, settings->console, argc, argv, operand_ret);
}

static int start_command(struct bench_settings *settings, int argc, char **argv)
{
    bool advises = strcmp(argv[0], "advise") == 0;
    if (!advises && strcmp(argv[0], "machine") != 0)
        return console_usage(settings->console, "'%s' is none of its commands: they are advise and machine", argv[0]);
    if (advises && argc != 2)
        return console_usage(settings->console, "advise takes one FILE or DIR");
    if (!advises && argc != 1)
        return console_usage(settings->console, "machine takes no operand: --dir=DIR says where");
    if (settings->file || settings->rounds)
        return console_usage(settings->console, "%s takes no --%s", argv[0], settings->file ? "file" : "rounds");
    if (advises) {
        uint64_t size = settings->file_size ? settings->file_size : ADVISE_SIZE;
        return advise(settings->console, &(struct advise_settings){argv[1], size, settings->threads, settings->json});
    }
    return can_write(settings) ? machine(settings->console, settings->directory, settings->json) : TOOL_FAILED;
}

static int start(struct bench_settings *settings, int argc, char **argv, char **flags)
{
    int operand, flags_count;
    split(&argc, argv, &flags_count, flags);
    int result = parse(settings, argc, argv, &operand);
    if (result != OPTIONS_GO)
        return result;
    argc -= operand;
    argv += operand;
    signals_install(true);
    if (argc > 0 && flags_count > 1)
        return console_usage(settings->console, "%s takes no %s", argv[0], flags[1]);
    return argc > 0 ? start_command(settings, argc, argv) : run_suite(settings, flags_count, flags);
}

int main(int argc, char **argv)
{
    struct console console = {.tool = "mmbench"};
    struct bench_settings settings = {.console = &console, .directory = ".", .threads = threads_default()};
    console_secure();
    char **flags = calloc((size_t)argc + 1, sizeof *flags);
    int status = flags ? start(&settings, argc, argv, flags) : console_error(&console, NULL, "no memory");
    free(flags);
    return status;
}
