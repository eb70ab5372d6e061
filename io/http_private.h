#pragma once

#include "base/list.h"
#include "base/map.h"
#include "io/http.h"

#include <curl/curl.h>

/*
 * The inside of the HTTP client. http.c: the life of an operation. http_request.c: what goes out.
 * http_response.c: what comes in. http_pool.c: libcurl's multi handles on the loop. Nobody else
 * includes this.
 */
#define HTTP_POOLS_IDLE_MAX 64    /* workspaces whose connections are kept */
#define HTTP_POOL_IDLE_MS   60000 /* … at most so long after their last request */
#define HTTP_EASY_MAX       16    /* easy handles kept for reuse, a workspace */
#define HTTP_HEADERS_MAX    128
#define HTTP_HEADERS_BYTES  (64 * 1024) /* of a request's or a response's head */
#define HTTP_URL_BYTES      (16 * 1024)
#define HTTP_ORIGIN_SIZE    300

/* A descriptor of libcurl's, in a table by number; kept for the next user of that number. */
struct http_socket {
    struct loop_poll poll;
    struct http_pool *pool;
};

struct http_client {
    struct loop *loop;
    struct http_config config;
    char *ca_file;
    struct map pools; /* by the bytes of the workspace */
    struct list idle; /* pools without transfers, oldest first */
    size_t idle_count, op_count;
    struct http_socket **sockets;
    size_t socket_count;
};

/* The connections of one workspace. */
struct http_pool {
    struct http_client *client;
    int64_t workspace;
    CURLM *multi;
    struct loop_timer timer; /* libcurl's */
    struct loop_timer idle_timer;
    struct list node; /* in client->idle while transfer_count is 0 */
    size_t transfer_count;
    CURL *easy[HTTP_EASY_MAX]; /* clean ones */
    size_t easy_count;
};

/* What an operation holds while it runs; it lives over its redirects, which are requests (hops) of
 * their own to libcurl. */
struct http_transfer {
    struct http_op *op;
    struct http_pool *pool;
    CURL *easy;
    bool is_added; /* to the pool's multi handle */
    struct loop_timer deadline;
    int64_t deadline_ms;

    /* The present hop's request. */
    CURLU *url;
    char *url_text; /* libcurl's */
    char origin[HTTP_ORIGIN_SIZE];
    char method[17];
    struct text body;
    bool is_elsewhere; /* has left its first origin */
    struct curl_slist *headers;

    /* The present hop's answer. */
    struct buf head; /* lines "name: value\n" */
    struct buf content;
    bool is_too_large, was_refused, was_opened;
    struct error refusal; /* by the egress guard */
    char error_text[CURL_ERROR_SIZE];
};

/* http.c; called outside of libcurl: the present hop has ended. */
void http_hop_done(struct http_transfer *transfer, CURLcode code);

/* http_request.c */
bool http_request_check(struct http_op *op, struct error *err) MUST_CHECK;
/* Reads the URL of the first hop, and its origin, method and body. */
bool http_request_init(struct http_transfer *transfer, struct error *err) MUST_CHECK;
/* Moves on to where an answer of that status redirects to. */
bool http_request_redirect(struct http_transfer *transfer, int status, struct text location,
                           struct error *err) MUST_CHECK;
/* Sets all options of the easy handle for the present hop. */
void http_request_apply(struct http_transfer *transfer);
void http_request_done(struct http_transfer *transfer);

/* http_response.c */
void http_response_apply(struct http_transfer *transfer);
void http_response_reset(struct http_transfer *transfer);
/* Copies the answer into the operation's arena. */
bool http_response_take(struct http_transfer *transfer, struct error *err) MUST_CHECK;
/* The value of a header in the present hop's head, or TEXT_NONE. */
struct text http_response_header(const struct http_transfer *transfer, const char *name);
void http_response_error(struct http_transfer *transfer, CURLcode code, struct error *err);
void http_response_done(struct http_transfer *transfer);

/* http_pool.c */
struct http_pool *http_pool_get(struct http_client *client, int64_t workspace);
void http_pool_free(struct http_pool *pool); /* without transfers */
/* Takes part in the pool: an easy handle, and the pool is not idle. */
void http_pool_enter(struct http_pool *pool, struct http_transfer *transfer);
void http_pool_leave(struct http_transfer *transfer);
void http_pool_add(struct http_transfer *transfer); /* starts the present hop */
void http_pool_remove(struct http_transfer *transfer);
/* For CURLOPT_CLOSESOCKETFUNCTION; ctx is the client. */
int http_pool_close_socket(void *ctx, curl_socket_t fd);
