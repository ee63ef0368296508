/* SPDX-License-Identifier: MIT */
/* main.c - every suite, in the order of .NET's test files. */

#include "conformance.h"

int main(void)
{
    static const conf_suite *const suites[] = {
        &conf_create_from_file,   &conf_from_file_use, &conf_create_new, &conf_create_or_open,
        &conf_open_existing,      &conf_cross_process, &conf_accessor,   &conf_stream,
        &conf_stream_conformance, &conf_handle,        &conf_arrays,     &conf_mono,
    };
    return conf_run(suites, COUNT(suites));
}
