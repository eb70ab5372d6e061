#pragma once

#include "base/error.h"

#include <stddef.h>

/*
 * Listener: the h2o side of a gateway thread: its event loop, its listening socket (SO_REUSEPORT),
 * the connections, and the one handler that hands each request to the router. HTTP/1.1 only: the
 * packaged h2o's HTTP/2 is open to rapid reset.
 */
struct gateway;
struct listener;

struct listener *listener_new(struct gateway *gateway, struct error *err) MUST_CHECK;
/* One turn: waits at most wait_ms for connections, requests, or the inner loop's descriptor. */
void listener_turn(struct listener *listener, int wait_ms);
/* Takes no new connections, tells the present ones that nothing more is read from them. */
void listener_drain(struct listener *listener);
/* Ends all connections now. */
void listener_kill(struct listener *listener);
size_t listener_connections(const struct listener *listener);
void listener_free(struct listener *listener);
/* A bound socket that listens, for a numeric address; -1 on failure. */
int listener_open_socket(const char *address, int port, bool shared, struct error *err) MUST_CHECK;
int listener_port(int fd);
