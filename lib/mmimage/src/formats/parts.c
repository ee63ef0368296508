/* SPDX-License-Identifier: MIT */
/* parts.c - see parts.h. */

#include "formats/parts.h"

#include <stdio.h>
#include <string.h>

/* Each costs a read. */
#define PARTS_MAX 10000

mmi__part mmi__wanted_part(const mmi__header *header)
{
    mmi__part part = {1, false};
    const char *p = header->part;
    if (!p)
        return part;
    part.is_all = strcmp(p, "all") == 0;
    if (part.is_all || !mmi__take_count(&p, &part.number) || *p)
        part.number = 0;
    return part;
}

mmv_status mmi__refuse_part(mmi__header *header, uint64_t parts, const char *noun)
{
    return mmi__refuse(header->container, MMV_ENOENT, "part", "there is no \"%.40s\" among the file's %llu %s%s",
                       header->part ? header->part : "1", (unsigned long long)parts, noun, parts == 1 ? "" : "s");
}

mmv_status mmi__refuse_all(mmi__header *header, uint64_t parts, const char *reason)
{
    return mmi__refuse(header->container, MMV_ENOTSUP, "part", "all %llu cannot be worked on as one: %s",
                       (unsigned long long)parts, reason);
}

void mmi__use_part(mmi__header *header, uint64_t part, uint64_t parts, const char *noun)
{
    mmi_container *container = header->container;
    container->part = part;
    container->parts = parts;
    if (parts < 2 || header->part)
        return;
    const char *name = container->part_name;
    mmi__note(container, MMI_NOTE_PARTS, "%s %llu of %s%llu%s%s%s is taken; --part=N takes another", noun,
              (unsigned long long)part, parts > PARTS_MAX ? "more than " : "",
              (unsigned long long)(parts > PARTS_MAX ? PARTS_MAX : parts), *name ? " (" : "", name, *name ? ")" : "");
}

mmv_status mmi__read_sequence(mmi__header *header, mmi__read_part *read, const char *noun)
{
    mmi__part wanted = mmi__wanted_part(header);
    mmi_container *result = header->container;
    mmi_container before = *result, scratch = before;
    uint64_t next = 0, parts = 0;
    /* With "all" the first says what the others would have to be. */
    uint64_t number = wanted.is_all ? 1 : wanted.number;
    do {
        header->container = parts + 1 == number ? result : &scratch;
        *header->container = before;
        mmv_status status = read(header, next, &next);
        bool is_wanted = header->container == result;
        bool is_first = parts == 0;
        /* What is wrong with the file is said of the part that was wanted, or of the first. */
        if (status && is_first && !is_wanted)
            memcpy(result->problem, scratch.problem, sizeof result->problem);
        header->container = result;
        if (status && (is_first || is_wanted))
            return status;
        if (status)
            break;
        parts++;
    } while (next > 0 && (parts <= PARTS_MAX || parts < number));
    if (number == 0 || number > parts)
        return mmi__refuse_part(header, parts, noun);
    if (wanted.is_all && parts > 1)
        return mmi__refuse_all(header, parts, "each has a header of its own between the samples");
    mmi__use_part(header, number, parts, noun);
    return MMV_OK;
}
