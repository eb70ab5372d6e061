/*
 * File: whole files, one system call after the other.
 *
 *   write: STARTED -> OPEN_TMP -> WRITE.. -> SYNC -> CLOSE_TMP -> MAKE_DIR -> RENAME
 *             |         ^  v                             |          ^  |
 *             |       MAKE_TMP                           \- no dir -/  v
 *             |                       IDLE <- CLOSE_DIR <- SYNC_DIR <- OPEN_DIR
 *             |                                   \- its parent, once -^
 *   read:     \-> OPEN -> STAT -> READ.. -> CLOSE -> IDLE
 *
 *   A failure or a cancel, in any of them: -> CLOSE (if open) -> UNLINK (if there is a temporary
 *   file) -> IDLE.
 *
 * Invariants: fd >= 0 exactly while a descriptor is ours; has_tmp while the temporary file exists.
 */
#include "io/file.h"

#include "base/assert.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void on_start(struct loop_task *task);
static void on_call(struct loop_call *request, int result);
static void step(struct file_op *op, int result);
static void finish(struct file_op *op);

#define FROM(state) (1U << (state))

static void enter(struct file_op *op, enum file_state next)
{
    static const uint32_t legal_from[FILE_STATES] = {
        [FILE_STARTED] = FROM(FILE_IDLE),
        [FILE_OPEN_TMP] = FROM(FILE_STARTED) | FROM(FILE_MAKE_TMP),
        [FILE_MAKE_TMP] = FROM(FILE_OPEN_TMP),
        [FILE_WRITE] = FROM(FILE_OPEN_TMP) | FROM(FILE_WRITE),
        [FILE_SYNC] = FROM(FILE_OPEN_TMP) | FROM(FILE_WRITE),
        [FILE_CLOSE_TMP] = FROM(FILE_SYNC),
        [FILE_MAKE_DIR] = FROM(FILE_CLOSE_TMP),
        [FILE_RENAME] = FROM(FILE_CLOSE_TMP) | FROM(FILE_MAKE_DIR),
        [FILE_OPEN_DIR] = FROM(FILE_RENAME) | FROM(FILE_CLOSE_DIR),
        [FILE_SYNC_DIR] = FROM(FILE_OPEN_DIR),
        [FILE_CLOSE_DIR] = FROM(FILE_SYNC_DIR),
        [FILE_OPEN] = FROM(FILE_STARTED),
        [FILE_STAT] = FROM(FILE_OPEN),
        [FILE_READ] = FROM(FILE_STAT) | FROM(FILE_READ),
        [FILE_CLOSE] = ~(FROM(FILE_IDLE) | FROM(FILE_CLOSE) | FROM(FILE_UNLINK)),
        [FILE_UNLINK] = ~(FROM(FILE_IDLE) | FROM(FILE_UNLINK)),
        [FILE_IDLE] = ~FROM(FILE_IDLE),
    };

    ASSERT(legal_from[next] & FROM(op->state));
    op->state = next;
}

/* Starting. */

static void start(struct file_op *op, bool is_write)
{
    ASSERT(op->dir != NULL && op->name != NULL && op->on_done != NULL);
    op->is_write = is_write;
    op->is_cancelled = op->has_failed = false;
    op->has_tmp_dir = op->has_tmp = op->is_parent_synced = false;
    op->fd = -1;
    op->done_bytes = op->size_bytes = 0;
    op->bytes = NULL;
    op->content = TEXT_NONE;
    op->error = (struct error){0};
    enter(op, FILE_STARTED);
    op->task = (struct loop_task){.on_run = on_start};
    loop_defer(op->loop, &op->task);
}

void file_write_start(struct file_op *op)
{
    start(op, true);
}

void file_read_start(struct file_op *op)
{
    ASSERT(op->arena != NULL);
    start(op, false);
}

void file_cancel(struct file_op *op)
{
    op->is_cancelled = true;
}

static bool make_paths(struct file_op *op)
{
    const char *slash = strrchr(op->name, '/');
    int sub_len = slash ? (int)(slash - op->name) : 0;
    int len = snprintf(op->path, sizeof(op->path), "%s/%s", op->dir, op->name);
    int tmp_len =
        snprintf(op->tmp_path, sizeof(op->tmp_path), "%s/tmp/%016" PRIx64, op->dir, random_u64());

    // Both are parts of paths that fit, or we fail.
    (void)snprintf(op->tmp_dir, sizeof(op->tmp_dir), "%s/tmp", op->dir);
    (void)snprintf(op->dir_path, sizeof(op->dir_path), slash ? "%s/%.*s" : "%s", op->dir, sub_len,
                   op->name);
    if (len < (int)sizeof(op->path) && tmp_len < (int)sizeof(op->tmp_path)) return true;
    error_set(&op->error, E_IO, "the path of file %s is too long", op->name);
    return error_hint(&op->error, "Use a shorter data directory.");
}

static void on_start(struct loop_task *task)
{
    struct file_op *op = CONTAINER_OF(task, struct file_op, task);

    if (!make_paths(op)) {
        op->has_failed = true;
        finish(op);
        return;
    }
    step(op, 0);
}

/* The calls. */

static void call(struct file_op *op, enum file_state next, struct loop_call request)
{
    enter(op, next);
    op->call = request;
    op->call.on_done = on_call;
    loop_call_start(op->loop, &op->call);
}

static void call_open(struct file_op *op, enum file_state next, const char *path, int flags)
{
    call(op, next,
         (struct loop_call){.kind = LOOP_CALL_OPEN, .path = path, .flags = flags, .mode = 0600});
}

static void call_fd(struct file_op *op, enum file_state next, enum loop_call_kind kind)
{
    call(op, next, (struct loop_call){.kind = kind, .fd = op->fd});
}

static void call_write(struct file_op *op)
{
    call(op, FILE_WRITE,
         (struct loop_call){.kind = LOOP_CALL_WRITE,
                            .fd = op->fd,
                            .data = op->data.ptr + op->done_bytes,
                            .len = op->data.len - op->done_bytes,
                            .offset = (int64_t)op->done_bytes});
}

static void call_read(struct file_op *op)
{
    call(op, FILE_READ,
         (struct loop_call){.kind = LOOP_CALL_READ,
                            .fd = op->fd,
                            .buffer = op->bytes + op->done_bytes,
                            .len = op->size_bytes - op->done_bytes,
                            .offset = (int64_t)op->done_bytes});
}

static void on_call(struct loop_call *request, int result)
{
    struct file_op *op = CONTAINER_OF(request, struct file_op, call);

    step(op, result);
}

/* Failing. */

static void fail(struct file_op *op, int code)
{
    const char *verb = op->is_write ? "write" : "read";

    op->has_failed = true;
    if (code == ENOENT && !op->is_write) {
        error_set(&op->error, E_NOT_FOUND, "there is no file %s", op->name);
    } else {
        error_set(&op->error, E_IO, "cannot %s file %s: %s", verb, op->name, strerror(code));
    }
    if (code == ENOSPC || code == EDQUOT) {
        error_hint(&op->error, "Free space on the disk of %s.", op->dir);
    }
    error_detail(&op->error, "errno %d, state %d, %s", code, (int)op->state, op->dir);
}

/* What is open or half written goes first. */
static void clean_up(struct file_op *op)
{
    if (op->fd >= 0) {
        call_fd(op, FILE_CLOSE, LOOP_CALL_CLOSE);
        op->fd = -1;
    } else if (op->has_tmp) {
        op->has_tmp = false;
        call(op, FILE_UNLINK, (struct loop_call){.kind = LOOP_CALL_UNLINK, .path = op->tmp_path});
    } else {
        finish(op);
    }
}

static void finish(struct file_op *op)
{
    ASSERT(op->fd < 0 && !op->has_tmp);
    if (!op->has_failed && !op->is_write) {
        op->content = (struct text){op->bytes, op->done_bytes};
    }
    enter(op, FILE_IDLE);
    op->on_done(op, op->has_failed ? &op->error : NULL); // last: it may free op or start it again
}

/* Takes what a call answered into op. False: it failed, and the error is set. */
static bool take_result(struct file_op *op, int result)
{
    switch (op->state) {
    case FILE_OPEN_TMP:
    case FILE_OPEN_DIR:
    case FILE_OPEN:
        if (result >= 0) op->fd = result;
        if (result >= 0 && op->state == FILE_OPEN_TMP) op->has_tmp = true;
        break;
    case FILE_MAKE_TMP:
    case FILE_MAKE_DIR:
        if (result == -EEXIST) return true;
        break;
    case FILE_WRITE:
    case FILE_READ:
        if (result == 0) result = -EIO; // no progress; or the file is shorter than it was
        if (result > 0) op->done_bytes += (size_t)result;
        break;
    case FILE_CLOSE_TMP:
    case FILE_CLOSE_DIR: op->fd = -1; break;
    case FILE_RENAME:
        if (result == 0) op->has_tmp = false;
        break;
    default: break;
    }
    if (result >= 0) return true;
    fail(op, -result);
    return false;
}

/* Looks at the size and makes room. False: the error is set. */
static bool make_room(struct file_op *op)
{
    const struct statx *status = &op->call.status;

    op->has_failed = true;
    if (!S_ISREG(status->stx_mode)) {
        return error_set(&op->error, E_IO, "cannot read file %s: it is not a file", op->name);
    }
    if (status->stx_size > op->max_bytes) {
        return error_set(&op->error, E_TOO_LARGE, "file %s has %llu bytes, over the limit of %zu",
                         op->name, (unsigned long long)status->stx_size, op->max_bytes);
    }
    op->size_bytes = (size_t)status->stx_size;
    op->bytes = arena_try(op->arena, op->size_bytes + 1); // NUL behind it
    if (!op->bytes) {
        return error_set(&op->error, E_ARENA_BUDGET, "file %s has %zu bytes, over the budget",
                         op->name, op->size_bytes);
    }
    op->has_failed = false;
    return true;
}

/* The next call after one that succeeded. */
static void step_write(struct file_op *op)
{
    bool has_sub = strchr(op->name, '/') != NULL;

    switch (op->state) {
    case FILE_STARTED:
    case FILE_MAKE_TMP:
        call_open(op, FILE_OPEN_TMP, op->tmp_path, O_CREAT | O_EXCL | O_WRONLY);
        return;
    case FILE_OPEN_TMP:
    case FILE_WRITE:
        if (op->done_bytes < op->data.len) {
            call_write(op);
        } else {
            call_fd(op, FILE_SYNC, LOOP_CALL_FSYNC);
        }
        return;
    case FILE_SYNC: call_fd(op, FILE_CLOSE_TMP, LOOP_CALL_CLOSE); return;
    case FILE_CLOSE_TMP:
        if (has_sub) {
            call(op, FILE_MAKE_DIR,
                 (struct loop_call){.kind = LOOP_CALL_MKDIR, .path = op->dir_path, .mode = 0700});
            return;
        }
        // fall through
    case FILE_MAKE_DIR:
        call(op, FILE_RENAME,
             (struct loop_call){.kind = LOOP_CALL_RENAME, .path = op->tmp_path, .to = op->path});
        return;
    case FILE_RENAME: call_open(op, FILE_OPEN_DIR, op->dir_path, O_RDONLY | O_DIRECTORY); return;
    case FILE_OPEN_DIR: call_fd(op, FILE_SYNC_DIR, LOOP_CALL_FSYNC); return;
    case FILE_SYNC_DIR: call_fd(op, FILE_CLOSE_DIR, LOOP_CALL_CLOSE); return;
    case FILE_CLOSE_DIR:
        if (has_sub && !op->is_parent_synced) { // the directory's own name must survive too
            op->is_parent_synced = true;
            call_open(op, FILE_OPEN_DIR, op->dir, O_RDONLY | O_DIRECTORY);
        } else {
            finish(op);
        }
        return;
    default: ASSERT(false); return;
    }
}

static void step_read(struct file_op *op)
{
    switch (op->state) {
    case FILE_STARTED: call_open(op, FILE_OPEN, op->path, O_RDONLY | O_NONBLOCK); return;
    case FILE_OPEN: call_fd(op, FILE_STAT, LOOP_CALL_STAT); return;
    case FILE_STAT:
        if (!make_room(op)) {
            clean_up(op);
            return;
        }
        // fall through
    case FILE_READ:
        if (op->done_bytes < op->size_bytes) {
            call_read(op);
        } else {
            clean_up(op);
        }
        return;
    default: ASSERT(false); return;
    }
}

static void step(struct file_op *op, int result)
{
    bool is_past_rename = op->state >= FILE_RENAME && op->state <= FILE_CLOSE_DIR;

    if (op->state == FILE_CLOSE || op->state == FILE_UNLINK) {
        clean_up(op); // whatever it answered: the file's own result is known
        return;
    }
    if (op->state == FILE_OPEN_TMP && result == -ENOENT && !op->has_tmp_dir) {
        op->has_tmp_dir = true;
        call(op, FILE_MAKE_TMP,
             (struct loop_call){.kind = LOOP_CALL_MKDIR, .path = op->tmp_dir, .mode = 0700});
        return;
    }
    bool is_repeated = (result == -EINTR || result == -EAGAIN) &&
                       (op->state == FILE_WRITE || op->state == FILE_READ);

    if (!is_repeated && !take_result(op, result)) {
        clean_up(op);
        return;
    }
    if (op->is_cancelled && !is_past_rename) {
        op->has_failed = true;
        error_set(&op->error, E_CANCELLED, "the work on file %s was cancelled", op->name);
        clean_up(op);
        return;
    }
    if (op->is_write) {
        step_write(op);
    } else {
        step_read(op);
    }
}
