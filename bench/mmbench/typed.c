/* SPDX-License-Identifier: MIT */
/*
 * typed: what checking every access costs: each 8-byte pixel of a map in memory read, brightened and written back.
 *
 *     typed/pointer     a plain loop over the mapped bytes: the ceiling
 *     typed/typed       MMV_VIEW_TYPED: read and written, each with its check
 *     typed/span        mmv_view_span() once, then the plain loop
 *
 * All loops are compiled with the same flags, gcc's -O2, in this one file; with two threads both work on one view.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/shared.h>
#include <mmview/typed.h>

#include "harness/harness.h"
#include "mmbench/suite.h"

#define SIZE (64 * MMV_MIB)
#define AMOUNT 10

struct pixel {
    int16_t red, green, blue, alpha;
};

MMV_VIEW_TYPED(pixel, struct pixel)

static inline int16_t brighter(int16_t value)
{
    int sum = value + AMOUNT;
    return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum);
}

static inline void brighten(struct pixel *pixel)
{
    pixel->red = brighter(pixel->red);
    pixel->green = brighter(pixel->green);
    pixel->blue = brighter(pixel->blue);
    pixel->alpha = brighter(pixel->alpha);
}

typedef bool loop_fn(const mmv_view *view, uint64_t start, uint64_t end);

static bool by_pointer(const mmv_view *view, uint64_t start, uint64_t end)
{
    struct pixel *pixels = view->data;
    for (size_t i = (size_t)(start / sizeof *pixels); i < (size_t)(end / sizeof *pixels); i++)
        brighten(&pixels[i]);
    return true;
}

static bool by_value(const mmv_view *view, uint64_t start, uint64_t end)
{
    struct pixel pixel;
    for (uint64_t at = start; at < end; at += sizeof pixel) {
        if (mmv_view_read_pixel(view, at, &pixel) != MMV_OK)
            return false;
        brighten(&pixel);
        if (mmv_view_write_pixel(view, at, pixel) != MMV_OK)
            return false;
    }
    return true;
}

static bool by_span(const mmv_view *view, uint64_t start, uint64_t end)
{
    struct pixel *pixels = mmv_view_span(view, start, (size_t)(end - start));
    if (!pixels)
        return false;
    for (size_t i = 0; i < (size_t)((end - start) / sizeof *pixels); i++)
        brighten(&pixels[i]);
    return true;
}

static const struct loop {
    const char *name;
    loop_fn *run;
} loops[] = {{"pointer", by_pointer}, {"typed", by_value}, {"span", by_span}};

struct typed_case {
    struct suite *suite;
    const struct loop *loop;
    unsigned threads;
    mmv_map *map;
    mmv_view view;
    bool failed;
};

/* Sample i before and after 'times' passes, computed on its own. */
static int16_t sample_at(size_t i, unsigned times)
{
    int before = (int16_t)(i * 7919u);
    int64_t sum = (int64_t)before + (int64_t)times * AMOUNT;
    return (int16_t)(sum > INT16_MAX ? INT16_MAX : sum);
}

static bool is_right(const struct typed_case *what, unsigned times)
{
    const int16_t *samples = what->view.data;
    for (size_t i = 0; i < SIZE / 2; i++)
        if (samples[i] != sample_at(i, times))
            return false;
    return true;
}

static void *run_half(void *user)
{
    struct typed_case *what = user;
    what->failed |= !what->loop->run(&what->view, SIZE / 2, SIZE);
    return NULL;
}

static void run_all(struct typed_case *what)
{
    pthread_t other;
    if (what->threads == 1 || pthread_create(&other, NULL, run_half, what) != 0) {
        what->failed |= !what->loop->run(&what->view, 0, SIZE);
        return;
    }
    bool fine = what->loop->run(&what->view, 0, SIZE / 2);
    pthread_join(other, NULL);
    what->failed |= !fine;
}

static bool set_up(struct bench_run *run, void *user)
{
    struct typed_case *what = user;
    if (mmv_map_create_unnamed(SIZE, MMV_READ_WRITE, NULL, &what->map) != MMV_OK ||
        mmv_view_open(what->map, 0, 0, &what->view) != MMV_OK) {
        bench_skip(run, "no memory for the map");
        return false;
    }
    int16_t *samples = what->view.data;
    for (size_t i = 0; i < SIZE / 2; i++)
        samples[i] = sample_at(i, 0);
    run_all(what);
    if (!what->failed && is_right(what, 1))
        return true;
    what->suite->wrong++;
    bench_skip(run, "WRONG RESULT");
    return false;
}

static void body(struct bench_run *run, void *user)
{
    struct typed_case *what = user;
    unsigned times = 1;
    while (bench_next(run)) {
        run_all(what);
        times++;
    }
    if (what->failed || !is_right(what, times)) {
        what->suite->wrong++;
        bench_skip(run, "WRONG RESULT");
    }
    bench_bytes(run, (double)(times - 1) * (double)SIZE);
    suite_leave_if_stopped(what->suite);
}

static void tear_down(void *user)
{
    struct typed_case *what = user;
    mmv_view_close(&what->view);
    mmv_map_close(&what->map);
}

bool suite_register_typed(struct suite *suite)
{
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        for (unsigned threads = 1; threads <= 2; threads++) {
            char name[40];
            struct typed_case *what = calloc(1, sizeof *what);
            if (!suite_own(suite, what))
                return false;
            *what = (struct typed_case){.suite = suite, .loop = &loops[i], .threads = threads};
            snprintf(name, sizeof name, "typed/%s", loops[i].name);
            bench_register(&(struct bench_case){.name = name,
                                                .arguments = {{"MiB", (int64_t)(SIZE / MMV_MIB)}, {"threads", threads}},
                                                .set_up = set_up,
                                                .body = body,
                                                .tear_down = tear_down,
                                                .user = what});
        }
    return true;
}
