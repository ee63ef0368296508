/* SPDX-License-Identifier: MIT */
/*
 * world: see world.h.
 *
 * 1. An inode is known by its number and its time of birth: a number is used again. No assert: the system says it.
 * 2. Each pixel of a new file has one sample that the small amounts of a sequence never take to an end of its type. So
 *    whoever looks at a few pixels can see whether they were changed; the promises end where nobody could.
 */
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIXEL 8
#define KIB 1024u

const char *const world_names[NAMES] = {"a", "b", "c", "d/e", "t/f", "x.raw", "k", "s", "h.nhdr"};
static const char *const own_names[] = {"d", "t", "e", "f", "r.jsonl", "p.png"};

_Noreturn void world_fail(const char *what)
{
    fprintf(stderr, "sequences: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- new files -------------------------------------------------------------------------------------------------- */

static size_t random_size(struct dice *dice)
{
    unsigned kind = dice_below(dice, 100);
    if (kind < 10)
        return PIXEL * (1 + dice_below(dice, 1024));
    if (kind < 70)
        return PIXEL * (1024 + dice_below(dice, 7 * 1024));
    if (kind < 96)
        return 4 * KIB * (16 + dice_below(dice, 112));
    return 4 * KIB * (512 + dice_below(dice, 700)) + PIXEL * dice_below(dice, 512);
}

static void fill(struct dice *dice, int16_t *samples, size_t count, bool extreme)
{
    for (size_t i = 0; i < count; i += 4) {
        uint64_t word = dice_word(dice);
        for (size_t j = 0; j < 4; j++) {
            int value = (int)(word >> 16 * j & 0x3fff) - 0x2000;
            /* Invariant 2: not the first one. */
            if (extreme && j > 0 && (value & 1))
                value = value < 0 ? -32768 + (value & 6) : 32767 - (value & 6);
            samples[i + j] = (int16_t)value;
        }
    }
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        world_fail(path);
    close(fd);
}

static size_t lay_file(struct dice *dice, const char *path, bool backup)
{
    size_t size = random_size(dice);
    int16_t *samples = malloc(size);
    fill(dice, samples, size / sizeof *samples, dice_chance(dice, 25));
    write_file(path, samples, size);
    if (backup)
        write_file(world_names[NAME_BACKUP], samples, size);
    free(samples);
    return size;
}

static void lay_header(size_t raw_size)
{
    char text[HEADER_SIZE_MOST];
    int length = snprintf(text, sizeof text,
                          "NRRD0004\ntype: short\ndimension: 2\nsizes: 4 %zu\nencoding: raw\nendian: little\n"
                          "min: -8192\nmax: 8191\ndata file: x.raw\n",
                          raw_size / PIXEL);
    write_file(world_names[NAME_HEADER], text, (size_t)length);
}

void world_lay(struct dice *dice, const char *other)
{
    if (mkdir("d", 0755) != 0 || (mkdir(other, 0755) != 0 && errno != EEXIST) || symlink(other, "t") != 0)
        world_fail(other);
    for (int name = NAME_A; name <= NAME_RAW; name++) {
        bool always = name == NAME_A || name == NAME_B;
        if (!always && !dice_chance(dice, name == NAME_RAW ? 20 : 40))
            continue;
        size_t size = lay_file(dice, world_names[name], name == NAME_A);
        if (name == NAME_RAW)
            lay_header(size);
    }
}

static void clear_folder(const char *path, int depth)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0 || depth == 0)
            continue;
        char below[512];
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        clear_folder(below, depth - 1);
        rmdir(below);
    }
    if (folder)
        closedir(folder);
}

void world_clear(const char *other)
{
    clear_folder(".", 3);
    clear_folder(other, 3);
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

void world_begin(struct world *world)
{
    *world = (struct world){.count = 0};
    for (int name = 0; name < NAMES; name++)
        world->now[name] = world->before[name] = NOTHING;
}

void world_end(struct world *world)
{
    for (int i = 0; i < world->count; i++) {
        free(world->objects[i].bytes);
        free(world->objects[i].fresh);
    }
}

static int find_object(struct world *world, const struct statx *facts)
{
    uint64_t device = (uint64_t)facts->stx_dev_major << 32 | facts->stx_dev_minor;
    for (int i = 0; i < world->count; i++) {
        const struct object *object = &world->objects[i];
        if (object->alive && object->device == device && object->inode == facts->stx_ino &&
            object->born_s == (uint64_t)facts->stx_btime.tv_sec && object->born_ns == facts->stx_btime.tv_nsec)
            return i;
    }
    if (world->count == OBJECTS)
        world_fail("too many objects");
    world->objects[world->count] = (struct object){.alive = true,
                                                   .device = device,
                                                   .inode = facts->stx_ino,
                                                   .born_s = (uint64_t)facts->stx_btime.tv_sec,
                                                   .born_ns = facts->stx_btime.tv_nsec};
    return world->count++;
}

static void read_object(struct object *object, const char *path, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    object->fresh = realloc(object->fresh, size + 1);
    ssize_t got = fd < 0 ? -1 : read(fd, object->fresh, size);
    if (got != (ssize_t)size)
        world_fail(path);
    close(fd);
    object->fresh_size = size;
    object->read = true;
}

void world_look(struct world *world)
{
    for (int i = 0; i < world->count; i++)
        world->objects[i].read = false;
    for (int name = 0; name < NAMES; name++) {
        struct statx facts;
        world->now[name] = NOTHING;
        if (statx(AT_FDCWD, world_names[name], 0, STATX_BASIC_STATS | STATX_BTIME, &facts) != 0)
            continue;
        int found = find_object(world, &facts);
        world->now[name] = found;
        if (!world->objects[found].read)
            read_object(&world->objects[found], world_names[name], facts.stx_size);
    }
    for (int i = 0; i < world->count; i++)
        world->objects[i].alive = world->objects[i].read;
}

void world_accept(struct world *world)
{
    memcpy(world->before, world->now, sizeof world->before);
    for (int i = 0; i < world->count; i++) {
        struct object *object = &world->objects[i];
        if (!object->alive)
            continue;
        uint8_t *spare = object->bytes;
        object->bytes = object->fresh;
        object->size = object->fresh_size;
        object->fresh = spare;
    }
}

/* ---- strangers -------------------------------------------------------------------------------------------------- */

static bool is_known(const char *name)
{
    for (int i = 0; i < NAMES; i++)
        if (strcmp(name, world_names[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
        if (strcmp(name, own_names[i]) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int strangers_in(const char *path, char *name_ret, size_t size)
{
    int count = 0;
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (is_known(entry->d_name))
            continue;
        snprintf(name_ret, size, "%s/%s", path, entry->d_name);
        count++;
    }
    if (folder)
        closedir(folder);
    return count;
}

int world_strangers(char *name_ret, size_t size)
{
    return strangers_in(".", name_ret, size) + strangers_in("d", name_ret, size) + strangers_in("t", name_ret, size);
}
