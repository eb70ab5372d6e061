#pragma once

#include "base/list.h"
#include "base/map.h"
#include "flow/definition.h"
#include "flow/vm.h"

/*
 * Version cache: what the versions that runs of one worker need have become: the image that runs
 * are made of, and the definition that says how the flow is called (its inputs, its concurrency).
 * Each is made when it is first asked for, of a source that is read once. And the images of
 * functions whose code stands in a step's config.
 *
 * Versions of the same source share all of it, whatever workspace they belong to: an app that a
 * thousand workspaces have installed is compiled once. Nothing of a workspace is in it: image and
 * definition are made of the source alone, without names, bindings or secrets' values, and are
 * never written to. Sources are the same when their hash is, which is taken here, of the bytes that
 * were read with that version, so no row of another workspace can answer for them.
 *
 *     of a version:  LOADING --source came--> HELD
 *                        \--failed--> gone, its waiters hear why
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
    struct worker *worker;               /* Private. */
    struct map versions;                 /* struct version_entry */
    struct map sources, functions;       /* struct compiled */
    struct list recent, recent_versions; /* least recently used first */
    size_t bytes, loading_count;
};

void version_cache_init(struct version_cache *cache, struct worker *worker);
void version_cache_done(struct version_cache *cache); /* none may be loading */
/* *out NULL: it is read now, and wait hears of it. The image is borrowed: a VM made of it holds it.
 * False: the source does not compile. */
bool version_cache_image(struct version_cache *cache, int64_t version, struct version_wait *wait,
                         struct image **out, struct error *err) MUST_CHECK;
/* The same for the definition, which is valid until the next return to the loop. */
bool version_cache_definition(struct version_cache *cache, int64_t version,
                              struct version_wait *wait, const struct definition **out,
                              struct error *err) MUST_CHECK;
/* The image of a function's code, compiled when it is not held; borrowed. */
struct image *version_cache_function(struct version_cache *cache, struct text code,
                                     struct error *err) MUST_CHECK;
