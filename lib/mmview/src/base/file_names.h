/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_FILE_NAMES_H
#define MMVIEW_FILE_NAMES_H

/*
 * file_names: how the library's own files are called, so that none is taken for another.
 *
 *     FILE.mmj.OFFSET-LENGTH    a journal, beside the first file of its run      journal/find.c
 *     ... .job                  the record of a job, beside the file that its parts change
 *     mmv.NAME                  what has a name, in the system's shared folder   shared/names.c
 *     .mmv.NAME.INODE           that this is a map                               shared/label.c
 *
 * A file in the shared folder may have a journal beside it, mmv.NAME.mmj.OFFSET-LENGTH: no NAME has MMV__JOURNAL_MARK
 * in it, so that a journal is never opened, listed or removed as an object.
 */

#define MMV__JOURNAL_MARK ".mmj."
#define MMV__JOB_SUFFIX ".job"
#define MMV__OBJECT_PREFIX "mmv."

#endif
