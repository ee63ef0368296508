/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_PLAN_H
#define MMBRIGHT_PLAN_H

/*
 * plan: what a command will do to which bytes of one FILE. Making one opens FILE and touches nothing. Once made it is
 * constant, but for what 'to' leads to and, of samples in several files, which of these is in hand (turns.h).
 */

#include <mmimage/adjust.h>
#include <mmview/journal.h>

#include "kit/image/image_file.h"
#include "kit/image/no_data.h"
#include "mmbright/command/command.h"
#include "mmbright/command/meaning.h"

struct destination;

/* What of the work this process does: all of it, or one shard's. */
struct share {
    mmv_range range;         /* in place: from the first byte that it changes to the last. Of a copy: what it writes */
    bool has_head, has_tail; /* of a copy it also writes what is in front of the image, and behind it */
    uint64_t pixels;         /* how many of them change here */
};

/* In bytes of the file, in the order of the work; no two have a byte in common. */
struct spans {
    mmi_span *list;
    size_t count;
};

/* A file of several, of which something changes, or which goes into a copy. */
struct file_turn {
    uint32_t file;
    mmv_range reach; /* its bytes that are the image's, from the first to the last */
    mmv_range
        own; /* in place: what of them this process changes, from the first to the last. Of a copy: what it writes */
    struct spans spans;
};

/* A file of which the shards of a job change something. */
struct file_whole {
    uint32_t file;
    mmv_range reach; /* as in file_turn */
};

/* All of them, in the order of the files. */
struct file_wholes {
    struct file_whole *list; /* of turns_drop() */
    size_t count;
    uint64_t bytes; /* that all shards change together */
};

struct turns {
    struct file_turn *list; /* of turns_drop() */
    size_t count;           /* 0 = the samples lie in one file, or nothing changes */
    size_t now;             /* whose turn it is */
    uint32_t file;          /* the number of that file; 0 where there is only one */
    bool is_taken;
    struct file_wholes whole; /* of what all shards change */
};

/* size: what each of the steps in plan.c decides of one FILE, which the next ones need */
struct bright_plan {
    const struct command *command;
    const struct console *console;
    struct image_file input;     /* open; its path is the file with the samples: of several that in hand */
    struct inputs own;           /* what of the run's inputs this FILE is: samples and header */
    const struct inputs *inputs; /* what nothing that is written may be: all inputs of the run, or else its own */
    struct meaning meaning;      /* of the command, for its pixels */
    mmi_image image;             /* what of the input is taken for the image */
    const mmi_pieces *pieces;    /* the input's, where its samples lie in many places; NULL = in 'range' */
    bool are_rows;               /* the pieces are rows of a raw image, from --offset on */
    mmi_region region;           /* all zero = the whole image */
    mmv_range range;             /* the image's bytes in FILE; nothing outside of them changes. Of pieces from the
                                    first byte to the last */
    uint64_t pixels;             /* how many the change reaches, of all shares together */
    struct no_data no_data;      /* samples that stay as they are */
    mmi_adjust *adjust;          /* of change_image(); NULL = the image is empty */
    mmi_adjust_options options;  /* what it was made of; the plan's, the command's */
    double *amounts;             /* of stored samples, where a header scales them; NULL = the command's */
    struct share share;          /* this process' */
    struct spans runs;           /* of pieces: what all shares go over, in the order of FILE, see runs.h */
    struct spans spans;          /* what it changes, a walk each */
    struct turns turns;          /* where the samples lie in several files: range, share and spans are those of one */
    struct destination *to;      /* the caller's: where the result goes */
    mmv_journal_cache **neighbours; /* the caller's: see plan_request */
};

struct plan_request {
    const struct command *command;
    const struct console *console;
    const char *file;
    /* Remembers journals from one FILE to the next: the caller's, for mmv_journal_cache_free(). */
    mmv_journal_cache **neighbours;
    const struct inputs *inputs; /* of the whole run; NULL while they are not known, or FILE's are all */
    struct beside_names *beside; /* of the whole run; NULL = FILE is alone */
    struct image_look *look;     /* of FILE: see image_request */
};

/*
 * plan_make() - look at everything. Returns an exit status; the fault has been said. plan_drop() in any case.
 * Owner:   command and console, which 'request' names, and 'to', which need not be initialised, live as long as the
 *          plan.
 */
int plan_make(struct bright_plan *plan, struct destination *to, const struct plan_request *request);

/* plan_drop() - closes FILE and what there is at the destination, too. */
void plan_drop(struct bright_plan *plan);

/* plan_work() - bytes that the whole work of this process handles. */
uint64_t plan_work(const struct bright_plan *plan);

#endif
