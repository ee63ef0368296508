/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LEFT_H
#define TESTS_LEFT_H

/* left: a process that closes nothing of what it has opened, and what it leaves in the shared folder. */

/* One object of each kind of a name, open in this process; scratch("file") must be there. Not 0: one of them failed. */
int left_open_all(const char *name);

/* The same as a child, which exits then. */
int left_open_and_exit(const char *name);

/* Files in the shared folder that have anything to do with a name, labels and the long name that goes with it, too. */
unsigned left_files_of(const char *name);

/* The label of a name; NULL when there is none. Good until the next call. */
const char *left_label_of(const char *name);

#endif
