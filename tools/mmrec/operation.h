/* SPDX-License-Identifier: MIT */
#ifndef MMREC_OPERATION_H
#define MMREC_OPERATION_H

/* operation: what is done to which records, in words that journals and parts of a new file compare. */

#include "kit/cli/builder.h"
#include "mmrec/subject.h"

/* operation_text() - for free(3); NULL = no memory. */
char *operation_text(const struct subject *subject);

/* operation_add_text(), operation_add_fields() - pieces of it: a text, unless it is NULL, and where fields lie. */
void operation_add_text(struct builder *out, const char *name, const char *text);
void operation_add_fields(struct builder *out, const char *name, const struct fields *fields);

#endif
