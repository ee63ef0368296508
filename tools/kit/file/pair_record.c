/* SPDX-License-Identifier: MIT */
/*
 * pair_record: see pair_record.h, and pair.c for what the numbers stand for.
 */
#include "kit/file/pair_record.h"

#include <mmview/publish.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kit/os/path.h"
#include "kit/os/rights.h"

#define MAGIC "mmvpair" /* with its zero 8 bytes, by which all files of the tools' own are known: own.h */

enum {
    FIELD_MAGIC,
    FIELD_FACTS,
    FIELD_SAMPLES,
    FIELD_HIDDEN_SAMPLES,
    FIELD_HEADER,
    FIELD_HIDDEN_HEADER,
    FIELD_OLD_SAMPLES,
    FIELD_OLD_HEADER,
    FIELDS
};

#define FACTS_FORM "1 %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu32

void pair_set_records(struct pair *pair)
{
    hidden_fixed(pair->samples.name, PAIR_ENDING, pair->samples.record);
    hidden_fixed(pair->header.name, PAIR_ENDING, pair->header.record);
}

/* Its fields, each ended by a zero. Returns the length. */
static size_t record_text(const struct pair *pair, char text[PAIR_RECORD_MAX])
{
    char facts[96];
    snprintf(facts, sizeof facts, FACTS_FORM, pair->inode, pair->size, pair->modified, pair->modified_ns);
    const char *const fields[FIELDS] = {MAGIC,
                                        facts,
                                        pair->samples.name,
                                        pair->samples.hidden,
                                        pair->header.name,
                                        pair->header.hidden,
                                        pair->samples.old,
                                        pair->header.old};
    size_t length = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        size_t size = strlen(fields[i]) + 1;
        assert(length + size <= PAIR_RECORD_MAX);
        memcpy(text + length, fields[i], size);
        length += size;
    }
    return length;
}

static bool is_name(const char *field)
{
    return strlen(field) < HIDDEN_NAME && path_is_name(field);
}

static bool take_name(const char *field, char name[HIDDEN_NAME])
{
    if (!is_name(field))
        return false; /* 3 */
    strcpy(name, field);
    return true;
}

/* The same, or one in a folder below. */
static bool take_hidden(const char *field, char hidden[OUTPUT_TEMPORARY])
{
    char folder[HIDDEN_NAME];
    const char *slash = strchr(field, '/');
    if (!slash)
        return take_name(field, hidden);
    size_t length = (size_t)(slash - field);
    if (length == 0 || length >= sizeof folder || strlen(field) >= OUTPUT_TEMPORARY)
        return false;
    memcpy(folder, field, length);
    folder[length] = '\0';
    if (!is_name(folder) || !is_name(slash + 1) || slash[1] == '\0')
        return false; /* 3 */
    strcpy(hidden, field);
    return true;
}

/* The folder stays as it is. */
bool pair_record_parse(const char *text, size_t length, struct pair *pair)
{
    const char *fields[FIELDS];
    size_t at = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        const char *end = at < length ? memchr(text + at, '\0', length - at) : NULL;
        if (!end)
            return false;
        fields[i] = text + at;
        at = (size_t)(end - text) + 1;
    }
    if (at != length || strcmp(fields[FIELD_MAGIC], MAGIC) != 0 ||
        sscanf(fields[FIELD_FACTS], FACTS_FORM, &pair->inode, &pair->size, &pair->modified, &pair->modified_ns) != 4)
        return false;
    bool fine = take_name(fields[FIELD_SAMPLES], pair->samples.name) &&
                take_hidden(fields[FIELD_HIDDEN_SAMPLES], pair->samples.hidden) &&
                take_name(fields[FIELD_HEADER], pair->header.name) &&
                take_hidden(fields[FIELD_HIDDEN_HEADER], pair->header.hidden) &&
                take_name(fields[FIELD_OLD_SAMPLES], pair->samples.old) &&
                take_name(fields[FIELD_OLD_HEADER], pair->header.old);
    pair_set_records(pair);
    return fine && pair->samples.name[0] && pair->header.name[0] && pair->samples.hidden[0] && pair->header.hidden[0];
}

bool pair_is_kept(const struct pair_half *half)
{
    return strchr(half->hidden, '/') != NULL;
}

int pair_error_of(mmv_status status)
{
    return status == MMV_OK ? 0 : mmv_last_error()->os_error;
}

static int record_write(const struct pair *pair, int descriptor, bool sync)
{
    char text[PAIR_RECORD_MAX];
    int error = file_try_lock(descriptor); /* 1 */
    if (error == 0 || error == ENOTSUP)
        error = file_write(descriptor, text, record_text(pair, text));
    return error == 0 && sync ? file_sync(descriptor) : error;
}

/* EEXIST = there is one. */
int pair_record_make(const struct pair *pair, const struct pair_half *half, bool sync, int *lock_ret)
{
    char hidden[HIDDEN_NAME] = "";
    int error = folder_create_nameless(pair->folder, lock_ret);
    if (error != 0) {
        hidden_random(half->name, hidden);
        error = folder_create_file(pair->folder, hidden, 0600, lock_ret);
    }
    if (error != 0)
        return error;
    rights_add(*lock_ret, 0644);
    error = record_write(pair, *lock_ret, sync);
    if (error == 0 && hidden[0])
        error = pair_error_of(mmv_publish_hidden(pair->folder, hidden, half->record));
    else if (error == 0)
        error = pair_error_of(mmv_publish_nameless(pair->folder, *lock_ret, half->record));
    if (error != 0 && hidden[0])
        folder_remove_file(pair->folder, hidden);
    return error;
}

/* ---- names in the folder ---------------------------------------------------------------------------------------- */

bool pair_has(const struct pair *pair, const char *name, struct file_facts *facts_ret)
{
    return name[0] && folder_look(pair->folder, name, false, facts_ret) == 0;
}

/* ENOENT is as good as done: who undid this before was ended, too. */
int pair_remove(const struct pair *pair, const char *name)
{
    int error = name[0] ? folder_remove_file(pair->folder, name) : 0;
    return error == ENOENT ? 0 : error;
}

void pair_let_go(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        if (pair->lock[i] >= 0)
            file_close(pair->lock[i]);
        pair->lock[i] = -1;
    }
}
