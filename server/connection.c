/* Connection settings of this process. */
#include "server/connection.h"

#include "base/parse.h"

#include <stdio.h>
#include <string.h>

static bool find_redis(struct connection *connection, const char *given, struct error *err)
{
    struct text address = text_from(given);
    ptrdiff_t colon = -1;
    int64_t port;

    if (given[0] == '/') {
        connection->redis.unix_path = given;
        return true;
    }
    for (size_t i = 0; i < address.len; i++) {
        if (address.ptr[i] == ':') colon = (ptrdiff_t)i;
    }
    if (colon < 0 || (size_t)colon >= sizeof connection->redis_address ||
        !parse_int64(text_slice(address, (size_t)colon + 1, address.len), &port)) {
        error_set(err, E_INPUT, "--redis %s is neither a socket's path nor address:port", given);
        return error_hint(err, "For example: --redis 127.0.0.1:6379");
    }
    snprintf(connection->redis_address, sizeof connection->redis_address, "%.*s", (int)colon,
             given);
    connection->redis.address = connection->redis_address;
    connection->redis.port = (int)port;
    return true;
}

bool connection_find(struct connection *connection, const struct server_options *options,
                     const struct place *place, struct error *err)
{
    const char *host = options->database_host;

    *connection = (struct connection){0};
    if (!host && place) host = place->sockets;
    if (!host) {
        error_set(err, E_INPUT, "no Postgres is given");
        return error_hint(
            err, "Name it with --database-host, or let `weir-server up` start a private one.");
    }
    connection->servers = (struct pg_config){
        .dbname = options->database_name,
        .port = options->database_port,
        .password = options->database_password,
        .application_name = "weir-server",
    };
    if (host[0] == '/') {
        connection->servers.host = host;
    } else {
        connection->servers.hostaddr = host;
    }
    connection->owner = connection->servers;
    connection->owner.user = options->database_user;
    if (options->redis) return find_redis(connection, options->redis, err);
    if (place) {
        connection->redis.unix_path = place->redis_socket;
        return true;
    }
    error_set(err, E_INPUT, "no Redis is given");
    return error_hint(err, "Name it with --redis.");
}
