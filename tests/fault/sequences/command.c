/* SPDX-License-Identifier: MIT */
/* command: see command.h. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST 32
#define ROOM 2048
#define PATIENCE_S 60

extern char **environ;

struct words {
    char *list[WORDS_MOST];
    int count;
    char room[ROOM];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void add_word(struct words *words, const char *format, ...)
{
    va_list arguments;
    char *word = words->room + words->used;
    va_start(arguments, format);
    words->used += (size_t)vsnprintf(word, ROOM - words->used, format, arguments) + 1;
    va_end(arguments);
    words->list[words->count++] = word;
    words->list[words->count] = NULL;
}

static void add_names(struct words *words, const struct command *command)
{
    for (int i = 0; i < command->count; i++)
        add_word(words, "%s", world_names[command->names[i]]);
}

/* ---- mmbright --------------------------------------------------------------------------------------------------- */

static void add_range(struct words *words, const struct command *command)
{
    if (command->offset)
        add_word(words, "--offset=%llu", (unsigned long long)command->offset);
    if (command->length)
        add_word(words, "--length=%llu", (unsigned long long)command->length);
    if (command->shards)
        add_word(words, "--shard=%u/%u", command->shard, command->shards);
}

static void add_safety(struct words *words, const struct command *command)
{
    static const char *const journals[] = {"", "kill", "power", "off"};
    if (command->journal)
        add_word(words, "--journal=%s", journals[command->journal]);
    if (command->journal_file)
        add_word(words, "--journal-file=j1");
    if (command->adopt)
        add_word(words, "--adopt");
}

static void add_way(struct words *words, const struct command *command)
{
    static const char *const ways[] = {"auto", "mmap", "buffered", "direct"};
    if (command->io)
        add_word(words, "--io=%s", ways[command->io]);
    add_word(words, "-j%u", command->threads);
    if (command->window)
        add_word(words, "--window=64K");
    if (command->verify)
        add_word(words, "--verify");
}

static void add_reports(struct words *words, const struct command *command)
{
    if (command->fix_stats)
        add_word(words, "--fix-stats");
    if (command->preview)
        add_word(words, "--preview=p.png");
    if (command->report)
        add_word(words, "--report=%s", command->report == REPORT_FILE ? "r.jsonl" : "missing/r.jsonl");
    add_word(words, command->output == STDOUT_QUIET ? "-q" : "--json");
}

/* A header describes the file that it names; without --format=raw that would count also where the file is named. */
static void add_format(struct words *words, const struct command *command)
{
    for (int i = 0; i < command->count; i++)
        if (command->names[i] == NAME_HEADER)
            return;
    add_word(words, "--format=raw");
}

static void tool_words(struct words *words, const struct command *command)
{
    if (command->task == TASK_STATUS || command->task == TASK_DISCARD) {
        add_word(words, command->task == TASK_STATUS ? "--status" : "--discard-journal");
        add_names(words, command);
        return;
    }
    if (command->force || command->preview)
        add_word(words, "-f");
    if (command->task == TASK_OUTPUT)
        add_word(words, "--output=%s", world_names[command->names[1]]);
    else
        add_word(words, "-i");
    add_word(words, "--add=%d", command->add);
    add_format(words, command);
    add_range(words, command);
    add_safety(words, command);
    add_way(words, command);
    add_reports(words, command);
    if (command->task == TASK_OUTPUT)
        add_word(words, "%s", world_names[command->names[0]]);
    else
        add_names(words, command);
}

bool command_is_tool(const struct command *command)
{
    return command->task <= TASK_ADVICE;
}

bool command_is_hurt(const struct command *command)
{
    return command->plan != PLAN_NONE || command->output == STDOUT_FULL || command->output == STDOUT_GONE ||
           command->report == REPORT_NOWHERE;
}

/* ---- other programs --------------------------------------------------------------------------------------------- */

static void other_words(struct words *words, const struct command *command)
{
    switch (command->task) {
    case TASK_COPY:
        add_word(words, "cp");
        break;
    case TASK_COPY_ALL:
        add_word(words, "cp");
        add_word(words, "-a");
        break;
    case TASK_COPY_REFLINK:
        add_word(words, "cp");
        add_word(words, "--reflink=auto");
        break;
    case TASK_MOVE:
        add_word(words, "mv");
        add_word(words, "-f");
        break;
    case TASK_LINK:
        add_word(words, "ln");
        break;
    case TASK_SYMLINK:
        add_word(words, "ln");
        add_word(words, "-s");
        break;
    case TASK_REMOVE:
        add_word(words, "rm");
        break;
    case TASK_TRUNCATE:
        add_word(words, "truncate");
        add_word(words, "--size=%llu", (unsigned long long)command->size);
        break;
    default:
        add_word(words, "touch");
    }
    add_names(words, command);
}

static void all_words(struct words *words, const struct command *command, const struct runner *runner)
{
    *words = (struct words){.count = 0};
    if (command->task == TASK_ADVICE) {
        add_word(words, "sh");
        add_word(words, "-c");
        add_word(words, "'%s' %s", runner->tool, runner->advice);
    } else if (command_is_tool(command)) {
        add_word(words, "%s", runner->tool);
        tool_words(words, command);
    } else {
        other_words(words, command);
    }
}

static void print_word(const char *word, FILE *to)
{
    bool plain = word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./,")] == '\0';
    fprintf(to, plain ? " %s" : " '%s'", word);
}

void command_print(const struct command *command, FILE *to)
{
    static const char *const outputs[] = {"", " >/dev/null", " >/dev/full", " | true"};
    struct words words;
    const struct runner unknown = {.tool = "mmbright"};
    if (command->task == TASK_ADVICE) {
        fprintf(to, "eval \"$MMBRIGHT $(grep -o -- '--discard-journal.*' err | tail -n1)\"\n");
        return;
    }
    all_words(&words, command, &unknown);
    if (command->plan)
        fprintf(to, "SEQUENCES_PLAN=%s:%u LD_PRELOAD=$SHIM ", plan_names[command->plan], command->number);
    fputs(command_is_tool(command) ? "$MMBRIGHT" : words.list[0], to);
    for (int i = 1; i < words.count; i++)
        print_word(words.list[i], to);
    fprintf(to, "%s%s\n", command_is_tool(command) ? " 2>err" : "", outputs[command->output]);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static bool knows_adopt(const char *tool)
{
    char line[512];
    bool found = false;
    snprintf(line, sizeof line, "'%s' --help", tool);
    FILE *help = popen(line, "r");
    while (help && fgets(line, sizeof line, help))
        found = found || strstr(line, "--adopt");
    if (help)
        pclose(help);
    return found;
}

void runner_begin(struct runner *runner, const char *tool, const char *shim)
{
    *runner = (struct runner){.tool = tool, .shim = shim};
    runner->page_descriptor = memfd_create("page", MFD_CLOEXEC);
    runner->message_descriptor = memfd_create("message", MFD_CLOEXEC);
    if (runner->page_descriptor < 0 || runner->message_descriptor < 0 || ftruncate(runner->page_descriptor, 4096) != 0)
        world_fail("memfd_create");
    runner->page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, runner->page_descriptor, 0);
    if (runner->page == MAP_FAILED)
        world_fail("mmap");
    runner->can_adopt = knows_adopt(tool);
    setenv(PAGE_VARIABLE, "1", 1);
    setenv("LC_ALL", "C", 1);
}

void runner_end(struct runner *runner)
{
    munmap(runner->page, 4096);
    close(runner->page_descriptor);
    close(runner->message_descriptor);
}

/* The descriptor that becomes stdout; a pipe that nobody reads has its reader closed already. */
static int open_output(const struct command *command)
{
    int pair[2];
    if (command->output != STDOUT_GONE)
        return open(command->output == STDOUT_FULL ? "/dev/full" : "/dev/null", O_WRONLY | O_CLOEXEC);
    if (pipe2(pair, O_CLOEXEC) != 0)
        world_fail("pipe");
    close(pair[0]);
    return pair[1];
}

static void spawn(pid_t *process, struct words *words, posix_spawn_file_actions_t *files, char **variables)
{
    int error = posix_spawnp(process, words->list[0], files, NULL, words->list, variables);
    errno = error;
    if (error != 0)
        world_fail(words->list[0]);
}

/* The shim only for mmbright: other programs are what they are. */
static char **with_shim(const struct command *command, const struct runner *runner)
{
    static char preload[4096], *variables[256];
    int count = 0;
    for (char **each = environ; *each && count < 250; each++)
        variables[count++] = *each;
    if (command_is_tool(command) && command->task != TASK_ADVICE) {
        snprintf(preload, sizeof preload, "LD_PRELOAD=%s", runner->shim);
        variables[count++] = preload;
    }
    variables[count] = NULL;
    return variables;
}

pid_t command_start(const struct command *command, const struct runner *runner)
{
    pid_t process;
    struct words words;
    posix_spawn_file_actions_t files;
    int output = open_output(command);
    all_words(&words, command, runner);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, 1);
    posix_spawn_file_actions_adddup2(&files, runner->message_descriptor, 2);
    posix_spawn_file_actions_adddup2(&files, runner->page_descriptor, PAGE_DESCRIPTOR);
    spawn(&process, &words, &files, with_shim(command, runner));
    posix_spawn_file_actions_destroy(&files);
    close(output);
    return process;
}

/* A command that hangs ends the harness: nothing that it would find afterwards could be trusted. */
static void on_alarm(int number)
{
    static const char text[] = "sequences: a command hangs\n";
    (void)number;
    (void)!write(2, text, sizeof text - 1);
    _exit(3);
}

int command_wait(pid_t process)
{
    int status;
    signal(SIGALRM, on_alarm);
    alarm(PATIENCE_S);
    while (waitpid(process, &status, 0) != process)
        if (errno != EINTR)
            world_fail("waitpid");
    alarm(0);
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static void read_message(struct runner *runner, const struct command *command)
{
    ssize_t length = pread(runner->message_descriptor, runner->message, MESSAGE_MOST - 1, 0);
    runner->message[length > 0 ? length : 0] = '\0';
    char *advice = NULL;
    for (char *next = runner->message; (next = strstr(next, "--discard-journal")) != NULL; next++)
        advice = next;
    bool refused = (command->task == TASK_IN_PLACE || command->task == TASK_OUTPUT) && advice;
    snprintf(runner->advice, MESSAGE_MOST, "%s", refused ? advice : "");
    runner->advice[strcspn(runner->advice, "\n")] = '\0';
    runner->refused = *command;
    if (command->task == TASK_OUTPUT)
        runner->refused.count = 1;
}

int command_run(const struct command *command, struct runner *runner)
{
    *runner->page = (struct page){.plan = command->plan, .number = command->number};
    if (ftruncate(runner->message_descriptor, 0) != 0 || lseek(runner->message_descriptor, 0, SEEK_SET) != 0)
        world_fail("ftruncate");
    int status = command_wait(command_start(command, runner));
    read_message(runner, command);
    return status;
}
