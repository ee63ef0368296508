/* SPDX-License-Identifier: MIT */
/* faults.c - the __wrap_ functions behind faults.h. */

#include "faults.h"

#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/name.h"
#include "os/sync.h"
#include "os/queue.h"

#include <stdatomic.h>
#include <stdio.h>

struct plan {
    atomic_uint count, wanted;
    atomic_int error;
    void (*_Atomic hook)(void);
};

static struct plan plans[FAULT_CALLS];
static _Atomic size_t claimed_page, largest_memory;
static _Atomic uint64_t claimed_memory, claimed_addresses, claimed_ticks;
static atomic_uint claimed_processors;
static const _Atomic double *_Atomic claimed_clock;
static const char *_Atomic claimed_system, *_Atomic claimed_boot, *_Atomic claimed_remote, *_Atomic claimed_lone;
static atomic_int claimed_instance, claimed_cold;
static _Atomic uint64_t claimed_ahead;

void fault_at(fault_call call, unsigned n, int error)
{
    atomic_store(&plans[call].error, 0);
    atomic_store(&plans[call].count, 0);
    atomic_store(&plans[call].wanted, n);
    atomic_store(&plans[call].error, error);
}

unsigned fault_count(fault_call call)
{
    return atomic_load(&plans[call].count);
}

void fault_hook(fault_call call, void (*hook)(void))
{
    atomic_store(&plans[call].hook, hook);
}

void fault_reset(void)
{
    for (unsigned call = 0; call < FAULT_CALLS; call++) {
        fault_at((fault_call)call, 0, 0);
        fault_hook((fault_call)call, NULL);
    }
    atomic_store(&claimed_page, 0);
    atomic_store(&largest_memory, 0);
    atomic_store(&claimed_memory, 0);
    atomic_store(&claimed_addresses, 0);
    atomic_store(&claimed_processors, 0);
    atomic_store(&claimed_ticks, 0);
    atomic_store(&claimed_clock, NULL);
    atomic_store(&claimed_system, NULL);
    atomic_store(&claimed_cold, FAULT_COLD_TRUE);
    atomic_store(&claimed_ahead, 0);
    atomic_store(&claimed_boot, NULL);
    atomic_store(&claimed_instance, FAULT_INSTANCE_TRUE);
    atomic_store(&claimed_remote, NULL);
    atomic_store(&claimed_lone, NULL);
}

int fault_end(void **state)
{
    (void)state;
    fault_reset();
    return 0;
}

size_t fault_largest_memory(void)
{
    return atomic_load(&largest_memory);
}

void fault_page_size(size_t page)
{
    atomic_store(&claimed_page, page);
}

void fault_processors(unsigned processors)
{
    atomic_store(&claimed_processors, processors);
}

void fault_ticks(uint64_t nanoseconds)
{
    atomic_store(&claimed_ticks, nanoseconds);
}

void fault_clock(const _Atomic double *seconds)
{
    atomic_store(&claimed_clock, seconds);
}

void fault_memory_available(uint64_t bytes)
{
    atomic_store(&claimed_memory, bytes);
}

void fault_address_space(uint64_t bytes)
{
    atomic_store(&claimed_addresses, bytes);
}

void fault_file_system(const char *name)
{
    atomic_store(&claimed_system, name);
}

void fault_cold(int claim)
{
    atomic_store(&claimed_cold, claim);
}

void fault_read_ahead(uint64_t bytes)
{
    atomic_store(&claimed_ahead, bytes);
}

void fault_boot(const char *text)
{
    atomic_store(&claimed_boot, text);
}

void fault_instance(int kind)
{
    atomic_store(&claimed_instance, kind);
}

void fault_remote(const char *name)
{
    atomic_store(&claimed_remote, name);
}

void fault_lone(const char *name)
{
    atomic_store(&claimed_lone, name);
}

/* The error that this call is to fail with, or 0. */
static int due(fault_call call)
{
    struct plan *plan = &plans[call];
    void (*hook)(void) = atomic_load(&plan->hook);
    if (hook)
        hook();
    unsigned number = atomic_fetch_add(&plan->count, 1) + 1;
    unsigned wanted = atomic_load(&plan->wanted);
    return wanted == 0 || wanted == number ? atomic_load(&plan->error) : 0;
}

/* WRAP(call, type-less name, parameters, arguments): fail when due, else do the real thing. */
#define WRAP(call, name, parameters, arguments)                                                                        \
    int __real_##name parameters;                                                                                      \
    int __wrap_##name parameters;                                                                                      \
    int __wrap_##name parameters                                                                                       \
    {                                                                                                                  \
        int error = due(call);                                                                                         \
        return error ? error : __real_##name arguments;                                                                \
    }

WRAP(FAULT_MAP_AT, mmv__os_map_at, (void *address, size_t size, mmv_access access, int descriptor, uint64_t offset),
     (address, size, access, descriptor, offset))
WRAP(FAULT_RESERVE, mmv__os_reserve, (size_t size, void **address_ret), (size, address_ret))
WRAP(FAULT_WRITE, mmv__os_write, (int descriptor, const void *data, size_t length, uint64_t offset),
     (descriptor, data, length, offset))
WRAP(FAULT_WRITE_STREAM, mmv__os_write_stream, (int descriptor, const void *data, size_t length),
     (descriptor, data, length))
WRAP(FAULT_ADVISE, mmv__os_advise, (void *address, size_t size, mmv_advice advice), (address, size, advice))
WRAP(FAULT_OPEN_DIRECT, mmv__os_open_direct,
     (int descriptor, mmv_access access, int *descriptor_ret, size_t *block_ret),
     (descriptor, access, descriptor_ret, block_ret))
WRAP(FAULT_QUEUE_OPEN, mmv__queue_open, (unsigned depth, mmv__queue **queue_ret), (depth, queue_ret))
WRAP(FAULT_QUEUE_BEGIN, mmv__queue_begin, (mmv__queue * queue, unsigned tag, const mmv__transfer *transfer),
     (queue, tag, transfer))
WRAP(FAULT_QUEUE_FETCH, mmv__queue_fetch, (mmv__queue * queue, unsigned *tag_ret, size_t *done_ret),
     (queue, tag_ret, done_ret))
WRAP(FAULT_ALLOCATE, mmv__os_allocate, (int descriptor, uint64_t offset, uint64_t length), (descriptor, offset, length))
WRAP(FAULT_RESIZE, mmv__os_resize, (int descriptor, uint64_t size), (descriptor, size))
WRAP(FAULT_SYNC, mmv__os_sync, (int descriptor), (descriptor))
WRAP(FAULT_FACTS, mmv__os_get_facts, (int descriptor, mmv__os_facts *facts_ret), (descriptor, facts_ret))
WRAP(FAULT_VACATE, mmv__os_vacate, (void *address, size_t size), (address, size))
WRAP(FAULT_OPEN, mmv__os_open,
     (const char *path, mmv_access access, const mmv__os_creation *how, int *descriptor_ret, bool *created_ret),
     (path, access, how, descriptor_ret, created_ret))
WRAP(FAULT_REMOVE, mmv__os_remove, (const char *path), (path))
WRAP(FAULT_LOCK, mmv__os_lock, (int descriptor, bool exclusive, uint64_t offset, uint64_t length),
     (descriptor, exclusive, offset, length))
WRAP(FAULT_SYNC_DATA, mmv__os_sync_data, (int descriptor), (descriptor))
WRAP(FAULT_CREATE_HIDDEN, mmv__os_create_hidden,
     (const char *beside, bool named, int *descriptor_ret, char **temporary_ret),
     (beside, named, descriptor_ret, temporary_ret))
WRAP(FAULT_PUBLISH, mmv__os_publish, (int descriptor, const char *temporary, const char *path),
     (descriptor, temporary, path))
WRAP(FAULT_SYNC_DIRECTORY, mmv__os_sync_directory, (const char *path), (path))
WRAP(FAULT_REAL_PATH, mmv__os_real_path, (const char *path, char **real_ret), (path, real_ret))
WRAP(FAULT_LIST, mmv__os_list, (const char *path, bool (*see)(const char *name, void *user), void *user),
     (path, see, user))
WRAP(FAULT_NOTE_SET, mmv__os_note_set, (int descriptor, const char *name, const char *text), (descriptor, name, text))
WRAP(FAULT_NOTE_GET, mmv__os_note_get, (int descriptor, const char *name, char *text, size_t size),
     (descriptor, name, text, size))
WRAP(FAULT_NOTE_REMOVE, mmv__os_note_remove, (int descriptor, const char *name), (descriptor, name))
WRAP(FAULT_NOTES, mmv__os_notes, (int descriptor, char **names_ret, size_t *length_ret),
     (descriptor, names_ret, length_ret))
WRAP(FAULT_RANDOM, mmv__os_random, (uint64_t * number_ret), (number_ret))
WRAP(FAULT_MAP, mmv__os_map, (size_t size, mmv_access access, int descriptor, uint64_t offset, void **address_ret),
     (size, access, descriptor, offset, address_ret))
WRAP(FAULT_CREATE_MEMORY, mmv__os_create_memory, (int *descriptor_ret), (descriptor_ret))
WRAP(FAULT_OPEN_SHARED, mmv__os_open_shared, (const char *path, bool writing, int *descriptor_ret),
     (path, writing, descriptor_ret))
WRAP(FAULT_PERMISSIONS, mmv__os_set_permissions, (int descriptor, unsigned permissions), (descriptor, permissions))
WRAP(FAULT_ROBUST, mmv__os_robust_init, (mmv__os_robust * lock), (lock))

void __real_mmv__os_boot(char *text, size_t size);
void __wrap_mmv__os_boot(char *text, size_t size);
void __wrap_mmv__os_boot(char *text, size_t size)
{
    const char *claimed = atomic_load(&claimed_boot);
    if (claimed)
        snprintf(text, size, "%s", claimed);
    else
        __real_mmv__os_boot(text, size);
}

uint64_t __real_mmv__os_instance(int descriptor);
uint64_t __wrap_mmv__os_instance(int descriptor);
uint64_t __wrap_mmv__os_instance(int descriptor)
{
    int kind = atomic_load(&claimed_instance);
    if (kind == FAULT_INSTANCE_TRUE)
        return __real_mmv__os_instance(descriptor);
    return kind == FAULT_INSTANCE_NONE ? 0 : (uint64_t)(unsigned)kind << 62 | 12345;
}

bool __real_mmv__os_is_remote(int descriptor, const char **name_ret);
bool __wrap_mmv__os_is_remote(int descriptor, const char **name_ret);
bool __wrap_mmv__os_is_remote(int descriptor, const char **name_ret)
{
    const char *claimed = atomic_load(&claimed_remote);
    if (claimed)
        *name_ret = claimed;
    return claimed ? true : __real_mmv__os_is_remote(descriptor, name_ret);
}

bool __real_mmv__os_locks_alone(int descriptor, const char **name_ret);
bool __wrap_mmv__os_locks_alone(int descriptor, const char **name_ret);
bool __wrap_mmv__os_locks_alone(int descriptor, const char **name_ret)
{
    const char *claimed = atomic_load(&claimed_lone);
    if (claimed)
        *name_ret = claimed;
    return claimed ? true : __real_mmv__os_locks_alone(descriptor, name_ret);
}

int __real_mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret);
int __wrap_mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret);
int __wrap_mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret)
{
    int error = due(FAULT_READ);
    *done_ret = 0;
    return error ? error : __real_mmv__os_read(descriptor, data, length, offset, done_ret);
}

int __real_mmv__os_memory(size_t size, void **memory_ret);
int __wrap_mmv__os_memory(size_t size, void **memory_ret);
int __wrap_mmv__os_memory(size_t size, void **memory_ret)
{
    int error = due(FAULT_MEMORY);
    size_t seen = atomic_load(&largest_memory);
    while (size > seen && !atomic_compare_exchange_weak(&largest_memory, &seen, size))
        ;
    return error ? error : __real_mmv__os_memory(size, memory_ret);
}

size_t __real_mmv__os_page_size(void);
size_t __wrap_mmv__os_page_size(void);
size_t __wrap_mmv__os_page_size(void)
{
    size_t page = atomic_load(&claimed_page);
    return page ? page : __real_mmv__os_page_size();
}

uint64_t __real_mmv__os_ticks(void);
uint64_t __wrap_mmv__os_ticks(void);
uint64_t __wrap_mmv__os_ticks(void)
{
    uint64_t claimed = atomic_load(&claimed_ticks);
    return claimed ? claimed : __real_mmv__os_ticks();
}

unsigned __real_mmv__os_processors(void);
unsigned __wrap_mmv__os_processors(void);
unsigned __wrap_mmv__os_processors(void)
{
    unsigned processors = atomic_load(&claimed_processors);
    return processors ? processors : __real_mmv__os_processors();
}

double __real_mmv__os_clock(void);
double __wrap_mmv__os_clock(void);
double __wrap_mmv__os_clock(void)
{
    const _Atomic double *seconds = atomic_load(&claimed_clock);
    return seconds ? atomic_load(seconds) : __real_mmv__os_clock();
}

void __real_mmv__os_get_limits(mmv__os_limits *limits_ret);
void __wrap_mmv__os_get_limits(mmv__os_limits *limits_ret);
void __wrap_mmv__os_get_limits(mmv__os_limits *limits_ret)
{
    uint64_t memory = atomic_load(&claimed_memory);
    uint64_t addresses = atomic_load(&claimed_addresses);
    __real_mmv__os_get_limits(limits_ret);
    if (memory)
        limits_ret->memory_available = memory;
    if (addresses) {
        limits_ret->address_space = addresses;
        limits_ret->address_space_used = 0;
    }
}

bool __real_mmv__os_is_cold(int descriptor, uint64_t offset, size_t size);
bool __wrap_mmv__os_is_cold(int descriptor, uint64_t offset, size_t size);
bool __wrap_mmv__os_is_cold(int descriptor, uint64_t offset, size_t size)
{
    int claim = atomic_load(&claimed_cold);
    return claim == FAULT_COLD_TRUE ? __real_mmv__os_is_cold(descriptor, offset, size) : claim == FAULT_COLD_ALL;
}

uint64_t __real_mmv__os_read_ahead(int descriptor);
uint64_t __wrap_mmv__os_read_ahead(int descriptor);
uint64_t __wrap_mmv__os_read_ahead(int descriptor)
{
    uint64_t claim = atomic_load(&claimed_ahead);
    return claim ? claim : __real_mmv__os_read_ahead(descriptor);
}

bool __real_mmv__os_maps_badly(int descriptor, const char **name_ret);
bool __wrap_mmv__os_maps_badly(int descriptor, const char **name_ret);
bool __wrap_mmv__os_maps_badly(int descriptor, const char **name_ret)
{
    const char *name = atomic_load(&claimed_system);
    if (!name)
        return __real_mmv__os_maps_badly(descriptor, name_ret);
    *name_ret = name;
    return true;
}
