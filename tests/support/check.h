/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

/*
 * check: cmocka, and assertions on statuses that print the whole error when they fail.
 *
 * cmocka leaves a failed test by longjmp(3), so nothing of this may run in a thread that a test started: such a thread
 * counts its failures, and the test asserts on the count.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <mmview/mmview.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The address space and the time of a sanitized build are not those of the users. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHECK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHECK_SANITIZED 1
#endif
#endif
#ifndef CHECK_SANITIZED
#define CHECK_SANITIZED 0
#endif

/* The fewest threads of tests that try many ways: about one thread the thread sanitizer has nothing to say. */
#if defined(__SANITIZE_THREAD__)
#define CHECK_FEWEST 2u
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CHECK_FEWEST 2u
#endif
#endif
#ifndef CHECK_FEWEST
#define CHECK_FEWEST 1u
#endif

/*
 * How many times as long a process or a call of the system takes as on Linux, in a build that says so before this.
 * Tests of thousands of them make that much fewer there.
 */
#ifndef CHECK_COST
#define CHECK_COST 1u
#endif

/* Whether a file's permissions are the bits that it was given. */
#ifndef CHECK_MODES
#define CHECK_MODES 1
#endif
#define assert_permissions(got, wanted) assert_int_equal(CHECK_MODES ? (got) : (wanted), wanted)

/* The next of a test's many trials: where each is dear, the further ahead the further it is. */
static inline unsigned check_next(unsigned number, bool is_dear)
{
    return number + 1 + (is_dear || CHECK_COST > 1 ? number / 3 : 0);
}

/* A library that was built without threads walks with one, however many are asked for. */
#ifdef CHECK_SERIAL
#define CHECK_THREADS(asked) 1u
#else
#define CHECK_THREADS(asked) (asked)
#endif

#define SKIP_WHOLE_TEST 77 /* CTest's SKIP_RETURN_CODE */

static inline void check_status(mmv_status got, mmv_status wanted, const char *what, const char *file, int line)
{
    char text[512];
    if (got == wanted)
        return;
    mmv_error_format(mmv_last_error(), text, sizeof text);
    print_error("%s\n    is \"%s\" instead of \"%s\"; the latest error: %s\n", what, mmv_status_text(got),
                mmv_status_text(wanted), text);
    _fail(file, line);
}

#define assert_status(call, wanted) check_status((call), (wanted), #call, __FILE__, __LINE__)
#define assert_ok(call) assert_status(call, MMV_OK)

/* A failure that names the bad argument. */
#define assert_bad(call, wanted, name)                                                                                 \
    do {                                                                                                               \
        assert_status(call, wanted);                                                                                   \
        assert_non_null(mmv_last_error()->parameter);                                                                  \
        assert_string_equal(mmv_last_error()->parameter, name);                                                        \
    } while (0)

/* A failure at a byte of a file. */
#define assert_at(call, wanted, name)                                                                                  \
    do {                                                                                                               \
        assert_status(call, wanted);                                                                                   \
        assert_true(mmv_last_error()->has_offset);                                                                     \
        assert_non_null(strstr(mmv_last_error()->file, name));                                                         \
    } while (0)

/* Says that a part could not be tested here, and why; cmocka lists the test as skipped. */
#define skip_because(reason)                                                                                           \
    do {                                                                                                               \
        print_message("SKIPPED %s: %s\n", __func__, reason);                                                           \
        skip();                                                                                                        \
    } while (0)

#endif
