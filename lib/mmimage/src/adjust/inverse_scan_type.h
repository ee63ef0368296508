/* SPDX-License-Identifier: MIT */
/*
 * inverse_scan_type: the loops over samples of one type. Included by inverse_scan_loops.h for each, with SAMPLE, with
 * ORDER, which makes a number of it and back, and with CLEAN and SHIFT, the functions' names.
 */

static size_t CLEAN(struct mmi__lossy in, const unsigned char *samples, size_t lanes, size_t blocks)
{
    for (size_t block = 0; block < blocks; block++, samples += lanes * sizeof(SAMPLE)) {
        uint16_t any = 0;
        for (size_t i = 0; i < lanes; i++) {
            SAMPLE sample;
            memcpy(&sample, samples + i * sizeof sample, sizeof sample);
            any |= (uint16_t)(SAMPLE)(ORDER(sample) - in.start[i]) < in.count[i];
        }
        if (any)
            return block;
    }
    return blocks;
}

/* All of a block is looked at before any of it is stored: 'to' may be 'from'. */
static size_t SHIFT(struct mmi__shifts by, const unsigned char *from, unsigned char *to, size_t lanes, size_t blocks)
{
    for (size_t block = 0; block < blocks; block++) {
        uint16_t outside = 0;
        for (size_t i = 0; i < lanes; i++) {
            SAMPLE stored;
            memcpy(&stored, from + i * sizeof stored, sizeof stored);
            SAMPLE sample = ORDER(stored);
            uint16_t first = (uint16_t)((SAMPLE)(sample - by.start[0][i]) > by.last[0][i]);
            uint16_t second = (uint16_t)((SAMPLE)(sample - by.start[1][i]) > by.last[1][i]);
            outside |= first & second;
        }
        if (outside)
            return block;
#pragma omp simd
        for (size_t i = 0; i < lanes; i++) {
            SAMPLE stored;
            memcpy(&stored, from + i * sizeof stored, sizeof stored);
            SAMPLE sample = ORDER(stored);
            uint16_t first = by.by[0][i], second = by.by[1][i];
            bool is_first = (SAMPLE)(sample - by.start[0][i]) <= by.last[0][i];
            sample = (SAMPLE)(sample - (is_first ? first : second));
            stored = ORDER(sample);
            memcpy(to + i * sizeof stored, &stored, sizeof stored);
        }
        from += lanes * sizeof(SAMPLE);
        to += lanes * sizeof(SAMPLE);
    }
    return blocks;
}

#undef CLEAN
#undef SHIFT
#undef ORDER
#undef SAMPLE
