/* SPDX-License-Identifier: MIT */
/* context: which system and which volume it is. Of the rest Linux' files tell, and here nobody. */
#include "mmbench/context.h"

#include <mmview/base.h>

#include "harness/harness.h"
#include "mmbench/os/system.h"
#include "mmbench/place.h"

void context_add(const char *path)
{
    struct utsname system;
    struct place_facts facts;
    bench_context("mmview_version", MMV_VERSION);
    if (uname(&system) == 0)
        bench_context("kernel", system.release);
    if (place_facts(path, &facts))
        bench_context("file_system", facts.system);
}
