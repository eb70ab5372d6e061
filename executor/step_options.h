#pragma once

#include "base/error.h"
#include "flow/value.h"
#include "io/backoff.h"

/*
 * Step options: what every step may say of how it is run (LANGUAGE section 9), and the decision
 * whether a failed attempt is followed by another. Pure.
 *
 * Without :retry there is one attempt. {:retry {…}} without :max-attempts has three.
 */
#define STEP_ATTEMPTS_MAX 100
#define STEP_STATUSES_MAX 16

struct step_retry {
    int max_attempts; /* 1: never again */
    struct backoff_rule backoff;
    bool usual;       /* timeout, unavailable, interrupted; HTTP 408, 425, 429 and 5xx */
    uint32_t classes; /* bits 1 << enum error_class, else */
    int statuses[STEP_STATUSES_MAX];
    int status_count;
};

struct step_options {
    int64_t timeout_ms; /* of one attempt; 0: the type's default */
    struct step_retry retry;
    bool skip_on_error;
    bool at_most_once;
};

bool step_options_read(struct value config, struct step_options *out, struct error *err) MUST_CHECK;

/* What is known of a failed attempt. */
struct step_failure {
    enum error_code code;
    int status;             /* HTTP's, or 0 */
    int64_t retry_after_ms; /* as the other side asked for; 0: it did not */
};

/* True: another attempt after *out_delay_ms. attempt is the failed one's, from 1; random: any
 * number. */
bool step_options_retry(const struct step_retry *retry, int attempt,
                        const struct step_failure *failure, uint64_t random, int64_t *out_delay_ms);
