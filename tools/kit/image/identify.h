/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_IDENTIFY_H
#define TOOLS_IDENTIFY_H

/*
 * identify: what a FILE is, in one answer. It is asked in this order, and the first answer counts:
 *
 *     --format=raw                          IDENTITY_RAW_SAID    nothing is looked at
 *     a container's mark in FILE            IDENTITY_CONTAINER, or IDENTITY_UNUSABLE and why
 *     a header beside FILE                  IDENTITY_CONTAINER, or IDENTITY_HEADER and why it is not understood
 *     a header of any name that names FILE  the same; IDENTITY_HEADER when it lists FILE among others
 *     the mark of another kind of file      IDENTITY_OTHER       and what it is
 *     the ending of a container's names     IDENTITY_UNUSABLE    unless --type is given
 *     nothing                               IDENTITY_RAW
 *
 * A header that is understood, and whose samples are the whole of FILE, outweighs the mark of another kind. Only
 * IDENTITY_CONTAINER, IDENTITY_RAW_SAID and IDENTITY_RAW are bytes to work on.
 */

#include <limits.h>

#include <mmimage/container.h>

#include "kit/file/beside.h"
#include "kit/image/notes.h"
#include "kit/job/settings.h"
#include "kit/os/file.h"

enum identified_as {
    IDENTITY_CONTAINER, /* 'container' is filled in, but for what lies apart: FILE may be its header alone */
    IDENTITY_UNUSABLE,  /* a container, and its samples cannot be worked on where they lie, or its header is wrong */
    IDENTITY_HEADER,    /* a header lies beside it that is not understood, or two that say different things */
    IDENTITY_OTHER,     /* plainly something else */
    IDENTITY_RAW_SAID,  /* samples and nothing else, the user said */
    IDENTITY_RAW,       /* the same, since nothing tells otherwise */
    IDENTITY_FAILED     /* its bytes cannot be read */
};

/* The size of a file whose end is not known: zeros are read where the descriptor has no more bytes. */
#define IDENTIFY_ENDLESS ((uint64_t)1 << 62)

struct identify_request {
    const char *path; /* of FILE */
    int descriptor;   /* of FILE, to read from; the caller's */
    struct file_facts info;
    const struct pixel_settings *asked;
    struct beside_names *beside; /* of a command with many FILEs; NULL = each name is looked for */
    bool is_stream;              /* the path is not where FILE's bytes lie: no header can name it */
};

struct identified {
    enum identified_as is;
    mmi_container container;
    char header[PATH_MAX];         /* that lies beside FILE, understood or not; "" = none */
    struct file_facts header_info; /* of that one */
    char about[PATH_MAX];          /* which file cannot be used: FILE, or a header beside it; "" = FILE */
    char why[1024];                /* of UNUSABLE, HEADER, OTHER, FAILED: the reason, and what can be done */
    struct notes notes;            /* the caller's: notes_drop() */
};

/* identify() - FILE's bytes are read, a header in a sandbox; files beside it are opened, and closed again. */
void identify(const struct identify_request *request, struct identified *identified);

/*
 * identify_payload() - the options that mean the samples of a container, and nothing of its header: what to say instead
 * of --format=raw alone.
 * Shape:   'file_size' is that of the file with the samples. text[0..size); false = their place is not known, or they
 *          lie in pieces.
 */
bool identify_payload(const mmi_container *container, uint64_t file_size, char *text, size_t size);

/* What is said in front of --format=raw where the place of the samples is not known. */
#define IDENTIFY_RAW_HARMS "--format=raw takes every byte of it for a sample, its header included"

#endif
