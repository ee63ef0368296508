/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_DICE_H
#define SEQUENCES_DICE_H

/* dice: numbers that follow from a seed (splitmix64), the same on every machine. */

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_word(struct dice *dice)
{
    uint64_t word = dice->state += 0x9e3779b97f4a7c15u;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u;
    word = (word ^ word >> 27) * 0x94d049bb133111ebu;
    return word ^ word >> 31;
}

/* Dice of their own for each seed and purpose; neighbours have nothing in common. */
static inline struct dice dice_of(uint64_t seed, uint64_t purpose)
{
    struct dice dice = {seed * 2 + purpose};
    dice.state = dice_word(&dice) ^ 0x6a09e667f3bcc909u;
    return dice;
}

/* 0 .. count - 1 */
static inline unsigned dice_below(struct dice *dice, unsigned count)
{
    return (unsigned)(dice_word(dice) % count);
}

static inline bool dice_chance(struct dice *dice, unsigned percent)
{
    return dice_below(dice, 100) < percent;
}

/* Each power of two below the limit as likely as the others. */
static inline unsigned dice_spread(struct dice *dice, unsigned bits)
{
    unsigned bit = dice_below(dice, bits);
    return (1u << bit) + dice_below(dice, 1u << bit);
}

#endif
