#pragma once

#include "storage/call.h"

/*
 * Leases: a server process is a row, an incarnation, alive as long as its lease by the database
 * clock. Runs whose owner's lease has passed may be claimed by others; they are due all along. A
 * lease that has passed cannot be renewed: the process drops all its runs and registers anew. The
 * engine's pool; call.workspace is not looked at.
 */
struct lease_register {
    struct storage_call call;
    struct text name, version; /* host and pid; for people */
    int64_t duration_ms;
    int64_t server_id; /* Out: for CLAIM_OWNER(). */
};

void lease_register_start(struct lease_register *op);

struct lease_renew {
    struct storage_call call;
    int64_t server_id, duration_ms;
    bool alive; /* Out: false: it has passed. */
};

void lease_renew_start(struct lease_renew *op);

/* The process ends in order: its lease ends now. */
struct lease_stop {
    struct storage_call call;
    int64_t server_id;
};

void lease_stop_start(struct lease_stop *op);
