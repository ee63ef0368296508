/* SPDX-License-Identifier: MIT */
/*
 * forge.c - makes a journal of another file out of one that is right, as somebody would who wants its bytes.
 *
 *     forge JOURNAL FILE PATH       the journal or the record of a job now says that it is of FILE, called PATH
 *     forge pointer OUT JOURNAL FILE     a pointer for FILE that leads to JOURNAL
 *
 * PATH is as long as the one that the journal has. All checksums are right afterwards: what is refused is refused for
 * who has made it.
 */

#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "forge: line %d: %s: %s\n", __LINE__, #condition, strerror(errno));                        \
            exit(2);                                                                                                   \
        }                                                                                                              \
    } while (0)

static mmv__identity identity_of(const char *path)
{
    mmv__identity identity;
    int descriptor = open(path, O_RDONLY);
    MUST(descriptor >= 0 && mmv__identify(descriptor, &identity) == 0);
    close(descriptor);
    return identity;
}

static void give(mmv__file_record *record, const mmv__identity *file)
{
    record->device = file->facts.device;
    record->inode = file->facts.inode;
    record->birth = file->birth;
    record->instance = file->instance;
    record->length = file->facts.size;
}

static void forge_record(int journal, const mmv__journal_header *header, uint64_t number, uint64_t at,
                         const mmv__identity *file, const char *path)
{
    mmv__file_record record;
    char old[4096];
    MUST(pread(journal, &record, sizeof record, (off_t)at) == sizeof record);
    MUST(record.head.kind == MMV__RECORD_FILE && record.head.length == strlen(path) && record.head.length < sizeof old);
    give(&record, file);
    record.head.check = mmv__record_check((const mmv__record *)&record, path, header->run, number);
    MUST(pwrite(journal, &record, sizeof record, (off_t)at) == sizeof record);
    MUST(pwrite(journal, path, strlen(path), (off_t)(at + sizeof record)) == (ssize_t)strlen(path));
}

static void forge_journal(int journal, const mmv__identity *file, const char *path)
{
    mmv__journal_header header;
    MUST(pread(journal, &header, sizeof header, 0) == sizeof header);
    forge_record(journal, &header, 0, mmv__header_log_at(&header), file, path);
}

static void forge_job(int journal, const mmv__identity *file, const char *path)
{
    mmv__job_header header;
    MUST(pread(journal, &header, sizeof header, 0) == sizeof header);
    give(&header.file, file);
    snprintf(header.path, sizeof header.path, "%s", path);
    mmv__job_seal(&header, NULL);
    MUST(pwrite(journal, &header, sizeof header, 0) == sizeof header);
}

static int forge_pointer(const char *out, const char *journal, const char *path)
{
    mmv__identity file = identity_of(path);
    mmv__journal_header header;
    mmv__pointer pointer = {.inode = file.facts.inode, .birth = file.birth, .length = strlen(journal)};
    int from = open(journal, O_RDONLY), to = open(out, O_WRONLY | O_CREAT | O_EXCL, 0644);
    MUST(from >= 0 && to >= 0 && pread(from, &header, sizeof header, 0) == sizeof header);
    pointer.run = header.run;
    mmv__pointer_seal(&pointer, journal);
    MUST(write(to, &pointer, sizeof pointer) == sizeof pointer);
    MUST(write(to, journal, strlen(journal)) == (ssize_t)strlen(journal));
    return 0;
}

int main(int argc, char **argv)
{
    char magic[8];
    if (argc == 5 && strcmp(argv[1], "pointer") == 0)
        return forge_pointer(argv[2], argv[3], argv[4]);
    MUST(argc == 4);
    mmv__identity file = identity_of(argv[2]);
    int journal = open(argv[1], O_RDWR);
    MUST(journal >= 0 && pread(journal, magic, sizeof magic, 0) == sizeof magic);
    if (mmv__own_file_of(magic) == MMV__A_JOB)
        forge_job(journal, &file, argv[3]);
    else
        forge_journal(journal, &file, argv[3]);
    close(journal);
    return 0;
}
