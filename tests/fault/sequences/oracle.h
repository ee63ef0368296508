/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_ORACLE_H
#define SEQUENCES_ORACLE_H

/*
 * oracle: what the files of a sequence may hold, from nothing but commands, exit statuses and bytes.
 *
 * A command with -i is known by what it adds, to which bytes of which inodes, in which order, as which part of a job.
 * f(v) is what the command makes of a sample v. "Before" are the samples when the command was first given.
 *
 *     it says                the bytes of its range are                  afterwards
 *     0                      f(before), all of them                      the run is over; a part's, when all parts are
 *     2                      as they were                                nothing was begun
 *     1, of several files    before or f(before), each of them           the run is unfinished, or over: then files
 *                                                                        were left out that could not be used
 *     anything else          before or f(before), each of them           the run is unfinished, unless --journal=off
 *
 * All other bytes stay. The same command again goes on with the same "before"; so nothing is ever changed twice, and a
 * part that said 0 changes nothing when it is repeated before its job is over.
 *
 * While a run is unfinished, and has changed anything of a file:
 *     - other commands with -i on bytes that overlap its range there, and -o from that file, do not say 0 and change
 *       nothing; when it has changed nothing of a file yet, they may, and "before" becomes what they leave
 *     - the same holds for a copy made with the file's attributes (cp -a, mv to another file system), until
 *       --discard-journal is given the copy: that leaves the run of the original alone
 *     - when all is changed, and only the exit status 0 is missing, others may go on, too: then the same command says
 *       0 and changes nothing
 *     - the same command again, unhurt, says 0, if nobody has moved or touched its files, and no other run is about
 *     - a part of a job may be refused when another part has another --journal
 *     - a file that was renamed goes on under its new name
 *     - what is written over the file in place, or cut off it, was not changed by the run: there "before" becomes what
 *       was written. Or the run takes it for another file: then "before" becomes all of what is there. Never both
 *     - --discard-journal, or what a refusal advises, gives the run up: the next command begins with what is there.
 *       When several runs are about, it may have been any of them: either of the two is right afterwards. The same
 *       holds when it is given the second or third file of a run, and that is in another folder by now
 *
 * With -o a command that says 0 made OUT of all of FILE; one that was refused left the old OUT, or none; killed, or
 * without a stdout to report to, it may have left the whole new one. FILE stays.
 *
 * A gap that the manual states: a run that is killed when its last act, the removal of its journal, was begun, is over
 * and could not say so. Seen from outside: all is changed, and the last call that changed anything removed a file. Then
 * the same command again is the same run or a new one; gaps_ret counts the new ones. The gap begins with the first mark
 * that is taken off: a file that is moved to another folder from then on is not known any more; and one that another
 * command changes is refused when the first is repeated, until its journal is given up.
 */

#include <stdbool.h>

#include "command.h"
#include "world.h"

#define RUNS 32
#define CARRIES 16
#define FAULT_MOST 512

struct target {
    int object;
    uint64_t offset, length;
    int choices; /* "before" may be any of them; 1 when it is known */
    bool loose;  /* somebody has written what the run would have: each sample may have its own "before" of the two */
    bool left;   /* of several files, one in another run's hands: the run had ended without it when it was killed */
    uint8_t *before[2];
};

struct run {
    bool used;
    bool strict;  /* it is known to be unfinished, and so it must be respected */
    bool intact;  /* nobody has touched its files or names */
    bool kept;    /* this part said 0 */
    bool vague;   /* it may have been given up, or be over */
    bool gap;     /* killed in the gap */
    bool spent;   /* all was changed, and others have changed it since: the same command changes nothing */
    bool partial; /* some of its files are not there */
    struct command command;
    enum world_name begun[FILES_MOST]; /* the names that it was begun with */
    int count;
    struct target targets[FILES_MOST];
};

/* What a copy has of an unfinished run of its original. */
struct carry {
    bool used, strict;
    int object, add;
    uint64_t offset, length;
    uint8_t *before;
};

struct oracle {
    struct run runs[RUNS];
    struct carry carries[CARRIES];
    bool haunted_file;   /* the same of --journal-file */
    bool haunted[NAMES]; /* a run began with this name, and its file is gone */
    bool troubled;       /* a command has not said 0 */
    bool journal_left;   /* a run with --journal-file was gone on with without it */
    bool untidy;         /* files were removed or replaced while a run may have been about, or an output killed */
    unsigned gaps, refusals;
    size_t raw_size; /* of the samples that the header is about */
    char fault[FAULT_MOST];
};

void oracle_begin(struct oracle *oracle, const struct world *world);
void oracle_end(struct oracle *oracle);

/*
 * oracle_judge() - was that allowed? After world_look(), before world_accept().
 * Returns false, and says why in 'fault'; its first word is the kind of fault.
 */
bool oracle_judge(struct oracle *oracle, struct world *world, const struct command *command, int status,
                  const struct page *page);

/* oracle_fault() - keep the fault. Returns false. */
__attribute__((format(printf, 2, 3))) bool oracle_fault(struct oracle *oracle, const char *format, ...);

#endif
