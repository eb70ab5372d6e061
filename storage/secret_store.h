#pragma once

#include "storage/call.h"

/* Secrets of a workspace: sealed bytes under a name. Sealing is not done here. */
struct secret_record {
    struct text name, created_by;
    int version;
    int64_t created_ms, updated_ms;
    struct text sealed; /* only from get */
};

struct secret_put {
    struct storage_call call; /* the gateway's pool */
    struct text name, sealed, by;
    int version; /* Out: 1 for a new one, then counting. */
};

void secret_store_put_start(struct secret_put *op);

/* On the engine's pool: steps and webhooks ask for it. */
struct secret_get {
    struct storage_call call;
    struct text name;
    bool found; /* Out. */
    struct secret_record secret;
};

void secret_store_get_start(struct secret_get *op);

struct secret_list {
    struct storage_call call;
    struct secret_record *secrets; /* Out: by name, at most 1000. */
    size_t count;
};

void secret_store_list_start(struct secret_list *op);

struct secret_delete {
    struct storage_call call;
    struct text name;
    bool found; /* Out. */
};

void secret_store_delete_start(struct secret_delete *op);
