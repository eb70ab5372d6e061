#pragma once

#include "storage/call.h"

/* API tokens: weir_<kind>_<id>_<secret>_<crc>; the secret is stored as a SHA-256 only. Kinds and
 * roles are the gateway's words. */
struct token {
    struct text id;
    int64_t workspace;
    struct text workspace_name;
    struct text principal, kind, role, label;
    int64_t created_ms, revoked_ms; /* revoked_ms 0: valid */
    uint8_t secret_hash[32];
};

struct token_create {
    struct storage_call call; /* the engine's pool */
    struct token token;       /* id, workspace, principal, kind, role, label, secret_hash */
    struct text created_by;
};

void token_create_start(struct token_create *op);

/* By its public id, revoked ones too; the caller compares the hash (and keeps a cache). The
 * engine's pool: the workspace is not known before. */
struct token_find {
    struct storage_call call;
    struct text id;
    bool found; /* Out. */
    struct token token;
};

void token_find_start(struct token_find *op);

struct token_list {
    struct storage_call call;
    struct token *tokens; /* Out: newest first, at most 1000. */
    size_t count;
};

void token_list_start(struct token_list *op);

struct token_revoke {
    struct storage_call call;
    struct text id;
    bool found; /* Out. */
};

void token_revoke_start(struct token_revoke *op);
