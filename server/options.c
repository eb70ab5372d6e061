/* The command line of weir-server, by argp. */
#include "server/options.h"

#include "base/parse.h"
#include "io/egress.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_key {
    KEY_DATA = 256,
    KEY_DB_HOST,
    KEY_DB_PORT,
    KEY_DB_NAME,
    KEY_DB_USER,
    KEY_REDIS,
    KEY_BLOBS,
    KEY_KEY_FILE,
    KEY_LISTEN,
    KEY_PORT,
    KEY_BASE_URL,
    KEY_EGRESS,
    KEY_ROLES,
    KEY_WORKERS,
    KEY_GATEWAYS,
    KEY_WORKSPACE,
    KEY_ROLE,
    KEY_PRINCIPAL,
    KEY_JSON,
};

static const struct argp_option argp_options[] = {
    {"data", KEY_DATA, "DIR", 0, "data of a private installation (up, services, token)", 1},
    {"listen", KEY_LISTEN, "ADDRESS", 0, "address to listen on (127.0.0.1)", 2},
    {"port", KEY_PORT, "N", 0, "port to listen on (8080); 0: a free one", 2},
    {"base-url", KEY_BASE_URL, "URL", 0, "how people reach this server", 2},
    {"roles", KEY_ROLES, "LIST", 0, "gateway,scheduler,executor (all)", 2},
    {"workers", KEY_WORKERS, "N", 0, "executor threads (one a core)", 2},
    {"gateways", KEY_GATEWAYS, "N", 0, "gateway threads (1)", 2},
    {"egress-allow", KEY_EGRESS, "RANGES", 0,
     "private ranges that steps may reach: 127.0.0.0/8,::1/128", 2},
    {"json", KEY_JSON, NULL, 0, "print the ready line as JSON", 2},
    {"database-host", KEY_DB_HOST, "DIR|ADDRESS", 0, "Postgres (run, migrate)", 3},
    {"database-port", KEY_DB_PORT, "N", 0, "its port (5432)", 3},
    {"database-name", KEY_DB_NAME, "NAME", 0, "its database (weir)", 3},
    {"database-user", KEY_DB_USER, "NAME", 0, "the user that migrates (postgres)", 3},
    {"redis", KEY_REDIS, "PATH|ADDRESS:PORT", 0, "Redis (run)", 3},
    {"blobs", KEY_BLOBS, "DIR", 0, "directory of the blob store", 3},
    {"key-file", KEY_KEY_FILE, "FILE", 0, "master key, 64 hex digits", 3},
    {"workspace", KEY_WORKSPACE, "NAME", 0, "token: the workspace (ws-main)", 4},
    {"role", KEY_ROLE, "ROLE", 0, "token: viewer, reviewer, runner, developer or admin (admin)", 4},
    {"principal", KEY_PRINCIPAL, "NAME", 0, "token: whose it is (operator)", 4},
    {0},
};

static const struct {
    const char *name;
    enum server_command command;
} commands[] = {
    {"run", COMMAND_RUN},         {"up", COMMAND_UP},       {"services", COMMAND_SERVICES},
    {"migrate", COMMAND_MIGRATE}, {"token", COMMAND_TOKEN},
};

static const struct {
    const char *name;
    unsigned role;
} roles[] = {{"gateway", ROLE_GATEWAY},
             {"scheduler", ROLE_SCHEDULER},
             {"executor", ROLE_EXECUTOR},
             {"all", ROLE_ALL}};

static int parse_number(const char *arg, int max, struct argp_state *state, const char *what)
{
    int64_t value;

    if (!parse_int64(text_from(arg), &value) || value < 0 || value > max) {
        argp_error(state, "%s is a number from 0 to %d, not %s", what, max, arg);
    }
    return (int)value;
}

static unsigned parse_roles(const char *arg, struct argp_state *state)
{
    struct text rest = text_from(arg);
    unsigned mask = 0;

    while (rest.ptr) {
        struct text name = text_cut(&rest, ',');
        unsigned role = 0;

        for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
            if (text_equal(name, text_from(roles[i].name))) role = roles[i].role;
        }
        if (!role) argp_error(state, "there is no role " TEXT_FMT, TEXT_ARG(name));
        mask |= role;
    }
    return mask;
}

static void parse_command(struct server_options *options, const char *arg, struct argp_state *state)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strcmp(arg, commands[i].name) == 0) {
            options->command = commands[i].command;
            return;
        }
    }
    argp_error(state, "there is no command %s: run, up, services, migrate or token", arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct server_options *options = state->input;

    switch (key) {
    case KEY_DATA: options->data = arg; break;
    case KEY_DB_HOST: options->database_host = arg; break;
    case KEY_DB_PORT:
        options->database_port = parse_number(arg, 65535, state, "--database-port");
        break;
    case KEY_DB_NAME: options->database_name = arg; break;
    case KEY_DB_USER: options->database_user = arg; break;
    case KEY_REDIS: options->redis = arg; break;
    case KEY_BLOBS: options->blobs = arg; break;
    case KEY_KEY_FILE: options->key_file = arg; break;
    case KEY_LISTEN: options->listen = arg; break;
    case KEY_PORT: options->port = parse_number(arg, 65535, state, "--port"); break;
    case KEY_BASE_URL: options->base_url = arg; break;
    case KEY_EGRESS: options->egress_allow = arg; break;
    case KEY_ROLES: options->roles = parse_roles(arg, state); break;
    case KEY_WORKERS: options->worker_count = parse_number(arg, 256, state, "--workers"); break;
    case KEY_GATEWAYS: options->gateway_count = parse_number(arg, 256, state, "--gateways"); break;
    case KEY_WORKSPACE: options->workspace = arg; break;
    case KEY_ROLE: options->role = arg; break;
    case KEY_PRINCIPAL: options->principal = arg; break;
    case KEY_JSON: options->json = true; break;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0) argp_error(state, "one command at a time");
        parse_command(options, arg, state);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Said here, before a supervisor starts a server that would stop at once, again and again. */
static void check_egress(const struct server_options *options)
{
    struct egress_policy ignored;
    struct error err = {0};

    if (!options->egress_allow) return;
    if (egress_policy_parse(text_from(options->egress_allow), &ignored, &err)) return;
    fprintf(stderr, "weir-server: --egress-allow: %s\n", err.message);
    exit(argp_err_exit_status);
}

void options_parse(struct server_options *options, int argc, char **argv)
{
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .args_doc = "[run|up|services|migrate|token]",
        .doc = "weir-server: durable workflows on Postgres and Redis.\v"
               "`up` starts private Postgres and Redis and serves; `run` serves on given ones. The "
               "password of Postgres is read from WEIR_DATABASE_PASSWORD.",
    };

    *options = (struct server_options){
        .database_host = getenv("WEIR_DATABASE_HOST"),
        .database_password = getenv("WEIR_DATABASE_PASSWORD"),
        .database_name = "weir",
        .database_user = "postgres",
        .redis = getenv("WEIR_REDIS"),
        .blobs = getenv("WEIR_BLOBS"),
        .key_file = getenv("WEIR_KEY_FILE"),
        .base_url = getenv("WEIR_BASE_URL"),
        .egress_allow = getenv("WEIR_EGRESS_ALLOW"),
        .listen = "127.0.0.1",
        .port = 8080,
        .roles = ROLE_ALL,
        .workspace = "ws-main",
        .role = "admin",
        .principal = "operator",
        .gateway_count = 1,
    };
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, options);
    check_egress(options);
}
