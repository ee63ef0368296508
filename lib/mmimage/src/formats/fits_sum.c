/* SPDX-License-Identifier: MIT */
/*
 * fits_sum: see fits_sum.h.
 *
 * The text of a CHECKSUM is a sum, too: each of its four words, read as 32 bits, is a part of the complement. A byte
 * of the complement is spread over four characters that begin at '0'; two of them are moved apart until none is a
 * punctuation character.
 */

#include <mmimage/fits_sum.h>

#include <string.h>

uint64_t mmi_fits_sum(const void *data, size_t length)
{
    const unsigned char *bytes = data;
    uint64_t sum = 0;
    unsigned char rest[4] = {0};
    size_t whole = length / 4;
    for (size_t i = 0; i < whole; i++) {
        uint32_t word;
        memcpy(&word, bytes + 4 * i, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap32(word);
#endif
        sum += word;
    }
    memcpy(rest, bytes + 4 * whole, length % 4);
    return sum + ((uint64_t)rest[0] << 24 | (uint64_t)rest[1] << 16 | (uint64_t)rest[2] << 8 | rest[3]);
}

uint32_t mmi_fits_fold(uint64_t sum)
{
    while (sum >> 32)
        sum = (sum & UINT32_MAX) + (sum >> 32);
    return (uint32_t)sum;
}

/* Neither a digit nor a letter, between them in ASCII. */
static bool is_punctuation(int character)
{
    return (character > '9' && character < 'A') || (character > 'Z' && character < 'a');
}

void mmi_fits_checksum(uint32_t sum, char text[MMI_FITS_CHECKSUM])
{
    uint32_t complement = ~sum;
    for (int i = 0; i < 4; i++) {
        int byte = (int)(complement >> (24 - 8 * i) & 0xff);
        int part[4] = {byte / 4 + byte % 4 + '0', byte / 4 + '0', byte / 4 + '0', byte / 4 + '0'};
        for (int pair = 0; pair < 4; pair += 2)
            while (is_punctuation(part[pair]) || is_punctuation(part[pair + 1])) {
                part[pair]++;
                part[pair + 1]--;
            }
        /* The value begins in the last byte of a word of the header: all turn by one. */
        for (int k = 0; k < 4; k++)
            text[(4 * k + i + 1) % MMI_FITS_CHECKSUM] = (char)part[k];
    }
}
