/* SPDX-License-Identifier: MIT */
/* capture: see capture.h. A test that cannot have this ends: it could say nothing. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 65536

static struct {
    FILE *stream, *file;
    int saved; /* the stream's descriptor */
    char text[TEXT_MAX + 1];
} present;

static void must(int fine)
{
    if (!fine)
        abort();
}

void capture_begin(FILE *stream)
{
    must(present.stream == NULL);
    fflush(stream);
    present.stream = stream;
    present.file = tmpfile();
    must(present.file != NULL);
    present.saved = dup(fileno(stream));
    must(present.saved >= 0 && dup2(fileno(present.file), fileno(stream)) >= 0);
}

const char *capture_end(void)
{
    must(present.stream != NULL);
    fflush(present.stream);
    must(dup2(present.saved, fileno(present.stream)) >= 0);
    close(present.saved);
    rewind(present.file);
    present.text[fread(present.text, 1, TEXT_MAX, present.file)] = '\0';
    fclose(present.file);
    present.stream = NULL;
    return present.text;
}
