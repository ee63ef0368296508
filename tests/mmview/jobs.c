/* SPDX-License-Identifier: MIT */
/* jobs: see jobs.h. */

#include "jobs.h"

#include <dirent.h>

const mmv_range job_ranges[JOB_PARTS] = {{0, 24576}, {24576, 24576}, {49152, 16384}};
char job_text[512];
static mmv_journal_job jobs[JOB_PARTS];

struct run job_part(unsigned number)
{
    jobs[number] = (mmv_journal_job){0, JOB_SIZE, JOB_SIZE, job_ranges[number].length};
    return (struct run){.size = JOB_SIZE,
                        .record = 1024,
                        .threads = 1,
                        .io = MMV_IO_MMAP,
                        .mode = MMV_JOURNAL_KILL,
                        .offset = job_ranges[number].offset,
                        .length = job_ranges[number].length,
                        .job = &jobs[number]};
}

void job_prepare(const char *file)
{
    const struct run whole = {.size = JOB_SIZE, .record = 1024};
    run_prepare(&whole, file);
}

int job_repeat(unsigned number, const char *file, const char *path)
{
    struct run run = job_part(number);
    return run_child(&run, file, path, 0, job_text, sizeof job_text);
}

void job_run(unsigned number, const char *file, const char *path)
{
    if (job_repeat(number, file, path) != MMV_OK)
        fail_msg("part %u: %s", number, job_text);
}

unsigned job_left_behind(void)
{
    static char place[512];
    unsigned count = 0;
    /* Paths of scratch() are good for a while only. */
    if (!place[0])
        snprintf(place, sizeof place, "%s", scratch("."));
    DIR *folder = opendir(place);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        bool is_ours = strncmp(entry->d_name, "job", 3) == 0 || strstr(entry->d_name, ".mmj.") != NULL;
        count += is_ours && !run_is_pointer(scratch(entry->d_name));
    }
    closedir(folder);
    return count;
}

void job_over(const char *file)
{
    static unsigned char now[JOB_SIZE];
    file_get(file, now, JOB_SIZE, 0);
    for (size_t i = 0; i < JOB_SIZE; i++)
        if (now[i] != run_after[i])
            fail_msg("byte %zu is %u, was %u, should be %u", i, now[i], run_before[i], run_after[i]);
    assert_false(run_is_claimed(file));
    assert_int_equal(job_left_behind(), 0);
}

void job_changed(const char *file, unsigned mask)
{
    static unsigned char wanted[JOB_SIZE];
    memcpy(wanted, run_before, JOB_SIZE);
    for (unsigned i = 0; i < JOB_PARTS; i++)
        if (mask >> i & 1)
            memcpy(wanted + job_ranges[i].offset, run_after + job_ranges[i].offset, job_ranges[i].length);
    assert_true(run_is(file, wanted, JOB_SIZE));
}
