/* SPDX-License-Identifier: MIT */
/* several: see several.h. */
#include "several.h"

#include <string.h>
#include <unistd.h>

const struct run usual = {.size = SIZE, .record = 1024, .threads = 1, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
char text[512];

/* ---- a run over several files ----------------------------------------------------------------------------------- */

static mmv_status walk_file(const char *file, mmv_journal *journal)
{
    mmv_map *map;
    mmv_walk_options how = {.record_size = usual.record, .io = usual.io, .threads = 1, .journal = journal};
    mmv_status status = mmv_map_open(file, MMV_READ_WRITE, &map);
    if (status == MMV_OK)
        status = mmv_walk(map, &how, run_change, (void *)&usual);
    mmv_map_close(&map);
    return status;
}

static mmv_status walk_several(void *user)
{
    const struct several *several = user;
    const mmv_journal_options options = {
        .mode = several->mode, .operation = "several", .files = FILES, .threads = 1, .adopt = several->adopt};
    mmv_journal *journal;
    run_set_steps(several->steps);
    mmv_status status = mmv_journal_open(several->path, &options, &journal);
    for (int i = 0; i < FILES && status == MMV_OK; i++)
        status = walk_file(several->files[i], journal);
    if (status == MMV_OK)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    return status;
}

int several_child(struct several *several, long steps)
{
    several->steps = steps;
    return run_in_child(walk_several, RUN_GIVE(*several), text, sizeof text);
}

bool several_beside;

struct several prepare(mmv_journal_mode mode)
{
    struct several several = {{scratch("first"), scratch("second"), scratch("third")},
                              scratch(several_beside ? "first.mmj.0-65536" : "journal"),
                              mode,
                              0,
                              false};
    for (int i = 0; i < FILES; i++)
        run_prepare(&usual, several.files[i]);
    unlink(several.path);
    return several;
}

void finish(struct several *several)
{
    if (several_child(several, 0) != MMV_OK)
        fail_msg("the right run: %s", text);
    for (int i = 0; i < FILES; i++) {
        assert_true(run_is(several->files[i], run_after, SIZE));
        assert_false(run_is_marked(several->files[i]));
    }
    assert_false(file_exists(several->path));
}

mmv_status several_walk_pieces(void *user)
{
    const mmv_range *pieces = user;
    const mmv_journal_options options = {.mode = MMV_JOURNAL_KILL, .operation = "pieces", .files = 1, .threads = 1};
    mmv_map *map;
    mmv_journal *journal;
    mmv_status status = mmv_map_open(scratch("first"), MMV_READ_WRITE, &map);
    if (status == MMV_OK)
        status = mmv_journal_open(scratch("journal"), &options, &journal);
    for (; status == MMV_OK && pieces->length; pieces++)
        status = mmv_walk(map,
                          &(mmv_walk_options){.offset = pieces->offset,
                                              .length = pieces->length,
                                              .record_size = 1024,
                                              .threads = 1,
                                              .journal = journal},
                          run_change, (void *)&usual);
    if (status == MMV_OK)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    mmv_map_close(&map);
    return status;
}

char *place_of(const char *file)
{
    mmv_map *map;
    char *path;
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    assert_ok(mmv_journal_name(map, 0, 0, 0, &path));
    mmv_map_close(&map);
    return path;
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

mmv_journal_found found_at(const char *file, uint64_t offset, uint64_t length)
{
    mmv_map *map;
    mmv_journal_found found;
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    assert_ok(mmv_journal_find(map, offset, length, &found));
    assert_status(mmv_journal_check(map, offset, length, NULL), found.kind ? MMV_EJOURNAL : MMV_OK);
    mmv_map_close(&map);
    return found;
}

mmv_journal_kind kind_of(const char *file)
{
    mmv_journal_found found = found_at(file, 0, SIZE);
    free(found.path);
    return found.kind;
}

void unmark(const char *file)
{
    mmv_map *map;
    mmv_journal_found found = found_at(file, 0, SIZE);
    assert_ok(mmv_map_open(file, MMV_READ, &map));
    assert_ok(mmv_journal_unmark(map, &found));
    mmv_map_close(&map);
    free(found.path);
}

void need_marks(void)
{
    if (setxattr(scratch("first"), "user.mmview.test", "1", 1, 0) != 0)
        skip_because("this file system has no user attributes");
    removexattr(scratch("first"), "user.mmview.test");
}

/* What cp -a does. */
void copy_with_marks(const char *from, const char *to)
{
    static unsigned char bytes[MMV_MIB];
    char names[4096], value[8192];
    uint64_t size = file_length(from);
    unlink(to);
    file_put(to, bytes, 0);
    for (uint64_t at = 0; at < size; at += sizeof bytes) {
        size_t part = (size_t)mmv_min(sizeof bytes, size - at);
        file_get(from, bytes, part, at);
        file_put_at(to, bytes, part, at);
    }
    ssize_t length = listxattr(from, names, sizeof names);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t got = getxattr(from, names + at, value, sizeof value);
        assert_true(got >= 0 && setxattr(to, names + at, value, (size_t)got, 0) == 0);
    }
}

void refused_elsewhere(const char *file, const char *words)
{
    if (run_child(&usual, file, scratch("another"), 0, text, sizeof text) != MMV_EJOURNAL || !strstr(text, words))
        fail_msg("%s: not refused for \"%s\", but: %s", file, words, text);
    assert_false(file_exists(scratch("another")));
}
