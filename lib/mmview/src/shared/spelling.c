/* SPDX-License-Identifier: MIT */
/* spelling.c - see spelling.h. */

#include "shared/spelling.h"

#include "base/checksum.h"
#include "base/file_names.h"
#include "shared/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char local[] = "Local\\";
static const char sum_mark[] = "%~";

const char *mmv__name_proper(const char *text)
{
    if (!text)
        return NULL;
    const char *name = text;
    while (strncmp(name, local, strlen(local)) == 0)
        name += strlen(local);
    size_t length = strnlen(name, MMV_NAME_LONGEST + 1);
    return length > 0 && length <= MMV_NAME_LONGEST ? name : NULL;
}

bool mmv__is_object_name(const char *name)
{
    return mmv__name_proper(name) != NULL;
}

static bool is_plain(const char *at)
{
    unsigned char byte = (unsigned char)*at;
    return byte != '/' && byte != '%' && byte >= 0x20 && byte != 0x7f &&
           strncmp(at, MMV__JOURNAL_MARK, strlen(MMV__JOURNAL_MARK)) != 0;
}

void mmv__name_spell(const char *name, char part[MMV__PART_MOST + 1])
{
    size_t length = 0;
    for (const char *at = name; *at; at++) {
        char text[4] = {*at, '\0'};
        if (!is_plain(at))
            snprintf(text, sizeof text, "%%%02X", (unsigned char)*at);
        size_t more = strlen(text);
        if (length + more > MMV__PART_MOST) {
            size_t size = strlen(name);
            snprintf(part, MMV__PART_MOST + 1, "%s%016" PRIx64 "%016" PRIx64, sum_mark, mmv__hash(name, size, 0),
                     mmv__hash(name, size, 1));
            return;
        }
        memcpy(part + length, text, more + 1);
        length += more;
    }
}

bool mmv__part_is_sum(const char *part)
{
    return strncmp(part, sum_mark, strlen(sum_mark)) == 0;
}

static int digit_of(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* In place. What is no spelling comes out as something that is spelled otherwise. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        int high = *at == '%' ? digit_of(at[1]) : -1;
        int low = high >= 0 ? digit_of(at[2]) : -1;
        *to++ = low >= 0 ? (char)(high * 16 + low) : *at;
        at += low >= 0 ? 2 : 0;
    }
    *to = '\0';
}

char *mmv__part_read(const char *part, const char *kept)
{
    char again[MMV__PART_MOST + 1] = "";
    const char *source = mmv__part_is_sum(part) ? kept : part;
    char *name = source ? malloc(strlen(source) + 1) : NULL;
    if (!name)
        return NULL;
    strcpy(name, source);
    if (source == part)
        unescape(name);
    mmv__name_spell(name, again);
    if (strcmp(again, part) == 0 && mmv__name_proper(name) == name)
        return name;
    free(name);
    return NULL;
}
