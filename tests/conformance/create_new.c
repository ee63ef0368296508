/* SPDX-License-Identifier: MIT */
/* create_new.c - rows of MemoryMappedFile.CreateNew.Tests: memory without a file, with and without a name. */

#include "conformance.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define MORE_THAN_THERE_IS (UINT64_C(1) << 50)

static const uint64_t capacities[] = {1, 256, 4096, 10000};

static mmv_status create(const char *name, uint64_t capacity, mmv_access access, mmv_map **map_ret)
{
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, capacity);
    return name ? mmv_map_open_named(name, access, &options, map_ret)
                : mmv_map_create_unnamed(capacity, access, &options, map_ret);
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static void bad_name(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, create("", 4096, MMV_READ_WRITE, &map), "Argument(mapName)");
    HOLDS(map == NULL);
}

static void bad_capacity(void)
{
    static const uint64_t bad[] = {0, (uint64_t)-100};
    const char *const names[] = {NULL, conf_name("capacity")};
    mmv_map *map;
    for (size_t i = 0; i < COUNT(bad) * COUNT(names); i++) {
        const char *name = names[i % 2];
        THROWS(CONF_CREATE, create(name, bad[i / 2], MMV_READ_WRITE, &map), "ArgumentOutOfRange(capacity)");
        HOLDS(map == NULL);
    }
}

static void bad_access(void)
{
    static const mmv_access bad[] = {42, (mmv_access)-2, 0, MMV_EXECUTE};
    mmv_map *map;
    for (size_t i = 0; i < COUNT(bad); i++) {
        THROWS(CONF_CREATE, create(NULL, 4096, bad[i], &map), "ArgumentOutOfRange(access)");
        THROWS(CONF_CREATE, create(conf_name("access"), 4096, bad[i], &map), "ArgumentOutOfRange(access)");
    }
}

static void write_only(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, create(NULL, 4096, MMV_WRITE, &map), "Argument(access)");
    THROWS(CONF_CREATE, create(conf_name("write"), 4096, MMV_WRITE, &map), "Argument(access)");
}

/* ---- too much --------------------------------------------------------------------------------------------------- */

/* The largest size there is, its memory to come when it is touched: the map may be had, but not a view of it all. */
static void too_large_later(void)
{
    mmv_map *map;
    mmv_view view;
    mmv_shared_options options = {.delay_allocation = true};
    mmv_status status = mmv_map_create_unnamed(INT64_MAX, MMV_READ_WRITE, &options, &map);
    if (status) {
        THROWS(CONF_CREATE, status, "IOException");
        return;
    }
    THROWS(CONF_VIEW, mmv_view_open(map, 0, 0, &view), "IOException");
    mmv_map_close(&map);
}

static void ask_for_all(void)
{
    mmv_map *map;
    mmv_view view;
    mmv_status status = create(NULL, INT64_MAX, MMV_READ_WRITE, &map);
    bool refused = status ? THROWS(CONF_CREATE, status, "IOException")
                          : THROWS(CONF_VIEW, mmv_view_open(map, 0, 0, &view), "IOException");
    fflush(stdout);
    _exit(!refused);
}

static unsigned long long shared_memory(void)
{
    struct sysinfo facts;
    MUST(sysinfo(&facts) == 0);
    return (unsigned long long)facts.sharedram * facts.mem_unit;
}

/* In a child that is killed as soon as it begins to take what it asked for, before the machine has nothing left. */
static void too_large_now(void)
{
    int status = 0;
    pid_t done = 0;
    fflush(stdout);
    unsigned long long before = shared_memory();
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0)
        ask_for_all();
    while (done == 0 && shared_memory() < before + (256u << 20)) {
        usleep(1000);
        done = waitpid(pid, &status, WNOHANG);
    }
    if (done == 0) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    HOLDS(done == pid && "it begins to take all memory of the machine instead of refusing");
    HOLDS(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void too_large_named(void)
{
    mmv_map *map;
    mmv_view view;
    const char *name = conf_name("large");
    mmv_status status = create(name, MORE_THAN_THERE_IS, MMV_READ_WRITE, &map);
    if (status == MMV_OK) {
        THROWS(CONF_VIEW, mmv_view_open(map, 0, 0, &view), "IOException");
        mmv_map_close(&map);
        conf_forget(name);
        return;
    }
    THROWS(CONF_CREATE, status, "IOException");
    THROWS(CONF_CREATE, mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), "FileNotFound");
}

static void largest_named(void)
{
    mmv_map *map;
    THROWS(CONF_CREATE, create(conf_name("largest"), INT64_MAX, MMV_READ_WRITE, &map), "ArgumentOutOfRange(capacity)");
    THROWS(CONF_CREATE, mmv_map_open_named(conf_name("largest"), MMV_READ, NULL, &map), "FileNotFound");
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static void use_name(const char *name)
{
    mmv_map *map = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 4096);
    conf_validate(map, 4096);
    mmv_map_close(&map);
    conf_forget(name);
}

/* On Windows the system has rules of its own. */
static void valid_names(void)
{
    char longest[MMV_NAME_MAX + 2];
    use_name(conf_name("0d3e7c52-5c1f-4d5e-8a4c-5b6f1d7c9e10"));
    use_name(conf_name("  "));
    use_name(conf_name("local/name"));
    use_name(conf_name("global/name"));
    snprintf(longest, sizeof longest, "%s", conf_name("long"));
    size_t length = strlen(longest);
    memset(longest + length, 'x', MMV_NAME_MAX - length);
    longest[MMV_NAME_MAX] = '\0';
    use_name(longest);
}

static void long_name(void)
{
    char name[1101];
    snprintf(name, sizeof name, "%s", conf_name("long"));
    size_t length = strlen(name);
    memset(name + length, 'x', 1000);
    name[length + 1000] = '\0';
    use_name(name);
}

static void names_again(void)
{
    const char *name = conf_name("again");
    for (int times = 0; times < 3; times++) {
        mmv_map *other;
        mmv_map *map = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 4096);
        THROWS(CONF_CREATE, create(name, 4096, MMV_READ_WRITE, &other), "IOException");
        conf_validate(map, 4096);
        mmv_map_close(&map);
        conf_forget(name);
    }
}

static void base64_names(void)
{
    use_name(conf_name("azAZ09+=="));
    use_name(conf_name("a/b"));
}

/* ---- combinations ----------------------------------------------------------------------------------------------- */

static const mmv_access accesses[] = {MMV_READ, MMV_READ_WRITE, MMV_COPY_ON_WRITE, RX, RWX};

static void combine(const char *name, uint64_t capacity, mmv_access access, unsigned bits)
{
    mmv_map *map;
    mmv_shared_options options = conf_options(MMV_CREATE_NEW, capacity);
    options.delay_allocation = bits & 1;
    if (name)
        NEED(mmv_map_open_named(name, access, &options, &map));
    else
        NEED(mmv_map_create_unnamed(capacity, access, &options, &map));
    FINE(mmv_map_set_inheritable(map, bits & 2));
    HOLDS((fcntl(mmv_map_descriptor(map), F_GETFD) == 0) == ((bits & 2) != 0));
    conf_validate(map, capacity);
    mmv_map_close(&map);
    if (name)
        conf_forget(name);
}

static void valid_combinations(void)
{
    const char *const names[] = {NULL, conf_name("combined")};
    for (size_t i = 0; i < COUNT(capacities); i++)
        for (size_t k = 0; k < COUNT(accesses); k++)
            for (unsigned bits = 0; bits < 8; bits++)
                combine(names[bits / 4], capacities[i], accesses[k], bits);
}

/* ---- content ---------------------------------------------------------------------------------------------------- */

static void not_persisted(const char *name)
{
    for (int times = 0; times < 2; times++) {
        mmv_map *map;
        NEED(create(name, 10000, MMV_READ_WRITE, &map));
        mmv_view view = conf_view(map, MMV_READ_WRITE, 0, 0);
        for (size_t i = 0; i < view.length; i++)
            MUST(conf_byte(&view, i) == 0);
        memset(view.data, 42, view.length);
        FINE(mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE));
        mmv_view_close(&view);
        mmv_map_close(&map);
        if (name)
            conf_forget(name);
    }
}

static void unnamed_not_persisted(void)
{
    not_persisted(NULL);
}

static void named_not_persisted(void)
{
    not_persisted(conf_name("content"));
}

static void many(void)
{
    mmv_map *maps[100];
    for (size_t i = 0; i < COUNT(maps); i++)
        maps[i] = conf_memory(4096, MMV_READ_WRITE);
    for (size_t i = 0; i < COUNT(maps); i++)
        conf_validate(maps[i], 4096);
    for (size_t i = 0; i < COUNT(maps); i++)
        mmv_map_close(&maps[i]);
}

static void exact_capacity(void)
{
    const char *name = conf_name("exact");
    mmv_map *map = conf_memory(1, MMV_READ_WRITE);
    conf_validate(map, 1);
    mmv_map_close(&map);
    map = conf_named(name, MMV_READ_WRITE, MMV_CREATE_NEW, 1);
    conf_validate(map, 1);
    mmv_map_close(&map);
    conf_forget(name);
}

static void double_close(void)
{
    mmv_map *map = conf_memory(4096, MMV_READ_WRITE);
    mmv_map_close(&map);
    mmv_map_close(&map);
    HOLDS(map == NULL);
}

static void after_close(void)
{
    mmv_map *map = conf_memory(4096, MMV_READ_WRITE);
    int descriptor = mmv_map_descriptor(map);
    mmv_map_close(&map);
    HOLDS(map == NULL);
    HOLDS(fcntl(descriptor, F_GETFD) < 0);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const conf_row rows[] = {
    SAME("InvalidArguments_MapName", bad_name),
    SAME("InvalidArguments_Capacity", bad_capacity),
    SAME("InvalidArguments_Access", bad_access),
    SAME("InvalidArguments_WriteAccess", write_only),
    NOT_HERE("InvalidArguments_Options", "the one option is a bool, delay_allocation, with no value out of range"),
    NOT_HERE("InvalidArguments_Inheritability",
             "it is a bool of mmv_map_set_inheritable(), with no value out of range"),
    SAME("TooLargeCapacity_Windows", too_large_named),
    DIFFERS(
        "TooLargeCapacity_Windows: int64 max", largest_named,
        "a capacity that no named map can have is told as a wrong argument, before the system is asked for anything"),
    SAME("TooLargeCapacity_Unix", too_large_later),
    SAME("TooLargeCapacity_Unix: with its memory at once", too_large_now),
    DIFFERS("MapNamesNotSupported_Unix", names_again,
            "memory has names on Linux too, and each is refused a second time while somebody has the first"),
    SAME("ValidMapNames_Windows", valid_names),
    SAME("ValidMapNames_Windows: 1000 characters more", long_name),
    SAME("ReusingNames_Windows", names_again),
    SAME("ValidArgumentCombinations", valid_combinations),
    SAME("DataNotPersistedBetweenMaps_Unix", unnamed_not_persisted),
    SAME("DataNotPersistedBetweenMaps_Windows", named_not_persisted),
    SAME("ManyConcurrentMaps", many),
    DIFFERS("RoundedUpCapacity_Windows", exact_capacity,
            "capacity is what was asked for, on every system: no bytes behind the end that a program could rely on"),
    SAME("RoundedUpCapacity_Unix", exact_capacity),
    SAME("DoubleDispose", double_close),
    DIFFERS("UnusableAfterDispose", after_close,
            "there is no closed map: closing sets the pointer to NULL, and the descriptor is closed"),
    SAME("ShmOpenAcceptsAllCharactersUsedByBase64Encoding", base64_names),
};

const conf_suite conf_create_new = SUITE("CreateNew", rows);
