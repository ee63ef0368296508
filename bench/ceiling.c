/* SPDX-License-Identifier: MIT */
/*
 * ceiling.c - memory alone: mmbright's own kernel over anonymous huge pages, no file anywhere.
 *
 *     ceiling MIB AMOUNT THREADS        seconds of one pass; the pages are touched before
 */

#include <mmimage/mmimage.h>
#include <mmview/mmview.h>

#include <omp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PIECE ((size_t)2 << 20) /* as the engine's step */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void pass(const mmi_adjust *adjust, char *memory, size_t size)
{
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t at = 0; at < size; at += PIECE) {
        mmi_tally tally[4] = {{0, 0}};
        mmi_adjust_run(adjust, at, memory + at, memory + at, size - at < PIECE ? size - at : PIECE, tally);
    }
}

int main(int argc, char **argv)
{
    mmi_adjust *adjust;
    mmi_image image = {.samples = 4};
    if (argc != 4 || !mmi_type_parse("i16", &image.type))
        return fprintf(stderr, "usage: ceiling MIB AMOUNT THREADS\n"), 2;
    size_t size = strtoull(argv[1], NULL, 0) << 20;
    double amount = atof(argv[2]);
    char *memory = mmap(NULL, size + PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED ||
        mmi_adjust_create(&image, &(mmi_adjust_options){.add = &amount, .add_count = 1}, &adjust) != MMV_OK)
        return perror("ceiling"), 1;
    memory += (PIECE - (uintptr_t)memory % PIECE) % PIECE;
    madvise(memory, size, MADV_HUGEPAGE);
    memset(memory, 1, size);
    omp_set_num_threads(atoi(argv[3]));
    pass(adjust, memory, size < PIECE * 8 ? size : PIECE * 8);
    double start = now();
    pass(adjust, memory, size);
    printf("%.6f\n", now() - start);
    mmi_adjust_destroy(&adjust);
    return 0;
}
