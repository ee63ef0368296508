/* SPDX-License-Identifier: MIT */
/* machine: see kit/os/machine.h. */
#include "kit/os/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "kit/os/cpuid.h"

double machine_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

uint64_t machine_time(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void machine_date(int64_t seconds, char *text, size_t size)
{
    time_t time = (time_t)seconds;
    struct tm local;
    if (!localtime_r(&time, &local) || strftime(text, size, "%Y-%m-%d %H:%M:%S", &local) == 0)
        snprintf(text, size, "?");
}

void machine_pause(unsigned milliseconds)
{
    const struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&time, NULL);
}

uint64_t machine_random(void)
{
    uint64_t number;
    struct timespec now;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number)
        return number;
    /* Early in the life of a system. Whoever asks again has another time. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_nsec * 1000003u + (uint64_t)now.tv_sec * 7919u + (uint64_t)getpid() * 65537u;
}

/* What /proc/cpuinfo has of the first processor that does not change while it runs. */
static void read_cpuinfo(char *text, size_t size)
{
    static const char *const kinds[] = {"Features", "CPU ", "cpu\t", "flags"};
    char line[8192];
    size_t length = 0;
    FILE *file = fopen("/proc/cpuinfo", "re");
    text[0] = '\0';
    while (file && fgets(line, sizeof line, file) && line[0] != '\n')
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (strncmp(line, kinds[i], strlen(kinds[i])) == 0 && length + strlen(line) < size) {
                length += (size_t)snprintf(text + length, size - length, "%s", line);
                break;
            }
    if (file)
        fclose(file);
}

/* The kernel's list takes ten times as long as the processor's own. */
void machine_processor(char *text, size_t size)
{
    if (!cpuid_text(text, size))
        read_cpuinfo(text, size);
}
