/* SPDX-License-Identifier: MIT */
/* cpuid: see cpuid.h. */
#include "kit/os/cpuid.h"

#include <stdio.h>

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

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

bool cpuid_text(char *text, size_t size)
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
    return true;
}

#else

bool cpuid_text(char *text, size_t size)
{
    (void)text, (void)size;
    return false;
}

#endif
