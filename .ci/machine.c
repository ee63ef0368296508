/*
 * What a mapped page costs here: nanoseconds per first store to a 4 KiB page of a freshly mapped file that lies in the
 * page cache. Usage: machine FOLDER; the file is made there and has no name. Prints one number.
 *
 * Stores are timed in batches, since on some machines the clock costs more than the page; the median batch counts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, BATCH = 32, BATCHES = 128 };

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int longer(const void *left, const void *right)
{
    long long a = *(const long long *)left, b = *(const long long *)right;
    return (a > b) - (a < b);
}

static int open_unnamed(const char *folder)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/machine.XXXXXX", folder) >= (int)sizeof path)
        return -1;
    int file = mkstemp(path);
    if (file >= 0)
        unlink(path);
    return file;
}

/* Written page by page, so that the page cache holds small pages whatever the file system prefers. */
static int fill_with_pages(int file)
{
    static const char page[PAGE] = {1};
    for (int i = 0; i < BATCH * BATCHES; i++)
        if (write(file, page, sizeof page) != sizeof page)
            return -1;
    return 0;
}

static long long time_batch(volatile char *pages)
{
    long long begin = now_ns();
    for (int i = 0; i < BATCH; i++)
        pages[(size_t)i * PAGE] = 2;
    return (now_ns() - begin) / BATCH;
}

int main(int argc, char **argv)
{
    long long costs[BATCHES];
    int file = open_unnamed(argc > 1 ? argv[1] : ".");
    if (file < 0 || fill_with_pages(file) != 0)
        return perror("machine"), 1;
    char *pages = mmap(NULL, (size_t)BATCH * BATCHES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (pages == MAP_FAILED)
        return perror("machine"), 1;
    for (int i = 0; i < BATCHES; i++)
        costs[i] = time_batch(pages + (size_t)i * BATCH * PAGE);
    qsort(costs, BATCHES, sizeof *costs, longer);
    printf("%lld\n", costs[BATCHES / 2]);
    return 0;
}
