/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OWN_H
#define TOOLS_OWN_H

/*
 * own: files that the tools keep for themselves beside those that people work on. A pattern of the shell finds both: so
 * each tool leaves its own ones out of a list, and refuses one that stands alone.
 *
 * A file is known by its first 8 bytes, see mmv_map_own_kind(). What becomes somebody's file has none: it is known by
 * its name, .NAME.0123456789abcdef, or as data and header of OUT.parts.
 */

#include <stddef.h>
#include <stdio.h>

#include <mmview/journal.h>

#include "kit/cli/console.h"

enum own {
    OWN_NOT = 0,
    OWN_JOURNAL,
    OWN_JOB,
    OWN_MARK,
    OWN_PARTS,     /* OUT.parts, and what is in it */
    OWN_TEMPORARY, /* that a run has not finished writing */
    OWN_OTHER,
};

/* What the plan and the marks in OUT.parts begin with, the zero included. */
#define OWN_PARTS_BEGINNING "mmvpart"

/* own_kind() - what an open file is that is called 'path'. */
enum own own_kind(const mmv_map *map, const char *path);

/* own_kind_at() - what has this name, also a folder. What cannot be opened is OWN_NOT: somebody else will say so. */
enum own own_kind_at(const char *path);

/* own_refuse() - say what a FILE is, and what can be done with it. Returns TOOL_USAGE. */
int own_refuse(const struct console *console, const char *path, enum own kind);

/*
 * own_protect() - whether an output may take this name from what has it: without its journal an interrupted run cannot
 * be finished. Returns an exit status; the refusal was said.
 */
int own_protect(const struct console *console, const char *path);

/*
 * own_set_aside() - take the tools' own files out of a list of several.
 * Shape:   those of names[0..count) that are none come first, in their order, and the others follow in theirs. Returns
 *          how many come first. A list of one stays as it is.
 */
size_t own_set_aside(char **names, size_t count);

/* own_refuse_all() - nothing is left of a list of 'count'. Returns TOOL_USAGE. */
int own_refuse_all(const struct console *console, size_t count);

/*
 * own_tell() - what was left out of a list of 'total': names[0..count).
 * own_tell_json() - an object for one of them, with the keys "file", "left_out" and, if asked for, a "status" of 0.
 */
void own_tell(const struct console *console, char *const *names, size_t count, size_t total);
void own_tell_json(FILE *out, const struct console *console, const char *name, bool has_status);

#endif
