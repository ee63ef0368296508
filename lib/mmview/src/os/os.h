/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_H
#define MMVIEW_OS_H

/*
 * os: everything the engine asks of the operating system. No other file of lib/ includes a system header.
 *
 * os/unix/unix.c has what every Unix does alike; os/linux/linux.c adds what Linux does better, and os/posix/posix.c
 * takes its place where only POSIX is to be relied on. A port to another system writes these functions once more and
 * changes nothing else; "Win32:" names what it would call.
 *
 * Functions that can fail return 0 or an errno value. None of them allocates, prints or keeps state, except the handler
 * of mmv__os_catch_faults().
 */

#include <mmview/access.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* ---- machine ---------------------------------------------------------------------------------------------------- */

/* Granularity of file offsets in mappings. A test may wrap it to claim a larger one. Win32: dwAllocationGranularity. */
size_t mmv__os_page_size(void);

/* Limits that budgets derive from; UINT64_MAX = no limit known. */
typedef struct mmv__os_limits {
    uint64_t address_space;      /* bytes of address space the process may have. Win32: job object ProcessMemoryLimit */
    uint64_t address_space_used; /* bytes it has now. Win32: ullTotalVirtual - ullAvailVirtual */
    uint64_t memory;           /* bytes the container may use, page cache included. Win32: job object JobMemoryLimit */
    uint64_t memory_available; /* bytes free or easily made free. Win32: GlobalMemoryStatusEx() */
    uint64_t maps;             /* mappings at once. Win32: none */
    uint64_t new_threads;      /* threads that may still be started. Win32: none */
    uint64_t thread_stack; /* bytes of address space that a new thread takes. Win32: dwStackReserve of the executable */
} mmv__os_limits;
void mmv__os_get_limits(mmv__os_limits *limits_ret);

/* Processors this process may use at once. Win32: GetProcessAffinityMask(), job object CPU rate. */
unsigned mmv__os_processors(void);

/* The one that the calling thread is on. Win32: GetCurrentProcessorNumber(). */
unsigned mmv__os_processor(void);

/*
 * Bring the calling thread, the index-th of a team of 'count', to a processor of its own, counted from 'home', where
 * the first one is. Where it goes from there is the system's business again. Nothing happens unless there are as many
 * processors as threads. Win32: SetThreadIdealProcessor().
 */
void mmv__os_spread(unsigned index, unsigned count, unsigned home);

/* Faults of the whole process so far. Win32: GetProcessMemoryInfo() PageFaultCount for both together. */
void mmv__os_faults(uint64_t *minor_ret, uint64_t *major_ret);

/* Faults of the calling thread so far, of both kinds; false where the system does not count them apart. Win32: none. */
bool mmv__os_thread_faults(uint64_t *faults_ret);

/* A monotonic clock in seconds. Win32: QueryPerformanceCounter(). */
double mmv__os_clock(void);
void mmv__os_sleep_ms(unsigned milliseconds); /* Win32: Sleep() */
uintptr_t mmv__os_thread(void); /* who is calling: never 0, and never the same twice. Win32: a TLS counter */

uint64_t mmv__os_time(void); /* seconds since 1970. Win32: GetSystemTimePreciseAsFileTime() */

/* What this start of the system is called; "" = not known. Win32: KUSER_SHARED_DATA BootId. */
void mmv__os_boot(char *text, size_t size);

/* A number that nobody else gets. Win32: BCryptGenRandom(). */
int mmv__os_random(uint64_t *number_ret);

/* ---- files ------------------------------------------------------------------------------------------------------ */

typedef enum mmv__os_kind { MMV__FILE, MMV__BLOCK_DEVICE, MMV__CHARACTER_DEVICE, MMV__OTHER } mmv__os_kind;

typedef struct mmv__os_facts {
    mmv__os_kind kind;
    uint64_t size;      /* 0 for character devices */
    uint64_t allocated; /* bytes that have blocks; less than size when there are holes. Win32: AllocationSize */
    uint64_t device, inode;
    uint32_t user, group;
    unsigned permissions; /* rwxrwxrwx, and 01000 and 02000, see names.h */
    uint64_t links;       /* how many names it has */
} mmv__os_facts;

/* What becomes of the name when it is opened. Zero bytes: the file must exist. */
typedef struct mmv__os_creation {
    mmv_open_mode mode;
    unsigned permissions; /* of a new file; 0 = 0666, narrowed by the umask */
    bool no_follow;       /* refuse a symbolic link as the last part of the path */
} mmv__os_creation;

/* Win32: CreateFile(); the created flag is GetLastError() != ERROR_ALREADY_EXISTS. */
int mmv__os_open(const char *path, mmv_access access, const mmv__os_creation *how, int *descriptor_ret,
                 bool *created_ret);
int mmv__os_close(int descriptor);                                      /* Win32: CloseHandle() */
int mmv__os_remove(const char *path);                                   /* Win32: DeleteFile() */
int mmv__os_get_facts(int descriptor, mmv__os_facts *facts_ret);        /* Win32: GetFileInformationByHandleEx() */
bool mmv__os_may(int descriptor, mmv_access access);                    /* Win32: NtQueryObject() GrantedAccess */
int mmv__os_resize(int descriptor, uint64_t size);                      /* Win32: SetEndOfFile() */
int mmv__os_allocate(int descriptor, uint64_t offset, uint64_t length); /* blocks now, length kept; EOPNOTSUPP = cannot.
                                                                     Win32: FileAllocationInfo */
int mmv__os_sync(int descriptor);                                       /* Win32: FlushFileBuffers() */
/* The same file once more. What fails to be written is reported once per open file: who shares one may not hear of it.
   Win32: ReOpenFile(). */
int mmv__os_reopen(int descriptor, int *descriptor_ret);
int mmv__os_sync_data(int descriptor); /* only what is needed to read it back. Win32: NtFlushBuffersFileEx() */
int mmv__os_lock(int descriptor, bool exclusive, uint64_t offset,
                 uint64_t length);                                        /* EAGAIN = held. Win32: LockFileEx() */
int mmv__os_unlock(int descriptor, uint64_t offset, uint64_t length);     /* Win32: UnlockFileEx() */
bool mmv__os_is_locked(int descriptor, uint64_t offset, uint64_t length); /* by others. Win32: LockFileEx() and back */

/* When the file was made, in nanoseconds; 0 = not known. Win32: CreationTime. */
uint64_t mmv__os_birth(int descriptor);

/* Short only at the end of the file: then 0 is returned and *done_ret says how far. Win32: ReadFile() with OVERLAPPED.
 */
int mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret);
int mmv__os_write(int descriptor, const void *data, size_t length, uint64_t offset); /* all. Win32: WriteFile() */
int mmv__os_write_stream(int descriptor, const void *data, size_t length); /* all, in order. Win32: WriteFile() */

/* Whether other machines may work with the file, too. Win32: GetDriveType() DRIVE_REMOTE. */
bool mmv__os_is_remote(int descriptor, const char **name_ret);

/* File systems on which mapping is slow or not coherent go buffered. Win32: GetDriveType() DRIVE_REMOTE. */
bool mmv__os_maps_badly(int descriptor, const char **name_ret);

/*
 * Whether a page that was read through a shared mapping takes another fault when it is written: the file system has to
 * be told which pages it must write back. Files in memory are not. Win32: true.
 */
bool mmv__os_notes_stores(int descriptor);

/* The same file once more, past the page cache; offsets, lengths and memory must be multiples of *block_ret.
   Win32: ReOpenFile() FILE_FLAG_NO_BUFFERING. */
int mmv__os_open_direct(int descriptor, mmv_access access, int *descriptor_ret, size_t *block_ret);

/* Who may do what. Win32: SetSecurityInfo(). */
int mmv__os_set_permissions(int descriptor, unsigned permissions);
int mmv__os_set_owner(int descriptor, uint32_t user, uint32_t group); /* UINT32_MAX = as it is */
uint32_t mmv__os_user(void);

/* Locks know their holders by a number, which means somebody else in another container: which numbers are ours; 0 = not
   known. Win32: none. */
uint64_t mmv__os_process_space(void);
uint32_t mmv__os_task(void); /* the calling thread's number in there, also in a forked child; 0 = not known. Win32:
                                GetCurrentThreadId() */
int mmv__os_set_inheritable(int descriptor,
                            bool inheritable); /* by programs that are started. Win32: HANDLE_FLAG_INHERIT */

/* Memory as a file without a name, 'length' bytes that nobody can take away again: *sealed_ret, where the system can
   promise that. Win32: CreateFileMapping() of INVALID_HANDLE_VALUE. */
int mmv__os_create_memory(int *descriptor_ret);
int mmv__os_seal(int descriptor); /* never shorter again; ENOTSUP = cannot. Win32: not needed */
bool mmv__os_is_sealed(int descriptor);

/* ---- names ------------------------------------------------------------------------------------------------------ */

/*
 * Where memory that has a name lives, as a path that ends in a separator. Win32: the object manager's
 * \BaseNamedObjects.
 */
const char *mmv__os_shared_directory(void);

/* A name in there, for what it is and not for what it points to. ELOOP = a link. Win32: OpenFileMapping(). */
int mmv__os_open_shared(const char *path, bool writing, int *descriptor_ret);

/* The path without symbolic links, for free(3). Win32: GetFinalPathNameByHandle(). */
int mmv__os_real_path(const char *path, char **real_ret);
/* Whether a path's last part is a symbolic link. Win32: GetFileAttributes() FILE_ATTRIBUTE_REPARSE_POINT. */
int mmv__os_is_link(const char *path, bool *link_ret);

/*
 * A file that nobody sees before mmv__os_publish() gives it its name, EEXIST when that is taken. 'beside' is that
 * path; *temporary_ret is a name it has in the meantime, for free(3), or NULL; 'named': it must have one. Win32:
 * FILE_RENAME_INFO.
 */
int mmv__os_create_hidden(const char *beside, bool named, int *descriptor_ret, char **temporary_ret);
int mmv__os_publish(int descriptor, const char *temporary, const char *path);
int mmv__os_sync_directory(const char *path); /* of the file: its name is on the device. Win32: not needed */

/*
 * The names in the directory of 'path' that begin with its last part; stops when 'see' is false. Win32:
 * FindFirstFile().
 */
int mmv__os_list(const char *path, bool (*see)(const char *name, void *user), void *user);

/*
 * Notes on a file that stay with it under any name (user.*). ENOTSUP = the file system has none; ENODATA = no such
 * note. Win32: alternate data streams.
 */
int mmv__os_note_set(int descriptor, const char *name, const char *text); /* EEXIST = there is one */
int mmv__os_note_get(int descriptor, const char *name, char *text, size_t size);
int mmv__os_note_remove(int descriptor, const char *name);
int mmv__os_notes(int descriptor, char *names, size_t size, size_t *length_ret); /* each ended by a zero */

/* ---- words that processes share --------------------------------------------------------------------------------- */

/* Wait until *word may have changed from 'expected', at most for so many seconds; negative = without end. Win32: none
   between processes; an event. */
void mmv__os_wait_word(const _Atomic uint32_t *word, uint32_t expected, double seconds);
void mmv__os_wake_word(const _Atomic uint32_t *word); /* everybody who waits on it */

/* Between two looks at such a word: leave the processor's other thread the room. Win32: YieldProcessor(). */
static inline void mmv__os_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* A recursive lock in shared memory that tells when its holder died. Win32: CreateMutex(). */
typedef pthread_mutex_t mmv__os_robust;
int mmv__os_robust_init(mmv__os_robust *lock);
/* 0, or EOWNERDEAD = held, but the last holder died; ETIMEDOUT. Seconds: 0 = try, negative = without end. */
int mmv__os_robust_lock(mmv__os_robust *lock, double seconds);
int mmv__os_robust_unlock(mmv__os_robust *lock); /* EPERM = not the holder */

/* ---- stdio ------------------------------------------------------------------------------------------------------- */

/* What a FILE does, each returning an errno; 'origin' is an mmv_origin. */
typedef struct mmv__os_cookie {
    int (*read)(void *user, char *data, size_t length, size_t *done_ret);
    int (*write)(void *user, const char *data, size_t length, size_t *done_ret);
    int (*seek)(void *user, int64_t offset, unsigned origin, uint64_t *position_ret);
    void (*close)(void *user);
} mmv__os_cookie;

/*
 * A FILE over these. On success it owns 'user'. ENOTSUP = the C library has no such thing. Win32: none; a temporary
 * file.
 */
int mmv__os_file(void *user, const mmv__os_cookie *calls, bool reads, bool writes, FILE **file_ret);

/* ---- address space ---------------------------------------------------------------------------------------------- */

/* A stretch of addresses that nothing else will land in. Win32: VirtualAlloc2() MEM_RESERVE_PLACEHOLDER. */
int mmv__os_reserve(size_t size, void **address_ret);

/* The same at exactly 'address': EEXIST = something is there. Win32: VirtualAlloc2() with a base address. */
int mmv__os_reserve_at(void *address, size_t size);

/* Map file bytes at exactly 'address' inside a reservation, over whatever was there. Win32: MapViewOfFile3() REPLACE.
 */
int mmv__os_map_at(void *address, size_t size, mmv_access access, int descriptor, uint64_t offset);

/* The same wherever there is room, without a reservation. Win32: MapViewOfFile(). */
int mmv__os_map(size_t size, mmv_access access, int descriptor, uint64_t offset, void **address_ret);

/* Give the bytes of a mapping up but keep the addresses. Win32: UnmapViewOfFile2() MEM_PRESERVE_PLACEHOLDER. */
int mmv__os_vacate(void *address, size_t size);
int mmv__os_unmap(void *address, size_t size); /* also ends a reservation. Win32: UnmapViewOfFile(), VirtualFree() */

/* ENOTSUP = the system has no such advice. EFAULT = a populated page is not there. Win32: PrefetchVirtualMemory(). */
int mmv__os_advise(void *address, size_t size, mmv_advice advice);

/* Write changed pages back and wait. Win32: FlushViewOfFile() + FlushFileBuffers(). */
int mmv__os_flush(void *address, size_t size);
/*
 * Hand them to the device and do not wait, or wait for that but not for the device to be sure. Win32:
 * FlushViewOfFile()
 */
int mmv__os_flush_start(int descriptor, uint64_t offset, uint64_t length, bool wait);

/* Free what lies under the bytes; they read as zeros then. Win32: FSCTL_SET_ZERO_DATA, VirtualAlloc() MEM_RESET. */
int mmv__os_discard(int descriptor, uint64_t offset, uint64_t length);

/*
 * Private zeroed memory, page-aligned; from 64 KiB on not from the heap: threads under a small RLIMIT_AS must not grow
 * heaps of their own. Win32: VirtualAlloc().
 */
int mmv__os_memory(size_t size, void **memory_ret);
void mmv__os_memory_free(void *memory, size_t size);

/* ---- faults ----------------------------------------------------------------------------------------------------- */

/* Call 'repair' with the address of a bad access; false = not ours, go on to the previous handler. Win32:
   AddVectoredExceptionHandler() EXCEPTION_IN_PAGE_ERROR. */
int mmv__os_catch_faults(bool (*repair)(void *address));
void mmv__os_release_faults(void);

/* Put a page of zeros at 'address'; async-signal-safe. Win32: VirtualAlloc() into the placeholder. */
bool mmv__os_zero_page(void *address);

/* ---- locks: pthread here; Win32: SRWLOCK and CONDITION_VARIABLE ------------------------------------------------- */

typedef pthread_mutex_t mmv__mutex;
typedef pthread_cond_t mmv__condition;

static inline int mmv__mutex_init(mmv__mutex *mutex)
{
    return pthread_mutex_init(mutex, NULL);
}

static inline void mmv__lock(mmv__mutex *mutex)
{
    pthread_mutex_lock(mutex);
}

static inline void mmv__unlock(mmv__mutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

static inline int mmv__condition_init(mmv__condition *condition)
{
    return pthread_cond_init(condition, NULL);
}

static inline void mmv__wait(mmv__condition *condition, mmv__mutex *mutex)
{
    pthread_cond_wait(condition, mutex);
}

static inline void mmv__wake_all(mmv__condition *condition)
{
    pthread_cond_broadcast(condition);
}

static inline void mmv__mutex_destroy(mmv__mutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

static inline void mmv__condition_destroy(mmv__condition *condition)
{
    pthread_cond_destroy(condition);
}

#endif
