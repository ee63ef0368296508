/* SPDX-License-Identifier: MIT */
/*
 * oracle: what mmbright should do, byte by byte and sample by sample, sharing no code with it.
 *
 *     oracle IN OUT TYPE SAMPLES LAYOUT WIDTH HEIGHT OFFSET LENGTH X,Y,WxH|- CHANNELS ADD[,ADD...] GAIN
 *
 * The whole file is read into memory. CHANNELS is a string of 0 and 1. WIDTH and HEIGHT are those of the image from
 * OFFSET on. Prints the saturated samples as "low high".
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct type {
    char kind; /* u i f */
    int bytes;
    int big;
};

static long long low_count, high_count;

static struct type parse_type(const char *text)
{
    static const uint16_t one = 1;
    struct type type = {text[0], atoi(text + 1) / 8, *(const uint8_t *)&one == 0};
    if (strstr(text, "be"))
        type.big = 1;
    if (strstr(text, "le"))
        type.big = 0;
    return type;
}

static uint64_t load(struct type type, const uint8_t *p)
{
    uint64_t bits = 0;
    for (int i = 0; i < type.bytes; i++)
        bits |= (uint64_t)p[type.big ? type.bytes - 1 - i : i] << (8 * i);
    return bits;
}

static void store(struct type type, uint8_t *p, uint64_t bits)
{
    for (int i = 0; i < type.bytes; i++)
        p[type.big ? type.bytes - 1 - i : i] = (uint8_t)(bits >> (8 * i));
}

static float half_to_float(unsigned bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float size = exponent == 31  ? (fraction ? NAN : INFINITY)
                 : exponent == 0 ? ldexpf((float)fraction, -24)
                                 : ldexpf((float)(1024 + fraction), exponent - 25);
    return bits & 0x8000 ? -size : size;
}

/* The nearest, by halving. */
static unsigned float_to_half(float value)
{
    unsigned sign = signbit(value) ? 0x8000 : 0, low = 0, high = 0x7c00;
    float size = fabsf(value);
    if (size >= 65520)
        return sign | 0x7c00;
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        if (half_to_float(middle) <= size)
            low = middle;
        else
            high = middle;
    }
    double down = size - half_to_float(low), up = (high == 0x7c00 ? 65536 : half_to_float(high)) - size;
    return sign | (down < up || (down == up && low % 2 == 0) ? low : high);
}

static void change_half(struct type type, uint8_t *p, double gain, double add)
{
    float value = half_to_float((unsigned)load(type, p));
    if (isnan(value))
        return;
    volatile float product = value * (float)gain;
    store(type, p, float_to_half(product + (float)add));
}

/* Of 64 bits only additions. */
static void change_64(struct type type, uint8_t *p, double add)
{
    uint64_t bits = load(type, p);
    int64_t amount = (int64_t)add, signed_sum;
    uint64_t sum;
    if (type.kind == 'u') {
        int over = amount < 0 ? __builtin_sub_overflow(bits, (uint64_t)-amount, &sum)
                              : __builtin_add_overflow(bits, (uint64_t)amount, &sum);
        low_count += over && amount < 0;
        high_count += over && amount > 0;
        store(type, p, over ? (amount < 0 ? 0 : UINT64_MAX) : sum);
        return;
    }
    int over = __builtin_add_overflow((int64_t)bits, amount, &signed_sum);
    low_count += over && amount < 0;
    high_count += over && amount > 0;
    store(type, p, (uint64_t)(over ? (amount < 0 ? INT64_MIN : INT64_MAX) : signed_sum));
}

static void change_float(struct type type, uint8_t *p, double gain, double add)
{
    uint64_t bits = load(type, p);
    if (type.bytes == 8) {
        double value;
        memcpy(&value, &bits, 8);
        if (isnan(value))
            return;
        value = value * gain + add;
        memcpy(&bits, &value, 8);
    } else {
        uint32_t half = (uint32_t)bits;
        float value;
        memcpy(&value, &half, 4);
        if (isnan(value))
            return;
        volatile float product = value * (float)gain;
        value = product + (float)add;
        memcpy(&half, &value, 4);
        bits = half;
    }
    store(type, p, bits);
}

static void change(struct type type, uint8_t *p, double gain, double add)
{
    if (type.kind == 'f' && type.bytes == 2) {
        change_half(type, p, gain, add);
        return;
    }
    if (type.kind == 'f') {
        change_float(type, p, gain, add);
        return;
    }
    if (type.bytes == 8) {
        change_64(type, p, add);
        return;
    }
    int width = 8 * type.bytes;
    uint64_t bits = load(type, p);
    int64_t low = type.kind == 'u' ? 0 : -(INT64_C(1) << (width - 1));
    int64_t high = type.kind == 'u' ? (INT64_C(1) << width) - 1 : (INT64_C(1) << (width - 1)) - 1;
    int64_t value = type.kind == 'i' && bits >> (width - 1) ? (int64_t)bits - (INT64_C(1) << width) : (int64_t)bits;
    double result = nearbyint((double)value * gain) + add;
    if (result < (double)low) {
        low_count++;
        result = (double)low;
    } else if (result > (double)high) {
        high_count++;
        result = (double)high;
    }
    store(type, p, (uint64_t)(int64_t)result);
}

int main(int argc, char **argv)
{
    if (argc != 14)
        return 2;
    struct type type = parse_type(argv[3]);
    long long samples = atoll(argv[4]), width = atoll(argv[6]), height = atoll(argv[7]);
    long long offset = atoll(argv[8]), length = atoll(argv[9]);
    long long x0 = 0, y0 = 0, w = INT64_MAX, h = INT64_MAX;
    double adds[64];
    int add_count = 0;
    if (argv[10][0] != '-' && sscanf(argv[10], "%lld,%lld,%lldx%lld", &x0, &y0, &w, &h) != 4)
        return 2;
    for (char *p = argv[12]; p && add_count < 64; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        adds[add_count++] = atof(p);
    FILE *in = fopen(argv[1], "rb");
    if (!in)
        return 1;
    fseeko(in, 0, SEEK_END);
    long long size = ftello(in);
    uint8_t *data = malloc((size_t)size + 1);
    rewind(in);
    if (!data || fread(data, 1, (size_t)size, in) != (size_t)size)
        return 1;
    for (long long at = 0; at + type.bytes <= length; at += type.bytes) {
        long long n = at / type.bytes, c, x, y;
        if (strcmp(argv[5], "bip") == 0) {
            c = n % samples;
            x = n / samples % width;
            y = n / samples / width;
        } else if (strcmp(argv[5], "bil") == 0) {
            x = n % width;
            c = n / width % samples;
            y = n / width / samples;
        } else {
            x = n % width;
            y = n / width % height;
            c = n / width / height;
        }
        if (x < x0 || x - x0 >= w || y < y0 || y - y0 >= h || argv[11][c] != '1')
            continue;
        change(type, data + offset + at, atof(argv[13]), adds[add_count == 1 ? 0 : c]);
    }
    FILE *out = fopen(argv[2], "wb");
    if (!out || fwrite(data, 1, (size_t)size, out) != (size_t)size || fclose(out) != 0)
        return 1;
    fclose(in);
    free(data);
    printf("%lld %lld\n", low_count, high_count);
    return 0;
}
