#pragma once

#include "gateway/request.h"

/*
 * Tenant: the workspace of a request with its keys. Known workspaces are kept, keys opened, for
 * TENANT_CACHE_MS in a bounded cache.
 */
#define TENANT_CACHE_MS  30000
#define TENANT_CACHE_MAX 4096

struct tenants;

struct tenants *tenant_new(struct gateway *gateway);
void tenant_free(struct tenants *tenants);

/* By name: sets workspace, workspace_name and keys of the request, then calls go_on, maybe from
 * inside this call; else answers: 404 when there is none of that name. */
void tenant_load(struct request *request, struct text name, void (*go_on)(struct request *request));
