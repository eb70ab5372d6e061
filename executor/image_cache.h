#pragma once

#include "base/arena.h"
#include "base/list.h"
#include "base/map.h"
#include "flow/vm.h"
#include "storage/flow_record.h"

/*
 * Image cache: compiled versions of one worker, by version id, least recently used out first; and
 * the images of functions whose code stands in a step's config, by that code. A version is
 * immutable, so nothing here is ever stale.
 *
 *     of a version:  LOADING --source came and compiles--> HELD
 *                        \--failed--> gone, its waiters hear why
 */
struct worker;

struct image_wait {
    /* Once, from the loop, never inside image_cache_get(). image is borrowed: a VM made of it holds
     * it. NULL: err says why. */
    void (*on_image)(struct image_wait *wait, struct image *image, const struct error *err);
    struct list node; /* private */
};

struct image_cache {
    struct worker *worker; /* Private. */
    struct map versions, functions;
    struct list recent; /* the held ones, least recently used first */
    size_t bytes, loading_count;
};

void image_cache_init(struct image_cache *cache, struct worker *worker);
void image_cache_done(struct image_cache *cache); /* none may be loading */
/* The image when it is held; else NULL, and wait hears of it. */
struct image *image_cache_get(struct image_cache *cache, int64_t version, struct image_wait *wait);
/* The image of a function's code, compiled when it is not held; borrowed. */
struct image *image_cache_function(struct image_cache *cache, struct text code, struct error *err)
    MUST_CHECK;
