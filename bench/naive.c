/* SPDX-License-Identifier: MIT */
/*
 * naive.c - what most programs do: map the whole file, let OpenMP share the loop, hope for the best.
 *
 *     naive FILE AMOUNT THREADS
 *
 * The loop is as good as a loop can be (clamp first, vectorised), so that only the way to the bytes is compared.
 */

#include <omp.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void add(int16_t *sample, size_t samples, int16_t amount)
{
    int16_t limit = (int16_t)(INT16_MAX - amount);
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < samples; i++)
        sample[i] = (int16_t)((sample[i] < limit ? sample[i] : limit) + amount);
}

int main(int argc, char **argv)
{
    struct stat facts;
    int file = argc == 4 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
    if (file < 0 || fstat(file, &facts) != 0)
        return perror("naive"), 1;
    omp_set_num_threads(atoi(argv[3]));
    double start = now();
    int16_t *sample = mmap(NULL, (size_t)facts.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (sample == MAP_FAILED)
        return perror("naive: mmap"), 1;
    add(sample, (size_t)facts.st_size / 2, (int16_t)atoi(argv[2]));
    munmap(sample, (size_t)facts.st_size);
    printf("%.6f\n", now() - start);
    return 0;
}
