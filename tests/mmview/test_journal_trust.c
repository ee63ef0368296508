/* SPDX-License-Identifier: MIT */
/*
 * test_journal_trust.c - which journals are believed, and who may finish a run. What is in a journal is written into
 * the file, so nobody may be able to make one who could not write to the file himself. Takes root, who plays the users.
 */

#include "runs.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SIZE ((size_t)65536)
enum { ANN = 12341, BOB = 12342, TEAM = 12350, OTHERS = 12351 };

static const struct run usual = {
    .size = SIZE, .record = 1024, .threads = 1, .io = MMV_IO_MMAP, .mode = MMV_JOURNAL_KILL};
static unsigned char kept[SIZE];
static char text[512];
static const char *file, *path;

/* ---- as somebody ------------------------------------------------------------------------------------------------ */

struct as {
    uid_t user;
    gid_t group;
    long steps;
};

static mmv_status run_as(void *user)
{
    const struct as *as = user;
    /* A journal that is no file must not make anybody wait. */
    alarm(20);
    if (as->user != 0 && (setgroups(1, &as->group) != 0 || setgid(as->group) != 0 || setuid(as->user) != 0))
        return MMV_EKIND;
    return run_here(&usual, file, path, as->steps);
}

static int child_as(uid_t user, gid_t group, long steps)
{
    struct as as = {user, group, steps};
    return run_in_child(run_as, RUN_GIVE(as), text, sizeof text);
}

static void own(const char *what, uid_t user, gid_t group, mode_t rights)
{
    assert_int_equal(chown(what, user, group), 0);
    assert_int_equal(chmod(what, rights), 0);
}

static void prepare(uid_t user, gid_t group, mode_t rights)
{
    unlink(path);
    run_prepare(&usual, file);
    own(file, user, group, rights);
}

/* An interrupted run of 'user' on a file of 'owner'. */
static void interrupt(uid_t user, uid_t owner, mode_t rights)
{
    prepare(owner, TEAM, rights);
    if (child_as(user, TEAM, 37) != RUN_KILLED)
        fail_msg("not killed, but: %s", text);
    file_get(file, kept, SIZE, 0);
}

static void refused_as(uid_t user, const char *words)
{
    int status = child_as(user, TEAM, 0);
    if ((status != MMV_EJOURNAL && status != MMV_EACCES) || !strstr(text, words))
        fail_msg("not refused for \"%s\", but: %d %s", words, status, text);
    assert_true(run_is(file, kept, SIZE));
}

static void finish_as(uid_t user)
{
    if (child_as(user, TEAM, 0) != MMV_OK)
        fail_msg("user %u: %s", (unsigned)user, text);
    run_check(&usual, file, path);
}

static struct stat facts_of(const char *what)
{
    struct stat facts;
    assert_int_equal(lstat(what, &facts), 0);
    return facts;
}

/* ---- whose ------------------------------------------------------------------------------------------------------ */

static void test_owners(void **state)
{
    (void)state;
    interrupt(ANN, ANN, 0644);
    own(path, BOB, TEAM, 0644);
    refused_as(0, "belongs neither to you, nor to root, nor to the owner of the file");
    assert_int_equal(facts_of(path).st_uid, BOB);
    own(path, BOB, TEAM, 0666);
    refused_as(ANN, "belongs neither to you");
    own(path, ANN, TEAM, 0600);
    finish_as(0);
    /* Root's is believed by everybody; here it may be written to by the one who works with it, and by nobody else. */
    interrupt(0, ANN, 0644);
    own(path, ANN, TEAM, 0600);
    finish_as(ANN);
    /* Root's file: not even the journal of the one who has lent his name to the folder. */
    interrupt(0, 0, 0666);
    own(path, ANN, TEAM, 0600);
    refused_as(0, "belongs neither to you");
    own(path, 0, TEAM, 0600);
    finish_as(0);
}

static void test_rights(void **state)
{
    (void)state;
    const struct {
        mode_t file, journal;
        gid_t group; /* of the journal */
        bool is_believed;
    } cases[] = {
        {0644, 0602, TEAM, false}, {0644, 0620, TEAM, false},   {0644, 0666, TEAM, false}, {0644, 0644, TEAM, true},
        {0664, 0660, TEAM, true},  {0664, 0660, OTHERS, false}, {0664, 0662, TEAM, false}, {0646, 0602, TEAM, true},
        {0646, 0620, TEAM, false}, {0666, 0666, TEAM, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        interrupt(0, ANN, cases[i].file);
        own(path, ANN, cases[i].group, cases[i].journal);
        if (!cases[i].is_believed) {
            refused_as(0, "somebody may write to it who may not write to the file");
            own(path, ANN, TEAM, 0600);
        }
        finish_as(0);
    }
}

/*
 * An access list: user 'more' may write, too. Its layout is the system's, with the low byte first on each processor,
 * see acl(5) and linux/posix_acl_xattr.h.
 */
static bool give_more(const char *what, uint32_t more)
{
    struct {
        uint32_t version;
        struct {
            uint16_t tag, rights;
            uint32_t id;
        } entries[5];
    } list = {
        2,
        {{0x01, 6, UINT32_MAX}, {0x02, 6, more}, {0x04, 0, UINT32_MAX}, {0x10, 6, UINT32_MAX}, {0x20, 0, UINT32_MAX}}};
    list.version = htole32(list.version);
    for (size_t i = 0; i < COUNT(list.entries); i++) {
        list.entries[i].tag = htole16(list.entries[i].tag);
        list.entries[i].rights = htole16(list.entries[i].rights);
        list.entries[i].id = htole32(list.entries[i].id);
    }
    return setxattr(what, "system.posix_acl_access", &list, sizeof list, 0) == 0;
}

static void test_access_lists(void **state)
{
    (void)state;
    interrupt(0, ANN, 0660);
    if (!give_more(path, BOB)) {
        unlink(path);
        skip_because("this file system has no access lists");
    }
    /* The group's rights of both look alike, and mean other people. */
    refused_as(0, "somebody may write to it who may not write to the file");
    assert_int_equal(removexattr(path, "system.posix_acl_access"), 0);
    own(path, ANN, TEAM, 0600);
    finish_as(0);
    /* A file's list is not the journal's. */
    prepare(ANN, TEAM, 0660);
    assert_true(give_more(file, BOB));
    assert_int_equal(child_as(0, TEAM, 37), RUN_KILLED);
    assert_int_equal(facts_of(path).st_mode & 0777, 0600);
    finish_as(0);
    /* Nor does a folder's list, which new files get. */
    assert_int_equal(removexattr(file, "system.posix_acl_access"), 0);
}

static void test_no_file(void **state)
{
    (void)state;
    const char *elsewhere = scratch("elsewhere");
    for (int kind = 0; kind < 4; kind++) {
        prepare(ANN, TEAM, 0644);
        memcpy(kept, run_before, SIZE);
        if (kind == 0)
            assert_int_equal(mkfifo(path, 0600), 0);
        else if (kind == 1)
            assert_int_equal(mkdir(path, 0700), 0);
        else
            assert_int_equal(symlink(kind == 2 ? elsewhere : "/dev/zero", path), 0);
        int status = child_as(0, TEAM, 0);
        if (status == MMV_OK || status == RUN_KILLED || text[0] == '\0')
            fail_msg("kind %d: %d %s", kind, status, text);
        assert_true(run_is(file, run_before, SIZE));
        assert_false(run_is_marked(file));
        assert_false(file_exists(elsewhere));
        /* It is left alone. */
        assert_false(S_ISREG(facts_of(path).st_mode));
        mmv_map *map;
        assert_ok(mmv_map_open(file, MMV_READ, &map));
        alarm(20);
        mmv_journal_check(map, 0, SIZE, NULL);
        alarm(0);
        mmv_map_close(&map);
        assert_int_equal(remove(path), 0);
    }
    /* A link to a journal that would be believed. */
    interrupt(0, ANN, 0644);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
    assert_int_not_equal(child_as(0, TEAM, 0), MMV_OK);
    assert_true(run_is(file, kept, SIZE));
    assert_int_equal(rename(elsewhere, path), 0);
    finish_as(0);
}

/* ---- who goes on ------------------------------------------------------------------------------------------------ */

static void test_root_began_it(void **state)
{
    (void)state;
    interrupt(0, ANN, 0644);
    struct stat facts = facts_of(path);
    assert_int_equal(facts.st_uid, ANN);
    assert_int_equal(facts.st_gid, TEAM);
    assert_int_equal(facts.st_mode & 0777, 0600);
    refused_as(BOB, "");
    finish_as(ANN);
}

static void test_a_team(void **state)
{
    (void)state;
    interrupt(ANN, ANN, 0664);
    assert_int_equal(facts_of(path).st_mode & 0777, 0660);
    assert_int_equal(facts_of(path).st_gid, TEAM);
    finish_as(BOB);
    /* A member's journal is his, and the team's: he finishes what he began, and who owns the file can give it up. */
    interrupt(BOB, ANN, 0664);
    assert_int_equal(facts_of(path).st_uid, BOB);
    assert_int_equal(facts_of(path).st_gid, TEAM);
    refused_as(ANN, "belongs neither to you");
    finish_as(BOB);
    /* A file that the team may only read. */
    interrupt(ANN, ANN, 0644);
    assert_int_equal(facts_of(path).st_mode & 0777, 0600);
    finish_as(ANN);
}

static mmv_status walk_two(void *user)
{
    const mmv_journal_options options = {.mode = MMV_JOURNAL_KILL, .operation = "two", .files = 2, .threads = 1};
    const char *const files[] = {file, scratch("second")};
    mmv_journal *journal;
    run_set_steps(*(const long *)user);
    mmv_status status = mmv_journal_open(path, &options, &journal);
    for (int i = 0; i < 2 && status == MMV_OK; i++) {
        mmv_map *map;
        status = mmv_map_open(files[i], MMV_READ_WRITE, &map);
        if (status == MMV_OK)
            status = mmv_walk(map, &(mmv_walk_options){.record_size = 1024, .threads = 1, .journal = journal},
                              run_change, (void *)&usual);
        mmv_map_close(&map);
    }
    if (status == MMV_OK)
        status = mmv_journal_end(journal, MMV_JOURNAL_FINISHED);
    mmv_journal_close(&journal);
    return status;
}

/* What Bob may not write to, Ann may not write to by way of the journal. */
static void test_files_of_two(void **state)
{
    (void)state;
    long steps = 37;
    prepare(ANN, TEAM, 0664);
    run_prepare(&usual, scratch("second"));
    own(scratch("second"), BOB, OTHERS, 0600);
    assert_int_equal(run_in_child(walk_two, RUN_GIVE(steps), text, sizeof text), RUN_KILLED);
    /* From the start: whoever has opened it keeps it. */
    struct stat facts = facts_of(path);
    assert_int_equal(facts.st_uid, 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    steps = 150;
    if (run_in_child(walk_two, RUN_GIVE(steps), text, sizeof text) != RUN_KILLED)
        fail_msg("not killed, but: %s", text);
    steps = 0;
    if (run_in_child(walk_two, RUN_GIVE(steps), text, sizeof text) != MMV_OK)
        fail_msg("%s", text);
    run_check(&usual, file, path);
    run_check(&usual, scratch("second"), path);
}

int main(void)
{
    static char names[2][512];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owners),       cmocka_unit_test(test_rights),        cmocka_unit_test(test_access_lists),
        cmocka_unit_test(test_no_file),      cmocka_unit_test(test_root_began_it), cmocka_unit_test(test_a_team),
        cmocka_unit_test(test_files_of_two),
    };
    if (geteuid() != 0) {
        fprintf(stderr, "SKIPPED: only root can play several users\n");
        return SKIP_WHOLE_TEST;
    }
    snprintf(names[0], sizeof names[0], "%s", scratch("file"));
    snprintf(names[1], sizeof names[1], "%s", scratch("journal"));
    file = names[0];
    path = names[1];
    chmod(scratch("."), 0777);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
