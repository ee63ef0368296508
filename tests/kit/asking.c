/* SPDX-License-Identifier: MIT */
/* asking.c - see asking.h. */

#include "asking.h"

#include "check.h"
#include "scratch.h"

#include <string.h>

void put_text(const char *name, const char *text)
{
    file_put(name, text, strlen(text));
}

const struct identified *ask(const char *name, const struct pixel_settings *asked)
{
    static struct identified identified;
    struct identify_request request = {.path = name, .asked = asked};
    notes_drop(&identified.notes);
    mmi_container_free(&identified.container);
    assert_int_equal(file_open(name, FILE_READ, true, &request.descriptor), 0);
    assert_int_equal(file_look(request.descriptor, &request.info), 0);
    unsigned before = open_descriptors();
    identify(&request, &identified);
    assert_int_equal(open_descriptors(), before);
    file_close(request.descriptor);
    return &identified;
}

const struct identified *ask_auto(const char *name)
{
    static struct pixel_settings asked;
    asked = settings_pixels();
    return ask(name, &asked);
}

void check_answer(const struct identified *found, enum identified_as is, const char *about, const char *why)
{
    if (found->is != is || (about && strcmp(found->about, about) != 0) || (why && !strstr(found->why, why)))
        fail_msg("%d, '%s', '%s' instead of %d, '%s', '%s'", found->is, found->about, found->why, is,
                 about ? about : "", why ? why : "");
}

void put_samples(const char *name, size_t size)
{
    file_make(name, size, 7);
    file_put_at(name, "\x01\x80\x02\x81", size < 4 ? size : 4, 0);
}
