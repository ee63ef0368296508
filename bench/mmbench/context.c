/* SPDX-License-Identifier: MIT */
/* context: looked up in /proc, /sys and the build; what cannot be read is "unknown". */
#include "mmbench/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <mmview/base.h>

#include "harness/harness.h"
#include "mmbench/place.h"

/* The first line of a file, or "unknown". */
static const char *line_of(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    if (!file || !fgets(text, (int)size, file))
        snprintf(text, size, "unknown");
    if (file)
        fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static void add_file(const char *key, const char *path)
{
    char text[128];
    bench_context(key, line_of(path, text, sizeof text));
}

/* The mount whose path is the longest prefix of ours. Source: proc_pid_mountinfo(5). */
static void add_mount(const char *path)
{
    char line[4096], real[PATH_MAX], best[512] = "unknown";
    size_t longest = 0;
    FILE *file = realpath(path, real) ? fopen("/proc/self/mountinfo", "re") : NULL;
    while (file && fgets(line, sizeof line, file)) {
        char point[PATH_MAX], options[256], type[64];
        const char *rest = strstr(line, " - "); /* behind any number of optional fields */
        if (!rest || sscanf(rest, " - %63s", type) != 1 ||
            sscanf(line, "%*s %*s %*s %*s %4095s %255s", point, options) != 2)
            continue;
        size_t length = strcmp(point, "/") == 0 ? 0 : strlen(point);
        bool holds = strncmp(real, point, length) == 0 && (real[length] == '/' || real[length] == '\0');
        if (!holds || length < longest)
            continue;
        longest = length;
        snprintf(best, sizeof best, "%s %s", type, options);
    }
    if (file)
        fclose(file);
    bench_context("mount", best);
}

void context_add(const char *path)
{
    struct utsname system;
    struct place_facts facts;
    char text[64];
    bench_context("mmview_version", MMV_VERSION);
    if (uname(&system) == 0)
        bench_context("kernel", system.release);
    if (place_facts(path, &facts)) {
        bench_context("file_system", facts.system);
        snprintf(text, sizeof text, "%ld", facts.readahead_kib);
        bench_context("readahead_kib", text);
    }
    add_mount(path);
    add_file("transparent_hugepage", "/sys/kernel/mm/transparent_hugepage/enabled");
    add_file("multi_gen_lru", "/sys/kernel/mm/lru_gen/enabled");
    add_file("governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    add_file("dirty_ratio", "/proc/sys/vm/dirty_ratio");
    add_file("dirty_background_ratio", "/proc/sys/vm/dirty_background_ratio");
    add_file("dirty_bytes", "/proc/sys/vm/dirty_bytes");
}
