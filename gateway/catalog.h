#pragma once

#include "flow/definition.h"
#include "gateway/request.h"
#include "storage/flow_record.h"

/*
 * Catalog: the flows that runs are started of: which version a target names, and that version's
 * definition, read once, and once for all versions of the same source (flow/source_cache.h).
 * Versions are immutable, so their definitions are kept; which one a target names is a guess that
 * the admission checks (ADMIT_MOVED), after which it is asked again. Bounded in number and bytes,
 * least recently used first out.
 */
#define CATALOG_POINTERS_MAX 20000
#define CATALOG_SOURCES_MAX  512
#define CATALOG_BYTES_MAX    (256UL * 1024 * 1024)

struct catalog;

struct catalog_version {
    int64_t id;
    int number;
    const struct definition *definition;
    struct text source_key; /* source_cache_key() */
};

struct catalog *catalog_new(struct gateway *gateway);
void catalog_free(struct catalog *catalog);

/* What a start is about. */
struct catalog_name {
    struct text slug;
    enum flow_target target;
    int number; /* a version pinned by number; 0: what target names */
};

/* From memory, or NULL. Valid until the next return to the loop. */
const struct catalog_version *catalog_cached(struct request *request,
                                             const struct catalog_name *name);

/* From the database. on_done: err NULL and version (valid during the call), or E_NOT_FOUND with a
 * hint what to do, or another error. */
struct catalog_find {
    struct request *request;
    struct catalog_name name;
    void (*on_done)(struct catalog_find *op, const struct catalog_version *version,
                    const struct error *err);

    struct flow_get get; /* Private. */
};

void catalog_find_start(struct catalog_find *op);
