#pragma once

#include "gateway/catalog.h"
#include "gateway/intake.h"
#include "gateway/watch.h"

/*
 * Start: from "run this flow with that input" to a durable run. All doors come through here:
 * commands, interfaces, webhooks.
 *
 *     version (catalog) -> input checked and coerced -> concurrency key -> admission
 *          ^-------------- the target names another version by now --------'
 */
struct start {
    struct request *request; /* In. */
    struct catalog_name name;
    struct text invocation;      /* id, or absent */
    struct text interface_id;    /* or absent: one of :http or :manual that must be there */
    const struct json *input;    /* an object, or NULL */
    struct text triggered_by;    /* "api", "webhook:orders" … */
    struct text idempotency_key; /* or absent */
    uint8_t request_hash[32];    /* with an idempotency key */
    bool check_only;             /* stops where the run would be admitted */
    /* err NULL: the run is durable, or existed: see below. */
    void (*on_done)(struct start *start, const struct error *err);

    struct intake_op intake;     /* Out: admission's results. */
    struct text workflow_id;     /* of the run, or of the one that holds the key (dropped) */
    struct text concurrency_key; /* for people, or absent */
    struct run_record run;       /* what is known of it without asking */

    struct catalog_find find; /* Private, from here on. */
    int attempts;
};

/* on_done may come from inside this call, with what is wrong with the input. */
void start_begin(struct start *start);
/* kind and what the sender names its request by, as idempotency key; a long one by its hash. */
struct text start_key(struct arena *arena, const char *kind, struct text given);
/* The operation id as idempotency key, unless `given` is one. hash over what the start means. */
void start_set_key(struct start *start, struct text given);
