/* SPDX-License-Identifier: MIT */
/*
 * linux/proc.c - what /proc, /sys and control groups tell of limits and of this start of the system.
 *
 * Sources: cgroups(7), proc(5), getrlimit(2).
 */

#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <mmview/range.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATH_SIZE 1024 /* of a file of a cgroup; a longer one is taken for none */

/* The whole of a small file in /proc or /sys as text; "" when there is none. */
static const char *read_text(const char *path, char *text, size_t size)
{
    size_t length = 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got = 1; descriptor >= 0 && (got > 0 || (got < 0 && errno == EINTR));) {
        got = read(descriptor, text + length, size - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    if (descriptor >= 0)
        close(descriptor);
    text[length] = '\0';
    return text;
}

/* The number at the start of a file; UINT64_MAX for "max", a negative number or no file. */
static uint64_t read_number(const char *path)
{
    char text[64];
    read_text(path, text, sizeof text);
    return text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : UINT64_MAX;
}

static uint64_t field_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : UINT64_MAX;
}

static uint64_t limit_of(int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return (uint64_t)limit.rlim_cur;
}

/*
 * The line of /proc/self/cgroup that has the controller ("" = cgroup v2), as the directory of this process' group.
 * A container may see the line of the host and only its own subtree mounted, hence the walk upwards in smallest().
 */
static bool group_directory(const char *groups, const char *controller, char *directory, size_t size)
{
    for (const char *line = groups; *line; line = strchr(line, '\n') + 1) {
        const char *name = strchr(line, ':');
        const char *path = name ? strchr(name + 1, ':') : NULL;
        const char *end = path ? strchr(path, '\n') : NULL;
        if (!end)
            return false;
        size_t wanted = strlen(controller);
        char list[64];
        snprintf(list, sizeof list, ",%.*s,", (int)(path - name - 1), name + 1);
        char item[64];
        snprintf(item, sizeof item, ",%s,", controller);
        if (wanted ? strstr(list, item) != NULL : path == name + 1) {
            snprintf(directory, size, "/sys/fs/cgroup%s%s%.*s", wanted ? "/" : "", controller, (int)(end - path - 1),
                     path + 1);
            return true;
        }
    }
    return false;
}

static uint64_t value_in(const char *directory, const char *file, uint64_t (*value)(const char *path))
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s/%s", directory, file);
    return length < (int)sizeof path ? value(path) : UINT64_MAX;
}

/* The smallest value of 'file' from the group's directory up to the root of the hierarchy. */
static uint64_t smallest(char *directory, const char *file, uint64_t (*value)(const char *path))
{
    uint64_t least = UINT64_MAX;
    while (strlen(directory) >= strlen("/sys/fs/cgroup")) {
        least = mmv_min(least, value_in(directory, file, value));
        char *slash = strrchr(directory, '/');
        *slash = '\0';
    }
    return least;
}

static uint64_t group_limit(const char *controller, const char *file_v1, const char *file_v2,
                            uint64_t (*value)(const char *path))
{
    char groups[4096];
    char directory[PATH_SIZE];
    read_text("/proc/self/cgroup", groups, sizeof groups);
    uint64_t limit = UINT64_MAX;
    if (group_directory(groups, controller, directory, sizeof directory))
        limit = smallest(directory, file_v1, value);
    if (group_directory(groups, "", directory, sizeof directory))
        limit = mmv_min(limit, smallest(directory, file_v2, value));
    return limit;
}

/* cgroup v1 says "no limit" with a number near 2^63. */
static uint64_t memory_value(const char *path)
{
    uint64_t limit = read_number(path);
    return limit >= UINT64_C(1) << 62 ? UINT64_MAX : limit;
}

/* The same file name in the directory of 'path'. */
static uint64_t number_beside(const char *path, const char *file)
{
    char beside[PATH_SIZE];
    size_t length = (size_t)(strrchr(path, '/') + 1 - path);
    if (length + strlen(file) >= sizeof beside)
        return UINT64_MAX;
    memcpy(beside, path, length);
    strcpy(beside + length, file);
    return read_number(beside);
}

/* Processors, rounded up: "quota period" in one file (v2), or the quota here and the period beside it (v1). */
static uint64_t processor_value(const char *path)
{
    char text[64];
    char *rest;
    read_text(path, text, sizeof text);
    if (text[0] < '0' || text[0] > '9')
        return UINT64_MAX;
    uint64_t quota = strtoull(text, &rest, 10);
    uint64_t period = strtoull(rest, NULL, 10);
    if (period == 0)
        period = number_beside(path, "cpu.cfs_period_us");
    return period == 0 || period == UINT64_MAX ? UINT64_MAX : mmv_max(1, (quota + period - 1) / period);
}

/* What one group has left: pids.current counts the groups below it as well. */
static uint64_t pids_value(const char *path)
{
    uint64_t limit = read_number(path);
    uint64_t used = limit == UINT64_MAX ? 0 : number_beside(path, "pids.current");
    if (limit == UINT64_MAX || used == UINT64_MAX)
        return limit;
    return used < limit ? limit - used : 0;
}

/* RLIMIT_NPROC counts all tasks of the user; we know only our own. So this is an upper bound, halved in lease/budget.c.
 */
static uint64_t threads_left(void)
{
    return mmv_min(limit_of(RLIMIT_NPROC), group_limit("pids", "pids.max", "pids.max", pids_value));
}

/* libgomp honours OMP_STACKSIZE (in KiB without a suffix); otherwise a thread takes what RLIMIT_STACK says. */
static uint64_t thread_stack(void)
{
    const char *text = getenv("OMP_STACKSIZE");
    char *suffix;
    if (text) {
        uint64_t number = strtoull(text, &suffix, 10);
        static const struct {
            char letter;
            unsigned shift;
        } units[] = {{'B', 0}, {'K', 10}, {'M', 20}, {'G', 30}};
        while (*suffix == ' ')
            suffix++;
        unsigned shift = 10;
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if ((*suffix & ~32) == units[i].letter)
                shift = units[i].shift;
        if (number > 0 && number < UINT64_C(1) << 32)
            return number << shift;
    }
    uint64_t limit = limit_of(RLIMIT_STACK);
    return limit == UINT64_MAX ? 8 * MMV_MIB : limit;
}

void mmv__os_get_limits(mmv__os_limits *limits_ret)
{
    char text[4096];
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t available = field_of(read_text("/proc/meminfo", text, sizeof text), "MemAvailable:");
    uint64_t used = strtoull(read_text("/proc/self/statm", text, sizeof text), NULL, 10);
    *limits_ret = (mmv__os_limits){
        .address_space = limit_of(RLIMIT_AS),
        .address_space_used = used * page,
        .memory = group_limit("memory", "memory.limit_in_bytes", "memory.max", memory_value),
        .maps = read_number("/proc/sys/vm/max_map_count"),
        .new_threads = threads_left(),
        .thread_stack = thread_stack(),
    };
    limits_ret->memory_available = mmv_min(available == UINT64_MAX ? available : available * 1024, limits_ret->memory);
}

unsigned mmv__os_processors(void)
{
    cpu_set_t set;
    uint64_t count = 0;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        count = (uint64_t)CPU_COUNT(&set);
    else
        count = (uint64_t)mmv_max(1, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    uint64_t quota = group_limit("cpu", "cpu.cfs_quota_us", "cpu.max", processor_value);
    return (unsigned)mmv_max(1, mmv_min(count, quota));
}

void mmv__os_boot(char *text, size_t size)
{
    read_text("/proc/sys/kernel/random/boot_id", text, size);
    text[strcspn(text, "\n")] = '\0';
}

/* Of a partition its disk has it. File systems without a block device of their own are in neither place. */
uint64_t mmv__os_read_ahead(int descriptor)
{
    static const char *const forms[] = {"/sys/dev/block/%u:%u/queue/read_ahead_kb",
                                        "/sys/dev/block/%u:%u/../queue/read_ahead_kb"};
    struct stat facts;
    uint64_t size = UINT64_MAX;
    if (fstat(descriptor, &facts) != 0)
        return 0;
    dev_t device = S_ISBLK(facts.st_mode) ? facts.st_rdev : facts.st_dev;
    for (size_t i = 0; i < sizeof forms / sizeof *forms && size == UINT64_MAX; i++) {
        char path[96];
        snprintf(path, sizeof path, forms[i], major(device), minor(device));
        size = read_number(path);
    }
    return size < UINT64_MAX / MMV_KIB ? size * MMV_KIB : 0;
}

/* proc(5): the 22nd field, the 20th behind the name, which may have any letters in it. 0 = it does not say. */
static uint64_t start_in(const char *path)
{
    char text[1024];
    const char *at = strrchr(read_text(path, text, sizeof text), ')');
    for (unsigned field = 0; at && field < 20; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

/*
 * Of the first thread: emulators of user programs say in /proc/self/stat when the calling thread has started. But where
 * /proc is of another container, it has other numbers.
 */
mmv__os_self mmv__os_who(void)
{
    char path[64];
    mmv__os_self self = {.number = (uint64_t)getpid()};
    snprintf(path, sizeof path, "/proc/self/task/%" PRIu64 "/stat", self.number);
    self.start = start_in(path);
    if (self.start == 0)
        self.start = start_in("/proc/self/stat");
    return self;
}
