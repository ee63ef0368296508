/* SPDX-License-Identifier: MIT */
/*
 * policy.c - see policy.h.
 *
 *     read, read, ...            the incumbent; every 32nd is timed, so that its pace is known
 *     pair                       one pair is enough to see that the rival takes three times as long
 *     pair pair pair ...         else as many as it takes, up to 256; then what looks better
 *     read, read, ...            a while, twice as long each time that the rival loses, 1024 misses at most
 *
 * Means are compared, not medians: a mapped window is dear once and cheap afterwards, and the sum of that is what
 * counts. A single miss that took far longer than the others, as when the thread lost its processor, is cut off.
 *
 * The budget: trials may lose BUDGET_START + BUDGET_SHARE of all the time spent on misses. So ways that are close are
 * compared often, and one that is far slower hardly ever. The promise is 2 ms and 3 %: three policies share a pool, and
 * what is lost before a better rival is found counts, too.
 *
 * 1. Pieces of a trial that is over are learnt from as if they were none of a trial's.
 */
#include "lease/policy.h"

#include <mmview/range.h>

#include <assert.h>

#define BUDGET_START 0.3e-3 /* seconds */
#define BUDGET_SHARE 0.008  /* of the time spent */
#define CLOCK 0.2e-6        /* seconds that a pair's looks at the clock take; measured 2026-11, twice the worst */
#define TIMED 32            /* one of so many misses outside of trials; a power of two */
#define WARMING 4           /* misses that are timed before the first trial: the very first pays for much else */
#define UNKNOWN 8.0         /* how much slower a rival may be of which nothing is known */
#define FAR 3.0             /* a factor that one pair decides for the incumbent */
#define FEWEST 4            /* pairs that decide for the rival */
#define EQUAL 0.02          /* a difference that is none */
#define SURE 2.5            /* standard errors */
#define LEAN 1.0            /* the same, when no more pairs are to come */
#define MOST_PAIRS 256
#define APART 64
#define APART_MOST 1024
#define LATE 1024        /* misses after which a trial whose pieces do not come back is given up */
#define OUTLIER 32.0     /* times the incumbent's pace */
#define LEAST 0.001      /* of the incumbent's time is what a rival takes at least */
#define DRIFT 2.0        /* a factor by which the incumbent has become slower: its rival is tried at once */
#define KEEP (15 / 16.0) /* of the old pace, when a new figure comes */
#define REMEMBER 0.75    /* of earlier trials' evidence */

void mmv__lease_policy_begin(mmv__lease_policy *policy)
{
    *policy = (mmv__lease_policy){.way = MMV__BY_READING, .next_try = WARMING, .apart = APART};
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static mmv__way rival_of(const mmv__lease_policy *policy)
{
    return policy->way == MMV__BY_READING ? MMV__BY_MAPPING : MMV__BY_READING;
}

/* ---- trials ------------------------------------------------------------------------------------------------------ */

/* Whether another pair may lose what it is expected to. */
static bool can_afford(const mmv__lease_policy *policy)
{
    double rival = policy->rival > 0 ? policy->rival : UNKNOWN * policy->pace;
    double loss = larger(rival - policy->pace, 0.1 * policy->pace) + CLOCK;
    return policy->lost + loss <= BUDGET_START + BUDGET_SHARE * policy->spent;
}

static void begin_trial(mmv__lease_policy *policy)
{
    mmv__evidence *evidence = &policy->evidence;
    policy->in_trial = true;
    policy->epoch += 2 * MOST_PAIRS;
    policy->handed = policy->learnt = 0;
    policy->begun = policy->misses;
    policy->piece[0] = policy->piece[1] = 0;
    evidence->pairs *= REMEMBER;
    evidence->incumbent *= REMEMBER;
    evidence->more *= REMEMBER;
    evidence->more_squared *= REMEMBER;
}

/* 'apart' misses will go by before the next one. */
static void end_trial(mmv__lease_policy *policy, uint64_t apart)
{
    policy->in_trial = false;
    policy->level = policy->pace;
    policy->apart = mmv_min(apart, APART_MOST);
    policy->next_try = policy->misses + policy->apart;
}

static void let_rival_win(mmv__lease_policy *policy)
{
    policy->way = rival_of(policy);
    double pace = policy->pace;
    policy->pace = policy->rival;
    policy->rival = pace;
    policy->evidence = (mmv__evidence){0};
    end_trial(policy, APART);
}

typedef enum verdict { MORE, RIVAL, INCUMBENT } verdict;

/* Whether 'mean' is above 'none' by so many standard errors. */
static bool is_above(double mean, double none, double errors, double variance)
{
    double above = mean - none;
    return above > 0 && above * above > errors * errors * variance;
}

static verdict weigh(const mmv__lease_policy *policy, unsigned pairs)
{
    const mmv__evidence *evidence = &policy->evidence;
    double n = evidence->pairs;
    double mean = evidence->more / n;
    double none = EQUAL * evidence->incumbent / n;
    double errors = pairs < MOST_PAIRS ? SURE : LEAN;
    double variance = larger(evidence->more_squared / n - mean * mean, 0) / larger(n - 1, 1);
    if (pairs == 1 && policy->piece[1] > FAR * policy->piece[0])
        return INCUMBENT;
    if (pairs < FEWEST)
        return MORE;
    if (is_above(-mean, none, errors, variance))
        return RIVAL;
    return pairs == MOST_PAIRS || is_above(mean, none, errors, variance) ? INCUMBENT : MORE;
}

/* Whether a trial's first pair says something else altogether than earlier trials. */
static bool has_changed(const mmv__lease_policy *policy)
{
    double rival = policy->piece[1] * policy->pace, before = policy->rival * policy->piece[0];
    return rival > FAR * before || before > FAR * rival;
}

/* A pair is complete. */
static void judge(mmv__lease_policy *policy)
{
    mmv__evidence *evidence = &policy->evidence;
    double more = policy->piece[1] - policy->piece[0];
    if (policy->learnt == 2 && has_changed(policy))
        *evidence = (mmv__evidence){0};
    evidence->pairs += 1;
    evidence->incumbent += policy->piece[0];
    evidence->more += more;
    evidence->more_squared += more * more;
    policy->rival = policy->pace * larger(1 + evidence->more / evidence->incumbent, LEAST);
    /* Not what the pair took: a processor that was lost meanwhile is not the rival's fault. */
    policy->lost += CLOCK + larger(policy->rival - policy->pace, 0);
    verdict said = weigh(policy, policy->learnt / 2);
    policy->piece[0] = policy->piece[1] = 0;
    if (said == RIVAL)
        let_rival_win(policy);
    else if (said == INCUMBENT || !can_afford(policy))
        end_trial(policy, 2 * policy->apart);
}

/* A, B, B, A, A, B ...: what grows or shrinks meanwhile does so for both. */
static bool is_rivals(unsigned piece)
{
    return (piece % 2 == 1) != (piece / 2 % 2 == 1);
}

static bool is_piece(const mmv__lease_policy *policy, mmv__miss miss)
{
    return policy->in_trial && miss.number > policy->epoch;
}

/* ---- misses ------------------------------------------------------------------------------------------------------ */

/* Pair after pair, since one may end the trial: with threads the second pair waits until the first is back. */
static bool has_piece(const mmv__lease_policy *policy)
{
    return policy->in_trial && policy->handed / 2 == policy->learnt / 2 && policy->handed < 2 * MOST_PAIRS;
}

mmv__miss mmv__lease_policy_next(mmv__lease_policy *policy)
{
    policy->misses++;
    policy->spent += policy->pace;
    if (policy->in_trial && policy->misses - policy->begun > LATE)
        end_trial(policy, APART_MOST);
    if (!policy->in_trial && policy->pace > 0 && policy->misses > policy->next_try && can_afford(policy))
        begin_trial(policy);
    if (!has_piece(policy))
        return (mmv__miss){policy->way, policy->misses <= WARMING || policy->misses % TIMED == 0, 0};
    unsigned piece = policy->handed++;
    return (mmv__miss){is_rivals(piece) ? rival_of(policy) : policy->way, true, policy->epoch + piece + 1};
}

static void learn_pace(mmv__lease_policy *policy, double seconds)
{
    bool is_first = policy->pace == 0 || policy->misses <= WARMING;
    policy->pace = is_first ? seconds : KEEP * policy->pace + (1 - KEEP) * seconds;
    if (policy->level > 0 && policy->pace > DRIFT * policy->level)
        policy->next_try = mmv_min(policy->next_try, policy->misses);
}

void mmv__lease_policy_learn(mmv__lease_policy *policy, mmv__miss miss, double seconds)
{
    if (!(seconds > 0)) {
        if (is_piece(policy, miss))
            end_trial(policy, 2 * policy->apart);
        return;
    }
    if (policy->pace > 0 && policy->misses > WARMING)
        seconds = seconds < OUTLIER * policy->pace ? seconds : OUTLIER * policy->pace;
    if (miss.way == policy->way)
        learn_pace(policy, seconds);
    if (!is_piece(policy, miss))
        return;
    /* Invariant 1. */
    assert(policy->learnt < policy->handed);
    policy->piece[miss.way != policy->way] = seconds;
    if (++policy->learnt % 2 == 0)
        judge(policy);
}
