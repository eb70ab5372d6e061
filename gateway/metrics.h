#pragma once

#include "base/buf.h"
#include "base/macros.h"

#include <stdint.h>

/* Metrics of one gateway thread: requests by route or command and class of status, and how long
 * they took. */
struct metrics;
struct route;
struct command;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);
/* route NULL: none was found. */
void metrics_count(struct metrics *metrics, const struct route *route,
                   const struct command *command, int status, int64_t duration_ns);
/* Appends the Prometheus text. */
void metrics_write(const struct metrics *metrics, struct buf *out);
