#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "io/loop.h"
#include "io/loop_call.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * File: whole files, written and read without blocking the loop; for blobs. A file is named by its
 * content, so it is written once and never changed; several writers of the same name write the
 * same.
 *
 * A write is durable when on_done says success: bytes in a file of <dir>/tmp, fsync, rename to its
 * name, fsync of the directories. A crash leaves the whole file or none under its name; what it
 * leaves in <dir>/tmp may be removed by whoever sweeps.
 *
 * dir must exist; name is one file name, or a directory and a file name ("ab/abcdef…"), whose
 * directory is made when it is missing. Names are ours, never a tenant's.
 */
enum file_state {
    FILE_IDLE,
    FILE_STARTED,
    FILE_OPEN_TMP, /* writing */
    FILE_MAKE_TMP,
    FILE_WRITE,
    FILE_SYNC,
    FILE_CLOSE_TMP,
    FILE_MAKE_DIR,
    FILE_RENAME,
    FILE_OPEN_DIR, /* the name's directory, and then its parent */
    FILE_SYNC_DIR,
    FILE_CLOSE_DIR,
    FILE_OPEN, /* reading */
    FILE_STAT,
    FILE_READ,
    FILE_CLOSE,  /* both: after the reading, or after a failure */
    FILE_UNLINK, /* after a failure: the temporary file */
    FILE_STATES
};

struct file_op {
    /* In: set before file_write_start() or file_read_start(), alive until on_done. */
    struct loop *loop;
    const char *dir;
    const char *name;
    struct text data;    /* to write */
    struct arena *arena; /* for what is read */
    size_t max_bytes;    /* to read; a longer file is E_TOO_LARGE */
    /* Called once, from the loop, never from start or cancel. NULL: success. */
    void (*on_done)(struct file_op *op, const struct error *err);

    struct text content; /* Out, of a read: in the arena. E_NOT_FOUND: there is no such file. */

    enum file_state state; /* Private, from here on. */
    struct loop_call call;
    struct loop_task task;
    struct error error;
    bool is_write, is_cancelled, has_failed;
    bool has_tmp_dir, has_tmp, is_parent_synced;
    int fd; /* -1: none */
    size_t done_bytes, size_bytes;
    char *bytes;
    char path[512], dir_path[512], tmp_dir[512], tmp_path[512];
};

void file_write_start(struct file_op *op);
void file_read_start(struct file_op *op);
/* Asks for an early end; on_done still comes, with E_CANCELLED or with the result. */
void file_cancel(struct file_op *op);
