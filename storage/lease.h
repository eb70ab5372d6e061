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
    struct text process;       /* which process it is, so that a neighbour can tell that it died */
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

/* Servers whose lease has not passed and whose process text begins with the prefix: those of this
 * host, so that a server which starts can end the leases of dead ones at once. */
struct lease_neighbour {
    int64_t server_id;
    struct text process;
};

struct lease_neighbours {
    struct storage_call call;
    struct text prefix;
    struct lease_neighbour *neighbours; /* Out. */
    size_t count;
};

void lease_neighbours_start(struct lease_neighbours *op);
