#pragma once

#include "io/pg_config.h"
#include "io/redis.h"
#include "server/options.h"
#include "server/place.h"

/* Where Postgres and Redis are: as the options say, else in the private installation. The configs
 * borrow from both. */
struct connection {
    struct pg_config owner;   /* migrates */
    struct pg_config servers; /* storage sets the role */
    struct redis_config redis;
    char redis_address[64];
};

bool connection_find(struct connection *connection, const struct server_options *options,
                     const struct place *place, struct error *err) MUST_CHECK;
