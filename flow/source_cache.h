#pragma once

#include "base/list.h"
#include "base/map.h"
#include "flow/definition.h"
#include "flow/vm.h"

#include <stdint.h>

/*
 * Source cache: what sources have become, by the hash of the source: the definition, and the image
 * that runs are made of. Each is made when it is first asked for. And the images of functions whose
 * code stands in a step's config, by that code. One list of recent use, one budget.
 *
 * So versions of the same source share all of it, whatever workspace they belong to: an app that a
 * thousand workspaces have installed is read and compiled once. Nothing of a workspace is in it:
 * definition and image are made of the source alone, without names, bindings or values of secrets,
 * and are never written to. The hash is taken here, of the bytes that are given, so that nobody's
 * row can answer for another's.
 *
 * Belongs to one thread.
 */
struct core;

struct source_cache {
    const struct core *core; /* Private. */
    size_t bytes_max, entries_max;
    struct map sources, functions; /* struct source_entry */
    struct list recent;            /* least recently used first */
    size_t bytes;
    uint64_t compiled; /* images of sources, for metrics */
};

/* core: NULL when no images are asked for. */
void source_cache_init(struct source_cache *cache, const struct core *core, size_t bytes_max,
                       size_t entries_max);
void source_cache_done(struct source_cache *cache);

/* What keeps a place in the cache, embedded in its owner; zeroed it has none. When the cache needs
 * the room, it loses it. */
struct source_place {
    struct source_entry *entry; /* NULL: none, or lost */
    struct list node;           /* private */
};

/* The place is that of this source, of that level of the language, from now on. */
void source_cache_put(struct source_cache *cache, struct source_place *place, int language,
                      struct text source);
void source_cache_leave(struct source_place *place);
/* What the source of a place that is not lost is known by, in any source cache; borrowed until the
 * next return to the loop. */
struct text source_cache_key(const struct source_place *place);
/* The place is that of the source with that key, if it is here; it had none. */
bool source_cache_join(struct source_cache *cache, struct source_place *place, struct text key)
    MUST_CHECK;
/* Of a place that is not lost; borrowed, an image by a VM that is made of it, the definition until
 * the next return to the loop. */
struct image *source_cache_image(struct source_place *place, struct error *err) MUST_CHECK;
const struct definition *source_cache_definition(struct source_place *place, struct error *err)
    MUST_CHECK;
/* The image of a function's code; borrowed. */
struct image *source_cache_function(struct source_cache *cache, struct text code, struct error *err)
    MUST_CHECK;
