/* SPDX-License-Identifier: MIT */
#ifndef SEED_H
#define SEED_H

/* seed.h - what the programs of this folder share: their names in the system, how they complain, how they wait. */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct seed_name {
    char text[MMV_NAME_MAX + 1];
};

/* The name with $MMV_EXAMPLE_SUFFIX behind it, so that several sets of these programs can run side by side. */
static inline struct seed_name seed_name(const char *name)
{
    struct seed_name result;
    const char *suffix = getenv("MMV_EXAMPLE_SUFFIX");
    snprintf(result.text, sizeof result.text, "%s%s", name, suffix ? suffix : "");
    return result;
}

/* Why the latest call failed, for a person; returns an exit status. */
static inline int seed_fail(const char *program)
{
    char line[512];
    mmv_error_format(mmv_last_error(), line, sizeof line);
    fprintf(stderr, "%s: %s\n", program, line);
    return 1;
}

/* The argument at this place as a number, or what it is without one. */
static inline double seed_number(int argc, char **argv, int index, double otherwise)
{
    return argc > index ? strtod(argv[index], NULL) : otherwise;
}

/* Shows what was printed to whoever waits for it, and sleeps. */
static inline void seed_sleep(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    fflush(stdout);
    nanosleep(&time, NULL);
}

/* Waits for ENTER, or for the end of the input. */
static inline void seed_wait_for_enter(void)
{
    int key;
    fflush(stdout);
    do
        key = getchar();
    while (key != '\n' && key != EOF);
}

#endif
