#pragma once

#include "base/list.h"
#include "base/map.h"
#include "flow/definition.h"
#include "storage/flow_record.h"

/*
 * Definition cache: the definitions of the flows that runs of one worker call, by version id, least
 * recently used out first: what a caller must know to start a child (its inputs, its concurrency).
 * A version is immutable, so nothing here is ever stale.
 *
 *     LOADING --source came--> HELD
 *        \--failed--> gone, its waiters hear why
 */
struct worker;

struct definition_wait {
    /* Once, from the loop, never inside definition_cache_get(). definition is valid during the
     * call. NULL: err says why. */
    void (*on_definition)(struct definition_wait *wait, const struct definition *definition,
                          const struct error *err);
    struct list node; /* private */
};

struct definition_cache {
    struct worker *worker; /* Private. */
    struct map entries;
    struct list recent; /* the held ones, least recently used first */
    size_t bytes, loading_count;
};

void definition_cache_init(struct definition_cache *cache, struct worker *worker);
void definition_cache_done(struct definition_cache *cache); /* none may be loading */
/* When it is held: valid until the next return to the loop. Else NULL, and wait hears of it. */
const struct definition *definition_cache_get(struct definition_cache *cache, int64_t version,
                                              struct definition_wait *wait);
