#pragma once

#include "base/ring.h"
#include "gateway/gateway.h"
#include "io/loop.h"

/*
 * What the files of this folder share of one gateway thread. Everything lives from before the first
 * request until after the last.
 */
struct storage;
struct queue;
struct redis_client;
struct auth;
struct tenants;
struct catalog;
struct intake;
struct postbox;
struct watch_board;
struct run_reader;
struct door_reader;
struct metrics;
struct listener;

/*
 * CLOSED is where it starts and ends:
 *
 *     CLOSED --run--> OPEN --stop--> DRAINING --no connection left-------------> CLOSING
 *                                       \---time over---> CUT --no request left---/
 *     CLOSING --pools gone--> CLOSED
 *
 * Invariant: from CLOSING on there is no request, so nothing starts work in the pools any more, and
 * what comes is refused at once.
 */
enum gateway_state {
    GATEWAY_CLOSED,
    GATEWAY_OPEN,
    GATEWAY_DRAINING,
    GATEWAY_CUT,
    GATEWAY_CLOSING,
    GATEWAY_STATES
};

struct gateway {
    struct gateway_config config; /* strings are copied into arena */
    struct arena arena;
    struct loop *loop;
    struct storage *storage;
    struct redis_client *redis;
    struct queue *queue;
    struct auth *auth;
    struct tenants *tenants;
    struct catalog *catalog;
    struct intake *intake;
    struct postbox *postbox;
    struct watch_board *board;
    struct run_reader *run_reader;
    struct door_reader *door_reader;
    struct metrics *metrics;
    struct listener *listener;
    size_t request_count; /* that are there and not answered */
    bool has_sent;        /* answers left since h2o's last turn */

    enum gateway_state state; /* private to gateway.c, from here on */
    struct error start_error;
    struct ring stops;
    struct ring_message stop_message;
    int open_count; /* storage and redis, while they close */
    struct loop_timer ready_timer, drain_timer;
};

/* All that serves requests, from storage to the board of watchers, on the gateway's loop: what the
 * listener hands requests to, and whoever makes requests without one. */
void gateway_parts_open(struct gateway *gateway);
/* When storage, redis and queue are closed. */
void gateway_parts_free(struct gateway *gateway);
