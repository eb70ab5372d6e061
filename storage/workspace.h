#pragma once

#include "storage/call.h"

/* Workspaces, the tenants. On the engine's pool: call.workspace is not looked at. */
struct workspace {
    int64_t id;
    struct text name; /* ws-… */
    struct text title;
    int shard, weight;
    struct text wait_key; /* for wait tokens; sealed by the master key */
    int wait_key_version;
    struct text data_key; /* for secrets; sealed by the master key */
    int64_t created_ms;
};

/* Makes one, or finds the one that has the name. */
struct workspace_create {
    struct storage_call call;
    struct text name, title;
    struct text wait_key, data_key; /* 32 random bytes each, sealed */
    bool created;                   /* Out: false: it was there, with its own keys. */
    struct workspace workspace;
};

void workspace_create_start(struct workspace_create *op);

/* By name, or by id where name is absent. */
struct workspace_find {
    struct storage_call call;
    struct text name;
    int64_t id;
    bool found; /* Out. */
    struct workspace workspace;
};

void workspace_find_start(struct workspace_find *op);

/* All of them, by id, after a cursor: the scheduler's weights. */
struct workspace_list {
    struct storage_call call;
    int64_t after_id;
    int limit;
    struct workspace *workspaces; /* Out. */
    size_t count;
};

void workspace_list_start(struct workspace_list *op);
