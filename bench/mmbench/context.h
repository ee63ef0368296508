/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_CONTEXT_H
#define MMBENCH_CONTEXT_H

/* context: the facts about machine and settings without which no figure means anything, for the head of the JSON. */

/* context_add() - hand them to the harness; 'path' is the file or folder that is measured on. */
void context_add(const char *path);

#endif
