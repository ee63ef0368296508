/* SPDX-License-Identifier: MIT */
/*
 * win32/memory.c - address space, and views of files in it.
 *
 * A view goes where nothing is, and a reservation is given back whole. So what lies at an address is freed first, the
 * view is made, and what was freed around it is reserved again:
 *
 *     before   |................ reserved ................|
 *     then     |.. reserved ..| |==== view ====|..| reserved |      .. what of the range has no bytes in the file
 *
 * Meanwhile another thread of the process may take the place, for a heap or a stack. That is tried again, some
 * milliseconds long. When the place stays taken it is lost: it is in no row of the table, and the caller hears ENOMEM.
 *
 * Invariants, whenever the table's lock is free:
 * 1. Rows are sorted and do not overlap. Each is one reservation, or one view, of the system's.
 * 2. What is freed is in a row: nothing of anybody else is ever touched. No assert: take_out() walks over rows alone.
 * 3. Rows are added without asking for memory: a heap that grows could take the place. add() asserts the room.
 *
 * Source: MapViewOfFileEx, VirtualAlloc. Placeholders would close the gap; Wine 8 refuses them, and so nothing here has
 * been tried with them.
 */

#include "os/memory.h"
#include "os/machine.h"
#include "os/win32/win32.h"

#include <mmview/range.h>

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 200
#define PAGE 4096 /* of memory; mmv__os_page_size() is what mappings start at */

enum kind { RESERVED, VIEW, REPLACED }; /* REPLACED: private memory where a view was */

struct row {
    char *start;
    size_t size;
    size_t bytes; /* a view: from its start to the end of the file */
    enum kind kind;
    bool writes;
    HANDLE file;
    mmv__win32_identity identity;
};

/* The process' address space written down, as far as it is ours. */
static struct {
    SRWLOCK lock;
    struct row *rows;
    size_t count, room;
} table = {SRWLOCK_INIT, NULL, 0, 0};

/* ---- rows, under the lock --------------------------------------------------------------------------------------- */

/* What one call adds: the rest before, the view, its tail, the rest behind. */
static bool make_room(void)
{
    if (table.count + 4 <= table.room)
        return true;
    size_t room = 2 * table.room + 64;
    struct row *rows = realloc(table.rows, room * sizeof *rows);
    if (!rows)
        return false;
    table.rows = rows;
    table.room = room;
    return true;
}

/* The first row that ends behind the address. */
static size_t find(const char *at)
{
    size_t low = 0, high = table.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table.rows[middle].start + table.rows[middle].size > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void add(const struct row *row)
{
    size_t index = find(row->start);
    /* Invariants 3 and 1. */
    assert(table.count < table.room);
    assert(index == table.count || table.rows[index].start >= row->start + row->size);
    memmove(&table.rows[index + 1], &table.rows[index], (table.count - index) * sizeof *row);
    table.rows[index] = *row;
    table.count++;
}

static void free_row(size_t index)
{
    const struct row *row = &table.rows[index];
    if (row->kind == VIEW)
        UnmapViewOfFile(row->start);
    else
        VirtualFree(row->start, 0, MEM_RELEASE);
    table.count--;
    memmove(&table.rows[index], &table.rows[index + 1], (table.count - index) * sizeof *row);
}

/* Whether it is worth to try once more for a place that somebody has, perhaps for a moment. */
static bool wait_for_place(unsigned tries)
{
    if (tries >= TRIES)
        return false;
    if (tries % 8 == 7)
        Sleep(1);
    else
        SwitchToThread();
    return true;
}

static bool reserve_again(char *start, size_t size)
{
    if (size == 0)
        return true;
    for (unsigned tries = 0; VirtualAlloc(start, size, MEM_RESERVE, PAGE_NOACCESS) != start; tries++)
        if (!wait_for_place(tries))
            return false;
    add(&(struct row){.start = start, .size = size, .kind = RESERVED});
    return true;
}

/* Free all that lies in the range. What was freed with it, around it, is reserved again, as far as it can be had. */
static void take_out(char *start, size_t size)
{
    char *end = start + size;
    char *before = start;
    char *behind = end;
    size_t index = find(start);
    while (index < table.count && table.rows[index].start < end) {
        const struct row *row = &table.rows[index];
        before = row->start < before ? row->start : before;
        behind = row->start + row->size > behind ? row->start + row->size : behind;
        free_row(index);
    }
    reserve_again(before, (size_t)(start - before));
    reserve_again(end, (size_t)(behind - end));
}

/* ---- reservations ----------------------------------------------------------------------------------------------- */

static int reserve(void *wanted, size_t size, void **address_ret)
{
    AcquireSRWLockExclusive(&table.lock);
    bool room = make_room();
    void *address = room ? VirtualAlloc(wanted, size, MEM_RESERVE, PAGE_NOACCESS) : NULL;
    int error = address ? 0 : room ? mmv__win32_last() : ENOMEM;
    if (address)
        add(&(struct row){.start = address, .size = size, .kind = RESERVED});
    ReleaseSRWLockExclusive(&table.lock);
    *address_ret = address;
    return error == EINVAL ? ENOMEM : error;
}

int mmv__os_reserve(size_t size, void **address_ret)
{
    void *address;
    int error = reserve(NULL, size, &address);
    if (error == 0)
        *address_ret = address;
    return error;
}

int mmv__os_reserve_at(void *address, size_t size)
{
    void *got;
    return reserve(address, size, &got);
}

int mmv__os_vacate(void *address, size_t size)
{
    AcquireSRWLockExclusive(&table.lock);
    bool done = make_room();
    if (done) {
        take_out(address, size);
        done = reserve_again(address, size);
    }
    ReleaseSRWLockExclusive(&table.lock);
    return done ? 0 : ENOMEM;
}

/* Between the end of a view and the beginning of what takes its place, another thread's access is a fault. */
int mmv__os_retire(void *address, size_t size, bool writing)
{
    (void)address, (void)size, (void)writing;
    return ENOTSUP;
}

int mmv__os_unmap(void *address, size_t size)
{
    AcquireSRWLockExclusive(&table.lock);
    bool room = make_room();
    if (room)
        take_out(address, size);
    ReleaseSRWLockExclusive(&table.lock);
    return room ? 0 : ENOMEM;
}

/* ---- views ------------------------------------------------------------------------------------------------------ */

static DWORD protection(mmv_access access)
{
    bool runs = (access & MMV_EXECUTE) != 0;
    switch (access & 3u) {
    case MMV_READ:
        return runs ? PAGE_EXECUTE_READ : PAGE_READONLY;
    case MMV_COPY_ON_WRITE:
        return runs ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    default:
        return runs ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
    }
}

static DWORD rights(mmv_access access)
{
    DWORD runs = access & MMV_EXECUTE ? FILE_MAP_EXECUTE : 0;
    switch (access & 3u) {
    case MMV_READ:
        return runs | FILE_MAP_READ;
    case MMV_COPY_ON_WRITE:
        return runs | FILE_MAP_COPY;
    default:
        return runs | FILE_MAP_READ | FILE_MAP_WRITE;
    }
}

/*
 * The view that is wanted: its row, and a section of the file as long as it is now, or none behind its end. A section
 * that has a name is there already, and stays.
 */
struct wish {
    struct row row;
    mmv_access access;
    uint64_t offset;
    HANDLE section;
    bool keeps_section;
};

static void end_wish(const struct wish *wish)
{
    if (wish->section && !wish->keeps_section)
        CloseHandle(wish->section);
}

/* Where the file ends, and which one it is; of memory that has a name nothing is flushed. */
static int look_at(struct wish *wish, int descriptor, uint64_t *length_ret)
{
    mmv__win32_section named;
    struct row *row = &wish->row;
    if (!mmv__win32_is_section(descriptor, &named))
        return mmv__win32_identify(row->file, &row->identity, length_ret);
    wish->section = row->file;
    wish->keeps_section = true;
    row->file = NULL;
    row->identity = (mmv__win32_identity){MMV__DEVICE_OF_NAMES, named.number};
    *length_ret = named.size;
    return 0;
}

static int make_wish(struct wish *wish, size_t size, int descriptor)
{
    uint64_t length;
    struct row *row = &wish->row;
    *row = (struct row){.kind = VIEW, .file = mmv__win32_handle(descriptor)};
    row->writes = (wish->access & 3u) != MMV_READ && (wish->access & 3u) != MMV_COPY_ON_WRITE;
    wish->section = NULL;
    if (row->file == INVALID_HANDLE_VALUE)
        return EBADF;
    int error = look_at(wish, descriptor, &length);
    if (error)
        return error;
    row->bytes = (size_t)mmv_min(size, length - mmv_min(length, wish->offset));
    row->size = (size_t)mmv_round_up(row->bytes, mmv__os_page_size());
    if (row->bytes == 0 || wish->keeps_section)
        return 0;
    wish->section = CreateFileMappingW(row->file, NULL, protection(wish->access), 0, 0, NULL);
    return wish->section ? 0 : mmv__win32_last();
}

/* NULL = anywhere. */
static char *map_view(const struct wish *wish, char *at)
{
    return MapViewOfFileEx(wish->section, rights(wish->access), (DWORD)(wish->offset >> 32), (DWORD)wish->offset,
                           wish->row.bytes, at);
}

/* Under the lock. What has no bytes in the file is reserved: touching it is a fault, as it is elsewhere. */
static int put_view(struct wish *wish, char *start, size_t size)
{
    unsigned tries = 0;
    take_out(start, size);
    if (!reserve_again(start + wish->row.size, size - wish->row.size)) {
        reserve_again(start, wish->row.size);
        return ENOMEM;
    }
    if (wish->row.bytes == 0)
        return 0;
    while ((wish->row.start = map_view(wish, start)) != start) {
        DWORD error = GetLastError();
        if (error == ERROR_INVALID_ADDRESS && wait_for_place(tries++))
            continue;
        reserve_again(start, wish->row.size);
        return error == ERROR_INVALID_ADDRESS ? ENOMEM : mmv__win32_error(error);
    }
    add(&wish->row);
    return 0;
}

int mmv__os_map_at(void *address, size_t size, mmv_access access, int descriptor, uint64_t offset)
{
    struct wish wish = {.access = access, .offset = offset};
    assert((uintptr_t)address % mmv__os_page_size() == 0 && offset % mmv__os_page_size() == 0);
    int error = make_wish(&wish, size, descriptor);
    if (error)
        return error;
    AcquireSRWLockExclusive(&table.lock);
    error = make_room() ? put_view(&wish, address, size) : ENOMEM;
    ReleaseSRWLockExclusive(&table.lock);
    /* The view keeps it; a section that is open keeps the file from becoming shorter. */
    end_wish(&wish);
    return error;
}

static int map_anywhere(struct wish *wish, void **address_ret)
{
    AcquireSRWLockExclusive(&table.lock);
    bool room = make_room();
    char *address = room ? map_view(wish, NULL) : NULL;
    int error = address ? 0 : room ? mmv__win32_last() : ENOMEM;
    wish->row.start = address;
    if (address)
        add(&wish->row);
    ReleaseSRWLockExclusive(&table.lock);
    *address_ret = address;
    return error;
}

int mmv__os_map(size_t size, mmv_access access, int descriptor, uint64_t offset, void **address_ret)
{
    struct wish wish = {.access = access, .offset = offset};
    void *address;
    int error = make_wish(&wish, size, descriptor);
    if (error)
        return error;
    bool is_whole = wish.row.bytes > 0 && wish.row.size >= size;
    if (is_whole)
        error = map_anywhere(&wish, &address);
    end_wish(&wish);
    if (!is_whole) {
        /* Its end is not in the file: the rest must be reserved behind it. */
        size_t rounded = (size_t)mmv_round_up(size, mmv__os_page_size());
        error = mmv__os_reserve(rounded, &address);
        if (error == 0 && (error = mmv__os_map_at(address, rounded, access, descriptor, offset)) != 0)
            mmv__os_unmap(address, rounded);
    }
    if (error == 0)
        *address_ret = address;
    return error;
}

/* A view ends with the page that the file ended in: what comes behind it is not there, or reserved. */
size_t mmv__os_shown(const void *address, size_t size)
{
    size_t shown = 0;
    AcquireSRWLockShared(&table.lock);
    for (size_t i = find(address); i < table.count && table.rows[i].start == (const char *)address + shown; i++) {
        const struct row *row = &table.rows[i];
        if (row->kind == RESERVED)
            break;
        shown += row->kind == VIEW ? (size_t)mmv_round_up(row->bytes, PAGE) : row->size;
        if (row->kind == VIEW && shown % mmv__os_page_size() != 0)
            break;
    }
    ReleaseSRWLockShared(&table.lock);
    return (size_t)mmv_min(shown, size);
}

/* ---- what was stored -------------------------------------------------------------------------------------------- */

int mmv__os_flush(void *address, size_t size)
{
    char *start = address, *end = start + size;
    HANDLE file = NULL;
    int error = 0;
    AcquireSRWLockShared(&table.lock);
    for (size_t i = find(start); error == 0 && i < table.count && table.rows[i].start < end; i++) {
        const struct row *row = &table.rows[i];
        char *from = row->start > start ? row->start : start;
        char *to = row->start + row->bytes < end ? row->start + row->bytes : end;
        if (row->kind != VIEW || !row->writes || from >= to)
            continue;
        file = row->file;
        error = FlushViewOfFile(from, (size_t)(to - from)) ? 0 : mmv__win32_last();
    }
    ReleaseSRWLockShared(&table.lock);
    /* A view is not open longer than its file. */
    return error || !file || FlushFileBuffers(file) ? error : mmv__win32_last();
}

int mmv__win32_flush_views(const mmv__win32_identity *file)
{
    int error = 0;
    AcquireSRWLockShared(&table.lock);
    for (size_t i = 0; error == 0 && i < table.count; i++) {
        const struct row *row = &table.rows[i];
        if (row->kind == VIEW && row->writes && row->identity.device == file->device &&
            row->identity.inode == file->inode && !FlushViewOfFile(row->start, row->bytes))
            error = mmv__win32_last();
    }
    ReleaseSRWLockShared(&table.lock);
    return error;
}

/* ---- bad accesses ----------------------------------------------------------------------------------------------- */

static bool allows(DWORD protect, bool writing)
{
    enum {
        WRITABLE = PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY,
        READABLE = WRITABLE | PAGE_READONLY | PAGE_EXECUTE_READ
    };
    return (protect & (DWORD)(writing ? WRITABLE : READABLE)) != 0 && !(protect & PAGE_GUARD);
}

bool mmv__win32_should_work(void *address, bool writing)
{
    MEMORY_BASIC_INFORMATION there;
    bool should = false;
    AcquireSRWLockShared(&table.lock);
    size_t index = find(address);
    if (index < table.count && table.rows[index].start <= (char *)address) {
        bool known = VirtualQuery(address, &there, sizeof there) == sizeof there;
        /* Behind the end of the file; or another thread has replaced the view meanwhile. */
        should =
            table.rows[index].kind != VIEW || (known && there.State == MEM_COMMIT && allows(there.Protect, writing));
    }
    ReleaseSRWLockShared(&table.lock);
    return should;
}

/* A view goes as a whole: no part of one can be replaced. Of a reservation 64 KiB become memory. */
static bool replace(size_t index, char *at)
{
    struct row *row = &table.rows[index];
    size_t unit = mmv__os_page_size();
    if (row->kind == REPLACED)
        return true;
    if (row->kind == RESERVED) {
        char *start = row->start + (size_t)(at - row->start) / unit * unit;
        size_t size = (size_t)mmv_min(unit, row->size - (size_t)(start - row->start));
        return VirtualAlloc(start, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
    }
    struct row memory = {.start = row->start, .size = row->size, .kind = REPLACED};
    free_row(index);
    for (unsigned tries = 0;
         VirtualAlloc(memory.start, memory.size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) != memory.start; tries++)
        if (!wait_for_place(tries))
            return false;
    add(&memory);
    return true;
}

bool mmv__os_zero_page(void *address)
{
    AcquireSRWLockExclusive(&table.lock);
    size_t index = find(address);
    bool ours = index < table.count && table.rows[index].start <= (char *)address;
    bool done = ours && replace(index, address);
    ReleaseSRWLockExclusive(&table.lock);
    return done;
}

/* ---- advice ----------------------------------------------------------------------------------------------------- */

int mmv__os_advise(void *address, size_t size, mmv_advice advice)
{
    WIN32_MEMORY_RANGE_ENTRY range = {address, size};
    switch (advice) {
    case MMV_ADVISE_WILL_NEED:
        return PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0) ? 0 : mmv__win32_last();
    case MMV_ADVISE_LOCK:
        return VirtualLock(address, size) ? 0 : mmv__win32_last();
    case MMV_ADVISE_UNLOCK:
        return VirtualUnlock(address, size) || GetLastError() == ERROR_NOT_LOCKED ? 0 : mmv__win32_last();
    default:
        return ENOTSUP;
    }
}

/* QueryWorkingSetEx() knows pages of this process alone. */
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

/* ---- private memory --------------------------------------------------------------------------------------------- */

#define HEAP_MOST ((size_t)64 << 10)

/* Not while a place is free that belongs to somebody: hence the lock. */
int mmv__os_memory(size_t size, void **memory_ret)
{
    void *memory;
    if (size <= HEAP_MOST) {
        memory = _aligned_malloc(size ? size : 1, PAGE);
        if (memory)
            *memory_ret = memset(memory, 0, size);
        return memory ? 0 : ENOMEM;
    }
    AcquireSRWLockShared(&table.lock);
    memory = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ReleaseSRWLockShared(&table.lock);
    if (!memory)
        return ENOMEM;
    *memory_ret = memory;
    return 0;
}

void mmv__os_memory_free(void *memory, size_t size)
{
    if (size <= HEAP_MOST)
        _aligned_free(memory);
    else if (memory)
        VirtualFree(memory, 0, MEM_RELEASE);
}
