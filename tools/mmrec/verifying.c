/* SPDX-License-Identifier: MIT */
/*
 * verifying: see verifying.h. What is compared is what the same code makes of a copy: code that is not the same each
 * time fails, as does what is stored wrong.
 */
#include "mmrec/verifying.h"

#include <string.h>

/* Bytes of records that are computed at a time: they stay in the cache. */
#define PIECE 65536

static uint64_t number_of(const struct subject *subject, const struct verify_piece *piece)
{
    return (piece->offset - subject->whole.offset) / subject->command->fields.size;
}

static mmv_status change_again(const struct verify_piece *piece, size_t *made_ret, void *user)
{
    struct subject *subject = user;
    uint64_t fault;
    memcpy(piece->made, piece->from, *made_ret);
    if (subject->program->run(piece->made, piece->length / subject->command->fields.size, number_of(subject, piece),
                              &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

static mmv_status keep_again(const struct verify_piece *piece, size_t *made_ret, void *user)
{
    struct subject *subject = user;
    size_t kept = 0;
    uint64_t fault;
    if (subject->program->keep(piece->from, piece->made, piece->length / subject->command->fields.size,
                               number_of(subject, piece), &kept, &fault) != 0)
        return subject_fail(subject, fault);
    *made_ret = kept * command_made_size(subject->command);
    return MMV_OK;
}

int verifying_begin(struct subject *subject, mmv_journal *journal)
{
    const struct command *command = subject->command;
    size_t size = command->fields.size, records = size < PIECE ? PIECE / size : 1;
    const struct verify_way way = {.make = command->in_place ? change_again : keep_again,
                                   .user = subject,
                                   .length = records * size,
                                   .room = records * command_made_size(command),
                                   .packs = !command->in_place};
    if (!command->safety.verify)
        return TOOL_DONE;
    subject->verify = verify_create(settings_walk(&command->how).threads, &way);
    if (!subject->verify)
        return console_error(subject->console, subject->file, "not enough memory");
    if (!journal || verify_keep(subject->verify, journal, subject->map, command->safety.journal) == MMV_OK)
        return TOOL_DONE;
    return console_failure(subject->console, subject->file);
}

/* What is only tried will come again. */
mmv_status verifying_expect(const struct subject *subject, const mmv_chunk *chunk)
{
    if (!subject->verify || chunk->is_trial)
        return MMV_OK;
    return verify_expect(subject->verify, chunk, subject->command->fields.size);
}

int verifying_complete(const struct subject *subject)
{
    if (!subject->verify || verify_complete(subject->verify) == MMV_OK)
        return TOOL_DONE;
    return console_failure(subject->console, subject->file);
}

int verifying_compare(const struct subject *subject, const struct verifying_result *result)
{
    const struct verify_result against = {.console = subject->console,
                                          .file = result->file,
                                          .descriptor = result->descriptor,
                                          .expected = result->bytes,
                                          .is_synced = subject->command->safety.sync};
    return subject->verify ? verify_compare(subject->verify, &against) : TOOL_DONE;
}
