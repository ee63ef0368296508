/* SPDX-License-Identifier: MIT */
/*
 * linux.c - the part of the contract in os.h that Linux meets better than POSIX promises.
 *
 * Sources: madvise(2), fallocate(2), statx(2) STATX_DIOALIGN, fcntl(2) F_OFD_SETLK, sync_file_range(2), cgroups(7),
 * proc(5). Constants that the C library may be too old for are defined here from the kernel's uapi headers.
 */

#include "os/os.h"

#include <mmview/range.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

/* ---- limits ----------------------------------------------------------------------------------------------------- */

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

/* RLIMIT_NPROC counts all tasks of the user, of which we only know our own: an upper bound, halved in lease/budget.c.
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

bool mmv__os_thread_faults(uint64_t *faults_ret)
{
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) != 0)
        return false;
    *faults_ret = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
    return true;
}

void mmv__os_boot(char *text, size_t size)
{
    read_text("/proc/sys/kernel/random/boot_id", text, size);
    text[strcspn(text, "\n")] = '\0';
}

int mmv__os_random(uint64_t *number_ret)
{
    ssize_t length;
    do
        length = getrandom(number_ret, sizeof *number_ret, 0);
    while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof *number_ret ? 0 : length < 0 ? errno : EIO;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

int mmv__os_allocate(int descriptor, uint64_t offset, uint64_t length)
{
    int result;
    if (!mmv_range_fits(offset, length, INT64_MAX))
        return EFBIG;
    do
        result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

static struct flock lock_of(short type, uint64_t offset, uint64_t length)
{
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)offset;
    lock.l_len = (off_t)length;
    return lock;
}

int mmv__os_lock(int descriptor, bool exclusive, uint64_t offset, uint64_t length)
{
    struct flock lock = lock_of(exclusive ? F_WRLCK : F_RDLCK, offset, length);
    if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES ? EAGAIN : errno;
}

int mmv__os_unlock(int descriptor, uint64_t offset, uint64_t length)
{
    struct flock lock = lock_of(F_UNLCK, offset, length);
    return fcntl(descriptor, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

bool mmv__os_is_locked(int descriptor, uint64_t offset, uint64_t length)
{
    struct flock lock = lock_of(F_WRLCK, offset, length);
    return fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

uint64_t mmv__os_birth(int descriptor)
{
    struct statx facts;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &facts) != 0 || !(facts.stx_mask & STATX_BTIME))
        return 0;
    return (uint64_t)facts.stx_btime.tv_sec * 1000000000u + facts.stx_btime.tv_nsec;
}

unsigned mmv__os_processor(void)
{
    int processor = sched_getcpu();
    return processor < 0 ? 0 : (unsigned)processor;
}

void mmv__os_spread(unsigned index, unsigned count, unsigned home)
{
    cpu_set_t all, one;
    if (sched_getaffinity(0, sizeof all, &all) != 0 || (unsigned)CPU_COUNT(&all) != count || home >= CPU_SETSIZE)
        return;
    unsigned processor = home;
    while (index > 0) {
        processor = (processor + 1) % CPU_SETSIZE;
        index -= CPU_ISSET(processor, &all) != 0;
    }
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    /* Going there takes effect at once, and staying is not asked for. */
    if (sched_setaffinity(0, sizeof one, &one) == 0)
        sched_setaffinity(0, sizeof all, &all);
}

/* Magic numbers from statfs(2). */
#define TMPFS 0x01021994
static const struct known_system {
    uint32_t magic;
    const char *name;
    bool remote;
} known_systems[] = {
    {0x6969, "NFS", true},        {0xff534d42, "CIFS", true}, {0xfe534d42, "SMB2", true},   {0x517b, "SMB", true},
    {0x65735546, "FUSE", false},  {0x01021997, "9p", true},   {0x5346414f, "AFS", true},    {0x00c36400, "Ceph", true},
    {0x0bd00bd0, "Lustre", true}, {0x47504653, "GPFS", true}, {0x19830326, "BeeGFS", true}, {0x2fc12fc1, "ZFS", false},
};

static const struct known_system *system_of(int descriptor)
{
    struct statfs facts;
    if (fstatfs(descriptor, &facts) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof known_systems / sizeof known_systems[0]; i++)
        if ((uint32_t)facts.f_type == known_systems[i].magic)
            return &known_systems[i];
    return NULL;
}

bool mmv__os_notes_stores(int descriptor)
{
    struct statfs facts;
    return fstatfs(descriptor, &facts) != 0 || (uint32_t)facts.f_type != TMPFS;
}

bool mmv__os_maps_badly(int descriptor, const char **name_ret)
{
    const struct known_system *system = system_of(descriptor);
    if (system)
        *name_ret = system->name;
    return system != NULL;
}

bool mmv__os_is_remote(int descriptor, const char **name_ret)
{
    const struct known_system *system = system_of(descriptor);
    if (!system || !system->remote)
        return false;
    *name_ret = system->name;
    return true;
}

int mmv__os_note_set(int descriptor, const char *name, const char *text)
{
    return fsetxattr(descriptor, name, text, strlen(text), XATTR_CREATE) == 0 ? 0 : errno;
}

int mmv__os_note_get(int descriptor, const char *name, char *text, size_t size)
{
    ssize_t length = fgetxattr(descriptor, name, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    return length >= 0 ? 0 : errno;
}

int mmv__os_note_remove(int descriptor, const char *name)
{
    return fremovexattr(descriptor, name) == 0 ? 0 : errno;
}

int mmv__os_notes(int descriptor, char *names, size_t size, size_t *length_ret)
{
    ssize_t length = flistxattr(descriptor, names, size);
    *length_ret = length > 0 ? (size_t)length : 0;
    return length >= 0 ? 0 : errno;
}

/* What the file demands of direct I/O: statx(2) knows since 6.1; before, a page is always enough. 0 = it cannot. */
static size_t direct_block(int descriptor)
{
#ifdef STATX_DIOALIGN
    struct statx facts;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &facts) == 0 && facts.stx_mask & STATX_DIOALIGN)
        return facts.stx_dio_mem_align > facts.stx_dio_offset_align ? facts.stx_dio_mem_align
                                                                    : facts.stx_dio_offset_align;
#else
    (void)descriptor;
#endif
    return (size_t)sysconf(_SC_PAGESIZE);
}

int mmv__os_open_direct(int descriptor, mmv_access access, int *descriptor_ret, size_t *block_ret)
{
    char path[40];
    size_t block = direct_block(descriptor);
    if (block == 0)
        return EOPNOTSUPP;
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int flags = O_DIRECT | O_CLOEXEC | ((access & 3u) == MMV_READ_WRITE ? O_RDWR : O_RDONLY);
    int direct = open(path, flags);
    if (direct < 0)
        return errno == EINVAL ? EOPNOTSUPP : errno;
    *descriptor_ret = direct;
    /* Whole pages keep direct and buffered parts of a file out of each other's page cache pages. */
    *block_ret = (size_t)mmv_max(block, (uint64_t)sysconf(_SC_PAGESIZE));
    return 0;
}

/* A call for each lock would cost more than the lock; a forked child is somebody else. */
static _Thread_local uint32_t own_task;

static void forget_task(void)
{
    own_task = 0;
}

uint32_t mmv__os_task(void)
{
    static atomic_flag watching = ATOMIC_FLAG_INIT;
    if (own_task == 0) {
        if (!atomic_flag_test_and_set(&watching))
            pthread_atfork(NULL, NULL, forget_task);
        own_task = (uint32_t)syscall(SYS_gettid);
    }
    return own_task;
}

int mmv__os_create_memory(int *descriptor_ret)
{
    *descriptor_ret = memfd_create("mmview", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return *descriptor_ret >= 0 ? 0 : errno == ENOSYS ? ENOTSUP : errno;
}

int mmv__os_seal(int descriptor)
{
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK) == 0 ? 0 : ENOTSUP;
}

bool mmv__os_is_sealed(int descriptor)
{
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK);
}

/* ---- words that processes share --------------------------------------------------------------------------------- */

/* Where time_t has 64 bits and the old call takes 32. */
#ifdef SYS_futex_time64
#define NUMBER_OF_FUTEX SYS_futex_time64
#else
#define NUMBER_OF_FUTEX SYS_futex
#endif

void mmv__os_wait_word(const _Atomic uint32_t *word, uint32_t expected, double seconds)
{
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    syscall(NUMBER_OF_FUTEX, word, FUTEX_WAIT, expected, seconds < 0 ? NULL : &time, NULL, 0);
}

void mmv__os_wake_word(const _Atomic uint32_t *word)
{
    syscall(NUMBER_OF_FUTEX, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* ---- stdio ------------------------------------------------------------------------------------------------------- */

struct cookie {
    void *user;
    const mmv__os_cookie *calls;
};

static ssize_t cookie_read(void *cookie, char *data, size_t length)
{
    struct cookie *own = cookie;
    size_t done;
    int error = own->calls->read(own->user, data, length, &done);
    if (error)
        errno = error;
    return error ? -1 : (ssize_t)done;
}

/* fopencookie(3): what was written, never -1. */
static ssize_t cookie_write(void *cookie, const char *data, size_t length)
{
    struct cookie *own = cookie;
    size_t done;
    int error = own->calls->write(own->user, data, length, &done);
    /* A short count is an error for stdio, and it looks at errno then. */
    if (error)
        errno = error;
    return (ssize_t)done;
}

static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
    struct cookie *own = cookie;
    uint64_t position;
    unsigned origin = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? 1 : 2;
    int error = own->calls->seek(own->user, *offset, origin, &position);
    if (error)
        errno = error;
    else
        *offset = (off64_t)position;
    return error ? -1 : 0;
}

static int cookie_close(void *cookie)
{
    struct cookie *own = cookie;
    own->calls->close(own->user);
    free(own);
    return 0;
}

int mmv__os_file(void *user, const mmv__os_cookie *calls, bool reads, bool writes, FILE **file_ret)
{
    static const cookie_io_functions_t functions = {cookie_read, cookie_write, cookie_seek, cookie_close};
    struct cookie *cookie = malloc(sizeof *cookie);
    if (!cookie)
        return ENOMEM;
    *cookie = (struct cookie){user, calls};
    *file_ret = fopencookie(cookie, reads && writes ? "r+" : reads ? "r" : "w", functions);
    int error = *file_ret ? 0 : errno;
    if (error)
        free(cookie);
    return error;
}

/* ---- address space ---------------------------------------------------------------------------------------------- */

int mmv__os_advise(void *address, size_t size, mmv_advice advice)
{
    static const int native[] = {
        [MMV_ADVISE_NORMAL] = MADV_NORMAL,
        [MMV_ADVISE_SEQUENTIAL] = MADV_SEQUENTIAL,
        [MMV_ADVISE_RANDOM] = MADV_RANDOM,
        [MMV_ADVISE_WILL_NEED] = MADV_WILLNEED,
        [MMV_ADVISE_DONT_NEED] = MADV_DONTNEED,
        [MMV_ADVISE_POPULATE_READ] = MADV_POPULATE_READ,
        [MMV_ADVISE_POPULATE_WRITE] = MADV_POPULATE_WRITE,
        [MMV_ADVISE_DISCARD] = -1,
        [MMV_ADVISE_LOCK] = -1,
        [MMV_ADVISE_UNLOCK] = -1,
        [MMV_ADVISE_HUGE] = MADV_HUGEPAGE,
        [MMV_ADVISE_DONT_FORK] = MADV_DONTFORK,
        [MMV_ADVISE_DO_FORK] = MADV_DOFORK,
    };
    bool populate = advice == MMV_ADVISE_POPULATE_READ || advice == MMV_ADVISE_POPULATE_WRITE;
    int result;
    if (advice == MMV_ADVISE_LOCK)
        return mlock(address, size) == 0 ? 0 : errno;
    if (advice == MMV_ADVISE_UNLOCK)
        return munlock(address, size) == 0 ? 0 : errno;
    do
        result = madvise(address, size, native[advice]);
    while (result != 0 && (errno == EINTR || errno == EAGAIN));
    if (result == 0)
        return 0;
    /* Kernels before 5.14 do not know populating. */
    return (populate || advice == MMV_ADVISE_HUGE) && errno == EINVAL ? ENOTSUP : errno;
}

int mmv__os_discard(int descriptor, uint64_t offset, uint64_t length)
{
    int result;
    do
        result = fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno == EOPNOTSUPP || errno == ENOSYS ? ENOTSUP : errno;
}

int mmv__os_flush_start(int descriptor, uint64_t offset, uint64_t length, bool wait)
{
    unsigned how = SYNC_FILE_RANGE_WRITE | (wait ? SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER : 0u);
    if (sync_file_range(descriptor, (off_t)offset, (off_t)length, how) == 0)
        return 0;
    return errno == EINVAL || errno == ESPIPE || errno == ENOSYS ? 0 : errno;
}
