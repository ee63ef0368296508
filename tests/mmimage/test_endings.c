/* SPDX-License-Identifier: MIT */
/* test_endings.c - what a name tells: the format of its ending, and what the other one of a pair is called. */

#include "check.h"

#include <mmimage/container.h>

#include <string.h>

static void test_formats_of_names(void **state)
{
    static const struct {
        const char *name;
        mmi_format format;
    } rows[] = {{"a.npy", MMI_NPY},         {"dir.x/A.NPY", MMI_NPY}, {"a.Mhd", MMI_METAIMAGE}, {"a.nhdr", MMI_NRRD},
                {"a.hdr", MMI_EHDR},        {"x/a.fts", MMI_FITS},    {"a.MAP", MMI_MRC},       {"a.v", MMI_VIPS},
                {"a.TF8", MMI_TIFF},        {"a.ff", MMI_FARBFELD},   {"a.pbm", MMI_PNM},       {"a.nii", MMI_NIFTI},
                {"a.raw", MMI_AUTO},        {"a.img", MMI_AUTO},      {"npy", MMI_AUTO},        {".npy", MMI_AUTO},
                {"dir.npy/data", MMI_AUTO}, {"a.npy.bak", MMI_AUTO},  {"a.", MMI_AUTO},         {"", MMI_AUTO}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (mmi_format_of_name(rows[i].name) != rows[i].format)
            fail_msg("%s: %s", rows[i].name, mmi_format_name(mmi_format_of_name(rows[i].name)));
}

/* Whether 'wanted' is among the names of the other one, and how often. */
static unsigned times(const char *name, bool is_header, const char *wanted)
{
    char text[64];
    unsigned count = 0;
    for (unsigned i = 0; mmi_container_sidecar(name, is_header, i, text, sizeof text); i++)
        count += strcmp(text, wanted) == 0;
    return count;
}

static void test_headers_of_samples(void **state)
{
    static const char *const there[] = {"a/b.img.hdr", "a/b.hdr", "a/b.HDR",  "a/b.Hdr",  "a/b.hDR",     "a/b.img.HDR",
                                        "a/b.mhd",     "a/b.MHD", "a/b.nhdr", "a/b.Nhdr", "a/b.img.nhdr"};
    (void)state;
    for (size_t i = 0; i < COUNT(there); i++)
        if (times("a/b.img", false, there[i]) != 1)
            fail_msg("%s: %u times", there[i], times("a/b.img", false, there[i]));
    assert_int_equal(times("a.b/c", false, "a.b/c.hdr"), 1);
    /* What has a header of its own has none of MetaImage beside it. */
    assert_int_equal(times("b.npy", false, "b.mhd"), 0);
    assert_int_equal(times("b.npy", false, "b.hdr"), 1);
    assert_int_equal(times("b.hdr", false, "b.hdr"), 0);
}

static void test_samples_of_headers(void **state)
{
    static const char *const there[] = {"a/b", "a/b.img", "a/b.IMG", "a/b.bil", "a/b.flt", "a/b.Dat"};
    char text[64];
    (void)state;
    for (size_t i = 0; i < COUNT(there); i++)
        assert_int_equal(times("a/b.hdr", true, there[i]), 1);
    assert_true(mmi_container_sidecar("a/b.hdr", true, 1, text, 4));
    assert_string_equal(text, "");
    assert_false(mmi_container_sidecar("a", false, 1000, text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats_of_names),
        cmocka_unit_test(test_headers_of_samples),
        cmocka_unit_test(test_samples_of_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
