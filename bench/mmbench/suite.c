/* SPDX-License-Identifier: MIT */
/* suite: what the cases leave behind, and the end. */
#include "mmbench/suite.h"

#include <stdlib.h>

#include "kit/os/signals.h"

struct suite_owned {
    void *memory;
    struct suite_owned *next;
};

bool suite_own(struct suite *suite, void *memory)
{
    if (!memory)
        return false;
    struct suite_owned *owned = malloc(sizeof *owned);
    if (!owned) {
        free(memory);
        return false;
    }
    *owned = (struct suite_owned){memory, suite->owned};
    suite->owned = owned;
    return true;
}

void suite_end(struct suite *suite)
{
    while (suite->owned) {
        struct suite_owned *owned = suite->owned;
        suite->owned = owned->next;
        free(owned->memory);
        free(owned);
    }
    fixtures_end(&suite->fixtures);
    content_destroy(suite->fixtures.content);
    suite->fixtures.content = NULL;
}

void suite_leave_if_stopped(struct suite *suite)
{
    if (!signals_stop())
        return;
    suite_end(suite);
    exit(signals_raise(signals_stop()));
}
