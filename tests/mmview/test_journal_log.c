/* SPDX-License-Identifier: MIT */
/*
 * test_journal_log.c - the list of files and extents in a journal: as long as it likes, in the memory of one record;
 * what callers have noted in it; and what becomes of a run when a byte of it is damaged.
 */

#include "faults.h"
#include "runs.h"

#include "journal/format.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#define SIZE ((size_t)65536)
#define FILES 3
#define EACH ((size_t)128) /* bytes of a short walk */

static const struct run usual = {
    .size = SIZE, .record = 1024, .threads = 1, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
static char text[512];

/* ---- walks over several files ----------------------------------------------------------------------------------- */

struct plan {
    const char *files[FILES], *path;
    uint64_t walks; /* each over the next bytes of the next file */
    long steps;
    bool with_notes; /* one before the first walk of each file, one in each chunk, one after it */
    unsigned threads;
};

struct noting {
    struct run run;
    mmv_journal *journal;
    mmv_map *map;
};

static mmv_status change_and_note(const mmv_chunk *chunk, void *user)
{
    struct noting *noting = user;
    mmv_status status = run_change(chunk, &noting->run);
    uint64_t offset = chunk->offset;
    if (status == MMV_OK && noting->journal && !chunk->is_trial)
        status = mmv_journal_note(noting->journal, noting->map, 2, &offset, sizeof offset);
    return status;
}

static mmv_status walk_some(const struct plan *plan, mmv_journal *journal, mmv_map *maps[FILES])
{
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < plan->walks && status == MMV_OK; i++) {
        mmv_map *map = maps[i % FILES];
        struct noting noting = {usual, plan->with_notes ? journal : NULL, map};
        noting.run.threads = plan->threads;
        const mmv_walk_options how = {.record_size = plan->with_notes ? 1024 : EACH,
                                      .offset = plan->with_notes ? 0 : i / FILES * EACH,
                                      .length = plan->with_notes ? 0 : EACH,
                                      .threads = plan->threads,
                                      .window = 8192,
                                      .journal = journal};
        if (!plan->with_notes)
            noting.run.record = EACH;
        status = mmv_walk(map, &how, change_and_note, &noting);
        if (status == MMV_OK && plan->with_notes)
            status = mmv_journal_note(journal, map, 3, "after", 5);
    }
    return status;
}

static mmv_status follow(void *user)
{
    const struct plan *plan = user;
    const mmv_journal_options options = {
        .mode = MMV_JOURNAL_KILL, .operation = "log", .files = FILES, .threads = plan->threads};
    mmv_map *maps[FILES] = {NULL};
    mmv_journal *journal;
    run_set_steps(plan->steps);
    mmv_status status = mmv_journal_open(plan->path, &options, &journal);
    for (int i = 0; i < FILES && status == MMV_OK; i++) {
        status = mmv_map_open(plan->files[i], MMV_READ_WRITE, &maps[i]);
        /* All before the first walk: each has to find its file. */
        if (status == MMV_OK && plan->with_notes)
            status = mmv_journal_note(journal, maps[i], 1, plan->files[i], strlen(plan->files[i]));
    }
    if (status == MMV_OK)
        status = walk_some(plan, journal, maps);
    if (status == MMV_OK)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    for (int i = 0; i < FILES; i++)
        mmv_map_close(&maps[i]);
    return status;
}

static struct plan prepare(uint64_t walks)
{
    struct plan plan = {
        {scratch("first"), scratch("second"), scratch("third")}, scratch("journal"), walks, 0, false, 1};
    for (int i = 0; i < FILES; i++)
        run_prepare(&usual, plan.files[i]);
    unlink(plan.path);
    return plan;
}

static int child(struct plan *plan, long steps)
{
    plan->steps = steps;
    return run_in_child(follow, RUN_GIVE(*plan), text, sizeof text);
}

/* ---- many ------------------------------------------------------------------------------------------------------- */

static long peak_kib(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

static void count_extent(const mmv_journal_extent *extent, void *user)
{
    (void)extent;
    ++*(uint64_t *)user;
}

/* Write so many entries that are done behind those of an interrupted run; one store makes all of them count. */
static void lengthen(const char *path, uint64_t more)
{
    enum { AT_ONCE = 4096 };
    static mmv__journal_header header;
    static unsigned char block[AT_ONCE * MMV__RECORD_GRID];
    file_get(path, &header, sizeof header, 0);
    uint32_t count;
    assert_true(mmv__word_read(mmv__records_key(header.run), header.records, &count));
    assert_int_equal(count, 2);
    uint64_t at = file_length(path);
    mmv__journal_entry entry = {.head.kind = MMV__RECORD_ENTRY, .offset = 0, .bytes = 8, .stride = 8, .record = 8};
    mmv__entry_shape(&entry);
    mmv__record record = {.entry = entry};
    mmv__record_size(&record);
    assert_int_equal(record.head.size, MMV__RECORD_GRID);
    for (uint64_t first = 0; first < more; first += AT_ONCE) {
        memset(block, 0, sizeof block);
        for (uint64_t i = 0; i < AT_ONCE; i++) {
            uint64_t number = count + first + i;
            record.head.check = mmv__record_check(&record, "", header.run, number);
            uint64_t word = mmv__done_word(mmv__done_key(header.run, number, 0), number);
            memcpy(block + i * MMV__RECORD_GRID, &record.entry, sizeof record.entry);
            memcpy(block + i * MMV__RECORD_GRID + mmv__entry_words_at(&record.entry), &word, sizeof word);
        }
        file_put_at(path, block, sizeof block, at + first * MMV__RECORD_GRID);
    }
    uint64_t word = mmv__word(mmv__records_key(header.run), (uint32_t)(count + more));
    file_put_at(path, &word, sizeof word, offsetof(mmv__journal_header, records));
}

static uint64_t wanted_walks;

static mmv_status read_all(void *user)
{
    const char *path = user;
    mmv_journal_info *info;
    uint64_t extents = 0;
    long before = peak_kib();
    mmv_status status = mmv_journal_inspect(path, &info);
    if (status)
        return status;
    uint64_t walks = info->walks, bytes = info->bytes;
    mmv_journal_info_free(&info);
    status = mmv_journal_extents(path, count_extent, &extents);
    if (status == MMV_OK)
        status = mmv_journal_discard(path);
    if (status)
        return status;
    if (walks != wanted_walks || extents < walks || bytes != SIZE + 8 * (walks - 1))
        return mmv__fail(EDOM, "count");
    return CHECK_SANITIZED || peak_kib() - before < 2048 ? MMV_OK : mmv__fail(ENOMEM, "memory");
}

static void test_many_records(void **state)
{
    struct plan plan = prepare(1);
    uint64_t more = is_campaign() ? 1u << 20 : 1u << 17;
    (void)state;
    plan.walks = 1;
    assert_int_equal(run_child(&usual, plan.files[0], plan.path, 37, text, sizeof text), RUN_KILLED);
    lengthen(plan.path, more);
    wanted_walks = more + 1;
    const struct run_given given = {plan.path, strlen(plan.path) + 1};
    if (run_in_child(read_all, &given, text, sizeof text) != MMV_OK)
        fail_msg("%s", text);
    assert_false(file_exists(plan.path));
    assert_false(run_is_marked(plan.files[0]));
}

static mmv_status follow_and_measure(void *user)
{
    struct plan few = *(struct plan *)user;
    few.walks = 64;
    few.steps = 0;
    mmv_status status = follow(&few);
    /* The same bytes once more, by a run of its own. */
    long before = peak_kib();
    if (status == MMV_OK)
        status = follow(user);
    if (status)
        return status;
    return CHECK_SANITIZED || peak_kib() - before < 2048 ? MMV_OK : mmv__fail(ENOMEM, "memory");
}

static void prepare_long(struct plan *plan)
{
    *plan = prepare(plan->walks);
    for (int i = 0; i < FILES; i++) {
        unlink(plan->files[i]);
        file_sparse(plan->files[i], (plan->walks / FILES + 1) * EACH);
    }
}

/* Each byte once. */
static void check_long(const struct plan *plan)
{
    for (int i = 0; i < FILES; i++) {
        uint64_t end = (plan->walks + FILES - 1 - (uint64_t)i) / FILES * EACH;
        for (uint64_t at = 0; at < end; at += EACH) {
            unsigned char bytes[EACH];
            file_get(plan->files[i], bytes, EACH, at);
            for (size_t k = 0; k < EACH; k++)
                assert_int_equal(bytes[k], (unsigned char)(1 + (at + k) % 251));
        }
        assert_false(run_is_marked(plan->files[i]));
    }
    assert_false(file_exists(plan->path));
}

/* By walks, each over another file than the one before. */
static void test_many_walks(void **state)
{
    uint64_t walks = is_campaign() ? 1000000 : 3000 / CHECK_COST;
    struct plan plan = {.walks = walks};
    (void)state;
    prepare_long(&plan);
    /* Killed in the last but one, and each is walked again. */
    assert_int_equal(child(&plan, (long)(2 * walks - 2)), RUN_KILLED);
    mmv_journal_info *info;
    assert_ok(mmv_journal_inspect(plan.path, &info));
    assert_int_equal(info->walks, walks - 1);
    assert_int_equal(info->done, (walks - 2) * EACH);
    mmv_journal_info_free(&info);
    if (child(&plan, 0) != MMV_OK)
        fail_msg("%s", text);
    check_long(&plan);
    prepare_long(&plan);
    if (run_in_child(follow_and_measure, RUN_GIVE(plan), text, sizeof text) != MMV_OK)
        fail_msg("%s", text);
}

/* ---- notes ------------------------------------------------------------------------------------------------------ */

struct notes {
    unsigned count[4]; /* per tag */
    uint64_t offsets;  /* a bit per chunk that was noted */
    char first[600];
};

static mmv_status take_note(uint32_t tag, const void *bytes, size_t length, void *user)
{
    struct notes *notes = user;
    uint64_t offset;
    assert_in_range(tag, 1, 3);
    notes->count[tag]++;
    if (tag == 1)
        snprintf(notes->first, sizeof notes->first, "%.*s", (int)length, (const char *)bytes);
    if (tag == 2) {
        assert_int_equal(length, sizeof offset);
        memcpy(&offset, bytes, sizeof offset);
        notes->offsets |= UINT64_C(1) << offset / 1024;
    }
    return MMV_OK;
}

static struct notes notes_of(const struct plan *plan, int number)
{
    const mmv_journal_options options = {
        .mode = MMV_JOURNAL_KILL, .operation = "log", .files = FILES, .threads = plan->threads};
    struct notes notes = {0};
    mmv_journal *journal;
    mmv_map *map;
    assert_ok(mmv_journal_open(plan->path, &options, &journal));
    assert_ok(mmv_map_open(plan->files[number], MMV_READ_WRITE, &map));
    assert_ok(mmv_journal_notes(journal, map, take_note, &notes));
    mmv_map_close(&map);
    mmv_journal_close(&journal);
    return notes;
}

/* Another process reads what was noted, for the right file, whatever the order in which it was given. */
static void test_notes(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= CHECK_THREADS(4); threads += 3) {
        struct plan plan = prepare(FILES);
        plan.with_notes = true;
        plan.threads = threads;
        /* In the third file. */
        assert_int_equal(child(&plan, 2 * 128 + 60), RUN_KILLED);
        for (int again = 0; again < 2; again++) {
            for (int i = 0; i < FILES; i++) {
                struct notes notes = notes_of(&plan, i);
                /* What is given again for the file that is gone on with stands behind the first. */
                assert_in_range(notes.count[1], 1, i < 2 ? 1 : 2);
                assert_string_equal(notes.first, plan.files[i]);
                assert_int_equal(notes.count[3], i < 2);
                assert_true(notes.count[2] >= 1 || i == 2);
                /* Those of done files are of all chunks, once: each chunk of 8 KiB begins with a record. */
                if (i < 2)
                    assert_true(notes.offsets & 1);
                assert_true(i < 2 || notes.count[2] < 64);
            }
            /* Repeated and killed again: what is done is noted once. */
            if (again == 0)
                assert_int_equal(child(&plan, 20), RUN_KILLED);
        }
        if (child(&plan, 0) != MMV_OK)
            fail_msg("%s", text);
        for (int i = 0; i < FILES; i++)
            assert_true(run_is(plan.files[i], run_after, SIZE));
    }
}

/* ---- damage ----------------------------------------------------------------------------------------------------- */

struct place {
    uint64_t at, end;
    uint32_t kind;
};

static unsigned find_records(const char *path, struct place places[32])
{
    mmv__journal_header header;
    uint32_t count;
    file_get(path, &header, sizeof header, 0);
    assert_true(mmv__word_read(mmv__records_key(header.run), header.records, &count));
    uint64_t at = mmv__header_log_at(&header);
    unsigned found = 0;
    for (; found < count && found < 32; found++) {
        mmv__record_head head;
        file_get(path, &head, sizeof head, at);
        places[found] = (struct place){at, at + mmv__record_fixed(head.kind) + head.length, head.kind};
        at += head.size;
    }
    return found;
}

static mmv_status read_notes(void *user)
{
    const struct plan *plan = user;
    const mmv_journal_options options = {.mode = MMV_JOURNAL_KILL, .operation = "log", .files = FILES, .threads = 1};
    mmv_journal *journal;
    mmv_map *map = NULL;
    struct notes notes = {0};
    mmv_status status = mmv_journal_open(plan->path, &options, &journal);
    for (int i = 0; i < FILES && status == MMV_OK; i++) {
        status = mmv_map_open(plan->files[i], MMV_READ_WRITE, &map);
        if (status == MMV_OK)
            status = mmv_journal_notes(journal, map, take_note, &notes);
        mmv_map_close(&map);
    }
    mmv_journal_close(&journal);
    return status;
}

/* A byte of a file's record, an entry's, a note's: refused, and nothing is touched. */
static void test_damaged_records(void **state)
{
    static unsigned char then[FILES][SIZE];
    struct place places[32];
    unsigned seen[4] = {0};
    struct plan plan = prepare(FILES);
    (void)state;
    plan.with_notes = true;
    assert_int_equal(child(&plan, 2 * 128 + 60), RUN_KILLED);
    for (int i = 0; i < FILES; i++)
        file_get(plan.files[i], then[i], SIZE, 0);
    unsigned count = find_records(plan.path, places);
    assert_true(count >= 3 * FILES);
    for (unsigned number = 0; number < count; number++) {
        const struct place *place = &places[number];
        /* Some of each in a check, all of all in a campaign. */
        uint64_t step = is_campaign() ? 1 : (seen[place->kind] ? 29 : 3) * CHECK_COST;
        seen[place->kind]++;
        for (uint64_t at = place->at; at < place->end; at += step) {
            unsigned char byte, other;
            file_get(plan.path, &byte, 1, at);
            other = (unsigned char)(byte ^ (1 + at % 255));
            file_put_at(plan.path, &other, 1, at);
            int status = run_in_child(read_notes, RUN_GIVE(plan), text, sizeof text);
            if (status != MMV_EJOURNAL)
                fail_msg("byte %d of record %u, kind %u: notes: %d %s", (int)(at - place->at), number, place->kind,
                         status, text);
            /* Notes are for those who ask for them. */
            if (place->kind != MMV__RECORD_NOTE) {
                status = child(&plan, 0);
                if (status != MMV_EJOURNAL)
                    fail_msg("byte %d of record %u, kind %u: %d %s", (int)(at - place->at), number, place->kind, status,
                             text);
                for (int i = 0; i < FILES; i++)
                    assert_true(run_is(plan.files[i], then[i], SIZE));
            }
            file_put_at(plan.path, &byte, 1, at);
        }
    }
    assert_true(seen[MMV__RECORD_FILE] == FILES && seen[MMV__RECORD_ENTRY] == FILES && seen[MMV__RECORD_NOTE] >= FILES);
    if (child(&plan, 0) != MMV_OK)
        fail_msg("%s", text);
    for (int i = 0; i < FILES; i++)
        assert_true(run_is(plan.files[i], run_after, SIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_records),
        cmocka_unit_test(test_many_walks),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_damaged_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
