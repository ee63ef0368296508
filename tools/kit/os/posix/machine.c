/* SPDX-License-Identifier: MIT */
/* machine: see kit/os/machine.h. */
#include "kit/os/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

double machine_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
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

#if defined(__x86_64__) || defined(__i386__)

/* What of CPUID says what a processor can; not which of several it is, nor what changes while it runs. */
static const struct {
    unsigned leaf, part, eax, ebx, ecx, edx;
} leaves[] = {
    {0, 0, ~0u, ~0u, ~0u, ~0u}, /* the vendor */
    {1, 0, ~0u, 0, ~0u, ~0u},   /* family, model, stepping, features */
    {7, 0, 0, ~0u, ~0u, ~0u},   /* more features, to the end */
    {7, 1, ~0u, ~0u, ~0u, ~0u}, {0xd, 1, ~0u, 0, 0, 0},          {0x14, 0, 0, ~0u, 0, 0},
    {0x19, 0, 0, ~0u, 0, 0},    {0x80000001, 0, 0, 0, ~0u, ~0u}, {0x80000008, 0, 0, ~0u, 0, 0},
};

#define HAS_XGETBV (1u << 27) /* of ecx in leaf 1: the system saves registers of vectors */

static unsigned saved_registers(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* The kernel's list of it, /proc/cpuinfo, takes ten times as long. */
void machine_processor(char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves && length < size; i++) {
        unsigned a = 0, b = 0, c = 0, d = 0;
        if (!__get_cpuid_count(leaves[i].leaf, leaves[i].part, &a, &b, &c, &d))
            continue;
        length +=
            (size_t)snprintf(text + length, size - length, "cpuid %x.%x %x %x %x %x\n", leaves[i].leaf, leaves[i].part,
                             a & leaves[i].eax, b & leaves[i].ebx, c & leaves[i].ecx, d & leaves[i].edx);
        if (leaves[i].leaf == 1 && (c & HAS_XGETBV) && length < size)
            length += (size_t)snprintf(text + length, size - length, "xcr0 %x\n", saved_registers());
    }
}

#else

/* What /proc/cpuinfo has of the first processor that does not change while it runs. */
void machine_processor(char *text, size_t size)
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

#endif
