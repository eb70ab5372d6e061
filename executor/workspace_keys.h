#pragma once

#include "base/arena.h"
#include "base/list.h"
#include "base/map.h"
#include "storage/vault.h"
#include "storage/workspace.h"

/*
 * Workspace keys: the unsealed keys of the workspaces that this worker serves, read when they are
 * first needed and read again when they are a minute old, so that a rotation is seen. Wiped when
 * they leave memory.
 */
struct worker;

struct workspace_key {
    int64_t workspace;
    uint8_t data_key[VAULT_KEY_SIZE], wait_key[VAULT_KEY_SIZE];
    int wait_key_version;
};

struct workspace_wait {
    /* Once, from the loop, never inside workspace_keys_get(). key is valid in the call; NULL: err
     * says why. */
    void (*on_key)(struct workspace_wait *wait, const struct workspace_key *key,
                   const struct error *err);
    struct list node; /* private */
};

struct workspace_keys {
    struct worker *worker; /* Private. */
    struct map entries;
    size_t loading_count;
};

void workspace_keys_init(struct workspace_keys *keys, struct worker *worker);
void workspace_keys_done(struct workspace_keys *keys); /* none may be loading */
/* The key when it is known and fresh, valid until the loop's next turn; else NULL, and wait hears
 * of it. */
const struct workspace_key *workspace_keys_get(struct workspace_keys *keys, int64_t workspace,
                                               struct workspace_wait *wait);
