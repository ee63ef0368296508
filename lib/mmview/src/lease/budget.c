/* SPDX-License-Identifier: MIT */
/*
 * budget.c - defaults and clamps of everything that is limited.
 *
 * A quarter of each limit: the rest is for the program that uses the library, its heap, stacks and own mappings.
 * The same rule as git's packed windows, with the cgroup added, which also counts page cache.
 */

#include "lease/budget.h"
#include "os/machine.h"

#include <mmview/pool.h>
#include <mmview/range.h>

#define DEFAULT_BYTES MMV_GIB
#define DEFAULT_BYTES_32 (256 * MMV_MIB) /* of 2-4 GiB of address space; git's choice as well */

static uint64_t default_bytes(const mmv__os_limits *limits)
{
    uint64_t most = sizeof(void *) == 4 ? DEFAULT_BYTES_32 : DEFAULT_BYTES;
    return mmv_min(most, mmv_min(limits->address_space / 4, limits->memory / 4));
}

uint64_t mmv_default_max_mapped(void)
{
    mmv__os_limits limits;
    mmv__os_get_limits(&limits);
    return default_bytes(&limits);
}

unsigned mmv_default_threads(void)
{
    return mmv__os_processors();
}

mmv__budget mmv__budget_of(uint64_t max_mapped, uint32_t max_maps, const mmv__os_limits *limits)
{
    uint64_t maps = limits->maps == UINT64_MAX ? 16384 : mmv_max(1, limits->maps / 4);
    return (mmv__budget){
        .bytes = mmv_min(max_mapped ? max_mapped : default_bytes(limits), SIZE_MAX / 2),
        .maps = max_maps ? mmv_min(max_maps, maps) : maps,
        .addresses = mmv_min(limits->address_space, SIZE_MAX) / 4,
    };
}

unsigned mmv__budget_threads(unsigned wanted, uint64_t each, const mmv__os_limits *limits)
{
    uint64_t threads = mmv_min(wanted, mmv_max(1, limits->new_threads / 2));
    if (limits->address_space == UINT64_MAX)
        return (unsigned)threads;
    uint64_t used = mmv_min(limits->address_space_used, limits->address_space);
    uint64_t room = (limits->address_space - used) / 2;
    return (unsigned)mmv_max(1, mmv_min(threads, room / mmv_max(1, limits->thread_stack + each)));
}
