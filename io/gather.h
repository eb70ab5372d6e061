#pragma once

#include "base/list.h"
#include "io/loop.h"

/*
 * Gather: what many ask for at the same time goes out as one group. Items wait until the turn ends,
 * or while the group before is under way; then all that there is goes together, as far as a group
 * may be large. There is no timer.
 *
 *     gathering --end of turn, nothing under way--> under way --gather_take()--> answered --+
 *                                                       \--gather_apart()-------------------+
 *     next group <--gather_go_on()----------------------------------------------------------+
 *
 * A group that was refused for one of its items is taken apart: each is sent again by itself, so
 * that only the offender fails.
 */
struct gather_item {
    struct list node; /* the gather's, until gather_take() */
    size_t size;      /* Private, from here on. */
    bool is_alone;    /* it was in a group that was refused */
};

/* Embedded in its owner. */
struct gather {
    struct loop *loop; /* In. */
    size_t count_max;  /* of a group's items */
    size_t size_max;   /* of their sizes' sum, unless one alone is larger; 0: any */
    /* Sends the group: all that gather_next() gives, at least one. */
    void (*on_send)(struct gather *gather);

    struct list waiting, under_way; /* Private, from here on. struct gather_item */
    size_t count, size;             /* of the group */
    bool is_sent;
    struct loop_task turn;
};

void gather_init(struct gather *gather);
/* Nothing waits or is under way. */
bool gather_is_idle(const struct gather *gather);
/* The item lives until gather_take() gives it back. */
void gather_put(struct gather *gather, struct gather_item *item, size_t size);

/* From on_send only: the next one of the group, or NULL when it is complete. */
struct gather_item *gather_next(struct gather *gather);

/* The group has come back; the owner answers it, one way or the other, then lets it go on. What is
 * put meanwhile is of the next group. */

/* Takes the group's first item, or NULL when none is left. */
struct gather_item *gather_take(struct gather *gather);
/* The group's last item will be sent again by itself, before all that waits; NULL when none is
 * left. Called until then, the group goes again in its order. */
struct gather_item *gather_apart(struct gather *gather);
/* Sends what waits by now. */
void gather_go_on(struct gather *gather);
