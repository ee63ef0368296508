/* SPDX-License-Identifier: MIT */
#ifndef MMPNG_DRAWING_H
#define MMPNG_DRAWING_H

/* drawing: which pixels of an image become which picture, and in how many bands. Constant once it is planned. */

#include "kit/image/no_data.h"
#include "kit/picture/mapping.h"
#include "kit/picture/rows.h"
#include "mmpng/settings.h"

/* Gray or colours, each with or without alpha. */
#define DRAWING_CHANNELS 4

/* A picture's row in memory, several times. */
#define DRAWING_ROW_MAX (64 * MMV_MIB)

struct drawing {
    const struct png_settings *settings;
    const struct console *console;
    struct image_file *file;             /* its notes are added to */
    mmi_image image;                     /* width and height are known */
    mmi_region region;                   /* edges filled in */
    uint32_t channels[DRAWING_CHANNELS]; /* of the image, in the picture's order */
    uint32_t samples;                    /* how many: the picture's */
    struct rows rows;                    /* of the picture */
    struct mapping mapping;
    struct no_data no_data; /* samples that are black, or transparent where all colours of a pixel are such */
    bool is_dark;           /* more is darker: the picture has it the other way round */
    size_t row, pixel;      /* bytes of the picture's */
    uint64_t band_rows;     /* of each band but the last */
    uint64_t bands;
};

/*
 * drawing_fit() - image, region and rows, before anything is read. drawing_choose_mapping() - the rest, for which the
 * samples may have to be read. Both return an exit status; what is wrong was said.
 */
int drawing_fit(struct drawing *drawing);
int drawing_choose_mapping(struct drawing *drawing);

/* drawing_has_alpha() - whether the last sample of a pixel is how opaque it is. */
bool drawing_has_alpha(const struct drawing *drawing);

/* drawing_finish() - 'pixels' pixels of the picture, made of samples as they are stored: what these mean. */
void drawing_finish(const struct drawing *drawing, const unsigned char *samples, unsigned char *picture, size_t pixels);

/* drawing_rows() - rows of a band; all but the last have as many. */
uint64_t drawing_rows(const struct drawing *drawing, uint64_t band);

#endif
