#pragma once

#include "storage/call.h"
#include "storage/status.h"

/* Doors of flows for the world outside: webhooks and http interfaces. Draft doors are replaced when
 * a draft is pushed, live ones when a version is released; a (kind, target, path) belongs to one
 * flow of a workspace. */
struct endpoint {
    enum endpoint_kind kind;
    struct text path; /* a webhook's event name; an http interface: "<slug>/<interface id>" */
    struct text interface_id, invocation;
    struct text auth_type; /* "hmac-sha256", "api-key", "none" */
    struct text secret_name, auth_header, auth_query, auth_prefix; /* or absent */
    bool respond_ack, enabled;

    /* Out of the finders only. */
    int64_t flow, version;
    struct text slug;
    enum flow_target target;
};

struct endpoint_find {
    struct storage_call call;
    enum endpoint_kind kind;
    enum flow_target target;
    struct text path;
    bool found; /* Out. */
    struct endpoint endpoint;
};

void endpoint_find_start(struct endpoint_find *op);

/* Of one flow, or of the workspace where slug is absent. */
struct endpoint_list {
    struct storage_call call;
    struct text slug;
    struct endpoint *endpoints; /* Out: by slug, target, path; at most 1000. */
    size_t count;
};

void endpoint_list_start(struct endpoint_list *op);

/* For flow_record.c: the eleven array parameters of the SQL functions. */
void endpoint_params(struct pg_params *params, const struct endpoint *endpoints, size_t count);
