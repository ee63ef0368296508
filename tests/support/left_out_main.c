/* SPDX-License-Identifier: MIT */
/* left_out_main.c - A program that skips everything before it has a group of tests says so, too: see left_out.h. */

#include "left_out.h"

enum { SKIPPED = 77 };

int __real_main(int count, char **words);
int __wrap_main(int count, char **words);

int __wrap_main(int count, char **words)
{
    int status = __real_main(count, words);
    if (status == SKIPPED)
        test_say_skipped(true);
    return status;
}
