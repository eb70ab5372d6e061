#pragma once

#include "io/loop.h"
#include "server/connection.h"
#include "storage/storage.h"

/* Blocking: storage operations one at a time, for the main thread at start, at the end, and for
 * administration, where there is no loop to return to. */
struct blocking {
    struct loop *loop;
    struct storage *storage;
    bool done;
    struct error err;
};

/* Connects; waits at most 10 s. */
bool blocking_open(struct blocking *blocking, const struct connection *connection,
                   struct error *err) MUST_CHECK;
void blocking_close(struct blocking *blocking);
/* Turns the loop until blocking_on_done() was called for the operation just started. */
bool blocking_wait(struct blocking *blocking, struct error *err) MUST_CHECK;
/* An operation's on_done calls this. */
void blocking_on_done(struct blocking *blocking, const struct error *err);
