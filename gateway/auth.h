#pragma once

#include "gateway/request.h"

/*
 * Auth: who sends a request. Bearer tokens are looked up by their public id and compared by the
 * hash of their secret; what was found is kept for a few seconds in a bounded cache, so a revoked
 * token works on for at most AUTH_CACHE_MS.
 */
#define AUTH_CACHE_MS  10000
#define AUTH_CACHE_MAX 32768 /* of about 300 bytes */

struct auth;

struct auth *auth_new(struct gateway *gateway);
void auth_free(struct auth *auth);

/* Sets principal, role and workspace of the request, checks X-Weir-Workspace (X-Breyta-Workspace),
 * then calls go_on; or answers with 401 or 403. go_on may come from inside this call. */
void auth_check(struct request *request, void (*go_on)(struct request *request));
