#pragma once

#include "base/list.h"
#include "io/loop.h"

#include <stdbool.h>

/*
 * Turnstile: what a worker asks of the database for those who have much there, its claims and the
 * group commits of all but light runs. While there is courtesy (scheduler/courtesy.h) one thing at
 * a time is under way, and the others wait in line, so that a light run's statement finds a
 * processor that is free; without, everything passes.
 *
 *     outside --enter, narrow and somebody inside--> waiting --all have left, or wide--> inside
 *        \-----------enter, else---------------------------------------------------------^
 *
 * Invariant: while somebody waits, somebody is inside or the task is due; so nobody waits for
 * longer than what is inside takes.
 */
struct worker;

struct turnstile_place {
    /* From the loop, when it has waited: now it is inside. */
    void (*on_turn)(struct turnstile_place *place);
    struct list node; /* private */
};

struct turnstile {
    struct worker *worker; /* private */
    struct list waiting;
    int inside_count;
    struct loop_task task;
};

void turnstile_init(struct turnstile *turnstile, struct worker *worker);
void turnstile_done(struct turnstile *turnstile); /* it must be idle */
bool turnstile_is_idle(const struct turnstile *turnstile);
/* True: it is inside. False: place->on_turn() tells when it is; the place stays where it is until
 * then. Who is inside leaves. */
bool turnstile_enter(struct turnstile *turnstile, struct turnstile_place *place);
void turnstile_leave(struct turnstile *turnstile);
