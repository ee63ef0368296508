/* SPDX-License-Identifier: MIT */
/*
 * false_alarms [PIECES [SEED]]: how often pieces of raw images are taken for something else than samples.
 *
 * Pieces of each sample type in both byte orders: of a photograph at full and at low contrast, gradients, noise,
 * counts, masks of few labels, and one pixel again and again. Prints a table of how many of PIECES (default 150) of
 * each kind mmi_container_look() takes for a container, another kind of file, or text. Exit 1 when a type has more than
 * one in 1,000.
 */

#include <mmimage/container.h>
#include <mmview/range.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHOTOGRAPH (512 * 384 * 4)
#define ROOM 65536

static int16_t photograph[PHOTOGRAPH];
static uint64_t state_of_chance;

/* xorshift64*, Vigna 2014: the same pieces for the same seed everywhere. */
static uint64_t chance(uint64_t below)
{
    state_of_chance ^= state_of_chance >> 12;
    state_of_chance ^= state_of_chance << 25;
    state_of_chance ^= state_of_chance >> 27;
    return (state_of_chance * 2685821657736338717u >> 11) % below;
}

static double fraction(void)
{
    return (double)chance(1u << 30) / (1u << 30);
}

/* Lengths of all sizes alike: 8 bytes to 8 KiB, and some up to 64 KiB. */
static size_t some_length(void)
{
    return (size_t)exp2(3 + fraction() * (chance(20) ? 10 : 13));
}

struct piece {
    mmi_type type;
    unsigned told;
    double low, high; /* what a sample can be; of floating-point numbers what it is here */
    uint32_t samples; /* of a pixel */
    size_t count;     /* of all samples */
    double values[ROOM];
};

static double within(const struct piece *piece, double share)
{
    return piece->low + share * (piece->high - piece->low);
}

/* ---- kinds of images --------------------------------------------------------------------------------------------- */

static void take_photograph(struct piece *piece, double contrast, double light)
{
    size_t at = chance(PHOTOGRAPH / 4) * 4;
    for (size_t i = 0; i < piece->count; i++) {
        size_t place = at + i / piece->samples * 4 + i % piece->samples;
        double share = (photograph[place % PHOTOGRAPH] + 32768.0) / 65536;
        piece->values[i] = within(piece, light + contrast * share);
    }
}

static void fill_photograph(struct piece *piece)
{
    take_photograph(piece, 1, 0);
}

/* As cameras and scanners of 8 to 12 bits fill wider samples: a small part of what there is, from somewhere on. */
static void fill_low_contrast(struct piece *piece)
{
    double contrast = exp2(-1 - (double)chance(8));
    take_photograph(piece, contrast, chance(2) ? 0 : fraction() * (1 - contrast));
}

static void fill_gradient(struct piece *piece)
{
    double from = fraction(), step = (fraction() - 0.5) / exp2((double)chance(14));
    bool by_pixel = chance(2);
    for (size_t i = 0; i < piece->count; i++) {
        double share = from + step * (double)(by_pixel ? i / piece->samples : i) / 16;
        piece->values[i] = within(piece, share - floor(share));
    }
}

static void fill_noise(struct piece *piece)
{
    double spread = exp2(-(double)chance(9)), from = fraction() * (1 - spread);
    for (size_t i = 0; i < piece->count; i++)
        piece->values[i] = within(piece, from + spread * fraction());
}

/* Photons, steps of a motor, rows: small whole numbers. */
static void fill_counts(struct piece *piece)
{
    uint64_t most = 2 + chance(300), from = chance(3) ? 0 : chance(100);
    bool in_order = chance(2);
    for (size_t i = 0; i < piece->count; i++)
        piece->values[i] = (double)(from + (in_order ? i / piece->samples : chance(most)));
}

/* Labels in runs; any byte may be one, also those of letters and line ends. */
static void fill_mask(struct piece *piece)
{
    double labels[8];
    uint64_t count = 2 + chance(7), run = 1 + chance(50);
    for (uint64_t i = 0; i < count; i++)
        labels[i] = chance(2) ? (double)chance(128) : within(piece, fraction());
    for (size_t i = 0; i < piece->count; i++)
        piece->values[i] = i % run || i == 0 ? piece->values[i ? i - 1 : 0] : labels[chance(count)];
    piece->values[0] = labels[0];
}

static void fill_constant(struct piece *piece)
{
    double pixel[4];
    for (uint32_t c = 0; c < piece->samples; c++)
        pixel[c] = chance(2) ? (double)chance(128) : within(piece, fraction());
    for (size_t i = 0; i < piece->count; i++)
        piece->values[i] = pixel[i % piece->samples];
}

static const struct kind {
    const char *name;
    void (*fill)(struct piece *piece);
} kinds[] = {{"photograph", fill_photograph}, {"low contrast", fill_low_contrast},
             {"gradient", fill_gradient},     {"noise", fill_noise},
             {"counts", fill_counts},         {"mask", fill_mask},
             {"constant", fill_constant}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- counting ---------------------------------------------------------------------------------------------------- */

struct file {
    unsigned char bytes[ROOM * 8];
    size_t length;
};

static mmv_status read_file(void *user, uint64_t offset, void *bytes, size_t length)
{
    const struct file *file = user;
    if (!mmv_range_fits(offset, length, file->length))
        return mmv_error_set(MMV_ETRUNC, 0, "read");
    memcpy(bytes, file->bytes + offset, length);
    return MMV_OK;
}

static double clamp(const struct piece *piece, double value)
{
    if (mmi_type_is_float(piece->type))
        return value;
    return fmin(fmax(trunc(value), mmi_type_minimum(piece->type)), mmi_type_maximum(piece->type));
}

/* Whether this piece is taken for something; says for what the first times. */
static bool is_alarm(struct piece *piece, const struct kind *kind)
{
    static struct file file;
    size_t size = mmi_type_size(piece->type);
    mmi_clue clue;
    piece->samples = (uint32_t)(1 + chance(4));
    file.length = some_length() / size * size;
    piece->count = file.length / size;
    kind->fill(piece);
    for (size_t i = 0; i < piece->count; i++)
        mmi_sample_set(piece->type, file.bytes + i * size, clamp(piece, piece->values[i]));
    const mmi_source source = {read_file, &file, file.length};
    if (mmi_container_look(&source, &clue) != MMV_OK)
        exit(2);
    if (clue.mark != MMI_MARK_NONE && piece->told++ < 5)
        printf("  %s of %u x %s, %zu bytes: %s\n", kind->name, piece->samples, mmi_type_name(piece->type), file.length,
               clue.name ? clue.name : mmi_format_name(clue.format));
    return clue.mark != MMI_MARK_NONE;
}

static unsigned long count_alarms(struct piece *piece, const struct kind *kind, unsigned long pieces)
{
    unsigned long alarms = 0;
    bool is_float = mmi_type_is_float(piece->type);
    for (unsigned long i = 0; i < pieces; i++) {
        piece->low = is_float ? 0 : mmi_type_minimum(piece->type);
        piece->high = !is_float ? mmi_type_maximum(piece->type) : chance(2) ? 1 : 65535;
        /* Signed samples are mostly used from 0 on. */
        if (!is_float && chance(2))
            piece->low = 0;
        alarms += is_alarm(piece, kind);
    }
    return alarms;
}

static bool load_photograph(const char *path)
{
    unsigned char bytes[2];
    FILE *file = fopen(path, "rb");
    for (size_t i = 0; file && i < PHOTOGRAPH; i++) {
        if (fread(bytes, sizeof bytes, 1, file) != 1)
            return false;
        photograph[i] = (int16_t)(bytes[0] | bytes[1] << 8);
    }
    return file && fclose(file) == 0;
}

int main(int argc, char **argv)
{
    static struct piece piece;
    unsigned long pieces = argc > 1 ? strtoul(argv[1], NULL, 10) : 150;
    bool failed = false;
    state_of_chance = 88172645463325252u + (argc > 2 ? strtoul(argv[2], NULL, 10) : 0);
    if (!load_photograph(TEST_PHOTOGRAPH)) {
        fprintf(stderr, "%s: cannot be read\n", TEST_PHOTOGRAPH);
        return 2;
    }
    printf("%-6s %8s", "type", "pieces");
    for (size_t k = 0; k < KINDS; k++)
        printf(" %12s", kinds[k].name);
    printf(" %12s\n", "of 1,000");
    for (int i = 0; i < 2 * MMI_KINDS; i++) {
        unsigned long alarms[KINDS], sum = 0;
        piece.type = (mmi_type){(mmi_kind)(i / 2), i % 2};
        if (mmi_type_size(piece.type) == 1 && piece.type.big_endian)
            continue;
        piece.told = 0;
        for (size_t k = 0; k < KINDS; k++)
            sum += alarms[k] = count_alarms(&piece, &kinds[k], pieces);
        printf("%-6s %8lu", mmi_type_name(piece.type), pieces * KINDS);
        for (size_t k = 0; k < KINDS; k++)
            printf(" %12lu", alarms[k]);
        printf(" %12.3f\n", 1000.0 * (double)sum / (double)(pieces * KINDS));
        failed = failed || sum * 1000 > pieces * KINDS;
    }
    return failed;
}
