/* weir-server: see `weir-server --help`, and server/README.md for what runs in which process. */
#include "base/crypto.h"
#include "server/admin.h"
#include "server/options.h"
#include "server/roles.h"
#include "server/supervisor.h"

#include <stdio.h>

static int run(const struct server_options *options)
{
    struct place place;
    struct error err = {0};

    if (options->database_host && options->redis) return roles_run(options, NULL);
    if (place_find(&place, options->data, &err)) return roles_run(options, &place);
    fprintf(stderr, "weir-server: %s\n             %s\n", err.message, err.hint);
    return 3;
}

int main(int argc, char **argv)
{
    struct server_options options;

    options_parse(&options, argc, argv);
    crypto_start();
    switch (options.command) {
    case COMMAND_RUN: return run(&options);
    case COMMAND_UP:
    case COMMAND_SERVICES: return supervisor_run(&options);
    case COMMAND_MIGRATE: return admin_migrate(&options);
    case COMMAND_TOKEN: return admin_token(&options);
    }
    return 2;
}
