/* SPDX-License-Identifier: MIT */
/*
 * plain_files: what a person would write by hand to brighten many small files: open, read, add, write, close, one
 * after the other.
 *
 * plain_files FILE...   samples are signed 16-bit, the amount is 10; no journal, no threads, no check of anything but
 * errors.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static int brighten(int descriptor, int16_t *samples, size_t size)
{
    ssize_t length = 0;
    for (off_t at = 0; (length = pread(descriptor, samples, size, at)) > 0; at += length) {
        for (ssize_t i = 0; i < length / 2; i++)
            samples[i] = samples[i] > INT16_MAX - 10 ? INT16_MAX : (int16_t)(samples[i] + 10);
        if (pwrite(descriptor, samples, (size_t)length, at) != length)
            return -1;
    }
    return length < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    static int16_t samples[65536];
    for (int i = 1; i < argc; i++) {
        int descriptor = open(argv[i], O_RDWR | O_CLOEXEC);
        if (descriptor < 0 || brighten(descriptor, samples, sizeof samples) != 0 || close(descriptor) != 0) {
            perror(argv[i]);
            return 1;
        }
    }
    return 0;
}
