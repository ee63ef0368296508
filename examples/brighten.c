/* SPDX-License-Identifier: MIT */
/*
 * brighten.c - a whole batch job on the engine: brighten 16-bit RGBA pixels of a file of any size, in place, on all
 * processors.
 *
 *     brighten FILE [OFFSET [LENGTH]]
 */

#include <mmview/mmview.h>

#include <stdio.h>
#include <stdlib.h>

struct rgba16 {
    int16_t red, green, blue, alpha;
};

static int16_t add(int16_t sample, int amount)
{
    int sum = sample + amount;
    return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum);
}

/* Called by many threads at once, each time with another array of whole pixels. */
static mmv_status brighten(const mmv_chunk *chunk, void *user)
{
    struct rgba16 *pixel = chunk->data;
    int amount = *(int *)user;
    for (size_t i = 0; i < chunk->count; i++)
        pixel[i] = (struct rgba16){add(pixel[i].red, amount), add(pixel[i].green, amount), add(pixel[i].blue, amount),
                                   add(pixel[i].alpha, amount)};
    return MMV_OK;
}

int main(int argc, char **argv)
{
    mmv_map *image = NULL;
    mmv_walk_stats stats = {0};
    int amount = 10;
    if (argc < 2 || argc > 4)
        return fprintf(stderr, "usage: brighten FILE [OFFSET [LENGTH]]\n"), 2;
    mmv_walk_options options = {
        .record_size = sizeof(struct rgba16),
        .offset = argc > 2 ? strtoull(argv[2], NULL, 0) : 0,
        .length = argc > 3 ? strtoull(argv[3], NULL, 0) : 0,
        .stats = &stats,
    };

    mmv_guard_enable();
    mmv_status status = mmv_map_open(argv[1], MMV_READ_WRITE, &image);
    if (!status)
        status = mmv_walk(image, &options, brighten, &amount);
    mmv_map_close(&image);

    if (status) {
        char line[512];
        mmv_error_format(mmv_last_error(), line, sizeof line);
        return fprintf(stderr, "brighten: %s\n", line), 1;
    }
    printf("%llu pixels, %.2f GB/s, %s on %u threads\n", (unsigned long long)stats.records,
           stats.seconds > 0 ? (double)stats.bytes / stats.seconds / 1e9 : 0, mmv_io_name(stats.io), stats.threads);
    return 0;
}
