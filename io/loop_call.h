#pragma once

#include "base/ring.h"
#include "io/loop.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* One system call on files, run without blocking the loop: a ring operation, or, on epoll, a call
 * on a helper thread. on_done comes from the loop, never from loop_call_start(). There is no
 * cancelling: what the call points to must live until on_done. */
enum loop_call_kind {
    LOOP_CALL_OPEN, /* path, flags, mode: a descriptor */
    LOOP_CALL_CLOSE,
    LOOP_CALL_READ,  /* fd, buffer, len, offset: bytes read */
    LOOP_CALL_WRITE, /* fd, data, len, offset: bytes written */
    LOOP_CALL_FSYNC,
    LOOP_CALL_RENAME, /* path, to */
    LOOP_CALL_UNLINK, /* path */
    LOOP_CALL_MKDIR,  /* path, mode */
    LOOP_CALL_STAT,   /* fd: fills status */
    LOOP_CALL_KINDS
};

struct loop_call {
    enum loop_call_kind kind;
    int fd, flags;
    unsigned mode;
    const char *path, *to;
    void *buffer;
    const void *data;
    size_t len;
    int64_t offset;
    /* result: what the call answers, or -errno. */
    void (*on_done)(struct loop_call *call, int result);

    struct statx status; /* Out, of LOOP_CALL_STAT. */

    struct ring_message message; /* Private, from here on. */
    struct loop_call *next;
    struct loop *loop;
    int result;
};

void loop_call_start(struct loop *loop, struct loop_call *call);
