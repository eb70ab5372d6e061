#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "io/egress.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * HTTP client: one a loop, on libcurl. HTTP/1.1, keep-alive, gzip, TLS with verification; neither
 * proxies nor cookies nor ~/.netrc, whatever the environment says.
 *
 * Connections are not shared across workspaces: each workspace with recent requests has a multi
 * handle of its own (connections, TLS sessions, DNS cache), made when needed and freed when it was
 * idle for a while. Workspace 0 is the server itself.
 *
 * Redirects are followed by us, each hop through the egress guard; a hop to another origin (scheme,
 * host, port) loses Authorization, Cookie and Host and every header marked sensitive.
 *
 * Errors: E_INPUT (URL, method, headers), E_TIMEOUT, E_CONNECT (name, connection, TLS, a connection
 * that broke), E_EGRESS, E_TOO_LARGE, E_REMOTE (not HTTP, too many redirects), E_CANCELLED. A
 * status of 400 and above is a result, not an error. Messages name scheme, host and port of the
 * URL, never its query or user.
 */
struct http_client;
struct http_transfer;

struct http_config {
    long connections_per_host; /* open at once, a workspace; 0: 64 */
    long connections_max;      /* the same over all hosts; 0: 256 */
    const char *ca_file;       /* trusted certificates; NULL: the system's */
};

/* config NULL: defaults. Never NULL. */
struct http_client *http_client_new(struct loop *loop, const struct http_config *config);
/* No operation may be running. */
void http_client_free(struct http_client *client);

struct http_header {
    struct text name, value;
    bool sensitive;
};

enum http_state { HTTP_IDLE, HTTP_RUNNING, HTTP_ENDING, HTTP_STATES };

struct http_op {
    /* In: set before http_start(), alive until on_done. */
    int64_t workspace;
    const struct egress_policy *egress; /* NULL: the default; the same in a whole workspace */
    struct text method;                 /* "GET", …; absent: GET */
    struct text url;                    /* http or https, absolute */
    const struct http_header *headers;
    size_t header_count;
    struct text body;    /* absent: none, empty: a body of length 0 */
    bool body_sensitive; /* a redirect that would send it to another origin fails */
    bool at_most_once;   /* on a new connection: a broken old one would mean a silent repeat */
    int64_t timeout_ms;  /* for all of it, redirects included; 0: 30 s */
    int64_t connect_timeout_ms; /* of one connection; 0: 10 s */
    size_t max_response_bytes;  /* after decompression; 0: LIMIT_STEP_RESULT */
    int max_redirects;          /* 0: a redirect is answered as it is */
    struct arena *arena;        /* for the results */
    /* Called once, from the loop, never from http_start() or http_cancel(). NULL: success. */
    void (*on_done)(struct http_op *op, const struct error *err);

    /* Out: valid on success; texts and headers are in the arena. */
    int status;
    struct http_header *response_headers; /* names in lower case, in the order received */
    size_t response_header_count;
    struct text response_body;
    struct text final_url; /* of the last hop */
    int redirect_count;
    int64_t elapsed_ms;

    enum http_state state; /* Private, from here on. */
    struct http_client *client;
    struct http_transfer *transfer;
    struct loop_task task;
    struct error error;
    int64_t start_ms;
};

void http_start(struct http_client *client, struct http_op *op);
/* Asks for an early end; on_done still comes, with E_CANCELLED or with the result. Harmless on an
 * operation that is not running. */
void http_cancel(struct http_op *op);
/* The first response header of that name (lower case), or TEXT_NONE. */
struct text http_header_find(const struct http_op *op, const char *name);
