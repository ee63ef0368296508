/* SPDX-License-Identifier: MIT */
/*
 * fuzz_journal.c - any bytes as the journal of an interrupted run.
 *
 * The first byte of an input says how the rest is meant: as the journal itself, or as patches to one that a killed run
 * left, with the checksums made right again or not. With wrong checksums the promise is that of docs/journal.md:
 * refused with the file as it is, or finished with every record changed once. Right ones can only have been made on
 * purpose: then nothing outside of the walk may change, and nothing may crash.
 */

#include "fuzz.h"

#include "journal/format.h"
#include "place.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mmview/journal.h>
#include <mmview/walk.h>

enum { SIZE = 41000, BEGIN = 1000, END = 40000, RECORD = 8, LARGEST = 4 << 20, STEPS = 2500 };

/* Bits of the first byte. */
enum { POWER = 1, RAW = 2, RESEAL = 4, CUT = 8 };

static unsigned char before[SIZE], after[SIZE], then[2][SIZE], now[SIZE];
static unsigned char journal[2][LARGEST], made[LARGEST];
static size_t journal_size[2];
static char file[256], path[256];
static long steps_left;

/* ---- a run ------------------------------------------------------------------------------------------------------ */

static mmv_status change(const mmv_chunk *chunk, void *user)
{
    (void)user;
    for (size_t i = 0; i < chunk->count; i++) {
        if (--steps_left == 0)
            kill(getpid(), SIGKILL);
        for (size_t k = 0; k < RECORD; k++)
            ((unsigned char *)chunk->data)[i * chunk->stride + k]++;
    }
    return MMV_OK;
}

static mmv_status run(mmv_journal_mode mode)
{
    mmv_map *map = NULL;
    mmv_walk_options how = {
        .record_size = RECORD, .offset = BEGIN, .length = END - BEGIN, .threads = 1, .io = MMV_IO_BUFFERED};
    mmv_journal_options options = {.mode = mode, .operation = "change", .files = 1, .bytes = SIZE, .threads = 1};
    MUST(mmv_map_open(file, MMV_READ_WRITE, &map) == MMV_OK);
    mmv_status status = mmv_journal_open(path, &options, &how.journal);
    mmv_journal *opened = how.journal;
    if (status == MMV_OK)
        status = mmv_walk(map, &how, change, NULL);
    if (status == MMV_OK)
        status = mmv_journal_end(opened, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&opened);
    mmv_map_close(&map);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* What a run leaves that is killed in its middle. */
static void interrupt(mmv_journal_mode mode, int which)
{
    int ending;
    unlink(file);
    place_put("file", before, SIZE);
    pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        steps_left = STEPS;
        _exit(run(mode) ? 98 : 99);
    }
    MUST(waitpid(child, &ending, 0) == child && WIFSIGNALED(ending) && WTERMSIG(ending) == SIGKILL);
    MUST(place_get("file", then[which], SIZE) == SIZE);
    journal_size[which] = place_get("journal", journal[which], LARGEST);
    MUST(journal_size[which] > MMV__JOURNAL_PAGE && journal_size[which] < LARGEST);
    unlink(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    place_open();
    snprintf(file, sizeof file, "%s", place_path("file"));
    snprintf(path, sizeof path, "%s", place_path("journal"));
    for (size_t i = 0; i < SIZE; i++) {
        before[i] = (unsigned char)(i * 7 + i / 251);
        after[i] = (unsigned char)(before[i] + (i >= BEGIN && i < END));
    }
    interrupt(MMV_JOURNAL_POWER, 1);
    interrupt(MMV_JOURNAL_KILL, 0);
    return 0;
}

/* ---- an input --------------------------------------------------------------------------------------------------- */

/* Only what is whole is sealed; the rest is for the reader to refuse. */
static void reseal(unsigned char *bytes, size_t size)
{
    mmv__journal_header header;
    mmv__record record;
    if (size < sizeof header)
        return;
    memcpy(&header, bytes, sizeof header);
    mmv__header_seal(&header);
    memcpy(bytes, &header, sizeof header);
    for (uint64_t stash = 0; stash < header.stashes && stash < 64; stash++) {
        mmv__journal_stash group;
        uint64_t at = mmv__header_stash_at(&header, stash);
        if (at > size || sizeof group > size - at)
            break;
        memcpy(&group, bytes + at, sizeof group);
        if (group.check) {
            group.check = mmv__group_check(&group, header.run, stash);
            memcpy(bytes + at, &group, sizeof group);
        }
    }
    uint64_t at = mmv__header_log_at(&header);
    for (uint64_t number = 0; number < 4 && at < size && sizeof record <= size - at; number++) {
        memcpy(&record, bytes + at, sizeof record);
        size_t fixed = mmv__record_fixed(record.head.kind);
        if (fixed == 0 || record.head.length > size - at - fixed)
            return;
        record.head.check = mmv__record_check(&record, bytes + at + fixed, header.run, number);
        memcpy(bytes + at, &record, fixed);
        if (record.head.size == 0 || record.head.size > size - at)
            return;
        at += record.head.size;
    }
}

/* Patches of 4 to 11 bytes: where (16 bits, counted from an area that has something in it), how many, which. */
static void patch(unsigned char *bytes, size_t size, const uint8_t *data, size_t length)
{
    mmv__journal_header header;
    memcpy(&header, bytes, sizeof header);
    const uint64_t areas[] = {0, offsetof(mmv__journal_header, check), mmv__header_stash_at(&header, 0),
                              mmv__header_stash_at(&header, 1), mmv__header_log_at(&header)};
    while (length >= 4) {
        size_t count = 1 + data[0] % 8, area = data[0] / 8 % 5;
        size_t at = (size_t)areas[area] + (data[1] | (size_t)data[2] << 8) % 4096;
        data += 3, length -= 3;
        count = count < length ? count : length;
        if (at + count <= size)
            memcpy(bytes + at, data, count);
        data += count, length -= count;
    }
}

static size_t make(const uint8_t *data, size_t size, int which)
{
    unsigned how = data[0];
    size_t length = size - 1;
    if (how & RAW)
        memcpy(made, data + 1, length);
    else {
        length = journal_size[which];
        memcpy(made, journal[which], length);
        data++, size--;
        if (how & CUT && size >= 2) {
            length = (data[0] | (size_t)data[1] << 8) * 16 % (length + 1);
            data += 2, size -= 2;
        }
        patch(made, journal_size[which], data, size);
    }
    if (how & RESEAL)
        reseal(made, length);
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mmv_journal_info *info;
    struct stat facts;
    if (size < 1 || size > 20000)
        return -1;
    int which = data[0] & POWER;
    place_put("file", then[which], SIZE);
    place_put("journal", made, make(data, size, which));
    mmv_status status = mmv_journal_inspect(path, &info);
    MUST((status == MMV_OK) == (info != NULL));
    mmv_journal_info_free(&info);
    steps_left = 0;
    status = run(which ? MMV_JOURNAL_POWER : MMV_JOURNAL_KILL);
    MUST(stat(file, &facts) == 0 && facts.st_size == SIZE && place_get("file", now, SIZE) == SIZE);
    if (data[0] & RESEAL) {
        MUST(memcmp(now, before, BEGIN) == 0 && memcmp(now + END, before + END, SIZE - END) == 0);
    } else {
        MUST(status == MMV_OK || status == MMV_EJOURNAL);
        MUST(memcmp(now, status == MMV_OK ? after : then[which], SIZE) == 0);
    }
    if (mmv_journal_discard(path) != MMV_OK)
        unlink(path);
    return 0;
}
