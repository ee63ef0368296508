/* SPDX-License-Identifier: MIT */
/*
 * language: see language.h.
 *
 * Stored values are loaded and stored through memcpy(), so that they may lie anywhere, in either byte order: get_u32 is
 * of this machine's order, get_u32x of the other. The compiler makes plain loads of that.
 *
 * Integers are divided under -fsanitize=integer-divide-by-zero, which calls a function of ours before the processor
 * faults. That function leaves for the caller of the record's code, which knows the number of the record.
 */
#include "mmrec/language.h"

#include <stddef.h>

const char *const language_common[] = {
    "#include <float.h>\n"
    "#include <math.h>\n"
    "#include <stdbool.h>\n"
    "#include <stdint.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "#undef linux\n"
    "#undef unix\n"
    "#undef i386\n"
    "typedef uint8_t u8, mmrec_u8;\n"
    "typedef int8_t i8, mmrec_i8;\n"
    "typedef uint16_t u16, mmrec_u16;\n"
    "typedef int16_t i16, mmrec_i16;\n"
    "typedef uint32_t u32, mmrec_u32;\n"
    "typedef int32_t i32, mmrec_i32;\n"
    "typedef uint64_t u64, mmrec_u64;\n"
    "typedef int64_t i64, mmrec_i64;\n"
    "typedef float f32, mmrec_f32;\n"
    "typedef double f64, mmrec_f64;\n"
    "typedef float mmrec_f16;\n"
    "typedef bool mmrec_bool;\n"
    "typedef char mmrec_char;\n"
    "typedef size_t mmrec_size;\n"
    "#define MMREC_INLINE static inline __attribute__((always_inline, unused))\n",

    "#define MMREC_STORED(name, type, bits, order) \\\n"
    "MMREC_INLINE type mmrec_get_##name(const u8 *at) \\\n"
    "{ bits b; type v; memcpy(&b, at, sizeof b); b = order(b); memcpy(&v, &b, sizeof v); return v; } \\\n"
    "MMREC_INLINE void mmrec_put_##name(u8 *at, type v) \\\n"
    "{ bits b; memcpy(&b, &v, sizeof b); b = order(b); memcpy(at, &b, sizeof b); }\n"
    "#define MMREC_BOTH(name, type, bits, order) MMREC_STORED(name, type, bits, ) MMREC_STORED(name##x, type, bits, "
    "order)\n"
    "MMREC_STORED(u8, u8, u8, )\n"
    "MMREC_STORED(i8, i8, u8, )\n"
    "MMREC_STORED(char, char, u8, )\n"
    "MMREC_BOTH(u16, u16, u16, __builtin_bswap16)\n"
    "MMREC_BOTH(i16, i16, u16, __builtin_bswap16)\n"
    "MMREC_BOTH(u32, u32, u32, __builtin_bswap32)\n"
    "MMREC_BOTH(i32, i32, u32, __builtin_bswap32)\n"
    "MMREC_BOTH(f32, f32, u32, __builtin_bswap32)\n"
    "MMREC_BOTH(u64, u64, u64, __builtin_bswap64)\n"
    "MMREC_BOTH(i64, i64, u64, __builtin_bswap64)\n"
    "MMREC_BOTH(f64, f64, u64, __builtin_bswap64)\n"
    "MMREC_INLINE bool mmrec_get_bool(const u8 *at) { return *at != 0; }\n",

    /* What has more than one spelling is stored only when its value has changed: others' bits stay. */
    "MMREC_INLINE void mmrec_put_bool(u8 *at, bool v) { if (v != (*at != 0)) *at = v; }\n"
    "MMREC_INLINE float mmrec_wide(u16 h)\n"
    "{\n"
    "    u32 sign = (u32)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023, b;\n"
    "    float v;\n"
    "    if (exponent == 0) { v = (float)fraction * 0x1p-24f; return sign ? -v : v; }\n"
    "    b = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | fraction << 13;\n"
    "    memcpy(&v, &b, sizeof v);\n"
    "    return v;\n"
    "}\n"
    "MMREC_INLINE u16 mmrec_half(float v)\n"
    "{\n"
    "    u32 b;\n"
    "    memcpy(&b, &v, sizeof b);\n"
    "    u16 sign = b >> 16 & 0x8000;\n"
    "    b &= 0x7fffffff;\n"
    "    if (b > 0x7f800000) return sign | 0x7e00 | (b >> 13 & 0x3ff);\n"
    "    if (b >= 0x47800000) return sign | 0x7c00;\n"
    "    if (b < 0x38800000) return sign | (u16)rintf(fabsf(v) * 0x1p24f);\n"
    "    b += 0xfff + (b >> 13 & 1);\n"
    "    return sign | (b - 0x38000000) >> 13;\n"
    "}\n"
    "#define MMREC_HALF(name, order) \\\n"
    "MMREC_INLINE float mmrec_get_##name(const u8 *at) \\\n"
    "{ u16 b; memcpy(&b, at, sizeof b); return mmrec_wide(order(b)); } \\\n"
    "MMREC_INLINE void mmrec_put_##name(u8 *at, float v) \\\n"
    "{ float was = mmrec_get_##name(at); if (memcmp(&was, &v, sizeof v) == 0) return; \\\n"
    "  u16 b = order(mmrec_half(v)); memcpy(at, &b, sizeof b); }\n"
    "MMREC_HALF(f16, )\n"
    "MMREC_HALF(f16x, __builtin_bswap16)\n",

    "#define MMREC_SAT(name, low, high) \\\n"
    "MMREC_INLINE name mmrec_sat_##name##_i(i64 x) \\\n"
    "{ return x < (i64)low ? low : x > 0 && (u64)x > (u64)high ? high : (name)x; } \\\n"
    "MMREC_INLINE name mmrec_sat_##name##_u(u64 x) { return x > (u64)high ? high : (name)x; } \\\n"
    "MMREC_INLINE name mmrec_sat_##name##_f(double x) \\\n"
    "{ x = rint(x); return x != x ? 0 : x <= (double)low ? low : x >= (double)high ? high : (name)x; }\n"
    "MMREC_SAT(u8, 0, UINT8_MAX)\n"
    "MMREC_SAT(i8, INT8_MIN, INT8_MAX)\n"
    "MMREC_SAT(u16, 0, UINT16_MAX)\n"
    "MMREC_SAT(i16, INT16_MIN, INT16_MAX)\n"
    "MMREC_SAT(u32, 0, UINT32_MAX)\n"
    "MMREC_SAT(i32, INT32_MIN, INT32_MAX)\n"
    "MMREC_SAT(u64, 0, UINT64_MAX)\n"
    "MMREC_SAT(i64, INT64_MIN, INT64_MAX)\n"
    "MMREC_INLINE float mmrec_sat_f32(double x) { return x > FLT_MAX ? FLT_MAX : x < -FLT_MAX ? -FLT_MAX : (float)x; "
    "}\n"
    "#define MMREC_OF(name, x) _Generic((x), float: name##_f, double: name##_f, long double: name##_f, \\\n"
    "    unsigned long: name##_u, unsigned long long: name##_u, default: name##_i)(x)\n"
    "#define sat(to, x) _Generic((__typeof__(to))0, mmrec_u8: MMREC_OF(mmrec_sat_u8, x), mmrec_i8: "
    "MMREC_OF(mmrec_sat_i8, x), \\\n"
    "    mmrec_u16: MMREC_OF(mmrec_sat_u16, x), mmrec_i16: MMREC_OF(mmrec_sat_i16, x), \\\n"
    "    mmrec_u32: MMREC_OF(mmrec_sat_u32, x), mmrec_i32: MMREC_OF(mmrec_sat_i32, x), \\\n"
    "    mmrec_u64: MMREC_OF(mmrec_sat_u64, x), mmrec_i64: MMREC_OF(mmrec_sat_i64, x), \\\n"
    "    float: mmrec_sat_f32((double)(x)), double: (double)(x))\n",

    "MMREC_INLINE i64 mmrec_clamp_i(i64 x, i64 low, i64 high) { return x < low ? low : x > high ? high : x; }\n"
    "MMREC_INLINE u64 mmrec_clamp_u(u64 x, u64 low, u64 high) { return x < low ? low : x > high ? high : x; }\n"
    "MMREC_INLINE double mmrec_clamp_f(double x, double low, double high) { return x < low ? low : x > high ? high : "
    "x; }\n"
    "#define clamp(x, low, high) _Generic((x) + (low) + (high), float: mmrec_clamp_f, double: mmrec_clamp_f, \\\n"
    "    unsigned long: mmrec_clamp_u, unsigned long long: mmrec_clamp_u, default: mmrec_clamp_i)(x, low, high)\n"
    /* The shorter of two texts goes on with zeros. */
    "MMREC_INLINE int mmrec_order(const char *a, size_t m, const char *b, size_t n)\n"
    "{\n"
    "    size_t k = m < n ? m : n;\n"
    "    int order = memcmp(a, b, k);\n"
    "    for (size_t i = k; i < m && order == 0; i++) order = a[i] != 0;\n"
    "    for (size_t i = k; i < n && order == 0; i++) order = -(b[i] != 0);\n"
    "    return (order > 0) - (order < 0);\n"
    "}\n"
    "#define MMREC_LENGTH(a) _Generic(&(a), char (*)[sizeof(a)]: sizeof(a))\n"
    "#define cmp(a, b) mmrec_order(a, MMREC_LENGTH(a), b, MMREC_LENGTH(b))\n"
    "#define eq(a, b) (mmrec_order(a, MMREC_LENGTH(a), b, MMREC_LENGTH(b)) == 0)\n"
    "#define MMREC_SWAP(name, bits, order) MMREC_INLINE name mmrec_swap_##name(name v) \\\n"
    "{ bits b; memcpy(&b, &v, sizeof b); b = order(b); memcpy(&v, &b, sizeof v); return v; }\n"
    "MMREC_SWAP(char, u8, )\n"
    "MMREC_SWAP(u8, u8, )\n"
    "MMREC_SWAP(i8, u8, )\n"
    "MMREC_SWAP(u16, u16, __builtin_bswap16)\n"
    "MMREC_SWAP(i16, u16, __builtin_bswap16)\n"
    "MMREC_SWAP(u32, u32, __builtin_bswap32)\n"
    "MMREC_SWAP(i32, u32, __builtin_bswap32)\n"
    "MMREC_SWAP(f32, u32, __builtin_bswap32)\n"
    "MMREC_SWAP(u64, u64, __builtin_bswap64)\n"
    "MMREC_SWAP(i64, u64, __builtin_bswap64)\n"
    "MMREC_SWAP(f64, u64, __builtin_bswap64)\n"
    "#define swap(x) _Generic((x), char: mmrec_swap_char, mmrec_u8: mmrec_swap_u8, mmrec_i8: mmrec_swap_i8, mmrec_u16: "
    "mmrec_swap_u16, \\\n"
    "    mmrec_i16: mmrec_swap_i16, mmrec_u32: mmrec_swap_u32, mmrec_i32: mmrec_swap_i32, float: mmrec_swap_f32, \\\n"
    "    mmrec_u64: mmrec_swap_u64, mmrec_i64: mmrec_swap_i64, double: mmrec_swap_f64)(x)\n",
    NULL,
};

const char *const language_shifted[] = {
    "#define MMREC_SHIFTED(name, bits, order, plain) \\\n"
    "MMREC_INLINE name mmrec_get_##name##order(const u8 *at) \\\n"
    "{ bits b; name v = mmrec_get_##name##plain(at); memcpy(&b, &v, sizeof b); \\\n"
    "  b ^= (bits)1 << (8 * sizeof b - 1); memcpy(&v, &b, sizeof v); return v; } \\\n"
    "MMREC_INLINE void mmrec_put_##name##order(u8 *at, name v) \\\n"
    "{ bits b; memcpy(&b, &v, sizeof b); b ^= (bits)1 << (8 * sizeof b - 1); memcpy(&v, &b, sizeof v); \\\n"
    "  mmrec_put_##name##plain(at, v); }\n"
    "MMREC_SHIFTED(i8, u8, o, )\n"
    "MMREC_SHIFTED(u16, u16, o, )\n"
    "MMREC_SHIFTED(u16, u16, xo, x)\n"
    "MMREC_SHIFTED(u32, u32, o, )\n"
    "MMREC_SHIFTED(u32, u32, xo, x)\n"
    "MMREC_SHIFTED(u64, u64, o, )\n"
    "MMREC_SHIFTED(u64, u64, xo, x)\n",
    NULL,
};

const char *const language_divide[] = {
    "#include <setjmp.h>\n"
    "struct mmrec_guard { jmp_buf out; volatile u64 index; };\n"
    "static _Thread_local struct mmrec_guard *mmrec_guard;\n"
    "#define MMREC_CALLED __attribute__((visibility(\"hidden\"), used))\n"
    "#define MMREC_LEAVE(name) MMREC_CALLED void name(void *a, void *b, void *c); \\\n"
    "MMREC_CALLED void name(void *a, void *b, void *c) { (void)a; (void)b; (void)c; longjmp(mmrec_guard->out, 1); }\n"
    "#define MMREC_WRAP(name) MMREC_CALLED void name(void *a, void *b, void *c); \\\n"
    "MMREC_CALLED void name(void *a, void *b, void *c) { (void)a; (void)b; (void)c; }\n"
    "MMREC_LEAVE(__ubsan_handle_divrem_overflow)\n"
    "MMREC_LEAVE(__ubsan_handle_divrem_overflow_abort)\n"
    "MMREC_WRAP(__ubsan_handle_add_overflow)\n"
    "MMREC_WRAP(__ubsan_handle_sub_overflow)\n"
    "MMREC_WRAP(__ubsan_handle_mul_overflow)\n"
    "MMREC_CALLED void __ubsan_handle_negate_overflow(void *a, void *b);\n"
    "MMREC_CALLED void __ubsan_handle_negate_overflow(void *a, void *b) { (void)a; (void)b; }\n",
    NULL,
};

const char *const language_reduce[] = {
    "struct mmrec_state { u64 count, values, low, high; double real, mean, spread; };\n"
    "MMREC_INLINE void mmrec_count(struct mmrec_state *s) { s->count++; }\n"
    "MMREC_INLINE void mmrec_sum_u(struct mmrec_state *s, u64 x)\n"
    "{ s->count++; s->values = 1; s->low += x; s->high += s->low < x; }\n"
    "MMREC_INLINE void mmrec_sum_i(struct mmrec_state *s, i64 x)\n"
    "{ s->count++; s->values = 0; s->low += (u64)x; s->high += (s->low < (u64)x) - (u64)(x < 0); }\n"
    "MMREC_INLINE void mmrec_sum_f(struct mmrec_state *s, double x) { s->count++; s->values = 2; s->real += x; }\n"
    "#define MMREC_EXTREME(name, order) \\\n"
    "MMREC_INLINE void name##_u(struct mmrec_state *s, u64 x) \\\n"
    "{ s->values = 1; if (s->count++ == 0 || x order s->low) s->low = x; } \\\n"
    "MMREC_INLINE void name##_i(struct mmrec_state *s, i64 x) \\\n"
    "{ s->values = 0; if (s->count++ == 0 || x order (i64)s->low) s->low = (u64)x; } \\\n"
    "MMREC_INLINE void name##_f(struct mmrec_state *s, double x) \\\n"
    "{ s->values = 2; if (x == x && (s->count++ == 0 || x order s->real)) s->real = x; }\n"
    "MMREC_EXTREME(mmrec_min, <)\n"
    "MMREC_EXTREME(mmrec_max, >)\n"
    "MMREC_INLINE void mmrec_mean(struct mmrec_state *s, double x)\n"
    "{\n"
    "    double apart = x - s->mean;\n"
    "    s->values = 2;\n"
    "    s->mean += apart / (double)++s->count;\n"
    "    s->spread += apart * (x - s->mean);\n"
    "}\n"
    "#define MMREC_TAKE(name, s, x) _Generic((x), float: name##_f, double: name##_f, long double: name##_f, \\\n"
    "    unsigned long: name##_u, unsigned long long: name##_u, default: name##_i)(s, x)\n",
    NULL,
};

/* groups.c has the same hash. */
const char *const language_group[] = {
    "struct mmrec_groups { u64 *keys; struct mmrec_state *states; u32 *slots; u64 mask;\n"
    "    struct mmrec_state *(*add)(struct mmrec_groups *, u64); i32 kind; };\n"
    "#define MMREC_IS_KEY(x) _Generic((x), bool: 1, char: 1, signed char: 1, unsigned char: 1, short: 1, \\\n"
    "    unsigned short: 1, int: 1, unsigned: 1, long: 1, unsigned long: 1, long long: 1, unsigned long long: 1, "
    "default: 0)\n"
    "#define MMREC_KIND(x) _Generic((x), bool: 2, unsigned long: 1, unsigned long long: 1, default: 0)\n"
    "MMREC_INLINE struct mmrec_state *mmrec_find(struct mmrec_groups *g, u64 key)\n"
    "{\n"
    "    u64 at = (key ^ key >> 32) * 0x9e3779b97f4a7c15u;\n"
    "    for (at ^= at >> 32;; at++) {\n"
    "        u32 slot = g->slots[at & g->mask];\n"
    "        if (slot == 0) return g->add(g, key);\n"
    "        if (g->keys[slot - 1] == key) return g->states + (mmrec_size)(slot - 1) * mmrec_figures;\n"
    "    }\n"
    "}\n",
    NULL,
};

const char *const language_show[] = {
    "struct mmrec_cell { int kind; u64 bits; double real; const u8 *text; u8 letter; };\n"
    "struct mmrec_rows { struct mmrec_cell *cells; u64 *numbers; mmrec_size count; };\n"
    "MMREC_INLINE void mmrec_cell_i(struct mmrec_cell *c, i64 x) { c->kind = 0; c->bits = (u64)x; }\n"
    "MMREC_INLINE void mmrec_cell_u(struct mmrec_cell *c, u64 x) { c->kind = 1; c->bits = x; }\n"
    "MMREC_INLINE void mmrec_cell_f(struct mmrec_cell *c, float x) { c->kind = 2; c->real = x; }\n"
    "MMREC_INLINE void mmrec_cell_d(struct mmrec_cell *c, double x) { c->kind = 3; c->real = x; }\n"
    "MMREC_INLINE void mmrec_cell_b(struct mmrec_cell *c, bool x) { c->kind = 4; c->bits = x; }\n"
    "MMREC_INLINE void mmrec_cell_t(struct mmrec_cell *c, const u8 *x, u64 bytes)\n"
    "{ c->kind = 5; c->text = x; c->bits = bytes; }\n"
    "MMREC_INLINE void mmrec_cell_c(struct mmrec_cell *c, char x) { c->letter = (u8)x; mmrec_cell_t(c, &c->letter, 1); "
    "}\n"
    "#define MMREC_CELL(c, x) _Generic((x), char: mmrec_cell_c, bool: mmrec_cell_b, float: mmrec_cell_f, double: "
    "mmrec_cell_d, \\\n"
    "    long double: mmrec_cell_d, unsigned long: mmrec_cell_u, unsigned long long: mmrec_cell_u, \\\n"
    "    default: mmrec_cell_i)(c, x)\n",
    NULL,
};
