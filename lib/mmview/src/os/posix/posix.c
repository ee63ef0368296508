/* SPDX-License-Identifier: MIT */
/*
 * posix.c - what the contracts in os/ ask for, on a system of which nothing is known but POSIX.
 *
 * It shows that everything Linux does better is speed and earlier errors, never the result: without MADV_POPULATE_*
 * pages fault in one by one, without fallocate(2) a full disk shows later, without O_DIRECT the direct backend is the
 * buffered one. posix_fallocate(3) is not used: where the file system cannot allocate, it writes every block, and races
 * with others.
 */

#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/name.h"
#include "os/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t limit_of(int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return (uint64_t)limit.rlim_cur;
}

void mmv__os_get_limits(mmv__os_limits *limits_ret)
{
    uint64_t stack = limit_of(RLIMIT_STACK);
    *limits_ret = (mmv__os_limits){
        .address_space = limit_of(RLIMIT_AS),
        .address_space_used = 0,
        .memory = UINT64_MAX,
        .memory_available = UINT64_MAX,
        .maps = UINT64_MAX,
        .new_threads = UINT64_MAX,
        .thread_stack = stack == UINT64_MAX ? 8 * MMV_MIB : stack,
    };
}

unsigned mmv__os_processors(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

int mmv__os_allocate(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
    return EOPNOTSUPP;
}

int mmv__os_lock(int descriptor, bool exclusive, uint64_t offset, uint64_t length)
{
    /* POSIX locks belong to the process and vanish when any descriptor of the file is closed: a lock that could be lost
       unnoticed is worse than none. */
    (void)descriptor, (void)exclusive, (void)offset, (void)length;
    return EOPNOTSUPP;
}

int mmv__os_unlock(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
    return 0;
}

bool mmv__os_is_locked(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
    return false;
}

bool mmv__os_lock_holder(int descriptor, bool exclusive, uint64_t offset, uint64_t length, mmv__os_holder *holder_ret)
{
    (void)descriptor, (void)exclusive, (void)offset, (void)length, (void)holder_ret;
    return false;
}

bool mmv__os_is_locked_exclusively(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
    return false;
}

uint64_t mmv__os_birth(int descriptor)
{
    (void)descriptor;
    return 0;
}

int mmv__os_note_set(int descriptor, const char *name, const char *text)
{
    (void)descriptor, (void)name, (void)text;
    return ENOTSUP;
}

int mmv__os_note_get(int descriptor, const char *name, char *text, size_t size)
{
    (void)descriptor, (void)name, (void)size;
    *text = '\0';
    return ENOTSUP;
}

int mmv__os_note_remove(int descriptor, const char *name)
{
    (void)descriptor, (void)name;
    return ENOTSUP;
}

int mmv__os_note_replace(int descriptor, const char *name, const char *text)
{
    (void)descriptor, (void)name, (void)text;
    return ENOTSUP;
}

int mmv__os_notes(int descriptor, char **names_ret, size_t *length_ret)
{
    (void)descriptor;
    *names_ret = NULL;
    *length_ret = 0;
    return ENOTSUP;
}

bool mmv__os_has_more_rights(int descriptor)
{
    (void)descriptor;
    return false;
}

int mmv__os_drop_more_rights(int descriptor)
{
    (void)descriptor;
    return 0;
}

uint64_t mmv__os_volume(int descriptor)
{
    (void)descriptor;
    return 0;
}

mmv__instance mmv__os_instance(int descriptor)
{
    (void)descriptor;
    return 0;
}

/* A run cannot know then whether the system was started again: see mmv_journal_open(). */
void mmv__os_boot(char *text, size_t size)
{
    (void)size;
    *text = '\0';
}

int mmv__os_random(uint64_t *number_ret)
{
    int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    size_t done = 0;
    int error = descriptor < 0 ? errno : 0;
    if (error == 0) {
        error = mmv__os_read(descriptor, number_ret, sizeof *number_ret, 0, &done);
        close(descriptor);
    }
    return error ? error : done == sizeof *number_ret ? 0 : EIO;
}

/* POSIX has no number of a thread that other processes know. */
uint32_t mmv__os_task(void)
{
    return 0;
}

bool mmv__os_has_task(uint32_t task)
{
    return task == 0;
}

mmv__os_self mmv__os_who(void)
{
    return (mmv__os_self){.number = (uint64_t)getpid()};
}

int mmv__os_create_memory(int *descriptor_ret)
{
    (void)descriptor_ret;
    return ENOTSUP;
}

int mmv__os_seal(int descriptor)
{
    (void)descriptor;
    return ENOTSUP;
}

bool mmv__os_is_sealed(int descriptor)
{
    (void)descriptor;
    return false;
}

/* No futex: look every millisecond. */
void mmv__os_wait_word(const _Atomic uint32_t *word, uint32_t expected, double seconds)
{
    double end = mmv__os_clock() + seconds;
    while (atomic_load(word) == expected && (seconds < 0 || mmv__os_clock() < end))
        mmv__os_sleep_ms(1);
}

void mmv__os_wake_word(const _Atomic uint32_t *word)
{
    (void)word;
}

int mmv__os_file(void *user, const mmv__os_cookie *calls, bool reads, bool writes, FILE **file_ret)
{
    (void)user, (void)calls, (void)reads, (void)writes, (void)file_ret;
    return ENOTSUP;
}

unsigned mmv__os_processor(void)
{
    return 0;
}

void mmv__os_spread(unsigned index, unsigned count, unsigned home)
{
    (void)index, (void)count, (void)home;
}

bool mmv__os_is_remote(int descriptor, const char **name_ret)
{
    (void)descriptor, (void)name_ret;
    return false;
}

bool mmv__os_locks_alone(int descriptor, const char **name_ret)
{
    (void)descriptor, (void)name_ret;
    return false;
}

void mmv__os_forget(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
}

bool mmv__os_thread_faults(uint64_t *faults_ret)
{
    (void)faults_ret;
    return false;
}

bool mmv__os_notes_stores(int descriptor)
{
    (void)descriptor;
    return true;
}

bool mmv__os_maps_badly(int descriptor, const char **name_ret)
{
    (void)descriptor, (void)name_ret;
    return false;
}

int mmv__os_open_direct(int descriptor, mmv_access access, int *descriptor_ret, size_t *block_ret)
{
    (void)descriptor, (void)access, (void)descriptor_ret, (void)block_ret;
    return EOPNOTSUPP;
}

int mmv__os_advise(void *address, size_t size, mmv_advice advice)
{
    static const int native[] = {
        [MMV_ADVISE_NORMAL] = POSIX_MADV_NORMAL,
        [MMV_ADVISE_SEQUENTIAL] = POSIX_MADV_SEQUENTIAL,
        [MMV_ADVISE_RANDOM] = POSIX_MADV_RANDOM,
        [MMV_ADVISE_WILL_NEED] = POSIX_MADV_WILLNEED,
    };
    if (advice == MMV_ADVISE_LOCK)
        return mlock(address, size) == 0 ? 0 : errno;
    if (advice == MMV_ADVISE_UNLOCK)
        return munlock(address, size) == 0 ? 0 : errno;
    if ((size_t)advice >= sizeof native / sizeof native[0])
        return ENOTSUP;
    return posix_madvise(address, size, native[advice]);
}

bool mmv__os_is_cold(int descriptor, uint64_t offset, size_t size)
{
    (void)descriptor, (void)offset, (void)size;
    return false;
}

uint64_t mmv__os_read_ahead(int descriptor)
{
    (void)descriptor;
    return 0;
}

int mmv__os_flush_start(int descriptor, uint64_t offset, uint64_t length, bool wait)
{
    (void)offset, (void)length;
    return wait ? mmv__os_sync_data(descriptor) : 0;
}

int mmv__os_discard(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
    return ENOTSUP;
}
