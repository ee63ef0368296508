/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_HEADER_H
#define MMIMAGE_FORMATS_HEADER_H

/*
 * header: what the readers of all formats share. No reader believes a number: counts go through mmi__count(), the shape
 * of the image through mmi__describe(), and memory is taken for bytes that are in the file only.
 */

#include "system/system.h"

#include <mmimage/container.h>
#include <mmview/range.h>

#include <stdarg.h>

/* One reading. */
typedef struct mmi__header {
    const mmi_source *source;
    uint32_t samples; /* that the caller expects; 0 = any */
    const char *part; /* that the caller wants; NULL = the first. Who chooses one sets container->part */
    mmi_container *container;
} mmi__header;

typedef mmv_status mmi__read_format(mmi__header *header);

/* A format: how it is known, and who reads it. */
mmi__read_format mmi__read_npy, mmi__read_pam, mmi__read_pnm, mmi__read_farbfeld, mmi__read_envi, mmi__read_ehdr,
    mmi__read_metaimage, mmi__read_nrrd, mmi__read_vips, mmi__read_tiff, mmi__read_fits, mmi__read_nifti, mmi__read_mrc,
    mmi__read_analyze;

/* Says why in container->problem, as "FIELD: reason", and returns 'status'. */
__attribute__((format(MMI__PRINTF_FORMAT, 4, 5))) mmv_status mmi__refuse(mmi_container *container, mmv_status status,
                                                                         const char *field, const char *reason, ...);

/* Tells of something that was left out or assumed, in container->notes. A note too many is left out. */
__attribute__((format(MMI__PRINTF_FORMAT, 3, 4))) void mmi__note(mmi_container *container, mmi_note_kind kind,
                                                                 const char *text, ...);

/*
 * mmi__take_no_data() - a value of a field that stands for "nothing there", with a note. NaN is one for floats alone; a
 * value that no sample can have is noted as such, and left out. Integers that were rounded are refused: another value
 * would be left alone, and this one changed.
 */
mmv_status mmi__take_no_data(mmi_container *container, const char *field, double value, bool is_rounded);

/* Whether 'value' is not the whole number that 'text' says: beyond 2^53 a double holds only some. */
bool mmi__is_rounded(const char *text, double value);

/* Bytes that must be there: MMV_ETRUNC when the file ends before. */
mmv_status mmi__fetch(mmi__header *header, uint64_t offset, void *bytes, size_t length);

/* What a number may be. */
typedef struct mmi__limits {
    uint64_t least, most;
} mmi__limits;

/* A whole number within the limits, and nothing behind it but blanks. */
mmv_status mmi__count(mmi__header *header, const char *field, const char *text, mmi__limits limits,
                      uint64_t *value_ret);
mmv_status mmi__real(mmi__header *header, const char *field, const char *text, double *value_ret);

/* Digits at *text; false when there are none, or too many. */
bool mmi__take_count(const char **text, uint64_t *value_ret);

/* Numbers with blanks between them: how many there are, of which the first 'most' are stored; 0 when one is none. */
size_t mmi__take_counts(const char *text, uint64_t *values, size_t most);

uint64_t mmi__bits(const unsigned char *bytes, size_t size, bool big_endian);
int64_t mmi__signed(const unsigned char *bytes, size_t size, bool big_endian);
double mmi__f32(const unsigned char *bytes, bool big_endian);

/* The image that a header has told of, its samples from byte 'offset': checked, and put into the container. */
mmv_status mmi__describe(mmi__header *header, mmi_image image, uint64_t frames, uint64_t offset);

/* A kind by size and nature; false when there is none. */
bool mmi__kind_of(unsigned bits, bool is_signed, bool is_float, mmi_kind *kind_ret);

/* A key and its value, see lines.h. */
typedef struct mmi__line {
    const char *key; /* not ended */
    size_t key_length;
    char *value;     /* ended by a NUL, without blanks around it */
    uint64_t offset; /* of the value in the file */
} mmi__line;

/*
 * mmi__add_stale() - a field that an edit makes wrong: all but its name, and of numbers the length. A field too many is
 * not told of.
 * mmi__stale_number() - one that is one sample of 'type'. mmi__stale_text() - one that is a line's value.
 */
void mmi__add_stale(mmi_container *container, const char *name, mmi_stale stale);
mmi_stale mmi__stale_number(mmi_stale_kind kind, mmi_type type, uint64_t offset);
mmi_stale mmi__stale_text(mmi_stale_kind kind, const mmi__line *line);

/* Whether the key is 'name', whatever the case of its letters. */
bool mmi__is_key(const mmi__line *line, const char *name);

/* Whether a header's text can be the name of a file with samples: one that fits mmi_container.name. */
bool mmi__is_file_name(const char *text);

/* The samples lie in the file with this name, which stands at byte 'at' of the header. */
void mmi__name_samples(mmi_container *container, const char *name, uint64_t at);

/* Whether two texts are equal, whatever the case of their letters. */
bool mmi__same(const char *a, const char *b);

#endif
