/* SPDX-License-Identifier: MIT */
/* signature_checks: see signature_checks.h. A field that lies behind the file's first bytes fits nothing. */

#include "formats/signature_checks.h"
#include "formats/header.h"

#include <string.h>

/* A byte; 0 where there is none. */
static unsigned at(const mmi__start *start, size_t place)
{
    return place < start->length ? start->bytes[place] : 0;
}

/* A number of 'size' bytes; UINT64_MAX where there is none. */
static uint64_t number(const mmi__start *start, size_t place, size_t size, bool big)
{
    return place + size <= start->length ? mmi__bits(start->bytes + place, size, big) : UINT64_MAX;
}

static bool is_within(uint64_t value, uint64_t least, uint64_t most)
{
    return value >= least && value <= most;
}

static bool is_one_of(unsigned value, const char *values, size_t count)
{
    return memchr(values, (int)value, count) != NULL;
}

/* Four characters that name a kind of chunk, or the file's end before them. */
static bool is_name(const mmi__start *start, size_t place)
{
    for (size_t i = place; i < place + 4 && i < start->length; i++)
        if (!is_within(start->bytes[i], ' ', 'z'))
            return false;
    return true;
}

/* ---- packed ------------------------------------------------------------------------------------------------------ */

/* The system that wrote it. Source: RFC 1952 */
bool mmi__is_gzip(const mmi__start *start)
{
    return start->length >= 10 ? start->bytes[9] <= 13 || start->bytes[9] == 255 : true;
}

/* Codes of 9 to 16 bits, the first of which is a byte. */
bool mmi__is_compress(const mmi__start *start)
{
    return is_within(start->bytes[2] & 0x1f, 9, 16);
}

/* A dictionary of 2^n or 2^n + 2^(n-1) bytes, a length that is not known or below 2^40, and a first byte of 0. */
bool mmi__is_lzma(const mmi__start *start)
{
    uint64_t dictionary = number(start, 1, 4, false), length = number(start, 5, 8, false);
    if (start->length < 14 || dictionary < 4096 || start->bytes[13] != 0)
        return false;
    uint64_t top = dictionary;
    while (top & (top - 1))
        top &= top - 1;
    return (dictionary == top || dictionary == top + top / 2) && (length == UINT64_MAX || length < (1ull << 40));
}

bool mmi__is_octal(const mmi__start *start)
{
    for (size_t i = 6; i < 76; i++)
        if (!is_within(at(start, i), '0', '7'))
            return false;
    return true;
}

bool mmi__is_lha(const mmi__start *start)
{
    return is_within(at(start, 5), '0', '9') || is_within(at(start, 5), 'a', 'z');
}

/* The main header, and how long its fixed part is. */
bool mmi__is_arj(const mmi__start *start)
{
    return is_within(at(start, 4), 30, 60) && at(start, 10) == 2 && number(start, 2, 2, false) >= at(start, 4);
}

/* ---- databases --------------------------------------------------------------------------------------------------- */

bool mmi__is_berkeley(const mmi__start *start)
{
    return is_within(number(start, 16, 4, false), 1, 20);
}

/* The day it was changed, and a header of whole fields of 32 bytes that ends with CR. */
bool mmi__is_dbase(const mmi__start *start)
{
    uint64_t records = number(start, 4, 4, false), header = number(start, 8, 2, false);
    uint64_t record = number(start, 10, 2, false);
    bool is_day = is_within(at(start, 2), 1, 12) && is_within(at(start, 3), 1, 31);
    if (!is_day || !is_within(header, 65, 65535) || header % 32 > 8 || !is_within(record, 2, 65535))
        return false;
    uint64_t end = header + records * record;
    bool is_whole = start->size >= end && start->size <= end + 1;
    return is_whole || (header <= start->length && at(start, header / 32 * 32) == '\r' && at(start, 43) >= 'C' &&
                        at(start, 43) <= 'Y');
}

/* ---- sound and film ---------------------------------------------------------------------------------------------- */

bool mmi__is_riff(const mmi__start *start)
{
    return is_name(start, 8);
}

bool mmi__is_iff(const mmi__start *start)
{
    return is_name(start, 8) && start->length >= 12 && start->bytes[8] >= '8';
}

/* Bytes of the frame of MPEG audio at this place; 0 = none. Source: ISO 11172-3 */
static size_t mpeg_frame(const mmi__start *start, size_t place)
{
    static const unsigned short layer3[] = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    static const unsigned short half[] = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
    static const unsigned rates[] = {44100, 48000, 32000};
    if (at(start, place) != 0xff || (at(start, place + 1) & 0xe6) != 0xe2)
        return 0;
    unsigned version = at(start, place + 1) >> 3 & 3, bits = at(start, place + 2) >> 4;
    unsigned rate = at(start, place + 2) >> 2 & 3, padding = at(start, place + 2) >> 1 & 1;
    if (version == 1 || bits == 0 || bits == 15 || rate == 3)
        return 0;
    if (version == 3)
        return 144000u * layer3[bits] / rates[rate] + padding;
    return 72000u * half[bits] / (rates[rate] / (version == 2 ? 2 : 4)) + padding;
}

/* Source: ISO 13818-7 */
static size_t adts_frame(const mmi__start *start, size_t place)
{
    if (at(start, place) != 0xff || (at(start, place + 1) & 0xf6) != 0xf0 || (at(start, place + 2) >> 2 & 15) > 12)
        return 0;
    size_t length = (at(start, place + 3) & 3u) << 11 | at(start, place + 4) << 3 | at(start, place + 5) >> 5;
    return length > 7 ? length : 0;
}

/* Three frames, one behind the other. */
static bool has_frames(const mmi__start *start, size_t (*frame)(const mmi__start *start, size_t place))
{
    size_t place = 0, count = 0;
    for (size_t length = frame(start, 0); count < 3 && length > 0; length = frame(start, place), count++)
        place += length;
    return count == 3;
}

bool mmi__is_mpeg_audio(const mmi__start *start)
{
    return has_frames(start, mpeg_frame);
}

bool mmi__is_adts(const mmi__start *start)
{
    return has_frames(start, adts_frame);
}

/* The length of the first box, or that it is written elsewhere. */
bool mmi__is_box(const mmi__start *start)
{
    uint64_t length = number(start, 0, 4, true);
    bool is_long = memcmp(start->bytes + 4, "mdat", 4) == 0;
    return is_long ? length <= 1 || length >= 8 : is_within(length, 8, 1024 * 1024 * 1024);
}

bool mmi__is_flv(const mmi__start *start)
{
    return (at(start, 4) & 0xfa) == 0 && number(start, 5, 4, true) == 9;
}

bool mmi__is_mpeg_video(const mmi__start *start)
{
    uint64_t sizes = number(start, 4, 3, true);
    return (sizes >> 12) > 0 && (sizes & 0xfff) > 0 && is_within(at(start, 7) >> 4, 1, 4) &&
           is_within(at(start, 7) & 15, 1, 8);
}

/* Profiles that are in use. */
bool mmi__is_h264(const mmi__start *start)
{
    return is_one_of(at(start, 5), "\x42\x4d\x58\x64\x6e\x7a\xf4", 7) && is_within(at(start, 7), 9, 62);
}

/*
 * Packets of 188 bytes, none of which says that it is broken. 188 is a multiple of 4: samples of 4 bytes that all begin
 * with this one, as floats from 32768 on, have it elsewhere as well.
 */
bool mmi__is_transport(const mmi__start *start)
{
    unsigned elsewhere = 0;
    for (size_t i = 0; i < 5; i++) {
        size_t place = 188 * i;
        if (at(start, place) != 0x47 || (at(start, place + 1) & 0x80) || (at(start, place + 3) >> 4 & 3) == 0)
            return false;
    }
    for (size_t i = 4; i < 188; i += 4)
        elsewhere += start->bytes[i] == 0x47;
    return elsewhere < 8;
}

bool mmi__is_cine(const mmi__start *start)
{
    return number(start, 2, 2, false) == 44 && at(start, 4) <= 2 && at(start, 5) == 0 && at(start, 6) <= 1;
}

/* ---- programs and disks ------------------------------------------------------------------------------------------ */

bool mmi__is_elf(const mmi__start *start)
{
    return is_within(at(start, 4), 1, 2) && is_within(at(start, 5), 1, 2);
}

bool mmi__is_pe(const mmi__start *start)
{
    uint64_t place = number(start, 60, 4, false);
    return place < start->length && place + 4 <= start->length &&
           (memcmp(start->bytes + place, "PE\0\0", 4) == 0 || memcmp(start->bytes + place, "NE", 2) == 0);
}

/* Fields of the superblock, which begins at byte 1024. Source: Linux, Documentation/filesystems/ext4 */
bool mmi__is_ext(const mmi__start *start)
{
    return is_within(number(start, 1084, 2, false), 1, 3) && number(start, 1048, 4, false) <= 6 &&
           number(start, 1096, 4, false) <= 4 && number(start, 1100, 4, false) <= 1 &&
           number(start, 1024, 4, false) > 0;
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

/* The length that it says, or a second header of a known length in front of the pixels. */
bool mmi__is_bmp(const mmi__start *start)
{
    uint64_t size = number(start, 2, 4, false), pixels = number(start, 10, 4, false);
    uint64_t second = number(start, 14, 4, false);
    if (number(start, 6, 4, false) != 0 || pixels < 26)
        return false;
    bool is_known = second == 12 || second == 16 || second == 40 || second == 52 || second == 56 || second == 64 ||
                    second == 108 || second == 124;
    return (is_known && is_within(pixels, 14 + second, 1024 * 1024)) || (size == start->size && pixels < size);
}

/* "Pf", its sizes, and the scale, which is a number that may be negative. */
bool mmi__is_pfm(const mmi__start *start)
{
    size_t i = start->bytes[2] == '4' ? 3 : 2, numbers = 0;
    while (numbers < 3) {
        size_t begin = i;
        while (at(start, i) == ' ' || at(start, i) == '\n' || at(start, i) == '\r' || at(start, i) == '\t')
            i++;
        if (i == begin)
            return false;
        begin = i;
        while (is_one_of(at(start, i), "0123456789", 10) || (numbers == 2 && is_one_of(at(start, i), "-+.eE", 5)))
            i++;
        if (i == begin)
            return i == start->length;
        numbers++;
    }
    return true;
}

bool mmi__is_sgi(const mmi__start *start)
{
    return is_within(at(start, 3), 1, 2) && is_within(at(start, 5), 1, 3) && number(start, 10, 2, true) <= 1024;
}

/* Bytes of a row are those of its pixels. */
bool mmi__is_pcx(const mmi__start *start)
{
    static const char versions[] = {0, 2, 3, 4, 5}, depths[] = {1, 2, 4, 8};
    unsigned depth = at(start, 3), planes = at(start, 65);
    uint64_t left = number(start, 4, 2, false), top = number(start, 6, 2, false);
    uint64_t right = number(start, 8, 2, false), bottom = number(start, 10, 2, false);
    if (start->length < 128 || !is_one_of(at(start, 1), versions, 5) || at(start, 2) > 1 ||
        !is_one_of(depth, depths, 4) || at(start, 64) != 0 || !is_within(planes, 1, 4) || right < left || bottom < top)
        return false;
    uint64_t row = ((right - left + 1) * depth + 7) / 8, written = number(start, 66, 2, false);
    return written >= row && written <= row + 3;
}

/* Each picture's place, behind the list of them, and bits of a pixel. A pointer has its tip instead of the latter. */
bool mmi__is_ico(const mmi__start *start)
{
    uint64_t count = number(start, 4, 2, false);
    if (!is_within(count, 1, 256) || start->length < 6 + 16)
        return false;
    for (size_t i = 0; i < count && 6 + 16 * (i + 1) <= start->length; i++) {
        size_t entry = 6 + 16 * i;
        uint64_t bytes = number(start, entry + 8, 4, false), place = number(start, entry + 12, 4, false);
        bool is_pointer = start->bytes[2] == 2;
        if (!is_pointer && (at(start, entry + 4) > 1 || at(start, entry + 5) != 0 || at(start, entry + 6) > 32 ||
                            at(start, entry + 7) != 0))
            return false;
        if (at(start, entry + 3) != 0 || place < 6 + 16 * count || bytes < 16 || bytes >= 1u << 24 || place >= 1u << 28)
            return false;
    }
    return true;
}

bool mmi__is_qoi(const mmi__start *start)
{
    return is_within(at(start, 12), 3, 4) && at(start, 13) <= 1;
}

/* ---- science ----------------------------------------------------------------------------------------------------- */

bool mmi__is_grib(const mmi__start *start)
{
    return is_within(at(start, 7), 1, 2);
}

/* The first stream begins at once. */
bool mmi__is_orc(const mmi__start *start)
{
    return is_within(start->size, 16, UINT64_MAX) && is_one_of(at(start, 3), "\x08\x0a\x0b\x10\x12\x1a", 6);
}

/* The length behind the header, and the byte order. */
bool mmi__is_dm(const mmi__start *start)
{
    bool is_fourth = start->bytes[3] == 4;
    uint64_t length = number(start, 4, is_fourth ? 8 : 4, true), order = number(start, is_fourth ? 12 : 8, 4, true);
    return length >= 16 && length < UINT64_MAX && order <= 1 && at(start, is_fourth ? 16 : 12) <= 1 &&
           at(start, is_fourth ? 17 : 13) <= 1 && start->length >= 40 && length <= start->size + 64 &&
           length + 64 >= start->size;
}

/* A block of text in UTF-16. */
bool mmi__is_lif(const mmi__start *start)
{
    return at(start, 8) == 0x2a && at(start, 13) == '<' && start->length > 16 && at(start, 14) == 0;
}
