/* SPDX-License-Identifier: MIT */
/* test_parts_pieces.c - parts of no known length: joined in their order, and whole before they have a name. */

#include "check.h"

#include "capture.h"
#include "kit/cli/fnv.h"
#include "kit/job/parts_pieces.h"
#include "kit/os/folder.h"
#include "parts_gone.h"
#include "scratch.h"

#include <mmview/walk.h>

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct console console = {.tool = "test"};
static struct file_facts source;
static int descriptor = -1;

static void prepare(bool is_joined)
{
    const struct parts_source in = {
        .name = "in", .info = &source, .rights = {.kind = OUTPUT_COPY, .model = descriptor}, .is_joined = is_joined};
    assert_int_equal(parts_prepare(&console, "out", &in, NULL), TOOL_DONE);
}

static int begin(void **state)
{
    (void)state;
    parts_gone();
    file_put("in", "0123456789", 10);
    chmod("in", 0750);
    if (descriptor >= 0)
        file_close(descriptor);
    if (file_open("in", FILE_READ, true, &descriptor) || file_look_at("in", true, &source))
        return 1;
    prepare(true);
    return 0;
}

static struct parts_work work_of(uint64_t index, uint64_t count)
{
    return (struct parts_work){&source, index, count, "keep some", "prepare it", true, NULL};
}

/* Where a whole part of the operation lies; until the next call. */
static const char *piece_of(unsigned number, unsigned count)
{
    static char path[80];
    const char *operation = work_of(0, 1).operation;
    snprintf(path, sizeof path, "out.parts/%u-of-%u.%016" PRIx64 ".data", number, count,
             fnv_add(FNV_BEGIN, operation, strlen(operation)));
    return path;
}

/* A part of these bytes; it gets its name, or it is dropped before. */
static void write_piece(uint64_t index, uint64_t count, const char *text, bool is_whole)
{
    struct parts parts = PARTS_NONE;
    struct parts_piece piece = PARTS_PIECE_NONE;
    const struct parts_work work = work_of(index, count);
    assert_int_equal(parts_open(&parts, &console, "out", &work), TOOL_DONE);
    assert_int_equal(parts_piece_create(&parts, &console, &work, &piece), TOOL_DONE);
    assert_true(piece.name[0] == '.' && piece.descriptor >= 0);
    assert_int_equal(file_write(piece.descriptor, text, strlen(text)), 0);
    if (is_whole) {
        assert_int_equal(parts_piece_name(&parts, &console, &work, &piece), TOOL_DONE);
        assert_int_equal(parts_done(&parts, &console, &work, false), TOOL_DONE);
    }
    parts_piece_drop(&parts, &piece);
    assert_true(piece.descriptor == -1 && piece.name[0] == '\0');
    parts_close(&parts);
}

static int finish(void)
{
    return parts_finish(&console, "out", false, false);
}

static void refuses(int result, const char *why, unsigned descriptors)
{
    const char *said = capture_end();
    assert_int_equal(open_descriptors(), descriptors);
    if (result != TOOL_FAILED || !strstr(said, why))
        fail_msg("%d, no '%s' in: %s", result, why, said);
    assert_true(file_exists("out.parts/data") && !file_exists("out"));
    assert_int_equal(file_length("out.parts/data"), 0);
}

#define REFUSES(why)                                                                                                   \
    do {                                                                                                               \
        unsigned descriptors = open_descriptors();                                                                     \
        capture_begin(stderr);                                                                                         \
        refuses(finish(), why, descriptors);                                                                           \
    } while (0)

/* How many names are in the folder. */
static bool count_name(void *user, const char *name)
{
    *(unsigned *)user += name[0] != '\0';
    return true;
}

static unsigned names(void)
{
    unsigned count = 0;
    int folder;
    assert_int_equal(folder_open("out.parts", true, &folder), 0);
    folder_list(folder, count_name, &count);
    file_close(folder);
    return count;
}

static void test_pieces_stand_in_their_order(void **state)
{
    struct file_facts facts;
    (void)state;
    write_piece(2, 4, "cc", true);
    write_piece(0, 4, "aaaa", true);
    write_piece(3, 4, "d", true);
    write_piece(1, 4, "", true);
    assert_false(file_exists("out"));
    assert_int_equal(file_length("out.parts/data"), 0);
    assert_int_equal(finish(), TOOL_DONE);
    assert_true(file_is("out", "aaaaccd", 7) && !file_exists("out.parts"));
    /* It is data, whatever FILE is. */
    assert_int_equal(file_look_at("out", false, &facts), 0);
    assert_permissions(facts.permissions, 0640);
}

static void test_nothing_may_be_left_of_all(void **state)
{
    (void)state;
    write_piece(0, 2, "", true);
    write_piece(1, 2, "", true);
    assert_int_equal(finish(), TOOL_DONE);
    assert_true(file_is("out", "", 0));
}

static void test_what_is_not_whole_is_gone(void **state)
{
    (void)state;
    unsigned before = names();
    write_piece(0, 1, "aaaa", false);
    assert_int_equal(names(), before);
    write_piece(0, 1, "first", true);
    write_piece(0, 1, "broken", false);
    assert_int_equal(names(), before + 2);
    assert_true(file_is(piece_of(1, 1), "first", 5));
    write_piece(0, 1, "the second", true);
    assert_int_equal(names(), before + 2);
    assert_int_equal(finish(), TOOL_DONE);
    assert_true(file_is("out", "the second", 10));
}

/* It began when no part was done, and fails at its mark, when its piece has its name already. */
static void test_a_piece_of_another_operation_is_none(void **state)
{
    struct parts parts = PARTS_NONE;
    struct parts_piece piece = PARTS_PIECE_NONE;
    struct parts_work work = work_of(0, 1);
    (void)state;
    work.operation = "keep others";
    assert_int_equal(parts_open(&parts, &console, "out", &work), TOOL_DONE);
    assert_int_equal(parts_piece_create(&parts, &console, &work, &piece), TOOL_DONE);
    assert_int_equal(file_write(piece.descriptor, "theirs", 6), 0);
    write_piece(0, 1, "this", true);
    assert_int_equal(parts_piece_name(&parts, &console, &work, &piece), TOOL_DONE);
    capture_begin(stderr);
    int result = parts_done(&parts, &console, &work, false);
    assert_non_null(strstr(capture_end(), "another"));
    assert_int_not_equal(result, TOOL_DONE);
    parts_piece_drop(&parts, &piece);
    parts_close(&parts);
    assert_int_equal(finish(), TOOL_DONE);
    assert_true(file_is("out", "this", 4) && !file_exists("out.parts"));
}

static void test_a_piece_is_a_file_of_its_own(void **state)
{
    (void)state;
    write_piece(0, 2, "aaaa", true);
    write_piece(1, 2, "bb", true);
    assert_int_equal(unlink(piece_of(2, 2)), 0);
    REFUSES("cannot open its data: No such file");
    file_put("theirs", "theirs", 6);
    assert_int_equal(link("theirs", piece_of(2, 2)), 0);
    REFUSES("its data is no file of its own");
    assert_int_equal(unlink(piece_of(2, 2)), 0);
    file_put(piece_of(2, 2), "bb", 2);
    assert_int_equal(finish(), TOOL_DONE);
    assert_true(file_is("out", "aaaabb", 6) && file_is("theirs", "theirs", 6));
    unlink("theirs");
}

static void test_a_link_is_no_piece_nor_is_a_fifo(void **state)
{
    (void)state;
    write_piece(0, 2, "aaaa", true);
    write_piece(1, 2, "bb", true);
    file_put("theirs", "theirs", 6);
    assert_int_equal(unlink(piece_of(2, 2)), 0);
    assert_int_equal(symlink("../theirs", piece_of(2, 2)), 0);
    REFUSES("cannot open its data");
    assert_int_equal(unlink(piece_of(2, 2)), 0);
    assert_int_equal(mkfifo(piece_of(2, 2), 0600), 0);
    REFUSES("no file of its own");
    assert_int_equal(unlink(piece_of(2, 2)), 0);
    unlink("theirs");
}

static void test_how_it_was_prepared_counts(void **state)
{
    struct parts parts = PARTS_NONE;
    struct parts_work work = work_of(0, 1);
    (void)state;
    work.is_joined = false;
    capture_begin(stderr);
    assert_int_equal(parts_open(&parts, &console, "out", &work), TOOL_USAGE);
    assert_non_null(strstr(capture_end(), "was prepared with --join"));
    parts_close(&parts);
    parts_abandon("out");
    prepare(false);
    work.is_joined = true;
    capture_begin(stderr);
    assert_int_equal(parts_open(&parts, &console, "out", &work), TOOL_USAGE);
    assert_non_null(strstr(capture_end(), "was prepared without --join"));
    parts_close(&parts);
}

/* ---- while they are joined --------------------------------------------------------------------------------------- */

static char meanwhile; /* what happens to the second piece once the first was copied: 'l'onger, 's'horter, 'f'ailure */

mmv_status __real_mmv_walk_to(mmv_map *map, mmv_map *out, const mmv_walk_options *options, mmv_walk_fn *fn, void *user);
mmv_status __wrap_mmv_walk_to(mmv_map *map, mmv_map *out, const mmv_walk_options *options, mmv_walk_fn *fn, void *user);

mmv_status __wrap_mmv_walk_to(mmv_map *map, mmv_map *out, const mmv_walk_options *options, mmv_walk_fn *fn, void *user)
{
    mmv_status status = __real_mmv_walk_to(map, out, options, fn, user);
    if (meanwhile == 'l')
        file_put(piece_of(2, 2), "bbbb", 4);
    if (meanwhile == 's')
        file_put(piece_of(2, 2), "b", 1);
    return meanwhile == 'f' ? mmv_error_set(MMV_EIO, 5, "read") : status;
}

static void test_pieces_may_change_meanwhile(void **state)
{
    (void)state;
    write_piece(0, 2, "aaaa", true);
    write_piece(1, 2, "bb", true);
    meanwhile = 'f';
    REFUSES(strerror(5));
    meanwhile = 's';
    REFUSES("its parts changed while they were joined");
    file_put(piece_of(2, 2), "bb", 2);
    meanwhile = 'l';
    REFUSES("");
    meanwhile = 0;
    unsigned left = names();
    file_put(piece_of(2, 2), "bb", 2);
    assert_int_equal(left, 7);
    assert_int_equal(finish(), TOOL_DONE);
    assert_true(file_is("out", "aaaabb", 6));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pieces_stand_in_their_order),  TEST(test_nothing_may_be_left_of_all),
        TEST(test_what_is_not_whole_is_gone),    TEST(test_a_piece_of_another_operation_is_none),
        TEST(test_a_piece_is_a_file_of_its_own), TEST(test_a_link_is_no_piece_nor_is_a_fifo),
        TEST(test_how_it_was_prepared_counts),   TEST(test_pieces_may_change_meanwhile),
    };
    if (chdir(scratch("")) != 0)
        return 1;
    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
