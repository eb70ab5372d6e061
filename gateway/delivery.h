#pragma once

#include "gateway/request.h"
#include "storage/signal.h"
#include "storage/wait_record.h"

/*
 * Delivery: one signal to one wait, from whatever door, through the postbox; then Redis is told
 * that the run is due.
 */
struct delivery {
    struct request *request; /* In. */
    struct text wait_id;     /* or absent, and: */
    struct uuid run;
    struct text address;
    enum wait_mode mode;
    struct text action, by, dedupe, digest; /* or absent */
    struct text payload;                    /* encoded */
    bool is_write;                          /* claims the request's operation id */
    /* err NULL: see outcome. repeated: the operation id was used before (repeat_answers()). */
    void (*on_done)(struct delivery *delivery, const struct error *err);

    struct signal_deliver signal; /* Out: outcome and its details. */
};

void delivery_start(struct delivery *delivery);
/* The error of an outcome that did not deliver, or false. */
bool delivery_error(const struct delivery *delivery, struct error *err);
/* Answers with the envelope: 200 resolved (again), 202 kept, or the outcome's error. */
void delivery_answer(struct delivery *delivery);
