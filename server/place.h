#pragma once

#include "base/error.h"
#include "server/child.h"

/*
 * Place: where a private installation lives, all paths resolved once. As root everything belongs to
 * the user `weir` (Postgres refuses to run as root) under /var/lib/weir/<hash>; else it lies in
 * ./var. Sockets are in a 0700 directory with a short name, since a socket path ends at 107 bytes.
 */
struct place {
    char data[256];        /* the data directory */
    char postgres[280];    /* <data>/postgres */
    char redis[280];       /* <data>/redis */
    char blobs[280];       /* <data>/blobs */
    char logs[280];        /* <data>/log */
    char key_file[280];    /* <data>/master.key */
    char sockets[64];      /* /run/weir-<hash> or $TMPDIR/weir-<uid>-<hash> */
    char redis_socket[80]; /* <sockets>/redis.sock */
    struct child_user user;
    int lock_fd; /* -1: not locked */
};

/* Resolves paths. data NULL: the default place for the program's own path. Nothing is made yet. */
bool place_find(struct place *place, const char *data, struct error *err) MUST_CHECK;
/* Makes the directories and takes the lock (freed when the process ends): one supervisor a place.
 */
bool place_take(struct place *place, struct error *err) MUST_CHECK;
/* Closes this process's copy of the lock. */
void place_leave(struct place *place);
/* At the very end: removes the directory of sockets, which are gone by now, and leaves. */
void place_clear(struct place *place);
