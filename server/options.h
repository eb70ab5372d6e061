#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Options of weir-server, from the command line; defaults from the environment (WEIR_*), so that
 * a container needs no arguments.
 */
enum server_role { ROLE_GATEWAY = 1, ROLE_SCHEDULER = 2, ROLE_EXECUTOR = 4, ROLE_ALL = 7 };

enum server_command {
    COMMAND_RUN,      /* the roles, on a given Postgres and Redis */
    COMMAND_UP,       /* run, with private Postgres and Redis under a supervisor */
    COMMAND_SERVICES, /* only the private Postgres and Redis */
    COMMAND_MIGRATE,  /* bring the schema up to date, then end */
    COMMAND_TOKEN,    /* make a workspace if it is not there, and a token for it */
};

struct server_options {
    enum server_command command;
    const char *data;          /* data directory of a private installation; NULL: the default */
    const char *database_host; /* run: directory of the unix socket, or a numeric address */
    int database_port;
    const char *database_name, *database_user, *database_password; /* NULL: defaults */
    const char *redis;        /* run: path of the unix socket, or address:port */
    const char *blobs;        /* directory of the blob store */
    const char *key_file;     /* master key: 64 hex digits */
    const char *listen;       /* numeric address */
    int port;                 /* 0: the kernel chooses; the ready line tells */
    const char *base_url;     /* as people reach us; NULL: made from listen and port */
    const char *egress_allow; /* ranges besides the public internet, comma-separated */
    const char *workspace, *role, *principal; /* token */
    unsigned roles;
    int worker_count, gateway_count; /* 0: one a core; gateway: 1 */
    bool json;                       /* ready line as JSON */
};

/* Parses; on a usage error prints it and ends the program with code 2 (argp does). */
void options_parse(struct server_options *options, int argc, char **argv);
