#pragma once

#include "flow/source_cache.h"

/*
 * Version cache: for the runs of one worker, what versions have become: the image that a run is
 * made of, and the definition that says how a flow is called. A version is read once, whichever is
 * asked for first; versions of the same source share what is made of it (flow/source_cache.h).
 *
 *     LOADING --source came--> HELD --its source was let go of--> LOADING …
 *        \--failed--> gone, its waiters hear why
 *
 * A version is immutable, so nothing here is ever stale; what was not used for the longest time
 * goes first.
 */
struct worker;

struct version_wait {
    /* Once, from the loop, never inside the call that was given it. err NULL: ask again, it is
     * there. */
    void (*on_version)(struct version_wait *wait, const struct error *err);
    struct list node; /* private */
};

struct version_cache {
    struct worker *worker; /* Private. */
    struct source_cache sources;
    struct map entries; /* struct version_entry */
    struct list recent; /* the held ones, least recently used first */
    size_t loading_count;
};

void version_cache_init(struct version_cache *cache, struct worker *worker);
void version_cache_done(struct version_cache *cache); /* none may be loading */
/* The version is of the source that is known by that key (source_cache_key()): it need not be read
 * when that is here. */
void version_cache_offer(struct version_cache *cache, int64_t version, struct text source_key);
/* *out NULL: it is read now, and wait hears of it. The image is borrowed: a VM made of it holds it.
 * False: the source does not compile. */
bool version_cache_image(struct version_cache *cache, int64_t version, struct version_wait *wait,
                         struct image **out, struct error *err) MUST_CHECK;
/* The same for the definition, which is valid until the next return to the loop. */
bool version_cache_definition(struct version_cache *cache, int64_t version,
                              struct version_wait *wait, const struct definition **out,
                              struct error *err) MUST_CHECK;
