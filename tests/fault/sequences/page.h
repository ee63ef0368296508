/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_PAGE_H
#define SEQUENCES_PAGE_H

/*
 * page: what the harness and shim.c tell each other, in memory that both have mapped. Without it the shim takes its
 * plan from the environment, as the scripts do that replay a fault:
 *
 *     SEQUENCES_PLAN=KIND:N    KIND of end, at the N-th call or store
 */

#include <stdint.h>

#define PAGE_DESCRIPTOR 97
#define PAGE_VARIABLE "SEQUENCES_PAGE"
#define PLAN_VARIABLE "SEQUENCES_PLAN"

/* How a command is to end. Calls and stores are counted from the first file on that is opened for writing. */
enum plan_kind {
    PLAN_NONE,
    PLAN_KILL_BEFORE, /* SIGKILL before the N-th call */
    PLAN_KILL_AFTER,  /* behind it */
    PLAN_KILL_STORE,  /* at the N-th store into a mapped file that goes to another mapping than the one before */
    PLAN_KILL_TIMER,  /* N microseconds after the first call */
    PLAN_TERM,        /* SIGTERM before the N-th call */
    PLAN_INT,
    PLANS
};

static const char *const plan_names[PLANS] = {"none",       "kill-before", "kill-after", "kill-store",
                                              "kill-timer", "term",        "int"};

/* What a call does to files, as far as the harness asks. */
enum call_kind { CALL_OTHER, CALL_SYNC, CALL_CHANGE, CALL_UNMARK, CALL_REMOVE };

struct page {
    uint32_t plan, number; /* enum plan_kind; which call, store or microsecond */
    int32_t process;       /* the command; its children do not count as it */
    uint32_t calls;        /* so many were begun */
    uint32_t last;         /* enum call_kind of the last that changed anything */
    uint32_t since;        /* so many were begun after that one, which neither changed nor synced anything */
    uint32_t leaving;      /* it was on its way out */
    uint32_t stores;
    uint32_t done; /* the plan was carried out */
};

#endif
