/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_CONTAINER_H
#define MMIMAGE_CONTAINER_H

/*
 * container: where the samples lie in a file that begins with a header, or that has its header in another file.
 *
 * Nothing here opens a file. The caller supplies a function that reads bytes at any offset. When the samples lie in
 * another file than the header, the result has the name of this file. The caller decides whether to open it.
 *
 *     attached   header | samples           npy pam pnm farbfeld mha nrrd vips tiff fits nifti mrc
 *     detached   header -> samples          mhd nhdr hdr/img: the header tells the file's name, mmi_container.place
 *     sidecar    samples <- header          ENVI and EHdr: the names are alike, see mmi_container_sidecar()
 *     listed     header -> many files       mhd nhdr: each has an equal share of the image, mmi_container.files
 *
 * A stack of images (volumes, cubes, series) becomes one image, whose frames lie one below the other. The numbers of a
 * header are checked: an image that is returned has passed mmi_image_check(), and attached samples lie in the file.
 */

#include <mmimage/image.h>
#include <mmimage/pieces.h>

MMV_BEGIN_DECLS

typedef enum mmi_format {
    MMI_AUTO = 0,
    MMI_RAW,
    MMI_NPY,       /* NumPy: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
    MMI_PAM,       /* netpbm, pam(5) */
    MMI_PNM,       /* netpbm, pgm(5) and ppm(5), binary */
    MMI_FARBFELD,  /* https://tools.suckless.org/farbfeld/ */
    MMI_ENVI,      /* https://www.nv5geospatialsoftware.com/docs/ENVIHeaderFiles.html */
    MMI_EHDR,      /* Esri BIL, BIP and BSQ */
    MMI_METAIMAGE, /* ITK, .mha and .mhd */
    MMI_NRRD,      /* https://teem.sourceforge.net/nrrd/format.html */
    MMI_VIPS,      /* libvips .v */
    MMI_TIFF,      /* TIFF 6.0 and BigTIFF */
    MMI_FITS,      /* FITS standard 4.0 */
    MMI_NIFTI,     /* NIfTI-1 and NIfTI-2 */
    MMI_MRC,       /* MRC2014 */
    MMI_ANALYZE,   /* Analyze 7.5, a pair of files */
    MMI_FORMATS    /* how many there are; no format */
} mmi_format;

/* The most bytes of a header of text. Longer headers are refused. */
#define MMI_HEADER_MAX (1024 * 1024)

/*
 * mmi_read_fn - read bytes [offset, offset+length) of a file. Readers ask only for bytes that lie in the file.
 * Errors:  any status but MMV_OK ends the reading and is returned.
 */
typedef mmv_status mmi_read_fn(void *user, uint64_t offset, void *bytes, size_t length);

/* A file as a reader sees it. */
typedef struct mmi_source {
    mmi_read_fn *read;
    void *user;
    uint64_t size;
} mmi_source;

/* The kinds of header fields that become wrong when samples are changed. */
typedef enum mmi_stale_kind {
    MMI_STALE_MIN = 0,
    MMI_STALE_MAX,
    MMI_STALE_MEAN,
    MMI_STALE_RMS,
    MMI_STALE_DATA_SUM, /* FITS' DATASUM, see fits_sum.h */
    MMI_STALE_UNIT_SUM  /* FITS' CHECKSUM, which also covers the header */
} mmi_stale_kind;

/* How the value of such a field is written in the header. */
typedef enum mmi_stale_form {
    MMI_STALE_TEXT = 0, /* digits, in 'length' characters at 'offset'; spaces fill the rest */
    MMI_STALE_QUOTED,   /* the same, but between apostrophes, which 'length' includes */
    MMI_STALE_NUMBER,   /* 'count' numbers of 'type'. If 'each' is true each channel has a number of its own. Otherwise
                           every number is the figure of all channels together */
    MMI_STALE_APART,    /* offset and length are not given: the field can be reported, but not corrected */
} mmi_stale_form;

typedef struct mmi_stale {
    char name[24]; /* name of the field in the format */
    mmi_stale_kind kind;
    mmi_stale_form form;
    uint64_t offset; /* in the file that has the header */
    uint32_t length; /* bytes */
    mmi_type type;
    uint32_t count;
    bool each;
} mmi_stale;

/* The most fields of one header that are reported. */
#define MMI_STALE_FIELDS 8

/* Kinds of notes. A note of a reader says in one line what it has left out or assumed. */
typedef enum mmi_note_kind {
    MMI_NOTE_RAW = 0,    /* nothing says what the file is: its bytes are taken for samples */
    MMI_NOTE_BEHIND,     /* bytes behind the samples */
    MMI_NOTE_PARTS,      /* further images, pages, arrays, or files of samples */
    MMI_NOTE_ASSUMED,    /* what the header does not say, or not clearly */
    MMI_NOTE_STALE,      /* statistics and smaller copies that a change makes wrong */
    MMI_NOTE_UNFINISHED, /* a run that changes the file has not ended */
    MMI_NOTE_NO_DATA,    /* samples that stand for "nothing there" */
    MMI_NOTE_MEANING,    /* a sample means more than its number: scaled, a truth value, darker when larger ... */
    MMI_NOTE_SATURATED,  /* samples at the lowest or highest possible value */
    MMI_NOTE_KINDS       /* how many there are; no kind */
} mmi_note_kind;

#define MMI_NOTE_TEXT 240 /* bytes, with the NUL; the end of a longer text is left out */
typedef struct mmi_note {
    mmi_note_kind kind;
    char text[MMI_NOTE_TEXT]; /* one line, with no newline at its end; '?' stands for what is not printable ASCII */
} mmi_note;

/* The most notes of one header. */
#define MMI_NOTES 8

/* The meaning of large and small samples of an image. */
typedef enum mmi_meaning {
    MMI_MEANS_LIGHT = 0, /* more is brighter, or nothing is known */
    MMI_MEANS_DARK,      /* more is darker: TIFF's WhiteIsZero, also called MinIsWhite */
    MMI_MEANS_INK,       /* amounts of ink, CMYK: more is darker */
    MMI_MEANS_LAB        /* CIE L*a*b*: the first channel is lightness, the others are no light */
} mmi_meaning;

/* The most values of one header that stand for "no data". */
#define MMI_NO_DATA 4

/* Which file has the samples that a header describes. */
typedef enum mmi_samples_place {
    MMI_SAMPLES_HERE = 0, /* the header's own file */
    MMI_SAMPLES_NAMED,    /* the file whose path from the header's folder is 'name' */
    MMI_SAMPLES_ENDING,   /* the file with the header's name, but with the ending 'name', as ".img" */
    MMI_SAMPLES_SIDECAR,  /* a file with one of the names that mmi_container_sidecar() gives */
    MMI_SAMPLES_LISTED    /* the files of mmi_container.files, whose paths begin at the header's folder */
} mmi_samples_place;

/* The names of the files that have the samples of one image, in the order of its rows. */
typedef struct mmi_files mmi_files;

/* The most files of one image. An image in more files is refused. */
#define MMI_FILES_MAX 65536

/*
 * mmi_files_count() - how many files there are, at least 1.
 * mmi_files_name() - the name of one of the files; the string lives as long as the list.
 */
MMV_API uint32_t mmi_files_count(const mmi_files *files);
MMV_API const char *mmi_files_name(const mmi_files *files, uint32_t index);

/*
 * All that a header can say.
 * size: all fields are in one struct, since a reader fills in all of them, and tools copy them together
 */
typedef struct mmi_container {
    mmi_format format;
    mmi_image image;  /* width and height are known, unless the format is MMI_RAW */
    uint64_t frames;  /* >= 1: images of height / frames rows each, one below the other; 1 for bsq */
    uint64_t offset;  /* byte of its file where the samples begin */
    uint64_t length;  /* bytes of samples */
    bool from_end;    /* the samples are the last bytes of their file: mmi_container_fit() sets offset */
    double low, high; /* lowest and highest value of a sample: the ends of the type, unless the format says less */
    uint64_t unit;    /* FITS: byte where the header of the samples' unit begins; the samples follow this header */
    double slope, intercept;           /* a stored sample means slope * stored + intercept; 1 and 0 by default */
    mmi_stale stale[MMI_STALE_FIELDS]; /* stale[0..stale_count): fields that a change of the samples makes wrong */
    unsigned stale_count;
    mmi_samples_place place; /* which file has the samples */
    char name[256];          /* see mmi_samples_place; "" otherwise */
    uint64_t name_at; /* MMI_SAMPLES_NAMED: where in the header the name stands. MMI_SAMPLES_LISTED: where "LIST" or the
                         pattern stands */
    char problem[256]; /* why the header was refused: field and reason */
    mmi_meaning meaning;
    uint64_t part, parts; /* this is image, page or array 'part', from 1, of 'parts' in the file; 0 = not known */
    char part_name[80];   /* the name of the part in the file; "" = no name */
    double no_data[MMI_NO_DATA]; /* no_data[0..no_data_count): stored samples that mean "nothing there" */
    unsigned no_data_count;
    mmi_note notes[MMI_NOTES]; /* notes[0..note_count): what was left out or assumed */
    unsigned note_count;
    /*
     * Where the samples lie when they are not one range of bytes; NULL = they are one range. With pieces 'offset' is
     * the lowest byte that belongs to a piece, and 'length' is the sum of the bytes of all samples.
     * mmi_container_free() frees the pieces
     */
    mmi_pieces *pieces;
    /*
     * Some programs write the name of this image's type, but mean samples of another size. 'doubtful_length' is the
     * length of the samples if they have this other size; 0 = the type is not doubtful. mmi_container_fit() refuses a
     * file whose samples have exactly this length
     */
    uint64_t doubtful_length;
    /*
     * MMI_SAMPLES_LISTED: the files, mmi_pieces_files(pieces) of them. In each file the samples begin at 'offset'. With
     * 'from_end' they are the last bytes of each file: mmi_container_fit_file() then changes 'pieces', not 'offset'.
     * mmi_container_free() frees the list; NULL = there is one file
     */
    mmi_files *files;
    uint64_t reserved_[5]; /* room for fields of later versions */
} mmi_container;

/* What is wanted of a file. A struct of zero bytes means: find out what the file is, and take its first part. */
typedef struct mmi_wish {
    mmi_format format; /* MMI_AUTO: the first bytes tell. MMI_RAW: no byte of the file is read */
    /*
     * How many samples a pixel is expected to have; 0 = not known. In some headers the last number of a shape may count
     * samples of a pixel or images. It counts samples when it equals 'samples'
     */
    uint32_t samples;
    const char *part; /* number of a part from 1, or its name in the file; NULL = the first part. "all" = all parts, if
                         they have one geometry and lie at equal distances */
    uint64_t reserved_[6]; /* zero: room for fields of later versions */
} mmi_wish;

/* mmi_format_parse(), mmi_format_name() - "auto", "raw", "npy", "pam", "pnm", "farbfeld", "envi", "ehdr", "mhd" ... */
MMV_API bool mmi_format_parse(const char *text, mmi_format *format_ret);
MMV_API const char *mmi_format_name(mmi_format format);

/*
 * mmi_container_read() - parse a header.
 * Shape:   when the first bytes have the mark of no format, container_ret->format is MMI_RAW, and nothing else is
 *          filled in. 'wish' may be NULL, which means the same as a struct of zero bytes.
 * Errors:  container_ret->problem says why. MMV_EINVAL when the header is wrong. MMV_ENOTSUP when its samples are
 *          compressed, or of a kind that cannot be worked on in place. MMV_ETRUNC when the file is shorter than its
 *          header says. MMV_EKIND when the file is not of the wanted format, MMV_ENOENT when it has no such part. For
 *          MMV_ENOMEM, and for the errors of 'read', problem is "".
 * Owner:   the caller, until mmi_container_free(); after an error there is nothing to free. Copies of the struct share
 *          its memory.
 * Threads: any number at once.
 */
MMV_API mmv_status mmi_container_read(const mmi_source *source, const mmi_wish *wish, mmi_container *container_ret);

/* mmi_container_free() - free the memory that a container holds; freeing twice is harmless. */
MMV_API void mmi_container_free(mmi_container *container);

/* What the bytes of a file show before a header is parsed. */
typedef enum mmi_mark {
    MMI_MARK_NONE = 0, /* no mark: raw samples, or a format without a mark */
    MMI_MARK_FORMAT,   /* the mark of a format that has a reader */
    MMI_MARK_OTHER     /* another kind of file, as PNG, gzip or text: mmi_container_read() refuses it */
} mmi_mark;

typedef struct mmi_clue {
    mmi_mark mark;
    mmi_format format;  /* MMI_MARK_FORMAT: the format; else MMI_RAW */
    const char *name;   /* MMI_MARK_OTHER: what the file is, as "gzip", a static string; else NULL */
    const char *remedy; /* MMI_MARK_OTHER: what can be done, as "unpack it with gunzip" */
    bool is_text;       /* text, which may be a header without a mark */
    bool is_wide;       /* text of two bytes a character, which no reader takes */
} mmi_clue;

/*
 * mmi_container_look() - find the mark of a format, or of a kind of file that is never raw samples.
 * Shape:   reads the first 4160 bytes, and of longer files some bytes at a dozen places within 1 MiB. No header is
 *          parsed. After MMI_MARK_NONE mmi_container_read() with MMI_AUTO would find nothing either, and need not be
 *          called. Text without a mark is MMI_MARK_OTHER, even if it is the header of a format without a mark.
 * Errors:  what 'read' returns.
 */
MMV_API mmv_status mmi_container_look(const mmi_source *source, mmi_clue *clue_ret);

/*
 * mmi_format_of_name() - the format to which the ending of a name belongs, in small or capital letters.
 * Shape:   MMI_AUTO = the ending belongs to no format. ".hdr" is MMI_EHDR, whose headers have no mark. Names of ENVI,
 *          NIfTI and Analyze headers end in ".hdr", too, but mmi_container_look() knows these headers by their bytes.
 *          A name proves nothing; it is a reason to ask the user before the bytes are read as samples.
 */
MMV_API mmi_format mmi_format_of_name(const char *name);

/*
 * mmi_container_fit() - check that the samples which a header in another file describes can lie in a file of 'size'
 * bytes.
 * Errors:  MMV_ETRUNC, MMV_EINVAL; container->problem says why.
 */
MMV_API mmv_status mmi_container_fit(mmi_container *container, uint64_t size);

/* mmi_container_fit_file() - the same for file number 'file' of many. Call this before you ask for its pieces. */
MMV_API mmv_status mmi_container_fit_file(mmi_container *container, uint32_t file, uint64_t size);

/*
 * mmi_container_sidecar() - names that the other file of a pair may have.
 * Shape:   for a file of samples called 'name' the call gives names of headers: NAME.hdr, and NAME with .hdr instead of
 *          its ending. For endings of bare samples (.raw .img .bin ...) it also gives names with .mhd and .nhdr. For a
 *          header called 'name' it gives names of files of samples. Endings come in lowercase and in uppercase.
 *          'index' counts the names from 0; the call returns false when there are no more. text is "" for a name that
 *          is too long for text[0..size), or that came before.
 */
MMV_API bool mmi_container_sidecar(const char *name, bool is_header, unsigned index, char *text, size_t size);

/*
 * mmi_container_write() - make a header for an image whose samples follow the header, or lie in the file 'data'.
 * Shape:   headers of npy, pam, pnm and farbfeld stand in front of the samples. Headers of ENVI and MetaImage are files
 *          of their own; that of MetaImage names 'data'.
 * Errors:  MMV_ENOTSUP when the format cannot say what the image is, or has no writer; header->problem says why.
 */
typedef struct mmi_written_header {
    char *bytes; /* bytes[0..size): the caller's, to be filled */
    size_t size;
    size_t length;     /* bytes that the header needs; when these are more than size, call again with more room */
    char problem[256]; /* why there is no header; else "" */
} mmi_written_header;
MMV_API mmv_status mmi_container_write(mmi_format format, const mmi_image *image, const char *data,
                                       mmi_written_header *header);

/* mmi_format_is_apart() - whether a format's header is a file of its own, and the ending of its name ("hdr", "mhd"). */
MMV_API bool mmi_format_is_apart(mmi_format format, const char **ending_ret);

MMV_END_DECLS

#endif
