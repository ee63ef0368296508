/* SPDX-License-Identifier: MIT */
/* meter: differences of what the kernel counts for this process. */
#include "mmbench/meter.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

double meter_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void meter_call(void)
{
    syscall(SYS_getppid);
}

/* The number behind a word of a small file below /proc/self. */
static bool number_of(const char *path, const char *key, uint64_t *value_ret)
{
    char text[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *found = strstr(text, key);
    if (found)
        *value_ret = strtoull(found + strlen(key), NULL, 10);
    return found != NULL;
}

static bool reset_peak(void)
{
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    bool good = file >= 0 && write(file, "5", 1) == 1;
    if (file >= 0)
        close(file);
    return good;
}

static void read_counters(struct meter *meter)
{
    struct rusage usage;
    meter->knows_faults = getrusage(RUSAGE_SELF, &usage) == 0;
    meter->minor = (uint64_t)usage.ru_minflt;
    meter->major = (uint64_t)usage.ru_majflt;
    /* "read_bytes", not "rchar": what the device was asked for, not what was copied. */
    meter->knows_read_bytes = number_of("/proc/self/io", "\nread_bytes: ", &meter->read_bytes);
}

void meter_start(struct meter *meter)
{
    memset(meter, 0, sizeof *meter);
    meter->peak_rss = reset_peak();
    read_counters(meter);
    meter->seconds = meter_clock();
}

void meter_stop(struct meter *meter)
{
    struct meter start = *meter;
    double end = meter_clock();
    uint64_t kib = 0;
    read_counters(meter);
    meter->seconds = end - start.seconds;
    meter->minor -= start.minor;
    meter->major -= start.major;
    meter->read_bytes -= start.read_bytes;
    meter->knows_read_bytes = meter->knows_read_bytes && start.knows_read_bytes;
    meter->peak_rss = start.peak_rss && number_of("/proc/self/status", "VmHWM:", &kib) ? kib * 1024 : 0;
}
