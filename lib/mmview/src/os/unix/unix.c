/* SPDX-License-Identifier: MIT */
/*
 * unix.c - the part of the contract in os.h that every Unix meets in the same way.
 *
 * Invariants:
 * 1. EINTR never leaves this file, except from close(2), where a retry could close somebody else's descriptor.
 * 2. Reads and writes go on until all is done, the file ends or an error comes; no single call is larger than 1 GiB
 *    (Linux stops at 2 GiB - 4 KiB, others refuse).
 */

#include "os/os.h"

#include <mmview/range.h>

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LARGEST_CALL ((size_t)1 << 30)

/* ---- machine ---------------------------------------------------------------------------------------------------- */

size_t mmv__os_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void mmv__os_faults(uint64_t *minor_ret, uint64_t *major_ret)
{
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    getrusage(RUSAGE_SELF, &usage);
    *minor_ret = (uint64_t)usage.ru_minflt;
    *major_ret = (uint64_t)usage.ru_majflt;
}

double mmv__os_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void mmv__os_sleep_ms(unsigned milliseconds)
{
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000L};
    nanosleep(&time, NULL);
}

uintptr_t mmv__os_thread(void)
{
    /* Not pthread_self(3), which comes again when a thread has ended. */
    static atomic_uintptr_t threads;
    static _Thread_local uintptr_t own;
    if (own == 0)
        own = atomic_fetch_add(&threads, 1) + 1;
    return own;
}

uint64_t mmv__os_time(void)
{
    return (uint64_t)time(NULL);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static int open_retrying(const char *path, int flags, mode_t permissions)
{
    int descriptor;
    do
        descriptor = open(path, flags, permissions);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int mmv__os_open(const char *path, mmv_access access, const mmv__os_creation *how, int *descriptor_ret,
                 bool *created_ret)
{
    /* O_NONBLOCK: a FIFO opens (or fails with ENXIO) at once, and is then refused by its kind. */
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | ((access & 3u) == MMV_READ_WRITE ? O_RDWR : O_RDONLY);
    mode_t permissions = how->permissions ? (mode_t)how->permissions : 0666;
    if (how->no_follow)
        flags |= O_NOFOLLOW;
    *created_ret = false;
    if (how->mode != MMV_OPEN_EXISTING) {
        *descriptor_ret = open_retrying(path, flags | O_CREAT | O_EXCL, permissions);
        *created_ret = *descriptor_ret >= 0;
        if (*descriptor_ret >= 0 || how->mode == MMV_CREATE_NEW || errno != EEXIST)
            return *descriptor_ret >= 0 ? 0 : errno;
    }
    if (how->mode == MMV_CREATE)
        flags |= O_TRUNC;
    *descriptor_ret = open_retrying(path, flags, 0);
    return *descriptor_ret >= 0 ? 0 : errno;
}

int mmv__os_close(int descriptor)
{
    return close(descriptor) == 0 || errno == EINTR ? 0 : errno;
}

int mmv__os_remove(const char *path)
{
    return unlink(path) == 0 ? 0 : errno;
}

static mmv__os_kind kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return MMV__FILE;
    if (S_ISBLK(mode))
        return MMV__BLOCK_DEVICE;
    return S_ISCHR(mode) ? MMV__CHARACTER_DEVICE : MMV__OTHER;
}

int mmv__os_get_facts(int descriptor, mmv__os_facts *facts_ret)
{
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        return errno;
    off_t size = facts.st_size;
    if (S_ISBLK(facts.st_mode))
        size = lseek(descriptor, 0, SEEK_END);
    *facts_ret = (mmv__os_facts){
        .kind = kind_of(facts.st_mode),
        .size = size > 0 ? (uint64_t)size : 0,
        .allocated = (uint64_t)facts.st_blocks * 512,
        .device = (uint64_t)facts.st_dev,
        .inode = (uint64_t)facts.st_ino,
        .user = (uint32_t)facts.st_uid,
        .group = (uint32_t)facts.st_gid,
        .permissions = (unsigned)facts.st_mode & 03777u,
        .links = (uint64_t)facts.st_nlink,
    };
    return 0;
}

bool mmv__os_may(int descriptor, mmv_access access)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0)
        return false;
    int mode = flags & O_ACCMODE;
    /* pwrite(2), BUGS: with O_APPEND Linux writes at the end, whatever the offset. */
    return (access & 3u) == MMV_READ_WRITE ? mode == O_RDWR && !(flags & O_APPEND) : mode != O_WRONLY;
}

int mmv__os_resize(int descriptor, uint64_t size)
{
    int result;
    if (size > INT64_MAX)
        return EFBIG;
    do
        result = ftruncate(descriptor, (off_t)size);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int mmv__os_sync(int descriptor)
{
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int mmv__os_reopen(int descriptor, int *descriptor_ret)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    *descriptor_ret = open_retrying(path, O_RDWR | O_CLOEXEC, 0);
    return *descriptor_ret >= 0 ? 0 : errno;
}

int mmv__os_sync_data(int descriptor)
{
    int result;
    do
        result = fdatasync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret)
{
    size_t done = 0;
    int error = 0;
    while (done < length) {
        size_t part = length - done < LARGEST_CALL ? length - done : LARGEST_CALL;
        ssize_t got = pread(descriptor, (char *)data + done, part, (off_t)(offset + done));
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || errno != EINTR) {
            error = got == 0 ? 0 : errno;
            break;
        }
    }
    *done_ret = done;
    return error;
}

int mmv__os_write(int descriptor, const void *data, size_t length, uint64_t offset)
{
    size_t done = 0;
    while (done < length) {
        size_t part = length - done < LARGEST_CALL ? length - done : LARGEST_CALL;
        ssize_t put = pwrite(descriptor, (const char *)data + done, part, (off_t)(offset + done));
        if (put > 0)
            done += (size_t)put;
        else if (put == 0 || errno != EINTR)
            return put == 0 ? EIO : errno;
    }
    return 0;
}

int mmv__os_write_stream(int descriptor, const void *data, size_t length)
{
    size_t done = 0;
    while (done < length) {
        size_t part = length - done < LARGEST_CALL ? length - done : LARGEST_CALL;
        ssize_t put = write(descriptor, (const char *)data + done, part);
        if (put > 0)
            done += (size_t)put;
        else if (put < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = descriptor, .events = POLLOUT}, 1, -1);
        else if (put == 0 || errno != EINTR)
            return put == 0 ? EIO : errno;
    }
    return 0;
}

int mmv__os_set_permissions(int descriptor, unsigned permissions)
{
    return fchmod(descriptor, (mode_t)permissions) == 0 ? 0 : errno;
}

int mmv__os_set_owner(int descriptor, uint32_t user, uint32_t group)
{
    return fchown(descriptor, (uid_t)user, (gid_t)group) == 0 ? 0 : errno;
}

uint32_t mmv__os_user(void)
{
    return (uint32_t)geteuid();
}

uint64_t mmv__os_process_space(void)
{
    struct stat facts;
    return stat("/proc/self/ns/pid", &facts) == 0 ? (uint64_t)facts.st_ino : 0;
}

int mmv__os_set_inheritable(int descriptor, bool inheritable)
{
    return fcntl(descriptor, F_SETFD, inheritable ? 0 : FD_CLOEXEC) == 0 ? 0 : errno;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

const char *mmv__os_shared_directory(void)
{
    struct stat facts;
    return stat("/dev/shm", &facts) == 0 && S_ISDIR(facts.st_mode) ? "/dev/shm/" : "/tmp/";
}

int mmv__os_open_shared(const char *path, bool writing, int *descriptor_ret)
{
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | (writing ? O_RDWR : O_RDONLY);
    *descriptor_ret = open_retrying(path, flags, 0);
    return *descriptor_ret >= 0 ? 0 : errno;
}

int mmv__os_real_path(const char *path, char **real_ret)
{
    *real_ret = realpath(path, NULL);
    return *real_ret ? 0 : errno;
}

int mmv__os_is_link(const char *path, bool *link_ret)
{
    char byte;
    *link_ret = readlink(path, &byte, 1) >= 0;
    return *link_ret || errno == EINVAL ? 0 : errno;
}

/* The directory of a path, for free(3); *last_ret is the path's last part. */
static char *directory_of(const char *path, const char **last_ret)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    char *directory = malloc(length + 2);
    if (!directory)
        return NULL;
    *last_ret = slash ? slash + 1 : path;
    memcpy(directory, path, length);
    strcpy(directory + length, length ? "" : slash ? "/" : ".");
    return directory;
}

static int open_directory(const char *path, const char **last_ret, int *descriptor_ret)
{
    char *directory = directory_of(path, last_ret);
    if (!directory)
        return ENOMEM;
    *descriptor_ret = open_retrying(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    int error = *descriptor_ret < 0 ? errno : 0;
    free(directory);
    return error;
}

static int create_temporary(const char *beside, int *descriptor_ret, char **temporary_ret)
{
    size_t size = strlen(beside) + 24;
    char *name = malloc(size);
    uint64_t number;
    int error = name ? mmv__os_random(&number) : ENOMEM;
    if (error == 0) {
        snprintf(name, size, "%s.%016" PRIx64, beside, number);
        *descriptor_ret = open_retrying(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        error = *descriptor_ret < 0 ? errno : 0;
    }
    if (error)
        free(name);
    else
        *temporary_ret = name;
    return error;
}

static int create_nameless(const char *beside, int *descriptor_ret)
{
#ifdef O_TMPFILE
    const char *last;
    char *directory = directory_of(beside, &last);
    if (!directory)
        return ENOMEM;
    *descriptor_ret = open_retrying(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int error = *descriptor_ret < 0 ? errno : 0;
    free(directory);
    return error;
#else
    (void)beside, (void)descriptor_ret;
    return EOPNOTSUPP;
#endif
}

int mmv__os_create_hidden(const char *beside, bool named, int *descriptor_ret, char **temporary_ret)
{
    int error = named ? EOPNOTSUPP : create_nameless(beside, descriptor_ret);
    *temporary_ret = NULL;
    if (error == EOPNOTSUPP || error == EISDIR || error == EINVAL)
        error = create_temporary(beside, descriptor_ret, temporary_ret);
    return error;
}

/* Where there are no hard links: an empty file of our own holds the place, so that nothing else is ever replaced. */
static int replace_placeholder(const char *temporary, const char *path)
{
    int placeholder = open_retrying(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (placeholder < 0)
        return errno;
    close(placeholder);
    if (rename(temporary, path) == 0)
        return 0;
    int error = errno;
    unlink(path);
    return error;
}

int mmv__os_publish(int descriptor, const char *temporary, const char *path)
{
    char own[40];
    snprintf(own, sizeof own, "/proc/self/fd/%d", descriptor);
    if (!temporary)
        return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
    int error = link(temporary, path) == 0 ? 0 : errno;
    if (error == EPERM || error == EOPNOTSUPP)
        error = replace_placeholder(temporary, path);
    unlink(temporary);
    return error;
}

int mmv__os_sync_directory(const char *path)
{
    const char *last;
    int descriptor;
    int error = open_directory(path, &last, &descriptor);
    if (error)
        return error;
    error = mmv__os_sync(descriptor);
    close(descriptor);
    /* A file system that cannot sync directories has nothing to be synced there. */
    return error == EINVAL ? 0 : error;
}

int mmv__os_list(const char *path, bool (*see)(const char *name, void *user), void *user)
{
    const char *last = path;
    char *directory = directory_of(path, &last);
    DIR *stream = directory ? opendir(directory) : NULL;
    int error = stream ? 0 : directory ? errno : ENOMEM;
    size_t length = strlen(last);
    struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        if (strncmp(entry->d_name, last, length) == 0 && !see(entry->d_name, user))
            break;
    if (stream)
        closedir(stream);
    free(directory);
    return error;
}

/* ---- address space ---------------------------------------------------------------------------------------------- */

static int protection(mmv_access access)
{
    int bits = (access & 3u) == MMV_READ ? PROT_READ : PROT_READ | PROT_WRITE;
    return access & MMV_EXECUTE ? bits | PROT_EXEC : bits;
}

int mmv__os_reserve(size_t size, void **address_ret)
{
    void *address = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED)
        return errno;
    *address_ret = address;
    return 0;
}

int mmv__os_reserve_at(void *address, size_t size)
{
#ifdef MAP_FIXED_NOREPLACE
    void *got = mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
#else
    void *got = mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#endif
    if (got == MAP_FAILED)
        return errno;
    /* Elsewhere: a system that takes the address for a wish. */
    if (got != address)
        munmap(got, size);
    return got == address ? 0 : EEXIST;
}

static int sharing(mmv_access access)
{
    return (access & 3u) == MMV_COPY_ON_WRITE ? MAP_PRIVATE : MAP_SHARED;
}

int mmv__os_map(size_t size, mmv_access access, int descriptor, uint64_t offset, void **address_ret)
{
    void *address = mmap(NULL, size, protection(access), sharing(access), descriptor, (off_t)offset);
    if (address == MAP_FAILED)
        return errno;
    *address_ret = address;
    return 0;
}

int mmv__os_map_at(void *address, size_t size, mmv_access access, int descriptor, uint64_t offset)
{
    assert((uintptr_t)address % mmv__os_page_size() == 0 && offset % mmv__os_page_size() == 0);
    if (mmap(address, size, protection(access), sharing(access) | MAP_FIXED, descriptor, (off_t)offset) != MAP_FAILED)
        return 0;
    int error = errno;
#ifdef MAP_FIXED_NOREPLACE
    /* Before Linux 6.12 what was there may be gone by now: fill the hole, unless somebody else was faster. */
    mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
#endif
    return error;
}

int mmv__os_vacate(void *address, size_t size)
{
    return mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? errno : 0;
}

int mmv__os_unmap(void *address, size_t size)
{
    return munmap(address, size) == 0 ? 0 : errno;
}

int mmv__os_flush(void *address, size_t size)
{
    return msync(address, size, MS_SYNC) == 0 ? 0 : errno;
}

/*
 * So little is the heap's: who works through thousands of small files would map and unmap it for each, which all
 * threads wait for.
 */
#define HEAP_MOST ((size_t)64 << 10)

int mmv__os_memory(size_t size, void **memory_ret)
{
    void *memory;
    if (size <= HEAP_MOST) {
        int error = posix_memalign(&memory, mmv__os_page_size(), size);
        if (error)
            return error;
        *memory_ret = memset(memory, 0, size);
        return 0;
    }
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return errno;
    *memory_ret = memory;
    return 0;
}

void mmv__os_memory_free(void *memory, size_t size)
{
    if (size <= HEAP_MOST)
        free(memory);
    else if (memory)
        munmap(memory, size);
}

/* ---- faults ----------------------------------------------------------------------------------------------------- */

/* The guard's table and these three are the process' signal disposition written down: there is one per process. */
static bool (*repair_fault)(void *address);
static struct sigaction previous;
static bool caught;

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
        return;
    }
    if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
        return;
    }
    if (previous.sa_handler == SIG_IGN && info->si_code <= 0)
        return;
    /* A fault cannot be ignored: let it end the process as if nobody had caught it. Blocked until we return. */
    signal(number, SIG_DFL);
    raise(number);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    bool by_access = info->si_code > 0;
    if (!by_access || !repair_fault(info->si_addr))
        pass_on(number, info, context);
    errno = saved;
}

int mmv__os_catch_faults(bool (*repair)(void *address))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    /* Not SA_NODEFER: while it is handled a second fault can only be ours, and then the process must end. SA_ONSTACK:
       where the program gave its threads signal stacks, use them. */
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    repair_fault = repair;
    if (sigaction(SIGBUS, &action, &previous) != 0)
        return errno;
    caught = true;
    return 0;
}

void mmv__os_release_faults(void)
{
    if (caught)
        sigaction(SIGBUS, &previous, NULL);
    caught = false;
}

bool mmv__os_zero_page(void *address)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)address / page * page);
    return mmap(start, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}
