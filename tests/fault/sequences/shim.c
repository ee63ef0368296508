/* SPDX-License-Identifier: MIT */
/*
 * shim: ends the process at a chosen call to the system, or at a chosen store into a mapped file, for LD_PRELOAD.
 * See page.h. It knows calls, not what they are good for.
 *
 * Stores into mapped files are not calls. So each shared mapping is made read-only; the first store into a page of
 * another mapping than the last one is a fault, which counts, and gives the page free until the next such change:
 *
 *     stores     journal  journal  FILE  FILE  FILE  journal  FILE
 *     counted       1                2                  3       4        (and one for each new page)
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "page.h"

#define MADVISE_POPULATE_WRITE 23
#define REGIONS 64

struct io_uring;

static struct page own_page, *page = &own_page;
static atomic_uint calls, stores;
static atomic_bool counting;

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void end_by(int number)
{
    page->done = 1;
    kill(page->process, number);
    /* A child of the command waits for what its parent's end does to it. */
    while (number == SIGKILL)
        pause();
}

static void begin_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec when = {.it_value = {page->number / 1000000, page->number % 1000000 * 1000 + 1}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
        timer_settime(timer, 0, &when, NULL);
}

static void begin_counting(void)
{
    if (!atomic_exchange(&counting, true) && page->plan == PLAN_KILL_TIMER)
        begin_timer();
}

static unsigned begin_call(enum call_kind kind)
{
    if (!counting)
        return 0;
    unsigned number = atomic_fetch_add(&calls, 1) + 1;
    page->calls = number;
    if (number == page->number) {
        if (page->plan == PLAN_KILL_BEFORE)
            end_by(SIGKILL);
        if (page->plan == PLAN_TERM || page->plan == PLAN_INT)
            end_by(page->plan == PLAN_TERM ? SIGTERM : SIGINT);
    }
    page->since += kind == CALL_OTHER;
    if (kind == CALL_CHANGE || kind == CALL_UNMARK || kind == CALL_REMOVE) {
        page->last = kind;
        page->since = 0;
    }
    return number;
}

static void end_call(unsigned number)
{
    if (number != 0 && number == page->number && page->plan == PLAN_KILL_AFTER)
        end_by(SIGKILL);
}

/* ---- stores ----------------------------------------------------------------------------------------------------- */

static struct region {
    char *begin, *end, *open, *open_end; /* pages [open, open_end) may be written to */
} regions[REGIONS];
static atomic_int regions_count;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static struct region *region_of(const char *address)
{
    for (int i = 0; i < regions_count && i < REGIONS; i++)
        if (address >= regions[i].begin && address < regions[i].end)
            return &regions[i];
    return NULL;
}

static void close_others(const struct region *region)
{
    for (int i = 0; i < regions_count && i < REGIONS; i++) {
        struct region *other = &regions[i];
        if (other == region || other->open == other->open_end)
            continue;
        mprotect(other->open, (size_t)(other->open_end - other->open), PROT_READ);
        other->open = other->open_end = NULL;
    }
}

static void open_pages(struct region *region, char *first, char *behind)
{
    mprotect(first, (size_t)(behind - first), PROT_READ | PROT_WRITE);
    if (region->open == region->open_end)
        region->open = first, region->open_end = behind;
    region->open = first < region->open ? first : region->open;
    region->open_end = behind > region->open_end ? behind : region->open_end;
}

/* Lets bytes [data, data + length) be written to; false when they are in no region. */
static bool store(char *data, size_t length)
{
    struct region *region = region_of(data);
    if (region == NULL)
        return false;
    if (atomic_fetch_add(&stores, 1) + 1 == page->number)
        end_by(SIGKILL);
    page->stores = stores;
    while (atomic_flag_test_and_set(&busy))
        continue;
    close_others(region);
    char *first = (char *)((uintptr_t)data & ~(uintptr_t)4095);
    char *behind = (char *)(((uintptr_t)data + length + 4095) & ~(uintptr_t)4095);
    open_pages(region, first, behind < region->end ? behind : region->end);
    atomic_flag_clear(&busy);
    return true;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    int error = errno;
    if (!store(info->si_addr, 1))
        signal(number, SIG_DFL);
    errno = error;
}

static void watch(void *address, size_t length)
{
    int at = regions_count;
    if (at >= REGIONS || !counting)
        return;
    regions[at] = (struct region){address, (char *)address + ((length + 4095) & ~(size_t)4095), NULL, NULL};
    regions_count = at + 1;
    mprotect(address, length, PROT_READ);
}

static void forget(const void *address)
{
    struct region *region = region_of(address);
    if (region)
        *region = (struct region){NULL, NULL, NULL, NULL};
}

/* ---- at the start ----------------------------------------------------------------------------------------------- */

static void plan_of_variable(const char *text)
{
    for (uint32_t kind = 0; kind < PLANS; kind++) {
        size_t length = strlen(plan_names[kind]);
        if (strncmp(text, plan_names[kind], length) == 0 && text[length] == ':') {
            page->plan = kind;
            page->number = (uint32_t)atol(text + length + 1);
        }
    }
}

__attribute__((constructor)) static void begin(void)
{
    const char *plan = getenv(PLAN_VARIABLE);
    if (getenv(PAGE_VARIABLE)) {
        void *memory = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE_DESCRIPTOR, 0);
        if (memory != MAP_FAILED)
            page = memory;
    } else if (plan) {
        plan_of_variable(plan);
    }
    page->process = getpid();
    if (page->plan == PLAN_KILL_STORE) {
        struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
        sigaction(SIGSEGV, &action, NULL);
    }
}

/* ---- the calls -------------------------------------------------------------------------------------------------- */

/* Whoever is killed from here on has said all but the exit status. */
void _Exit(int status)
{
    void (*next)(int);
    *(void **)&next = dlsym(RTLD_NEXT, "_Exit");
    page->leaving = 1;
    next(status);
    abort();
}

#define NEXT(type, name, parameters)                                                                                   \
    static type(*next) parameters;                                                                                     \
    if (!next)                                                                                                         \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

#define FORWARD(kind, type, name, parameters, arguments)                                                               \
    type name parameters;                                                                                              \
    type name parameters                                                                                               \
    {                                                                                                                  \
        NEXT(type, name, parameters);                                                                                  \
        unsigned number = begin_call(kind);                                                                            \
        type result = next arguments;                                                                                  \
        int error = errno;                                                                                             \
        end_call(number);                                                                                              \
        errno = error;                                                                                                 \
        return result;                                                                                                 \
    }

FORWARD(CALL_CHANGE, ssize_t, pwrite64, (int fd, const void *data, size_t length, off64_t at), (fd, data, length, at))
FORWARD(CALL_CHANGE, ssize_t, pwritev64, (int fd, const struct iovec *data, int count, off64_t at),
        (fd, data, count, at))
FORWARD(CALL_CHANGE, ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length))
FORWARD(CALL_CHANGE, int, ftruncate64, (int fd, off64_t length), (fd, length))
FORWARD(CALL_CHANGE, int, fallocate64, (int fd, int mode, off64_t at, off64_t length), (fd, mode, at, length))
FORWARD(CALL_CHANGE, int, linkat, (int from, const char *old, int to, const char *new, int flags),
        (from, old, to, new, flags))
FORWARD(CALL_CHANGE, int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
FORWARD(CALL_CHANGE, int, renameat2, (int from, const char *old, int to, const char *new, unsigned flags),
        (from, old, to, new, flags))
FORWARD(CALL_CHANGE, int, rename, (const char *old, const char *new), (old, new))
FORWARD(CALL_CHANGE, int, mkdir, (const char *path, mode_t mode), (path, mode))
FORWARD(CALL_CHANGE, int, fsetxattr, (int fd, const char *name, const void *value, size_t size, int flags),
        (fd, name, value, size, flags))
FORWARD(CALL_UNMARK, int, fremovexattr, (int fd, const char *name), (fd, name))
FORWARD(CALL_CHANGE, int, fchmod, (int fd, mode_t mode), (fd, mode))
FORWARD(CALL_CHANGE, int, io_uring_submit, (struct io_uring * ring), (ring))
FORWARD(CALL_REMOVE, int, unlink, (const char *path), (path))
FORWARD(CALL_REMOVE, int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
FORWARD(CALL_SYNC, int, fsync, (int fd), (fd))
FORWARD(CALL_SYNC, int, fdatasync, (int fd), (fd))
FORWARD(CALL_SYNC, int, msync, (void *address, size_t length, int flags), (address, length, flags))
FORWARD(CALL_SYNC, int, sync_file_range, (int fd, off64_t at, off64_t length, unsigned flags), (fd, at, length, flags))
FORWARD(CALL_OTHER, int, close, (int fd), (fd))

/* The system does not fault; it refuses to write to such a page. */
ssize_t pread64(int fd, void *data, size_t length, off64_t at);
ssize_t pread64(int fd, void *data, size_t length, off64_t at)
{
    NEXT(ssize_t, pread64, (int, void *, size_t, off64_t));
    unsigned number = begin_call(CALL_OTHER);
    store(data, length);
    ssize_t result = next(fd, data, length, at);
    int error = errno;
    end_call(number);
    errno = error;
    return result;
}

/* size: those of mmap(2) */
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t at);
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t at)
{
    NEXT(void *, mmap64, (void *, size_t, int, int, int, off64_t));
    bool of_file = (flags & MAP_SHARED) && (protection & PROT_WRITE) && fd >= 0;
    unsigned number = of_file ? begin_call(CALL_OTHER) : 0;
    if (flags & MAP_FIXED)
        forget(address);
    void *result = next(address, length, protection, flags, fd, at);
    int error = errno;
    if (of_file && result != MAP_FAILED && page->plan == PLAN_KILL_STORE)
        watch(result, length);
    end_call(number);
    errno = error;
    return result;
}

int munmap(void *address, size_t length)
{
    NEXT(int, munmap, (void *, size_t));
    forget(address);
    return next(address, length);
}

/* As on a system that does not have it: it would refuse pages that are read-only for now. */
int madvise(void *address, size_t length, int advice)
{
    NEXT(int, madvise, (void *, size_t, int));
    if (advice == MADVISE_POPULATE_WRITE && region_of(address)) {
        errno = EINVAL;
        return -1;
    }
    return next(address, length, advice);
}

static void opened(int flags)
{
    if ((flags & O_ACCMODE) != O_RDONLY)
        begin_counting();
}

int openat64(int directory, const char *path, int flags, ...)
{
    NEXT(int, openat64, (int, const char *, int, ...));
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    unsigned number = begin_call(CALL_OTHER);
    int result = next(directory, path, flags, mode);
    int error = errno;
    opened(flags);
    end_call(number);
    errno = error;
    return result;
}

int open64(const char *path, int flags, ...)
{
    NEXT(int, open64, (const char *, int, ...));
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    unsigned number = begin_call(CALL_OTHER);
    int result = next(path, flags, mode);
    int error = errno;
    opened(flags);
    end_call(number);
    errno = error;
    return result;
}
