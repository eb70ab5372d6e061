#pragma once

#include "base/id.h"
#include "storage/call.h"

/*
 * The :kv step's store, one name space a workspace. Writes are recorded under (run, address): a
 * step that runs again gets its first answer. Integers and lists are kept as such, so that the
 * database can add and append; everything else is encoded bytes. The engine's pool.
 */
enum kv_operation { KV_GET, KV_SET, KV_DELETE, KV_EXISTS, KV_INCREMENT, KV_APPEND, KV_LIST };

enum kv_kind { KV_BYTES, KV_INTEGER, KV_ITEMS };

enum kv_outcome {
    KV_DONE,
    KV_OTHER_KIND, /* increment or append of something else: out.kind */
    KV_OVERFLOW,
    KV_FENCED, /* the run is not this owner's any more: drop it */
    KV_TOO_LARGE
};

struct kv_value {
    enum kv_kind kind;
    struct text bytes;
    int64_t number;
    struct text *items; /* each encoded */
    size_t item_count;
};

struct kv_apply {
    struct storage_call call;
    int64_t owner; /* of the claim that runs the step */
    int epoch;
    struct uuid run;
    struct text address;
    enum kv_operation operation;
    struct text key;       /* KV_LIST: a prefix */
    struct kv_value value; /* KV_SET; KV_INCREMENT: number; KV_APPEND: items */
    int64_t ttl_ms;        /* 0: none (set: for ever; increment, append: as it was) */
    int limit;             /* KV_LIST: keys; KV_APPEND: items in all; 0: 10000 */

    enum kv_outcome outcome; /* Out. */
    bool existed;            /* before */
    struct kv_value result;  /* KV_GET: when existed; KV_INCREMENT, KV_APPEND: what is there now */
    struct text *keys;       /* KV_LIST */
    size_t key_count;
};

void kv_store_apply_start(struct kv_apply *op);
