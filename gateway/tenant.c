/* Workspaces by name. */
#include "gateway/tenant.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "storage/workspace.h"

#include <string.h>

struct tenant_entry {
    char *name;
    struct text key;
    int64_t id;
    uint8_t wait_key[VAULT_KEY_SIZE], data_key[VAULT_KEY_SIZE];
    int wait_key_version;
    int64_t expires_ms;
};

struct tenants {
    struct gateway *gateway;
    struct map entries; /* by name */
};

struct tenant_job {
    struct request *request;
    void (*go_on)(struct request *request);
    struct workspace_find find;
};

struct tenants *tenant_new(struct gateway *gateway)
{
    struct tenants *tenants = MEMORY_NEW(struct tenants);

    tenants->gateway = gateway;
    return tenants;
}

static void entry_free(struct tenant_entry *entry)
{
    memory_free(entry->name);
    crypto_wipe(entry, sizeof *entry);
    memory_free(entry);
}

static void empty(struct tenants *tenants)
{
    size_t cursor = 0;
    struct tenant_entry *entry;

    while ((entry = map_next(&tenants->entries, &cursor, NULL)) != NULL) {
        entry_free(entry);
    }
    map_done(&tenants->entries);
}

void tenant_free(struct tenants *tenants)
{
    if (!tenants) return;
    empty(tenants);
    memory_free(tenants);
}

static void use(struct request *request, const struct tenant_entry *entry,
                void (*go_on)(struct request *request))
{
    request->workspace = entry->id;
    request->workspace_name = arena_text(&request->arena, entry->key);
    memcpy(request->wait_key, entry->wait_key, VAULT_KEY_SIZE);
    memcpy(request->data_key, entry->data_key, VAULT_KEY_SIZE);
    request->wait_key_version = entry->wait_key_version;
    request->has_keys = true;
    go_on(request);
}

static struct tenant_entry *keep(struct tenants *tenants, const struct workspace *workspace,
                                 struct error *err)
{
    const uint8_t *master = tenants->gateway->config.master_key;
    struct tenant_entry *entry = MEMORY_NEW(struct tenant_entry);

    entry->name = memory_new(workspace->name.len + 1);
    memcpy(entry->name, workspace->name.ptr, workspace->name.len);
    entry->key = (struct text){entry->name, workspace->name.len};
    entry->id = workspace->id;
    entry->wait_key_version = workspace->wait_key_version;
    entry->expires_ms = clock_monotonic_ms() + TENANT_CACHE_MS;
    if (!vault_key_open(master, entry->key, VAULT_WAIT_KEY, workspace->wait_key, entry->wait_key,
                        err) ||
        !vault_key_open(master, entry->key, VAULT_DATA_KEY, workspace->data_key, entry->data_key,
                        err)) {
        entry_free(entry);
        return NULL;
    }
    if (tenants->entries.count >= TENANT_CACHE_MAX) empty(tenants);
    struct tenant_entry *old = map_remove(&tenants->entries, entry->key);

    if (old) entry_free(old);
    (void)map_put(&tenants->entries, entry->key, entry);
    return entry;
}

static void on_workspace(struct storage_call *call, const struct error *err)
{
    struct tenant_job *job = CONTAINER_OF(call, struct tenant_job, find.call);
    struct request *request = job->request;
    struct error problem = {0};

    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (!job->find.found) {
        error_set(&problem, E_NOT_FOUND, "there is nothing here");
        envelope_fail(request, &problem);
        return;
    }
    const struct tenant_entry *entry =
        keep(request->gateway->tenants, &job->find.workspace, &problem);

    if (!entry) {
        envelope_fail(request, &problem);
        return;
    }
    use(request, entry, job->go_on);
}

void tenant_load(struct request *request, struct text name, void (*go_on)(struct request *request))
{
    const struct tenant_entry *entry = map_find(&request->gateway->tenants->entries, name);

    if (entry && entry->expires_ms > clock_monotonic_ms()) {
        use(request, entry, go_on);
        return;
    }
    struct tenant_job *job = ARENA_NEW(&request->arena, struct tenant_job);

    job->request = request;
    job->go_on = go_on;
    job->find = (struct workspace_find){.call = request_read(request, on_workspace), .name = name};
    workspace_find_start(&job->find);
}
