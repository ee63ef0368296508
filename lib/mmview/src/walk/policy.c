/* SPDX-License-Identifier: MIT */
/*
 * policy.c - see policy.h.
 *
 *     small pairs (256 KiB)    is the rival so much slower that a larger piece would be dear?
 *        |  no
 *     pairs of 2 MiB           1 pair decides a factor of 3; more until the spread parts them, or they are equal
 *        |
 *     later, now and then      the same again: folios change along a file, and noise may have decided
 *
 * Why 2 MiB: a mapping gets its large pages only for whole ones, so smaller pieces make it look slower than it is.
 *
 * The budget. A trial may lose BUDGET_START + BUDGET_SHARE of the whole time, a later one BUDGET_SHARE of the time so
 * far, all together; what a try will lose is known from the last one. So ways that are close are compared often,
 * and one that is far slower hardly ever.
 *
 * 1. Whatever the driver measures, turns cover the work: next() never gives 0 bytes.
 * 2. Turns of a trial that is over are learnt from as if they were none of a trial's. No assert: they are told by their
 *    number, is_piece().
 * 3. A trial ends: a piece is repeated REPEATED times at most in one trial. No assert: repeat_piece() counts.
 */
#include "walk/policy.h"

#include <mmview/range.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SMALL (256 * MMV_KIB)
#define SMALLEST (64 * MMV_KIB)
#define LARGE (2 * MMV_MIB)
#define LARGEST (16 * MMV_MIB)
#define LATER_LARGEST (4 * MMV_MIB)
#define BUDGET_START 0.6e-3    /* seconds of the team */
#define BUDGET_SHARE 0.015     /* of the whole work's time */
#define LATER_SHARE 0.006      /* of the time so far */
#define WORTH 1e-3             /* seconds that the work must take for a trial to be worth it */
#define FAR 3.0                /* a factor that one pair decides, when the size of its pieces does not explain it */
#define UNFAIR (512 * MMV_KIB) /* bytes that a window may cost besides its own: folios are made ready as wholes */
#define UNKNOWN 1.5e-9         /* seconds per byte more that a rival may take of which nothing is known: 6 us a page */
#define EQUAL 1.03             /* ways that are no further apart are equally good */
#define CLEARLY 1.3            /* a factor that other programs' noise seldom makes */
#define CROWDED 1.2            /* and one that it seldom makes of all pieces of a trial */
#define MEMORY 0.7             /* how much of what was seen before counts beside a new trial */
#define KEEP 0.8               /* how much of the pace's memory a turn keeps */
#define DRIFT 1.4              /* turns that are slower by this ... */
#define OTHER_WORLD 5.0        /* slower by more than other programs make it: what was learnt is of no use */
#define DRIFT_TURNS 3          /* ... so many in a row: something has changed */
#define PATIENCE 3.0           /* a turn that is slower by this is given up: for nobody knows what is behind it */
#define UNANIMOUS 4            /* pairs that all say the same, however far their spread is */
#define ENOUGH 6               /* pairs after which what is not parted counts as equal */
#define TURN_LEAST 6e-3        /* seconds of a turn: a mapping's price is small against that */
#define TURN_SHARE 0.007       /* and of the whole work's time */
#define REPEATED 8             /* pieces of a trial that may come back too short: then it is dropped */
#define AT_ONCE (2 * MMV_MIB)
#define TRIAL_PART 6     /* a trial is at most such a part of what is left */
#define APART 16         /* large pieces of each thread from one try to the next ... */
#define APART_MOST 24    /* ... and when tries have changed nothing, ... */
#define APART_PART 16    /* ... or such a part of what was handed out, when that is more: most trials of a large file */
#define SOON 8           /* turns of each thread: who goes back by then was misled */
#define MOST_BROKEN 8    /* promises in a row: each doubles the way to the next try */
#define PROBATION 6      /* turns after which a new incumbent must be better than the old one was ... */
#define PROBATION_EACH 3 /* ... and of each thread */

/* ---- what is known ---------------------------------------------------------------------------------------------- */

static double of_team(const mmv__policy *policy, double seconds)
{
    return seconds / policy->terms.threads;
}

static uint64_t left(const mmv__policy *policy)
{
    return policy->terms.length > policy->handed ? policy->terms.length - policy->handed : 0;
}

/* Seconds of the team that the rest takes. */
static double time_left(const mmv__policy *policy)
{
    return of_team(policy, policy->pace * (double)left(policy));
}

/* Seconds of the team that the whole work takes. */
static double time_whole(const mmv__policy *policy)
{
    return of_team(policy, policy->busy) + time_left(policy);
}

/* Seconds of the team that trials may still lose. */
static double credit(const mmv__policy *policy, bool is_late)
{
    double share = is_late ? LATER_SHARE * of_team(policy, policy->busy) : BUDGET_SHARE * time_whole(policy);
    return BUDGET_START + share - of_team(policy, policy->lost[is_late]);
}

/*
 * Pairs of 'size' that are under way at once: all threads take part, so that many of them lose no more time than few,
 * and know sooner. But not with much of what is left: by then it would be too late to use what they tell.
 */
static unsigned pairs_at_once(const mmv__policy *policy, uint64_t size)
{
    uint64_t room = mmv_max(left(policy) / (2 * size * TRIAL_PART), 1);
    return (unsigned)mmv_min(mmv_min(mmv_max(policy->terms.threads / 2, 1), room), MMV__PAIRS);
}

/* Later tries only look whether something has changed much. */
static uint64_t largest_piece(const mmv__policy *policy)
{
    return mmv_max(mmv_min(policy->terms.most, policy->ratio > 0 ? LATER_LARGEST : LARGEST),
                   mmv_max(SMALL, policy->terms.fine));
}

static uint64_t smallest(const mmv__policy *policy)
{
    return mmv_max(SMALLEST, policy->terms.fine);
}

/* Pieces that tell whether larger ones are worth it: many of them, and dear ones, are smaller. */
static uint64_t small(const mmv__policy *policy)
{
    uint64_t part = policy->terms.length / (16 * (uint64_t)policy->terms.threads);
    return mmv_max(mmv_min(SMALL, mmv_round_down(part, SMALLEST)), smallest(policy));
}

/* How many times as long the rival may need, as far as is known. */
static double expected(const mmv__policy *policy)
{
    return policy->ratio > 0 ? policy->ratio : 1 + UNKNOWN / policy->pace;
}

/* Whether pairs of 'size' that the rival may need 'ratio' times as long for can be afforded, and are worth it. */
static bool can_afford(const mmv__policy *policy, uint64_t size, double ratio, bool is_late)
{
    double piece = policy->pace * (double)size;
    double loss = of_team(policy, pairs_at_once(policy, size) * piece * fmax(ratio - 1, 0.1));
    return time_left(policy) > WORTH && piece * fmax(ratio, 1) <= time_left(policy) / 4 &&
           loss <= credit(policy, is_late) && loss <= time_left(policy) / 8;
}

/* ---- trials ------------------------------------------------------------------------------------------------------ */

static void begin_trial(mmv__policy *policy, uint64_t size, bool is_late)
{
    unsigned epoch = policy->trial.epoch + 2 * MMV__PAIRS;
    policy->trial =
        (mmv__trial){.size = size, .pairs = pairs_at_once(policy, size), .epoch = epoch, .is_late = is_late};
    policy->tries++;
}

static void end_trial(mmv__policy *policy)
{
    policy->trial.size = 0;
    policy->level = policy->pace;
    policy->slow = 0;
}

/*
 * What trials of full size have said together, the latest most. True when that speaks for the rival, though none of
 * them was sure.
 */
static bool has_won_slowly(mmv__policy *policy, double middle, double error)
{
    double weight = 1 / (error * error);
    policy->said.weight = MEMORY * policy->said.weight + weight;
    policy->said.mean += (middle - policy->said.mean) * weight / policy->said.weight;
    return policy->trial.size >= LARGE && policy->said.mean + 2.5 / sqrt(policy->said.weight) < -log(EQUAL);
}

/* The next try comes later each time. */
static void put_off(mmv__policy *policy, uint64_t most)
{
    policy->apart = mmv_min(2 * policy->apart, most);
    policy->next_try = policy->handed + policy->apart;
}

/* The rival has lost: it will be tried again. */
static void keep_incumbent(mmv__policy *policy, double ratio)
{
    policy->ratio = ratio;
    policy->size = policy->trial.size;
    uint64_t most = (APART_MOST * LARGE * (uint64_t)policy->terms.threads) << policy->promise.broken[1];
    put_off(policy, mmv_max(most, policy->handed / APART_PART));
    end_trial(policy);
}

/* 'paces': of the incumbent, and of the rival, which is that from now on. */
static void let_rival_win(mmv__policy *policy, const double paces[2])
{
    mmv_io io = policy->io;
    policy->io = policy->rival;
    policy->rival = io;
    policy->promise.before = fmax(paces[0], policy->promise.crowd);
    policy->promise.crowd = 0;
    policy->pace = paces[1];
    policy->ratio = paces[0] / paces[1];
    policy->size = policy->trial.size;
    /* Back again soon: the last trial was wrong, and the next one may be. */
    bool is_back = policy->switches > 0 && policy->since < SOON * policy->terms.threads;
    unsigned broken = is_back ? (unsigned)mmv_min(policy->promise.broken[0] + 1, MOST_BROKEN) : 0;
    policy->promise.broken[0] = policy->promise.broken[1];
    policy->promise.broken[1] = broken;
    policy->since = 0;
    policy->largest = policy->trial.size;
    policy->switches++;
    policy->said.mean = policy->said.weight = 0;
    policy->apart = (APART * LARGE * (uint64_t)policy->terms.threads) << policy->promise.broken[1];
    policy->next_try = policy->handed + policy->apart;
    end_trial(policy);
}

/*
 * A window costs the same whatever its size, and gets large pages only for whole ones: so small pieces make mapping
 * look slower than it is.
 */
static double unfair(uint64_t size)
{
    return 1 + (double)UNFAIR / (double)size;
}

/* Whether pairs that cannot be made more or larger speak for the rival. */
static bool is_for_rival(const mmv__policy *policy, const mmv__verdict *v)
{
    bool is_fair = policy->rival == MMV_IO_MMAP || policy->trial.size >= largest_piece(policy);
    return v->middle < -fmax(1.5 * v->error, log(is_fair ? EQUAL : unfair(policy->trial.size)));
}

/*
 * Threads that go the incumbent's way wait for each other, where writes to a file do. A piece that happens to be alone
 * does not, and so the median of pieces does not show it. 'faster': logarithm of a difference that means nothing.
 */
static bool is_better_than_crowd(const mmv__policy *policy, double faster)
{
    double most = 0;
    for (unsigned i = 0; i < policy->trial.pairs; i++)
        most = fmax(most, policy->trial.pace[1][i]);
    return policy->terms.threads > 1 && CROWDED * most * exp(faster) < policy->promise.crowd;
}

typedef enum outcome { MORE, RIVAL, INCUMBENT } outcome;

/* A thread that lost its processor looks like a slow way, once: so one pair may only say that the rival is far slower.
 */
static outcome decide(const mmv__policy *policy, const mmv__verdict *v)
{
    unsigned n = policy->trial.pairs;
    double handicap = log(unfair(policy->trial.size)), sure = n > 1 ? 2.5 * v->error : log(FAR);
    bool is_mapped = policy->rival == MMV_IO_MMAP, is_largest = policy->trial.size >= largest_piece(policy);
    double slower = is_mapped && !is_largest ? handicap : log(EQUAL), faster = is_mapped ? log(EQUAL) : handicap;
    if (v->middle > fmax(sure, slower) && v->middle - slower > (n > 1 ? sure - slower : log(CLEARLY)))
        return INCUMBENT;
    if (n > 1 && v->middle + sure < -faster)
        return RIVAL;
    if (n >= UNANIMOUS && v->most < -faster)
        return RIVAL;
    if (n > 1 && v->middle < log(EQUAL) && is_better_than_crowd(policy, faster))
        return RIVAL;
    if (n >= 3 && fabs(v->middle) + sure < 2 * log(EQUAL))
        return INCUMBENT;
    if (n < ENOUGH || !is_largest)
        return MORE;
    return is_for_rival(policy, v) ? RIVAL : INCUMBENT;
}

/* What the ratio of pieces of one size says of another: a folio that costs all of its time in a small piece does once.
 */
static double ratio_of(double ratio, uint64_t size, uint64_t other)
{
    return ratio < unfair(size) ? ratio * unfair(other) / unfair(size) : ratio;
}

/* Larger pieces tell more, as long as enough is left to use it. */
static uint64_t larger_piece(const mmv__policy *policy, double ratio)
{
    uint64_t size = mmv_min(4 * policy->trial.size, largest_piece(policy));
    /* What is a little faster need not be known for sure when it costs as much as it gains. */
    if (size > LARGE)
        size = mmv_max(mmv_min(size, (uint64_t)(time_whole(policy) / 100 / policy->pace)), LARGE);
    if (policy->rival == MMV_IO_MMAP)
        ratio = ratio_of(ratio, policy->trial.size, size);
    bool fits = 2 * size <= left(policy) / TRIAL_PART && can_afford(policy, size, ratio, policy->trial.is_late);
    return size > policy->trial.size && fits ? size : 0;
}

/* All pieces are back. */
static void judge(mmv__policy *policy)
{
    mmv__trial *trial = &policy->trial;
    mmv__verdict v = mmv__verdict_of(trial->pace, trial->pairs);
    double ratio = exp(v.middle);
    /* Not what it took: a processor that was lost meanwhile is not the rival's fault. */
    double fault = fmin(ratio, policy->ratio > 0 ? 2 * policy->ratio : expected(policy));
    policy->lost[trial->is_late] +=
        (double)trial->size * policy->pace * fmax(fault - 1, 0) * (trial->pairs - trial->paid);
    trial->paid = trial->pairs;
    switch (decide(policy, &v)) {
    case RIVAL:
        let_rival_win(policy, v.paces);
        return;
    case INCUMBENT:
        if (has_won_slowly(policy, v.middle, v.error))
            let_rival_win(policy, v.paces);
        else
            keep_incumbent(policy, ratio);
        return;
    default:
        break;
    }
    /* A rival that looks better, unfair as the piece is, needs no larger one. */
    bool is_better = policy->rival == MMV_IO_MMAP && ratio < 1 / EQUAL && trial->pairs < ENOUGH;
    bool can_grow = !is_better && (trial->pairs >= 2 || trial->size < LARGE);
    uint64_t larger = can_grow ? larger_piece(policy, ratio) : 0;
    if (larger)
        begin_trial(policy, larger, trial->is_late);
    else if (trial->pairs < ENOUGH && can_afford(policy, trial->size, ratio, trial->is_late))
        trial->pairs++;
    else if (is_for_rival(policy, &v))
        let_rival_win(policy, v.paces);
    else
        keep_incumbent(policy, ratio);
}

/* A, B, B, A, A, B ...: what grows or shrinks along the file does so for both. */
static bool is_rivals(unsigned piece)
{
    return (piece % 2 == 1) != (piece / 2 % 2 == 1);
}

static void learn_piece(mmv__policy *policy, const mmv__turn *turn, uint64_t bytes, double seconds)
{
    mmv__trial *trial = &policy->trial;
    unsigned piece = turn->number - trial->epoch - 1;
    unsigned pair = piece / 2, is_rival = is_rivals(piece);
    assert(pair < MMV__PAIRS && trial->pace[is_rival][pair] == 0);
    trial->pace[is_rival][pair] = seconds / (double)bytes;
    trial->learnt++;
    if (trial->learnt == 2 * trial->pairs)
        judge(policy);
}

/* ---- turns ------------------------------------------------------------------------------------------------------- */

/* The size of pieces that are now to be tried, 0 = none. */
static uint64_t piece_to_try(const mmv__policy *policy)
{
    bool is_late = policy->ratio > 0, has_changed = policy->slow >= DRIFT_TURNS;
    uint64_t size = small(policy);
    if (policy->rival == policy->io || policy->trial.size > 0)
        return 0;
    /* Many threads would have begun with half of a small file before the first of them is back. */
    if (policy->pace == 0)
        return policy->terms.threads > 2 && policy->handed == 0 && policy->terms.length >= AT_ONCE ? size : 0;
    if (!has_changed && policy->handed < policy->next_try)
        return 0;
    if (is_late && !has_changed && policy->ratio < FAR)
        return can_afford(policy, mmv_max(LARGE, size), policy->ratio, true) ? mmv_max(LARGE, size) : 0;
    double ratio = expected(policy);
    /* The incumbent has become slower: then the rival may be as good as it was before. */
    if (has_changed && policy->pace > OTHER_WORLD * policy->level)
        ratio *= policy->level / policy->pace;
    while (size > smallest(policy) && !can_afford(policy, size, ratio, is_late))
        size = mmv_max(mmv_round_down(size / 2, SMALLEST), smallest(policy));
    return can_afford(policy, size, ratio, is_late) ? size : 0;
}

/*
 * Turns after which a new incumbent must be better than the old one was: by then all threads go its way, and none is
 * still under way by the other one.
 */
static unsigned probation(const mmv__policy *policy)
{
    return (unsigned)mmv_max(PROBATION, PROBATION_EACH * policy->terms.threads);
}

/* From small turns to large ones, so that the first of many threads do not take the whole work before one is back. */
static uint64_t turn_size(const mmv__policy *policy)
{
    uint64_t size = mmv_min(mmv_max(small(policy), 2 * policy->largest), policy->terms.most);
    /* What has to keep a promise may not cost much. */
    if (policy->promise.before > 0)
        size = mmv_min(size, mmv_max(2 * LARGE, policy->size));
    /* What goes slower all of a sudden is seen when the turn is over. */
    if (policy->rival != policy->io && policy->pace > 0) {
        double seconds = fmax(TURN_LEAST, TURN_SHARE * time_whole(policy));
        size = mmv_min(size, mmv_max(LARGE, (uint64_t)(seconds / policy->pace)));
    }
    /* Towards the end, smaller again: nobody shall be left with a large one when the others are done. */
    if (policy->terms.threads > 1)
        size = mmv_min(size, mmv_max(left(policy) / (2 * (uint64_t)policy->terms.threads), SMALL));
    if (policy->io == MMV_IO_MMAP)
        size = mmv_max(size, mmv_min(2 * SMALL, policy->terms.most));
    return mmv_max(size, policy->terms.fine);
}

static bool has_piece(const mmv__trial *trial)
{
    return trial->size > 0 && (trial->again || trial->handed < 2 * trial->pairs);
}

/* The number of a piece that came back too short, and is not one of these any more. */
static unsigned take_again(mmv__trial *trial)
{
    unsigned piece = 0;
    while (!(trial->again >> piece & 1))
        piece++;
    trial->again &= trial->again - 1;
    return piece;
}

static mmv__turn next_piece(mmv__policy *policy)
{
    mmv__trial *trial = &policy->trial;
    unsigned piece = trial->again ? take_again(trial) : trial->handed++;
    return (mmv__turn){is_rivals(piece) ? policy->rival : policy->io, trial->size, trial->epoch + piece + 1, 0};
}

/* Who asks while a trial is under way goes the way that looks better so far. */
static mmv_io way_meanwhile(const mmv__policy *policy)
{
    const mmv__trial *trial = &policy->trial;
    double sum[2] = {0, 0};
    unsigned count[2] = {0, 0};
    for (unsigned way = 0; way < 2 && trial->size > 0; way++)
        for (unsigned i = 0; i < trial->pairs; i++) {
            sum[way] += trial->pace[way][i];
            count[way] += trial->pace[way][i] > 0;
        }
    if (count[1] < 2 || (count[0] == 0 && policy->pace > 0))
        return policy->io;
    bool is_plain = count[0] == 0 || CLEARLY * sum[1] / count[1] < sum[0] / count[0];
    return is_plain ? policy->rival : policy->io;
}

mmv__turn mmv__policy_next(mmv__policy *policy)
{
    uint64_t piece = piece_to_try(policy);
    /* When the incumbent has become slower, nobody knows whether its own threads are to blame. */
    if (piece && policy->slow >= DRIFT_TURNS)
        policy->promise.crowd = 0;
    if (piece)
        begin_trial(policy, piece, policy->ratio > 0);
    mmv__turn turn = {way_meanwhile(policy), turn_size(policy), 0, 0};
    if (turn.io == policy->io && policy->rival != policy->io)
        turn.patience = PATIENCE * policy->level;
    if (has_piece(&policy->trial))
        turn = next_piece(policy);
    policy->handed += turn.bytes;
    assert(turn.bytes > 0); /* 1 */
    return turn;
}

/*
 * A trial's pieces went their way among others that went the other one. When all threads go it, it may be worse: they
 * wait for each other.
 */
static void check_promise(mmv__policy *policy)
{
    double pace = policy->promise.crowd > 0 ? policy->promise.crowd : policy->pace;
    if (policy->promise.before == 0 || policy->since < probation(policy))
        return;
    if (pace > EQUAL * policy->promise.before) {
        let_rival_win(policy, (double[]){pace, policy->promise.before});
        policy->promise.before = 0;
        policy->apart = (APART_MOST * LARGE * (uint64_t)policy->terms.threads) << policy->promise.broken[1];
        policy->next_try = policy->handed + policy->apart;
    }
    policy->promise.before = 0;
}

static double recall(double known, double pace)
{
    return known > 0 ? exp(KEEP * log(known) + (1 - KEEP) * log(pace)) : pace;
}

static void learn_pace(mmv__policy *policy, double pace)
{
    policy->pace = recall(policy->pace, pace);
    double by = policy->level > 0 ? pace / policy->level : 1;
    policy->slow = by > DRIFT ? policy->slow + (by > PATIENCE ? 2 : 1) : 0;
    policy->since++;
    if (policy->level > 0)
        policy->level = policy->since <= DRIFT_TURNS ? policy->pace : fmin(policy->level, policy->pace);
    check_promise(policy);
}

/* 2 */
static bool is_piece(const mmv__policy *policy, const mmv__turn *turn)
{
    return policy->trial.size > 0 && turn->number > policy->trial.epoch;
}

/*
 * A piece that is much shorter than the others says something else. It is short where a unit of the driver ends, so it
 * is handed out once more. A trial of many short pieces is dropped, and the next one is not begun at once: on some
 * machines each trial came to such an end, and thousands followed each other.
 */
static void repeat_piece(mmv__policy *policy, const mmv__turn *turn)
{
    mmv__trial *trial = &policy->trial;
    if (trial->repeated < REPEATED) {
        trial->again |= 1ULL << (turn->number - trial->epoch - 1);
        trial->repeated++;
        return;
    }
    *trial = (mmv__trial){.epoch = trial->epoch + 2 * MMV__PAIRS};
    put_off(policy, APART_MOST * LARGE * (uint64_t)policy->terms.threads);
    policy->slow = 0;
}

/* A small mapped piece pays for a whole window: so it is slower than a turn, and says nothing of the turns. */
static bool is_telling(const mmv__policy *policy, const mmv__turn *turn, uint64_t bytes)
{
    return policy->pace == 0 || policy->io != MMV_IO_MMAP || turn->number == 0 || bytes >= LARGE;
}

void mmv__policy_learn(mmv__policy *policy, const mmv__turn *turn, uint64_t bytes, double seconds)
{
    policy->handed += bytes - turn->bytes;
    bool is_told = bytes > 0 && seconds > 0;
    bool is_short = is_piece(policy, turn) && (!is_told || bytes < turn->bytes / 2);
    if (is_short)
        repeat_piece(policy, turn);
    if (!is_told)
        return;
    policy->busy += seconds;
    if (turn->io == policy->io) {
        policy->largest = mmv_max(policy->largest, bytes);
        if (is_telling(policy, turn, bytes))
            learn_pace(policy, seconds / (double)bytes);
        if (turn->number == 0 && bytes >= LARGE)
            policy->promise.crowd = recall(policy->promise.crowd, seconds / (double)bytes);
    }
    if (!is_short && is_piece(policy, turn))
        learn_piece(policy, turn, bytes, seconds);
}

void mmv__policy_skip(mmv__policy *policy, uint64_t bytes)
{
    policy->handed += bytes;
}

void mmv__policy_begin(mmv__policy *policy, const mmv__policy_terms *terms)
{
    assert(terms->threads > 0 && terms->most > 0);
    *policy = (mmv__policy){.terms = *terms, .io = terms->first, .rival = terms->rival};
    policy->apart = 8 * LARGE * (uint64_t)terms->threads;
}

void mmv__policy_explain(const mmv__policy *policy, char *text, size_t size)
{
    const char *way = mmv_io_name(policy->io), *other = mmv_io_name(policy->rival);
    double rate = policy->pace > 0 ? 1e-9 / policy->pace : 0;
    if (policy->rival == policy->io || policy->tries == 0)
        snprintf(text, size, "too little to be worth a trial of %s", other);
    else if (policy->ratio == 0)
        snprintf(text, size, "the range ended within the trial of %s", other);
    else
        snprintf(text, size,
                 "a thread did %.2f GB/s %s; %s took %.2f times as long in pieces of %.3g MiB; %u trial%s, %u switch%s",
                 rate, way, other, policy->ratio, (double)policy->size / (double)MMV_MIB, policy->tries,
                 policy->tries == 1 ? "" : "s", policy->switches, policy->switches == 1 ? "" : "es");
}
