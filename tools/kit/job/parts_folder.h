/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PARTS_FOLDER_H
#define TOOLS_PARTS_FOLDER_H

/* parts_folder: the inside of parts: the folder OUT.parts and the small files in it. Paths and descriptors are parts'.
 */

#include "kit/job/parts.h"

#define PARTS_DATA "data"
#define PARTS_PLAN "plan"
#define PARTS_HEADER "header"
#define PARTS_JOINED "joined\n" /* at a plan's end */
#define PARTS_NAMES "names "    /* where a plan says what samples and header are called */
#define PARTS_RIGHTS "rights"
#define PARTS_RIGHTS_FORM "%o\n"
#define PARTS_MARK_NAME 64

/* TOOL_DONE, or what went wrong, as an exit status: 'what' is said, and 'error', an errno value. */
int parts_result(const struct parts *parts, const struct console *console, const char *what, int error);
int parts_set_path(struct parts *parts, const struct console *console, const char *out);

/* ---- small files; these return 0 or an errno value */

/* Whole or not at all; with 'sync' it is on the device then. */
int parts_put(const struct parts *parts, const char *name, const char *text, bool sync);
/* The caller frees *text_ret. */
int parts_get(const struct parts *parts, const char *name, char **text_ret);
int parts_look_for(const struct parts *parts, const char *name);

/* ---- marks of parts that are done */

void parts_mark_name(char name[PARTS_MARK_NAME], uint64_t index, uint64_t count);
typedef int parts_mark_fn(void *user, uint64_t index, uint64_t count, const char *name);
/* Every mark in the folder, until 'fn' returns something else than TOOL_DONE, which is returned. */
int parts_each_mark(const struct parts *parts, const struct console *console, parts_mark_fn *fn, void *user);
/* Whether a mark is of this operation. */
bool parts_says(const struct parts *parts, const char *name, const char *operation);

/* ---- the folder; these return exit statuses */

/* Its last part may be no link. Without 'source' FILE is not known, and the folder above has to do. */
int parts_open_folder(struct parts *parts, const struct console *console, const struct file_facts *source);
int parts_check_folder(const struct parts *parts, const struct console *console, const struct file_facts *source);
int parts_open_data(const struct parts *parts, const struct console *console, int *descriptor_ret);
/* The same of another file. */
int parts_open_own(const struct parts *parts, const struct console *console, const char *name, enum file_access access,
                   int *descriptor_ret);

/* The paths of both files of a copy with a header apart. */
struct parts_names {
    char samples[PATH_MAX], header[PATH_MAX];
};
/* What the plan says of them; false = the copy is one file, OUT. */
bool parts_names(const struct parts *parts, struct parts_names *names_ret);
/* Whether it was prepared for parts that are joined. */
bool parts_are_joined(const struct parts *parts);
/* The data has its name already: whoever gave it was interrupted before the rest. */
bool parts_is_finished(const struct parts *parts);
/* What the folder holds goes, and the folder; the plan last, which tells that it is all over. */
int parts_remove(struct parts *parts, const struct console *console);

#endif
