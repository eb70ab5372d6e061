#include "executor/workspace_keys.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "executor/worker_private.h"

#define KEYS_FRESH_MS 60000
#define KEYS_MAX      1024 /* past it the old ones are dropped */

struct keys_entry {
    struct workspace_keys *keys;
    struct workspace_key key; /* .workspace is the map's key */
    int64_t read_ms;          /* monotonic; 0: never */
    bool is_loading;
    struct list waits;
    struct workspace_find find;
    struct arena arena;
};

void workspace_keys_init(struct workspace_keys *keys, struct worker *worker)
{
    *keys = (struct workspace_keys){.worker = worker};
}

static void entry_free(struct keys_entry *entry)
{
    struct text name = {(const char *)&entry->key.workspace, sizeof(int64_t)};

    ASSERT(!entry->is_loading);
    map_remove(&entry->keys->entries, name);
    crypto_wipe(&entry->key, sizeof(entry->key));
    memory_free(entry);
}

/* Frees what is older than that, but for what is being read. */
static void drop_older(struct workspace_keys *keys, int64_t before_ms)
{
    struct keys_entry *entry;
    size_t cursor = 0;

    while ((entry = map_next(&keys->entries, &cursor, NULL))) {
        if (!entry->is_loading && entry->read_ms <= before_ms) {
            entry_free(entry);
            cursor = 0;
        }
    }
}

void workspace_keys_done(struct workspace_keys *keys)
{
    ASSERT(keys->loading_count == 0);
    drop_older(keys, INT64_MAX);
    map_done(&keys->entries);
}

static bool open_keys(struct keys_entry *entry, struct error *err)
{
    const struct workspace *workspace = &entry->find.workspace;
    const uint8_t *master = entry->keys->worker->config.master_key;

    if (!entry->find.found) {
        return error_set(err, E_INTERNAL, "workspace %lld is gone",
                         (long long)entry->key.workspace);
    }
    entry->key.wait_key_version = workspace->wait_key_version;
    return vault_key_open(master, workspace->name, VAULT_DATA_KEY, workspace->data_key,
                          entry->key.data_key, err) &&
           vault_key_open(master, workspace->name, VAULT_WAIT_KEY, workspace->wait_key,
                          entry->key.wait_key, err);
}

static void on_workspace(struct storage_call *call, const struct error *err)
{
    struct workspace_find *find = CONTAINER_OF(call, struct workspace_find, call);
    struct keys_entry *entry = CONTAINER_OF(find, struct keys_entry, find);
    struct error failure = {0};
    struct list waits, *node;

    entry->keys->loading_count--;
    entry->is_loading = false;
    entry->read_ms = 0;
    if (err) {
        failure = *err;
    } else if (open_keys(entry, &failure)) {
        entry->read_ms = clock_monotonic_ms();
    }
    arena_done(&entry->arena);
    struct workspace_key key = entry->key;
    bool ok = entry->read_ms != 0;

    list_init(&waits);
    while ((node = list_pop(&entry->waits))) {
        list_push(&waits, node);
    }
    if (!ok) entry_free(entry);
    while ((node = list_pop(&waits))) {
        struct workspace_wait *wait = LIST_ITEM(node, struct workspace_wait, node);

        wait->on_key(wait, ok ? &key : NULL, ok ? NULL : &failure);
    }
    crypto_wipe(&key, sizeof(key));
}

static void load(struct keys_entry *entry)
{
    entry->is_loading = true;
    entry->keys->loading_count++;
    arena_init(&entry->arena, 0);
    entry->find = (struct workspace_find){
        .call = {.storage = entry->keys->worker->storage,
                 .arena = &entry->arena,
                 .on_done = on_workspace},
        .id = entry->key.workspace,
    };
    workspace_find_start(&entry->find);
}

const struct workspace_key *workspace_keys_get(struct workspace_keys *keys, int64_t workspace,
                                               struct workspace_wait *wait)
{
    struct text name = {(const char *)&workspace, sizeof(workspace)};
    struct keys_entry *entry = map_find(&keys->entries, name);
    int64_t fresh_ms = clock_monotonic_ms() - KEYS_FRESH_MS;

    if (entry && !entry->is_loading && entry->read_ms > fresh_ms) return &entry->key;
    if (!entry) {
        if (keys->entries.count >= KEYS_MAX) drop_older(keys, fresh_ms);
        entry = MEMORY_NEW(struct keys_entry);
        entry->keys = keys;
        entry->key.workspace = workspace;
        list_init(&entry->waits);
        map_put(&keys->entries,
                (struct text){(const char *)&entry->key.workspace, sizeof(workspace)}, entry);
    }
    list_push(&entry->waits, &wait->node);
    if (!entry->is_loading) load(entry);
    return NULL;
}
