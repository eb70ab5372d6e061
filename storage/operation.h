#pragma once

#include "storage/call.h"

/*
 * Operation ids: the answer to a write that is repeated. Claimed together with the write
 * (call.operation); the answer is added when it has been made. Kept for 30 days. On the gateway's
 * pool.
 */
struct operation_find {
    struct storage_call call;
    struct operation_key key;
    bool found;         /* Out. */
    bool same_request;  /* false: E_IDEMPOTENCY */
    struct text answer; /* absent: none was stored (in progress; or it must not be) */
    int64_t age_ms;
};

void operation_find_start(struct operation_find *op);

struct operation_answer {
    struct storage_call call;
    struct operation_key key;
    struct text answer;
};

void operation_answer_start(struct operation_answer *op);
