/* SPDX-License-Identifier: MIT */
/* leftover: see leftover.h. */
#include "kit/job/leftover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/journal.h>

#include "kit/cli/text.h"
#include "kit/os/file.h"

/* "--discard-journal --journal-file='PATH'", and so on: advice that is safe when it is followed word for word. */
void leftover_advise(const struct console *console, const char *text, const char *option, const char *name)
{
    char *word = text_shell(name);
    /* It is mmbright that looks at journals, whoever made them. */
    bool is_mmbright = strcmp(console->tool, "mmbright") == 0;
    if (word)
        text_line(stderr, "%s: %s %s%s%s", console->tool, text, is_mmbright ? "" : "mmbright ", option, word);
    free(word);
}

/* mmbright and mmrec both say so in their operation. */
bool leftover_keeps_undo(const mmv_journal_info *info)
{
    return !info->lost && strstr(info->operation, " keep-undo") != NULL;
}

static void advise_undo(const struct console *console, const char *path)
{
    mmv_journal_info *info;
    if (mmv_journal_inspect(path, &info) == MMV_OK && leftover_keeps_undo(info))
        text_line(stderr, "%s: --undo takes that run back once it is finished, not once it is given up", console->tool);
    mmv_journal_info_free(&info);
}

bool leftover_is_lost(const char *path)
{
    mmv_journal_info *info;
    bool lost = mmv_journal_inspect(path, &info) == MMV_OK && info->lost;
    mmv_journal_info_free(&info);
    return lost;
}

bool leftover_is_same(const char *one, const char *other)
{
    struct file_facts facts, others;
    return file_look_at(one, true, &facts) == 0 && file_look_at(other, true, &others) == 0 &&
           file_is_same(&facts, &others);
}

/* A file that was moved keeps its mark, when it is not named. */
static void advise_discard(const struct console *console, const char *path, const char *file)
{
    static const char text[] = "or give it up, and leave FILE as it is now, with";
    char *word = text_shell(path), option[] = "--discard-journal --journal-file=";
    size_t size = word ? sizeof option + strlen(word) + sizeof " -- " : 0;
    char *options = word && file ? malloc(size) : NULL;
    if (options) {
        snprintf(options, size, "%s%s -- ", option, word);
        leftover_advise(console, text, options, file);
    } else {
        leftover_advise(console, text, option, path);
    }
    free(options);
    free(word);
}

void leftover_advise_run(const struct console *console, const char *path, const char *file)
{
    if (leftover_is_lost(path)) {
        leftover_advise(
            console,
            "restore FILE from a backup, or take it as it is; then remove the journal, and the mark of FILE, with",
            "--discard-journal --journal-file=", path);
        return;
    }
    leftover_advise(console, "repeat the command that was interrupted, or see what it has done with",
                    "--status --journal-file=", path);
    advise_discard(console, path, file);
    advise_undo(console, path);
}

int leftover_refuse(const struct console *console)
{
    char path[sizeof mmv_last_error()->file];
    memcpy(path, mmv_last_error()->file, sizeof path);
    console_failure(console, NULL);
    if (!console->mute)
        leftover_advise_run(console, path, NULL);
    return TOOL_FAILED;
}

int leftover_explain(const struct console *console, const char *path, mmv_status status)
{
    if (status == MMV_EJOURNAL)
        return leftover_refuse(console);
    if (status == MMV_EBUSY)
        return console_busy(console, path, "with this journal");
    console_failure(console, path);
    if (status == MMV_EACCES || status == MMV_ENOENT || status == MMV_ENOSPC)
        fprintf(stderr, "%s: --journal-file=PATH puts it elsewhere\n", console->tool);
    return TOOL_FAILED;
}
