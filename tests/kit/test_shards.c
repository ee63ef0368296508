/* SPDX-License-Identifier: MIT */
/* test_shards.c - which part a process is: said on the command line, or by each scheduler, or refused. */

#include "check.h"

#include "capture.h"
#include "kit/job/shards.h"

static const struct console console = {.tool = "test"};

static const char *const variables[] = {
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_COUNT",
    "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_MAX",
    "SLURM_ARRAY_TASK_STEP",
    "OMPI_COMM_WORLD_RANK",
    "OMPI_COMM_WORLD_SIZE",
    "PMI_RANK",
    "PMI_SIZE",
    "SLURM_PROCID",
    "SLURM_NTASKS",
    "JOB_COMPLETION_INDEX",
    "PARALLEL_SEQ",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "PARALLEL_TOTAL",
    "AWS_BATCH_JOB_ARRAY_SIZE",
};

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
    return 0;
}

/* Names and values in turn, ended by NULL. */
static void set(const char *const *pairs)
{
    for (clear(NULL); *pairs; pairs += 2)
        setenv(pairs[0], pairs[1], 1);
}

#define SET(...) set((const char *const[]){__VA_ARGS__, NULL})

static void check_part(struct shard_settings shard, uint64_t index, uint64_t count, const char *scheduler)
{
    assert_int_equal(shards_resolve(&shard, &console), TOOL_DONE);
    assert_true(shard.index == index && shard.count == count);
    if (scheduler)
        assert_string_equal(shard.scheduler, scheduler);
    else
        assert_null(shard.scheduler);
}

static void check_refused(struct shard_settings shard, const char *said)
{
    capture_begin(stderr);
    int status = shards_resolve(&shard, &console);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_USAGE);
    if (!strstr(text, said))
        fail_msg("'%s' instead of '%s'", text, said);
}

static void test_the_command_line_says_it(void **state)
{
    (void)state;
    check_part((struct shard_settings){0}, 0, 0, NULL);
    check_part((struct shard_settings){.text = "1/1"}, 0, 1, NULL);
    check_part((struct shard_settings){.text = "7/7"}, 6, 7, NULL);
    check_part((struct shard_settings){.index_text = "0", .count_text = "3"}, 0, 3, NULL);
    check_part((struct shard_settings){.index_text = "2", .count_text = "3"}, 2, 3, NULL);
}

static void test_what_is_no_part_is_refused(void **state)
{
    static const char *const bad[] = {"", "0/3", "4/3", "1", "1/", "/3", "1/0", "a/3", "1/3 ", "-1/3", "1/3/5"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        check_refused((struct shard_settings){.text = bad[i]}, "must be K/N");
    check_refused((struct shard_settings){.index_text = "1"}, "belong together");
    check_refused((struct shard_settings){.count_text = "1"}, "belong together");
    check_refused((struct shard_settings){.index_text = "3", .count_text = "3"}, "must be from 0 to 2");
    check_refused((struct shard_settings){.index_text = "0", .count_text = "0"}, "must be from 1");
    check_refused((struct shard_settings){.text = "1/2", .count_text = "2"}, "exclude each other");
    check_refused((struct shard_settings){.text = "auto"}, "no scheduler says");
}

static void test_each_scheduler_is_understood(void **state)
{
    const struct shard_settings by_itself = {.text = "auto"}, of_four = {.text = "auto", .count_text = "4"};
    (void)state;
    SET("OMPI_COMM_WORLD_RANK", "1", "OMPI_COMM_WORLD_SIZE", "4");
    check_part(by_itself, 1, 4, "Open MPI");
    SET("PMI_RANK", "0", "PMI_SIZE", "2");
    check_part(by_itself, 0, 2, "MPICH");
    SET("SLURM_PROCID", "3", "SLURM_NTASKS", "4");
    check_part(by_itself, 3, 4, "srun");
    SET("JOB_COMPLETION_INDEX", "2");
    check_part(of_four, 2, 4, "Kubernetes");
    check_refused(by_itself, "no scheduler says");
    SET("AWS_BATCH_JOB_ARRAY_INDEX", "9", "AWS_BATCH_JOB_ARRAY_SIZE", "10");
    check_part(by_itself, 9, 10, "AWS Batch");
    SET("PARALLEL_SEQ", "4");
    check_part(of_four, 3, 4, "GNU parallel");
    SET("PARALLEL_SEQ", "5");
    check_refused(of_four, "part 5 of 4");
    SET("PARALLEL_SEQ", "0");
    check_refused(of_four, "no scheduler says");
}

static void test_a_whole_slurm_array_is_a_job(void **state)
{
    const struct shard_settings shard = {.text = "auto"};
    (void)state;
    SET("SLURM_ARRAY_TASK_ID", "2", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "0", "SLURM_ARRAY_TASK_MAX",
        "3");
    check_part(shard, 2, 4, "a Slurm array");
    SET("SLURM_ARRAY_TASK_ID", "1", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "1", "SLURM_ARRAY_TASK_MAX",
        "4");
    check_part(shard, 0, 4, "a Slurm array");
    SET("SLURM_ARRAY_TASK_ID", "4", "SLURM_ARRAY_TASK_COUNT", "3", "SLURM_ARRAY_TASK_MIN", "0", "SLURM_ARRAY_TASK_MAX",
        "4", "SLURM_ARRAY_TASK_STEP", "2");
    check_part(shard, 2, 3, "a Slurm array");
    /* Each task has processes of its own. */
    SET("SLURM_ARRAY_TASK_ID", "1", "SLURM_ARRAY_TASK_COUNT", "2", "SLURM_ARRAY_TASK_MIN", "0", "SLURM_ARRAY_TASK_MAX",
        "1", "SLURM_PROCID", "2", "SLURM_NTASKS", "3");
    check_part(shard, 5, 6, "processes of a Slurm array");
}

/* sbatch --array=3,7 repeats two tasks: these are not the two halves. */
static void test_a_part_of_a_slurm_array_is_none(void **state)
{
    const struct shard_settings shard = {.text = "auto"}, of_five = {.text = "auto", .count_text = "5"};
    (void)state;
    SET("SLURM_ARRAY_TASK_ID", "3", "SLURM_ARRAY_TASK_COUNT", "2", "SLURM_ARRAY_TASK_MIN", "3", "SLURM_ARRAY_TASK_MAX",
        "7");
    check_refused(shard, "not a whole one");
    SET("SLURM_ARRAY_TASK_ID", "0", "SLURM_ARRAY_TASK_COUNT", "2", "SLURM_ARRAY_TASK_MIN", "0", "SLURM_ARRAY_TASK_MAX",
        "7");
    check_refused(shard, "not a whole one");
    SET("SLURM_ARRAY_TASK_ID", "0", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "0", "SLURM_ARRAY_TASK_MAX",
        "3");
    check_refused(of_five, "not a whole one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_command_line_says_it, clear),
        cmocka_unit_test_setup(test_what_is_no_part_is_refused, clear),
        cmocka_unit_test_setup(test_each_scheduler_is_understood, clear),
        cmocka_unit_test_setup(test_a_whole_slurm_array_is_a_job, clear),
        cmocka_unit_test_setup(test_a_part_of_a_slurm_array_is_none, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
