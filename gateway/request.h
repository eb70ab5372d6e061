#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "gateway/access.h"
#include "io/loop.h"
#include "storage/call.h"
#include "storage/vault.h"

/*
 * Request: one HTTP request from its arrival to its answer. Everything of it that handlers read is
 * copied into its arena, so that storage operations may outlive the connection.
 *
 *     RECEIVED --handler--> (operations …) --one of the answers--> freed
 *
 * Invariants: every request is answered exactly once, by envelope_*() or request_send(), which also
 * frees it: nothing touches a request after its answer. At most one chain of operations works on it
 * at a time. `http` becomes NULL when the connection dies first (the guard in h2o's pool sees to
 * it); the answer then goes nowhere.
 */
struct gateway;
struct route;
struct command;
struct st_h2o_req_t;

#define REQUEST_PARAMS_MAX 4
#define REQUEST_NEXT_MAX   4

struct request_header {
    struct text name, value; /* name in lower case */
};

struct request_param {
    const char *name; /* of the pattern: "slug" */
    struct text value;
};

/* What stands in `meta`. */
struct request_meta {
    struct text next[REQUEST_NEXT_MAX]; /* commands that make sense now */
    int next_count;
    bool is_list, has_more, timed_out;
    struct text next_cursor;
};

struct request {
    struct gateway *gateway;
    struct arena arena; /* no budget: what is put there is bounded by the body's limit */
    struct arena rows;  /* for what comes out of the database; has a budget */

    struct text method, path, query, body; /* path: percent-encoded as it came */
    struct request_header *headers;
    size_t header_count;
    int64_t started_ns;

    const struct route *route;
    struct request_param params[REQUEST_PARAMS_MAX];
    int param_count;
    const struct command *command; /* or NULL */
    const struct json *args;

    /* Who asks; after auth. */
    struct text principal, token_kind, role;
    int64_t workspace;
    struct text workspace_name;
    /* The workspace's keys; after tenant_load(). Wiped at the end. */
    bool has_keys;
    uint8_t wait_key[VAULT_KEY_SIZE], data_key[VAULT_KEY_SIZE];
    int wait_key_version;

    bool has_operation; /* it carries an operation id, and what it asks for is a write */
    bool operation_used;
    struct operation_key operation;

    struct request_meta meta;
    struct buf data;    /* the envelope's data, as JSON */
    struct buf details; /* the error's details, as JSON */
    struct json_writer writer;
    struct buf answer;
    int retry_after_s;
    /* Set where all that is under way may be done again from the start: a read, or a write that its
     * operation id makes happen once. See request_retries(). */
    void (*again)(struct request *request);

    struct st_h2o_req_t *http; /* Private, from here on. */
    struct request **guard;
    struct loop_poll client; /* whether it is still there */
    void (*on_gone)(void *ctx);
    void *gone_ctx;
    struct request_header extra_headers[32];
    size_t extra_header_count;
    struct loop_timer retry_timer;
};

/* From h2o's handler: takes what the request is made of. */
struct request *request_new(struct gateway *gateway, struct st_h2o_req_t *http);

/* The first header of that name (lower case), or absent. */
struct text request_header(const struct request *request, const char *name);
/* A parameter of the route's pattern, decoded; absent when there is none. */
struct text request_param(const struct request *request, const char *name);
/* A parameter of the query string, decoded into the arena; absent when there is none. */
struct text request_query(struct request *request, const char *name);
/* %41 and (in queries) + decoded into the arena; absent when malformed (also: NUL, no UTF-8). */
struct text request_decode(struct arena *arena, struct text source, bool plus_is_space);

/* The start of an operation in storage: on the request's arena (reads: on rows), for its workspace.
 * request_write() also claims the request's operation id. */
struct storage_call request_read(struct request *request, void (*on_done)(struct storage_call *call,
                                                                          const struct error *err));
struct storage_call request_write(struct request *request,
                                  void (*on_done)(struct storage_call *call,
                                                  const struct error *err));

/* The database was lost meanwhile: does it all again in a moment, if that is safe and the request
 * is young. False: answer the error. */
bool request_retries(struct request *request, const struct error *err) MUST_CHECK;
/* Tells once when the client closes its side of the connection, from the loop. h2o does not read
 * while a request is under way, and would find out by answering. Not told when it has sent more
 * behind the request (pipelining). */
void request_on_gone(struct request *request, void (*on_gone)(void *ctx), void *ctx);
void request_forget_gone(struct request *request); /* harmless when nobody waits for it */
/* For request_send(): at most 32, the rest is dropped. Borrowed. */
void request_add_header(struct request *request, struct text name, struct text value);
/* Answers and frees. */
void request_send(struct request *request, int status, struct text content_type, struct text body);
