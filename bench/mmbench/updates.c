/* SPDX-License-Identifier: MIT */
/* updates: every record of a run word by word, and all other bytes by one sum, in a child that maps the file. */
#include "mmbench/updates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmbench/child.h"
#include "mmbench/os/mapping.h"

struct check {
    struct fixtures *fixtures;
    const struct fixture *fixture;
    const struct workload *load;
};

static bool records_are_right(const struct check *check, const char *data, char *record)
{
    const struct workload *load = check->load;
    for (uint64_t i = 0; i < load->operations; i++) {
        uint64_t offset = workload_position(load, i);
        content_fill(check->fixtures->content, 0, offset, record, load->record);
        for (size_t at = 0; at < load->record; at += 8) {
            uint64_t was, is;
            memcpy(&was, record + at, sizeof was);
            memcpy(&is, data + offset + at, sizeof is);
            if (is != was + check->fixture->added)
                return false;
        }
    }
    return true;
}

static bool rest_is_untouched(const struct check *check, const char *data)
{
    const struct workload *load = check->load;
    uint64_t more = check->fixture->added * load->operations * (load->record / 8);
    return words_sum(data, (size_t)load->size) == content_sum(check->fixtures->content, 0, 0, load->size) + more;
}

static bool check_in_child(void *user, void *result, char *why, size_t why_size)
{
    const struct check *check = user;
    bool *right = result;
    char *record = malloc(check->load->record);
    int file = open(check->fixture->path, O_RDONLY | O_CLOEXEC);
    char *data = file < 0 ? MAP_FAILED : mmap(NULL, (size_t)check->load->size, PROT_READ, MAP_SHARED, file, 0);
    if (!record || data == MAP_FAILED) {
        snprintf(why, why_size, "cannot read the result: %s", strerror(errno));
        return false;
    }
    *right = rest_is_untouched(check, data) && records_are_right(check, data, record);
    /* Where the child is this process, a mapping that stays would keep the file. */
    munmap(data, (size_t)check->load->size);
    close(file);
    free(record);
    return true;
}

bool updates_check(struct fixtures *fixtures, const struct trial *trial, const struct workload *load, bool *wrong_ret,
                   char *why, size_t why_size)
{
    struct check check = {fixtures, trial->fixture, load};
    bool right = false;
    *wrong_ret = false;
    if (!child_run(check_in_child, &check, &right, sizeof right, why, why_size)) {
        fixture_forget(trial->fixture);
        return false;
    }
    if (right)
        return true;
    *wrong_ret = true;
    fixture_forget(trial->fixture);
    snprintf(why, why_size, "WRONG RESULT: the updated records");
    return false;
}
