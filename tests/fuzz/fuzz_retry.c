/* SPDX-License-Identifier: MIT */
/*
 * fuzz_retry.c - any bytes as a report that mmbright --retry reads: refused, or names that differ.
 *
 * Lines without anything stand in front, as many as make the last byte of the input the last but one of the memory that
 * it is read into: so that a byte behind its end is one of nobody's.
 */

#include "fuzz.h"

#include <string.h>

#include "kit/file/retry.h"
#include "place.h"

/* file_list.c reads so much at first. */
enum { ROOM = 65536, LONGEST = 8192 };

static const struct console console = {.tool = "mmbright", .mute = true};
static char report[ROOM];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    place_open();
    memset(report, '\n', sizeof report);
    return 0;
}

static int order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file_list list = {.names = NULL};
    if (size > LONGEST)
        return -1;
    memset(report, '\n', ROOM - 2 - size);
    memcpy(report + ROOM - 2 - size, data, size);
    place_put("report", report, ROOM - 2);
    int result = retry_read(&list, &console, place_path("report"));
    MUST(result == TOOL_DONE || result == TOOL_USAGE);
    MUST(result == TOOL_DONE || list.count == 0);
    if (list.count > 0)
        qsort(list.names, list.count, sizeof *list.names, order);
    for (size_t i = 0; i < list.count; i++)
        MUST(list.names[i][0] && (i == 0 || strcmp(list.names[i - 1], list.names[i]) != 0));
    file_list_free(&list);
    return 0;
}
